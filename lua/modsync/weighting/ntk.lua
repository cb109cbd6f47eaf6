--[[
lambda_i = (sum over j of tr K_jj) / tr K_ii, where K_ii is the neural tangent kernel of
the expressions of term i at its points: tr K_ii = sum over points n of
|d expression(x_n) / d theta|^2, from the gradients of single points. Of a term with more
than 'points' of them an even choice is taken, and the trace scaled up. With 'mean' traces
are means over the points, as befits losses that are means. An expression that is one
number for all points, such as a condition on a mean, has one row in both; where a sum is
inside of an expression, the row of every point takes a gradient over all of them.
]]
local curvature = require "modsync.curvature"

--- Compiled once for each losses.
local programs = setmetatable({}, { __mode = "k" })

return {
  name = "ntk",
  summary = "balances the traces of the neural tangent kernels of the terms",
  paper = "arXiv:2007.14527",
  partial = true,
  needs_losses = true,
  options = {
    { name = "every", type = "integer", default = 1000, min = 1,
      text = "steps between two updates" },
    { name = "points", type = "integer", default = 64, min = 1,
      text = "points of a term that are looked at" },
    { name = "trace", type = "choice", default = "sum", choices = { "sum", "mean" },
      text = "traces as sums over the points of a term, or as means" },
  },
  weights = function(_, _, _, options, context)
    local losses = context.losses
    programs[losses] = programs[losses] or curvature(losses)
    local C, traces, sum = programs[losses], {}, 0
    for k, name in ipairs(losses.names) do
      local J, of_points, chosen = C:some_rows(name, options.points)
      local n = options.trace == "sum" and losses:points_of(name):size(1) or 1
      local squares = (J * J):sum(2)
      traces[k] = squares:narrow(1, 1, of_points):sum() / chosen * n
        + squares:narrow(1, of_points + 1, #squares - of_points):sum()
      sum = sum + traces[k]
    end
    for k, trace in ipairs(traces) do traces[k] = sum / trace end
    return traces
  end,
}
