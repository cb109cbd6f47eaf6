-- Powers at 0 and elsewhere: value and derivatives of order 1 to 6, with the exponent a
-- number, a parameter or an input; none is NaN where there is one.

local check = require "tests.support.check"
local core = require "modsync.core"

local by = {}
for k = 1, 6 do by[k] = "x" end

-- The k-th derivative of x^p: p (p - 1) ... (p - k + 1) x^(p - k).
local function exact(p, x, k)
  local factor = 1
  for i = 0, k - 1 do factor = factor * (p - i) end
  return factor == 0 and 0 or factor * x ^ (p - k)
end

-- x^p and its derivatives at the points; 'kind' says what the exponent is.
local function powers(kind, p, points)
  local g = core.graph()
  local x = g:input("x", 1)
  local exponents = { number = p, parameter = g:parameter(0, 1, 1),
    input = g:input("y", 2) }
  local f = x ^ exponents[kind]
  local outputs = { f }
  for k = 1, 6 do outputs[k + 1] = f:d(table.unpack(by, 1, k)) end
  return g:program { outputs = outputs, columns = 2, parameters = 1 }:run(
    core.tensor { p }, core.stack({ points, core.full(points:shape(), p) }, 2))
end

-- The gradient of each loss by the one parameter, at one point.
local function gradient(g, losses, parameter, x)
  local values, G = core.zeros(#losses), core.zeros(#losses, 1)
  g:program { losses = losses, columns = 1, parameters = 1 }:run(
    core.tensor { parameter }, core.tensor { { x } }, values, G)
  return G
end

local whole = { 0, 1, 2, 3, 4, 5, 6, 7, 12, 17, 20, -1, -2, -17 }
local broken = { 0.5, 1.5, 2.5, 3.5, 5.5, 6.5, 7.25, 17.5, -0.5 }

local function compare(list, points)
  for _, kind in ipairs { "number", "parameter", "input" } do
    for _, p in ipairs(list) do
      local got = powers(kind, p, points)
      for i = 1, points:size() do
        for k = 0, 6 do
          local want, found = exact(p, points[i], k), got:get(i, k + 1)
          local label = ("%s exponent %g at %g, order %d"):format(kind, p, points[i], k)
          check.near(found, want, 1e-11 * math.abs(want), label)
        end
      end
    end
  end
end

check.test("at and near 0", function()
  compare(broken, core.tensor { 0, 1e-3, 0.5, 2 })
  compare(whole, core.tensor { 1e-3, 0.5, -0.5, 2 })
end)

-- (-0)^-1 is minus infinity in C, and 1 / x changes sign at 0.
check.test("at 0, whole exponents", function()
  local list = {}
  for _, p in ipairs(whole) do if p >= 0 then list[#list + 1] = p end end
  compare(list, core.tensor { 0, -0.0 })
end)

-- d x^p / dp = x^p log x, which is 0 at x = 0 where p > 0; there p x^(p-1) goes to 0 too
-- if p > 1.
check.test("by the exponent", function()
  for _, p in ipairs { 0.5, 1, 1.5, 2, 3, 7.25, 20 } do
    for _, x in ipairs { 0, 0.25, 3 } do
      local g = core.graph()
      local at, q = g:input("x", 1), g:parameter(0, 1, 1)
      local losses = { core.mean(at ^ q), core.mean((at ^ q):d "x") }
      local want = { x == 0 and 0 or x ^ p * math.log(x),
        x == 0 and 0 or x ^ (p - 1) * (1 + p * math.log(x)) }
      if x == 0 and p <= 1 then losses[2], want[2] = nil, nil end
      check.near(gradient(g, losses, p, x), want, 1e-12 * math.max(1, x ^ p),
        ("exponent %g at %g"):format(p, x))
    end
  end
end)

check.test("by an exponent that is an input, and by both", function()
  local g = core.graph()
  local x, y = g:input("x", 1), g:input("y", 2)
  local f = x ^ y
  local got = g:program { outputs = { f:d "y", f:d("y", "y"), f:d("x", "y"),
    f:d("y", "x"), (2 ^ y):d("y", "y"), (0 * x + 3 ^ (x * y)):d("x", "y") },
    columns = 2 }:run(core.zeros(0), core.tensor { { 0, 2 }, { 0.5, 2 }, { 0, 3.5 } })
  local log = math.log
  check.near(got, {
    { 0, 0, 0, 0, 4 * log(2) ^ 2, log(3) },
    { 0.25 * log(0.5), 0.25 * log(0.5) ^ 2, 0.5 + log(0.5), 0.5 + log(0.5),
      4 * log(2) ^ 2, 3 * log(3) * (1 + log(3)) },
    { 0, 0, 0, 0, 2 ^ 3.5 * log(2) ^ 2, log(3) } }, 1e-13)
end)

check.test("constants fold what 0 needs", function()
  local g = core.graph()
  local x = g:input("x", 1)
  check.ok((x ^ 2.5):d "x" == 2.5 * x ^ 1.5)
  check.ok((2 ^ x):d "x" == math.log(2) * 2 ^ x)
end)

-- The exponent 0 is one of the values that training may start from.
check.test("a trainable exponent of 0 moves", function()
  local g = core.graph()
  local x, q = g:input("x", 1), g:parameter(0, 1, 1)
  check.near(gradient(g, { core.mean((x ^ q):d "x") }, 0, 4), { 0.25 }, 1e-15)
end)

check.done()
