-- Every kind of importance of the registry: what all of them promise.
local ms = require "modsync"
local check = require "tests.support.check"
local methods = require "tests.support.methods"

--- A problem whose boundary loss is multiplied by scale^2.
local function problem(scale)
  return ms.problem {
    name = "importance", coords = { "x", "t" }, fields = { "u" },
    domain = ms.box { x = { -1, 1 }, t = { 0, 1 } },
    terms = {
      { name = "residual", on = "interior", points = 24,
        expr = function(s) return s.u_t + s.u * s.u_x - 0.1 * s.u_xx end },
      { name = "boundary", on = { "x.min", "x.max" }, points = 16,
        expr = function(s) return (s.u - 0.3) * scale end },
      { name = "initial", on = "t=0", points = 16,
        expr = function(s) return s.u - s.x, s.u_x - 1 end },
    },
  }
end

local function losses(scale)
  local p = problem(scale or 1)
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 5, depth = 2,
    seed = 3 }
  return p:losses(net, { seed = 1 })
end

local function shares(I)
  return I / I:sum(2, true)
end

local function test_kind(name, options)
  local make, L = ms.importance[name], losses()
  local P = L.net:count()
  local title = methods.title({ name = name }, options)

  check.test(title .. ": a number for every task and parameter", function()
    local I, info = make(options)(L)
    check.equal(I:shape(), { 3, P })
    check.ok(I:is_finite() and I:min() >= 0 and I:sum(2):min() > 0)
    check.equal(info.tasks, { "residual", "boundary", "initial" })
    check.ok(math.type(info.draws) == "integer" and info.draws >= 1)
  end)

  check.test(title .. ": the same again, and nothing else is touched", function()
    local theta, points = L.net.theta:clone(), L:points_of("residual"):clone()
    local values, G = L:evaluate()
    values, G = values:clone(), G:clone()
    local once, twice = make(options)(L), make(options)(L)
    check.ok(once == twice or (options or {}).source == "fresh")
    check.ok(L.net.theta == theta and L:points_of("residual") == points)
    check.ok(L.loss_values == values and L.G == G)
  end)

  check.test(title .. ": a loss times 10,000 is the same in shares", function()
    local kind = make(options)
    check.near(shares(kind(losses(100))), shares(kind(losses(1))), 1e-12)
  end)

  check.test(title .. ": terms of a task", function()
    local function with(more)
      for key, value in pairs(options or {}) do more[key] = value end
      return make(more)(losses())
    end
    local all, two = with {}, with { tasks = "two" }
    check.equal(two:shape(), { 2, P })
    check.ok(two:row(1) == all:row(1))
    local I, info = with { groups = { { "initial", "boundary" }, { "residual" } } }
    check.equal(info.tasks, { "boundary+initial", "residual" })
    check.near(I:row(1), two:row(2), 1e-12 * I:max())
    check.ok(I:row(2) == two:row(1))
    check.fails(function() with { groups = { { "nowhere" } } } end, "no term nowhere")
  end)
end

local names = ms.registry.names "importance"

check.test("all kinds are there and say what they are", function()
  check.equal(names, { "fisher", "sensitivity", "square", "taylor", "taylor-square" })
  local list = ms.help.list "importances"
  for _, name in ipairs(names) do
    local record = ms.registry.record("importance", name)
    check.ok(#record.summary > 10 and record.paper)
    check.ok(list:find("  " .. name, 1, true) and ms.help.show(name))
  end
end)

for _, name in ipairs(names) do
  for _, source in ipairs { "train", "fresh", "batch" } do
    test_kind(name, { source = source })
  end
end

check.done()
