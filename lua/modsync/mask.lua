--[[
Masks of parameters: P numbers 0 or 1; what has a 0 stays as it is. Optimizers in C take
them; for all else that changes parameters, masked ones are put back.
]]
local M = {}

--- theta where the mask is 1, 'before' where it is 0. 'before' is used up.
---@private
function M.put_back(theta, before, mask)
  theta:mul_(mask)
  before:mul_(1 - mask)
  theta:add_(before)
end

return M
