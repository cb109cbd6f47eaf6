-- The multi-layer perceptron: layout, views, initial weights, standardised inputs, values
-- and input derivatives against a computation by hand.
local activations = require "modsync.activations"
local check = require "tests.support.check"
local model = require "modsync.model"
local layers = require "modsync.layers"
local models = require "modsync.models"
local ms = require "modsync"

local function net(changes)
  local options = { inputs = { "x", "y" }, outputs = { "u" }, width = 4, depth = 2,
    seed = 3 }
  if changes and changes.widths then options.width, options.depth = nil, nil end
  for key, value in pairs(changes or {}) do options[key] = value end
  return models.mlp(options)
end

check.test("layout without gaps, hidden blocks, views that share memory", function()
  local m = net { depth = 3, outputs = { "u", "v" } }
  local expected, offset = { "W1", "b1", "W2", "b2", "W3", "b3", "W4", "b4" }, 0
  for i, part in ipairs(m.layout) do
    check.equal(part.name, expected[i])
    check.equal(part.offset, offset)
    check.equal(part.role, part.name:sub(1, 1) == "W" and "weight" or "bias")
    offset = offset + part.rows * part.cols
  end
  check.equal(m:count(), offset)
  check.equal(m:count(), 2 * 4 + 4 + 2 * (16 + 4) + 4 * 2 + 2)
  local hidden = m:hidden_blocks()
  check.equal({ #hidden, hidden[1].name, hidden[2].name }, { 2, "W2", "W3" })
  local views = m:views()
  check.equal(views.W4:shape(), { 4, 2 })
  views.W2[{ 2, 3 }] = 77
  check.equal(m.theta:get(m.layout[3].offset + 1 * 4 + 3), 77)
  m.theta:fill_(5)
  check.equal(views.b4, ms.full({ 1, 2 }, 5))
  local part, row, col = m:locate(m.layout[3].offset + 1 * 4 + 3)
  check.equal({ part.name, row, col }, { "W2", 2, 3 })
end)

check.test("widths, no biases", function()
  local m = net { widths = { 3, 5 }, bias = false }
  check.equal(m:count(), 2 * 3 + 3 * 5 + 5)
  check.equal(m:hidden_blocks()[1].cols, 5)
end)

local function deviation(t)
  return math.sqrt((t * t):mean() - t:mean() ^ 2)
end

check.test("initial weights have the stated deviation, biases are zero", function()
  local expected = { glorot = math.sqrt(2 / 200), glorot_uniform = math.sqrt(2 / 200),
    he = math.sqrt(2 / 100), he_uniform = math.sqrt(2 / 100) }
  for init, sd in pairs(expected) do
    local views = net { width = 100, depth = 2, init = init }:views()
    check.near(deviation(views.W2), sd, 0.03 * sd, init)
    check.near(views.W2:mean(), 0, 0.05 * sd, init)
    check.equal(views.b1, ms.zeros(1, 100))
    if init:find "uniform" then check.ok(views.W2:max() <= math.sqrt(3) * sd) end
  end
  local W1 = net { width = 500, input_scale = 0.28 }:views().W1
  check.near(deviation(W1), 0.28, 0.02)
end)

check.test("the seed decides, and the same options make the same model", function()
  check.equal(net().theta, net().theta)
  check.ok(net().theta ~= net { seed = 4 }.theta)
  local m = net { width = 7, domain = ms.box { x = { 0, 1 }, y = { -3, 5 } } }
  local again = model.create(m.options)
  check.equal(again.theta, m.theta)
  check.equal(again.options, m.options)
  local points = ms.sample("uniform", ms.rng(1, "p"), 5, 2)
  check.equal(again:evaluate(points), m:evaluate(points))
end)

--- The network by hand, in numbers.
local function by_hand(m, x)
  local views, options = m:views(), m.options
  local h = {}
  for i, name in ipairs(options.inputs) do
    local limits = options.limits and options.limits[name]
    h[i] = limits and (x[i] - (limits[1] + limits[2]) / 2)
      / ((limits[2] - limits[1]) / 2 / math.sqrt(3)) or x[i]
  end
  for layer = 1, #options.widths + 1 do
    local W, out = views["W" .. layer], {}
    for j = 1, W:size(2) do
      local sum = options.bias and views["b" .. layer]:get(1, j) or 0
      for i = 1, W:size(1) do sum = sum + h[i] * W:get(i, j) end
      out[j] = layer <= #options.widths and activations[options.activation](sum) or sum
    end
    h = out
  end
  return h
end

check.test("values agree with a computation by hand", function()
  local rng = ms.rng(2, "biases")
  for name in pairs(activations) do
    for _, bias in ipairs { true, false } do
      local m = net { activation = name, bias = bias, outputs = { "u", "v" },
        widths = { 5, 3 }, limits = { x = { 0, 3 }, y = { -1, 0.5 } } }
      if bias then rng:normal(m:views().b2) end
      local points = ms.tensor { { 0.5, 0.25 }, { 2, -0.75 }, { 3, 0.5 } }
      local got = m:evaluate(points)
      check.equal(got:shape(), { 3, 2 })
      for i = 1, 3 do
        local wanted = by_hand(m, { points:get(i, 1), points:get(i, 2) })
        for j = 1, 2 do check.near(got:get(i, j), wanted[j], 1e-14, name) end
      end
    end
  end
end)

check.test("evaluate writes into the tensor it is given", function()
  local m, points, out = net(), ms.zeros(3, 2), ms.full({ 3, 1 }, 9)
  check.ok(rawequal(m:evaluate(points, out), out))
  check.equal(out, m:evaluate(points))
end)

check.test("input derivatives agree with finite differences, for every activation",
  function()
  local h = 1e-4
  for name in pairs(activations) do
    local m = net { activation = name, limits = { x = { -1, 1 }, y = { 0, 4 } } }
    local g = ms.graph()
    local c = { x = g:input("x", 1), y = g:input("y", 2) }
    local u = m:build(g, c).u
    local program = g:program { outputs = { u:d("x"), u:d("y", "y"), u:d("x", "y") },
      parameters = m:count(), columns = 2 }
    local got = program:run(m.theta, ms.tensor { { 0.3, 1.7 } })
    local function at(dx, dy)
      return m:evaluate(ms.tensor { { 0.3 + dx * h, 1.7 + dy * h } }):item()
    end
    check.near(got:get(1, 1), (at(1, 0) - at(-1, 0)) / (2 * h), 1e-7, name)
    check.near(got:get(1, 2), (at(0, 1) - 2 * at(0, 0) + at(0, -1)) / h ^ 2, 1e-6, name)
    local mixed = at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)
    check.near(got:get(1, 3), mixed / (4 * h ^ 2), 1e-6, name)
  end
end)

check.test("inputs are standardised from the domain that p.coords carries", function()
  local p = ms.problem "poisson"
  local m = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 1 }
  check.equal(m.options.limits, { x = { 0, 1 }, y = { 0, 1 } })
  check.equal(m.options.inputs, { "x", "y" })
  check.ok(getmetatable(m.options.inputs) == nil)
  local g = ms.graph()
  local x = layers.inputs(m.options, { x = g:input("x", 1), y = g:input("y", 2) },
    layers.HALF_RANGE, true)
  local program = g:program { outputs = { x:column(1), x:column(2) }, columns = 2 }
  local points = ms.sample("grid", ms.rng(1, "p"), 10000, 2)
  local z = program:run(ms.zeros(0), points)
  check.near(z:mean(), 0, 1e-12)
  check.near(z:norm() / math.sqrt(20000), 1, 1e-3)
  m = ms.mlp { inputs = p.coords, outputs = p.fields, standardise = false }
  check.ok(m.options.limits == nil)
  check.ok(net().options.limits == nil)
end)

check.test("activations are open, and work on numbers and tensors", function()
  activations.twice = function(x) return 2 * ms.tanh(x) end
  local m = net { activation = "twice" }
  activations.twice = nil
  m.theta:mul_(2)
  local doubled = m:evaluate(ms.tensor { { 0.1, 0.2 } }):item()
  local same = net { depth = 2 }
  same.theta:copy_(m.theta)
  same:views().W2:mul_(2)
  same:views().W3:mul_(2)
  check.near(same:evaluate(ms.tensor { { 0.1, 0.2 } }):item(), doubled, 1e-15)
  check.near(activations.silu(1.0), 1 / (1 + math.exp(-1)), 1e-15)
  check.near(activations.gelu(ms.tensor { 0.5 }):item(), 0.34573123063700656, 1e-15)
end)

check.test("mistakes in options are named", function()
  local function fails(changes, pattern)
    check.fails(function() net(changes) end, pattern)
  end
  fails({ widht = 3 }, "'mlp' has no option 'widht'; did you mean 'width'?")
  fails({ width = 0 }, "option 'width' of 'mlp' is 0; expected at least 1")
  fails({ depth = 1.5 },
    "'depth' of 'mlp' is 1.5; expected a value of type integer")
  fails({ widths = { 3 }, width = 3 }, "width and depth, or widths, not both")
  fails({ widths = { 3, 0 } }, "widths%[2%] must be a positive whole number, not 0")
  fails({ activation = "relu" }, "activation must be one of gelu, sigmoid, silu, sin")
  fails({ init = "zero" },
    "init must be one of glorot, glorot_uniform, he, he_uniform, not")
  fails({ input_scale = -1 }, "'input_scale' of 'mlp' is %-1")
  fails({ bias = 1 }, "'bias' of 'mlp' is 1; expected a value of type boolean")
  fails({ inputs = {} }, "inputs must be a list of names")
  fails({ outputs = {} },
    "outputs must be a list of names, such as p.coords or p.fields")
  fails({ domain = ms.box { x = { 0, 1 } } }, "no limits for the input \"y\"")
  fails({ domain = { x = { 0, 1 } } }, "domain must be a domain, such as ms.box")
  fails({ limits = { x = 1, y = { 0, 1 } } }, "no limits for the input \"x\"")
  fails({ limits = { x = { 1, 0 }, y = { 0, 1 } } },
    "the limits of x must be two finite, rising numbers, not {1, 0}")
  fails({ limits = { x = { 0, math.huge }, y = { 0, 1 } } }, "not {0, inf}")
  fails({ periodic = { x = math.huge } }, "the period of x must be a positive number")
  fails({ inputs = { "x", "x" } }, 'inputs holds "x" twice')
  fails({ outputs = { "u", "u" } }, 'outputs holds "u" twice')
  fails({ outputs = { "x" } }, '"x" is an input and an output')
  fails({ seed = -1 }, "'seed' of 'mlp' is %-1")
  fails({ periodic = { "z" } }, "periodic: there is no input \"z\"")
  fails({ periodic = { "x" } }, "the period of x is not known")
  fails({ transform = 3 }, "transform must be a function")
  check.fails(function() models.mlp(7) end, "mlp expects a table of options, not 7")
  check.fails(function() model.create { model = "nope" } end,
    "unknown architecture 'nope' %(known: .*mlp")
end)

check.done()
