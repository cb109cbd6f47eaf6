-- Every conflict method of the registry, with every choice of its options: the promises
-- it makes, degenerate gradients, its Gram matrix and weights, resuming, misuse.

local check = require "tests.support.check"
local core = require "modsync.core"
local methods = require "tests.support.methods"

local P = 30

local function make(record, options)
  return core.method("conflict", record.name, options)
end

-- Losses of the terms, from 1 to 2.
local function losses(G) return core.linspace(1, 2, G:size(1)) end

-- The direction in a tensor of its own.
local function direction(record, options, G)
  return make(record, options):combine(G, core.zeros(G:size(2)), losses(G))
end

-- Gradients of the tasks that the method made of the terms.
local function tasks_of(object, G)
  local tasks = {}
  for k, t in ipairs(object:groups()) do
    tasks[t + 1] = (tasks[t + 1] or core.zeros(G:size(2))) + G:row(k)
  end
  return tasks
end

local function size_of(G) return (G * G):sum() ^ 0.5 end

local function check_promises(record, options, G, rng)
  local object = make(record, options)
  local d = object:combine(G, core.zeros(P), losses(G))
  local tasks = tasks_of(object, G)
  local promises = object:promises(#tasks, true)
  local least, most = math.huge, -math.huge
  for _, g in ipairs(tasks) do
    local along = g:dot(d) / g:norm()
    least, most = math.min(least, along), math.max(most, along)
  end
  local slack = 1e-9 * size_of(G)
  check.ok(not promises.NC or least >= -slack, "NC: a task gets worse")
  check.ok(not promises.EP or most - least <= slack, "EP: projections differ")
  local t = 0.5 + rng:uniform()
  local scaled = direction(record, options, G * t)
  if promises.H1 then check.near(scaled, d * t, slack, "H1") end
  if promises.H0 then check.near(scaled, d, slack, "H0") end
end

local degenerate = {
  zero = { { 0, 0, 0 }, { 0, 0, 0 } },
  ["one of three"] = { { 0, 0, 0 }, { 1, 2, 3 }, { 0, 0, 0 } },
  equal = { { 1, 2, 3 }, { 1, 2, 3 }, { 1, 2, 3 } },
  parallel = { { 1, 2, 3 }, { 10, 20, 30 } },
  opposed = { { 1, 2, 3 }, { -1, -2, -3 } },
  ["opposed, one longer"] = { { 1, 2, 3 }, { -5, -10, -15 } },
  cancelling = { { 1, 0, 0 }, { -0.5, 0.75 ^ 0.5, 0 }, { -0.5, -0.75 ^ 0.5, 0 } },
  dependent = { { 1, 0, 0 }, { 0, 1, 0 }, { -0.6, -0.6, 0 } },
  ["very unequal"] = { { 1e-14, 0, 0 }, { 0, 1e8, 0 } },
  tiny = { { 1e-170, 0, 0 }, { 0, 1e-170, 0 } },
}

local function check_degenerate(record, options, name, rows)
  local G = core.tensor(rows)
  local d = direction(record, options, G)
  check.ok(d:is_finite(), name)
  check.ok(d:norm() <= 3 * (size_of(G) * #rows + 1), name .. ": it is long: " .. d:norm())
  if name == "zero" then check.equal(d:norm(), 0) end
  local promises = make(record, options):promises(#rows)
  if promises.ST and name:find "^opposed" then
    check.near(d, core.zeros(3), 1e-12, name)
  end
end

local function check_products(object)
  local G = core.rng(3, "conformance"):normal(core.zeros(4, 700))
  check.equal(object:gram(), nil)
  check.equal(object:weights(), nil)
  local d = object(G, nil, losses(G))
  check.near(object:gram(), G:matmul(G:transpose()), 1e-11)
  local w = object:weights()
  if not w then return end
  check.near(w:reshape(1, 4):matmul(G):reshape(-1), d, 1e-11)
  w:fill_(0) -- a copy
  check.ok(object:weights():norm() > 0)
end

local function test_variant(record, options)
  local title = methods.title(record, options)

  check.test(title .. ": promises", function()
    local rng = core.rng(11, "conformance")
    for i = 0, 159 do
      local G = rng:normal(core.zeros(1 + i % 8, P))
      if i % 3 == 0 then
        for k = 1, G:size(1) do G:row(k):mul_(10 ^ (4 * rng:uniform() - 2)) end
      end
      check_promises(record, options, G, rng)
    end
  end)

  check.test(title .. ": degenerate gradients", function()
    for name, rows in pairs(degenerate) do
      check_degenerate(record, options, name, rows)
    end
  end)

  check.test(title .. ": a single term", function()
    local G = core.tensor { { 3, -4 } }
    local object = make(record, options)
    local d = object:combine(G, nil, losses(G))
    if not object:promises(1).OQ then return end
    check.near(d, G:row(1) * (d:norm() / 5), 1e-12)
  end)

  check.test(title .. ": Gram matrix and weights", function()
    check_products(make(record, options))
  end)
end

local function test_record(record)
  check.test(record.name .. ": its record", function()
    methods.check_record(record)
    local promises = record.promises
    check.ok(promises.always and promises.two and promises.independent)
  end)

  check.test(record.name .. ": a sequence, saved and continued bit for bit", function()
    local rng, object = core.rng(5, "conformance"), make(record)
    for _ = 1, 5 do
      local G = rng:normal(core.zeros(3, P))
      object(G, nil, losses(G))
    end
    methods.check_state(object, record)
    local twin = methods.twin(object, record)
    for _ = 1, 5 do
      local G = rng:normal(core.zeros(3, P))
      check.ok(object(G, nil, losses(G)) == twin(G, nil, losses(G)))
    end
  end)

  check.test(record.name .. ": where the direction goes", function()
    local G = core.tensor { { 1, 2, 3 }, { 3, 1, 0 } }
    local values, mine = losses(G), core.zeros(3)
    local first = make(record):combine(G, nil, values)
    local object = make(record)
    local own = object(G, nil, values)
    check.ok(own == first)
    local again = object(G * 2, nil, values)
    check.ok(own == again, "its own tensor is used again")
    check.ok(make(record):combine(G, mine, values) == mine and mine == first)
    check.fails(function() object:combine(G, G:row(1), values) end,
      "lies inside the gradients")
  end)
end

local function test_misuse(record)
  check.test(record.name .. ": misuse and outcomes", function()
    local object = make(record)
    local prefix = "conflict " .. record.name .. ": "
    check.fails(function() object(3) end,
      prefix .. "combine: expected the gradients, a K x P")
    check.fails(function() object(core.ones(3)) end, "got a tensor of shape 3")
    check.fails(function() object(core.ones(3, 2):transpose()) end, "clone it first")
    check.fails(function() object:combine(core.ones(2, 3), core.ones(2)) end,
      "the direction has 2 numbers, expected 3")
    local ones, two = core.ones(2, 3), core.ones(2)
    object(ones, nil, two)
    check.fails(function() object(core.ones(2, 4), nil, two) end,
      "4 parameters, expected 3 as before")
    check.fails(function() object(core.ones(3, 3)) end,
      "3 loss terms, expected 2 as before")
    check.fails(function() object(ones, nil, core.ones(3)) end,
      "the losses has 3 numbers, expected 2")
    check.fails(function() object(ones, nil, 1) end, "expected the losses, a tensor")
    check.refuses("the loss of term 1 of 2 is not finite",
      object(ones, nil, core.full({ 2 }, 1 / 0)))
    local bad = core.ones(2, 3)
    bad[2][1] = 0 / 0
    local _, code =
      check.refuses("the gradient of term 2 of 2 is not finite", object(bad, nil, two))
    check.equal(code, "diverged")
    check.ok(object(ones, nil, two):is_finite())
  end)
end

for _, record in ipairs(methods.records "conflict") do
  test_record(record)
  test_misuse(record)
  for _, options in ipairs(methods.variants(record)) do test_variant(record, options) end
end

check.done()
