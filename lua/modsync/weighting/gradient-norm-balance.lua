local core = require "modsync.core"

return {
  name = "gradient-norm-balance",
  summary = "all weighted gradients get the same norm, the mean of the norms",
  paper = "arXiv:2308.08468",
  partial = true,
  options = {
    { name = "every", type = "integer", default = 1000, min = 1,
      text = "steps between two updates" },
    { name = "momentum", type = "number", default = 0.9, min = 0, max = 1, below = true,
      text = "share of the old factor that an update keeps" },
  },
  weights = function(_, _, _, _, context)
    local norms = core.sqrt(context.gram():diagonal())
    return norms:mean() / norms
  end,
}
