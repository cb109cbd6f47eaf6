--[[
Coefficients of the equations that are trained with the network, for inverse problems:
parameters = { nu = { start = 0.05, positive = true } } in a problem, s.nu in its terms. A
model keeps them behind its weights in theta, a positive one as its logarithm.
]]
local check_keys = require "modsync.check_keys"
local kind = require "modsync.kind"

local M = {}

--- A trained coefficient of the equations.
---@class modsync.coefficient
---@field name? string       its name in s
---@field start number       the value training starts from
---@field positive? boolean  theta holds the logarithm, steps are relative
---@field rate? number       factor of the learning rate (1)
---@field exact? number      the true value, where it is known

local known = { "start", "positive", "rate", "exact", "name" }

local function is_number(value)
  return math.type(value) ~= nil and value == value and math.abs(value) < math.huge
end

local function check_one(name, given, fail)
  if is_number(given) then given = { start = given } end
  if type(given) ~= "table" then
    fail("parameters: %s must be a number or { start = number }, not %s", name,
      kind.show(given))
  end
  check_keys(given, known, "parameters: " .. name, fail)
  if not is_number(given.start) then
    fail("parameters: %s needs the number it starts from, start = ..., not %s", name,
      kind.show(given.start))
  end
  if given.positive and not (given.start > 0) then
    fail("parameters: %s is positive and cannot start from %g", name, given.start)
  end
  for _, key in ipairs { "rate", "exact" } do
    if given[key] ~= nil and not is_number(given[key]) then
      fail("parameters: %s: %s must be a number, not %s", name, key,
        kind.show(given[key]))
    end
  end
  return { name = name, start = given.start, positive = given.positive and true or nil,
    rate = given.rate, exact = given.exact }
end

--- A list sorted by name, from name -> number or description. A list, as this returns it,
--- is good as well.
---@private
function M.check(given, coords, fields, fail)
  if given == nil then return {} end
  if type(given) ~= "table" then
    fail("parameters must be a table name -> { start = number }, not %s",
      kind.show(given))
  end
  local list = {}
  for key, value in pairs(given) do
    local name = type(key) == "number" and type(value) == "table" and value.name or key
    if type(name) ~= "string" or not name:match("^%a[%w_]*$") then
      fail("parameters: %s is no name (a letter, then letters, digits and _)",
        kind.show(name))
    end
    if coords[name] or fields[name] then
      fail("%q is a parameter and a coordinate or a field", name)
    end
    list[#list + 1] = check_one(name, value, fail)
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- The values where there is no model: the true ones, else those to start from.
---@private
function M.constants(list)
  local values = {}
  for _, coefficient in ipairs(list) do
    values[coefficient.name] = coefficient.exact or coefficient.start
  end
  return values
end

return M
