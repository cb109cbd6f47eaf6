--[[
Conflict methods: ms.conflict.dcgd { variant = "center" }. One turns the K gradients of
the loss terms, the rows of G, into the direction that the optimizer follows.

All of them take the options scope, tasks, groups, weighting, delay and realign, see the
registry. What happens in order: the factors of the weighting multiply the gradients;
those of a task are added; the first 'delay' steps follow the plain sum, later ones the
method; after the optimizer cf:step() projects its step if 'realign' asks for it.
]]
local ahead = require "modsync.ahead"
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

--- Other losses are fine while their terms are the same.
local function check_names(self, losses)
  local before, now = table.concat(self.names, ", "), table.concat(losses.names, ", ")
  if before ~= now then
    misuse("%s '%s' is bound to the terms %s; it cannot go on with %s",
      self.record.family, self.name, before, now)
  end
end

--[[
Tell the method the losses it works on: cf:bind(L). ms.train does. In a loop of one's own
it is needed for groups and factors by name, for weightings that look at single points,
for methods of two tasks (dcgd, tasks = "two") where the first term is not the only
residual, and for a scope that is not the model.
]]
---@param losses modsync.losses
function conflict:bind(losses)
  if self.losses == losses then return end
  if self.losses then check_names(self, losses) end
  self.losses, self.names, self.terms = losses, losses.names, #losses.names
  if self.chosen.weighting then self.chosen.weighting:attach(losses) end
  if self.grouped then return end
  self:group(self.terms)
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
  self.terms = terms
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

--- What the tasks are made of, T x K: entry t, k is the factor of term k if it belongs to
--- task t, else 0.
local function mixing(self, terms)
  local M = self.mix or core.zeros(self.task_count or terms, terms)
  for k = 1, terms do
    local task = self.tasks and self.tasks[k] + 1 or k
    M:set(task, k, self.factors and self.factors:get(k) or 1)
  end
  self.mix = M
  return M
end

--- The gradients of the tasks, for methods in Lua: G itself, or its rows times their
--- factors, those of a task added.
local function gather(self, G)
  if not (self.tasks or self.factors) then return G end
  local M = mixing(self, G:size(1))
  local rows = self.task_rows or core.zeros(M:size(1), G:size(2))
  rows:fill_(0)
  for k = 1, G:size(1) do
    local task = self.tasks and self.tasks[k] + 1 or k
    rows:row(task):axpy_(M:get(task, k), G:row(k))
  end
  self.task_rows = rows
  return rows
end

--- The same of the values of the losses.
local function gather_values(self, values)
  if not values or not (self.tasks or self.factors) then return values end
  return mixing(self, values:size(1)):matmul(values)
end

--[[ the direction ]]

--[[
The terms whose gradients the next call looks at, by number, for L:gradients(cf:needs());
nil for all of them, as of every method but M-ConFIG. What a weighting or realign looks at
counts, too. Tell the method the losses first (bind), or it wants all in its first step.
]]
---@return integer[]?
function conflict:needs()
  local weighting = self.chosen.weighting
  local all = self.calls < self.chosen.delay or self.chosen.realign or not self.terms
    or weighting and weighting.record.weights
  if all then return nil end
  if self.core then return self.core:needs(self.terms) end
  local needs = self.record.needs
  local wanted = needs and needs(self.terms, self.memory, self.chosen)
  if wanted and not kind.list(wanted) then
    misuse("conflict method '%s': needs returned %s; expected the numbers of terms, or "
      .. "nil for all", self.name, kind.show(wanted))
  end
  return wanted
end

local function plain_sum(self, G)
  self.plain = self.plain or core.method("conflict", "sum")
  return self.plain:combine(G, nil, nil, self.factors)
end

--- What a method in Lua returned, as P numbers side by side.
local function check_direction(self, d, P)
  if kind.of(d) ~= "tensor" or d:size() ~= P then
    misuse("conflict method '%s': combine returned %s; expected the direction, a tensor "
      .. "of %d numbers", self.name, kind.show(d), P)
  end
  return (d:dim() == 1 and d or d:reshape(P)):contiguous()
end

--[[
The direction, P elements. A method in C writes every time into the same tensor: clone
what must outlive the next call.
]]
---@param G modsync.tensor        K x P
---@param values modsync.tensor?  the K loss values, for the methods that look at them
---@return modsync.tensor?, string? message, string? code
function conflict:combine(G, values)
  if not self.terms and kind.of(G) == "tensor" then begin(self, G:size(1)) end
  self.calls = self.calls + 1
  self.warm = self.calls <= self.chosen.delay
  local weighting = self.chosen.weighting
  local measured = false
  local function gram()
    local products = self.core and not self.warm and self.core:measure(G)
    measured = products ~= nil and products ~= false
    return products or core.gradient_gram(G)
  end
  if weighting then
    local factors, message, code = weighting:weights(values, G, nil, nil, gram)
    if not factors then return nil, message, code end
    self.factors = factors
  end
  self.seen = self.chosen.realign and G or nil
  if self.warm then return plain_sum(self, G) end
  if not self.core then
    local rows, sums = gather(self, G), gather_values(self, values)
    local d, message, code = self.record.combine(rows, sums, self.memory, self.chosen)
    if d == nil and message ~= nil then return nil, message, code end
    return check_direction(self, d, G:size(2))
  end
  local d, message, code =
    self.core:combine(G, self.direction, values, self.factors, measured)
  if not d then return nil, message, code end
  self.direction = d
  return d
end

--- The weights that the last call gave to the K gradients, the factors of the weighting
--- among them: K numbers, or B x K for the B blocks of a scope (methods in C).
---@return modsync.tensor?
function conflict:weights()
  return self.core and (self.warm and self.plain or self.core):weights()
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
local function project(self, G, step)
  local M = mixing(self, G:size(1))
  local along = M:matmul(G:matmul(step))
  if not (along:min() < 0) then return false end
  local gram = M:matmul(core.gradient_gram(G)):matmul(M:transpose())
  local v = M:transpose():matmul(core.nonnegative(gram, along))
  for k = 1, G:size(1) do step:axpy_(v:get(k), G:row(k)) end
  return true
end

--- The gradients of the last call, 0 by what the mask holds.
local function masked(self, mask)
  if not mask then return self.seen end
  self.masked = self.masked or core.zeros(self.seen:size(1), self.seen:size(2))
  return self.masked:copy_(self.seen):mul_(mask)
end

--- The optimizer's step, made one that no task gets worse by; true if it was not.
local function realigned(self, optimizer, model, d)
  local theta = type(model) == "table" and model.theta or model
  local G = masked(self, type(model) == "table" and model.mask)
  self.before = self.before or theta:clone()
  self.before:copy_(theta)
  optimizer:step(model, d)
  local step = self.before - theta
  local changed = project(self, G, step)
  if changed then theta:copy_(self.before):sub_(step) end
  return changed
end

--- Tells a method that learns from them the losses after the step, at the same points.
local function look_back(self)
  local learns = self.record.after
  if self.core then learns = self.core:after() end
  if not (learns and self.losses) or self.warm then return end
  self.values_after = self.losses:values(self.values_after or core.zeros(self.terms))
  if self.core then return self.core:after(self.values_after) end
  self.record.after(gather_values(self, self.values_after), self.memory, self.chosen)
end

--- Is the direction a sum of whole gradients, each with one weight? Tried out where only
--- the method in C knows.
local function weighs(self)
  if self.is_weighing ~= nil then return self.is_weighing end
  if not self.core or self.chosen.scope ~= "model" or self:needs() then return false end
  local own = {}
  for _, option in ipairs(self.record.options) do
    own[option.name] = self.chosen[option.name]
  end
  local trial = core.method("conflict", self.name, own)
  local d = trial:combine(core.tensor { { 1, 0 }, { 0, 1 } }, nil, core.ones(2))
  self.is_weighing = d == nil or trial:weights() ~= nil
  return self.is_weighing
end

--- Misuse where an optimizer that looks ahead cannot follow this method on its losses.
---@param optimizer modsync.optimizer
function conflict:check_optimizer(optimizer)
  if not optimizer.record.looks then return end
  local function refuse(why, ...)
    misuse("optimizer '%s' " .. why, optimizer.name, ...)
  end
  if not self.losses then
    refuse "looks at the losses along its step; call cf:bind(L) first"
  elseif self.chosen.realign or self.losses.gates then
    refuse "finds its own steps; 'realign' and gates would make others of them"
  elseif #(self.losses.net.rate and self.losses.net:rate() or {}) > 0 then
    refuse "has one rate for all; the model has parts with rates of their own (net:rate)"
  elseif not weighs(self) then
    refuse("needs a direction that is a sum of all gradients, each with one weight, " ..
      "as of conflict = \"sum\"; that of '%s' is none", self.name)
  end
end

--- What an optimizer that looks ahead sees: the sum of the losses by the weights of the
--- last call, whose gradient is d, and its value before the step. A sum with a weight
--- below 0 has no least value: such weights count as 0, third the gradient of that sum.
local function looking(self, optimizer, model)
  if not optimizer.record.looks then return nil end
  self:check_optimizer(optimizer)
  local losses = self.losses
  if model ~= losses.net and model ~= losses.net.theta then
    misuse("optimizer '%s' looks at the losses that '%s' is bound to, which are of " ..
      "another model", optimizer.name, self.name)
  elseif losses.missing and next(losses.missing) then
    misuse("optimizer '%s' needs the gradients of all terms, L:gradients()",
      optimizer.name)
  end
  local weights = (self.fixed_weights or core.zeros(self.terms)):copy_(self:weights())
  self.fixed_weights = weights
  local function look() return ahead.look(losses, weights) end
  if weights:min() >= 0 then return look, weights:dot(losses.loss_values) end
  weights:clamp_(0, math.huge)
  self.upward = (self.upward or core.zeros(losses.G:size(2))):fill_(0)
  for k = 1, self.terms do self.upward:axpy_(weights:get(k), losses.G:row(k)) end
  return look, weights:dot(losses.loss_values), self.upward
end

--[[
The optimizer's step along d, the direction of the last call. Adam and its kin do not keep
g_k.d >= 0; with the option realign the step becomes the nearest one that makes no task
worse. After it methods that learn from the losses at the same points (famo) see them, if
they were bound. Otherwise this is optimizer:step(model, d).
]]
---@param optimizer modsync.optimizer
---@param model modsync.model|modsync.tensor
---@param d modsync.tensor
---@return boolean? changed  by realign
function conflict:step(optimizer, model, d)
  local changed
  local look, value, other = looking(self, optimizer, model)
  if self.seen then
    changed = realigned(self, optimizer, model, d)
  else
    optimizer:step(model, other or d, look, value)
  end
  look_back(self)
  return changed
end

--- The optimizer that follows it where none is wanted: Adam, or plain gradient descent
--- where d is a whole step (mconfig).
---@param lr number?  (1e-3)
---@return modsync.optimizer
function conflict:default_optimizer(lr)
  local name = self.record.whole_step and "sgd" or "adam"
  return registry.create("optim", name, { lr = lr or 1e-3 })
end

--- Why an optimizer does not go with it, as a sentence; nil if it does.
---@param optimizer modsync.optimizer
---@return string?
function conflict:objection(optimizer)
  if not self.record.whole_step or optimizer.name == "sgd" then return nil end
  return ("the direction of '%s' is a whole step, which '%s' makes another one of: its "
    .. "optimizer is sgd"):format(self.name, optimizer.name)
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
