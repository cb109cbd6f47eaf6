-- The hidden units of an MLP in another order: columns of W and b, rows of the next W.

local ms = require "modsync"

--- Values by parameter (parameters, importances) as they belong to the other order.
---@param net modsync.model       a plain MLP
---@param values modsync.tensor   P numbers
---@param seed integer            of the order
---@return modsync.tensor
return function(net, values, seed)
  local rng, out, layer = ms.rng(seed, "units"), values:clone(), 1
  local function view(name)
    local part = net.part[name]
    return out:narrow(1, part.offset + 1, part.rows * part.cols)
      :reshape(part.rows, part.cols)
  end
  while net.part["W" .. layer + 1] do
    local order = rng:permutation(net.part["W" .. layer].cols)
    for _, name in ipairs { "W" .. layer, "b" .. layer } do
      view(name):copy_(view(name):take(2, order))
    end
    local W = view("W" .. layer + 1)
    W:copy_(W:take(1, order))
    layer = layer + 1
  end
  return out
end
