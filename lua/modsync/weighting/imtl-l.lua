--[[
The loss part of IMTL (Liu et al., ICLR 2021, OpenReview IMPnRXEWpvr; its gradient part is
the conflict method imtlg): the factors are exp(s_i), and s descends the sum of
exp(s_i) L_i - s_i by Adam beside the network. At the optimum exp(s_i) L_i = 1, whatever
the scales of the losses. Losses that are far from 1 take |log L_i| / rate steps to get
there, unless s starts there.
]]
local ascent = require "modsync.ascent"
local core = require "modsync.core"

return {
  name = "imtl-l",
  summary = "learns a scale for every loss that brings all weighted losses to 1",
  paper = "none",
  partial = true,
  options = {
    { name = "start", type = "choice", default = "zero", choices = { "zero", "balanced" },
      text = "s at the start: 0, or -log L_i, so that weighted losses are 1 at once" },
    { name = "rate", type = "number", default = 1e-3, min = 0,
      text = "learning rate of s" },
  },
  weights = function(values, _, state, options)
    if not state.s then
      state.s = core.zeros(values:size(1))
      if options.start == "balanced" and values:min() > 0 then
        state.s:sub_(core.log(values))
      end
    end
    local factors = core.exp(state.s)
    local slope = factors * values - 1
    if slope:is_finite() then ascent(state, "adam", state.s, slope, -options.rate) end
    return factors
  end,
}
