-- L-BFGS: minima, the function it looks at, what it refuses, and steps that are not taken
-- twice.
local ms = require "modsync"
local ahead = require "modsync.ahead"
local check = require "tests.support.check"

--- f = sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2, and its gradient.
local function rosenbrock(x)
  local n = x:size()
  local value, gradient = 0, ms.zeros(n)
  for i = 1, n - 1 do
    local a, b = x[i], x[i + 1]
    value = value + 100 * (b - a * a) ^ 2 + (1 - a) ^ 2
    gradient[i] = gradient[i] - 400 * a * (b - a * a) - 2 * (1 - a)
    gradient[i + 1] = gradient[i + 1] + 200 * (b - a * a)
  end
  return value, gradient
end

--- Steps until the value is at most 'least'; how many, and how many evaluations.
local function minimise(x, f, least, options)
  local opt, calls = ms.optim.lbfgs(options), 0
  local function look()
    calls = calls + 1
    return f(x)
  end
  for step = 1, 400 do
    local value, d = look()
    if value <= least then return step, calls, opt end
    opt:step(x, d, look, value)
  end
  error("no minimum after 400 steps")
end

check.test("Rosenbrock's function", function()
  for _, n in ipairs { 2, 10, 30 } do
    local x = ms.zeros(n)
    for i = 1, n do x[i] = i % 2 == 1 and -1.2 or 1 end
    local steps, calls = minimise(x, rosenbrock, 1e-24)
    check.near(x, ms.ones(n), 1e-10)
    check.ok(steps <= 200, steps .. " steps")
    check.ok(calls <= 3 * steps, calls .. " evaluations")
  end
end)

check.test("a quadratic that the history spans, in about as many steps", function()
  local n = 12
  local a, b = ms.linspace(1, 100, n), ms.linspace(-2, 3, n)
  local x = ms.zeros(n)
  local function f(y) return ((y - b) ^ 2 * a):sum() / 2, a * (y - b) end
  local steps = minimise(x, f, 1e-20, { history = 20 })
  check.near(x, b, 1e-9)
  check.ok(steps <= 30, steps .. " steps")
  x:fill_(0)
  check.ok(minimise(x, f, 1e-20, { history = 1 }) > steps)
end)

check.test("at a minimum it stays, and does not look again", function()
  local x = ms.ones(3)
  local opt, calls = ms.optim.lbfgs(), 0
  local function look()
    calls = calls + 1
    return 1 + 1e6 * (x - 1):norm(), ms.ones(3) -- whatever the gradient says
  end
  local first
  for _ = 1, 3 do
    opt:step(x, ms.ones(3), look, 1)
    check.equal(x, ms.ones(3))
    first = first or calls
  end
  check.ok(first <= opt:options().evaluations + 1, first)
  check.equal(calls, first)
  opt:step(x, ms.zeros(3), look, 2)
  check.equal(x, ms.ones(3))
end)

--[[ on losses ]]

local function setup(options)
  local p = ms.problem "helmholtz"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 8, depth = 2,
    seed = 3 }
  local given = { residual = 50, boundary = 20, redraw = false }
  for name, value in pairs(options or {}) do given[name] = value end
  return net, p:losses(net, given)
end

--- Counts the evaluations of values and gradients.
local function counted(L)
  local evaluate, count = L.evaluate, 0
  L.evaluate = function(self)
    count = count + 1
    return evaluate(self)
  end
  return function() return count end
end

local unweighted = { graddrop = true, mconfig = true, dcm = true }

for name in pairs(ms.conflict) do
  check.test("the function it looks at has the direction of " .. name, function()
    local net, L = setup()
    local cf, opt = ms.conflict[name](), ms.optim.lbfgs()
    cf:bind(L)
    local d, value, gradient, theta
    local step = opt.step
    opt.step = function(self, model, direction, look, now)
      theta, value = net.theta:clone(), now
      local again
      again, gradient = look()
      check.near(again, now, 1e-12 * math.abs(now))
      gradient = gradient:clone()
      return step(self, model, direction, look, now)
    end
    local refused
    for _ = 1, 3 do
      local values, G = L:gradients(cf:needs())
      d = cf(G, values)
      local done, message = pcall(cf.step, cf, opt, net, d)
      refused = not done and message
      if refused then break end
      check.near(gradient, d, 1e-12 * d:norm())
      check.ok(theta ~= net.theta)
      check.ok(value == value)
    end
    check.equal(refused and true or false, unweighted[name] or false, name)
    if refused then
      check.ok(refused:find("sum of all gradients, each with one weight", 1, true),
        refused)
    end
  end)
end

check.test("weights below 0 count as 0: the sum has a least value", function()
  local net, L = setup()
  local cf, opt = ms.conflict.imtlg(), ms.optim.lbfgs()
  cf:bind(L)
  local weights = cf.weights
  cf.weights = function(self) return weights(self) * ms.tensor { 1, -1 } end
  local seen
  local step = opt.step
  opt.step = function(self, model, direction, look, now)
    seen = direction:clone()
    check.near(now, L.loss_values[1] * cf.weights(cf)[1], 1e-12 * math.abs(now))
    return step(self, model, direction, look, now)
  end
  local values, G = L:gradients()
  local d = cf(G, values)
  local expected = G:row(1) * cf:weights()[1]
  check.ok(cf:weights()[1] > 0)
  cf:step(opt, net, d)
  check.near(seen, expected, 1e-12 * expected:norm())
end)

check.test("a step that ends where it looked last is not evaluated again", function()
  local net, L = setup()
  local count, cf, opt = counted(L), ms.conflict.sum(), ms.optim.lbfgs()
  cf:bind(L)
  local values, G = L:gradients()
  cf:step(opt, net, cf(G, values))
  local looked = count()
  values, G = L:gradients()
  check.equal(count(), looked)
  local known, rows = values:clone(), G:clone()
  L:evaluate()
  check.equal(L.loss_values, known)
  check.equal(L.G, rows)
  cf:step(opt, net, cf(G, values))
  looked = count()
  net.theta[1] = net.theta[1] + 1e-3
  L:gradients()
  check.equal(count(), looked + 1)
  cf:step(opt, net, cf(L.G, L.loss_values))
  looked = count()
  L:points_of("residual"):mul_(0.5) -- whoever has the points may change them
  L:gradients()
  check.equal(count(), looked + 1)
end)

--- Two steps, a change, and then values and gradients as if nobody had looked ahead.
local function check_fresh(name, change, before)
  check.test("looked at again after a change: " .. name, function()
    local net, L = setup()
    local cf, opt = ms.conflict.sum(), ms.optim.lbfgs()
    cf:bind(L)
    local kept = before and before(net, L)
    for _ = 1, 2 do
      local values, G = L:gradients()
      cf:step(opt, net, cf(G, values))
    end
    change(net, L, kept)
    local values, G = L:gradients()
    values, G = values:clone(), G:clone()
    L:evaluate()
    if net.mask then L.G:mul_(net.mask) end
    check.equal(values, L.loss_values)
    check.equal(G, L.G)
  end)
end

check_fresh("thawed", function(net) net:thaw "W2" end,
  function(net) net:freeze "W2" end)
check_fresh("no mask any more", function(net) net.mask = nil end,
  function(net) net:freeze "W2" end)
check_fresh("restored", function(_, L, state) L:restore(state) end, function(_, L)
  local state = L:state()
  for name, value in pairs(state) do
    if name:find "^points" then state[name] = value * 0.5 end
  end
  return state
end)
check_fresh("points of the state", function(_, L)
  L:state()["points.residual"]:mul_(0.5)
end)
check_fresh("weights of points", function(_, L, w) w:mul_(2) end,
  function(_, L) return L:weights_of "residual" end)
check_fresh("weights that are new", function(_, L) L:weights_of("residual"):mul_(2) end)
check_fresh("points drawn anew", function(_, L) L:redraw() end)
check_fresh("parameters through a view", function(net) net:views().W1:mul_(0.9) end)

check.test("pruning that looks at all gradients, and a run that is resumed", function()
  local function run(name, stop, reuse)
    local take = ahead.take
    if not reuse then ahead.take = function() end end
    local trained = ms.train { problem = "poisson", net = { width = 8, depth = 3 },
      steps = 40, losses = { residual = 40, boundary = 20, redraw = false },
      conflict = "sum", optimizer = "lbfgs", report = false,
      prune = { name = name, period = 5, density = 0.5 },
      callback = function(_, step) return step ~= stop end }
    if stop then
      local path = check.scratch "ahead.npz"
      check.ok(trained:save(path))
      trained = check.ok(ms.load(path))
      trained:resume { report = false }
    end
    ahead.take = take
    return trained.net.theta
  end
  for _, name in ipairs { "rigl", "movement" } do
    local theta = run(name, nil, true)
    check.equal(run(name, nil, false), theta, name)
    check.equal(run(name, 23, true), theta, name)
  end
end)

check.test("new points are evaluated", function()
  local net, L = setup { redraw = 2 }
  local count, cf, opt = counted(L), ms.conflict.sum(), ms.optim.lbfgs()
  cf:bind(L)
  for step = 1, 6 do
    local before = count()
    local values, G = L:gradients()
    check.equal(count() - before, (step - 1) % 2 == 0 and 1 or 0)
    cf:step(opt, net, cf(G, values))
  end
end)

local function train(settings)
  local all = { problem = "poisson", net = { width = 16 }, steps = 150, report = false,
    losses = { residual = 200, boundary = 60, redraw = false }, conflict = "sum" }
  for name, value in pairs(settings) do all[name] = value end
  return ms.train(all)
end

check.test("it learns what Adam does not in as many steps", function()
  local adam = train { optimizer = "adam", schedule = "cosine:from=0.01" }
  local quasi = train { optimizer = "lbfgs" }
  check.ok(quasi.rel_l2.u < 0.1 * adam.rel_l2.u, ("%.3g against %.3g"):format(
    quasi.rel_l2.u, adam.rel_l2.u))
  check.equal(quasi.stopped, "finished")
  check.ok(train { optimizer = "lbfgs", conflict = "dcgd" }.rel_l2.u < adam.rel_l2.u)
end)

check.test("frozen parameters stay, and pruned ones stay zero", function()
  local p = ms.problem "poisson"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 8, depth = 2 }
  net:freeze "W2"
  local before = net:views().W2:clone()
  train { net = net, optimizer = "lbfgs", steps = 20 }
  check.equal(net:views().W2, before)
  local run = train { optimizer = "lbfgs", steps = 60,
    prune = { name = "magnitude", density = 0.5 } }
  check.ok(run.sparsity > 0.4, run.sparsity)
  check.equal(run.stopped, "finished")
end)

check.test("held-out points and diagnostics do not make it look again", function()
  local function evaluations(settings)
    local net, L = setup()
    local count = counted(L)
    settings.losses, settings.steps, settings.optimizer = L, 30, "lbfgs"
    settings.conflict, settings.report = "sum", false
    ms.train(settings)
    return count(), net
  end
  check.equal(evaluations { holdout = true }, (evaluations {}))
end)

check.test("a rate of 0 changes nothing, and forgets nothing", function()
  local x, opt, calls = ms.zeros(4), ms.optim.lbfgs(), 0
  local function look()
    calls = calls + 1
    return rosenbrock(x)
  end
  local function take_step()
    local value, d = rosenbrock(x)
    opt:step(x, d, look, value)
  end
  for _ = 1, 5 do take_step() end
  local before, pairs_before = x:clone(), opt:state().pairs
  opt:lr(0)
  calls = 0
  for _ = 1, 3 do take_step() end
  check.equal(x, before)
  check.equal({ calls, opt:state().pairs }, { 0, pairs_before })
  opt:lr(1)
  take_step()
  check.ok(x ~= before)
end)

check.test("another length of memory keeps the newest pairs", function()
  local x, opt = ms.zeros(6), ms.optim.lbfgs { history = 8 }
  local function look() return rosenbrock(x) end
  for _ = 1, 12 do
    local value, d = look()
    opt:step(x, d, look, value)
  end
  local newest = opt:state().S:row(opt:state().newest):clone()
  for _, history in ipairs { 3, 20 } do
    local other, y = ms.optim.lbfgs { history = history }, x:clone()
    other:restore(opt:state())
    local value, d = rosenbrock(y)
    other:step(y, d, function() return rosenbrock(y) end, value)
    local state = other:state()
    check.equal(state.pairs, math.min(history, 9))
    local before = (state.newest - 2) % history + 1
    check.equal(state.S:row(before), newest)
  end
end)

check.test("an error of the function it looks at: everything is where it was", function()
  local x, opt, calls = ms.zeros(4), ms.optim.lbfgs(), 0
  local value, d = rosenbrock(x)
  check.fails(function()
    opt:step(x, d, function()
      calls = calls + 1
      if calls == 2 then error("enough", 0) end
      return value + 1, d
    end, value)
  end, "enough")
  check.equal(x, ms.zeros(4))
  local net, L = setup()
  local cf, evaluate = ms.conflict.sum(), L.evaluate
  cf:bind(L)
  local values, G = L:gradients()
  d = cf(G, values)
  local theta, known, rows = net.theta:clone(), values:clone(), G:clone()
  L.evaluate = function() error("enough", 0) end
  check.fails(function() cf:step(ms.optim.lbfgs(), net, d) end, "enough")
  L.evaluate = evaluate
  check.equal({ net.theta == theta, L.loss_values == known, L.G == rows },
    { true, true, true })
end)

check.test("what it refuses", function()
  local net, L = setup()
  local opt, cf = ms.optim.lbfgs(), ms.conflict.sum()
  local values, G = L:gradients()
  local d = cf(G, values)
  check.fails(function() opt:step(net, d) end, "take it with cf:step%(opt, net, d%)")
  check.fails(function() cf:step(opt, net, d) end, "call cf:bind%(L%) first")
  local realign = ms.conflict.sum { realign = true }
  realign:bind(L)
  d = realign(G, values)
  check.fails(function() realign:step(opt, net, d) end, "'realign' and gates")
  local layers = ms.conflict.pcgrad { scope = "layer" }
  layers:bind(L)
  d = layers(G, values)
  check.fails(function() layers:step(opt, net, d) end, "each with one weight")
  check.fails(function() ms.optim.lbfgs { history = 0 } end, "history")
  check.fails(function() opt:step(net, d, 3) end, "not 3")
  check.fails(function() opt:step(net, d, function() return 1 end, 1) end,
    "returned 1 and nil, not a number and %d+ numbers")
  cf:bind(L)
  local other = setup()
  check.fails(function() cf:step(opt, other, cf(L.G, L.loss_values)) end, "another model")
  values, G = L:gradients { 1 }
  check.fails(function() cf:step(opt, net, cf(G, values)) end, "all terms")
  check.fails(function() train { optimizer = "lbfgs", conflict = "graddrop" } end,
    "that of 'graddrop' is none")
  check.fails(function()
    train { optimizer = "lbfgs", net = { rates = { W1 = 0.5 } } }
  end, "rate")
end)

check.done()
