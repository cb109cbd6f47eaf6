--[[
Where the losses of a problem are not finite: the first expression at the first point, or
the first gradient where only a gradient is not.
]]
local M = {}

--- A value that is not finite: of an expression at a point, or of a gradient.
---@class modsync.bad_value
---@field term string
---@field value number
---@field expression integer?  the number of the expression
---@field point integer?       the number of the point
---@field coords table<string, number>?  where it lies
---@field parameter string?    by which the gradient is not finite
---@field index integer?       its place in theta
local Bad = {}

function Bad.__tostring(bad)
  if bad.parameter then
    return ("term %q: the gradient by %s is %s"):format(bad.term, bad.parameter,
      bad.value)
  end
  local where = {}
  for _, at in ipairs(bad.at) do
    where[#where + 1] = ("%s = %.10g"):format(at[1], at[2])
  end
  return ("term %q: expression %d is %s at point %d (%s)"):format(bad.term,
    bad.expression, bad.value, bad.point, table.concat(where, ", "))
end

--- Row, column and value of the first entry that is not finite.
local function find(t)
  for i = 1, t:size(1) do
    for j = 1, t:size(2) do
      local value = t:get(i, j)
      if value ~= value or value == math.huge or value == -math.huge then
        return i, j, value
      end
    end
  end
end

local function at_a_point(losses, name)
  local point, expression, value = find(losses:residuals(name))
  if not point then return nil end
  local points, at, coords = losses:points_of(name), {}, {}
  for i, coord in ipairs(losses.problem.coords) do
    coords[coord] = points:get(point, i)
    at[i] = { coord, coords[coord] }
  end
  return setmetatable({ term = name, point = point, expression = expression,
    value = value, coords = coords, at = at }, Bad)
end

--- The first value that is not finite, in the order of the terms, or else the first such
--- gradient in G; nil if all is finite.
---@param losses modsync.losses
---@param G modsync.tensor  K x P
---@return modsync.bad_value?
function M.first(losses, G)
  for _, name in ipairs(losses.names) do
    local bad = at_a_point(losses, name)
    if bad then return bad end
  end
  local term, index, value = find(G)
  if not term then return nil end
  local part, row, col = losses.net:locate(index)
  return setmetatable({ term = losses.names[term], index = index, value = value,
    parameter = ("%s[%d, %d]"):format(part.name, row, col) }, Bad)
end

return M
