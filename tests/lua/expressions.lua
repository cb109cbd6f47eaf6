-- Random expressions, compiled, against a naive evaluation of the same expressions by
-- tensor arithmetic; and gradients of random losses against finite differences. The
-- stream is seeded: the same expressions every time.

local check = require "tests.support.check"
local finite = require "tests.support.finite"
local network = require "tests.support.network"
local core = require "modsync.core"

local COLUMNS, POINTS = 3, 19
local SEEDS = tonumber(os.getenv "MODSYNC_FUZZ") or 300

-- Trees are tables { kind, cols, ... }; a tree may stand in several places. Values are
-- kept between about -3 and 3, so that no function leaves its domain and differences
-- work.
local leaves = {
  input = function(draw) return { kind = "input", cols = 1, column = draw(COLUMNS) } end,
  number = function(draw)
    return { kind = "number", cols = 1, value = draw(9) / 4 - 1.1 }
  end,
  row = function(draw, cols)
    local values = {}
    for i = 1, cols do values[i] = draw(9) / 4 - 1.2 end
    return { kind = "row", cols = cols, values = values }
  end,
  parameter = function(draw, cols)
    local wide = draw(2) == 1 and cols or 1
    return { kind = "parameter", cols = wide, offset = draw(20) - 1 }
  end,
}
local leaf_names = { "input", "input", "input", "number", "row", "parameter" }

-- Bounded and smooth, of any argument.
local unary = {
  tanh = core.tanh, sin = core.sin, cos = core.cos, sigmoid = core.sigmoid,
  erf = core.erf, atan = core.atan, asinh = core.asinh,
  softplus = function(x) return core.softplus(x) / 2 end,
  bell = function(x) return core.exp(-x * x) end,
  root = function(x) return core.sqrt(1 + x * x) - 1 end,
  square = function(x) return core.tanh(x) ^ 2 end,
  cube = function(x) return core.sin(x) ^ 3 end,
  reciprocal = function(x) return 1 / (1.5 + core.sin(x)) end,
  logarithm = function(x) return core.log(1 + x * x) / 2 end,
  negative = function(x) return -x end,
  half = function(x) return x / 2 end,
  zero = function(x) return x - x end,
}
local unary_names = {}
for name in pairs(unary) do unary_names[#unary_names + 1] = name end
table.sort(unary_names)

local binary = {
  add = function(x, y) return x + y end,
  sub = function(x, y) return x - y end,
  mul = function(x, y) return x * y end,
  mix = function(x, y) return 0.5 * x - 0.25 * y * x + 0.75 * y end,
  div = function(x, y) return x / (2 + y * y) end,
  pow = function(x, y) return (1.2 + core.tanh(x)) ^ core.sin(y) end,
  angle = function(x, y) return core.atan2(x, 1.5 + y * y) end,
}
local binary_names = { "add", "add", "angle", "div", "mix", "mul", "mul", "pow", "sub" }

local function matrix_of(draw, rows, cols)
  local values = {}
  for i = 1, rows * cols do values[i] = (draw(9) - 5) / (4 * rows) end
  return core.tensor(values):reshape(rows, cols)
end

-- A random tree of 'cols' columns (or one column that stands for all). 'made' lists all
-- trees so far, to use some of them again.
local function grow(draw, cols, depth, made)
  local function child(wanted)
    for _ = 1, 2 do
      local old = #made > 0 and draw(5) == 1 and made[draw(#made)]
      if old and (old.cols == wanted or old.cols == 1) then return old end
    end
    return grow(draw, wanted, depth - 1, made)
  end
  local tree
  local choice = depth <= 0 and 0 or draw(20)
  if choice < 3 then
    tree = leaves[leaf_names[draw(#leaf_names)]](draw, cols)
  elseif choice < 8 then
    tree = { kind = "unary", name = unary_names[draw(#unary_names)], child(cols) }
  elseif choice < 15 then
    local first, second = child(cols), child(draw(4) == 1 and 1 or cols)
    if draw(2) == 1 then first, second = second, first end
    tree = { kind = "binary", name = binary_names[draw(#binary_names)], first, second }
  elseif choice < 17 then
    local rows = draw(5)
    tree = { kind = "matmul", cols = cols, rows = rows, child(rows) }
    if draw(2) == 1 then
      tree.offset = draw(10) - 1
    else
      tree.matrix = matrix_of(draw, rows, cols)
    end
  elseif choice == 17 then
    tree = { kind = "sum", cols = 1, child(draw(5)) }
  elseif choice == 18 then
    local wider = cols + draw(3)
    tree = { kind = "slice", cols = cols, wide = wider, first = draw(wider - cols + 1),
      child(wider) }
  elseif cols > 1 then
    local left = draw(cols - 1)
    tree = { kind = "concat", cols = cols, left = left, child(left), child(cols - left) }
  else
    tree = { kind = "mean", cols = 1, child(1) }
  end
  if not tree.cols then
    tree.cols = math.max(tree[1].cols, tree[2] and tree[2].cols or 1)
  end
  made[#made + 1] = tree
  return tree
end

-- What differs between the two evaluations.
local function tensors(theta, points)
  local n = points:size(1)
  local ones = core.ones(n, 1)
  return {
    input = function(column) return points:narrow(2, column, 1) end,
    number = function(value) return core.full({ 1, 1 }, value) end,
    row = function(values) return core.tensor { values } end,
    parameter = function(offset, rows, cols)
      return theta:narrow(1, offset + 1, rows * cols):reshape(rows, cols)
    end,
    matmul = function(x, matrix) return x:matmul(matrix) end,
    sum = function(x) return x:sum(2):reshape(x:size(1), 1) end,
    slice = function(x, first, count) return x:narrow(2, first, count):clone() end,
    mean = function(x) return core.full({ 1, 1 }, (x * ones):mean()) end,
    widen = function(x, cols) return x * core.ones(1, cols) end,
    concat = function(x, y)
      local rows, left, right = math.max(x:size(1), y:size(1)), x:size(2), y:size(2)
      local joined = core.zeros(rows, left + right)
      joined:narrow(2, 1, left):copy_(x)
      joined:narrow(2, left + 1, right):copy_(y)
      return joined
    end,
  }
end

local function symbols(g)
  local function identity(value) return g:constant(value) end
  return {
    input = function(column) return g:input(("xyz"):sub(column, column), column) end,
    number = identity,
    row = function(values) return g:constant(core.tensor(values)) end,
    parameter = function(offset, rows, cols) return g:parameter(offset, rows, cols) end,
    matmul = function(x, matrix) return x:matmul(matrix) end,
    sum = core.sum_columns,
    slice = function(x, first, count) return x:columns(first, count) end,
    mean = core.mean,
    widen = function(x, cols) return x * core.ones(cols) end,
    concat = function(x, y) return core.concat { x, y } end,
  }
end

local function evaluate(tree, with, known)
  if known[tree] then return known[tree] end
  local value
  local a = tree[1] and evaluate(tree[1], with, known)
  local b = tree[2] and evaluate(tree[2], with, known)
  local function wide(x, child, cols)
    return child.cols == cols and x or with.widen(x, cols)
  end
  if tree.kind == "input" then
    value = with.input(tree.column)
  elseif tree.kind == "number" then
    value = with.number(tree.value)
  elseif tree.kind == "row" then
    value = with.row(tree.values)
  elseif tree.kind == "parameter" then
    value = with.parameter(tree.offset, 1, tree.cols)
  elseif tree.kind == "unary" then
    value = unary[tree.name](a)
  elseif tree.kind == "binary" then
    value = binary[tree.name](a, b)
  elseif tree.kind == "matmul" then
    local matrix = tree.matrix or with.parameter(tree.offset, tree.rows, tree.cols) / 2
    value = with.matmul(wide(a, tree[1], tree.rows), matrix)
  elseif tree.kind == "sum" then
    value = core.tanh(with.sum(a))
  elseif tree.kind == "slice" then
    value = with.slice(wide(a, tree[1], tree.wide), tree.first, tree.cols)
  elseif tree.kind == "mean" then
    value = with.mean(a)
  else
    value = with.concat(wide(a, tree[1], tree.left),
      wide(b, tree[2], tree.cols - tree.left))
  end
  known[tree] = value
  return value
end

local function draw_from(name, seed)
  local rng = core.rng(seed, name)
  return function(limit) return rng:below(limit) + 1 end
end

local theta = core.rng(1, "theta"):uniform(core.zeros(60)) * 2 - 1
local points = network.points(POINTS, COLUMNS)

check.test("values of random expressions", function()
  for seed = 1, SEEDS do
    local draw, list, made = draw_from("values", seed), {}, {}
    local g = core.graph()
    local ours, naive, known = symbols(g), tensors(theta, points), {}
    local expected, seen = {}, {}
    for k = 1, 4 do -- several trees that share parts
      local tree = grow(draw, draw(6), 6, made)
      local symbol, tensor = evaluate(tree, ours, known), evaluate(tree, naive, seen)
      for column = 1, tree.cols do
        list[#list + 1] = symbol:column(column)
        expected[#expected + 1] = core.zeros(POINTS, 1) + tensor:narrow(2, column, 1)
      end
    end
    local program = g:program { outputs = list, columns = COLUMNS, parameters = 60,
      block = draw(3) * 8 }
    local got = program:run(theta, points)
    for k = 1, #list do
      check.near(got:narrow(2, k, 1), expected[k], 1e-12 * (1 + expected[k]:norm()),
        "seed " .. seed .. ", output " .. k)
    end
  end
end)

-- Six losses of three random trees: of each tree one whose adjoint varies from point to
-- point, and one whose adjoint is one number.
local function random_losses(draw, g)
  local ours, losses, made, known = symbols(g), {}, {}, {}
  for k = 1, 5, 2 do
    local f = evaluate(grow(draw, draw(4), 5, made), ours, known)
    losses[k] = core.mean(core.sum_columns(core.sin(f) * f))
    losses[k + 1] = core.mean(core.sum_columns(f))
  end
  return { losses = losses, columns = COLUMNS, parameters = 60, block = draw(3) * 8 }
end

check.test("gradients of random losses", function()
  for seed = 1, SEEDS // 4 do
    local draw, g = draw_from("losses", seed), core.graph()
    local spec = random_losses(draw, g)
    local program = g:program(spec)
    spec.gradients = false
    local plain = g:program(spec)
    local values, G = core.zeros(6), core.zeros(6, 60)
    program:run(theta, points, values, G)
    local expected = finite.gradient(function(moved)
      plain:run(moved, points, values)
      return values:clone()
    end, theta:clone(), 2e-3)
    for k = 1, 6 do
      check.near(G:row(k), expected[k], 1e-7 * (1 + G:row(k):norm()),
        "seed " .. seed .. ", loss " .. k)
    end
  end
end)

-- Values and gradients along a direction: G v and H v.
check.test("tangents of random losses", function()
  local v = core.rng(2, "direction"):normal(core.zeros(60))
  local pair = core.zeros(120)
  pair:narrow(1, 1, 60):copy_(theta)
  pair:narrow(1, 61, 60):copy_(v)
  for seed = 1, SEEDS // 3 do
    local draw, g = draw_from("losses", seed), core.graph()
    local spec = random_losses(draw, g)
    local program = g:program(spec)
    spec.tangents = true
    local tangents = g:program(spec)
    local values, G, H = core.zeros(6), core.zeros(6, 60), core.zeros(6, 60)
    tangents:run(pair, points, values, H)
    local ignored = core.zeros(6)
    program:run(theta, points, ignored, G)
    local slope = finite.slope(function(step)
      local moved = core.zeros(6, 60)
      program:run(theta + v * step, points, ignored, moved)
      return moved
    end, 0, 5e-4)
    for k = 1, 6 do
      local what = "seed " .. seed .. ", loss " .. k
      check.near(values:get(k), G:row(k):dot(v), 1e-12 * (1 + G:row(k):norm()), what)
      check.near(H:row(k), slope:row(k), 1e-7 * (1 + H:row(k):norm()), what)
    end
  end
end)

check.test("rows of random losses are the gradients of single points", function()
  local rows, refused = 0, 0
  for seed = 1, SEEDS // 6 do
    local draw, g = draw_from("losses", seed), core.graph()
    local spec = random_losses(draw, g)
    local values, G = core.zeros(1), core.zeros(1, 60)
    for k, loss in ipairs(spec.losses) do
      spec.losses = { loss }
      local program = g:program(spec)
      local ok, J = pcall(program.rows, program, theta, points)
      if ok then
        for i = 1, POINTS do
          program:run(theta, points:narrow(1, i, 1), values, G)
          check.near(J[i], G, 1e-13 * (1 + G:norm()), "seed " .. seed .. ", loss " .. k)
        end
        rows = rows + 1
      else
        check.ok(tostring(J):find "sums over the points inside", J)
        refused = refused + 1
      end
    end
  end
  check.ok(rows > refused, "too few are left")
end)

-- The first derivative of f and of its first derivative, against differences; the second
-- also asked for at once and in the other order.
local function check_derivatives(g, f, axes, seed)
  local names = { "x", "y", "z" }
  local a, b = names[axes[1]], names[axes[2]]
  local first = f:d(a)
  local list = { f, first, first:d(b), f:d(b, a) }
  local program = g:program { outputs = list, columns = COLUMNS, parameters = 60 }
  local got = program:run(theta, points)
  for k = 1, 2 do
    local slope = finite.slope(function(shift)
      local moved = points:clone()
      moved:select(2, axes[k]):add_(shift)
      return program:run(theta, moved):select(2, k)
    end, 0, 1e-3)
    local exact = got:select(2, k + 1)
    check.near(slope, exact, 1e-7 * (1 + exact:norm()), "seed " .. seed)
  end
  local laplacian = g:program { outputs = { f:laplacian(table.unpack(names)),
    f:d("x", "x") + f:d("y", "y") + f:d("z", "z"), f:laplacian(b) - f:d(b, b) },
    columns = COLUMNS, parameters = 60 }:run(theta, points)
  local sum = laplacian:select(2, 2)
  check.near(laplacian:select(2, 1), sum, 1e-12 * (1 + sum:norm()), "seed " .. seed)
  check.near(laplacian:select(2, 3):norm(), 0, 1e-12 * (1 + sum:norm()), "seed " .. seed)
  local twice = got:select(2, 3)
  check.near(got:select(2, 4), twice, 1e-13 * (1 + twice:norm()), "seed " .. seed)
end

check.test("derivatives of random expressions", function()
  local refused = 0
  for seed = 1, SEEDS // 2 do
    local draw, g = draw_from("derivatives", seed), core.graph()
    local ours = symbols(g)
    for axis = 1, COLUMNS do ours.input(axis) end
    local f = evaluate(grow(draw, 1, 6, {}), ours, {})
    local ok, message = pcall(check_derivatives, g, f, { draw(3), draw(3) }, seed)
    if not ok then
      check.ok(tostring(message):find "sums over the points", message)
      refused = refused + 1
    end
  end
  check.ok(refused < SEEDS // 4, "too few are left")
end)

check.done()
