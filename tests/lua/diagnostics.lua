-- Measures of conflict: closed forms, their values for random gradients, identities.
local ms = require "modsync"
local check = require "tests.support.check"

local D = ms.diagnostics
local nan = 0 / 0

local function gram_of(rows) return D.gram(ms.tensor(rows)) end

local function network(width)
  local p = ms.problem "burgers"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = width or 6,
    depth = 2, seed = 3 }
  return p:losses(net, { residual = 40, redraw = 0, seed = 2 }), net
end

check.test("cosines, norms and similarity", function()
  local gram = gram_of { { 3, 0 }, { 4, 4 }, { 0, 0 }, { -6, 0 } }
  local half = 0.5 ^ 0.5
  check.near(D.norms(gram), { 3, 32 ^ 0.5, 0, 6 }, 1e-14)
  check.near(D.cosines(gram), { { 1, half, 0, -1 }, { half, 1, 0, -half }, { 0, 0, 0, 0 },
    { -1, -half, 0, 1 } }, 1e-14)
  check.near(D.similarity(gram):get(1, 4), 2 * 3 * 6 / 45, 1e-14)
  check.equal(D.similarity(gram):get(1, 3), 0)
end)

check.test("the cosine is overlap times agreement", function()
  local G = ms.rng(1, "diagnostics"):normal(ms.zeros(3, 20000))
  local overlap, agreement = D.overlap(G)
  check.near(overlap * agreement, D.cosines(D.gram(G)), 1e-12)
  for i = 1, 3 do
    for j = 1, i - 1 do -- normal numbers: 2 / pi, and 0 within a few 1 / sqrt(P)
      check.near(overlap:get(i, j), 2 / math.pi, 0.01)
      check.near(agreement:get(i, j), 0, 0.04)
    end
    check.near(overlap:get(i, i), 1, 1e-14)
  end
  overlap, agreement = D.overlap(ms.tensor { { 1, 2, 0, 0 }, { 0, 0, 3, 1 },
    { -1, 2, 0, 0 } })
  check.equal({ overlap:get(1, 2), agreement:get(1, 2) }, { 0, 0 })
  check.near({ overlap:get(1, 3), agreement:get(1, 3) }, { 1, 3 / 5 }, 1e-14)
end)

check.test("chance alone makes a cosine of sqrt(2 / (pi P))", function()
  local rng, sum, P = ms.rng(7, "diagnostics"), 0, 400
  for _ = 1, 2000 do
    local G = rng:normal(ms.zeros(2, P))
    sum = sum + math.abs(D.cosines(D.gram(G)):get(1, 2)) / 2000
  end
  check.near(sum, (2 / (math.pi * P)) ^ 0.5, 0.002)
end)

check.test("Pareto-stationarity is exact", function()
  local far = D.stationarity(gram_of { { 1, 0 }, { -0.6, 1.2 } })
  check.near(far.residual ^ 2, 0.36, 1e-12) -- (1, 0).(-0.6, 1.2) < 0: interior
  check.near(far.weights, { 0.6, 0.4 }, 1e-12)
  local c = -0.6 / 1.8 ^ 0.5
  check.near(far.unit, ((1 + c) / 2) ^ 0.5, 1e-12)
  check.near(far.relative, 0.6, 1e-12)
  for K = 2, 8 do
    local rows = ms.zeros(K, 9)
    for k = 1, K do rows:set(k, k, 10 ^ (k - 4)) end
    far = D.stationarity(D.gram(rows))
    check.near(far.unit, K ^ -0.5, 1e-12, "orthogonal")
    local inverse = 0
    for k = 1, K do inverse = inverse + 10 ^ (-2 * (k - 4)) end
    check.near(far.residual * inverse ^ 0.5, 1, 1e-9)
  end
  far = D.stationarity(gram_of { { 1, 2 }, { -3, -6 } })
  check.near({ far.residual, far.unit }, { 0, 0 }, 1e-7)
  check.near(far.weights, { 0.75, 0.25 }, 1e-9)
  far = D.stationarity(gram_of { { 1, 2 }, { 0, 0 } })
  check.equal({ far.residual, far.weights:totable() }, { 0, { 0, 1 } })
  check.near(far.unit, 1, 1e-14)
  check.equal(D.stationarity(ms.zeros(2, 2)).unit, 0)
end)

check.test("Pareto-stationarity against MGDA, on random gradients", function()
  local rng = ms.rng(2, "diagnostics")
  for trial = 1, 300 do
    local G = rng:normal(ms.zeros(1 + trial % 8, trial % 2 == 0 and 4 or 12))
    for k = 1, G:size(1) do G:row(k):mul_(10 ^ (2 * rng:uniform() - 1)) end
    local gram = D.gram(G)
    local far = D.stationarity(gram)
    local d = far.weights:reshape(1, G:size(1)):matmul(G):row(1)
    check.near(far.weights:sum(), 1, 1e-9)
    check.ok(far.weights:min() >= 0)
    check.near(d:norm(), far.residual, 1e-6 * G:norm())
    -- the least point of a convex hull: every corner is at least as far along d
    check.ok(G:matmul(d):min() >= far.residual ^ 2 - 1e-9 * G:norm() ^ 2)
    check.near(ms.conflict.mgda()(G):norm(), far.residual, 1e-6 * G:norm())
  end
end)

check.test("alignment score", function()
  check.near(D.alignment(gram_of { { 2, 0 }, { 1, 1 } }), 0.5 ^ 0.5, 1e-14)
  for n = 2, 5 do
    local rows = ms.zeros(n, 6)
    for k = 1, n do rows:set(k, k, k) end
    check.near(D.alignment(D.gram(rows)), 2 / n - 1, 1e-14)
  end
  check.near(D.alignment(gram_of { { 1, 0 }, { 0, 0 }, { 3, 0 } }), 1, 1e-14)
  check.near(D.alignment(ms.zeros(2, 2)), nan, 0)
  check.near(D.alignment_of { ms.tensor { 1, 0 }, ms.tensor { -2, 0 } }, -1, 1e-14)
  -- golden vector of case B: cosine -2 / sqrt 5
  check.near(D.alignment(gram_of { { 1, 0 }, { -0.8, 0.4 } }), -0.894427, 1e-6)
end)

check.test("blocks of a model", function()
  local L, net = network()
  local _, G = L:gradients()
  local blocks = require "modsync.blocks"
  local whole, cosines = D.gram(G), D.cosines(D.gram(G))
  local previous_O, previous_C
  for _, kind in ipairs { "layer", "neuron" } do
    local grams, names = D.blocks(G, net, kind)
    check.equal(grams:size(1), #names)
    check.near(grams:sum(1), whole, 1e-10 * whole:norm(), kind)
    local O, C = D.energies(grams)
    for i = 1, 3 do
      for j = 1, 3 do
        local o, c = O:get(i, j), C:get(i, j)
        check.ok(math.abs(cosines:get(i, j)) <= c + 1e-12 and c <= o + 1e-12)
        check.ok(o <= 1 + 1e-12)
        if kind == "neuron" then -- finer than layers
          check.ok(o <= previous_O:get(i, j) + 1e-12)
          check.ok(c >= previous_C:get(i, j) - 1e-12)
        end
      end
    end
    if kind == "layer" then previous_O, previous_C = O, C end
  end
  local _, layers = blocks.of(net, "layer")
  local ids, neurons = blocks.of(net, "neuron")
  check.equal(layers, { "W1", "W2", "W3" })
  check.equal({ #neurons, neurons[1], neurons[13] }, { 13, "W1[1]", "W3[1]" })
  local part = net.part.W2
  check.equal(ids:get(part.offset + 2), 8) -- row 1, column 2: the second unit of layer 2
  check.equal(ids:get(net.part.b2.offset + 2), 8)
  check.fails(function() D.blocks(G, net, "column") end, "'layer' or 'neuron'")
end)

check.test("blocks at both ends: one block, and every parameter by itself", function()
  local G = ms.rng(5, "diagnostics"):normal(ms.zeros(2, 30))
  local O, C = D.energies((D.blocks(G, ms.ones(30))))
  local c = D.cosines(D.gram(G)):get(1, 2)
  check.near({ O:get(1, 2), C:get(1, 2) }, { 1, math.abs(c) }, 1e-13)
  O, C = D.energies((D.blocks(G, ms.arange(1, 30))))
  local overlap = D.overlap(G):get(1, 2)
  check.near({ O:get(1, 2), C:get(1, 2) }, { overlap, overlap }, 1e-13)
  local some = ms.zeros(30)
  some:narrow(1, 1, 3):fill_(1)
  check.near(D.blocks(G, some):row(1), D.gram(G:narrow(2, 1, 3):clone()), 1e-13)
  check.fails(function() D.blocks(G, ms.ones(29)) end, "the block of every parameter")
  check.fails(function() ms.gradient_blocks(G, ms.full({ 30 }, 2), 1) end,
    "parameter 1 is in block 2.0, expected 0 to 1")
end)

--- L_k = |A_k theta - b_k|^2 / 2 in place of a problem.
local function quadratic(rng, K, P)
  local self = { names = {}, net = { theta = rng:normal(ms.zeros(P)) }, A = {}, b = {} }
  for k = 1, K do
    self.names[k] = "term" .. k
    self.A[k], self.b[k] = rng:normal(ms.zeros(P, P)), rng:normal(ms.zeros(P))
  end
  self.values, self.G = ms.zeros(K), ms.zeros(K, P)
  function self:evaluate()
    for k = 1, K do
      local r = self.A[k]:matmul(self.net.theta) - self.b[k]
      self.values:set(k, r:dot(r) / 2)
      self.G:row(k):copy_(self.A[k]:transpose(1, 2):matmul(r))
    end
    return self.values, self.G
  end
  return self
end

check.test("curvature of a quadratic, for every step", function()
  local L = quadratic(ms.rng(8, "diagnostics"), 2, 5)
  local _, G = L:evaluate()
  local g, theta = G:sum(1), L.net.theta:clone()
  local Hg = ms.zeros(5)
  for k = 1, 2 do Hg:add_(L.A[k]:transpose(1, 2):matmul(L.A[k]:matmul(g))) end
  for _, t in ipairs { 1e-3, 0.1, 10 } do
    local found = D.curvature(L, t)
    check.near(found.H / g:dot(Hg), 1, 1e-10)
    check.near(found.lipschitz, Hg:norm() / g:norm(), 1e-9 * found.lipschitz)
    check.ok(L.net.theta == theta and G:sum(1) == g, "it is put back")
    local c = D.cosines(D.gram(G)):get(1, 2)
    local xi = (1 - c * c) * (G:row(1) - G:row(2)):norm() ^ 2 / g:norm() ^ 2
    check.near({ found.cosine, found.xi }, { c, xi }, 1e-12 * (1 + xi))
    check.equal(found.conflict, c <= -D.similarity(D.gram(G)):get(1, 2))
    check.equal(found.curvature, found.H / g:dot(g) >= xi * found.lipschitz)
    local easy = D.curvature(L, t, 0)
    check.equal({ easy.curvature, easy.step }, { true, t >= 2 * g:dot(g) / easy.H })
  end
  check.fails(function() D.curvature(L, 0) end, "the step is 0")
end)

check.test("tangent kernels", function()
  local L, net = network(5)
  local found = D.ntk(L, 10)
  for _, name in ipairs(L.names) do
    check.ok(found.spectra[name]:min() > -1e-9 * found.spectra[name]:max(), name)
  end
  for i = 1, 3 do
    check.near(found.coupling:get(i, i), 1, 1e-12)
    for j = 1, 3 do
      check.ok(found.coupling:get(i, j) >= 0 and found.coupling:get(i, j) <= 1 + 1e-12)
      check.near(found.coupling:get(i, j), found.coupling:get(j, i), 1e-12)
    end
  end
  local P = net:count()
  check.near(found.null:get(1, 2), (100 / ((P + 10) * (P + 10))) ^ 0.5, 1e-14)
  local all = D.ntk(L, 1000)
  local C = ms.curvature(L)
  local K = C:ntk "boundary"
  check.near(all.spectra.boundary, (ms.eigen(K)), 1e-9 * K:norm())
  -- the kernel of two terms together: its largest eigenvalue is at most the sum of those
  -- of its blocks, and their eigenvalues interlace with its own
  local a, b = C:jacobian "residual", C:jacobian "boundary"
  local both = ms.zeros(a:size(1) + b:size(1), net:count())
  both:narrow(1, 1, a:size(1)):copy_(a)
  both:narrow(1, a:size(1) + 1, b:size(1)):copy_(b)
  local whole, small = ms.eigen(both:matmul(both:transpose())), all.spectra.boundary
  local n, m, slack = whole:size(1), small:size(1), 1e-9 * whole:max()
  check.ok(whole:max() <= all.spectra.residual:max() + small:max() + slack)
  for i = 1, m do
    check.ok(whole:get(i) <= small:get(i) + slack)
    check.ok(small:get(i) <= whole:get(i + n - m) + slack)
  end
end)

--[[ columns of the history ]]

check.test("columns of the history", function()
  local run = ms.train { problem = "burgers", net = { width = 8, depth = 2 },
    losses = { residual = 40 }, steps = 20, history = { every = 10 }, report = false,
    diagnose = true, conflict = "upgrad:realign=true" }
  local h = run.history
  check.equal(h.step, { 1, 10, 20 })
  for _, name in ipairs(run:columns()) do check.equal(#h[name], 3, name) end
  local G = run.losses.G
  local gram = D.gram(G)
  check.near(h["cos.residual.initial"][3], D.cosines(gram):get(1, 3), 1e-13)
  check.near(h["norm.boundary"][3], G:row(2):norm(), 1e-13)
  local overlap, sign = D.overlap(G)
  check.near(h["overlap.boundary.initial"][3], overlap:get(2, 3), 1e-13)
  check.near(h["sign.boundary.initial"][3], sign:get(2, 3), 1e-13)
  check.near(h["pareto.unit"][3], D.stationarity(gram).unit, 1e-13)
  check.near(h["align.intra"][3], D.alignment(gram), 1e-13)
  check.ok(h["align.inter"][1] ~= h["align.inter"][1] and h["align.inter"][2] > 0.9)
  for _, name in ipairs(run.losses.names) do
    for s = 1, 3 do
      check.ok(h["descent.d." .. name][s] >= -1e-9, "upgrad")
      check.ok(h["descent.step." .. name][s] >= -1e-9, "realigned")
    end
  end
  check.equal(h["conflict.worse"], { 0, 0, 0 })
  check.equal(h["weight.residual"], { 1, 1, 1 })
  check.ok(h["O.neuron.residual.boundary"][1] <= h["O.layer.residual.boundary"][1])
end)

check.test("what is asked for, and factors where there is a weighting", function()
  local function columns(diagnose, conflict)
    local run = ms.train { problem = "helmholtz", net = { width = 4, depth = 2 },
      losses = { residual = 9, boundary = 8 }, steps = 3, report = false,
      history = { every = 1 }, diagnose = diagnose, conflict = conflict }
    return table.concat(run:columns(), " "), run.history
  end
  check.equal(columns({ "pareto", "cosine" }), "step lr loss.residual loss.boundary " ..
    "rel_l2.u cos.residual.boundary similarity.residual.boundary norm.residual " ..
    "norm.boundary pareto pareto.relative pareto.unit sparsity")
  check.ok(not columns():find "cos")
  local names, history = columns(nil, "sum:weighting=fixed(factors=boundary=5)")
  check.ok(names:find "weight.residual weight.boundary")
  check.equal(history["weight.boundary"], { 5, 5, 5 })
  check.fails(function() columns { "cosines" } end,
    "'diagnose' has no option 'cosines'; did you mean 'cosine'")
end)

check.test("columns that cost more are for those who ask", function()
  local settings = { problem = "helmholtz", net = { width = 5, depth = 2 },
    losses = { residual = 30, boundary = 12 }, steps = 6, report = false,
    history = { every = 3 }, conflict = "sum:weighting=lra(cap=1e-6)" }
  local function run(diagnose, schedule)
    settings.diagnose, settings.schedule = diagnose, schedule
    return ms.train(settings)
  end
  local plain, cheap = run "cosine", run(true)
  local all = run { "layers", "curvature", "ntk", "weights" }
  check.ok(plain.net.theta == cheap.net.theta and plain.net.theta == all.net.theta)
  check.ok(plain.values == all.values, "values of the step, not those after it")
  check.equal(cheap.history["curvature.H"], nil)
  check.equal(cheap.history["ntk.max.residual"], nil)
  local h, L = all.history, all.losses
  for _, name in ipairs(all:columns()) do check.equal(#h[name], 3, name) end
  local found = D.curvature(L, 1e-3)
  check.near(h["curvature.H"][3], found.H, 1e-9 * math.abs(found.H))
  check.near(h["curvature.xi"][3], found.xi, 1e-9)
  check.equal(h["curvature.curvature"][3], found.curvature and 1 or 0)
  local ntk = D.ntk(L)
  check.near(h["ntk.max.boundary"][3], ntk.spectra.boundary:max(),
    1e-9 * ntk.spectra.boundary:max())
  check.near(h["ntk.trace.residual"][3], ntk.spectra.residual:sum(),
    1e-9 * ntk.spectra.residual:sum())
  check.near(h["coupling.residual.boundary"][3], ntk.coupling:get(1, 2), 1e-9)
  local part = L.net.part.W2 -- and b2, right after it
  local count = part.rows * part.cols + part.cols
  local rows = cheap.losses.G:narrow(2, part.offset + 1, count)
  check.near(cheap.history["cos.W2.residual.boundary"][3],
    D.cosines(D.gram(rows:clone())):get(1, 2), 1e-12)
  check.equal(h["weight.caps"], { 2, 2, 2 })
  local still = run("curvature", "constant:from=0")
  check.ok(still.history["curvature.H"][1] ~= still.history["curvature.H"][1])
end)

check.test("modularity in the history is that of a running mean", function()
  local settings = { problem = "helmholtz", net = { width = 6, depth = 3 },
    losses = { residual = 30, boundary = 12 }, steps = 9, report = false,
    history = { every = 3 } }
  local plain = ms.train(settings)
  local tracker
  settings.diagnose = "modularity"
  settings.callback = function(run)
    tracker = tracker or ms.modularity.tracker(run.net, run.losses.names,
      { tasks = "two" })
    tracker:observe(run.losses.G)
  end
  local run = ms.train(settings)
  check.ok(run.net.theta == plain.net.theta, "it only looks")
  local h, E = run.history, ms.modularity.exclusivity
  local tv = E(tracker.importance, run.net)
  check.equal(#h["modular.tv"], 4)
  check.near(h["modular.tv"][4], tv.value, 1e-15)
  check.near(h["modular.tv_null"][4], tv.permuted, 1e-15)
  check.near(h["modular.tv_excess"][4], tv.excess, 1e-15)
  local jsd = E(tracker.importance, run.net, { index = "entropy" })
  check.near(h["modular.jsd_excess"][4], jsd.excess, 1e-15)
  local coupling = E(tracker.importance, run.net, { index = "coupling" })
  check.near(h["modular.coupling"][4], coupling.value, 1e-15)
  local overlap = ms.modularity.overlap(tracker.importance, run.net)
  check.near(h["modular.jaccard"][4], overlap.corrected, 1e-15)
  local u = ms.problem { name = "one", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } }, terms = { { name = "residual", on = "interior",
      points = 8, expr = function(s) return s.u - 1 end } } }
  check.fails(function()
    ms.train { problem = u, steps = 1, diagnose = "modularity" }
  end, "modularity compares tasks; the problem 'one' has one")
end)

check.test("curvature leaves masked parameters out", function()
  local L, net = network(5)
  local g = L:evaluate() and L.G:sum(1)
  local free = D.curvature(L, 1e-3)
  net.mask = ms.ones(net:count())
  check.near(D.curvature(L, 1e-3).H, free.H, 1e-9 * math.abs(free.H))
  net.mask:narrow(1, 1, 15):fill_(0)
  local theta = net.theta:clone()
  local held = D.curvature(L, 1e-3)
  check.ok(net.theta == theta and L.G:sum(1) == g)
  local Hv = ms.curvature(L):hessian_product(g * net.mask)
  check.near(held.H / (g * net.mask):dot(Hv), 1, 0.05) -- the mean over a short step
end)

check.test("shares of conflict are sums over all steps since the last sample", function()
  local monitor = require "modsync.monitor"("conflict", { names = { "a", "b" } })
  local theta = ms.zeros(2)
  local function step(G, move)
    monitor:remember(theta)
    theta:add_(ms.tensor(move))
    monitor:observe(ms.tensor(G), ms.ones(2), theta)
  end
  step({ { 1, 0 }, { 1, 1 } }, { -1, 0 })
  step({ { 1, 0 }, { -1, 1 } }, { -1, 0 })   -- b gets worse
  step({ { 3, 0 }, { -1, 0.1 } }, { -1, 0 }) -- so it would along the sum
  step({ { 1, 0 }, { 0, 1 } }, { -1, -1 })
  local row = monitor:row(ms.ones(2, 2))
  check.equal({ row["conflict.share"], row["conflict.outside"], row["conflict.worse"] },
    { 0.5, 0.25, 0.5 })
  check.near(row["conflict.depth"], (-0.5 ^ 0.5 - 1 / 1.01 ^ 0.5) / 2, 1e-12)
  step({ { 1, 0 }, { 1, 1 } }, { -1, 0 })
  check.equal(monitor:row(ms.ones(2, 2))["conflict.share"], 0)
end)

check.done()
