--[[
One step of Adam (Kingma and Ba 2015, arXiv:1412.6980; beta 0.9 and 0.999) on a tensor
that a method in Lua learns beside the network. The moments are in the method's state,
under names that begin with 'name'.
]]
local core = require "modsync.core"

--- theta <- theta + rate * Adam(gradient); a negative rate descends. Changes theta.
---@param state table
---@param name string
---@param theta any
---@param gradient any
---@param rate number
return function(state, name, theta, gradient, rate)
  local m, v, t = name .. ".m", name .. ".v", name .. ".t"
  local first = state[m] or core.zeros(theta:size(1))
  local second = state[v] or core.zeros(theta:size(1))
  state[t] = (state[t] or 0) + 1
  first:mul_(0.9):axpy_(0.1, gradient)
  second:mul_(0.999):axpy_(0.001, gradient * gradient)
  state[m], state[v] = first, second
  local scale = (second / (1 - 0.999 ^ state[t])) ^ 0.5 + 1e-8
  theta:axpy_(rate / (1 - 0.9 ^ state[t]), first / scale)
end
