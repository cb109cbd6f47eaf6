--[[
The gradients of tasks, groups of loss terms: the rows of G [K, P] added by task.
]]

---@param G modsync.tensor
---@param tasks integer[]  the task of every term, from 0
---@return modsync.tensor[]  P numbers each
return function(G, tasks)
  local sums = {}
  for k, task in ipairs(tasks) do
    local sum = sums[task + 1]
    if sum then sum:add_(G:row(k)) else sums[task + 1] = G:row(k):clone() end
  end
  return sums
end
