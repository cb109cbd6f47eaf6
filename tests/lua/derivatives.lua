-- Input derivatives of order 1 to 6, mixed, against closed forms.

local check = require "tests.support.check"
local core = require "modsync.core"

local names = { "x", "y", "z" }

-- All multi-indices of order at most 6 in 'dims' coordinates.
local function indices(dims)
  local list = {}
  local function extend(prefix, left)
    if #prefix == dims then
      list[#list + 1] = prefix
      return
    end
    for k = 0, left do
      local longer = { table.unpack(prefix) }
      longer[#longer + 1] = k
      extend(longer, left - k)
    end
  end
  extend({}, 6)
  return list
end

local function derivative(f, index)
  local by = {}
  for axis, times in ipairs(index) do
    for _ = 1, times do by[#by + 1] = names[axis] end
  end
  return #by == 0 and f or f:d(table.unpack(by))
end

-- build(x, y, z) gives a symbol of one column; exact(index, x, y, z) its derivative.
-- Compared at the points, relative to the largest value of that derivative there.
local function compare(points, build, exact, tolerance)
  local g, inputs, outputs = core.graph(), {}, {}
  local dims = #points[1]
  for axis = 1, dims do inputs[axis] = g:input(names[axis], axis) end
  local f = build(table.unpack(inputs))
  local list = indices(dims)
  for k, index in ipairs(list) do outputs[k] = derivative(f, index) end
  local got = g:program { outputs = outputs, columns = dims }:run(core.zeros(0),
    core.tensor(points))
  for k, index in ipairs(list) do
    local expected, scale = {}, 0
    for i, point in ipairs(points) do
      expected[i] = exact(index, table.unpack(point))
      scale = math.max(scale, math.abs(expected[i]))
    end
    check.near(got:select(2, k), expected, (tolerance or 1e-12) * scale + 1e-300,
      "derivative " .. table.concat(index, ","))
  end
end

local function factorial(n) return n < 2 and 1 or n * factorial(n - 1) end

-- a (a - 1) ... (a - n + 1)
local function falling(a, n)
  local product = 1
  for i = 0, n - 1 do product = product * (a - i) end
  return product
end

-- Complex numbers as {re, im}.
local function times(a, b)
  return { a[1] * b[1] - a[2] * b[2], a[1] * b[2] + a[2] * b[1] }
end
local function power(a, n)
  local product = { 1, 0 }
  for _ = 1, n do product = times(product, a) end
  return product
end
local function inverse(a)
  local norm = a[1] * a[1] + a[2] * a[2]
  return { a[1] / norm, -a[2] / norm }
end

local function tanh(x) return 1 - 2 / (math.exp(2 * x) + 1) end

-- D^n of a polynomial in t (coefficients from degree 0) along dt/dx = rate(t).
local function poly_value(p, t)
  local sum = 0
  for k = #p, 1, -1 do sum = sum * t + p[k] end
  return sum
end
local function poly_derivative(p)
  local d = {}
  for k = 2, #p do d[k - 1] = (k - 1) * p[k] end
  return d
end
local function poly_times(p, q)
  local r = {}
  for i = 1, #p + #q - 1 do r[i] = 0 end
  for i = 1, #p do
    for j = 1, #q do r[i + j - 1] = r[i + j - 1] + p[i] * q[j] end
  end
  return r
end

local line = { { -1.3 }, { -0.4 }, { 0.0 }, { 0.2 }, { 0.9 }, { 1.7 } }
local positive = { { 0.3 }, { 0.7 }, { 1.0 }, { 1.9 }, { 3.1 } }
local plane = { { -1.2, 0.3 }, { 0.4, 0.8 }, { 0.9, -0.7 }, { 1.1, 1.3 }, { -0.5, -0.6 } }
local space = { { 0.3, -0.7, 1.1 }, { -0.9, 0.4, 0.6 }, { 1.2, 0.8, -0.5 },
  { 0.1, 0.2, 0.3 } }

check.test("polynomials in one, two and three coordinates", function()
  local terms = { { 1.5, 6, 0, 0 }, { -2, 2, 2, 2 }, { 0.25, 1, 3, 4 }, { 3, 0, 1, 0 },
    { -0.5, 3, 0, 3 }, { 7, 0, 0, 0 } }
  for dims = 1, 3 do
    compare(({ line, plane, space })[dims], function(...)
      local inputs, sum = { ... }, 0
      for _, term in ipairs(terms) do
        local product = term[1]
        for axis = 1, dims do product = product * inputs[axis] ^ term[axis + 1] end
        sum = sum + product
      end
      return sum
    end, function(index, ...)
      local point, sum = { ... }, 0
      for _, term in ipairs(terms) do
        local product = term[1]
        for axis = 1, dims do
          local p, n = term[axis + 1], index[axis]
          product = product * falling(p, n) * (n > p and 0 or point[axis] ^ (p - n))
        end
        sum = sum + product
      end
      return sum
    end)
  end
end)

-- sin(a x + b y) exp(c x) = Im exp((c + i a) x + i b y)
check.test("a product of sine and exponential", function()
  local a, b, c = 1.3, -0.8, 0.6
  compare(plane, function(x, y) return core.sin(x * a + y * b) * core.exp(c * x) end,
    function(index, x, y)
      local angle, size = a * x + b * y, math.exp(c * x)
      local wave = { size * math.cos(angle), size * math.sin(angle) }
      return times(times(power({ c, a }, index[1]), power({ 0, b }, index[2])), wave)[2]
    end)
end)

check.test("cosine and hyperbolic functions of a plane wave", function()
  compare(plane,
    function(x, y) return core.cos(x - 2 * y) + core.sinh(y) * core.cosh(x) end,
    function(index, x, y)
      local n = index[1] + index[2]
      local wave = (-2) ^ index[2] * math.cos(x - 2 * y + n * math.pi / 2)
      local function even(v) return (math.exp(v) + math.exp(-v)) / 2 end
      local function odd(v) return (math.exp(v) - math.exp(-v)) / 2 end
      return wave + (index[2] % 2 == 0 and odd or even)(y)
                      * (index[1] % 2 == 0 and even or odd)(x)
    end)
end)

-- D^n tanh is a polynomial of t = tanh: P_(n+1) = P_n' (1 - t^2).
check.test("tanh", function()
  local polynomials = { [0] = { 0, 1 } }
  for n = 1, 6 do
    polynomials[n] = poly_times(poly_derivative(polynomials[n - 1]), { 1, 0, -1 })
  end
  check.equal(polynomials[4], { 0, 16, 0, -40, 0, 24 })
  compare(line, core.tanh,
    function(index, x) return poly_value(polynomials[index[1]], tanh(x)) end)
  compare(plane, function(x, y) return core.tanh(0.7 * x - 1.1 * y + 0.2) end,
    function(index, x, y)
      local t = tanh(0.7 * x - 1.1 * y + 0.2)
      return 0.7 ^ index[1] * (-1.1) ^ index[2]
               * poly_value(polynomials[index[1] + index[2]], t)
    end)
end)

-- D^n sigmoid: Q_(n+1) = Q_n' s (1 - s); softplus' = sigmoid, silu = x sigmoid.
check.test("sigmoid, softplus, silu", function()
  local polynomials = { [0] = { 0, 1 } }
  for n = 1, 6 do
    polynomials[n] = poly_times(poly_derivative(polynomials[n - 1]), { 0, 1, -1 })
  end
  local function sigmoid(n, x)
    return poly_value(polynomials[n], 1 / (1 + math.exp(-x)))
  end
  compare(line, core.sigmoid, function(index, x) return sigmoid(index[1], x) end)
  compare(line, core.softplus, function(index, x)
    return index[1] == 0 and math.log(1 + math.exp(x)) or sigmoid(index[1] - 1, x)
  end)
  compare(line, function(x) return x * core.sigmoid(x) end, function(index, x)
    local n = index[1]
    return x * sigmoid(n, x) + (n > 0 and n * sigmoid(n - 1, x) or 0)
  end)
end)

-- D^n exp(-x^2) = (-1)^n H_n(x) exp(-x^2) with Hermite's polynomials.
check.test("Gauss's bell, erf and gelu", function()
  local H = { [0] = { 1 }, { 0, 2 }, { -2, 0, 4 }, { 0, -12, 0, 8 },
    { 12, 0, -48, 0, 16 }, { 0, 120, 0, -160, 0, 32 }, { -120, 0, 720, 0, -480, 0, 64 } }
  local function bell(n, x) return (-1) ^ n * poly_value(H[n], x) * math.exp(-x * x) end
  compare(line, function(x) return core.exp(-x * x) end,
    function(index, x) return bell(index[1], x) end)
  local slope, root = 2 / math.sqrt(math.pi), math.sqrt(2)
  -- erf itself stands in the tests of base/vmath
  compare(line, function(x) return core.erf(x):d("x") end,
    function(index, x) return slope * bell(index[1], x) end)
  compare(line, function(x) return core.erfc(x):d("x") end,
    function(index, x) return -slope * bell(index[1], x) end)
  -- gelu(x) = x Phi(x), Phi' = phi = exp(-x^2/2)/sqrt(2 pi); gelu' - (Phi - 1/2) = 1/2 +
  -- x phi
  local function phi(n, x) return slope / 2 / root ^ (n + 1) * bell(n, x / root) end
  compare(line, function(x)
    return (0.5 * x * (1 + core.erf(x / root))):d("x") - 0.5 * core.erf(x / root)
  end, function(index, x)
    local n = index[1]
    return (n == 0 and 0.5 or n * phi(n - 1, x)) + x * phi(n, x)
  end)
end)

-- 1/(1 + x^2) = Im 1/(x - i)
check.test("rational functions and the arc tangent", function()
  local function exact(n, x)
    return (-1) ^ n * factorial(n) * power(inverse { x, -1 }, n + 1)[2]
  end
  compare(line, function(x) return 1 / (1 + x * x) end,
    function(index, x) return exact(index[1], x) end)
  compare(line, function(x) return (1 + x ^ 2) ^ -1 end,
    function(index, x) return exact(index[1], x) end)
  compare(line, core.atan, function(index, x)
    return index[1] == 0 and math.atan(x) or exact(index[1] - 1, x)
  end)
  compare(positive, function(x) return (2 - x) / x end, function(index, x)
    local n = index[1]
    return 2 * falling(-1, n) * x ^ (-1 - n) - (n == 0 and 1 or 0)
  end)
end)

check.test("powers, roots, logarithms", function()
  for _, exponent in ipairs { 0.5, 2.5, -1.5, -3, 7, math.pi } do
    compare(positive, function(x) return x ^ exponent end, function(index, x)
      return falling(exponent, index[1]) * x ^ (exponent - index[1])
    end)
  end
  compare(positive, core.sqrt, function(index, x)
    return falling(0.5, index[1]) * x ^ (0.5 - index[1])
  end)
  local function log(n, x, inner)
    return n == 0 and math.log(inner) or (-1) ^ (n - 1) * factorial(n - 1) / x ^ n
  end
  compare(positive, core.log, function(index, x) return log(index[1], x, x) end)
  compare(positive, core.log1p, function(index, x) return log(index[1], 1 + x, 1 + x) end)
  compare(line, function(x) return 2 ^ x end,
    function(index, x) return math.log(2) ^ index[1] * 2 ^ x end)
  compare(line, core.expm1, function(index, x)
    return index[1] == 0 and math.exp(x) - 1 or math.exp(x)
  end, 4e-12)
end)

-- (x)^(y) with both varying, at order 1 and 2
check.test("a power of two variables", function()
  local g = core.graph()
  local x, y = g:input("x", 1), g:input("y", 2)
  local f = x ^ y
  local a, b = 1.7, -0.6
  local got = g:program { outputs = { f:d("x"), f:d("y"), f:d("x", "y"), f:d("y", "y") },
    columns = 2 }:run(core.zeros(0), core.tensor { { a, b } })
  local v, l = a ^ b, math.log(a)
  check.near(got, { b * v / a, v * l, v / a * (1 + b * l), v * l * l }, 1e-14)
end)

-- atan2(y, x) = Im log(x + i y), log(x^2 + y^2)/2 = Re log(x + i y)
check.test("the complex logarithm", function()
  local function exact(index, x, y)
    local n = index[1] + index[2]
    if n == 0 then return { math.log(x * x + y * y) / 2, math.atan(y, x) } end
    local factor = (-1) ^ (n - 1) * factorial(n - 1)
    local value = times(power({ 0, 1 }, index[2]), power(inverse { x, y }, n))
    return { factor * value[1], factor * value[2] }
  end
  compare(plane, function(x, y) return core.atan2(y, x) end,
    function(...) return exact(...)[2] end)
  compare(plane, function(x, y) return 0.5 * core.log(x * x + y * y) end,
    function(...) return exact(...)[1] end)
end)

-- D_z^n 1/r = (-1)^n n! P_n(z/r)/r^(n+1) with Legendre's polynomials; 1/r is harmonic.
check.test("the potential 1/r in three coordinates", function()
  local P = { [0] = { 1 }, { 0, 1 }, { -1 / 2, 0, 3 / 2 }, { 0, -3 / 2, 0, 5 / 2 },
    { 3 / 8, 0, -30 / 8, 0, 35 / 8 }, { 0, 15 / 8, 0, -70 / 8, 0, 63 / 8 },
    { -5 / 16, 0, 105 / 16, 0, -315 / 16, 0, 231 / 16 } }
  local g = core.graph()
  local x, y, z = g:input("x", 1), g:input("y", 2), g:input("z", 3)
  local f = 1 / core.sqrt(x * x + y * y + z * z)
  local outputs = {}
  for n = 1, 6 do outputs[n] = derivative(f, { 0, 0, n }) end
  local function laplacian(u) return u:d("x", "x") + u:d("y", "y") + u:d("z", "z") end
  outputs[7] = laplacian(f)
  outputs[8] = laplacian(laplacian(laplacian(f)))
  outputs[9] = f:d("x", "x", "y", "y", "z", "z")
  local got = g:program { outputs = outputs, columns = 3 }:run(core.zeros(0),
    core.tensor(space))
  for i, point in ipairs(space) do
    local r = math.sqrt(point[1] ^ 2 + point[2] ^ 2 + point[3] ^ 2)
    for n = 1, 6 do
      local size = factorial(n) / r ^ (n + 1)
      check.near(got:get(i, n), (-1) ^ n * size * poly_value(P[n], point[3] / r),
        1e-12 * size)
    end
    check.near(got:get(i, 7), 0, 1e-13 / r ^ 3)
    check.near(got:get(i, 8), 0, 1e-11 * 720 / r ^ 7)
    check.ok(math.abs(got:get(i, 9)) > 1e-3)
  end
end)

-- Derivatives at 0 that are known integer sequences.
check.test("compositions with known series", function()
  local c = 1 / math.sqrt(2 * math.pi)
  local cases = {
    { function(x) return core.exp(core.sin(x)) end, { 1, 1, 0, -3, -8, -3 } },
    { function(x) return core.exp(core.exp(x) - 1) end, { 1, 2, 5, 15, 52, 203 } },
    { core.tan, { 1, 0, 2, 0, 16, 0 } },
    { function(x) return 1 / core.cos(x) end, { 0, 1, 0, 5, 0, 61 } },
    { core.asin, { 1, 0, 1, 0, 9, 0 } },
    { core.acos, { -1, 0, -1, 0, -9, 0 } },
    { core.atanh, { 1, 0, 2, 0, 24, 0 } },
    { core.asinh, { 1, 0, -1, 0, 9, 0 } },
    { function(x) return core.acosh(x + 2) end, { 1 / 3 ^ 0.5, -2 / 3 ^ 1.5, 9 / 3 ^ 2.5,
      -66 / 3 ^ 3.5, 681 / 3 ^ 4.5, -9090 / 3 ^ 5.5 } },
    { core.softplus, { 1 / 2, 1 / 4, 0, -1 / 8, 0, 1 / 4 } },
    { function(x) return 0.5 * x * (1 + core.erf(x / 2 ^ 0.5)) end,
      { 1 / 2, 2 * c, 0, -4 * c, 0, 18 * c } },
    { function(x) return core.sin(core.tanh(x)) end, { 1, 0, -3, 0, 37, 0 } },
    { function(x) return core.log(core.cosh(x)) end, { 0, 1, 0, -2, 0, 16 } },
    { function(x) return core.sqrt(1 + core.sin(x)) end,
      { 1 / 2, -1 / 4, -1 / 8, 1 / 16, 1 / 32, -1 / 64 } },
  }
  for k, case in ipairs(cases) do
    local g, outputs = core.graph(), {}
    local f = case[1](g:input("x", 1))
    for n = 1, 6 do outputs[n] = derivative(f, { n }) end
    local got = g:program { outputs = outputs, columns = 1 }:run(core.zeros(0),
      core.zeros(1, 1))
    for n = 1, 6 do
      check.near(got:get(1, n), case[2][n], 1e-13 * math.max(1, math.abs(case[2][n])),
        "case " .. k .. ", order " .. n)
    end
  end
end)

local B = { { 0.7, -1.2, 0.4, 1.5, -0.3 }, { 0.2, 0.9, -1.1, 0.6, 1.3 },
  { -0.8, 0.5, 1.4, -0.1, 0.3 } }
local V = { 0.6, -1.1, 0.8, 0.3, -0.9 }

-- sum_k V_k sin((x, y, z) B_k + k/10)
check.test("waves through concat and matmul with constant matrices", function()
  local shift = { 0.1, 0.2, 0.3, 0.4, 0.5 }
  local function exact(index, x, y, z)
    local n, sum = index[1] + index[2] + index[3], 0
    for k = 1, 5 do
      local angle = x * B[1][k] + y * B[2][k] + z * B[3][k] + shift[k]
      sum = sum + V[k] * B[1][k] ^ index[1] * B[2][k] ^ index[2] * B[3][k] ^ index[3]
                    * math.sin(angle + n * math.pi / 2)
    end
    return sum
  end
  local column = core.tensor(V):reshape(5, 1)
  compare(space, function(x, y, z)
    local angles = core.concat { x, y, z }:matmul(core.tensor(B)) + core.tensor(shift)
    return core.sin(angles):matmul(column)
  end, exact)
  compare(space, function(x, y, z) -- the same by products, columns and a column sum
    local rows = core.tensor(B)
    local angles = x * rows:row(1) + y * rows:row(2) + z * rows:row(3)
    angles = angles + core.tensor(shift)
    local waves = core.sin(angles)
    local parts = core.concat { waves:columns(4, 2), waves:columns(1, 3) }
    return core.sum_columns(parts * core.tensor { V[4], V[5], V[1], V[2], V[3] })
  end, exact)
end)

-- A derivative may be narrower than its expression: here of a row added to a column.
check.test("derivatives of broadcast expressions keep their columns", function()
  local row, weights = core.tensor { 1, 2, 3 }, core.tensor { { 2 }, { 3 }, { 5 } }
  local function narrow(x) return x * x * x * x * x * x * x + row end
  local cases = {
    { function(x) return core.sum_columns(narrow(x)) end, 3 },
    { function(x) return narrow(x):matmul(weights) end, 10 },
    { function(x) return narrow(x):column(2) end, 1 },
    { function(x) return core.concat { x, narrow(x), row }:column(4) end, 1 },
    { function(x)
      return core.sum_columns(core.concat { narrow(x), row, narrow(x) })
    end, 6 },
    { function(x) return core.sum_columns(narrow(x):columns(2, 2)) end, 2 },
  }
  for k, case in ipairs(cases) do
    compare(line, function(x) return case[1](x):d("x") end, function(index, x)
      local n = index[1] + 1
      return case[2] * falling(7, n) * x ^ (7 - n)
    end)
    local g = core.graph()
    local f = case[1](g:input("x", 1)):d("x")
    check.equal(select(2, f:shape()), 1, "columns of case " .. k)
  end
  local g = core.graph()
  local x = g:input("x", 1)
  check.equal({ (x + row):d("x"):shape() }, { 1, 3 })
  check.equal({ (x * x + row):d("x"):shape() }, { "n", 3 })
  check.equal({ narrow(x):d("x", "x"):shape() }, { "n", 3 })
end)

check.test("what does not depend on a coordinate has derivative zero", function()
  local g = core.graph()
  local x, y, p = g:input("x", 1), g:input("y", 2), g:parameter(0, 1, 1)
  local outputs = { core.sin(x):d("y"), g:constant(3):d("x"), p:d("x"), (x * p):d("y"),
    (x + core.exp(y)):d("x", "y"), core.sign(x):d("x"), core.step(x * y):d("y"),
    x:d("x", "x") }
  local program = g:program { outputs = outputs, columns = 2, parameters = 1 }
  local got = program:run(core.ones(1), core.tensor { { 0.3, 0.4 } })
  for k = 1, #outputs do check.equal(got:get(1, k), 0, "output " .. k) end
end)

-- cos was made as the derivative of sin, which must not count against its own order.
check.test("an expression met as a derivative keeps all its orders", function()
  local g = core.graph()
  local x = g:input("x", 1)
  local first = core.sin(x):d("x")
  local got = g:program { outputs = { core.cos(x):d("x", "x", "x", "x", "x", "x"),
    first:d("x", "x", "x", "x", "x"):d("x") }, columns = 1 }:run(core.zeros(0),
    core.tensor { { 0.4 } })
  check.near(got, { -math.cos(0.4), -math.cos(0.4) }, 1e-14)
end)

-- Inputs of one name are one coordinate: each trace of a periodic pair is differentiated
-- by its own, an expression of both by both.
check.test("two inputs of one name", function()
  local g = core.graph()
  local left, right = g:input("x", 1), g:input("x", 2)
  local both = left * left * right
  local outputs = { core.sin(left):d("x"), core.exp(2 * right):d("x", "x"), both:d("x"),
    both:d("x", "x") }
  local a, b = 0.5, 0.7
  local got = g:program { outputs = outputs, columns = 2 }:run(core.zeros(0),
    core.tensor { { a, b } })
  check.near(got, { math.cos(a), 4 * math.exp(2 * b), 2 * a * b + a * a, 2 * b + 4 * a },
    1e-14)
end)

check.test("asking for the same input again changes nothing", function()
  local g = core.graph()
  local x = g:input("x", 1)
  check.ok(g:input("x", 1) == x)
  local got = g:program { outputs = { (x * x):d("x") }, columns = 1 }:run(core.zeros(0),
    core.tensor { { 3 } })
  check.equal(got:item(), 6)
end)

-- By hand (sin u)' is cos u u' and (sin u)'' is cos u u'' - sin u u'^2.
check.test("chains deeper than the stack have derivatives", function()
  local g = core.graph()
  local x, y = g:input("x", 1), g:input("y", 2)
  local deep, wide, bad, u, ux = x, x * y, core.mean(x), 0.3, 1
  for _ = 1, 20000 do
    deep, bad = core.sin(deep) + 0.5, core.sin(bad)
    u, ux = math.sin(u) + 0.5, math.cos(u) * ux
  end
  local slow, s, sx, sxx = x, 0.3, 1, 0 -- whose derivatives do not vanish
  for _ = 1, 5000 do
    slow = slow + 1e-4 * core.sin(slow)
    s, sx, sxx = s + 1e-4 * math.sin(s), sx + 1e-4 * math.cos(s) * sx,
      sxx + 1e-4 * (math.cos(s) * sxx - math.sin(s) * sx * sx)
    wide = core.tanh(wide) * x + y * wide * 1e-3 -- two deep operands
  end
  check.fails(function() return bad:d "x" end, "sums over the points")
  local got = g:program { columns = 2, outputs = { deep, deep:d "x", slow,
    slow:d "x", slow:laplacian "x", slow:d("x", "x"), wide:d("x", "y") } }:run(
    core.zeros(0), core.tensor { { 0.3, 0.7 } }):reshape(7)
  check.near(got, { u, ux, s, sx, sxx, sxx, got[7] }, 1e-11)
  check.ok(got:is_finite())
end)

-- With x = 1 - e or 1 + e, e a power of two, 1 - x^2 and x^2 - 1 lose half of the digits.
check.test("first derivatives close to the end of a domain", function()
  local e = 2.0 ^ -40
  for _, case in ipairs {
    { core.asin, 1 - e, 1 / math.sqrt(e * (2 - e)) },
    { core.acos, 1 - e, -1 / math.sqrt(e * (2 - e)) },
    { core.acosh, 1 + e, 1 / math.sqrt(e * (2 + e)) },
    { core.atanh, 1 - e, 1 / (e * (2 - e)) },
    { core.atanh, e - 1, 1 / (e * (2 - e)) },
  } do
    local g = core.graph()
    local slope = case[1](g:input("x", 1)):d "x"
    local program = g:program { outputs = { slope }, columns = 1 }
    local got = program:run(core.zeros(0), core.tensor { { case[2] } }):item()
    check.near(got / case[3], 1, 1e-15)
  end
end)

check.done()
