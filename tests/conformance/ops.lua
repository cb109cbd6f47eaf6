-- What every op of src/ops promises, asked of its record: values, derivatives of order 1
-- to 6, adjoints, broadcasting, NaN. An author of an op writes no test to be tested.

local check = require "tests.support.check"
local finite = require "tests.support.finite"
local core = require "modsync.core"

local POINTS = 24
local theta0 = core.zeros(0)

-- Half the distance that finite differences and perturbations keep from a kink.
local KINK = 0.05
local kinks = {
  abs = function(x) return x end,
  sign = function(x) return x end,
  step = function(x) return x end,
  max = function(x, y) return x - y end,
  min = function(x, y) return x - y end,
}

-- POINTS random points of the op's domain, [n, 2]; for an op of one argument y is unused.
local function draw(op, name)
  local rng = core.rng(11, "conformance " .. op.name .. " " .. name)
  local points = core.zeros(POINTS, 2)
  for i = 1, POINTS do
    local x, y
    repeat
      local dx, dy = op.domain[1], op.domain[2] or { -1, 1 }
      x = dx[1] + (dx[2] - dx[1]) * rng:uniform()
      y = dy[1] + (dy[2] - dy[1]) * rng:uniform()
    until not kinks[op.name] or math.abs(kinks[op.name](x, y)) > KINK
    points:set(i, 1, x)
    points:set(i, 2, y)
  end
  return points
end

-- Symbols x and y of a new graph, and the op of them.
local function trace(op)
  local g = core.graph()
  local x, y = g:input("x", 1), g:input("y", 2)
  return g, x, y, op.arity == 2 and core[op.name](x, y) or core[op.name](x)
end

local function outputs(g, list, points)
  return g:program { outputs = list, columns = 2 }:run(theta0, points)
end

-- The op of plain numbers.
local function value(op, x, y)
  if op.arity == 2 then return core[op.name](x, y) end
  return core[op.name](x)
end

-- |a - b| in units of the last place of b.
local function ulps(a, b)
  if a == b or (a ~= a and b ~= b) then return 0 end
  return math.abs(a - b) / (math.abs(b) * 2 ^ -52)
end

local function near_ulps(a, b, limit, what)
  check.ok(ulps(a, b) <= limit,
    ("%s: %.17g against %.17g, %.1f ulp apart"):format(what, a, b, ulps(a, b)))
end

local function special_values(op)
  for _, row in ipairs(op.special) do
    local x, y, expected = row[1], row[2], row[3]
    if expected == expected then
      local got = value(op, x, y)
      -- pi is not exact in a double, so neither is a zero of the sine: a little is left
      check.near(got, expected, 4 * 2 ^ -52 * math.abs(expected))
      local g = core.graph()
      local constant = value(op, g:constant(x), g:constant(y))
      local program = g:program { outputs = { constant } }
      check.equal(program:run(theta0, core.zeros(1, 1)):item(), got, "a constant")
    end
  end
end

-- Numbers, tensors and symbols give the same values, and so does a number on either side.
-- x / c is x * (1/c) for symbols and x^n a product; elsewhere the kernels are the same.
local function same_values(op)
  local points = draw(op, "values")
  local g, x, y, f = trace(op)
  local got = outputs(g, { f }, points)
  local px, py = points:select(2, 1), points:select(2, 2)
  local tensor = value(op, px, py)
  for i = 1, POINTS do
    local expected = value(op, px:get(i), py:get(i))
    near_ulps(tensor:get(i), expected, 0, "tensor")
    near_ulps(got:get(i, 1), expected, 0, "symbol")
  end
  if op.arity == 1 then return end
  for i = 1, POINTS do
    local a, b = px:get(i), py:get(i)
    local expected = value(op, a, b)
    local mixed = outputs(g, { value(op, x, b), value(op, a, y),
      value(op, x, core.tensor { b }) }, points)
    for j = 1, 3 do near_ulps(mixed:get(i, j), expected, 2, "with a number") end
    near_ulps(value(op, px, b):get(i), expected, 0, "tensor and number")
    near_ulps(value(op, a, py):get(i), expected, 0, "number and tensor")
  end
end

-- Every multi-index (i, j) of x and y of order at most 6.
local function indices(op)
  local list = {}
  for order = 0, 6 do
    for j = 0, op.arity == 2 and order or 0 do list[#list + 1] = { order - j, j } end
  end
  return list
end

local function names_of(index)
  local names = {}
  for _ = 1, index[1] do names[#names + 1] = "x" end
  for _ = 1, index[2] do names[#names + 1] = "y" end
  return names
end

-- The derivative of each order against the finite difference of the one below it, in both
-- directions: order 1 against the kernel, order 6 against five formulas deep.
local function derivatives(op)
  local points = draw(op, "derivatives")
  local g, _, _, f = trace(op)
  local list, at, symbols = indices(op), {}, {}
  for k, index in ipairs(list) do
    at[index[1] .. "," .. index[2]] = k
    symbols[k] = k == 1 and f or f:d(table.unpack(names_of(index)))
  end
  local program = g:program { outputs = symbols, columns = 2 }
  local values = program:run(theta0, points)
  for axis = 1, op.arity do
    local slopes = finite.slope(function(shift)
      local moved = points:clone()
      moved:select(2, axis):add_(shift)
      return program:run(theta0, moved)
    end, 0, 1e-3)
    for k, index in ipairs(list) do
      if index[axis] > 0 then
        local below = at[(index[1] - (2 - axis)) .. "," .. (index[2] - (axis - 1))]
        local exact = values:select(2, k)
        local scale = math.max(1, (exact * exact):max() ^ 0.5)
        check.near(slopes:select(2, below), exact, 2e-8 * scale,
          string.format("d^%d/dx^%d dy^%d", index[1] + index[2], index[1], index[2]))
      end
    end
  end
end

-- The order of the names, and nesting, make no difference: it is the same expression.
local function mixed_derivatives(op)
  if op.arity == 1 then
    local _, _, _, f = trace(op)
    check.ok(f:d("x", "x") == f:d("x"):d("x"))
    check.ok(f:d("x", "x", "x", "x") == f:d("x", "x"):d("x"):d("x"))
    return
  end
  local _, _, _, f = trace(op)
  check.ok(f:d("x", "y") == f:d("y", "x"))
  check.ok(f:d("x"):d("y") == f:d("x", "y"))
  check.ok(f:d("y"):d("x") == f:d("x", "y"))
  check.ok(f:d("x", "y", "x", "y") == f:d("y", "y", "x", "x"))
  check.ok(f:d("y", "x"):d("x", "y") == f:d("x", "x", "y", "y"))
end

-- The dot-product identity: the derivative by a parameter p that enters the arguments
-- along the direction (a, b), by the reverse pass, against the same derivative by an
-- input, by the Taylor pass; of the op and of its derivatives.
local function adjoint(op)
  local points = draw(op, "adjoint")
  local wide = core.zeros(POINTS, 4)
  wide:narrow(2, 1, 2):copy_(points)
  core.rng(3, "weights " .. op.name):normal(wide:narrow(2, 4, 1))
  local g = core.graph()
  local x, y, t, w = g:input("x", 1), g:input("y", 2), g:input("t", 3), g:input("w", 4)
  local p = g:parameter(0, 1, 1)
  local by_parameter = value(op, x + p * 0.7, y - p * 0.4)
  local by_input = value(op, x + t * 0.7, y - t * 0.4)
  for _, names in ipairs { {}, { "x" }, { "x", "x", "x" }, { "y" }, { "x", "y" },
    { "y", "y", "x", "x" } } do
    local d, forward_names = by_parameter, { table.unpack(names) }
    if #names > 0 then d = d:d(table.unpack(names)) end
    forward_names[#forward_names + 1] = "t"
    local forward = by_input:d(table.unpack(forward_names))
    local values, G = core.zeros(1), core.zeros(1, 1)
    local backward = g:program { losses = { core.mean(w * d) }, parameters = 1,
      columns = 4 }
    backward:run(core.zeros(1), wide, values, G)
    local terms = g:program { outputs = { w * forward }, parameters = 1, columns = 4 }
      :run(core.zeros(1), wide)
    check.near(G:item(), terms:mean(), 1e-12 * math.max(1, (terms * terms):mean() ^ 0.5),
      "by " .. table.concat(names, " "))
  end
end

local function not_a_number(op)
  local nan, points = 0 / 0, draw(op, "nan")
  local a, b = points:get(1, 1), points:get(1, 2)
  local cases = { { nan, b } }
  if op.arity == 2 then cases[2], cases[3] = { a, nan }, { nan, nan } end
  for _, case in ipairs(cases) do
    local number = value(op, case[1], case[2])
    check.ok(number ~= number, "a number gave " .. tostring(number))
    local tensor = value(op, core.full({ 2 }, case[1]), core.full({ 2 }, case[2]))
    check.ok(tensor:get(2) ~= tensor:get(2), "a tensor gave " .. tostring(tensor:get(2)))
    local g, _, _, f = trace(op)
    local symbol = outputs(g, { f }, core.tensor { { a, b }, case }):get(2, 1)
    check.ok(symbol ~= symbol, "a symbol gave " .. tostring(symbol))
  end
end

-- The number, moved until it meets no column of the points nearer to a kink than finite
-- differences reach.
local function clear_of_kinks(op, number, points)
  local kink = kinks[op.name]
  local function near_one()
    for i = 1, POINTS do
      for j = 1, 2 do
        if math.abs(kink(number, points:get(i, j))) < 0.004 then return true end
      end
    end
  end
  while kink and near_one() do number = number + 0.0037 end
  return number
end

-- Operands of shapes [n,1], [n,c] and [1,c], by value and by gradient.
local function broadcasting(op)
  if op.arity == 1 then return end
  local points, row = draw(op, "broadcasting"), draw(op, "row")
  local theta = core.zeros(6)
  for i = 1, 3 do
    theta:set(i, clear_of_kinks(op, row:get(i, 1), points))
    theta:set(3 + i, clear_of_kinks(op, row:get(i, 2), points))
  end
  local g = core.graph()
  local x, y = g:input("x", 1), g:input("y", 2)
  local a, b = g:parameter(0, 1, 3), g:parameter(3, 1, 3)
  local wide_x, wide_y = core.concat { x, x, x }, core.concat { y, y, y }
  local cases = { { x, b }, { a, y }, { wide_x, b }, { a, wide_y }, { wide_x, y },
    { x, wide_y }, { x, y }, { a, b }, { a:column(1), wide_y }, { wide_x, b:column(2) },
    { a, b:column(1) } }
  local function at(operand, i, j) -- what the operand is at point i and column j
    if operand == x or operand == wide_x then return points:get(i, 1) end
    if operand == y or operand == wide_y then return points:get(i, 2) end
    if operand == a then return theta:get(j) end
    if operand == b then return theta:get(3 + j) end
    if operand == a:column(1) then return theta:get(1) end
    if operand == b:column(1) then return theta:get(4) end
    return theta:get(5)
  end
  for k, case in ipairs(cases) do
    local f = value(op, case[1], case[2])
    local _, cols = f:shape()
    local list, values, G = {}, core.zeros(1), core.zeros(1, 6)
    for j = 1, cols do list[j] = f:column(j) end
    local got = g:program { outputs = list, parameters = 6, columns = 2 }:run(theta,
      points)
    for i = 1, POINTS do
      for j = 1, cols do
        near_ulps(got:get(i, j), value(op, at(case[1], i, j), at(case[2], i, j)), 2,
          "case " .. k)
      end
    end
    -- a different weight for every column, so that no two can be mixed up
    local program = g:program { losses = { core.mean(core.sum_columns(
      f * core.linspace(1, 2, cols) * core.cos(x))) }, parameters = 6, columns = 2 }
    program:run(theta, points, values, G)
    local expected = finite.gradient(function(moved)
      program:run(moved, points, values)
      return values:clone()
    end, theta, 1e-3)
    check.near(G, expected, 1e-8 * math.max(1, G:norm()), "gradient of case " .. k)
  end
end

local parts = {
  { "special values", special_values },
  { "numbers, tensors and symbols agree", same_values },
  { "derivatives of order 1 to 6", derivatives },
  { "mixed and nested derivatives are the same", mixed_derivatives },
  { "adjoint is the transposed derivative", adjoint },
  { "NaN in gives NaN out", not_a_number },
  { "broadcasting", broadcasting },
}

check.test("every op has a name, a summary, derivatives and a domain", function()
  local seen = {}
  check.ok(#core.ops() >= 30)
  for _, op in ipairs(core.ops()) do
    check.ok(not seen[op.name] and #op.summary > 0 and core[op.name])
    seen[op.name] = true
    for i = 1, op.arity do
      check.ok(#op.derivative[i] > 0 and op.domain[i][1] < op.domain[i][2], op.name)
    end
  end
end)

for _, op in ipairs(core.ops()) do
  for _, part in ipairs(parts) do
    check.test(op.name .. ": " .. part[1], function() part[2](op) end)
  end
end

check.done()
