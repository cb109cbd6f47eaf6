--[[
Activations by name: functions built from the core's operations, so that they work on
numbers, tensors and symbols alike and the engine can differentiate them to any order. The
table is open:

  ms.activations.swish2 = function(x) return x * ms.sigmoid(2 * x) end
  ms.mlp { ..., activation = "swish2" }
]]
local core = require "modsync.core"

--- Activations by name; add your own functions to the table.
---@class modsync.activations
---@field tanh function      hyperbolic tangent
---@field sin function       sine
---@field sigmoid function   1 / (1 + exp(-x))
---@field softplus function  log(1 + exp(x))
local M = {
  tanh = core.tanh,
  sin = core.sin,
  sigmoid = core.sigmoid,
  softplus = core.softplus,
}

--- x times the logistic function, also called swish.
---@param x number|modsync.tensor|modsync.symbol
---@return number|modsync.tensor|modsync.symbol
function M.silu(x)
  return x * core.sigmoid(x)
end

--- x times the normal distribution function (the exact form, by erf).
---@param x number|modsync.tensor|modsync.symbol
---@return number|modsync.tensor|modsync.symbol
function M.gelu(x)
  return 0.5 * x * (1 + core.erf(x * 2 ^ -0.5))
end

return M
