--[[
SIREN: sines all through, h <- sin(omega (h W + b)), on inputs in [-1, 1]. The weights
begin uniform with the half widths 1 / n in the first layer and sqrt(6 / n) / omega in the
others, n their inputs, the biases with 1 / sqrt(n): then what enters the sines has
variance 1 in every layer. The paper's omega is 30, for images; with it the second
derivatives of a new network are too large for smooth fields on [-1, 1] (poisson: error 1
after 4,000 steps, 8.5e-5 with 5).
]]
local core = require "modsync.core"
local layers = require "modsync.layers"

local function uniform(half_width)
  return function(rng, W)
    rng:uniform(W)
    W:sub_(0.5)
    W:mul_(2 * half_width)
  end
end

local function prepare(o)
  if not o.widths then return end
  o.widths = layers.widths(o.widths, "siren")
  o.depth = #o.widths
end

local function layout(o, parts)
  local fan_in = layers.input_width(o)
  for layer = 1, o.depth + 1 do
    local width = o.widths and o.widths[layer] or o.width
    if layer > o.depth then width = #o.outputs end
    local reach = layer == 1 and 1 / fan_in or math.sqrt(6 / fan_in) / o.omega_hidden
    parts:add("W" .. layer, fan_in, width, "weight",
      { start = uniform(reach), hidden = layer > 1 and layer <= o.depth })
    parts:add("b" .. layer, 1, width, "bias", { start = uniform(fan_in ^ -0.5) })
    fan_in = width
  end
end

local function unit(o, layer, z)
  return core.sin((layer == 1 and o.omega or o.omega_hidden) * z)
end

local function chains(o)
  return { { prefix = "", layers = o.depth + 1, unit = function(_, layer, z)
    return unit(o, layer, z)
  end } }
end

local function fields(o, h, p)
  for layer = 1, o.depth do
    local z = layers.linear(h, p["W" .. layer], p["b" .. layer])
    h = layers.watched(p, layer, unit(o, layer, z))
  end
  return layers.linear(h, p["W" .. o.depth + 1], p["b" .. o.depth + 1])
end

local function resize(o, widths)
  o.widths = widths[1]
end

return {
  name = "siren",
  summary = "sines in place of activations, with weights to match",
  paper = "arXiv:2006.09661",
  options = {
    { name = "width", type = "integer", default = 50, min = 1,
      text = "units in a hidden layer" },
    { name = "depth", type = "integer", default = 3, min = 1, text = "hidden layers" },
    { name = "widths", type = "table",
      text = "{ 64, 32 }: one hidden layer each, in place of width and depth" },
    { name = "omega", type = "number", default = 5, min = 0,
      text = "frequency of the first layer" },
    { name = "omega_hidden", type = "number", default = 5, min = 1e-3,
      text = "frequency of the other layers" },
  },
  half_range = 1, layout = layout, fields = fields, chains = chains,
  prepare = prepare, resize = resize,
}
