--[[
Gates of tasks (prune/modsync-g.lua): every task has a network of its own, the weights
times its gates. How far the networks are apart is a measure of modularity:
ms.gates.distance(sync:gates()).
]]
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

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

return M
