--[[
The capacity experiment: does conflict-averse training of a PINN get worse as the network
gets wider, is functional modularity the cause, and do the ModSync reconstructions help
more than their controls?

  modsync scripts/capacity.lua --quick        what it looks like, in about a minute
  modsync scripts/capacity.lua --standard     five arms on two problems: 2 cores, 2 hours
  modsync scripts/capacity.lua --specificity  variants of the treatment, chosen on some
                                              seeds and judged on others: 2 cores, 11
                                              hours; 1.5 with --width 96 --points 256
  modsync scripts/capacity.lua --full         all problems, widths to 512, every method
                                              and treatment: weeks

Arms (capacity/cells.lua): overfit (few fixed points), healthy (the same number, redrawn),
collapse (Glorot's input weights on raw inputs), narrow start (small input weights in a
narrow network), more points (fixed). Everything is a sweep: it can be stopped at any
moment, and the same command goes on. DIR/report.md has the tables and, for the four
hypotheses of capacity/verdict.lua, shown, refuted or undecided.
]]
local ms = require "modsync"
local command = require "modsync.command"

local here = arg[0]:match("^(.*)/") or "."
local judged = dofile(here .. "/capacity/judged.lua")
local order = dofile(here .. "/capacity/order.lua")
local pairing = dofile(here .. "/capacity/pairs.lua")
local verdict = dofile(here .. "/capacity/verdict.lua")

local options = {
  { name = "quick", text = "small networks, few steps" },
  { name = "standard", text = "the experiment" },
  { name = "specificity", text = "is it exclusivity? Variants against their controls" },
  { name = "full", text = "everything" },
  { name = "width", value = "N", type = "integer", min = 1, default = 192,
    text = "of the networks of --specificity" },
  { name = "points", value = "N", type = "integer", min = 2, default = 512,
    text = "residual points of --specificity, and half as many on the boundary" },
  { name = "variants", value = "NAME,...", default = "all",
    text = "of the treatment in --specificity (capacity/specificity.lua)" },
  { name = "jobs", value = "N", type = "integer", min = 1,
    text = "processes at a time (the processors of this machine)" },
  { name = "out", value = "DIR", text = "folder of the results (runs/capacity-SIZE)" },
  { name = "quiet", text = "no progress" },
  { name = "help", text = "this text" },
}

local fail = command.failing "capacity"

local CONTROLS = { "modsync-p:score=shuffled,dose=matched",
  "modsync-p:score=reversed,dose=matched", "modsync-p:score=uniform,strength=0.3" }

--[[ the report ]]

local TITLES = {
  "H1, the error rises with the width under a conflict-averse method only",
  "H2, the cause is modularity", "H3, the treatment works",
  "H4, it is exclusivity and not sparsity",
  "what the treatment does where nothing fails",
}
local NAMES = { "H1", "H2", "H3", "H4", "price" }

local function contains(list, value)
  for _, each in ipairs(list) do
    if each == value then return true end
  end
  return false
end

--- The reconstructions themselves, not with the scores of a control.
local function is_treatment(name)
  return name:find "^modsync" and not name:find "score="
end

--- What the treatments of a method do in one arm.
local function judge_treatments(found, records, arm, method, widths, controls)
  local wide = widths[#widths]
  local base = { arm = arm.arm, problem = arm.problem, conflict = method }
  local treatments = pairing.values(records, "treatment", base)
  local controlled = contains(treatments, controls[1])
  for _, treatment in ipairs(treatments) do
    local function add(place, result)
      result.text = ("`%s`, %s"):format(treatment, result.text)
      found[#found + 1] = { place, result }
    end
    if is_treatment(treatment) and arm.arm == "healthy" then
      add(5, verdict.price(records, arm, method, wide, treatment))
    elseif is_treatment(treatment) then
      add(3, verdict.treatment(records, arm, method, wide, treatment))
      if controlled then
        add(4, verdict.specificity(records, arm, method, widths, treatment, controls))
      end
    end
  end
end

--- The verdicts of one arm of a problem: { hypothesis, verdict } each.
local function judge(records, arm, controls)
  local found = {}
  local widths = pairing.values(records, "width", arm)
  local narrow, wide = widths[1], widths[#widths]
  if narrow == wide then return found end
  for _, method in ipairs(pairing.values(records, "conflict", arm)) do
    if method ~= "sum" then
      found[#found + 1] = { 1, verdict.capacity(records, arm, method, narrow, wide) }
      found[#found + 1] = { 2, verdict.mechanism(records, arm, method, narrow, wide) }
      judge_treatments(found, records, arm, method, widths, controls)
    end
  end
  return found
end

local function verdicts(records, controls)
  local lines = { "## Verdicts", "", "| hypothesis | problem | arm | method | verdict | "
    .. "numbers |", "|---|---|---|---|---|---|" }
  local rows = {}
  for _, problem in ipairs(pairing.values(records, "problem")) do
    for _, arm in ipairs(pairing.values(records, "arm", { problem = problem })) do
      for _, found in ipairs(judge(records, { arm = arm, problem = problem },
        controls)) do
        rows[#rows + 1] = { found[1], ("| %s | %s | %s | %s | **%s** | %s |"):format(
          NAMES[found[1]], problem, arm, found[2].method, found[2].verdict,
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
    lines[#lines + 1] = ("- %s: %s."):format(NAMES[i], title:gsub("^H%d, ", ""))
  end
  return table.concat(lines, "\n")
end

local function where(wanted)
  return function(cell)
    for key, value in pairs(wanted) do
      if cell[key] ~= value then return false end
    end
    return true
  end
end

local function tables(records)
  local parts = { "## Relative L2 error", "",
    "Median, bootstrap 95 % interval, and every seed." }
  for _, problem in ipairs(pairing.values(records, "problem")) do
    for _, arm in ipairs(pairing.values(records, "arm", { problem = problem })) do
      parts[#parts + 1] = (ms.sweep.table(records, {
        title = ("%s, %s"):format(problem, arm), value = "rel_l2",
        rows = { "conflict", "treatment" }, columns = "width", collapsed = "collapsed",
        where = where { problem = problem, arm = arm },
      }))
    end
  end
  return table.concat(parts, "\n\n")
end

--- Error against width by treatment in the arm that fails, and what is measured on the
--- way there.
local function plots(records, out)
  local failing = where { arm = "overfit", problem = "helmholtz", conflict = "dcgd" }
  ms.sweep.plot(records, { path = out .. "/width.svg", x = "width", by = "treatment",
    value = "rel_l2", where = failing, title = "helmholtz, few fixed points, dcgd" })
  local plain = where { arm = "overfit", problem = "helmholtz", conflict = "dcgd",
    treatment = "none" }
  for _, name in ipairs { "cosine", "overlap", "tv_excess", "coupling" } do
    ms.sweep.plot(records, { path = ("%s/%s.svg"):format(out, name), series = name,
      by = "width", where = plain, each = false,
      title = "helmholtz, few fixed points, dcgd: " .. name })
  end
end

local function write(path, text)
  local file, message = io.open(path, "w")
  if not file then fail(message) end
  file:write(text)
  file:close()
end

--- How many cells there are, have a result, are broken.
local function state(outcome)
  return ("%d of %d runs have ended, %d are broken."):format(outcome.done,
    #outcome.cells, outcome.broken)
end

--[[ the sizes ]]

local function sweep(file, words, out, chosen)
  local outcome, message = ms.sweep.run(("%s/capacity/%s.lua"):format(here, file),
    { out = out, jobs = chosen.jobs, arguments = words,
      report = chosen.quiet and "quiet" or nil })
  if not outcome then fail(message) end
  return outcome
end

--- What is known of the cells of a sweep; its folder may have more of other choices.
local function records_of(outcome)
  local records = {}
  for _, cell in ipairs(outcome.cells) do records[#records + 1] = cell.record end
  return records
end

local function experiment(size, chosen)
  local out = chosen.out or "runs/capacity-" .. size
  local outcome = sweep("cells", { size }, out, chosen)
  local records = records_of(outcome)
  if #records == 0 then fail "no run has ended yet" end
  local text = table.concat({ "# Capacity experiment, " .. size, "", state(outcome), "",
    verdicts(records, CONTROLS), "", order(records), "", tables(records), "" }, "\n")
  write(out .. "/report.md", text)
  plots(records, out)
  io.write(text, "\n", out, "/report.md\n")
  if outcome.stopped == "interrupted" then os.exit(130, true) end
end

local function specificity(records)
  return table.concat({ judged(records), "", ms.sweep.table(records, {
    rows = { "variant", "role", "treatment" }, columns = { "problem", "arm", "width" },
    value = "rel_l2", collapsed = "collapsed" }) }, "\n")
end

--- A treatment is its variant, whatever dose was best at a width; all but the
--- reconstructions with scores of their own are controls.
local function full(records)
  local controls = {}
  for _, record in ipairs(records) do record.cell.treatment = record.cell.variant end
  for _, name in ipairs(pairing.values(records, "treatment")) do
    if name ~= "none" and not is_treatment(name) then
      controls[#controls + 1] = name
    end
  end
  return table.concat({ verdicts(records, controls), "", order(records), "",
    tables(records) }, "\n")
end

--- Options are chosen by a first sweep and judged by a second, of which describe(records)
--- tells.
local function two_parts(file, words, chosen, describe)
  local name = table.concat({ file, table.unpack(words) }, "-"):gsub("[^%w]+", "-")
  local out = chosen.out or "runs/capacity-" .. name
  local function part(...)
    local all = table.move({ ... }, 1, 2, #words + 1, { table.unpack(words) })
    return sweep(file, all, ("%s/%s"):format(out, (...)), chosen)
  end
  local first = part "tune"
  if first.stopped == "interrupted" then os.exit(130, true) end
  local second = part("judge", out .. "/tune")
  local records = records_of(second)
  local text = table.concat({ "# Capacity experiment, " .. file, "", state(second), "",
    describe(records), "" }, "\n")
  write(out .. "/report.md", text)
  io.write(text, "\n", out, "/report.md\n")
  if second.stopped == "interrupted" then os.exit(130, true) end
end

local function main(arguments)
  local chosen, words = command.parse(options, arguments)
  if not chosen then fail(words) end
  if chosen.help or #words > 0 then
    io.write("usage: modsync scripts/capacity.lua --quick | --standard | --specificity ",
      "| --full\n\n", command.describe(options))
    return
  end
  if chosen.quick then return experiment("quick", chosen) end
  if chosen.standard then return experiment("standard", chosen) end
  if chosen.specificity then
    return two_parts("specificity", { tostring(chosen.width), tostring(chosen.points),
      chosen.variants }, chosen, specificity)
  end
  if chosen.full then return two_parts("full", {}, chosen, full) end
  fail "which size? --quick, --standard, --specificity or --full"
end

command.run("capacity", main, arg)
