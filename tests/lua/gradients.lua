-- Values and gradients of losses against finite differences and against themselves
-- computed another way: other blocks, other threads, point by point, loss by loss.

local check = require "tests.support.check"
local finite = require "tests.support.finite"
local network = require "tests.support.network"
local core = require "modsync.core"

local all_threads = core.threads()

-- A graph with its losses. build(take, input...) returns the list of losses; inputs are
-- called by the names given, one column each, in order.
local function trace(names, build)
  local g, inputs = core.graph(), {}
  local take = network.allocator(g)
  for i, name in ipairs(names) do inputs[i] = g:input(name, i) end
  local losses = build(take, table.unpack(inputs))
  return { graph = g, losses = losses, count = take(), columns = #names }
end

local function compile(case, block, losses)
  return case.graph:program { losses = losses or case.losses, parameters = case.count,
    columns = case.columns, block = block }
end

local function compile_values(case)
  return case.graph:program { losses = case.losses, parameters = case.count,
    columns = case.columns, gradients = false }
end

local function run(program, case, theta, points, losses)
  local K = #(losses or case.losses)
  local values, G = core.full({ K }, 99), core.full({ K, case.count }, 99)
  program:run(theta, points, values, G)
  return values, G
end

-- Largest element.
local function size(t) return math.max(1e-300, (t * t):max() ^ 0.5) end

local function near_rows(G, expected, tolerance, what)
  for k = 1, #expected do
    local row = core.tensor(expected[k])
    check.near(G:row(k), row, tolerance * size(row), what .. ", loss " .. k)
  end
end

-- Along a direction v: the losses' G v and the gradients' H v, against G and differences.
local function check_tangents(case, theta, points, G)
  local v = core.rng(1, "direction"):normal(core.zeros(case.count))
  local pair, program = core.zeros(2 * case.count), compile(case)
  pair:narrow(1, 1, case.count):copy_(theta)
  pair:narrow(1, case.count + 1, case.count):copy_(v)
  local tangents = case.graph:program { losses = case.losses, parameters = case.count,
    columns = case.columns, tangents = true }
  local values, H = run(tangents, case, pair, points)
  check.near(values, G:matmul(v), 1e-12 * size(G) * v:norm(), "G v")
  local slope = finite.slope(function(step)
    local _, moved = run(program, case, theta + v * step, points)
    return moved
  end, 0, 2e-4)
  for k = 1, #case.losses do
    check.near(H:row(k), slope:row(k), 1e-7 * (size(H:row(k)) + size(G:row(k))),
      "H v, loss " .. k)
  end
end

-- Every component of every loss's gradient against finite differences.
local function check_differences(case, theta, points, tolerance)
  local _, G = run(compile(case), case, theta, points)
  local values, program = core.zeros(#case.losses), compile_values(case)
  local expected = finite.gradient(function(moved)
    program:run(moved, points, values)
    return values:clone()
  end, theta, 2e-3)
  near_rows(G, expected, tolerance or 1e-8, "against finite differences")
  check_tangents(case, theta, points, G)
  return G
end

-- Random directions instead of components, for many parameters.
local function check_directions(case, theta, points, tolerance)
  local _, G = run(compile(case), case, theta, points)
  local values, program = core.zeros(#case.losses), compile_values(case)
  for i = 1, 4 do
    local direction = core.rng(i, "directions"):normal(core.zeros(case.count))
    local expected = finite.slope(function(step)
      program:run(theta + direction * step, points, values)
      return values:clone()
    end, 0, 1e-4)
    for k = 1, #case.losses do
      check.near(G:row(k):dot(direction), expected:get(k), (tolerance or 1e-7)
        * G:row(k):norm() * direction:norm() / case.count ^ 0.5, "direction " .. i)
    end
  end
end

local function near_runs(case, theta, points, tolerance, program, other, what)
  local v1, G1 = run(program, case, theta, points)
  local v2, G2 = run(other, case, theta, points)
  check.near(v1, v2, tolerance * size(v1), what)
  for k = 1, #case.losses do
    check.near(G1:row(k), G2:row(k), tolerance * size(G1:row(k)), what .. ", loss " .. k)
  end
end

-- Teams of one to three threads: the same numbers but for rounding, and the same bits
-- again. A team is woken for a certain number of points times doubles in buffers; so many
-- it gets.
local function check_threads(case, theta)
  local program = compile(case)
  local width = program:info().bytes_per_point // 8
  local points = network.points(2 ^ 17 // width + 5, case.columns, "many")
  core.threads(1)
  local v1, G1 = run(program, case, theta, points)
  for threads = 1, 3 do
    core.threads(threads)
    local v2, G2 = run(program, case, theta, points)
    check.near(v1, v2, 1e-13 * size(v1), threads .. " threads")
    for k = 1, #case.losses do
      check.near(G1:row(k), G2:row(k), 1e-13 * size(G1:row(k)), threads .. " threads")
    end
    local v3, G3 = run(program, case, theta, points)
    check.ok(v2 == v3 and G2 == G3, threads .. " threads gave other bits")
  end
  core.threads(all_threads)
end

-- Other blocks, other threads, each loss alone: the same numbers but for rounding. The
-- same once more: the same bits.
local function check_paths(case, theta, points)
  local program = compile(case)
  near_runs(case, theta, points, 1e-13, program, compile(case, 8), "blocks of 8")
  near_runs(case, theta, points, 1e-13, program, compile(case, 256), "blocks of 256")
  local v1, G1 = run(program, case, theta, points)
  local v2, G2 = run(program, case, theta, points)
  check.ok(v1 == v2 and G1 == G2, "the same run gave other bits")
  v2, G2 = run(compile(case), case, theta, points)
  check.ok(v1 == v2 and G1 == G2, "the same program gave other bits")
  check_threads(case, theta)
  for k, loss in ipairs(case.losses) do
    v2, G2 = run(compile(case, 0, { loss }), case, theta, points, { loss })
    check.near(v2:get(1), v1:get(k), 1e-13 * math.abs(v1:get(k)), "loss alone")
    check.near(G2:row(1), G1:row(k), 1e-13 * size(G1:row(k)), "loss alone")
  end
end

-- Where every loss is a mean over the points: the mean of the gradients of single points.
local function check_points(case, theta, points)
  local program, n = compile(case), points:size(1)
  local values, G = run(program, case, theta, points)
  local sum_v, sum_G = core.zeros(#case.losses), core.zeros(#case.losses, case.count)
  for i = 1, n do
    local v, one = run(program, case, theta, points:narrow(1, i, 1))
    sum_v:add_(v)
    sum_G:add_(one)
  end
  check.near(values, sum_v / n, 1e-13 * size(values), n .. " points")
  for k = 1, #case.losses do
    check.near(G:row(k), sum_G:row(k) / n, 1e-13 * size(G:row(k)),
      n .. " points, loss " .. k)
  end
end

local function square(r) return r * r end

-- Three losses of a network with three fields: up to four derivatives, mixed, products,
-- systems.
local function three_losses(widths, activation)
  return function(take, x, y)
    local out = network.mlp(take, widths, activation)(core.concat { x, y })
    local u, v, w = out:column(1), out:column(2), out:column(3)
    local heat = u:d("x", "x") + u:d("y", "y") + u * v - x
    local system = { u:d("x", "y") * w + v:d("x", "x", "x"), w:d("x") * u - 0.3 }
    local beam = w:d("x", "x", "x", "x") + u:d("x") * v:d("y") - core.sin(y)
    return { core.mean(square(heat)), core.mean(square(system[1]) + square(system[2])),
      core.mean(square(beam)) }
  end
end

for name, activation in pairs(network.activations) do
  check.test("three losses of a 2-9-7-3 network, " .. name, function()
    local case = trace({ "x", "y" }, three_losses({ 2, 9, 7, 3 }, activation))
    local theta, points = network.draw(case.count), network.points(63, 2)
    check_differences(case, theta, points)
    check_paths(case, theta, points)
    check_points(case, theta, points)
  end)
end

check.test("numbers of points that fit nothing", function()
  local case = trace({ "x", "y" }, three_losses({ 2, 9, 7, 3 }, core.tanh))
  local theta = network.draw(case.count)
  for _, n in ipairs { 1, 2, 7, 8, 9, 17, 63, 257 } do
    local points = network.points(n, 2)
    check_points(case, theta, points)
    check_paths(case, theta, points)
  end
end)

check.test("more threads than shares of points", function()
  local case = trace({ "x", "y" }, three_losses({ 2, 257, 300, 3 }, core.tanh))
  local theta = network.draw(case.count, 0.1)
  for _, threads in ipairs { 4, 7 } do
    core.threads(threads)
    for _, n in ipairs { 5, 9, 17, 31 } do
      check_points(case, theta, network.points(n, 2))
    end
  end
  core.threads(all_threads)
end)

check.test("odd architectures", function()
  for _, widths in ipairs { { 2, 3 }, { 2, 1, 3 }, { 2, 5, 3 }, { 2, 1, 1, 1, 3 },
    { 2, 33, 1, 17, 3 } } do
    local case = trace({ "x", "y" }, three_losses(widths, core.tanh))
    local theta, points = network.draw(case.count, 0.8), network.points(21, 2)
    check_differences(case, theta, points)
    check_paths(case, theta, points)
  end
end)

check.test("layers wider than a strip", function()
  for _, widths in ipairs { { 2, 300, 3 }, { 2, 257, 300, 3 }, { 2, 256, 512, 3 } } do
    local case = trace({ "x", "y" }, three_losses(widths, core.tanh))
    local theta, points = network.draw(case.count, 0.1), network.points(19, 2)
    check_directions(case, theta, points)
    check_paths(case, theta, points)
    check_points(case, theta, points:narrow(1, 1, 5))
  end
end)

check.test("five coordinates", function()
  local names = { "a", "b", "c", "d", "e" }
  local case = trace(names, function(take, ...)
    local u = network.mlp(take, { 5, 11, 6, 1 }, core.sin)(core.concat { ... })
    local laplacian = 0
    for _, name in ipairs(names) do laplacian = laplacian + u:d(name, name) end
    return { core.mean(square(laplacian - u)),
      core.mean(square(u:d("a", "b", "c", "d", "e"))),
      core.mean(square(u:d("e", "e") * u:d("a") + u:d("b", "d"))) }
  end)
  local theta, points = network.draw(case.count), network.points(35, 5)
  check_differences(case, theta, points)
  check_paths(case, theta, points)
  check_points(case, theta, points)
end)

check.test("a sixth derivative in a loss", function()
  local case = trace({ "x" }, function(take, x)
    local u = network.mlp(take, { 1, 6, 5, 1 }, core.tanh)(x)
    local fifth = u:d("x", "x", "x", "x", "x")
    return { core.mean(square(fifth:d("x") - fifth)) }
  end)
  local theta, points = network.draw(case.count), network.points(15, 1)
  check_differences(case, theta, points, 1e-7)
  check_paths(case, theta, points)
end)

-- Parameters other than weights of layers.
check.test("tied, transposed, scaling and overlapping parameters", function()
  local case = trace({ "x", "y" }, function(take, x, y)
    local enter, tied, bias = take(2, 7), take(7, 7), take(1, 7)
    local scale, nu = take(1, 7), take(1, 1)
    local h = core.tanh(core.concat { x, y }:matmul(enter) + bias)
    h = core.tanh(h:matmul(tied) * scale + bias)
    h = core.sin(h:matmul(core.transpose(tied)) * core.exp(scale) - bias)
    h = h:matmul(tied):matmul(core.transpose(enter))
    local u, v = h:column(1) * nu, h:column(2)
    return {
      core.mean(square(u:d("y") - nu * u:d("x", "x") + u * u:d("x"))),
      core.mean(square(u * core.exp(nu * x) - v ^ 2 + 2 ^ nu)),
      core.mean(square(v:d("x", "y")) * core.softplus(nu)),
    }
  end)
  local theta, points = network.draw(case.count), network.points(41, 2)
  check_differences(case, theta, points)
  check_paths(case, theta, points)
  check_points(case, theta, points)

  -- the same numbers seen as a matrix, as a row, and as one of them
  local g = core.graph()
  local x = g:input("x", 1)
  local matrix, row = g:parameter(0, 2, 3), g:parameter(1, 1, 4)
  local one = g:parameter(2, 1, 1)
  local wide = core.concat { x, x * x }:matmul(matrix)
  case = { graph = g, count = 6, columns = 1, losses = {
    core.mean(square(core.sum_columns(core.concat { wide, row * x }) * one)) } }
  check_differences(case, network.draw(6), network.points(9, 1))
end)

-- mean(r)^2 + mean((r - mean(r))^2) = mean(r^2), with the sums of one loop used in the
-- next.
check.test("sums over the points inside sums over the points", function()
  local case = trace({ "x", "y" }, function(take, x, y)
    local u = network.mlp(take, { 2, 9, 5, 1 }, core.tanh)(core.concat { x, y })
    local r = u:d("x", "x") + u * u:d("y") - x
    local mean = core.mean(r)
    local deviation = r - mean
    local variance = core.mean(square(deviation))
    local fourth = core.mean(square(square(deviation / core.sqrt(variance))))
    return { square(mean) + variance, core.mean(square(r)), square(mean), fourth,
      core.log(core.mean(core.exp(deviation * 3 - core.mean(u)))) }
  end)
  local theta = network.draw(case.count)
  for _, n in ipairs { 1, 33, 200 } do
    local points = network.points(n, 2)
    if n > 1 then -- the variance of one point is zero, and its root has no derivative
      local values, G = run(compile(case), case, theta, points)
      check.near(values:get(1), values:get(2), 1e-14 * values:get(2))
      check.near(G:row(1), G:row(2), 1e-13 * size(G:row(2)))
      check_differences(case, theta, points)
      check_paths(case, theta, points)
    else
      local two = { graph = case.graph, count = case.count, columns = 2,
        losses = { case.losses[1], case.losses[2], case.losses[3] } }
      local _, G = run(compile(two), two, theta, points)
      check.near(G:row(1), G:row(2), 1e-13 * size(G:row(2)))
      check.near(G:row(1), G:row(3), 1e-13 * size(G:row(2)))
    end
  end
end)

check.test("losses of parameters alone, of points alone, of nothing", function()
  local case = trace({ "x" }, function(take, x)
    local W, b, c = take(3, 4), take(1, 4), take(1, 1)
    local function total(m)
      return core.sum_columns(core.transpose(core.sum_columns(m)))
    end
    return {
      total(W * W) + total(square(b - 1)) / 4,
      total(core.tanh(W) * b + c),
      total(core.transpose(W):matmul(W):matmul(core.transpose(b))),
      total(core.concat { b * c, b:columns(2, 2) ^ 3 }),
      c, c * 2 + 1,
      core.mean(x * x), core.mean(x) * 0 + 3, c:d("x") + 4,
      core.mean(x * 0 + c),
      core.mean(x + c),
      core.mean(core.sum_columns(core.concat { x, b, x * x, c } * b:column(2))),
      core.mean(core.sum_columns((core.concat { x, c } + b:columns(1, 2)):column(2))),
    }
  end)
  local theta, points = network.draw(case.count), network.points(13, 1)
  check_differences(case, theta, points)
  check_paths(case, theta, points)
  local values, G = run(compile(case), case, theta, points)
  check.near(values:get(7), points:dot(points) / 13, 1e-15)
  check.equal(values:narrow(1, 8, 2):totable(), { 3, 4 })
  for k = 7, 9 do check.equal(G:row(k):norm(), 0) end
  check.near(G:row(1):narrow(1, 1, 12), theta:narrow(1, 1, 12) * 2, 0)
  check.equal(G:get(5, case.count), 1)
  check.equal(G:get(10, case.count), 1)
end)

-- One number moves a whole matrix: its tangent is narrower than what it moves.
check.test("parameters added to constants", function()
  local constants = core.rng(9, "constants"):normal(core.zeros(3, 4))
  local case = trace({ "x" }, function(take, x)
    local p, q = take(1, 1), take(1, 3)
    local M = take(3, 1) * 0 + constants + p
    local wide = core.concat { x, x * x, 1 }
    local moved = wide:matmul(M):matmul(core.transpose(M + p))
    local function total(m)
      return core.sum_columns(core.transpose(core.sum_columns(m)))
    end
    return { core.mean(square(core.sum_columns(moved * moved))),
      core.mean(square((wide + p):column(2) + (wide * p):column(3))),
      total(M * M * M), total(M * M),
      core.mean(core.sum_columns(square(core.concat { x + p, q, p * p } * (x - p)))) }
  end)
  local theta, points = network.draw(case.count), network.points(17, 1)
  check_differences(case, theta, points)
  check_paths(case, theta, points)
end)

check.test("two points of one network in one loss", function()
  local case = trace({ "x", "t", "x", "t" }, function(take, x1, t1, x2, t2)
    local net = network.mlp(take, { 2, 9, 7, 1 }, core.tanh)
    local left, right = net(core.concat { x1, t1 }), net(core.concat { x2, t2 })
    return { core.mean(square(left - right)),
      core.mean(square(left:d("x") - right:d("x"))),
      core.mean(square(left:d("x", "x", "t") - right:d("x", "x", "t")) + left * right) }
  end)
  local theta, points = network.draw(case.count), network.points(27, 4)
  check_differences(case, theta, points)
  check_paths(case, theta, points)
  check_points(case, theta, points)
  points:select(2, 3):copy_(points:select(2, 1))
  points:select(2, 4):copy_(points:select(2, 2))
  local values, G = run(compile(case), case, theta, points)
  check.equal(values:narrow(1, 1, 2):norm() + G:narrow(1, 1, 2):norm(), 0)
end)

-- What architectures other than an MLP are made of.
check.test("gates, skips, slices, features and factorised weights", function()
  local features = core.rng(1, "features"):normal(core.zeros(2, 5))
  local case = trace({ "x", "y" }, function(take, x, y)
    local angles = core.concat { x, y }:matmul(features)
    local f = core.concat { core.sin(angles), core.cos(angles), x }
    local U = core.tanh(f:matmul(take(11, 6)) + take(1, 6))
    local V = core.tanh(f:matmul(take(11, 6)) + take(1, 6))
    local h = core.sin(f:matmul(take(11, 6) * core.exp(take(1, 6))))
    h = h * U + (1 - h) * V
    h = h + core.tanh(take(1, 1) * h:matmul(take(6, 6)))
    local joined = core.concat { h:columns(5, 2), h:columns(1, 3) * x,
      core.sum_columns(h) }
    local out = joined:matmul(take(6, 2)) + take(1, 2)
    local u, v = out:column(1) * (1 - x * x), out:column(2)
    return { core.mean(square(u:d("x", "x") + u:d("y", "y") - v)),
      core.mean(square(v:d("y") - u:d("x", "y"))),
      core.mean(square(core.sum_columns(out * joined:columns(2, 2)))) }
  end)
  local theta, points = network.draw(case.count, 0.4), network.points(45, 2)
  check_differences(case, theta, points)
  check_paths(case, theta, points)
  check_points(case, theta, points)
end)

check.test("one network a field, and losses of some of the fields", function()
  local case = trace({ "x", "y" }, function(take, x, y)
    local xy = core.concat { x, y }
    local u = network.mlp(take, { 2, 5, 1 }, core.tanh)(xy)
    local v = network.mlp(take, { 2, 9, 1 }, core.sin)(xy)
    return { core.mean(square(u:d("x", "x"))), core.mean(square(v:d("y"))),
      core.mean(square(u * v - 1)) }
  end)
  local theta, points = network.draw(case.count), network.points(30, 2)
  local G = check_differences(case, theta, points)
  check_paths(case, theta, points)
  local first = 2 * 5 + 5 + 5 + 1
  check.equal(G:row(1):narrow(1, first + 1, case.count - first):norm(), 0)
  check.equal(G:row(2):narrow(1, 1, first):norm(), 0)
end)

check.test("equal losses share everything", function()
  local build = three_losses({ 2, 9, 7, 3 }, core.tanh)
  local case = trace({ "x", "y" }, build)
  local twice = { case.losses[1], case.losses[1] }
  local theta, points = network.draw(case.count), network.points(20, 2)
  local values, G = run(compile(case, 0, twice), case, theta, points, twice)
  check.equal(values:get(1), values:get(2))
  check.ok(G:row(1) == G:row(2))
  check.equal(compile(case, 0, twice):info().products,
    compile(case, 0, { case.losses[1] }):info().products)
end)

-- u <- sin u + w, w the first parameter, by hand.
check.test("gradients of a long chain, of its values and of its derivative", function()
  local N, w, at = 10000, 1e-4, 0.3
  local g = core.graph()
  local x, bias = g:input("x", 1), g:parameter(0, 1, 1)
  local chain, u, ux, uw, uxw = x, at, 1, 0, 0
  for _ = 1, N do
    chain = core.sin(chain) + bias
    u, ux, uw, uxw = math.sin(u) + w, math.cos(u) * ux, math.cos(u) * uw + 1,
      math.cos(u) * uxw - math.sin(u) * uw * ux
  end
  local losses = { core.mean(square(chain)), core.mean(chain:d "x") }
  local program = g:program { losses = losses, parameters = 1, columns = 1 }
  local values, G = core.zeros(2), core.zeros(2, 1)
  program:run(core.tensor { w }, core.full({ 1, 1 }, at), values, G)
  check.near(values, { u * u, ux }, 1e-12)
  check.near(G:reshape(2), { 2 * u * uw, uxw }, 1e-9)
end)

check.done()
