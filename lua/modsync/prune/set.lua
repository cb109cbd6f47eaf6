--[[
Sparse evolutionary training: a random sparse network from the start. Every event drops a
part of the weights, the smallest, and grows as many by lot.
]]
local core = require "modsync.core"

local function by_lot(context)
  return context.random("scores"):uniform(core.zeros(context.model:count()))
end

return {
  name = "set",
  summary = "sparse from the start: drops the smallest weights, grows others by lot",
  paper = "arXiv:1707.04780",
  defaults = { schedule = "one-shot", start = 0, scope = "layer", layers = "er",
    fraction = 0.3, anneal = "constant", period = 100, stop = 1 },
  first = by_lot, grow = by_lot,
  score = function(context) return core.abs(context.theta) end,
}
