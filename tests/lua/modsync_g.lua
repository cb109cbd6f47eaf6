-- modsync-g: gates of tasks. What they change, their gradients against finite
-- differences, the network that is tested, and how it ends.
local ms = require "modsync"
local check = require "tests.support.check"

local path = check.scratch "modsync_g.npz"

local function train(prune, more)
  local settings = {
    problem = "helmholtz", net = { width = 6, depth = 3 }, steps = 40, seed = 3,
    losses = { residual = 24, boundary = 12 }, report = false, prune = prune,
  }
  for name, value in pairs(more or {}) do settings[name] = value end
  return ms.train(settings)
end

check.test("gates that stay 1 change nothing", function()
  for _, conflict in ipairs { "dcgd", "pcgrad", "sum" } do
    for _, stop in ipairs { 0.5, 2 } do
      local plain = train(nil, { conflict = conflict })
      local gated = train(("modsync-g:gate=sigmoid,initial=40,sparsity=0,synchrony=0,"
        .. "stop=%g"):format(stop), { conflict = conflict })
      check.ok(gated.net.theta == plain.net.theta, conflict)
      check.ok(gated.values == plain.values, conflict)
    end
  end
end)

--[[ by hand ]]

local function two_terms(first, second)
  local points = ms.linspace(-1, 1, 7):reshape(7, 1)
  return ms.problem {
    name = "two", coords = { "t" }, fields = { "u" }, domain = ms.box { t = { -1, 1 } },
    terms = { { name = "residual", on = points, expr = first },
      { name = "data", on = points, expr = second } },
  }
end

local function slope_of(s) return s.u_t + s.u - 1 end
local function value_of(s) return 3 * s.u - s.t end

local function attached(options, problem)
  problem = problem or two_terms(slope_of, value_of)
  local net = ms.mlp { inputs = problem.coords, outputs = problem.fields, width = 4,
    depth = 3, seed = 2 }
  local L, sync = problem:losses(net), ms.prune.modsync_g(options)
  sync:attach(L)
  return L, sync, net
end

--- Logits of a certain unevenness, in place of those there.
local function stir(sync, seed)
  local logits = sync:state().logits
  ms.rng(seed, "logits"):normal(logits)
  return logits
end

--- The chance that a gate is not 0, which is what the prices weigh.
local function chance(sync, options)
  if options.gate == "sigmoid" then return sync:gates() end
  return ms.sigmoid(sync:state().logits - options.temperature * math.log(0.1 / 1.1))
end

--- The same draws again: the loss as a function of the logits.
local function again(L, sync)
  sync.memory.draws = 0
  return L:gradients()
end

local function check_slopes(options)
  local L, sync, net = attached(options)
  L:gradients()
  local logits = stir(sync, 1)
  local function objective()
    local sum, q = again(L, sync):sum(), chance(sync, options)
    return sum + options.sparsity * q:sum()
      + options.synchrony * ((q:row(1) - q:row(2)) ^ 2):sum()
  end
  again(L, sync)
  sync:apply(net, 0, 0.5)
  local slope = (sync:state().m * 10):reshape(2, 32)
  for t = 1, 2 do
    for p = 1, 32, 3 do
      local held, h = logits:get(t, p), 1e-5
      logits:set(t, p, held + h)
      local up = objective()
      logits:set(t, p, held - h)
      local down = objective()
      logits:set(t, p, held)
      check.near(slope:get(t, p), (up - down) / (2 * h), 1e-7)
    end
  end
end

check.test("slopes of the gates against finite differences", function()
  for _, gate in ipairs { "sigmoid", "hard-concrete" } do
    for _, prices in ipairs { { 0, 0 }, { 0.3, 0 }, { 0, 2 }, { 0.1, 0.5 } } do
      check_slopes { gate = gate, sparsity = prices[1], synchrony = prices[2],
        relative = false, temperature = 0.7, rate = 0 }
    end
  end
end)

check.test("gradients by the weights against finite differences", function()
  for _, gate in ipairs { "sigmoid", "hard-concrete" } do
    local L, sync, net = attached { gate = gate }
    L:gradients()
    stir(sync, 2)
    local by_hand = select(2, again(L, sync)):clone()
    local weights = sync:state().weights
    local offset, h = net:hidden_blocks()[1].offset, 1e-6
    for p = 1, 16 do
      local held = weights:get(p)
      weights:set(p, held + h)
      local up = again(L, sync):clone()
      weights:set(p, held - h)
      local down = again(L, sync):clone()
      weights:set(p, held)
      for k = 1, 2 do
        check.near(by_hand:get(k, offset + p), (up:get(k) - down:get(k)) / (2 * h), 1e-7)
      end
    end
  end
end)

check.test("in units of the slopes a scale of a loss makes no difference", function()
  local function moved(scale)
    local L, sync, net = attached({ sparsity = 0.5, synchrony = 2 },
      two_terms(slope_of, function(s) return scale * value_of(s) end))
    L:gradients()
    stir(sync, 3)
    L:gradients()
    sync:apply(net, 0, 0.5)
    local slope = sync:state().m:reshape(2, 32)
    return slope:row(1):clone(), slope:row(2) / scale ^ 2
  end
  local first, second = moved(1)
  local same, scaled = moved(30)
  check.near(same, first, 1e-12)
  check.near(scaled, second, 1e-9 * second:norm())
end)

check.test("swapping the tasks swaps the gates", function()
  local function run(first, second)
    local L, sync, net = attached({ synchrony = 0.3 }, two_terms(first, second))
    local opt = ms.optim.adam {}
    for _ = 1, 30 do
      local values, G = L:gradients()
      opt:step(net, ms.conflict.sum {}(G, values))
      sync:apply(net, opt, 0.5)
    end
    return sync:gates(), net.theta
  end
  local z, theta = run(slope_of, value_of)
  local swapped, other = run(value_of, slope_of)
  check.near(swapped:row(1), z:row(2), 1e-9)
  check.near(swapped:row(2), z:row(1), 1e-9)
  check.near(other, theta, 1e-9)
end)

check.test("terms of both tasks at the same points", function()
  local function gated(groups, redraw)
    local L, sync = attached({}, ms.problem {
      name = "grid", coords = { "t" }, fields = { "u" },
      domain = ms.box { t = { -1, 1 } },
      terms = {
        { name = "residual", on = "interior", points = 7, sampler = "grid",
          expr = slope_of },
        { name = "data", on = "interior", points = 7, sampler = "grid", redraw = redraw,
          expr = value_of },
      },
    })
    check.equal(#L.groups, groups)
    L:gradients()
    stir(sync, 4)
    return L:gradients()
  end
  local values, G = gated(1)
  local other_values, other_G = gated(2, 1000)
  check.near(other_values, values, 1e-13)
  check.near(other_G, G, 1e-12)
end)

check.test("the tested network", function()
  for _, how in ipairs { "product", "mean" } do
    local L, sync, net = attached { tested = how, threshold = 0.4, rate = 0 }
    L:gradients()
    stir(sync, 5)
    L:gradients()
    sync:apply(net, 0, 0.5)
    local z, weights, at = sync:gates(), sync:state().weights, 0
    for _, block in ipairs(net:hidden_blocks()) do
      for i = 1, block.rows * block.cols do
        local a, b = z:get(1, at + i), z:get(2, at + i)
        local chance = how == "product" and a * b or (a + b) / 2
        local gate = chance > 0.4 and (a + b) / 2 or 0
        check.near(net.theta:get(block.offset + i), weights:get(at + i) * gate, 1e-15)
      end
      at = at + block.rows * block.cols
    end
  end
end)

check.test("synchrony makes one mask of the gates", function()
  local function distance(gate, synchrony)
    local run = train(("modsync-g:gate=%s,sparsity=0.5,rate=0.05,stop=2,synchrony=%g")
      :format(gate, synchrony), { steps = 150 })
    return ms.gates.distance(run.prune:gates())
  end
  for _, gate in ipairs { "sigmoid", "hard-concrete" } do
    local free, some, one = distance(gate, 0), distance(gate, 1), distance(gate, 1000)
    check.ok(free > 1.3 * some and some > 1.5 * one and one < 0.02,
      ("distances %.3f, %.3f, %.3f"):format(free, some, one))
  end
end)

check.test("at the end the gates are in the weights, and what is 0 stays 0", function()
  local run = train("modsync-g:sparsity=3,rate=0.05,stop=0.5", { steps = 100 })
  local zeros = 0
  for _, block in ipairs(run.net:hidden_blocks()) do
    local n = block.rows * block.cols
    zeros = zeros + run.net.theta:narrow(1, block.offset + 1, n):eq(0):sum()
  end
  check.ok(zeros > 5 and zeros < 72, zeros .. " zeros")
  check.ok(run.prune:state().ended)
  check.equal(run.net.mask:eq(0):sum(), zeros)
  local before = run.net.theta:clone()
  run:resume { steps = 110, report = false }
  check.ok(run.net.theta ~= before)
  check.equal((run.net.theta * run.net.mask - run.net.theta):norm(), 0)
end)

check.test("saved and resumed bit for bit, before and after the end", function()
  local wanted = "modsync-g:sparsity=1,rate=0.05"
  local whole = train(wanted)
  for _, stop in ipairs { 1, 17, 35 } do
    local broken = train(wanted, { callback = function(_, step) return step < stop end })
    check.ok(broken:save(path))
    local run = check.ok(ms.load(path))
    run:resume { report = false }
    check.ok(run.net.theta == whole.net.theta, "stopped at " .. stop)
    check.ok(run.prune:gates() == whole.prune:gates())
  end
end)

check.test("a mask of the user's is respected", function()
  local L, sync, net = attached {}
  net:freeze "W2"
  local held = net:views().W2:clone()
  local opt = ms.optim.adam {}
  for _ = 1, 5 do
    local values, G = L:gradients()
    check.equal(G:narrow(2, net.part.W2.offset + 1, 16):norm(), 0)
    opt:step(net, ms.conflict.sum {}(G, values))
    sync:apply(net, opt, 0.5)
  end
  check.ok(net:views().W2 == held)
  check.near(sync:state().logits:row(1):narrow(1, 1, 16), ms.full({ 16 }, 2), 0)
end)

check.test("the weights of all layers on request", function()
  local L, sync, net = attached { include = "all" }
  L:gradients()
  check.equal(sync:gates():shape(), { 2, 4 + 16 + 16 + 4 })
  sync:apply(net, 0, 0.5)
  check.ok(net:views().W1:norm() < 0.97 * sync:state().weights:narrow(1, 1, 4):norm())
end)

check.test("distances of gates", function()
  local distance = ms.gates.distance
  check.near(distance(ms.tensor { { 1, 1, 0, 0 }, { 0, 1, 1, 0 } }), 2 / 3, 1e-15)
  check.equal(distance(ms.tensor { { 0.3, 0.4 }, { 0.3, 0.4 } }), 0)
  check.equal(distance(ms.tensor { { 1, 0 }, { 0, 1 } }), 1)
  check.equal(distance(ms.zeros(2, 3)), 0)
  check.equal(distance(ms.ones(1, 3)), 0)
  check.near(distance(ms.tensor { { 1, 0 }, { 0, 1 }, { 1, 0 } }), 2 / 3, 1e-15)
  check.fails(function() distance(ms.ones(3)) end, "expected the gates, a T x S tensor")
end)

check.test("misuse", function()
  local L, _, net = attached {}
  L.gates = nil
  local sync = ms.prune.modsync_g {}
  sync:observe(select(2, L:gradients()), L)
  check.fails(function() sync:apply(net, 0.1, 0.5) end, "call attach%(L%) first")
  check.equal(sync:gates(), nil)
  check.equal(ms.prune.modsync {}:gates(), nil)
  check.fails(function() train("modsync-g", { net = { width = 6, depth = 1 } }) end,
    "weights between hidden layers; this model has none")
end)

os.remove(path)
check.done()
