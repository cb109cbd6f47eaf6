--[[
Initial weights by name: functions (rng, W, fan_in, fan_out) that fill the weight matrix W
of a layer (fan_in x fan_out) from the stream. The table is open, like the activations.
]]

--- Initial weights by name; add your own functions to the table.
---@class modsync.initialisers
local M = {}

local function normal(rng, W, variance)
  rng:normal(W)
  W:mul_(math.sqrt(variance))
end

--- Uniform on an interval around zero; sqrt(3) times the deviation is its half width.
local function uniform(rng, W, variance)
  rng:uniform(W)
  W:sub_(0.5)
  W:mul_(2 * math.sqrt(3 * variance))
end

--- Normal, variance 2 / (fan_in + fan_out): Glorot, Bengio, AISTATS 2010 (PMLR 9:249).
---@param rng modsync.rng
---@param W modsync.tensor  fan_in x fan_out, filled
---@param fan_in integer
---@param fan_out integer
function M.glorot(rng, W, fan_in, fan_out)
  normal(rng, W, 2 / (fan_in + fan_out))
end

--- Uniform around zero with the variance of glorot.
---@param rng modsync.rng
---@param W modsync.tensor  fan_in x fan_out, filled
---@param fan_in integer
---@param fan_out integer
function M.glorot_uniform(rng, W, fan_in, fan_out)
  uniform(rng, W, 2 / (fan_in + fan_out))
end

--- Normal, variance 2 / fan_in: He, Zhang, Ren, Sun, arXiv:1502.01852.
---@param rng modsync.rng
---@param W modsync.tensor  fan_in x fan_out, filled
---@param fan_in integer
function M.he(rng, W, fan_in)
  normal(rng, W, 2 / fan_in)
end

--- Uniform around zero with the variance of he.
---@param rng modsync.rng
---@param W modsync.tensor  fan_in x fan_out, filled
---@param fan_in integer
function M.he_uniform(rng, W, fan_in)
  uniform(rng, W, 2 / fan_in)
end

return M
