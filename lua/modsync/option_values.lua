--[[
Values of options: what each type takes, and how values are written as text on a command
line. Types beside Lua's own:

  choice   one of the option's choices
  method   a method of the option's family: an object, a name, { name = ..., options }; in
           text lra or lra(every=5)
  groups   a list of lists of terms: { { "residual" }, { "boundary", "initial" } }; in
           text residual/boundary+initial
  factors  numbers by term, or a list of them; in text boundary=100+initial=10 or 1+100
]]
local misuse = require "modsync.misuse"

local option_values = {}

local function is_table(value) return type(value) == "table" end

--- type -> function(value), whether it may be one
option_values.types = {
  number = function(v) return math.type(v) ~= nil end,
  integer = function(v) return math.tointeger(v) ~= nil and type(v) == "number" end,
  boolean = function(v) return type(v) == "boolean" end,
  string = function(v) return type(v) == "string" end,
  table = is_table,
  ["function"] = function(v) return type(v) == "function" end,
  choice = function(v) return type(v) == "string" end,
  method = function() return true end,
  groups = is_table,
  factors = is_table,
  any = function() return true end,
}

--- The value as the option keeps it, or misuse.
---@param record modsync.record
---@param option modsync.option
---@param value any
function option_values.check(record, option, value)
  local function bad(expected)
    local shown = type(value) == "string" and ("'%s'"):format(value) or tostring(value)
    misuse("option '%s' of '%s' is %s; expected %s", option.name, record.name, shown,
      expected)
  end
  if option.type == "method" then
    return require("modsync.registry").resolve(option.family, value)
  end
  if not option_values.types[option.type](value) then
    bad(option.type == "choice" and "a string" or "a value of type " .. option.type)
  end
  if option.choices and #option.choices > 0 then
    for _, choice in ipairs(option.choices) do
      if value == choice then return value end
    end
    bad("one of " .. table.concat(option.choices, ", "))
  end
  if type(value) == "number" then
    if value - value ~= 0 then bad("a finite number") end
    local low, high = option.min, option.max
    if low and value < low then bad(("at least %.14g"):format(low)) end
    if high and value > high then bad(("at most %.14g"):format(high)) end
    if option.below and value >= high then bad(("less than %.14g"):format(high)) end
  end
  return option.type == "integer" and math.tointeger(value) or value
end

local function groups_from_text(text)
  local groups = {}
  for part in text:gmatch("[^/]+") do
    local group = {}
    for name in part:gmatch("[^+]+") do group[#group + 1] = name end
    groups[#groups + 1] = group
  end
  return groups
end

local function factors_from_text(text)
  local factors = {}
  for part in text:gmatch("[^+]+") do
    local name, number = part:match("^([^=]+)=(.+)$")
    local key, value = name or #factors + 1, tonumber(number or part)
    if not value then
      misuse("'%s' in '%s' is not of the form TERM=NUMBER", part, text)
    end
    factors[key] = value
  end
  return factors
end

--- The value of an option written as text; check() has the last word on it.
---@param option modsync.option
---@param text string
function option_values.from_text(option, text)
  if option.type == "groups" then return groups_from_text(text) end
  if option.type == "factors" then return factors_from_text(text) end
  if option.type == "number" or option.type == "integer" then
    return tonumber(text) or text
  elseif option.type == "boolean" and (text == "true" or text == "false") then
    return text == "true"
  end
  return text
end

--- The parts of a text between commas; commas inside parentheses do not count.
---@param text string
---@return string[]
function option_values.between_commas(text)
  local parts, part, depth = {}, "", 0
  for piece in (text .. ","):gmatch("[^,]*,") do
    local _, opened = piece:gsub("%(", "")
    local _, closed = piece:gsub("%)", "")
    part, depth = part .. piece, depth + opened - closed
    if depth <= 0 then
      if #part > 1 then parts[#parts + 1] = part:sub(1, -2) end
      part, depth = "", 0
    end
  end
  if part ~= "" then misuse("a parenthesis in '%s' is not closed", text) end
  return parts
end

return option_values
