--[[
Optimal brain damage: keeps what the loss would miss to second order, h_pp theta_p^2 / 2,
with the diagonal h of the Hessian of the sum of all terms at their present points.

  gauss-newton  2 / n times the column sums of the squared Jacobian of the residuals: for
                losses that are means of squares; never negative
  hutchinson    the mean of v (H v) over 'probes' vectors v of random signs (Bekas,
                Kokiopoulou and Saad, doi:10.1016/j.apnum.2007.01.003), exact products
                H v: for losses of any form
]]
local core = require "modsync.core"
local curvature = require "modsync.curvature"
local misuse = require "modsync.misuse"

local function gauss_newton(context)
  local diagonal, C = core.zeros(context.model:count()), curvature(context.losses, true)
  for _, name in ipairs(context.losses.names) do
    local n = context.losses:points_of(name):size(1)
    for _, J in C:rows(name) do diagonal:axpy_(2 / n, (J * J):sum(1)) end
  end
  return diagonal
end

local function hutchinson(context)
  local P, C = context.model:count(), curvature(context.losses, true)
  local diagonal, random = core.zeros(P), context.random("probes")
  for _ = 1, context.options.probes do
    local v = random:uniform(core.zeros(P)):sub_(0.5):sign_()
    diagonal:axpy_(1 / context.options.probes, v * C:hessian_product(v))
  end
  return diagonal
end

return {
  name = "obd",
  summary = "keeps the weights that the loss depends on to second order",
  paper = "doi:10.5555/109230.109298",
  options = {
    { name = "diagonal", type = "choice", default = "gauss-newton",
      choices = { "gauss-newton", "hutchinson" },
      text = "how that of the Hessian is measured" },
    { name = "probes", type = "integer", default = 16, min = 1,
      text = "random vectors of hutchinson" },
  },
  defaults = { period = 100 },
  score = function(context)
    if not context.losses then misuse "'obd' needs the losses: observe(G, L)" end
    local exact = context.options.diagonal == "hutchinson"
    local diagonal = (exact and hutchinson or gauss_newton)(context)
    return diagonal:mul_(context.theta):mul_(context.theta):mul_(0.5)
  end,
}
