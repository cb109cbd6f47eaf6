-- Samplers from Lua, domains, regions, and the points they draw.
local core = require "modsync.core"
local check = require "tests.support.check"
local domain = require "modsync.domain"

local function column(points, k)
  return points:narrow(2, k, 1)
end

check.test("every sampler gives n x d points in the unit cube, repeatably", function()
  local names = {}
  for _, record in ipairs(core.samplers()) do
    names[#names + 1] = record.name
    check.ok(record.summary ~= "" and record.paper ~= "")
    local a = core.sample(record.name, core.rng(1, "a"), 50, 3)
    check.equal(a:shape(), { 50, 3 })
    check.ok(a:min() >= 0 and a:max() < 1)
    check.equal(a, core.sample(record.name, core.rng(1, "a"), 50, 3))
  end
  check.equal(names, { "grid", "uniform", "lhs", "sobol", "halton" })
end)

check.test("a redraw goes on in the stream", function()
  local rng = core.rng(1, "a")
  for _, name in ipairs { "uniform", "lhs", "sobol", "halton" } do
    check.ok(core.sample(name, rng, 8, 2) ~= core.sample(name, rng, 8, 2), name)
  end
end)

check.test("skip goes on in the sequence", function()
  local all = core.sample("sobol", core.rng(3, "s"), 64, 2)
  local rest = core.sample("sobol", core.rng(3, "s"), 44, 2, 20)
  check.equal(all:narrow(1, 21, 44), rest)
end)

check.test("sample_box fills views in place and holds flat sides", function()
  local all = core.full({ 10, 5 }, -7)
  local part = all:narrow(1, 3, 4):narrow(2, 2, 3)
  local same = core.sample_box("lhs", core.rng(1, "b"), part, { 0, 2, 10 }, { 1, 2, 20 })
  check.ok(rawequal(same, part))
  check.equal(column(part, 2), core.full({ 4, 1 }, 2))
  check.ok(column(part, 3):min() >= 10 and column(part, 3):max() <= 20)
  check.equal(all:sum(), -7 * 38 + part:sum())
end)

check.test("mistakes in samples are named", function()
  local rng = core.rng(1, "a")
  check.fails(function() core.sample("sobel", rng, 1, 1) end,
    "no sampler is called \"sobel\"")
  check.fails(function() core.sample("grid", rng, 0, 1) end,
    "points must be a whole number")
  check.fails(function() core.sample("sobol", rng, 4, 99) end, "up to 21 coordinates")
  check.fails(function() core.sample("grid", rng, 4, 1, -1) end, "skip must be")
  local points = core.zeros(3, 2)
  local function box(...) return core.sample_box("grid", rng, ...) end
  check.fails(function() box(points, { 0 }, { 1, 1 }) end, "limit 2")
  check.fails(function() box(points, { 0, 1 }, { 1, 0 }) end, "runs from 1 to 0")
  check.fails(function() box(points:transpose(1, 2), { 0, 0, 0 }, { 1, 1, 1 }) end,
    "side by side")
  check.fails(function() box(core.zeros(3), { 0 }, { 1 }) end, "n points x d")
end)

local box = domain.box { x = { -1, 1 }, t = { 0, 2 } }
local coords = { "x", "t" }

local function draw(on, n, sampler)
  local region = check.ok(box:region(on, coords))
  local points = core.zeros(n, region.columns)
  region:filler(points)(sampler or "uniform", core.rng(1, "r"))
  return points, region
end

check.test("the interior is the whole box", function()
  local points = draw("interior", 400, "lhs")
  check.near(column(points, 1):mean(), 0, 0.01)
  check.near(column(points, 2):mean(), 1, 0.01)
  check.ok(column(points, 2):max() > 1.98 and column(points, 1):min() < -0.99)
end)

check.test("the boundary is all faces with equal shares", function()
  local points = draw("boundary", 10)
  check.equal(points:narrow(1, 1, 3):narrow(2, 1, 1), core.full({ 3, 1 }, -1))
  check.equal(points:narrow(1, 4, 3):narrow(2, 1, 1), core.full({ 3, 1 }, 1))
  check.equal(points:narrow(1, 7, 2):narrow(2, 2, 1), core.full({ 2, 1 }, 0))
  check.equal(points:narrow(1, 9, 2):narrow(2, 2, 1), core.full({ 2, 1 }, 2))
end)

check.test("faces by value, by side and in lists", function()
  check.equal(column(draw("t=2", 5), 2), core.full({ 5, 1 }, 2))
  check.equal(column(draw(" t = 2.0 ", 5), 2), core.full({ 5, 1 }, 2))
  check.equal(column(draw("x.min", 5), 1), core.full({ 5, 1 }, -1))
  local points, region = draw({ "x.max", "t=0" }, 4)
  check.equal(points:narrow(1, 1, 2):narrow(2, 1, 1), core.full({ 2, 1 }, 1))
  check.equal(points:narrow(1, 3, 2):narrow(2, 2, 1), core.full({ 2, 1 }, 0))
  check.equal(region.key, box:region({ "x=1", "t.min" }, coords).key)
  check.ok(region.key ~= box:region({ "t=0", "x.max" }, coords).key)
end)

check.test("a pair of faces has equal other coordinates", function()
  local points, region = draw(domain.periodic "x", 6)
  check.ok(region.pair)
  check.equal(points:size(2), 4)
  check.equal(column(points, 1), core.full({ 6, 1 }, -1))
  check.equal(column(points, 3), core.full({ 6, 1 }, 1))
  check.equal(column(points, 2), column(points, 4))
  check.ok(column(points, 2):max() > column(points, 2):min())
  points = draw(domain.periodic { "x", "t" }, 7)
  check.equal(points:narrow(1, 5, 3):narrow(2, 2, 1), core.full({ 3, 1 }, 0))
  check.equal(points:narrow(1, 5, 3):narrow(2, 4, 1), core.full({ 3, 1 }, 2))
  check.equal(points:narrow(1, 5, 3):narrow(2, 1, 1),
    points:narrow(1, 5, 3):narrow(2, 3, 1))
end)

check.test("points of one's own: a tensor, a function", function()
  local mine = core.tensor { { 0.5, 1 }, { 0.25, 0 }, { 0, 2 } }
  local points, region = draw(mine, 3)
  check.equal(points, mine)
  check.equal(region.points, 3)
  check.ok(region.fixed)
  local seen
  points = draw(function(rng, n)
    seen = n
    return core.sample("uniform", rng, n, 2)
  end, 9)
  check.equal(seen, 9)
  check.equal(points, core.sample("uniform", core.rng(1, "r"), 9, 2))
  check.fails(function() draw(function() return 1 end, 3) end,
    "points.lua:%d+: the points function must return a tensor, not 1")
  check.fails(function() draw(function() return core.zeros(2, 2) end, 3) end,
    "points.lua:%d+: the points function must return a 3 x 2 tensor, not 2 x 2")
end)

check.test("one coordinate: the boundary is two points", function()
  local line = domain.box { x = { 2, 5 } }
  local region = line:region("boundary", { "x" })
  local points = core.zeros(3, 1)
  region:filler(points)("sobol", core.rng(1, "r"))
  check.equal(points, core.tensor { { 2 }, { 2 }, { 5 } })
end)

local function wrong(on, pattern)
  local region, message = box:region(on, coords)
  check.ok(region == nil)
  check.ok(message:find(pattern, 1, true), message)
end

check.test("what is no region is explained", function()
  wrong("t=5", "\"t=5\" is not a face: t runs from 0 to 2")
  wrong("t=pi", "\"pi\" is not a number")
  wrong("y=0", "no coordinate \"y\" (coords: x, t)")
  wrong("x.low", "expected x.min or x.max")
  wrong("inside", "\"inside\" is no region")
  wrong({}, "the list of faces is empty")
  wrong({ "x.min", 3 }, "not 3")
  wrong(7, "not 7")
  wrong(nil, "not nil")
  wrong(domain.periodic "z", "no coordinate \"z\"")
  wrong(core.zeros(4, 3), "must be n x 2 (x, t), not 4 x 3")
end)

check.test("what is no box is explained", function()
  check.fails(function() domain.box {} end, "box expects limits")
  check.fails(function() domain.box { x = 1 } end, "limits of x must be two numbers")
  check.fails(function() domain.box { x = { 1, 1 } } end, "rising, not {1, 1}")
  check.fails(function() domain.box { x = { 0, math.huge } } end, "finite")
  check.fails(function() domain.box { [1] = { 0, 1 } } end, "no name for a coordinate")
  check.fails(function() domain.periodic(4) end, "periodic expects")
end)

check.done()
