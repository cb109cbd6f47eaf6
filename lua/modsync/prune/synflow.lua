--[[
One choice before the first step, without data: with the weights replaced by their sizes,
no biases, no activations, and ones as input, R is the sum of the outputs, and a weight
has |theta_p| dR/d|theta_p|. The scores of every layer add up to R, so no layer goes
before the others. An event has 'rounds' rounds, the k-th to density^(k / rounds).

For chains of dense layers (mlp, siren).
]]
local chain = require "modsync.chain"
local core = require "modsync.core"
local misuse = require "modsync.misuse"

--- |W|, as it multiplies, of a layer.
local function sizes(theta, layer)
  local function matrix(part)
    return theta:narrow(1, part.offset + 1, part.rows * part.cols)
      :reshape(part.rows, part.cols)
  end
  local W = core.abs(matrix(layer.weights))
  return layer.scale and W * core.exp(matrix(layer.scale)) or W
end

--- The scores of a chain, into 'out' [P].
local function flow(theta, layers, out)
  local W, into, after = {}, {}, nil
  for i, layer in ipairs(layers) do
    W[i] = sizes(theta, layer)
    into[i] = i == 1 and core.ones(1, W[1]:size(1)) or into[i - 1]:matmul(W[i - 1])
  end
  for i = #layers, 1, -1 do
    local part = layers[i].weights
    after = after and W[i + 1]:matmul(after) or core.ones(W[i]:size(2), 1)
    out:narrow(1, part.offset + 1, part.rows * part.cols):copy_((W[i]
      * into[i]:transpose() * after:transpose()):reshape(-1))
  end
end

return {
  name = "synflow",
  summary = "keeps the weights with the most synaptic flow, without any data",
  paper = "arXiv:2006.05467",
  options = {
    { name = "rounds", type = "integer", default = 100, min = 1,
      text = "rounds of an event" },
  },
  defaults = { schedule = "one-shot", start = 0 },
  score = function(context)
    local chains, out = chain.of(context.model), core.zeros(context.model:count())
    if not chains then
      misuse("'synflow' is for chains of dense layers (mlp, siren), not %s",
        context.model.options.model)
    end
    for _, layers in ipairs(chains) do flow(context.theta, layers, out) end
    return out
  end,
}
