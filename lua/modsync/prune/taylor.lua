--[[
Keeps what the loss would miss to first order: |theta_p g_p| with the mean gradient g of
all terms over the samples since the last event; with group = neuron the weights into a
unit together, |sum over p of theta_p g_p|.
]]
return {
  name = "taylor",
  summary = "keeps the weights that the loss depends on to first order",
  paper = "arXiv:1611.06440, arXiv:1906.10771",
  options = {
    { name = "group", type = "choice", default = "none", choices = { "none", "neuron" },
      text = "score single weights, or all weights into a unit alike" },
  },
  defaults = { period = 100 },
  samples = "mean",
  score = function(context)
    local change = context.theta * context.G:sum(1)
    for _, part in ipairs(context.options.group == "neuron" and context.parts or {}) do
      local units = change:narrow(1, part.offset + 1, part.rows * part.cols)
        :reshape(part.rows, part.cols)
      units:copy_(units:sum(1):reshape(1, part.cols):expand(part.rows, part.cols))
    end
    return change:abs_()
  end,
}
