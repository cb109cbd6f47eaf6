--[[
The options of one training by name, as modsync train takes them on its command line and a
sweep in its cells, and what they mean for ms.train:

  { problem = "helmholtz", width = 50, conflict = "dcgd:variant=average", steps = 10000 }

A value is text as on the command line, or a table where the text stands for one: points =
{ residual = 1280 }, conflict = { name = "dcgd", variant = "average" }. There are also
'holdout' and 'history', as ms.train takes them.
]]
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- The options of one training, and what it found.
---@class modsync.train_options_module
---@field list table[]  the options, see command.lua
local M = {}

M.list = {
  { name = "model", value = "NAME[:...]", default = "mlp",
    text = "architecture, e.g. fourier:fourier=32" },
  { name = "width", value = "N", type = "integer", min = 1,
    text = "units in a hidden layer (mlp: 50)" },
  { name = "depth", value = "N", type = "integer", min = 1,
    text = "hidden layers or blocks (mlp: 3)" },
  { name = "activation", value = "NAME",
    text = "tanh, sin, silu, gelu, softplus, sigmoid" },
  { name = "steps", value = "N", type = "integer", min = 1, default = 20000,
    text = "training steps" },
  { name = "seed", value = "N", type = "integer", min = 0, default = 1,
    text = "seed of the weights and the points" },
  { name = "lr", value = "RATE", type = "number", min = 0,
    text = "learning rate of the first step (1e-3; lbfgs: 1)" },
  { name = "schedule", value = "NAME[:...]",
    text = "cosine (to 0; not lbfgs), step (x 0.9 every 1000 steps), constant" },
  { name = "optimizer", value = "NAME[:...]",
    text = "optimizer, e.g. sgd:momentum=0.9, lbfgs (adam; sgd for mconfig)" },
  { name = "conflict", value = "NAME[:...]", default = "dcgd",
    text = "conflict method, e.g. pcgrad:weighting=lra(every=5)" },
  { name = "diagnose", value = "NAME,...",
    text = "measures of conflict in history.csv: all, or cosine,pareto ..." },
  { name = "prune", value = "NAME[:...]",
    text = "pruning method, e.g. modsync:strength=0.3" },
  { name = "points", value = "TERM=N,...",
    text = "training points of the loss terms (the problem's own numbers)" },
  { name = "sampler", value = "NAME",
    text = "sobol, uniform, lhs, halton, grid (the problem's own, else sobol)" },
  { name = "redraw", value = "N", type = "integer", min = 0,
    text = "steps between two draws of the points; 0: never" },
}

local defaults, names = {}, { "problem", "holdout", "history" }
for _, option in ipairs(M.list) do
  names[#names + 1], defaults[option.name] = option.name, option.default
end

--- "cosine,pareto" -> { "cosine", "pareto" }
local function parse_diagnose(value)
  if value == nil or value == "all" then return value and true end
  if type(value) ~= "string" then return value end
  local kinds = {}
  for name in value:gmatch("[^,]+") do kinds[#kinds + 1] = name end
  return kinds
end

--- "residual=1280,boundary=128" -> { residual = 1280, boundary = 128 }
local function parse_points(value)
  local counts = {}
  if type(value) == "table" then
    for name, count in pairs(value) do counts[name] = count end
    return counts
  end
  for pair in (value or ""):gmatch("[^,]+") do
    local name, count = pair:match("^%s*(.-)%s*=%s*(%d+)%s*$")
    if not name then
      misuse("--points expects TERM=N,TERM=N ..., not '%s'", value)
    end
    counts[name] = math.tointeger(count)
  end
  return counts
end

--- "adam:lr=0.1", or { name = "adam", lr = 0.1 } -> "adam", { lr = 0.1 }
local function read_method(family, wanted)
  if type(wanted) == "string" then return registry.parse(family, wanted) end
  if type(wanted) ~= "table" or type(wanted.name) ~= "string" then
    misuse("%s expected: a name or { name = ..., options }, not %s",
      registry.family(family).noun, kind.show(wanted))
  end
  local chosen = {}
  for key, value in pairs(wanted) do chosen[key] = value end
  chosen.name = nil
  return wanted.name, chosen
end

--- The optimizer, whose rate 'lr' says unless its own options do; without either it is
--- 1e-3, but for one that looks ahead and finds the length of its steps.
local function make_optimizer(wanted, lr)
  local name, chosen = read_method("optim", wanted)
  if lr and chosen.lr and chosen.lr ~= lr then
    misuse("the learning rate is given twice: lr = %g, optimizer '%s' with lr = %g", lr,
      name, chosen.lr)
  end
  local record = registry.record("optim", name)
  if chosen.lr == nil then chosen.lr = lr or not record.looks and 1e-3 or nil end
  return registry.create("optim", name, chosen)
end

--- The schedule; none by default for an optimizer that finds the length of its steps.
local function make_schedule(wanted, optimizer)
  if not wanted then wanted = not optimizer.record.looks and "cosine" or nil end
  return wanted and registry.resolve("schedule", wanted)
end

--- The architecture by name with its options; width, depth and activation also have
--- options of their own here.
local function make_net(chosen)
  local name, net = read_method("models", chosen.model)
  net.model = name
  for _, option in ipairs { "width", "depth", "activation" } do
    if chosen[option] ~= nil then net[option] = chosen[option] end
  end
  return net
end

--- What is left out, or false, has its default.
local function complete(options)
  local chosen = {}
  check_keys(options, names, "a training")
  for name, value in pairs(options) do chosen[name] = value or nil end
  for name, value in pairs(defaults) do
    if chosen[name] == nil then chosen[name] = value end
  end
  return chosen
end

--- Whether a training has an option of this name.
---@param name any
---@return boolean
function M.takes(name)
  for _, known in ipairs(names) do
    if name == known then return true end
  end
  return false
end

--- The settings of ms.train for options by name. Those left out have their defaults.
---@param options table<string, any>  problem, and the options of modsync train
---@return modsync.train_settings
function M.settings(options)
  local chosen = complete(options)
  if chosen.problem == nil then misuse "the option 'problem' is missing" end
  local losses = parse_points(chosen.points)
  losses.sampler, losses.redraw = chosen.sampler, chosen.redraw
  local conflict = registry.resolve("conflict", chosen.conflict)
  local optimizer = chosen.optimizer and make_optimizer(chosen.optimizer, chosen.lr)
    or conflict:default_optimizer(chosen.lr)
  return {
    problem = chosen.problem, net = make_net(chosen), losses = losses,
    steps = chosen.steps, seed = chosen.seed,
    optimizer = optimizer, conflict = conflict, prune = chosen.prune,
    diagnose = parse_diagnose(chosen.diagnose), holdout = chosen.holdout,
    history = chosen.history,
    schedule = make_schedule(chosen.schedule, optimizer),
  }
end

--- The loss values of the last step by term.
local function losses_of(run)
  local named = {}
  for k, name in ipairs(run.values and run.losses.names or {}) do
    named[name] = run.values:get(k)
  end
  return named
end

--- What a run ended with, as the line of modsync train --json says it.
---@param run modsync.run
---@return table<string, any>
function M.results(run)
  return {
    problem = run.problem.name, seed = run.seed, steps = run.step, seconds = run.seconds,
    steps_per_second = run.steps_per_second, losses = losses_of(run), rel_l2 = run.rel_l2,
    coefficients = run:coefficients(), params = run.net.theta:size(1),
    sparsity = run.sparsity, threads = core.threads(), stopped = run.stopped,
  }
end

return M
