local check = require "tests.support.check"
local core = require "modsync.core"

local MIB = 1024 * 1024

core.threads() -- the team of large operations stays; what it takes is not counted here
local team_blocks, team_bytes = core.debug.live_blocks(), core.debug.live_bytes()

local function alive()
  collectgarbage()
  collectgarbage()
  return core.debug.live_blocks()
end

-- Peak of the memory of tensors while fn is called 'times' times.
local function peak(times, fn)
  local most = 0
  for _ = 1, times do
    fn()
    most = math.max(most, core.debug.live_bytes())
  end
  return most
end

local function temporary() return core.zeros(128, 1024) end

local big = core.ones(128, 1024)

for _, mode in ipairs { "incremental", "generational" } do
  check.test("4,000 dropped temporaries of 1 MiB stay below 64 MiB, " .. mode, function()
    collectgarbage(mode)
    check.ok(peak(4000, temporary) < 64 * MIB)
    for name, fn in pairs {
      operator = function() return big + 1 end, negation = function() return -big end,
      clone = function() return big:clone() end,
      copy = function() return core.tensor(big) end,
      reshape = function() return big:transpose():reshape(-1) end,
      matmul = function() return big[{ {}, { 1, 4 } }]:matmul(big[{ { 1, 4 } }]) end,
      reduction = function() return big:reshape(1, 128, 1024):sum(1) end,
    } do
      check.ok(peak(100, fn) < 64 * MIB, name)
    end
    collectgarbage "incremental"
  end)
end

check.test("a loop inside a coroutine is accounted as well", function()
  check.ok(coroutine.wrap(function() return peak(500, temporary) end)() < 64 * MIB)
end)

check.test("a stopped collector stays stopped", function()
  collectgarbage()
  local before = core.debug.live_bytes()
  collectgarbage "stop"
  for _ = 1, 20 do temporary() end
  local after = core.debug.live_bytes()
  collectgarbage "restart"
  check.ok(after - before >= 20 * MIB)
end)

check.test("close frees at once; views keep the storage alive", function()
  local before = alive()
  local t = core.zeros(10, 10)
  local row = t:row(3)
  check.equal(core.debug.live_blocks(), before + 1)
  t:close()
  row[1] = 4
  check.equal(row[1], 4)
  check.equal(core.debug.live_blocks(), before + 1)
  row:close()
  check.equal(core.debug.live_blocks(), before)
  do
    local scoped <close> = core.zeros(5)
    check.equal(core.debug.live_blocks(), before + 1)
    scoped[1] = 1
  end
  check.equal(core.debug.live_blocks(), before)
  pcall(function()
    local scoped <close> = core.zeros(5)
    scoped:row(1)
  end)
  check.equal(core.debug.live_blocks(), before)
end)

check.test("finalizers may close what an operation works on", function()
  local victim = core.ones(128, 1024)
  for _ = 1, 40 do setmetatable({}, { __gc = function() victim:close() end }) end
  for _ = 1, 40 do
    local ok, message = pcall(function() return victim + 1 end)
    check.ok(ok or message:find "closed", message)
  end
end)

local m = core.ones(6, 4)
local actions = {
  zeros = function() return core.zeros(3) end,
  list = function() return core.tensor { { 1, 2 }, { 3, 4 } } end,
  operator = function() return m * m + 1 end,
  broadcast = function() return m + m[1] end,
  overlapping = function() local s = core.ones(4, 4) return s:add_(s:transpose()) end,
  assignment = function() local s = core.ones(6) s[{ { 2, 6 } }] = s[{ { 1, 5 } }] end,
  reshape = function() return m:transpose():reshape(24) end,
  matmul = function() return m:transpose():matmul(m) end,
  reduction = function() return m:max(1) end,
  text = function() return tostring(m) end,
  fill = function() return core.rng(1, "x"):normal(m:transpose()) end,
  permutation = function() return core.rng(1, "x"):permutation(5) end,
}

for name, action in pairs(actions) do
  check.test("every failure of memory loses nothing: " .. name, function()
    local before, done, n = alive(), false, 0
    repeat
      n = n + 1
      core.debug.fail_after(n)
      local ok, result = pcall(action)
      core.debug.fail_after(0)
      done = ok
      check.ok(ok or result:find "out of memory", result)
      result = nil
      check.equal(alive(), before, "blocks after failure " .. n)
    until done or n > 50
    check.ok(done and n > 1, "the action allocates, and succeeds in the end")
  end)
end

check.test("nothing is left in the end", function()
  big, m, actions = nil, nil, nil
  check.equal(alive(), team_blocks)
  check.equal(core.debug.live_bytes(), team_bytes)
end)

check.done()
