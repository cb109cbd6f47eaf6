--[[
Optimizers: ms.optim.adam { lr = 1e-3 }. An optimizer turns a direction d into a change of
the parameters; theta <- theta - lr * (something made of d and its memory). One that looks
ahead (lbfgs) asks for the function whose gradient d is, too: see optimizer:step.
]]
local kind = require "modsync.kind"
local masks = require "modsync.mask"
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

--- The parameters before a step that will not be taken as it is: where parts of the model
--- have a learning rate of their own, or a mask meets an optimizer that knows none.
local function hold(self, net, theta)
  if not net then return nil end
  local rates = net.rate and net:rate() or {}
  if #rates == 0 and (self.core or not net.mask) then return nil end
  return masks.hold(self, theta, net.mask)
end

--- theta <- held + factor (theta - held) by part, and held where the mask is 0.
local function release(self, net, theta)
  local held = self.held.theta
  for _, group in ipairs(net.rate and net:rate() or {}) do
    local moved = theta:narrow(1, group.offset + 1, group.count)
    local before = held:narrow(1, group.offset + 1, group.count)
    moved:sub_(before)
    moved:mul_(group.factor)
    moved:add_(before)
  end
  if not net.mask then return end
  masks.put_back(self, theta)
  if not self.core then masks.forget(self.memory, net.mask) end
end

--- A function that an optimizer looks ahead with, checked at every call.
local function checked_look(self, theta, look)
  if type(look) ~= "function" then
    misuse("optimizer '%s' looks ahead along its step: take it with cf:step(opt, net, " ..
      "d) after cf:bind(L), or give opt:step a function that returns the value and " ..
      "its gradient at the present parameters, not %s", self.name, kind.show(look))
  end
  return function()
    local value, gradient = look()
    local good = math.type(value) and kind.of(gradient) == "tensor"
      and gradient:dim() == 1 and gradient:size() == theta:size()
    if not good then
      misuse("optimizer '%s': the function it looks ahead with returned %s and %s, " ..
        "not a number and %d numbers", self.name, kind.show(value), kind.show(gradient),
        theta:size())
    end
    return value, gradient
  end
end

--- One update. Parameters whose net.mask is 0 stay as they are and have no state, and
--- parts of the model with a rate of their own (net:rate) take longer or shorter steps.
---@param model modsync.model|modsync.tensor  whose P parameters change in place
---@param d modsync.tensor  the direction, P elements
---@param look? fun(): number, modsync.tensor  value and gradient, for those that ask
---@param value? number  what look() would say now
function optimizer:step(model, d, look, value)
  local net = type(model) == "table" and model or nil
  local theta = net and net.theta or model
  if self.record.looks then look = checked_look(self, theta, look) end
  local held = hold(self, net, theta)
  if self.core then
    self.core:step(theta, d, net and net.mask)
  else
    local made = self.record.step(theta, d, self.memory, self.chosen, look, value)
    if made ~= nil and not rawequal(made, theta) then
      misuse("optimizer '%s': step returned %s; it changes theta in place and returns " ..
        "nothing", self.name, kind.show(made))
    end
  end
  if held then release(self, net, theta) end
end

--- The learning rate, after setting it when 'new' is given; 1 of a method without one.
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
  if new ~= nil and self.chosen.lr == nil then
    misuse("optimizer '%s' has no option 'lr' that could be set", self.name)
  end
  if new ~= nil then self.chosen.lr = new end
  return self.chosen.lr or 1
end

--- What the last step multiplied the direction of each parameter with, beside the
--- learning rate: P numbers that the next call overwrites; nil if it is the same for all.
---@return modsync.tensor?
function optimizer:preconditioner()
  self.diagonal = self.core and self.core:preconditioner(self.diagonal)
  return self.diagonal
end

return registry.namespace("optim", method.class(optimizer))
