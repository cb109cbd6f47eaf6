-- Hard concrete gates: their distribution, their gradients, and networks with them.

local check = require "tests.support.check"
local hard = require "modsync.hard_concrete"
local ms = require "modsync"

local function drawn(a, u, temperature)
  local z, slope = ms.zeros(a:size(1)), ms.zeros(a:size(1))
  hard.draw(a, u:clone(), temperature, z, slope)
  return z, slope
end

check.test("the chance of a gate that is not 0, by drawing it", function()
  local n, rng = 200000, ms.rng(1, "gates")
  for _, case in ipairs { { 0, 2 / 3 }, { -1.5, 2 / 3 }, { 2, 0.3 }, { -3, 1 } } do
    local a, temperature = ms.full({ n }, case[1]), case[2]
    local z = drawn(a, rng:uniform(ms.zeros(n)), temperature)
    local wanted = hard.chance(a, temperature, ms.zeros(n)):get(1)
    local deviation = math.sqrt(wanted * (1 - wanted) / n)
    check.near(z:ne(0):mean(), wanted, 4 * deviation)
    check.near(wanted, 1 / (1 + math.exp(-case[1] + temperature * math.log(0.1 / 1.1))),
      1e-15)
    check.ok(z:min() == 0 and z:max() == 1)
  end
end)

check.test("the slope of a gate against differences", function()
  local n, h, rng = 500, 1e-6, ms.rng(2, "gates")
  local a, u = rng:normal(ms.zeros(n)), rng:uniform(ms.zeros(n))
  local z, slope = drawn(a, u, 0.5)
  local above, below = drawn(a + h, u, 0.5), drawn(a - h, u, 0.5)
  local smooth = above:gt(0):mul_(above:lt(1)):mul_(below:gt(0)):mul_(below:lt(1))
  check.ok(smooth:sum() > 200 and smooth:sum() < n)
  check.near(slope * smooth, (above - below) / (2 * h) * smooth, 1e-8)
  check.equal((slope * (z:eq(0) + z:eq(1))):norm(), 0)
  -- the ends of the uniform numbers
  z, slope = drawn(ms.zeros(2), ms.tensor { 0, 1 - 2 ^ -53 }, 2 / 3)
  check.equal(z:totable(), { 0, 1 })
  check.ok(slope:is_finite())
end)

check.test("the gate of a test", function()
  local z = hard.test(ms.tensor { -4.7, -2.4, 0, 1, 4.7 }, ms.zeros(5))
  check.equal(z:get(1), 0)
  check.equal(z:get(5), 1)
  check.near(z:get(3), 0.5, 1e-15)
  check.near(z:get(4), 1.2 / (1 + math.exp(-1)) - 0.1, 1e-15)
end)

local p = ms.problem "poisson"

local function network(options)
  local settings = { inputs = p.coords, outputs = p.fields, width = 5, depth = 3,
    seed = 2 }
  for name, value in pairs(options or {}) do settings[name] = value end
  return ms.mlp(settings)
end

local function losses_of(net)
  return p:losses(net, { residual = 12, boundary = 12, redraw = 0, seed = 1 })
end

--- The sum of the losses with the gates of the first draw at log alpha + shift.
local function gated_losses(options, log_alpha, weights)
  local net = network()
  local L, gates = losses_of(net), ms.prune.l0(options)
  gates:attach(L)
  gates.memory.log_alpha, gates.memory.weights = log_alpha:clone(), weights:clone()
  local values, G = L:gradients()
  return values:sum(), G:sum(1), gates, net
end

check.test("gradients of gates and weights against differences", function()
  for kind, count in pairs { weight = 50, unit = 10 } do
    local options = { gates = kind, strength = 0.3, seed = 4 }
    local rng, h = ms.rng(3, kind), 1e-6
    local a, w = rng:normal(ms.zeros(count)), rng:normal(ms.zeros(50))
    local _, G, gates, net = gated_losses(options, a, w)
    -- the first moment of Adam is a tenth of the first gradient
    gates:apply(net, 1e-3)
    local got, chance = gates.memory.m * 10, hard.chance(a, 2 / 3, ms.zeros(count))
    got:sub_(0.3 * chance * (1 - chance))
    for i = 1, count, 3 do
      local shift = ms.zeros(count):put_(1, { i }, h)
      local up, down = gated_losses(options, a + shift, w),
        (gated_losses(options, a - shift, w))
      check.near(got:get(i), (up - down) / (2 * h), 1e-6 * (1 + math.abs(got:get(i))))
    end
    local blocks = net:hidden_blocks()
    for i = 1, 50, 7 do
      local shift = ms.zeros(50):put_(1, { i }, h)
      local up, down = gated_losses(options, a, w + shift),
        (gated_losses(options, a, w - shift))
      local offset = i <= 25 and blocks[1].offset + i or blocks[2].offset + i - 25
      local slope = G:get(offset)
      check.near(slope, (up - down) / (2 * h), 1e-6 * (1 + math.abs(slope)))
    end
  end
end)

check.test("theta is the network that is tested", function()
  local net = network()
  local L, gates, opt = losses_of(net), ms.prune.l0 { rate = 0.5, strength = 1 },
    ms.optim.sgd { lr = 1e-3 }
  gates:attach(L)
  for _ = 1, 12 do
    local before = gates.memory.weights and net.theta:clone()
    local _, G = L:gradients()
    check.ok(not before or net.theta == before, "gradients() changes theta")
    gates:observe(G, L)
    local moved = net.theta:clone()
    opt:step(net, G:sum(1))
    moved:neg_():add_(net.theta)
    local w = gates.memory.weights:clone()
    check.ok(gates:apply(net, opt))
    local z = hard.test(gates.memory.log_alpha, ms.zeros(50))
    local at = 0
    for _, part in ipairs(net:hidden_blocks()) do
      w:narrow(1, at + 1, 25):add_(moved:narrow(1, part.offset + 1, 25))
      check.near(net:views()[part.name]:flatten(),
        (w * z):narrow(1, at + 1, 25), 1e-15)
      at = at + 25
    end
    check.near(gates.memory.weights, w, 1e-14)
  end
  check.ok(net:views().W2:eq(0):sum() > 5, "no gate has closed")
  check.ok(gates.memory.log_alpha:abs():max() <= math.log(100))
end)

local function run(prune, steps, callback, net)
  return ms.train { problem = p, net = net or { width = 6, depth = 3 }, seed = 2,
    steps = steps or 40, losses = { residual = 20 }, prune = prune, report = false,
    callback = callback }
end

check.test("strength 0 is no gate", function()
  check.ok(run("l0:strength=0").net.theta == run(nil).net.theta)
end)

check.test("what is frozen has no gates", function()
  local net = network { freeze = { "W2" } }
  local before = net:views().W2:clone()
  run("l0:strength=3,rate=0.5,stop=2", 20, nil, net)
  check.ok(net:views().W2 == before)
  check.ok(net:views().W3:eq(0):sum() > 5)
end)

check.test("goes on from a checkpoint bit for bit, before and after the end", function()
  local path = check.scratch "l0.npz"
  for _, stop in ipairs { 9, 35 } do
    local prune = "l0:strength=3,rate=0.5,seed=5,gates=unit"
    local whole = run(prune)
    check.ok(run(prune, 40, function(_, step) return step < stop end):save(path))
    local again = check.ok(ms.load(path)):resume { report = false }
    check.ok(again.net.theta == whole.net.theta)
    check.ok(again.prune:state().log_alpha == whole.prune:state().log_alpha)
  end
  os.remove(path)
end)

check.test("at the end what is 0 stays 0", function()
  local last
  local done = run("l0:strength=3,rate=0.5,stop=0.5", 40, function(made, step)
    if step == 20 then last = made.sparsity end
  end)
  check.ok(done.sparsity > 0.2 and done.sparsity < 1, tostring(done.sparsity))
  check.ok(last == nil or done.sparsity >= last)
  check.equal(done.prune:state().ended, true)
  local small = ms.compact(done.net)
  check.ok(small:count() <= done.net:count())
end)

check.test("without the losses it says so", function()
  local net = network()
  check.fails(function() ms.prune.l0 {}:apply(net, 0.1) end, "call attach%(L%)")
  local flat = network { depth = 1 }
  check.fails(function()
    local L = losses_of(flat)
    ms.prune.l0 {}:attach(L)
    L:gradients()
  end, "this model has none")
end)

check.done()
