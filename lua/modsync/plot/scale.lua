--- Scales: what interval an axis covers, where its ticks are and what they say.
--
-- A scale is { lo, hi, log, ticks, minor, exponent }: ticks are { value, label }, minor
-- ticks plain values, and 'exponent' is the power of ten by which all labels are to be
-- multiplied (nil: none). scale:place(v) maps [lo, hi] to [0, 1].

local M = {}

local Scale = {}
Scale.__index = Scale

--- Where a value lies; NaN for one that a logarithmic scale cannot show.
---@param value number
---@return number
function Scale:place(value)
  if not self.log then return (value - self.lo) / (self.hi - self.lo) end
  if not (value > 0) then return 0 / 0 end
  return math.log(value / self.lo) / math.log(self.hi / self.lo)
end

local MINUS, TIMES = "\u{2212}", "\u{D7}"

local function with_minus(text)
  return (text:gsub("^-", MINUS))
end

local function exponent_of(value)
  return math.floor(math.log(math.abs(value), 10) + 1e-9)
end

-- m * 10^e rounded once: a negative power is divided by, because 10^-1 is not exact.
local function scaled(m, e)
  return e < 0 and m / 10.0 ^ -e or m * 10.0 ^ e
end

-- The step m * 10^e, m in {1, 2, 5}, that cuts 'range' into 'count' parts or fewer.
local function nice_step(range, count)
  local e = exponent_of(range / count)
  local m = scaled(range / count, -e)
  for _, nice in ipairs { 1, 2, 5 } do
    if m <= nice * (1 + 1e-9) then return nice, e end
  end
  return 1, e + 1
end

-- An interval that is too narrow to cut, around the same middle.
local function widened(lo, hi)
  local size = math.max(math.abs(lo), math.abs(hi))
  if hi - lo > 1e-12 * size then return lo, hi end
  local half = size > 0 and 0.1 * size or 1
  return (lo + hi) / 2 - half, (lo + hi) / 2 + half
end

--- A linear scale over [lo, hi] (widened when that is a point), with about 'count' ticks.
---@param lo number
---@param hi number
---@param count integer
function M.linear(lo, hi, count)
  lo, hi = widened(lo, hi)
  local m, e = nice_step(hi - lo, count)
  local step = scaled(m, e)
  local scale = setmetatable({ lo = lo, hi = hi, ticks = {}, minor = {} }, Scale)
  local largest = 0
  for k = math.ceil(lo / step - 1e-6), math.floor(hi / step + 1e-6) do
    local value = scaled(k * m, e)
    scale.ticks[#scale.ticks + 1] = { value = value }
    largest = math.max(largest, math.abs(value))
  end
  local power = largest > 0 and exponent_of(largest) or 0
  if power >= 5 or power <= -4 then scale.exponent = power end
  local shift = scale.exponent or 0
  local format = ("%%.%df"):format(math.max(0, shift - e))
  for _, tick in ipairs(scale.ticks) do
    tick.label = with_minus(format:format(scaled(tick.value, -shift) + 0.0))
  end
  return scale
end

local function power_label(m, e)
  local power = with_minus(("%d"):format(e))
  if m == 1 then return { text = "10", exponent = power } end
  return { text = ("%d%s10"):format(m, TIMES), exponent = power }
end

-- Ticks m * 10^e inside the scale, for e in first .. last by 'stride' and the given m.
local function power_ticks(scale, first, last, stride, factors)
  local ticks = {}
  for e = first, last, stride do
    for _, m in ipairs(factors) do
      local value = scaled(m, e)
      if value >= scale.lo * (1 - 1e-9) and value <= scale.hi * (1 + 1e-9) then
        ticks[#ticks + 1] = { value = value, label = power_label(m, e) }
      end
    end
  end
  return ticks
end

local MOST_DECADES, MOST_MINOR_DECADES = 8, 12

--- A logarithmic scale over [lo, hi], both positive.
---@param lo number
---@param hi number
function M.log(lo, hi)
  if hi < lo * (1 + 1e-9) then lo, hi = lo / 2, hi * 2 end
  local scale = setmetatable({ lo = lo, hi = hi, log = true, minor = {} }, Scale)
  local first = math.floor(math.log(lo, 10) - 1e-9)
  local last = math.ceil(math.log(hi, 10) + 1e-9)
  local whole = #power_ticks(scale, first, last, 1, { 1 })
  local stride = 1
  if whole > MOST_DECADES then
    local m, e = nice_step(whole, MOST_DECADES)
    stride = math.tointeger(scaled(m, e))
  end
  -- Ticks at multiples of the stride, so that they do not move with the limits.
  local start = first - first % stride
  scale.ticks = power_ticks(scale, start, last, stride, { 1 })
  if #scale.ticks < 2 then
    scale.ticks = power_ticks(scale, first, last, 1, { 1, 2, 5 })
  end
  if #scale.ticks < 2 then
    local linear = M.linear(lo, hi, 4)
    scale.ticks, scale.exponent = linear.ticks, linear.exponent
  elseif stride > 1 then
    for _, tick in ipairs(power_ticks(scale, first, last, 1, { 1 })) do
      scale.minor[#scale.minor + 1] = tick.value
    end
  elseif whole <= MOST_MINOR_DECADES then
    local factors = { 2, 3, 4, 5, 6, 7, 8, 9 }
    for _, tick in ipairs(power_ticks(scale, first, last, 1, factors)) do
      scale.minor[#scale.minor + 1] = tick.value
    end
  end
  return scale
end

--- Puts the ticks of a scale at some values instead; those outside have none.
---@param scale table
---@param values number[]
function M.mark(scale, values)
  scale.ticks, scale.minor, scale.exponent = {}, {}, nil
  for _, value in ipairs(values) do
    if value >= scale.lo and value <= scale.hi then
      scale.ticks[#scale.ticks + 1] = { value = value,
        label = with_minus(("%.6g"):format(value)) }
    end
  end
end

--- The label that says what all tick labels are multiplied by.
---@param scale table
---@return table?
function M.factor_label(scale)
  if not scale.exponent then return nil end
  return { text = TIMES .. "10", exponent = with_minus(("%d"):format(scale.exponent)) }
end

--- Smallest and largest finite value of a nested table of numbers; nil if there is none.
-- With 'positive', values that are not positive do not count.
---@param values table|number
---@param positive? boolean
---@return number? lo
---@return number? hi
function M.extent(values, positive)
  local lo, hi = math.huge, -math.huge
  local function visit(value)
    if type(value) == "table" then
      for i = 1, #value do visit(value[i]) end
    elseif value - value == 0 and (value > 0 or not positive) then
      lo, hi = math.min(lo, value), math.max(hi, value)
    end
  end
  visit(values)
  if lo > hi then return nil end
  return lo, hi
end

return M
