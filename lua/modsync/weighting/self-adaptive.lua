--[[
Every point n has a factor lambda_n; the network descends, the factors ascend the mean of
(lambda_n r_n)^2, so that stubborn points count more. By Adam as in the authors' program,
or plainly, where no factor ever falls.
]]
local ascent = require "modsync.ascent"
local core = require "modsync.core"

return {
  name = "self-adaptive",
  summary = "SA-PINN: a factor for every point, which ascends where the network descends",
  paper = "arXiv:2009.04544",
  fixed_points = true,
  options = {
    { name = "terms", type = "string", default = "all",
      text = "the terms that get factors: all, or names joined by +; integrals, " ..
        "whose expressions are means over the points, have none" },
    { name = "initial", type = "number", default = 1, min = 0,
      text = "factors of residual terms start uniform between 0 and this" },
    { name = "initial_data", type = "number", default = 100, min = 0,
      text = "the same for all other terms" },
    { name = "rate", type = "number", default = 5e-3, min = 0,
      text = "learning rate of the factors" },
    { name = "ascent", type = "choice", default = "adam", choices = { "adam", "plain" },
      text = "how they ascend" },
    { name = "seed", type = "integer", default = 1, min = 0, text = "seed of the start" },
  },
  points = function(term, squares, state, options)
    local name, n = "lambda." .. term, squares:size(1)
    local lambda = state[name]
    if not lambda then
      local rng = core.rng(options.seed, "weighting:self-adaptive:" .. term)
      local residual = term:match("^residual")
      lambda = rng:uniform(core.zeros(n))
      lambda:mul_(residual and options.initial or options.initial_data)
      state[name] = lambda
    end
    local used, slope = lambda:clone(), lambda * squares * (2 / n)
    if options.ascent == "adam" then
      ascent(state, "adam." .. term, lambda, slope, options.rate)
    else
      lambda:axpy_(options.rate, slope)
    end
    return used
  end,
}
