-- ms.conform: methods that keep their promises pass, every broken promise is found.
local ms = require "modsync"
local check = require "tests.support.check"

local function conform(combine, promises)
  return ms.conform("conflict", { combine = combine, promises = promises },
    { trials = 48 })
end

local function broken(report)
  local names = {}
  for _, each in ipairs(report.checks) do
    if each.broken > 0 then names[#names + 1] = each.name end
  end
  table.sort(names)
  return table.concat(names, " ")
end

check.test("every method of the registry conforms", function()
  for name in pairs(ms.conflict) do
    local report = ms.conform("conflict", name, { trials = 24 })
    check.ok(report.passed, tostring(report))
  end
end)

check.test("a method in Lua", function()
  local function unit_sum(G)
    local d = ms.zeros(G:size(2))
    for k = 1, G:size(1) do
      local norm = G:row(k):norm()
      if norm > 0 then d:axpy_(1 / norm, G:row(k)) end
    end
    return d
  end
  local report = conform(unit_sum, { "H0", "PI", "OQ" })
  check.ok(report.passed, tostring(report))
  check.ok(tostring(report):find "conforms\n")
  report = conform(unit_sum, { "H0", "H1", "NC", "PI" })
  check.equal({ report.passed, broken(report) }, { false, "H1 NC" })
  check.ok(tostring(report):find "does not conform")
  report = conform(unit_sum, function(_, tasks)
    return { H1 = false, NC = tasks <= 2, H0 = true }
  end)
  check.ok(report.passed, tostring(report))
  report = conform(unit_sum)
  check.ok(report.passed)
end)

check.test("every promise can be broken", function()
  local sum = function(G) return G:sum(1) end
  for tag, combine in pairs {
    NC = sum, EP = sum, H0 = sum, SD = sum, ST = sum,
    H1 = function(G) return G:sum(1) * G:norm() end,
    LS = function(G) return G:sum(1) * G:row(1):norm() end,
    PI = function(G) return G:row(1):clone() end,
    OQ = function(G) return ms.abs(G:sum(1)) end,
  } do
    check.equal(broken(conform(combine, { tag })), tag)
  end
end)

check.test("habits", function()
  check.equal(broken(conform(function(G) return G:sum(1) * (0 / 0) end)),
    "finite pure resume")
  check.equal(broken(conform(function(G) return G:fill_(1):sum(1) end)), "pure")
  local calls = 0
  check.equal(broken(conform(function(G)
    calls = calls + 1
    return G:sum(1) * calls
  end)), "pure resume")
  local report = conform(function(G, _, state)
    state.mean = state.mean and state.mean * 0.5 + G:sum(1) or G:sum(1)
    return state.mean
  end, { "H1" })
  check.ok(report.passed, tostring(report))
end)

--- The names of the checks that a method breaks, and the report.
local function broken_by(family, method)
  local report = ms.conform(family, method)
  return broken(report), report
end

check.test("every optimizer and schedule of the registry conforms", function()
  for _, family in ipairs { "optim", "schedule" } do
    for name in pairs(ms[family]) do
      local names, report = broken_by(family, name)
      check.equal({ names, report.passed }, { "", true }, tostring(report))
      check.ok(#report.checks >= 2)
    end
  end
  check.equal(broken_by("optim", "sgd:momentum=0.9"), "")
  check.equal(ms.conform("optim", "adam").named.still.failed, 0)
  check.equal(ms.conform("optim", "adam:weight_decay=0.1").named.still.failed, 1)
end)

check.test("what an optimizer in Lua breaks is named", function()
  local calls = 0 -- kept outside of the state
  for _, case in ipairs {
    { function(theta, d) theta:axpy_(-0.01, d) end, "" },
    { function(theta, d) return theta:axpy_(-0.01, d) end, "" },
    { function() end, "minimum" },
    { function(theta, d) theta:axpy_(0.01, d) end, "minimum" },
    { function(theta, d) theta:sub_(d:mul_(0.01)) end, "pure" },
    { function(theta) theta:fill_(0 / 0) end, "finite masked minimum repeat resume" },
    { function(theta, d)
      calls = calls + 1
      theta:axpy_(-0.01 / (1 + 1e-6 * calls), d)
    end, "repeat resume" },
    { function(theta, d, state)
      state.mean = state.mean and state.mean * 0.9 + d or d:clone()
      theta:axpy_(-0.005, state.mean)
    end, "" },
  } do
    local names, report = broken_by("optim", { step = case[1] })
    check.equal(names, case[2], tostring(report))
  end
  check.equal(broken_by("optim", { step = function(theta, d) theta:axpy_(-0.01, d) end,
    options = { { name = "lr", type = "number", default = 1e-3 } } }), "rate")
  check.fails(function()
    ms.conform("optim", { name = "own", step = function(theta, d) return theta - d end })
  end, "optimizer 'own': step returned a tensor of shape 23; it changes theta in place")
end)

check.test("an optimizer that looks ahead is given what it looks at", function()
  local looked = 0
  local names, report = broken_by("optim", { looks = true,
    step = function(theta, d, _, _, look, value)
      local now, gradient = look()
      check.ok(now == value and #gradient == #d)
      looked = looked + 1
      theta:axpy_(-0.01, gradient)
    end })
  check.equal(names, "", tostring(report))
  check.ok(looked > 1500)
end)

check.test("one that looks ahead gets gradients of all sizes, too", function()
  local function made(fragile)
    return { looks = true, step = function(theta, d)
      theta:axpy_(-0.01, d:norm() > 1e4 and fragile and d * (0 / 0) or d)
      if theta:norm() > 1e3 then theta:mul_(1e3 / theta:norm()) end
    end }
  end
  check.equal(broken_by("optim", made(false)), "")
  check.equal(broken_by("optim", made(true)), "finite")
end)

check.test("what is left of the value is told, and what was not tried", function()
  local text = tostring(ms.conform("optim", { step = function() end }))
  check.ok(text:find("quadratic: 1 of its value is left, expected 0.0001", 1, true), text)
  local report = ms.conform("weighting", "ntk")
  check.equal({ report.passed, #report.checks }, { false, 0 })
  check.ok(tostring(report):find "^weighting ntk: not tried: it needs losses", report)
end)

check.test("what a schedule in Lua breaks is named", function()
  local calls = 0
  local function counting()
    calls = calls + 1
    return 1 / calls
  end
  for _, case in ipairs { { function(step) return 1 / step end, "" },
    { counting, "pure" }, { function() end, "rates" },
    { function(step) return 100 - step end, "rates" } } do
    check.equal(broken_by("schedule", { rate = case[1] }), case[2])
  end
  local text = tostring(ms.conform("schedule", function() return -1 end))
  check.ok(text:find("rate returned -1 for step 1; expected a finite number", 1, true))
end)

check.test("compositions conform, too", function()
  local cf = ms.conflict.upgrad { weighting = "gradient-norm-balance(momentum=0)" }
  check.ok(ms.conform("conflict", cf, { trials = 12 }).named.resume.failed == 0)
end)

check.test("misuse", function()
  check.fails(function() ms.conform("conflict", "sum", { trails = 3 }) end,
    "ms.conform has no option 'trails'; did you mean 'trials'")
  check.fails(function() ms.conform("models", "mlp") end,
    "knows the families conflict, weighting, prune, optim and schedule, not \"models\"")
end)

check.done()
