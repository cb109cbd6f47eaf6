--[[
A step length along a direction of descent that satisfies the strong Wolfe conditions

  phi(t) <= phi(0) + 1e-4 t phi'(0),   |phi'(t)| <= 0.9 |phi'(0)|,

by bracketing and then closing in with minima of cubics (Nocedal and Wright, Numerical
Optimization, 2006, algorithms 3.5 and 3.6). Where rounding hides a difference of phi(t)
and phi(0) the slopes decide: phi'(t) <= (2e-4 - 1) phi'(0) stands for the first condition
(Hager and Zhang, doi:10.1137/030601880). A value that is not finite counts as too far.
]]
local DECREASE, CURVATURE, ROUNDING = 1e-4, 0.9, 1e-13
local GROWTH = 8 -- at most, from one step length to the next

--- A point of phi: length, value, slope.
local function at(phi, t)
  local value, slope = phi(t)
  local finite = value - value == 0 and slope - slope == 0
  return { t = t, value = finite and value or math.huge, slope = slope, finite = finite }
end

local function descends(start, point)
  if not point.finite then return false end
  if point.value <= start.value + DECREASE * point.t * start.slope then return true end
  return math.abs(point.value - start.value) <= ROUNDING * math.abs(start.value)
    and point.slope <= (2 * DECREASE - 1) * start.slope
end

--- Is a point higher than another by more than rounding?
local function is_above(start, point, other)
  return point.value > other.value + ROUNDING * math.abs(start.value)
end

local function is_flat(start, point)
  return math.abs(point.slope) <= -CURVATURE * start.slope
end

--- The minimum of the cubic through two points with their slopes; nil if it has none.
local function cubic_minimum(a, b)
  local d = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t)
  local square = d * d - a.slope * b.slope
  if not (square >= 0) then return nil end
  local root = math.sqrt(square) * (b.t > a.t and 1 or -1)
  local t = b.t - (b.t - a.t) * (b.slope + root - d) / (b.slope - a.slope + 2 * root)
  return t - t == 0 and t or nil
end

--- Between low, which descends, and high: closer than a tenth of the way to neither.
local function between(low, high)
  local t = high.finite and (cubic_minimum(low, high) or (low.t + high.t) / 2) or low.t
  local margin = 0.1 * math.abs(high.t - low.t)
  local least, most = math.min(low.t, high.t) + margin, math.max(low.t, high.t) - margin
  return math.max(least, math.min(most, t))
end

--- A good length between the lowest point so far and one beyond the minimum.
local function close_in(phi, start, low, high, left)
  local point
  for _ = 1, left do
    point = at(phi, between(low, high))
    if not descends(start, point) or is_above(start, point, low) then
      high = point
    elseif is_flat(start, point) then
      return point
    else
      if point.slope * (high.t - low.t) >= 0 then high = low end
      low = point
    end
  end
  if low.t > 0 then return low == point and low or at(phi, low.t) end
end

--- The length of a step; nil where none goes down. The last call of phi is for it.
---@param phi fun(t: number): number, number  value and slope at a length
---@param value number  at 0
---@param slope number  at 0, negative
---@param first number  the length to begin with
---@param most integer  calls of phi, but for one
---@return number? t
return function(phi, value, slope, first, most)
  local start = { t = 0, value = value, slope = slope, finite = true }
  local before, t = start, first
  for used = 1, most do
    local point, found = at(phi, t), nil
    if not descends(start, point) or is_above(start, point, before) then
      found = close_in(phi, start, before, point, most - used)
    elseif is_flat(start, point) then
      found = point
    elseif point.slope >= 0 then
      found = close_in(phi, start, point, before, most - used)
    elseif used < most then
      local guess = cubic_minimum(before, point) or GROWTH * t
      before, t = point, math.max(2 * t, math.min(GROWTH * t, guess))
      goto continue
    else
      found = point
    end
    do return found and found.t end
    ::continue::
  end
end
