-- Conflict methods with a weighting, groups of terms, warm-up and realigned steps.
local ms = require "modsync"
local check = require "tests.support.check"

local rng = ms.rng(4, "compose")
local G = rng:normal(ms.zeros(3, 20))
local values = ms.tensor { 4, 0.5, 2 }
local factors = ms.tensor { 2, 0.5, 8 } -- powers of two: products are exact
local weighted = G * factors:reshape(3, 1)

local function method(name, options)
  return ms.conflict[name](options)
end

check.test("a weighting multiplies the gradients of every method", function()
  for name in pairs(ms.conflict) do
    local cf = method(name, { weighting = { name = "fixed", factors = { 2, 0.5, 8 } } })
    local plain = method(name)
    for _ = 1, 5 do
      local d = check.ok(cf(G, values), name)
      check.near(d, plain(weighted, values * factors), 0, name)
    end
    local d = cf(G, values)
    local w = cf:weights()
    if w and w:dim() == 1 then
      check.near(w:reshape(1, 3):matmul(G):reshape(20), d, 1e-10 * weighted:norm(), name)
    end
  end
  check.fails(function() method("sum", { weighting = "lra" })(G) end, "cf%(G, values%)")
  check.near(G * factors:reshape(3, 1), weighted, 0)
end)

check.test("every weighting gives a method the factors that it gives by hand", function()
  local L = (function()
    local p = ms.problem "burgers"
    local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 5, depth = 2 }
    return p:losses(net, { residual = 20, redraw = 0 })
  end)()
  for name in pairs(ms.weighting) do
    local alone, plain = ms.weighting[name](), method "mgda"
    local cf = method("mgda", { weighting = name })
    alone:attach(L)
    cf:bind(L)
    for _ = 1, 4 do
      local v, rows = L:gradients()
      local wanted = alone:weights(v, rows):clone()
      local d = cf(rows, v)
      check.near(cf.factors, wanted, 1e-12 * wanted:norm(), name)
      check.near(d, plain(rows * wanted:reshape(3, 1)), 1e-9 * d:norm(), name)
      check.near(cf:gram(), rows:matmul(rows:transpose()) * wanted:reshape(3, 1) * wanted,
        1e-9 * cf:gram():norm(), name)
    end
    L.weighting = nil
  end
end)

check.test("as text, as a table, as an object", function()
  local wanted = { "pcgrad:weighting=lra(every=5,momentum=0),delay=3",
    { name = "pcgrad", delay = 3,
      weighting = { name = "lra", every = 5, momentum = 0 } },
    ms.conflict.pcgrad { weighting = ms.weighting.lra { every = 5, momentum = 0 },
      delay = 3 } }
  local first
  for _, each in ipairs(wanted) do
    local cf = ms.registry.resolve("conflict", each)
    check.equal(cf:options().weighting, { name = "lra", every = 5, momentum = 0,
      cap = 1e6, fixed_point = "plain", mean = "parameters" })
    check.equal(cf:options().delay, 3)
    local d = cf(G, values):clone()
    first = first or d
    check.near(d, first, 0)
  end
  check.equal(ms.registry.resolve("weighting", "lra(every=5)"):options().every, 5)
  local cf = ms.registry.resolve("conflict", "sum:groups=residual/boundary+initial," ..
    "weighting=fixed(factors=boundary=100+initial=2)")
  check.equal(cf:options().groups, { { "residual" }, { "boundary", "initial" } })
  check.equal(cf:options().weighting.factors, { boundary = 100, initial = 2 })
  check.fails(function() ms.registry.parse("conflict", "sum:weighting=lra(every=5") end,
    "parenthesis in 'weighting=lra%(every=5' is not closed")
  check.fails(function() method("sum", { weighting = "lar" }) end, "did you mean 'lra'")
  check.fails(function() method("sum", { weighting = 3 }) end,
    "loss weighting expected")
  check.fails(function() method("sum", { weighting = "fixed(factors=a=b)" }) end,
    "not of the form TERM=NUMBER")
end)

check.test("groups of terms are one task", function()
  local together = ms.zeros(2, 20)
  together:row(1):copy_(G:row(1))
  together:row(2):copy_(G:row(2) + G:row(3))
  local sums = ms.tensor { 4, 2.5 }
  for name in pairs(ms.conflict) do
    -- it takes the terms in turn, of whatever task they are
    local update = name == "mconfig" and "all" or nil
    local cf = method(name, { groups = { { 1 }, { 2, 3 } }, update = update })
    local plain = method(name, { update = update })
    for _ = 1, 5 do check.near(cf(G, values), plain(together, sums), 1e-10, name) end
  end
  -- a term that is not named is a task of its own
  local by_name = method("config", { groups = { { "c", "a" } } })
  by_name:bind { names = { "a", "b", "c" } }
  local other = ms.zeros(2, 20)
  other:row(1):copy_(G:row(1) + G:row(3))
  other:row(2):copy_(G:row(2))
  check.near(by_name(G), method "config"(other), 1e-12)
  local in_lua = ms.registry.resolve("conflict", { combine = function(rows, v, state)
    state.rows = rows:clone()
    return rows:sum(1) * v:sum()
  end })
  in_lua.chosen.groups = { { 1 }, { 2, 3 } }
  in_lua(G, values)
  check.near(in_lua:state().rows, together, 0)
  local function refused(groups, pattern)
    check.fails(function() method("sum", { groups = groups })(G) end, pattern)
  end
  refused({ { "residual" } }, "no term residual whose name is known: bind the losses")
  refused({ { 1, 4 } }, "there is no term 4")
  refused({ { 1 }, { 1, 2 } }, "the term 1 is in two groups")
  check.fails(function() method("sum", { groups = 3 }) end, "option 'groups'")
end)

check.test("tasks, scope and a weighting of a bound method", function()
  local L, net = (function()
    local p = ms.problem "burgers"
    local made = ms.mlp { inputs = p.coords, outputs = p.fields, width = 5, depth = 2 }
    return p:losses(made, { residual = 20 }), made
  end)()
  local v, rows = L:gradients()
  local seen
  local two = ms.registry.resolve("conflict", {
    combine = function(tasks) seen = tasks:clone() return tasks:sum(1) end })
  two.chosen.tasks = "two"
  two:bind(L)
  two(rows, v)
  check.near(seen:row(1), rows:row(1), 0)
  check.near(seen:row(2), rows:row(2) + rows:row(3), 1e-12)
  local weighting = "fixed(factors=boundary=4)"
  local cf = ms.conflict.mgda { scope = "layer", weighting = weighting }
  local plain = ms.conflict.mgda { scope = "layer" }
  cf:bind(L)
  plain:bind(L)
  local scaled = rows:clone()
  scaled:row(2):mul_(4)
  check.near(cf(rows, v), plain(scaled), 0)
  check.equal(cf:weights():shape(), { 3, 3 })
  check.near(cf:weights():select(2, 2), plain:weights():select(2, 2) * 4, 1e-12)
  check.equal(net:count(), rows:size(2))
end)

check.test("warm-up follows the plain sum", function()
  local cf, plain = method("dcgd", { delay = 2 }), method "dcgd"
  for _ = 1, 2 do
    check.near(cf(G, values), G:sum(1), 1e-13)
    check.equal(cf:weights():totable(), { 1, 1, 1 })
    check.near(cf:gram(), G:matmul(G:transpose(1, 2)), 1e-12)
  end
  check.near(cf(G, values), plain(G), 0)
  cf:reset()
  check.near(cf(G, values), G:sum(1), 1e-13)
end)

--[[ steps ]]

--- The least g_k.(actual step) over the norms.
local function least(rows, before, after)
  local step, low = before - after, math.huge
  for k = 1, rows:size(1) do
    low = math.min(low, rows:row(k):dot(step) / rows:row(k):norm() / step:norm())
  end
  return low
end

check.test("realign makes the steps of Adam non-conflicting again", function()
  local bad, changed = 0, 0
  for _, realign in ipairs { false, true } do
    local cf, opt = method("upgrad", { realign = realign }), ms.optim.adam { lr = 0.1 }
    local theta, stream = ms.zeros(20), ms.rng(9, "compose")
    for _ = 1, 100 do
      local rows = stream:normal(ms.zeros(3, 20))
      local before = theta:clone()
      local d = cf(rows, values):clone()
      check.ok(least(rows, ms.zeros(20), -d) > -1e-9, "upgrad itself")
      local moved = cf:step(opt, theta, d)
      local low = least(rows, before, theta)
      if realign then
        check.ok(low >= -1e-9, low)
        changed = changed + (moved and 1 or 0)
      elseif low < -1e-9 then
        bad = bad + 1
      end
    end
  end
  check.ok(bad > 10 and changed > 10, bad .. " " .. changed)
end)

check.test("realign: the nearest step, of whole tasks, and nothing where none is bad",
  function()
    local cf, opt = method("sum", { realign = true }), ms.optim.sgd { lr = 1 }
    local rows, theta = ms.tensor { { 1, 0 }, { -0.5, 1 } }, ms.zeros(2)
    local d = cf(ms.tensor { { 3, 0 }, { -0.5, 1 } }):clone()
    check.equal(cf:step(opt, theta, d), true)
    -- (2.5, 1).(-0.5, 1) < 0: without its part along g_2
    local part = (2.5 * -0.5 + 1) / 1.25
    check.near(theta, { -(2.5 + 0.5 * part), -(1 - part) }, 1e-12)
    cf, theta = method("sum", { realign = true }), ms.zeros(2)
    check.equal(cf:step(opt, theta, cf(rows)), false)
    check.near(theta, { -0.5, -1 }, 0)
    -- grouped: the sum of 1 and 2 is what must not get worse
    cf, theta = method("sum", { realign = true, groups = { { 1, 2 } } }), ms.zeros(2)
    cf:step(opt, theta, cf(ms.tensor { { 3, 0 }, { -0.5, 1 } }))
    check.near(theta, { -2.5, -1 }, 0)
  end)

--- Anti-parallel tasks leave no step at all.
check.test("realign at a Pareto-stationary point", function()
  local cf, theta = method("sum", { realign = true }), ms.zeros(2)
  local d = cf(ms.tensor { { 1, 0 }, { -2, 0 } })
  cf:step(ms.optim.sgd { lr = 1 }, theta, d)
  check.near(theta, { 0, 0 }, 1e-12)
end)

--[[ runs ]]

local function problem_losses()
  local p = ms.problem "burgers"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 8, depth = 2,
    seed = 5 }
  return p:losses(net, { residual = 40, redraw = 0, seed = 5 }), net
end

check.test("written out by hand, the same bits as ms.train", function()
  for _, weighting in ipairs { "lra", "rba", "relobralo(alpha=0.9,rho=0.5)" } do
    local text = "upgrad:weighting=" .. weighting ..
      ",groups=residual/boundary+initial,delay=4,realign=true"
    local L = problem_losses()
    local run = ms.train { losses = L, steps = 12, conflict = text, report = false }
    local own, net = problem_losses()
    local cf, opt = ms.registry.resolve("conflict", text), ms.optim.adam {}
    cf:bind(own)
    for _ = 1, 12 do
      local v, rows = own:gradients()
      cf:step(opt, net, cf(rows, v))
    end
    check.ok(run.net.theta == net.theta, text)
  end
end)

check.done()
