-- What a loss is made of beside its residual: forms, outers, weights of points, terms
-- that reduce over their points.
local check = require "tests.support.check"
local finite = require "tests.support.finite"
local ms = require "modsync"

local function problem(terms, more)
  local given = { name = "forms", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { -1, 1 } }, terms = terms }
  for key, value in pairs(more or {}) do given[key] = value end
  return ms.problem(given)
end

local function term(changes)
  local given = { name = "r", on = "interior", points = 40,
    expr = function(s) return 3 * (s.u_x - 0.2), s.u - s.x end }
  for key, value in pairs(changes or {}) do given[key] = value end
  return given
end

local function losses(changes, options, more)
  local p = problem({ term(changes) }, more)
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, widths = { 4, 3 } }
  return p:losses(net, options)
end

--- Mean over the points of the sum of fn over the expressions.
local function mean_of(fn, r)
  local sum = 0
  for i = 1, r:size(1) do
    for j = 1, r:size(2) do sum = sum + fn(r:get(i, j)) end
  end
  return sum / r:size(1)
end

local by_hand = {
  { nil, function(r) return r * r end },
  { "squared", function(r) return r * r end },
  { "absolute", math.abs },
  { "huber", function(r) r = math.abs(r) return r < 1 and r * r or 2 * r - 1 end },
  { { name = "huber", delta = 0.3 },
    function(r) r = math.abs(r) return r < 0.3 and r * r or 0.3 * (2 * r - 0.3) end },
  { "huber:delta=0.3",
    function(r) r = math.abs(r) return r < 0.3 and r * r or 0.3 * (2 * r - 0.3) end },
  { "log_cosh", function(r) return math.log((math.exp(r) + math.exp(-r)) / 2) end },
  { "p_norm", function(r) return r ^ 4 end },
  { { name = "p_norm", p = 1.5 }, function(r) return math.abs(r) ^ 1.5 end },
  { function(r) return ms.exp(-r) end, function(r) return math.exp(-r) end },
}

--- The gradients of all terms against finite differences.
local function check_gradients(L, tolerance)
  local _, G = L:evaluate()
  local expected = finite.gradient(function() return L:values():clone() end, L.net.theta,
    1e-4)
  for k = 1, G:size(1) do
    check.near(G:row(k), ms.tensor(expected[k]), tolerance or 1e-8)
  end
end

check.test("forms of the residual", function()
  for i, case in ipairs(by_hand) do
    local L = losses { form = case[1] }
    check.near(L:values():get(1), mean_of(case[2], L:residuals "r"), 1e-14, "form " .. i)
    local smooth = i ~= 3 and i ~= 4 and i ~= 5
    check_gradients(L, smooth and 1e-8 or 1e-4)
  end
end)

check.test("monotone functions of the whole", function()
  for _, case in ipairs {
    { "sqrt", math.sqrt }, { "log", math.log },
    { function(v) return v ^ 0.25 end, function(v) return v ^ 0.25 end },
  } do
    local L = losses { outer = case[1], form = "p_norm" }
    local plain = losses { form = "p_norm" }
    check.near(L:values():get(1), case[2](plain:values():get(1)), 1e-14)
    check_gradients(L)
  end
end)

check.test("log cosh has all digits, of small and of large residuals", function()
  local g = ms.graph()
  local f = ms.forms.log_cosh(g:input("r", 1))
  local program = g:program { outputs = { f, f:d "r", f:d("r", "r") }, columns = 1 }
  local r = ms.tensor { 0, 1e-9, -1e-4, 3, -700, 1e200 }
  local got = program:run(ms.zeros(0), r:reshape(6, 1))
  local function cosh(x) return (math.exp(x) + math.exp(-x)) / 2 end
  local values = { 0, 0.5e-18, 0.5e-8 - 1e-16 / 12, math.log(cosh(3)),
    700 - math.log(2), 1e200 }
  for i, value in ipairs(values) do
    local slope = ms.tanh(r[i])
    check.near(got:get(i, 1), value, 4e-16 * value)
    check.near(got:get(i, 2), slope, 4e-16 * math.abs(slope))
    check.near(got:get(i, 3), 1 - slope ^ 2, 1e-15)
  end
end)

check.test("misuse of forms", function()
  for _, case in ipairs {
    { { name = "huber", dleta = 1 },
      'form huber has no option .dleta.; did you mean .delta.%? %(known: name, delta%)' },
    { { name = "huber", delta = -1 }, "form: delta must be a positive number, not %-1" },
    { { name = "p_norm", p = 0 }, "form: p must be a positive number, not 0" },
    { { name = "squared", p = 2 }, 'form squared has no option .p. %(known: name%)' },
    { { name = "huber", delta = "1" }, 'form: delta must be a number, not "1"' },
    { "check", 'form must be one of .*, or a function, not "check"' },
    { function() end, "forms.lua:%d+: the form must return one expression, not nil" },
    { function() return 3 end, "the form must return one expression, not 3" },
    { function(r) return ms.concat { r, r } end, "expression, not one of 2 columns" },
    { function(r) return r > 0 end, "forms.lua:%d+: a symbol cannot be .* %(form%)" },
  } do
    check.fails(function() losses { form = case[1] } end, case[2])
  end
  check.fails(function() losses { outer = function() end } end,
    "forms.lua:%d+: the outer must return one expression, not nil")
  check.fails(function() losses { outer = function(v) return v < 1 end } end,
    "forms.lua:%d+: a symbol cannot be .* %(outer%)")
end)

check.test("forms among the options of the losses, and in a checkpoint", function()
  local options = { terms = { r = { form = { name = "huber", delta = 0.3 },
    outer = "log" } } }
  local L = losses({}, options)
  check.near(L:values():get(1), losses({ form = { name = "huber", delta = 0.3 },
    outer = "log" }):values():get(1), 1e-15)
  check.equal(L.options.terms.r.form, { name = "huber", delta = 0.3 })
  local run = ms.train { problem = "poisson", net = { width = 4, depth = 1 }, steps = 2,
    losses = { boundary = 8, terms = { residual = { points = 20, form = "log_cosh" } } },
    report = false }
  local file = check.scratch "forms.npz"
  check.ok(run:save(file))
  local again = check.ok(ms.load(file))
  check.equal(again.losses:values(), run.losses:values())
  check.equal(again.losses.options, run.losses.options)
end)

check.test("the table of forms is open", function()
  ms.forms.quartic = function(r, o) return (o and o.factor or 1) * r ^ 4 end
  local L = losses { form = { name = "quartic", factor = 2 } }
  check.near(L:values():get(1), 2 * mean_of(function(r) return r ^ 4 end,
    L:residuals "r"), 1e-14)
  ms.forms.quartic = nil
end)

check.test("a term that is a mean over its points", function()
  local p = problem {
    { name = "mass", on = "interior", points = 30,
      expr = function(s) return ms.mean(s.u) - 1 end },
    { name = "both", on = "interior", points = 30, form = "absolute",
      expr = function(s) return ms.mean(s.u * s.u) - 2, s.u_x end } }
  local L = p:losses(ms.mlp { inputs = p.coords, outputs = p.fields, width = 4 })
  local u = L.net:evaluate(L:points_of "mass")
  check.near(L:values():get(1), (u:mean() - 1) ^ 2, 1e-14)
  local both = L:residuals "both"
  check.near(L:values():get(2), math.abs((u * u):mean() - 2)
    + mean_of(math.abs, both:narrow(2, 2, 1)), 1e-14)
  check_gradients(L, 1e-6)
end)

check.test("a term that is 0 has a gradient of 0 under transforms that are steep there",
  function()
  local function at_zero(changes)
    changes.expr = function(s) return s.u - s.u_x * 0 end
    local L = losses(changes, { redraw = false })
    L.net.theta:fill_(0)
    L.net.theta:narrow(1, 1, 4):fill_(1) -- u is 0, its derivative by the last layer not
    local values, G = L:evaluate()
    check.equal(G:row(1), ms.zeros(L.net:count()))
    check.equal(ms.curvature(L):hessian_product(ms.zeros(L.net:count())),
      ms.zeros(L.net:count()))
    return values:get(1)
  end
  check.equal(at_zero { outer = "sqrt" }, 0)
  check.equal(at_zero { outer = "sqrt", form = "absolute" }, 0)
  check.equal(at_zero { outer = "log" }, -math.huge)
  check.equal(at_zero { form = { name = "p_norm", p = 0.5 } }, 0)
  local half = losses { form = { name = "p_norm", p = 0.5 } }
  check.near(half:values():get(1),
    mean_of(function(r) return math.abs(r) ^ 0.5 end, half:residuals "r"), 1e-13)
  -- what has no root has none still
  local L = losses { outer = "sqrt", form = function(r) return -r * r end }
  check.ok(L:values():get(1) ~= L:values():get(1))
  local run = ms.train { problem = problem { term { outer = "log",
    expr = function(s) return s.u * 0 end } }, net = { width = 4, depth = 1 }, steps = 2,
    report = false }
  check.equal(run.stopped, "diverged")
end)

check.test("weights of points", function()
  local L = losses()
  local before = L:values():get(1)
  local w = L:weights_of "r"
  check.equal(w:shape(), { 40 })
  check.equal(w:sum(), 40)
  check.equal(L:values():get(1), before)
  check.equal(L:points_of("r"):shape(), { 40, 1 })
  for i = 1, 40 do w[i] = i / 7 end
  local r, sum = L:residuals "r", 0
  for i = 1, 40 do sum = sum + i / 7 * (r:get(i, 1) ^ 2 + r:get(i, 2) ^ 2) end
  check.near(L:values():get(1), sum / 40, 1e-13)
  check_gradients(L)
  L:gradients()
  L:gradients() -- draws new points
  check.equal(w:get(14), 2)
  check.ok(rawequal(L:weights_of "r", w))
  check.ok(L:residuals "r" ~= r)
end)

check.test("weights of one term leave its neighbours alone", function()
  local p = problem { term {}, term { name = "other" } }
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, widths = { 4 } }
  local L, plain = p:losses(net), p:losses(net)
  check.equal(#L.groups, 1)
  L:weights_of("other"):fill_(3)
  check.near(L:values():get(1), plain:values():get(1), 1e-15)
  check.near(L:values():get(2), 3 * plain:values():get(2), 1e-14)
  L:weights_of("r"):fill_(0)
  check.equal(L:values():get(1), 0)
  check.near(L:values():get(2), 3 * plain:values():get(2), 1e-14)
end)

check.test("weights that were handed out stay in use when a neighbour gets its own",
  function()
  local p = problem { term {}, term { name = "other" }, term { name = "third" } }
  local L = p:losses(ms.mlp { inputs = p.coords, outputs = p.fields, widths = { 4 } })
  local plain = L:values():clone()
  check.equal(#L.groups, 1)
  local third = L:weights_of "third":fill_(5) -- the last column first
  local r = L:weights_of "r"
  local other = L:weights_of "other"
  r:fill_(0)
  other:fill_(2)
  check.near(L:values(), plain * ms.tensor { 0, 2, 5 }, 1e-13)
  third:fill_(1)
  r:fill_(3)
  check.near(L:values(), plain * ms.tensor { 3, 2, 1 }, 1e-13)
  check.near(L:evaluate(), L:values(), 1e-13)
  check.ok(rawequal(L:weights_of "third", third) and rawequal(L:weights_of "r", r))
  L:restore(L:state())
  r:fill_(7)
  check.near(L:values(), plain * ms.tensor { 7, 2, 1 }, 1e-13)
  check_gradients(L)
end)

check.test("weights in micro-batches: those of training points, none of fresh ones",
  function()
  local L = losses()
  local G = ms.zeros(1, L.net:count())
  for sample in L:micro { batches = 4, source = "train" } do G:add_(sample) end
  L:weights_of("r"):fill_(2)
  local weighted, fresh = ms.zeros(1, L.net:count()), nil
  for sample in L:micro { batches = 4, source = "train" } do weighted:add_(sample) end
  check.near(weighted, G * 2, 1e-13)
  fresh = L:micro { batches = 1 }():clone()
  local plain = losses()
  check.equal(plain:micro { batches = 1 }(), fresh)
end)

check.test("weights come back with a state and with a checkpoint", function()
  local L, M = losses(), losses()
  ms.rng(1, "w"):uniform(L:weights_of "r")
  L:gradients()
  M:restore(L:state())
  check.equal(M:values(), L:values())
  local settings = { problem = "poisson", net = { width = 4, depth = 1 }, steps = 2,
    losses = { residual = 20, boundary = 8 }, report = false,
    callback = function(run) run.losses:weights_of("boundary"):add_(1) end }
  local run, file = ms.train(settings), check.scratch "weights.npz"
  check.ok(run:save(file))
  local again = check.ok(ms.load(file))
  check.equal(again.losses:weights_of "boundary", ms.full({ 8 }, 3))
  check.equal(again.losses:values(), run.losses:values())
end)

check.test("weights given with the points", function()
  local points = ms.tensor { { -0.5 }, { 0.1 }, { 0.9 } }
  local L = losses { on = points, points = 3, weights = ms.tensor { 1, 0, 2 } }
  local r = L:residuals "r"
  check.near(L:values():get(1), (r:row(1):norm() ^ 2 + 2 * r:row(3):norm() ^ 2) / 3,
    1e-14)
end)

check.test("points of an integral take no weights", function()
  check.fails(function()
    losses { on = ms.tensor { { -0.5 }, { 0.9 } }, points = 2,
      weights = ms.tensor { 1, 2 }, expr = function(s) return ms.mean(s.u) - 1 end }
  end, "losses: the expressions of term \"r\" are means over its points, which take no")
  check.fails(function()
    losses({ expr = function(s) return ms.mean(s.u) - 1 end },
      { terms = { r = { weighted = true } } })
  end, "losses: the expressions of term \"r\" are means over its points, which take no")
end)

check.test("curvature of forms and weights", function()
  local L = losses({ form = "log_cosh", outer = "sqrt" }, { redraw = false })
  ms.rng(1, "w"):uniform(L:weights_of "r")
  local v = ms.rng(2, "v"):normal(ms.zeros(L.net:count()))
  local start = L.net.theta:clone()
  local expected = finite.slope(function(t)
    L.net.theta:copy_(start + v * t)
    local _, G = L:evaluate()
    return G:row(1):clone()
  end, 0, 1e-3)
  L.net.theta:copy_(start)
  check.near(ms.curvature(L):hessian_product(v), expected, 1e-8 * expected:norm())
end)

check.test("mistakes are named", function()
  check.fails(function() losses { form = "square" } end,
    "form must be one of absolute, huber, log_cosh, p_norm, squared, or a function, not")
  check.fails(function() losses { form = { name = "huber", delta = "x" } } end,
    "delta must be a number")
  check.fails(function() losses { form = "hubber" } end, "did you mean \"huber\"?")
  check.fails(function() losses { form = { "huber", 0.1 } } end,
    "not a table; options have names: { name = \"huber\", delta = 0.1 }")
  check.fails(function() losses { form = "huber:delta" } end,
    "form: 'delta' in \"huber:delta\" is not of the form option=value")
  check.fails(function() losses { form = "huber:delta=x" } end, "delta must be a number")
  check.fails(function() losses { form = "huber:p=2" } end, "no option 'p'")
  check.fails(function() losses({}, { terms = { r = { form = "square" } } }) end,
    "p_norm, squared, not \"square\"")
  check.fails(function() losses({}, { terms = { r = { outer = "exp" } } }) end,
    "outer must be sqrt or log, not")
  check.fails(function() losses { outer = "exp" } end, "outer must be sqrt, log or")
  check.fails(function() losses({}, { terms = { r = { form = math.abs } } }) end,
    "a function cannot be form here")
  check.fails(function() losses { weights = ms.ones(40) } end, "points of their own")
  check.fails(function()
    losses { on = ms.zeros(3, 1), points = 3, weights = ms.ones(2) }
  end, "weights must be a tensor of 3 numbers")
  for _, case in ipairs { { -1, "%-1" }, { 0 / 0, "nan" }, { math.huge, "inf" } } do
    check.fails(function()
      losses { on = ms.zeros(3, 1), points = 3, weights = ms.tensor { 0, case[1], 2 } }
    end, "the weight of point 2 is " .. case[2] .. ": weights must be finite and")
  end
  check.fails(function() losses():weights_of "q" end, "no term \"q\"")
end)

check.done()
