--- Curves in a box: points to path data.

local color = require "modsync.plot.color"
local svg = require "modsync.plot.svg"

local M = {}

-- Curves with more points than this are thinned to the extremes of each half pixel.
local MANY = 2000

--- Width of a dot for a point without neighbours, in line widths.
M.DOT = 2.5

-- Far outside of any picture; coordinates beyond would only be long.
local FAR = 1e5

-- Corners of the curve in pixels from the box's corner: arrays of x and y. A point that
-- cannot be shown (NaN, infinite, not positive on a logarithmic axis) is NaN in both.
local function corners(box, x_axis, y_axis, series)
  local xs, ys = {}, {}
  for i = 1, #series.x do
    local x = x_axis:place(series.x[i]) * box.width
    local y = (1 - y_axis:place(series.y[i])) * box.height
    if x - x == 0 and y - y == 0 then
      xs[i], ys[i] = math.max(-FAR, math.min(x, FAR)), math.max(-FAR, math.min(y, FAR))
    else
      xs[i], ys[i] = 0 / 0, 0 / 0
    end
  end
  return xs, ys
end

-- The first, lowest, highest and last of every run of points in one half pixel column.
local function thinned(xs, ys)
  local out_x, out_y = {}, {}
  local function keep(i)
    out_x[#out_x + 1], out_y[#out_y + 1] = xs[i], ys[i]
  end
  local i = 1
  while i <= #xs do
    local column, low, high, last = math.floor(2 * xs[i] + 0.5), i, i, i
    while last < #xs and math.floor(2 * xs[last + 1] + 0.5) == column do
      last = last + 1
      if ys[last] < ys[low] then low = last end
      if ys[last] > ys[high] then high = last end
    end
    local kept = { i, math.min(low, high), math.max(low, high), last }
    for k, index in ipairs(kept) do
      if index ~= kept[k - 1] then keep(index) end
    end
    i = last + 1
  end
  return out_x, out_y
end

-- Path data of the lines through neighbours, and of dots for points without any; with
-- 'apart' no point has neighbours.
local function path_data(xs, ys, apart)
  local lines, dots, drawn = {}, {}, false
  for i = 1, #xs do
    if xs[i] ~= xs[i] then
      drawn = false
    else
      local place = svg.number(xs[i]) .. " " .. svg.number(ys[i])
      local follows = not apart and xs[i + 1] and xs[i + 1] == xs[i + 1]
      if drawn or follows then
        lines[#lines + 1] = (drawn and "L" or "M") .. place
      else
        dots[#dots + 1] = "M" .. place .. "h0"
      end
      drawn = not apart
    end
  end
  return table.concat(lines), table.concat(dots)
end

--- The colour and line style of the i-th series, as attributes.
---@param series table
---@param i integer
---@param thicker? number # times the line's width
---@return string
function M.style(series, i, thicker)
  local dash = series.dash and ' stroke-dasharray="6 3"' or ""
  return ('fill="none" stroke="%s" stroke-width="%s" stroke-linejoin="round" '
    .. 'stroke-linecap="round"%s'):format(
    svg.escape(series.color or color.series[(i - 1) % #color.series + 1]),
    svg.number((series.width or 1.6) * (thicker or 1)), dash)
end

--- Draws every series, with the box's corner as origin.
---@param picture table
---@param box table
---@param x_axis table
---@param y_axis table
---@param list table[] # { x, y, color, width, dash, points }, the last four optional
function M.draw(picture, box, x_axis, y_axis, list)
  for i, series in ipairs(list) do
    local xs, ys = corners(box, x_axis, y_axis, series)
    if #xs > MANY and not series.points then xs, ys = thinned(xs, ys) end
    local lines, dots = path_data(xs, ys, series.points)
    if lines ~= "" then picture:path(lines, M.style(series, i)) end
    if dots ~= "" then picture:path(dots, M.style(series, i, M.DOT)) end
  end
end

return M
