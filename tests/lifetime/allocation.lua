-- Every allocation of the engine fails once: each task is run with one more allowed
-- allocation until it succeeds. A failure must be a plain error that says "memory", and
-- afterwards nothing that the task made may be alive.

local check = require "tests.support.check"
local core = require "modsync.core"
local tasks = require "tests.support.lifetime_tasks"

local MOST = 100000

local function alive()
  collectgarbage()
  collectgarbage()
  return core.debug.live_blocks(), core.debug.live_bytes()
end

-- Runs the task with n - 1 allocations; true when that was enough.
local function attempt(run, n)
  core.debug.fail_after(n)
  local ok, message = pcall(run)
  core.debug.fail_after(0)
  return ok, message
end

for _, task in ipairs(tasks) do
  check.test(task.name, function()
    task.run() -- what is made once and kept, such as the thread team, is there now
    local blocks, bytes = alive()
    local n, ok, message = 0, false, nil
    while not ok do
      n = n + 1
      ok, message = attempt(task.run, n)
      check.ok(ok or tostring(message):find "memory",
        ("allocation %d: an error of another kind: %s"):format(n, message))
      local blocks_now, bytes_now = alive()
      check.equal({ blocks_now, bytes_now }, { blocks, bytes }, "left behind at " .. n)
      check.ok(n < MOST, "it never succeeds")
    end
    check.ok(n > 1, "it allocates nothing")
  end)
end

check.done()
