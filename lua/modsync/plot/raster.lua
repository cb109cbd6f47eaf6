--- A field on a grid as an image of palette indices.

local color = require "modsync.plot.color"
local png = require "modsync.plot.png"

local M = {}

-- For each of n pixels, centred in equal parts of [at[1], at[#at]]: the grid position on
-- its left and the weight of the next one.
local function positions(at, n)
  local left, weight = {}, {}
  local first, last = at[1], at[#at]
  local k = 1
  for i = 1, n do
    local x = first + (last - first) * (i - 0.5) / n
    while k < #at - 1 and at[k + 1] < x do k = k + 1 end
    left[i], weight[i] = k, #at > 1 and (x - at[k]) / (at[k + 1] - at[k]) or 0
  end
  return left, weight
end

local function bilinear(a, b, c, d, s, t)
  local value = (a * (1 - s) + b * s) * (1 - t) + (c * (1 - s) + d * s) * t
  if value == value then return value end
  -- A neighbour has no value: the nearest one decides.
  return t < 0.5 and (s < 0.5 and a or b) or (s < 0.5 and c or d)
end

--- The values at the centres of width x height pixels, from the top row (largest y) down,
-- interpolated between the grid points.
---@param x number[] # nx rising coordinates
---@param y number[] # ny coordinates
---@param values number[][] # ny rows of nx
---@param width integer
---@param height integer
---@return number[][]
function M.resample(x, y, values, width, height)
  local column, s = positions(x, width)
  local row, t = positions(y, height)
  local out = {}
  for j = 1, height do
    local from = height + 1 - j
    local low = values[row[from]]
    local high = values[row[from] + 1] or low
    local line = {}
    for i = 1, width do
      local k = column[i]
      line[i] = bilinear(low[k], low[k + 1] or low[k], high[k], high[k + 1] or high[k],
        s[i], t[from])
    end
    out[j] = line
  end
  return out
end

local bytes = {}
for i = 0, 255 do bytes[i + 1] = string.char(i) end

--- Rows of values as a PNG in the colours of a map, lo .. hi over the whole map.
---@param rows number[][]
---@param lo number
---@param hi number
---@param map string
---@return string
function M.image(rows, lo, hi, map)
  local lines, scale = {}, 1 / (hi - lo)
  for j, row in ipairs(rows) do
    local line = {}
    for i = 1, #row do line[i] = bytes[color.level((row[i] - lo) * scale)] end
    lines[j] = table.concat(line)
  end
  local palette = table.move(color.map(map), 1, color.LEVELS, 1, {})
  palette[#palette + 1] = color.NO_VALUE
  return png.indexed(lines, palette)
end

--- A colour bar: the map from bottom to top.
---@param map string
---@return string
function M.bar(map)
  local rows = {}
  for i = 1, color.LEVELS do rows[i] = { color.LEVELS - i } end
  return M.image(rows, 0, color.LEVELS - 1, map)
end

return M
