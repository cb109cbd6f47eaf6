-- Gradients of some terms only, and methods that ask for them; losses after a step.
local ms = require "modsync"
local check = require "tests.support.check"

local function losses(name, options)
  local p = ms.problem(name or "burgers")
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 8, depth = 2,
    seed = 5 }
  return p:losses(net, options or { residual = 40, seed = 5 }), net
end

--- Two equations on the same points.
local function coupled()
  local p = ms.problem {
    name = "coupled", coords = { "x" }, fields = { "u", "v" },
    domain = ms.box { x = { 0, 1 } },
    terms = {
      { name = "residual_u", on = "interior", points = 20,
        expr = function(s) return s.u_x - s.v end },
      { name = "residual_v", on = "interior", points = 20,
        expr = function(s) return s.v_x + s.u end },
      { name = "start", on = "x=0", points = 1, expr = function(s) return s.u - 1 end },
    },
  }
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 6, depth = 2,
    seed = 2 }
  return p:losses(net), net
end

check.test("the rows of the terms that are named, and 0", function()
  for _, make in ipairs { losses, coupled } do
    local L, twin = make(), make()
    for step, terms in ipairs { { 2 }, { L.names[1], 3 }, { 1, 2, 3 }, {} } do
      local before = L.loss_values:clone()
      local values, G = L:gradients(terms)
      local all, rows = twin:gradients()
      local set = {}
      for _, term in ipairs(terms) do set[term == L.names[1] and 1 or term] = true end
      for k = 1, 3 do
        if set[k] then
          check.near(G:row(k), rows:row(k), 1e-12 * (1 + rows:row(k):norm()))
          check.near(values[k], all[k], 1e-13 * (1 + all[k]))
        else
          check.equal(G:row(k):norm(), 0)
          check.equal(values[k], before[k])
        end
      end
      L:complete()
      check.near(G, rows, 1e-12 * (1 + rows:norm()), "step " .. step)
      check.near(values, all, 1e-12 * (1 + all:norm()))
    end
    L:complete() -- nothing is missing: nothing happens
  end
end)

--- How often the programs of each group run from now on.
local function count_runs(L)
  local runs = {}
  for i, group in ipairs(L.groups) do
    local program = group.program
    runs[i] = 0
    group.program = { run = function(_, ...)
      runs[i] = runs[i] + 1
      return program:run(...)
    end }
  end
  return runs
end

check.test("the others are not evaluated", function()
  local L = losses()
  local runs = count_runs(L)
  L:gradients { "boundary" }
  check.equal(runs, { 0, 1, 0 })
  L:complete()
  check.equal(runs, { 1, 1, 1 })
  L:gradients()
  check.equal(runs, { 2, 2, 2 })
  L = coupled()
  runs = count_runs(L)
  L:gradients { "residual_v" } -- by a program of its own
  check.equal(runs, { 0, 0 })
  L:gradients { "residual_v", "residual_u" }
  check.equal(runs, { 1, 0 })
end)

check.test("values alone, weights and masks", function()
  local L, net = losses()
  local values = L:evaluate():clone()
  local own = ms.zeros(3)
  check.ok(L:values(own) == own and L.loss_values == values)
  check.near(own, values, 1e-13 * (1 + values:norm()))
  L:weights_of("residual"):fill_(3)
  check.near(L:values()[1], 3 * values[1], 1e-12 * (1 + values[1]))
  net.mask = ms.ones(net:count())
  net.mask:narrow(1, 1, 10):fill_(0)
  for _, terms in ipairs { { 1 }, { 2 } } do
    local _, G = L:gradients(terms)
    check.equal(G:narrow(2, 1, 10):norm(), 0)
    L:complete()
    check.equal(G:narrow(2, 1, 10):norm(), 0)
    check.ok(G:row(3):norm() > 0)
  end
end)

check.test("misuse", function()
  local L = losses()
  check.fails(function() L:gradients { "walls" } end,
    'gradients: there is no term "walls" %(known: residual, ')
  check.fails(function() L:gradients { 4 } end, "there is no term 4")
  check.fails(function() L:gradients "residual" end, "expected a list of terms, got")
end)

--[[ M-ConFIG ]]

check.test("what a method looks at", function()
  local L, net = losses()
  local cf, opt = ms.conflict.mconfig(), ms.optim.sgd { lr = 1e-3 }
  check.equal(cf:needs(), nil) -- it does not know how many there are
  cf:bind(L)
  for step = 1, 7 do
    check.equal(cf:needs(), { (step - 1) % 3 + 1 })
    local values, G = L:gradients(cf:needs())
    cf:step(opt, net, cf(G, values))
  end
  for _, options in ipairs { "mconfig:update=all", "mconfig:delay=9", "config",
    "mconfig:realign=true", "mconfig:weighting=lra" } do
    local other = ms.registry.resolve("conflict", options)
    other:bind(L)
    check.equal(other:needs(), nil, options)
  end
  local points = ms.conflict.mconfig { weighting = "causal" }
  points:bind(L)
  check.equal(points:needs(), { 1 })
  local in_lua = ms.registry.resolve("conflict", {
    combine = function(G, _, state)
      state.last = (state.last or 0) % 3 + 1
      return G:row(state.last):clone()
    end,
    needs = function(terms, state) return { (state.last or 0) % terms + 1 } end,
  })
  in_lua:bind(L)
  local _, G = L:gradients(in_lua:needs())
  in_lua(G)
  check.equal(in_lua:needs(), { 2 })
end)

check.test("the run is the one with all gradients", function()
  local function run(settings)
    local L, net = losses()
    local all = { losses = L, steps = 11, report = false, optimizer = "sgd:lr=1e-3",
      conflict = "mconfig" }
    for name, value in pairs(settings) do all[name] = value end
    local done = ms.train(all)
    return done, net.theta:clone()
  end
  local L, net = losses()
  local cf, opt = ms.conflict.mconfig(), ms.optim.sgd { lr = 1e-3 }
  local shown = {}
  for step = 1, 11 do
    local values, G = L:gradients()
    cf:step(opt, net, cf(G, values))
    if step == 1 or step % 4 == 0 or step == 11 then
      shown[#shown + 1] = values[3]
    end
  end
  local sparse, theta = run { history = { every = 4 } }
  check.ok(theta == net.theta)
  check.equal(sparse.history["loss." .. L.names[3]], shown)
  local watched, other = run { diagnose = true, history = { every = 4 } }
  check.ok(other == theta)
  for _, share in ipairs(watched.history["conflict.share"]) do
    check.ok(share == share)
  end
  check.ok(watched.history["norm.initial"][2] > 0)
  check.ok(select(2, run { prune = "modsync" }) ~= nil)
end)

check.test("what follows a whole step is plain gradient descent", function()
  local p = ms.problem {
    name = "slope", coords = { "x" }, fields = { "u" }, domain = ms.box { x = { 0, 1 } },
    terms = { { name = "residual", on = "interior", points = 20,
      expr = function(s) return s.u_x + s.u - 1 end } },
  }
  local function train(conflict, optimizer)
    local run = ms.train { problem = p, net = { width = 6, depth = 1 }, seed = 3,
      steps = 40, conflict = conflict, optimizer = optimizer, report = false,
      schedule = { name = "step", from = 1e-2, every = 10 } }
    return run.net.theta:clone(), run.optimizer.name
  end
  -- with one term M-ConFIG is Adam, at the rates of the schedule
  local theta, name = train "mconfig"
  check.equal(name, "sgd")
  check.near(theta, (train("sum", "adam")), 1e-9)
  check.ok((theta - train("mconfig", "adam")):norm() > 1e-3)
  check.equal(select(2, train "sum"), "adam")
  local options = require "modsync.train_options"
  for conflict, expected in pairs { mconfig = "sgd", config = "adam" } do
    local settings = options.settings { problem = p, conflict = conflict, lr = 0.3 }
    check.equal(settings.optimizer.name, expected)
    check.equal(settings.optimizer:lr(), 0.3)
  end
  local wanted = options.settings { problem = p, conflict = "mconfig", lr = 0.3,
    optimizer = "adam" }
  check.equal(wanted.optimizer.name, "adam")
  local mconfig = ms.conflict.mconfig()
  check.ok(mconfig:objection(wanted.optimizer):find("'mconfig' is a whole step", 1, true))
  check.equal(mconfig:objection(ms.optim.sgd()), nil)
  check.equal(ms.conflict.sum():objection(wanted.optimizer), nil)
  for _, cell in ipairs(ms.sweep.look("conflicts").cells) do
    local method = ms.registry.resolve("conflict", cell.fields.conflict)
    check.equal(cell.fields.optimizer or cell.settings.optimizer,
      method:default_optimizer().name, cell.key)
  end
end)

--[[ FAMO ]]

check.test("famo learns from the same points after the step", function()
  local L, net = losses("helmholtz", { residual = 30, boundary = 16, seed = 4 })
  local cf, opt = ms.conflict.famo { decay = 0 }, ms.optim.sgd { lr = 1e-5 }
  cf:bind(L)
  local values, G = L:gradients()
  values = values:clone()
  cf:step(opt, net, cf(G, values))
  check.ok(L.loss_values == values, "the values of the step stay")
  local gain = ms.log(values + 1e-8) - ms.log(L:values(ms.zeros(2)) + 1e-8)
  check.ok(gain:norm() > 0)
  local least = gain[1] < gain[2] and 1 or 2
  local logits = cf:state().logits:clone() -- Adam's first step is one rate long
  check.near(logits[least], 0.025, 1e-3)
  check.near(logits[3 - least], -0.025, 1e-3)
  check.equal(cf:state().due[1], 0)
  values, G = L:gradients()
  cf(G, values)
  check.ok(cf:state().logits == logits, "nothing is learnt twice")
  check.equal(cf:state().due[1], 1)
end)

check.test("famo without a second evaluation learns from the next call", function()
  local function logits(options, bind)
    local L, net = losses()
    local cf, opt = ms.conflict.famo(options), ms.optim.adam()
    if bind then cf:bind(L) end
    for _ = 1, 4 do
      local values, G = L:gradients()
      cf:step(opt, net, cf(G, values))
    end
    return cf:state().logits:clone()
  end
  local free = logits({ evaluate = "next" }, true)
  check.ok(free == logits({}, false))
  check.ok(free ~= logits({}, true))
end)

check.test("the losses after a step, for a method in Lua", function()
  local L, net = losses()
  local seen = {}
  local cf = ms.registry.resolve("conflict", {
    combine = function(G, values) seen.before = values:clone() return G:sum(1) end,
    after = function(values, state) state.after = values:clone() end,
  })
  cf.chosen.groups = { { "residual" }, { "boundary", "initial" } }
  cf:bind(L)
  local values, G = L:gradients()
  cf:step(ms.optim.sgd { lr = 1e-4 }, net, cf(G, values))
  local after = L:values()
  check.near(cf:state().after, { after[1], after[2] + after[3] }, 1e-12)
  check.ok(cf:state().after:sum() < seen.before:sum())
end)

check.test("a method goes on with losses of the same terms alone", function()
  local cf = ms.conflict.famo()
  cf:bind((losses()))
  cf:bind((losses()))
  check.fails(function() cf:bind((losses("helmholtz", {}))) end,
    "bound to the terms residual, .*; it cannot go on with residual, boundary")
end)

check.done()
