--[[
Every conflict method on three problems: modsync sweep conflicts. Network, schedule and
points are those of the protocol of DCGD (Hwang and Lim, 2024), cut to 10,000 steps. Adam
follows all of them but M-ConFIG, whose d is a whole step. Words after "--": the number of
steps, and how many seeds.
]]
local PROBLEMS = { "helmholtz", "burgers", "klein_gordon" }

return function(arguments)
  local seeds, whole_steps = {}, {}
  for seed = 1, tonumber(arguments[2] or 3) do
    seeds[seed] = seed
    for _, problem in ipairs(PROBLEMS) do
      whole_steps[#whole_steps + 1] = { conflict = "mconfig", optimizer = "sgd",
        problem = problem, seed = seed }
    end
  end
  return {
    name = "conflicts",
    cells = whole_steps,
    grid = {
      problem = PROBLEMS,
      conflict = { "sum", "mean", "dcgd", "dcgd:variant=projection",
        "dcgd:variant=average", "config", "pcgrad", "gradvac", "cagrad",
        "imtlg", "mgda", "chebyshev", "nashmtl", "fairgrad", "alignedmtl", "dualproj",
        "upgrad", "graddrop", "famo", "dcm" },
      seed = seeds,
    },
    settings = { width = 50, depth = 3, steps = math.tointeger(arguments[1] or 10000),
      lr = 1e-3, schedule = "step", optimizer = "adam", sampler = "uniform",
      threads = 1 },
    tables = { { rows = "conflict", columns = "problem", value = "rel_l2.u",
      paired_with = { conflict = "sum", optimizer = "adam" } } },
    plots = { { name = "conflicts", series = "rel_l2.u", by = "conflict", logy = true,
      each = false, ylabel = "relative L2 error", height = 560,
      where = function(cell) return cell.problem == "helmholtz" end } },
  }
end
