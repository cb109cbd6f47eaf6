--[[
Kolmogorov-Arnold network with Chebyshev polynomials: every connection has a polynomial of
its own, y_j = sum_i sum_k C_ijk T_k(tanh h_i), k = 0 .. degree: one matrix product a
degree, and one row of biases for T_0 = 1. Its time is that of the products and, two
fifths as long, of the polynomials and their derivatives at every input. Derivatives of
polynomials go through their argument. So do those of a layer with one output, sums of
polynomials at every input: their channels are added up, not those of every polynomial.

Weights begin normal with deviation 1 / (k^2 sqrt(inputs)), as the slope of T_k reaches
k^2. The same deviation for all k leaves poisson at an error of 0.9 after 400 steps,
1 / (inputs (degree + 1)) at 5e-3, this at 3e-3.
]]
local core = require "modsync.core"
local layers = require "modsync.layers"

--- T_1 .. T_degree of z in [-1, 1], by T_m+n = 2 T_m T_n - T_m-n with m = n or n + 1.
local function polynomials(z, degree)
  local T = { z }
  for k = 2, degree do
    local m = (k + 1) // 2
    T[k] = (2 * T[m] * T[k - m] - (k % 2 == 0 and 1 or z)):through(z)
  end
  return T
end

local function layout(o, parts)
  local fan_in = layers.input_width(o)
  for layer = 1, o.depth + 1 do
    local width = layer <= o.depth and o.width or #o.outputs
    for k = 1, o.degree do
      parts:add(("C%d.%d"):format(layer, k), fan_in, width, "weight",
        { hidden = layer > 1 and layer <= o.depth, start = function(rng, C, rows)
          rng:normal(C)
          C:mul_(rows ^ -0.5 / k ^ 2)
        end })
    end
    parts:add("b" .. layer, 1, width, "bias")
    fan_in = width
  end
end

local function fields(o, h, p)
  for layer = 1, o.depth + 1 do
    local z, y = core.tanh(h), nil
    local single = layer > o.depth and #o.outputs == 1
    for k, T in ipairs(polynomials(z, o.degree)) do
      local C = p[("C%d.%d"):format(layer, k)]
      local part = single and T * core.transpose(C) or T:matmul(C)
      y = y and y + part or part
    end
    if single then y = y:through(z):matmul(core.ones(o.width, 1)) end -- of the columns
    y = y + p["b" .. layer]
    h = layer <= o.depth and layers.watched(p, layer, y) or y
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
