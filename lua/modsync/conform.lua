--[[
ms.conform("conflict", my_method): does a method keep what it promises? The method may be
an object, a name, or a table in Lua that is not registered. A method in Lua promises by

  promises = { "NC", "PI" }                                 or
  promises = function(options, tasks, independent) return { NC = true } end

(tags and their statements: ms.promises()). All tags are tried on random, unbalanced,
nearly parallel, opposed, zero and single gradients; those that are not promised are
reported too, and do not count. Of every method it is asked that the direction is finite,
depends on nothing but its input, leaves G alone, and goes on from a saved state bit for
bit.

ms.conform("weighting", w): what its function returns is K finite numbers that are not
negative, also for zero losses and gradients (where a record with partial = true may leave
some out), the input is left alone, and a saved state goes on bit for bit. One that needs
losses (ntk) is tried with the option losses, and not without.

ms.conform("prune", { observe = ..., apply = ... }): in a small training parameters stay
finite, gradients and masked parameters are left alone, strength = 0 changes nothing, and
a saved state goes on bit for bit. promises = { "hidden" }: nothing but weights between
hidden layers is changed.

ms.conform("optim", o): it finds the minimum of a quadratic with one of a few learning
rates, parameters stay finite, the direction and masked parameters are left alone, a
learning rate of 0 changes nothing, and a saved state goes on bit for bit.

ms.conform("schedule", s): rates are finite, not negative, and depend on the step alone.
]]
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- Options of ms.conform.
---@class modsync.conform_options
---@field trials? integer  sets of random gradients (160)
---@field parameters? integer  their length (30)
---@field losses? modsync.losses  for weightings that need them

--- One property. It may be promised in some trials only (of two tasks, say).
---@class modsync.conform_check
---@field name string
---@field text string
---@field trials integer
---@field failed integer
---@field promised integer  trials in which it is promised
---@field broken integer    those of them that failed
---@field worst number      largest error of all trials

--- What was found: tostring() of it is a report.
---@class modsync.conformance
---@field passed boolean  it was tried, and no promise is broken
---@field untried string?  why it was not tried
---@field checks modsync.conform_check[]
local Report = {}
Report.__index = Report
Report.__name = "modsync.conformance"

local function new_report(title)
  return setmetatable({ title = title, passed = true, checks = {}, named = {} }, Report)
end

--- Records one trial. 'error' counts as a failure above 'slack'; NaN always does.
---@private
function Report:note(name, text, promised, error, slack)
  local check = self.named[name]
  if not check then
    check = { name = name, text = text, trials = 0, failed = 0, promised = 0, broken = 0,
      worst = 0 }
    self.named[name], self.checks[#self.checks + 1] = check, check
  end
  check.trials = check.trials + 1
  if promised then check.promised = check.promised + 1 end
  if error ~= error or error > check.worst then check.worst = error end
  if not (error <= slack) then
    if check.failed == 0 then check.text = text end
    check.failed = check.failed + 1
    if promised then check.broken, self.passed = check.broken + 1, false end
  end
end

function Report:__tostring()
  if self.untried then return ("%s: not tried: %s"):format(self.title, self.untried) end
  local lines = { ("%s: %s"):format(self.title, self.passed and "conforms" or
    "does not conform") }
  for _, c in ipairs(self.checks) do
    local state = ("fails in %d of %d"):format(c.failed, c.trials)
    if c.failed == 0 then state = ("holds in all %d"):format(c.trials) end
    if c.promised > 0 then
      state = ("kept in all %d"):format(c.promised)
      if c.broken > 0 then state = ("BROKEN in %d of %d"):format(c.broken, c.promised) end
    end
    local known = c.promised == 0 and "not promised: " or ""
    lines[#lines + 1] = ("  %-8s %-22s %s%s"):format(c.name, state, known, c.text)
  end
  return table.concat(lines, "\n")
end

--[[ objects ]]

--- A function that makes new objects of what is wanted.
local function maker(family, wanted)
  local first = registry.resolve(family, wanted)
  local class = require("modsync." .. registry.family(family).key).class
  return function() return class.new(first.record, first:options()) end, first
end

--- The same state in a new object, from copies.
local function twin_of(object, make)
  local state = {}
  for name, value in pairs(object:state()) do
    state[name] = kind.of(value) == "tensor" and value:clone() or value
  end
  local twin = make()
  twin:restore(state)
  return twin
end

local function same(a, b)
  return a:dim() == b:dim() and a:is_finite() and b:is_finite() and (a - b):norm() == 0
end

--[[ gradients ]]

local shapes = { "random", "unbalanced", "parallel", "opposed", "zero", "single" }

local function make_gradients(rng, shape, terms, P)
  if shape == "single" then terms = 1 end
  local G = rng:normal(core.zeros(terms, P))
  for k = 2, terms do
    local row = G:row(k)
    if shape == "parallel" then row:mul_(1e-3):add_(G:row(1)) end
    if shape == "opposed" then row:mul_(1e-2):axpy_(k % 2 == 0 and -1 or 1, G:row(1)) end
    if shape == "zero" and k % 2 == 0 then row:fill_(0) end
    if shape == "unbalanced" then row:mul_(10 ^ (4 * rng:uniform() - 2)) end
  end
  return G
end

--- Gradients that some positive combination of makes 0.
local function stationary(rng, terms, P)
  local G = rng:normal(core.zeros(terms, P))
  if terms == 1 then return G:fill_(0) end
  local last = G:row(terms):fill_(0)
  for k = 1, terms - 1 do last:axpy_(-(0.5 + rng:uniform()), G:row(k)) end
  return G
end

--- H G for the reflection H = 1 - 2 u u^T of the parameters.
local function reflect(rows, u)
  local along = rows:matmul(u)
  return rows - along:reshape(rows:size(1), 1) * u:reshape(1, u:size(1)) * 2
end

local function scaled_rows(G, factors)
  return G * factors:reshape(factors:size(1), 1)
end

local function random_factors(rng, terms)
  local factors = core.zeros(terms)
  for k = 1, terms do factors:set(k, 10 ^ (2 * rng:uniform() - 1)) end
  return factors
end

local function reversed(G)
  local R, terms = G:clone(), G:size(1)
  for k = 1, terms do R:row(k):copy_(G:row(terms + 1 - k)) end
  return R
end

--[[ conflict methods ]]

local function promised_by(object, tasks, independent)
  if object.core then return object.core:promises(tasks, independent) end
  local promises = object.record.promises or {}
  if type(promises) == "function" then
    return promises(object.chosen, tasks, independent)
  end
  local set = {}
  for _, tag in ipairs(promises) do set[tag] = true end
  return set
end

local function rows_of_tasks(object, G)
  local groups = object.core and object.core:groups() or object.tasks
  if not groups then return G end
  local count = 0
  for _, task in ipairs(groups) do count = math.max(count, task + 1) end
  local rows = core.zeros(count, G:size(2))
  for k, task in ipairs(groups) do rows:row(task + 1):add_(G:row(k)) end
  return rows
end

--- Lowest projection and spread of the projections on the tasks, over the length of d.
local function projections(rows, d)
  local least, most, length = math.huge, -math.huge, d:norm()
  for k = 1, rows:size(1) do
    local norm = rows:row(k):norm()
    if norm > 0 and length > 0 then
      local along = rows:row(k):dot(d) / norm / length
      least, most = math.min(least, along), math.max(most, along)
    end
  end
  if least == math.huge then return 0, 0 end
  return least, most - least
end

local function apart(a, b)
  local scale = math.max(a:norm(), b:norm())
  return scale > 0 and (a - b):norm() / scale or 0
end

local function unit(d)
  local norm = d:norm()
  return norm > 0 and d / norm or d
end

--- A run of a new object: d, and the object.
local function run(make, G, values)
  local object = make()
  local d, message = object:combine(G, values or core.ones(G:size(1)))
  return d and d:clone(), object, message
end

local SLACK = 1e-8

--- The error of every tag for a set of gradients.
local function measures(make, G, d, rows, rng)
  local terms, P = G:size(1), G:size(2)
  local least, spread = projections(rows, d)
  local t, factors = 0.5 + rng:uniform(), random_factors(rng, terms)
  local scaled = run(make, G * t)
  local own = run(make, scaled_rows(G, factors))
  local other_factors = random_factors(rng, terms)
  local other = run(make, scaled_rows(G, other_factors))
  local both = run(make, scaled_rows(G, factors + other_factors))
  local u = unit(rng:normal(core.zeros(P)))
  local turned = run(make, reflect(G, u))
  local back = reflect(d:reshape(1, P), u):row(1)
  local stuck = stationary(rng, terms, P)
  local still = run(make, stuck)
  return {
    NC = -least, EP = spread, H1 = apart(scaled, d * t), H0 = apart(scaled, d),
    SD = apart(unit(own), unit(d)), LS = apart(both, own + other),
    PI = apart(run(make, reversed(G)), d), OQ = apart(turned, back),
    ST = still:norm() / math.max(stuck:norm(), 1e-300),
  }
end

--- Gradients so close to dependent that a direction is not well defined by them.
local function independent(rows)
  local D = require "modsync.diagnostics"
  local gram = D.gram(rows)
  for k = 1, rows:size(1) do
    if gram:get(k, k) == 0 then return false end
  end
  local values = core.eigen(D.cosines(gram))
  return values:min() > 1e-9
end

local function try_promises(report, make, G, rng, statements)
  local d, object, message = run(make, G)
  report:note("finite", "a direction of P finite numbers: " .. (message or "given"), true,
    d and d:is_finite() and d:size(1) == G:size(2) and 0 or 1, 0)
  if not d then return end
  local rows = rows_of_tasks(object, G)
  local free = independent(rows)
  local promises = promised_by(object, rows:size(1), free)
  local errors = measures(make, G, d, rows, rng)
  for _, tag in ipairs { "NC", "EP", "H1", "H0", "SD", "LS", "PI", "OQ", "ST" } do
    -- the tasks of a method of two depend on which term is the first
    local by_order = tag == "PI" and object.record.max_tasks == 2 and G:size(1) > 2
    -- ST and rescaling do not hold for sums of terms
    local by_sum = (tag == "ST" or tag == "SD" or tag == "LS")
      and rows:size(1) < G:size(1)
    if not (by_order or by_sum) then
      report:note(tag, statements[tag], promises[tag] == true, errors[tag], SLACK)
    end
  end
end

local function try_habits(report, make, rng, terms, P)
  local G = rng:normal(core.zeros(terms, P))
  local values = rng:uniform(core.zeros(terms)):add_(0.1)
  local kept, first = G:clone(), run(make, G, values)
  report:note("pure", "the same input gives the same bits, and G stays", true,
    first and same(first, (run(make, G, values))) and same(G, kept) and 0 or 1, 0)
  local object = make()
  for _ = 1, 4 do object:combine(rng:normal(core.zeros(terms, P)), values) end
  local twin, equal = twin_of(object, make), true
  for _ = 1, 4 do
    G = rng:normal(core.zeros(terms, P))
    values = rng:uniform(values):add_(0.1)
    local a = object:combine(G, values)
    a = a and a:clone()
    local b = twin:combine(G, values)
    equal = equal and a ~= nil and b ~= nil and same(a, b)
  end
  report:note("resume", "a saved state goes on bit for bit", true, equal and 0 or 1, 0)
end

local function conform_conflict(make, object, options)
  local report = new_report(tostring(object))
  local rng, statements = core.rng(1, "conform"), core.promises()
  local P = options.parameters or 30
  for trial = 0, (options.trials or 160) - 1 do
    local shape = shapes[1 + trial % #shapes]
    local G = make_gradients(rng, shape, 2 + trial // #shapes % 7, P)
    try_promises(report, make, G, rng, statements)
  end
  for terms = 1, 4 do try_habits(report, make, rng, terms, P) end
  return report
end

--[[ weightings ]]

--- What a call returned; where it raised an error, nil and the message.
local function attempt(fn, ...)
  local good, made, message = pcall(fn, ...)
  if good then return made, message end
  return nil, (tostring(made):gsub("^.-:%d+: ", ""))
end

--- Notes whether a function returned what it should, else why not.
local function note_value(report, name, text, good, message)
  report:note(name, text .. (message and ": " .. message or ""), true, good and 0 or 1, 0)
end

--- Notes what a weighting made of one input: w, or nil and a message.
local function note_factors(report, text, w, message)
  note_value(report, "factors", text, w and w:is_finite() and w:min() >= 0, message)
end

--- The factors for random input, whether that was left alone, and what is wrong. Some may
--- be left out where a loss and a gradient are zero ('edge'), or were in the step before.
local function weights_once(object, rng, terms, P, edge, losses, before)
  local values = rng:uniform(core.zeros(terms)):add_(0.1)
  local G = rng:normal(core.zeros(terms, P))
  if edge then
    values:set(1, 0)
    G:row(terms):fill_(0)
  end
  local kept, kept_values = G:clone(), values:clone()
  local w, message = attempt(object.weights, object, values, G, losses)
  if w and not edge and not before and (object.left_out or 0) > 0 then
    w, message = nil, ("%d of %d are not"):format(object.left_out, terms)
  end
  return w and w:clone(), same(G, kept) and same(values, kept_values), message
end

local function same_factors(a, b)
  return a ~= nil and b ~= nil and same(a, b)
end

local function try_weights(report, make, rng, options)
  local losses = options.losses
  local terms = losses and #losses.names or 3
  local P = losses and losses.net:count() or options.parameters or 30
  local object = make()
  for step = 1, options.trials or 40 do
    local w, untouched, message = weights_once(object, rng, terms, P, step % 5 == 0,
      losses, step % 5 == 1)
    note_factors(report, "K finite numbers, none below 0", w, message)
    report:note("pure", "values and gradients stay", true, untouched and 0 or 1, 0)
  end
  local twin, equal = twin_of(object, make), true
  local mirror = core.rng(1, "conform")
  mirror:restore(rng:state())
  for step = 1, 5 do
    local a = weights_once(object, rng, terms, P, false, losses, step == 1)
    local b = weights_once(twin, mirror, terms, P, false, losses, step == 1)
    equal = equal and same_factors(a, b)
  end
  report:note("resume", "a saved state goes on bit for bit", true, equal and 0 or 1, 0)
end

--- Points one after the other on a line of time, residuals given.
local function stub_losses(rng)
  local stub = { names = { "residual" }, problem = { coords = { "t" } } }
  local points = rng:uniform(core.zeros(40, 1))
  function stub.residuals() return rng:normal(core.zeros(40, 1)) end
  function stub.points_of() return points end
  function stub.weights_of()
    stub.factors = core.zeros(40)
    return stub.factors
  end
  function stub.group_of() return nil, {} end
  return stub
end

local function try_points(report, make, options)
  local function adapt(object, seed)
    local stub = stub_losses(core.rng(seed, "conform"))
    local _, message = attempt(object.adapt, object, stub)
    return not message and stub.factors and stub.factors:clone() or nil, message
  end
  local object = make()
  for step = 1, options.trials or 40 do
    note_factors(report, "n finite numbers, none below 0", adapt(object, step))
  end
  local twin, equal = twin_of(object, make), true
  for step = 1, 5 do
    local a, b = adapt(object, 100 + step), adapt(twin, 100 + step)
    equal = equal and same_factors(a, b)
  end
  report:note("resume", "a saved state goes on bit for bit", true, equal and 0 or 1, 0)
end

local function conform_weighting(make, object, options)
  local report = new_report(tostring(object))
  if object.record.points then
    try_points(report, make, options)
  elseif object.record.needs_losses and not options.losses then
    report.passed = false
    report.untried = "it needs losses, ms.conform(\"weighting\", w, { losses = L })"
  else
    try_weights(report, make, core.rng(1, "conform"), options)
  end
  return report
end

local function conform_prune(_, object)
  local report = new_report(tostring(object))
  require "modsync.conform_prune"(report, object)
  return report
end

local function conform_optim(make, object)
  local report = new_report(tostring(object))
  require "modsync.conform_optim"(report, make, object, twin_of)
  return report
end

local function conform_schedule(make, object)
  local report, steps = new_report(tostring(object)), 200
  local function planned()
    local schedule = make()
    schedule:plan(steps)
    return schedule
  end
  local there, back, rates = planned(), planned(), {}
  for step = 1, steps do
    local rate, message = attempt(there, step)
    note_value(report, "rates", "finite numbers, none below 0", rate ~= nil, message)
    rates[step] = rate
  end
  for step = steps, 1, -1 do
    report:note("pure", "the rate depends on the step alone", true,
      attempt(back, step) == rates[step] and 0 or 1, 0)
  end
  return report
end

local families = { conflict = conform_conflict, weighting = conform_weighting,
  prune = conform_prune, optim = conform_optim, schedule = conform_schedule }

--- Whether a method keeps its promises, on random and degenerate input.
---@param family "conflict"|"weighting"|"prune"|"optim"|"schedule"
---@param method any  an object, a name, or a table in Lua
---@param options modsync.conform_options?
---@return modsync.conformance
return function(family, method, options)
  local known = registry.family(family)
  local try = known and families[known.key]
  if not try then
    misuse("ms.conform knows the families conflict, weighting, prune, optim and "
      .. "schedule, not %s", kind.show(family))
  end
  check_keys(options or {}, { "trials", "parameters", "losses" }, "ms.conform")
  local make, object = maker(known.key, method)
  return try(make, object, options or {})
end
