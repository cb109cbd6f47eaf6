--[[
Keeps the weights that training moves away from 0: the score is the sum over the steps of
-lr theta_p g_p, with the gradient of the loss by the weight as it is used. Weights that
were dropped go on, straight through the mask, with the value that they had: when their
score is among the largest again they come back, but from 0.
]]
local core = require "modsync.core"

--- The sum of the rows of G, in 'into'.
local function add_rows(G, into)
  into:copy_(G:row(1))
  for k = 2, G:size(1) do into:add_(G:row(k)) end
  return into
end

return {
  name = "movement",
  summary = "keeps the weights that training moves away from 0",
  paper = "arXiv:2005.07683",
  defaults = { again = true, source = "batch", period = 100 },
  dense = "always",
  observe = function(G, model, state, _, context)
    local P = model:count()
    context.product, context.total = context.product or core.zeros(P),
      context.total or core.zeros(P)
    context.product:copy_(model.theta)
    if state.held then context.product:add_(state.held) end
    context.product:mul_(add_rows(context.dense or G, context.total))
  end,
  apply = function(model, _, state, _, context)
    state.movement = state.movement or core.zeros(model:count())
    if context.product then state.movement:axpy_(-context.lr, context.product) end
  end,
  score = function(context) return context.state.movement end,
  removed = function(context, gone)
    local state = context.state
    state.held = state.held or core.zeros(context.model:count())
    state.held:add_(context.before * gone):mul_(1 - context.model.alive)
  end,
}
