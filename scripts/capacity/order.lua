--[[
What comes first in the untreated runs of the arm that fails: the step where the held-out
residual loss is DEPARTED times that of the training points, or the step where exclusivity
on held-out points is BEYOND its permutation null (by chance alone it would be at the null
and now and then above), each for two samples in a row; and what goes, at a tenth of the
run, with the final error (Spearman's rank correlation within a width).
]]
local here = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
local ms = require "modsync"
local pairing = dofile(here .. "/pairs.lua")
local verdict = dofile(here .. "/verdict.lua")

local DEPARTED = 5
local BEYOND = 0.1
local LEAST_RUNS = 5
local EARLY = { "tv_excess", "overlap", "held.residual", "rel_l2" }

--- The step of the first of two samples in a row for which holds(i), if there is one.
local function first_step(series, holds)
  for i = 1, #series.step - 1 do
    if holds(i) and holds(i + 1) then return series.step[i] end
  end
end

local function departs(series)
  local held, train = series["held.residual"], series["train.residual"]
  return first_step(series, function(i) return held[i] > DEPARTED * train[i] end)
end

local function modular(series)
  return first_step(series, function(i) return series.tv_excess[i] > BEYOND end)
end

--- "400 (10 of 10)": the median of the steps, and in how many runs there is one.
local function told(results, find)
  local steps, n = {}, 0
  for _, result in ipairs(results) do
    n = n + 1
    steps[#steps + 1] = find(result.series)
  end
  if #steps == 0 then return ("never (%d runs)"):format(n) end
  return ("%g (%d of %d)"):format(ms.statistics.median(steps), #steps, n)
end

--- The results of the runs that ended, as a list.
local function ended(records, wanted)
  local list = {}
  for _, result in pairs(pairing.pick(records, wanted)) do
    if result.series then list[#list + 1] = result end
  end
  return list
end

--- The rank correlation of an early figure with the final error; nil of too few runs.
local function correlation(results, name)
  local early, final = {}, {}
  for _, result in ipairs(results) do
    local value = verdict.at(result.series, name, 0.1)
    if value == value then
      early[#early + 1], final[#final + 1] = value, result.rel_l2
    end
  end
  return #early >= LEAST_RUNS and ms.statistics.spearman(early, final) or nil
end

--- Its mean over the widths: the width itself goes with both.
local function correlations(records, base, widths)
  local parts, runs = {}, 0
  for _, name in ipairs(EARLY) do
    local found = {}
    runs = 0
    for _, width in ipairs(widths) do
      base.width = width
      local results = ended(records, base)
      found[#found + 1] = correlation(results, name)
      runs = runs + #results
    end
    parts[#parts + 1] = #found > 0
      and ("%s %+.2f"):format(name, ms.statistics.mean(found)) or nil
  end
  return ("%s, %s: %s (%d runs)"):format(base.problem, base.conflict,
    #parts > 0 and table.concat(parts, ", ") or "too few", runs)
end

---@param records table[]
---@return string
return function(records)
  local notes, lines = {}, { "## What comes first", "",
    "Untreated runs on few fixed points: median step, and in how many runs.", "",
    ("| problem | method | width | held-out residual loss is %d times that in training | "
      .. "exclusivity is %g beyond its null |"):format(DEPARTED, BEYOND),
    "|---|---|---|---|---|" }
  for _, problem in ipairs(pairing.values(records, "problem", { arm = "overfit" })) do
    for _, method in ipairs(pairing.values(records, "conflict", { arm = "overfit",
      problem = problem })) do
      local base = { arm = "overfit", problem = problem, conflict = method,
        treatment = "none" }
      local widths = pairing.values(records, "width", base)
      for _, width in ipairs(widths) do
        base.width = width
        local runs = ended(records, base)
        lines[#lines + 1] = ("| %s | %s | %d | %s | %s |"):format(problem, method, width,
          told(runs, departs), told(runs, modular))
      end
      notes[#notes + 1] = "- " .. correlations(records, base, widths)
    end
  end
  return table.concat(lines, "\n") .. "\n\nRank correlation of figures at 10 % of the "
    .. "run with the final error, mean over the widths:\n\n" .. table.concat(notes, "\n")
end
