--[[
One choice before the first step. Every task k (the residuals; all other terms) has the
sensitivities |theta_p g_kp| / sum over q of |theta_q g_kq|, and a weight the largest, the
sum or the product of those of the tasks. Normalised so, the scale of a loss has no say.
]]
local core = require "modsync.core"
local task_gradients = require "modsync.task_gradients"

return {
  name = "snip",
  summary = "keeps the connections that the losses are sensitive to at the start",
  paper = "arXiv:1810.02340",
  options = {
    { name = "combine", type = "choice", default = "max",
      choices = { "max", "sum", "product" },
      text = "what a weight has of several tasks" },
  },
  defaults = { schedule = "one-shot", start = 0 },
  samples = "mean",
  score = function(context)
    local all
    for _, g in ipairs(task_gradients(context.G, context.tasks)) do
      local sensitivity, total = core.abs(g * context.theta), 0
      for _, part in ipairs(context.parts) do
        local n = part.rows * part.cols
        total = total + sensitivity:narrow(1, part.offset + 1, n):sum()
      end
      if total > 0 then sensitivity:div_(total) end
      local combine = context.options.combine
      if not all then
        all = sensitivity
      elseif combine == "max" then
        all:maximum_(sensitivity)
      elseif combine == "sum" then
        all:add_(sensitivity)
      else
        all:mul_(sensitivity)
      end
    end
    return all
  end,
}
