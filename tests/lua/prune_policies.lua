-- What each policy that holds weights at 0 keeps and drops, against its definition.

local check = require "tests.support.check"
local core = require "modsync.core"
local curvature = require "modsync.curvature"
local ms = require "modsync"

local p = ms.problem "helmholtz"

local function new_net(more)
  local options = { inputs = p.coords, outputs = p.fields, width = 7, depth = 3,
    seed = 2 }
  for name, value in pairs(more or {}) do options[name] = value end
  return ms.mlp(options)
end

local function losses_of(net) return p:losses(net, { residual = 32, boundary = 16 }) end

--- A policy that has chosen once, before the first step, at density 0.5; what it kept as
--- P numbers, and everything it worked with.
local function choose(name, more, net)
  net = net or new_net()
  local options = { steps = 100, schedule = "one-shot", start = 0, density = 0.5,
    repair = false }
  for key, value in pairs(more or {}) do options[key] = value end
  local L, sync = losses_of(net), ms.prune[name](options)
  local theta = net.theta:clone()
  local _, G = L:gradients()
  local dense = G:clone()
  check.ok(sync:observe(G, L))
  return { net = net, L = L, sync = sync, theta = theta, G = dense,
    alive = net.alive or core.ones(net:count()) }
end

--- The weights in scope of a vector of P numbers.
local function in_scope(net, vector)
  local parts = {}
  for i, part in ipairs(net:hidden_blocks()) do
    parts[i] = vector:narrow(1, part.offset + 1, part.rows * part.cols)
  end
  return core.concat(parts, 1)
end

--- What stays must be the 'count' largest of the scores (ties apart).
local function check_largest(net, alive, scores, count)
  local mask, s = in_scope(net, alive), in_scope(net, scores)
  check.equal(mask:sum(), count)
  local least, most = math.huge, -math.huge
  for i = 1, mask:size(1) do
    if mask[i] == 1 then
      least = math.min(least, s[i])
    else
      most = math.max(most, s[i])
    end
  end
  check.ok(least >= most, ("%g stays, %g goes"):format(least, most))
end

check.test("magnitude: the largest weights", function()
  local made = choose "magnitude"
  check_largest(made.net, made.alive, core.abs(made.theta), 49)
  local net = new_net()
  net:views().W3:mul_(100)
  made = choose("magnitude", { normalise = "layer" }, net)
  local size = core.abs(made.theta)
  for _, part in ipairs(net:hidden_blocks()) do
    local layer = size:narrow(1, part.offset + 1, 49)
    layer:div_(layer:norm())
  end
  check_largest(net, made.alive, size, 49)
  net:views().W2:fill_(0)
  check.ok(choose("magnitude", { normalise = "layer" }, net).alive:sum() > 0)
end)

check.test("random: by lot, and the same for the same seed", function()
  local one, same = choose "random", choose "random"
  local other = choose("random", { seed = 1 })
  check.ok(one.alive == same.alive)
  check.ok(one.alive ~= other.alive)
  check.equal(in_scope(one.net, one.alive):sum(), 49)
  local kept = 0
  for seed = 1, 40 do
    local made = choose("random", { seed = seed, density = 0.25 })
    kept = kept + in_scope(made.net, made.alive):narrow(1, 1, 49):sum()
  end
  check.near(kept / 40 / 49, 0.25, 0.03)
end)

check.test("taylor: what the loss depends on to first order", function()
  local made = choose("taylor", { source = "batch" })
  local change = made.theta * made.G:sum(1)
  check_largest(made.net, made.alive, core.abs(change), 49)
  made = choose("taylor", { source = "batch", group = "neuron", density = 3 / 7 })
  local held = {}
  for _, part in ipairs(made.net:hidden_blocks()) do
    local units = made.alive:narrow(1, part.offset + 1, 49):reshape(7, 7):sum(1)
    local sums = (made.theta * made.G:sum(1)):narrow(1, part.offset + 1, 49)
      :reshape(7, 7):sum(1):abs()
    for j = 1, 7 do held[#held + 1] = { units[j], sums[j] } end
  end
  table.sort(held, function(a, b) return a[2] > b[2] end)
  for i, unit in ipairs(held) do check.equal(unit[1], i <= 6 and 7 or 0, "unit " .. i) end
end)

local function sensitivity(net, theta, g)
  local s = core.abs(theta * g)
  return s / in_scope(net, s):sum()
end

check.test("snip: normalised by task, so that the scale of a loss has no say", function()
  for _, combine in ipairs { "max", "sum", "product" } do
    local made = choose("snip", { source = "batch", combine = combine })
    local a = sensitivity(made.net, made.theta, made.G:row(1))
    local b = sensitivity(made.net, made.theta, made.G:row(2))
    local score = combine == "max" and a:maximum(b) or combine == "sum" and a + b or a * b
    check_largest(made.net, made.alive, score, 49)
    local net = new_net()
    local sync = ms.prune.snip { steps = 100, density = 0.5, combine = combine,
      repair = false }
    sync:bind(net, 2, made.L.names)
    local scaled = made.G:clone()
    scaled:row(2):mul_(1000)
    check.ok(sync:observe(scaled))
    check.ok(net.alive == made.alive)
  end
end)

check.test("fisher: the mean square over micro-batches, not the squared mean", function()
  local made = choose("fisher", { source = "train", batches = 8 })
  local squares, twin = core.zeros(made.net:count()), new_net()
  for G in losses_of(twin):micro { batches = 8, source = "train" } do
    squares:add_(G:sum(1) * G:sum(1) * (1 / 8))
  end
  check_largest(made.net, made.alive, squares * twin.theta * twin.theta * 0.5, 49)
end)

--- The gradient of the sum of all terms at theta, at the points of L.
local function gradient_at(made, theta)
  local held = made.net.theta:clone()
  made.net.theta:copy_(theta)
  local _, G = made.L:evaluate()
  local g = G:sum(1)
  made.net.theta:copy_(held)
  return g
end

check.test("grasp: what a weight does to the norm of the gradient", function()
  local made = choose "grasp"
  local record, h = ms.registry.record("prune", "grasp"), 1e-4
  made.net.theta:copy_(made.theta)
  local score = record.score { losses = made.L, theta = made.theta }
  check_largest(made.net, made.alive, score, 49)
  local part = made.net:hidden_blocks()[1]
  for _, i in ipairs { 1, 9, 40 } do
    local q, sides = part.offset + i, {}
    for side = 1, 2 do
      local theta = made.theta:clone()
      theta[q] = theta[q] * (1 + (side == 1 and h or -h))
      local g = gradient_at(made, theta)
      sides[side] = g:dot(g) / 2
    end
    local slope = (sides[1] - sides[2]) / (2 * h)
    check.near(score[q], slope, 1e-5 * math.abs(slope) + 1e-6)
  end
end)

--- A model that is linear in its weights, for which losses are exactly quadratic.
local function linear_net()
  return ms.model { inputs = p.coords, outputs = p.fields, seed = 4,
    params = { { "W", 8, 1, hidden = true } },
    forward = function(x, q)
      local waves = ms.zeros(2, 8)
      ms.rng(1, "waves"):normal(waves)
      return ms.sin(x:matmul(waves)):matmul(q.W)
    end }
end

check.test("obd: the second derivative, exact where the loss is quadratic", function()
  local record, net = ms.registry.record("prune", "obd"), linear_net()
  local L = losses_of(net)
  local function score(diagonal)
    return record.score { losses = L, model = net, theta = net.theta,
      random = function(name) return core.rng(1, name) end,
      options = { diagonal = diagonal, probes = 2000 } }
  end
  local exact, estimate, C = score "gauss-newton", score "hutchinson", curvature(L)
  for q = 1, 8 do
    local unit = core.zeros(8)
    unit[q] = 1
    local h = C:hessian_product(unit)[q]
    check.near(exact[q], h * net.theta[q] ^ 2 / 2, 1e-10 * exact[q])
    check.near(estimate[q], exact[q], 0.1 * (exact[q] + exact:mean()))
  end
  -- zeroing a weight at the minimum costs its score: one weight at a time
  local made = choose("obd", { density = 0.5 }, linear_net())
  check.equal(made.alive:sum(), 4)
  check_largest(made.net, made.alive, exact, 4)
end)

check.test("synflow: every layer has the whole flow, and none is lost", function()
  local record = ms.registry.record("prune", "synflow")
  for _, more in ipairs { {}, { factorise = true }, { widths = { 5, 9, 4 } } } do
    if more.widths then more.width, more.depth = nil, nil end
    local options = { inputs = p.coords, outputs = p.fields, seed = 5 }
    for key, value in pairs(more) do options[key] = value end
    if not more.widths then options.width, options.depth = 6, 3 end
    local net = ms.mlp(options)
    local score = record.score { model = net, theta = net.theta }
    local h = ms.ones(1, 2)
    for layer = 1, 4 do
      local W = core.abs(net:views()["W" .. layer])
      if more.factorise then W = W * core.exp(net:views()["s" .. layer]) end
      h = h:matmul(W)
    end
    local flow = h:sum()
    for layer = 1, 4 do
      local part = net.part["W" .. layer]
      check.near(score:narrow(1, part.offset + 1, part.rows * part.cols):sum(), flow,
        1e-12 * flow)
    end
  end
  local made = choose("synflow", { density = 0.06, include = "all", repair = true })
  local points = core.rng(1, "points"):uniform(core.zeros(20, 2))
  check.ok(made.net:evaluate(points):std() > 0, "something goes through")
  check.fails(function()
    choose("synflow", {}, ms.models.fourier { inputs = p.coords, outputs = p.fields,
      width = 6 })
  end, "'synflow' is for chains of dense layers")
end)

check.test("movement: scores of dropped weights go on, they come back from 0", function()
  local net = new_net()
  local L, opt = losses_of(net), ms.optim.sgd { lr = 2e-6 }
  local sync = ms.prune.movement { steps = 40, period = 4, density = 0.3, start = 0,
    repair = false }
  local P = net:count()
  local W, S, returned = net.theta:clone(), core.zeros(P), 0 -- W: with what was dropped
  for _ = 1, 32 do -- then the mask stays
    local alive = (net.alive or core.ones(P)):clone()
    local _, G = L:gradients()
    local masked = G:clone()
    G:copy_(select(2, L:evaluate())) -- the gradients of all weights
    S:axpy_(-2e-6, W * G:sum(1))
    G:copy_(masked)
    check.ok(sync:observe(G, L))
    opt:step(net, G:sum(1))
    local before = net.theta:clone()
    check.ok(sync:apply(net, opt))
    local now = net.alive or alive
    W = core.where(alive:ne(0), before, W)      -- active ones moved
    local back = now * (1 - alive)
    returned = returned + back:sum()
    check.equal((net.theta * back):abs():sum(), 0)
    W = core.where(back:ne(0), 0, W)
    check.near(sync:state().movement, S, 1e-12)
  end
  check.ok(returned > 0)
  check_largest(net, net.alive, S, math.floor(0.3 * 98 + 0.5))
end)

check.done()
