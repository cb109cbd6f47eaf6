--[[
The hard concrete distribution of gates z in [0, 1] (Louizos, Welling, Kingma, ICLR 2018,
arXiv:1712.01312), which is 0 and 1 with positive probability:

  s = sigmoid((log u - log(1 - u) + a) / temperature),  u uniform
  z = clip(s (HIGH - LOW) + LOW, 0, 1),  LOW = -0.1, HIGH = 1.1

a is the logarithm of alpha. All functions work element by element and write into the
tensors they are given.
]]
local M = {}

local LOW, HIGH = -0.1, 1.1

--- |log alpha| stays below this: the chance of the rarest gate is still a number.
M.LIMIT = math.log(100)

--- log u - log(1 - u) from uniform numbers u, which are used up.
---@param u modsync.tensor
---@param noise modsync.tensor  filled
---@return modsync.tensor noise
function M.noise(u, noise)
  noise:copy_(u):log_()
  return noise:sub_(u:neg_():log1p_())
end

--- The gates of a draw, z, and dz / da. 'noise' may be z; u is room.
---@param a modsync.tensor
---@param noise modsync.tensor
---@param u modsync.tensor
---@param temperature number
---@param z modsync.tensor      filled
---@param slope modsync.tensor  filled
function M.gates(a, noise, u, temperature, z, slope)
  z:copy_(noise):add_(a):div_(temperature)
  u:copy_(z):sigmoid_() -- s
  z:copy_(u):mul_(HIGH - LOW):add_(LOW)
  -- s (1 - s), but 0 where the clip is at work
  slope:copy_(z):gt_(0):mul_(u)
  u:neg_():add_(1)
  slope:mul_(u):mul_((HIGH - LOW) / temperature)
  u:copy_(z):lt_(1)
  slope:mul_(u)
  z:clamp_(0, 1)
end

--- A draw of the gates from uniform numbers u, which are used up: z, and dz / da.
---@param a modsync.tensor
---@param u modsync.tensor
---@param temperature number
---@param z modsync.tensor      filled
---@param slope modsync.tensor  filled
function M.draw(a, u, temperature, z, slope)
  M.gates(a, M.noise(u, z), u, temperature, z, slope)
end

--- The gate of a network that is tested: clip(sigmoid(a) (HIGH - LOW) + LOW, 0, 1).
---@param a modsync.tensor
---@param z modsync.tensor  filled
---@return modsync.tensor z
function M.test(a, z)
  return z:copy_(a):sigmoid_():mul_(HIGH - LOW):add_(LOW):clamp_(0, 1)
end

--- The probability that a gate is not 0: sigmoid(a - temperature log(-LOW / HIGH)).
---@param a modsync.tensor
---@param temperature number
---@param p modsync.tensor  filled
---@return modsync.tensor p
function M.chance(a, temperature, p)
  return p:copy_(a):sub_(temperature * math.log(-LOW / HIGH)):sigmoid_()
end

return M
