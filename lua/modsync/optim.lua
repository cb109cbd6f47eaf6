--[[
Optimizers: ms.optim.adam { lr = 1e-3 }. An optimizer turns a direction d into a change of
the parameters; theta <- theta - lr * (something made of d and its memory).
]]
local method = require "modsync.method"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- An optimizer: d into a change of the parameters.
---@class modsync.optimizer : modsync.method
local optimizer = {}

--- An object of a record; ms.optim.NAME { options } calls it.
---@private
function optimizer.new(record, options)
  return method.open(optimizer, record, options)
end

--- One update.
---@param model modsync.model|modsync.tensor  whose P parameters change in place
---@param d modsync.tensor  the direction, P elements
function optimizer:step(model, d)
  local theta = type(model) == "table" and model.theta or model
  if self.core then return self.core:step(theta, d) end
  self.record.step(theta, d, self.memory, self.chosen)
end

--- The learning rate, after setting it when 'new' is given.
---@param new number?
---@return number
function optimizer:lr(new)
  if new ~= nil and not (math.type(new) and new >= 0 and new < math.huge) then
    misuse("a learning rate is a finite number, 0 or more, not %s", tostring(new))
  end
  if self.core then
    if new ~= nil then return self.core:lr(new) end
    return self.core:lr()
  end
  if new ~= nil then self.chosen.lr = new end
  return self.chosen.lr
end

return registry.namespace("optim", method.class(optimizer))
