-- Kinds of importance against what they are by definition; running means of them.
local ms = require "modsync"
local check = require "tests.support.check"
local finite = require "tests.support.finite"

local p = ms.problem {
  name = "importance", coords = { "x", "t" }, fields = { "u" },
  domain = ms.box { x = { -1, 1 }, t = { 0, 1 } },
  terms = {
    { name = "residual", on = "interior", points = 12,
      expr = function(s) return s.u_t + s.u * s.u_x - 0.1 * s.u_xx end },
    { name = "initial", on = "t=0", points = 8, form = "huber",
      expr = function(s) return s.u - s.x, s.u_x - 1 end },
  },
}

local function network()
  return ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 2, seed = 3 }
end

local net = network()
local L = p:losses(net, { redraw = false, seed = 1 })

local function near(a, b, relative)
  check.near(a, b, relative * b:max())
end

--- The gradients of the terms at single points, a list for each term.
local function single_points()
  local single = p:losses(net, { residual = 1, initial = 1 })
  local found = {}
  for k, name in ipairs(L.names) do
    local points, rows = L:points_of(name), {}
    for n = 1, points:size(1) do
      single:points_of(name):copy_(points:narrow(1, n, 1))
      rows[n] = select(2, single:evaluate()):row(k):clone()
    end
    found[k] = rows
  end
  return found
end

check.test("fisher is the mean of squared gradients of single points", function()
  local I, info = ms.importance.fisher {}(L)
  for k, rows in ipairs(single_points()) do
    local sum = ms.zeros(net:count())
    for _, g in ipairs(rows) do sum:add_(g * g) end
    near(I:row(k), sum / #rows, 1e-13)
  end
  check.equal({ info.draws, info.power }, { 8, 2 })
end)

check.test("fisher with weights at the points", function()
  local weighted = p:losses(net, { redraw = false, seed = 1 })
  local plain = ms.importance.fisher {}(L)
  weighted:weights_of("residual"):fill_(3)
  local I = ms.importance.fisher {}(weighted)
  near(I:row(1), plain:row(1) * 9, 1e-12)
  near(I:row(2), plain:row(2), 1e-12)
  local J = ms.importance.sensitivity {}
  near(J(weighted), J(L), 1e-12)
end)

check.test("blocks of rows make no difference", function()
  local many = p:losses(net, { residual = 5000, initial = 3, redraw = false })
  local wide = ms.mlp { inputs = p.coords, outputs = p.fields, width = 30, depth = 2 }
  local large = p:losses(wide, { residual = 6000, initial = 3, redraw = false })
  for _, losses in ipairs { many, large } do
    local G = ms.curvature(losses):sample_gradients("residual")
    near(ms.importance.fisher {}(losses):row(1), (G * G):sum(1) / G:size(1), 1e-12)
  end
end)

check.test("sensitivity against finite differences of the expressions", function()
  local I = ms.importance.sensitivity {}(L)
  for k, name in ipairs(L.names) do
    local sum = ms.zeros(net:count())
    local columns = L:residuals(name):size(2)
    local points = L:points_of(name):size(1)
    local function all() return L:residuals(name):reshape(points * columns) end
    for _, row in ipairs(finite.gradient(all, net.theta, 1e-3)) do
      local g = ms.tensor(row)
      sum:add_(g * g)
    end
    near(I:row(k), sum / points, 1e-9)
  end
end)

check.test("sensitivity does not see the residuals", function()
  local data = ms.problem {
    name = "shifted", coords = { "x", "t" }, fields = { "u" },
    domain = ms.box { x = { -1, 1 }, t = { 0, 1 } },
    terms = {
      { name = "a", on = "interior", points = 9, expr = function(s) return s.u end },
      { name = "b", on = "interior", points = 9,
        expr = function(s) return s.u - 100 * s.x end },
    },
  }
  local I = ms.importance.sensitivity {}(data:losses(net))
  check.near(I:row(1), I:row(2), 1e-13)
end)

check.test("squares and Taylor scores of micro-batches", function()
  local theta, sums, batches = net.theta, {}, 4
  for name in pairs(ms.importance) do sums[name] = ms.zeros(2, net:count()) end
  for G in L:micro { batches = batches, source = "train" } do
    sums.square:axpy_(1 / batches, G * G)
    sums.taylor:axpy_(1 / batches, ms.abs(G * theta))
    sums["taylor-square"]:axpy_(1 / batches, (G * theta) ^ 2)
  end
  for _, name in ipairs { "square", "taylor", "taylor-square" } do
    local I, info = ms.importance[name] { batches = batches }(L)
    near(I, sums[name], 1e-14)
    check.equal({ info.draws, info.power }, { 4, name == "taylor" and 1 or 2 })
  end
end)

check.test("the whole batch as one sample", function()
  local _, G = L:evaluate()
  local I, info = ms.importance.square { source = "batch" }(L)
  near(I, G * G, 1e-13)
  check.equal(info.draws, 1)
  I = ms.importance.square { source = "batch", tasks = "two" }(L)
  near(I, G * G, 1e-13)
end)

check.test("a merged task has the square of the sum", function()
  local I = ms.importance.square { source = "batch", groups = { { 1, 2 } } }(L)
  local _, G = L:evaluate()
  local g = G:sum(1)
  near(I:row(1), g * g, 1e-13)
end)

check.test("fresh points are other points, and a stream that goes on", function()
  local first = p:losses(net, { seed = 1 })
  local kind = ms.importance.sensitivity { source = "fresh" }
  local a = kind(first)
  local state = first:state()
  local b = kind(first)
  check.ok(a ~= b and a ~= ms.importance.sensitivity {}(first))
  local second = p:losses(net, { seed = 1 })
  second:restore(state)
  check.ok(kind(second) == b)
end)

check.test("a function of one's own", function()
  local own = ms.registry.resolve("importance", function(G, theta)
    check.equal(theta:size(), net:count())
    return ms.abs(G)
  end)
  local _, G = L:evaluate()
  near(own:with { source = "batch" }(L), ms.abs(G), 1e-13)
  near(own:with { source = "batch", groups = { { 1, 2 } } }(L):row(1), ms.abs(G:sum(1)),
    1e-13)
  local rows = ms.registry.resolve("importance", { rows = function(C, term, points)
    return C:jacobian(term, points)
  end })
  check.ok(rows(L) == ms.importance.sensitivity {}(L))
  local bad = ms.registry.resolve("importance", function(G) return G:row(1) end)
  check.fails(function() bad(L) end,
    "must return a tensor of 2 x %d+ finite numbers, 0 or more, not a tensor")
  check.fails(function() own(net) end, "expects the losses of a problem")
  check.fails(function() ms.importance.fishr {} end, "did you mean 'fisher'")
end)

--[[ beside a training ]]

check.test("a running mean: plain at first, then with its memory", function()
  local names, rng = { "residual", "initial", "boundary" }, ms.rng(1, "tracker")
  local T = ms.modularity.tracker(net, names, { tasks = "two", memory = 0.75 })
  check.equal(T.names, { "residual", "initial+boundary" })
  check.equal(T:draws(), 0)
  local mean, plain = ms.zeros(2, net:count()), ms.zeros(2, net:count())
  for step = 1, 12 do
    local G = rng:normal(ms.zeros(3, net:count()))
    local tasks = ms.stack({ G:row(1), G:row(2) + G:row(3) }, 1)
    plain:add_(tasks * tasks)
    if step <= 4 then
      mean:copy_(plain):div_(step)
    else
      mean:mul_(0.75):axpy_(0.25, tasks * tasks)
    end
    check.equal(T:observe(G), true)
    near(T.importance, mean, 1e-14)
    if step <= 4 then check.near(T:draws(), step, 1e-12) end
  end
  check.ok(T:draws() > 6 and T:draws() < 7) -- (1 + 0.75) / (1 - 0.75) = 7 in the end
end)

check.test("its state, and what is not finite", function()
  local T = ms.modularity.tracker(net, L.names, { kind = "taylor" })
  local _, G = L:evaluate()
  for _ = 1, 3 do T:observe(G) end
  near(T.importance, ms.abs(G * net.theta), 1e-14)
  local again = ms.modularity.tracker(net, L.names, { kind = "taylor" })
  local copy = {}
  for name, value in pairs(T:state()) do
    copy[name] = type(value) == "userdata" and value:clone() or value
  end
  again:restore(copy)
  T:observe(G * 2)
  again:observe(G * 2)
  check.ok(T.importance == again.importance and T:draws() == again:draws())
  local before = T.importance:clone()
  local _, code = check.refuses("not finite", T:observe(G * (0 / 0)))
  check.equal({ code, T.steps }, { "diverged", 4 })
  check.ok(T.importance == before)
  T:reset()
  check.equal({ T.importance:norm(), T.steps, T:draws() }, { 0, 0, 0 })
  check.fails(function() ms.modularity.tracker(net, L.names, { kind = "fisher" }) end,
    "'fisher' is not made of the gradients of a step")
  check.fails(function() ms.modularity.tracker(net, L.names, { memory = 1 }) end,
    "memory must be a number from 0 to 1")
end)

check.done()
