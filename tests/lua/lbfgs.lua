-- L-BFGS: minima, the function it looks at, what it refuses, and steps that are not taken
-- twice.
local ms = require "modsync"
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
    return 1 + (x - 1):norm(), ms.ones(3) -- higher everywhere, whatever the gradient says
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
end)

check.done()
