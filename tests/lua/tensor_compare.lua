-- Comparisons, logic, where, clamp, functions element by element, and masks.

local check = require "tests.support.check"
local core = require "modsync.core"
local messages = require "tests.support.messages"

local inf, nan = math.huge, 0 / 0

local comparisons = {
  eq = function(a, b) return a == b end, ne = function(a, b) return a ~= b end,
  lt = function(a, b) return a < b end, le = function(a, b) return a <= b end,
  gt = function(a, b) return a > b end, ge = function(a, b) return a >= b end,
  logical_and = function(a, b) return a ~= 0 and b ~= 0 end,
  logical_or = function(a, b) return a ~= 0 or b ~= 0 end,
  logical_xor = function(a, b) return (a ~= 0) ~= (b ~= 0) end,
}

check.test("comparisons give 0 and 1, in new memory and in place", function()
  local a = core.tensor { { 1, 2, nan }, { -inf, 0, 3 } }
  local b = core.tensor { { 1, 3, nan }, { 0, 0, -3 } }
  for name, holds in pairs(comparisons) do
    local want = core.zeros(2, 3)
    for i = 1, 2 do
      for j = 1, 3 do
        want:set(i, j, holds(a:get(i, j), b:get(i, j)) and 1 or 0)
      end
    end
    check.equal(a[name](a, b), want, name)
    local c = a:clone()
    check.ok(rawequal(c[name .. "_"](c, b), c))
    check.equal(c, want, name .. "_")
    check.equal(core.tensor { 3 }[name](core.tensor { 3 }, 2)[1], holds(3, 2) and 1 or 0)
  end
  check.equal(a:gt(core.tensor { 0, 2, 0 }):totable(), { { 1, 0, 0 }, { 0, 0, 1 } })
end)

check.test("masks join with &, |, ~", function()
  local a = core.arange(1, 6)
  check.equal((a:gt(2) & a:lt(5)):totable(), { 0, 0, 1, 1, 0, 0 })
  check.equal((a:lt(2) | a:eq(6)):totable(), { 1, 0, 0, 0, 0, 1 })
  check.equal((a:lt(4) ~ a:gt(2)):totable(), { 1, 1, 0, 1, 1, 1 })
  check.equal((~a:lt(4)):totable(), { 0, 0, 0, 1, 1, 1 })
  check.equal((a:lt(4) & 1):totable(), { 1, 1, 1, 0, 0, 0 })
  check.equal(a:sub(3):logical_not():totable(), { 0, 0, 1, 0, 0, 0 })
  check.equal(core.tensor({ nan, 1 }):isnan():totable(), { 1, 0 })
end)

check.test("< and <= say which methods compare", function()
  local a = core.ones(2)
  for _, compare in ipairs {
    function() return a < 1 end, function() return 1 <= a end,
    function() return a > a end, function() return a >= 0 end,
  } do
    check.fails(compare, "tensor_compare.lua:%d+: tensors are compared .* t:lt%(x%)")
  end
end)

check.test("% and // are Lua's", function()
  local a = core.tensor { 7, -7, 7, -7, 5.5, 1e-300, -1 }
  local b = core.tensor { 3, 3, -3, -3, 2, -1e-20, math.huge }
  for i = 1, #a do
    check.equal((a % b)[i], a[i] % b[i])
    check.equal((a // b)[i], a[i] // b[i])
  end
  check.equal((-7 % core.tensor { 3 })[1], 2)
  check.equal(a:narrow(1, 1, 5):clone():mod_(3):totable(), { 1, 2, 1, 2, 2.5 })
  check.equal(a:narrow(1, 1, 5):clone():idiv_(2):totable(), { 3, -4, 3, -4, 2 })
end)

check.test("where", function()
  local a = core.tensor { { 1, -2 }, { -3, 4 } }
  check.equal(core.where(a:gt(0), a, 0):totable(), { { 1, 0 }, { 0, 4 } })
  check.equal(a:gt(0):where(1, core.tensor { 10, 20 }):totable(),
    { { 1, 20 }, { 10, 1 } })
  check.equal(core.where(1, 2, 3), 2)
  check.equal(core.where(0, 2, core.tensor { 3 }):totable(), { 3 })
  check.equal(core.where(core.tensor { { 1 }, { 0 } }, core.tensor { 1, 2 }, 9):totable(),
    { { 1, 2 }, { 9, 9 } })
end)

check.test("a mask of a tensor without axes", function()
  local t = core.tensor(2)
  check.equal(t[t:gt(0)]:totable(), { 2 })
  check.equal(t[t:lt(0)]:shape(), { 0 })
  t[t:gt(0)] = 5
  check.equal(t:item(), 5)
  t[t:lt(0)] = 7
  check.equal(t:item(), 5)
  t[t:gt(0)] = core.tensor { 8 }
  check.equal(t:item(), 8)
  check.fails(function() return core.ones(3)[t] end, "a mask of shape")
  check.fails(function() return t[core.tensor(0 / 0)] end, "a mask has NaN")
end)

check.test("clamp", function()
  local a = core.tensor { -2, 0.5, nan, 7 }
  check.equal(a:clamp(-1, 1):totable(), { -1, 0.5, nan, 1 })
  check.equal(a:clamp(0):totable(), { 0, 0.5, nan, 7 })
  check.equal(a:clamp(nil, 0):totable(), { -2, 0, nan, 0 })
  check.equal(a:clamp(core.tensor { -3, 1, 0, 0 }, 2):totable(), { -2, 1, nan, 2 })
  local limits = core.tensor { nan, 0, nan, 1 } -- NaN where one of the three is
  check.equal(a:clamp(limits, 3):totable(), { nan, 0.5, nan, 3 })
  check.equal(a:clamp(-3, limits):totable(), { nan, 0, nan, 1 })
  check.equal(a:clamp(limits, limits):totable(), { nan, 0, nan, 1 })
  check.equal(core.ones(4):clamp(limits, 0):totable(), { nan, 0, nan, 0 })
  local b = a:clone()
  check.ok(rawequal(b:clamp_(-1, 1), b))
  check.equal(b:totable(), { -1, 0.5, nan, 1 })
end)

check.test("maximum, minimum, atan2", function()
  local a, b = core.tensor { 1, 5, nan }, core.tensor { 2, 4, 0 }
  check.equal(a:maximum(b):totable(), { 2, 5, nan })
  check.equal(b:minimum(a):totable(), { 1, 4, nan })
  check.equal(a:maximum(3):totable(), { 3, 5, nan })
  check.near(core.tensor({ 1, -1 }):atan2(core.tensor { -1, -1 }),
    { math.atan(1, -1), math.atan(-1, -1) }, 1e-15)
  check.equal(b:clone():maximum_(3):totable(), { 3, 4, 3 })
end)

check.test("every function of one argument, of tensors, in place and of numbers",
  function()
  local count = 0
  for _, op in ipairs(core.ops()) do
    if op.arity == 1 then
      local low, high = op.domain[1][1], op.domain[1][2]
      local x = core.linspace(low, high, 12):reshape(3, 4)
      local y, z = x:transpose(), x:transpose():clone()
      local want = core[op.name](y)
      check.equal(y[op.name](y), want, op.name)
      check.ok(rawequal(z[op.name .. "_"](z), z))
      check.equal(z, want, op.name .. "_")
      check.near(want:get(2, 1), core[op.name](x:get(1, 2)),
        1e-14 * math.abs(want:get(2, 1)))
      count = count + 1
    end
  end
  check.ok(count > 20)
end)

check.test("rounding", function()
  local a = core.tensor { -1.5, -0.5, 0.5, 1.5, 2.7 }
  check.equal(a:floor():totable(), { -2, -1, 0, 1, 2 })
  check.equal(a:ceil():totable(), { -1, 0, 1, 2, 3 })
  check.equal(a:round():totable(), { -2, 0, 0, 2, 3 })
  check.equal(a:trunc():totable(), { -1, 0, 0, 1, 2 })
  check.equal(a:clone():floor_():totable(), { -2, -1, 0, 1, 2 })
end)

check.test("t[mask] reads, of all axes or of the first ones", function()
  local m = core.arange(1, 12):reshape(3, 4)
  check.equal(m[m:gt(6)]:totable(), { 7, 8, 9, 10, 11, 12 })
  check.equal(m[m:gt(20)]:shape(), { 0 })
  check.equal(m[core.tensor { 1, 0, 1 }]:totable(), { { 1, 2, 3, 4 }, { 9, 10, 11, 12 } })
  check.equal(m:transpose()[m:transpose():lt(4)]:totable(), { 1, 2, 3 })
  check.equal(core.tensor({ 5, 6, 7 })[core.tensor { 0.5, 0, -1 }]:totable(), { 5, 7 })
  local cube = core.arange(1, 24):reshape(2, 3, 4)
  check.equal(cube[core.tensor { { 0, 1, 0 }, { 0, 0, 1 } }]:totable(),
    { { 5, 6, 7, 8 }, { 21, 22, 23, 24 } })
end)

check.test("t[mask] = value", function()
  local m = core.arange(1, 6):reshape(2, 3)
  m[m:gt(4)] = 0
  check.equal(m:totable(), { { 1, 2, 3 }, { 4, 0, 0 } })
  m[m:lt(3)] = core.tensor { 10, 20, 30, 40 }
  check.equal(m:totable(), { { 10, 20, 3 }, { 4, 30, 40 } })
  m[core.tensor { 0, 1 }] = core.tensor { 7, 8, 9 }
  check.equal(m:totable(), { { 10, 20, 3 }, { 7, 8, 9 } })
  m[core.tensor { 1, 1 }] = core.tensor { { 1, 2, 3 }, { 4, 5, 6 } }
  check.equal(m:totable(), { { 1, 2, 3 }, { 4, 5, 6 } })
  m:transpose()[core.tensor { 1, 0, 1 }] = -1
  check.equal(m:totable(), { { -1, 2, -1 }, { -1, 5, -1 } })
  m[m:gt(0)] = m[m:gt(0)] * 2
  check.equal(m:totable(), { { -1, 4, -1 }, { -1, 10, -1 } })
  m[m] = 1 -- the mask is the tensor itself
  check.equal(m:sum(), 6)
end)

check.test("nonzero", function()
  local t = core.tensor { { 0, 3 }, { nan, 0 } }
  check.equal(t:nonzero():totable(), { { 1, 2 }, { 2, 1 } })
  check.equal(core.zeros(3):nonzero():shape(), { 0, 1 })
end)

check.test("take, put_, put_add_, gather", function()
  local m = core.arange(1, 6):reshape(2, 3)
  check.equal(m:take(2, { 3, 1, -1 }):totable(), { { 3, 1, 3 }, { 6, 4, 6 } })
  check.equal(m:take(1, core.tensor { 2, 2 }):totable(), { { 4, 5, 6 }, { 4, 5, 6 } })
  check.equal(m:take(-1, {}):shape(), { 2, 0 })
  check.equal(m:transpose():take(1, { 2 }):totable(), { { 2, 5 } })
  local c = m:clone()
  check.ok(rawequal(c:put_(2, { 1, 3 }, 0), c))
  check.equal(c:totable(), { { 0, 2, 0 }, { 0, 5, 0 } })
  c:put_(1, { -1 }, core.tensor { 7, 8, 9 })
  check.equal(c:totable(), { { 0, 2, 0 }, { 7, 8, 9 } })
  check.equal(core.zeros(3):put_add_(1, { 1, 1, 3 }, 1):totable(), { 2, 0, 1 })
  check.equal(core.zeros(3):put_(1, { 1, 1 }, core.tensor { 5, 6 }):totable(),
    { 6, 0, 0 })
  check.equal(m:gather(2, core.tensor { { 3, 3 }, { 1, -2 } }):totable(),
    { { 3, 3 }, { 4, 5 } })
end)

check.test("what cannot be written is not", function()
  local wide = core.ones(1, 3):expand(2, 3)
  check.fails(function() wide:add_(1) end, "the output repeats its elements along axis 1")
  check.fails(function() wide:exp_() end, "the output repeats its elements along axis 1")
  check.fails(function() wide:cumsum_(1) end,
    "the output repeats its elements along axis 1")
  check.fails(function() core.rng(1, "x"):uniform(wide) end, "the output repeats")
end)

local m = core.zeros(3, 4)

messages("tests/lua/tensor_compare.lua", {
  { function() return m[core.zeros(4)] end,
    "tensor index: a mask of shape 4 does not fit a tensor of shape 3x4 (its first" },
  { function() return m[core.zeros(3, 4, 1)] end,
    "tensor index: a mask of shape 3x4x1 does not fit a tensor of shape 3x4" },
  { function() return m[core.tensor { 1, 0, nan }] end,
    "tensor index: a mask has NaN at {3}, expected 0 or another number" },
  { function() return m[core.full({ 3, 4 }, nan):where(nan, 0)] end,
    "tensor index: a mask has NaN at {1, 1}, expected 0 or another number" },
  { function() m[core.zeros(3, 4):put_(1, { 2 }, core.tensor { 1, 0, nan, nan })] = 1 end,
    "tensor index: a mask has NaN at {2, 3}, expected 0 or another number" },
  { function() m[core.ones(3)] = core.zeros(2, 4) end,
    "tensor index: shape 2x4 does not broadcast to 3x4" },
  { function() m[core.ones(3, 4)] = core.zeros(5) end,
    "tensor index: shape 5 does not broadcast to 12" },
  { function() m[core.ones(3)] = "x" end,
    "tensor index: the new value is 'x', expected a number or a tensor" },
  { function() return m:lt {} end,
    "tensor 'lt': operand 2 is a table, expected a number or a tensor" },
  { function() return m:ge_(core.zeros(5)) end,
    "tensor 'ge_': shape 5 does not broadcast to 3x4" },
  { function() return m & "x" end,
    "tensor 'logical_and': operand 2 is 'x', expected a number or a tensor" },
  { function() return core.where(m, 1) end,
    "where: operand 3 is nil, expected a number or a tensor" },
  { function() return core.where(m, core.zeros(3), 1) end,
    "where: shapes 3x4 and 3 do not broadcast" },
  { function() return m:clamp(0 / 0, 2) end, "tensor 'clamp': the lower limit is nan" },
  { function() return m:clamp_(nil, 0 / 0) end,
    "tensor 'clamp_': the upper limit is nan" },
  { function() return m:clamp "x" end,
    "tensor 'clamp': operand 2 is 'x', expected a number or a tensor" },
  { function() return m:clamp_(core.zeros(3)) end,
    "tensor 'clamp_': shape 3 does not broadcast to 3x4" },
  { function() return m:take(1, { 1, 4 }) end,
    "tensor 'take': position 4 (number 2) on axis 1, expected 1..3 or -3..-1" },
  { function() return m:take(1, { 1, "x" }) end,
    "tensor 'take': position number 2 is 'x', expected a number" },
  { function() return m:take(1, 2) end,
    "tensor 'take': the positions are 2, expected a tensor or a list" },
  { function() return m:take(3, { 1 }) end,
    "tensor 'take': axis is 3, expected 1..2 or -2..-1" },
  { function() return m:take(1, m) end,
    "tensor 'take': positions with 2 dims, expected 1" },
  { function() return m:put_(2, { 1.5 }, 0) end,
    "tensor 'put_': position 1.5 (number 1) on axis 2, expected 1..4 or -4..-1" },
  { function() return m:put_(2, { 1 }) end,
    "tensor 'put_': operand 4 is nil, expected a number or a tensor" },
  { function() return m:put_add_(1, { 1 }, core.zeros(3)) end,
    "tensor 'put_add_': shape 3 does not broadcast to 1x4" },
  { function() return m:gather(1, core.ones(2, 3)) end,
    "tensor 'gather': positions of shape 2x3, expected 3x4 except along axis 1" },
  { function() return m:gather(1, core.zeros(2, 4)) end,
    "tensor 'gather': position 0 (number 1) on axis 1, expected 1..3 or -3..-1" },
  { function() return m:gather(1, {}) end,
    "bad argument #2 to 'gather' (expected a tensor, got a table)" },
})

check.done()
