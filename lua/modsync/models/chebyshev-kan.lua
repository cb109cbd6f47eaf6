--[[
Kolmogorov-Arnold network with Chebyshev polynomials: every connection has a polynomial of
its own, y_j = sum_i sum_k C_ijk T_k(tanh h_i), k = 0 .. degree; the terms of T_0 = 1 are
one row of biases. The polynomials of all inputs side by side make a layer one matrix
product, [n, degree in] x [degree in, out].
]]
local core = require "modsync.core"
local layers = require "modsync.layers"

--- T_1 .. T_degree of z in [-1, 1], by T_k+1 = 2 z T_k - T_k-1.
local function polynomials(z, degree)
  local T = { z }
  if degree > 1 then T[2] = 2 * z * z - 1 end
  for k = 3, degree do T[k] = 2 * z * T[k - 1] - T[k - 2] end
  return degree == 1 and z or core.concat(T)
end

local function layout(o, parts)
  local fan_in = layers.input_width(o)
  for layer = 1, o.depth + 1 do
    local width = layer <= o.depth and o.width or #o.outputs
    parts:add("C" .. layer, o.degree * fan_in, width, "weight",
      { hidden = layer > 1 and layer <= o.depth, start = function(rng, C, rows)
        rng:normal(C)
        C:mul_(rows ^ -0.5)
      end })
    parts:add("b" .. layer, 1, width, "bias")
    fan_in = width
  end
end

local function fields(o, h, p)
  for layer = 1, o.depth + 1 do
    h = layers.linear(polynomials(core.tanh(h), o.degree), p["C" .. layer],
      p["b" .. layer])
  end
  return h
end

return {
  name = "chebyshev-kan",
  summary = "a Chebyshev polynomial on every connection",
  paper = "arXiv:2405.07200",
  options = {
    { name = "width", type = "integer", default = 16, min = 1,
      text = "units in a hidden layer" },
    { name = "depth", type = "integer", default = 2, min = 1, text = "hidden layers" },
    { name = "degree", type = "integer", default = 4, min = 1,
      text = "of the polynomials" },
  },
  half_range = 1, layout = layout, fields = fields,
}
