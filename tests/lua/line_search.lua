-- Step lengths: the strong Wolfe conditions on functions of one variable.
local ms = require "modsync"
local check = require "tests.support.check"
local line_search = require "modsync.line_search"

local DECREASE, CURVATURE = 1e-4, 0.9

--- The length that is found, how often phi was called, and the length it was called at
--- last.
local function search(phi, first, most)
  local value, slope = phi(0)
  local calls, last = 0, nil
  local t = line_search(function(x)
    calls, last = calls + 1, x
    return phi(x)
  end, value, slope, first, most or 30)
  return t, calls, last
end

local function check_wolfe(name, phi, first)
  local value, slope = phi(0)
  local t, calls, last = search(phi, first)
  check.ok(t and t > 0, name)
  local then_value, then_slope = phi(t)
  check.ok(then_value <= value + DECREASE * t * slope, name .. ": decrease")
  check.ok(math.abs(then_slope) <= CURVATURE * math.abs(slope), name .. ": curvature")
  check.equal(last, t, name)
  check.ok(calls <= 20, ("%s: %d calls"):format(name, calls))
end

local shapes = {
  quadratic = function(t) return (t - 1) ^ 2, 2 * (t - 1) end,
  narrow = function(t) return (1e3 * t - 1) ^ 2, 2e3 * (1e3 * t - 1) end,
  far = function(t) return -t / (t * t + 2), (t * t - 2) / (t * t + 2) ^ 2 end,
  quartic = function(t) return (t + 0.004) ^ 5 - 2 * (t + 0.004) ^ 4,
    5 * (t + 0.004) ^ 4 - 8 * (t + 0.004) ^ 3 end,
  wall = function(t)
    if t >= 1 then return math.huge, 0 / 0 end
    return -t - 0.1 * math.log(1 - t), -1 + 0.1 / (1 - t)
  end,
  hole = function(t)
    if t > 2 then return 0 / 0, 0 / 0 end
    return (t - 1.5) ^ 2, 2 * (t - 1.5)
  end,
}
shapes.waves = function(t)
  return (t - 2) ^ 2 + 0.1 * math.sin(15 * t), 2 * (t - 2) + 1.5 * math.cos(15 * t)
end

for name, phi in pairs(shapes) do
  check.test(name, function()
    for _, first in ipairs { 1e-3, 0.1, 1, 10, 1e3 } do
      check_wolfe(("%s from %g"):format(name, first), phi, first)
    end
  end)
end

check.test("random quartics", function()
  local rng = ms.rng(5, "shapes")
  for i = 1, 200 do
    local c = rng:normal(ms.zeros(3)):totable()
    local function phi(t)
      return -t + c[1] * t ^ 2 + c[2] * t ^ 3 + (0.1 + c[3] ^ 2) * t ^ 4,
        -1 + 2 * c[1] * t + 3 * c[2] * t ^ 2 + 4 * (0.1 + c[3] ^ 2) * t ^ 3
    end
    check_wolfe("quartic " .. i, phi, 1)
  end
end)

check.test("the first length is taken where it will do", function()
  local t, calls = search(shapes.quadratic, 1)
  check.equal({ t, calls }, { 1, 1 })
end)

check.test("near a minimum the slopes decide", function()
  local big = 1e9 -- values that cannot tell the points apart
  local function phi(t) return big + 1e-8 * ((t - 1) ^ 2 - 1), 2e-8 * (t - 1) end
  local t, calls = search(phi, 1.2)
  check.near(t, 1.2, 0)
  check.equal(calls, 1)
end)

check.test("nothing goes down: no length, and no more calls than allowed", function()
  local t, calls = search(function(x) return x * x, -1 end, 1, 12)
  check.equal(t, nil)
  check.equal(calls, 12)
  t, calls = search(function(x) return x == 0 and 1 or 0 / 0, -1 end, 1, 7)
  check.equal({ t == nil, calls }, { true, 7 })
end)

check.test("out of calls: the best so far, looked at last", function()
  local t, calls, last = search(function(x) return -x, -1 end, 1, 5)
  check.equal(calls, 5)
  check.equal(t, last)
  check.ok(t > 1)
end)

check.done()
