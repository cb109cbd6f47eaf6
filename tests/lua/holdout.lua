-- Held-out points in the training loop: what is measured on them, and that they change
-- nothing.
local ms = require "modsync"
local check = require "tests.support.check"

local function settings(more)
  local all = { problem = "helmholtz", net = { width = 8, depth = 3 }, steps = 20,
    losses = { residual = 64, boundary = 32, redraw = 0 }, history = { every = 5 },
    report = "quiet" }
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

local function last(run, name)
  local column = run.history[name]
  return column[#column]
end

check.test("a run with held-out points is the same run", function()
  local plain, watched = ms.train(settings()), ms.train(settings { holdout = true })
  check.ok(plain.net.theta == watched.net.theta)
  check.equal(#watched.history["held.tv"], #watched.history.step)
end)

check.test("held-out points are no training points, whatever the seeds", function()
  for seed, given in pairs { [271828] = {}, [7] = { seed = 7 } } do
    local run = ms.train(settings { seed = seed, steps = 1, holdout = given,
      losses = { residual = 64, boundary = 32, redraw = 0, sampler = "uniform" } })
    local train, held = run.losses:points_of "residual",
      run.holdout.losses:points_of "residual"
    check.ok((train - held:narrow(1, 1, 64)):abs():min() > 0)
  end
end)

check.test("losses, norms and cosine are those of the held-out points", function()
  local run = ms.train(settings { holdout = { batches = 4, seed = 5,
    points = { residual = 80, boundary = 40 } } })
  local H = run.problem:losses(run.net, { redraw = false, sampler = "uniform", seed = 5,
    residual = 80, boundary = 40 })
  local values, G = H:gradients()
  check.near(last(run, "held.loss.residual"), values:get(1), 1e-12 * values:get(1))
  check.near(last(run, "held.loss.boundary"), values:get(2), 1e-12)
  local gram = ms.diagnostics.gram(G)
  check.near(last(run, "held.norm.other"), gram:get(2, 2) ^ 0.5, 1e-11)
  check.near(last(run, "held.cosine"), ms.diagnostics.cosines(gram):get(1, 2), 1e-11)
  check.near(last(run, "held.cosine"),
    last(run, "held.overlap") * last(run, "held.sign"), 1e-12)
  local _, sizes = run.losses:relative_l2()
  check.equal(last(run, "scale.u"), sizes.u)
end)

check.test("by default twice the training points", function()
  local run = ms.train(settings { holdout = true, steps = 1 })
  check.equal(run.holdout.losses:points_of("residual"):size(1), 128)
  check.equal(run.holdout.losses:points_of("boundary"):size(1), 64)
end)

check.test("signal to noise: 16 single points against their own spread", function()
  local run = ms.train(settings { steps = 1, holdout = { batches = 16, seed = 3,
    points = { residual = 16, boundary = 16 } } })
  local points = run.holdout.losses:points_of "residual"
  local sum, squares = ms.zeros(run.net:count()), 0
  for i = 1, 16 do
    local one = ms.problem {
      name = "one", coords = { "x", "y" }, fields = { "u" },
      domain = run.problem.domain,
      terms = { { name = "residual", on = points:narrow(1, i, 1):clone(),
        expr = run.problem.terms[1].expr } },
    }
    local _, G = one:losses(run.net):gradients()
    sum:add_(G:row(1))
    squares = squares + G:row(1):norm() ^ 2
  end
  local mean = sum / 16
  local variance = (squares - 16 * mean:norm() ^ 2) / 15
  local wanted = (mean:norm() ^ 2 - variance / 16) / (variance / 64)
  check.near(last(run, "held.snr.residual"), wanted, 1e-9 * math.abs(wanted))
end)

check.test("tasks of one gradient share everything; shuffled ones do not", function()
  local function expr(s) return s.u_xx + s.u_yy + s.u - 1 end
  local twice = ms.problem {
    name = "twice", coords = { "x", "y" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 }, y = { 0, 1 } },
    terms = { { name = "residual", on = "interior", points = 32, expr = expr },
      { name = "copy", on = "interior", points = 32,
        expr = function(s) return 10 * expr(s) end } },
    exact = { u = function(s) return 0 * s.x end },
  }
  local run = ms.train(settings { problem = twice, losses = { redraw = 0 },
    holdout = { batches = 4 } })
  check.near(last(run, "held.tv"), 0, 1e-12)
  check.near(last(run, "held.jsd"), 0, 1e-12)
  check.near(last(run, "held.coupling"), 1, 1e-12)
  check.near(last(run, "held.cosine"), 1, 1e-12)
  check.ok(last(run, "held.tv_null") > 0.2 and last(run, "held.jsd_null") > 0.05)
  check.ok(last(run, "held.tv_null") < 1 and last(run, "held.jsd_null") < 1)
end)

--- Half the L1 distance of the two tasks' shares of the weights that are not 0, written
--- out; mean over the matrices.
local function distance(run)
  local H, theta = run.holdout.losses, run.net.theta
  local squares = ms.zeros(2, run.net:count())
  for G in H:micro { batches = 16, source = "train" } do squares:add_(G * G) end
  local sum, blocks = 0, run.net:hidden_blocks()
  for _, block in ipairs(blocks) do
    local at, total = {}, { 0, 0 }
    for p = block.offset + 1, block.offset + block.rows * block.cols do
      if theta:get(p) ~= 0 then
        at[#at + 1] = p
        for t = 1, 2 do total[t] = total[t] + squares:get(t, p) end
      end
    end
    for _, p in ipairs(at) do
      local x, y = squares:get(1, p) / total[1], squares:get(2, p) / total[2]
      sum = sum + math.abs(x - y) / 2
    end
  end
  return sum / #blocks
end

check.test("exclusivity, with and without weights that are 0", function()
  local run = ms.train(settings { holdout = true })
  check.near(last(run, "held.tv"), distance(run), 1e-12)
  local net = ms.mlp { inputs = { "x", "y" }, outputs = { "u" }, width = 8, depth = 3 }
  local block = net:hidden_blocks()[1]
  net.theta:narrow(1, block.offset + 1, block.rows * block.cols // 2):fill_(0)
  run = ms.train(settings { net = net, holdout = true, steps = 1,
    optimizer = "sgd:lr=0" })
  check.near(last(run, "held.tv"), distance(run), 1e-12)
end)

check.test("a single term has losses and no conflict", function()
  local alone = ms.problem { name = "alone", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } },
    terms = { { name = "residual", on = "interior", points = 16,
      expr = function(s) return s.u_x - 1 end } } }
  local run = ms.train(settings { problem = alone, conflict = "sum", losses = {},
    holdout = true })
  check.ok(run.history["held.loss.residual"] and not run.history["held.cosine"])
  check.equal(#ms.diagnose(run).findings, 0)
end)

check.test("wrong settings are named", function()
  check.fails(function() ms.train(settings { holdout = { point = {} } }) end,
    "'holdout' has no option 'point'; did you mean 'points'%? %(known: batches, poi")
  check.fails(function() ms.train(settings { holdout = 3 }) end,
    "'holdout' must be true or a table, not 3")
  check.fails(function() ms.train(settings { holdout = { batches = 0 } }) end,
    "'holdout.batches' must be a positive whole number, not 0")
  check.fails(function() ms.train(settings { holdout = { points = { top = 3 } } }) end,
    "'holdout.points' has no option 'top' %(known: residual")
end)

check.done()
