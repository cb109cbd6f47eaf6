-- Pruning policies written in Lua by a user: tables and records, what they keep, and what
-- they are told when they are wrong.
local ms = require "modsync"
local check = require "tests.support.check"

local path = check.scratch "custom.npz"

local function train(prune, more)
  local settings = {
    problem = "helmholtz", net = { width = 6, depth = 3 }, steps = 20, seed = 3,
    losses = { residual = 24, boundary = 12 }, report = false, prune = prune,
  }
  for name, value in pairs(more or {}) do settings[name] = value end
  return ms.train(settings)
end

--- Halves the weight of least mean squared gradient in every fifth step.
local function least()
  return {
    observe = function(G, model, state)
      state.sum = state.sum or ms.zeros(model:count())
      state.sum:add_((G * G):sum(1))
      state.samples = (state.samples or 0) + 1
    end,
    apply = function(model, step, state)
      if step % 5 > 0 or not state.sum then return end
      local at = state.sum:argmin()
      model.theta:set(at, model.theta:get(at) / 2)
      state.last = "parameter " .. at
    end,
  }
end

check.test("a table of functions is a policy, and may hold common options", function()
  local record = least()
  check.equal(train(record).prune:state().samples, nil) -- no round ends in 20 steps
  record.source = "batch"
  check.equal(train(record).prune:state().samples, 20)
  record.source, record.period, record.batches = nil, 5, 3
  check.equal(train(record).prune:state().samples, 4 * 3)
  record.period = 0
  check.fails(function() train(record) end,
    "^tests/lua/custom_policies.lua:%d+: option 'period' of 'unnamed' is 0; expected")
end)

check.test("what it keeps is in checkpoints, itself it is not", function()
  local function policy()
    local record = least()
    record.name = "least"
    return record
  end
  local whole = train(policy(), { steps = 120 })
  check.equal(whole.prune:state().samples, 32)
  check.ok(whole.prune:state().last:find "^parameter %d+$")
  local broken = train(policy(), { steps = 120,
    callback = function(_, step) return step < 63 end })
  check.ok(broken:save(path))
  check.refuses("pruning method 'least', which is not registered here: register it, or "
    .. "pass ms.load%(path, { prune = ...", ms.load(path))
  local run = check.ok(ms.load(path, { prune = policy() }))
  check.equal(run.prune:state().samples, 16)
  run:resume { report = false }
  check.ok(run.net.theta == whole.net.theta)
  check.equal(run.prune:state(), whole.prune:state())
end)

check.test("a record has options, help and a name on the command line", function()
  local record = least()
  record.family, record.name, record.summary = "prune", "halve-least",
    "halves what matters least"
  record.paper, record.options = "none", {
    { name = "factor", type = "number", default = 0.5, min = 0, max = 1,
      text = "what is left" },
  }
  local seen
  local inner = record.apply
  record.apply = function(model, step, state, options, context)
    seen = { options.factor, options.period, context.lr, context.progress,
      context.losses.net == model }
    inner(model, step, state)
  end
  ms.register(record)
  local run = train("halve-least:factor=0.25,period=5,batches=2",
    { optimizer = "adam:lr=0.002" })
  check.equal(seen, { 0.25, 5, 0.002, 1, true })
  check.equal(run.prune:state().samples, 8)
  check.ok(run:save(path))
  local again = check.ok(ms.load(path))
  check.equal(again.prune:options().factor, 0.25)
  check.ok(again.prune:state().sum == run.prune:state().sum)
  local text = check.ok(ms.help.show "halve-least")
  check.ok(text:find("halves what matters least", 1, true))
  check.ok(text:find("factor (number, default 0.5, 0 to 1)", 1, true))
  check.ok(ms.help.list "prunes":find("halve-least", 1, true))
  check.fails(function() ms.prune.halve_least { factor = 2 } end,
    "^tests/lua/custom_policies.lua:%d+: option 'factor' of 'halve%-least' is 2; " ..
    "expected at most 1")
  check.fails(function() ms.register(record) end,
    "'halve%-least' is found twice: in a script and in a script")
end)

check.test("errors name the line of the user", function()
  local here = "^tests/lua/custom_policies.lua:(%d+): "
  local function line_of(prune, pattern)
    local text = check.fails(function() train(prune) end, pattern)
    return tonumber(text:match(here)), text
  end
  local function fail_in(slot)
    local record = least()
    record.period, record.name = 1, nil
    record[slot] = function() local t = nil return t.field end
    return record, debug.getinfo(record[slot], "S").linedefined
  end
  local record, line = fail_in "apply"
  check.equal(line_of(record, "attempt to index a nil value"), line)
  record, line = fail_in "observe"
  check.equal((function()
    local sync = ms.registry.resolve("prune", record)
    local p = ms.problem "poisson"
    local L = p:losses(ms.mlp { inputs = p.coords, outputs = p.fields, width = 4,
      depth = 2 }, { residual = 8, boundary = 8 })
    local text = check.fails(function()
      sync:attach(L)
      sync:observe(select(2, L:gradients()))
    end, "attempt to index a nil value")
    return tonumber(text:match(here))
  end)(), line)
  for given, message in pairs {
    [{ observe = function() end }] = "needs a function 'apply'",
    [{ apply = function() end, observe = 3 }] = "'observe' is 3, not a function",
    [{ name = "no such", apply = 1 }] = "unknown pruning method 'no such'",
  } do
    local text = check.fails(function() train(given) end, message)
    check.ok(text:find(here), text)
  end
end)

check.test("a state that cannot be stored is refused by name", function()
  local run = train { apply = function(_, _, state) state.list = { 1, 2 } end }
  local text = check.fails(function() run:save(path) end,
    "state 'list' of prune 'unnamed' is a table; a state holds named tensors, numbers")
  check.ok(text:find "^tests/lua/custom_policies.lua:%d+: ", text)
end)

check.test("a policy conforms, or what it breaks is named", function()
  local function broken(record)
    local report, names = ms.conform("prune", record), {}
    for _, c in ipairs(report.checks) do
      if c.broken > 0 then names[#names + 1] = c.name end
    end
    check.equal(report.passed, #names == 0)
    return table.concat(names, " ")
  end
  check.equal(broken(least()), "")
  check.equal(broken { apply = function(model) model.theta:mul_(0.99) end }, "")
  check.equal(broken { promises = { "hidden" },
    apply = function(model) model.theta:mul_(0.99) end }, "hidden")
  check.equal(broken { observe = function(G) G:mul_(2) end, apply = function() end },
    "pure")
  local calls = 0 -- kept outside of the state
  check.equal(broken { apply = function(model)
    calls = calls + 1
    model.theta:mul_(1 - 1e-3 / calls)
  end }, "repeat resume")
  check.equal(broken { apply = function(model)
    model.theta:fill_(0 / 0)
  end }, "finite repeat resume masked")
  local report = ms.conform("prune", "modsync-p:form=neuron,importance=fisher,cone=true")
  check.ok(report.passed and report.named.strength, tostring(report))
  check.fails(function() ms.conform("models", "mlp") end,
    "knows the families conflict, weighting, prune, optim and schedule, not \"models\"")
end)

check.test("every policy of the registry conforms", function()
  for name in pairs(ms.prune) do
    -- 'mask' is what others choose with: it wants keep-scores
    local report = name ~= "mask" and ms.conform("prune", name)
    check.ok(not report or report.passed, tostring(report))
  end
end)

os.remove(path)
check.done()
