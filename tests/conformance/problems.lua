-- What every file of problems/ must do: load without touching a global; the exact
-- solution, put into every term, gives zero, and a wrong one does not; a short run lowers
-- every loss.
local check = require "tests.support.check"
local ms = require "modsync"
local problems = require "modsync.problem"
local trace = require "modsync.trace"

local POINTS, TOLERANCE = 300, 1e-9
local NOISE = 0.5 -- what measured values may miss of the exact solution

local function globals()
  local names = {}
  for name, value in pairs(_G) do names[name] = value end
  return names
end

--- The expressions of a term at random points, for fields given as functions of the
--- coordinates.
local function evaluate(problem, term, fields)
  local g = ms.graph()
  local expressions = trace.term(problem, term, g, fields)
  local points = ms.zeros(term.region.points or POINTS, term.region.columns)
  term.region:filler(points)("uniform", ms.rng(1, term.name))
  local program = g:program { outputs = expressions, columns = term.region.columns }
  return program:run(ms.zeros(0), points)
end

local function largest(t)
  return math.max(math.abs(t:max()), math.abs(t:min()))
end

--- Fields that are the exact solution plus share * (a smooth function of all coordinates
--- that solves no equation).
local function exact_fields(problem, share)
  return function(_, coords)
    local fields, ripple = {}, 1
    for i, name in ipairs(problem.coords) do
      ripple = ripple * ms.exp((0.3 + 0.1 * i) * coords[name])
    end
    for _, field in ipairs(problem.fields) do
      fields[field] = problem:exact_of(field, coords) + share * ripple
    end
    return fields
  end
end

local function has_exact(problem)
  for _, field in ipairs(problem.fields) do
    if not problem.exact[field] then return false end
  end
  return true
end

local function check_exact(problem)
  for _, term in ipairs(problem.terms) do
    local values = evaluate(problem, term, exact_fields(problem, 0))
    check.ok(values:is_finite(), term.name .. " is not finite")
    check.near(largest(values), 0, term.region.extra and NOISE or TOLERANCE,
      ("term %s at the exact solution"):format(term.name))
    values = evaluate(problem, term, exact_fields(problem, 0.01))
    check.ok(largest(values) > 1e-4, term.name .. " does not see a wrong solution")
  end
end

--- Numbers, tensors and symbols give the same exact values.
local function check_kinds(problem)
  local points = ms.zeros(POINTS, #problem.coords)
  problem.domain:region("interior", problem.coords):filler(points)("lhs",
    ms.rng(2, "kinds"))
  local by_tensor = problem:exact(points)
  local g, coords, outputs = ms.graph(), {}, {}
  for i, name in ipairs(problem.coords) do coords[name] = g:input(name, i) end
  for i, field in ipairs(problem.fields) do
    outputs[i] = problem:exact_of(field, coords)
  end
  local by_symbol = g:program { outputs = outputs, columns = #problem.coords }
    :run(ms.zeros(0), points)
  check.near(by_tensor, by_symbol, 1e-12)
  for i = 1, POINTS, 37 do
    local at = {}
    for k, name in ipairs(problem.coords) do at[name] = points:get(i, k) end
    for j, field in ipairs(problem.fields) do
      check.near(problem:exact(at)[field], by_tensor:get(i, j), 1e-12)
    end
  end
end

--- Short steps along the direction that has the same positive slope for every term.
local function check_short_run(problem)
  local net = ms.mlp { inputs = problem.coords, outputs = problem.fields, width = 16,
    depth = 2, seed = 7 }
  local options = { redraw = false, terms = {} }
  for _, term in ipairs(problem.terms) do
    options.terms[term.name] = { points = term.region.points or 100 }
  end
  local losses = problem:losses(net, options)
  local before, conflict_free = losses:values():clone(), ms.conflict.config {}
  for _ = 1, 80 do
    local values, G = losses:gradients()
    check.ok(values:is_finite() and G:is_finite(), "not finite")
    local d = conflict_free(G)
    net.theta:axpy_(-5e-3 / d:norm(), d)
  end
  local after = losses:values()
  for k, name in ipairs(losses.names) do
    check.ok(after:get(k) < before:get(k), ("term %s went from %.6g to %.6g"):format(name,
      before:get(k), after:get(k)))
  end
end

local names = problems.names()

check.test("the shipped problems are found", function()
  local found = {}
  for _, name in ipairs(names) do found[name] = true end
  for _, name in ipairs { "burgers", "convection", "helmholtz", "klein_gordon",
    "poisson" } do
    check.ok(found[name], name .. " is missing")
  end
end)

for _, name in ipairs(names) do
  local problem
  check.test(name .. " loads and touches no global", function()
    local before = globals()
    problem = ms.problem(name)
    check.equal(problem.name, name)
    check.ok(problem.source and problem.summary, "a source and a summary are missing")
    for _, term in ipairs(problem.terms) do
      trace.term(problem, term, ms.graph(), function(_, coords)
        local fields = {}
        for _, field in ipairs(problem.fields) do
          fields[field] = ms.sin(coords[problem.coords[1]])
        end
        return fields
      end)
    end
    for key, value in pairs(_G) do
      check.ok(rawequal(before[key], value), ("global %s was changed"):format(key))
    end
  end)
  if problem and has_exact(problem) then
    check.test(name .. ": the exact solution solves it",
      function() check_exact(problem) end)
    check.test(name .. ": numbers, tensors and symbols agree",
      function() check_kinds(problem) end)
  end
  check.test(name .. ": a short run lowers every loss",
    function() check_short_run(problem) end)
end

check.done()
