-- Whether a value is of a type, written as the annotations write types.

local annotations = require "modsync.annotations"
local kind = require "modsync.kind"
local reference = require "modsync.reference"

local M = {}

--- Strings with a list of values that they usually have, and other names for types.
local aliases = {
  ["modsync.sampler"] = "string", ["modsync.activation"] = "string",
  ["modsync.initialiser"] = "string", ["modsync.symbols"] = "table",
  ["modsync.wanted"] = "string|table|function",
  ["modsync.numbers"] = "modsync.tensor|table", ["modsync.space"] = "table",
  ["modsync.region"] = "string|table|function|modsync.tensor",
}

local basic = {
  any = function() return true end,
  integer = function(value) return math.type(value) == "integer" end,
  ["nil"] = function(value) return value == nil end,
  ["true"] = function(value) return value == true end,
  ["false"] = function(value) return value == false end,
  ["file*"] = function(value) return io.type(value) == "file" end,
}
for _, name in ipairs { "number", "string", "boolean", "table", "function" } do
  basic[name] = function(value) return type(value) == name end
end

--- The parts of a union.
local function split(type)
  local parts, depth, from = {}, 0, 1
  for at = 1, #type do
    local char = type:sub(at, at)
    if char:find "[({<]" then depth = depth + 1 end
    if char:find "[)}>]" then depth = depth - 1 end
    if char == "|" and depth == 0 then
      parts[#parts + 1] = type:sub(from, at - 1)
      from = at + 1
    end
  end
  parts[#parts + 1] = type:sub(from)
  return parts
end

local conforms

--- All fields of a class and of those it extends.
local function fields_of(found)
  local all = {}
  while found do
    table.move(found.fields, 1, #found.fields, #all + 1, all)
    found = found.parent and reference.type(found.parent)
  end
  return all
end

--- nil, or what is wrong with a table whose fields a class declares. 'closed': it may
--- have no others.
---@param value any
---@param found table    of the reference
---@param closed boolean?
function M.problem(value, found, closed)
  if type(value) ~= "table" then return "not a table" end
  local known = {}
  for _, field in ipairs(fields_of(found)) do
    known[field.name] = true
    local held = value[field.name]
    local missing = held == nil and not field.optional
    if field.name:sub(1, 1) ~= "[" then
      if missing then return ("%s has no %s"):format(found.name, field.name) end
      if held ~= nil and not conforms(held, field.type) then
        return ("%s.%s is %s, not of type %s"):format(found.name, field.name,
          kind.show(held), field.type)
      end
    end
  end
  for key in pairs(closed and value or {}) do
    if not known[key] and not known["[string]"] then
      return ("%s: %s is not declared"):format(found.name, tostring(key))
    end
  end
end

local function of_class(value, name)
  if aliases[name] then return conforms(value, aliases[name]) end
  local found = reference.type(name)
  if not found then error("no class is called " .. name, 0) end
  if found.metatable then
    local meta = getmetatable(value)
    return type(value) == "userdata" and meta.__name == found.metatable
  end
  return M.problem(value, found, found.kind == "table") == nil
end

local function all(value, of, keys)
  if type(value) ~= "table" then return false end
  for key, item in pairs(value) do
    if keys and not conforms(key, keys) or not conforms(item, of) then return false end
  end
  return true
end

--- "{ a: integer, b?: string }"
local function of_literal(value, inside)
  if type(value) ~= "table" then return false end
  local params = reference.signature("(" .. inside .. ")")
  for _, field in ipairs(params) do
    local held = value[field.name]
    if held == nil and not field.optional then return false end
    if held ~= nil and not conforms(held, field.type) then return false end
  end
  return true
end

local function of_one(value, one)
  one = one:match "^%s*(.-)%s*$"
  if one:find "^%b()$" then return conforms(value, one:sub(2, -2)) end
  if one:find "%?$" then return value == nil or conforms(value, one:sub(1, -2)) end
  if one:find "%[%]$" then return all(value, one:sub(1, -3)) end
  if basic[one] then return basic[one](value) end
  if one:find '^".*"$' then return value == one:sub(2, -2) end
  if one:find "^fun%(" then return type(value) == "function" end
  if one:find "^%b{}$" then return of_literal(value, one:sub(2, -2)) end
  local inside = one:match "^table<(.*)>$"
  if inside then
    local keys, after = annotations.type(inside)
    return all(value, inside:sub(after):match "^%s*,%s*(.*)$", keys)
  end
  if one:find "^modsync%." then return of_class(value, one) end
  error(("the type '%s' is not understood"):format(one), 0)
end

function conforms(value, type)
  -- the result of a fun() reaches to the end
  if type:find "^fun%(" then return _G.type(value) == "function" end
  for _, one in ipairs(split(type)) do
    if of_one(value, one) then return true end
  end
  return false
end

--- Whether a value is of a type.
M.conforms = conforms

return M
