-- Running results, sorting, the largest, quantiles, unique values, histograms.

local check = require "tests.support.check"
local core = require "modsync.core"
local messages = require "tests.support.messages"

local inf, nan = math.huge, 0 / 0

check.test("running sums, products and extremes", function()
  local v = core.tensor { 1, -2, 3, 0.5 }
  check.equal(v:cumsum():totable(), { 1, -1, 2, 2.5 })
  check.equal(v:cumprod():totable(), { 1, -2, -6, -3 })
  check.equal(v:cummax():totable(), { 1, 1, 3, 3 })
  check.equal(v:cummin():totable(), { 1, -2, -2, -2 })
  local m = core.arange(1, 6):reshape(2, 3)
  check.equal(m:cumsum(1):totable(), { { 1, 2, 3 }, { 5, 7, 9 } })
  check.equal(m:cumsum(-1):totable(), { { 1, 3, 6 }, { 4, 9, 15 } })
  check.equal(m:transpose():cumprod(2):totable(), { { 1, 4 }, { 2, 10 }, { 3, 18 } })
  check.ok(rawequal(m:cumsum_(1), m))
  check.equal(m:totable(), { { 1, 2, 3 }, { 5, 7, 9 } })
  check.equal(core.zeros(0):cumsum():shape(), { 0 })
  check.equal(v:cumsum_():cumprod_():cummax_():cummin_():size(), 4)
end)

check.test("sort and argsort, up and down, NaN last", function()
  local v = core.tensor { 3, nan, -1, inf, 3, -inf }
  check.equal(v:sort():totable(), { -inf, -1, 3, 3, inf, nan })
  check.equal(v:sort(1, true):totable(), { inf, 3, 3, -1, -inf, nan })
  check.equal(v:argsort():totable(), { 6, 3, 1, 5, 4, 2 })
  check.equal(v:argsort(nil, true):totable(), { 4, 1, 5, 3, 6, 2 })
  local m = core.tensor { { 3, 1, 2 }, { -1, 5, 0 } }
  check.equal(m:sort(2):totable(), { { 1, 2, 3 }, { -1, 0, 5 } })
  check.equal(m:sort(1):totable(), { { -1, 1, 0 }, { 3, 5, 2 } })
  check.equal(m:argsort(-1):totable(), { { 2, 3, 1 }, { 1, 3, 2 } })
  check.equal(m:gather(2, m:argsort(2)), m:sort(2))
  check.ok(rawequal(m:sort_(2, true), m))
  check.equal(m:totable(), { { 3, 2, 1 }, { 5, 0, -1 } })
end)

check.test("a long sort is the naive one", function()
  local t = core.rng(1, "sort"):normal(core.zeros(5000))
  local list, sorted = t:totable(), t:sort()
  table.sort(list)
  check.equal(sorted:totable(), list)
  check.equal(t:take(1, t:argsort()), sorted)
end)

check.test("topk", function()
  local m = core.tensor { { 3, 1, 2, 3 }, { -1, 5, 0, nan } }
  local values, positions = m:topk(2, 2)
  check.equal(values:totable(), { { 3, 3 }, { 5, 0 } })
  check.equal(positions:totable(), { { 1, 4 }, { 2, 3 } })
  values, positions = m:topk(1, 1, true)
  check.equal(values:totable(), { { -1, 1, 0, 3 } })
  check.equal(positions:totable(), { { 2, 1, 2, 1 } })
  check.equal(core.tensor({ 4, 6, 5 }):topk(3):totable(), { 6, 5, 4 })
  check.equal(core.tensor({ 4, 6, 5 }):topk(0):shape(), { 0 })
end)

check.test("argmin and argmax", function()
  local m = core.tensor { { 3, 1, 2 }, { 1, 7, 0 } }
  check.equal({ m:argmax() }, { 2, 2 })
  check.equal({ m:argmin() }, { 2, 3 })
  check.equal(m:get(m:argmax()), m:max())
  check.equal(math.type((m:argmax())), "integer")
  check.equal(m:argmax(1):totable(), { 1, 2, 1 })
  check.equal(m:argmin(-1):totable(), { 2, 3 })
  check.equal(m:argmax(2, true):totable(), { { 1 }, { 2 } })
  check.equal(core.tensor({ 5, 5 }):argmax(), 1)
  check.equal(core.tensor({ 1, nan, 9 }):argmax(), 2)
  check.equal(core.tensor({ 1, 2 }):argmin(1), 1)
  check.equal({ core.tensor(3):argmax() }, {})
end)

check.test("median and quantiles", function()
  local m = core.tensor { { 4, 1, 3, 2 }, { 10, 20, 30, 40 } }
  check.equal(m:median(), 7)
  check.equal(m:median(2):totable(), { 2.5, 25 })
  check.equal(m:median(1, true):totable(), { { 7, 10.5, 16.5, 21 } })
  check.equal(m:quantile(0.25, 2):totable(), { 1.75, 17.5 })
  check.equal(m:quantile(1), 40)
  check.equal(m:quantile({ 0, 0.5, 1 }, 2):totable(),
    { { 1, 10 }, { 2.5, 25 }, { 4, 40 } })
  check.equal(m:quantile({ 0, 1 }):totable(), { 1, 40 })
  check.equal(m:quantile({ 0.5 }, 2, true):totable(), { { { 2.5 }, { 25 } } })
  check.equal(m:quantile({}, 2):shape(), { 0, 2 })
  check.equal(core.tensor({ 1, nan }):median(), nan)
  check.equal(core.tensor(3):median(), 3)
end)

check.test("unique", function()
  local values, counts = core.tensor({ { 2, 1 }, { 2, -0.0 } }):unique()
  check.equal(values:totable(), { 0, 1, 2 })
  check.equal(counts:totable(), { 1, 1, 2 })
end)

check.test("histogram", function()
  local t = core.tensor { 0, 0.1, 0.5, 0.6, 1, 2, nan }
  check.equal(t:histogram(2, 0, 1):totable(), { 2, 3 })
  check.equal(t:histogram(1, 5, 6):totable(), { 0 })
  check.equal(core.linspace(0, 1, 1001):histogram(10, 0, 1):sum(), 1001)
end)

local m = core.zeros(3, 4)

messages("tests/lua/tensor_order.lua", {
  { function() return m:cumsum() end,
    "tensor 'cumsum': a tensor with 2 axes needs to be told which" },
  { function() return m:cumprod_(3) end,
    "tensor 'cumprod_': axis is 3, expected 1..2 or -2..-1" },
  { function() return core.tensor(1):cummax() end,
    "tensor 'cummax': a tensor with 0 axes needs to be told which" },
  { function() return m:sort() end,
    "tensor 'sort': a tensor with 2 axes needs to be told which" },
  { function() return m:sort_(0) end, "tensor 'sort_': axis is 0, expected 1..2" },
  { function() return m:argsort {} end,
    "bad argument #1 to 'argsort' (number expected, got table)" },
  { function() return m:topk(4, 1) end, "tensor 'topk': k is 4, expected 0..3" },
  { function() return m:topk(-1, 1) end, "tensor 'topk': k is -1, expected 0..3" },
  { function() return m:topk() end,
    "bad argument #1 to 'topk' (number expected, got no value)" },
  { function() return core.zeros(0):argmax() end,
    "tensor 'argmax': no elements to take the argmax of" },
  { function() return core.zeros(2, 0):argmin(2) end,
    "tensor 'argmin': no elements to take the argmin of" },
  { function() return m:argmin { 1, 2 } end,
    "bad argument #1 to 'argmin' (number expected, got table)" },
  { function() return core.zeros(0):median() end,
    "tensor 'median': no elements to take the median of" },
  { function() return m:quantile(1.5) end,
    "tensor 'quantile': the level is 1.5, expected a number from 0 to 1" },
  { function() return m:quantile { 0.5, "x" } end,
    "tensor 'quantile': the level is 'x', expected a number from 0 to 1" },
  { function() return m:quantile() end,
    "tensor 'quantile': the level is nil, expected a number from 0 to 1" },
  { function() return core.zeros(0):quantile(0) end,
    "tensor 'quantile': no elements to take the quantile of" },
  { function() return m:histogram(0, 0, 1) end,
    "tensor 'histogram': 0 bins, expected at least 1" },
  { function() return m:histogram(2, 1, 1) end,
    "tensor 'histogram': from 1.0 to 1.0, expected two finite limits, the lower first" },
  { function() return m:histogram(2, 0, inf) end,
    "tensor 'histogram': from 0.0 to inf, expected two finite limits" },
})

check.done()
