--[[
Optimal brain surgeon, layer by layer (Dong, Chen, Pan, arXiv:1705.07565): the weights
that the inputs of the next activation would miss least go, and the others that come into
the same unit move to make up for it. For every layer

  H = X'X / n + damping (mean of its diagonal) I

with a row of X for every point and every derivative of the units before the layer, the
units themselves among them, up to 'order': what a residual sees of a layer are its
derivatives, and all of them go through the same weights. Weights go one after another,
the inverse of H being that of those that are left.
]]
local chain = require "modsync.chain"
local core = require "modsync.core"
local hidden = require "modsync.hidden"
local micro_batches = require "modsync.micro_batches"
local misuse = require "modsync.misuse"
local surgery = require "modsync.surgery"

--- The derivatives by the inputs from 'first' on, up to an order: lists of names.
local function derivatives(inputs, order, first, found, so_far)
  found[#found + 1] = so_far
  if #so_far == order then return found end
  for i = first, #inputs do
    local more = table.move(so_far, 1, #so_far, 1, {})
    more[#more + 1] = inputs[i]
    derivatives(inputs, order, i, found, more)
  end
  return found
end

--- The points of all terms, [n, coords], as often as there are point sets.
local function points_of(context)
  local columns, seen, list = #context.losses.problem.coords, {}, {}
  local tables = micro_batches.tables(context.losses, context.options.source)
  for _, name in ipairs(context.losses.names) do
    local points = tables[name]
    if not seen[points] then
      seen[points] = true
      list[#list + 1] = points:narrow(2, 1, columns):clone()
    end
  end
  return list
end

--- Offset of a layer's weights -> X'X / n of the layer before.
local function second_moments(context, layers)
  local H = hidden(context.model, context.losses.problem.coords)
  local moments, n = {}, 0
  local orders = derivatives(context.model.inputs, context.options.order, 1, {}, {})
  for _, points in ipairs(points_of(context)) do
    n = n + points:size(1) * #orders
    for _, names in ipairs(orders) do
      local units = H:units(points, table.unpack(names))
      for i = 2, #layers do
        local X, offset = units[layers[i - 1].name], layers[i].weights.offset
        local square = X:transpose():matmul(X)
        moments[offset] = moments[offset] and moments[offset]:add_(square) or square
      end
    end
  end
  for _, moment in pairs(moments) do moment:mul_(1 / n) end
  return moments
end

--- The inverses of all layers, of one event.
local function inverses(context)
  if context.inverses then return context.inverses end
  local chains = chain.of(context.model)
  if not chains or #chains > 1 then
    misuse("'obs' works on a network of dense layers, not on the architecture '%s'",
      context.model.options.model)
  end
  if not context.losses then misuse "'obs' needs the losses: observe(G, L)" end
  context.inverses = {}
  for offset, H in pairs(second_moments(context, chains[1])) do
    local n = H:size(1)
    local damping = context.options.damping * math.max(H:trace() / n, 1e-300)
    context.inverses[offset] = assert((H + core.eye(n) * damping):solve_spd(core.eye(n)))
  end
  return context.inverses
end

--- One group: the whole matrix.
local function groups(context, number)
  local inverse = inverses(context)[context.parts[number].offset]
    or misuse "'obs': the input layer has no hidden units before it: include = hidden"
  return function()
    local made = inverse
    inverse = nil
    return made, function(W) return W end
  end
end

local score, removed = surgery.score(groups), surgery.removed(groups)

return {
  name = "obs",
  summary = "takes away what the next layer misses least, and makes up for it",
  paper = "doi:10.1109/ICNN.1993.298572, arXiv:1705.07565",
  options = {
    { name = "order", type = "integer", default = 2, min = 0, max = 6,
      text = "of the derivatives of the units that are to stay what they are" },
    { name = "damping", type = "number", default = 0.01, min = 1e-12,
      text = "added to the diagonal of H, in parts of its mean" },
  },
  defaults = { period = 100, source = "train" },
  score = function(context)
    context.inverses = nil
    return score(context)
  end,
  removed = removed,
}
