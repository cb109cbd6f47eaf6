-- Compaction: smaller networks with the same outputs and derivatives, that train on.

local check = require "tests.support.check"
local ms = require "modsync"

local points = ms.rng(1, "points"):uniform(ms.zeros(40, 2)) * 2 - 1

local function network(options)
  local settings = { inputs = { "x", "t" }, outputs = { "u", "v" }, width = 9, depth = 3,
    seed = 4 }
  for name, value in pairs(options or {}) do settings[name] = value end
  local net = ms.mlp(settings)
  -- biases, scales and slopes as training would leave them
  for _, part in ipairs(net.layout) do
    if part.role == "bias" then
      ms.rng(2, part.name):normal(net:views()[part.name])
    elseif part.role == "slope" then
      net:views()[part.name]:add_(ms.rng(2, part.name):uniform(ms.zeros(1, part.cols)))
    end
  end
  return net
end

--- Every field and what a residual may take of it: n x (6 fields).
local function channels(net)
  local g, coords, outputs = ms.graph(), {}, {}
  for i, name in ipairs(net.inputs) do coords[name] = g:input(name, i) end
  local fields = net:build(g, coords)
  for _, name in ipairs(net.outputs) do
    local field = fields[name]
    outputs[#outputs + 1] = field
    for _, by in ipairs { { "x" }, { "t" }, { "x", "x" }, { "x", "t" }, { "t", "t" } } do
      outputs[#outputs + 1] = field:d(table.unpack(by))
    end
  end
  local program = g:program { outputs = outputs, parameters = net:count(), columns = 2 }
  return program:run(net.theta, points)
end

--- The smaller network, which must have these widths and the same channels.
local function compacted(net, widths, title)
  local before = net.theta:clone()
  local small = ms.compact(net)
  check.equal(small.options.widths, widths, title)
  check.near(channels(small), channels(net), 1e-12, title)
  check.ok(net.theta == before, "the network itself has changed")
  return small
end

--- No weight into (or out of) these units of a layer.
local function no_input(net, layer, ...)
  for _, unit in ipairs { ... } do
    net:views()["W" .. layer]:select(2, unit):fill_(0)
  end
end

local function no_output(net, layer, ...)
  for _, unit in ipairs { ... } do net:views()["W" .. layer + 1]:row(unit):fill_(0) end
end

local function silence_some(net)
  no_input(net, 1, 3)
  no_output(net, 1, 9)
  no_input(net, 2, 1, 4, 5)
  no_output(net, 3, 2, 8)
  no_input(net, 3, 6)
end

check.test("all activations: values and derivatives", function()
  for name in pairs(ms.activations) do
    local net = network { activation = name }
    silence_some(net)
    compacted(net, { 7, 6, 6 }, name)
  end
end)

check.test("what stands behind a silent unit goes, too", function()
  local net = network()
  no_input(net, 1, 1, 2, 3, 4)
  -- of the second layer two live on those alone, and one of the third on these alone
  local W2, W3 = net:views().W2, net:views().W3
  for _, unit in ipairs { 2, 7 } do W2:narrow(1, 5, 5):select(2, unit):fill_(0) end
  for row = 1, 9 do
    if row ~= 2 and row ~= 7 then W3:set(row, 5, 0) end
  end
  compacted(net, { 5, 7, 8 }, "forwards")
  net = network()
  no_output(net, 3, 4)
  for column = 1, 9 do -- one of the second serves only that one, one of the first only it
    if column ~= 4 then net:views().W3:set(6, column, 0) end
    if column ~= 6 then net:views().W2:set(1, column, 0) end
  end
  compacted(net, { 8, 8, 8 }, "backwards")
end)

check.test("options of the layers", function()
  local cases = {
    { adaptive = "neuron" }, { adaptive = "layer", adaptive_scale = 5 },
    { adaptive = "global" }, { factorise = true }, { bias = false },
    { periodic = { x = 2, t = 3 }, harmonics = 2 }, { fourier = 6 },
    { limits = { x = { -3, 1 }, t = { 0, 9 } } }, { input_scale = 0.3 },
  }
  for i, options in ipairs(cases) do
    local net = network(options)
    silence_some(net)
    compacted(net, { 7, 6, 6 }, "case " .. i)
  end
end)

check.test("other networks of dense layers", function()
  local siren = ms.models.siren { inputs = { "x", "t" }, outputs = { "u", "v" },
    width = 9, depth = 3 }
  silence_some(siren)
  local small = compacted(siren, { 7, 6, 6 }, "siren")
  check.equal(small.options.depth, 3)
  local two = ms.models.separate { inputs = { "x", "t" }, outputs = { "u", "v" },
    each = { width = 5, depth = 2 }, fields = { v = { model = "siren", width = 4 } } }
  two:views()["u.W1"]:select(2, 3):fill_(0)
  two:views()["v.W2"]:row(1):fill_(0)
  two:views()["v.W3"]:row(4):fill_(0)
  small = compacted(two, nil, "separate")
  check.equal(small.options.fields.u.widths, { 4, 5 })
  check.equal(small.options.fields.v.widths, { 3, 3 })
  local again = ms.model(small.options)
  check.equal(again:count(), small:count())
  compacted(small, nil, "separate, again")
end)

check.test("without biases a constant that is not 0 must stay", function()
  for name, widths in pairs { tanh = { 7, 6, 6 }, softplus = { 8, 9, 7 } } do
    local net = network { activation = name, bias = false }
    silence_some(net)
    compacted(net, widths, name)
  end
end)

check.test("nothing to take away", function()
  local net = ms.mlp { inputs = { "x", "t" }, outputs = { "u" }, widths = { 4, 3 } }
  local small = compacted(net, { 4, 3 }, "as it was")
  check.ok(small.theta == net.theta and small ~= net)
end)

check.test("a layer of silent units leaves a constant network", function()
  for _, name in ipairs { "tanh", "softplus" } do
    for layer = 1, 3 do
      local net = network { activation = name }
      no_input(net, layer, 1, 2, 3, 4, 5, 6, 7, 8, 9)
      compacted(net, { 1, 1, 1 }, "no input")
      net = network { activation = name }
      no_output(net, layer, 1, 2, 3, 4, 5, 6, 7, 8, 9)
      local small = compacted(net, { 1, 1, 1 }, "no output")
      local values = small:evaluate(points)
      check.ok((values - values:row(1)):norm() == 0)
    end
  end
end)

check.test("everything gone, twice", function()
  local net = network()
  net.theta:fill_(0)
  compacted(compacted(net, { 1, 1, 1 }, "zeros"), { 1, 1, 1 }, "again")
end)

check.test("mask, frozen parts, rates and coefficients go along", function()
  local p = ms.problem {
    name = "decay", coords = { "x", "t" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 }, t = { 0, 2 } },
    parameters = { rate = { start = 1.5, positive = true } },
    hard = function(s, fields) return 1 + s.t * fields.u * s.rate end,
    terms = { { name = "residual", on = "interior", points = 16,
      expr = function(s) return s.u_t + s.rate * s.u end } },
  }
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 6, depth = 2,
    freeze = { "W1" }, rates = { b2 = 0.5 } }
  net.mask:narrow(1, net.part.W2.offset + 1, 3):fill_(0)
  net:views().W2:row(1):narrow(1, 1, 3):fill_(0)
  no_input(net, 1, 5)
  no_output(net, 2, 2)
  local small = compacted(net, { 5, 5 }, "a problem's network")
  local P = small.part
  check.equal(small.mask:size(1), small:count())
  check.equal(small.mask:narrow(1, 1, P.W1.rows * P.W1.cols):sum(), 0)
  check.equal(small.mask:narrow(1, P.W2.offset + 1, 5):totable(), { 0, 0, 1, 1, 1 })
  check.equal(small:coefficient "rate", net:coefficient "rate")
  check.equal(small:rate()[1].count, 5)
  check.equal(small.options.transform, "problem")
  -- it trains, is saved and read again
  local path = check.scratch "compact.npz"
  local run = ms.train { problem = p, net = small, steps = 5, report = false }
  check.equal(run.stopped, "finished")
  check.ok(run:save(path))
  local again = check.ok(ms.load(path, { problem = p }))
  check.equal(again.net.options.widths, { 5, 5 })
  check.ok(again.net.theta == small.theta and again.net.mask == small.mask)
  os.remove(path)
end)

check.test("what is pruned and what is frozen stay apart", function()
  local net = network()
  net:freeze "b2"
  local alive = ms.ones(net:count())
  local W2 = alive:narrow(1, net.part.W2.offset + 1, 81):reshape(9, 9)
  W2:select(2, 4):fill_(0)
  W2:set(5, 6, 0)
  net:prune(alive)
  local small = compacted(net, { 9, 8, 9 }, "pruned")
  check.equal(small.alive:sum(), small:count() - 1)
  check.equal(small.free:sum(), small:count() - 8)
  check.ok(small.mask == small.alive * small.free)
  small:thaw()
  check.equal(small.mask:sum(), small:count() - 1)
end)

check.test("a mask of which no zero is left is none", function()
  local net = network()
  net.mask = ms.ones(net:count())
  no_input(net, 2, 3)
  net.mask:narrow(1, net.part.W2.offset + 1, 81):reshape(9, 9):select(2, 3):fill_(0)
  check.equal(ms.compact(net).mask, nil)
end)

--- A network on poisson with dead units whose parameters a mask holds, after some steps.
local function pruned_run(optimizer)
  local p = ms.problem "poisson"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 8, depth = 2 }
  net.mask = ms.ones(net:count())
  for name, view in pairs(net:views()) do
    local part = net.part[name]
    local mask = net.mask:narrow(1, part.offset + 1, part.rows * part.cols)
      :reshape(part.rows, part.cols)
    local layer = tonumber(name:match "%d")
    for unit = 1, 3 do
      local gone = { view, mask }
      for _, each in ipairs(gone) do
        if layer <= 2 then each:select(2, unit):fill_(0) end
        if layer >= 2 and name:match "W" then each:row(unit):fill_(0) end
      end
    end
  end
  local L = p:losses(net, { residual = 20, boundary = 20 })
  for _ = 1, 10 do
    local _, G = L:gradients()
    optimizer:step(net, G:sum(1))
  end
  return p, net
end

--- The elements of a vector that are not 0, ascending.
local function nonzero(v)
  return (v[v:ne(0)]:sort())
end

check.test("the optimizer goes on with its moments", function()
  for _, made in ipairs { { "adam", { lr = 0.01 } }, { "sgd", { momentum = 0.9 } } } do
    local name, options = made[1], made[2]
    local optimizer = ms.optim[name](options)
    local p, net = pruned_run(optimizer)
    optimizer:lr(0.003)
    local small, carried = net:compact(optimizer)
    check.equal(small.options.widths, { 5, 5 })
    check.equal(carried:lr(), 0.003)
    local old, new = optimizer:state(), carried:state()
    if name == "adam" then
      check.equal(new.t:get(1), 10)
      check.ok(nonzero(new.v) == nonzero(old.v))
      check.equal(new.m:size(1), small:count())
    end
    local ones = p:losses(net, { residual = 20, boundary = 20 })
    local twos = p:losses(small, { residual = 20, boundary = 20 })
    for _ = 1, 20 do
      for _, pair in ipairs { { ones, optimizer, net }, { twos, carried, small } } do
        local _, G = pair[1]:gradients()
        pair[2]:step(pair[3], G:sum(1))
      end
    end
    check.near(small:evaluate(points), net:evaluate(points), 1e-9)
    local fresh = ms.optim[name](options)
    check.equal(next(select(2, net:compact(fresh)):state()), nil)
  end
end)

check.test("what is no optimizer is refused", function()
  local _, net = pruned_run(ms.optim.sgd {})
  for _, given in ipairs { {}, 3, "adam", ms.conflict.sum {} } do
    check.fails(function() net:compact(given) end,
      "compact.lua:%d+: compact: the optimizer must be an object of ms.optim, not ")
  end
end)

check.test("an optimizer in Lua, too", function()
  local optimizer = ms.registry.resolve("optim", {
    options = { { name = "lr", type = "number", default = 0.1 } },
    step = function(theta, d, state)
      state.mean = state.mean and state.mean * 0.5 + d or d:clone()
      state.steps = (state.steps or 0) + 1
      theta:axpy_(-0.01, state.mean)
    end })
  local _, net = pruned_run(optimizer)
  local small, carried = ms.compact(net, optimizer)
  check.equal(carried:state().steps, 10)
  check.equal(carried:state().mean:size(1), small:count())
  optimizer.memory.square = ms.zeros(net:count(), net:count())
  check.fails(function() ms.compact(net, optimizer) end,
    "the state 'square' of the optimizer 'unnamed' cannot be made smaller")
end)

check.test("rows of history are rows, also of as many as parameters", function()
  local P = select(2, pruned_run(ms.optim.sgd {})):count()
  local optimizer = ms.optim.lbfgs { history = P }
  local _, net = pruned_run(ms.optim.sgd {})
  local target = net.theta * 0.5
  local function look() return (net.theta - target):norm() ^ 2 / 2, net.theta - target end
  for _ = 1, 3 do optimizer:step(net, net.theta - target, look) end
  local small, carried = net:compact(optimizer)
  check.equal(carried:state().S:shape(), { P, small:count() })
  check.equal(carried:state().S:norm() > 0, true)
end)

check.test("what cannot be is said", function()
  check.fails(function() ms.compact(3) end, "expects a model")
  check.fails(function() ms.compact(network(), 3) end, "must be an object of ms.optim")
  check.fails(function() network({ tie = { W3 = "W2" } }):compact() end, "tied parts")
  for _, name in ipairs { "residual-mlp", "chebyshev-kan", "fourier" } do
    local net = ms.models[name] { inputs = { "x" }, outputs = { "u" } }
    check.fails(function() net:compact() end, ("networks of the architecture '%s' cannot "
      .. "be made smaller; those of dense"):format(name:gsub("%-", "%%-")))
  end
end)

check.done()
