-- ms.train against the loop written out by hand, and the ways in which a run may stop.
local ms = require "modsync"
local check = require "tests.support.check"

local function bits(t)
  local words = {}
  for i, x in ipairs(t:totable()) do words[i] = string.pack("<d", x) end
  return table.concat(words)
end

local small = { width = 12, depth = 3 }
local points = { residual = 96, boundary = 32 }

--- A model and losses of their own for every run, so that nothing is shared.
local function setup(seed)
  local p = ms.problem "helmholtz"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 12, depth = 3,
    seed = seed }
  local L = p:losses(net, { residual = 96, boundary = 32, seed = seed })
  return p, net, L
end

local function train(settings)
  local all = { problem = "helmholtz", net = small, losses = points, steps = 30,
    report = false }
  for name, value in pairs(settings) do all[name] = value end
  return ms.train(all)
end

check.test("the loop by hand and ms.train give the same bits", function()
  local steps = 120
  local _, net, L = setup(7)
  local opt, cf = ms.optim.adam { lr = 1e-3 }, ms.conflict.dcgd { variant = "center" }
  local sync = ms.prune.modsync { strength = 3, steps = steps, period = 10, batches = 4 }
  local schedule = ms.schedule.cosine { from = 1e-2, to = 1e-4, steps = steps }
  for step = 1, steps do
    local values, G = L:gradients()
    sync:observe(G, L)
    local d = cf(G, values)
    opt:lr(schedule(step))
    opt:step(net, d)
    sync:apply(net, opt:lr())
  end

  local run = ms.train { problem = "helmholtz", net = small, losses = points, seed = 7,
    steps = steps, report = false, conflict = "dcgd", optimizer = "adam",
    history = { every = 10 },
    prune = { name = "modsync", strength = 3, period = 10, batches = 4 },
    schedule = { name = "cosine", from = 1e-2, to = 1e-4 } }
  check.equal(run.stopped, "finished")
  check.equal(bits(run.net.theta) == bits(net.theta), true)
  check.ok(math.max(table.unpack(run.history.sparsity)) > 0, "the pull should make zeros")
end)

check.test("the session of the manual runs as written", function()
  local p = ms.problem "helmholtz"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 12, seed = 7 }
  local L = p:losses(net, { residual = 64, boundary = 32 })
  local opt, cf = ms.optim.adam { lr = 1e-3 }, ms.conflict.dcgd { variant = "center" }
  local sync = ms.prune.modsync { strength = 1e-2 }
  local before = L:relative_l2().u
  for _ = 1, 110 do
    local _, G = L:gradients()
    sync:observe(G)
    opt:step(net, cf(G))
    sync:apply(net, opt:lr())
  end
  check.ok(net.theta:is_finite())
  check.equal(sync.applied, 110)
  check.equal(sync:state().rounds:totable()[1], 2)
  check.ok(sync.core:scores():max() > 0, "some connection should be exclusive")
  check.ok(L:relative_l2().u ~= before)
end)

check.test("micro-batches may be observed by hand", function()
  local _, net, L = setup(3)
  local opt, cf = ms.optim.adam {}, ms.conflict.dcgd {}
  local sync = ms.prune.modsync { period = 5 }
  for step = 1, 10 do
    local _, G = L:gradients()
    if sync:due(step) then
      for Gm in L:micro { batches = 16, source = "fresh" } do sync:observe(Gm) end
    end
    opt:step(net, cf(G))
    sync:apply(net, opt:lr())
    check.equal(sync:state().rounds ~= nil, step >= 5)
  end
  check.equal(sync:state().rounds:totable()[1], 2)
end)

check.test("strength 0 is the base method, bit for bit", function()
  local base = train { seed = 2 }
  local idle = train { seed = 2, prune = "modsync:strength=0,period=10,batches=2" }
  check.equal(bits(idle.net.theta) == bits(base.net.theta), true)
end)

check.test("the guard gets the step that it judges", function()
  local run = train { steps = 60,
    prune = "modsync:guard=1,period=10,batches=2,start=0,full=0" }
  check.equal(run.stopped, "finished")
end)

check.test("the same seed gives the same bits, another seed others", function()
  local a, b, c = train { seed = 4 }, train { seed = 4 }, train { seed = 5 }
  check.equal(bits(a.net.theta) == bits(b.net.theta), true)
  check.equal(bits(a.net.theta) == bits(c.net.theta), false)
end)

check.test("what is measured does not change what is trained", function()
  local often = train { history = { every = 1 } }
  local seldom = train { history = { every = 30 } }
  check.equal(bits(often.net.theta) == bits(seldom.net.theta), true)
  check.equal(#often.history.step, 30)
  check.equal(seldom.history.step, { 1, 30 })
  check.equal(often.history["rel_l2.u"][30], often.rel_l2.u)
  check.equal(often.history["loss.boundary"][30], often.values:get(2))
end)

check.test("dcgd sets the residual against the rest, wherever it stands", function()
  local function exact(s) return ms.sin(s.x) end
  local problem = ms.problem {
    name = "last", coords = { "x" }, fields = { "u" }, domain = ms.box { x = { 0, 1 } },
    terms = {
      { name = "left", on = "x.min", points = 4, expr = function(s) return s.u end },
      { name = "residual", on = "interior", points = 16,
        expr = function(s) return s.u_x - ms.cos(s.x) end },
      { name = "right", on = "x.max", points = 4,
        expr = function(s) return s.u - exact(s) end },
    },
  }
  local run = ms.train { problem = problem, net = { width = 4, depth = 1 }, steps = 1,
    conflict = "dcgd", report = "quiet" }
  check.equal(run.losses.names, { "left", "residual", "right" })
  check.equal(run.conflict.core:groups(), { 1, 0, 1 })
  local weights = run.conflict:weights()
  check.equal(weights:get(1), weights:get(3))
  check.ok(weights:get(1) ~= weights:get(2))
end)

check.test("the losses fall", function()
  local run = train { problem = "poisson", losses = {}, steps = 400, conflict = "sum",
    optimizer = "adam:lr=0.01", schedule = "cosine:from=0.01" }
  local history = run.history["rel_l2.u"]
  check.ok(history[#history] < 0.3 * history[1],
    ("relative L2 went from %g to %g"):format(history[1], history[#history]))
end)

check.test("a conflict method in Lua trains like the same one in C", function()
  local in_c = train { conflict = "sum" }
  local in_lua = train { conflict = function(G)
    return G:select(1, 1) + G:select(1, 2)
  end }
  check.near(in_lua.net.theta, in_c.net.theta, 1e-12)
end)

check.test("a pruning method in Lua is a full citizen", function()
  ms.register {
    family = "prune", name = "smallest", summary = "Zeroes what matters least.",
    options = {
      { name = "below", type = "number", default = 0.5, text = "of the mean" },
    },
    observe = function(G, model, state)
      check.equal(G:size(2), model:count())
      state.importance = state.importance or ms.zeros(model:count())
      state.importance:add_((G * G):sum(1))
      state.seen = (state.seen or 0) + 1
    end,
    apply = function(model, step, state, options)
      if step ~= 20 then return end
      local limit = options.below * state.importance:mean()
      for i = 1, model:count() do
        if state.importance:get(i) < limit then model.theta:set(i, 0) end
      end
    end,
  }
  local run = train { steps = 20,
    prune = { name = "smallest", below = 0.3, period = 5, batches = 3 } }
  check.equal(run.prune:state().seen, 4 * 3)
  check.ok(run.sparsity > 0.1 and run.sparsity < 1)
  local path = check.scratch "smallest.npz"
  check.ok(run:save(path))
  local again = check.ok(ms.load(path))
  check.equal(again.prune:state().importance == run.prune:state().importance, true)
  check.equal(again.prune.applied, 20)
  check.ok(tostring(again):match("^run of 'helmholtz': step 20 of 20, L2 u"))
  os.remove(path)
end)

check.test("a callback sees every step and may stop the run", function()
  local seen = {}
  local run = train { callback = function(run, step)
    check.equal(run.step, step)
    seen[#seen + 1] = step
    if step == 4 then return false end
  end }
  check.equal(run.stopped, "callback")
  check.equal(seen, { 1, 2, 3, 4 })
  run:resume { callback = function() end }
  check.equal(run.step, 30)
  check.equal(bits(run.net.theta) == bits(train({}).net.theta), true)
end)

check.test("Ctrl-C stops after the step, with everything intact", function()
  local run = train { callback = function(_, step)
    -- the shell's parent is this program
    if step == 7 then io.popen("kill -INT $PPID"):close() end
  end }
  check.equal(run.stopped, "interrupted")
  check.equal(run.step, 7)
  check.equal(ms.interrupted(), false)
  run:resume { callback = function() end }
  check.equal(run.stopped, "finished")
  check.equal(bits(run.net.theta) == bits(train({}).net.theta), true)
end)

--- A problem whose residual is NaN where x is above a limit that falls during the run.
local function fragile()
  return ms.problem {
    name = "fragile", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } },
    terms = {
      { name = "residual", on = "interior", points = 40,
        expr = function(s) return s.u_xx - ms.sqrt(0.9995 - s.x) end },
      { name = "ends", on = "boundary", points = 2, expr = function(s) return s.u end },
    },
  }
end

check.test("NaN stops the run, names term, step and point, poisons nothing", function()
  local path = check.scratch "fragile.npz"
  local last
  local run = ms.train { problem = fragile(), net = { width = 6, depth = 2 },
    steps = 4000, report = false, prune = "modsync:period=3",
    checkpoint = { path = path, every = 1 },
    callback = function(run) last = bits(run.net.theta) end }
  check.equal(run.stopped, "diverged")
  check.ok(run.step > 0, "the first step should be fine")
  local step, x = run.message:match("^step (%d+): term \"residual\".*nan.*x = ([%d.]+)")
  check.equal(tonumber(step), run.step + 1)
  check.ok(tonumber(x) > 0.9995, run.message)
  check.equal(bits(run.net.theta) == last, true)
  for name, tensor in pairs(run.optimizer:state()) do
    check.ok(tensor:is_finite(), name)
  end
  -- the checkpoint is that of the last good step
  local saved = check.ok(ms.load(path, { problem = fragile() }))
  check.equal(saved.step, run.step)
  check.equal(bits(saved.net.theta) == last, true)
  os.remove(path)
end)

check.test("a poisoned run is not saved over a good checkpoint", function()
  local path = check.scratch "poisoned.npz"
  local run = train { steps = 3, checkpoint = path }
  run.net.theta:set(1, 0 / 0)
  local saved, message, code = run:save(path)
  check.refuses("poisoned.npz not written: params/W1 holds values that are not finite",
    saved, message)
  check.equal(code, "diverged")
  check.equal(ms.load(path).net.theta:is_finite(), true)
  os.remove(path)
end)

check.test("a direction that is not finite stops the run", function()
  local run = train { conflict = { name = "broken", combine = function(G)
    return G:select(1, 1) * (0 / 0)
  end } }
  check.equal(run.stopped, "diverged")
  check.equal(run.message, "step 1: the direction of 'broken' is not finite")
end)

check.test("a run that is stopped has the errors of its last step", function()
  local run = train { history = { every = 100 }, steps = 9,
    callback = function(_, step) return step < 4 end }
  check.equal(run.step, 4)
  check.equal(run.rel_l2.u, run.losses:relative_l2().u)
end)

check.test("a step that would overflow is not taken", function()
  local run = train { optimizer = { name = "sgd", lr = 1 }, steps = 5,
    conflict = function(G) return G:row(1) * 1e160 end }
  check.equal(run.stopped, "diverged")
  check.ok(run.message:find("step 1: a step of length", 1, true), run.message)
  check.ok(run.net.theta:is_finite() and run.step == 0)
end)

check.test("wrong settings are named", function()
  check.fails(function() train { stesp = 3 } end,
    "no option 'stesp'; did you mean 'steps'")
  check.fails(function() train { steps = 0 } end, "'steps' must be a whole number, 1 or")
  check.fails(function() train { problem = 3 } end, "'problem' must be a problem or the")
  check.fails(function() train { conflict = "dgcd" } end, "did you mean 'dcgd'")
  check.fails(function() train { net = { width = 5, depth = 1 }, prune = "modsync" } end,
    "works on the weights between hidden layers")
end)

check.test("wrong settings within settings are named", function()
  check.fails(function() train { history = 3 } end,
    "'history': expected a table of options, not 3")
  check.fails(function() train { history = { evry = 3 } } end,
    "'history' has no option 'evry'; did you mean 'every'%? %(known: every%)")
  check.fails(function() train { checkpoint = { path = "x", evry = 3 } } end,
    "'checkpoint' has no option 'evry'; did you mean 'every'%? %(known: path, every%)")
  check.fails(function() train { callback = 3 } end, "'callback' must be a function, not")
  check.fails(function() train { report = "lively" } end, "not \"lively\"")
  check.fails(function() train { losses = 3 } end, "a table of its options, not 3")
  check.fails(function() train { optimizer = 3 } end, "optimizer expected: an object of")
  check.fails(function() train { conflict = function() return 3 end } end,
    "combine returned 3; expected the direction, a tensor of")
  local p = ms.problem "poisson"
  local L = p:losses(ms.mlp { inputs = p.coords, outputs = p.fields, width = 4 })
  local function own(settings)
    settings.losses, settings.steps = L, 1
    return function() ms.train(settings) end
  end
  check.fails(own { problem = ms.problem "poisson" }, "'losses' are of another problem")
  check.fails(own { net = { width = 4 } }, "'losses' are of another model")
end)

check.test("every table within the settings refuses a key that is misspelt", function()
  local function near(settings, word)
    check.fails(function() train(settings) end, "; did you mean ['\"]" .. word)
  end
  near({ net = { widht = 3 } }, "width")
  near({ net = { model = "traced", forward = print,
    params = { { "a", 1, 1, int = 0 } } } }, "init")
  near({ losses = { resdual = 3 } }, "residual")
  near({ losses = { terms = { resdual = {} } } }, "residual")
  near({ losses = { terms = { residual = { point = 3 } } } }, "points")
  near({ losses = { terms = { residual = { form = { name = "huber", dleta = 1 } } } } },
    "delta")
  near({ optimizer = { name = "adam", beta = 0.9 } }, "beta1")
  near({ conflict = { name = "dcgd", varaint = "center" } }, "variant")
  near({ schedule = { name = "step", evry = 3 } }, "every")
  near({ prune = { name = "modsync", strenght = 1 } }, "strength")
  near({ conflict = { name = "sum", weighting = { name = "lra", evry = 3 } } }, "every")
  near({ optimizer = { step = print, sumary = "x" } }, "summary")
  near({ conflict = { combine = print, dealy = 3 } }, "delay")
  near({ prune = { apply = print, perid = 3 } }, "period")
  near({ prune = { score = print, densty = 0.5 } }, "density")
  near({ history = { evry = 3 } }, "every")
  near({ checkpoint = { path = "x", evry = 3 } }, "every")
  near({ holdout = { batch = 3 } }, "batches")
  near({ holdout = { points = { resdual = 3 } } }, "residual")
  near({ diagnose = { "cosines" } }, "cosine")
end)

check.test("a run goes on to a later step, and says what it does not know", function()
  local run = train { steps = 4 }
  check.fails(function() run:resume { steps = 3 } end,
    "'steps' must be a whole number, 4 or more, not 3")
  check.fails(function() run:resume { stps = 9 } end,
    "run:resume has no option 'stps'; did you mean 'steps'")
  check.equal(run:resume { steps = 4 }.step, 4)
  check.equal(run:resume { steps = 6 }.step, 6)
end)

check.test("a checkpoint that cannot be written is said before training", function()
  local run, message, code = train { checkpoint = "/nowhere/at/all.npz" }
  check.refuses("cannot write the checkpoint: /nowhere/at/all.npz", run, message)
  check.equal(code, "io")
end)

check.done()
