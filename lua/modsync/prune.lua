--[[
Pruning methods: sync = ms.prune.modsync { strength = 1 }. One watches the gradients of
the loss terms (observe) and after every step changes the model (apply). Some look at no
gradients; observe() is then nothing, and may be left out.

Importance is measured in rounds. A round ends in every step that is a multiple of
'period', when apply() turns what was observed since the last round into scores. What is
observed:

  sync:observe(G)      the gradients given, one sample a call: every step, or some
                       micro-batches in the steps where sync:due() holds
  sync:observe(G, L)   what the option 'source' says: "batch" takes G; "fresh" and "train"
                       draw 'batches' micro-batches from the losses L, and only in the
                       steps where a round ends

Steps are counted by apply(). 'steps' is the length of the run that start, ramp and stop
are shares of; without it the treatment is at full strength from the first scores on.

A record in Lua has apply(model, step, state, options, context), and maybe
  observe(G, model, state, options, context)
  evaluate(losses, model, state, options, context) -> values, G
                       in place of losses:evaluate(), which it may call: the network that
                       is trained is then not the one that is tested (gates)
  gates(state, options) -> T x S, what sync:gates() returns
context: losses, and in apply lr, progress and optimizer, as far as they are known.
Methods that hold weights at 0 have a function 'score' in place of all these: masking.lua.
]]
local chain = require "modsync.chain"
local core = require "modsync.core"
local kind = require "modsync.kind"
local masking = require "modsync.masking"
local masks = require "modsync.mask"
local method = require "modsync.method"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"
local score_function = require "modsync.score_function"

--- A pruning method: it watches gradients and changes the model after every step.
---@class modsync.prune : modsync.method
---@field applied integer  steps seen by apply()
---@field samples integer  samples of the round so far
---@field last table?       of a method that holds weights at 0, its last event: step,
---dropped, grown, active, wanted (numbers of weights), units (cut off: repair.lua)
local prune = {}

--- The options that are shares of the run, where a method has them.
local function shares(chosen)
  local function share(name) return math.type(chosen[name]) and chosen[name] end
  return share "start", share "full", share "stop"
end

--- The pull is over at stop: a start or a full pull after it would never come. A mask may
--- be chosen once, in one moment.
local function check_order(self)
  local start, full, stop = shares(self.chosen)
  if not (start and stop) then return end
  local last = math.max(start, full or 0)
  if last < stop or self.chooser and last == stop then return end
  misuse("'%s': start = %.14g,%s stop = %.14g; expected %s stop", self.name, start,
    full and (" full = %.14g,"):format(full) or "", stop,
    self.chooser and "start <=" or full and "start < stop and full <" or "start <")
end

--- An object of a record; ms.prune.NAME { options } calls it.
---@private
function prune.new(record, options)
  local scorer, others = score_function.take(record, options)
  local self = method.open(prune, record, others)
  self.applied, self.samples, self.waiting, self.context = 0, 0, {}, {}
  if scorer then
    self.scorer, self.memory, self.chosen.score = scorer, {}, options.score
  end
  masking.open(self)
  check_order(self)
  return self
end

--- Does it look at gradients?
---@return boolean
function prune:observes()
  if self.core then return self.record.observes end
  return self.record.observe ~= nil or self.record.samples ~= nil
end

--- The number of the block, of those listed, that each part of the model feeds.
local function fed_blocks(model, number)
  local feeds = {}
  for _, layers in ipairs(chain.of(model) or {}) do
    for i = 1, #layers - 1 do
      feeds[layers[i].weights] = number[layers[i + 1].weights]
    end
  end
  return feeds
end

--- The weights in scope as the core takes them: with the biases of their columns, and the
--- block that they feed.
local function scope_of(model, include)
  local blocks, number = {}, {}
  for _, part in ipairs(model.layout) do
    if part.hidden or include == "all" and part.role == "weight" then
      number[part] = #blocks + 1
      blocks[#blocks + 1] = { offset = part.offset, rows = part.rows, cols = part.cols }
    end
  end
  local feeds = fed_blocks(model, number)
  for i, part in ipairs(model.layout) do
    local next_part, block = model.layout[i + 1], blocks[number[part]]
    local biased = next_part and next_part.role == "bias" and next_part.cols == part.cols
    if block then
      block.bias, block.feeds = biased and next_part.offset or nil, feeds[part]
    end
  end
  return blocks
end

--- Tells the method what it works on. observe(G, L) and apply() do so by themselves.
---@param model modsync.model  its hidden-to-hidden weights are what may be changed
---@param terms integer?    number of loss terms, for a method that looks at gradients
---@param names string[]?   their names
function prune:bind(model, terms, names)
  if self.model then return end
  if self.core or self.chooser then
    local blocks = scope_of(model, self.chosen.include)
    if #blocks == 0 then
      misuse("'%s' works on the weights between hidden layers; this model has none",
        self.name)
    end
    self.blocks = blocks
    if self.core then
      self.core:scope(blocks)
      if self:observes() then self.core:groups(method.two_tasks(names, terms)) end
    end
    if self.chooser then masking.bind(self, blocks, terms, names) end
  end
  self.model = model
  for _, G in ipairs(self.waiting) do self:take(G) end
  self.waiting = {}
end

--- Puts itself between a method with gates and the losses: needed before the first
--- gradients of such a method, ms.train does it.
---@param losses modsync.losses
function prune:attach(losses)
  self:bind(losses.net, #losses.names, losses.names)
  self.context.losses = losses
  if self.record.evaluate then losses.gates = self end
  if self.chooser then losses.watcher = masking.watcher(self) end
end

--- What the losses call in place of their own evaluation.
---@private
function prune:evaluate(losses)
  local values, G = self.record.evaluate(losses, self.model, self.memory, self.chosen,
    self.context)
  if not (rawequal(values, losses.loss_values) and rawequal(G, losses.G)) then
    misuse("'%s': evaluate returned %s and %s; expected the values and gradients of "
      .. "losses:evaluate(), changed in place", self.name, kind.show(values),
      kind.show(G))
  end
  return values, G
end

--- One sample; a clone waits for the model if that is not known yet.
---@private
function prune:take(G)
  if not G:is_finite() then
    return nil, "the gradients that importance is measured on are not finite", "diverged"
  end
  if not self.model then
    self.terms = G:size(1)
    self.waiting[#self.waiting + 1] = G:clone()
    return true
  end
  if self.core then
    self.core:observe(G, self.model.theta)
  else
    local observe = self.record.observe
    if observe then observe(G, self.model, self.memory, self.chosen, self.context) end
    if self.chooser then masking.take(self, G) end
  end
  self.samples = self.samples + 1
  return true
end

--- Does a round end in this step (the one under way, or 'step')?
---@param step integer?
---@return boolean
function prune:due(step)
  return (step or self.applied + 1) % self.chosen.period == 0
end

--- What apply() needs of the step under way: its gradients for the options guard, cone
--- and where, and for the guard the parameters it began with.
---@private
function prune:remember(G)
  local chosen = self.chosen
  local guard = (chosen.guard or 0) > 0
  local wanted = guard or chosen.cone or chosen.where == "inert"
  if not (wanted and self.model) then return end
  self.G = G
  if not guard then return end
  self.before = self.before or self.model.theta:clone()
  self.before:copy_(self.model.theta)
end

--- What a sample holds, by the kind of importance (see micro_batches.lua).
local sampled = { fisher = "points", sensitivity = "expressions" }

--- A round of samples of the losses.
---@private
function prune:sample(losses)
  local chosen = self.chosen
  for sample in losses:micro { batches = chosen.batches, source = chosen.source,
    kind = sampled[chosen.importance] } do
    local taken, message, code = self:take(sample)
    if not taken then return nil, message, code end
  end
  return true
end

--- What the option 'source' says: the gradients of the step, or where 'now' a round of
--- samples.
---@private
function prune:take_sample(G, losses, now)
  local source = losses and self.chosen.source or "batch"
  if source == "batch" then
    if losses and sampled[self.chosen.importance] then
      misuse("'%s': importance = %s is measured at single points: its source is fresh " ..
        "or train, not batch", self.name, self.chosen.importance)
    end
    return self:take(G)
  end
  return not now or self:sample(losses)
end

--- Looks at the gradients of the loss terms. With the losses, the option 'source' says
--- what importance is measured on; without them, every G is a sample.
---@param G modsync.tensor         K x P
---@param losses modsync.losses?  what to draw micro-batches from
---@return true?, string? message, string? code
function prune:observe(G, losses)
  if losses then
    self:bind(losses.net, #losses.names, losses.names)
    self.context.losses = losses
    if self.chooser then losses.watcher = masking.watcher(self) end
  end
  if self.chooser then return masking.observe(self, G, losses) end
  if not self:observes() then return true end
  self:remember(G)
  return self:take_sample(G, losses, self:due())
end

--- Sets the length of the run, where the options do not say it.
---@param steps integer
function prune:plan(steps)
  if self.planned or not self.chosen.steps then
    self.chosen.steps, self.planned = steps, true
  end
  if self.chooser then masking.plan(self) end
end

--- All options; a length that came from the run is the run's to tell.
---@return table<string, any>
function prune:options()
  local copy = method.options(self)
  if self.planned then copy.steps = nil end
  return copy
end

--- The share of the run that is done; without a length, where the strength is full.
---@return number
function prune:progress()
  local steps = self.chosen.steps
  if steps then return math.min(1, self.applied / steps) end
  local start, full, stop = shares(self.chosen)
  if not (start or full or stop) then return 0.5 end
  return math.max(start or 0, full or 0)
end

--- What the optimizer multiplied each direction with, where the method asks for it.
local function scale_of(self, optimizer)
  if self.chosen.metric ~= "preconditioned" then return nil end
  if not optimizer then
    misuse("'%s' with metric = preconditioned needs the optimizer: apply(net, opt)",
      self.name)
  end
  return optimizer:preconditioner()
    or misuse("'%s' with metric = preconditioned: the optimizer '%s' has no "
      .. "preconditioner", self.name, optimizer.name)
end

--- The learning rates of the blocks over that of the step; nil where all are the same.
local function rates_of(self, model)
  local groups = model.rate and model:rate() or {}
  if groups == self.groups or #groups == 0 then
    return #groups > 0 and self.rates or nil
  end
  self.groups, self.rates = groups, core.zeros(#self.blocks):fill_(1)
  for _, group in ipairs(groups) do
    for b, block in ipairs(self.blocks) do
      if block.offset == group.offset then self.rates:set(b, group.factor) end
    end
  end
  return self.rates
end

local function change(self, model, context)
  if not self.core then
    self.record.apply(model, self.applied, self.memory, self.chosen, context)
    return true
  end
  if self.samples > 0 and self:due(self.applied) then
    self.samples = 0
    local fresh, message, code = self.core:refresh()
    if not fresh then return nil, message, code end
    if self.scorer then score_function.write(self, model) end
  end
  local density, message, code = self.core:apply(model.theta, context.lr,
    context.progress, self.before, self.G, scale_of(self, context.optimizer),
    rates_of(self, model))
  if not density then return nil, message, code end
  return true
end

--[[
After the optimizer's step: end the round of observations if one ends here, then change
the model, but for what its mask held already. 'progress', the share of the run that is
done, is counted where it is not given, and always by methods that hold weights at 0.
]]
---@param model modsync.model
---@param by number|modsync.optimizer  the learning rate of the step, or who took it
---@param progress number?  0 to 1
---@return true?, string? message, string? code
function prune:apply(model, by, progress)
  if not self.model and (self.terms or not self:observes()) then
    self:bind(model, self.terms)
  end
  self.applied = self.applied + 1
  if not self.model then return true end
  local context = self.context
  context.optimizer = type(by) == "table" and by or nil
  context.lr = context.optimizer and by:lr() or by
  context.progress = progress or not self.chooser and self:progress() or nil
  if self.chooser then return masking.apply(self, model, context) end
  local mask = model.mask
  if mask then masks.hold(self, model.theta, mask) end
  local done, message, code = change(self, model, context)
  if mask then masks.put_back(self, model.theta) end
  return done, message, code
end

--- The scores of the last round by connection, live; nil before the first observation
--- and for methods without scores.
---@return modsync.tensor?
function prune:scores()
  return self.core and self.core:scores()
end

--- The gates of the tasks by connection, T x S; nil for methods without, and before the
--- first gradients.
---@return modsync.tensor?
function prune:gates()
  local gates = self.record.gates
  return gates and gates(self.memory, self.chosen)
end

--- The method's own state, that of a score in Lua, and where its rounds stand.
---@return table<string, any>
function prune:state()
  local state = { ["round.applied"] = self.applied, ["round.samples"] = self.samples }
  for name, value in pairs(method.state(self)) do state[name] = value end
  if self.scorer then
    for name, value in pairs(method.stored(self)) do state["score." .. name] = value end
  end
  if self.chooser then masking.state(self, state) end
  return state
end

--- Take a state that state() gave.
---@param state table<string, any>
function prune:restore(state)
  local own, memory = {}, {}
  for name, value in pairs(state) do
    local of_score = name:match("^score%.(.+)$")
    if of_score then
      memory[of_score] = kind.of(value) == "tensor" and value:clone() or value
    elseif not name:match("^round%.") and not name:match("^chooser%.") then
      own[name] = value
    end
  end
  if self.scorer then self.memory = memory end
  self.applied, self.samples = state["round.applied"], state["round.samples"]
  method.restore(self, own)
  if self.chooser then masking.restore(self, state) end
end

--- Forget everything seen so far.
function prune:reset()
  self.applied, self.samples = 0, 0
  if self.scorer then self.memory = {} end
  method.reset(self)
  if self.chooser then masking.restore(self, {}) end
end

return registry.namespace("prune", method.class(prune))
