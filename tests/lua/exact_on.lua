-- Where errors against the exact solution are measured.
local ms = require "modsync"
local check = require "tests.support.check"

--- n points of the ring a < r < b, even in area.
local function ring(a, b)
  return function(rng, n)
    local z = rng:uniform(ms.zeros(n, 2))
    local r = ms.sqrt(z:select(2, 1) * (b ^ 2 - a ^ 2) + a ^ 2)
    local angle = z:select(2, 2) * (2 * math.pi)
    return ms.stack({ r * ms.cos(angle), r * ms.sin(angle) }, 2)
  end
end

local function laplace(s) return s.u_xx + s.u_yy end
local function exact(s) return ms.log(s.x ^ 2 + s.y ^ 2) / 2 end

local function annulus(more)
  local description = { name = "annulus", coords = { "x", "y" }, fields = { "u" },
    domain = ms.box { x = { -1, 1 }, y = { -1, 1 } },
    terms = {
      { name = "outer", on = ring(1, 1), points = 20, expr = function(s) return s.u end },
      { name = "residual", on = ring(0.25, 1), points = 50, expr = laplace },
    },
    exact = { u = exact } }
  for key, value in pairs(more or {}) do description[key] = value end
  return ms.problem(description)
end

local function losses(p)
  return p:losses(ms.mlp { inputs = p.coords, outputs = p.fields, width = 6, depth = 1,
    seed = 2 })
end

local function error_at(L, points)
  local u = L.problem:exact(points)
  return (L.net:evaluate(points) - u):norm() / u:norm()
end

local function radii(points)
  return points:norm(2, 2)
end

check.test("the points of the residual's own function", function()
  local p = annulus()
  local L = losses(p)
  local r = radii(L:grid().points)
  check.equal(L:evaluation_points(), 101 * 101)
  check.ok(r:min() >= 0.25 and r:max() <= 1)
  check.near(r:mean(), 0.7, 0.01)
  check.near(L:relative_l2().u, error_at(L, ring(0.25, 1)(ms.rng(5, "other"), 20000)),
    0.02 * L:relative_l2().u)
  check.equal(losses(p):relative_l2(), L:relative_l2())
  local unmeasured = losses(p)
  for _ = 1, 2 do
    L:gradients()
    unmeasured:gradients()
  end
  check.equal(L:points_of "residual", unmeasured:points_of "residual")
end)

--- A problem on [0, 1] whose terms have these names and points functions, 8 points each.
local function on_line(...)
  local terms = {}
  for i, term in ipairs { ... } do
    terms[i] = { name = term[1], on = term[2], points = 8,
      expr = function(s) return s.u_x - 1 end }
  end
  return ms.problem { name = "line", coords = { "x" }, fields = { "u" }, terms = terms,
    domain = ms.box { x = { 0, 1 } }, exact = { u = function(s) return s.x end } }
end

local function interval(a, b)
  return function(rng, n) return rng:uniform(ms.zeros(n, 1)) * (b - a) + a end
end

check.test("residuals on subdomains have equal shares of the points", function()
  local left, right = interval(0, 0.5), interval(0.5, 1)
  local walls = { "boundary", interval(1, 1) }
  for _, p in ipairs {
    on_line({ "residual_left", left }, { "residual_right", right }),
    on_line(walls, { "residual_left", left }, { "residual_right", right },
      { "residual_again", left }),
  } do
    local x = losses(p):grid().points
    check.equal({ x:size(1), x:lt(0.5):sum() }, { 1001, 501 })
    check.ok(x:min() < 0.01 and x:max() > 0.99 and x:max() < 1)
  end
  local unnamed = losses(on_line({ "equation", left }, { "other", right })):grid().points
  check.equal({ unnamed:size(1), unnamed:lt(0.5):sum() }, { 1001, 1001 })
end)

check.test("a function that makes so many points as its term has", function()
  local function fixed(n, a)
    return function(rng) return rng:uniform(ms.zeros(n, 1)) / 2 + a end
  end
  local p = on_line({ "residual_left", fixed(8, 0) }, { "residual_right", fixed(8, 0.5) })
  local run = ms.train { problem = p, net = { width = 3, depth = 1 }, steps = 3,
    report = "quiet" }
  check.equal(run.stopped, "finished")
  check.equal(run.losses:evaluation_points(), 16)
  local wrong = on_line { "residual", interval(0, 1) }
  wrong.exact_regions[1].region.draw = fixed(5, 0)
  check.fails(function() require "modsync.error_grid".new(wrong) end, "problem \"line\": "
    .. "the points where the error is measured: .*must return a 8 x 1 tensor, not 5 x 1; "
    .. "say where else with exact_on, such as \"interior\"")
end)

check.test("exact_on: a function, a tensor, data, a face", function()
  local inner = annulus { exact_on = ring(0.25, 0.5) }
  check.ok(radii(losses(inner):grid().points):max() <= 0.5)
  local given = ms.tensor { { 0.5, 0.5 }, { -0.75, 0.25 }, { 0.1, 0.6 } }
  for _, on in ipairs { given, ms.data { ms.concat { given, ms.ones(3, 1) },
    columns = { "x", "y", "seen" } } } do
    local L = losses(annulus { exact_on = on })
    check.equal(L:grid().points, given)
    check.near(L:relative_l2().u, error_at(L, given), 1e-14)
  end
  local face = losses(annulus { exact_on = "x.max", exact = {
    u = function(s) return s.y + 2 end } }):grid().points
  check.equal({ face:size(1), face:select(2, 1):min() }, { 101 * 101, 1 })
  check.near(face:select(2, 2):min(), -1, 1e-3)
end)

check.test("points that relative_l2 is given", function()
  local L = losses(annulus())
  local points = ms.tensor { { 0.5, 0.5 }, { -0.75, 0.25 } }
  check.near(L:relative_l2(points).u, error_at(L, points), 1e-14)
  check.fails(function() L:relative_l2(ms.zeros(3, 1)) end, "tensor of n x 2")
  check.near(L:relative_l2({ 4, 6 }).u, error_at(L, ms.stack({
    ms.linspace(-1, 1, 4):reshape(4, 1):expand(4, 6):reshape(24),
    ms.linspace(-1, 1, 6):reshape(1, 6):expand(4, 6):reshape(24) }, 2)), 1e-13)
end)

check.test("a term on the whole interior means the box", function()
  local p = annulus { exact = { u = function(s) return s.x end }, terms = {
    { name = "first", on = ring(0.25, 1), expr = laplace },
    { name = "second", on = "interior", expr = laplace } } }
  check.equal(losses(p):evaluation_points(), 101 * 101)
  local boundary = annulus { exact = { u = function(s) return s.x end }, terms = {
    { name = "walls", on = "boundary", expr = laplace } } }
  check.equal(losses(boundary):evaluation_points(), 101 * 101)
end)

check.test("an exact solution that is not finite is told before the training", function()
  local steps = 0
  for _, settings in ipairs { {}, { history = { every = 3 } } } do
    settings.problem, settings.steps = annulus { exact_on = "interior" }, 5
    settings.callback = function() steps = steps + 1 end
    check.fails(function() ms.train(settings) end, "problem \"annulus\": the exact u is "
      .. "%-inf at x = 0, y = 0, where the error is measured: .*exact_on")
  end
  check.equal(steps, 0)
  local root = annulus { exact_on = "interior",
    exact = { u = function(s) return ms.sqrt(s.x) end } }
  check.fails(function() losses(root):relative_l2() end, "the exact u is nan at x = %-1")
end)

check.test("no warning of a collapse, and a picture over the box", function()
  local run = ms.train { problem = annulus(), net = { width = 10, depth = 1 }, steps = 30,
    optimizer = "adam:lr=1e-2", conflict = "sum", report = "quiet" }
  check.equal(run.warnings, {})
  check.ok(run.rel_l2.u < 2)
  check.ok(require "modsync.picture".fields(run, check.scratch "annulus.svg"))
end)

check.test("mistakes", function()
  for _, case in ipairs {
    { "z.min", "exact_on: \"z.min\": there is no coordinate \"z\"" },
    { 3, "exact_on: expected a region %(\"interior\"" },
    { ms.zeros(3, 1), "exact_on: a tensor of points must be n x 2" },
    { ms.periodic "x", "exact_on cannot be a pair of faces" },
  } do
    check.fails(function() annulus { exact_on = case[1] } end, case[2])
  end
  check.fails(function() annulus { exact = {}, exact_on = "interior" } end,
    "there is no exact")
end)

check.done()
