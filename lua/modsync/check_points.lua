--[[
Points that a caller gives to a function of the library: a tensor of at least one row and
so many columns. Returns it, in row-major order; 'what' begins the message otherwise.
]]
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

---@param points any
---@param columns integer
---@param what string
---@return modsync.tensor
return function(points, columns, what)
  local good, shape = false, nil
  if kind.of(points) == "tensor" then good, shape = pcall(points.shape, points) end
  if not good or #shape ~= 2 or shape[1] < 1 or shape[2] ~= columns then
    misuse("%s: the points must be a tensor of n x %d, not %s", what, columns,
      kind.show(points))
  end
  return points:contiguous()
end
