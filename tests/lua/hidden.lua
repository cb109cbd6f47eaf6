-- Hidden units of models: values, derivatives, sensitivities.
local ms = require "modsync"
local check = require "tests.support.check"

local points = ms.rng(1, "points"):uniform(ms.zeros(11, 2))

local function network(options)
  local settings = { inputs = { "x", "t" }, outputs = { "u", "v" }, width = 5, depth = 2,
    seed = 4 }
  for name, value in pairs(options or {}) do settings[name] = value end
  return ms.model(settings)
end

local function near(a, b, tolerance)
  check.equal(a:shape(), b:shape())
  check.ok((a - b):norm() <= tolerance * (1 + b:norm()), "relative difference "
    .. (a - b):norm() / b:norm())
end

check.test("the layers of an MLP by hand", function()
  local net = network()
  local views, units = net:views(), ms.hidden(net):units(points)
  local first = ms.tanh(points:matmul(views.W1) + views.b1)
  near(units[1], first, 1e-14)
  near(units[2], ms.tanh(first:matmul(views.W2) + views.b2), 1e-14)
  near(net:evaluate(points), units[2]:matmul(views.W3) + views.b3, 1e-14)
end)

check.test("derivatives against differences", function()
  local net = network()
  local H, h = ms.hidden(net), 1e-5
  local function moved(by)
    local there = points:clone()
    there:select(2, 1):add_(by)
    return there
  end
  local above, below = H:units(moved(h), "t"), H:units(moved(-h), "t")
  for layer, slope in pairs(H:units(points, "x", "t")) do
    near(slope, (above[layer] - below[layer]) / (2 * h), 1e-8)
  end
end)

check.test("sensitivities against the layers behind them", function()
  local net = network()
  local H, views = ms.hidden(net), net:views()
  local units, by = H:units(points), H:sensitivities(points, "v")
  -- v = h2 W3 + b3: the last layer's are the weights, the rest follows by the chain rule
  local out = views.W3:select(2, 2):reshape(1, 5)
  near(by[2], ms.zeros(11, 5) + out, 1e-14)
  local slope = 1 - units[2] * units[2]
  near(by[1], (slope * out):matmul(views.W2:transpose(1, 2)), 1e-13)
end)

check.test("other architectures have layers, too", function()
  local own = { ["pirate-net"] = { width = 8, fourier = 4 } }
  for _, model in ipairs { "modified-mlp", "pirate-net", "residual-mlp", "fourier",
    "siren", "chebyshev-kan" } do
    local options = own[model] or {}
    options.model = model
    local net = network(options)
    local before = net:evaluate(points):clone()
    local units = ms.hidden(net):units(points)
    local count = 0
    for layer, values in pairs(units) do
      count = count + 1
      check.equal(values:size(1), 11, model .. " " .. layer)
    end
    check.ok(count >= 2, model)
    near(net:evaluate(points), before, 0)
  end
end)

check.test("layers of a network of sines, of one field, of several passes", function()
  local net = ms.models.separate { inputs = { "x", "t" }, outputs = { "u", "v" },
    each = { model = "siren", width = 4, depth = 2 } }
  local H, views = ms.hidden(net), net:views()
  near(net:evaluate(points):narrow(2, 1, 1),
    H:units(points)["u.2"]:matmul(views["u.W3"]) + views["u.b3"], 1e-14)
  local by = H:sensitivities(points, "u")
  near(by["u.2"], ms.zeros(11, 4) + views["u.W3"]:reshape(1, 4), 1e-14)
  near(by["v.2"], ms.zeros(11, 4), 0)
  local twice = network { model = "fourier", scales = { 1, 5 }, outputs = { "u" } }
  near(twice:evaluate(points),
    ms.hidden(twice):units(points)[2]:matmul(twice:views().W3) + twice:views().b3, 1e-14)
  near(ms.hidden(twice):sensitivities(points, "u")[2],
    ms.zeros(11, 10) + twice:views().W3:reshape(1, 10), 1e-14)
end)

check.test("what cannot be is said", function()
  local H = ms.hidden(network())
  check.fails(function() H:units(points, "z") end,
    'hidden: there is no coordinate "z" %(inputs: x, t%)')
  check.fails(function() H:units(points, "x", "x", "x", "x", "x", "x", "x") end,
    "derivatives of order 7, expected at most 6")
  check.fails(function() H:units(ms.zeros(3, 5)) end, "a tensor of n x 2")
  check.fails(function() H:sensitivities(points, "w") end, "no field \"w\"")
  check.fails(function() ms.hidden(3) end, "expects a model")
end)

check.done()
