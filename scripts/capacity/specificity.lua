--[[
Is it exclusivity? Variants of the treatment in the arm that fails, each with its dose
chosen on the seeds 11 to 15 and judged on 1 to 10 against shuffled, reversed and uniform
scores, for modsync-p of the same sum by layer (dose = matched), and in the healthy arm.
Gates have no scores: theirs is the same price without synchrony. A matched dose can be
far too much for scores that are spread out, so uniform ones are there with a dose of
their own as well. Arguments: the width, the residual points, the variants ("all", or
names with commas between them), and "tune", or "judge" and the folder with the results of
the first.
]]
local here = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
local ms = require "modsync"
local choice = dofile(here .. "/choice.lua")
local run = dofile(here .. "/run.lua")

local STRENGTHS = { 0.3, 1, 3, 10, 30 }
local DENSITIES = { 0.8, 0.6, 0.4 }

--- When the pull begins, is whole and ends: as in the pilot, whose other variants follow
--- it, and in the first half of the training.
local PILOT = "modsync-p:start=0.1,full=0.3,stop=0.75,"
local EARLY = "modsync-p:start=0,full=0.05,stop=0.5,"

--- Name, method, the option that is the dose, its values.
local VARIANTS = {
  { "pilot", PILOT, "strength", STRENGTHS },
  { "sensitivity", PILOT .. "importance=sensitivity,", "strength", STRENGTHS },
  { "Fisher", PILOT .. "importance=fisher,", "strength", STRENGTHS },
  { "sign-aware", PILOT .. "importance=sign-aware,", "strength", STRENGTHS },
  { "neuron", PILOT .. "form=neuron,", "strength", STRENGTHS },
  { "high dead zone", PILOT .. "quantile=0.9,", "strength", STRENGTHS },
  { "no dead zone", PILOT .. "quantile=0,", "strength", STRENGTHS },
  { "entropy", PILOT .. "index=entropy,", "strength", STRENGTHS },
  { "inert steps", PILOT .. "where=inert,", "strength", STRENGTHS },
  { "from the start", "modsync-p:start=0,full=0.05,stop=1,", "strength", STRENGTHS },
  { "early", EARLY, "strength", STRENGTHS },
  { "training points", PILOT .. "source=train,", "strength", STRENGTHS },
  { "masks", "modsync-m:", "density", DENSITIES },
  { "gates", "modsync-g:", "synchrony", { 0.1, 1, 10 } },
}

--- Controls whose dose is chosen as that of the variants is. Shuffled scores need none:
--- their matched dose is that of their own.
local RIVALS = {
  { "uniform", EARLY .. "score=uniform,", "strength", { 0.03, 0.1, 0.3, 1, 3 } },
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

--- The same points in the arm where nothing fails.
local HEALTHY = { { arm = "healthy", points = "redrawn", role = "healthy" } }

--- The group of a variant, of a rival, or of no treatment; 'controls' in the cells of a
--- variant says how many of a matched dose it is judged against.
local function group(base, variant, is_rival)
  local cell = { arm = "overfit", problem = "helmholtz", points = "fixed", input = 0.28,
    conflict = "dcgd", variant = "none" }
  for key, value in pairs(base) do cell[key] = value end
  if not variant then
    return { cell = cell, options = { { treatment = "none" } }, elsewhere = HEALTHY }
  end
  local controls, options = not is_rival and controls_of(variant) or nil, {}
  for i, dose in ipairs(variant[4]) do
    options[i] = { treatment = ("%s%s=%s"):format(variant[2], variant[3], dose) }
  end
  cell.variant, cell.rival = variant[1], is_rival
  cell.controls = controls and #controls(options[1])
  return { cell = cell, options = options, controls = controls, elsewhere = HEALTHY }
end

--- Which variants: all, or those named.
local function chosen(words)
  if words == "all" then return VARIANTS end
  local list = {}
  for word in words:gmatch "[^,]+" do
    for _, variant in ipairs(VARIANTS) do
      if variant[1] == word then list[#list + 1] = variant end
    end
    if not list[#list] or list[#list][1] ~= word then
      local names = {}
      for i, variant in ipairs(VARIANTS) do names[i] = variant[1] end
      error(("no variant '%s' (known: %s)"):format(word, table.concat(names, ", ")), 0)
    end
  end
  return list
end

return function(arguments)
  local width, points, variants, part, out = table.unpack(arguments)
  local residual = math.tointeger(points)
  local base = { width = math.tointeger(width), residual = residual,
    boundary = residual // 2 }
  local groups, cells = {}, nil
  for i, variant in ipairs(chosen(variants)) do
    groups[i] = group(base, variant)
  end
  for _, rival in ipairs(RIVALS) do groups[#groups + 1] = group(base, rival, true) end
  groups[#groups + 1] = group(base)
  if part == "judge" then
    cells = choice.judge(groups, ms.sweep.read(out), 1, 10)
  else
    cells = choice.tune(groups, 11, 15)
  end
  return { name = "capacity-specificity", cells = cells, run = run,
    settings = { steps = 4000, samples = 20, lr = 1e-3 } }
end
