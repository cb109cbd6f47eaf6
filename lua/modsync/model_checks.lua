--[[
What the options of a model must be. Each function returns them as plain values, which a
checkpoint keeps, or raises a message that begins with the architecture, 'what'.
]]
local coefficients = require "modsync.coefficients"
local domains = require "modsync.domain"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

local M = {}

--- A list of different names as a plain copy.
---@private
function M.names(list, option, what)
  if (kind.list(list) or 0) == 0 then
    misuse("%s: %s must be a list of names, such as p.coords or p.fields, not %s", what,
      option, kind.show(list))
  end
  local names, seen = {}, {}
  for i, name in ipairs(list) do
    if type(name) ~= "string" then
      misuse("%s: %s must hold names, not %s", what, option, kind.show(name))
    end
    if seen[name] then misuse("%s: %s holds %q twice", what, option, name) end
    names[i], seen[name] = name, true
  end
  return names
end

--- A field cannot have the name of a coordinate.
---@private
function M.apart(inputs, outputs, what)
  for _, input in ipairs(inputs) do
    for _, output in ipairs(outputs) do
      if input == output then misuse("%s: %q is an input and an output", what, input) end
    end
  end
end

--- The limits of every input as a plain table name -> {lowest, highest}: from
--- given.limits, else from given.domain, else from the domain that p.coords carries; nil
--- without any.
---@private
function M.limits(given, inputs, what)
  local domain, limits = given.domain or given.inputs.domain, {}
  if not given.limits and not domain then return nil end
  if not given.limits and not domains.is_domain(domain) then
    misuse("%s: domain must be a domain, such as ms.box { x = {0, 1} }, not %s", what,
      kind.show(domain))
  end
  for _, name in ipairs(inputs) do
    local low, high
    if not given.limits then
      low, high = domain:limits(name)
    elseif type(given.limits[name]) == "table" then
      low, high = table.unpack(given.limits[name])
    end
    if low == nil or high == nil then
      misuse("%s: the domain has no limits for the input %q", what, name)
    end
    if math.type(low) == nil or math.type(high) == nil or not (low < high)
      or not (high - low < math.huge) then
      misuse("%s: the limits of %s must be two finite, rising numbers, not {%s, %s}",
        what, name, kind.show(low), kind.show(high))
    end
    limits[name] = { low, high }
  end
  return limits
end

--- Periods as a plain table name -> period; a list of names takes them from the limits.
---@private
function M.periods(given, limits, inputs, what)
  if given == nil then return nil end
  local periods, known = {}, {}
  for _, name in ipairs(inputs) do known[name] = true end
  for key, value in pairs(given) do
    local name, period = key, value
    if type(key) == "number" then
      local range = limits and limits[value]
      name, period = value, range and range[2] - range[1]
    end
    if not known[name] then
      misuse("%s: periodic: there is no input %s", what, kind.show(name))
    end
    if period == nil then
      misuse("%s: periodic: the period of %s is not known: write { %s = period }", what,
        name, name)
    end
    if math.type(period) == nil or not (period > 0 and period < math.huge) then
      misuse("%s: periodic: the period of %s must be a positive number, not %s", what,
        name, kind.show(period))
    end
    periods[name] = period
  end
  return periods
end

--- The coefficients of the equations as plain records; those that p.fields carries.
---@private
function M.coefficients(given, o, what)
  local inputs, outputs = {}, {}
  for _, name in ipairs(o.inputs) do inputs[name] = true end
  for _, name in ipairs(o.outputs) do outputs[name] = true end
  local list = coefficients.check(given.parameters or given.outputs.parameters, inputs,
    outputs, function(format, ...) misuse(what .. ": " .. format, ...) end)
  return #list > 0 and list or nil
end

--- Factors of the learning rate, by pattern.
---@private
function M.rates(rates, what)
  for pattern, factor in pairs(rates or {}) do
    if type(pattern) ~= "string" then
      misuse("%s: rates must be a table pattern -> factor, not a list", what)
    end
    if math.type(factor) == nil or not (factor >= 0 and factor < math.huge) then
      misuse("%s: rates: the factor of %s must be a number of at least 0, not %s", what,
        pattern, kind.show(factor))
    end
  end
end

--- Every part that is tied must be one that the architecture asked for.
---@private
function M.tie(tie, layout, what)
  for name in pairs(tie or {}) do
    if not layout:has(name) then
      local names = {}
      for i, part in ipairs(layout.parts) do names[i] = part.name end
      misuse("%s: tie: there is no part %s (there are %s)", what, kind.show(name),
        table.concat(names, ", "))
    end
  end
end

--- field -> expression of one column, of what a network or a transform has returned:
--- nothing else in it, and with 'all' every field.
---@private
function M.fields(made, outputs, all, what)
  if type(made) ~= "table" then
    misuse("%s must return a table field -> expression, not %s", what, kind.show(made))
  end
  local known = {}
  for _, name in ipairs(outputs) do
    known[name] = true
    local value, columns = made[name], nil
    if kind.of(value) == "symbol" then columns = select(2, value:shape()) end
    if columns ~= 1 and (all or value ~= nil) then
      misuse("%s must return one expression for the field %s, not %s", what, name,
        columns and ("one of %d columns"):format(columns) or kind.show(value))
    end
  end
  for name in pairs(made) do
    if not known[name] then
      misuse("%s returns %s, which is no field (fields: %s)", what, kind.show(name),
        table.concat(outputs, ", "))
    end
  end
  return made
end

return M
