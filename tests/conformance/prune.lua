-- Every pruning policy of the registry, with every choice of its options: it keeps to its
-- scope, reports what it did, does nothing at strength 0, and goes on after a save.

local check = require "tests.support.check"
local core = require "modsync.core"
local methods = require "tests.support.methods"

local P, K = 90, 3
local blocks = { { offset = 3, rows = 5, cols = 6, bias = 33 }, { 40, 4, 9 } }
local scale = core.rng(1, "preconditioner"):uniform(core.zeros(P)) + 0.5

local inside = core.zeros(P)
for _, block in ipairs { { 3, 30 }, { 40, 36 } } do
  for p = block[1] + 1, block[1] + block[2] do inside[p] = 1 end
end

local function make(record, options)
  local object = core.method("prune", record.name, options)
  object:scope(blocks)
  return object
end

local function gradients(rng)
  local G = rng:normal(core.zeros(K, P))
  for p = 1, P, 2 do G[1][p] = G[1][p] * 4 end
  return G
end

local function observe(object, rng, theta)
  for _ = 1, 3 do object:observe(gradients(rng), theta) end
end

local function round(object, rng, theta)
  observe(object, rng, theta)
  check.equal(object:refresh(), true)
end

local function parameters(rng)
  local theta = rng:normal(core.zeros(P))
  theta[5] = 0
  return theta
end

-- One call of apply against the parameters before it.
local function check_apply(object, rng, theta, progress)
  local before = theta:clone()
  local density, shrunk = object:apply(theta, 0.02, progress, before, gradients(rng),
    scale)
  local alive, fell = 0, 0
  for p = 1, P do
    if inside[p] == 0 then
      check.equal(theta[p], before[p])
    else
      fell = fell + math.abs(before[p]) - math.abs(theta[p])
      if theta[p] ~= 0 then alive = alive + 1 end
    end
  end
  check.near(density, alive / 66, 1e-15)
  check.near(shrunk, fell, 1e-12)
end

local function test_variant(record, options)
  local title = methods.title(record, options)

  check.test(title .. ": keeps to its scope and says what it did", function()
    local rng, object = core.rng(1, "conformance"), make(record, options)
    local theta = parameters(rng)
    for step = 1, 40 do
      if step % 5 == 1 then round(object, rng, theta) end
      check_apply(object, rng, theta, step / 40)
    end
    check.ok(theta:is_finite())
  end)

  check.test(title .. ": saved in mid round and continued bit for bit", function()
    local rng, object = core.rng(2, "conformance"), make(record, options)
    local theta = parameters(rng)
    round(object, rng, theta)
    object:apply(theta, 0.1, 0.3, theta:clone(), gradients(rng), scale)
    observe(object, rng, theta)
    methods.check_state(object, record)
    local twin = methods.twin(object, record, options, function(it) it:scope(blocks) end)
    local copy, state = theta:clone(), rng:state()
    for _, pair in ipairs { { object, theta }, { twin, copy } } do
      rng:restore(state)
      check.equal(pair[1]:refresh(), true)
      round(pair[1], rng, pair[2])
      pair[1]:apply(pair[2], 0.1, 0.5, pair[2]:clone(), gradients(rng),
        scale)
    end
    check.ok(theta == copy)
    check.ok(object:scores() == twin:scores())
  end)
end

local function test_record(record)
  check.test(record.name .. ": its record", function() methods.check_record(record) end)

  check.test(record.name .. ": nothing before a round, nothing at strength 0", function()
    local rng, object = core.rng(3, "conformance"), make(record)
    local theta = parameters(rng)
    local before = theta:clone()
    check.equal(object:scores(), nil)
    if record.observes then
      object:apply(theta, 1, 0.5)
      observe(object, rng)
      object:apply(theta, 1, 0.5)
      check.ok(theta == before)
    end
    if not object:options().strength then return end
    local idle = make(record, { strength = 0 })
    for step = 1, 20 do
      round(idle, rng)
      check.equal(select(2, idle:apply(theta, 1, step / 20)), 0)
    end
    check.ok(theta == before)
  end)

  if not record.observes then
    check.test(record.name .. ": no observation needed, reset is the start", function()
      local rng, object = core.rng(4, "conformance"), make(record)
      local theta = parameters(rng)
      local copy = theta:clone()
      check.ok(select(2, object:apply(theta, 0.1, 0.5)) > 0)
      object:apply(theta, 0.1, 0.5)
      object:reset()
      local first = copy:clone()
      object:apply(first, 0.1, 0.5)
      object:apply(first, 0.1, 0.5)
      check.ok(first == theta and first ~= copy)
    end)
    return
  end

  check.test(record.name .. ": reset is the start", function()
    local rng, object = core.rng(4, "conformance"), make(record)
    local state = rng:state()
    round(object, rng)
    local scores = object:scores():clone()
    round(object, rng)
    object:reset()
    check.equal(object:scores():norm(), 0)
    rng:restore(state)
    round(object, rng)
    check.ok(object:scores() == scores)
  end)
end

local function test_misuse(record)
  local name = record.name
  local prefix = "prune " .. name:gsub("%-", "%%-") .. ": "

  check.test(name .. ": a wrong scope", function()
    local object = core.method("prune", name)
    check.fails(function() object:observe(core.ones(K, P)) end,
      prefix .. "it has no scope")
    if record.observes then
      check.fails(function() object:refresh() end,
        prefix .. "refresh: nothing was observed")
    end
    check.fails(function() object:scope {} end, "scope: no blocks")
    check.fails(function() object:scope { 3 } end,
      "scope: block 1 is 3, expected a table")
    check.fails(function() object:scope { { offset = 0, rows = 2 } } end, "cols is nil")
    check.fails(function() object:scope { { offset = -1, rows = 2, cols = 2 } } end,
      "offset is %-1, expected a whole number")
    check.fails(function()
      object:scope { { offset = 9, rows = 2, cols = 2, bias = 5 } }
    end, "the biases of block 1 start at parameter 5, expected at least 13")
    object:scope(blocks)
    object:scope(blocks)
    check.fails(function() object:scope { { 0, 2, 2 } } end, "other blocks than before")
    check.fails(function() object:observe(core.ones(K, 50)) end, "but there are 50")
  end)

  check.test(name .. ": wrong arguments and outcomes", function()
    local object = make(record)
    check.fails(function() object:observe(core.ones(P)) end,
      "expected the gradients, a K x P")
    check.fails(function() object:apply(core.ones(P), 1, 2) end, "the progress is 2")
    check.fails(function() object:apply(core.ones(P), -1, 0) end,
      "the learning rate is %-1")
    if object:options().metric then
      check.fails(function()
        make(record, { metric = "preconditioned" }):apply(core.ones(P), 1, 0.5)
      end, "metric = preconditioned needs")
    end
    if not record.observes then return end
    object:observe(core.ones(K, P) * (0 / 0))
    local _, code = check.refuses("not finite", object:refresh())
    check.equal(code, "diverged")
  end)
end

for _, record in ipairs(methods.records "prune") do
  test_record(record)
  test_misuse(record)
  for _, options in ipairs(methods.pairs_with(record, "score")) do
    test_variant(record, options)
  end
end

check.done()
