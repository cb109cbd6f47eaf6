--- The frame of a plot: ticks, their labels, grid, axis labels, title.

local scale = require "modsync.plot.scale"
local svg = require "modsync.plot.svg"

local M = {}

local TICK, MINOR_TICK, GAP = 4, 2.5, 3
local LINE = 'stroke="#333" stroke-width="0.8"'
local GRID = 'stroke="#e4e4e4" stroke-width="0.8"'

-- From baseline to the middle of small digits.
local HALF_DIGIT = 0.36 * svg.SMALL

--- Where a value lies along the box, from its left edge or its top edge.
function M.x_of(box, axis, value)
  return axis:place(value) * box.width
end

function M.y_of(box, axis, value)
  return (1 - axis:place(value)) * box.height
end

--- Room that a vertical axis with this scale needs at its side for its labels.
---@param axis table
---@return number
function M.label_room(axis)
  local widest = 0
  for _, tick in ipairs(axis.ticks) do
    widest = math.max(widest, svg.text_width(tick.label, svg.SMALL))
  end
  return TICK + GAP + widest
end

function M.grid(picture, box, x, y)
  for _, tick in ipairs(x.ticks) do
    local at = box.x + M.x_of(box, x, tick.value)
    picture:line(at, box.y, at, box.y + box.height, GRID)
  end
  for _, tick in ipairs(y.ticks) do
    local at = box.y + M.y_of(box, y, tick.value)
    picture:line(box.x, at, box.x + box.width, at, GRID)
  end
end

function M.frame(picture, box)
  picture:rect(box.x, box.y, box.width, box.height, 'fill="none" ' .. LINE)
end

--- Ticks and labels below the box.
function M.bottom(picture, box, axis, label)
  local y = box.y + box.height
  for _, tick in ipairs(axis.ticks) do
    local x = box.x + M.x_of(box, axis, tick.value)
    picture:line(x, y, x, y + TICK, LINE)
    picture:text(x, y + TICK + GAP + 0.76 * svg.SMALL, tick.label, "middle")
  end
  for _, value in ipairs(axis.minor) do
    local x = box.x + M.x_of(box, axis, value)
    picture:line(x, y, x, y + MINOR_TICK, LINE)
  end
  local below = y + TICK + GAP + svg.SMALL + 1.4 * svg.NORMAL
  local factor = scale.factor_label(axis)
  if factor then picture:text(box.x + box.width, below - 2, factor, "end") end
  if label then
    picture:text(box.x + box.width / 2, below, label, "middle", nil, svg.NORMAL)
  end
end

--- Ticks left of the box, with labels unless 'plain', and the axis label 'room' further.
function M.left(picture, box, axis, label, room, plain)
  for _, tick in ipairs(axis.ticks) do
    local y = box.y + M.y_of(box, axis, tick.value)
    picture:line(box.x - TICK, y, box.x, y, LINE)
    if not plain then
      picture:text(box.x - TICK - GAP, y + HALF_DIGIT, tick.label, "end")
    end
  end
  for _, value in ipairs(axis.minor) do
    local y = box.y + M.y_of(box, axis, value)
    picture:line(box.x - MINOR_TICK, y, box.x, y, LINE)
  end
  local factor = not plain and scale.factor_label(axis)
  if factor then picture:text(box.x, box.y - 5, factor, "start") end
  if label then
    local x, y = box.x - room, box.y + box.height / 2
    picture:text(x, y, label, "middle",
      ('transform="rotate(-90 %s %s)"'):format(svg.number(x), svg.number(y)), svg.NORMAL)
  end
end

--- Ticks and labels right of the box, for a colour bar.
function M.right(picture, box, axis)
  local x = box.x + box.width
  for _, tick in ipairs(axis.ticks) do
    local y = box.y + M.y_of(box, axis, tick.value)
    picture:line(x, y, x + TICK, y, LINE)
    picture:text(x + TICK + GAP, y + HALF_DIGIT, tick.label, "start")
  end
  local factor = scale.factor_label(axis)
  if factor then picture:text(box.x - 1, box.y - 5, factor, "start") end
end

return M
