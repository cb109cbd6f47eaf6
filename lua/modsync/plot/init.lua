--- Pictures without a library: SVG charts with heat maps embedded as PNG, PNG files, and
-- heat maps in a terminal.
--
-- Values are tensors or nested tables. NaN and infinities are gaps: grey in a heat map, a
-- break in a curve. With a path, a function writes the file (complete or not at all) and
-- returns true, or nil, message, code when the system does not let it; without a path it
-- returns the file's text.

local ascii = require "modsync.plot.ascii"
local core = require "modsync.core"
local fields = require "modsync.plot.fields"
local lines = require "modsync.plot.lines"
local png = require "modsync.plot.png"

local M = {}

-- Calls fn; what it raises (a plain message) becomes an error of whoever called the plot.
local function checked(name, fn, ...)
  local ok, result = pcall(fn, ...)
  if not ok then error(("plot.%s: %s"):format(name, tostring(result)), 3) end
  return result
end

local function check_options(name, options)
  if type(options) ~= "table" then
    error(("plot.%s: expected a table of options, got a %s"):format(name,
      type(options)), 3)
  end
end

local function save(path, bytes)
  if path == nil then return bytes end
  return core.write_file(path, bytes)
end

--- Fields side by side as an SVG: heat maps with colour bars over two coordinates, curves
-- over one.
--
--     plot.fields {
--       path = "u.svg", x = x, y = y, xlabel = "x", ylabel = "t", title = "burgers",
--       panels = {
--         { title = "u", values = u, scale = "u" },
--         { title = "exact u", values = exact, scale = "u" },
--         { title = "error", values = u - exact, map = "diverging" },
--       },
--     }
--
-- x, y: rising coordinates, nx and ny of them; without y a panel's values are nx numbers.
-- Of a panel: values, ny x nx; title; map, "viridis" (default), "magma" (for an absolute
-- error) or "diverging" (signed, around zero); limits of the colours, { low, high };
-- scale, any name: panels with the same one have the same limits. Three panels stand in a
-- row, unless 'columns' says otherwise.
---@param options table
---@return boolean|string? saved
---@return string? message
---@return string? code
function M.fields(options)
  check_options("fields", options)
  return save(options.path, checked("fields", fields.render, options))
end

--- A line chart as an SVG.
--
--     plot.lines {
--       path = "loss.svg", xlabel = "step", ylabel = "loss", logy = true,
--       series = { { name = "residual", x = steps, y = residual }, ... },
--     }
--
-- logx, logy: logarithmic axes, on which values that are not positive are gaps; xlim,
-- ylim: { low, high }; width, height in pixels; title. Of a series: x, y, name (for the
-- legend), color, width, dash (true: a broken line).
---@param options table
---@return boolean|string? saved
---@return string? message
---@return string? code
function M.lines(options)
  check_options("lines", options)
  return save(options.path, checked("lines", lines.render, options))
end

--- A heat map as text, the largest y on top, and a line with the ends of its scale.
-- Options: width and height in characters (64 x 20); colors, "256" or "24bit", two pixels
-- a character (default: five shades, no escape codes); map and limits as in plot.fields.
---@param values any # ny x nx
---@param options? table
---@return string
function M.ascii(values, options)
  local text = checked("ascii", ascii.render, values, options or {})
  return text
end

local function sample(value)
  if not (value > 0) then return 0 end -- NaN too
  return value < 1 and math.floor(value * 255 + 0.5) or 255
end

local function encode_pixels(values)
  if type(values) == "userdata" then values = values:totable() end
  local good = type(values) == "table" and type(values[1]) == "table"
    and type(values[1][1]) == "table" and #values[1][1] == 3
  if not good then error("expected a tensor of shape height x width x 3", 0) end
  local rows = {}
  for j, row in ipairs(values) do
    local pixels = {}
    for i, pixel in ipairs(row) do
      pixels[i] = string.char(sample(pixel[1]), sample(pixel[2]), sample(pixel[3]))
    end
    rows[j] = table.concat(pixels)
  end
  return png.rgb(rows)
end

--- A PNG file of a tensor height x width x 3: red, green and blue in [0, 1], clamped; the
-- first row is the top.
---@param path? string
---@param values any
---@return boolean|string? saved
---@return string? message
---@return string? code
function M.png(path, values)
  return save(path, checked("png", encode_pixels, values))
end

return M
