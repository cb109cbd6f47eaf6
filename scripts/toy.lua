--[[
What the treatments do to a network that is modular from the start (E2), and how much of
it with the dose (E3). The network, its tasks and what is known of them: toy/planted.lua.

  modsync scripts/toy.lua [--quick]

"leaves" says whether the exclusivity has fallen below 0.8. The controls are there to be
compared with: a treatment that a shuffled score equals has not shown that it matters
which connections it is aimed at.
]]
local command = require "modsync.command"

local here = arg[0]:match("^(.*)/") or "."
local planted = dofile(here .. "/toy/planted.lua")

local options = {
  { name = "quick", text = "fewer steps and rows" },
  { name = "steps", value = "N", type = "integer", min = 1,
    text = "steps of a run of E2; one of E3 takes half of them (2000, --quick: 800)" },
  { name = "help", text = "this text" },
}

local rounds = "period=20,batches=8"

--- Rows of E2: what is run, and whether --quick has it, too.
local ROWS = {
  { conflict = "dcgd", quick = true }, { conflict = "pcgrad" }, { conflict = "sum" },
  { conflict = "dcgd", jitter = 1e-2, quick = true },
  { prune = "modsync-g", quick = true },
  { prune = "modsync-g:sparsity=0,synchrony=0" }, { prune = "modsync-g:gate=sigmoid" },
  { prune = "modsync-m:density=0.25,budget=1," .. rounds, quick = true },
  { prune = "modsync-m:density=0.25,budget=1,score=shuffled," .. rounds },
  { prune = "magnitude:density=0.25," .. rounds, quick = true },
  { prune = "modsync-p:" .. rounds, quick = true },
  { prune = "modsync-p:score=shuffled," .. rounds },
  { prune = "modsync-p:score=reversed," .. rounds, quick = true },
}

--- Strengths of E3, two and a half decades.
local DOSES = { 0, 0.03, 0.1, 0.3, 1, 3, 10 }

local COLUMNS = "%-58s %6.3f %8.3f %9.3f %8.3f %9.1e %9.1e  %s"
local HEAD = COLUMNS:gsub("%.%d[fe]", "s")

local function print_head(title)
  print(title)
  print((HEAD:format("", "excl.", "overlap", "coupling", "density", "error", "largest",
    "")))
end

local function print_row(name, figures, peak, note)
  print((COLUMNS:format(name, figures.tv, figures.overlap, figures.coupling,
    figures.density, figures.excess, peak, note):gsub("%s+$", "")))
end

local function name_of(row)
  local jitter = row.jitter and (", jitter %g"):format(row.jitter) or ""
  return row.prune and row.prune:gsub("," .. rounds, ""):gsub(":" .. rounds, "")
    or row.conflict .. jitter
end

local function print_treatments(steps, quick)
  print_head("E2: from the planted modular network, conflict method dcgd unless said")
  local shown = false
  for _, row in ipairs(ROWS) do
    if row.quick or not quick then
      local figures, start, peak = planted.run { steps = steps, prune = row.prune,
        conflict = row.conflict or "dcgd", jitter = row.jitter }
      if not shown then print_row("start", start, start.excess, "") end
      shown = true
      print_row(name_of(row), figures, peak, figures.tv < 0.8 and "leaves" or "stays")
    end
  end
end

local function print_doses(steps, quick)
  print_head("\nE3: strength of modsync-p")
  for i, dose in ipairs(DOSES) do
    if i % 2 == 0 or not quick then
      local figures, _, peak = planted.run { steps = steps, conflict = "dcgd",
        prune = ("modsync-p:strength=%g,%s"):format(dose, rounds) }
      print_row(("%g"):format(dose), figures, peak, "")
    end
  end
end

local values, words = command.parse(options, arg)
if not values or #words > 0 then
  io.stderr:write("modsync toy: ", values and "it takes no " .. words[1] or words, "\n")
  os.exit(1, true)
elseif values.help then
  print "usage: modsync scripts/toy.lua [options]\n"
  io.write(command.describe(options))
else
  local steps = values.steps or values.quick and 800 or 2000
  print_treatments(steps, values.quick)
  print_doses(math.max(1, steps // 2), values.quick)
end
