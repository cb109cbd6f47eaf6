local check = require "tests.support.check"
local core = require "modsync.core"

check.test("the module knows its version", function()
  check.ok(core.version:find "^%d+%.%d+%.%d+$")
end)

check.test("nothing is alive before anything was made", function()
  check.equal(core.debug.live_blocks(), 0)
  check.equal(core.debug.live_bytes(), 0)
end)

check.done()
