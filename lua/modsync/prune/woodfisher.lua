--[[
The optimal brain surgeon with the empirical Fisher matrix for the Hessian of the loss,

  F = damping (mean of its diagonal) I + mean over the samples of g g'

block-diagonal: a block are at most 'block' weights that come into the same unit. Its
inverse is made sample for sample (Sherman and Morrison); the samples are the gradients of
the loss terms on micro-batches.
]]
local core = require "modsync.core"
local misuse = require "modsync.misuse"
local surgery = require "modsync.surgery"

--- Keeps a sample; of more than there is room for, the last ones.
local function observe(G, _, state, options)
  local terms, P = G:size(1), G:size(2)
  state.samples = state.samples or core.zeros(options.batches * terms, P)
  local at = (state.count or 0) % options.batches
  state.samples:narrow(1, at * terms + 1, terms):copy_(G)
  state.count = (state.count or 0) + 1
  state.terms = terms
end

--- The samples of this event, [m, P]; they leave the state.
local function take_samples(context)
  local state = context.state
  if not state.samples then misuse "'woodfisher' has seen no gradients in this round" end
  local m = math.min(state.count, context.options.batches) * state.terms
  context.fisher = state.samples:narrow(1, 1, m)
  state.samples, state.count = nil, nil
  local squares, count = 0, 0
  for _, part in ipairs(context.parts) do
    local n = part.rows * part.cols
    squares = squares + context.fisher:narrow(2, part.offset + 1, n):norm() ^ 2
    count = count + n * m
  end
  context.damping = context.options.damping * math.max(squares / count, 1e-300)
end

--- The groups: pieces of the columns.
local function groups(context, number)
  local part, size = context.parts[number], context.options.block
  local m = context.fisher:size(1)
  local samples = context.fisher:narrow(2, part.offset + 1, part.rows * part.cols)
    :reshape(m, part.rows, part.cols)
  local column, first = 1, 1 - size
  return function()
    first = first + size
    if first > part.rows then column, first = column + 1, 1 end
    if column > part.cols then return nil end
    local j, top, n = column, first, math.min(size, part.rows - first + 1)
    local function choose(W) return W:narrow(1, top, n):narrow(2, j, 1) end
    local G = samples:narrow(2, top, n):select(3, j):contiguous()
    return core.fisher_inverse(G, context.damping), choose
  end
end

local score, removed = surgery.score(groups), surgery.removed(groups)

return {
  name = "woodfisher",
  summary = "takes away what the loss misses least by its Fisher matrix, and makes up "
    .. "for it",
  paper = "arXiv:2004.14340",
  options = {
    { name = "block", type = "integer", default = 64, min = 1,
      text = "weights of a block of the Fisher matrix, at most" },
    { name = "damping", type = "number", default = 0.01, min = 1e-12,
      text = "added to the diagonal, in parts of its mean" },
  },
  defaults = { period = 100 },
  observe = observe,
  score = function(context)
    take_samples(context)
    return score(context)
  end,
  removed = removed,
}
