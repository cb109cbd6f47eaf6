--[[
Points to measure on: the present ones or new ones. The work of L:micro, gradients of
small samples of them dealt out over a number of batches. See losses.lua.
]]
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local point_table = require "modsync.point_table"

local M = {}

local function micro_views(points, batches)
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

--- What a group needs for micro-batches; made once for a number of batches and a source.
local function open_micro(self, group, batches, source)
  local micro = group.micro
  if micro and micro.batches == batches and micro.source == source then return micro end
  micro = { batches = batches, source = source, points = group.table }
  if source == "fresh" and not group.region.fixed then
    micro.points = core.ones(group.plan.points, group.columns)
    micro.fill = group.region:filler(micro.points:narrow(2, 1, group.region.columns))
    group.micro_rng = group.micro_rng or core.rng(self.seed, "micro:" .. group.name)
  end
  micro.views = micro_views(micro.points, batches)
  micro.buffer = core.zeros(table.unpack(micro.views[1]:shape()))
  group.micro = micro
  return micro
end

local function check_source(source)
  if source ~= "batch" and source ~= "train" and source ~= "fresh" then
    misuse("micro: source must be batch, train or fresh, not %s", kind.show(source))
  end
  return source
end

--- The points of every term as its program reads them, by name, with their weights.
--- "fresh" ones are drawn from the stream of the micro-batches and have weights of 1.
---@param self modsync.losses
---@param source "fresh"|"train"|"batch"
---@return table<string, modsync.tensor>
function M.tables(self, source)
  local tables = {}
  check_source(source)
  for _, group in ipairs(self.groups) do
    local points = point_table.of(group)
    if source == "fresh" then
      local micro = open_micro(self, group, group.micro and group.micro.batches or 1,
        source)
      if micro.fill then micro.fill(group.plan.sampler, group.micro_rng) end
      points = micro.points
    end
    for _, term in ipairs(group.terms) do tables[term.name] = points end
  end
  return tables
end

--- An iterator over the gradients of micro-batches.
---@param self modsync.losses
---@param options { batches?: integer, source?: "fresh"|"train"|"batch" }?
---@return fun(): modsync.tensor?
function M.gradients(self, options)
  options = options or {}
  local source = check_source(options.source or "fresh")
  local batches = kind.whole(options.batches or 16, 1)
    or misuse("micro: batches must be a positive whole number, not %s",
      kind.show(options.batches))
  local b = 0
  if source == "batch" then
    return function()
      b = b + 1
      return b == 1 and self.G or nil
    end
  end
  self.micro_values = self.micro_values or core.zeros(#self.names)
  self.micro_G = self.micro_G or core.zeros(#self.names, self.net:count())
  for _, group in ipairs(self.groups) do
    local micro = open_micro(self, group, batches, source)
    point_table.of(group)
    if micro.fill then micro.fill(group.plan.sampler, group.micro_rng) end
  end
  return function()
    b = b + 1
    if b > batches then return nil end
    for _, group in ipairs(self.groups) do
      local micro = group.micro
      micro.buffer:copy_(micro.views[b])
      group.program:run(self.net.theta, micro.buffer, self.micro_values, self.micro_G,
        group.first)
    end
    return self.micro_G
  end
end

return M
