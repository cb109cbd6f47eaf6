--[[
Where the losses of a problem are not finite: the first expression at the first point
(itself or its square, which is what a loss adds up), else the first loss, because of the
weight of a point or because the sum of the squares is too large, else the first gradient.
]]
local M = {}

--- A value that is not finite: of an expression at a point (or its square), of a loss, or
--- of a gradient.
---@class modsync.bad_value
---@field term string?  none where a parameter is not finite
---@field value number
---@field expression integer?  the number of the expression
---@field point integer?       the number of the point
---@field coords table<string, number>?  where it lies
---@field weight number?       of the point, where that is not finite
---@field parameter string?    by which the gradient is not finite
---@field index integer?       its place in theta
local Bad = {}

local function is_finite(value)
  return value - value == 0
end

--- A number without the sign that C may print before a NaN.
---@param value number
---@return string
function M.show(value)
  return value ~= value and "nan" or ("%.10g"):format(value)
end

function Bad.__tostring(bad)
  if not bad.term then
    return ("the parameter %s is %s"):format(bad.parameter, M.show(bad.value))
  elseif bad.parameter then
    return ("term %q: the gradient by %s is %s"):format(bad.term, bad.parameter,
      M.show(bad.value))
  elseif bad.weight then
    local by = bad.by and (", as '%s' made it"):format(bad.by) or ""
    return ("term %q: the loss is %s: the weight of its point %d is %s%s"):format(
      bad.term, M.show(bad.value), bad.point, M.show(bad.weight), by)
  elseif not bad.point then
    return ("term %q: the loss is %s, though its expressions are finite"):format(bad.term,
      M.show(bad.value))
  end
  local where = {}
  for _, at in ipairs(bad.at) do
    where[#where + 1] = ("%s = %s"):format(at[1], M.show(at[2]))
  end
  local square = is_finite(bad.value) and ", and its square not finite," or ""
  return ("term %q: expression %d is %s%s at point %d (%s)"):format(bad.term,
    bad.expression, M.show(bad.value), square, bad.point, table.concat(where, ", "))
end

local function has_finite_square(value)
  return is_finite(value * value)
end

--- Row, column and value of the first entry of a matrix that is not good, or not finite.
---@param t modsync.tensor
---@param good (fun(value: number): boolean)?
---@return integer? row, integer? column, number? value
function M.find(t, good)
  good = good or is_finite
  if good == is_finite and t:is_finite() then return nil end
  for i = 1, t:size(1) do
    for j = 1, t:size(2) do
      local value = t:get(i, j)
      if not good(value) then return i, j, value end
    end
  end
end

--- The first value of a term's expressions that is not finite, or whose square is not.
---@param losses modsync.losses
---@param name string
---@return modsync.bad_value?
function M.of_term(losses, name)
  local point, expression, value = M.find(losses:residuals(name), has_finite_square)
  if not point then return nil end
  local points, at, coords = losses:points_of(name), {}, {}
  for i, coord in ipairs(losses.problem.coords) do
    coords[coord] = points:get(point, i)
    at[i] = { coord, coords[coord] }
  end
  return setmetatable({ term = name, point = point, expression = expression,
    value = value, coords = coords, at = at }, Bad)
end

--- The loss of a term, and the weight that makes it what it is.
local function loss_of(losses, name, value)
  local bad = setmetatable({ term = name, value = value }, Bad)
  local group = losses:group_of(name)
  local weights = group.weight_column[name] and group.weights[name]
  if weights and not weights:is_finite() then
    local point, _, weight = M.find(weights:reshape(weights:size(), 1))
    bad.point, bad.weight = point, weight
    bad.by = losses.weighting and losses.weighting.name
  end
  return bad
end

--- A parameter, by its place in theta; of a term it is the gradient by it.
local function by_parameter(losses, term, index, value)
  local part, row, col = losses.net:locate(index)
  return setmetatable({ term = term, index = index, value = value,
    parameter = ("%s[%d, %d]"):format(part.name, row, col) }, Bad)
end

--- The first value that is not finite: a parameter, or in the order of the terms; nil if
--- all is finite.
---@param losses modsync.losses
---@param values modsync.tensor  K
---@param G modsync.tensor       K x P
---@return modsync.bad_value?
function M.first(losses, values, G)
  local theta = losses.net.theta
  local at, _, parameter = M.find(theta:reshape(theta:size(), 1))
  if at then return by_parameter(losses, nil, at, parameter) end
  for _, name in ipairs(losses.names) do
    local bad = M.of_term(losses, name)
    if bad then return bad end
  end
  for k, name in ipairs(losses.names) do
    local value = values:get(k)
    if not is_finite(value) then return loss_of(losses, name, value) end
  end
  local term, index, value = M.find(G)
  return term and by_parameter(losses, losses.names[term], index, value)
end

return M
