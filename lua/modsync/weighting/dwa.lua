local core = require "modsync.core"
local softmax = require "modsync.softmax"

return {
  name = "dwa",
  summary = "dynamic weight average: softmax of the ratios of epoch means of the losses",
  paper = "arXiv:1803.10704",
  partial = true,
  options = {
    { name = "epoch", type = "integer", default = 100, min = 1,
      text = "steps over which losses are averaged" },
    { name = "temperature", type = "number", default = 2, min = 1e-12,
      text = "large: uniform" },
  },
  weights = function(values, _, state, options)
    if state.last and state.before and (state.count or 0) == 0 then
      state.factors = softmax(state.last / state.before / options.temperature)
    end
    state.sum = state.sum or core.zeros(values:size(1))
    state.sum:add_(values)
    state.count = (state.count or 0) + 1
    if state.count == options.epoch then
      state.before, state.last = state.last, state.sum / options.epoch
      state.sum:fill_(0)
      state.count = 0
    end
    return state.factors or core.ones(values:size(1))
  end,
}
