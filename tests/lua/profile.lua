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
  check.equal({ pair.share, pair.thirds }, { 1, { 1, 1, 1 } })
  check.near({ pair.cosine, pair.depth }, { -1 / 1.25 ^ 0.5, -1 / 1.25 ^ 0.5 }, 0.02)
  check.ok(found.signal.residual > 0.99)
  name, found = regime(function() return rows(0.5, 30, 0, 0) end)
  check.equal(name, "magnitude")
  check.near(found.pairs[1].ratio, 1.25 ^ 0.5 / 30, 1e-12)
  check.equal(regime(function() return rows(0.5, 1, 0, 0) end), "aligned")
  check.equal(regime(function(step)
    return rows(0.5, step <= 30 and -1 or 1, 0, 0)
  end), "transient")
  name, found = regime(function(_, draw) return rows(0, 0.02, 1, draw) end)
  check.equal(name, "noise")
  check.ok(found.signal.boundary < 0.5 and found.pairs[1].change > 0.1)
  -- orthogonal in truth; the cosine is noise though both signals are good
  name, found = regime(function(_, draw)
    local G = rows(0, 0, 0.02, draw)
    G:set(2, 3, G:get(2, 3) + 1)
    return G
  end)
  check.equal(name, "noise")
  check.ok(found.signal.boundary > 0.99 and math.abs(found.pairs[1].cosine) < 0.01)
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
  ms.profile(L, 3, { conflict = "sum:weighting=causal" })
  check.equal(L.weighting, nil)
end)

check.test("misuse", function()
  check.fails(function() ms.profile({}, 3) end, "expects the losses of a problem")
  check.fails(function() ms.profile(made_up(rows), 0) end, "number of steps is 0")
end)

check.done()
