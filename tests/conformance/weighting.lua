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

local function broken(method)
  local report, names = ms.conform("weighting", method), {}
  for _, c in ipairs(report.checks) do
    if c.broken > 0 then names[#names + 1] = c.name end
  end
  return table.concat(names, " "), tostring(report)
end

check.test("conformance catches what it is for", function()
  local calls = 0 -- not in the state
  local function counting()
    calls = calls + 1
    return { calls, 1, 1 }
  end
  for _, case in ipairs {
    { { weights = function(v) v:fill_(1) return { 1, 1, 1 } end }, "pure" },
    { { weights = function(_, G) G:fill_(0) return { 1, 1, 1 } end }, "pure" },
    { { weights = counting }, "resume" },
    { { weights = function(v) return v * (0 / 0) end }, "factors resume",
      "weights returned nan for the term 1; expected 3 finite numbers, 0 or more" },
    { { weights = function(v) return v * (0 / 0) end, partial = true },
      "factors resume", "3 of 3 are not" },
    { { weights = function() end }, "factors resume", "weights returned nil" },
    { { weights = function() return { 1 } end }, "factors resume", "a list of 1" },
    { { weights = function(v) return 1 / v end }, "factors",
      "weights returned inf for the term 1" },
    { { weights = function(v) return 1 / v end, partial = true }, "" },
    { { points = function(_, squares) return -squares end }, "factors resume",
      "among them; expected 40 finite" },
    { { points = function(_, squares) return squares * (0 / 0) end }, "factors resume" },
    { { points = function() end }, "factors resume", "points returned nil" },
  } do
    local names, text = broken(case[1])
    check.equal(names, case[2], text)
    check.ok(text:find(case[3] or "", 1, true), text)
  end
end)

check.done()
