--- What callers hand to plots (tensors or nested tables) as plain tables of numbers.

local check_keys = require "modsync.check_keys"
local kind = require "modsync.kind"

local M = {}

local function is_tensor(value)
  return type(value) == "userdata" and type(value.totable) == "function"
end

local function describe(value)
  if type(value) == "table" then return "a table of " .. type(value[1]) .. "s" end
  return type(value) == "number" and tostring(value) or "a " .. type(value)
end

local function plain(value)
  if is_tensor(value) then return value:totable() end
  return value
end

--- An array of numbers; a column or a row counts as one.
---@param value any
---@param name string # for the message
---@return number[]
function M.vector(value, name)
  value = plain(value)
  if type(value) == "table" and #value == 1 and type(value[1]) == "table" then
    value = value[1]
  end
  local function refuse()
    error(("%s: expected a tensor of one axis, got %s"):format(name, describe(value)), 0)
  end
  if type(value) ~= "table" then refuse() end
  local out = {}
  for i, item in ipairs(value) do
    if type(item) == "table" and #item == 1 then item = item[1] end
    if type(item) ~= "number" then refuse() end
    out[i] = item + 0.0
  end
  return out
end

--- A matrix of rows of equal length.
---@param value any
---@param name string
---@return number[][]
function M.matrix(value, name)
  value = plain(value)
  local good = type(value) == "table" and type(value[1]) == "table"
    and type(value[1][1]) == "number"
  if not good then
    error(("%s: expected a tensor of two axes, got %s"):format(name, describe(value)), 0)
  end
  for i, row in ipairs(value) do
    if #row ~= #value[1] then
      error(("%s: row %d has %d values, row 1 has %d"):format(name, i, #row,
        #value[1]), 0)
    end
  end
  return value
end

--- At least two finite coordinates that rise.
---@param value any
---@param name string
---@return number[]
function M.rising(value, name)
  local values = M.vector(value, name)
  if #values < 2 then
    error(("%s: expected at least two values, got %d"):format(name, #values), 0)
  end
  for i, v in ipairs(values) do
    if v - v ~= 0 or (i > 1 and not (v > values[i - 1])) then
      error(("%s: expected finite values that rise, item %d is %g"):format(name, i, v), 0)
    end
  end
  return values
end

local function fail(message, ...)
  error(message:format(...), 0)
end

--- The tables of a list (series, panels), with no other keys than those known.
---@param list any
---@param name string    of the list
---@param one string     of an element
---@param known string[] keys of an element
function M.check_list(list, name, one, known)
  if not kind.list(list) then
    fail("%s: expected a list of tables, { { ... }, { ... } }, not %s", name,
      type(list) == "table" and "one table with names" or kind.show(list))
  end
  for i, each in ipairs(list) do
    check_keys(each, known, ("%s %d"):format(one, i), fail)
  end
end

--- Raises unless limits are nil or { low, high }, positive if asked.
---@param limits any
---@param name string
---@param positive? boolean
function M.check_limits(limits, name, positive)
  if limits == nil then return end
  local good = type(limits) == "table" and type(limits[1]) == "number"
    and type(limits[2]) == "number" and limits[2] - limits[1] < math.huge
    and limits[1] < limits[2] and (limits[1] > 0 or not positive)
  if not good then
    local more = positive and ", both positive on a logarithmic axis" or ""
    error(("%s: expected { low, high }%s"):format(name, more), 0)
  end
end

return M
