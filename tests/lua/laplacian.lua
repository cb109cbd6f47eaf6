-- The collapsed Laplacian against the sum of second derivatives, and its gradient.
local core = require "modsync.core"
local ms = require "modsync"
local check = require "tests.support.check"

local points = core.rng(1, "points"):uniform(core.zeros(9, 3))

--- Both forms of the Laplacian of every expression, relative to the larger of the two.
local function compare(make, names, tolerance)
  local g = core.graph()
  local x, y, z = g:input("x", 1), g:input("y", 2), g:input("z", 3)
  for number, e in ipairs { make(x, y, z, g) } do
    local sum = 0
    for _, name in ipairs(names) do sum = sum + e:d(name, name) end
    local got = g:program { outputs = { e:laplacian(table.unpack(names)), sum },
      columns = 3 }:run(core.zeros(0), points)
    for i = 1, points:size(1) do
      local a, b = got:get(i, 1), got:get(i, 2)
      check.near(a, b, tolerance * (1 + math.abs(b)), ("expression %d"):format(number))
    end
  end
end

check.test("every kind of node", function()
  compare(function(x, y, z, g)
    local row = g:constant(core.tensor { { 1, -2, 0.5 } })
    local joined = core.concat { x * y, core.sin(z), y * y }
    return x * x * y + z,
      core.tanh(x * y + core.sin(z)) * core.exp(0.3 * y) / (1 + x * x),
      core.atan2(x + 2, y * y + 1) ^ 3, core.max(x * x, y * z), core.sign(x) * y * y,
      core.sum_columns(core.cos(joined * row)),
      joined:matmul(core.transpose(row)):column(1),
      (x + 0.1) ^ (y + 1), core.abs(x - 0.5) * z * z, x + y, 3 * z * z
  end, { "x", "y", "z" }, 1e-13)
end)

check.test("by some of the coordinates, and by one", function()
  local function make(x, y, z) return core.exp(x * y) * core.sin(y + z * x), y * z end
  compare(make, { "x", "z" }, 1e-13)
  compare(make, { "y" }, 1e-13)
end)

check.test("a harmonic function has none; twice is the biharmonic operator", function()
  local g = core.graph()
  local x, y = g:input("x", 1), g:input("y", 2)
  local harmonic = core.exp(x) * core.cos(y)
  local u = core.sin(2 * x) * core.cos(3 * y)
  local outputs = { harmonic:laplacian("x", "y"),
    u:laplacian("x", "y"):laplacian("x", "y") - 169 * u,
    u:laplacian("x", "y"):d("x") + 13 * u:d("x") }
  local got = g:program { outputs = outputs, columns = 3 }:run(core.zeros(0), points)
  check.ok(math.max(got:max(), -got:min()) < 2e-13)
end)

check.test("fewer channels, the same loss and gradient", function()
  local names, limits = {}, {}
  for i = 1, 5 do
    names[i] = ("x%d"):format(i)
    limits[names[i]] = { 0, 1 }
  end
  local function build(expr)
    local problem = ms.problem { name = "laplace", coords = names, fields = { "u" },
      domain = ms.box(limits),
      terms = { { name = "residual", on = "interior", points = 40, expr = expr } } }
    local net = ms.mlp { inputs = problem.coords, outputs = problem.fields, width = 9,
      depth = 2, seed = 3 }
    local L = problem:losses(net)
    local values, G = L:gradients()
    return values:get(1), G, L.groups[1].program:info()
  end
  local value, G, few = build(function(s)
    return s.u:laplacian(table.unpack(names)) - 1
  end)
  local same, H, many = build(function(s)
    local sum = -1
    for _, name in ipairs(names) do sum = sum + s.u:d(name, name) end
    return sum
  end)
  check.near(value, same, 1e-12 * same)
  check.ok((G - H):norm() <= 1e-11 * H:norm())
  -- 1 + 5 + 1 channels of a layer instead of 1 + 5 + 5
  check.ok(few.bytes_per_point < 0.8 * many.bytes_per_point)
end)

check.test("a point twice: cross derivatives count, as in d(x, x)", function()
  local g = core.graph()
  local left, right = g:input("x", 1), g:input("x", 2)
  local e = core.sin(left) * core.exp(2 * right)
  local got = g:program { outputs = { e:laplacian("x") - e:d("x", "x") }, columns = 3 }
    :run(core.zeros(0), points)
  check.ok(math.max(got:max(), -got:min()) < 1e-14)
end)

check.test("mistakes", function()
  local x = core.graph():input("x", 1)
  check.fails(function() return x:laplacian() end, "1 to 64 coordinate names, got 0")
  check.fails(function() return x:laplacian("q") end, "no coordinate 'q'; there are: x")
end)

check.done()
