-- Graphs and symbols: what an expression is, what it refuses, and what simplification may
-- not change.

local check = require "tests.support.check"
local core = require "modsync.core"

local nan, huge = 0 / 0, math.huge

local function fresh()
  local g = core.graph()
  return g, g:input("x", 1), g:input("y", 2)
end

-- The outputs at one point (x, y) = (0.3, -0.4), as a table.
local function at_point(g, list)
  return g:program { outputs = list, columns = 2 }:run(core.zeros(0),
    core.tensor { { 0.3, -0.4 } }):row(1):totable()
end

check.test("shapes", function()
  local g, x = fresh()
  local W, row = g:parameter(0, 3, 4), g:constant(core.tensor { 1, 2, 3 })
  local function shape(symbol) return { symbol:shape() } end
  check.equal(shape(x), { "n", 1 })
  check.equal(shape(W), { 3, 4 })
  check.equal(shape(row), { 1, 3 })
  check.equal(shape(g:constant(2)), { 1, 1 })
  check.equal(shape(g:constant(core.zeros(2, 5))), { 2, 5 })
  check.equal(shape(x * row), { "n", 3 })
  check.equal(shape((x * row):matmul(W)), { "n", 4 })
  check.equal(shape(row:matmul(W)), { 1, 4 })
  check.equal(shape(core.transpose(W)), { 4, 3 })
  check.equal(shape(core.concat { x, 1, row, x }), { "n", 6 })
  check.equal(shape((x * row):columns(2, 2)), { "n", 2 })
  check.equal(shape((x * row):column(3)), { "n", 1 })
  check.equal(shape(core.sum_columns(x * row)), { "n", 1 })
  check.equal(shape(core.sum_columns(W)), { 3, 1 })
  check.equal(shape(core.mean(x * row)), { 1, 3 })
  check.equal(shape(x:matmul(core.tensor { { 1, 2 } })), { "n", 2 })
  check.equal(shape((x * row):matmul(core.ones(3, 2))), { "n", 2 })
end)

check.test("texts", function()
  local g, x = fresh()
  check.equal(tostring(x), "symbol: n x 1, a value at every point")
  check.equal(tostring(g:parameter(0, 2, 3)), "symbol: 2 x 3, the same at every point")
  check.equal(tostring(g:constant(1.5)), "symbol: 1.5")
  g:close()
  check.equal(tostring(x), "symbol: its graph is closed")
end)

-- The same expression is the same node, whatever the order it was written in.
check.test("equal expressions are one", function()
  local g, x, y = fresh()
  check.ok(x + y == y + x and x * y == y * x and x - y ~= y - x)
  check.ok(2 * (x * y) == (x * 2) * y and 2 * (3 * x) == 6 * x)
  check.ok(x + x == 2 * x and x - x == g:constant(0) and -(-x) == x)
  check.ok(x * 1 == x and x + 0 == x and x / 1 == x and x ^ 1 == x and x ^ 2 == x * x)
  check.ok(x * 0 == g:constant(0) and 0 / x == g:constant(0) and x / x == g:constant(1))
  check.ok(x ^ 0 == g:constant(1) and x ^ 0.5 == core.sqrt(x) and x ^ -1 == 1 / x)
  check.ok(3 * x - x * 3 == g:constant(0) and 3 * x + x == 4 * x)
  check.ok(core.sin(x + y) == core.sin(y + x))
  check.ok(core.transpose(core.transpose(g:parameter(0, 2, 3))) == g:parameter(0, 2, 3))
  check.ok(core.sin(g:constant(2)) == g:constant(core.sin(2)))
  check.ok(g:constant(core.tensor { 1, 2 }) == g:constant(core.tensor { { 1, 2 } }))
  check.ok(core.concat { 1, 2, g:constant(3) } == g:constant(core.tensor { 1, 2, 3 }))
  check.ok(x:column(1) == x and core.concat { x } == x and core.sum_columns(x) == x)
  local nodes = g:nodes()
  local _ = core.sin(y + x) * 2
  _ = 2 * core.sin(x + y)
  check.equal(g:nodes(), nodes + 1) -- sin(x + y) and the number 2 were there
  check.ok(x ~= 3 and x ~= "x" and g:input("x", 1) == x)
  local other = core.graph()
  check.ok(other:input("x", 1) ~= x)
end)

check.test("powers", function()
  local exponents = { -20, -17, -16, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 5, 7, 12, 15, 16,
    17, 40, 1.5, math.pi }
  local g, x = fresh()
  local list = {}
  for i, exponent in ipairs(exponents) do list[i] = x ^ exponent end
  local got = at_point(g, list)
  for i, exponent in ipairs(exponents) do
    check.near(got[i] / 0.3 ^ exponent, 1, 4e-15, "exponent " .. exponent)
  end
  got = at_point(g, { x ^ huge, x ^ -huge, x ^ nan, 2 ^ x, (-x) ^ 3, x ^ 1e300,
    x ^ -1e300 })
  check.near(got, { 0, huge, nan, 2 ^ 0.3, -0.3 ^ 3, 0, huge }, 1e-15)
end)

-- Simplification yields numbers; the columns they stand for are still counted.
check.test("what is simplified keeps its shape", function()
  local g, x, y = fresh()
  local W = g:parameter(0, 3, 2)
  local v = core.concat { x, y, x * y }
  for _, zero in ipairs { v * 0, v - v, 0 * v, v * 2 - 2 * v, 0 / v } do
    check.equal(select(2, zero:shape()), 3)
    check.near(at_point(g, { core.sum_columns(zero + x), zero:column(2),
      core.concat { zero, y }:column(4), zero:matmul(core.ones(3, 1)) }),
      { 0.9, 0, -0.4, 0 }, 1e-15)
  end
  for _, one in ipairs { v / v, v ^ 0, core.exp(v - v) } do
    check.equal(select(2, one:shape()), 3)
    check.equal(at_point(g, { core.sum_columns(one), one:column(3),
      one:matmul(core.ones(3, 1)) }), { 3, 1, 3 })
  end
  check.equal({ (W - W):shape() }, { 3, 2 })
  check.equal({ (W ^ 0):shape() }, { 3, 2 })
  check.equal({ W:d("x"):shape() }, { 3, 2 })
  check.equal({ v:matmul(W * 0):shape() }, { "n", 2 })
  check.equal(at_point(g, { v:matmul(W ^ 0):column(1) }), { 0.3 - 0.4 + 0.3 * -0.4 })
  check.fails(function() return (v * 0):matmul(core.ones(2, 2)) end, "matmul")
end)

check.test("numbers that are not finite", function()
  local g, x = fresh()
  local got = at_point(g, { x * huge, x / 0, -x * huge, x + nan, core.max(x, nan),
    core.exp(x * 1e4), core.log(x - 1), 0 * core.log(x - 1) + 1 })
  check.equal(got, { huge, huge, -huge, nan, nan, huge, nan, 1 })
end)

check.test("tensors and numbers on either side", function()
  local g, x = fresh()
  local row = core.tensor { 1, 2, 3 }
  local f = row * x + x * row - row / (x + 1) + core.max(row, x) - core.max(2, x) ^ row
  local got = at_point(g, { f:column(1), f:column(2), f:column(3), 2 / x, 2 - x, 2 ^ x })
  for k = 1, 3 do
    check.near(got[k], 2 * k * 0.3 - k / 1.3 + k - 2 ^ k, 1e-14)
  end
  check.near({ got[4], got[5], got[6] }, { 2 / 0.3, 1.7, 2 ^ 0.3 }, 1e-14)
end)

-- Beside parameters a matrix is a matrix: masks, fixed weights.
check.test("matrices of constants", function()
  local g, x = fresh()
  local W, mask = g:parameter(0, 2, 3), core.tensor { { 1, 0, 2 }, { 0, 3, 0 } }
  local masked = mask * W - W / 2 + core.ones(2, 3)
  local sum = core.sum_columns(core.concat { x, 1 }:matmul(masked))
  local program = g:program { outputs = { sum }, columns = 1, parameters = 6 }
  local got = program:run(core.arange(1, 6), core.tensor { { 0.5 } })
  check.near(got, { 0.5 * (1 + 6 - 3 + 3) + (15 - 7.5 + 3) }, 1e-14)
end)

check.test("wide concatenations", function()
  local g, x = fresh()
  local parts, expected = {}, 0
  for i = 1, 64 do
    parts[i] = i % 3 == 0 and i or i % 3 == 1 and core.tensor { i, i + 1 } or x * i
    expected = expected + (i % 3 == 0 and i or i % 3 == 1 and 2 * i + 1 or 0.3 * i)
  end
  local joined = core.concat(parts)
  check.equal(select(2, joined:shape()), 64 + 22)
  check.near(at_point(g, { core.sum_columns(joined) }), { expected }, 1e-10)
  parts[65] = 1
  check.fails(function() return core.concat({ parts[1], parts[2] }, 1) end,
    "concat: the axis is 1; symbols have points along axis 1")
  check.ok(core.concat({ parts[1], parts[2] }, 2) == core.concat { parts[1], parts[2] })
  check.fails(function() return core.concat(parts) end,
    "concat: expected 1 to 64 parts, got 65")
end)

check.test("64 inputs and not one more", function()
  local g, sum = core.graph(), 0
  local points = core.zeros(1, 70)
  for i = 1, 64 do
    sum = sum + i * g:input("x" .. i, i + 6) ^ 2
    points:set(1, i + 6, 1 / i)
  end
  local outputs = { sum:d("x64"), sum:d("x1"), sum:d("x33", "x33"), sum:d("x1", "x64") }
  local got = g:program { outputs = outputs, columns = 70 }:run(core.zeros(0), points)
  check.near(got, { 2, 2, 66, 0 }, 1e-14)
  check.fails(function() g:input("one more", 3) end, "at most 64 input columns")
  check.ok(g:input("x5", 11), "a graph works on after a failure")
end)

-- Each row: what is wrong, the pattern of the message.
local function mistakes(rows)
  for _, row in ipairs(rows) do check.fails(row[1], row[2]) end
end

check.test("misuse of operators", function()
  local g, x, y = fresh()
  local v, W = core.concat { x, y, x }, g:parameter(0, 3, 2)
  local other = core.graph():input("x", 1)
  mistakes {
    { function() return x + other end, "add: the symbols come from different traces" },
    { function() return core.max(other, x) end, "max: the symbols come from different" },
    { function() return x:matmul(other) end, "matmul: the symbols come from different" },
    { function() return core.concat { x, other } end, "concat: the symbols come from" },
    { function() return x + "1" end,
      "add: expected a number, a tensor or a symbol, got '1'" },
    { function() return x * {} end, "mul: expected a number, .* got a table" },
    { function() return core.sin() end, "sin: expected a number, .* got nil" },
    { function() return core.atan2(x) end, "atan2: expected a number, .* got nil" },
    { function() return core.pow(x, nil) end, "pow: expected a number, .* got nil" },
    { function() return core.max(x, 1, 2) end, "max: expected 2 arguments, got 3" },
    { function() return core.max(1, 2, 3) end, "max: expected 2 arguments, got 3" },
    { function() return core.sin(x, 1) end, "sin: expected 1 argument, got 2" },
    { function() return x + core.zeros(4, 2) end,
      "add: a tensor meets a symbol as one row of constants, got a tensor of shape 4x2" },
    { function() return x + core.zeros(2, 2, 2) end,
      "add: expected a row or a matrix of" },
    { function() return x + core.zeros(0) end, "add: expected a row or a matrix of" },
    { function() return v + core.concat { x, y } end,
      "'add': shapes n x 3 and n x 2 do not broadcast" },
    { function() return x + W end, "'add': shapes n x 1 and 3 x 2 do not broadcast" },
    { function() return v:matmul(core.transpose(W)) end,
      "matmul: shapes n x 3 and 2 x 3 do not fit" },
    { function() return v:matmul(v) end, "matmul: .* must not depend on the point" },
    { function() return v:matmul {} end, "matmul: expected a number, .* got a table" },
    { function() return v:matmul(core.zeros(3, 3, 3)) end,
      "matmul: expected a row or a ma" },
    { function() return v:column(4) end,
      "columns 4 to 4 asked of an expression that has 3" },
    { function() return v:columns(2, 3) end, "columns 2 to 4 asked of an expression" },
    { function() return v:column(0) end, "columns count from 1" },
    { function() return v:columns(1, 0) end, "expected at least one column" },
    { function() return x < y end, "a symbol cannot be compared: .*Use max, min" },
    { function() return x <= 1 end, "a symbol cannot be compared" },
    { function() return 1 > x end, "a symbol cannot be compared" },
    { function() return "u = " .. x end, "a symbol cannot be joined to a string" },
    { function() return core.transpose(v) end, "transpose: expected parameters" },
    { function() return core.transpose(3) end, "expected a symbol, got 3" },
    { function() return core.mean(core.zeros(3)) end, "expected a symbol, got a tensor" },
    { function() return core.sum_columns("u") end, "expected a symbol, got 'u'" },
    { function() return core.concat { 1, 2 } end,
      "concat: part 1 is 1, expected a tensor" },
    { function() return core.concat {} end, "concat: an empty list, expected tensors" },
    { function() return core.concat(x) end, "table expected" },
    { function() return core.concat { x, W } end,
      "concat: part 2 is a matrix of 3 rows" },
    { function() return core.concat { x, true } end,
      "concat: expected a number, .* true" },
  }
  check.ok(core.sin(x + 1), "the graph works on after failures")
end)

check.test("misuse of derivatives", function()
  local g, x, y = fresh()
  local u = core.sin(x * y)
  mistakes {
    { function() return u:d("z") end, "d: no coordinate 'z'; there are: [xy], [xy]$" },
    { function() return u:d() end, "d: expected 1 to 6 coordinate names, got 0" },
    { function() return u:d("x", "x", "x", "x", "x", "x", "x") end, "1 to 6 .*, got 7" },
    { function() return u:d(x) end, "string expected, got modsync.symbol" },
    { function() return u:laplacian() end, "laplacian: expected 1 to 64 .*, got 0" },
    { function() return u:laplacian("x", "y", "x") end, "laplacian: 'x' is named twice" },
    { function()
      local g, names = core.graph(), {}
      for i = 1, 12 do names[i] = "x" .. i end
      local sum = 0
      for i, name in ipairs(names) do sum = sum + g:input(name, i) end
      return sum:d("x13")
    end, "there are: x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12$" },
    { function() return u:laplacian("x", "z") end, "no coordinate 'z'" },
    { function() return core.mean(u):laplacian("x", "y") end, "sums over the points" },
    { function() return core.mean(u):d("x") end,
      "sums over the points has no derivative" },
    { function() return core.graph():constant(1):d("x") end, "no coordinate 'x'" },
  }
  check.ok(u:d("x", "x", "x", "x", "x", "x"):d("y"), "nesting may go on beyond order 6")
  check.equal(at_point(g, { (u - core.cos(y)):d("x") }), at_point(g, { u:d("x") }))
end)

check.test("misuse of graphs", function()
  local g, x = fresh()
  mistakes {
    { function() g:input("z", 0) end, "columns count from 1" },
    { function() g:input(nil, 1) end, "string expected" },
    { function() g:input("z", 1.5) end, "no integer representation" },
    { function() g:parameter(-1, 1, 1) end, "an offset is not negative" },
    { function() g:parameter(0, 0, 1) end, "expected at least one row" },
    { function() g:parameter(0, 1, 0) end, "expected at least one column" },
    { function() g:parameter(0, 2 ^ 40, 1) end, "a matrix of %d+ x 1 is not possible" },
    { function() g:constant("c") end, "constant: expected a number, .* got 'c'" },
    { function() g:constant(core.zeros(2, 2, 2)) end,
      "constant: expected a row or a matrix" },
    { function() g.input(x, "z", 1) end, "modsync.graph expected, got modsync.symbol" },
  }
  check.ok(core.is_symbol(x) and not core.is_symbol(1) and not core.is_symbol(g))
  check.equal(x.nothing, nil)
end)

check.test("a closed graph", function()
  local g, x, y = fresh()
  local program = g:program { outputs = { x * y }, columns = 2 }
  g:close()
  g:close()
  local closed = "the graph of this symbol is closed"
  mistakes {
    { function() return x + 1 end, closed },
    { function() return 1 - x end, closed },
    { function() return core.sin(x) end, closed },
    { function() return -x end, closed },
    { function() return x:d("x") end, closed },
    { function() return x:column(1) end, closed },
    { function() return x:shape() end, closed },
    { function() return x:matmul(core.ones(1, 2)) end, closed },
    { function() return core.mean(x) end, closed },
    { function() return core.concat { 1, x } end, closed },
    { function() return core.graph():input("x", 1) + y end, closed },
    { function() return core.graph():program { outputs = { x } } end, closed },
    { function() return g:input("x", 1) end, "the graph is closed" },
    { function() return g:nodes() end, "the graph is closed" },
  }
  check.ok(core.is_symbol(x) and x == x and x ~= y)
  -- a program is compiled; it needs the graph no more
  check.near(program:run(core.zeros(0), core.tensor { { 2, 3 } }), { 6 }, 0)
end)

check.test("symbols keep their graph alive", function()
  local x = core.graph():input("x", 1)
  collectgarbage()
  collectgarbage()
  local g <const> = debug.getuservalue(x, 1)
  check.equal(g:program { outputs = { x + 1 }, columns = 1 }:run(core.zeros(0),
    core.zeros(1, 1)):item(), 1)
end)

check.done()
