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

--[[ policies that hold parameters at 0 ]]

-- An event: exact numbers, what is held is 0, the rest as it was.
local function check_event(object, rng, theta, progress)
  local before, old = theta:clone(), object:state().mask
  old = old and old:clone() or core.ones(66)
  local dropped, grown, active, wanted = object:event(theta, progress, {
    keep = rng:uniform(core.zeros(P)), grow = rng:uniform(core.zeros(P)),
    G = gradients(rng) })
  local mask, at = object:state().mask, 0
  check.equal(active, math.tointeger(mask:sum()))
  check.equal(active - dropped + grown, active - old:sum() + active)
  check.ok(active >= wanted)
  for _, block in ipairs { { 3, 30 }, { 40, 36 } } do
    for p = block[1] + 1, block[1] + block[2] do
      at = at + 1
      local changed = mask[at] ~= old[at]
      check.equal(theta[p], (mask[at] == 0 or changed) and 0 or before[p])
    end
  end
  for p = 1, P do
    if inside[p] == 0 then check.equal(theta[p], before[p]) end
  end
  return active, wanted
end

local function event_object(record, options)
  local all = { start = 0, density = 0.3 }
  for name, value in pairs(options or {}) do all[name] = value end
  if record.name == "modsync-m" and not all.budget then all.budget = 1 end
  return make(record, all)
end

local function next_event(record, object, rng, theta, progress)
  if record.observes then round(object, rng, theta) end
  return check_event(object, rng, theta, progress)
end

local function test_event_variant(record, options)
  local title = methods.title(record, options)

  check.test(title .. ": exactly as many as asked for, in every event", function()
    local rng, object = core.rng(1, "conformance"), event_object(record, options)
    local theta = parameters(rng)
    for step = 0, 20 do
      local active, wanted = next_event(record, object, rng, theta, step / 20)
      check.equal(active, wanted)
    end
    check.equal(object:state().mask:sum(), 20)
    check.equal(object:apply(theta, 1, 1), theta:ne(0):mul_(inside):sum() / 66)
  end)

  check.test(title .. ": saved and continued bit for bit", function()
    local rng, object = core.rng(2, "conformance"), event_object(record, options)
    local theta = parameters(rng)
    next_event(record, object, rng, theta, 0.3)
    if record.observes then observe(object, rng, theta) end
    methods.check_state(object, record)
    local twin = methods.twin(object, record, object:options(),
      function(it) it:scope(blocks) end)
    local copy, state = theta:clone(), rng:state()
    for _, pair in ipairs { { object, theta }, { twin, copy } } do
      rng:restore(state)
      if record.observes then check.equal(pair[1]:refresh(), true) end
      next_event(record, pair[1], rng, pair[2], 0.5)
    end
    check.ok(theta == copy)
    check.ok(object:state().mask == twin:state().mask)
  end)
end

local function test_events(record)
  check.test(record.name .. ": its record", function() methods.check_record(record) end)

  check.test(record.name .. ": density 1 changes nothing; reset is the start", function()
    local rng = core.rng(3, "conformance")
    local object = event_object(record, { density = 1, fraction = 0.5 })
    local theta = parameters(rng)
    local before = theta:clone()
    for step = 0, 10 do next_event(record, object, rng, theta, step / 10) end
    check.ok(theta == before)
    local other = event_object(record)
    next_event(record, other, rng, theta, 1)
    check.ok(other:state().mask:sum() < 66)
    other:reset()
    check.equal(other:state().mask:sum(), 66)
  end)

  check.test(record.name .. ": wrong scores", function()
    local object = event_object(record)
    if record.observes then round(object, core.rng(4, "conformance")) end
    local _, code = check.refuses("nan, expected a finite number",
      object:event(core.ones(P), 1, { keep = core.ones(P) * (0 / 0),
        G = core.ones(K, P) * (0 / 0) }))
    check.equal(code, "diverged")
    check.fails(function() object:event(core.ones(P), 1, { keep = core.ones(3) }) end,
      "keep has 3 numbers, expected 90")
    check.fails(function() object:event(core.ones(P), 1, { G = core.ones(K, 3) }) end,
      "the gradients have 3 columns, theta 90")
    check.fails(function() object:event(core.ones(P), -1, {}) end, "the progress is %-1")
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
  local test, variant = test_record, test_variant
  if record.events then test, variant = test_events, test_event_variant end
  test(record)
  test_misuse(record)
  for _, options in ipairs(methods.pairs_with(record, "score")) do
    variant(record, options)
  end
end

check.done()
