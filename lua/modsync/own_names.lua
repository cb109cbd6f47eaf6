--[[
Names that a caller wrote out, with what the problem's list of such names carries:
p.coords its domain, p.fields the coefficients and what makes conditions hold exactly.
]]
local kind = require "modsync.kind"

---@param names string[]?  the list itself if they are not given
---@param list string[]    p.coords or p.fields
---@return string[]
return function(names, list)
  if names == nil then return list end
  local own = getmetatable(names)
  if not kind.list(names) or own and own.__index then return names end
  return setmetatable(table.move(names, 1, #names, 1, {}), getmetatable(list))
end
