--[[
The runs of the capacity experiment in the sizes quick and standard, as a sweep:
scripts/capacity.lua says what they are for. The argument is the size.

Every run: raw inputs, normal input weights of the given standard deviation (or Glorot's),
three hidden tanh layers, Adam on the combined gradient, cosine from lr to lr / 100,
uniform random points, redrawn at every step or fixed. The weights and points at the start
depend on the seed alone, so runs of one seed are pairs.
]]
local here = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
local run = dofile(here .. "/run.lua")

--- The treatment, and its controls at the same sum of scores by layer; but uniform scores
--- of that sum leave no weight at all.
local TREATED = { "none", "modsync-p", "modsync-p:score=shuffled,dose=matched",
  "modsync-p:score=reversed,dose=matched", "modsync-p:score=uniform,strength=0.3" }

--- Cells of an arm, for every width, method, treatment and seed of it.
local function arm(cells, name, common, lists)
  for seed = 1, lists.seeds do
    for _, width in ipairs(lists.widths) do
      for _, conflict in ipairs(lists.conflicts) do
        for _, treatment in ipairs(lists.treatments or { "none" }) do
          local cell = { arm = name, width = width, conflict = conflict,
            treatment = treatment, seed = seed }
          for key, value in pairs(common) do cell[key] = value end
          cells[#cells + 1] = cell
        end
      end
    end
  end
end

--- What the arms have in common but for the points: problem, their numbers, the scale of
--- the input weights.
local function points(problem, kind, residual, boundary, input)
  return { problem = problem, points = kind, residual = residual, boundary = boundary,
    input = input }
end

--- The four arms on one problem. overfit is the arm that fails; its narrow seeds come
--- first of all, so that an unfinished sweep says something about every arm.
local function arms(cells, size, problem)
  local few, many = size.points[1], size.points[2]
  local averse = { "dcgd", "pcgrad" }
  local widths = size.widths
  local ends = { widths[1], widths[#widths] }
  local function at(kind, count, input)
    return points(problem, kind, count[1], count[2], input)
  end
  arm(cells, "overfit", at("fixed", few, 0.28), { seeds = size.failing, widths = widths,
    conflicts = { "dcgd" }, treatments = TREATED })
  arm(cells, "overfit", at("fixed", few, 0.28), { seeds = size.failing, widths = widths,
    conflicts = { "sum" } })
  arm(cells, "overfit", at("fixed", few, 0.28), { seeds = size.healthy, widths = widths,
    conflicts = { "pcgrad" }, treatments = { "none", "modsync-p" } })
  arm(cells, "healthy", at("redrawn", few, 0.28), { seeds = size.healthy, widths = widths,
    conflicts = averse, treatments = { "none", "modsync-p" } })
  arm(cells, "healthy", at("redrawn", few, 0.28), { seeds = size.healthy, widths = widths,
    conflicts = { "sum" } })
  arm(cells, "collapse", at("redrawn", few, "glorot"), { seeds = size.control,
    widths = widths, conflicts = averse })
  arm(cells, "narrow start", at("redrawn", few, 0.06), { seeds = size.control,
    widths = { ends[1] }, conflicts = averse })
  arm(cells, "more points", at("fixed", many, 0.28), { seeds = size.control,
    widths = widths, conflicts = { "dcgd", "sum" } })
end

--- The second problem: the arms that fail, at the narrowest and the widest.
local function short_arms(cells, size, problem)
  local few, widths = size.points[1], { size.widths[1], size.widths[#size.widths] }
  local methods = { "dcgd", "pcgrad", "sum" }
  arm(cells, "overfit", points(problem, "fixed", few[1], few[2], 0.28),
    { seeds = size.control, widths = widths, conflicts = methods })
  arm(cells, "overfit", points(problem, "fixed", few[1], few[2], 0.28),
    { seeds = size.control, widths = widths, conflicts = { "dcgd", "pcgrad" },
      treatments = { "modsync-p" } })
  arm(cells, "healthy", points(problem, "redrawn", few[1], few[2], 0.28),
    { seeds = size.control, widths = widths, conflicts = methods })
  arm(cells, "collapse", points(problem, "redrawn", few[1], few[2], "glorot"),
    { seeds = size.control, widths = widths, conflicts = methods })
end

local SIZES = {
  quick = { steps = 100, samples = 5, widths = { 8, 32 },
    points = { { 32, 16 }, { 64, 16 } },
    failing = 3, healthy = 3, control = 3 },
  standard = { steps = 4000, samples = 20, widths = { 48, 96, 192 },
    points = { { 512, 256 }, { 1280, 128 } }, failing = 10, healthy = 5, control = 3 },
}

--- By seed first: an unfinished sweep has whole pairs.
local function by_seed(cells)
  local order = {}
  for i, cell in ipairs(cells) do order[cell] = i end
  table.sort(cells, function(a, b)
    if a.seed ~= b.seed then return a.seed < b.seed end
    return order[a] < order[b]
  end)
  return cells
end

return function(arguments)
  local size = SIZES[arguments[1]]
  if not size then error("the size must be quick or standard", 0) end
  local cells = {}
  arms(cells, size, "helmholtz")
  short_arms(cells, size, "poisson_harmonic")
  return { name = "capacity", cells = by_seed(cells), run = run,
    settings = { steps = size.steps, samples = size.samples, lr = 1e-3 } }
end
