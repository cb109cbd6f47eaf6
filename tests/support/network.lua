-- Networks written out by hand, for tests of the engine below the model layer.

local core = require "modsync.core"

local M = {}

M.activations = {
  tanh = core.tanh,
  sin = core.sin,
  silu = function(x) return x * core.sigmoid(x) end,
  gelu = function(x) return 0.5 * x * (1 + core.erf(x / 2 ^ 0.5)) end,
  softplus = core.softplus,
  sigmoid = core.sigmoid,
}

--- A function that hands out consecutive parameters of the graph: take(rows, cols) is the
--- next matrix, take() the number handed out so far.
function M.allocator(g)
  local used = 0
  return function(rows, cols)
    if not rows then return used end
    used = used + rows * cols
    return g:parameter(used - rows * cols, rows, cols)
  end
end

--- The layers of an MLP as a function of its input symbol: it can be applied twice.
function M.mlp(take, widths, activation)
  local layers = {}
  for i = 2, #widths do
    layers[i - 1] = { weight = take(widths[i - 1], widths[i]), bias = take(1, widths[i]) }
  end
  return function(x)
    for i, layer in ipairs(layers) do
      x = x:matmul(layer.weight) + layer.bias
      if i < #layers then x = activation(x) end
    end
    return x
  end
end

--- Parameters of a size that keeps the networks of the tests in their interesting range.
function M.draw(count, size)
  return core.rng(5, "parameters"):normal(core.zeros(count)) * (size or 0.5)
end

--- n points, uniform in (-1, 1).
function M.points(n, columns, name)
  return core.rng(7, name or "points"):uniform(core.zeros(n, columns)) * 2 - 1
end

return M
