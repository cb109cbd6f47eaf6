-- The optimal brain surgeon on networks: what it costs, what it moves, what it leaves.

local check = require "tests.support.check"
local core = require "modsync.core"
local ms = require "modsync"

local p = ms.problem "poisson"

--- A network after some steps, its losses, and what a method is told of an event.
local function trained(options, net_options)
  local settings = { inputs = p.coords, outputs = p.fields, width = 7, depth = 3,
    seed = 5 }
  for name, value in pairs(net_options or {}) do settings[name] = value end
  local net = ms.mlp(settings)
  local L, opt = p:losses(net, { residual = 40, boundary = 20 }), ms.optim.adam {}
  for _ = 1, 50 do
    local _, G = L:gradients()
    opt:step(net, G:sum(1))
  end
  local context = { model = net, theta = net.theta, losses = L, state = {},
    options = options, parts = {}, alive = ms.ones(net:count()),
    before = net.theta:clone() }
  for i, part in ipairs(net:hidden_blocks()) do
    context.parts[i] = { offset = part.offset, rows = part.rows, cols = part.cols }
  end
  context.parts[1].feeds = 2
  return context
end

local function view(vector, part)
  return vector:narrow(1, part.offset + 1, part.rows * part.cols)
    :reshape(part.rows, part.cols)
end

--- X'X / n of the inputs of a block: the values and derivatives of the units before it.
local function moments(context, block, orders)
  local H, sum, n = ms.hidden(context.model), 0, 0
  for _, name in ipairs(context.losses.names) do
    local points = context.losses:points_of(name)
    for _, by in ipairs(orders) do
      local X = H:units(points, table.unpack(by))[block]
      sum, n = X:transpose():matmul(X) + sum, n + points:size(1)
    end
  end
  return sum / n
end

local two = { {}, { "x" }, { "y" }, { "x", "x" }, { "x", "y" }, { "y", "y" } }

--- delta' H delta / 2, summed over the columns.
local function loss(H, delta)
  return 0.5 * (delta * H:matmul(delta)):sum()
end

--- The scores of a method, and the mask of the cheapest 'count' weights.
local function cheapest(context, name, count)
  local record = ms.registry.record("prune", name)
  local costs = record.score(context)
  local inside = {}
  for _, part in ipairs(context.parts) do
    inside[#inside + 1] = view(costs, part):flatten()
  end
  local limit = core.concat(inside):sort():get(count)
  local gone = ms.zeros(costs:size(1))
  for _, part in ipairs(context.parts) do
    view(gone, part):copy_(view(costs, part):le(limit))
  end
  check.equal(gone:sum(), count)
  context.model:prune(1 - gone)
  record.removed(context, gone)
  context.model:prune(1 - gone)
  return gone, costs
end

check.test("obs: the inverse of all derivatives, the loss as predicted", function()
  for order, orders in pairs { [0] = { {} }, [2] = two } do
    local context = trained { order = order, damping = 0.02, source = "train" }
    local squares = { moments(context, 1, orders), moments(context, 2, orders) }
    local gone, costs = cheapest(context, "obs", 40)
    for block, part in ipairs(context.parts) do
      local H = squares[block]
      H = H + ms.eye(7) * (0.02 * H:trace() / 7)
      local before, after = view(context.before, part), view(context.theta, part)
      local wanted = core.surgeon_costs(H:inverse(), before:clone(), ms.zeros(7, 7))
      check.near(view(costs, part), wanted, 1e-9 * (1 + wanted:max()))
      local mine, went = after:clone(), view(gone, part)
      check.equal((after * went):norm(), 0)
      check.ok(went:sum() > 0 and went:sum() < 49)
      -- the others are where the loss is least
      check.near(H:matmul(mine - before) * (1 - went), ms.zeros(7, 7), 1e-9)
      check.ok(loss(H, mine - before) < 0.7 * loss(H, before * went))
    end
  end
end)

check.test("obs: what is frozen or was pruned before does not move", function()
  local context = trained { order = 1, damping = 0.02, source = "train" }
  local net, part = context.model, context.parts[1]
  local alive = ms.ones(net:count())
  view(alive, part):select(2, 3):fill_(0)
  net:prune(alive)
  net:freeze "W3"
  context.alive, context.before = net.alive, net.theta:clone()
  local record = ms.registry.record("prune", "obs")
  local costs = record.score(context)
  check.equal(view(costs, part):select(2, 3):min(), 1e300)
  check.equal(view(costs, context.parts[2]):min(), 1e300)
  local gone = ms.zeros(net:count())
  view(gone, part):set(2, 1, 1)
  view(gone, part):set(4, 5, 1)
  alive = alive - gone
  net:prune(alive)
  record.removed(context, gone)
  local moved = net.theta - context.before
  check.equal(view(moved, context.parts[2]):norm(), 0)
  for j = 1, 7 do
    local column = view(moved, part):select(2, j)
    check.equal(column:norm() > 0, j == 1 or j == 5, "column " .. j)
  end
  check.equal(view(net.theta, part):get(2, 1), 0)
end)

check.test("obs: what a dead unit fed is left to the biases", function()
  local context = trained { order = 0, damping = 0.02, source = "train" }
  local net = context.model
  local record = ms.registry.record("prune", "obs")
  record.score(context)
  local gone = ms.zeros(net:count())
  view(gone, context.parts[1]):select(2, 4):fill_(1)
  view(gone, context.parts[2]):row(4):fill_(1)
  net:prune(1 - gone)
  record.removed(context, gone)
  local moved = view(net.theta - context.before, context.parts[2])
  check.near(moved:narrow(1, 1, 3), ms.zeros(3, 7), 0)
  check.near(moved:narrow(1, 5, 3), ms.zeros(3, 7), 0)
end)

check.test("woodfisher: one block by the formulas", function()
  local context = trained { block = 64, damping = 0.1, batches = 8 }
  local record = ms.registry.record("prune", "woodfisher")
  local rows = {}
  for G in context.losses:micro { batches = 8 } do
    record.observe(G, context.model, context.state, context.options)
    rows[#rows + 1] = G:clone()
  end
  local gone, costs = cheapest(context, "woodfisher", 1)
  check.equal(context.state.samples, nil)
  local samples = core.concat(rows, 1)
  local m, squares, n = samples:size(1), 0, 0
  for _, part in ipairs(context.parts) do
    local g = samples:narrow(2, part.offset + 1, 49)
    squares, n = squares + g:norm() ^ 2, n + 49 * m
  end
  for _, part in ipairs(context.parts) do
    for j = 1, 7 do
      local g = samples:narrow(2, part.offset + 1, 49):reshape(m, 7, 7):select(3, j)
      local F = g:transpose():matmul(g) / m + ms.eye(7) * (0.1 * squares / n)
      local inverse, w = F:inverse(), view(context.before, part):select(2, j):clone()
      check.near(view(costs, part):select(2, j):min(),
        (w * w / (inverse:diag() * 2)):min(), 1e-9 * costs:max())
      local went = view(gone, part):select(2, j)
      if went:sum() > 0 then
        local q = went:argmax()
        local wanted = w - inverse:select(2, q) * (w:get(q) / inverse:get(q, q))
        check.near(view(context.theta, part):select(2, j), wanted, 1e-12)
        check.equal(view(context.theta, part):get(q, j), 0)
      end
    end
  end
end)

check.test("woodfisher: small blocks, and the last samples of many", function()
  local context = trained { block = 3, damping = 0.1, batches = 4 }
  local record = ms.registry.record("prune", "woodfisher")
  local last = {}
  for G in context.losses:micro { batches = 6 } do
    record.observe(G, context.model, context.state, context.options)
    last[#last + 1] = G:clone()
  end
  local kept = context.state.samples:clone()
  check.ok(kept:narrow(1, 1, 2) == last[5] and kept:narrow(1, 5, 2) == last[3])
  local costs = record.score(context)
  local part = context.parts[2]
  local g = kept:narrow(2, part.offset + 1, 49):reshape(8, 7, 7)
  for top = 1, 7, 3 do
    local size = math.min(3, 8 - top)
    local inverse = core.fisher_inverse(g:select(3, 2):narrow(2, top, size):contiguous(),
      context.damping)
    local w = view(context.before, part):narrow(1, top, size):narrow(2, 2, 1):contiguous()
    check.near(view(costs, part):narrow(1, top, size):narrow(2, 2, 1),
      core.surgeon_costs(inverse, w, ms.zeros(size, 1)), 1e-12 * costs:max())
  end
end)

local function run(prune, callback, net)
  return ms.train { problem = p, net = net or { width = 6, depth = 3 }, steps = 60,
    seed = 2, losses = { residual = 24, boundary = 12 }, prune = prune, report = false,
    callback = callback }
end

check.test("in a run: exact counts, and on from a checkpoint bit for bit", function()
  local path = check.scratch "surgery.npz"
  for _, prune in ipairs { "obs:density=0.25,period=10",
    "woodfisher:density=0.25,period=10,batches=4",
    "woodfisher:density=0.25,period=10,batches=4,source=batch" } do
    local whole = run(prune)
    check.equal(whole.sparsity, 54 / 72, prune)
    check.ok(run(prune, function(_, step) return step < 34 end):save(path))
    local again = check.ok(ms.load(path)):resume { report = false }
    check.ok(again.net.theta == whole.net.theta, prune)
  end
  os.remove(path)
end)

check.test("the network after obs is nearer to what it was than after zeroing", function()
  local context = trained({ order = 2, damping = 0.01, source = "train" }, { width = 12 })
  local net, x = context.model, context.losses:points_of "residual"
  local before = net:evaluate(x):clone()
  local gone = cheapest(context, "obs", 90)
  local surgeon = (net:evaluate(x) - before):norm()
  net.theta:copy_(context.before):mul_(1 - gone)
  local zeroed = (net:evaluate(x) - before):norm()
  check.ok(surgeon < 0.5 * zeroed, ("%g against %g"):format(surgeon, zeroed))
end)

check.test("what cannot be is said", function()
  local pirate = { model = "pirate-net", width = 8, fourier = 4 }
  check.fails(function() run("obs:period=10", nil, pirate) end,
    "not on the architecture 'pirate%-net'")
  check.fails(function() run "obs:include=all,period=10" end,
    "'obs': the input layer has no hidden units before it")
  local context = trained { order = 0, damping = 0.1, source = "train" }
  context.losses = nil
  check.fails(function() ms.registry.record("prune", "obs").score(context) end,
    "'obs' needs the losses")
  check.fails(function() ms.registry.record("prune", "woodfisher").score(context) end,
    "has seen no gradients")
end)

check.done()
