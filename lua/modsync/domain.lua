--[[
Domains and the regions of a domain that loss terms live on.

A domain is an object with the methods coords, limits and region of a box. A region is an
object with
  region.key                   equal for terms that may share points
  region.columns               columns of its points: d, or 2 d for a pair of faces
  region.pair                  true when expr gets two sides, expr(s, t)
  region.points                its own number of points, where it has one
  region.extra                 names of the columns after the coordinates, if any
  region.fixed                 true when drawing again changes nothing
  region:filler(points)        a function (sampler, rng) that draws points into the tensor

Points are shared out equally over the faces of a region, whatever the faces' sizes.
]]
local bad_value = require "modsync.bad_value"
local colon = require "modsync.colon"
local core = require "modsync.core"
local data = require "modsync.data"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local trace = require "modsync.trace"

local M = {}

--[[ regions made of boxes: the interior, faces, pairs of faces ]]

local Boxes = {}
Boxes.__index = Boxes

--- Points of part i of 'parts' equal shares of n, the first ones getting the remainder.
---@private
function M.share(n, parts, i)
  return n // parts + (i <= n % parts and 1 or 0)
end

--- Views of the rows of each box, so that a redraw makes no tensors.
function Boxes:filler(points)
  local n, first, parts, d = points:size(1), 1, {}, #self.boxes[1].low
  for i, box in ipairs(self.boxes) do
    local count = M.share(n, #self.boxes, i)
    if count > 0 then
      local rows = points:narrow(1, first, count)
      parts[#parts + 1] = { box = box, near = self.pair and rows:narrow(2, 1, d) or rows,
        far = self.pair and rows:narrow(2, d + 1, d) }
    end
    first = first + count
  end
  return function(sampler, rng)
    for _, part in ipairs(parts) do
      local box, before = part.box, part.far and rng:state()
      core.sample_box(sampler, rng, part.near, box.low, box.high)
      if part.far then
        rng:restore(before) -- the same draws, on the other face
        core.sample_box(sampler, rng, part.far, box.across.low, box.across.high)
      end
    end
  end
end

--[[ regions given by the user ]]

local Tensor = {}
Tensor.__index = Tensor

function Tensor:filler(points)
  points:copy_(self.tensor)
  return function() end
end

local Drawn = {}
Drawn.__index = Drawn

function Drawn:filler(points)
  local n, d = points:size(1), points:size(2)
  return function(_, rng)
    local drawn = self.draw(rng, n)
    if kind.of(drawn) ~= "tensor" then
      local got = kind.show(drawn)
      error(("%s: the points function must return a tensor, not %s"):format(
        trace.place(self.draw), got), 0)
    end
    local shape = drawn:shape()
    if #shape ~= 2 or shape[1] ~= n or shape[2] ~= d then
      error(("%s: the points function must return a %d x %d tensor, not %s"):format(
        trace.place(self.draw), n, d, table.concat(shape, " x ")), 0)
    end
    points:copy_(drawn)
  end
end

local function from_tensor(tensor, coords, extra)
  local shape = tensor:shape()
  local columns = #coords + (extra and #extra or 0)
  if #shape ~= 2 or shape[2] ~= columns or shape[1] < 1 then
    local got = #shape == 0 and "a scalar" or table.concat(shape, " x ")
    return nil, ("a tensor of points must be n x %d (%s), not %s"):format(#coords,
      table.concat(coords, ", "), got)
  end
  local row, column, value = bad_value.find(tensor:narrow(2, 1, #coords))
  if row then
    return nil, ("point %d has %s = %s: the coordinates of points must be finite"):format(
      row, coords[column], bad_value.show(value))
  end
  return setmetatable({ key = tensor, tensor = tensor, columns = columns, extra = extra,
    points = shape[1], fixed = true }, Tensor)
end

--[[ pairs of opposite faces ]]

--- Pairs of opposite faces, as ms.periodic makes them: for `on` of a term.
---@class modsync.periodic_faces
---@field names string[]  the coordinates
local Periodic = {}
Periodic.__name = "modsync.periodic_faces"

function Periodic:__tostring()
  return "periodic " .. table.concat(self.names, ", ")
end

--- `on = ms.periodic "x"`: expr(s, t) gets s on the face x.min and t on x.max, all other
--- coordinates equal. Several names share the points: ms.periodic { "x", "y" }.
---@param names string|string[]
---@return modsync.periodic_faces
function M.periodic(names)
  if type(names) == "string" then names = { names } end
  if (kind.list(names) or 0) == 0 then
    misuse("periodic expects the name of a coordinate or a list of names, not %s",
      kind.show(names))
  end
  local copy = {}
  for i, name in ipairs(names) do
    if type(name) ~= "string" then
      misuse("periodic expects names of coordinates, not %s", kind.show(name))
    end
    copy[i] = name
  end
  return setmetatable({ names = copy }, Periodic)
end

--[[ boxes ]]

--- A box: the product of intervals.
---@class modsync.box
---@field low table<string, number>
---@field high table<string, number>
local Box = {}
Box.__index = Box
Box.__name = "modsync.box"

function Box:__tostring()
  local limits = {}
  for i, name in ipairs(self:coords()) do
    limits[i] = ("%s in [%.6g, %.6g]"):format(name, self.low[name], self.high[name])
  end
  return "box: " .. table.concat(limits, ", ")
end

--- ms.box { x = {-1, 1}, t = {0, 1} }: the product of intervals.
---@param limits table<string, number[]>
---@return modsync.box
function M.box(limits)
  if type(limits) ~= "table" or next(limits) == nil then
    misuse("box expects limits such as { x = {-1, 1} }, not %s", kind.show(limits))
  end
  local low, high = {}, {}
  for name, pair in pairs(limits) do
    if type(name) ~= "string" or not name:match("^%a[%w_]*$") then
      misuse("box: %s is no name for a coordinate", kind.show(name))
    end
    local a, b
    if type(pair) == "table" and #pair == 2 then a, b = pair[1], pair[2] end
    if math.type(a) == nil or math.type(b) == nil then
      misuse("box: the limits of %s must be two numbers, {lowest, highest}", name)
    end
    if not (a < b) or a == -math.huge or b == math.huge then
      misuse("box: the limits of %s must be finite and rising, not {%s, %s}", name, a, b)
    end
    low[name], high[name] = a + 0.0, b + 0.0
  end
  return setmetatable({ low = low, high = high }, Box)
end

--- The names of its coordinates, sorted.
---@return string[]
function Box:coords()
  local names = {}
  for name in pairs(self.low) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- The lowest and highest value of a coordinate.
---@param name string
---@return number? low, number? high
function Box:limits(name)
  return self.low[name], self.high[name]
end

--- The box with coordinate 'axis' held at 'value', or the whole box.
---@private
function Box:part(coords, axis, value)
  local low, high = {}, {}
  for i, name in ipairs(coords) do
    low[i], high[i] = self.low[name], self.high[name]
    if i == axis then low[i], high[i] = value, value end
  end
  return { low = low, high = high }
end

local function axis_of(coords, name)
  for i, known in ipairs(coords) do
    if known == name then return i end
  end
end

--- "x.min", "x.max" and "x=-1": the axis and the value; nil and what is wrong otherwise.
---@private
function Box:face(text, coords)
  local name, side = text:match("^%s*([%a][%w_]*)%.(%a+)%s*$")
  local value
  if not name then
    name, value = text:match("^%s*([%a][%w_]*)%s*=%s*(%S+)%s*$")
  end
  if not name then
    local first = coords[1]
    return nil, ("%q is no region: expected \"interior\", \"boundary\", or a face such "
      .. "as \"%s.min\" or \"%s=%g\""):format(text, first, first, self.low[first])
  end
  local axis = axis_of(coords, name)
  if not axis then
    return nil, ("%q: there is no coordinate %q (coords: %s)"):format(text, name,
      table.concat(coords, ", "))
  end
  local low, high = self:limits(name)
  if side then
    if side == "min" then return axis, low end
    if side == "max" then return axis, high end
    return nil, ("%q: expected %s.min or %s.max"):format(text, name, name)
  end
  local number = tonumber(value)
  if not number then return nil, ("%q: %q is not a number"):format(text, value) end
  local near = 1e-9 * (high - low)
  if math.abs(number - low) <= near then return axis, low end
  if math.abs(number - high) <= near then return axis, high end
  return nil, ("%q is not a face: %s runs from %.10g to %.10g"):format(text, name, low,
    high)
end

local function boxes(region)
  return setmetatable(region, Boxes)
end

---@private
function Box:faces(list, coords)
  local parts, key = {}, {}
  if not kind.list(list) then return nil, "the faces must be a list without gaps" end
  for i, text in ipairs(list) do
    if type(text) ~= "string" then
      return nil, ("a list of faces holds strings such as \"%s.min\", not %s"):format(
        coords[1], kind.show(text))
    end
    local axis, value = self:face(text, coords)
    if not axis then return nil, value end
    parts[i] = self:part(coords, axis, value)
    key[i] = ("%d=%.17g"):format(axis, value)
  end
  if #parts == 0 then return nil, "the list of faces is empty" end
  return boxes { key = table.concat(key, " "), boxes = parts, columns = #coords }
end

---@private
function Box:pairs_of_faces(names, coords)
  local parts = {}
  for i, name in ipairs(names) do
    local axis = axis_of(coords, name)
    if not axis then
      return nil, ("periodic: there is no coordinate %q (coords: %s)"):format(name,
        table.concat(coords, ", "))
    end
    parts[i] = self:part(coords, axis, self.low[name])
    parts[i].across = self:part(coords, axis, self.high[name])
  end
  return boxes { key = "pair " .. table.concat(names, " "), boxes = parts, pair = true,
    columns = 2 * #coords }
end

--- The region that a term's `on` means; nil and what is wrong with it otherwise.
---@param on modsync.region
---@param coords string[]  the order of the columns
---@return table? region, string? message
function Box:region(on, coords)
  local what = kind.of(on)
  if on == "interior" then
    return boxes { key = "interior", boxes = { self:part(coords) }, columns = #coords }
  elseif on == "boundary" then
    local list = {}
    for _, name in ipairs(coords) do
      list[#list + 1] = name .. ".min"
      list[#list + 1] = name .. ".max"
    end
    return self:faces(list, coords)
  elseif what == "string" then
    return self:faces({ on }, coords)
  elseif what == "tensor" then
    return from_tensor(on, coords)
  elseif what == "function" then
    return setmetatable({ key = on, draw = on, columns = #coords }, Drawn)
  elseif data.is_data(on) then
    local tensor, extra = on:arrange(coords)
    if not tensor then return nil, extra end
    return from_tensor(tensor, coords, extra)
  elseif getmetatable(on) == Periodic then
    return self:pairs_of_faces(on.names, coords)
  elseif what == "table" then
    return self:faces(on, coords)
  end
  return nil, ("on must be a region (\"interior\", \"boundary\", a face, a list of "
    .. "faces, a tensor of points, ms.data, a function), not %s"):format(kind.show(on))
end

--- True for an object that can serve as a problem's domain.
---@param value any
---@return boolean
function M.is_domain(value)
  return type(value) == "table" and type(value.region) == "function"
    and type(value.limits) == "function" and type(value.coords) == "function"
end

colon.guard(Box, "box")

return M
