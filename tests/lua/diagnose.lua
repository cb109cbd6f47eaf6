-- ms.diagnose and the warnings of the training loop: runs made to fail in a known way are
-- named so, healthy ones are not.
local ms = require "modsync"
local check = require "tests.support.check"

local function settings(more)
  local all = { problem = "helmholtz", net = { width = 16, depth = 3 }, steps = 40,
    losses = { residual = 256, boundary = 128 }, report = "quiet" }
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

local function matches(text, pattern)
  check.ok(text:find(pattern), ("%s does not match %s"):format(text, pattern))
end

local function names(diagnosis)
  local list = {}
  for i, found in ipairs(diagnosis.findings) do list[i] = found.name end
  return table.concat(list, " ")
end

check.test("a run at u = 0 has collapsed, and nothing else is said", function()
  local run = ms.train(settings())
  run.net.theta:mul_(1e-3)
  local diagnosis = ms.diagnose(run)
  check.equal(names(diagnosis), "collapse")
  matches(tostring(diagnosis), "field u has .* of the norm of the exact solution\n"
    .. "  try: standardised inputs")
end)

check.test("without an exact solution collapse shows in the gradients", function()
  local helmholtz = ms.problem "helmholtz"
  local unknown = ms.problem { name = "unknown", coords = { "x", "y" }, fields = { "u" },
    domain = helmholtz.domain,
    terms = { { name = "residual", on = "interior", points = 64,
      expr = function(s) return s.u - 1 end },
      { name = "boundary", on = "interior", points = 64,
        expr = function(s) return 2 * s.u - 2 end } } }
  local run = ms.train(settings { problem = unknown, losses = { redraw = 0 } })
  check.equal(names(ms.diagnose(run)), "collapse")
end)

check.test("few fixed points: overfitting, and a warning in the training", function()
  local stream <close> = io.tmpfile()
  local report = ms.report.new { stream = stream, mode = "plain" }
  local run = ms.train(settings { net = { width = 32, depth = 3 }, steps = 600,
    losses = { residual = 12, boundary = 8, redraw = 0 }, holdout = true,
    optimizer = "adam:lr=0.005", history = { every = 50 }, report = report })
  matches(names(ms.diagnose(run)), "overfitting")
  matches(run.warnings.overfitting, "times as large on held%-out points")
  stream:seek "set"
  matches(stream:read "a", "modsync: step %d+: the loss of '%a+' is .* times as "
    .. "large on held%-out points; try redraw = 1")
end)

check.test("a healthy run has no warning", function()
  local run = ms.train(settings { holdout = true, problem = "poisson", steps = 300,
    losses = { redraw = 1 } })
  check.equal(next(run.warnings), nil)
  check.ok(not names(ms.diagnose(run)):find "overfitting")
  check.ok(not names(ms.diagnose(run)):find "collapse")
end)

check.test("conflict, imbalance, noise and modularity by their numbers", function()
  local run = ms.train(settings { holdout = true })
  local healthy = { ["held.loss.residual"] = 0, ["held.loss.boundary"] = 0,
    ["held.snr.residual"] = 50, ["held.snr.other"] = 50, ["held.cosine"] = 0.1,
    ["held.overlap"] = 0.6, ["held.sign"] = 0.1, ["held.norm.residual"] = 1,
    ["held.norm.other"] = 2, ["held.tv"] = 0.5, ["held.tv_null"] = 0.6,
    ["held.tv_excess"] = -0.25,
    ["held.coupling"] = 0.5 }
  local function with(more)
    local row = setmetatable(more, { __index = healthy })
    run.holdout.row = function() return row end
    return names(ms.diagnose(run))
  end
  check.equal(with {}, "")
  check.equal(tostring(ms.diagnose(run)), "nothing stands out")
  check.equal(with { ["held.snr.other"] = 0.9 }, "noise")
  check.equal(with { ["held.cosine"] = -0.31 }, "directional")
  check.equal(with { ["held.norm.other"] = 10 }, "magnitude")
  check.equal(with { ["held.norm.other"] = 0.1 }, "magnitude")
  check.equal(with { ["held.tv_excess"] = 0.25, ["held.overlap"] = 0.4 }, "modularity")
  check.equal(with { ["held.tv_excess"] = 0.04, ["held.overlap"] = 0.4 }, "")
  check.equal(with { ["held.tv_excess"] = 0.25 }, "") -- they overlap
  check.equal(with { ["held.loss.boundary"] = 1e9, ["held.cosine"] = -0.5 },
    "overfitting directional")
end)

check.test("only runs that have begun", function()
  check.fails(function() ms.diagnose {} end, "ms.diagnose expects a run")
end)

check.done()
