--[[
lambda_n <- gamma lambda_n + eta |r_n| / max |r|, so lambda_n is never above the larger of
'start' and eta / (1 - gamma); the loss is the mean of (lambda_n r_n)^2.
]]
local core = require "modsync.core"

return {
  name = "rba",
  summary = "residual-based attention: a factor for every point from its residual",
  paper = "arXiv:2307.00379",
  fixed_points = true,
  options = {
    { name = "terms", type = "string", default = "residual",
      text = "the terms that get factors: all, or names joined by +; integrals, " ..
        "whose expressions are means over the points, have none" },
    { name = "gamma", type = "number", default = 0.999, min = 0, max = 1, below = true,
      text = "memory of the factors" },
    { name = "eta", type = "number", default = 0.001, min = 0,
      text = "how much the present residual adds" },
    { name = "start", type = "number", default = 1, min = 0,
      text = "eta of the first step, so that factors do not start near 0" },
  },
  points = function(term, squares, state, options)
    local name = "lambda." .. term
    local r = core.sqrt(squares)
    local largest, eta = r:max(), state[name] and options.eta or options.start
    local lambda = state[name] or core.zeros(squares:size(1))
    if largest > 0 then
      lambda:mul_(options.gamma):axpy_(eta / largest, r)
      state[name] = lambda
    end
    return state[name] or core.ones(squares:size(1))
  end,
}
