-- Proximal penalties against minimisers in closed form, and against each other.

local check = require "tests.support.check"
local core = require "modsync.core"
local ms = require "modsync"

local N = 24
local rng = ms.rng(3, "quadratic")
local slope = rng:uniform(ms.zeros(N)) * 3 + 0.5
local centre = rng:normal(ms.zeros(N))

--- A penalty at its full strength all the time, over N parameters in blocks.
local function penalty(name, options, blocks)
  options.start, options.full, options.stop = 0, 0, 2
  local made = core.method("prune", name, options)
  made:scope(blocks or { { offset = 0, rows = N / 4, cols = 4 } })
  return made
end

--- Descends the sum of slope (theta - centre)^2 / 2 and the penalty.
local function minimise(optimizer, made, steps)
  local theta = rng:normal(ms.zeros(N))
  for _ = 1, steps do
    optimizer:step(theta, slope * (theta - centre))
    check.ok(made:apply(theta, optimizer:lr(), 0.5, nil, nil,
      optimizer:preconditioner()))
  end
  return theta
end

local function lasso(strength)
  return ms.sign(centre) * (ms.abs(centre) - strength / slope):clamp(0)
end

check.test("l1 with gradient descent ends in the lasso solution", function()
  local wanted = lasso(0.8)
  local made = penalty("l1", { strength = 0.8 })
  local theta = minimise(ms.optim.sgd { lr = 0.1 }, made, 900)
  check.near(theta, wanted, 1e-14)
  check.ok(wanted:eq(0):sum() > 4 and wanted:eq(0):sum() < N - 4)
  check.ok(theta:eq(0) == wanted:eq(0), "zeros are exact")
end)

check.test("l1 with Adam ends there in the preconditioned metric only", function()
  local wanted = lasso(0.8)
  local function ending(metric)
    local made = penalty("l1", { strength = 0.8, metric = metric })
    return minimise(ms.optim.adam { lr = 0.01 }, made, 9000)
  end
  local theta = ending "preconditioned"
  check.near(theta, wanted, 1e-9)
  check.ok(theta:eq(0) == wanted:eq(0), "zeros are exact")
  check.ok((ending "plain" - wanted):norm() > 0.5, "the plain metric is another problem")
end)

check.test("reweighted-l1 ends where its penalty is stationary", function()
  local strength, epsilon = 0.05, 0.1
  local function ending(optimizer, metric, steps)
    return minimise(optimizer, penalty("reweighted-l1", { strength = strength,
      epsilon = epsilon, every = 5, metric = metric }), steps)
  end
  local spared = 0
  for _, theta in ipairs { ending(ms.optim.sgd { lr = 0.1 }, "plain", 2000),
    ending(ms.optim.adam { lr = 0.002 }, "preconditioned", 9000) } do
    for p = 1, N do
      local t, a, b = theta:get(p), slope:get(p), math.abs(centre:get(p))
      if t == 0 then
        check.ok(a * b <= strength / epsilon * (1 + 1e-9))
      else -- a (t - b) + strength / (t + epsilon) = 0, the larger root
        local root = math.sqrt((b + epsilon) ^ 2 - 4 * strength / a)
        check.near(math.abs(t), (b - epsilon + root) / 2, 1e-8)
        spared = spared + 1
      end
    end
  end
  check.ok(spared > 4 and spared < 2 * N - 4)
end)

check.test("group-lasso ends in the solution of the group lasso", function()
  local strength, a = 1.8, 2
  local target = centre:reshape(6, 4)
  for _, bias in ipairs { false, true } do
    local rows = bias and 5 or 6 -- the last row are the biases
    local made = penalty("group-lasso", { strength = strength, bias = bias },
      { { offset = 0, rows = rows, cols = 4, bias = bias and 20 or nil } })
    local theta, sgd = rng:normal(ms.zeros(N)), ms.optim.sgd { lr = 0.1 }
    for _ = 1, 400 do
      sgd:step(theta, (theta - centre) * a)
      made:apply(theta, 0.1, 0.5)
    end
    local gone = 0
    for j = 1, 4 do
      local wanted = target:select(2, j):clone()
      local left = math.max(0, 1 - strength * math.sqrt(6) / a / wanted:norm())
      check.near(theta:reshape(6, 4):select(2, j), wanted * left, 1e-14)
      if left == 0 then gone = gone + 1 end
    end
    check.ok(gone > 0 and gone < 4, tostring(gone))
  end
end)

check.test("group-lasso with both takes a unit away as a whole", function()
  -- 3 units in, W1 3 x 2, then W2 2 x 5 behind it: 3 + 2 + 5 groups
  local blocks = { { 0, 3, 2, 6, 2 }, { 8, 2, 5, 18 } }
  local made = penalty("group-lasso", { strength = 1, groups = "both" }, blocks)
  local theta = ms.ones(N) * 2
  local W1, W2 = theta:narrow(1, 1, 6):reshape(3, 2), theta:narrow(1, 9, 10):reshape(2, 5)
  W1:select(2, 2):fill_(1e-3)
  W2:row(2):fill_(1e-3)
  local first, second = W1:clone(), W2:clone()
  local _, shrunk = made:apply(theta, 0.1, 0.5)
  local function shrink(parts, count)
    local square = 0
    for _, part in ipairs(parts) do square = square + part:norm() ^ 2 end
    local left = math.max(0, 1 - 0.1 * math.sqrt(count / square))
    for _, part in ipairs(parts) do part:mul_(left) end
    return left
  end
  for i = 1, 3 do shrink({ first:row(i) }, 2) end
  check.ok(shrink({ first:select(2, 1), second:row(1) }, 8) > 0)
  check.equal(shrink({ first:select(2, 2), second:row(2) }, 8), 0)
  for k = 1, 5 do shrink({ second:select(2, k) }, 2) end
  check.near(W1, first, 1e-15)
  check.near(W2, second, 1e-15)
  check.ok(shrunk > 0)
  check.equal(theta:narrow(1, 7, 2):totable(), { 2, 2 }) -- the biases are left alone
end)

--- A run of a small network; the first round of observations is over before the pull.
local function run(prune, callback)
  return ms.train { problem = "poisson", net = { width = 6, depth = 3 }, steps = 60,
    seed = 2, losses = { residual = 32 }, prune = prune, report = false,
    callback = callback }
end

--- modsync-p as a uniform penalty, at the times of the others.
local function as_l1(options)
  local penalty = { name = "modsync", score = "uniform", batches = 2, start = 0.1,
    full = 0.3, stop = 0.75 }
  for name, value in pairs(options) do penalty[name] = value end
  return penalty
end

check.test("l1 is modsync-p with uniform scores, bit for bit", function()
  for _, strength in ipairs { 0.1, 0.3 } do
    local l1 = run { name = "l1", strength = strength }
    local uniform = run(as_l1 { strength = strength, period = 3 })
    check.ok(l1.net.theta == uniform.net.theta)
    check.ok(l1.net.theta ~= run(nil).net.theta)
    -- uniform scores exist only after a round
    local late = run(as_l1 { strength = strength, period = 20 })
    check.ok(l1.net.theta ~= late.net.theta)
  end
end)

check.test("group-lasso is modsync-p with uniform neurons, bit for bit", function()
  local lasso = run { name = "group-lasso", strength = 0.2 }
  local uniform = run(as_l1 { form = "neuron", strength = 0.2, period = 3 })
  check.ok(lasso.net.theta == uniform.net.theta)
  check.ok(lasso.net.theta ~= run(nil).net.theta)
end)

check.test("a penalty pulls as long as the learning rate of the part is", function()
  for name, options in pairs { l1 = {}, ["reweighted-l1"] = {}, ["group-lasso"] = {},
    ["modsync-p"] = { score = "uniform", period = 1, stop = 0.75, strength = 1 } } do
    local function run(rates)
      local net = ms.mlp { inputs = { "x" }, outputs = { "u" }, width = 4, depth = 4,
        seed = 2, rates = rates }
      local made = ms.prune[name](options)
      local G = ms.zeros(2, net:count()):fill_(1)
      made:observe(G)
      made:apply(net, 0, 0.5) -- a round ends, and nothing is pulled
      made:observe(G)
      local before = net.theta:clone()
      made:apply(net, 1e-4, 0.5)
      local function lost(part)
        local at = net.part[part]
        return (before - net.theta):narrow(1, at.offset + 1, at.rows * at.cols):clone()
      end
      return lost, net, made
    end
    local plain = run(nil)
    local lost = run { W2 = 0.25, W3 = 0 }
    check.ok(plain "W2":norm() > 1e-7, name)
    check.near(lost "W2", 0.25 * plain "W2", 1e-15, name)
    check.equal(lost "W3":norm(), 0, name)
    check.ok(lost "W4" == plain "W4", name)
    local later, net, made = run { W2 = 0.25 }
    local first = later "W4"
    net:rate("W2", 1)
    net:rate("W4", 0)
    local before = net.part.W4
    local held = net.theta:narrow(1, before.offset + 1, 16):clone()
    made:apply(net, 1e-4, 0.5)
    check.ok(held == net.theta:narrow(1, before.offset + 1, 16), "a rate set later")
    check.ok(first:norm() > 0, name)
  end
end)

check.test("a pull that would start or be full after its stop is refused", function()
  local ramp, rest = "expected start < stop and full < stop", { start = 0, full = 0 }
  for _, name in ipairs { "modsync-p", "l1", "reweighted-l1", "group-lasso" } do
    check.fails(function() ms.prune[name] { start = 0.8, full = 0.9 } end,
      name:gsub("-", ".") .. "': start = 0.8, full = 0.9, stop = 0.7?5; " .. ramp)
    check.fails(function() ms.prune[name] { full = 0.3, stop = 0.3 } end, ramp)
    check.fails(function() run(name .. ":start=0.2,full=0.1,stop=0.2") end, ramp)
    rest.stop = 0.01
    check.equal(ms.prune[name](rest):options().stop, 0.01)
  end
  check.fails(function() ms.prune["modsync-g"] { start = 0.4, stop = 0.4 } end,
    "'modsync%-g': start = 0.4, stop = 0.4; expected start < stop")
  for _, name in ipairs { "modsync-m", "magnitude", "rigl" } do
    check.fails(function() ms.prune[name] { start = 0.6, stop = 0.5 } end,
      name:gsub("-", ".") .. "': start = 0.6, stop = 0.5; expected start <= stop")
    check.ok(ms.prune[name] { start = 0.5, stop = 0.5 }, "one moment for one mask")
  end
end)

check.test("without a length a pull is full, whatever its start", function()
  local net = ms.mlp { inputs = { "x" }, outputs = { "u" }, width = 4, depth = 3 }
  local theta = net.theta:clone()
  local l1 = ms.prune.l1 { start = 0.5, full = 0.3 }
  check.equal(l1:progress(), 0.5)
  check.ok(l1:apply(net, 0.01))
  check.ok(theta ~= net.theta)
end)

check.test("rates of blocks are numbers of at least 0", function()
  local l1 = core.method("prune", "l1", {})
  l1:scope { { offset = 0, rows = 2, cols = 2 }, { offset = 4, rows = 1, cols = 3 } }
  local theta = ms.ones(7)
  for value, text in pairs { [-1] = "%-1", [math.huge] = "inf" } do
    check.fails(function()
      l1:apply(theta, 0.1, 0.5, nil, nil, nil, ms.tensor { 1, value })
    end, "prune l1: apply: the rate of block 2 is " .. text
      .. ", expected a number, at least 0")
  end
  check.fails(function() l1:apply(theta, 0.1, 0.5, nil, nil, nil, ms.ones(3)) end,
    "the rates of the blocks has 3 numbers, expected 2")
  check.ok(theta == ms.ones(7), "nothing was pulled")
end)

check.test("strength 0 is no penalty, to the bits", function()
  local bare = run(nil).net.theta
  for _, name in ipairs { "l1", "reweighted-l1", "group-lasso" } do
    check.ok(run { name = name, strength = 0 }.net.theta == bare, name)
    check.ok(run { name = name }.net.theta ~= bare, name)
  end
end)

check.test("the preconditioned metric finds the optimizer of a run", function()
  local made = run { name = "l1", metric = "preconditioned", strength = 1e-4 }
  check.ok(made.net.theta ~= run(nil).net.theta)
  check.fails(function()
    ms.train { problem = "poisson", net = { width = 4, depth = 2 }, steps = 2,
      optimizer = "sgd", prune = "l1:metric=preconditioned", report = false }
  end, "the optimizer 'sgd' has no preconditioner")
  check.fails(function()
    ms.prune.l1 { metric = "preconditioned" }:apply(made.net, 0.1)
  end, "'l1' with metric = preconditioned needs the optimizer: apply%(net, opt%)")
end)

check.test("Adam's preconditioner is what its step was multiplied with", function()
  local adam, theta = ms.optim.adam { lr = 0.1, beta1 = 0, epsilon = 0.01 }, ms.ones(5)
  check.equal(adam:preconditioner(), nil)
  for step = 1, 3 do
    local before, d = theta:clone(), rng:normal(ms.zeros(5))
    adam:step(theta, d)
    check.near((before - theta) / (d * 0.1), adam:preconditioner(), 1e-13, tostring(step))
  end
  check.equal(ms.optim.sgd {}:preconditioner(), nil)
end)

check.test("a penalty goes on from a checkpoint bit for bit", function()
  local path = check.scratch "penalty.npz"
  for _, name in ipairs { "l1:strength=1", "reweighted-l1:every=7", "group-lasso" } do
    local whole = run(name)
    local half = run(name, function(_, step) return step < 23 end)
    check.ok(half:save(path))
    local again = check.ok(ms.load(path)):resume { report = false }
    check.ok(again.net.theta == whole.net.theta, name)
  end
  os.remove(path)
end)

check.done()
