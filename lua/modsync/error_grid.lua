--[[
Where a model is compared with the exact solution: a tensor grid over the domain, end
points included, up to three coordinates; 10,000 Sobol' points from there on. The exact
values are computed once.
]]
local core = require "modsync.core"
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

--- A grid with the same or a different number of points per axis, or the default one.
---@param problem table
---@param counts integer|integer[]|nil
function M.new(problem, counts)
  local axes = axis_counts(counts, #problem.coords)
  local points = axes and tensor_grid(problem, axes) or spread_points(problem)
  return setmetatable({ problem = problem, points = points, counts = axes }, Grid)
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
