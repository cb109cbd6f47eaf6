-- The importance of a single sample by a formula of the core, for the records that have
-- one. See importance.lua.

local core = require "modsync.core"

---@param formula "square"|"taylor"|"taylor-square"
---@return fun(G: modsync.tensor, theta: modsync.tensor): modsync.tensor
return function(formula)
  return function(G, theta)
    local I = core.zeros(G:size(1), G:size(2))
    core.importance_update(I, G, 0, 1, nil, formula, theta)
    return I
  end
end
