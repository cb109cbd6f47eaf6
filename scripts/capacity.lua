--[[
The capacity experiment: does conflict-averse training of a PINN get worse as the network
gets wider, is functional modularity the cause, and do the ModSync reconstructions help
more than their controls?

  modsync scripts/capacity.lua --quick        what it looks like, in about a minute
  modsync scripts/capacity.lua --standard     four arms on two problems: 2 cores, 2 hours
  modsync scripts/capacity.lua --specificity  variants of the treatment, chosen on some
                                              seeds and judged on others: 2 cores, 7 hours
  modsync scripts/capacity.lua --full         all problems, widths to 512, every method and
                                              treatment: weeks

Arms (capacity/cells.lua): overfit (few fixed points), healthy (the same number, redrawn),
collapse (Glorot's input weights on raw inputs), narrow start (small input weights in a
narrow network), more points (fixed). Everything is a sweep: it can be stopped at any
moment, and the same command goes on. DIR/report.md has the tables and, for the four
hypotheses of capacity/verdict.lua, shown, refuted or undecided.
]]
local ms = require "modsync"
local command = require "modsync.command"

local here = arg[0]:match("^(.*)/") or "."
local verdict = dofile(here .. "/capacity/verdict.lua")

local options = {
  { name = "quick", text = "small networks, few steps" },
  { name = "standard", text = "the experiment" },
  { name = "specificity", text = "is it exclusivity? Variants against their controls" },
  { name = "full", text = "everything" },
  { name = "jobs", value = "N", type = "integer", min = 1,
    text = "processes at a time (the processors of this machine)" },
  { name = "out", value = "DIR", text = "folder of the results (runs/capacity-SIZE)" },
  { name = "quiet", text = "no progress" },
  { name = "help", text = "this text" },
}

local function fail(message)
  io.stderr:write("modsync capacity: ", message, "\n")
  os.exit(1, true)
end

local TREATMENT = "modsync-p"
local CONTROLS = { "modsync-p:score=shuffled", "modsync-p:score=reversed",
  "modsync-p:score=uniform,strength=0.1", "modsync-p:score=uniform,strength=0.3" }

--[[ what the cells hold ]]

--- The different values of a field, in ascending order.
local function values_of(records, name, wanted)
  local seen, list = {}, {}
  for _, record in ipairs(records) do
    local value, fits = record.cell[name], true
    for key, each in pairs(wanted or {}) do fits = fits and record.cell[key] == each end
    if fits and not seen[value] then
      seen[value] = true
      list[#list + 1] = value
    end
  end
  table.sort(list)
  return list
end

local function only(records, wanted)
  local list = {}
  for _, record in ipairs(records) do
    local fits = true
    for key, each in pairs(wanted) do fits = fits and record.cell[key] == each end
    if fits then list[#list + 1] = record end
  end
  return list
end

--[[ the report ]]

local TITLES = {
  "H1, the error rises with the width under a conflict-averse method only",
  "H2, the cause is modularity", "H3, the treatment works",
  "H4, it is exclusivity and not sparsity",
}

local function contains(list, value)
  for _, each in ipairs(list) do
    if each == value then return true end
  end
  return false
end

--- The verdicts of one arm of a problem: { hypothesis, verdict } each.
local function judge(records, arm)
  local found = {}
  local widths = values_of(records, "width", arm)
  local narrow, wide = widths[1], widths[#widths]
  if narrow == wide then return found end
  for _, method in ipairs(values_of(records, "conflict", arm)) do
    if method ~= "sum" then
      found[#found + 1] = { 1, verdict.capacity(records, arm, method, narrow, wide) }
      found[#found + 1] = { 2, verdict.mechanism(records, arm, method, narrow, wide) }
      local base = { arm = arm.arm, problem = arm.problem, conflict = method }
      local treatments = values_of(records, "treatment", base)
      if contains(treatments, TREATMENT) then
        found[#found + 1] = { 3,
          verdict.treatment(records, arm, method, wide, TREATMENT) }
      end
      if contains(treatments, CONTROLS[1]) then
        found[#found + 1] = { 4, verdict.specificity(records, arm, method, widths,
          TREATMENT, CONTROLS) }
      end
    end
  end
  return found
end

local function verdicts(records)
  local lines = { "## Verdicts", "", "| hypothesis | problem | arm | method | verdict | "
    .. "numbers |", "|---|---|---|---|---|---|" }
  local rows = {}
  for _, problem in ipairs(values_of(records, "problem")) do
    for _, arm in ipairs(values_of(records, "arm", { problem = problem })) do
      for _, found in ipairs(judge(records, { arm = arm, problem = problem })) do
        rows[#rows + 1] = { found[1], ("| %s | %s | %s | %s | **%s** | %s |"):format(
          "H" .. found[1], problem, arm, found[2].method, found[2].verdict,
          found[2].text), #rows }
      end
    end
  end
  table.sort(rows, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[3] < b[3]
  end)
  for _, row in ipairs(rows) do lines[#lines + 1] = row[2] end
  lines[#lines + 1] = ""
  for i, title in ipairs(TITLES) do
    lines[#lines + 1] = ("H%d: %s."):format(i, title:gsub("^H%d, ", ""))
  end
  return table.concat(lines, "\n")
end
