--[[
Gates of tasks: every task has a network of its own, the weights times its gates z, and
its loss terms are evaluated there. How far the networks are apart is a measure of
modularity: ms.gates.distance(sync:gates()).
]]
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local point_table = require "modsync.point_table"

--- Gates of tasks, and how far they are apart.
---@class modsync.gates
local M = {}

--[[
The soft Jaccard distance of the tasks' gates, for two of them

  1 - sum_p min(z_1p, z_2p) / sum_p max(z_1p, z_2p) = sum |z_1p - z_2p| / sum max(...),

for more the mean over the pairs. 0 for gates that agree, 1 for disjoint ones, and that of
masks for gates that are 0 or 1; 0 if both are 0 everywhere.
]]
---@param z modsync.tensor  T x S gates, 0 or more
---@return number
function M.distance(z)
  if kind.of(z) ~= "tensor" or z:dim() ~= 2 then
    misuse("gates.distance: expected the gates, a T x S tensor, not %s", kind.show(z))
  end
  local sum, pairs_of = 0, 0
  for a = 2, z:size(1) do
    for b = 1, a - 1 do
      local most = z:row(a):maximum(z:row(b)):sum()
      if most > 0 then sum = sum + (z:row(a) - z:row(b)):abs():sum() / most end
      pairs_of = pairs_of + 1
    end
  end
  return pairs_of > 0 and sum / pairs_of or 0
end

--- Rows of G and values of a group of which other terms belong to other tasks.
local function run_mixed(losses, group, points, tasks, task)
  if not losses.spare_G then
    losses.spare_values = core.zeros(#losses.names)
    losses.spare_G = core.zeros(#losses.names, losses.net:count())
  end
  group.program:run(losses.net.theta, points, losses.spare_values, losses.spare_G,
    group.first)
  for k = group.first, group.first + #group.terms - 1 do
    if tasks[k] == task then
      losses.loss_values:set(k, losses.spare_values:get(k))
      losses.G:row(k):copy_(losses.spare_G:row(k))
    end
  end
end

--[[
losses:evaluate() with parameters of its own for every task: place(t) puts those of task
t, counted from 0, into the model. tasks[k] is the task of term k. Terms of several tasks
that share their points are evaluated once for each of the tasks.
]]
---@private
---@param losses modsync.losses
---@param tasks integer[]
---@param count integer
---@param place fun(task: integer)
---@return modsync.tensor values, modsync.tensor G
function M.evaluate(losses, tasks, count, place)
  for task = 0, count - 1 do
    place(task)
    for _, group in ipairs(losses.groups) do
      local own, terms = 0, #group.terms
      for k = group.first, group.first + terms - 1 do
        if tasks[k] == task then own = own + 1 end
      end
      local points = own > 0 and point_table.of(group)
      if own == terms then
        group.program:run(losses.net.theta, points, losses.loss_values, losses.G,
          group.first)
      elseif own > 0 then
        run_mixed(losses, group, points, tasks, task)
      end
    end
  end
  return losses.loss_values, losses.G
end

return M
