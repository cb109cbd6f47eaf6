--[[
Where a model is compared with the exact solution: a tensor grid over the domain, end
points included, up to three coordinates, 10,000 Sobol' points from there on; or the
points of the problem's exact_on; or what the functions of its residuals' points draw, as
many as that grid has. The exact values are computed once.
]]
local bad_value = require "modsync.bad_value"
local check_points = require "modsync.check_points"
local core = require "modsync.core"
local domains = require "modsync.domain"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

local M = {}

---@class modsync.error_grid
---@field points any   n x d
---@field counts integer[]?   points per axis of a tensor grid
local Grid = {}
Grid.__index = Grid

local DEFAULT = { 1001, 101, 23 }
local SPREAD = 10000

local function axis_counts(counts, d)
  if counts == nil and d > #DEFAULT then return nil end
  local list = {}
  for k = 1, d do
    local count = counts or DEFAULT[d]
    if type(count) == "table" then count = count[k] end
    list[k] = kind.whole(count, 2) or misuse("the points per axis must be whole numbers "
      .. "from 2 on, for each of %d coordinates, not %s", d, kind.show(count))
  end
  return list
end

--- Every combination of equidistant coordinates; the last coordinate runs fastest.
local function tensor_grid(problem, counts)
  local d, total = #counts, 1
  for _, count in ipairs(counts) do total = total * count end
  local points = core.zeros(total, d)
  local shape = table.move(counts, 1, d, 1, {})
  shape[d + 1] = d
  local lattice = points:reshape(table.unpack(shape))
  for k, name in ipairs(problem.coords) do
    local low, high = problem.domain:limits(name)
    local along = {}
    for axis = 1, d do along[axis] = axis == k and counts[k] or 1 end
    lattice:select(d + 1, k):copy_(
      core.linspace(low, high, counts[k]):reshape(table.unpack(along)))
  end
  return points
end

local function spread_points(problem)
  local points, low, high = core.zeros(SPREAD, #problem.coords), {}, {}
  for k, name in ipairs(problem.coords) do
    low[k], high[k] = problem.domain:limits(name)
  end
  return core.sample_box("sobol", core.rng(0, "error grid"), points, low, high)
end

--- A tensor grid or, where there are too many coordinates for one, points over the box.
local function box_grid(problem, counts)
  local axes = axis_counts(counts, #problem.coords)
  return axes and tensor_grid(problem, axes) or spread_points(problem), axes
end

--- How many points the grid over the box has.
local function box_count(d)
  return DEFAULT[d] and math.tointeger(DEFAULT[d] ^ d) or SPREAD
end

--- Points of regions, one below the other: their own, or so many as count(i) says.
local function draw(problem, places, count)
  local rng, blocks = core.rng(0, "error points"), {}
  for i, place in ipairs(places) do
    local region = place.region
    local points = core.zeros(region.points or count(i), region.columns)
    region:filler(points)("sobol", rng)
    blocks[i] = points:narrow(2, 1, #problem.coords)
  end
  return core.concat(blocks, 1)
end

--- The points of exact_on, or what the residuals' functions draw in equal shares. Those
--- that make no other number of points than their terms have are asked for that.
local function region_points(problem, places)
  local total = box_count(#problem.coords)
  local good, points = pcall(draw, problem, places, function(i)
    return domains.share(total, #places, i)
  end)
  if not good and places[1].points then
    good, points = pcall(draw, problem, places, function(i) return places[i].points end)
  end
  return good and points or misuse("problem %q: the points where the error is measured: "
    .. "%s; say where else with exact_on, such as \"interior\" or a tensor of points",
    problem.name, points)
end

--- A complaint about the first point where the exact solution has no finite value.
local function check_finite(self)
  for i, field in ipairs(self.problem.fields) do
    local n, _, value
    if self.problem.exact[field] then
      n, _, value = bad_value.find(self:exact():narrow(2, i, 1))
    end
    if n then
      local at = {}
      for k, name in ipairs(self.problem.coords) do
        at[k] = ("%s = %s"):format(name, bad_value.show(self.points:get(n, k)))
      end
      misuse("problem %q: the exact %s is %s at %s, where the error is measured: say "
        .. "where else with exact_on, such as a tensor or a function of points",
        self.problem.name, field, bad_value.show(value), table.concat(at, ", "))
    end
  end
  return self
end

--- A grid over the box, with so many points per axis or the default number.
---@param problem table
---@param counts integer|integer[]|nil
function M.over_box(problem, counts)
  local points, axes = box_grid(problem, counts)
  return setmetatable({ problem = problem, points = points, counts = axes }, Grid)
end

--- Where the errors are measured: at points that are given, on a grid over the box with
--- so many points per axis, or, without either, where the problem says.
---@param problem table
---@param where integer|integer[]|modsync.tensor|nil
function M.new(problem, where)
  local places, points, axes = problem.exact_regions, nil, nil
  if kind.of(where) == "tensor" then
    points = check_points(where, #problem.coords, "relative_l2"):clone()
  elseif where == nil and places then
    points = region_points(problem, places)
  else
    points, axes = box_grid(problem, where)
  end
  return check_finite(setmetatable({ problem = problem, points = points, counts = axes },
    Grid))
end

function Grid:count()
  return self.points:size(1)
end

--- The exact solution at the points, [n, fields].
function Grid:exact()
  self.values = self.values or self.problem:exact(self.points)
  return self.values
end

--- field -> ||u - exact|| / ||exact||, and field -> ||u|| / ||exact||. Where the exact
--- field is zero throughout, the norms are not divided.
function Grid:errors(net)
  local errors, sizes = {}, {}
  if next(self.problem.exact) == nil then return errors, sizes end
  self.fields = self.problem:evaluate(net, self.points, nil, self.fields)
  self.gap = self.gap or core.zeros(self.points:size(1), 1)
  for i, field in ipairs(self.problem.fields) do
    if self.problem.exact[field] then
      local exact, value = self:exact():narrow(2, i, 1), self.fields:narrow(2, i, 1)
      local norm = exact:norm()
      if norm == 0 then norm = 1 end
      self.gap:copy_(value)
      self.gap:sub_(exact)
      errors[field], sizes[field] = self.gap:norm() / norm, value:norm() / norm
    end
  end
  return errors, sizes
end

return M
