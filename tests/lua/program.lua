-- Compiled programs: outputs and losses, where results go, what a program refuses.

local check = require "tests.support.check"
local network = require "tests.support.network"
local core = require "modsync.core"

local nan = 0 / 0
local none = core.zeros(0)

local function square(r) return r * r end

-- Two losses of a small network and its output.
local function two_losses()
  local g = core.graph()
  local take = network.allocator(g)
  local x, y = g:input("x", 1), g:input("y", 2)
  local u = network.mlp(take, { 2, 5, 4, 1 }, core.tanh)(core.concat { x, y })
  local losses = { core.mean(square(u:d("x", "x") - u)), core.mean(square(u - x * y)) }
  return g, losses, take(), u
end

check.test("outputs of every kind", function()
  local g = core.graph()
  local x, y = g:input("x", 1), g:input("y", 2)
  local p, row = g:parameter(1, 1, 1), g:parameter(0, 1, 3)
  local outputs = { x, y, x, g:constant(2.5), p, row:column(3), x * y + p, core.mean(x),
    core.mean(x * y) * p, x - core.mean(x), core.sin(x):d("x"), core.exp(p),
    core.concat { x, y }:column(2) }
  local program = g:program { outputs = outputs, columns = 2, parameters = 3 }
  local theta, points = core.tensor { 0.1, 0.2, 0.3 }, network.points(37, 2)
  local out = program:run(theta, points)
  check.equal(out:shape(), { 37, #outputs })
  local sum_x, sum_xy = 0, 0
  for i = 1, 37 do
    sum_x = sum_x + points:get(i, 1) / 37
    sum_xy = sum_xy + points:get(i, 1) * points:get(i, 2) / 37
  end
  for i = 1, 37 do
    local a, b = points:get(i, 1), points:get(i, 2)
    check.near(out:row(i), { a, b, a, 2.5, 0.2, 0.3, a * b + 0.2, sum_x, sum_xy * 0.2,
      a - sum_x, math.cos(a), math.exp(0.2), b }, 1e-15)
  end
end)

check.test("outputs of several columns stand side by side", function()
  local g = core.graph()
  local x, y = g:input("x", 1), g:input("y", 2)
  local both, W = core.concat { x, y }, g:parameter(0, 2, 3)
  local row, mean = g:parameter(3, 1, 3), core.mean(both:matmul(W))
  local outputs = { both, x, core.sin(both:matmul(W)), row, mean, both:matmul(W):d("y") }
  local program = g:program { outputs = outputs, columns = 2, parameters = 6, block = 8 }
  local theta, points = core.tensor { 1, -2, 3, 0.5, 0, 4 }, network.points(21, 2)
  local out, ones = program:run(theta, points), core.ones(21, 1)
  local z = points:matmul(theta:reshape(2, 3))
  check.near(out, core.concat { points, points:narrow(2, 1, 1), core.sin(z),
    ones * theta:narrow(1, 4, 3), ones * z:mean(1), ones * theta:narrow(1, 4, 3) }, 1e-14)
  local along = g:program { outputs = outputs, columns = 2, parameters = 6,
    tangents = true }
  local v = core.tensor { 1, 1, 0, 2, 0, 1 }
  local moved = points:matmul(v:reshape(2, 3))
  check.near(along:run(core.concat { theta, v }, points), core.concat {
    core.zeros(21, 3), core.cos(z) * moved, ones * v:narrow(1, 4, 3),
    ones * moved:mean(1), ones * v:narrow(1, 4, 3) }, 1e-14)
end)

check.test("factors of a gradient, by parts", function()
  local g = core.graph()
  local x, y = g:input("x", 1), g:input("y", 2)
  local W, b, c = g:parameter(0, 2, 3), g:parameter(6, 1, 3), g:parameter(9, 1, 1)
  local h = core.tanh(core.concat { x, y }:matmul(W) + b)
  local loss = core.mean(core.sum_columns(h * h) * core.exp(c))
  local parts = g:factors(loss)
  local function sizes(part) return { part.offset, part.rows, part.cols } end
  check.equal({ sizes(parts[1]), sizes(parts[2]), sizes(parts[3]), #parts },
    { { 0, 2, 3 }, { 6, 1, 3 }, { 9, 1, 1 }, 3 })
  check.equal({ #parts[1].pairs, parts[1].row, parts[2].pairs, parts[3].pairs }, { 1 })
  local theta, points = network.draw(10), network.points(17, 2)
  local G = core.zeros(1, 10)
  g:program { losses = { loss }, columns = 2, parameters = 10 }:run(theta, points,
    core.zeros(1), G)
  local made = g:program { outputs = { parts[1].pairs[1][1], parts[1].pairs[1][2],
    parts[2].row }, columns = 2, parameters = 10 }:run(theta, points)
  local a, s = made:narrow(2, 1, 2), made:narrow(2, 3, 3)
  check.near(a:transpose(1, 2):matmul(s):reshape(6), G:narrow(2, 1, 6):reshape(6), 1e-14)
  check.near(made:narrow(2, 6, 3):sum(1), G:narrow(2, 7, 3):reshape(3), 1e-14)
  check.fails(function() g:factors(h) end, "must be one number")
  check.fails(function() g:factors(3) end, "expected a symbol of this graph, got 3")
  check.fails(function() g:factors(core.graph():input("x", 1)) end, "of this graph")
end)

check.test("outputs into a given tensor", function()
  local g = core.graph()
  local x = g:input("x", 1)
  local program = g:program { outputs = { x * 2, g:constant(1) }, columns = 1 }
  local points, out = network.points(9, 1), core.full({ 9, 2 }, 7)
  check.ok(program:run(none, points, out) == out)
  check.near(out:select(2, 1), points:select(2, 1) * 2, 0)
  check.equal(out:select(2, 2):sum(), 9)
  check.equal(program:run(none, core.full({ 1, 1 }, 3)):totable(), { { 6, 1 } })
end)

check.test("losses go to their row and no other", function()
  local g, losses, count = two_losses()
  local program = g:program { losses = losses, columns = 2, parameters = count }
  local theta, points = network.draw(count), network.points(30, 2)
  local values, G = core.zeros(2), core.zeros(2, count)
  program:run(theta, points, values, G)
  local many, rows = core.full({ 5 }, 9), core.full({ 5, count }, 9)
  program:run(theta, points, many, rows, 3)
  check.equal({ many[1], many[2], many[5] }, { 9, 9, 9 })
  check.ok(many:narrow(1, 3, 2) == values and rows:narrow(1, 3, 2) == G)
  for _, k in ipairs { 1, 2, 5 } do check.ok(rows:row(k) == core.full({ count }, 9)) end
  many:fill_(9)
  program:run(theta, points, many, nil, 4)
  check.equal(many:narrow(1, 4, 2):totable(), values:totable())
  check.equal(many[3], 9)
  local flat = core.zeros(count)
  g:program { losses = { losses[2] }, columns = 2, parameters = count }:run(theta, points,
    core.zeros(1), flat)
  check.near(flat, G:row(2), 1e-13 * G:row(2):norm())
end)

check.test("values without gradients", function()
  local g, losses, count = two_losses()
  local theta, points = network.draw(count), network.points(30, 2)
  local values, plain = core.zeros(2), core.zeros(2)
  g:program { losses = losses, columns = 2, parameters = count }:run(theta, points,
    values)
  local program = g:program { losses = losses, columns = 2, parameters = count,
    gradients = false }
  program:run(theta, points, plain)
  check.near(plain, values, 1e-15)
  check.fails(function() program:run(theta, points, plain, core.zeros(2, count)) end,
    "gradients asked of a program made with gradients = false")
end)

-- A trace may serve several programs, over points of other widths.
check.test("programs of one graph are independent", function()
  local g, losses, count, u = two_losses()
  local far = g:input("far", 7)
  local more = g:parameter(count, 1, 1)
  local theta, points = network.draw(count), network.points(8, 2)
  local small = g:program { outputs = { u }, columns = 2, parameters = count }
  local wide = g:program { outputs = { u + far * more }, columns = 7,
    parameters = count + 1 }
  local wide_points, longer = core.ones(8, 7), core.full({ count + 1 }, 2)
  wide_points:narrow(2, 1, 2):copy_(points)
  longer:narrow(1, 1, count):copy_(theta)
  check.near(wide:run(longer, wide_points), small:run(theta, points) + 2, 1e-15)
  check.fails(function()
    return g:program { outputs = { u * far }, columns = 6, parameters = count }
  end, "reads column 7 of the points, which have 6")
  check.fails(function()
    return g:program { losses = losses, columns = 2, parameters = count - 1 }
  end, "reads 1 x 1 parameters from number %d+ on; there are " .. count - 1)
end)

check.test("what is not finite gives losses that are not finite", function()
  local g, losses, count = two_losses()
  local program = g:program { losses = losses, columns = 2, parameters = count }
  local points, values, G = network.points(20, 2), core.zeros(2), core.zeros(2, count)
  for i = 1, count do
    local theta = network.draw(count)
    theta:set(i, nan)
    program:run(theta, points, values, G)
    -- the last bias drops out of the second derivative, but not of u
    check.ok(values[1] ~= values[1] and values[2] ~= values[2], "parameter " .. i)
    check.ok(not G:row(1):is_finite() and not G:row(2):is_finite(), "parameter " .. i)
  end
  points:set(13, 2, nan)
  program:run(network.draw(count), points, values, G)
  check.ok(values[1] ~= values[1] and values[2] ~= values[2])
  points:set(13, 2, math.huge)
  program:run(network.draw(count), points, values, G)
  check.ok(not values:is_finite())
  program:run(network.draw(count), network.points(20, 2), values, G)
  check.ok(values:is_finite() and G:is_finite(), "nothing of it is left in the buffers")
end)

check.test("facts of a program", function()
  local g, losses, count = two_losses()
  local spec = { losses = losses, columns = 2, parameters = count }
  local info = g:program(spec):info()
  for _, name in ipairs { "block", "products", "strips", "strip_ops", "steps",
    "bytes_per_point" } do
    check.ok(math.type(info[name]) == "integer" and info[name] > 0, name)
  end
  check.ok(info.products < info.steps and info.strips < info.strip_ops)
  spec.block = 13
  check.equal(g:program(spec):info().block, 16) -- a multiple of 8
  -- a loss more than halves the work it shares: the forward products are done once
  local one = g:program { losses = { losses[1] }, columns = 2, parameters = count }:info()
  local two = g:program { losses = { losses[2] }, columns = 2, parameters = count }:info()
  check.ok(info.products < one.products + two.products)
end)

check.test("memory does not grow with the points", function()
  local g, losses, count = two_losses()
  local program = g:program { losses = losses, columns = 2, parameters = count }
  local theta, values, G = network.draw(count), core.zeros(2), core.zeros(2, count)
  program:run(theta, network.points(10, 2), values, G)
  local points = network.points(5000, 2)
  local before = core.debug.live_bytes()
  program:run(theta, points, values, G)
  check.equal(core.debug.live_bytes(), before)
end)

check.test("rows", function()
  local g, losses, count = two_losses()
  local program = g:program { losses = losses, columns = 2, parameters = count }
  local theta, points = network.draw(count), network.points(23, 2)
  local values, G = core.zeros(2), core.zeros(2, count)
  local J = program:rows(theta, points)
  check.equal(J:shape(), { 23, 2, count })
  for i = 1, 23 do
    program:run(theta, points:narrow(1, i, 1), values, G)
    check.near(J[i], G, 1e-14 * G:norm())
  end
  local into = core.zeros(23, 2, count)
  check.ok(program:rows(theta, points, into) == into and into == J)
  local all = core.threads()
  for _, threads in ipairs { 1, 8, 2, 40 } do -- with a run of another program between
    core.threads(threads)
    program:run(theta, points, values)
    check.near(program:rows(theta, points), J, 1e-14 * J:norm())
  end
  core.threads(all)
  local p = g:parameter(0, 1, 1)
  local plain = g:program { losses = { p * 2, g:constant(1) }, columns = 2,
    parameters = 1 }
  check.equal(plain:rows(core.ones(1), points):sum(1):totable(), { { 46 }, { 0 } })
end)

check.test("products alone", function()
  local g, losses, count = two_losses()
  local program = g:program { losses = losses, columns = 2, parameters = count }
  local theta, points = network.draw(count), network.points(30, 2)
  local before, after = core.zeros(2), core.zeros(2)
  program:run(theta, points, before)
  check.equal(select("#", program:products(theta, points)), 0)
  program:run(theta, points, after)
  check.ok(before == after, "what is left in the buffers does no harm")
end)

local function mistakes(rows)
  for _, row in ipairs(rows) do check.fails(row[1], row[2]) end
end

check.test("misuse of the description", function()
  local g, losses, count, u = two_losses()
  local other = core.graph()
  local function with(spec)
    return function()
      spec.columns, spec.parameters = spec.columns or 2, spec.parameters or count
      return g:program(spec)
    end
  end
  local list = "expected a list of symbols, either 'losses' or 'outputs'"
  mistakes {
    { function() return g:program() end, "table expected, got no value" },
    { with {}, list },
    { with { outputs = {} }, list },
    { with { losses = losses, gradient = false },
      "program: there is no key 'gradient'" },
    { with { losses = losses, 3 }, "program: there is no key 1" },
    { with { outputs = { u }, losses = losses }, list },
    { with { outputs = u }, "'outputs' must be a list of symbols, got a modsync.symbol" },
    { with { losses = { 1 } }, "number 1 of 'losses' is 1, expected a symbol" },
    { with { outputs = { u, true } },
      "number 2 of 'outputs' is true, expected a symbol" },
    { with { outputs = { other:input("x", 1) } },
      "number 1 of 'outputs' is a symbol of another graph" },
    { with { losses = { losses[1], u } }, "loss 2 must be one number: take the mean" },
    { with { losses = { u }, gradients = false },
      "loss 1 must be one number: take the mean" },
    { with { losses = { core.mean(core.concat { u, u }) } },
      "loss 1 must be one number" },
    { with { losses = { g:parameter(0, 2, 1) } }, "loss 1 must be one number" },
    { with { outputs = { u }, columns = 0 },
      "'columns' must be a whole number of at least 1" },
    { with { outputs = { u }, columns = "two" }, "'columns' must be .* got 'two'" },
    { with { outputs = { u }, columns = 1 },
      "reads column 2 of the points, which have 1" },
    { with { outputs = { u }, parameters = -1 },
      "'parameters' must be .* at least 0, got %-1" },
    { with { outputs = { u }, parameters = 1.5 }, "'parameters' must be .*, got 1.5" },
    { with { outputs = { u }, parameters = 7 },
      "parameters from number %d+ on; there are 7" },
    { with { outputs = { u }, block = -8 },
      "'block' must be a whole number of at least 0" },
    { with { outputs = { u }, block = 1 << 40 }, "a block of 1099511627776 points" },
    { with { outputs = { g:parameter(1 << 62, 2 ^ 32 // 1 - 1 | 0, 1):column(1) } },
      "output 1 is a matrix of %d+ rows; expected values per point" },
    { with { losses = { core.mean(g:parameter(1 << 62, 1, (1 << 32) - 1):column(1)) } },
      "parameters from number 4611686018427387905 on" },
  }
end)

check.test("losses go to the rows that are named", function()
  local g, losses, count = two_losses()
  local program = g:program { losses = losses, columns = 2, parameters = count }
  local theta, points = core.zeros(count), core.zeros(6, 2)
  local rng = core.rng(3, "rows")
  rng:normal(theta)
  rng:normal(points)
  local values, G = core.zeros(2), core.zeros(2, count)
  program:run(theta, points, values, G)
  local apart, rows = core.full({ 4 }, 7), core.full({ 4, count }, 7)
  program:run(theta, points, apart, rows, { 4, 2 })
  check.equal(apart, core.tensor { 7, values:get(2), 7, values:get(1) })
  check.equal(rows:row(4), G:row(1))
  check.equal(rows:row(2), G:row(2))
  check.equal(rows:row(1):sum() + rows:row(3):sum(), 14 * count)
  program:run(theta, points, apart, nil, { 1, 3 })
  check.equal(apart:get(3), values:get(2))
end)

check.test("misuse of a run", function()
  local g, losses, count, u = two_losses()
  local program = g:program { losses = losses, columns = 2, parameters = count }
  local field = g:program { outputs = { u, u }, columns = 2, parameters = count }
  local theta, points, values = core.zeros(count), core.zeros(6, 2), core.zeros(2)
  local G = core.zeros(2, count)
  local function run(...)
    local arguments = table.pack(...)
    return function() return program:run(table.unpack(arguments, 1, arguments.n)) end
  end
  mistakes {
    { run(), "expected a tensor, got no" },
    { run(core.zeros(count - 1), points, values, G), count - 1 .. " parameters given" },
    { run(3, points, values, G), "expected a tensor, got 3" },
    { run(theta, core.zeros(6, 3), values, G), "n x 2, got a tensor of shape 6x3" },
    { run(theta, core.zeros(12), values, G), "n x 2, got a tensor of shape 12" },
    { run(theta, core.zeros(0, 2), values, G), "n x 2, got a tensor of shape 0x2" },
    { run(theta, core.zeros(2, 6):transpose(), values, G),
      "expected a contiguous tensor" },
    { run(theta, points), "expected a tensor, got no" },
    { run(theta, points, core.zeros(1), G), "loss 2 is to be number 2 of 1 values" },
    { run(theta, points, values, G, 2), "loss 2 is to be number 3 of 2 values" },
    { run(theta, points, values, G, 0), "loss 1 is to be number 0 of 2 values" },
    { run(theta, points, values, G, { 1, 3 }), "loss 2 is to be number 3 of 2 values" },
    { run(theta, points, values, G, { 2, 2 }), "losses 1 and 2 have the same row" },
    { run(theta, points, values, G, { 1 }), "the row of loss 2 is nil" },
    { run(theta, points, values, G, { 1, "two" }), "the row of loss 2 is" },
    { run(theta, points, values, core.zeros(1, count)), "at least 2 x " .. count },
    { run(theta, points, values, core.zeros(count, 2)), "got a tensor of shape" },
    { run(theta, points, values, core.zeros(2 * count)), "got a tensor of shape" },
    { run(theta, points, values, core.zeros(count, 2):transpose()), "contiguous" },
    { function() field:run(theta, points, core.zeros(6, 3)) end,
      "out must be a tensor of 6 x 2" },
    { function() field:run(theta, points, core.zeros(2, 6)) end,
      "out must be a tensor of 6 x 2" },
    { function() program:products(theta) end, "expected a tensor" },
    { function() program:rows(theta, points, core.zeros(6, count)) end,
      "rows must be a tensor of 6 x 2 x " .. count },
    { function() field:rows(theta, points) end, "rows asked of a program without" },
    { function() program.run(g, theta) end,
      "modsync.program expected, got modsync.graph" },
  }
  program:close()
  program:close()
  mistakes {
    { run(theta, points, values, G), "the program is closed" },
    { function() program:info() end, "the program is closed" },
    { function() program:products(theta, points) end, "the program is closed" },
  }
end)

check.test("threads", function()
  local all = core.threads()
  check.ok(all >= 1)
  check.equal(core.threads(3), 3)
  check.equal(core.threads(), 3)
  check.equal(core.threads(1), 1)
  for _, wrong in ipairs { 0, -1, 1025 } do
    check.fails(function() core.threads(wrong) end, "expected 1 to 1024, got %-?%d+")
  end
  check.fails(function() core.threads "two" end, "number expected")
  check.equal(core.threads(), 1, "a mistake changes nothing")
  check.equal(core.threads(all), all)
end)

-- Each holds a megabyte once it has run; the collector must see them as what they are.
check.test("dropped programs are collected in time", function()
  collectgarbage()
  local g = core.graph()
  local take = network.allocator(g)
  local xy = core.concat { g:input("x", 1), g:input("y", 2) }
  local u = network.mlp(take, { 2, 64, 64, 64, 1 }, core.tanh)(xy):d("x", "x")
  local theta, points, most = network.draw(take()), network.points(300, 2), 0
  local out = core.zeros(300, 1)
  for _ = 1, 200 do
    local program = g:program { outputs = { u }, columns = 2, parameters = take(),
      block = 256 }
    program:run(theta, points, out)
    most = math.max(most, core.debug.live_bytes())
  end
  check.ok(most < 64 * 2 ^ 20, most // 2 ^ 20 .. " MiB were alive")
end)

-- The collector runs all of a cycle at the first allocation inside of the call.
check.test("finalizers may close what a program runs on", function()
  local g = core.graph()
  local x = g:input("x", 1)
  local u = core.sin(x) * g:parameter(0, 1, 1)
  local outputs = g:program { outputs = { u }, columns = 1, parameters = 1 }
  local losses = g:program { losses = { core.mean(u) }, columns = 1, parameters = 1 }
  local theta = core.ones(1)
  outputs:run(theta, core.ones(3, 1))
  for name, use in pairs {
    run = function(points) return outputs:run(theta, points) end,
    rows = function(points) return losses:rows(theta, points) end,
    mul = function(row) return x * row end,
  } do
    local points = name == "mul" and core.ones(1, 20000) or core.ones(20000, 1)
    local mode, pause, multiplier = collectgarbage("incremental", 100, 1000, 40), 200, 100
    collectgarbage()
    collectgarbage "stop"
    setmetatable({}, { __gc = function() points:close() end })
    collectgarbage "restart"
    local ok, message = pcall(use, points)
    collectgarbage("incremental", pause, multiplier, 13)
    collectgarbage(mode)
    check.ok(not ok and message:find "closed", name .. ": " .. tostring(message))
  end
end)

check.done()
