--[[
The importances of tasks, T x P, compared on the weights between hidden layers: tv, jsd
and coupling with their permutation nulls, and the overlap of the most important
connections, as ms.modularity.measure names them. NaN where nothing can be said: no such
weights that are not 0, or importances that are not finite.
]]
local modularity = require "modsync.modularity"

local INDICES = { tv = "ratio", jsd = "entropy", coupling = "coupling" }

--- Are there weights between hidden layers that are not 0?
local function has_live(net)
  for _, part in ipairs(net:hidden_blocks()) do
    local theta = net.theta:narrow(1, part.offset + 1, part.rows * part.cols)
    if theta:norm() > 0 then return true end
  end
  return false
end

--- NaN for what the weights between hidden layers would say.
local function nothing()
  local out = { jaccard = 0 / 0 }
  for name in pairs(INDICES) do
    out[name], out[name .. "_null"] = 0 / 0, 0 / 0
    if name ~= "coupling" then out[name .. "_excess"] = 0 / 0 end
  end
  return out
end

---@private
---@param I modsync.tensor
---@param net modsync.model
---@param o { draws?: number, power?: number, shuffles?: integer, seed?: integer,
--- share?: number }
---@return table<string, number>
return function(I, net, o)
  if not (I:is_finite() and has_live(net)) then return nothing() end
  local out = {}
  for name, index in pairs(INDICES) do
    local x = modularity.exclusivity(I, net, { index = index, shuffles = o.shuffles,
      seed = o.seed, draws = o.draws, power = o.power })
    out[name], out[name .. "_null"] = x.value, x.permuted
    if name ~= "coupling" then
      out[name .. "_excess"], out[name .. "_sampling"] = x.excess, x.sampling
    end
  end
  out.jaccard = modularity.overlap(I, net, { share = o.share }).corrected
  return out
end
