--[[
hat(t, t') = K softmax_i(L_i(t) / (T L_i(t'))), and
lambda(t) = alpha (rho lambda(t - 1) + (1 - rho) hat(t, 0)) + (1 - alpha) hat(t, t - 1),
where rho is 1 with probability 'rho' and else 0: a random look back. Factors start at 1
and stay near it for about 1 / (1 - alpha) steps.
]]
local core = require "modsync.core"
local softmax = require "modsync.softmax"

return {
  name = "relobralo",
  summary = "relative loss balancing with random lookback",
  paper = "arXiv:2110.09813",
  partial = true,
  options = {
    { name = "alpha", type = "number", default = 0.999, min = 0, max = 1,
      text = "memory of the factors" },
    { name = "rho", type = "number", default = 0.999, min = 0, max = 1,
      text = "probability of going on from the last factors, not from the first losses" },
    { name = "temperature", type = "number", default = 1, min = 1e-12,
      text = "small: the slowest term gets all; large: uniform" },
    { name = "seed", type = "integer", default = 1, min = 0, text = "seed of the looks" },
  },
  weights = function(values, _, state, options, context)
    if not state.first then
      state.first, state.last = values:clone(), values:clone()
      state.stream = core.tensor(core.rng(options.seed, "weighting:relobralo"):state())
      return core.ones(values:size(1))
    end
    local rng = core.rng(options.seed, "weighting:relobralo")
    local words = state.stream:totable()
    for i, word in ipairs(words) do words[i] = math.tointeger(word) end
    rng:restore(words)
    local look_back = rng:uniform() >= options.rho
    state.stream = core.tensor(rng:state())
    local function relative(before)
      return softmax(values / (before * options.temperature))
    end
    local base = look_back and relative(state.first) or context.factors
    local fresh = relative(state.last) * (1 - options.alpha) + base * options.alpha
    state.last:copy_(values)
    return fresh
  end,
}
