--- Heat maps in a terminal.

local color = require "modsync.plot.color"
local data = require "modsync.plot.data"
local raster = require "modsync.plot.raster"
local scale = require "modsync.plot.scale"

local M = {}

local SHADES = { " ", "\u{2591}", "\u{2592}", "\u{2593}", "\u{2588}" }
local NO_VALUE = "\u{B7}"
local HALF = "\u{2580}" -- the upper half in the foreground's colour
local WIDTH, HEIGHT, BAR = 64, 20, 16

local function plain_row(upper, lower, place)
  local out = {}
  for i = 1, #upper do
    local t = place((upper[i] + lower[i]) / 2)
    if t ~= t then
      out[i] = NO_VALUE
    else
      out[i] = SHADES[math.min(math.floor(t * #SHADES), #SHADES - 1) + 1]
    end
  end
  return table.concat(out)
end

-- The nearest of the six levels (0, 95, 135, 175, 215, 255) of 256-colour terminals.
local function cube_level(v)
  if v < 48 then return 0 end
  return v < 115 and 1 or (v - 35) // 40
end

local function cube_index(rgb)
  return 16 + 36 * cube_level(rgb[1]) + 6 * cube_level(rgb[2]) + cube_level(rgb[3])
end

-- How a terminal is told a colour: ground 38 is the foreground, 48 the background.
local codes = {
  ["24bit"] = function(ground, rgb)
    return ("%d;2;%d;%d;%d"):format(ground, rgb[1], rgb[2], rgb[3])
  end,
  ["256"] = function(ground, rgb) return ("%d;5;%d"):format(ground, cube_index(rgb)) end,
}

local function colored_row(upper, lower, place, palette, code)
  local out, last = {}, nil
  for i = 1, #upper do
    local over = palette[color.level(place(upper[i]))]
    local under = palette[color.level(place(lower[i]))]
    local escape = ("\27[%s;%sm"):format(code(38, over), code(48, under))
    out[i] = (escape ~= last and escape or "") .. HALF
    last = escape
  end
  return table.concat(out) .. "\27[0m"
end

local function read_values(values)
  if type(values) == "userdata" then values = values:totable() end
  local flat = type(values) == "table" and type(values[1]) == "number"
  return flat and { values } or data.matrix(values, "values")
end

local function count(n)
  local out = {}
  for i = 1, n do out[i] = i end
  return out
end

--- The lines of the map and a line that says what the ends of the scale are.
---@param values any
---@param options table
---@return string
function M.render(values, options)
  values = read_values(values)
  local code = codes[options.colors]
  if options.colors and not code then
    error(("colors: expected '256' or '24bit', got '%s'"):format(
      tostring(options.colors)), 0)
  end
  local width = options.width or WIDTH
  local height = options.height or (#values > 1 and HEIGHT or 1)
  data.check_limits(options.limits, "limits")
  local lo, hi = scale.extent(values)
  if options.limits then lo, hi = options.limits[1], options.limits[2] end
  lo, hi = lo or 0, hi or 1
  local function place(value) -- NaN stays NaN
    return hi > lo and (value - lo) / (hi - lo) or value - value + 0.5
  end
  local x, y = count(#values[1]), count(#values)
  local rows = raster.resample(x, y, values, width, 2 * height)
  local palette = table.move(color.map(options.map or "viridis"), 1, color.LEVELS, 1, {})
  palette[#palette + 1] = color.NO_VALUE
  local out = {}
  for i = 1, height do
    local upper, lower = rows[2 * i - 1], rows[2 * i]
    out[i] = code and colored_row(upper, lower, place, palette, code)
      or plain_row(upper, lower, place)
  end
  local bar = table.concat(SHADES, "", 2)
  if code then
    local steps = {}
    for i = 1, BAR do steps[i] = lo + (hi - lo) * (i - 0.5) / BAR end
    bar = colored_row(steps, steps, place, palette, code)
  end
  out[#out + 1] = ("%.3g %s %.3g"):format(lo, bar, hi)
  return table.concat(out, "\n")
end

return M
