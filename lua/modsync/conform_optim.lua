--[[
What ms.conform asks of an optimizer, on the quadratic 1/2 sum a (x - b)^2: that it finds
its minimum with some learning rate, and keeps house on the way. One that looks ahead
(looks = true in its record) gets the value and the gradient from a function, too.
]]
local core = require "modsync.core"

local N, STEPS, HALF = 23, 1500, 7
local LEFT = 1e-4 -- of the value, at most, after STEPS

local a, b = core.linspace(1, 12, N), core.linspace(-2, 3, N)

--- A model to be trained: parameters from 0 on, every second of them held if masked.
local function new_model(masked)
  local net = { theta = core.zeros(N), mask = masked and core.ones(N) or nil }
  for i = 2, masked and N or 0, 2 do net.mask:set(i, 0) end
  return net
end

local function value(net)
  local away = net.theta - b
  return (a * away * away):sum() / 2
end

local function gradient(net)
  local d = a * (net.theta - b)
  return net.mask and d:mul_(net.mask) or d
end

--- A step along d, or along the gradient of 'factor' times the quadratic.
local function step(optimizer, net, d, factor)
  factor = factor or 1
  optimizer:step(net, d or gradient(net):mul_(factor), function()
    return factor * value(net), gradient(net):mul_(factor)
  end, factor * value(net))
end

local function run(optimizer, net, steps)
  for _ = 1, steps do step(optimizer, net) end
  return net
end

local function same(x, y)
  return x:is_finite() and x == y
end

--- Has it an option for the learning rate?
local function has_rate(object)
  return object.core ~= nil or object.chosen.lr ~= nil
end

--- The least share of the value that is left after a training, over a few learning rates.
local function what_is_left(make, object)
  local first, least = value(new_model()), math.huge
  for _, rate in ipairs(has_rate(object) and { object:lr(), 0.1, 0.01 } or { false }) do
    local optimizer, net = make(), new_model()
    for n = 1, STEPS do
      if rate then optimizer:lr(rate * 0.997 ^ n) end
      step(optimizer, net)
    end
    local left = value(net) / first
    if left < least then least = left end
  end
  return least
end

--- Directions of all sizes, nothing among them: what is left alone, and what is finite.
--- One that looks ahead gets gradients, those of the quadratic times as many factors.
local function try_directions(make, rng)
  local optimizer, net, pure = make(), new_model(), true
  for n = 1, 24 do
    local factor = n % 6 == 0 and 0 or 10 ^ (n % 5 * 2 - 4)
    local d = optimizer.record.looks and gradient(net) or rng:normal(core.zeros(N))
    local before = d:mul_(factor):clone()
    step(optimizer, net, d, factor)
    pure = pure and d == before
    if not net.theta:is_finite() then return false, pure end
  end
  return true, pure
end

--- Whether a run from a saved state is the one that went on.
local function resumes(make, twin_of)
  local optimizer, net = make(), new_model()
  run(optimizer, net, HALF)
  local twin, other = twin_of(optimizer, make), new_model()
  other.theta:copy_(net.theta)
  return same(run(optimizer, net, HALF).theta, run(twin, other, HALF).theta)
end

--- Whether what a mask holds stays, and something else does not.
local function holds(make)
  local net = run(make(), new_model(true), HALF)
  local held = (net.theta * (1 - net.mask)):norm()
  return net.theta:is_finite() and held == 0
end

--- Adds what is found to a report.
---@private
return function(report, make, object, twin_of)
  local function note(name, text, promised, good)
    report:note(name, text, promised, good and 0 or 1, 0)
  end
  local finite, pure = try_directions(make, core.rng(1, "conform"))
  note("finite", "parameters stay finite, whatever the length of d", true, finite)
  note("pure", "the direction is left alone", true, pure)
  local left = what_is_left(make, object)
  local text = "finds the minimum of a quadratic"
  if not (left <= LEFT) then
    text = ("%s: %.3g of its value is left, expected %g at most"):format(text, left, LEFT)
  end
  report:note("minimum", text, true, left, LEFT)
  note("repeat", "the same steps again give the same bits", true,
    same(run(make(), new_model(), HALF).theta, run(make(), new_model(), HALF).theta))
  note("resume", "a saved state goes on bit for bit", true, resumes(make, twin_of))
  note("masked", "what the model's mask holds stays", true, holds(make))
  local still = new_model()
  still.theta:copy_(b)
  run(make(), still, 2)
  note("still", "d = 0 at the start changes nothing", false, still.theta == b)
  if not has_rate(object) or object.record.looks then return end
  local idle = make()
  idle:lr(0)
  note("rate", "a learning rate of 0 changes nothing", true,
    run(idle, new_model(), HALF).theta:norm() == 0)
end
