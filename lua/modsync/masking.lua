--[[
What prune.lua does for methods that hold weights at 0: those in C with events (event.h),
and records in Lua with a function 'score'.

  score(context) -> P keep-scores: how much every parameter is worth keeping
  grow(context)  -> P grow-scores, for the option fraction: what may come back
  first(context) -> P keep-scores of the event before the first step, else 'score'
  removed(context, gone)  called when 'gone' (P times 0 or 1) has been set to 0, whose old
                 values are in context.before: may change other parameters
  samples = "mean" or "squares": the round's samples of the gradients are wanted, as
                 context.G [K, P] or as context.squares [P], the mean of the squared sum
  dense = "event" or "always": context.dense [K, P], the step's gradients before masked
                 parameters lost theirs, in events or for 'observe' in every step
  defaults       other defaults of the options that all these methods have

beside observe and apply, which are called in every step until the mask stays. context:
model, theta, losses, options, state, step, progress, lr, optimizer, alive [P], parts (the
weight matrices in scope), tasks (of every term, from 0), round, random(name) -> a stream
for this event.

An event chooses the mask anew in every step that is a multiple of 'period' (and in the
last), from 'start' on; with schedule = one-shot and start = 0 there is one before the
first step, when the gradients that observe() was given are taken again.
]]
local core = require "modsync.core"
local kind = require "modsync.kind"
local masks = require "modsync.mask"
local method = require "modsync.method"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"
local repair = require "modsync.repair"
local score_function = require "modsync.score_function"

local M = {}

--[[ objects ]]

--- A complaint about a field of a record that is none of the words that it may be.
local function check_word(self, field, first, second)
  local word = self.record[field]
  if word ~= nil and word ~= first and word ~= second then
    misuse("'%s': %s is %s; expected %q or %q", self.name, field, kind.show(word), first,
      second)
  end
end

--- Gives an object that holds weights at 0 its chooser.
function M.open(self)
  local record = self.record
  check_word(self, "samples", "mean", "squares")
  check_word(self, "dense", "event", "always")
  self.events = 0
  if record.score then
    if self.chosen.fraction > 0 and not record.grow then
      misuse("'%s' has no function grow: its option fraction must be 0", self.name)
    end
    local options = {}
    for _, option in ipairs(registry.record("prune", "mask").options) do
      options[option.name] = self.chosen[option.name]
    end
    self.chooser = core.method("prune", "mask", options)
  elseif record.events then
    self.chooser = self.core
  end
end

--- The weights in scope, of which there are some.
function M.bind(self, blocks, terms, names)
  if self.chooser ~= self.core then self.chooser:scope(blocks) end
  self.context.parts = blocks
  self.context.tasks = terms and method.two_tasks(names, terms)
end

--- One sample of the gradients, for context.G or context.squares.
function M.take(self, G)
  local samples = self.record.samples
  if samples == "mean" then
    self.sum = self.sum or core.zeros(G:size(1), G:size(2))
    self.sum:add_(G)
  elseif samples == "squares" then
    self.sum = self.sum or core.zeros(G:size(2))
    self.total = self.total or core.zeros(G:size(2))
    self.total:copy_(G:row(1))
    for k = 2, G:size(1) do self.total:add_(G:row(k)) end
    self.sum:add_(self.total:mul_(self.total))
  end
end

--[[ when ]]

--- Is there an event before the first step?
local function begins_at_once(self)
  return self.chosen.schedule == "one-shot" and self.chosen.start == 0
end

--- Does the mask stay once it has as many weights as it should?
local function stays(self)
  local chosen = self.chosen
  return chosen.schedule == "one-shot" and chosen.fraction == 0 and not chosen.again
end

--- The share of the run that is done after 'step' steps.
local function progress_at(self, step)
  local chosen = self.chosen
  if chosen.steps then return math.min(1, step / chosen.steps) end
  if begins_at_once(self) and stays(self) then return 1 end
  misuse("'%s' needs 'steps', the length of the run, of which start and stop are shares",
    self.name)
end

--- The run has another length: where it is not over for the mask, events go on.
function M.plan(self)
  if self.settled and not stays(self) then
    self.settled = progress_at(self, self.applied) >= self.chosen.stop
  end
end

--- Does a round end in this step? The last step ends one, so that the density is what was
--- asked for whatever the period.
local function ends_round(self, step)
  return self:due(step) or step == self.chosen.steps
end

--- Is there an event after this step?
local function is_due(self, step)
  return not self.settled and ends_round(self, step)
    and progress_at(self, step) >= self.chosen.start
end

--- Does the method look at the gradients of masked parameters in this step?
local function wants_dense(self, step)
  local wanted = self.record.dense or self.core and self.record.observes and "event"
  if not wanted or self.settled then return false end
  return wanted == "always" or is_due(self, step)
end

--- What the losses ask before masked parameters lose their gradients.
function M.watcher(self)
  self.watching = self.watching or function()
    return wants_dense(self, self.applied + 1)
  end
  return self.watching
end

--[[ observing ]]

--- The event before the first step; then the gradients are those of what is left.
local function begin(self, G, losses)
  self.begun = true
  local done, message, code = M.event(self, self.model, 0, true)
  if not done then return nil, message, code end
  if losses then masks.evaluate_again(losses) end
  if self.model.mask then G:mul_(self.model.mask) end
  return true
end

--- What prune:observe does.
function M.observe(self, G, losses)
  if self.settled then return true end
  local step, context = self.applied + 1, self.context
  local first = step == 1 and not self.begun and begins_at_once(self)
  context.dense = nil
  if first or wants_dense(self, step) then
    context.dense = losses and masks.dense(losses) or G
  end
  local now = first or ends_round(self, step) and (self.core or is_due(self, step))
  if self:observes() then
    local taken, message, code = self:take_sample(G, losses, now)
    if not taken then return nil, message, code end
  end
  if first and self.model then return begin(self, G, losses) end
  return true
end

--[[ events ]]

--- vector [P] from (or to) the scope, block after block.
local function each_block(self, vector, scope, copy)
  local at = 1
  for _, block in ipairs(self.context.parts) do
    local n = block.rows * block.cols
    copy(vector:narrow(1, block.offset + 1, n), scope:narrow(1, at, n))
    at = at + n
  end
end

--- A model that is pruned already begins with the mask that it has.
local function adopt(self, model)
  if not model.alive or self.events > 0 then return end
  local count = 0
  for _, part in ipairs(self.context.parts) do count = count + part.rows * part.cols end
  local mask = core.ones(count)
  each_block(self, model.alive, mask, function(all, part) part:copy_(all) end)
  local state = self.chooser:state().mask
  if state then state:copy_(mask) else self.chooser:restore { mask = mask } end
end

--- What the functions of a record get to know of an event.
local function prepare(self, model, progress)
  local context = self.context
  context.model, context.theta, context.progress = model, model.theta, progress
  context.options, context.state, context.step = self.chosen, self.memory, self.applied
  context.alive = model.alive or core.ones(model:count())
  if self.record.samples and self.samples == 0 or self.record.dense and not context.dense
  then
    misuse("'%s' has seen no gradients of this step: observe(G, L) comes before apply()",
      self.name)
  end
  if self.record.samples then
    local mean = self.sum * (1 / self.samples)
    context.G = self.record.samples == "mean" and mean or nil
    context.squares = self.record.samples == "squares" and mean or nil
    self.sum:fill_(0)
    self.samples = 0
  end
  function context.random(name)
    return core.rng(self.chosen.seed, ("prune.%s.%s.%d"):format(self.name, name,
      self.events))
  end
  return context
end

--- The scores of one of the functions of the record.
local function scores(self, name, context)
  local made = self.record[name](context)
  local P = context.model:count()
  if kind.of(made) ~= "tensor" or made:size() ~= P then
    misuse("'%s': %s must return a tensor of %d numbers, not %s", self.name, name, P,
      kind.show(made))
  end
  return made:reshape(P):contiguous()
end

--- A complaint of the chooser 'mask' about the scores that a record made.
local function blame(self, message, first)
  if self.chooser == self.core then return message end
  local makers = { keep = first and self.record.first and "first" or "score",
    grow = "grow" }
  return (message:gsub("^prune mask: the (%a+)%-score of", function(which)
    return ("prune %s: what its function '%s' returned for"):format(self.name,
      makers[which])
  end))
end

--- What the chooser needs beside theta and the progress.
local function given_for(self, context, first)
  local given = { free = masks.free(context.model), G = self.core and context.dense }
  if self.scorer then
    given.keep = core.zeros(context.model:count())
    each_block(self, given.keep, score_function.keep(self, context.model),
      function(all, part) all:copy_(part) end)
  end
  if not self.record.score then return given end
  given.keep = scores(self, first and self.record.first and "first" or "score", context)
  local grows = self.chosen.fraction > 0 and context.progress < self.chosen.stop
  if grows then given.grow = scores(self, "grow", context) end
  return given
end

--- The new mask reaches the model. Events in C with a budget cut off no unit.
local function impose(self, model, context)
  local alive = self.alive
  alive:copy_(context.alive)
  each_block(self, alive, self.chooser:state().mask,
    function(all, part) all:copy_(part) end)
  local repairs = self.chosen.repair and self.record.score
  local units = repairs and repair(model, self.before, alive) or {}
  local gone = self.record.removed and context.alive - alive:minimum(context.alive)
  model:prune(alive)
  if gone then
    context.before = self.before
    self.record.removed(context, gone)
    model:prune(alive)
  end
  return units
end

--- An event: choose the mask. The report of it is in self.last.
function M.event(self, model, progress, first)
  if self.core and self.samples > 0 then
    self.samples = 0
    local fresh, message, code = self.core:refresh()
    if not fresh then return nil, message, code end
  end
  adopt(self, model)
  local context = prepare(self, model, progress)
  self.before = self.before or core.zeros(model:count())
  self.alive = self.alive or core.zeros(model:count())
  self.before:copy_(model.theta)
  local report = { step = self.applied, dropped = 0, grown = 0, units = {} }
  local rounds = self.chosen.rounds or 1
  for round = 1, rounds do
    context.round = round
    local given = given_for(self, context, first)
    if rounds > 1 then given.power = round / rounds end
    local dropped, grown
    dropped, grown, report.active, report.wanted =
      self.chooser:event(model.theta, progress, given)
    if not dropped then return nil, blame(self, grown, first), report.active end
    report.dropped, report.grown = report.dropped + dropped, report.grown + grown
  end
  if report.dropped + report.grown > 0 then
    report.units = impose(self, model, context)
  end
  self.events, self.last = self.events + 1, report
  self.settled = progress >= self.chosen.stop
    or stays(self) and report.active == report.wanted
  return true
end

--- What prune:apply does, after the step was counted.
function M.apply(self, model, context)
  if self.settled then return true end
  if self.record.apply then
    self.record.apply(model, self.applied, self.memory, self.chosen, context)
  end
  if not ends_round(self, self.applied) then return true end
  if is_due(self, self.applied) then
    return M.event(self, model, progress_at(self, self.applied))
  end
  if self.core and self.samples > 0 then
    self.samples = 0
    return self.core:refresh()
  end
  if self.sum then self.sum:fill_(0) end
  self.samples = 0
  return true
end

--[[ state ]]

--- The state of the chooser of a record in Lua, and where the events stand.
function M.state(self, state)
  state["round.events"], state["round.begun"] = self.events, self.begun
  state["round.settled"], state["round.sum"] = self.settled, self.sum
  if self.chooser == self.core then return end
  for name, value in pairs(self.chooser:state()) do state["chooser." .. name] = value end
end

function M.restore(self, state)
  self.events, self.begun = state["round.events"] or 0, state["round.begun"]
  self.settled, self.sum = state["round.settled"], state["round.sum"]
  self.sum = self.sum and self.sum:clone()
  if self.chooser == self.core then return end
  local own = {}
  for name, value in pairs(state) do
    local inner = name:match("^chooser%.(.+)$")
    if inner then own[inner] = value end
  end
  self.chooser:restore(own)
end

return M
