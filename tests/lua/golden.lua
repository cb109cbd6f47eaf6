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

check.done()
