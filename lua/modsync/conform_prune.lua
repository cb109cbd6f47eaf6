--[[
What ms.conform asks of a pruning method, in short trainings of a small network on the
problem poisson. Rounds are made short (period, batches), all other options are as given.
]]
local kind = require "modsync.kind"
local masks = require "modsync.mask"
local model = require "modsync.model"
local problems = require "modsync.problem"
local registry = require "modsync.registry"

local STEPS, HALF = 40, 17

--- A training that step() goes on with: net, losses, optimizer, method.
local function open(make, net_options)
  local problem = problems "poisson"
  local net = model.create(net_options or { inputs = problem.coords,
    outputs = problem.fields, width = 5, depth = 3, seed = 4 })
  local it = { net = net, losses = problem:losses(net, { residual = 12, boundary = 8 }),
    optimizer = registry.create("optim", "adam", { lr = 1e-2 }),
    conflict = registry.create("conflict", "sum"), sync = make and make(), pure = true,
    hidden = true }
  if it.sync then
    it.sync:plan(STEPS)
    it.sync:attach(it.losses)
  end
  return it
end

--- The parameters outside of the weights between hidden layers.
local function outside(net)
  local rest = net.theta:clone()
  for _, part in ipairs(net:hidden_blocks()) do
    rest:narrow(1, part.offset + 1, part.rows * part.cols):fill_(0)
  end
  return rest
end

local function step(it)
  local values, G = it.losses:gradients()
  if not G:is_finite() then return end
  if it.sync then
    local before, events = G:clone(), it.sync.events
    assert(it.sync:observe(G, it.losses))
    -- an event before the first step has the gradients taken again
    it.pure = it.pure and (G == before or it.sync.events ~= events)
  end
  it.optimizer:step(it.net, it.conflict(G, values))
  if not it.sync then return end
  local before = outside(it.net)
  assert(it.sync:apply(it.net, it.optimizer))
  it.hidden = it.hidden and outside(it.net) == before
end

local function run(it, from, to)
  for _ = from, to do step(it) end
  return it
end

local function copy_of(state)
  local copy = {}
  for name, value in pairs(state) do
    copy[name] = kind.of(value) == "tensor" and value:clone() or value
  end
  return copy
end

--- The same training from copies of all state.
local function twin_of(it, make)
  local twin = open(make, it.net.options)
  twin.net.theta:copy_(it.net.theta)
  masks.restore(twin.net, it.net.mask, it.net.free, it.net.alive)
  twin.optimizer:restore(copy_of(it.optimizer:state()))
  twin.sync:restore(copy_of(it.sync:state()))
  twin.losses:restore(copy_of(it.losses:state()))
  return twin
end

local function same(a, b)
  return a.net.theta:is_finite() and a.net.theta == b.net.theta
end

--- Makes objects of a record whose rounds are short enough for STEPS steps.
local function short(object, more)
  local options = object:options()
  options.period = math.min(options.period, 5)
  options.batches = math.min(options.batches, 3)
  for name, value in pairs(more or {}) do options[name] = value end
  local class = require("modsync.prune").class
  return function() return class.new(object.record, options) end
end

local function promises(record, tag)
  for _, each in ipairs(record.promises or {}) do
    if each == tag then return true end
  end
  return false
end

--- Adds what is found to a report.
---@private
return function(report, object)
  local make = short(object)
  local function note(name, text, promised, good)
    report:note(name, text, promised, good and 0 or 1, 0)
  end
  local whole = run(open(make), 1, STEPS)
  local at_points = object.chosen.importance == "fisher"
    or object.chosen.importance == "sensitivity"
  local batch = at_points and whole
    or run(open(short(object, { source = "batch" })), 1, STEPS)
  note("finite", "parameters stay finite", true, whole.net.theta:is_finite())
  note("pure", "observe leaves the gradients alone", true,
    whole.pure and batch.pure)
  note("repeat", "the same training again gives the same bits", true,
    same(whole, run(open(make), 1, STEPS)))
  local half = run(open(make), 1, HALF)
  note("resume", "a saved state goes on bit for bit", true,
    same(whole, run(twin_of(half, make), HALF + 1, STEPS)))
  local frozen = open(make)
  frozen.net:freeze "W2"
  local held = frozen.net:views().W2:clone()
  run(frozen, 1, STEPS)
  note("masked", "what the model's mask holds stays", true,
    frozen.net:views().W2 == held)
  note("hidden", "only weights between hidden layers are changed",
    promises(object.record, "hidden"), whole.hidden)
  for _, option in ipairs(object.record.options) do
    if option.name == "strength" then
      local idle = run(open(short(object, { strength = 0 })), 1, STEPS)
      note("strength", "strength = 0 changes nothing", true,
        same(idle, run(open(), 1, STEPS)))
    end
  end
end
