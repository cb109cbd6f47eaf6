-- Exclusivity, overlap and their nulls: planted answers, identities, invariances.
local ms = require "modsync"
local check = require "tests.support.check"
local permuted = require "tests.support.permuted"

local M = ms.modularity
local INDICES = { "ratio", "entropy", "coupling", "max-share" }

local function model(options)
  local settings = { inputs = { "x", "t" }, outputs = { "u" }, width = 12, depth = 3,
    seed = 4 }
  for name, value in pairs(options or {}) do settings[name] = value end
  return ms.mlp(settings)
end

local function squares(tasks, n, draws, name)
  local rng, I = ms.rng(1, name), ms.zeros(tasks, n)
  for _ = 1, draws do
    local g = rng:normal(ms.zeros(tasks, n))
    I:add_(g * g)
  end
  return I
end

--[[ values ]]

check.test("disjoint owners: 1, shared importance: 0, at every level", function()
  local net = model()
  local I, even = ms.ones(2, net:count()), ms.zeros(net:count())
  for _, part in ipairs(net.layout) do
    local view = even:narrow(1, part.offset + 1, part.rows * part.cols)
      :reshape(part.rows, part.cols)
    for j = 2, part.cols, 2 do view:select(2, j):fill_(1) end
  end
  local apart = ms.stack({ even * 3, (1 - even) * 0.01 }, 1)
  for _, index in ipairs(INDICES) do
    local top = index == "coupling" and 0 or 1
    for _, level in ipairs { "connection", "neuron" } do
      for _, normalise in ipairs { "layer", "scope" } do
        local o = { index = index, level = level, normalise = normalise, shuffles = 3 }
        check.near(M.exclusivity(apart, net, o).value, top, 1e-12)
        check.near(M.exclusivity(I, net, o).value, 1 - top, 1e-12)
      end
    end
  end
end)

check.test("the indices are the distances they are called after", function()
  local I = squares(2, 500, 1, "distances")
  local x, y = I:row(1) / I:row(1):sum(), I:row(2) / I:row(2):sum()
  local m = (x + y) / 2
  local function entropy(z) return -(z * z:log()):sum() end
  local E = M.exclusivity(I, nil, { map = true })
  local S = M.exclusivity(I, nil, { index = "coupling", map = true })
  check.near(E.value, (x - y):abs():sum() / 2, 1e-12)
  check.near(S.value, (x * y):sqrt():sum(), 1e-12)
  check.near(E.map.all ^ 2 + S.map.all ^ 2, ms.ones(500), 1e-12)
  local jsd = M.exclusivity(I, nil, { index = "entropy" }).value * math.log(2)
  check.near(jsd, entropy(m) - (entropy(x) + entropy(y)) / 2, 1e-12)
  local joint = ms.stack({ x / 2, y / 2 }, 1)
  check.near(jsd, entropy(m) + math.log(2) - entropy(joint), 1e-12) -- mutual information
end)

check.test("the same task on independent batches has the sampling null", function()
  for _, draws in ipairs { 1, 2, 4, 8, 16, 64 } do
    local I = squares(2, 40000, draws, "batches")
    I:mul_(1 + ms.arange(1, 40000):mul_(1e-3):sin()) -- variances of their own
    for _, index in ipairs { "ratio", "entropy", "coupling" } do
      local x = M.exclusivity(I, nil, { index = index, shuffles = 1, draws = draws })
      check.near(x.value, x.sampling, 0.006)
      check.near(x.sampling_excess, 0, 0.05)
      for _, layer in pairs(x.layers) do
        check.equal(layer.sampling_excess, M.excess(layer.value, x.sampling))
      end
    end
  end
end)

check.test("sampling nulls with and without a formula", function()
  check.near(M.sampling_null("ratio", { draws = 16 }), 0.196, 5e-4)
  check.near(M.sampling_null("entropy", { tasks = 3 }), 0.393, 5e-4)
  check.near(M.sampling_null("ratio", { power = 1 }), 2 ^ 0.5 - 1, 3e-3)
  check.near(M.sampling_null("entropy", { power = 1 }), 0.202, 3e-3)
  local three = M.sampling_null("max-share", { tasks = 3 })
  local I = squares(3, 40000, 1, "three")
  check.near(three, M.exclusivity(I, nil, { index = "max-share" }).value, 6e-3)
  check.equal(M.sampling_null("max-share", { tasks = 3 }), three)
  check.near(M.excess(0.75, 0.5), 0.5, 1e-15)
end)

check.test("the permutation null: what independent importances have", function()
  local size = ms.rng(5, "tails"):normal(ms.zeros(2, 20000)):mul_(1.5):exp()
  local apart = M.exclusivity(size, nil, { seed = 3 })
  check.near(apart.excess, 0, 0.03)
  check.ok(apart.value > 0.5, "heavy tails alone make it large")
  check.ok(apart.deviation > 0 and apart.deviation < 0.02)
  local shared = ms.stack({ size:row(1), size:row(1) * 7 }, 1)
  check.ok(M.exclusivity(shared, nil).excess < -0.9)
  local again = M.exclusivity(size, nil, { seed = 3 })
  check.equal(again, apart)
  check.ok(M.exclusivity(size, nil, { seed = 4 }).permuted ~= apart.permuted)
end)

--[[ invariances ]]

--- Figures that must agree, nulls only as far as their shuffles do.
local function same(a, b)
  check.near(a.value, b.value, 1e-12)
  check.near(a.permuted, b.permuted, 0.05)
end

check.test("swapped tasks and rescaled losses change nothing", function()
  local net = model()
  local I = squares(2, net:count(), 2, "swap")
  local swapped, scaled = I:take(1, { 2, 1 }), I:clone()
  scaled:row(1):mul_(1e6)
  for _, index in ipairs(INDICES) do
    for _, level in ipairs { "connection", "neuron" } do
      local o = { index = index, level = level }
      local x = M.exclusivity(I, net, o)
      same(M.exclusivity(swapped, net, o), x)
      local y = M.exclusivity(scaled, net, o)
      same(y, x)
      check.near(y.permuted, x.permuted, 1e-12)
    end
  end
  check.near(M.overlap(swapped, net).jaccard, M.overlap(I, net).jaccard, 1e-15)
  check.equal(M.overlap(scaled, net), M.overlap(I, net))
end)

check.test("hidden units in another order change nothing", function()
  local net = model()
  local I = squares(2, net:count(), 2, "units")
  net:views().W2:select(2, 3):fill_(0)
  local other = model()
  other.theta:copy_(permuted(net, net.theta, 5))
  local J = ms.stack({ permuted(net, I:row(1), 5), permuted(net, I:row(2), 5) }, 1)
  check.ok(J ~= I)
  for _, level in ipairs { "connection", "neuron" } do
    for _, scope in ipairs { "hidden", "weights", "net" } do
      for _, both in ipairs { false, true } do
        local o = { level = level, scope = scope, both = both }
        same(M.exclusivity(J, other, o), M.exclusivity(I, net, o))
      end
    end
  end
  local a, b = M.overlap(I, net), M.overlap(J, other)
  check.near(b.jaccard, a.jaccard, 1e-12)
  check.near(b.corrected, a.corrected, 1e-12)
end)

--[[ what is looked at ]]

check.test("layers, and the scope as one", function()
  local net = model { depth = 4 }
  local I = squares(2, net:count(), 1, "layers")
  local x, sum = M.exclusivity(I, net, { map = true }), 0
  for _, name in ipairs { "W2", "W3", "W4" } do
    local part = net.part[name]
    local own = I:narrow(2, part.offset + 1, 144):clone()
    check.near(x.layers[name].value, M.exclusivity(own, nil).value, 1e-13)
    check.equal(x.map[name]:shape(), { 12, 12 })
    sum = sum + x.layers[name].value
  end
  check.near(x.value, sum / 3, 1e-13)
  check.equal({ x.layers.W1, x.map.W1, x.sampling }, {})
  local whole = I:narrow(2, net.part.W1.offset + 1, net:count()):clone()
  local all = M.exclusivity(I, net, { scope = "net", normalise = "scope" })
  check.near(all.value, M.exclusivity(whole, nil).value, 1e-13)
  check.ok(all.layers.W1.value and all.layers.W5.permuted)
end)

check.test("weights of 0 are left out, biases of 0 are not", function()
  local net = model()
  local I = squares(2, net:count(), 1, "live")
  local W, part = net:views().W2, net.part.W2
  W:narrow(1, 1, 6):fill_(0)
  local x = M.exclusivity(I, net, { map = true, scope = "net" })
  local rest = I:narrow(2, part.offset + 73, 72):clone()
  local b = I:narrow(2, net.part.b2.offset + 1, 12):clone()
  local both = M.exclusivity(ms.concat({ rest, b }, 2), nil)
  check.near(x.layers.W2.value, both.value, 1e-13)
  check.ok(x.map.W2:get(6, 1) ~= x.map.W2:get(6, 1) and x.map.W2:get(7, 1) >= 0)
  check.ok(x.map.b2:is_finite() and net:views().b2:norm() == 0)
  local with = M.exclusivity(I, net, { live = false })
  check.near(with.layers.W2.value,
    M.exclusivity(I:narrow(2, part.offset + 1, 144):clone(), nil).value, 1e-13)
end)

check.test("neurons: incoming weights, biases, outgoing weights", function()
  local net = model()
  local I = squares(2, net:count(), 1, "neurons")
  local function part(name)
    local at = net.part[name]
    return I:narrow(2, at.offset + 1, at.rows * at.cols):clone()
      :reshape(2, at.rows, at.cols)
  end
  local W, b, out = part("W2"):sum(2), part("b2"):sum(2), part("W3"):sum(3)
  local function value(o)
    o.level, o.map = "neuron", true
    local x = M.exclusivity(I, net, o)
    check.equal({ x.map.W2:size(), x.sampling }, { 12 })
    return x.layers.W2.value
  end
  local function of(sum) return M.exclusivity(sum, nil).value end
  check.near(value { bias = false }, of(W), 1e-13)
  check.near(value { draws = 3 }, of(W + b), 1e-13)
  check.near(value { both = true }, of(W + b + out), 1e-13)
  net:views().W2:select(2, 5):fill_(0)
  local x = M.exclusivity(I, net, { level = "neuron", map = true })
  local number = x.map.W2:get(5)
  check.ok(number ~= number and x.map.W2:get(4) >= 0 and x.map.W3:is_finite())
end)

--[[ the most important connections ]]

check.test("overlap by hand", function()
  local I = ms.tensor { { 9, 8, 1, 1, 1, 1, 0, 0 }, { 0, 8, 9, 1, 1, 1, 1, 0 } }
  local x = M.overlap(I, nil, { share = 0.25 })
  check.near({ x.jaccard, x.coefficient, x.shared[1], x.shared[2] },
    { 1 / 3, 0.5, 0.5, 0.5 }, 1e-15)
  check.near(x.null, 0.25 / 1.75, 1e-15)
  check.near(x.corrected, (1 / 3 - x.null) / (1 - x.null), 1e-15)
  -- of equal ones the first: 1, 2, 3 and 2, 3, 4
  check.near(M.overlap(I, nil, { share = 0.375 }).jaccard, 0.5, 1e-15)
  -- what has no importance is in no set: 6 and 6 of 8 connections
  local all = M.overlap(I, nil, { share = 0.9 })
  check.near({ all.jaccard, all.coefficient }, { 5 / 7, 5 / 6 }, 1e-15)
  check.near(all.null, (36 / 8) / (12 - 36 / 8), 1e-15)
  local three = ms.concat({ I, ms.tensor { { 0, 0, 0, 0, 0, 0, 5, 4 } } }, 1)
  local y = M.overlap(three, nil, { share = 0.25 })
  check.near({ y.jaccard, y.shared[1], y.shared[3] }, { 1 / 9, 0.5, 0 }, 1e-15)
end)

check.test("overlap: same, disjoint, and by chance", function()
  local net = model { width = 40 }
  local I = squares(2, net:count(), 1, "overlap")
  for _, normalise in ipairs { "layer", "scope" } do
    local x = M.overlap(I, net, { normalise = normalise })
    check.near(x.null, 0.1 / 1.9, 1e-12)
    check.near(x.corrected, 0, 0.05)
    local same_one = M.overlap(I:take(1, { 1, 1 }), net, { normalise = normalise })
    check.near({ same_one.jaccard, same_one.corrected }, { 1, 1 }, 1e-15)
  end
  local apart = I:clone()
  local odd = (ms.arange(1, net:count()) % 2):reshape(1, net:count())
  apart:narrow(1, 1, 1):mul_(odd)
  apart:narrow(1, 2, 1):mul_(1 - odd)
  check.equal(M.overlap(apart, net).jaccard, 0)
  check.ok(M.overlap(apart, net).corrected < 0)
end)

--[[ misuse ]]

check.test("misuse", function()
  local net = model()
  local I = ms.ones(2, net:count())
  local function fails(pattern, ...)
    local arguments = { ... }
    check.fails(function() M.exclusivity(table.unpack(arguments, 1, 3)) end, pattern)
  end
  fails("expected importances, a T x P tensor, not nil")
  fails("the importances have 3 columns, the model %d+ parameters", ms.ones(2, 3), net)
  fails("expected a model, such as", I, 7)
  fails("importances of one task", ms.ones(1, net:count()), net)
  fails("no option 'shuffle'; did you mean 'shuffles'", I, net, { shuffle = 3 })
  fails("index must be one of ratio, entropy, coupling, max%-share, not \"tv\"", I, net,
    { index = "tv" })
  fails("shuffles must be a positive whole number, not 0", I, net, { shuffles = 0 })
  fails("live must be a boolean, not 1", I, net, { live = 1 })
  fails("expected a table of options, not 3", I, net, 3)
  fails("no weights in the scope \"hidden\"", ms.ones(2, 65),
    model { depth = 1, width = 16 })
  fails("of parameter 3 for task 2 is %-1, expected a finite number, at least 0",
    ms.tensor { { 1, 1, 1 }, { 1, 1, -1 } })
  fails("importance of parameter 1 for task 1 is %-?nan", I * (0 / 0), net)
  fails("importance of parameter 1 for task 1 is inf", I / 0, net)
  check.fails(function() M.overlap(I, net, { share = 1 }) end, "share must be a number")
  local none = M.exclusivity(ms.tensor { { 1, 2, 3 }, { 0, 0, 0 } })
  check.ok(none.value ~= none.value and none.excess ~= none.excess)
end)

check.done()
