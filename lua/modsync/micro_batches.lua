--[[
The points of micro-batches, for losses.lua: those of a group dealt out over the batches,
with the factors of the points beside them where they have some.
]]
local core = require "modsync.core"

local M = {}

local function deal(points, batches)
  local n, views = points:size(1), {}
  local size = n // batches
  if size == 0 then
    for b = 1, batches do views[b] = points:narrow(1, (b - 1) % n + 1, 1) end
    return views
  end
  -- every batches-th point: faces and the cells of structured samplers are spread over
  -- batches
  local table_of = points:narrow(1, 1, size * batches)
    :reshape(size, batches, points:size(2))
  for b = 1, batches do views[b] = table_of:select(2, b) end
  return views
end

local function make(losses, group, batches, source)
  local micro = { batches = batches, source = source, points = group.points }
  if source == "fresh" and not group.region.fixed then
    micro.points = core.zeros(group.plan.points, group.region.columns)
    micro.fill = group.region:filler(micro.points)
    group.micro_rng = group.micro_rng or core.rng(losses.seed, "micro:" .. group.name)
  end
  micro.views = deal(micro.points, batches)
  local size, columns = micro.views[1]:size(1), group.region.columns
  local factors = group.factors and #group.terms or 0
  micro.rows = core.ones(size, columns + factors)
  micro.row_points = micro.rows:narrow(2, 1, columns)
  if group.factors and source == "train" then
    micro.factors = deal(group.factors, batches)
    micro.row_factors = micro.rows:narrow(2, columns + 1, factors)
  end
  return micro
end

--- Makes group.micro, once for a number of batches and a source, and draws fresh points.
function M.open(losses, group, batches, source)
  local micro = group.micro
  if not micro or micro.batches ~= batches or micro.source ~= source then
    micro = make(losses, group, batches, source)
    group.micro = micro
  end
  if micro.fill then micro.fill(group.plan.sampler, group.micro_rng) end
end

--- The rows of batch b, as the group's program reads them.
function M.rows(micro, b)
  micro.row_points:copy_(micro.views[b])
  if micro.factors then micro.row_factors:copy_(micro.factors[b]) end
  return micro.rows
end

return M
