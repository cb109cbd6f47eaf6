-- Holding weights at 0: the model's masks, events in a training loop, dropping and
-- growing, units that are cut off, policies of one's own, what they refuse.

local check = require "tests.support.check"
local chain = require "modsync.chain"
local core = require "modsync.core"
local ms = require "modsync"
local repair = require "modsync.repair"

local p = ms.problem "helmholtz"
local points = core.rng(1, "points"):uniform(core.zeros(30, 2))

local function new_net(more)
  local options = { inputs = p.coords, outputs = p.fields, width = 7, depth = 3,
    seed = 2 }
  for name, value in pairs(more or {}) do options[name] = value end
  return ms.model(options)
end

local function losses_of(net) return p:losses(net, { residual = 32, boundary = 16 }) end

local function train(settings)
  local all = { problem = "helmholtz", steps = 20, report = false, seed = 1,
    net = { width = 7, depth = 3 }, losses = { residual = 24, boundary = 12 } }
  for name, value in pairs(settings) do all[name] = value end
  return check.ok(ms.train(all))
end

--- A part of a vector of P numbers as a matrix.
local function view(vector, part)
  return vector:narrow(1, part.offset + 1, part.rows * part.cols)
    :reshape(part.rows, part.cols)
end

--[[ the model ]]

check.test("a model is pruned, frozen and thawed", function()
  local net = new_net()
  local P, W2, W3 = net:count(), net.part.W2, net.part.W3
  local alive, before = core.ones(P), net.theta:clone()
  view(alive, W2):row(1):fill_(0)
  view(alive, W3):row(1):fill_(0)
  net:freeze "W3"
  net:prune(alive)
  check.equal(view(net.theta, W2):row(1):abs():sum(), 0)
  check.ok(view(net.theta, W3) == view(before, W3), "frozen weights stay")
  check.equal(net.mask:sum(), P - 7 - 49)
  net:thaw "W3"
  check.equal(net.mask:sum(), P - 7)
  net:freeze "W2"
  check.equal(net.mask:sum(), P - 49)
  net:prune(core.ones(P))
  check.equal(net.mask:sum(), P - 49, "what is frozen stays as it is, pruned or not")
  net:thaw()
  check.equal(net.mask:sum(), P - 7)
  net:prune(core.ones(P))
  check.equal(net.mask:sum(), P)
  check.fails(function() net:prune(core.ones(3)) end, "expected a tensor of %d+ numbers")
  check.fails(function() net:prune {} end, "0 or 1, not a table")
  local theta, alive = net.theta:clone(), core.ones(P)
  for value, shown in pairs { [0.5] = "0.5", [2] = "2", [-1 / 0] = "%-inf" } do
    alive[2] = value
    check.fails(function() net:prune(alive) end,
      "prune: number 2, for W1%[1, 2%], is " .. shown .. "; expected 0 or 1")
  end
  check.fails(function() net:prune(core.full({ P }, 0 / 0)) end,
    "prune: number 1, for W1%[1, 1%], is nan; expected 0 or 1")
  check.ok(net.theta == theta, "nothing has changed")
end)

check.test("a pruned model stays so without the method, and in its checkpoint", function()
  local run = train { prune = { name = "random", density = 0.3 } }
  local net = run.net
  local again = train { problem = "helmholtz", net = net, steps = 5 }
  check.equal((net.theta * (1 - net.alive)):abs():sum(), 0)
  local path = check.scratch "pruned.npz"
  check.ok(again:save(path))
  local loaded = check.ok(ms.load(path)).net
  os.remove(path)
  for _, name in ipairs { "mask", "alive", "free" } do
    check.ok(loaded[name] == net[name], name)
  end
  -- and the next method goes on from the mask that is there
  local more = train { net = net, prune = { name = "magnitude", density = 0.2,
    schedule = "one-shot", start = 0 } }
  check.equal(more.prune.last.dropped, 29 - 20)
  check.equal(more.prune.last.active, 20)
end)

check.test("a small dense network of the same density", function()
  local net = new_net { width = 100, density = 0.25 }
  check.equal(net.part.W2.rows, 50)
  check.equal(ms.model(net.options):count(), net:count())
  net = ms.mlp { inputs = p.coords, outputs = p.fields, widths = { 40, 20 },
    density = 0.5 }
  check.equal({ net.part.W2.rows, net.part.W2.cols }, { 28, 14 })
end)

--[[ loops ]]

check.test("a loop by hand gives the same bits as ms.train", function()
  for _, name in ipairs { "rigl", "snip", "magnitude", "modsync-m" } do
    local run = train { prune = { name = name, period = 4, batches = 3 },
      optimizer = "adam:lr=1e-3", conflict = "dcgd" }
    local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 7, depth = 3,
      seed = 1 }
    local L = p:losses(net, { residual = 24, boundary = 12, seed = 1 })
    local opt, cf = ms.optim.adam { lr = 1e-3 }, ms.conflict.dcgd {}
    local sync = ms.prune[name] { period = 4, batches = 3, steps = 20 }
    for _ = 1, 20 do
      local values, G = L:gradients()
      check.ok(sync:observe(G, L))
      opt:step(net, cf(G, values))
      check.ok(sync:apply(net, opt))
    end
    check.ok(net.theta == run.net.theta, name)
  end
end)

check.test("before the first step, gradients are those of what is left", function()
  local net = new_net()
  local L, sync = losses_of(net), ms.prune.snip { steps = 10, density = 0.3 }
  local values, G = L:gradients()
  local before = values:clone()
  check.ok(sync:observe(G, L))
  check.ok(values ~= before)
  local twin = new_net()
  twin.theta:copy_(net.theta)
  local other, H = losses_of(twin):gradients()
  check.ok(values == other)
  check.ok(G == H * net.mask)
end)

check.test("events see the gradients of masked weights", function()
  local net = new_net()
  local L = losses_of(net)
  local sync = ms.prune.rigl { steps = 40, period = 2, density = 0.3 }
  local opt, seen = ms.optim.adam {}, 0
  local grow = sync.record.grow
  local record = setmetatable({ grow = function(context)
    if not net.alive then return grow(context) end -- before the first step
    check.ok((context.dense * (1 - net.alive)):norm() > 0)
    local twin = new_net()
    twin.theta:copy_(sync.watched)
    local M = losses_of(twin)
    M:restore(L:state())
    local _, H = M:evaluate()
    check.ok(context.dense == H)
    seen = seen + 1
    return grow(context)
  end }, { __index = sync.record })
  sync.record = record
  for _ = 1, 8 do
    local _, G = L:gradients()
    check.ok(sync:observe(G, L))
    sync.watched = net.theta:clone()
    check.equal((G * (1 - net.alive)):norm(), 0)
    opt:step(net, G:sum(1))
    check.ok(sync:apply(net, opt))
  end
  check.equal(seen, 4)
end)

check.test("events see the gradients of terms that a conflict method leaves out",
  function()
  local net = new_net()
  local L = losses_of(net)
  local sync = ms.prune.rigl { steps = 20, period = 2, density = 0.3 }
  sync:attach(L)
  for step = 1, 4 do
    local _, G = L:gradients { step % 2 + 1 }
    if step == 4 then L:complete() end
    check.ok(sync:observe(G, L))
    local left_out = G:row(2 - step % 2):clone()
    check.equal(left_out:norm() == 0, step < 4)
    if step > 1 and sync.context.dense then
      local dense = sync.context.dense:clone()
      local _, H = L:evaluate()
      check.equal(dense, H, "step " .. step)
    end
    check.ok(sync:apply(net, 1e-3))
  end
end)

--[[ dropping and growing ]]

--- A method on its way to an event, and what the event will look at.
local function before_event(name, options)
  local net = new_net()
  local L, opt = losses_of(net), ms.optim.sgd { lr = 1e-7 }
  local all = { steps = 40, period = 5, density = 0.4, repair = false }
  for key, value in pairs(options or {}) do all[key] = value end
  local sync = ms.prune[name](all)
  for step = 1, 5 do
    local _, G = L:gradients()
    check.ok(sync:observe(G, L))
    opt:step(net, G:sum(1))
    if step < 5 then check.ok(sync:apply(net, opt)) end
  end
  return { net = net, sync = sync, opt = opt, theta = net.theta:clone(),
    alive = net.alive:clone(), dense = sync.context.dense and sync.context.dense:clone() }
end

--- The smallest of the scores where 'where' is 1, and the largest.
local function range(scores, where)
  return core.where(where:ne(0), scores, math.huge):min(),
    core.where(where:ne(0), scores, -math.huge):max()
end

check.test("rigl drops the smallest weights and grows by the gradient", function()
  for _, growth in ipairs { "sum", "product" } do
    local it = before_event("rigl", { growth = growth })
    check.ok(it.sync:apply(it.net, it.opt))
    local dropped = it.alive * (1 - it.net.alive)
    local grown = it.net.alive * (1 - it.alive)
    check.equal((dropped * grown):sum(), 0)
    check.ok(grown:sum() > 0)
    check.equal(it.net.theta * grown, core.zeros(it.net:count()))
    local gain = it.dense:sum(1):abs()
    if growth == "product" then
      gain = (it.dense:row(1) * it.dense:row(2)):abs():sqrt()
    end
    for _, part in ipairs(it.net:hidden_blocks()) do
      local function layer(v) return v:narrow(1, part.offset + 1, 49) end
      check.equal(layer(it.net.alive):sum(), layer(it.alive):sum())
      local size = layer(it.theta):abs()
      local _, largest_gone = range(size, layer(dropped))
      local least_kept = range(size, layer(it.alive * it.net.alive))
      check.ok(largest_gone <= least_kept)
      local least_grown = range(layer(gain), layer(grown))
      local _, most_left = range(layer(gain), layer((1 - it.alive) * (1 - it.net.alive)))
      check.ok(least_grown >= most_left)
    end
  end
end)

check.test("growing does not change the outputs", function()
  local it = before_event "rigl"
  for _, part in ipairs(it.net:hidden_blocks()) do -- what will go is 0 already
    local W = it.net.theta:narrow(1, part.offset + 1, 49)
    W:mul_(W:abs():gt(0.25))
  end
  local before = it.net:evaluate(points)
  check.ok(it.sync:apply(it.net, it.opt))
  check.ok(it.sync.last.grown > 0)
  check.ok(it.net:evaluate(points) == before)
end)

check.test("set grows by lot, others with another seed", function()
  local masks = {}
  for i, seed in ipairs { 1, 1, 2 } do
    local it = before_event("set", { seed = seed })
    check.ok(it.sync:apply(it.net, it.opt))
    check.ok(it.sync.last.grown > 5)
    masks[i] = it.net.alive
  end
  check.ok(masks[1] == masks[2] and masks[1] ~= masks[3])
end)

check.test("a longer run goes on exchanging weights", function()
  local run = train { steps = 8, prune = { name = "rigl", period = 2 } }
  check.ok(run.prune.settled)
  run:resume { steps = 20, report = false, callback = function(_, step)
    return step < 10
  end }
  check.ok(not run.prune.settled and run.prune.last.step == 10)
  check.ok(run.prune.last.grown > 0)
end)

check.test("what grows starts with moments of 0", function()
  local run = train { steps = 9, prune = { name = "rigl", period = 5, steps = 40 } }
  local alive = run.net.alive:clone()
  run:resume { steps = 10, report = false }
  local new = run.net.alive * (1 - alive)
  check.ok(new:sum() > 0)
  for _, slot in ipairs { "m", "v" } do
    check.equal((run.optimizer:state()[slot] * new):abs():sum(), 0)
  end
end)

check.test("modsync-m: fraction 0 is the training without it; the budget is kept",
  function()
  local base = train {}
  local idle = train { prune = { name = "modsync-m", fraction = 0, period = 2,
    batches = 2 } }
  check.ok(idle.net.theta == base.net.theta)
  local most = { 0, 0 }
  local run = train { steps = 60, callback = function(run)
    local removed = run.prune:state().removed
    for t = 1, 2 do most[t] = math.max(most[t], removed and removed[t] or 0) end
  end, prune = { name = "modsync-m", period = 4, batches = 4, budget = 0.05 } }
  for t = 1, 2 do check.ok(most[t] > 0 and most[t] <= 0.05) end
  check.ok(run.prune.last.active >= run.prune.last.wanted)
end)

check.test("modsync-m with a score of one's own: what it says goes first", function()
  local function first_layer(importance)
    check.equal(importance:shape(), { 2, 98 })
    local score = core.zeros(98)
    score:narrow(1, 1, 49):fill_(1)
    return score
  end
  local run = train { prune = { name = "modsync-m", period = 2, batches = 2, budget = 1,
    density = 0.6, score = first_layer, stop = 1 } }
  local alive = run.net.alive
  check.equal(view(alive, run.net.part.W2):sum() + view(alive, run.net.part.W3):sum(), 59)
  check.ok(view(alive, run.net.part.W2):sum() < 20)
end)

check.test("modsync-m allocates nothing once it has begun", function()
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 7, depth = 3 }
  local L, opt, cf = losses_of(net), ms.optim.adam {}, ms.conflict.dcgd {}
  local sync = ms.prune["modsync-m"] { steps = 40, period = 2, batches = 3, start = 0 }
  local function step()
    local values, G = L:gradients()
    assert(sync:observe(G, L))
    opt:step(net, cf(G, values))
    assert(sync:apply(net, opt))
  end
  for _ = 1, 4 do step() end
  local events = sync.events
  core.debug.fail_after(1)
  local ok, message = pcall(function() for _ = 1, 8 do step() end end)
  core.debug.fail_after(0)
  check.ok(ok, message)
  check.equal(sync.events, events + 4)
end)

--[[ units that are cut off ]]

--- Cuts unit j of hidden layer i off; the outputs must stay, to rounding.
local function check_repair(net, i, j, folds)
  local layers = chain.of(net)[1]
  local before, alive = net.theta:clone(), core.ones(net:count())
  view(alive, layers[i].weights):select(2, j):fill_(0)
  view(net.theta, layers[i].weights):select(2, j):fill_(0)
  local outputs = net:evaluate(points)
  local units = repair(net, before, alive)
  net:prune(alive)
  check.equal(#units, 1)
  check.equal({ units[1].layer, units[1].unit }, { i, j })
  check.equal(units[1].folded, folds)
  check.near(net:evaluate(points), outputs, 1e-13 * (1 + outputs:abs():max()))
  local out = view(net.theta, layers[i + 1].weights):row(j)
  check.equal(out:abs():sum() == 0, folds)
end

check.test("the constant of a unit without weights in goes to the next biases", function()
  local separate = { inputs = p.coords, outputs = p.fields, model = "separate",
    each = { width = 7, depth = 3 } }
  for _, more in ipairs { {}, { adaptive = "neuron" }, { adaptive = "layer" },
    { factorise = true }, { activation = "sigmoid" }, { model = "siren" }, separate } do
    for i = 1, 3 do
      local net = more.each and ms.model(more) or new_net(more)
      core.rng(3, "biases"):normal(net.theta)
      check_repair(net, i, 4, true)
    end
  end
  check_repair(new_net { bias = false }, 2, 3, true)
  check_repair(new_net { bias = false, activation = "sigmoid" }, 2, 3, false)
  local net = new_net()
  core.rng(3, "biases"):normal(net.theta)
  net:freeze "b3"
  check_repair(net, 2, 3, false)
  check.equal(chain.of(new_net { model = "modified-mlp" }), nil)
  check.equal(chain.of(new_net { tie = { W3 = "W2" } }), nil)
end)

check.test("a method reports the units that it cut off", function()
  local net = new_net()
  core.rng(3, "biases"):normal(net.theta)
  local L = losses_of(net)
  ms.register { family = "prune", name = "without-unit", summary = "Drops a unit.",
    paper = "none", defaults = { schedule = "one-shot", start = 0 },
    score = function(context)
      local score = core.abs(context.theta) + 1
      view(score, net.part.W2):select(2, 5):fill_(0)
      return score
    end }
  local twin, sync = new_net(), ms.prune["without-unit"] { steps = 10, density = 0.8 }
  twin.theta:copy_(net.theta)
  local _, G = L:gradients()
  check.ok(sync:observe(G, L))
  check.equal(sync.last.active, math.floor(0.8 * 98 + 0.5))
  check.equal(#sync.last.units, 1)
  check.equal({ sync.last.units[1].layer, sync.last.units[1].unit }, { 2, 5 })
  check.equal(view(net.theta, net.part.W3):row(5):abs():sum(), 0)
  check.ok(net:views().b3 ~= twin:views().b3)
end)

--[[ policies of one's own ]]

check.test("a score of one's own is a full citizen", function()
  ms.register { family = "prune", name = "newest", summary = "Keeps late weights.",
    paper = "none", options = { { name = "sign", type = "number", default = 1, min = -1,
      text = "of the score" } },
    defaults = { density = 0.5, period = 5, repair = false },
    score = function(context)
      context.state.calls = (context.state.calls or 0) + 1
      return core.linspace(1, 2, context.model:count()) * context.options.sign
    end }
  local run = train { prune = "newest:sign=1" }
  check.equal(run.prune.last.active, 49)
  check.equal(view(run.net.alive, run.net.part.W2):sum(), 0)
  check.equal(run.prune:state().calls, 3)
  local path = check.scratch "newest.npz"
  check.ok(run:save(path))
  local again = check.ok(ms.load(path))
  os.remove(path)
  check.equal(again.prune:state().calls, 3)
  check.ok(again.prune.chooser:state().mask == run.prune.chooser:state().mask)
  local unnamed = train { prune = { score = function(c) return core.abs(c.theta) end } }
  check.equal(unnamed.prune.last.active, math.floor(0.4 * 98 + 0.5))
  check.ok(require("modsync.help").show("newest"):find "density %(number, default 0.5")
end)

check.test("mask: scores that a script sets", function()
  local net = new_net()
  local m = core.method("prune", "mask", { density = 0.5, start = 0 })
  m:scope(net:hidden_blocks())
  check.equal(select(3, m:event(net.theta, 1, { keep = core.abs(net.theta) })), 49)
end)

check.test("misuse", function()
  local function train_with(prune) return function() train { prune = prune } end end
  check.fails(train_with { score = function() return 3 end },
    "'unnamed': score must return a tensor of 141 numbers, not 3")
  check.fails(train_with { name = "magnitude", fraction = 0.1 },
    "'magnitude' has no function grow: its option fraction must be 0")
  check.fails(train_with { name = "magnitude", scope = "unit" }, "one of global, layer")
  check.fails(train_with { name = "magnitude", density = 1.5 }, "at most 1")
  local net, sync = new_net(), ms.prune.magnitude { period = 1 }
  check.fails(function() sync:apply(net, 1e-3) end,
    "'magnitude' needs 'steps', the length of the run")
  for _, name in ipairs { "grasp", "obd" } do
    local it = ms.prune[name] { steps = 1, period = 1, start = 0 }
    it:bind(net, 2)
    check.fails(function()
      it:observe(core.ones(2, net:count()))
      it:apply(net, 1)
    end, ("'%s' needs the losses: observe%%(G, L%%)"):format(name))
  end
  for _, name in ipairs { "taylor", "rigl" } do
    local it = ms.prune[name] { steps = 2, period = 1, start = 0 }
    it:bind(net, 2)
    check.fails(function()
      it.terms = 2
      it:apply(net, 1)
    end, ("'%s' has seen no gradients of this step"):format(name))
  end
  check.fails(train_with { name = "modsync-m", importance = "fisher", source = "batch" },
    "measured at single points")
end)

check.test("a score that is no number is its policy's fault", function()
  local function scores(by) return function(c) return core.abs(c.theta) * by end end
  for name, record in pairs {
    score = { score = scores(0 / 0) },
    grow = { score = scores(1), grow = scores(math.huge),
      defaults = { fraction = 0.5, period = 5 } },
    first = { score = scores(1), first = scores(0 / 0),
      defaults = { schedule = "one-shot", start = 0 } },
  } do
    record.name = name .. "-fails"
    local run = train { prune = record }
    check.equal(run.stopped, "diverged")
    check.ok(run.message:find(("prune %s%%-fails: what its function '%s' returned for "
      .. "parameter %%d+ in scope is %%-?[ni][an][nf], expected a finite number")
      :format(name, name)), run.message)
  end
end)

check.test("the repair of few weights in many layers ends, with the count", function()
  for _, name in ipairs { "magnitude", "movement" } do
    for _, density in ipairs { 0.02, 0.05 } do
      local net = ms.mlp { inputs = { "x", "y" }, outputs = { "u" }, width = 12,
        depth = 4, seed = 1 }
      local sync = ms.prune[name] { density = density, start = 0, stop = 1, period = 1,
        steps = 20, include = "all" }
      local rng, G = ms.rng(1, "gradients"), ms.zeros(2, net:count())
      sync:bind(net, 2)
      for _ = 1, 20 do
        rng:normal(G)
        sync:observe(G)
        sync:apply(net, 1e-3)
      end
      local weights, active = 2 * 12 + 3 * 12 * 12 + 12, 0
      for layer = 1, 5 do
        local at = net.part["W" .. layer]
        active = active + net.mask:narrow(1, at.offset + 1, at.rows * at.cols):sum()
      end
      check.equal(active, math.floor(density * weights + 0.5), name)
    end
  end
end)

check.done()
