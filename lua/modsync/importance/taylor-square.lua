-- I = mean over micro-batches of (theta g)^2.
local formula = require "modsync.modularity.formula"

return {
  name = "taylor-square",
  summary = "square of what the loss changes by without the parameter, to first order",
  paper = "arXiv:1906.10771",
  power = 2,
  formula = "taylor-square",
  sample = formula "taylor-square",
}
