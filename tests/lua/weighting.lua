-- Loss weightings against their closed forms, their fixed points, and degenerate input.
local ms = require "modsync"
local check = require "tests.support.check"

local G = ms.tensor { { 3, -4, 0, 1 }, { 0.5, 0.25, -0.25, 1 }, { 0, 2, 0, 0 } }
local values = ms.tensor { 4, 0.5, 2 }

local function weights(name, options, at, rows)
  return ms.weighting[name](options or {}):weights(at or values, rows or G)
end

--- A problem in time with one unknown, for what needs losses.
local function losses(options)
  local p = ms.problem "burgers"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 6, depth = 2,
    seed = 3 }
  return p:losses(net, options or { residual = 40, redraw = 0 }), net
end

check.test("fixed", function()
  check.equal(weights "fixed":totable(), { 1, 1, 1 })
  check.equal(weights("fixed", { factors = { 1, 5, 0 } }):totable(), { 1, 5, 0 })
  local L = losses()
  local w = ms.weighting.fixed { factors = { boundary = 100 } }:weights(values, G, L)
  for k, name in ipairs(L.names) do
    check.equal(w:get(k), name == "boundary" and 100 or 1)
  end
  check.fails(function()
    ms.weighting.fixed { factors = { walls = 2 } }:weights(values, G, L)
  end, "no term walls %(known: ")
  check.fails(function() weights("fixed", { factors = { boundary = 2 } }) end, "bind")
  check.fails(function() weights("fixed", { factors = { -1 } }) end, "is %-1; expected")
end)

check.test("lra: both fixed points, and the scale of a loss", function()
  local plain = weights("lra", { momentum = 0 })
  check.near(plain, { 1, 4 / 0.5, 4 / 0.5 }, 1e-14)
  local scaled = G:clone()
  scaled:row(2):mul_(100)
  check.near(weights("lra", { momentum = 0 }, values, scaled)[2], plain[2] / 100, 1e-14)
  for point, expected in pairs { plain = 8, weighted = 8 ^ 0.5 } do
    local w = ms.weighting.lra { every = 1, momentum = 0.9, fixed_point = point }
    local now
    for _ = 1, 400 do now = w:weights(values, G) end
    check.near(now, { 1, expected, expected }, 1e-9)
  end
end)

check.test("lra: several residuals are one reference, and means by layer", function()
  local L, net = losses()
  local _, rows = L:gradients()
  local w = ms.weighting.lra { momentum = 0, mean = "layers" }:weights(values, rows, L)
  local k = 2
  local sum = 0
  for _, part in ipairs(net.layout) do
    local share = rows:row(k):narrow(1, part.offset + 1, part.rows * part.cols)
    sum = sum + ms.abs(share):mean() / #net.layout
  end
  check.near(w:get(k), ms.abs(rows:row(1)):max() / sum, 1e-9 * w:get(k))
  local stub = { names = { "residual_u", "wall", "residual_v" }, net = net }
  w = ms.weighting.lra { momentum = 0 }:weights(values, G, stub)
  check.near(w, { 1, 3 / 0.5, 1 }, 1e-14) -- of their sum
end)

check.test("gradient-norm balance", function()
  local w = weights("gradient_norm_balance", { momentum = 0 })
  local mean = (26 ^ 0.5 + G:row(2):norm() + 2) / 3
  for k = 1, 3 do check.near(w:get(k) * G:row(k):norm(), mean, 1e-14) end
  check.equal(ms.weighting.gradnorm_balance().name, "gradient-norm-balance")
  local kept = weights("gradient_norm_balance")
  check.near(kept:get(1), 0.9 + 0.1 * w:get(1), 1e-14)
end)

check.test("ntk: traces from the Jacobians of all points", function()
  local L = losses { residual = 12, boundary = 6, initial = 5, redraw = 0 }
  local C = ms.curvature(L)
  for _, mean in ipairs { false, true } do
    local w = ms.weighting.ntk { points = 100, trace = mean and "mean" or "sum" }
      :weights(values, G, L)
    local products, sum = {}, 0
    for k, name in ipairs(L.names) do
      local J = C:jacobian(name)
      local trace = J:norm() ^ 2 / (mean and J:size(1) or 1)
      products[k], sum = w:get(k) * trace, sum + trace
    end
    for k = 1, #products do check.near(products[k], sum, 1e-9 * sum) end
  end
  local some = ms.weighting.ntk { points = 3 }:weights(values, G, L)
  check.ok(some:is_finite() and some:min() > 1)
  check.fails(function() weights "ntk" end, "needs the losses")
end)

check.test("gradnorm: equal rates lead to equal norms", function()
  local w = ms.weighting.gradnorm { rate = 1e-3 }
  local now
  for step = 1, 4000 do now = w:weights(values * (0.999 ^ step), G) end
  check.near(now:sum(), 3, 1e-12)
  local products = {}
  for k = 1, 3 do products[k] = now:get(k) * G:row(k):norm() end
  for k = 2, 3 do check.near(products[k] / products[1], 1, 0.01) end
  -- a term that falls behind gets more
  w = ms.weighting.gradnorm { rate = 1e-3, alpha = 1 }
  local slow = values:clone()
  for _ = 1, 4000 do
    now = w:weights(slow, G)
    slow:set(1, values:get(1) / 2)
  end
  check.near(now:get(2) * G:row(2):norm() / (now:get(1) * 26 ^ 0.5), 2, 0.02)
  check.fails(function() weights("gradnorm", { part = "W9" }) end, "no part 'W9'")
end)

check.test("relobralo", function()
  local function after(options)
    local w = ms.weighting.relobralo(options)
    w:weights(values, G)
    w:weights(ms.tensor { 3, 0.5, 1 }, G)
    return w:weights(ms.tensor { 1, 0.5, 1 }, G)
  end
  local function softmax(x, y, z)
    local e = { math.exp(x), math.exp(y), math.exp(z) }
    local sum = e[1] + e[2] + e[3]
    return { 3 * e[1] / sum, 3 * e[2] / sum, 3 * e[3] / sum }
  end
  check.near(after { alpha = 0, rho = 1 }, softmax(1 / 3, 1, 1), 1e-14)
  check.near(after { alpha = 1, rho = 0 }, softmax(1 / 4, 1, 1 / 2), 1e-14)
  check.near(after { alpha = 1, rho = 1 }, { 1, 1, 1 }, 1e-14)
  check.near(after { alpha = 0, temperature = 1e9 }, { 1, 1, 1 }, 1e-8)
  local w, rng = ms.weighting.relobralo { alpha = 0.9, rho = 0.5, temperature = 0.1 }, nil
  rng = ms.rng(1, "test")
  for _ = 1, 50 do
    check.near(w:weights(rng:uniform(ms.zeros(3)):add_(0.1), G):sum(), 3, 1e-12)
  end
end)

check.test("softadapt", function()
  local w = ms.weighting.softadapt { sharpness = 2 }
  check.equal(w:weights(values, G):totable(), { 1, 1, 1 })
  local now = w:weights(values + ms.tensor { 0.5, 0, 0 }, G)
  check.near(now, { 3 * math.exp(1) / (math.exp(1) + 2), 3 / (math.exp(1) + 2),
    3 / (math.exp(1) + 2) }, 1e-13)
end)

check.test("uncertainty: s is the log of the loss", function()
  local w, now = ms.weighting.uncertainty { rate = 0.01 }, nil
  check.near(w:weights(values, G), { 0.5, 0.5, 0.5 }, 1e-14)
  for _ = 1, 4000 do now = w:weights(values, G) end
  check.near(w:state().s, { math.log(4), math.log(0.5), math.log(2) }, 1e-3)
  check.near(now, { 1 / 8, 1, 1 / 4 }, 1e-3)
end)

check.test("imtl-l: every weighted loss goes to 1", function()
  local w, now = ms.weighting.imtl_l { rate = 0.01 }, nil
  check.equal(w:weights(values, G):totable(), { 1, 1, 1 })
  now = w:weights(values, G) -- Adam's first step is one rate long
  check.near(now, { math.exp(-0.01), math.exp(0.01), math.exp(-0.01) }, 1e-8)
  for _ = 1, 4000 do now = w:weights(values, G) end
  check.near(now * values, { 1, 1, 1 }, 1e-3)
  check.near(w:state().s, -ms.log(values), 1e-3)
  w = ms.weighting.imtl_l { start = "balanced" }
  check.near(w:weights(values, G) * values, { 1, 1, 1 }, 1e-14)
  local scaled = values * ms.tensor { 1e6, 1, 1e-6 }
  w = ms.weighting.imtl_l { start = "balanced", cap = 1e9 }
  check.near(w:weights(scaled, G) * scaled, { 1, 1, 1 }, 1e-12)
end)

check.test("dwa: ratios of epoch means", function()
  local w, now = ms.weighting.dwa { epoch = 3, temperature = 0.5 }, nil
  for step = 1, 7 do
    local epoch = (step - 1) // 3
    now = w:weights(ms.tensor { 4 - 2 * epoch, 1, 3 }, G)
    if step <= 6 then check.equal(now:totable(), { 1, 1, 1 }) end
  end
  local e1, e2 = math.exp(0.5 / 0.5), math.exp(1 / 0.5)
  check.near(now, { 3 * e1 / (e1 + 2 * e2), 3 * e2 / (e1 + 2 * e2),
    3 * e2 / (e1 + 2 * e2) }, 1e-13)
  w = ms.weighting.dwa { epoch = 1 }
  for step = 1, 5 do now = w:weights(values * (0.5 ^ step), G) end
  check.near(now, { 1, 1, 1 }, 1e-13)
end)

check.test("geometric: the gradient of the geometric mean", function()
  local w = weights "geometric"
  local mean = (4 * 0.5 * 2) ^ (1 / 3)
  for k = 1, 3 do check.near(w:get(k) * values:get(k), mean / 3, 1e-14) end
  local scaled = weights("geometric", {}, values * ms.tensor { 1000, 1, 1 })
  check.near(scaled:get(1) * 4000 / (scaled:get(2) * 0.5), 1, 1e-12)
end)

check.test("no denominator, no change; caps are counted", function()
  local zero = G:clone()
  zero:row(2):fill_(0)
  local w = ms.weighting.lra { momentum = 0, every = 1 }
  w:weights(values, G)
  check.near(w:weights(values, zero), { 1, 8, 8 }, 1e-14)
  check.equal(weights("gradient_norm_balance", { momentum = 0 }, values, zero)[2], 1)
  check.equal(weights("geometric", {}, ms.tensor { 0, 1, 2 }):totable(), { 1, 1, 1 })
  w = ms.weighting.relobralo {}
  w:weights(ms.zeros(3), G)
  check.equal(w:weights(values, G):totable(), { 1, 1, 1 })
  local tiny = G:clone()
  tiny:row(2):mul_(1e-9)
  w = ms.weighting.lra { momentum = 0, every = 1 }
  check.equal(w:weights(values, tiny):get(2), 1e6)
  w:weights(values, tiny)
  check.equal(w:caps(), 2)
  w = ms.weighting.lra { momentum = 0, every = 1, cap = 5 }
  check.equal(w:weights(values, G):totable(), { 1, 5, 5 })
  check.equal(w:caps(), 2)
  check.fails(function() ms.weighting.lra {}:weights(nil, G) end, "cf%(G, values%)")
end)

check.test("updates every n-th step", function()
  local w = ms.weighting.lra { momentum = 0, every = 3 }
  local other = G * ms.tensor { { 2 }, { 1 }, { 1 } }
  check.near(w:weights(values, G)[2], 8, 1e-14)
  for _ = 1, 2 do check.near(w:weights(values, other)[2], 8, 1e-14) end
  check.near(w:weights(values, other)[2], 16, 1e-14)
end)

--[[ factors of points ]]

--- A weighting of points on residuals of our own.
local function stub(squares, times)
  return {
    names = { "residual" }, problem = { coords = { "t" } }, group_of = function()
      return nil, {}
    end,
    residuals = function() return squares ^ 0.5 end,
    points_of = function() return times end,
    weights_of = function(self)
      self.weights = self.weights or ms.ones(squares:size(1))
      return self.weights
    end,
  }
end

local residual = ms.tensor { { 4 }, { 1 }, { 0.25 }, { 0 } }

check.test("rba: bounds and the limit of the worst point", function()
  local w, L = ms.weighting.rba { gamma = 0.99, eta = 0.01, start = 0.5 }, stub(residual)
  for _ = 1, 3000 do
    w:adapt(L)
    local lambda = w:state()["lambda.residual"]
    check.ok(lambda:min() >= 0 and lambda:max() <= 0.01 / (1 - 0.99) + 1e-12)
  end
  check.near(L.weights ^ 0.5, { 1, 0.5, 0.25, 0 }, 1e-10)
  w = ms.weighting.rba {}
  w:adapt(L)
  check.near(L.weights ^ 0.5, { 1, 0.5, 0.25, 0 }, 1e-14) -- eta 1 in the first step
  w:adapt(stub(residual * 0))
  check.near(w:state()["lambda.residual"], { 1, 0.5, 0.25, 0 }, 1e-14)
end)

check.test("self-adaptive: ascent, plain and by Adam", function()
  local w = ms.weighting.self_adaptive { ascent = "plain", rate = 0.1, initial = 2 }
  local L, before = stub(residual), nil
  for step = 1, 20 do
    w:adapt(L)
    local used = L.weights ^ 0.5
    if before then
      -- the slope of mean (lambda r)^2 is 2 lambda r^2 / n
      check.near(used, before + before * residual:reshape(4) * (0.1 * 2 / 4), 1e-12)
    else
      check.ok(used:min() > 0 and used:max() < 2 and used[1] ~= used[2])
    end
    before = used
    check.equal(w.calls, step)
  end
  w = ms.weighting.self_adaptive { rate = 0.01 }
  w:adapt(L)
  local start = w:state()["lambda.residual"]:clone()
  w:adapt(L)
  local grown = w:state()["lambda.residual"] - start
  check.near(grown:narrow(1, 1, 3), { 0.01, 0.01, 0.01 }, 1e-4)
  check.equal(grown[4], 0)
end)

check.test("causal: later times wait", function()
  local times = ms.tensor { { 0.1 }, { 0.9 }, { 0.4 }, { 0.2 } }
  local L = stub(residual, times)
  ms.weighting.causal { chunks = 4, epsilon = 0.5 }:adapt(L)
  -- chunks of length 0.2 from 0.1 on: {1, 4}, {3}, none, {2}
  check.near(L.weights, { 1, math.exp(-0.5 * (2 + 0.25)), math.exp(-0.5 * 2), 1 }, 1e-13)
  local w = ms.weighting.causal { chunks = 4 }
  for _ = 1, 3 do w:adapt(stub(residual * 1e-6, times)) end
  check.equal(w:state()["stage.residual"], 4)
  check.near(L.weights[1], 1, 0)
  check.fails(function() ms.weighting.causal { time = "s" }:adapt(L) end,
    "no coordinate 's'")
end)

check.test("factors of points pass over integrals, unless these are named", function()
  local function with_mass(names)
    local terms = {}
    for i, name in ipairs(names) do
      terms[i] = { name = name, points = 20, on = "interior", expr = function(s)
        return name:find "mass" and ms.mean(s.u) - 1 or s.u_xx - s.x
      end }
    end
    local p = ms.problem { name = "mass", coords = { "x" }, fields = { "u" },
      domain = ms.box { x = { 0, 1 } }, terms = terms }
    local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 1 }
    return p:losses(net, { redraw = 0 })
  end
  local L = with_mass { "residual", "residual_mass" }
  local w = ms.weighting.rba { start = 0.3 }
  w:attach(L)
  L:gradients()
  check.ok(L:weights_of "residual":max() < 0.1)
  check.equal(w:state()["lambda.residual_mass"], nil)
  for _, terms in ipairs { "residual+residual_mass", "residual_mass" } do
    check.fails(function() ms.weighting.rba { terms = terms }:attach(L) end,
      "'rba': terms: the expressions of the term \"residual_mass\" are means over its")
  end
  check.fails(function()
    ms.weighting.causal { terms = "all" }:attach(with_mass { "mass", "mass_again" })
  end, "'causal': every term in 'all' is a mean over its points, which have no factors")
  check.fails(function() L:weights_of "residual_mass" end,
    "weights_of: the expressions of term \"residual_mass\" are means over its points")
end)

check.test("factors of points in the losses and their gradients", function()
  local L, net = losses()
  local n = L:points_of "residual":size(1)
  local w = ms.weighting.rba { start = 0.3 }
  w:attach(L)
  local got, rows = L:gradients()
  got, rows = got:clone(), rows:clone()
  local r = L:residuals "residual":reshape(n)
  local size = ms.abs(r)
  local lambda = size * (0.3 / size:max())
  check.near(got[1], (lambda * lambda * r * r):mean(), 1e-12)
  local v = ms.rng(1, "test"):normal(ms.zeros(net:count()))
  local function loss(t)
    local theta = net.theta:clone()
    net.theta:axpy_(t, v)
    local at = L:values()[1]
    net.theta:copy_(theta)
    return at
  end
  local h = 1e-4
  check.near(rows:row(1):dot(v), (loss(h) - loss(-h)) / (2 * h), 1e-5)
  check.fails(function()
    w:attach((losses { residual = 40, redraw = 1 }))
  end, "drawn anew: use redraw = 0")
end)

check.test("factors are for terms that there are", function()
  local L = losses()
  local known = "%(known: all, " .. table.concat(L.names, ", ") .. "%)"
  for _, name in ipairs { "rba", "causal", "self-adaptive" } do
    for _, wrong in ipairs { "nope", "residual+nope", "nope+" .. L.names[2] } do
      check.fails(function()
        ms.conflict.sum { weighting = { name = name, terms = wrong } }:bind(L)
      end, "weighting '" .. name:gsub("%-", "%%-") .. "': terms: there is no term 'nope' "
        .. known)
    end
    check.fails(function() ms.weighting[name] { terms = "" }:attach(L) end,
      "there is no term '' " .. known)
    for _, right in ipairs { "all", "residual", table.concat(L.names, "+") } do
      ms.weighting[name] { terms = right }:attach(L)
    end
  end
end)

--[[ methods in Lua ]]

check.test("a weighting in Lua is one like the others", function()
  local function halves(v) return { v:get(1) / 2, 1, 1 } end
  local resolve = ms.registry.resolve
  check.equal(resolve("weighting", halves):weights(values, G):totable(), { 2, 1, 1 })
  ms.register { family = "weighting", name = "halves", weights = halves,
    options = { { name = "size", type = "number", default = 1 } } }
  check.ok(ms.help.list "weightings":find "halves")
  check.equal(ms.weighting.halves():weights(values, G):totable(), { 2, 1, 1 })
  check.ok(resolve("weighting", { points = function() return nil end }))
  check.fails(function() ms.register { family = "weighting", name = "empty" } end,
    "needs a function 'weights'")
  check.fails(function() ms.weighting.lra_ {} end, "unknown loss weighting")
end)

--- What is raised where a function returns 'made' for three terms.
local function refused(made, pattern)
  local w = ms.registry.resolve("weighting", function() return made end)
  local text = check.fails(function() w:weights(values, G) end,
    "weighting 'unnamed': weights returned " .. pattern
    .. "; expected 3 finite numbers, 0 or more")
  check.ok(text:find "^tests/lua/weighting.lua:%d+: ", text)
end

check.test("what a function returns is refused where it is no factors", function()
  refused(nil, "nil")
  refused(3, "3")
  refused({ residual = 1000, boundary = 0 }, "a table")
  refused({ 1, 2, 3, 4, 5, 6, 7 }, "a list of 7")
  refused({ 1000 }, "a list of 1")
  refused({}, "a list of 0")
  refused({ 1, "x", 2 }, "a list whose item 2 is \"x\"")
  refused({ 1, -0.5, 1 }, "%-0.5 among them")
  refused(ms.ones(2), "a tensor of shape 2")
  local function of(made) return ms.registry.resolve("weighting", made) end
  local stays = of(function(_, _, _, _, context) return context.factors end)
  check.equal(stays:weights(values, G):totable(), { 1, 1, 1 })
  local undefined = function() return { 2, 0 / 0, math.huge } end
  check.refuses("'unnamed': weights returned nan for the term 2; expected 3",
    of(undefined):weights(values, G))
  local partial = of { weights = undefined, partial = true }
  check.equal(partial:weights(values, G):totable(), { 2, 1, 1 })
end)

check.test("what a function returns is taken in without a new tensor", function()
  for _, made in ipairs { { 3, 1, 2 }, ms.tensor { 3, 1, 2 } } do
    local w = ms.registry.resolve("weighting", function() return made end)
    w:weights(values, G)
    ms.debug.fail_after(1)
    local good, now = pcall(function() return w:weights(values, G) end)
    ms.debug.fail_after(0)
    check.ok(good, now)
    check.equal(now:totable(), { 3, 1, 2 })
    w:reset() -- other losses may follow
    made = { 5, 4 }
    check.equal(w:weights(ms.ones(2), ms.ones(2, 4)):totable(), { 5, 4 })
  end
end)

local function train(weighting)
  return ms.train { problem = "poisson", net = { width = 4, depth = 2 }, steps = 6,
    losses = { residual = 8, boundary = 8 }, report = false,
    conflict = { name = "sum", weighting = weighting } }
end

check.test("factors that become NaN end a run, and are named", function()
  local calls = 0
  local run = train(function()
    calls = calls + 1
    return { 1, calls == 4 and 0 / 0 or 1 }
  end)
  check.equal({ run.stopped, run.step }, { "diverged", 3 })
  check.equal(run.message, "step 4: weighting 'unnamed': weights returned nan for the "
    .. "term \"boundary\"; expected 2 finite numbers, 0 or more")
  check.ok(run.net.theta:is_finite())
  calls = 0
  run = train { points = function(term, squares)
    if term == "residual" then calls = calls + 1 end
    local factors = ms.ones(squares:size(1))
    if calls == 3 and term == "residual" then factors:set(5, 0 / 0) end
    return factors
  end }
  check.equal({ run.stopped, run.step, run.message }, { "diverged", 2, "step 3: term "
    .. "\"residual\": the loss is nan: the weight of its point 5 is nan, as 'unnamed' "
    .. "made it" })
end)

check.test("factors of points of the wrong number, or none", function()
  local function refuses(made, pattern)
    local text = check.fails(function() train { points = function() return made end } end,
      "weighting 'unnamed': points returned " .. pattern
      .. "; expected 8 finite numbers, 0 or more")
    check.ok(text:find "^tests/lua/weighting.lua:%d+: ", text)
  end
  refuses(nil, "nil")
  refuses(ms.ones(5), "a tensor of shape 5")
  refuses({ 1, 2 }, "a list of 2")
  refuses(-ms.ones(8), "%-1 among them")
end)

check.done()
