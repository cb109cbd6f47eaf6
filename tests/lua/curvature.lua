-- Jacobians, kernels and Hessian products against each other and finite differences.
local ms = require "modsync"
local check = require "tests.support.check"

local function system()
  local problem = ms.problem {
    name = "system", coords = { "x", "t" }, fields = { "u", "v" },
    domain = ms.box { x = { -1, 1 }, t = { 0, 1 } },
    terms = {
      { name = "residual", on = "interior", points = 23,
        expr = function(s)
          return s.u_t + s.u * s.u_x - 0.1 * s.v_xx, s.v_t * s.u - s.v
        end },
      { name = "boundary", on = { "x.min", "x.max" }, points = 10,
        expr = function(s) return s.u - ms.sin(s.v) end },
    },
  }
  local net = ms.mlp { inputs = problem.coords, outputs = problem.fields, width = 7,
    depth = 2, seed = 5 }
  local L = problem:losses(net, { redraw = false })
  local rng = ms.rng(3, "directions")
  return L, net, ms.curvature(L), function() return rng:normal(ms.zeros(net:count())) end
end

--- (f(theta + h v) - f(theta - h v)) / 2 h
local function difference(net, v, f)
  local h, theta = 1e-5, net.theta:clone()
  net.theta:axpy_(h, v)
  local above = f()
  net.theta:copy_(theta):axpy_(-h, v)
  local below = f()
  net.theta:copy_(theta)
  return (above - below):div_(2 * h)
end

local function near(a, b, tolerance)
  check.equal(a:shape(), b:shape())
  local off = (a - b):norm() / b:norm()
  check.ok(off <= tolerance, ("relative difference %.3g"):format(off))
end

check.test("J v against differences of residuals, and against J", function()
  local L, net, C, draw = system()
  for _, name in ipairs(L.names) do
    local v = draw()
    local Jv, J = C:jvp(name, v), C:jacobian(name)
    local function residuals() return L:residuals(name) end
    near(Jv, difference(net, v, residuals), 1e-8)
    check.equal(J:shape(), { Jv:size(), net:count() })
    near(J:matmul(v), Jv:reshape(Jv:size()), 1e-13)
  end
end)

check.test("rows come in blocks", function()
  local _, _, C = system()
  local J, blocks = C:jacobian("residual"), 0
  for first, block in C:rows("residual", 10) do
    blocks = blocks + 1
    check.equal(first, 10 * blocks - 9)
    near(block, J:narrow(1, 2 * first - 1, block:size(1)):clone(), 0)
  end
  check.equal(blocks, 3)
end)

check.test("J^T w, Gauss-Newton and the kernel follow from J", function()
  local L, _, C, draw = system()
  local J, rng = C:jacobian("residual"), ms.rng(4, "weights")
  local Jt = J:transpose(1, 2)
  local w = rng:normal(ms.zeros(23, 2))
  near(C:vjp("residual", w), Jt:matmul(w:reshape(46)), 1e-13)
  local v = draw()
  near(C:gauss_newton("residual", v), Jt:matmul(J:matmul(v)):mul_(2 / 23), 1e-12)
  near(C:ntk("residual"), J:matmul(Jt), 1e-14)
  near(C:ntk("boundary", "residual"), C:jacobian("boundary"):matmul(Jt), 1e-14)
  -- the gradient is 2 / n J^T r
  local _, G = L:evaluate()
  local r = L:residuals("residual")
  near(C:vjp("residual", r):mul_(2 / 23), G:row(1), 1e-12)
end)

--- Architectures with parts of every form of gradient.
local nets = {
  { model = "mlp", width = 6 }, { model = "mlp", width = 6, factorise = true },
  { model = "mlp", width = 6, adaptive = "neuron" },
  { model = "mlp", width = 6, adaptive = "global", bias = false },
  { model = "modified-mlp", width = 6, depth = 2 },
  { model = "pirate-net", width = 6, fourier = 3, depth = 1 },
  { model = "chebyshev-kan", width = 4, depth = 1, degree = 3 },
  { model = "fourier", width = 6, fourier = 3 },
  { model = "mlp", widths = { 5, 5, 5 }, tie = { W3 = "W2" } },
}

check.test("the kernel layer by layer is J J^T, for every architecture", function()
  local problem = ms.problem {
    name = "kernels", coords = { "x", "y" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 }, y = { 0, 1 } },
    terms = {
      { name = "residual", on = "interior", points = 12,
        expr = function(s) return s.u_xx + s.u_yy + ms.sin(s.u), s.u_x * s.u end },
      { name = "boundary", on = "boundary", points = 8,
        expr = function(s) return s.u end },
      { name = "seam", on = ms.periodic "x", points = 5,
        expr = function(a, b) return a.u_x - b.u_x end },
    },
  }
  for _, options in ipairs(nets) do
    options.inputs, options.outputs = problem.coords, problem.fields
    local C = ms.curvature(problem:losses(ms.models[options.model](options)))
    for _, a in ipairs { "residual", "boundary", "seam" } do
      for _, b in ipairs { "residual", "seam" } do
        local K = C:jacobian(a):matmul(C:jacobian(b):transpose(1, 2))
        near(C:ntk(a, b), K, 1e-13)
      end
    end
  end
end)

check.test("the kernel at points of the caller", function()
  local _, _, C = system()
  local points = ms.rng(2, "points"):uniform(ms.zeros(6, 2))
  local J, all = C:jacobian("residual", points), C:jacobian "residual"
  near(C:ntk("residual", nil, points), J:matmul(J:transpose(1, 2)), 1e-14)
  near(C:ntk("residual", "residual", points), J:matmul(all:transpose(1, 2)), 1e-14)
  near(C:ntk("residual", "residual", nil, points), all:matmul(J:transpose(1, 2)), 1e-14)
  check.fails(function() C:ntk("residual", nil, ms.ones(4)) end, "ntk: the points must")
end)

check.test("gradients of single points have the gradient as their mean", function()
  local L, _, C = system()
  local _, G = L:evaluate()
  for k, name in ipairs(L.names) do
    near(C:sample_gradients(name):mean(1), G:row(k), 1e-12)
  end
end)

check.test("H v against differences of the gradient; H is symmetric", function()
  local L, net, C, draw = system()
  local v, w = draw(), draw()
  for k, name in ipairs(L.names) do
    local Hv = C:hessian_product(v, name)
    near(Hv, difference(net, v, function()
      local _, G = L:evaluate()
      return G:row(k):clone()
    end), 1e-7)
    local vHw, wHv = v:dot(C:hessian_product(w, name)), w:dot(Hv)
    check.near(vHw, wHv, 1e-11 * math.abs(wHv))
  end
  near(C:hessian_product(v),
    C:hessian_product(v, "residual") + C:hessian_product(v, "boundary"), 0)
end)

check.test("a linear model: H v is the Gauss-Newton product", function()
  local problem = ms.problem {
    name = "line", coords = { "x" }, fields = { "u" }, domain = ms.box { x = { 0, 1 } },
    terms = { { name = "fit", on = "interior", points = 9,
      expr = function(s) return s.u_x + s.u - s.x end } },
  }
  local net = ms.mlp { inputs = problem.coords, outputs = problem.fields, width = 3,
    depth = 1, seed = 2 }
  local L = problem:losses(net, { redraw = false })
  local C = ms.curvature(L)
  -- only the output layer moves: the expression is linear in it
  local v, last = ms.zeros(net:count()), net.layout[#net.layout - 1]
  v:narrow(1, last.offset + 1, 3):fill_(1)
  local function moved(t) return t:narrow(1, last.offset + 1, 4):clone() end
  near(moved(C:hessian_product(v, "fit")), moved(C:gauss_newton("fit", v)), 1e-12)
  L:weights_of("fit"):copy_(ms.arange(1, 9))
  near(moved(C:hessian_product(v, "fit")), moved(C:gauss_newton("fit", v)), 1e-12)
  local robust = problem:losses(net, { terms = { fit = { form = "huber" } } })
  check.fails(function() ms.curvature(robust):gauss_newton("fit", v) end,
    "term \"fit\" is not a mean of squares")
end)

check.test("least squares of the last layer", function()
  local p = ms.problem "poisson"
  for _, options in ipairs { { model = "pirate-net", width = 12, depth = 1 },
    { model = "mlp", width = 12, depth = 2, factorise = true } } do
    options.inputs, options.outputs, options.seed = p.coords, p.fields, 2
    local net = ms.models[options.model](options)
    local L = p:losses(net, { residual = 60, boundary = 40, redraw = false })
    local C, last, before = ms.curvature(L), net.options.depth or 2, net.theta:clone()
    local old = L:values():sum()
    local names = { "W" .. last + 1, "b" .. last + 1 }
    local rank = C:least_squares(names)
    check.ok(rank > 6 and rank <= 13, rank)
    check.ok(L:values():sum() < old)
    local _, G = L:evaluate()
    local g = G:sum(1)
    for _, part in ipairs(net.layout) do
      local function own(t) return t:narrow(1, part.offset + 1, part.rows * part.cols) end
      if part.name == names[1] or part.name == names[2] then
        check.ok(own(g):norm() < 1e-9 * own(before):norm() + 1e-9 * old, part.name)
      else
        check.equal(own(net.theta), own(before))
      end
    end
  end
end)

check.test("least squares of some terms, with weights and masks", function()
  local L, net, C = system()
  net:freeze "b3"
  L:weights_of("boundary"):copy_(ms.arange(1, 10))
  local before = net.theta:clone()
  C:least_squares("[Wb]3", { "boundary" })
  check.equal(net:views().b3, net.part.b3 and before:narrow(1, net.part.b3.offset + 1, 2)
    :reshape(1, 2))
  local first = L:values():clone()
  local moved = (net.theta - before):norm()
  C:least_squares("[Wb]3", { "boundary" }) -- a step of Gauss-Newton: sin(v) is not linear
  check.ok(L:values()[2] <= first[2] and moved > 0)
  check.fails(function() C:least_squares("W9") end, "no part of the model is called")
  check.fails(function() C:least_squares("W3", { "interior" }) end, "no term")
  local robust = L.problem:losses(net, { terms = { boundary = { form = "huber" } } })
  check.fails(function() ms.curvature(robust):least_squares "W3" end,
    "least_squares: term \"boundary\" is not a mean of squares")
end)

check.test("masked parameters have no derivatives", function()
  local L, net, C, draw = system()
  local v, w = draw(), ms.rng(4, "w"):normal(ms.zeros(23, 2))
  local free = { J = C:jacobian("residual"), H = C:hessian_product(v),
    back = C:vjp("residual", w), samples = C:sample_gradients "residual" }
  local alive = ms.ones(net:count())
  local W2 = net.part.W2
  alive:narrow(1, W2.offset + 1, 11):fill_(0) -- some of the second layer
  net.mask = alive
  net:freeze "[Wb]1"
  local mask = net.mask
  check.equal(mask:sum(), net:count() - 11 - net.part.W1.rows * 7 - 7)
  local J = C:jacobian "residual"
  near(J, free.J * mask, 0)
  near(C:jvp("residual", v):reshape(46), J:matmul(v), 1e-13)
  near(C:vjp("residual", w), free.back * mask, 1e-13)
  near(C:sample_gradients "residual", free.samples * mask, 0)
  near(C:hessian_product(v * mask), C:hessian_product(v), 0)
  near(C:hessian_product(v), mask * difference(net, v * mask, function()
    return select(2, L:evaluate()):sum(1)
  end), 1e-8)
  check.ok((C:hessian_product(v) - free.H * mask):norm() > 0)
  near(C:gauss_newton("residual", v), J:transpose():matmul(J:matmul(v)) * (2 / 23), 1e-12)
  for _, pair in ipairs { { "residual", "residual" }, { "boundary", "residual" } } do
    local Ja, Jb = C:jacobian(pair[1]), C:jacobian(pair[2])
    near(C:ntk(pair[1], pair[2]), Ja:matmul(Jb:transpose()), 1e-13)
  end
  local whole = require "modsync.curvature"(L, true)
  near(whole:jacobian "residual", free.J, 0)
  near(whole:hessian_product(v), free.H, 0)
  near(whole:ntk "residual", free.J:matmul(free.J:transpose()), 1e-13)

  local r, before = L:residuals("residual"):reshape(46), net.theta:clone()
  local damped = J:matmul(J:transpose()) + ms.eye(46) * 1e-3
  net.theta:sub_(J:transpose():matmul(damped:solve(r))) -- a Gauss-Newton step by hand
  local moved = net.theta - before
  check.equal((moved * (1 - mask)):norm(), 0)
  check.ok(moved:norm() > 0)
end)

--- A problem of one term over 9 points.
local function single(expr, options)
  local problem = ms.problem { name = "single", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } },
    terms = { { name = "m", on = "interior", points = 9, expr = expr } } }
  local net = ms.mlp { inputs = problem.coords, outputs = problem.fields, width = 4,
    seed = 2 }
  return problem:losses(net, options or { redraw = false })
end

check.test("Gauss-Newton weighs the expressions that the loss weighs", function()
  local exprs = {
    function(s) return ms.mean(s.u) - 1 end,
    function(s) return s.u - s.x, ms.mean(s.u) - 1, s.u_x end,
    function(s) return s.u - ms.mean(s.u), ms.mean(s.u * s.u) end,
  }
  for _, expr in ipairs(exprs) do
    local L = single(expr)
    if L:varies "m" then ms.rng(4, "w"):uniform(L:weights_of "m"):add_(2) end
    local C, n = ms.curvature(L), L:points()
    local v = ms.rng(5, "v"):normal(ms.zeros(L.net:count()))
    -- twice the loss of the tangents in place of the expressions
    local Jv, expected, varying = C:jvp("m", v), 0, C.varying["m"]
    for i = 1, Jv:size(2) do
      local squares = Jv:select(2, i):clone():mul_(Jv:select(2, i))
      if varying[i] then squares:mul_(L:weights_of "m") end
      expected = expected + 2 * squares:sum() / n
    end
    check.near(v:dot(C:gauss_newton("m", v)), expected, 1e-12 * (1 + expected))
  end
  -- the mean of u is linear in the last bias: H v itself
  local L = single(exprs[1])
  local C, v = ms.curvature(L), ms.zeros(L.net:count())
  v[L.net:count()] = 1
  near(C:gauss_newton("m", v), C:hessian_product(v, "m"), 1e-12)
end)

check.test("terms with sums over the points inside have no rows and no kernel", function()
  local says = " term \"m\" sums over the points inside an expression"
  for _, expr in ipairs {
    function(s) return s.u - ms.mean(s.u) end,
    function(s) return s.u_x, s.u * ms.mean(s.u * s.u) end,
    function(s) return ms.mean(s.u) - 1 end,
  } do
    local C = ms.curvature(single(expr))
    check.fails(function() C:ntk "m" end, "ntk:" .. says)
    check.fails(function() C:jacobian "m" end, "jacobian:" .. says)
    check.fails(function() C:rows "m" () end, "jacobian:" .. says)
  end
  local inner = ms.curvature(single(function(s) return s.u - ms.mean(s.u) end))
  check.fails(function() inner:sample_gradients "m" end, "sample_gradients:" .. says)
end)

check.test("rows at some points, of terms that sum over all", function()
  local exprs = {
    { function(s) return s.u_x, s.u * s.x end, { 1, 1 } },
    { function(s) return s.u - ms.mean(s.u) end, { 1 } },
    { function(s) return s.u_x, ms.mean(s.u) - 1, s.u * ms.mean(s.u * s.u) end,
      { 1, 0, 1 } },
    { function(s) return ms.mean(s.u) - 1, ms.mean(s.u_x) end, { 0, 0 } },
  }
  for _, case in ipairs(exprs) do
    local L = single(case[1])
    local C, P = ms.curvature(L), L.net:count()
    local v = ms.rng(6, "v"):normal(ms.zeros(P))
    local slopes = difference(L.net, v, function() return L:residuals "m" end)
    for _, most in ipairs { 4, 9, 100 } do
      local J, of_points, chosen = C:some_rows("m", most)
      check.equal(chosen, math.min(most, 9))
      local expected = {}
      for i, varies in ipairs(case[2]) do
        for k = 1, varies * chosen do
          expected[#expected + 1] = slopes:get((k - 1) * 9 // chosen + 1, i)
        end
      end
      check.equal(of_points, #expected)
      for i, varies in ipairs(case[2]) do
        if varies == 0 then expected[#expected + 1] = slopes:get(1, i) end
      end
      local got = J:matmul(v):totable()
      table.sort(got) -- rows of a point or of an expression stand together
      table.sort(expected)
      check.near(got, expected, 1e-7)
    end
  end
end)

check.test("a condition on a mean among the kernels", function()
  local p = ms.problem { name = "mass", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } }, terms = {
      { name = "residual", on = "interior", points = 20,
        expr = function(s) return s.u_xx - s.u end },
      { name = "mass", on = "interior", points = 9,
        expr = function(s) return ms.mean(s.u) - 1 end } } }
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 1 }
  local L = p:losses(net, { redraw = false })
  local C = ms.curvature(L)
  local J = C:jacobian "residual"
  local g = C:vjp("mass", ms.full({ 9, 1 }, 1 / 9))
  local found = ms.diagnostics.ntk(L)
  check.equal(found.spectra.mass:size(), 1)
  check.near(found.spectra.mass:sum(), g:dot(g), 1e-12)
  local cross = J:matmul(g):norm() ^ 2 / (C:ntk("residual"):norm() * g:dot(g))
  check.near({ found.coupling:get(1, 2), found.coupling:get(2, 1) }, { cross, cross },
    1e-12)
  for trace, n in pairs { sum = 1, mean = 20 } do
    local w = ms.weighting.ntk { trace = trace }:weights(L:values(), L.G, L)
    check.near(w:get(2) / w:get(1), J:norm() ^ 2 / n / g:dot(g), 1e-9 * w:get(2))
  end
  local run = ms.train { problem = p, net = { width = 4, depth = 1 }, steps = 3,
    conflict = "sum:weighting=ntk(every=1)", diagnose = "ntk", history = { every = 1 },
    report = "quiet" }
  check.equal({ run.stopped, #run.history["ntk.trace.mass"] }, { "finished", 3 })
end)

check.test("what cannot be is said", function()
  local L, net, C = system()
  check.fails(function() ms.curvature {} end, "expects the losses")
  local wanted = "a tensor of " .. net:count()
  check.fails(function() C:jvp("residual", ms.zeros(3)) end, wanted)
  check.fails(function() C:hessian_product(nil) end, "direction must be a tensor")
  check.fails(function() C:jacobian("residual", ms.ones(3)) end,
    "jacobian: the points must be a tensor of n x %d, not a tensor of shape 3")
  check.fails(function() C:sample_gradients("residual", ms.ones(4, 5)) end,
    "curvature.lua:%d+: sample_gradients: the points must be a tensor of n x %d, not a "
      .. "tensor of shape 4x5")
  for _, parts in ipairs { false, {}, 3 } do
    check.fails(function() C:least_squares(parts or nil) end,
      "curvature.lua:%d+: least_squares: expected names of parts, such as")
  end
  for _, terms in ipairs { {}, "residual" } do
    check.fails(function() C:least_squares("b1", terms) end,
      "least_squares: expected a list of terms %(known: residual, ")
  end
  check.fails(function() C:rows("residual", 0) end,
    "a block is a positive whole number of points, not 0")
  check.fails(function() C:vjp("residual", ms.zeros(23)) end, "a tensor of 23 x 2")
  check.fails(function() C:jacobian("interior") end, "no term")
  local mean = ms.problem {
    name = "mean", coords = { "x" }, fields = { "u" }, domain = ms.box { x = { 0, 1 } },
    terms = { { name = "total", on = "interior", points = 9,
      expr = function(s) return ms.mean(s.u) - 1 end } },
  }
  local small = ms.mlp { inputs = mean.coords, outputs = mean.fields, width = 3,
    depth = 1 }
  check.fails(function() ms.curvature(mean:losses(small)):jacobian("total") end,
    "sums over the points")
end)

check.done()
