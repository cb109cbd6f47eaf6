--[[
Residual multi-layer perceptron: a linear layer to the width, then 'depth' blocks of two
layers with a bridge, h <- h + act(act(h W + b) W' + b'), then a linear layer. The blocks
are those of the deep Ritz method.
]]
local layers = require "modsync.layers"

local function layout(o, parts)
  layers.dense(o, parts, "0", layers.input_width(o), o.width, { linear = true })
  for block = 1, o.depth do
    layers.dense(o, parts, block .. "f", o.width, o.width, { hidden = true })
    layers.dense(o, parts, block .. "g", o.width, o.width, { hidden = true })
  end
  layers.dense(o, parts, o.depth + 1, o.width, #o.outputs, { linear = true })
end

local function fields(o, x, p)
  local h = layers.apply(o, p, "0", x)
  for block = 1, o.depth do
    h = h + layers.layer(o, p, block .. "g", layers.layer(o, p, block .. "f", h))
  end
  return layers.apply(o, p, o.depth + 1, h)
end

return {
  name = "residual-mlp",
  summary = "blocks of two layers, each with a bridge around it",
  paper = "doi:10.1007/s40304-018-0127-z",
  options = layers.options({
    { name = "depth", type = "integer", default = 2, min = 1,
      text = "blocks of two hidden layers" },
  }, true),
  layout = layout, fields = fields,
}
