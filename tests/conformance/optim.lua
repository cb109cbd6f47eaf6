-- Every optimizer of the registry: known minima, resuming, masks, learning rate, misuse.

local check = require "tests.support.check"
local core = require "modsync.core"
local methods = require "tests.support.methods"

local N = 23

-- d of 1/2 sum a (x - b)^2
local a = core.linspace(1, 12, N)
local b = core.linspace(-2, 3, N)

local function gradient(x) return a * (x - b) end

local function make(record, options)
  return core.method("optimizer", record.name, options)
end

local function test(record, what, fn) check.test(record.name .. ": " .. what, fn) end

local function test_minimum(record, options)
  check.test(methods.title(record, options) .. ": a quadratic", function()
    local opt, x = make(record, options), core.zeros(N)
    for step = 1, 2500 do
      opt:lr(0.08 * 0.9975 ^ step)
      opt:step(x, gradient(x))
    end
    check.near(x, b, 1e-3)
  end)
end

local function test_state(record)
  test(record, "saved, restored and continued bit for bit", function()
    local opt, x = make(record), core.zeros(N)
    for _ = 1, 7 do opt:step(x, gradient(x)) end
    methods.check_state(opt, record)
    local twin, y = methods.twin(opt, record), x:clone()
    for _ = 1, 9 do
      opt:step(x, gradient(x))
      twin:step(y, gradient(y))
    end
    check.ok(x == y)
  end)

  test(record, "reset is the start", function()
    local opt, x, y = make(record), core.zeros(N), core.zeros(N)
    for _ = 1, 5 do opt:step(x, gradient(x)) end
    opt:reset()
    local fresh = make(record)
    x:fill_(0)
    for _ = 1, 5 do
      opt:step(x, gradient(x))
      fresh:step(y, gradient(y))
    end
    check.ok(x == y)
    opt:restore {}
    check.equal(opt:state()[record.slots[1].name]:norm(), 0)
  end)
end

local function test_step(record)
  test(record, "a mask holds parameters", function()
    local opt, x, mask = make(record), core.ones(N) * 7, core.zeros(N)
    for i = 1, N, 2 do mask[i] = 1 end
    for _ = 1, 4 do opt:step(x, gradient(x), mask) end
    for i = 1, N do
      if i % 2 == 0 then check.equal(x[i], 7) else check.ok(x[i] < 7) end
    end
  end)

  test(record, "the learning rate", function()
    local opt, x = make(record), core.ones(N)
    opt:lr(0)
    check.equal(opt:lr(), 0)
    opt:step(x, gradient(x))
    check.ok(x == core.ones(N))
    check.equal(opt:lr(0.25), 0.25)
    check.equal(opt:options().lr, 0.25)
    check.fails(function() opt:lr(-1) end, record.name .. ": option 'lr' is %-1")
    check.fails(function() opt:lr "fast" end, "option 'lr' is 'fast'")
    check.equal(opt:lr(), 0.25)
  end)
end

local function test_misuse(record)
  test(record, "misuse", function()
    local opt, x = make(record), core.ones(N)
    local prefix = "optimizer " .. record.name .. ": "
    check.fails(function() opt:step(x) end,
      prefix .. "step: expected the direction, a tensor")
    check.fails(function() opt:step(3, x) end,
      prefix .. "step: expected theta, a tensor, got 3")
    check.fails(function() opt:step(x, core.ones(N + 1)) end,
      "has 24 numbers, expected 23")
    check.fails(function() opt:step(x, x, core.ones(2)) end, "the mask has 2 numbers")
    check.fails(function() opt:step(core.ones(N, 2):select(2, 1), x) end, "contiguous")
    opt:step(x, core.zeros(N))
    check.fails(function() opt:step(core.ones(4), core.ones(4)) end,
      prefix .. "4 parameters, expected 23 as before")
    check.fails(function() opt:combine(core.ones(2, 2)) end, "only methods of the family")
  end)
end

for _, record in ipairs(methods.records "optimizer") do
  test(record, "its record", function() methods.check_record(record) end)
  for _, options in ipairs(methods.variants(record)) do test_minimum(record, options) end
  test_state(record)
  test_step(record)
  test_misuse(record)
end

check.done()
