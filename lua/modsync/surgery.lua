--[[
What the methods of the optimal brain surgeon (src/prune/surgeon.h) have in common. One
says for the weight matrices in scope which groups of weights there are, each with an
inverse Hessian for its columns:

  groups(context, number) -> an iterator over inverse [n, n], choose

where choose(view) takes the group's weights [n, cols] out of a matrix of the part
context.parts[number]: a view in its memory.
]]
local chain = require "modsync.chain"
local core = require "modsync.core"
local masks = require "modsync.mask"

local M = {}

--- 1 where a weight neither goes nor moves: it is frozen, or it was no longer alive.
local function held(context, part, alive)
  local fixed = 1 - chain.view(alive, part)
  local free = masks.free(context.model)
  return free and fixed:maximum_(1 - chain.view(free, part)) or fixed
end

--- What leaves units that nothing comes into any more is no longer the surgeon's: their
--- constants are in the biases.
local function hold_silent(context, number, fixed)
  for _, part in ipairs(context.parts) do
    if part.feeds == number then
      local silent = chain.view(context.model.alive, part):sum(1):eq(0)
      fixed:maximum_(silent:reshape(-1, 1))
    end
  end
end

--- The function score of a method with these groups: what a weight costs.
---@param groups fun(context: table, number: integer): fun(): modsync.tensor?, function
---@return fun(context: table): modsync.tensor
function M.score(groups)
  return function(context)
    local costs = core.zeros(context.model:count())
    for number, part in ipairs(context.parts) do
      local W, fixed = chain.view(context.theta, part), held(context, part, context.alive)
      for inverse, choose in groups(context, number) do
        local cost = core.surgeon_costs(inverse, choose(W):contiguous(),
          choose(fixed):contiguous())
        choose(chain.view(costs, part)):copy_(cost:minimum_(1e300))
      end
    end
    return costs
  end
end

--- The function removed: the weights that are left make up for what went.
---@param groups fun(context: table, number: integer): fun(): modsync.tensor?, function
---@return fun(context: table, gone: modsync.tensor)
function M.removed(groups)
  return function(context, gone)
    local was_alive = context.model.alive + gone
    for number, part in ipairs(context.parts) do
      local going = chain.view(gone, part)
      local fixed = held(context, part, was_alive)
      hold_silent(context, number, fixed)
      for inverse, choose in groups(context, number) do
        local leaving = choose(going):contiguous()
        if leaving:sum() > 0 then
          local W = choose(chain.view(context.before, part)):clone()
          core.surgeon_remove(inverse, W, choose(fixed):contiguous(), leaving)
          choose(chain.view(context.theta, part)):copy_(W)
        end
      end
    end
  end
end

return M
