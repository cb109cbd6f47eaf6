-- Values and rows of G stand in the order of the problem, whatever shares its points.
local ms = require "modsync"
local check = require "tests.support.check"

--- Terms a, b, c, of which a and c share their points where these are as many.
local function problem(points_of_c)
  return ms.problem { name = "rows", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } }, terms = {
      { name = "a", on = "interior", points = 12,
        expr = function(s) return s.u_x - s.x, s.u end },
      { name = "b", on = "x.min", points = 3, expr = function(s) return s.u - 2 end },
      { name = "c", on = "interior", points = points_of_c,
        expr = function(s) return s.u + 5 end },
    } }
end

local function losses(points_of_c)
  local p = problem(points_of_c)
  return p:losses(ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 1,
    seed = 4 })
end

--- The mean square of the residuals of every term.
local function expected(L)
  local values = {}
  for k, name in ipairs { "a", "b", "c" } do
    local r = L:residuals(name)
    values[k] = r:norm() ^ 2 / r:size(1)
  end
  return ms.tensor(values)
end

--- The gradients of every term by itself, by exact products with the Jacobian.
local function gradients(L)
  local C, rows = ms.curvature(L), ms.zeros(3, L.net:count())
  for k, name in ipairs { "a", "b", "c" } do
    local r = L:residuals(name)
    rows:row(k):copy_(C:vjp(name, r)):mul_(2 / r:size(1))
  end
  return rows
end

check.test("values and gradients, together and one by one", function()
  for _, count in ipairs { 12, 13 } do
    local L = losses(count)
    check.equal(L.names, { "a", "b", "c" })
    local values, G = L:gradients()
    check.near(values, expected(L), 1e-12)
    check.near(G, gradients(L), 1e-11)
    check.near(L:values(ms.zeros(3)), values, 1e-12)
    for k, name in ipairs { "a", "b", "c" } do
      values, G = L:gradients { name }
      check.near(G:row(k), gradients(L):row(k), 1e-11)
      check.near(G:norm(), G:row(k):norm(), 1e-12)
      L:complete()
      check.near(G, gradients(L), 1e-11)
    end
  end
end)

check.test("micro-batches and single points", function()
  local L = losses(12)
  local sum, count = ms.zeros(3, L.net:count()), 0
  for G in L:micro { batches = 3, source = "train" } do
    sum:add_(G)
    count = count + 1
  end
  check.near(sum / count, gradients(L), 1e-11)
  for G in L:micro { batches = 2, source = "train", kind = "points" } do
    check.equal(G:row(2):ne(0):sum(), G:row(3):ne(0):sum())
  end
  local number = 0
  for G in L:micro { batches = 2, source = "train", kind = "expressions" } do
    number = number + 1
    local second = number % 2 == 0 -- b and c have one expression, a has two
    check.equal({ G:row(2):norm() == 0, G:row(3):norm() == 0 }, { second, second })
    check.ok(G:row(1):norm() > 0)
  end
  check.equal(number, 4)
end)

check.test("factors by the order of the problem", function()
  for _, count in ipairs { 12, 13 } do
    local run = ms.train { problem = problem(count), net = { width = 4, depth = 1 },
      steps = 1, diagnose = "weights", report = "quiet",
      conflict = ms.conflict.sum {
        weighting = ms.weighting.fixed { factors = { 1, 10, 100 } } } }
    check.equal(run.history["weight.b"], { 10 })
    check.equal(run.history["weight.c"], { 100 })
  end
end)

check.done()
