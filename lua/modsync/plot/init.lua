--- Pictures without a library: SVG charts with heat maps embedded as PNG, PNG files, and
-- heat maps in a terminal.
--
-- Values are tensors or nested tables. NaN and infinities are gaps: grey in a heat map, a
-- break in a curve. With a path, a function writes the file (complete or not at all) and
-- returns true, or nil, message, code when the system does not let it; without a path it
-- returns the file's text.

local ascii = require "modsync.plot.ascii"
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local fields = require "modsync.plot.fields"
local lines = require "modsync.plot.lines"
local misuse = require "modsync.misuse"
local png = require "modsync.plot.png"

--- Pictures: fields and line charts as SVG, PNG files, heat maps as text.
---@class modsync.plot
local M = {}

--- Numbers by row: a tensor or nested tables.
---@alias modsync.numbers modsync.tensor|table

--- Options of plot.fields.
---@class modsync.fields_options
---@field path? string       the file; without it the text is returned
---@field x modsync.numbers  nx rising coordinates
---@field y? modsync.numbers ny rising coordinates; without it the panels are curves
---@field panels modsync.panel[]
---@field xlabel? string     ("x")
---@field ylabel? string     ("y")
---@field title? string
---@field columns? integer   panels in a row (3)

--- One field of plot.fields.
---@class modsync.panel
---@field values modsync.numbers  ny x nx, or nx without y
---@field title? string
---@field map? "viridis"|"magma"|"diverging"  the colours ("viridis")
---@field limits? number[]  lowest and highest value of the colours
---@field scale? any        panels with the same one have the same limits

--- Options of plot.lines.
---@class modsync.lines_options
---@field path? string      the file; without it the text is returned
---@field series modsync.series[]
---@field xlabel? string
---@field ylabel? string
---@field title? string
---@field logx? boolean     a logarithmic axis
---@field logy? boolean     a logarithmic axis
---@field xlim? number[]    lowest and highest x
---@field ylim? number[]    lowest and highest y
---@field xticks? modsync.numbers  where the ticks of x are
---@field width? number     in pixels (720)
---@field height? number    in pixels (400)

--- One curve of plot.lines.
---@class modsync.series
---@field x modsync.numbers
---@field y modsync.numbers
---@field name? string      for the legend
---@field color? string     as SVG writes it
---@field width? number     in pixels (1.6)
---@field dash? boolean     a broken line
---@field points? boolean   dots without a line between them

--- Options of plot.ascii.
---@class modsync.ascii_options
---@field width? integer    in characters (64)
---@field height? integer   in characters (20)
---@field colors? "256"|"24bit"  two pixels a character; shades without it
---@field map? "viridis"|"magma"|"diverging"  the colours ("viridis")
---@field limits? number[]  lowest and highest value of the scale

-- Calls fn; what it raises (a plain message) becomes an error of the user's own line.
local function checked(name, fn, ...)
  local ok, result = pcall(fn, ...)
  if not ok then misuse("plot.%s: %s", name, tostring(result)) end
  return result
end

local KNOWN = {
  fields = { "path", "x", "y", "panels", "xlabel", "ylabel", "title", "columns" },
  lines = { "path", "series", "xlabel", "ylabel", "title", "logx", "logy", "xlim", "ylim",
    "xticks", "width", "height" },
  ascii = { "width", "height", "colors", "map", "limits" },
}

local function check_options(name, options)
  if type(options) ~= "table" then
    misuse("plot.%s: expected a table of options, got a %s", name, type(options))
  end
  check_keys(options, KNOWN[name], "plot." .. name)
end

--- A file's name must not promise what is not in the file.
local function check_path(name, path, ending)
  if path == nil then return end
  if type(path) ~= "string" then
    misuse("plot.%s: path must be a string, got a %s", name, type(path))
  end
  local found = path:match "%.([^./\\]*)$"
  if found and found:lower() ~= ending then
    misuse("plot.%s: it writes %s, to a file that ends in .%s, not to %q", name,
      ending:upper(), ending, path)
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
-- magma is meant for an absolute error, diverging for a signed one.
---@param options modsync.fields_options
---@return boolean|string? saved
---@return string? message
---@return string? code
function M.fields(options)
  check_options("fields", options)
  check_path("fields", options.path, "svg")
  return save(options.path, checked("fields", fields.render, options))
end

--- A line chart as an SVG.
--
--     plot.lines {
--       path = "loss.svg", xlabel = "step", ylabel = "loss", logy = true,
--       series = { { name = "residual", x = steps, y = residual }, ... },
--     }
--
-- On a logarithmic axis values that are not positive are gaps.
---@param options modsync.lines_options
---@return boolean|string? saved
---@return string? message
---@return string? code
function M.lines(options)
  check_options("lines", options)
  check_path("lines", options.path, "svg")
  return save(options.path, checked("lines", lines.render, options))
end

--- A heat map as text, the largest y on top, and a line with the ends of its scale.
-- Without colors it is made of five shades and no escape codes.
---@param values modsync.numbers # ny x nx
---@param options? modsync.ascii_options
---@return string
function M.ascii(values, options)
  check_options("ascii", options or {})
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
---@param path? string # without it the file's bytes are returned
---@param values modsync.numbers
---@return boolean|string? saved
---@return string? message
---@return string? code
function M.png(path, values)
  check_path("png", path, "png")
  return save(path, checked("png", encode_pixels, values))
end

return M
