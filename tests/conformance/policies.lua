-- Every pruning policy of the registry in a small training, with every choice of its own
-- options: ms.conform has the invariants.

local check = require "tests.support.check"
local methods = require "tests.support.methods"
local ms = require "modsync"

for _, name in ipairs(ms.registry.names "prune") do
  local record = ms.registry.record("prune", name)
  -- the scores of 'mask' come from a script
  for _, options in ipairs(name == "mask" and {} or methods.variants(record)) do
    check.test(methods.title(record, options), function()
      options.name = name
      local report = ms.conform("prune", options)
      check.ok(report.passed, tostring(report))
    end)
  end
end

check.done()
