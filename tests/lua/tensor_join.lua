-- Joining, splitting, repeating, and the views that need no memory.

local check = require "tests.support.check"
local core = require "modsync.core"
local messages = require "tests.support.messages"

local function counted(...) return core.arange(1, core.zeros(...):size()):reshape(...) end

check.test("the spread of no lanes is empty", function()
  local t = core.zeros(3, 0)
  check.equal(t:var(1):shape(), t:mean(1):shape())
  check.equal(t:std(1):shape(), { 0 })
  check.equal(t:std(1, true, 1):shape(), { 1, 0 })
  check.equal(core.zeros(0, 3, 0):var({ 1, 2 }):shape(), { 0 })
end)

check.test("concat along an axis, the last unless told otherwise", function()
  local a, b = counted(2, 2), core.tensor { { 9 }, { 8 } }
  check.equal(core.concat({ a, b }):totable(), { { 1, 2, 9 }, { 3, 4, 8 } })
  check.equal(core.concat({ a, a }, 1):totable(),
    { { 1, 2 }, { 3, 4 }, { 1, 2 }, { 3, 4 } })
  local one, none, two = core.tensor { 1 }, core.zeros(0), core.tensor { 2, 3 }
  check.equal(core.concat({ one, none, two }):totable(), { 1, 2, 3 })
  check.equal(core.concat({ a:transpose(), a }, -1):totable(),
    { { 1, 3, 1, 2 }, { 2, 4, 3, 4 } })
  local many = {}
  for i = 1, 3000 do many[i] = core.tensor { i } end
  check.equal(core.concat(many):sum(), 3000 * 3001 / 2)
end)

check.test("concat still takes symbols", function()
  local g <close> = core.graph()
  local x, y = g:input("x", 1), g:input("y", 2)
  local points = core.tensor { { 1, 2 }, { 3, 4 } }
  local joined = core.concat { x, y, 5 }
  local columns = { joined:column(1), joined:column(2), joined:column(3) }
  local p <close> = g:program { outputs = columns, columns = 2 }
  check.equal(p:run(core.zeros(0), points),
    core.concat { points, core.full({ 2, 1 }, 5) })
end)

check.test("stack", function()
  local a, b = core.tensor { 1, 2 }, core.tensor { 3, 4 }
  check.equal(core.stack({ a, b }):totable(), { { 1, 2 }, { 3, 4 } })
  check.equal(core.stack({ a, b }, 2):totable(), { { 1, 3 }, { 2, 4 } })
  check.equal(core.stack({ a, b }, -1):totable(), { { 1, 3 }, { 2, 4 } })
  check.equal(core.stack({ core.tensor(1), core.tensor(2) }):totable(), { 1, 2 })
end)

check.test("split gives views", function()
  local m = counted(5, 2)
  local parts = m:split(2)
  check.equal(#parts, 3)
  check.equal(parts[3]:totable(), { { 9, 10 } })
  parts[1][1] = 0
  check.equal(m[1]:totable(), { 0, 0 })
  local columns = m:split({ 1, 0, 1 }, 2)
  check.equal(columns[2]:shape(), { 5, 0 })
  check.equal(columns[3]:flatten():totable(), { 0, 4, 6, 8, 10 })
  check.equal(#core.zeros(0, 2):split(3), 0)
  check.equal(core.concat(m:split(2), 1), m)
end)

check.test("tile, repeat_each, roll, outer", function()
  local a = core.tensor { { 1, 2 }, { 3, 4 } }
  check.equal(a:tile(1, 2):totable(), { { 1, 2, 1, 2 }, { 3, 4, 3, 4 } })
  check.equal(core.tensor({ 1, 2 }):tile { 2, 2 }:totable(),
    { { 1, 2, 1, 2 }, { 1, 2, 1, 2 } })
  check.equal(core.tensor(7):tile(3):totable(), { 7, 7, 7 })
  check.equal(a:tile(0, 1):shape(), { 0, 2 })
  check.equal(a:repeat_each(2, 1):totable(), { { 1, 2 }, { 1, 2 }, { 3, 4 }, { 3, 4 } })
  check.equal(core.tensor({ 1, 2 }):repeat_each(3):totable(), { 1, 1, 1, 2, 2, 2 })
  check.equal(core.arange(1, 5):roll(2):totable(), { 4, 5, 1, 2, 3 })
  check.equal(core.arange(1, 5):roll(-1):totable(), { 2, 3, 4, 5, 1 })
  check.equal(a:roll(1, 2):totable(), { { 2, 1 }, { 4, 3 } })
  check.equal(core.tensor({ 1, 2 }):outer(core.tensor { 3, 4, 5 }):totable(),
    { { 3, 4, 5 }, { 6, 8, 10 } })
  check.equal(a:outer(a):shape(), { 4, 4 })
  check.equal(a:transpose():outer(core.tensor { 1 }):flatten():totable(), { 1, 3, 2, 4 })
end)

check.test("eye, diag, diagonal, tril, triu", function()
  check.equal(core.eye(2):totable(), { { 1, 0 }, { 0, 1 } })
  check.equal(core.eye(2, 3):totable(), { { 1, 0, 0 }, { 0, 1, 0 } })
  check.equal(core.tensor({ 1, 2 }):diag(1):totable(),
    { { 0, 1, 0 }, { 0, 0, 2 }, { 0, 0, 0 } })
  check.equal(core.tensor({ 1, 2 }):diag(-1):totable(),
    { { 0, 0, 0 }, { 1, 0, 0 }, { 0, 2, 0 } })
  local m = counted(2, 3)
  check.equal(m:diag():totable(), { 1, 5 })
  check.equal(m:diag(1):totable(), { 2, 6 })
  m:diagonal():fill_(0)
  check.equal(m:totable(), { { 0, 2, 3 }, { 4, 0, 6 } })
  check.equal(m:diag(2):totable(), { 3 })
  check.equal(counted(3, 3):tril():totable(), { { 1, 0, 0 }, { 4, 5, 0 }, { 7, 8, 9 } })
  check.equal(counted(3, 3):triu(1):totable(), { { 0, 2, 3 }, { 0, 0, 6 }, { 0, 0, 0 } })
  check.ok(rawequal(m:triu_(), m))
  check.equal(m:tril_(1):totable(), { { 0, 2, 0 }, { 0, 0, 6 } })
  check.equal(counted(2, 2, 2):tril():totable(),
    { { { 1, 0 }, { 3, 4 } }, { { 5, 0 }, { 7, 8 } } })
  for _, far in ipairs { math.maxinteger, 9 } do
    check.equal(counted(2, 3):tril(far):totable(), { { 1, 2, 3 }, { 4, 5, 6 } })
    check.equal(counted(2, 3):triu(-far):totable(), { { 1, 2, 3 }, { 4, 5, 6 } })
    check.equal({ counted(2, 3):tril(-far):sum(), counted(2, 3):triu(far):sum() },
      { 0, 0 })
  end
end)

check.test("permute, squeeze, unsqueeze, flatten, expand, flip, contiguous", function()
  local t = counted(2, 3, 4)
  check.equal(t:permute(3, 1, 2):shape(), { 4, 2, 3 })
  check.equal(t:permute { 2, 3, 1 }[{ 3, 4, 2 }], 24)
  check.equal(t:unsqueeze(1):shape(), { 1, 2, 3, 4 })
  check.equal(t:unsqueeze(-1):shape(), { 2, 3, 4, 1 })
  check.equal(t:unsqueeze(2):squeeze(2), t)
  check.equal(core.zeros(1, 3, 1):squeeze():shape(), { 3 })
  check.equal(t:flatten()[24], 24)
  check.equal(core.tensor(3):flatten():totable(), { 3 })
  local wide = core.tensor({ { 1 }, { 2 } }):expand(2, 3)
  check.equal(wide:totable(), { { 1, 1, 1 }, { 2, 2, 2 } })
  check.equal(core.tensor({ 1, 2 }):expand { 2, 2 }:totable(), { { 1, 2 }, { 1, 2 } })
  check.equal(counted(2, 2):flip():totable(), { { 4, 3 }, { 2, 1 } })
  check.equal(counted(2, 2):flip(2):totable(), { { 2, 1 }, { 4, 3 } })
  check.equal(counted(2, 2):flip { 1 }:totable(), { { 3, 4 }, { 1, 2 } })
  local m = counted(2, 2)
  m:flip(1)[1] = 0
  check.equal(m:totable(), { { 1, 2 }, { 0, 0 } })
  check.ok(rawequal(m:contiguous(), m))
  local turned = m:transpose():contiguous()
  check.equal(turned:totable(), { { 1, 0 }, { 2, 0 } })
  check.equal(core.zeros(0):flip():shape(), { 0 })
end)

check.test("ranges with a step", function()
  local v = core.arange(1, 7)
  check.equal(v[{ { 1, -1, 3 } }]:totable(), { 1, 4, 7 })
  check.equal(v[{ { 2, 6, 3 } }]:totable(), { 2, 5 })
  check.equal(v[{ { -1, 1, -2 } }]:totable(), { 7, 5, 3, 1 })
  v[{ { 1, -1, 2 } }] = 0
  check.equal(v:totable(), { 0, 2, 0, 4, 0, 6, 0 })
end)

local m = core.zeros(2, 3)

messages("tests/lua/tensor_join.lua", {
  { function() return core.concat {} end, "concat: an empty list, expected tensors" },
  { function() return core.concat { 1, 2 } end,
    "concat: part 1 is 1, expected a tensor" },
  { function() return core.concat { m, core.zeros(2) } end,
    "concat: part 2 has shape 2, which does not continue 2x3 along axis 2" },
  { function() return core.concat({ m }, 3) end, "concat: axis is 3, expected 1..2" },
  { function() return core.concat { core.tensor(1) } end,
    "concat: tensors without axes cannot be concatenated (stack can)" },
  { function() return core.concat(m) end,
    "bad argument #1 to 'concat' (table expected, got modsync.tensor)" },
  { function() return core.stack { m, core.zeros(2) } end,
    "stack: part 2 has shape 2, the first has 2x3" },
  { function() return core.stack({ m }, 4) end, "stack: axis is 4, expected 1..3" },
  { function() return core.stack { m, "x" } end,
    "stack: part 2 is 'x', expected a tensor" },
  { function() return core.stack { core.zeros(1, 1, 1, 1, 1, 1, 1, 1) } end,
    "stack: a tensor has 0 to 8 dims, not 9" },
  { function() return m:split(0) end,
    "tensor 'split': parts of size 0, expected at least 1" },
  { function() return m:split { 1, 2 } end,
    "tensor 'split': sizes that make 3 together, axis 1 has 2" },
  { function() return m:split({ 1, 0.5 }, 1) end,
    "tensor 'split': size number 2 is 0.5, expected a whole number up to 2" },
  { function() return core.tensor(1):split(1) end,
    "tensor 'split': a tensor without axes" },
  { function() return m:tile(2) end,
    "tensor 'tile': 1 numbers for a tensor with 2 axes" },
  { function() return m:tile(2, -1) end,
    "tensor 'tile': size of axis 2 is -1, expected a whole number of at least 0" },
  { function() return m:repeat_each(2) end,
    "tensor 'repeat_each': a tensor with 2 axes needs to be told which" },
  { function() return m:repeat_each(-1, 1) end,
    "tensor 'repeat_each': -1 times, expected at least 0" },
  { function() return m:roll(1) end,
    "tensor 'roll': a tensor with 2 axes needs to be told which" },
  { function() return m:outer(3) end,
    "bad argument #1 to 'outer' (expected a tensor, got 3)" },
  { function() return core.eye(-1) end,
    "eye: -1 rows and -1 columns, expected at least 0" },
  { function() return m:diag(4) end,
    "tensor 'diag': diagonal 4 lies outside of a 2x3 matrix" },
  { function() return core.zeros(1, 1, 1):diag() end,
    "tensor 'diag': a tensor with 3 axes, expected a vector or a matrix" },
  { function() return core.zeros(2):diagonal() end,
    "tensor 'diagonal': a tensor with 1 dims has no diagonal" },
  { function() return core.zeros(2):tril() end,
    "tensor 'tril': a tensor with 1 dims is no matrix" },
  { function() return core.zeros(2):triu_() end,
    "tensor 'triu_': a tensor with 1 dims is no matrix" },
  { function() return m:permute(1) end, "tensor 'permute': 1 axes, expected all 2" },
  { function() return m:permute(1, 1) end, "tensor 'permute': axis 1 is listed twice" },
  { function() return m:permute { 1, 3 } end,
    "tensor 'permute': axis is 3, expected 1..2" },
  { function() return m:unsqueeze(4) end,
    "tensor 'unsqueeze': axis is 4, expected 1..3" },
  { function() return m:squeeze(1) end,
    "tensor 'squeeze': axis 1 has size 2, expected 1" },
  { function() return m:expand(3, 3) end,
    "tensor 'expand': shape 2x3 does not broadcast to 3x3" },
  { function() return m:flip { 1, 1 } end, "tensor 'flip': axis 1 is listed twice" },
  { function() return m:sum { 1, "x" } end,
    "tensor 'sum': axis number 2 is 'x', expected a whole number" },
  { function() return m:sum { 1, 1 } end, "tensor 'sum': axis 1 is listed twice" },
  { function() return m:var(1, false, 2) end,
    "tensor 'var': 2 elements with a correction of 2.0, expected more" },
  { function() return m:std(1, false, -1) end,
    "tensor 'std': 2 elements with a correction of -1.0, expected more" },
  { function() return core.zeros(3, 0):var(2) end,
    "tensor 'var': 0 elements with a correction of 0.0, expected more" },
  { function() return core.zeros(3, 0):var() end,
    "tensor 'var': 0 elements with a correction of 0.0, expected more" },
  { function() return m:norm(-1) end, "tensor 'norm': p is -1.0, expected at least 0" },
  { function() return m[{ { 1, 2, 0 } }] end,
    "tensor index: range of axis 1 has a step of 0" },
  { function() return m[{ { 1, 2, -1 } }] end,
    "tensor index: range {1, 2} of axis 1 ends before it begins" },
  { function() return m[{ { 1, 2, 1, 1 } }] end,
    "tensor index: range of axis 1 has 4 items" },
})

check.done()
