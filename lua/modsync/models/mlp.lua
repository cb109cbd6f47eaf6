--[[
Multi-layer perceptron: h = act(h W + b) over the hidden layers, then a linear layer.
Hidden-to-hidden are all weights but the first and the last.
]]
local layers = require "modsync.layers"
local misuse = require "modsync.misuse"

--- Units of each hidden layer.
local function hidden_widths(o)
  if o.widths == nil then
    local widths = {}
    for layer = 1, o.depth or 3 do widths[layer] = o.width or 50 end
    return widths
  end
  if o.width ~= nil or o.depth ~= nil then
    misuse("mlp: give width and depth, or widths, not both")
  end
  return layers.widths(o.widths, "mlp")
end

--- Smaller layers, so that 'density' of the hidden-to-hidden weights are left.
local function shrunk(widths, density)
  local fewer = {}
  for layer, width in ipairs(widths) do
    fewer[layer] = math.max(1, math.floor(width * math.sqrt(density) + 0.5))
  end
  return fewer
end

local function prepare(o)
  o.widths = shrunk(hidden_widths(o), o.density)
  o.width, o.depth, o.density = nil, nil, nil
end

local function layout(o, parts)
  local fan_in = layers.input_width(o)
  for layer = 1, #o.widths + 1 do
    local width = o.widths[layer] or #o.outputs
    layers.dense(o, parts, layer, fan_in, width, {
      hidden = layer > 1 and layer <= #o.widths, linear = layer > #o.widths,
      start = layer == 1 and layers.scaled(o) or nil })
    fan_in = width
  end
end

local function fields(o, h, p)
  for layer = 1, #o.widths do h = layers.layer(o, p, layer, h) end
  return layers.apply(o, p, #o.widths + 1, h)
end

local function chains(o)
  return { { prefix = "", layers = #o.widths + 1, unit = function(p, layer, z)
    return layers.activate(o, p, layer, z)
  end } }
end

local function resize(o, widths)
  o.widths, o.width, o.depth, o.density = widths[1], nil, nil, nil
end

return {
  name = "mlp",
  summary = "multi-layer perceptron",
  paper = "doi:10.1016/0893-6080(89)90020-8",
  options = layers.options {
    { name = "width", type = "integer", min = 1,
      text = "units in a hidden layer (50)" },
    { name = "depth", type = "integer", min = 1, text = "hidden layers (3)" },
    { name = "widths", type = "table",
      text = "{ 64, 32 }: one hidden layer each, in place of width and depth" },
    { name = "density", type = "number", default = 1, min = 0, max = 1,
      text = "a small dense network in place of a pruned one: layers smaller by its " ..
        "root, so that this part of the hidden-to-hidden weights is left" },
    { name = "input_scale", type = "number", min = 0,
      text = "standard deviation of the first layer's weights, then normal" },
  },
  prepare = prepare, layout = layout, fields = fields, chains = chains,
  resize = resize,
}
