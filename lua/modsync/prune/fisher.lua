--[[
Keeps what the loss would miss to second order where it is nearly stationary:
theta_p^2 / 2 times the mean of the squared gradient over samples (Theis et al.), which
are micro-batches of the points: the mean of the square, not the square of the mean.
]]
return {
  name = "fisher",
  summary = "keeps the weights with the largest Fisher information times their square",
  paper = "arXiv:1801.05787",
  defaults = { period = 100 },
  samples = "squares",
  score = function(context)
    return context.squares * context.theta * context.theta * 0.5
  end,
}
