-- Parts of models: traced networks, hard conditions, frozen and tied parameters, groups
-- with learning rates of their own, masks, periodic inputs, factorised weights.
local check = require "tests.support.check"
local ms = require "modsync"

local p = ms.problem "poisson"

local function net(changes)
  local options = { inputs = p.coords, outputs = p.fields, widths = { 5, 4 }, seed = 2 }
  for key, value in pairs(changes or {}) do options[key] = value end
  return ms.model(options)
end

--- The ready network of two hidden layers as a function.
local function by_hand(width)
  return ms.model { inputs = p.coords, outputs = p.fields, seed = 2,
    params = { { "W1", 2, width }, { "b1", 1, width, init = 0 },
      { "W2", width, width, hidden = true }, { "b2", 1, width, init = 0 },
      { "W3", width, 1 }, { "b3", 1, 1, init = 0 } },
    forward = function(x, q)
      local h = ms.tanh(ms.linear(x, q.W1, q.b1))
      return ms.linear(ms.tanh(ms.linear(h, q.W2, q.b2)), q.W3, q.b3)
    end }
end

check.test("a traced network is the ready one, bit for bit", function()
  local ready, traced = net { widths = { 20, 20 } }, by_hand(20)
  check.equal(traced.theta, ready.theta)
  local counts = {}
  for i, m in ipairs { ready, traced } do
    local g = ms.graph()
    local u = m:build(g, { x = g:input("x", 1), y = g:input("y", 2) }).u
    counts[i] = { g:nodes(), tostring(u:d("x", "x") + u:d("y", "y")), g:nodes() }
  end
  check.equal(counts[1], counts[2])
  local a, b = p:losses(ready), p:losses(traced)
  for group = 1, #a.groups do
    check.equal(a.groups[group].program:info(), b.groups[group].program:info())
  end
  local values, G = a:gradients()
  local values_b, G_b = b:gradients()
  check.equal(values_b, values)
  check.equal(G_b, G)
  check.equal(#traced:hidden_blocks(), 1)
  local one = ms.train { problem = "poisson", net = ready, steps = 3, report = false }
  local two = ms.train { problem = "poisson", net = traced, steps = 3, report = false }
  check.equal(one.net.theta, two.net.theta)
end)

check.test("mistakes in traced networks are named", function()
  local function fails(changes, pattern)
    local options = { inputs = p.coords, outputs = p.fields, params = { { "a", 1, 1 } },
      forward = function(x, q) return x:column(1) * q.a end }
    for key, value in pairs(changes) do options[key] = value end
    check.fails(function()
      local m = ms.model(options)
      m:evaluate(ms.zeros(1, 2))
    end, pattern)
  end
  fails({ params = {} }, "params must be a list")
  fails({ params = { { "a", 1 } } }, "params%[1%] %(a%): rows and columns must be")
  fails({ params = { { 1, 1, 1 } } }, "params%[1%] must be { name, rows, cols }")
  fails({ params = { { "a", 1, 1, inti = 0 } } },
    "has no option 'inti'; did you mean 'init'")
  fails({ params = { { "a", 1, 1 }, { "a", 1, 2 } } }, "two parts of the model are")
  fails({ params = { { "a", 1, 1, init = "ones" } } }, "no initialiser \"ones\"")
  fails({ forward = function(x, q) return x * q.b end }, "the model has no part \"b\"")
  fails({ forward = function(x) return x end }, "2 outputs for 1 fields")
  fails({ forward = function() end },
    "the network must return a symbol .*, or a table field %-> expression, not nil")
  fails({ forward = function() return {} end },
    "the network must return one expression for the field u, not nil")
  fails({ forward = function(x) return { u = x } end }, "u, not one of 2 columns")
  fails({ forward = function(x) return { u = x:column(1), w = x } end },
    'returns "w", which is no field %(fields: u%)')
  fails({ forward = 3, model = "traced" }, "forward must be a function")
end)

local function hard_poisson(hard)
  return ms.problem { name = "hard", coords = { "x", "y" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 }, y = { 0, 1 } }, hard = hard,
    terms = { { name = "residual", on = "interior", points = 64,
      expr = function(s) return s.u_xx + s.u_yy + 1 end } } }
end

local function bubble(s, f)
  return { u = s.x * (1 - s.x) * s.y * (1 - s.y) * f.u }
end

check.test("conditions that hold exactly", function()
  local q = hard_poisson(bubble)
  local m = ms.mlp { inputs = q.coords, outputs = q.fields, width = 5 }
  local free = ms.mlp { inputs = { "x", "y" }, outputs = { "u" }, width = 5,
    limits = m.options.limits }
  local at = ms.tensor { { 0, 0.3 }, { 1, 0.2 }, { 0.4, 0 }, { 0.7, 1 }, { 0.5, 0.25 } }
  local u, raw = m:evaluate(at), free:evaluate(at)
  for i = 1, 4 do check.equal(u:get(i, 1), 0) end
  check.near(u:get(5, 1), 0.25 * 0.1875 * raw:get(5, 1), 1e-15)
  check.equal(m.options.transform, "problem")
  check.ok(q:losses(m):gradients():is_finite())
  check.fails(function() q:losses(free) end, "conditions that hold exactly")
  local without = ms.mlp { inputs = q.coords, outputs = q.fields, transform = false }
  check.ok(q:losses(without))
  check.fails(function() ms.model(m.options) end, "pass it as transform")
  local one = ms.mlp { inputs = { "x" }, outputs = { "u" }, width = 3,
    transform = function(s, f) return 1 + s.x * f.u end }
  check.equal(one:evaluate(ms.zeros(1, 1)):item(), 1)
  local wrong = ms.mlp { inputs = { "x" }, outputs = { "u", "v" }, width = 3,
    transform = function(s) return s.x end }
  check.fails(function() wrong:evaluate(ms.zeros(1, 1)) end, "must return a table")
  for message, transform in pairs {
    ["model_parts.lua:%d+: there is no field \"v\" %(fields: u%)"] =
      function(s, f) return s.x * f.v end,
    ["the transform must return one expression for the field u, not 0"] =
      function() return { u = 0 } end,
    ['the transform returns "w", which is no field'] =
      function(s) return { w = s.x } end,
  } do
    local m = ms.mlp { inputs = { "x" }, outputs = { "u" }, transform = transform }
    check.fails(function() m:evaluate(ms.zeros(1, 1)) end, message)
  end
end)

check.test("a checkpoint finds the problem's conditions again", function()
  local path = check.scratch "hard.lua"
  check.ok(ms.write_file(path, [[
local ms = require "modsync"
return ms.problem { name = "hard", coords = { "x" }, fields = { "u" },
  domain = ms.box { x = { 0, 1 } }, hard = function(s, f) return s.x * f.u end,
  terms = { { name = "residual", on = "interior", points = 16,
    expr = function(s) return s.u_x - 1 end } } }
]]))
  local run = ms.train { problem = path, net = { width = 4, depth = 1 }, steps = 3,
    report = false }
  local file = check.scratch "hard.npz"
  check.ok(run:save(file))
  local again = check.ok(ms.load(file))
  local points = ms.tensor { { 0 }, { 0.5 } }
  check.equal(again.net:evaluate(points), run.net:evaluate(points))
  check.equal(again.net:evaluate(points):get(1, 1), 0)
end)

--- Two steps of an optimizer with a fixed direction.
local function steps_of(optimizer, m)
  local opt = ms.optim[optimizer] { lr = 0.1 }
  local d = ms.rng(1, "direction"):normal(ms.zeros(m:count()))
  opt:step(m, d)
  opt:step(m, d)
end

ms.register { family = "optim", name = "plain-lua", options = {
  { name = "lr", type = "number", default = 0.1 } },
  step = function(theta, d, _, o) theta:axpy_(-o.lr, d) end }

check.test("what is frozen stays, with every optimizer", function()
  for _, optimizer in ipairs { "sgd", "adam", "plain-lua" } do
    local free, m = net(), net()
    m:freeze "[Wb]2"
    steps_of(optimizer, free)
    steps_of(optimizer, m)
    for name, view in pairs(m:views()) do
      local start = net():views()[name]
      local frozen = name:find "2" ~= nil
      check.equal(view == start, frozen, optimizer .. " " .. name)
      if not frozen then check.equal(view, free:views()[name]) end
    end
    m:thaw "b2"
    check.equal(m.mask:sum(), m:count() - 20)
    m:thaw()
    check.ok(m.mask == nil)
  end
  check.fails(function() net():freeze "W9" end, "no part of the model is called \"W9\"")
  check.fails(function() net():freeze "[W" end, '"%[W" is no pattern of names: malformed')
  check.fails(function() net():freeze "W[" end, '"W%[" is no pattern of names: malformed')
end)

check.test("a pattern may match the empty text, too", function()
  local m = net()
  m:freeze ".*"
  check.equal(m.mask:sum(), 0)
  m:thaw "[Wb]*%d*"
  check.equal(m.mask:sum(), m:count())
  check.equal(net { freeze = { "%w*" } }.mask:sum(), 0)
  check.equal(#net { rates = { [".*"] = 0.5 } }:rate(), #m.layout)
end)

check.test("what is frozen stays, whatever is pruned", function()
  ms.register { family = "prune", name = "shrink-all", observe = function() end,
    apply = function(m) m.theta:mul_(0.5) end }
  for _, name in ipairs { "shrink-all", "modsync" } do
    local m = net { widths = { 6, 6, 6 }, freeze = { "W2" } }
    local sync = ms.prune[name] { period = 1, source = "batch" }
    local L = p:losses(m, { residual = 20, boundary = 8 })
    local W2, W3 = m:views().W2:clone(), m:views().W3:clone()
    for _ = 1, 3 do
      local _, G = L:gradients()
      check.ok(sync:observe(G, L))
      check.ok(sync:apply(m, 1))
    end
    check.equal(m:views().W2, W2, name)
    check.ok(m:views().W3 ~= W3, name)
  end
end)

check.test("masked parameters have no gradient in a training step", function()
  local m = net { freeze = { "W1" } }
  local L = p:losses(m, { residual = 20, boundary = 8 })
  local _, G = L:gradients()
  local W1 = m.layout[1]
  check.equal(G:narrow(2, W1.offset + 1, W1.rows * W1.cols):norm(), 0)
  check.ok(G:norm() > 0)
end)

check.test("a mask has a 0 or a 1 for every parameter", function()
  local m = net()
  local L = p:losses(m, { residual = 20, boundary = 8 })
  local function fails(pattern)
    check.fails(function() L:gradients() end,
      "model_parts.lua:%d+: the mask of the model: " .. pattern)
  end
  m.mask = ms.ones(m:count())
  check.ok(L:gradients())
  for value, shown in pairs { [0.5] = "0.5", [2] = "2", [1 / 0] = "inf", [-1] = "%-1" } do
    m.mask[12] = value
    fails("number 12, for b1%[1, 2%], is " .. shown .. "; expected 0 or 1")
  end
  m.mask[12] = 0 / 0
  fails "number 12, .* is nan; expected 0 or 1"
  local expected = "expected a tensor of " .. m:count() .. " numbers, 0 or 1, not "
  m.mask = ms.ones(3)
  fails(expected .. "a tensor of shape 3")
  m.mask = ms.ones(1, m:count())
  fails(expected .. "a tensor of shape 1x")
  m.mask = true
  fails "expected a tensor of %d+ numbers, 0 or 1, not true"
end)

check.test("a checkpoint holds no function: nil, what to pass, and a code", function()
  local function forward(x, q) return ms.linear(x, q.W, q.b) end
  local run = ms.train { problem = "poisson", steps = 1, report = false,
    losses = { residual = 20, boundary = 8 }, net = { model = "traced",
      params = { { "W", 2, 1 }, { "b", 1, 1 } }, forward = forward } }
  local file = check.scratch "traced.npz"
  check.ok(run:save(file))
  local _, code = check.refuses("traced.npz: traced: forward must be a function.*; or "
    .. "pass ms.load%(path, { net = ... }%)", ms.load(file))
  check.equal(code, "argument")
  local again = check.ok(ms.load(file, { net = { forward = forward } }))
  check.equal(again.net.theta, run.net.theta)
  check.fails(function() ms.load(file, { net = { forward = 3 } }) end, "not 3")
end)

check.test("activations, initialisers and 'hard' of one's own are checked", function()
  local p = ms.problem "poisson"
  local function make(more)
    local options = { inputs = p.coords, outputs = p.fields, width = 4, depth = 2 }
    for key, value in pairs(more) do options[key] = value end
    return ms.mlp(options)
  end
  local function with_activation(fn)
    ms.activations.mine = fn
    local good, message = pcall(make, { activation = "mine" })
    ms.activations.mine = nil
    check.ok(not good)
    return message
  end
  for _, case in ipairs {
    { function() end, "nil" }, { function() return 1 end, "1" },
    { function(x) return ms.concat { x, x } end, "a symbol" },
  } do
    local message = with_activation(case[1])
    check.ok(message:find("model_parts.lua:%d+: mlp: the activation 'mine' must return "
      .. "an expression of its argument, one for each, not " .. case[2]), message)
  end

  function ms.initialisers.mine() return 0.5 end
  check.fails(function() make { init = "mine" } end, "model_parts.lua:%d+: the "
    .. "initialiser 'mine' must fill the tensor .* and return nothing, not 0.5")
  check.fails(function() make { init = "mine", input_scale = 2 } end, "'mine' must fill")
  function ms.initialisers.mine(rng, W) return rng:normal(W) end
  check.ok(make { init = "mine" }:views().W1:norm() > 0)
  ms.initialisers.mine = nil

  local hard = ms.problem { name = "made", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } }, hard = function() end,
    terms = { { name = "t", on = "interior", points = 4,
      expr = function(s) return s.u end } } }
  local net = ms.mlp { inputs = hard.coords, outputs = hard.fields, width = 4 }
  check.fails(function() hard:losses(net) end,
    "the problem's 'hard' must return a table field %-> expression, not nil")
  net = ms.mlp { inputs = hard.coords, outputs = hard.fields, width = 4,
    transform = function() end }
  check.fails(function() hard:losses(net) end, "mlp: the transform must return a table")
end)

check.test("a mask is part of a checkpoint", function()
  local run = ms.train { problem = "poisson", net = { width = 4, depth = 2 }, steps = 2,
    losses = { residual = 20, boundary = 8 }, report = false }
  run.net.mask = ms.ones(run.net:count())
  run.net.mask[7] = 0
  run.net.theta[7] = 0
  local file = check.scratch "mask.npz"
  check.ok(run:save(file))
  local again = check.ok(ms.load(file))
  check.equal(again.net.mask, run.net.mask)
  again:resume { steps = 4, report = false }
  run:resume { steps = 4, report = false }
  check.equal(again.net.theta, run.net.theta)
  check.equal(again.net.theta:get(7), 0)
  check.ok(ms.load(file).net.theta ~= again.net.theta)
end)

check.test("groups of parameters have learning rates of their own", function()
  for _, optimizer in ipairs { "sgd", "adam", "plain-lua" } do
    local start, free, m = net(), net(), net { rates = { ["b."] = 0.5, b1 = 0 } }
    m:rate("W3", 3)
    steps_of(optimizer, free)
    steps_of(optimizer, m)
    local factors = { W1 = 1, b1 = 0, W2 = 1, b2 = 0.5, W3 = 3, b3 = 0.5 }
    for name, factor in pairs(factors) do
      local moved = m:views()[name] - start:views()[name]
      local plain = free:views()[name] - start:views()[name]
      check.near(moved, plain * factor, 1e-14, optimizer .. " " .. name)
    end
    check.equal(ms.model(m.options):rate(), m:rate())
  end
  check.fails(function() net { rates = { W9 = 2 } } end, "no part of the model is called")
  check.fails(function() net():rate("W1", -1) end, "a number of at least 0")
  check.fails(function() net { rates = { W1 = "2" } } end,
    'rates: the factor of W1 must be a number of at least 0, not "2"')
  check.fails(function() net { rates = { 2 } } end, "a table pattern %-> factor")
end)

check.test("tied parts are one", function()
  local m = net { widths = { 4, 4, 4 }, tie = { W3 = "W2", b3 = "b2" } }
  check.equal(m:count(), net { widths = { 4, 4, 4 } }:count() - 20)
  m:views().W3[{ 2, 3 }] = 9
  check.equal(m:views().W2:get(2, 3), 9)
  local free = net { widths = { 4, 4, 4 } }
  for name, view in pairs(free:views()) do view:copy_(m:views()[name]) end
  local points = ms.sample("uniform", ms.rng(1, "p"), 5, 2)
  check.equal(free:evaluate(points), m:evaluate(points))
  local tied = p:losses(m, { redraw = false })
  local loose = p:losses(free, { redraw = false })
  local _, G = tied:gradients()
  local _, F = loose:gradients()
  local function block(M, of, name)
    local part = of.part[name]
    return M:narrow(2, part.offset + 1, part.rows * part.cols)
  end
  local both = block(F, free, "W2") + block(F, free, "W3")
  check.near(block(G, m, "W2") / both:norm(), both / both:norm(), 1e-15)
  check.fails(function() net { tie = { W2 = "W7" } } end, "no earlier part")
  check.fails(function() net { tie = { W2 = "W1" } } end, "W2 is 5 x 4 and cannot be W1")
  check.fails(function() net { tie = { W9 = "W2" } } end,
    'tie: there is no part "W9" %(there are W1, b1, ')
  check.fails(function() m:freeze "W3" end,
    'no part of the model is called "W3" %(it is tied to W2; there are W1, b1, ')
end)

check.test("periodic fields are exactly periodic", function()
  local m = net { periodic = { "x" }, harmonics = 3 }
  check.equal(m.options.periodic, { x = 1 })
  local a = m:evaluate(ms.tensor { { 0.2, 0.7 }, { 0, 0.1 } })
  local b = m:evaluate(ms.tensor { { 1.2, 0.7 }, { 1, 0.1 } })
  check.near(a, b, 1e-14)
  check.equal(m:views().W1:size(1), 7)
  m = net { periodic = { x = 0.5, y = 3 } }
  check.near(m:evaluate(ms.tensor { { 0.2, 0.7 } }):item(),
    m:evaluate(ms.tensor { { 0.7, -2.3 } }):item(), 1e-14)
end)

check.test("what begins neutral begins neutral", function()
  local points = ms.sample("uniform", ms.rng(1, "p"), 5, 2)
  local plain = net()
  for _, adaptive in ipairs { "global", "layer", "neuron" } do
    local m = net { adaptive = adaptive, adaptive_scale = 4 }
    check.near(m:evaluate(points), plain:evaluate(points), 1e-14, adaptive)
  end
  local m = net { factorise = true }
  for name, view in pairs(m:views()) do
    local scale = name:match "^W(%d)$"
    if scale then
      local deviation = (view * ms.exp(m:views()["s" .. scale])):norm()
      check.ok(deviation > 0.2 and deviation < 6, name)
    end
  end
  check.ok(m:views().s1:mean() > 0.8 and m:views().s1:mean() < 1.2)
  local pirate = ms.models.pirate_net { inputs = p.coords, outputs = p.fields, width = 6,
    bias = false }
  check.equal(pirate:views().alpha1:item(), 0)
  local W = pirate:views().W3
  local g = ms.graph()
  local layers = require "modsync.layers"
  local x = layers.inputs(pirate.options, { x = g:input("x", 1), y = g:input("y", 2) },
    layers.HALF_RANGE, true)
  local linear = g:program { outputs = { x:matmul(W) }, columns = 2 }
  check.near(pirate:evaluate(points), linear:run(ms.zeros(0), points), 1e-14)
  check.fails(function()
    ms.models.pirate_net { inputs = p.coords, outputs = p.fields, width = 7 }
  end, "the embedding is 6 wide and the blocks are 7")
end)

check.test("networks of single fields", function()
  local m = ms.models.separate { inputs = { "x" }, outputs = { "u", "v" },
    each = { width = 3, depth = 2 }, fields = { v = { model = "siren", width = 2 } } }
  check.equal(m.part["u.W2"].hidden, true)
  check.equal(m.part["v.W2"].rows, 2)
  check.equal(#m:hidden_blocks(), 1 + 1)
  local before = m:evaluate(ms.tensor { { 0.3 } })
  m:views()["v.W1"]:fill_(0.1)
  local after = m:evaluate(ms.tensor { { 0.3 } })
  check.equal(after:get(1, 1), before:get(1, 1))
  check.ok(after:get(1, 2) ~= before:get(1, 2))
end)

check.test("what networks of single fields cannot have is said", function()
  local function separate(each, more)
    local options = { inputs = { "x" }, outputs = { "u", "v" }, each = each }
    for name, value in pairs(more or {}) do options[name] = value end
    return ms.models.separate(options)
  end
  local function fails(pattern, each, more)
    check.fails(function() separate(each, more) end, "model_parts.lua:%d+: separate: "
      .. pattern)
  end
  fails("fields: there is no field \"w\"", nil, { fields = { w = {} } })
  fails("fields: the options of v must be a table, not 3", nil, { fields = { v = 3 } })
  for name, value in pairs { tie = { W3 = "W2" }, freeze = { "W1" }, rates = { W1 = 2 },
    transform = function(_, f) return f end, inputs = { "t" }, outputs = { "w" },
    parameters = {} } do
    local pattern = ": " .. name .. " is an option of the whole model: write it beside "
    fails("each" .. pattern .. "each.*u%.W1", { [name] = value })
    fails("fields%.v" .. pattern .. "each", nil, { fields = { v = { [name] = value } } })
  end
  for _, name in ipairs { "separate", "traced" } do
    fails("each: a network of a single field cannot be of the architecture " .. name,
      { model = name })
  end
  -- what the messages say is what works
  local size = { width = 3, depth = 3 }
  local m = separate(size, { freeze = { "u%.W1" }, tie = { ["u.W3"] = "u.W2" } })
  check.equal(m.mask:sum(), m:count() - 3)
  check.equal(m:count(), separate(size):count() - 9)
end)

check.done()
