-- Checkpoints that earlier versions wrote stay readable.
local ms = require "modsync"
local check = require "tests.support.check"

--[[
Version 1: helmholtz, 3 x 4, Adam with dcgd and modsync-p, cosine schedule, 20 steps on
one thread, seed 5, 24 + 8 points.
]]
check.test("version 1", function()
  local run = check.ok(ms.load "tests/golden/checkpoint-1.npz")
  check.equal({ run.step, run.steps, run.seed, run.threads }, { 20, 20, 5, 1 })
  check.equal(run.problem.name, "helmholtz")
  check.equal(run.net:count(), 57)
  check.equal(run.net.theta:get(1), 0.90672867438844951)
  check.equal(run.net.theta:get(57), 0.00057494296634690327)
  check.near(run.losses:points_of("boundary"):get(1, 2), 0.31891437060465, 1e-13)
  check.equal(run.history.step, { 1, 5, 10, 15, 20 })
  check.equal({ run.optimizer.name, run.conflict.name, run.prune.name },
    { "adam", "dcgd", "modsync-p" })
  check.equal(run.prune:options().period, 5)
  check.equal(run.losses:state()["micro.residual"][3], 8)
  check.equal(run.optimizer:state().t:item(), 20)
  local done = check.ok(run:resume { steps = 25, report = "quiet" })
  check.equal({ done.step, done.stopped }, { 25, "finished" })
  check.ok(done.net.theta:is_finite())
end)

--[[
Version 1 before it named the terms in the order of the rows: terms that share points, the
first and the third, stood together. Threads 1, 12 of 40 steps; the parameters are those
that the program of then ends with.
]]
check.test("version 1, rows in another order", function()
  local function term(name, on, expr)
    return { name = name, on = on, points = 8, expr = expr }
  end
  local p = ms.problem { name = "rows", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } }, terms = {
      term("residual", "interior", function(s) return s.u_xx + 1 end),
      term("left", "x.min", function(s) return s.u - 0.1 end),
      term("slope", "interior", function(s) return s.u_x - 0.5 + s.x end),
    } }
  local run = check.ok(ms.load("tests/golden/checkpoint-1-grouped.npz", { problem = p }))
  check.equal(run.losses.names, { "residual", "slope", "left" })
  check.equal(p:losses(run.net).names, { "residual", "left", "slope" })
  run:resume { steps = 40, report = "quiet" }
  check.near(run.net.theta, ms.tensor { 0.712031154344435, -0.959686542961671,
    -0.191647129427572, 1.06100887888548, -0.0157026722378045, -0.0156878719278648,
    0.0155614614572532, -0.0157873832693388, -0.568836782616547, -0.258125432229473,
    -1.23069939104211, -0.351773341569738, -0.0156203358881948 }, 1e-9)
  local path = check.scratch "rows.npz"
  check.ok(run:save(path))
  local again = check.ok(ms.load(path, { problem = p }))
  check.equal(again.losses.names, { "residual", "slope", "left" })
end)

check.done()
