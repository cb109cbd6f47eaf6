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

check.test("freed blocks are kept within bounds, and used again", function()
  local n = 1000000
  local a = core.ones(n)
  local function reuse() local b <close> = a + a end
  check.ok(peak(50, reuse) < 64 * MIB)
  a:close()
end)

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
  comparison = function() return m:gt(0) & m:lt(2) end,
  where = function() return core.where(m:gt(0), m, 0) end,
  mask = function()
    local s = core.ones(6, 4)
    s[s:gt(0)] = s[s:gt(0)]
    return s[m:sum(2)]
  end,
  positions = function() return m:take(1, { 1, 2 }):put_(2, { 1 }, 3):nonzero() end,
  reductions = function() return m:var(1), m:quantile({ 0, 1 }, 2), m:any(2) end,
  extremes = function() return m:argmax(1), m:argmin() end,
  order = function() return m:sort(1), m:argsort(2), m:topk(2, 1), m:unique() end,
  scans = function() return m:cumsum(1), m:transpose():cumprod(1) end,
  joins = function() return core.concat({ m, m }, 1), core.stack { m, m }, m:split(2) end,
  repeats = function() return m:tile(2, 2), m:repeat_each(2, 1), m:roll(1, 2) end,
  decompositions = function() return m:lu(), m:qr(), m:svd() end,
  eigenvalues = function()
    local s = core.eye(3)
    return s:eigh(), s:eig(), s:cholesky()
  end,
  systems = function()
    local s = core.eye(6)
    return s:solve(m), s:lstsq(m), s:inverse(), m:pinv(), s:expm(), s:det(), m:rank(),
      m:cond()
  end,
  files = function()
    local path = check.scratch "tensor_memory"
    assert(core.npy_write(path, m:transpose()) and core.npy_read(path))
    assert(core.csv_write(path, m, { header = { "a", "b", "c", "d" } }))
    local t, names = core.csv_read(path, { header = true })
    os.remove(path)
    return t, names
  end,
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
    until done or n > 200
    check.ok(done and n > 1, "the action allocates, and succeeds in the end")
  end)
end

check.test("nothing is left in the end", function()
  big, m, actions = nil, nil, nil
  check.equal(alive(), team_blocks)
  check.equal(core.debug.live_bytes(), team_bytes)
end)

check.done()
