local check = require "tests.support.check"
local core = require "modsync.core"

local function counted(...) return core.arange(1, core.zeros(...):size()):reshape(...) end

check.test("constructors", function()
  check.equal(core.zeros(2, 3):totable(), { { 0, 0, 0 }, { 0, 0, 0 } })
  check.equal(core.ones({ 2 }):totable(), { 1, 1 })
  check.equal(core.full({ 1, 2 }, 2.5):totable(), { { 2.5, 2.5 } })
  check.equal(core.zeros():item(), 0)
  check.equal(core.zeros(2, 0):totable(), { {}, {} })
  check.equal(core.tensor(3):totable(), 3)
  check.equal(core.tensor({}):shape(), { 0 })
  check.equal(core.tensor({ {}, {} }):shape(), { 2, 0 })
  check.equal(core.tensor({ { { 1 }, { 2 } } }):shape(), { 1, 2, 1 })
  local t = core.tensor { { 1, 2 }, { 3, 4 } }
  local copy = core.tensor(t:transpose())
  check.equal(copy:totable(), { { 1, 3 }, { 2, 4 } })
  copy:fill_(0)
  check.equal(t:totable(), { { 1, 2 }, { 3, 4 } })
end)

check.test("arange has both ends, as a numeric for", function()
  check.equal(core.arange(1, 4):totable(), { 1, 2, 3, 4 })
  check.equal(core.arange(0, 7, 3):totable(), { 0, 3, 6 })
  check.equal(core.arange(2, -1, -1.5):totable(), { 2, 0.5, -1 })
  check.equal(core.arange(1, 0):size(), 0)
  check.near(core.arange(0, 0.3, 0.1), { 0, 0.1, 0.2, 0.3 }, 1e-16)
  check.fails(function() core.arange(0, 1, 0) end,
    "arange: from 0.0 to 1.0 by 0.0, expected finite")
  check.fails(function() core.arange(0, math.huge) end, "arange: from 0.0 to inf")
  check.fails(function() core.arange(0, 1, 1e-300) end,
    "arange: 1e%+300 steps are too many")
end)

check.test("linspace has both ends exactly", function()
  check.near(core.linspace(-1, 1, 5), { -1, -0.5, 0, 0.5, 1 }, 0)
  check.equal(core.linspace(0.1, 0.7, 1):totable(), { 0.1 })
  check.equal(core.linspace(0, 1, 0):size(), 0)
  local t = core.linspace(0.1, 0.7, 8)
  check.equal(t[1], 0.1)
  check.equal(t[-1], 0.7)
  check.fails(function() core.linspace(0, 1, -1) end,
    "linspace: %-1 numbers, expected at least 0")
  local far = 0x1.8p1023
  check.equal(core.linspace(-far, far, 5):totable(), { -far, -far / 2, 0, far / 2, far })
  check.fails(function() core.linspace(0, math.huge, 3) end,
    "linspace: from 0.0 to inf, expected finite numbers")
end)

check.test("shape, size, dim and length", function()
  local t = core.zeros(2, 3, 4)
  check.equal(t:shape(), { 2, 3, 4 })
  check.equal(t:dim(), 3)
  check.equal(t:size(), 24)
  check.equal({ t:size(1), t:size(-1), t:size(-3) }, { 2, 4, 2 })
  check.equal(#t, 2)
  check.equal(core.tensor(1):size(), 1)
  check.equal(core.tensor(1):dim(), 0)
end)

check.test("operators, with numbers on both sides", function()
  local a, b = core.tensor { { 1, 2 }, { 3, 4 } }, core.tensor { { 5, 6 }, { 7, 8 } }
  check.equal((a + b):totable(), { { 6, 8 }, { 10, 12 } })
  check.equal((a - b):totable(), { { -4, -4 }, { -4, -4 } })
  check.equal((a * b):totable(), { { 5, 12 }, { 21, 32 } })
  check.equal((b / a):totable(), { { 5, 3 }, { 7 / 3, 2 } })
  check.near(a ^ b, { { 1, 64 }, { 3 ^ 7, 4 ^ 8 } }, 1e-9)
  check.equal((-a):totable(), { { -1, -2 }, { -3, -4 } })
  check.equal((2 + a):totable(), { { 3, 4 }, { 5, 6 } })
  check.equal((a - 1):totable(), { { 0, 1 }, { 2, 3 } })
  check.equal((1 - a):totable(), { { 0, -1 }, { -2, -3 } })
  check.equal((12 / a):totable(), { { 12, 6 }, { 4, 3 } })
  check.near(2 ^ a, { { 2, 4 }, { 8, 16 } }, 1e-14)
  check.equal((a ^ 2):totable(), { { 1, 4 }, { 9, 16 } })
  check.equal(a:totable(), { { 1, 2 }, { 3, 4 } })
  for name, op in pairs {
    add = function(x, y) return x + y end, sub = function(x, y) return x - y end,
    mul = function(x, y) return x * y end, div = function(x, y) return x / y end,
    pow = function(x, y) return x ^ y end,
  } do
    check.equal(a[name](a, b), op(a, b), name)
    local c = a:clone()
    check.ok(rawequal(c[name .. "_"](c, b), c), name .. "_ returns its tensor")
    check.equal(c, op(a, b), name .. "_")
    check.equal(a:clone()[name .. "_"](a:clone(), 3), op(a, 3), name .. "_ with a number")
  end
  check.equal(a:neg(), -a)
end)

check.test("broadcasting", function()
  local m, row = counted(2, 3), core.tensor { 10, 20, 30 }
  local column = core.tensor { { 100 }, { 200 } }
  check.equal((m + row):totable(), { { 11, 22, 33 }, { 14, 25, 36 } })
  check.equal((column + m):totable(), { { 101, 102, 103 }, { 204, 205, 206 } })
  check.equal((row + column):shape(), { 2, 3 })
  check.equal((row + column):totable(), { { 110, 120, 130 }, { 210, 220, 230 } })
  check.equal((core.tensor(1) + row):totable(), { 11, 21, 31 })
  check.equal((core.zeros(0) + core.ones(1)):shape(), { 0 })
  check.equal(m:clone():mul_(row):totable(), { { 10, 40, 90 }, { 40, 100, 180 } })
end)

check.test("another type's metamethod gets what a tensor does not know", function()
  local seen = {}
  local other = setmetatable({}, { __mul = function(a, b)
    seen = { a, b }
    return "other"
  end })
  local t = core.ones(2)
  check.equal(t * other, "other")
  check.ok(rawequal(seen[1], t) and rawequal(seen[2], other))
  check.equal(other * t, "other")
  check.ok(rawequal(seen[1], other))
end)

check.test("in place on views of itself", function()
  local t = counted(3, 3)
  t:add_(t:transpose())
  check.equal(t:totable(), { { 2, 6, 10 }, { 6, 10, 14 }, { 10, 14, 18 } })
  local u = core.arange(1, 6)
  u[{ { 2, 6 } }] = u[{ { 1, 5 } }]
  check.equal(u:totable(), { 1, 1, 2, 3, 4, 5 })
  local v = counted(2, 2)
  v:sub_(v[1])
  check.equal(v:totable(), { { 0, 0 }, { 2, 2 } })
  local w, rows = counted(3, 2), core.tensor { 1, 0, 1 }
  w[rows] = w:flip(1)[rows]
  check.equal(w:totable(), { { 5, 6 }, { 3, 4 }, { 1, 2 } })
  w[core.ones(3)] = w:flip(1)
  check.equal(w:totable(), { { 1, 2 }, { 3, 4 }, { 5, 6 } })
end)

check.test("what is held twice is not written to", function()
  local repeated = core.ones(1, 3):expand(3, 3)
  local positions, mask = core.tensor { 1, 2 }, core.tensor { 1, 0, 1 }
  for name, write in pairs {
    add_ = function() repeated:add_(1) end,
    cumsum_ = function() repeated:cumsum_(2) end,
    put_ = function() repeated:put_(1, positions, 5) end,
    put_add_ = function() repeated:put_add_(1, positions, 5) end,
    index = function() repeated[mask] = core.zeros(2, 3) end,
    tril_ = function() repeated:tril_() end,
    fill_ = function() repeated:fill_(7) end,
    set = function() repeated:set(1, 1, 7) end,
    ["tensor index"] = function() repeated[2] = 7 end,
  } do
    check.fails(write, "'?" .. name .. "'?: the output repeats its elements along axis 1")
  end
  check.ok(repeated == core.ones(3, 3))
  local empty = core.ones(1, 0):expand(3, 0)
  check.equal(empty:add_(1):cumsum_(1):sort_(1):shape(), { 3, 0 })
end)

check.test("axpy_, copy_, fill_, clone", function()
  local t = counted(2, 2)
  check.ok(rawequal(t:axpy_(10, core.tensor { 1, 2 }), t))
  check.equal(t:totable(), { { 11, 22 }, { 13, 24 } })
  t:axpy_(-1, 1)
  check.equal(t:totable(), { { 10, 21 }, { 12, 23 } })
  local copy = t:clone()
  check.equal(t:copy_(core.tensor { 5, 6 }):totable(), { { 5, 6 }, { 5, 6 } })
  check.equal(t:copy_(7):totable(), { { 7, 7 }, { 7, 7 } })
  check.equal(t:transpose():row(1):fill_(0):totable(), { 0, 0 })
  check.equal(t:totable(), { { 0, 7 }, { 0, 7 } })
  check.equal(copy:totable(), { { 10, 21 }, { 12, 23 } })
end)

check.test("reductions of everything and along an axis", function()
  local t = core.tensor { { 3, 1, 2 }, { -4, 6, 5 } }
  check.equal({ t:sum(), t:mean(), t:min(), t:max() }, { 13, 13 / 6, -4, 6 })
  check.equal(t:sum(1):totable(), { -1, 7, 7 })
  check.equal(t:sum(-1):totable(), { 6, 7 })
  check.near(t:mean(2), { 2, 7 / 3 }, 1e-15)
  check.equal(t:min(1):totable(), { -4, 1, 2 })
  check.equal(t:max(2):totable(), { 3, 6 })
  check.equal(math.type(core.tensor({ 1, 2 }):sum(1)), "float")
  check.equal(core.zeros(0):sum(), 0)
  check.equal(core.zeros(2, 0):sum(2):totable(), { 0, 0 })
  check.ok((t * (0 / 0)):max() ~= (t * (0 / 0)):max(), "NaN stays")
end)

check.test("norm, dot, is_finite", function()
  check.equal(core.tensor({ 3, 4 }):norm(), 5)
  check.near(core.tensor({ 3e200, 4e200 }):norm() / 5e200, 1, 1e-15)
  check.near(core.tensor({ 3e-200, 4e-200 }):norm() / 5e-200, 1, 1e-15)
  check.near(core.tensor({ 0.5, 0.25 }):norm(3000), 0.5, 1e-15)
  check.near(core.tensor({ 3e300, 3e300 }):norm(10) / (3e300 * 2 ^ 0.1), 1, 1e-15)
  check.equal(core.tensor({ 5e-324, 0 }):norm(20), 5e-324)
  check.equal(counted(2, 2):dot(counted(2, 2)), 30)
  check.ok(core.ones(3):is_finite())
  check.ok(not core.tensor({ 1, 1 / 0 }):is_finite())
  check.ok(not core.tensor({ 0 / 0, 1 }):is_finite())
end)

check.test("matmul", function()
  local m = counted(2, 3)
  check.equal(m:matmul(m:transpose()):totable(), { { 14, 32 }, { 32, 77 } })
  check.equal(m:matmul(core.ones(3)):totable(), { 6, 15 })
  check.equal(core.ones(2):matmul(m):totable(), { 5, 7, 9 })
  check.equal(m[1]:matmul(m[2]), 32.0)
  check.equal(math.type(m[1]:matmul(m[2])), "float")
  check.equal(m[{ {}, { 2, 3 } }]:matmul(core.tensor { 1, 1 }):totable(), { 5, 11 })
  check.equal(core.zeros(2, 0):matmul(core.zeros(0, 2)):totable(), { { 0, 0 }, { 0, 0 } })
end)

check.test("equality is of shape and values", function()
  check.ok(counted(2, 3) == counted(2, 3))
  check.ok(counted(2, 3) ~= counted(3, 2))
  check.ok(core.tensor { 1, 2 } ~= core.tensor { 1, 3 })
  check.ok(core.tensor { 0 / 0 } ~= core.tensor { 0 / 0 })
  check.ok(counted(2, 2):transpose() == core.tensor { { 1, 3 }, { 2, 4 } })
  check.ok(core.tensor { 1 } ~= core.rng(1, "other"))
end)

check.test("printing", function()
  check.equal(tostring(core.tensor { { 1, -2.5 }, { 1e-9, 1 / 3 } }),
    "tensor 2x2 float64\n        1     -2.5\n    1e-09  0.33333")
  check.equal(tostring(core.tensor(2)), "tensor scalar float64\n  2")
  check.ok(#tostring(core.zeros(1000, 1000)) < 400)
end)

check.done()
