--- Colour maps: values in [0, 1] to colours, from short tables of control points between
-- which red, green and blue are interpolated.
--
-- viridis and magma follow the maps of that name by van der Walt, Smith and Firing, which
-- are in the public domain: lightness rises evenly, so they survive grey print and most
-- colour blindness. "diverging" runs from blue over near-white to red, for signed errors.

local M = {}

--- Colours of a map; one index more stands for "no value".
M.LEVELS = 255

--- The colour of NaN and of places without a value.
M.NO_VALUE = { 217, 217, 217 }

local controls = {
  viridis = {
    0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E,
    0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725,
  },
  magma = {
    0x000004, 0x180F3E, 0x451077, 0x721F81, 0x9F2F7F,
    0xCD4071, 0xF1605D, 0xFD9567, 0xFEC98D, 0xFCFDBF,
  },
  diverging = {
    0x17325F, 0x2C5E9E, 0x5C92C8, 0xA3C6E3, 0xDCE8F1, 0xF5F4F2,
    0xF6DDD0, 0xEBAD94, 0xD5735E, 0xB13A3B, 0x6F1428,
  },
}

--- Colours of lines, told apart by people with the usual kinds of colour blindness (Okabe
-- and Ito, Color Universal Design, 2008).
M.series = {
  "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555", "#A08000",
}

local function channels(rgb)
  return { rgb >> 16, rgb >> 8 & 255, rgb & 255 }
end

local maps = {}

--- The colours of a map, low to high: M.LEVELS tables { red, green, blue } in 0 .. 255.
---@param name string # "viridis", "magma" or "diverging"
---@return integer[][]
function M.map(name)
  local points = controls[name]
  if not points then
    error(("map: expected 'viridis', 'magma' or 'diverging', got '%s'"):format(
      tostring(name)), 0)
  end
  if maps[name] then return maps[name] end
  local map = {}
  for i = 1, M.LEVELS do
    local at = (i - 1) / (M.LEVELS - 1) * (#points - 1)
    local left = math.min(math.floor(at), #points - 2)
    local low, high = channels(points[left + 1]), channels(points[left + 2])
    map[i] = {}
    for c = 1, 3 do
      map[i][c] = math.floor(low[c] + (high[c] - low[c]) * (at - left) + 0.5)
    end
  end
  maps[name] = map
  return map
end

--- The position in a map, 1 .. M.LEVELS, of a value in [0, 1]; M.LEVELS + 1 for NaN.
-- Values outside are clamped.
---@param t number
---@return integer
function M.level(t)
  if t ~= t then return M.LEVELS + 1 end
  if t <= 0 then return 1 end
  if t >= 1 then return M.LEVELS end
  return math.floor(t * (M.LEVELS - 1) + 0.5) + 1
end

return M
