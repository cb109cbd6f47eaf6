-- Finite differences, the yardstick of derivative tests.

local M = {}

local weights = { 3 / 4, -3 / 20, 1 / 60 }

--- The derivative of f at x by the central difference of sixth order with step h; the
--- error is about h^6/140 times the seventh derivative and 2e-16 f/h. f may return
--- numbers or tensors.
function M.slope(f, x, h)
  local sum = 0
  for k = 1, 3 do sum = sum + weights[k] * (f(x + k * h) - f(x - k * h)) end
  return sum / h
end

--- The gradient of f, a function of a vector, by each of its elements; f returns a number
--- or a vector of K numbers. Returns a K x P table.
function M.gradient(f, theta, h)
  local rows = {}
  for i = 1, #theta do
    local kept = theta:get(i)
    local column = M.slope(function(value)
      theta:set(i, value)
      return f(theta)
    end, kept, h)
    theta:set(i, kept)
    column = type(column) == "number" and { column } or column:totable()
    for k, value in ipairs(column) do
      rows[k] = rows[k] or {}
      rows[k][i] = value
    end
  end
  return rows
end

return M
