--[[
Losses and gradients at other parameters within a step, for optimizers that look ahead.
What gradients() returned stays as it is; if the step ends at the last place that was
looked at, and points and weights are still the same, the next gradients() has nothing
left to do.
]]
local core = require "modsync.core"
local point_table = require "modsync.point_table"

local M = {}

local function swap(losses, ahead)
  losses.loss_values, ahead.values = ahead.values, losses.loss_values
  losses.G, ahead.G = ahead.G, losses.G
end

local function open(losses)
  local K, P = losses.G:size(1), losses.G:size(2)
  return { values = core.zeros(K), G = core.zeros(K, P), d = core.zeros(P),
    theta = core.zeros(P), tables = {}, rows = setmetatable({}, { __mode = "k" }) }
end

--- The rows of one of the two matrices of gradients that take turns.
local function rows_of(ahead)
  local rows = ahead.rows[ahead.G]
  if not rows then
    rows = {}
    for k = 1, ahead.G:size(1) do rows[k] = ahead.G:row(k) end
    ahead.rows[ahead.G] = rows
  end
  return rows
end

--- Remembers all that values and gradients depend on.
local function remember(losses, ahead)
  ahead.theta:copy_(losses.net.theta)
  for _, group in ipairs(losses.groups) do
    local now, before = point_table.of(group), ahead.tables[group]
    if before and before:size(2) == now:size(2) then
      before:copy_(now)
    else
      ahead.tables[group] = now:clone()
    end
  end
  ahead.known = true
end

local function is_unchanged(losses, ahead)
  if ahead.theta ~= losses.net.theta then return false end
  for _, group in ipairs(losses.groups) do
    if ahead.tables[group] ~= point_table.of(group) then return false end
  end
  return true
end

--- Sum of w_k L_k and of w_k g_k (P numbers that the next call overwrites, 0 where a mask
--- is) at the present parameters and points.
---@param losses modsync.losses
---@param weights modsync.tensor  K numbers
---@return number value, modsync.tensor gradient
function M.look(losses, weights)
  local ahead = losses.ahead or open(losses)
  losses.ahead, ahead.known = ahead, false
  do
    swap(losses, ahead)
    local function swap_back() swap(losses, ahead) end
    local back <close> = setmetatable({}, { __close = swap_back })
    losses:evaluate()
  end
  remember(losses, ahead)
  ahead.d:fill_(0)
  for k, row in ipairs(rows_of(ahead)) do ahead.d:axpy_(weights:get(k), row) end
  if losses.net.mask then ahead.d:mul_(losses.net.mask) end
  return weights:dot(ahead.values), ahead.d
end

--- Makes the last look the present evaluation, if nothing it depends on has changed.
---@param losses modsync.losses
---@return boolean? done
function M.take(losses)
  local ahead = losses.ahead
  if not (ahead and ahead.known and is_unchanged(losses, ahead)) then return end
  swap(losses, ahead)
  ahead.known = false
  return true
end

return M
