--[[
Multi-scale Fourier feature network: random Fourier features [cos(x B_i), sin(x B_i)] of
one or more scales i go through the same hidden layers, whose last values are joined by a
linear layer. (Random features of one scale in front of any other architecture are its
option fourier.)
]]
local core = require "modsync.core"
local kind = require "modsync.kind"
local layers = require "modsync.layers"
local misuse = require "modsync.misuse"

local function prepare(o)
  o.scales = o.scales or { 1 }
  for i, scale in ipairs(o.scales) do
    if type(scale) ~= "number" or not (scale > 0) then
      misuse("fourier: scales[%d] must be a positive number, not %s", i, kind.show(scale))
    end
  end
  if #o.scales == 0 then misuse "fourier: scales must be a list such as { 1, 10 }" end
end

local function layout(o, parts)
  local fan_in = layers.input_width(o)
  for layer = 1, o.depth do
    layers.dense(o, parts, layer, fan_in, o.width, { hidden = layer > 1 })
    fan_in = o.width
  end
  layers.dense(o, parts, o.depth + 1, #o.scales * o.width, #o.outputs, { linear = true })
end

local function fields(o, x, p)
  local joined = {}
  for i, scale in ipairs(o.scales) do
    local h = layers.features(x, layers.wave_numbers(o, scale, "fourier " .. i))
    for layer = 1, o.depth do h = layers.layer(o, p, layer, h) end
    joined[i] = h
  end
  local h = #joined == 1 and joined[1] or core.concat(joined)
  return layers.apply(o, p, o.depth + 1, h)
end

return {
  name = "fourier",
  summary = "random Fourier features of several scales through the same hidden layers",
  paper = "arXiv:2012.10047",
  options = layers.options({
    { name = "scales", type = "table",
      text = "standard deviations of the wave numbers, { 1 }" },
    { name = "fourier", type = "integer", default = 25, min = 1,
      text = "features of one scale, a sine and a cosine each" },
  }, true),
  own_features = true, prepare = prepare, layout = layout, fields = fields,
}
