--[[
What comes first in the untreated runs of the arm that fails: the step where the held-out
residual loss is DEPARTED times that of the training points, or the step where exclusivity
on held-out points is beyond its permutation null, each for two samples in a row; and what
goes, at a tenth of the run, with the final error over all widths (Spearman's rank
correlation; the runs of a seed are not independent).
]]
local here = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
local ms = require "modsync"
local verdict = dofile(here .. "/verdict.lua")

local DEPARTED = 5
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
  return first_step(series, function(i) return series.tv_excess[i] > 0 end)
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
  for _, result in pairs(verdict.pick(records, wanted)) do
    if result.series then list[#list + 1] = result end
  end
  return list
end

--- Rank correlations of early figures with the final error, over all widths.
local function correlations(records, base, widths)
  local all, parts = {}, {}
  for _, width in ipairs(widths) do
    base.width = width
    for _, result in ipairs(ended(records, base)) do all[#all + 1] = result end
  end
  for _, name in ipairs(EARLY) do
    local early, final = {}, {}
    for _, result in ipairs(all) do
      local value = verdict.at(result.series, name, 0.1)
      if value == value then
        early[#early + 1], final[#final + 1] = value, result.rel_l2
      end
    end
    parts[#parts + 1] = #early >= LEAST_RUNS
      and ("%s %+.2f"):format(name, ms.statistics.spearman(early, final)) or nil
  end
  return ("%s, %s: %s (%d runs)"):format(base.problem, base.conflict,
    #parts > 0 and table.concat(parts, ", ") or "too few", #all)
end

---@param records table[]
---@return string
return function(records)
  local notes, lines = {}, { "## What comes first", "",
    "Untreated runs on few fixed points: median step, and in how many runs.", "",
    ("| problem | method | width | held-out residual loss is %d times that in training | "
      .. "exclusivity is beyond its null |"):format(DEPARTED), "|---|---|---|---|---|" }
  for _, problem in ipairs(verdict.values(records, "problem", { arm = "overfit" })) do
    for _, method in ipairs(verdict.values(records, "conflict", { problem = problem })) do
      local base = { arm = "overfit", problem = problem, conflict = method,
        treatment = "none" }
      local widths = verdict.values(records, "width", base)
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
    .. "run with the final error, over all widths:\n\n" .. table.concat(notes, "\n")
end
