--- Fields side by side: heat maps over two coordinates, curves over one.

local axes = require "modsync.plot.axes"
local curves = require "modsync.plot.curves"
local data = require "modsync.plot.data"
local png = require "modsync.plot.png"
local raster = require "modsync.plot.raster"
local scale = require "modsync.plot.scale"
local svg = require "modsync.plot.svg"

local M = {}

-- Pixels of a panel, and of a heat map's image (finer, for screens that are).
local SIDE, IMAGE = 232, 384
local BAR_GAP, BAR = 9, 11
local EDGE, BETWEEN, COLUMNS = 12, 20, 3
local TITLE, PANEL_TITLE, BOTTOM = 22, 32, 46
local LABEL_GAP = 6
local CURVE_MARGIN = 0.05 -- of the vertical extent, above and below a curve

-- Smallest and largest value of the panels that share a colour scale with this one.
local function limits_of(panels, panel)
  if panel.limits then return panel.limits[1], panel.limits[2] end
  local all = {}
  for _, other in ipairs(panels) do
    if other == panel or (panel.scale and other.scale == panel.scale) then
      all[#all + 1] = other.values
    end
  end
  local lo, hi = scale.extent(all)
  if not lo then return -1, 1 end
  if panel.map == "diverging" then
    local most = math.max(math.abs(lo), math.abs(hi))
    if most > 0 then return -most, most end
  end
  return lo, hi
end

-- One panel as given becomes a table of our own, its values checked. ny is nil over one
-- coordinate.
local function read_panel(given, i, nx, ny)
  local name = ("panel %d ('%s')"):format(i, tostring(given.title))
  local values = (ny and data.matrix or data.vector)(given.values, name)
  if ny and (#values ~= ny or #values[1] ~= nx) then
    error(("%s: expected values of shape %dx%d (y by x), got %dx%d"):format(name, ny, nx,
      #values, #values[1]), 0)
  elseif not ny and #values ~= nx then
    error(("%s: expected %d values, got %d"):format(name, nx, #values), 0)
  end
  data.check_limits(given.limits, name .. ", limits")
  return {
    title = given.title or "", values = values, map = given.map or "viridis",
    scale = given.scale, limits = given.limits,
  }
end

local KNOWN = { "values", "title", "map", "limits", "scale" }

local function read_panels(options, nx, ny)
  if type(options.panels) ~= "table" or next(options.panels) == nil then
    error("panels: expected at least one panel", 0)
  end
  data.check_list(options.panels, "panels", "panel", KNOWN)
  local panels = {}
  for i, given in ipairs(options.panels) do panels[i] = read_panel(given, i, nx, ny) end
  for _, panel in ipairs(panels) do
    local lo, hi = limits_of(panels, panel)
    local margin = ny and 0 or CURVE_MARGIN * (hi - lo)
    panel.axis = scale.linear(lo - margin, hi + margin, 5)
  end
  return panels
end

-- Gives every panel its box. left(panel, column) and right(panel) are the room it needs
-- at its sides; a column gets the most that one of its panels needs. Returns the picture.
local function lay_out(options, panels, left, right)
  local columns = math.min(options.columns or COLUMNS, #panels)
  local rows = (#panels + columns - 1) // columns
  local top = PANEL_TITLE + (options.title and TITLE or 0)
  local row_height = SIDE + BOTTOM + PANEL_TITLE
  local x = EDGE
  for column = 1, columns do
    local before, after = 0, 0
    for i = column, #panels, columns do
      before = math.max(before, left(panels[i], column))
      after = math.max(after, right(panels[i]))
    end
    for i = column, #panels, columns do
      local y = top + (i - 1) // columns * row_height
      panels[i].box = { x = x + before, y = y, width = SIDE, height = SIDE }
      panels[i].column = column
    end
    x = x + before + SIDE + after + (column == columns and EDGE or BETWEEN)
  end
  return svg.new(math.ceil(x), top + rows * row_height - PANEL_TITLE)
end

local function draw_map(picture, panel, x, y)
  local box, lo, hi = panel.box, panel.axis.lo, panel.axis.hi
  local rows = raster.resample(x, y, panel.values, IMAGE, IMAGE)
  picture:image(box.x, box.y, box.width, box.height,
    png.base64(raster.image(rows, lo, hi, panel.map)))
  axes.frame(picture, box)
  local bar = {
    x = box.x + box.width + BAR_GAP, y = box.y, width = BAR, height = box.height,
  }
  picture:image(bar.x, bar.y, bar.width, bar.height, png.base64(raster.bar(panel.map)))
  axes.frame(picture, bar)
  axes.right(picture, bar, panel.axis)
end

local function draw_title(picture, panel)
  local box = panel.box
  picture:text(box.x + box.width / 2, box.y - 10, panel.title, "middle",
    'font-weight="bold"', svg.NORMAL + 1)
end

-- Two coordinates: labels of the vertical axis stand in the first column only.
local function draw_maps(options, panels, x, y)
  local x_axis = scale.linear(x[1], x[#x], 4)
  local y_axis = scale.linear(y[1], y[#y], 5)
  local room = axes.label_room(y_axis) + LABEL_GAP
  local picture = lay_out(options, panels, function(_, column)
    return column == 1 and svg.NORMAL + room or 0
  end, function(panel)
    return BAR_GAP + BAR + axes.label_room(panel.axis)
  end)
  for _, panel in ipairs(panels) do
    local first = panel.column == 1
    draw_title(picture, panel)
    draw_map(picture, panel, x, y)
    axes.bottom(picture, panel.box, x_axis, options.xlabel or "x")
    local label = first and (options.ylabel or "y")
    axes.left(picture, panel.box, y_axis, label, room, not first)
  end
  return picture
end

-- One coordinate: every panel is a curve with its own vertical axis.
local function draw_curves(options, panels, x)
  local x_axis = scale.linear(x[1], x[#x], 4)
  local picture = lay_out(options, panels, function(panel)
    return axes.label_room(panel.axis)
  end, function() return 0 end)
  for _, panel in ipairs(panels) do
    local box = panel.box
    draw_title(picture, panel)
    axes.grid(picture, box, x_axis, panel.axis)
    picture:clipped(box, function()
      curves.draw(picture, box, x_axis, panel.axis, { { x = x, y = panel.values } })
    end)
    axes.frame(picture, box)
    axes.bottom(picture, box, x_axis, options.xlabel or "x")
    axes.left(picture, box, panel.axis)
  end
  return picture
end

--- The SVG text; see plot.fields.
---@param options table
---@return string
function M.render(options)
  local x = data.rising(options.x, "x")
  local columns = options.columns
  if columns and not (math.type(columns) == "integer" and columns > 0) then
    error(("columns: expected a positive integer, got %s"):format(tostring(columns)), 0)
  end
  local picture
  if options.y ~= nil then
    local y = data.rising(options.y, "y")
    picture = draw_maps(options, read_panels(options, #x, #y), x, y)
  else
    picture = draw_curves(options, read_panels(options, #x), x)
  end
  if options.title then
    picture:text(picture.width / 2, 20, options.title, "middle", nil, svg.LARGE)
  end
  return picture:finish()
end

return M
