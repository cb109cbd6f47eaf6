--[[
PirateNet: residual blocks that begin as the identity, so that the network begins linear
in an embedding of the inputs and grows deep while it is trained. With the gates
U = act(x Wu + bu), V = act(x Wv + bv) of the embedding x, a block is

  f = act(h W + b)     z = f U + (1 - f) V
  g = act(z W' + b')   y = g U + (1 - g) V
  r = act(y W" + b")   h <- alpha r + (1 - alpha) h,   alpha trained, 0 at the start.

The embedding must be as wide as the blocks: random Fourier features, unless periodic
inputs already are. The last layer may begin as the least squares of given data or linear
conditions, see ms.curvature(L):least_squares.
]]
local layers = require "modsync.layers"
local misuse = require "modsync.misuse"

local function prepare(o)
  if o.fourier == 0 and layers.input_width(o) ~= o.width then o.fourier = o.width // 2 end
  if layers.input_width(o) ~= o.width then
    misuse("pirate-net: the embedding is %d wide and the blocks are %d: width must be " ..
      "twice the option fourier", layers.input_width(o), o.width)
  end
end

local function layout(o, parts)
  layers.dense(o, parts, "u", o.width, o.width)
  layers.dense(o, parts, "v", o.width, o.width)
  for block = 1, o.depth do
    for _, place in ipairs { "f", "g", "r" } do
      layers.dense(o, parts, block .. place, o.width, o.width,
        { hidden = block > 1 or place ~= "f" })
    end
    parts:add("alpha" .. block, 1, 1, "gate")
  end
  layers.dense(o, parts, o.depth + 1, o.width, #o.outputs, { linear = true })
end

local function fields(o, x, p)
  local u, v = layers.layer(o, p, "u", x), layers.layer(o, p, "v", x)
  local between, h = u - v, x
  for block = 1, o.depth do
    local z = v + layers.layer(o, p, block .. "f", h) * between
    local y = v + layers.layer(o, p, block .. "g", z) * between
    h = h + (layers.layer(o, p, block .. "r", y) - h) * p["alpha" .. block]
  end
  return layers.apply(o, p, o.depth + 1, h)
end

return {
  name = "pirate-net",
  summary = "gated residual blocks that begin as the identity",
  paper = "arXiv:2402.00326",
  options = layers.options({
    { name = "depth", type = "integer", default = 2, min = 1,
      text = "blocks of three hidden layers" },
  }, true),
  prepare = prepare, layout = layout, fields = fields,
}
