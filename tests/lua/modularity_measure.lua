-- ms.modularity.measure: planted modules, and every figure against its definition.
local ms = require "modsync"
local check = require "tests.support.check"
local permuted = require "tests.support.permuted"

local D, M = ms.diagnostics, ms.modularity

--- Two fields, u by the first term and v by the others; weights of the first two terms.
local function problem(a, b)
  return ms.problem {
    name = "two", coords = { "x", "t" }, fields = { "u", "v" },
    domain = ms.box { x = { -1, 1 }, t = { 0, 1 } },
    terms = {
      { name = "residual", on = "interior", points = 64,
        expr = function(s) return (s.u_xx + s.u - s.x) * (a or 1) end },
      { name = "boundary", on = { "x.min", "x.max" }, points = 32,
        expr = function(s) return (s.v - s.t) * (b or 1) end },
      { name = "initial", on = "t=0", points = 32, expr = function(s) return s.v_t end },
    },
  }
end

local function network(options)
  local settings = { inputs = { "x", "t" }, outputs = { "u", "v" }, width = 16, depth = 3,
    seed = 2 }
  for name, value in pairs(options or {}) do settings[name] = value end
  return ms.mlp(settings)
end

--- The first half of the units makes u, the second v.
local function split(net)
  local views = net:views()
  for _, name in ipairs { "W2", "W3" } do
    views[name]:narrow(1, 1, 8):narrow(2, 9, 8):fill_(0)
    views[name]:narrow(1, 9, 8):narrow(2, 1, 8):fill_(0)
  end
  views.W4:narrow(1, 1, 8):narrow(2, 2, 1):fill_(0)
  views.W4:narrow(1, 9, 8):narrow(2, 1, 1):fill_(0)
  return net
end

local function near(a, b, tolerance)
  check.near(a, b, tolerance * (1 + math.abs(b)))
end

check.test("two networks in one are modules, whatever the kind of importance", function()
  local H = problem():losses(split(network()), { redraw = false })
  for name in pairs(ms.importance) do
    local m = M.measure(H, { importance = name })
    check.equal(m.tasks, { "residual", "boundary+initial" })
    near(m.tv, 1, 1e-12)
    near(m.jsd, 1, 1e-12)
    near(m.coupling, 0, 1e-12)
    check.equal({ m.cosine, m.overlap, m.sign, m.unit_overlap }, { 0, 0, 0, 0 })
    near(m.tv_excess, 1, 1e-12)
    check.ok(m.jaccard < 0 and m.tv_null < 0.95)
  end
  local mixed = M.measure(problem():losses(network(), { redraw = false }))
  check.ok(mixed.tv < 0.9 and mixed.tv_excess < 0 and mixed.overlap > 0.2)
end)

check.test("figures against their definitions", function()
  local net = network()
  local H = problem():losses(net, { redraw = false, sampler = "uniform" })
  local training = problem():losses(net, { residual = 20, boundary = 10, initial = 14 })
  local m = M.measure(H, { batches = 8, training = training, seed = 5, share = 0.2 })
  local sum, squares = ms.zeros(2, net:count()), ms.zeros(2, net:count())
  local spread = { 0, 0 }
  for G in H:micro { batches = 8, source = "train" } do
    local tasks = ms.stack({ G:row(1), G:row(2) + G:row(3) }, 1)
    sum:axpy_(1 / 8, tasks)
    squares:axpy_(1 / 8, tasks * tasks)
  end
  for G in H:micro { batches = 8, source = "train" } do
    local tasks = ms.stack({ G:row(1), G:row(2) + G:row(3) }, 1)
    for t = 1, 2 do
      spread[t] = spread[t] + (tasks:row(t) - sum:row(t)):norm() ^ 2 / 7
    end
  end
  local points = { { 64, 20 }, { 64, 24 } }
  for t, task in ipairs(m.tasks) do
    local g = sum:row(t):norm()
    near(m.norms[task], g, 1e-12)
    near(m.signal_to_noise[task], (g ^ 2 - spread[t] / 8) / spread[t], 1e-9)
    near(m.signal_to_noise_training[task], (g ^ 2 - spread[t] / 8)
      / (spread[t] * (points[t][1] / 8) / points[t][2]), 1e-9)
  end
  local overlap, sign = D.overlap(sum)
  near(m.cosine, D.cosines(D.gram(sum)):get(1, 2), 1e-12)
  near(m.cosine, m.overlap * m.sign, 1e-12)
  near(m.overlap, overlap:get(1, 2), 1e-12)
  near(m.sign, sign:get(1, 2), 1e-12)
  near(m.unit_overlap, D.energies((D.blocks(sum, net, "neuron"))):get(1, 2), 1e-12)
  check.ok(math.abs(m.cosine) <= m.overlap and m.overlap <= m.unit_overlap)
  for name, index in pairs { tv = "ratio", jsd = "entropy", coupling = "coupling" } do
    local x = M.exclusivity(squares, net, { index = index, seed = 5, draws = 8 })
    near(m[name], x.value, 1e-12)
    near(m[name .. "_null"], x.permuted, 1e-12)
    if name ~= "coupling" then
      near(m[name .. "_excess"], x.excess, 1e-12)
      near(m[name .. "_sampling"], x.sampling, 1e-12)
    end
  end
  near(m.jaccard, M.overlap(squares, net, { share = 0.2 }).corrected, 1e-12)
  check.equal(M.measure(H, { batches = 8, training = { residual = 20, boundary = 10,
    initial = 14 }, seed = 5, share = 0.2 }), m)
end)

check.test("the losses' own scale changes nothing but norms", function()
  local function at(a, b)
    return M.measure(problem(a, b):losses(network(), { redraw = false }),
      { tasks = "terms" })
  end
  local plain, scaled = at(1, 1), at(1000, 1e-3)
  for name, value in pairs(plain) do
    if type(value) == "number" then near(scaled[name], value, 1e-9) end
  end
  near(scaled.norms.residual / plain.norms.residual, 1e6, 1e-9)
  for task, value in pairs(plain.signal_to_noise) do
    near(scaled.signal_to_noise[task], value, 1e-6)
  end
end)

check.test("the order of the hidden units changes nothing but shuffles", function()
  local net, other = network(), network()
  other.theta:copy_(permuted(net, net.theta, 3))
  check.ok(other.theta ~= net.theta)
  for name in pairs(ms.importance) do
    local function at(model)
      return M.measure(problem():losses(model, { redraw = false }), { importance = name })
    end
    local a, b = at(net), at(other)
    for _, figure in ipairs { "cosine", "overlap", "sign", "unit_overlap", "tv", "jsd",
      "coupling", "jaccard" } do
      near(b[figure], a[figure], 1e-9)
    end
    near(b.tv_null, a.tv_null, 0.03)
    near(b.norms.residual, a.norms.residual, 1e-9)
  end
end)

check.test("more than two tasks: means over the pairs", function()
  local net = network()
  local H = problem():losses(net, { redraw = false })
  local m = M.measure(H, { tasks = "terms" })
  check.equal(m.tasks, { "residual", "boundary", "initial" })
  local cosine, tv = 0, 0
  for _, pair in ipairs { { 1, 2 }, { 1, 3 }, { 2, 3 } } do
    local I = ms.importance.square {}(H):take(1, pair)
    tv = tv + M.exclusivity(I, net).value / 3
    local G = ms.zeros(3, net:count())
    for g in H:micro { source = "train" } do G:add_(g) end
    cosine = cosine + D.cosines(D.gram(G)):get(pair[1], pair[2]) / 3
  end
  near(m.tv, tv, 1e-12)
  near(m.cosine, cosine, 1e-12)
end)

check.test("measuring is repeatable and leaves no trace", function()
  local H = problem():losses(network(), { redraw = false })
  local theta, state = H.net.theta:clone(), H:state()
  local once = M.measure(H)
  check.equal(M.measure(H), once)
  check.ok(H.net.theta == theta)
  check.equal(H:state()["stream.residual"], state["stream.residual"])
  check.ok(M.measure(H, { seed = 2 }).tv_null ~= once.tv_null)
  check.equal(M.measure(H, { seed = 2 }).tv, once.tv)
end)

check.test("nothing to compare, nothing to see", function()
  local flat = M.measure(problem():losses(network { depth = 1 }))
  check.ok(flat.tv ~= flat.tv and flat.jaccard ~= flat.jaccard)
  check.ok(flat.cosine == flat.cosine)
  local dead = network()
  for _, part in ipairs(dead:hidden_blocks()) do dead:views()[part.name]:fill_(0) end
  dead = M.measure(problem():losses(dead))
  check.ok(dead.tv_excess ~= dead.tv_excess and dead.norms["boundary+initial"] > 0)
  local lost = network()
  lost.theta:fill_(0 / 0)
  lost = M.measure(problem():losses(lost))
  check.ok(lost.tv ~= lost.tv and lost.norms.residual ~= lost.norms.residual)
  check.fails(function() M.measure(network()) end, "expects the losses of a problem")
  local H = problem():losses(network())
  check.fails(function() M.measure(H, { batch = 3 }) end,
    "no option 'batch'; did you mean 'batches'")
  check.fails(function() M.measure(H, { training = { residual = 3 } }) end,
    "that of \"boundary\" is nil")
  check.fails(function() M.measure(H, { groups = { { 1, 2, 3 } } }) end,
    "compares tasks; the problem \"two\" has one")
end)

check.done()
