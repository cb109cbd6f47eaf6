--[[
One choice before the first step that preserves the gradient flow: with g the gradient of
the sum of all terms and H its Hessian, at the present points, -theta_p (H g)_p is what
removing a weight adds to |g|^2 / 2, to first order; the weights with the largest go. H g
is exact (curvature.lua).
]]
local curvature = require "modsync.curvature"
local misuse = require "modsync.misuse"

return {
  name = "grasp",
  summary = "keeps the weights that the gradient flow needs at the start",
  paper = "arXiv:2002.07376",
  defaults = { schedule = "one-shot", start = 0 },
  score = function(context)
    if not context.losses then
      misuse "'grasp' needs the losses: observe(G, L)"
    end
    local _, G = context.losses:evaluate()
    local Hg = curvature(context.losses, true):hessian_product(G:sum(1))
    return Hg * context.theta
  end,
}
