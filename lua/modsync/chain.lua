--[[
Models that are chains of dense layers, h <- act(h W + b): which unit feeds which weights.
An architecture says so by a function in its record,

  chains(o) -> list of { prefix, layers, unit }

with the options o, the prefix of its parts, the number of its layers with the last one,
which has no activation, and unit(p, layer, z), the activation of a layer at z with the
parameters p.NAME (tensors or symbols).
]]
local layouts = require "modsync.layout"

--- A dense layer of a chain.
---@class modsync.chain_layer
---@field name integer               1, 2, ...
---@field weights modsync.model_part
---@field bias modsync.model_part?
---@field scale modsync.model_part?  s of W exp(s), see layers.lua
---@field unit (fun(z: modsync.tensor): modsync.tensor)?  its activation; none in the last

local M = {}

local function layers_of(net, chain)
  local list = {}
  for i = 1, chain.layers do
    local function part(letter) return net.part[chain.prefix .. letter .. i] end
    list[i] = { name = i, weights = part "W", bias = part "b", scale = part "s" }
    if i < chain.layers then
      local p = layouts.within(net.named, chain.prefix)
      list[i].unit = function(z) return chain.unit(p, i, z) end
    end
  end
  return list
end

--- A part of P numbers as a matrix, in their memory.
---@param vector modsync.tensor
---@param part modsync.model_part
---@return modsync.tensor
function M.view(vector, part)
  return vector:narrow(1, part.offset + 1, part.rows * part.cols)
    :reshape(part.rows, part.cols)
end

--- The chains that a model consists of, nil where it is something else. Tied weights make
--- no chain.
---@param net modsync.model
---@return modsync.chain_layer[][]?
function M.of(net)
  local record = net.record
  if not record or not record.chains or next(net.options.tie or {}) then return nil end
  local described, list = record.chains(net.working), {}
  for i, chain in ipairs(described or {}) do list[i] = layers_of(net, chain) end
  return described and list
end

return M
