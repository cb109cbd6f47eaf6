--[[
Choosing on some seeds and judging on others. A group is a cell without its seed and a
list of options, tables that are added to it:

  { cell = { problem = "helmholtz", variant = "neuron", ... },
    options = { { treatment = "modsync-p:strength=0.3" }, { treatment = ... } },
    controls = function(option) -> { { role = "shuffled", treatment = ... }, ... },
    elsewhere = { { role = "healthy", points = "redrawn" }, ... } }

Controls take the place of the option that was chosen; elsewhere it is judged as it is,
with some fields of the cell changed.
]]
local ms = require "modsync"

local choice = {}

local function join(...)
  local cell = {}
  for _, part in ipairs { ... } do
    for key, value in pairs(part) do cell[key] = value end
  end
  return cell
end

--- Every option of every group, on the seeds first to last.
function choice.tune(groups, first, last)
  local cells = {}
  for seed = first, last do
    for _, group in ipairs(groups) do
      for _, option in ipairs(group.options) do
        cells[#cells + 1] = join(group.cell, option, { seed = seed })
      end
    end
  end
  return cells
end

local function holds(cell, wanted)
  for key, value in pairs(wanted) do
    if cell[key] ~= value then return false end
  end
  return true
end

--- The option with the lowest median error over the records of a group, where a run that
--- broke (diverged) has an infinite one; nil where an option has none.
function choice.best(group, records)
  local best, lowest
  for _, option in ipairs(group.options) do
    local wanted, errors = join(group.cell, option), {}
    for _, record in ipairs(records) do
      if holds(record.cell, wanted) then
        errors[#errors + 1] = record.result and record.result.rel_l2 or math.huge
      end
    end
    if #errors == 0 then return nil end
    local median = ms.statistics.median(errors)
    if not lowest or median < lowest then best, lowest = option, median end
  end
  return best, lowest
end

--- The best option of every group, its controls, and what it does elsewhere, on the seeds
--- first to last.
function choice.judge(groups, records, first, last)
  local cells = {}
  for seed = first, last do
    for _, group in ipairs(groups) do
      local option = choice.best(group, records)
      if not option then
        error("the choice between options is not made yet: run the first part", 0)
      end
      cells[#cells + 1] = join(group.cell, option, { role = "treatment", seed = seed })
      for _, control in ipairs(group.controls and group.controls(option) or {}) do
        cells[#cells + 1] = join(group.cell, control, { seed = seed })
      end
      for _, other in ipairs(group.elsewhere or {}) do
        cells[#cells + 1] = join(group.cell, option, other, { seed = seed })
      end
    end
  end
  return cells
end

return choice
