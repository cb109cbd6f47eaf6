-- The same sweep for the memory of the interpreter, whose failures jump out of the middle
-- of the binding: what the engine had acquired by then must be found by a collection. The
-- collector stands still meanwhile: a finalizer that Lua has no memory left to call is
-- never called again.

local check = require "tests.support.check"
local core = require "modsync.core"
local tasks = require "tests.support.lifetime_tasks"

local MOST = 1000000

local function alive()
  collectgarbage()
  collectgarbage()
  return core.debug.live_blocks()
end

for _, task in ipairs(tasks) do
  check.test(task.name, function()
    task.run()
    local before = alive()
    local n, ok, message = 0, false, nil
    while not ok do
      n = n + 1 + n // 200
      collectgarbage "stop"
      core.debug.lua_fail_after(n)
      ok, message = pcall(task.run)
      core.debug.lua_fail_after(0)
      collectgarbage "restart"
      check.ok(ok or tostring(message):find "memory",
        ("allocation %d: an error of another kind: %s"):format(n, message))
      check.equal(alive(), before, "left behind at " .. n)
      check.ok(n < MOST, "it never succeeds")
    end
    check.ok(n > 1, "it allocates nothing")
  end)
end

check.done()
