-- Loss terms: values, gradients, shared points, redraws, micro-batches, exact resume,
-- errors against the exact solution, and the report of values that are not finite.
local activations = require "modsync.activations"
local check = require "tests.support.check"
local ms = require "modsync"

local function heat(terms, exact)
  return ms.problem {
    name = "heat", coords = { "x", "t" }, fields = { "u" },
    domain = ms.box { x = { -1, 1 }, t = { 0, 1 } }, terms = terms, exact = exact,
  }
end

local residual = { name = "residual", on = "interior", points = 60,
  expr = function(s) return s.u_t - s.u * s.u_xx end }
local left = { name = "left", on = "x=-1", points = 12,
  expr = function(s) return s.u - 1, s.u_x end }
local source = { name = "source", on = "interior", points = 60,
  expr = function(s) return ms.exp(s.u) - s.x end }

local function small(p, changes)
  local options = { inputs = p.coords, outputs = p.fields, width = 6, depth = 2,
    seed = 5 }
  for key, value in pairs(changes or {}) do options[key] = value end
  return ms.mlp(options)
end

--- Mean over the rows of the sum of squares.
local function mean_square(t)
  return t:norm() ^ 2 / t:size(1)
end

check.test("values, gradients and residuals agree, and are reused", function()
  local p = heat { residual, left }
  local net = small(p)
  local L = p:losses(net)
  check.equal(L.names, { "residual", "left" })
  check.equal(L:points(), 72)
  local values, G = L:gradients()
  check.equal(values:shape(), { 2 })
  check.equal(G:shape(), { 2, net:count() })
  for k, name in ipairs(L.names) do
    check.near(values:get(k), mean_square(L:residuals(name)), 1e-13, name)
  end
  check.equal(L:residuals("left"):shape(), { 12, 2 })
  local again = values:clone()
  check.ok(rawequal(L:values(), values))
  check.equal(values, again)
  local values2, G2 = L:gradients()
  check.ok(rawequal(values, values2) and rawequal(G, G2))
end)

--- Every term's gradient against central differences along a random direction and the
--- largest entries of the parameter vector.
local function check_gradients(p, net, tolerance, what)
  local L = p:losses(net, { redraw = false })
  local _, G = L:gradients()
  local theta, G0 = net.theta:clone(), G:clone()
  local direction, h = ms.rng(1, "direction"):normal(ms.zeros(net:count())), 1e-5
  direction:mul_(1 / direction:norm())
  net.theta:axpy_(h, direction)
  local above = L:values():clone()
  net.theta:axpy_(-2 * h, direction)
  local below = L:values():clone()
  net.theta:copy_(theta)
  for k, name in ipairs(L.names) do
    local expected = (above:get(k) - below:get(k)) / (2 * h)
    local size = 1 + G0:row(k):norm()
    check.near(G0:row(k):dot(direction) / size, expected / size, tolerance,
      what .. ", " .. name)
  end
end

check.test("gradients agree with finite differences, for every activation", function()
  local p = heat { residual, left, source,
    { name = "pair", on = ms.periodic "x", points = 10,
      expr = function(s, t) return s.u - t.u, s.u_x - t.u_x end },
    { name = "mean", on = "t=1", points = 20,
      expr = function(s) return ms.mean(s.u ^ 2) - 0.5 end } }
  for name in pairs(activations) do
    check_gradients(p, small(p, { activation = name }), 1e-8, name)
  end
end)

check.test("gradients of every shipped problem agree with finite differences", function()
  for _, name in ipairs { "helmholtz", "burgers", "klein_gordon", "convection",
    "poisson" } do
    local p = ms.problem(name)
    check_gradients(p, small(p), 1e-7, name)
  end
end)

check.test("terms on the same region share points and program", function()
  local p = heat { residual, left, source }
  local net = small(p)
  local L = p:losses(net)
  check.equal(L.names, { "residual", "left", "source" })
  check.ok(rawequal(L:points_of "residual", L:points_of "source"))
  check.equal(L:points(), 72)
  local values, G = L:gradients()
  for k, name in ipairs(L.names) do
    check.near(values:get(k), mean_square(L:residuals(name)), 1e-13, name)
  end
  local apart = p:losses(net, { terms = { source = { redraw = 7 } } })
  check.equal(apart.names, { "residual", "left", "source" })
  apart:points_of("source"):copy_(L:points_of "source")
  apart:points_of("left"):copy_(L:points_of "left")
  local values2, G2 = apart:evaluate()
  check.near(values2, values, 1e-14)
  check.near(G2, G, 1e-13)
  check.near(L:values(ms.zeros(3)), values, 1e-14)
end)

check.test("options: the term's own before all terms' before the problem's", function()
  local p = heat { residual, left }
  local net = small(p)
  local function plan(options, name)
    return p:losses(net, options).options.terms[name]
  end
  check.equal(plan(nil, "residual"), { points = 60, sampler = "sobol", redraw = 1 })
  check.equal(plan({ residual = 33, sampler = "lhs", redraw = 0 }, "residual"),
    { points = 33, sampler = "lhs", redraw = false })
  local options = { left = 7, sampler = "lhs",
    terms = { left = { sampler = "grid", redraw = 4 } } }
  check.equal(plan(options, "left"), { points = 7, sampler = "grid", redraw = 4 })
  check.equal(plan(options, "residual"), { points = 60, sampler = "lhs", redraw = 1 })
  local L = p:losses(net, options)
  local again = p:losses(net, L.options)
  check.equal(again.options, L.options)
  check.equal(again:points_of "left", L:points_of "left")
  check.equal(L.seed, 5)
  check.ok(p:losses(net, { seed = 9 }):points_of "left" ~= L:points_of "left")
end)

check.test("points of one's own", function()
  local data = ms.tensor { { 0.5, 0.25 }, { 0, 0.125 } }
  local p = heat { residual,
    { name = "data", on = data, expr = function(s) return s.u - s.x end },
    { name = "drawn", points = 8,
      on = function(rng, n) return ms.sample("lhs", rng, n, 2) end,
      expr = function(s) return s.u end } }
  local L = p:losses(small(p), { sampler = "sobol", redraw = 1 })
  check.equal(L:points_of "data", data)
  local before = L:points_of("drawn"):clone()
  L:gradients()
  L:gradients()
  check.equal(L:points_of "data", data)
  check.ok(L:points_of "drawn" ~= before)
  check.equal(L.options.terms.data, { points = 2 })
  check.fails(function() p:losses(small(p), { data = 5 }) end, "has 2 points of its own")
end)

check.test("redraws happen in the steps they are due", function()
  local p = heat { residual, left, source }
  local L = p:losses(small(p),
    { terms = { residual = { redraw = 1 }, left = { redraw = 3 },
      source = { redraw = false } } })
  local last = {}
  local function changed()
    local list = {}
    for _, name in ipairs { "residual", "left", "source" } do
      local points = L:points_of(name)
      if last[name] and last[name] ~= points then list[#list + 1] = name end
      last[name] = points:clone()
    end
    return table.concat(list, " ")
  end
  changed()
  local seen = {}
  for step = 1, 7 do
    L:gradients()
    check.equal(L.step, step)
    seen[step] = changed()
  end
  check.equal(seen, { "", "residual", "residual", "residual left", "residual", "residual",
    "residual left" })
  L:evaluate()
  check.equal(changed(), "")
  L:redraw()
  check.equal(changed(), "residual left source")
end)

check.test("a step allocates nothing, redraws included", function()
  local p = heat { residual, left,
    { name = "pair", on = ms.periodic "x", points = 10,
      expr = function(s, t) return s.u - t.u end } }
  for _, sampler in ipairs { "grid", "uniform", "lhs", "sobol", "halton" } do
    local L = p:losses(small(p), { sampler = sampler })
    L:gradients()
    local mean = 0
    for G in L:micro { batches = 4 } do mean = mean + G:norm() end
    ms.debug.fail_after(1)
    local ok, message = pcall(function()
      L:gradients()
      for _ in L:micro { batches = 4 } do mean = mean + 1 end
    end)
    ms.debug.fail_after(0)
    check.ok(ok, sampler .. ": " .. tostring(message))
  end
end)

check.test("micro-batches of the training points average to the gradient", function()
  local p = heat { residual, left }
  local L = p:losses(small(p))
  local _, G = L:gradients()
  local before, sum, count = G:clone(), ms.zeros(table.unpack(G:shape())), 0
  for sample in L:micro { batches = 6, source = "train" } do
    sum:add_(sample)
    count = count + 1
  end
  check.equal(count, 6)
  sum:mul_(1 / 6)
  check.near(sum, before, 1e-13)
  check.equal(G, before)
  count = 0
  for sample in L:micro { source = "batch" } do
    check.ok(rawequal(sample, G))
    count = count + 1
  end
  check.equal(count, 1)
end)

check.test("weights may be asked for between two micro-batches", function()
  local p = heat { residual, left }
  for _, kind in ipairs { "batches", "points", "expressions" } do
    local function norms(between)
      local L, list = p:losses(small(p)), {}
      for G in L:micro { batches = 3, source = "train", kind = kind } do
        list[#list + 1] = G:norm()
        if #list == 1 then between(L) end
      end
      return list
    end
    local plain = norms(function() end)
    check.ok(#plain >= 3)
    check.equal(norms(function(L) L:weights_of "left":fill_(4) end), plain, kind)
    check.equal(norms(function(L) L:restore(L:state()) end), plain, kind)
  end
end)

check.test("fresh micro-batches have points of their own and leave training alone",
  function()
  local p = heat { residual, left }
  local net = small(p)
  local with, without = p:losses(net), p:losses(net)
  local function norms()
    local list = {}
    for G in with:micro { batches = 3, source = "fresh" } do
      list[#list + 1] = G:norm()
    end
    return list
  end
  with:gradients()
  without:gradients()
  local first, second = norms(), norms()
  check.equal(#first, 3)
  check.ok(first[1] ~= first[2] and first[1] ~= second[1])
  local _, G = with:gradients()
  local _, G2 = without:gradients()
  check.equal(G, G2)
end)

check.test("more micro-batches than points repeat single points", function()
  local p = heat { residual, { name = "data", on = ms.tensor { { 0, 0 }, { 1, 1 } },
    expr = function(s) return s.u end } }
  local count = 0
  for G in p:losses(small(p)):micro { batches = 5, source = "train" } do
    count = count + 1
    check.ok(G:is_finite() and G:row(2):norm() > 0)
  end
  check.equal(count, 5)
  check.fails(function() p:losses(small(p)):micro { batches = 0 } end, "batches must be")
  check.fails(function() p:losses(small(p)):micro { source = "old" } end,
    "batch, train or fresh")
end)

check.test("a restored state goes on bit for bit", function()
  local p = heat { residual, left, source }
  local net = small(p)
  local options = { sampler = "lhs", terms = { left = { redraw = 2 } } }
  local L = p:losses(net, options)
  for _ = 1, 3 do L:gradients() end
  for _ in L:micro { batches = 2 } do end
  local saved = {}
  for name, value in pairs(L:state()) do
    saved[name] = type(value) == "userdata" and value:clone() or value
  end
  local function go_on(losses)
    local seen = {}
    for _ = 1, 4 do
      local values, G = losses:gradients()
      seen[#seen + 1] = values:clone()
      seen[#seen + 1] = G:clone()
    end
    for G in losses:micro { batches = 2 } do seen[#seen + 1] = G:clone() end
    return seen
  end
  local expected = go_on(L)
  local other = p:losses(net, options)
  other:gradients()
  other:restore(saved)
  check.equal(other.step, 3)
  local got = go_on(other)
  check.equal(#got, #expected)
  for i, tensor in ipairs(expected) do check.ok(got[i] == tensor, "value " .. i) end
  check.fails(function() other:restore {} end, "the state has no step")
  check.fails(function() other:restore { step = 1 } end,
    "no points for term \"residual\"")
end)

check.test("relative L2 errors", function()
  local p = heat({ residual }, { u = function(s) return s.x * s.t end })
  local net = small(p)
  local L = p:losses(net)
  net.theta:fill_(0)
  local errors, sizes = L:relative_l2()
  check.equal({ errors.u, sizes.u }, { 1, 0 })
  check.equal(L:evaluation_points(), 101 * 101)
  net:views().b3:fill_(0.5)
  -- mean of x t is 0, of (x t)^2 on 3 x 2 points of {-1, 0, 1} x {0, 1} is 1/3
  errors, sizes = L:relative_l2 { 3, 2 }
  check.near(errors.u, math.sqrt((0.25 + 1 / 3) / (1 / 3)), 1e-14)
  check.near(sizes.u, math.sqrt(0.25 / (1 / 3)), 1e-14)
  check.equal(p:losses(net):relative_l2(11), p:losses(net):relative_l2 { 11, 11 })
  check.fails(function() L:relative_l2 { 3 } end, "for each of 2 coordinates")
  check.equal(heat({ residual }):losses(net):relative_l2(), {})
end)

check.test("the error grid in 1, 3 and 4 coordinates", function()
  for d, count in pairs { [1] = 1001, [3] = 23 ^ 3, [4] = 10000 } do
    local coords, limits = {}, {}
    for k = 1, d do
      coords[k] = "x" .. k
      limits["x" .. k] = { 0, k }
    end
    local p = ms.problem { name = "many", coords = coords, fields = { "u" },
      domain = ms.box(limits), exact = { u = function(s) return s.x1 end },
      terms = { { name = "r", on = "boundary", points = 8 * d,
        expr = function(s) return s.u end } } }
    local L = p:losses(small(p))
    check.equal(L:evaluation_points(), math.tointeger(count))
    check.ok(L:relative_l2().u > 0)
    local points = L:grid().points
    for k = 1, d do
      local column = points:narrow(2, k, 1)
      check.near({ column:min(), column:max(), column:mean() }, { 0, k, k / 2 },
        d < 4 and 1e-12 or 1e-2)
    end
  end
end)

check.test("a value that is not finite is reported with its point", function()
  local data = ms.tensor { { 0.5, 0.5 }, { -0.25, 1 } }
  local p = heat { residual, { name = "log", on = data,
    expr = function(s) return s.u, ms.log(s.x) end } }
  local L = p:losses(small(p))
  L:gradients()
  local bad = L:first_bad()
  check.equal({ bad.term, bad.point, bad.expression, bad.coords },
    { "log", 2, 2, { x = -0.25, t = 1 } })
  check.ok(bad.value ~= bad.value)
  check.ok(tostring(bad):find("term \"log\": expression 2 is %-?nan at point 2 "
    .. "%(x = %-0.25, t = 1%)"), tostring(bad))
  p = heat { residual }
  L = p:losses(small(p))
  L:gradients()
  check.equal(L:first_bad(), nil)
end)

check.test("a square or a sum that is too large is reported with its term", function()
  local function bad_of(x)
    local data = ms.tensor { { 1, 0 }, { x, 1 }, { x, 1 } }
    local p = heat { residual, { name = "far", on = data,
      expr = function(s) return s.x + 0 * s.u end } }
    local L = p:losses(small(p))
    L:gradients()
    return tostring(L:first_bad())
  end
  check.equal(bad_of(0.9e154), "nil")
  check.equal(bad_of(1.3e154),
    "term \"far\": the loss is inf, though its expressions are finite")
  check.equal(bad_of(2.5e155), "term \"far\": expression 1 is 2.5e+155, and its square "
    .. "not finite, at point 2 (x = 2.5e+155, t = 1)")
end)

check.test("a gradient that is not finite is reported with its parameter", function()
  local p = heat { { name = "root", on = "interior", points = 4,
    expr = function(s) return ms.sqrt(s.u) end } }
  local net = small(p)
  net.theta:fill_(0)
  local L = p:losses(net)
  L:gradients()
  local bad = L:first_bad()
  check.equal(bad.term, "root")
  check.ok(tostring(bad):find("^term \"root\": the gradient by [Wb]%d%[%d, %d%] is "),
    tostring(bad))
end)

check.test("mistakes in options are named", function()
  local p = heat { residual, left }
  local net = small(p)
  local function fails(options, pattern)
    check.fails(function() p:losses(net, options) end, pattern)
  end
  fails({ resdual = 3 },
    "\"resdual\" is neither an option nor a term; did you mean \"residual\"")
  fails({ residual = 0 },
    "term \"residual\": points must be a positive whole number, not 0")
  fails({ sampler = "best" }, "sampler must be one of grid")
  fails({ redraw = "often" }, "redraw must be false or a whole number")
  fails({ terms = 3 }, "terms must be a table")
  fails({ terms = { right = {} } }, "\"right\" is neither")
  fails({ terms = { left = { pts = 3 } } }, "term \"left\" has no option 'pts'")
  fails({ terms = { left = 3 } }, "term \"left\": expected a table of options, not 3")
  fails({ seed = -4 }, "seed must be")
  fails(7, "losses expects a table of options, not 7")
  check.fails(function() p:losses {} end, "losses expects a model")
  local function model(inputs, outputs)
    return function() p:losses(ms.mlp { inputs = inputs, outputs = outputs }) end
  end
  check.fails(model({ "x", "s" }, { "u" }), "input \"s\" is no coordinate %(coords: x, ")
  check.fails(model({ "x" }, { "v" }), "the model makes no field \"u\" %(it makes: v%)")
  check.fails(function() p:losses(net):residuals "none" end, "has no term \"none\"")
end)

check.done()
