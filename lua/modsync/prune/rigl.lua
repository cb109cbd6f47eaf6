--[[
RigL: a random sparse network from the start. Every event drops a part of the weights, the
smallest, and grows as many, those with the largest gradient were they there:

  growth = sum      |sum over the terms of g_kp|, the gradient of the loss
  growth = product  the geometric mean over the tasks of |g_kp|, 0 where one of them has
                    no use for it (the growth of modsync-m)
]]
local core = require "modsync.core"
local task_gradients = require "modsync.task_gradients"

local function product(context)
  local all
  local gradients = task_gradients(context.dense, context.tasks)
  for _, g in ipairs(gradients) do
    g:abs_():pow_(1 / #gradients)
    all = all and all:mul_(g) or g
  end
  return all
end

return {
  name = "rigl",
  summary = "sparse from the start: drops the smallest weights, grows by the gradient",
  paper = "arXiv:1911.11134",
  options = {
    { name = "growth", type = "choice", default = "sum", choices = { "sum", "product" },
      text = "by the gradient of the loss, or by what all tasks have use for" },
  },
  defaults = { schedule = "one-shot", start = 0, scope = "layer", layers = "erk",
    fraction = 0.3, period = 100 },
  dense = "event",
  first = function(context)
    return context.random("scores"):uniform(core.zeros(context.model:count()))
  end,
  score = function(context) return core.abs(context.theta) end,
  grow = function(context)
    if context.options.growth == "product" then return product(context) end
    return context.dense:sum(1):abs_()
  end,
}
