--[[
Optimizers: ms.optim.adam { lr = 1e-3 }. An optimizer turns a direction d into a change of
the parameters; theta <- theta - lr * (something made of d and its memory).
]]
local method = require "modsync.method"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

---@class modsync.optimizer : modsync.method
local optimizer = {}

function optimizer.new(record, options)
  return method.open(optimizer, record, options)
end

--- One update.
---@param model any  a model (its theta is changed) or a tensor of P elements
---@param d any      the direction, P elements
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
