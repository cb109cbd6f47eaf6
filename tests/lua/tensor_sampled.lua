-- Differences, integrals, interpolation, search, grids, closeness and logarithms of sums
-- of exponentials, against plain Lua on random views.

local check = require "tests.support.check"
local core = require "modsync.core"
local messages = require "tests.support.messages"
local views = require "tests.support.views"

local inf, nan = math.huge, 0 / 0
local rng = core.rng(11, "sampled")
local ROUNDS = 60

local function pick(most) return rng:permutation(most):get(1) end

-- One of the axes, counted from the start or from the end, and its number from the start.
local function some_axis(dims)
  local axis = pick(dims)
  return pick(2) == 1 and axis - dims - 1 or axis, axis
end

-- Shapes agree, and elements are near (NaN where NaN is).
local function near(a, b, tolerance)
  check.equal(a:shape(), b:shape())
  check.near(a, b, tolerance)
end

check.test("diff is neighbours subtracted, as often as asked", function()
  for _ = 1, ROUNDS do
    local t = views.of(rng, views.shape(rng, 1))
    local axis, place = some_axis(t:dim())
    local order = pick(4) - 1
    local size = math.max(t:size(place) - order, 0)
    near(t:diff(axis, order), views.along(t, place, size, function(lane)
      for _ = 1, order do
        local next = {}
        for i = 1, #lane - 1 do next[i] = lane[i + 1] - lane[i] end
        lane = next
      end
      return lane
    end), 0)
  end
  check.equal(core.tensor({ 1, 4, 9, 16 }):diff():totable(), { 3, 5, 7 })
  check.equal(core.tensor({ 1, 4, 9, 16 }):diff(nil, 3):totable(), { 0 })
  -- at once, not after a million passes over what is left
  check.equal(core.zeros(1000000):diff(1, math.maxinteger):shape(), { 0 })
  check.equal(core.ones(3, 2):transpose():diff(2, 3):shape(), { 2, 0 })
  local t = core.tensor { 1, 2 }
  t:diff(1, 0):fill_(7)
  check.equal(t:totable(), { 1, 2 }, "nothing subtracted is a copy")
end)

check.test("trapezoid is the sum of the trapezes", function()
  for _ = 1, ROUNDS do
    local t = views.of(rng, views.shape(rng, 1))
    local axis, place = some_axis(t:dim())
    local n = t:size(place)
    local x = pick(3) == 1 and pick(5) - 2.5 or views.of(rng, { n })
    local want = views.along(t, place, 1, function(lane)
      local sum = 0
      for i = 1, n - 1 do
        local gap = type(x) == "number" and x or x[i + 1] - x[i]
        sum = sum + gap * (lane[i] + lane[i + 1]) / 2
      end
      return { sum }
    end)
    local got = t:trapezoid(x, axis)
    if t:dim() == 1 then got = core.tensor(got) end
    near(got, want:squeeze(place), 1e-13)
  end
  local x = core.linspace(0, math.pi, 1001)
  check.near(x:sin():trapezoid(x), 2, 1e-5)
  check.near(x:flip():sin():trapezoid(x:flip()), -2, 1e-5)
  check.equal(core.tensor({ 1, 2, 4 }):trapezoid(), 4.5)
  check.equal({ core.tensor({ inf }):trapezoid(), core.zeros(0):trapezoid() }, { 0, 0 })
  check.equal(core.zeros(2, 0):trapezoid(1, 2):totable(), { 0, 0 })
  check.ok(core.tensor({ 1, nan }):trapezoid() ~= core.tensor({ 1, nan }):trapezoid())
end)

-- Ascending numbers with repetitions; NaN may come last.
local function ascending(n, with_nan)
  local t = views.of(rng, { n }, function(t) rng:normal(t):mul_(2):round_() end)
  t = t:sort()
  if with_nan and n > 1 then t[n] = nan end
  return t
end

check.test("searchsorted counts what stands before", function()
  for _ = 1, ROUNDS do
    local x = ascending(pick(9) - 1, pick(3) == 1)
    if pick(2) == 1 then x = core.stack({ x, x }, 2):select(2, 2) end
    local values = views.of(rng, views.shape(rng, 0), function(t)
      rng:normal(t):mul_(2):round_()
    end)
    values = core.where(values:eq(2), nan, values) + core.zeros(values:shape())
    local list = x:totable()
    for _, after in ipairs { false, true } do
      local got = values:dim() == 0 and core.tensor(x:searchsorted(values, after))
        or x:searchsorted(values, after)
      local want = core.zeros(values:shape())
      for _, at in ipairs(views.positions(values:shape())) do
        local value, count = values:get(table.unpack(at)), 0
        for _, number in ipairs(list) do
          local less = number < value or (value ~= value and number == number)
          local same = number == value or (value ~= value and number ~= number)
          if less or (after and same) then count = count + 1 end
        end
        at[#at + 1] = count + 1
        want:set(table.unpack(at))
      end
      near(got, want, 0)
    end
  end
  local x = core.tensor { 1, 2, 2, 5 }
  check.equal({ x:searchsorted(2), x:searchsorted(2, true), x:searchsorted(9) },
    { 2, 4, 5 })
  check.equal(math.type(x:searchsorted(2)), "integer")
end)

check.test("interp is linear between the points", function()
  for _ = 1, ROUNDS do
    local n = pick(6)
    local x = views.of(rng, { n }, function(t) rng:uniform(t):add_(0.1) end):cumsum()
    local y = views.of(rng, { n })
    local t = views.of(rng, views.shape(rng, 0)) * 3
    if type(t) == "number" then t = core.tensor(t) end
    local below, above
    if pick(2) == 1 then below, above = -7, 7 end
    local want = core.zeros(t:shape())
    for _, at in ipairs(views.positions(t:shape())) do
      local s = t:get(table.unpack(at))
      local value
      if s < x[1] then
        value = below or y[1]
      elseif s > x[n] then
        value = above or y[n]
      else
        for i = 1, n do
          if s == x[i] then value = y[i] end
          if i < n and s > x[i] and s < x[i + 1] then
            value = y[i] + (y[i + 1] - y[i]) * (s - x[i]) / (x[i + 1] - x[i])
          end
        end
      end
      at[#at + 1] = value
      want:set(table.unpack(at))
    end
    near(t:interp(x, y, below, above), want, 1e-13)
  end
  local x, y = core.tensor { 1, 2, 3 }, core.tensor { 10, inf, 0 }
  check.equal(core.tensor({ 0, 1, 2, 3, 4, nan }):interp(x, y, nan, 5):totable(),
    { nan, 10, inf, 0, 5, nan })
  local far = core.tensor { -1.5e308, 1.5e308 }
  check.equal(core.tensor({ 0 }):interp(far, far):totable(), { 0 })
  local many = rng:uniform(core.zeros(200000))
  near(many:interp(x - 1, x * 2), many * 2 + 2, 1e-12)
end)

check.test("meshgrid is the coordinates of a grid, without copies", function()
  for _ = 1, ROUNDS do
    local parts, shape = {}, {}
    for i = 1, pick(4) do
      shape[i] = pick(4) - (pick(8) == 1 and 1 or 0)
      parts[i] = views.of(rng, { shape[i] })
    end
    local grid = core.meshgrid(parts)
    check.equal(#grid, #parts)
    for i, t in ipairs(grid) do
      check.equal(t:shape(), shape)
      for _, at in ipairs(views.positions(shape)) do
        check.equal(t:get(table.unpack(at)), parts[i][at[i]])
      end
    end
  end
  local x = core.tensor { 1, 2 }
  local X = core.meshgrid({ x, core.zeros(3) })[1]
  x[1] = 9
  check.equal(X:get(1, 3), 9)
  check.fails(function() X:add_(1) end, "the output repeats its elements along axis 2")
end)

check.test("allclose, with every kind of number", function()
  local numbers = { 0, -0.0, 1, 1 + 1e-6, 1e-9, -1e-9, 2, inf, -inf, nan }
  local function close(a, b, relative, absolute, nan_equal)
    if a == b then return true end
    if a ~= a or b ~= b then return nan_equal and a ~= a and b ~= b or false end
    if math.abs(b) == inf then return false end
    return math.abs(a - b) <= absolute + relative * math.abs(b)
  end
  for _, a in ipairs(numbers) do
    for _, b in ipairs(numbers) do
      for _, case in ipairs { {}, { 0 }, { 0, 0 }, { 0, 3 }, { 1, 0, true } } do
        local x, y = core.full({ 2, 3 }, a), core.full({ 3 }, b)
        check.equal(x:allclose(y, table.unpack(case)),
          close(a, b, case[1] or 1e-5, case[2] or 1e-8, case[3]), a .. " and " .. b)
      end
    end
  end
  for _ = 1, ROUNDS do
    local t = views.of(rng, views.shape(rng, 0))
    local other = t:clone()
    check.ok(t:allclose(other + 1e-9) and other:allclose(t))
    if t:size() > 0 then
      other:flatten():put_(1, { pick(t:size()) }, 7)
      check.ok(not t:allclose(other) and t:allclose(other, nil, 20))
    end
  end
  check.ok(core.zeros(0):allclose(1) and not core.ones(200001):allclose(core.zeros(1)))
end)

check.test("logsumexp over all and over some axes", function()
  for _ = 1, ROUNDS do
    local t = views.of(rng, views.shape(rng, 0)) * 2
    if type(t) == "number" then t = core.tensor(t) end
    check.near(t:logsumexp(), math.log(t:exp():sum()), 1e-13)
    if t:dim() > 0 then
      local axis = some_axis(t:dim())
      near(core.tensor(t:logsumexp(axis, true)), t:exp():sum(axis, true):log(), 1e-13)
    end
  end
  local t = core.tensor { { 1000, 1000 }, { -1000, -1000 }, { -inf, 0 }, { -inf, -inf } }
  check.near(t:logsumexp(2),
    { 1000 + math.log(2), -1000 + math.log(2), 0, -inf }, 1e-12)
  check.equal(core.tensor({ { inf, -inf }, { nan, inf } }):logsumexp(2):totable(),
    { inf, nan })
  check.equal({ core.zeros(0):logsumexp(), core.zeros(2, 0):logsumexp(2):totable() },
    { -inf, { -inf, -inf } })
end)

check.test("isinf and isfinite", function()
  local t = core.tensor { 1, inf, -inf, nan, 0 }
  check.equal(t:isinf():totable(), { 0, 1, 1, 0, 0 })
  check.equal(t:isfinite():totable(), { 1, 0, 0, 0, 1 })
  check.equal(t:flip():clone():isinf_():totable(), { 0, 0, 1, 1, 0 })
end)

local v, m = core.tensor { 1, 2, 3 }, core.zeros(2, 3)

messages("tests/lua/tensor_sampled.lua", {
  { function() return m:diff() end,
    "tensor 'diff': a tensor with 2 axes needs to be told which" },
  { function() return m:diff(3) end,
    "tensor 'diff': axis is 3, expected 1..2 or -2..-1" },
  { function() return m:diff(1, -1) end,
    "tensor 'diff': order is -1, expected at least 0" },
  { function() return m:trapezoid(v, 1) end,
    "tensor 'trapezoid': points of shape 3, expected a number or shape 2, as axis 1" },
  { function() return m:trapezoid("x", 1) end,
    "tensor 'trapezoid': operand 2 is 'x', expected a number or a tensor" },
  { function() return core.tensor({ 1, 3, 2 }):searchsorted(2) end,
    "tensor 'searchsorted': number 3 is 2 after 3, expected a larger or equal one" },
  { function() return core.tensor({ nan, 3 }):searchsorted(2) end,
    "tensor 'searchsorted': number 2 is 3 after " },
  { function() return m:searchsorted(2) end,
    "tensor 'searchsorted': ordered numbers of shape 2x3, expected one axis" },
  { function() return v:interp(core.tensor { 1, 1 }, core.ones(2)) end,
    "tensor 'interp': number 2 is 1 after 1, expected a larger one" },
  { function() return v:interp(core.zeros(0), core.zeros(0)) end,
    "tensor 'interp': there is no point to interpolate between" },
  { function() return v:interp(v, core.ones(2)) end,
    "tensor 'interp': values of shape 2 at 3 points" },
  { function() return v:interp(core.tensor { 1, inf }, core.ones(2)) end,
    "tensor 'interp': from 1 to inf, expected finite points" },
  { function() return v:interp(v, v, "x") end,
    "bad argument #3 to 'interp' (number expected, got string)" },
  { function() return core.meshgrid { v, m } end,
    "meshgrid: part 2 has shape 2x3, expected one axis" },
  { function() return core.meshgrid { v, v, v, v, v, v, v, v, v } end,
    "meshgrid: a grid of 9 axes, expected at most 8" },
  { function() return core.meshgrid {} end,
    "meshgrid: an empty list, expected tensors" },
  { function() return v:allclose(core.ones(2)) end,
    "tensor 'allclose': shapes 3 and 2 do not broadcast" },
  { function() return v:allclose(v, -1) end,
    "tensor 'allclose': a tolerance is -1.0, expected a finite number of at least 0" },
  { function() return v:allclose(v, 0, inf) end,
    "tensor 'allclose': a tolerance is inf, expected a finite number of at least 0" },
})

check.done()
