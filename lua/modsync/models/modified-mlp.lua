--[[
Modified multi-layer perceptron: two gates U = act(x Wu + bu), V = act(x Wv + bv) made of
the inputs mix every hidden layer after the first, Z = act(h W + b),

  h <- (1 - Z) U + Z V,

written U + Z (V - U).
]]
local layers = require "modsync.layers"

local function layout(o, parts)
  local fan_in = layers.input_width(o)
  layers.dense(o, parts, "u", fan_in, o.width)
  layers.dense(o, parts, "v", fan_in, o.width)
  for layer = 1, o.depth do
    layers.dense(o, parts, layer, fan_in, o.width, { hidden = layer > 1 })
    fan_in = o.width
  end
  layers.dense(o, parts, o.depth + 1, o.width, #o.outputs, { linear = true })
end

local function fields(o, x, p)
  local u, v = layers.layer(o, p, "u", x), layers.layer(o, p, "v", x)
  local between = v - u
  local h = layers.layer(o, p, 1, x)
  for layer = 2, o.depth do h = u + layers.layer(o, p, layer, h) * between end
  return layers.apply(o, p, o.depth + 1, h)
end

return {
  name = "modified-mlp",
  summary = "multi-layer perceptron whose hidden layers are mixed with two gates",
  paper = "doi:10.1137/20M1318043",
  options = layers.options({}, true),
  layout = layout, fields = fields,
}
