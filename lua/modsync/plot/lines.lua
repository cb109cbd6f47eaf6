--- Line charts with a legend.

local axes = require "modsync.plot.axes"
local curves = require "modsync.plot.curves"
local data = require "modsync.plot.data"
local scale = require "modsync.plot.scale"
local svg = require "modsync.plot.svg"

local M = {}

local WIDTH, HEIGHT, EDGE, BOTTOM = 720, 400, 18, 46
local TICKS_X, TICKS_Y = 6, 6
local SAMPLE, LEGEND_LINE, LEGEND_GAP = 22, 19, 14
local MARGIN = 0.04 -- of the vertical extent, above and below the curves

local KNOWN = { "x", "y", "name", "color", "width", "dash", "points" }

local function read_series(options)
  data.check_list(options.series, "series", "series", KNOWN)
  local list = {}
  for i, given in ipairs(options.series) do
    local name = ("series %d ('%s')"):format(i, tostring(given.name))
    local series = {
      name = given.name, color = given.color, width = given.width, dash = given.dash,
      points = given.points,
      x = data.vector(given.x, name .. ", x"), y = data.vector(given.y, name .. ", y"),
    }
    if #series.x ~= #series.y then
      error(("%s: x has %d values, y has %d"):format(name, #series.x, #series.y), 0)
    end
    list[i] = series
  end
  return list
end

-- The scale over all values of the series' x or y; limits given win.
local function make_axis(list, key, log, limits, ticks, margin)
  local all = {}
  for i, series in ipairs(list) do all[i] = series[key] end
  local lo, hi = scale.extent(all, log)
  if limits then
    lo, hi = limits[1], limits[2]
    margin = 0
  end
  if log then
    lo, hi = lo or 0.1, hi or 1
    local factor = (hi / lo) ^ margin
    return scale.log(lo / factor, hi * factor)
  end
  lo, hi = lo or 0, hi or 1
  return scale.linear(lo - margin * (hi - lo), hi + margin * (hi - lo), ticks)
end

local function legend_width(list)
  local widest = 0
  for _, series in ipairs(list) do
    if series.name then
      widest = math.max(widest, svg.text_width(series.name, svg.NORMAL))
    end
  end
  return widest == 0 and 0 or LEGEND_GAP + SAMPLE + 6 + widest
end

local function draw_legend(picture, box, list)
  local x, y = box.x + box.width + LEGEND_GAP, box.y + 10
  for i, series in ipairs(list) do
    if series.name then
      local from, length = x, SAMPLE
      if series.points then from, length = x + SAMPLE / 2, 0 end
      picture:path(("M%s %sh%d"):format(svg.number(from), svg.number(y), length),
        curves.style(series, i, series.points and curves.DOT))
      picture:text(x + SAMPLE + 6, y + 0.36 * svg.NORMAL, series.name, "start", nil,
        svg.NORMAL)
      y = y + LEGEND_LINE
    end
  end
end

--- The SVG text; see plot.lines.
---@param options table
---@return string
function M.render(options)
  local list = read_series(options)
  data.check_limits(options.xlim, "xlim", options.logx)
  data.check_limits(options.ylim, "ylim", options.logy)
  local x_axis = make_axis(list, "x", options.logx, options.xlim, TICKS_X, 0)
  if options.xticks then scale.mark(x_axis, data.vector(options.xticks, "xticks")) end
  local y_axis = make_axis(list, "y", options.logy, options.ylim, TICKS_Y, MARGIN)
  local width, height = options.width or WIDTH, options.height or HEIGHT
  local picture = svg.new(width, height)
  local room = axes.label_room(y_axis) + 8
  local left = EDGE + (options.ylabel and svg.NORMAL or 0) + room
  local top = options.title and 36 or 20
  local box = {
    x = left, y = top, width = width - left - EDGE - legend_width(list),
    height = height - top - BOTTOM,
  }
  if box.width < 40 or box.height < 40 then
    error(("width, height: %gx%g leaves no room for the plot"):format(width, height), 0)
  end
  axes.grid(picture, box, x_axis, y_axis)
  picture:clipped(box, function() curves.draw(picture, box, x_axis, y_axis, list) end)
  axes.frame(picture, box)
  axes.bottom(picture, box, x_axis, options.xlabel)
  axes.left(picture, box, y_axis, options.ylabel, room)
  draw_legend(picture, box, list)
  if options.title then
    picture:text(box.x + box.width / 2, 22, options.title, "middle", nil, svg.LARGE)
  end
  return picture:finish()
end

return M
