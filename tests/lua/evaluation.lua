-- Points of a problem become inputs of a model by name, wherever a model is evaluated.
local ms = require "modsync"
local check = require "tests.support.check"

local function problem(more)
  local description = {
    name = "order", coords = { "x", "t" }, fields = { "u", "v" },
    domain = ms.box { x = { 0, 1 }, t = { 0, 2 } },
    terms = { { name = "residual", on = "interior", points = 50,
      expr = function(s) return s.u - s.x, s.v - 2 * s.t end } },
    exact = { u = function(s) return s.x end, v = function(s) return 2 * s.t end },
  }
  for key, value in pairs(more or {}) do description[key] = value end
  return ms.problem(description)
end

--- A model without hidden layers that makes u = x, v = 2 t, whatever its order.
local function exact_model(inputs, outputs)
  local slopes = { x = { u = 1 }, t = { v = 2 } }
  local net = ms.model { inputs = inputs, outputs = outputs, standardise = false,
    params = { { "W", #inputs, #outputs } },
    forward = function(x, p) return x:matmul(p.W) end }
  for i, input in ipairs(inputs) do
    for j, output in ipairs(outputs) do
      net:views().W:set(i, j, slopes[input][output] or 0)
    end
  end
  return net
end

local orders = {
  { { "x", "t" }, { "u", "v" } }, { { "t", "x" }, { "u", "v" } },
  { { "x", "t" }, { "v", "u" } }, { { "t", "x" }, { "v", "more", "u" } },
}

check.test("errors go by the names of inputs and outputs", function()
  local p = problem()
  for _, order in ipairs(orders) do
    local net = exact_model(order[1], order[2])
    local L = p:losses(net)
    check.near(L:values():get(1), 0, 1e-25)
    local errors, sizes = L:relative_l2()
    check.near(errors.u + errors.v, 0, 1e-12)
    check.near(sizes.u, 1, 1e-12)
    check.near(sizes.v, 1, 1e-12)
    local points = ms.tensor { { 0.25, 1.5 }, { 0.5, 0.125 } }
    check.near(p:evaluate(net, points), p:exact(points), 1e-14)
  end
end)

check.test("a model that does not depend on every coordinate", function()
  local p = problem { fields = { "u" }, exact = { u = function(s) return s.x end },
    terms = { { name = "residual", on = "interior", points = 50,
      expr = function(s) return s.u_x - 1, s.u_t end } } }
  local run = ms.train { problem = p, steps = 3, report = "quiet",
    net = exact_model({ "x" }, { "u" }) }
  check.ok(run.rel_l2.u < 0.01)
  check.equal(run.stopped, "finished")
  check.near(p:evaluate(run.net, ms.zeros(3, 2), "u_t"), ms.zeros(3, 1), 0)
end)

check.test("pictures and hidden units", function()
  local p = problem()
  local net = ms.mlp { inputs = { "t", "x" }, outputs = { "v", "u" }, width = 5,
    depth = 1, domain = p.domain }
  local same = ms.mlp { inputs = p.coords, outputs = p.fields, width = 5, depth = 1 }
  same:views().W1:row(1):copy_(net:views().W1:row(2))
  same:views().W1:row(2):copy_(net:views().W1:row(1))
  same:views().W2:narrow(2, 1, 1):copy_(net:views().W2:narrow(2, 2, 1))
  same:views().W2:narrow(2, 2, 1):copy_(net:views().W2:narrow(2, 1, 1))
  local points = p:losses(net):points_of "residual"
  check.near(p:evaluate(net, points), same:evaluate(points), 1e-14)
  local H, plain = ms.hidden(net, p.coords), ms.hidden(same)
  check.near(H:units(points)[1], plain:units(points)[1], 1e-14)
  check.near(H:units(points, "t")[1], plain:units(points, "t")[1], 1e-14)
  check.near(H:sensitivities(points, "u")[1], plain:sensitivities(points, "u")[1], 1e-14)
  check.fails(function() ms.hidden(net, { "x" }):units(ms.zeros(1, 1)) end,
    "no column for the model's input \"t\" %(columns: x%)")
  local files = {}
  for i, model in ipairs { net, same } do
    files[i] = check.scratch(("order-%d.svg"):format(i))
    local run = ms.train { problem = p, net = model, steps = 1, report = "quiet",
      optimizer = ms.optim.sgd { lr = 0 } }
    check.ok(require "modsync.picture".fields(run, files[i]))
    local file = check.ok(io.open(files[i]))
    files[i] = file:read "a"
    file:close()
  end
  check.ok(files[1] == files[2], "the same picture")
end)

check.test("pruning that looks at hidden units", function()
  local p, scores = problem(), {}
  for i, inputs in ipairs { { "x", "t" }, { "t", "x" } } do
    local net = ms.mlp { inputs = inputs, outputs = p.fields, width = 6, depth = 2,
      domain = p.domain, seed = 3 }
    if i == 2 then -- the same function
      local W = net:views().W1
      local first = W:row(1):clone()
      W:row(1):copy_(W:row(2))
      W:row(2):copy_(first)
    end
    local run = ms.train { problem = p, net = net, steps = 2, report = "quiet",
      optimizer = ms.optim.sgd { lr = 0 },
      prune = "obs:density=0.5,schedule=one-shot,start=0" }
    scores[i] = run.net:views().W2:clone()
  end
  check.near(scores[2], scores[1], 1e-9)
end)

check.test("inputs that are written out are standardised, or it is said", function()
  local p = problem { domain = ms.box { x = { 0, 100 }, t = { -1, 1 } } }
  local function function_of(settings)
    settings.width, settings.depth = 5, 1
    local run = ms.train { problem = p, net = settings, steps = 1, report = "quiet" }
    return run.net:evaluate(ms.ones(1, #run.net.inputs) * 0.7), run
  end
  local u, whole = function_of { inputs = p.coords }
  check.equal(function_of { inputs = { "x", "t" } }, u)
  local _, turned = function_of { inputs = { "t", "x" }, outputs = { "v", "u" } }
  check.equal(turned.net.options.limits, { x = { 0, 100 }, t = { -1, 1 } })
  local _, one = function_of { inputs = { "x" } }
  check.equal(one.net.options.limits, { x = { 0, 100 } })
  local _, own = function_of { inputs = { "x", "t" },
    domain = ms.box { x = { 0, 1 }, t = { 0, 1 } } }
  check.equal(own.net.options.limits.x, { 0, 1 })
  check.equal(whole.net.options.limits, turned.net.options.limits)

  local plain = { inputs = { "x", "t" }, outputs = { "u", "v" }, width = 3, depth = 1 }
  local net = ms.mlp(plain)
  check.fails(function() p:losses(net) end, "problem \"order\": the model does not "
    .. "standardise its input \"x\", which runs from 0 to 100: make it with inputs = ")
  check.ok(problem():losses(net), "about standardised")
  local narrow = problem { domain = ms.box { x = { 0, 1 }, t = { 0, 0.25 } } }
  check.fails(function() narrow:losses(net) end, "its input \"t\", which runs from 0 to")
  plain.standardise = false
  check.ok(p:losses(ms.mlp(plain)))
  plain.standardise, plain.domain = nil, p.domain
  check.ok(p:losses(ms.mlp(plain)))
  plain.domain, plain.periodic = nil, { x = 100 }
  check.ok(p:losses(ms.mlp(plain)), "periodic inputs need no limits")
end)

check.test("conditions and coefficients with outputs that are written out", function()
  local p = problem { parameters = { k = { start = 3 } },
    hard = function(s, f) return { u = s.x * f.u, v = f.v } end }
  local run = ms.train { problem = p, steps = 1, report = "quiet",
    net = { outputs = { "v", "u" }, width = 3, depth = 1 } }
  check.equal(p:evaluate(run.net, ms.zeros(1, 2), "u"):item(), 0)
  check.ok(run:coefficients().k)
end)

check.test("a checkpoint of a model with inputs that were written out", function()
  local p = problem { domain = ms.box { x = { 0, 100 }, t = { -1, 1 } } }
  local net = ms.mlp { inputs = { "x", "t" }, outputs = { "u", "v" }, width = 3 }
  local losses = require "modsync.losses".new(p, net, {}, { "residual" })
  local run = ms.train { losses = losses, steps = 2, holdout = true, report = "quiet" }
  local path, points = check.scratch "written-out.npz", ms.tensor { { 70, 0.5 } }
  check.ok(run:save(path))
  local again = check.ok(ms.load(path, { problem = p }))
  check.equal(again.net:evaluate(points), run.net:evaluate(points))
  check.equal(again:resume({ steps = 4, report = "quiet" }).stopped, "finished")
end)

check.test("derivatives of a model at points", function()
  local net = ms.mlp { inputs = { "x", "theta" }, outputs = { "u", "v" }, width = 6,
    depth = 2, seed = 2 }
  local points, h = ms.tensor { { 0.3, 0.7 }, { -0.2, 0.1 } }, 1e-4
  local function at(dx)
    return net:evaluate(points + ms.tensor { { dx, 0 } })
  end
  local got = net:evaluate(points, { "v", "u_x", "u_xx" })
  check.equal(got:shape(), { 2, 3 })
  check.near(got:narrow(2, 1, 1), at(0):narrow(2, 2, 1), 0)
  check.near(got:narrow(2, 2, 1), (at(h) - at(-h)):narrow(2, 1, 1) / (2 * h), 1e-8)
  check.near(got:narrow(2, 3, 1), (at(h) + at(-h) - 2 * at(0)):narrow(2, 1, 1) / h ^ 2,
    1e-6)
  check.equal(net:evaluate(points, "u_xx"), got:narrow(2, 3, 1))
  local function flux(s) return s.x * s.u_x, s.u:d "theta" end
  local made = net:evaluate(points, flux)
  check.near(made:select(2, 1), got:select(2, 2) * points:select(2, 1), 1e-14)
  local out = ms.zeros(2, 2)
  check.ok(rawequal(net:evaluate(points, flux, out), out))
  check.equal(out, made)
  net.theta:mul_(0.5)
  check.ok(net:evaluate(points, flux) ~= made, "at the parameters as they are")
end)

check.test("a function of s means what it means at the call", function()
  local p = problem()
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 1 }
  local points, factor = ms.tensor { { 0.5, 0.5 } }, 1
  local function scaled(s) return s.u * factor end
  local u, of_p = net:evaluate(points, scaled), p:evaluate(net, points, scaled)
  factor = 2
  check.equal(net:evaluate(points, scaled), 2 * u)
  check.equal(p:evaluate(net, points, scaled), 2 * of_p)
end)

check.test("a model of one's own, without options and coefficients", function()
  local p = problem { fields = { "u" }, exact = { u = function(s) return s.x end },
    terms = { { name = "residual", on = "interior", points = 50,
      expr = function(s) return s.u_x - 1 end } } }
  local own = { inputs = { "t", "x" }, outputs = { "u" }, theta = ms.ones(1) * 3,
    layout = {}, count = function() return 1 end,
    build = function(_, g, s) return { u = s.x * g:parameter(0, 1, 1) } end }
  local L = p:losses(own)
  check.near(L:values():get(1), 4, 1e-12)
  check.near(L:relative_l2().u, 2, 1e-12)
  check.near(p:evaluate(own, ms.tensor { { 0.5, 0.25 } }, "u_x"):item(), 3, 1e-14)
end)

check.test("of a problem, with its coefficients and conditions", function()
  local p = problem { parameters = { k = { start = 3 } },
    hard = function(s, f) return { u = s.x * f.u, v = f.v } end }
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 1 }
  local points = ms.tensor { { 0, 1 }, { 0.5, 0.5 } }
  local got = p:evaluate(net, points, function(s) return s.u, s.k * s.t end)
  check.equal({ got:get(1, 1), got:get(1, 2), got:get(2, 2) }, { 0, 3, 1.5 })
  local by_row = ms.mlp { inputs = { "t", "x" }, outputs = { "u" } }
  check.fails(function() p:evaluate(by_row, points) end, "there is no s.v")
end)

check.test("misuse of evaluate", function()
  local net = ms.mlp { inputs = { "x", "t" }, outputs = { "u" }, width = 3, depth = 1 }
  local points = ms.zeros(2, 2)
  for _, case in ipairs {
    { {}, "expected names such as" }, { 3, "expected names such as" },
    { { 3 }, "the names must be text, not 3" }, { "w", "there is no s.w" },
    { "u_y", "tests/lua/evaluation.lua:%d+: evaluate: s.u_y: u cannot be" },
    { function() end, "returns nothing" },
    { function() return 1 end, "value 1 is 1; expected an expression" },
    { function(s) return ms.concat { s.x, s.t } end, "one of 2 columns" },
  } do
    check.fails(function() net:evaluate(points, case[1]) end, case[2])
  end
  check.fails(function() net:evaluate(ms.zeros(2, 3), "u") end, "tensor of n x 2")
  check.fails(function() problem():evaluate(net, points) end,
    "evaluation.lua:%d+: evaluate: there is no s.v")
  for _, case in ipairs { { nil, "nil" }, { points, "a tensor" }, { {}, "a table" } } do
    check.fails(function() problem():evaluate(case[1], net) end,
      "tests/lua/evaluation.lua:%d+: evaluate expects a model, .*, not " .. case[2])
  end
end)

check.done()
