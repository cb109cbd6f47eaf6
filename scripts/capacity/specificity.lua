--[[
Is it exclusivity? Variants of the treatment in the arm that fails, each with its dose
chosen on the seeds 11 to 15 and judged on 1 to 10 against shuffled, reversed and uniform
scores, for modsync-p of the same sum by layer (dose = matched). Gates have no scores:
theirs is the same price without synchrony. Arguments: the width, the residual points, and
"tune", or "judge" and the folder with the results of the first.
]]
local here = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
local ms = require "modsync"
local choice = dofile(here .. "/choice.lua")
local run = dofile(here .. "/run.lua")

local STRENGTHS = { 0.3, 1, 3 }
local DENSITIES = { 0.8, 0.6, 0.4 }

--- Name, method, the option that is the dose, its values.
local VARIANTS = {
  { "default", "modsync-p:", "strength", STRENGTHS },
  { "sensitivity", "modsync-p:importance=sensitivity,", "strength", STRENGTHS },
  { "Fisher", "modsync-p:importance=fisher,", "strength", STRENGTHS },
  { "sign-aware", "modsync-p:importance=sign-aware,", "strength", STRENGTHS },
  { "neuron", "modsync-p:form=neuron,", "strength", STRENGTHS },
  { "high dead zone", "modsync-p:quantile=0.9,", "strength", STRENGTHS },
  { "entropy", "modsync-p:index=entropy,", "strength", STRENGTHS },
  { "inert steps", "modsync-p:where=inert,", "strength", STRENGTHS },
  { "from the start", "modsync-p:start=0,full=0.05,stop=1,", "strength", STRENGTHS },
  { "training points", "modsync-p:source=train,", "strength", STRENGTHS },
  { "masks", "modsync-m:", "density", DENSITIES },
  { "gates", "modsync-g:", "synchrony", { 0.1, 1, 10 } },
}

local CONTROLS = { "shuffled", "reversed", "uniform" }

--- The controls of a dose of a variant.
local function controls_of(variant)
  return function(option)
    local list = {}
    if variant[1] == "gates" then
      return { { role = "uniform", treatment = "modsync-g:synchrony=0" } }
    end
    for i, score in ipairs(CONTROLS) do
      local matched = variant[2]:match "^modsync%-p" and ",dose=matched" or ""
      list[i] = { role = score,
        treatment = ("%s,score=%s%s"):format(option.treatment, score, matched) }
    end
    return list
  end
end

local function groups(width, points)
  local list = {}
  for i, variant in ipairs(VARIANTS) do
    local options = {}
    for j, dose in ipairs(variant[4]) do
      options[j] = { treatment = ("%s%s=%s"):format(variant[2], variant[3], dose) }
    end
    list[i] = { options = options, controls = controls_of(variant),
      cell = { arm = "overfit", problem = "helmholtz", points = "fixed",
        residual = points, boundary = points // 2, input = 0.28, width = width,
        conflict = "dcgd", variant = variant[1] } }
  end
  list[#list + 1] = { options = { { treatment = "none" } },
    cell = { arm = "overfit", problem = "helmholtz", points = "fixed",
      residual = points, boundary = points // 2, input = 0.28, width = width,
      conflict = "dcgd", variant = "none" } }
  return list
end

return function(arguments)
  local width, points, part, out = table.unpack(arguments)
  local all, cells = groups(math.tointeger(width), math.tointeger(points)), nil
  if part == "judge" then
    cells = choice.judge(all, ms.sweep.read(out), 1, 10)
  else
    cells = choice.tune(all, 11, 15)
  end
  return { name = "capacity-specificity", cells = cells, run = run,
    settings = { steps = 4000, samples = 20, lr = 1e-3 } }
end
