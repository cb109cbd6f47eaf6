--[[
ms.train { ... } runs this loop, and adds progress, history, checkpoints, Ctrl-C and a
check for values that are not finite:

  for step = 1, steps do
    local values, G = L:gradients(cf:needs())
    sync:observe(G, L)
    local d = cf(G, values)
    opt:lr(schedule(step))
    cf:step(opt, net, d)
    sync:apply(net, opt)
  end

Written out by hand it gives the same bits.
]]
local check_keys = require "modsync.check_keys"
local colon = require "modsync.colon"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local own_names = require "modsync.own_names"
local registry = require "modsync.registry"
local resume_changes = require "modsync.resume_changes"

--- Settings of ms.train.
---@class modsync.train_settings
---@field problem? modsync.problem|string  a problem, its name or its file
---@field net? modsync.model|table  a model, or options of ms.model
---@field losses? modsync.losses|modsync.losses_options  p:losses(...), or its options
---@field steps integer      how long to train
---@field seed? integer      of the weights and the points (1)
---@field optimizer? modsync.optimizer|modsync.wanted  ("adam"; "sgd" for mconfig)
---@field conflict? modsync.conflict|modsync.wanted    ("dcgd")
---@field prune? modsync.prune|modsync.wanted          none if it is not given
---@field schedule? modsync.schedule|modsync.wanted  of the rate, the optimizer's at first
---@field checkpoint? string|{ path: string, every?: integer }  a file, and how often
---@field history? { every?: integer }  steps between two samples of losses and errors
---@field diagnose? boolean|string|string[]  conflict in the history, see monitor.lua
---@field holdout? boolean|table  measure on held-out points too, see holdout.lua
---@field callback? fun(run: modsync.run, step: integer): boolean?  false stops the run
---@field report? "live"|"plain"|"quiet"|false|table  live on a terminal, else quiet

--- A method by "name", by "name:option=value,...", as { name = ..., options }, or one in
--- Lua that has no name, { combine = function ... end }.
---@alias modsync.wanted string|table|function

--- A run: what is trained, and how far it has come.
---@class modsync.run
---@field problem modsync.problem
---@field net modsync.model
---@field losses modsync.losses
---@field optimizer modsync.optimizer
---@field conflict modsync.conflict
---@field prune modsync.prune?
---@field schedule modsync.schedule?
---@field rate number            the optimizer's own, at which schedules begin
---@field seed integer
---@field step integer           steps done
---@field steps integer          steps wanted
---@field values modsync.tensor? K loss values of the last step
---@field rel_l2 table<string, number>  relative L2 error by field, as last measured
---@field scale table<string, number>  norm over that of the exact solution, by field
---@field warnings table<string, string>  what went wrong in training, by name
---@field sparsity number        share of zeros among the prunable weights
---@field seconds number         time spent training in this process
---@field steps_per_second number
---@field stopped string?        "finished", "interrupted", "callback" or "diverged"
---@field message string?        why it stopped, where that needs saying
---@field history table          columns of values, one for every sampled step
local Run = {}
Run.__index = Run
Run.__name = "modsync.run"

local SETTINGS = { "problem", "net", "losses", "steps", "seed", "optimizer", "conflict",
  "prune", "schedule", "checkpoint", "history", "diagnose", "holdout", "callback",
  "report" }

local train = { Run = Run, settings = SETTINGS }

local function whole(value, least, what)
  return kind.whole(value, least) or misuse(
    "%s must be a whole number, %d or more, not %s", what, least, kind.show(value))
end

local function check_callback(callback)
  if callback and type(callback) ~= "function" then
    misuse("ms.train: 'callback' must be a function, not %s", kind.show(callback))
  end
  return callback
end

function Run:__tostring()
  local parts = { ("run of '%s': step %d of %d"):format(self.problem.name, self.step,
    self.steps) }
  if self.stopped then parts[2] = self.stopped end
  for _, field in ipairs(self.fields) do
    local error_now = self.rel_l2[field]
    if error_now then parts[#parts + 1] = ("L2 %s %.2e"):format(field, error_now) end
  end
  return table.concat(parts, ", ")
end

--[[ building a run ]]

local function is_losses(value)
  return type(value) == "table" and type(value.gradients) == "function"
end

local function build_problem(settings)
  local problem = settings.problem
  if problem == nil and is_losses(settings.losses) then return settings.losses.problem end
  if type(problem) == "string" then problem = require "modsync.problem"(problem) end
  if type(problem) ~= "table" or type(problem.losses) ~= "function" then
    misuse("ms.train: 'problem' must be a problem or the name of one, not %s",
      type(problem))
  end
  if is_losses(settings.losses) and settings.losses.problem ~= problem then
    misuse("ms.train: 'losses' are of another problem; leave 'problem' out")
  end
  return problem
end

local function build_net(settings, problem, seed)
  local net = settings.net
  if is_losses(settings.losses) then
    if net ~= nil and net ~= settings.losses.net then
      misuse("ms.train: 'losses' are of another model; leave 'net' out")
    end
    return settings.losses.net
  end
  if net ~= nil and type(net) ~= "table" then
    misuse("ms.train: 'net' must be a model or a table of options of ms.mlp, not %s",
      type(net))
  end
  if net and net.theta then return net end
  local options = { seed = seed }
  for name, value in pairs(net or {}) do options[name] = value end
  options.inputs = own_names(options.inputs, problem.coords)
  options.outputs = own_names(options.outputs, problem.fields)
  return require("modsync.model").create(options)
end

local function build_losses(settings, problem, net, seed)
  local losses = settings.losses
  if is_losses(losses) then return losses end
  if losses ~= nil and type(losses) ~= "table" then
    misuse("ms.train: 'losses' must be p:losses(...) or a table of its options, not %s",
      kind.show(losses))
  end
  local options = { seed = seed }
  for name, value in pairs(losses or {}) do options[name] = value end
  return problem:losses(net, options)
end

--[[
Sampling period of the history. Every sample measures the relative L2 error, so the period
is a hundredth of the run or more: as much as keeps the evaluation below 3 % of the time,
when a point in the test grid costs an eighth of a training point. No clock is asked:
histories repeat.
]]
local function history_period(steps, losses)
  local share = losses:evaluation_points() / (8 * losses:points())
  return math.max(1, math.ceil(steps / 100), math.ceil(share / 0.03))
end

local function checkpoint_settings(checkpoint, steps)
  if checkpoint == nil then return nil end
  if type(checkpoint) == "string" then checkpoint = { path = checkpoint } end
  if type(checkpoint) ~= "table" or type(checkpoint.path) ~= "string" then
    misuse("ms.train: 'checkpoint' must be a path or { path = ..., every = steps }")
  end
  check_keys(checkpoint, { "path", "every" }, "ms.train: 'checkpoint'")
  local every = checkpoint.every or math.max(1, math.ceil(steps / 10))
  every = whole(every, 1, "ms.train: 'checkpoint.every'")
  return { path = checkpoint.path, every = every }
end

--- A run that has not begun.
---@param settings modsync.train_settings
---@return modsync.run
function train.new(settings)
  if type(settings) ~= "table" then misuse("ms.train expects a table of settings") end
  check_keys(settings, SETTINGS, "ms.train")
  local self = setmetatable({}, Run)
  self.seed = whole(settings.seed or 1, 0, "ms.train: 'seed'")
  self.steps = whole(settings.steps, 1, "ms.train: 'steps'")
  self.problem = build_problem(settings)
  self.net = build_net(settings, self.problem, self.seed)
  self.losses = build_losses(settings, self.problem, self.net, self.seed)
  self.conflict = registry.resolve("conflict", settings.conflict or "dcgd")
  self.optimizer = settings.optimizer and registry.resolve("optim", settings.optimizer)
    or self.conflict:default_optimizer()
  self.prune = settings.prune and registry.resolve("prune", settings.prune)
  self.schedule = settings.schedule and registry.resolve("schedule", settings.schedule)
  self.rate = self.optimizer:lr()
  if self.schedule and self.schedule.begin then self.schedule:begin(self.rate) end
  self:plan()
  if self.conflict.bind then self.conflict:bind(self.losses) end
  if self.prune then self.prune:attach(self.losses) end
  if self.conflict.check_optimizer then self.conflict:check_optimizer(self.optimizer) end
  self.diagnose = settings.diagnose or nil
  if settings.diagnose == nil and self.conflict.chosen.weighting then
    self.diagnose = "weights"
  end
  self.monitor = self.diagnose and require "modsync.monitor"(self.diagnose, self.losses)
  self.wants_holdout = settings.holdout or nil
  self.holdout = settings.holdout and require "modsync.holdout"(settings.holdout,
    self.losses)
  self.checkpoint = checkpoint_settings(settings.checkpoint, self.steps)
  self.callback, self.report = check_callback(settings.callback), settings.report
  local history = settings.history or {}
  check_keys(history, { "every" }, "ms.train: 'history'")
  local every = history.every and whole(history.every, 1, "ms.train: 'history.every'")
  local period = history_period(self.steps, self.losses) -- the exact solution is finite
  self.history = { every = every or period }
  self.fields = self.problem.fields
  self.step, self.seconds, self.rel_l2, self.sparsity = 0, 0, {}, 0
  self.scale, self.warnings = {}, {}
  return self
end

--- Tell those that follow the length of the run.
---@private
function Run:plan()
  if self.schedule and self.schedule.plan then self.schedule:plan(self.steps) end
  if self.prune and self.prune.plan then self.prune:plan(self.steps) end
end

--[[ measuring ]]

--- Share of zeros among the weights that a pruning method may touch.
---@private
function Run:measure_sparsity()
  local zeros, count = 0, 0
  for _, block in ipairs(self.net:hidden_blocks()) do
    local n = block.rows * block.cols
    zeros = zeros + self.net.theta:narrow(1, block.offset + 1, n):eq(0):sum()
    count = count + n
  end
  self.sparsity = count > 0 and zeros / count or 0
end

--- Measures relative L2 errors, norms of the fields and sparsity, which rel_l2, scale and
--- sparsity then hold.
function Run:measure()
  self.rel_l2, self.scale = self.losses:relative_l2()
  self:measure_sparsity()
  self.measured_at = self.step
end

--- The coefficients of the equations that are trained, by name, as they are now.
---@return table<string, number>
function Run:coefficients()
  local values = {}
  for _, coefficient in ipairs(self.problem.parameters) do
    values[coefficient.name] = self.net:coefficient(coefficient.name)
  end
  return values
end

--- The columns of the history, in the order of a table.
---@return string[]
function Run:columns()
  local names = { "step", "lr" }
  for _, name in ipairs(self.losses.names) do names[#names + 1] = "loss." .. name end
  for _, field in ipairs(self.fields) do
    if self.problem.exact[field] then
      names[#names + 1] = "rel_l2." .. field
    end
  end
  for _, name in ipairs(self.monitor and self.monitor:columns() or {}) do
    names[#names + 1] = name
  end
  for _, name in ipairs(self.holdout and self.holdout:columns() or {}) do
    names[#names + 1] = name
  end
  for _, coefficient in ipairs(self.problem.parameters) do
    names[#names + 1] = "parameter." .. coefficient.name
  end
  names[#names + 1] = "sparsity"
  return names
end

---@private
function Run:sample_history()
  self:measure()
  local now = { step = self.step, lr = self.optimizer:lr(), sparsity = self.sparsity }
  for k, name in ipairs(self.losses.names) do
    now["loss." .. name] = self.values:get(k)
  end
  for field, value in pairs(self.rel_l2) do now["rel_l2." .. field] = value end
  local found = self.monitor and self.monitor:row(self.losses.G, {
    factors = self.conflict.factors, weighting = self.conflict.chosen.weighting,
    lr = self.optimizer:lr() })
  for name, value in pairs(found or {}) do now[name] = value end
  local held = self.holdout and self.holdout:row()
  for name, value in pairs(held or {}) do now[name] = value end
  for name, value in pairs(self:coefficients()) do now["parameter." .. name] = value end
  for _, name in ipairs(self:columns()) do
    local column = self.history[name] or {}
    column[#column + 1] = now[name]
    self.history[name] = column
  end
  return held
end

--- From a tenth of the run on, says once what is going wrong in two samples in a row.
---@private
function Run:watch(held, report)
  if self.step < self.steps / 10 then return end
  local name, text = require "modsync.diagnose".warning(self, held)
  if name and name == self.suspected and not self.warnings[name] then
    self.warnings[name] = text
    if report.warn then report:warn(("step %d: %s"):format(self.step, text)) end
  end
  self.suspected = name
end

--[[ training ]]

--- Longer steps overflow in the parameters, or squared in the moments of an optimizer.
local LONGEST = 1e150

--- Is it a step of the history?
---@private
function Run:samples(step)
  return step == 1 or step % self.history.every == 0 or step == self.steps
end

--[[
One step, or nil and a message where something is not finite. The check comes before
anything takes the numbers in, so parameters, moments and importances stay those of the
step before.
]]
---@return true?, string? message
function Run:advance()
  local losses, optimizer, prune = self.losses, self.optimizer, self.prune
  local step = self.step + 1
  local values, G = losses:gradients(self.conflict:needs())
  self.values = values
  local others = self.prune or self.monitor and self.monitor.follows
  if others or self:samples(step) then losses:complete() end
  if not (values:is_finite() and G:is_finite()) then
    return nil, ("step %d: %s"):format(step, tostring(losses:first_bad()))
  end
  if prune then
    local seen, message = prune:observe(G, losses)
    if not seen then return nil, ("step %d: %s"):format(step, message) end
  end
  local d, message = self.conflict(G, values)
  if not d and message and message:find "^weighting '" then
    return nil, ("step %d: %s"):format(step, message)
  end
  if not d or not d:is_finite() then
    return nil, ("step %d: the direction of '%s' is not finite%s"):format(step,
      self.conflict.name, message and " (" .. message .. ")" or "")
  end
  if self.schedule then optimizer:lr(self.schedule(step)) end
  local size = d:norm() * math.max(1, optimizer:lr())
  if not (size < LONGEST) then
    return nil, ("step %d: a step of length %.3g is more than numbers can take"):format(
      step, size)
  end
  if self.monitor then self.monitor:remember(self.net.theta) end
  self.conflict:step(optimizer, self.net, d)
  if self.monitor then self.monitor:observe(G, d, self.net.theta) end
  self.step = step
  if not prune then return true end
  local applied, reason = prune:apply(self.net, optimizer)
  if applied then return true end
  return nil, ("step %d: %s"):format(step, reason)
end

--- Write a checkpoint, unless a parameter is not finite: a good file is never replaced by
--- a bad one.
---@param path string
---@return true?, string? message, string? code
function Run:save(path)
  return require("modsync.checkpoint").save(self, path)
end

local function warn(message)
  io.stderr:write("modsync: ", message, "\n")
end

---@private
function Run:save_if_due(last)
  local checkpoint = self.checkpoint
  if not checkpoint or checkpoint.saved_step == self.step then return end
  if not last and self.step % checkpoint.every ~= 0 then return end
  local saved, message = self:save(checkpoint.path)
  if saved then
    checkpoint.saved_step = self.step
  else
    warn(message)
  end
end

--- Steps until the end or a reason to stop.
---@private
function Run:loop(report)
  while self.step < self.steps do
    if core.interrupted() then return "interrupted" end
    local done, message = self:advance()
    if not done then return "diverged", message end
    local step = self.step
    if self:samples(step) then self:watch(self:sample_history(), report) end
    report:update(self)
    if self.callback and self.callback(self, step) == false then return "callback" end
    if step < self.steps then self:save_if_due(false) end
  end
  return "finished"
end

local function check_writable(path)
  local existing = io.open(path, "rb")
  if existing then existing:close() end
  local file, message = io.open(path, "ab")
  if not file then return nil, ("cannot write the checkpoint: %s"):format(message) end
  file:close()
  if not existing then os.remove(path) end
  return true
end

local function report_of(wanted)
  if type(wanted) == "table" then return wanted end
  if wanted == false then wanted = "quiet" end
  return require("modsync.report").new { mode = wanted }
end

--[[
Train on, from the step the run is at to 'steps'. Ctrl-C ends it after the step it is in,
with everything intact.
]]
---@param changes modsync.resume_changes?
---@return modsync.run?, string? message, string? code
function Run:resume(changes)
  changes = changes or {}
  check_keys(changes, resume_changes.known, "run:resume")
  local steps = changes.steps == nil and self.steps
    or whole(changes.steps, math.max(1, self.step), "run:resume: 'steps'")
  check_callback(changes.callback)
  local wanted = changes.report
  if wanted == nil then wanted = self.report end
  local report, started = report_of(wanted), core.time()
  local checkpoint = changes.checkpoint == nil and self.checkpoint
    or checkpoint_settings(changes.checkpoint or nil, steps)
  if checkpoint then
    local writable, message = check_writable(checkpoint.path)
    if not writable then return nil, message, "io" end
  end
  resume_changes.methods(self, changes) -- the last that may refuse
  self.steps, self.checkpoint, self.report = steps, checkpoint, wanted
  if changes.steps or changes.schedule then self:plan() end
  if changes.callback ~= nil then self.callback = changes.callback end
  local before = core.guard(true)
  local guard <close> = setmetatable({}, { __close = function() core.guard(before) end })
  local first = self.step
  report:begin(self)
  self.stopped, self.message = self:loop(report)
  local seconds = core.time() - started
  self.seconds = self.seconds + seconds
  self.steps_per_second = (self.step - first) / seconds
  if self.measured_at ~= self.step then self:measure() end
  self.values = self.values and self.values:clone() -- the losses go on using theirs
  report:finish(self)
  if self.stopped ~= "diverged" then self:save_if_due(true) end
  return self
end

--- Trains, with progress, history, checkpoints, Ctrl-C. run.stopped says how it ended.
---@param settings modsync.train_settings
---@return modsync.run?, string? message, string? code
function train.train(settings)
  return train.new(settings):resume()
end

colon.guard(Run, "run")

return train
