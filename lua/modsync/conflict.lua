--[[
Conflict methods: ms.conflict.dcgd { variant = "center" }. One turns the K gradients of
the loss terms, the rows of G, into the direction that the optimizer follows.

All of them take the options scope, tasks, groups, weighting, delay and realign, see the
registry. What happens in order: the factors of the weighting multiply the gradients;
those of a task are added; the first 'delay' steps follow the plain sum, later ones the
method; after the optimizer cf:step() projects its step if 'realign' asks for it.
]]
local blocks = require "modsync.blocks"
local core = require "modsync.core"
local kind = require "modsync.kind"
local method = require "modsync.method"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- A conflict method: K gradients into one direction. cf(G, values) is cf:combine(...).
---@class modsync.conflict : modsync.method
---@overload fun(G: modsync.tensor, values?: modsync.tensor): modsync.tensor?
local conflict = {}

--- An object of a record; ms.conflict.NAME { options } calls it.
---@private
function conflict.new(record, options)
  local self = method.open(conflict, record, options)
  self.calls = 0
  if not self.core and self.chosen.scope ~= "model" then
    misuse("conflict method '%s' is written in Lua and sees the gradients as they " ..
      "are; 'scope' is for methods in C", self.name)
  end
  return self
end

--[[
Tell the method the losses it works on: cf:bind(L). ms.train does. In a loop of one's own
it is needed for groups and factors by name, for weightings that look at single points,
for methods of two tasks (dcgd, tasks = "two") where the first term is not the only
residual, and for a scope that is not the model.
]]
---@param losses modsync.losses
function conflict:bind(losses)
  if self.bound then return end
  self.names, self.bound = losses.names, true
  if self.chosen.weighting then self.chosen.weighting:attach(losses) end
  self:group(#losses.names)
  if self.chosen.scope ~= "model" then
    self.core:blocks(blocks.parts(losses.net.layout, self.chosen.scope))
  end
end

--- Before the first combination of a method that nobody has bound.
local function begin(self, terms)
  if self.chosen.scope ~= "model" then
    misuse("%s '%s': scope = \"%s\" needs the layers of the model; call bind(L) first",
      self.record.family, self.name, self.chosen.scope)
  end
  self:group(terms)
end

--[[ groups of terms ]]

--- Settles the tasks, once; a method in C adds the gradients of a task by itself.
---@private
function conflict:group(terms)
  if self.grouped then return end
  self.grouped = true
  local two = self.record.max_tasks == 2 or self.chosen.tasks == "two"
  local wanted = { groups = self.chosen.groups, tasks = two and "two" or nil }
  self.tasks, self.task_count = method.tasks_of(wanted, self.names, terms, self.name)
  if self.core and self.tasks then self.core:groups(self.tasks) end
end

--- The gradients of the tasks: G itself, or the rows of each group added.
---@private
function conflict:gather(G)
  if not self.tasks then return G end
  local rows = self.task_rows or core.zeros(self.task_count, G:size(2))
  rows:fill_(0)
  for k, task in ipairs(self.tasks) do rows:row(task + 1):add_(G:row(k)) end
  self.task_rows = rows
  return rows
end

local function gather_values(self, values)
  if not values or not self.tasks then return values end
  local sums = core.zeros(self.task_count)
  for k, task in ipairs(self.tasks) do
    sums:set(task + 1, sums:get(task + 1) + values:get(k))
  end
  return sums
end

--[[ the direction ]]

--- Gradients and values times the factors of the weighting.
---@private
function conflict:weigh(G, values)
  local weighting = self.chosen.weighting
  if not weighting then return G, values end
  local factors = weighting:weights(values, G)
  self.factors = factors
  self.weighted = self.weighted or core.zeros(G:size(1), G:size(2))
  self.weighted:copy_(G):mul_(factors:reshape(factors:size(1), 1))
  return self.weighted, values * factors
end

local function plain_sum(self, G)
  self.plain = self.plain or core.method("conflict", "sum")
  return self.plain:combine(G)
end

--[[
The direction, P elements. A method in C writes every time into the same tensor: clone
what must outlive the next call.
]]
---@param G modsync.tensor        K x P
---@param values modsync.tensor?  the K loss values, for the methods that look at them
---@return modsync.tensor?, string? message, string? code
function conflict:combine(G, values)
  if not self.bound and kind.of(G) == "tensor" then begin(self, G:size(1)) end
  self.calls = self.calls + 1
  self.warm = self.calls <= self.chosen.delay
  G, values = self:weigh(G, values)
  self.seen = self.chosen.realign and G or nil
  if self.warm then return plain_sum(self, G) end
  if not self.core then
    local rows, sums = self:gather(G), gather_values(self, values)
    local d, message, code = self.record.combine(rows, sums, self.memory, self.chosen)
    if d ~= nil and kind.of(d) ~= "tensor" then
      misuse("conflict method '%s': combine must return a tensor, not %s", self.name,
        kind.show(d))
    end
    return d, message, code
  end
  local d, message, code = self.core:combine(G, self.direction, values)
  if not d then return nil, message, code end
  self.direction = d
  return d
end

--- The weights that the last call gave to the K gradients, those of the weighting among
--- them: K numbers, or B x K for the B blocks of a scope (methods in C).
---@return modsync.tensor?
function conflict:weights()
  local weights = self.core and (self.warm and self.plain or self.core):weights()
  return weights and self.factors and weights * self.factors or weights
end

--- K x K inner products of the last call's gradients, after their weighting (methods in
--- C).
---@return modsync.tensor?
function conflict:gram()
  return self.core and (self.warm and self.plain or self.core):gram()
end

--[[ the step ]]

--- Projects a step s on the cone {x : g_k.x >= 0 for all tasks}: s + sum of v_k g_k with
--- the least v >= 0. Changes 'step'; true if anything had to change.
local function project(rows, step)
  local along = rows:matmul(step)
  if not (along:min() < 0) then return false end
  local v = core.nonnegative(core.gradient_gram(rows), along)
  step:add_(v:reshape(1, v:size(1)):matmul(rows):reshape(step:size(1)))
  return true
end

--[[
The optimizer's step along d, the direction of the last call. Adam and its kin do not keep
g_k.d >= 0; with the option realign the step becomes the nearest one that makes no task
worse. Without it this is optimizer:step(model, d).
]]
---@param optimizer modsync.optimizer
---@param model modsync.model|modsync.tensor
---@param d modsync.tensor
---@return boolean? changed  by realign
function conflict:step(optimizer, model, d)
  if not self.seen then return optimizer:step(model, d) end
  local theta = type(model) == "table" and model.theta or model
  local rows = self:gather(self.seen)
  if type(model) == "table" and model.mask then rows = rows * model.mask end
  self.before = self.before or theta:clone()
  self.before:copy_(theta)
  optimizer:step(model, d)
  local step = self.before - theta
  local changed = project(rows, step)
  if changed then theta:copy_(self.before):sub_(step) end
  return changed
end

--[[ state ]]

--- The method's own state, that of its weighting, and the number of calls.
---@return table<string, any>
function conflict:state()
  local state = { ["round.calls"] = self.calls }
  for name, value in pairs(method.state(self)) do state[name] = value end
  local weighting = self.chosen.weighting
  for name, value in pairs(weighting and weighting:state() or {}) do
    state["weighting." .. name] = value
  end
  return state
end

--- Go on from a state, as if it were this object's.
---@param state table<string, any>
function conflict:restore(state)
  local own, inner = {}, {}
  for name, value in pairs(state) do
    local of_weighting = name:match("^weighting%.(.+)$")
    if of_weighting then
      inner[of_weighting] = value
    elseif not name:match("^round%.") then
      own[name] = value
    end
  end
  self.calls = state["round.calls"] or 0
  method.restore(self, own)
  if self.chosen.weighting then self.chosen.weighting:restore(inner) end
end

--- Forget everything seen so far.
function conflict:reset()
  self.calls = 0
  method.reset(self)
  if self.chosen.weighting then self.chosen.weighting:reset() end
end

function conflict.__call(self, G, values)
  return self:combine(G, values)
end

return registry.namespace("conflict", method.class(conflict))
