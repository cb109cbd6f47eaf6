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

check.test("compositions conform, too", function()
  local cf = ms.conflict.upgrad { weighting = "gradient-norm-balance(momentum=0)" }
  check.ok(ms.conform("conflict", cf, { trials = 12 }).named.resume.failed == 0)
end)

check.test("misuse", function()
  check.fails(function() ms.conform("conflict", "sum", { trails = 3 }) end,
    "ms.conform has no option 'trails'; did you mean 'trials'")
  check.fails(function() ms.conform("optim", "adam") end,
    "knows the families conflict, weighting and prune, not \"optim\"")
end)

check.done()
