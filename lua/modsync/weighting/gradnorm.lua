--[[
With n_i = |g_i| on a chosen part of the model, w_i n_i should be mean_j(w_j n_j)
r_i^alpha, r_i = (L_i / L_i(0)) / (mean over j of that). w descends the sum of the
distances, the targets held constant, by Adam; then it is scaled to the sum K.
]]
local ascent = require "modsync.ascent"
local core = require "modsync.core"
local misuse = require "modsync.misuse"

local function norms_of(G, options, context)
  if not options.part then return core.sqrt(context.gram():diagonal()) end
  local part = context.losses and context.losses.net.part[options.part]
  if not part then
    misuse("weighting 'gradnorm': the model has no part '%s'", options.part)
  end
  return G:narrow(2, part.offset + 1, part.rows * part.cols):norm(2, 2)
end

return {
  name = "gradnorm",
  summary = "learns factors whose gradient norms follow the rates of the losses",
  paper = "arXiv:1711.02257",
  options = {
    { name = "alpha", type = "number", default = 1.5, min = 0,
      text = "how much faster slow terms are to train" },
    { name = "rate", type = "number", default = 0.025, min = 0,
      text = "learning rate of the factors" },
    { name = "part", type = "string",
      text = "part of the model whose gradients count, such as W4; all without it" },
  },
  weights = function(values, G, state, options, context)
    local terms = values:size(1)
    state.first = state.first or values:clone()
    state.w = state.w or core.ones(terms)
    local norms = norms_of(G, options, context)
    local rates = values / state.first
    rates = (rates / rates:mean()) ^ options.alpha
    local weighted = state.w * norms
    local slope = core.sign(weighted - rates * weighted:mean()) * norms
    if not slope:is_finite() then return context.factors end
    ascent(state, "adam", state.w, slope, -options.rate)
    for k = 1, terms do state.w:set(k, math.max(state.w:get(k), 1e-6)) end
    state.w:mul_(terms / state.w:sum())
    return state.w
  end,
}
