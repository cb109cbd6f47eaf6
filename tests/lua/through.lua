-- Functions of one argument (s:through(z)): the same values, derivatives, gradients and
-- tangents as without, by fewer operations; and what is no such function.
local core = require "modsync.core"
local check = require "tests.support.check"

local POINTS, P = 7, 14
local points = core.rng(1, "points"):uniform(core.zeros(POINTS, 2))
local theta = core.rng(2, "theta"):uniform(core.zeros(P)) * 2 - 1

--- T_degree(z) by the recurrence; 'as' declares what it is a function of.
local function chebyshev(z, degree, as)
  local before, T = 1, z
  for _ = 2, degree do before, T = T, as(2 * z * T - before, z) end
  return T
end

--- Expressions with numbers and parameters inside, by name: f(z, c, as).
local functions = {
  polynomial = function(z, _, as) return as(chebyshev(z, 5, as) - 0.5 * z, z) end,
  square = function(z, _, as) return as(z * z, z) end,
  elementary = function(z, _, as)
    return as(core.exp(z) / (1 + z * z) + core.sin(z), z)
  end,
  ["the argument"] = function(z, _, as) return as(z, z) end,
  ["a straight line"] = function(z, _, as) return as(3 * z - 1, z) end,
  ["parameters inside"] = function(z, c, as)
    return as(c * z + 2 * c * z * z - core.tanh(c * z) * z, z)
  end,
  ["parameters shared inside"] = function(z, c, as)
    local inner = c * z + 1
    return as(inner * inner * inner + core.sin(inner), z)
  end,
  ["of a function"] = function(z, c, as)
    local inner = as(core.tanh(c * z), z)
    return as(as(inner * inner * inner, inner) + z * inner, z)
  end,
  ["two rows"] = function(z, c, as)
    return as(c * chebyshev(z, 3, as) + 2 * c + c * c * z, z)
  end,
}

--- A graph with one of the functions of z = tanh(x W + b), and its symbols.
local function build(name, declared)
  local g = core.graph()
  local x, t = g:input("x", 1), g:input("t", 2)
  local W, b = g:parameter(0, 2, 3), g:parameter(6, 1, 3)
  local z = core.tanh(core.concat { x, t }:matmul(W) + b)
  local function as(f, of) return declared and f:through(of) or f end
  local f = functions[name](z, g:parameter(9, 1, 3), as)
  return g, f:matmul(g:constant(core.tensor { { 1 }, { -0.5 }, { 2 } }))
end

--- The same of both graphs, within a relative tolerance.
local function compare(get, tolerance)
  for name in pairs(functions) do
    local got, expected = get(build(name, true)), get(build(name, false))
    check.near(got, expected, tolerance * (1 + expected:norm()), name)
  end
end

check.test("derivatives of every order, mixed, and the Laplacian", function()
  compare(function(g, f)
    local outputs = { f, f:d("t"), f:d("x", "t"), f:laplacian("x", "t"),
      f:laplacian("x", "t"):d("x"), f:d("x"):d("t", "t") }
    local by = {}
    for order = 1, 6 do
      by[order] = order % 3 == 0 and "t" or "x"
      outputs[#outputs + 1] = f:d(table.unpack(by))
    end
    return g:program { outputs = outputs, columns = 2, parameters = P }:run(theta, points)
  end, 1e-12)
end)

--- Losses of a residual with derivatives up to the second.
local function losses(f)
  local residual = f:d("t") + f * f:d("x") - 0.1 * f:d("x", "x")
  return { core.mean(residual * residual), core.mean(f),
    core.mean(f:laplacian("x", "t") * f) }
end

check.test("gradients", function()
  compare(function(g, f)
    local values, G = core.zeros(3), core.zeros(3, P)
    g:program { losses = losses(f), columns = 2, parameters = P }
      :run(theta, points, values, G)
    return G
  end, 1e-12)
end)

check.test("tangents, and those of the gradient", function()
  local pair = core.concat { theta, core.rng(3, "direction"):normal(core.zeros(P)) }
  compare(function(g, f)
    local values, H = core.zeros(3), core.zeros(3, P)
    g:program { losses = losses(f), columns = 2, parameters = P, tangents = true }
      :run(pair, points, values, H)
    return core.concat { values, H:reshape(3 * P) }
  end, 1e-12)
end)

check.test("what is the same at all points is no function", function()
  for _, declared in ipairs { true, false } do
    local g = core.graph()
    local x, c = g:input("x", 1), g:parameter(0, 1, 1)
    local z, square = x * c, c * c
    if declared then
      square = square:through(c)
      z = (x * square):through(c):through(x) * (2 * c):through(z)
    else
      z = x * square * (2 * c)
    end
    local values, G = core.zeros(1), core.zeros(1, 1)
    g:program { losses = { core.mean(z) }, columns = 2, parameters = 1 }
      :run(core.tensor { 3 }, points, values, G)
    check.near(values:get(1), 54 * points:narrow(2, 1, 1):mean(), 1e-13)
    check.near(G:get(1, 1), 54 * points:narrow(2, 1, 1):mean(), 1e-13)
  end
end)

check.test("a chain deeper than the stack", function()
  local g = core.graph()
  local x = g:input("x", 1)
  local z, deep = core.sin(x), nil
  deep = z
  for _ = 1, 20000 do deep = 0.5 * deep + z end
  local got = g:program { outputs = { deep:through(z):d("x"), core.cos(x) }, columns = 2 }
    :run(core.zeros(0), points)
  check.near(got:narrow(2, 1, 1), 2 * got:narrow(2, 2, 1), 1e-13)
end)

check.test("fewer operations", function()
  local function operations(declared)
    local g, f = build("polynomial", declared)
    return g:program { losses = { losses(f)[1] }, columns = 2, parameters = P }:info()
      .strip_ops
  end
  check.ok(operations(true) < 0.8 * operations(false))
end)

check.test("a column of parameters inside has a row of factors", function()
  local g = core.graph()
  local x, C = g:input("x", 1), g:parameter(0, 3, 1)
  local z = core.tanh(x * g:constant(core.tensor { { 1, 2, 3 } }))
  local row = core.transpose(C)
  local f = (row * z + row * z * z):through(z):matmul(core.ones(3, 1))
  local parts = g:factors(core.mean(f:d("x", "x") * f))
  check.equal(#parts, 1)
  check.equal(parts[1].offset, 0)
  check.equal(parts[1].rows, 1)
  check.equal(parts[1].cols, 3)
  check.ok(parts[1].row and not parts[1].pairs)
end)

check.test("what is not made of the argument alone is refused", function()
  local g = core.graph()
  local x, t = g:input("x", 1), g:input("t", 2)
  local W = g:constant(core.ones(3, 3))
  local z = core.tanh(x * g:constant(core.tensor { { 1, 2, 3 } }))
  for _, f in ipairs { z * t, x, z + core.sin(x), z:matmul(W), core.sum_columns(z) } do
    check.fails(function() return f:through(z) end,
      "a function of one argument must be made of it, of numbers and of parameters")
  end
  check.fails(function() return z:through(core.graph():input("x", 1)) end,
    "of different graphs")
  check.fails(function() return z:through(3) end, "expected a symbol, got 3")
  check.fails(function() return z:through() end, "expected a symbol")
  check.equal(select(2, (z * z):through(z):shape()), 3) -- the graph is as it was
end)

check.done()
