-- Every loss weighting of the registry, with every choice of its options.
local ms = require "modsync"
local check = require "tests.support.check"
local methods = require "tests.support.methods"

local p = ms.problem "burgers"
local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 5, depth = 2 }
local needs_losses = { ntk = true }

for name in pairs(ms.weighting) do
  local record = ms.registry.record("weighting", name)
  for _, options in ipairs(methods.variants(record)) do
    check.test(methods.title(record, options), function()
      local L = needs_losses[name] and p:losses(net, { residual = 9 })
      local report = ms.conform("weighting", ms.weighting[name](options), { losses = L })
      check.ok(report.passed, tostring(report))
      check.ok(#report.checks >= 2 and report.checks[1].trials == 40, tostring(report))
    end)
  end
end

check.test("conformance catches what it is for", function()
  for _, bad in ipairs {
    { weights = function(v) v:fill_(1) return { 1, 1, 1 } end },
    { weights = function(_, G) G:fill_(0) return { 1, 1, 1 } end },
    { weights = (function()
      local calls = 0 -- not in the state
      return function()
        calls = calls + 1
        return { calls, 1, 1 }
      end
    end)() },
    { points = function(_, squares) return squares * -1 / 0 end },
  } do
    check.ok(not ms.conform("weighting", bad).passed)
  end
end)

check.done()
