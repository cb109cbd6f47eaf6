--[[
Losses and gradients at other parameters within a step, for optimizers that look ahead.
What gradients() returned stays as it is; if the step ends at the last place that was
looked at, the next gradients() has nothing left to do.
]]
local core = require "modsync.core"
local masks = require "modsync.mask"

local M = {}

local function swap(losses, ahead)
  losses.loss_values, ahead.values = ahead.values, losses.loss_values
  losses.G, ahead.G = ahead.G, losses.G
end

--- Sum of w_k L_k and of w_k g_k (P numbers that the next call overwrites) at the present
--- parameters and points.
---@param losses modsync.losses
---@param weights modsync.tensor  K numbers
---@return number value, modsync.tensor gradient
function M.look(losses, weights)
  local K, P = losses.G:size(1), losses.G:size(2)
  local ahead = losses.ahead
  if not ahead then
    ahead = { values = core.zeros(K), G = core.zeros(K, P), d = core.zeros(P),
      theta = core.zeros(P) }
    losses.ahead = ahead
  end
  swap(losses, ahead)
  masks.evaluate_again(losses)
  swap(losses, ahead)
  ahead.theta:copy_(losses.net.theta)
  ahead.known = not (losses.lent or losses.weighting)
  ahead.d:fill_(0)
  for k = 1, K do ahead.d:axpy_(weights:get(k), ahead.G:row(k)) end
  return weights:dot(ahead.values), ahead.d
end

--- Makes the last look the present evaluation, if it was at the present parameters and
--- points.
---@param losses modsync.losses
---@return boolean? done
function M.take(losses)
  local ahead = losses.ahead
  if not (ahead and ahead.known and ahead.theta == losses.net.theta) then return end
  swap(losses, ahead)
  ahead.known = false
  return true
end

--- The points or their weights are others now.
---@param losses modsync.losses
function M.forget(losses)
  if losses.ahead then losses.ahead.known = false end
end

--- Somebody has points or weights who may write to them at any time.
---@param losses modsync.losses
function M.lend(losses)
  losses.lent = true
  M.forget(losses)
end

return M
