--[[
lambda_i = (sum over j of tr K_jj) / tr K_ii, where K_ii is the neural tangent kernel of
the expressions of term i at its points: tr K_ii = sum over points n of
|d expression(x_n) / d theta|^2, from the gradients of single points. Of a term with more
than 'points' of them an even choice is taken, and the trace scaled up. With 'mean' traces
are means over the points, as befits losses that are means.
]]
local curvature = require "modsync.curvature"
local even_choice = require "modsync.even_choice"
local misuse = require "modsync.misuse"

--- Compiled once for each losses.
local programs = setmetatable({}, { __mode = "k" })

return {
  name = "ntk",
  summary = "balances the traces of the neural tangent kernels of the terms",
  paper = "arXiv:2007.14527",
  partial = true,
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
    if not losses then
      misuse("weighting 'ntk' needs the losses: cf:bind(L) or w:weights(values, G, L)")
    end
    programs[losses] = programs[losses] or curvature(losses)
    local C, traces, sum = programs[losses], {}, 0
    for k, name in ipairs(losses.names) do
      local points = losses:points_of(name)
      local some = even_choice(points, options.points)
      C:row_program("weighting 'ntk'", name)
      traces[k] = C:jacobian(name, some):norm() ^ 2 / some:size(1)
      if options.trace == "sum" then traces[k] = traces[k] * points:size(1) end
      sum = sum + traces[k]
    end
    for k, trace in ipairs(traces) do traces[k] = sum / trace end
    return traces
  end,
}
