--[[
I = mean over micro-batches of |theta g|: the change of the loss without the parameter, to
first order. 0 for weights of 0, and the same whatever scale a weight shares with its
input.
]]
local formula = require "modsync.modularity.formula"

return {
  name = "taylor",
  summary = "what the loss changes by without the parameter, to first order",
  paper = "arXiv:1611.06440",
  power = 1,
  formula = "taylor",
  sample = formula "taylor",
}
