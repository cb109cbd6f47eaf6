--[[
The names that a word at the prompt may become: complete "ms.pl" is { "ms.plot" }. Tables
are looked at as they are, and __index where it is a table; a function in its place is
called only where the metatable says with __keys() what it has, as those of this library
do. So completing runs nothing of the user's.
]]
local reference = require "modsync.reference"

local DEEPEST = 8

local function meta_of(value)
  local meta = debug.getmetatable(value)
  return type(meta) == "table" and meta or {}
end

--- The methods of a value: a tensor, whose __index is a function, has them apart.
local function methods_of(value)
  local meta = meta_of(value)
  local methods = rawget(meta, "__index")
  if type(methods) == "function" then methods = rawget(meta, "methods") end
  return type(methods) == "table" and methods ~= value and methods or nil
end

--- The field of a value, found without running code of the user.
local function field(value, name)
  if type(value) == "table" then
    local own = rawget(value, name)
    if own ~= nil then return own end
    if rawget(meta_of(value), "__keys") then
      local found, member = pcall(function() return value[name] end)
      return found and member or nil
    end
  end
  local methods = methods_of(value)
  return methods and field(methods, name)
end

--- Is a name for scripts? Of ms not what its modules are made of, of classes what is in
--- the reference.
local function is_shown(value)
  if value == package.loaded.modsync then
    local engine = { debug = true }
    for _, each in ipairs(reference.core().functions) do
      engine[each.name] = each.engine
    end
    return function(name) return not engine[name] end
  end
  local name = rawget(meta_of(value), "__name")
  local record = type(value) == "table" and rawget(value, "record")
  if name == "modsync.method" and record then name = "modsync." .. record.family end
  local class = type(name) == "string" and reference.type(name)
  if not class then return function() return true end end
  local shown, parent = {}, class.parent and reference.type(class.parent)
  for _, found in ipairs { class, parent } do
    for _, list in ipairs { found.methods, found.fields } do
      for _, each in ipairs(list) do shown[each.name] = true end
    end
  end
  return function(name_of_field) return shown[name_of_field] end
end

--- Calls visit(name, value) for what a value has; 'value' is nil where it is not loaded.
local function each_field(value, visit, depth)
  if type(value) == "table" then
    local keys = rawget(meta_of(value), "__keys")
    if keys then
      for _, name in ipairs(keys()) do visit(name, rawget(value, name)) end
      return
    end
    for name, own in next, value do
      if type(name) == "string" then visit(name, own) end
    end
  end
  local methods = methods_of(value)
  if methods and depth < DEEPEST then each_field(methods, visit, depth + 1) end
end

--- All completions of a word, sorted.
---@param word string  a name with its dots and colons
---@return string[]
return function(word)
  local value, head, mark = _G, "", ""
  for name, separator in word:gmatch "([^.:]*)([.:])" do
    value = field(value, name)
    if value == nil then return {} end
    head, mark = head .. name .. separator, separator
  end
  local start, shown, seen, list = word:sub(#head + 1), is_shown(value), {}, {}
  each_field(value, function(name, found)
    local fits = name:sub(1, #start) == start and name:find "^[%a_][%w_]*$"
      and (start ~= "" or name:sub(1, 1) ~= "_") and not name:find "^__"
      and (mark ~= ":" or type(found) == "function")
    if fits and shown(name) and not seen[name] then
      seen[name], list[#list + 1] = true, head .. name
    end
  end, 1)
  table.sort(list)
  return list
end
