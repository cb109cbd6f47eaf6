--[[
The capacity experiment without limits: every shipped problem with an exact solution, five
widths, every conflict method, every treatment. Learning rates and doses are chosen on the
seeds 101 to 103 and reported on 1 to 10. Arguments: "tune", or "judge" and the folder
with the results of the first.
]]
local here = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
local ms = require "modsync"
local choice = dofile(here .. "/choice.lua")
local run = dofile(here .. "/run.lua")

local PROBLEMS = { "helmholtz", "poisson_harmonic", "poisson", "klein_gordon", "burgers",
  "convection" }
local WIDTHS = { 48, 96, 192, 384, 512 }
local RATES = { 3e-4, 1e-3, 3e-3 }
local DOSES = { 1, 3, 10 }
local DENSITIES = { 0.7, 0.4, 0.2 }

--- Treatments with their doses in place of %s.
local TREATMENTS = {
  { "modsync-p:strength=%s", DOSES }, { "modsync-p:form=neuron,strength=%s", DOSES },
  { "modsync-g:sparsity=%s", DOSES }, { "modsync-m:density=%s", DENSITIES },
  { "modsync-p:score=shuffled,strength=%s", DOSES },
  { "modsync-p:score=reversed,strength=%s", DOSES },
  { "modsync-p:score=frozen,strength=%s", DOSES },
  { "modsync-p:score=uniform,strength=%s", { 0.1, 0.3, 1 } },
  { "magnitude:density=%s", DENSITIES }, { "random:density=%s", DENSITIES },
  { "snip:density=%s", DENSITIES }, { "l0:strength=%s", { 0.03, 0.1, 0.3 } },
}

--- Every learning rate with every one of the options.
local function at_rates(options)
  local list = {}
  for _, lr in ipairs(RATES) do
    for _, option in ipairs(options) do
      local each = { lr = lr }
      for key, value in pairs(option) do each[key] = value end
      list[#list + 1] = each
    end
  end
  return list
end

local function doses(treatment)
  local options = {}
  for i, dose in ipairs(treatment[2]) do
    options[i] = { treatment = treatment[1]:format(dose) }
  end
  return at_rates(options)
end

--- Weight decay acts in the optimizer.
local function decays()
  local options = {}
  for i, decay in ipairs { 0.1, 0.3, 1 } do
    options[i] = { treatment = "none",
      optimizer = ("adam:weight_decay=%s"):format(decay) }
  end
  return at_rates(options)
end

--- The groups of one arm at one width.
local function at_width(groups, base, width)
  local function add(conflict, variant, options)
    local cell = { width = width, conflict = conflict, variant = variant }
    for key, value in pairs(base) do cell[key] = value end
    groups[#groups + 1] = { cell = cell, options = options }
  end
  for _, name in ipairs(ms.registry.names "conflict") do
    add(name, "none", at_rates { { treatment = "none" } })
  end
  for _, conflict in ipairs { "dcgd", "pcgrad" } do
    for _, treatment in ipairs(TREATMENTS) do
      local variant = treatment[1]:gsub("[:,]%a+=%%s$", "")
      add(conflict, variant, doses(treatment))
    end
    add(conflict, "weight decay", decays())
  end
end

local function groups()
  local list = {}
  for _, problem in ipairs(PROBLEMS) do
    for _, arm in ipairs { { "overfit", "fixed" }, { "healthy", "redrawn" } } do
      for _, width in ipairs(WIDTHS) do
        at_width(list, { arm = arm[1], points = arm[2], problem = problem, residual = 512,
          boundary = 256, input = 0.28 }, width)
      end
    end
  end
  return list
end

return function(arguments)
  local cells
  local part, out = table.unpack(arguments)
  if part == "judge" then
    cells = choice.judge(groups(), ms.sweep.read(out), 1, 10)
  else
    cells = choice.tune(groups(), 101, 103)
  end
  return { name = "capacity-full", cells = cells, run = run,
    settings = { steps = 10000, samples = 20, lr = 1e-3 } }
end
