--[[
I = mean over micro-batches of g^2, the empirical Fisher information with a micro-batch as
the sample; what modsync-p measures. Where the gradient is near 0 it measures the noise of
the micro-batches. With one batch it is the square of the mean gradient.
]]
local formula = require "modsync.modularity.formula"

return {
  name = "square",
  summary = "mean of the squared gradients of micro-batches",
  paper = "arXiv:1801.05787",
  power = 2,
  formula = "square",
  sample = formula "square",
}
