--[[
The points of a group of terms and the table that its program reads: the same tensor,
unless points have weights, which stand in columns after them.
]]
local core = require "modsync.core"

local M = {}

--- Sets group.table, group.columns and, by term, group.weight_column and group.weights.
--- Weights that were there before are kept.
---@private
function M.open(group, plans)
  group.weight_column, group.columns = {}, group.region.columns
  for _, term in ipairs(group.terms) do
    if plans[term.name].weighted then
      group.columns = group.columns + 1
      group.weight_column[term.name] = group.columns
    end
  end
  group.table = group.points
  if group.columns == group.region.columns then return end
  local before = group.weights or {}
  group.table, group.weights = core.ones(group.plan.points, group.columns), {}
  for _, term in ipairs(group.terms) do
    local column = group.weight_column[term.name]
    if column then
      local weights = group.table:select(2, column)
      local start = before[term.name] or term.weights
      if start then weights:copy_(start:reshape(group.plan.points)) end
      group.weights[term.name] = weights
    end
  end
end

--- The table of a group, with its points as they are now.
---@private
function M.of(group)
  if group.table ~= group.points then
    group.table:narrow(2, 1, group.region.columns):copy_(group.points)
  end
  return group.table
end

return M
