-- Conflict profiles name the regime they are made of, and leave everything as it was.
local ms = require "modsync"
local check = require "tests.support.check"

--- Losses whose gradients are a function of the step and of the draw of the points.
local function made_up(gradients)
  local self = { names = { "residual", "boundary" }, net = { theta = ms.ones(8) },
    step = 0, draw = 0, values = ms.ones(2) }
  function self:evaluate()
    return self.values, gradients(self.step, self.draw)
  end
  function self:redraw() self.draw = self.draw + 1 end
  function self:gradients()
    self.step = self.step + 1
    self:redraw()
    return self:evaluate()
  end
  function self:state() return { step = self.step, draw = self.draw } end
  function self:restore(state) self.step, self.draw = state.step, state.draw end
  return self
end

local function rows(first, second, noise, draw)
  local G = ms.zeros(2, 8)
  G:set(1, 1, 1)
  G:set(1, 2, first)
  G:set(2, 1, second)
  if noise > 0 then G:add_(ms.rng(draw, "profile"):normal(ms.zeros(2, 8)) * noise) end
  return G
end

local function regime(gradients)
  local found = ms.profile(made_up(gradients), 60, { samples = 30 })
  check.equal(found.samples, 30)
  check.ok(tostring(found):find(found.regime .. ": ", 1, true))
  return found.regime, found
end

check.test("the regimes", function()
  local name, found = regime(function(_, draw) return rows(0.5, -1, 0.01, draw) end)
  check.equal(name, "directional")
  local pair = found.pairs[1]
  local c = 1 / 1.25 ^ 0.5
  check.near({ pair.cosine, pair.conflict, pair.apparent }, { -c, c, c }, 0.02)
  check.near(pair.thirds, { c, c, c }, 0.02)
  check.ok(found.signal.residual > 0.99)
  name, found = regime(function() return rows(0.5, 30, 0, 0) end)
  check.equal(name, "magnitude")
  check.near(found.pairs[1].ratio, 1.25 ^ 0.5 / 30, 1e-12)
  check.equal(regime(function() return rows(0.5, 1, 0, 0) end), "aligned")
  name, found = regime(function(step) return rows(0.5, step <= 30 and -1 or 1, 0, 0) end)
  check.equal(name, "transient")
  check.near(found.pairs[1].thirds, { c, c / 2, 0 }, 1e-12)
  name, found = regime(function(_, draw) return rows(0, -0.5, 1, draw) end)
  check.equal(name, "noise")
  check.ok(found.signal.boundary < 0.5)
  check.ok(found.pairs[1].conflict < found.pairs[1].apparent / 2)
  -- orthogonal in truth: the sign is luck, but there is little to it
  name, found = regime(function(_, draw)
    local G = rows(0, 0, 0.02, draw)
    G:set(2, 3, G:get(2, 3) + 1)
    return G
  end)
  check.equal(name, "aligned")
  check.ok(found.signal.boundary > 0.99 and found.pairs[1].apparent < 0.02)
end)

check.test("norms count as the method sees them", function()
  local function uneven() return rows(0.5, -30, 0, 0) end
  local function under(conflict)
    local options = { conflict = conflict, samples = 30 }
    return ms.profile(made_up(uneven), 60, options)
  end
  check.equal(under("sum").regime, "magnitude")
  check.equal(under("pcgrad").regime, "magnitude")
  check.equal(under("dcgd").regime, "directional") -- lengths do not matter to it
  local weighted = under "sum:weighting=fixed(factors=boundary=0.03)"
  check.equal(weighted.regime, "directional")
  check.near(weighted.pairs[1].ratio, 1.25 ^ 0.5 / 0.9, 1e-9)
end)

--[[
Runs whose regime is known from how they were made. Two terms of a function u of x in
[-1, 1], or a shipped problem.
]]

local function two_terms(first, second, points)
  return ms.problem { name = "two", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { -1, 1 } }, terms = {
      { name = "residual", on = "interior", points = points, expr = first },
      { name = "data", on = "interior", points = points + 1, expr = second } } }
end

local function wave(s) return s.u - ms.sin(3 * s.x) end

local function real(problem, seed, settings)
  local net = ms.mlp { inputs = problem.coords, outputs = problem.fields, width = 16,
    depth = 2, seed = seed }
  if settings.start then
    net:views().W3:mul_(0.2)
    net:views().b3:fill_(settings.start)
  end
  local points = settings.points or {}
  points.seed = seed
  return ms.profile(problem:losses(net, points), settings.steps or 150,
    { optimizer = settings.optimizer, conflict = settings.conflict })
end

local function expect(wanted, problem, settings, more)
  for seed = 1, 3 do
    local found = real(problem, seed, settings)
    check.equal(found.regime, wanted, ("seed %d: %s"):format(seed, tostring(found)))
    if more then more(found.pairs[1], found) end
  end
end

check.test("helmholtz under the plain sum: magnitude, then directional", function()
  local points = { residual = 256, boundary = 64 }
  expect("magnitude", ms.problem "helmholtz", { points = points }, function(pair)
    check.ok(pair.ratio > 20, pair.ratio)
  end)
  expect("directional", ms.problem "helmholtz", { points = points,
    conflict = "sum:weighting=gradient-norm-balance(every=5)" }, function(pair)
      check.ok(pair.ratio < 5 and pair.conflict > 0.3)
    end)
end)

check.test("two terms that want opposite functions: directional", function()
  local against = function(s) return s.u + ms.sin(3 * s.x) end
  expect("directional", two_terms(wave, against, 64), {}, function(pair)
    check.ok(pair.conflict > 0.95)
  end)
  local louder = function(s) return 10 * wave(s) end
  expect("directional", two_terms(louder, against, 64), {}, function(pair)
    check.ok(pair.conflict > 0.4)
  end)
end)

check.test("one and the same term twice: noise in single points, else aligned", function()
  local settings = { points = { sampler = "uniform" }, optimizer = "adam:lr=1e-2",
    steps = 300 }
  expect("noise", two_terms(wave, wave, 1), settings, function(pair)
    check.ok(pair.apparent > 0.2 and pair.conflict < 0.4 * pair.apparent)
  end)
  expect("aligned", two_terms(wave, wave, 128), settings)
  expect("noise", ms.problem "helmholtz", { points = { residual = 2, boundary = 4,
    sampler = "uniform" }, steps = 200 })
end)

--- u^2 = 1 and u = 1 from -0.5 on: apart until u is above 0, together from there.
check.test("a start in the wrong well: transient", function()
  local well = function(s) return s.u ^ 2 - 1 end
  local level = function(s) return s.u - 1 end
  expect("transient", two_terms(well, level, 64), { start = -0.5,
    optimizer = "adam:lr=3e-3" }, function(pair)
      check.ok(pair.thirds[1] > 0.3 and pair.thirds[3] < 0.01)
    end)
end)

check.test("a problem, and all is put back", function()
  local p = ms.problem "burgers"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 8, depth = 2 }
  local L, twin = p:losses(net, { residual = 40 }), p:losses(net, { residual = 40 })
  local theta = net.theta:clone()
  L:gradients()
  twin:gradients()
  local found = check.ok(ms.profile(L, 20, { conflict = "upgrad:realign=true",
    optimizer = "sgd:lr=0.001" }))
  check.equal({ found.samples, #found.pairs }, { 20, 3 })
  for _, name in ipairs(L.names) do
    check.ok(found.signal[name] > 0.5 and found.signal[name] <= 1 + 1e-9, name)
  end
  check.ok(net.theta == theta)
  local values, G = L:gradients()
  local other, H = twin:gradients()
  check.ok(values == other and G == H, "points and streams")
  -- points that training keeps are kept
  local kept = p:losses(net, { residual = 40, redraw = false })
  found = ms.profile(kept, 6)
  for _, name in ipairs(L.names) do check.near(found.signal[name], 1, 1e-12, name) end
  check.equal(found.pairs[1].apparent, found.pairs[1].conflict)
  values = L:evaluate():clone()
  ms.profile(L, 3, { conflict = "sum:weighting=causal" })
  check.equal(L.weighting, nil)
  check.near(L:evaluate(), values, 1e-14 * values:norm(), "weights of points")
end)

check.test("misuse", function()
  check.fails(function() ms.profile({}, 3) end, "expects the losses of a problem")
  check.fails(function() ms.profile(made_up(rows), 0) end, "number of steps is 0")
  check.fails(function() ms.profile(made_up(rows), 1, { sample = 3 }) end,
    "ms.profile has no option 'sample'; did you mean 'samples'")
end)

check.done()
