local check = require "tests.support.check"
local core = require "modsync.core"

local function counted(...) return core.arange(1, core.zeros(...):size()):reshape(...) end

check.test("one index: a number of a vector, a view of anything larger", function()
  local v, m = core.tensor { 5, 6, 7 }, counted(2, 3)
  check.equal({ v[1], v[3], v[-1], v[-3] }, { 5, 7, 7, 5 })
  check.equal(m[2]:totable(), { 4, 5, 6 })
  check.equal(m[-2]:totable(), { 1, 2, 3 })
  check.equal(m[2][3], 6)
  m[1][2] = 20
  check.equal(m:get(1, 2), 20)
end)

check.test("a table of positions and ranges", function()
  local m = counted(3, 4)
  check.equal(m[{ 2, 3 }], 7)
  check.equal(m[{ -1, -1 }], 12)
  check.equal(m[{ 1, { 2, -1 } }]:totable(), { 2, 3, 4 })
  check.equal(m[{ {}, 1 }]:totable(), { 1, 5, 9 })
  check.equal(m[{ { 2, 3 }, { 1, 1 } }]:totable(), { { 5 }, { 9 } })
  check.equal(m[{ { -2, -1 } }]:totable(), { { 5, 6, 7, 8 }, { 9, 10, 11, 12 } })
  check.equal(m[{}]:shape(), { 3, 4 })
  check.equal(core.tensor(4)[{}], 4)
  check.equal(counted(2, 2, 2)[{ {}, 2 }]:totable(), { { 3, 4 }, { 7, 8 } })
end)

check.test("assignment", function()
  local m = core.zeros(3, 4)
  m[1] = 1
  m[2] = core.tensor { 1, 2, 3, 4 }
  m[{ 3, { 2, 3 } }] = 9
  m[{ 3, 4 }] = 5
  m[{ {}, 1 }] = core.tensor { 7, 8, 9 }
  check.equal(m:totable(), { { 7, 1, 1, 1 }, { 8, 2, 3, 4 }, { 9, 9, 9, 5 } })
  local v = core.zeros(2)
  v[-1] = 3
  check.equal(v:totable(), { 0, 3 })
  v[1] = core.tensor(4)
  check.equal(v[1], 4)
  m[{}] = 0
  check.equal(m:sum(), 0)
end)

check.test("get and set", function()
  local m = counted(2, 3)
  check.equal({ m:get(1, 1), m:get(2, -1) }, { 1, 6 })
  check.ok(rawequal(m:set(-1, -1, 60), m))
  check.equal(m[{ 2, 3 }], 60)
  check.equal(core.tensor(3):get(), 3)
  check.equal(core.tensor(3):set(4):item(), 4)
end)

check.test("views share their elements", function()
  local m = counted(2, 3)
  m:narrow(2, 2, 2):fill_(0)
  check.equal(m:totable(), { { 1, 0, 0 }, { 4, 0, 0 } })
  m:select(1, 2)[1] = 9
  m:row(1):set(1, 8)
  m:reshape(6)[2] = 5
  check.equal(m:totable(), { { 8, 5, 0 }, { 9, 0, 0 } })
  check.equal(m:transpose():totable(), { { 8, 9 }, { 5, 0 }, { 0, 0 } })
  check.equal(counted(2, 3, 4):transpose(1, -1):shape(), { 4, 3, 2 })
  check.equal(counted(2, 3, 4):select(-1, 4):totable(), { { 4, 8, 12 }, { 16, 20, 24 } })
  check.equal(core.tensor({ 1, 2 }):select(1, 2):item(), 2)
  check.equal(m:narrow(1, 1, 0):shape(), { 0, 3 })
  check.equal(core.zeros(0, 2):narrow(1, 1, 0):shape(), { 0, 2 })
end)

check.test("reshape", function()
  local m = counted(2, 6)
  check.equal(m:reshape(3, -1):shape(), { 3, 4 })
  check.equal(m:reshape { 12 }:totable(), core.arange(1, 12):totable())
  check.equal(m:reshape(-1):shape(), { 12 })
  check.equal(core.tensor(7):reshape(1, 1):totable(), { { 7 } })
  check.equal(core.tensor({ 7 }):reshape():item(), 7)
  local turned = m:transpose():reshape(12) -- strides cannot say this: a copy
  check.equal({ turned[1], turned[2], turned[3] }, { 1, 7, 2 })
  turned:fill_(0)
  check.equal(m:sum(), 78)
end)

check.test("misuse of an index names position and range", function()
  local v, m = core.zeros(3), core.zeros(2, 3)
  check.fails(function() return v[0] end,
    "tensor index: position 0 on axis 1, expected 1%.%.3 or %-3%.%.%-1")
  check.fails(function() return v[4] end, "position 4 on axis 1")
  check.fails(function() return v[-4] end, "position %-4 on axis 1")
  check.fails(function() return m[{ 1, 4 }] end, "position 4 on axis 2, expected 1%.%.3")
  check.fails(function() return v[1.5] end,
    "position on axis 1 is 1.5, expected a whole number")
  check.fails(function() return m[{ 1, "x" }] end,
    "position on axis 2 is 'x', expected a whole number")
  check.fails(function() return m[{ 1, { 1, "x" } }] end, "position on axis 2 is 'x'")
  check.fails(function() return v[{ 1, 2 }] end, "2 positions for a tensor with 1 axes")
  check.fails(function() return v[{ { 3, 2 } }] end,
    "range {3, 2} of axis 1 ends before it begins")
  check.fails(function() return v[{ { 1 } }] end,
    "range of axis 1 has 1 items, expected {}, {first, last} or {first,")
  check.fails(function() return v[{ { 1, 4 } }] end, "position 4 on axis 1")
  check.fails(function() return core.zeros(0)[1] end,
    "axis 1 is empty and has no position 1")
  check.fails(function() return core.tensor(1)[1] end,
    "1 positions for a tensor with 0 axes")
  check.fails(function() return v[true] end,
    "got true, expected a position, a table of positions")
  check.fails(function() return v[core.ones(4)] end,
    "a mask of shape 4 does not fit a tensor of shape 3")
  check.fails(function() v.x = 1 end, "got 'x', expected a position")
  check.fails(function() v[1] = "x" end,
    "the new value is 'x', expected a number or a tensor")
  check.fails(function() v[1] = nil end, "the new value is nil")
  check.fails(function() m[1] = core.zeros(2) end,
    "tensor index: shape 2 does not broadcast to 3")
  check.fails(function() return m:get(1) end,
    "tensor 'get': 1 positions, expected 2, one for each axis")
  check.fails(function() return m:get(1, 4) end, "tensor 'get': position 4 on axis 2")
  check.fails(function() m:set(1, 2) end, "tensor 'set': 1 positions, expected 2")
  check.fails(function() m:set(1, 2, "x") end,
    "bad argument #3 to 'set' %(number expected, got string%)")
  check.fails(function() v:nothing() end, "method 'nothing'")
end)

check.done()
