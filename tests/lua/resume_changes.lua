-- What a run may go on with in place of what it had, and where learning rates begin.
local ms = require "modsync"
local check = require "tests.support.check"

local function settings(more)
  local all = { problem = "poisson", net = { width = 10, depth = 2 }, steps = 30,
    losses = { residual = 60, boundary = 30 }, report = false, seed = 4,
    optimizer = "adam", history = { every = 1 } }
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

check.test("Adam, then L-BFGS on points that stay", function()
  local run = ms.train(settings { schedule = "cosine", conflict = "dcgd" })
  local points = run.losses:points_of("residual"):clone()
  check.ok(run:resume { steps = 31, optimizer = "lbfgs", conflict = "sum",
    redraw = false })
  check.equal(run.optimizer.name, "lbfgs")
  check.equal(run.conflict.name, "sum")
  check.equal(run.schedule, nil)
  check.equal(run.optimizer:lr(), 1)
  check.ok(run.losses:points_of("residual") == points)
  local loss = run.values:sum()
  run:resume { steps = 60 }
  check.equal(run.stopped, "finished")
  check.ok(run.values:sum() < 0.2 * loss, "the loss stays")
  check.equal(run.history.lr[60], 1)
end)

check.test("the changes are in the checkpoint", function()
  local a, b = check.scratch "changes-a.npz", check.scratch "changes-b.npz"
  local change = { steps = 50, optimizer = "lbfgs:history=5", conflict = "sum",
    redraw = 7, schedule = "constant:from=0.5" }
  local whole = ms.train(settings())
  whole:resume(change)
  check.ok(whole:save(a))
  local part = ms.train(settings())
  change.steps = 40
  part:resume(change)
  check.ok(part:save(b))
  local loaded = check.ok(ms.load(b))
  check.equal(loaded.optimizer:options().history, 5)
  check.ok(loaded:resume { steps = 50, report = false })
  check.equal(loaded.net.theta, whole.net.theta)
  check.equal(loaded.history["loss.residual"], whole.history["loss.residual"])
end)

check.test("a new schedule begins at the rate of the new optimizer", function()
  local run = ms.train(settings { schedule = "cosine:from=0.5", steps = 2 })
  run:resume { steps = 4, optimizer = "sgd:lr=0.02", schedule = "step:every=3" }
  check.near(run.history.lr[3], 0.02, 1e-15)
  check.near(run.history.lr[4], 0.018, 1e-15)
  run:resume { steps = 5, schedule = false }
  check.near(run.history.lr[5], 0.02, 1e-15)
end)

check.test("after a schedule that has ended at 0", function()
  local path = check.scratch "ended.npz"
  for _, schedule in ipairs { "cosine", "step", "constant" } do
    local run = ms.train(settings { optimizer = "adam:lr=4e-3", schedule = "cosine",
      steps = 5 })
    check.equal(run.optimizer:lr(), 0)
    check.ok(run:save(path))
    for _, each in ipairs { run, ms.load(path) } do
      each:resume { steps = 6, schedule = schedule == "cosine" and "cosine:steps=90"
        or schedule, report = false }
      check.near(each.history.lr[6], 4e-3, 1e-4)
      each:resume { steps = 7, schedule = false }
      check.near(each.history.lr[7], 4e-3, 1e-15)
      each:resume { steps = 8, optimizer = each.optimizer, schedule = "constant" }
      check.near(each.history.lr[8], 4e-3, 1e-15)
    end
  end
end)

check.test("a weighting of points ends with its conflict method", function()
  local path = check.scratch "weighting.npz"
  local run = ms.train(settings { conflict = "sum:weighting=rba",
    losses = { residual = 60, boundary = 30, redraw = false } })
  local weights = run.losses:weights_of("residual")
  check.ok(run.losses.weighting and weights:var() > 0)
  local before = weights:clone()
  run:resume { steps = 35, conflict = "sum" }
  check.equal(run.losses.weighting, nil)
  check.equal(weights, before)
  check.ok(run:save(path))
  local twin = check.ok(ms.load(path))
  check.equal(twin:resume({ steps = 50, report = false }).net.theta,
    run:resume({ steps = 50 }).net.theta)
  local other = ms.train(settings { conflict = "sum" })
  other:resume { steps = 40, conflict = "sum:weighting=rba", redraw = false }
  check.ok(other.losses.weighting)
end)

check.test("a weighting that remembers points keeps them", function()
  local run = ms.train(settings { conflict = "sum:weighting=rba",
    losses = { residual = 60, boundary = 30, redraw = false } })
  check.fails(function() run:resume { steps = 40, redraw = 1 } end, "remembers every")
  check.fails(function() run.losses:set_redraw(2) end, "remembers every")
  check.ok(run.losses:fixed "residual")
  run:resume { steps = 35, redraw = 1, conflict = "sum" }
  check.ok(not run.losses:fixed "residual")
end)

check.test("the history has the columns it began with", function()
  local path = check.scratch "columns.npz"
  local run = ms.train(settings())
  run:resume { steps = 35, conflict = "sum:weighting=softadapt" }
  check.ok(run:save(path))
  local twin = check.ok(ms.load(path))
  twin:resume { steps = 40, report = false }
  check.equal(twin:columns(), run:columns())
  for _, name in ipairs(twin:columns()) do check.equal(#twin.history[name], 40, name) end
end)

check.test("another optimizer at loading starts afresh", function()
  local path = check.scratch "other.npz"
  check.ok(ms.train(settings()):save(path))
  local run = check.ok(ms.load(path, { optimizer = "lbfgs", conflict = "sum" }))
  check.equal({ run.optimizer:lr(), next(run.optimizer:state()) }, { 1, nil })
  check.equal(run:resume({ steps = 40, report = false }).stopped, "finished")
  check.ok(run:save(path))
  check.equal(check.ok(ms.load(path)).optimizer:state().pairs,
    run.optimizer:state().pairs)
  check.refuses("graddrop", ms.load(path, { conflict = "graddrop" }))
end)

check.test("checkpoints can be switched off, and their place is tried first", function()
  local path = check.scratch "off.npz"
  local run = ms.train(settings { checkpoint = path })
  os.remove(path)
  run:resume { steps = 31, checkpoint = false }
  check.equal(io.open(path), nil)
  check.refuses("cannot write", run:resume { steps = 40, conflict = "sum",
    checkpoint = check.scratch "no-such-folder/a.npz" })
  check.equal({ run.steps, run.conflict.name, run.checkpoint }, { 31, "dcgd", nil })
  check.fails(function() run:resume { steps = 40, report = "loud" } end, "loud")
  run:resume { steps = 32 }
  check.equal(run.report, false) -- as it was made, not the default
  check.equal(run.stopped, "finished")
end)

check.test("what is refused has changed nothing", function()
  local whole = ms.train(settings { steps = 40 })
  local run = ms.train(settings { steps = 30 })
  local refused = {
    { optimizer = "lbfgs", conflict = "sum", redraw = -1 },
    { conflict = "sum", callback = 3 },
    { redraw = false, conflict = "sum", schedule = "no-such" },
    { redraw = false, conflict = "sum:weighting=rba(every=0)" },
    { optimizer = "lbfgs", conflict = "graddrop" },
    { redraw = 3, conflict = "sum:weighting=rba" }, { optimizer = false },
    { conflict = false }, { steps = false },
    { optimizer = "lbfgs", conflict = "sum:realign=true", checkpoint = 7 },
  }
  for _, changes in ipairs(refused) do
    if changes.steps == nil then changes.steps = 50 end
    check.fails(function() run:resume(changes) end, "")
    check.equal({ run.steps, run.step, run.optimizer.name, run.conflict.name },
      { 30, 30, "adam", "dcgd" })
    check.equal({ run.losses.weighting, run.losses:fixed "residual" }, { nil, false })
  end
  run:resume { steps = 40 }
  check.equal(run.net.theta, whole.net.theta)
end)

check.test("misuse changes nothing", function()
  local run = ms.train(settings { steps = 3 })
  check.fails(function() run:resume { steps = 9, optimiser = "sgd" } end, "optimiser")
  check.fails(function() run:resume { steps = 9, optimizer = "lbgfs" } end, "lbfgs")
  check.fails(function()
    run:resume { steps = 9, optimizer = "lbfgs", redraw = -1 }
  end, "redraw must be false or a whole number of steps, not %-1")
  check.equal({ run.steps, run.optimizer.name }, { 3, "adam" })
end)

check.test("terms that only redraw keeps apart stay so", function()
  local function term(name, redraw)
    return { name = name, on = "interior", points = 20, redraw = redraw,
      expr = function(s) return s.u - 1 end }
  end
  local p = ms.problem { name = "two", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } }, terms = { term("a", 1), term("b", 2) } }
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 1 }
  check.fails(function() p:losses(net):set_redraw(false) end,
    'the terms "a" and "b" have points of their own')
end)

--[[ learning rates ]]

check.test("a schedule begins at the optimizer's rate", function()
  for _, schedule in ipairs { "cosine", "step", "constant" } do
    local run = ms.train(settings { optimizer = "adam:lr=2e-3", schedule = schedule })
    check.near(run.history.lr[1], 2e-3, 1e-15)
    run = ms.train(settings { optimizer = ms.optim.adam { lr = 3e-3 },
      schedule = ms.schedule[schedule]() })
    check.near(run.history.lr[1], 3e-3, 1e-15)
    run = ms.train(settings { optimizer = "adam:lr=2e-3",
      schedule = schedule .. ":from=5e-3" })
    check.near(run.history.lr[1], 5e-3, 1e-15)
    run = ms.train(settings { schedule = schedule })
    check.near(run.history.lr[1], 1e-3, 1e-15)
  end
end)

check.test("resumed, it goes on from where it began", function()
  local path = check.scratch "begin.npz"
  local run = ms.train(settings { optimizer = "adam:lr=4e-3", schedule = "cosine",
    callback = function(_, step) return step < 10 end })
  check.ok(run:save(path))
  run:resume { callback = false }
  local twin = check.ok(ms.load(path))
  twin:resume { report = false }
  check.equal(twin.net.theta, run.net.theta)
  check.equal(twin.history.lr, run.history.lr)
end)

check.test("in a sweep and on a command line, too", function()
  local train_options = require "modsync.train_options"
  local function rate(options)
    options.problem, options.steps, options.width = "poisson", 5, 4
    local run = require("modsync.train").new(train_options.settings(options))
    return run.optimizer:lr(), run.schedule and run.schedule(1)
  end
  local function check_rates(options, lr, first)
    local own, begins = rate(options)
    check.near(own, lr, 1e-15)
    check.equal(begins == nil, first == nil)
    if first then check.near(begins, first, 1e-15) end
  end
  check_rates({}, 1e-3, 1e-3)
  check_rates({ lr = 5e-3 }, 5e-3, 5e-3)
  check_rates({ optimizer = "adam:lr=1e-4" }, 1e-4, 1e-4)
  check_rates({ optimizer = "sgd" }, 1e-3, 1e-3)
  check_rates({ optimizer = "sgd", lr = 0.1, schedule = "constant:from=0.2" }, 0.1, 0.2)
  check_rates({ optimizer = "lbfgs" }, 1)
  check_rates({ optimizer = "lbfgs", lr = 0.5, schedule = "constant" }, 0.5, 0.5)
  check.fails(function() rate { optimizer = "adam:lr=1e-4", lr = 1e-3 } end,
    "the learning rate is given twice")
end)

check.test("an optimizer without a rate", function()
  local function step(theta, d) theta:axpy_(-1e-3, d) end
  local run = ms.train(settings { optimizer = step, steps = 3 })
  check.equal(run.stopped, "finished")
  check.equal(run.history.lr, { 1, 1, 1 })
  check.fails(function() ms.train(settings { optimizer = step, schedule = "cosine" }) end,
    "has no option 'lr'")
end)

check.done()
