--[[
Units that a mask has cut off: with no weight in, a hidden unit is the constant act(b).
Its outgoing weights go as well, and what they carried is added to the biases of the next
layer, which leaves the outputs of the model as they are.
]]
local chain = require "modsync.chain"
local core = require "modsync.core"
local masks = require "modsync.mask"

--- A part of a vector of P numbers as a matrix, in its memory.
local function view(vector, part)
  return vector:narrow(1, part.offset + 1, part.rows * part.cols)
    :reshape(part.rows, part.cols)
end

--- What unit j of a layer gives when nothing comes in.
local function constant(model, layer, j)
  local z = layer.bias and view(model.theta, layer.bias)
    or core.zeros(1, layer.weights.cols)
  return layer.unit(z):get(1, j)
end

--- Adds to the biases of a layer what a constant unit j before it gave through the
--- weights that went; false where there are no biases to take it.
local function fold(model, layer, j, value, lost)
  local gone = lost:row(j)
  if value == 0 or gone:norm() == 0 then return true end
  local free = masks.free(model)
  if not layer.bias or free and view(free, layer.bias):min() == 0 then return false end
  local carried = gone * value
  if layer.scale then carried:mul_(core.exp(view(model.theta, layer.scale)):row(1)) end
  view(model.theta, layer.bias):row(1):add_(carried)
  return true
end

--- The weights out of unit j, but for frozen ones, are no longer alive.
local function cut(model, layer, j, alive)
  local free = masks.free(model)
  local row = view(alive, layer.weights):row(j)
  if free then row:mul_(1 - view(free, layer.weights):row(j)) else row:fill_(0) end
end

--[[
Cuts off what leaves a unit that nothing comes into, in 'alive' [P], and folds its
constant. 'before' [P]: the parameters before anything was set to 0. Returns the units: {
layer, unit, constant, folded } of every chain of dense layers; without biases to fold
into, units outside of the scope keep their weights.
]]
---@param model modsync.model
---@param before modsync.tensor
---@param alive modsync.tensor
---@return table[]
return function(model, before, alive)
  local units = {}
  for _, layers in ipairs(chain.of(model) or {}) do
    for i = 1, #layers - 1 do
      local silent = view(alive, layers[i].weights):sum(1):eq(0)
      for j = 1, silent:sum() > 0 and silent:size(1) or 0 do
        local after = layers[i + 1]
        local weights = view(before, after.weights)
        if silent:get(j) == 1 and weights:row(j):norm() > 0 then
          local value, held = constant(model, layers[i], j), alive:clone()
          cut(model, after, j, alive)
          local folded = fold(model, after, j, value,
            weights * (1 - view(alive, after.weights)))
          if not folded then alive:copy_(held) end
          units[#units + 1] = { layer = i, unit = j, constant = value, folded = folded }
        end
      end
    end
  end
  return units
end
