-- Every task under collectors that run as often as they can: a value that the binding
-- forgot to anchor is gone before it is used, which a sanitizer reports.

local check = require "tests.support.check"
local core = require "modsync.core"
local tasks = require "tests.support.lifetime_tasks"

local function alive()
  collectgarbage()
  collectgarbage()
  return core.debug.live_blocks()
end

local collectors = {
  ["incremental without a pause"] = function(run)
    collectgarbage("incremental", 0, 1000, 0)
    run()
  end,
  ["generational"] = function(run)
    collectgarbage("generational", 1, 1)
    run()
  end,
  ["full at every allocation"] = function(run)
    core.debug.collect_always(true)
    local ok, message = pcall(run)
    core.debug.collect_always(false)
    if not ok then error(message, 0) end
  end,
  ["full at every line"] = function(run)
    debug.sethook(function() collectgarbage() end, "l")
    local ok, message = pcall(run)
    debug.sethook()
    if not ok then error(message, 0) end
  end,
}

for name, with in pairs(collectors) do
  for _, task in ipairs(tasks) do
    check.test(task.name .. ", " .. name, function()
      task.run()
      local before = alive()
      for _ = 1, 3 do with(task.run) end
      collectgarbage("incremental", 200, 100, 13)
      check.equal(alive(), before, "left behind")
    end)
  end
end

check.done()
