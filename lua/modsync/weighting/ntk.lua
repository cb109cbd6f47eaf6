--[[
lambda_i = (sum over j of tr K_jj) / tr K_ii, where K_ii is the neural tangent kernel of
the expressions of term i at its points: tr K_ii = sum over points n of
|d expression(x_n) / d theta|^2. The gradients of single points are taken at an even
choice of at most 'points' of them, and the trace scaled up. With 'mean' traces are means
over the points, as befits losses that are means.
]]
local misuse = require "modsync.misuse"

return {
  name = "ntk",
  summary = "balances the traces of the neural tangent kernels of the terms",
  paper = "arXiv:2007.14527",
  options = {
    { name = "every", type = "integer", default = 1000, min = 1,
      text = "steps between two updates" },
    { name = "momentum", type = "number", default = 0, min = 0, max = 1, below = true,
      text = "share of the old factor that an update keeps" },
    { name = "points", type = "integer", default = 64, min = 1,
      text = "points of a term that are looked at" },
    { name = "trace", type = "choice", default = "sum", choices = { "sum", "mean" },
      text = "traces as sums over the points of a term, or as means" },
  },
  weights = function(_, _, _, options, context)
    local losses = context.losses
    if not losses then
      misuse("weighting 'ntk' needs the losses: cf:bind(L) or w:weights(values, G, L)")
    end
    local traces, sum = {}, 0
    for k, name in ipairs(losses.names) do
      local square, points = 0, 0
      for rows in losses:tangents(name, options.points) do
        square = square + rows:norm() ^ 2
        points = points + 1
      end
      traces[k] = square / points
      if options.trace == "sum" then
        traces[k] = traces[k] * losses:points_of(name):size(1)
      end
      sum = sum + traces[k]
    end
    for k, trace in ipairs(traces) do traces[k] = sum / trace end
    return traces
  end,
}
