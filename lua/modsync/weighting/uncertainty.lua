--[[
s_i = log of the variance of task i descends sum of exp(-s_i) L_i / 2 + s_i / 2 by Adam
beside the network; the factors are exp(-s_i) / 2. At the optimum s_i = log L_i.
]]
local ascent = require "modsync.ascent"
local core = require "modsync.core"

return {
  name = "uncertainty",
  summary = "homoscedastic uncertainty: learns a variance for every term",
  paper = "arXiv:1705.07115",
  partial = true,
  options = {
    { name = "initial", type = "number", default = 0, min = -700,
      max = 700, text = "s at the start" },
    { name = "rate", type = "number", default = 1e-3, min = 0,
      text = "learning rate of s" },
  },
  weights = function(values, _, state, options)
    state.s = state.s or core.full({ values:size(1) }, options.initial)
    local factors = core.exp(-state.s) * 0.5
    ascent(state, "adam", state.s, -(factors * values) + 0.5, -options.rate)
    return factors
  end,
}
