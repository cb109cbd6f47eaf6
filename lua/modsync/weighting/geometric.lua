--- Descends (L_1 ... L_K)^(1/K), whose gradient weighs term i by that value / (K L_i).
local core = require "modsync.core"

return {
  name = "geometric",
  summary = "the geometric mean of the losses in place of their sum",
  paper = "arXiv:1904.08492",
  partial = true,
  options = {},
  weights = function(values, _, _, _, context)
    if not (values:min() > 0) then return context.factors end
    return core.exp(core.log(values):mean()) / values:size(1) / values
  end,
}
