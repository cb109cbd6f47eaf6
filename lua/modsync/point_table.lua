--[[
The points of a group of terms and the table that its program reads: the same tensor,
unless points have weights, which stand in columns after them. The weights themselves are
tensors of their own, the same ones however often a table is made: whoever holds one
writes to what the next evaluation copies into the table, like the points.
]]
local core = require "modsync.core"

local M = {}

--- The weights of a term's points at the start: those it was given, or 1.
function M.fresh_weights(term, count)
  local weights = core.ones(count)
  if term.weights then weights:copy_(term.weights:reshape(count)) end
  return weights
end

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
  group.table, group.copies = group.points, {}
  if group.columns == group.region.columns then return end
  local before, count = group.weights or {}, group.plan.points
  group.table, group.weights = core.ones(count, group.columns), {}
  group.copies[1] = { group.table:narrow(2, 1, group.region.columns), group.points }
  for _, term in ipairs(group.terms) do
    local column = group.weight_column[term.name]
    if column then
      local weights = before[term.name] or M.fresh_weights(term, count)
      group.weights[term.name] = weights
      group.copies[#group.copies + 1] = { group.table:select(2, column), weights }
    end
  end
end

--- The table of a group, with its points and their weights as they are now.
---@private
function M.of(group)
  for _, copy in ipairs(group.copies) do copy[1]:copy_(copy[2]) end
  return group.table
end

return M
