--[[
The name that help knows a value by: "train" of ms.train, "plot.lines" of ms.plot.lines,
"adam" of an optimizer, "losses" of p:losses(net), "losses.gradients" of its method.
]]
local colon = require "modsync.colon"
local misuse = require "modsync.misuse"
local reference = require "modsync.reference"

--- name -> value of a table, "owner.name" behind an owner; nil if the value is not in it.
local function key_in(list, value, owner)
  for name, each in pairs(type(list) == "table" and list or {}) do
    if rawequal(each, value) and type(name) == "string" then
      return owner and owner .. "." .. name or name
    end
  end
end

--- Of what ms holds, and of what its modules and families hold.
local function name_in_ms(value)
  local ms = require "modsync"
  for _, member in ipairs(reference.members()) do
    local held = rawget(ms, member.name)
    local name = rawequal(held, value) and held ~= nil and member.name
    if not name and held ~= nil and not member.callable then
      name = key_in(held, value, not member.family and member.name)
    end
    if name then return name end
  end
  return key_in(ms, value)
end

--- A function written in Lua, by its place in the source.
local function name_in_sources(value)
  local info = debug.getinfo(colon.written(value), "S")
  for _, module in ipairs(reference.modules()) do
    local source = reference.source(module)
    for _, each in ipairs("@" .. source.path == info.source and source.functions or {}) do
      if each.line == info.linedefined and each.table and not each.private then
        for _, class in ipairs(source.classes) do
          if class.variable == each.table then
            return class.name:match "([^.]+)$" .. "." .. each.name
          end
        end
      end
    end
  end
end

--- A method written in C, by the metatables of the types.
local function name_in_types(value)
  for _, found in ipairs(reference.core().types) do
    local meta = found.metatable and debug.getregistry()[found.metatable]
    local name = meta and key_in(meta.methods or meta.__index, value, found.name)
    if name then return name end
  end
end

--- An object: its method, or its type.
local function name_of_object(value)
  local meta = debug.getmetatable(value)
  local class = type(meta) == "table" and meta.__name
  if class == "modsync.schedule" or class == "modsync.method" and value.record then
    return value.record.name, value.record.family
  end
  return type(class) == "string" and reference.type(class) and class:match "([^.]+)$"
end

--- The name, and the family where it is that of a method. What has none is misuse.
---@param value any
---@return string name, string? family
return function(value)
  local kind, name, family = type(value), nil, nil
  if kind == "function" or kind == "table" then name = name_in_ms(value) end
  if not name and kind == "function" then
    name = name_in_sources(value) or name_in_types(value)
  elseif not name and (kind == "table" or kind == "userdata") then
    name, family = name_of_object(value)
  end
  if name then return name, family end
  misuse("help knows no name of this %s; help takes a name, or a function, a module " ..
    "or an object of ms", kind)
end
