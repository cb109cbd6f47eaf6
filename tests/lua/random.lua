local check = require "tests.support.check"
local core = require "modsync.core"

check.test("a stream is given by seed and name", function()
  local a, b = core.rng(1, "init"), core.rng(1, "init")
  check.equal(a:uniform(), b:uniform())
  check.ok(core.rng(1, "init"):uniform() ~= core.rng(2, "init"):uniform())
  check.ok(core.rng(1, "init"):uniform() ~= core.rng(1, "points"):uniform())
  check.ok(core.rng(-1, ""):uniform() >= 0)
end)

check.test("fills draw what single calls draw, in row-major order", function()
  for _, draw in ipairs { "uniform", "normal" } do
    local one, two = core.rng(3, "fill"), core.rng(3, "fill")
    local t = core.zeros(3, 4)
    check.ok(rawequal(one[draw](one, t), t))
    for i = 1, 3 do
      for j = 1, 4 do check.equal(t:get(i, j), two[draw](two)) end
    end
    check.equal(one:state(), two:state())
    local turned = core.zeros(4, 3):transpose()
    one:restore(core.rng(3, "fill"):state())
    check.equal(one[draw](one, turned), t)
  end
end)

check.test("moments", function()
  local r = core.rng(5, "moments")
  local u, n = r:uniform(core.zeros(100000)), r:normal(core.zeros(100000))
  check.near(u:mean(), 0.5, 0.005)
  check.near((u * u):mean(), 1 / 3, 0.005)
  check.ok(u:min() >= 0 and u:max() < 1)
  check.near(n:mean(), 0, 0.015)
  check.near((n * n):mean(), 1, 0.02)
  check.near((n ^ 4):mean(), 3, 0.15)
end)

check.test("limits, mean and deviation", function()
  local one, two = core.rng(2, "limits"), core.rng(2, "limits")
  local u = one:uniform(core.zeros(1000), -3, 5)
  check.equal(u, two:uniform(core.zeros(1000)) * 8 - 3)
  check.ok(u:min() >= -3 and u:max() <= 5)
  check.equal(one:normal(core.zeros(10), 7, 0.5), two:normal(core.zeros(10)) * 0.5 + 7)
  check.equal(one:uniform(nil, 2, 4), 2 + 2 * two:uniform())
  check.equal(one:normal(nil, 1, 3), 1 + 3 * two:normal())
  check.equal(one:state(), two:state())
  check.equal(one:normal(core.zeros(3), 5, 0):totable(), { 5, 5, 5 })
  check.fails(function() one:uniform(nil, 1, 0) end,
    "rng 'uniform': from 1.0 to 0.0, expected finite limits, the lower first")
  check.fails(function() one:uniform(core.zeros(1), 0, math.huge) end, "from 0.0 to inf")
  check.fails(function() one:normal(nil, 0, -1) end,
    "rng 'normal': the deviation is %-1.0, expected a finite number from 0 on")
end)

check.test("bernoulli", function()
  local r, p = core.rng(3, "bernoulli"), core.tensor { 0, 0.25, 1 }
  local t = core.zeros(4000, 3)
  check.ok(rawequal(r:bernoulli(p, t), t))
  local mean = t:mean(1)
  check.equal({ mean[1], mean[3] }, { 0, 1 })
  check.near(mean[2], 0.25, 0.03)
  check.equal({ t:min(), t:max() }, { 0, 1 })
  check.equal({ r:bernoulli(0), r:bernoulli(1) }, { 0, 1 })
  check.equal(math.type(r:bernoulli(0.5)), "integer")
  check.equal(r:state()[3], 12003)
  check.equal(core.rng(1, "x"):bernoulli(0.5, core.zeros(50)),
    core.rng(1, "x"):uniform(core.zeros(50)):lt(0.5))
  check.fails(function() r:bernoulli(1.5) end,
    "rng 'bernoulli': the probability is 1.5, expected 0 to 1")
  check.fails(function() r:bernoulli() end, "the probability is nil, expected 0 to 1")
  check.fails(function() r:bernoulli(core.zeros(5), t) end,
    "rng 'bernoulli': shape 5 does not broadcast to 4000x3")
  check.fails(function() r:bernoulli(p) end, "number expected, got modsync.tensor")
end)

check.test("a mean that is no number is refused", function()
  local r, t = core.rng(1, "mean"), core.ones(2)
  for _, mean in ipairs { 0 / 0, 1 / 0, -1 / 0 } do
    check.fails(function() r:normal(t, mean, 1) end, "rng 'normal': the mean is ")
    check.fails(function() r:normal(nil, mean) end, "expected a finite number")
  end
  check.equal(t, core.ones(2))
end)

check.test("a large fill draws what a small one draws", function()
  local n = 1 << 18
  local one, two = core.rng(4, "large"), core.rng(4, "large")
  local large, parts = one:normal(core.zeros(n)), core.zeros(n)
  for _, part in ipairs(parts:split(1000)) do two:normal(part) end
  check.equal(large, parts)
  check.equal(one:state(), two:state())
end)

check.test("below is whole, from 0, and evenly spread", function()
  local r, count = core.rng(1, "below"), { 0, 0, 0 }
  for _ = 1, 3000 do
    local x = r:below(3)
    check.equal(math.type(x), "integer")
    count[x + 1] = count[x + 1] + 1
  end
  for k = 1, 3 do check.near(count[k], 1000, 120) end
  check.equal(r:below(1), 0)
  check.fails(function() r:below(0) end,
    "rng 'below': the bound is 0, expected at least 1")
end)

check.test("permutations", function()
  local r, firsts = core.rng(1, "permutation"), { 0, 0, 0, 0 }
  for _ = 1, 2000 do
    local p, seen = r:permutation(4), {}
    for i = 1, 4 do seen[p[i]] = true end
    check.equal(seen, { true, true, true, true })
    firsts[math.tointeger(p[1])] = firsts[math.tointeger(p[1])] + 1
  end
  for k = 1, 4 do check.near(firsts[k], 500, 90) end
  check.equal(r:permutation(0):size(), 0)
  check.equal(r:permutation(1):totable(), { 1 })
  check.fails(function() r:permutation(-1) end,
    "rng 'permutation': %-1 numbers, expected at least 0")
end)

check.test("state and restore", function()
  local r = core.rng(7, "state")
  r:uniform()
  local state = r:state()
  check.equal(#state, 3)
  for i = 1, 3 do check.equal(math.type(state[i]), "integer") end
  check.equal(state[3], 1)
  local a = r:normal(core.zeros(10))
  check.ok(rawequal(r:restore(state), r))
  check.equal(r:normal(core.zeros(10)), a)
  local other = core.rng(8, "elsewhere"):restore(state)
  check.equal(other:normal(core.zeros(10)), a)
  check.fails(function() r:restore { 1, 2 } end,
    "rng 'restore': item 3, the number of draws, is nil, expected a whole number")
  check.fails(function() r:restore { 1 << 32, 2, 3 } end,
    "item 1, the upper half of the key, is 4294967296, expected a whole number below 2")
  check.fails(function() r:restore { 1, -2, 3 } end,
    "item 2, the lower half of the key, is %-2")
  check.fails(function() r:restore(3) end, "table expected, got number")
  check.equal(r:state(), { state[1], state[2], state[3] + 10 })
end)

check.test("a stream prints its name, seed and draws", function()
  local r = core.rng(7, "init")
  check.equal(tostring(r), "rng 'init', seed 7, 0 draws")
  r:uniform(core.zeros(12))
  check.equal(tostring(r), "rng 'init', seed 7, 12 draws")
  r:restore(core.rng(1, "other"):state())
  check.equal(tostring(r), "rng 'init', seed 7, 0 draws, with the key of another stream")
end)

check.test("misuse", function()
  check.fails(function() core.rng() end,
    "bad argument #1 to 'rng' %(number expected, got no value%)")
  check.fails(function() core.rng(1) end,
    "bad argument #2 to 'rng' %(string expected, got no value%)")
  check.fails(function() core.rng(1.5, "x") end, "number has no integer representation")
  local r = core.rng(1, "x")
  check.fails(function() r:uniform(3) end,
    "bad argument #1 to 'uniform' %(expected a tensor, got 3%)")
  check.fails(function() r.uniform(3) end, "expected a random stream, got 3")
end)

check.done()
