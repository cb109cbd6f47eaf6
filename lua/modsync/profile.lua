--[[
ms.profile(L, steps): trains for some steps, watches the gradients of the loss terms, and
names what kind of conflict they are in. The parameters, points and streams are put back.

At 'samples' of the steps the gradients are taken again with a second draw of the points.
The product of two draws of a term has no bias by noise, so

  signal of a term = g.g' / (|g| |g'|)          1: no noise; 0: nothing but noise
  cosine           = (g_a.g_b' + g_a'.g_b) / 2 over sqrt(g_a.g_a' g_b.g_b')

Terms that are never drawn anew (redraw = 0, or a grid) have signal 1. The regime, the
first of these that holds for the pair of terms that is worst off:

  noise        a term's signal is below 0.5, or cosines are no larger than what they
               change by from draw to draw, while they seem to conflict (cosine below 0)
               in a tenth of the samples or more
  transient    conflict in at least a quarter of the samples of one third of the run, and
               in less than a twentieth of those of the last third
  directional  conflict in at least a quarter of the samples, and a mean cosine in them
               below -0.1
  magnitude    no such conflict, but the norms differ by a factor of 10 or more (their
               geometric mean over the run)
  aligned      none of these
]]
local core = require "modsync.core"
local diagnostics = require "modsync.diagnostics"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- Options of ms.profile.
---@class modsync.profile_options
---@field optimizer? modsync.optimizer|modsync.wanted  ("adam")
---@field conflict? modsync.conflict|modsync.wanted    ("sum")
---@field samples? integer  steps that are looked at (60, or all)

--- One pair of terms over a run.
---@class modsync.profile_pair
---@field a string
---@field b string
---@field regime string
---@field share number   samples with a cosine below 0
---@field thirds number[] the same in each third of the run
---@field depth number   mean cosine of those
---@field cosine number  mean cosine, free of noise where both draws allow it
---@field change number  mean change of the cosine from draw to draw
---@field ratio number   norm of a over norm of b, geometric mean
---@field overlap number mean overlap of magnitudes

--- What a profile found: tostring() of it is a report.
---@class modsync.profile
---@field regime string   of the worst pair
---@field pairs modsync.profile_pair[]
---@field signal table<string, number>  mean signal of every term
---@field samples integer
local Profile = {}
Profile.__index = Profile
Profile.__name = "modsync.profile"

--- From worst to best.
local RANK = { directional = 1, noise = 2, transient = 3, magnitude = 4, aligned = 5 }

local MEANING = {
  directional = "the terms pull in opposite directions: conflict methods act on this",
  noise = "what looks like conflict is mostly sampling: use more points, or average",
  transient = "conflict at first that training itself removes",
  magnitude = "directions agree but sizes do not: loss weightings act on this",
  aligned = "little conflict and similar sizes",
}

local LINE = "  %s, %s: %s; cosine %.3f (+- %.3f by the draw), below 0 in %.0f %% of " ..
  "samples (thirds %.0f %.0f %.0f), norms %.2g : 1, overlap %.2f"

function Profile:__tostring()
  local lines = { ("%s: %s (%d samples)"):format(self.regime, MEANING[self.regime],
    self.samples) }
  for _, p in ipairs(self.pairs) do
    lines[#lines + 1] = (LINE):format(p.a, p.b, p.regime, p.cosine, p.change,
      100 * p.share, 100 * p.thirds[1], 100 * p.thirds[2], 100 * p.thirds[3], p.ratio,
      p.overlap)
  end
  local names = {}
  for name in pairs(self.signal) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    lines[#lines + 1] = ("  %s: signal %.2f"):format(name, self.signal[name])
  end
  return table.concat(lines, "\n")
end

--[[ samples ]]

--- All of one sample that does not depend on the pair.
local function take_sample(losses, G)
  local gram = diagnostics.gram(G)
  local sample = { norm = diagnostics.norms(gram), cosines = diagnostics.cosines(gram),
    overlap = diagnostics.overlap(G) }
  local first = G:clone()
  losses:redraw()
  local _, second = losses:evaluate()
  sample.second = diagnostics.cosines(diagnostics.gram(second))
  sample.cross = first:matmul(second:transpose(1, 2))
  sample.second_norm = diagnostics.norms(diagnostics.gram(second))
  return sample
end

local function signal_of(sample, k)
  local scale = sample.norm[k] * sample.second_norm[k]
  return scale > 0 and sample.cross:get(k, k) / scale or 1
end

--- The cosine without noise, or the plain one where a signal is too small to divide by.
local function clean_cosine(sample, a, b)
  local cross = sample.cross
  local square = cross:get(a, a) * cross:get(b, b)
  if signal_of(sample, a) < 0.1 or signal_of(sample, b) < 0.1 then
    return sample.cosines:get(a, b)
  end
  return math.max(-1, math.min(1, (cross:get(a, b) + cross:get(b, a)) / 2 / square ^ 0.5))
end

--[[ the verdict ]]

local function regime_of(pair, signal)
  local size = math.abs(pair.cosine)
  local noisy = math.min(signal[pair.a], signal[pair.b]) < 0.5 or size <= pair.change
  if pair.share >= 0.1 and noisy then return "noise" end
  local early = math.max(pair.thirds[1], pair.thirds[2])
  if early >= 0.25 and pair.thirds[3] < 0.05 then return "transient" end
  if pair.share >= 0.25 and pair.depth < -0.1 then return "directional" end
  if pair.ratio >= 10 or pair.ratio <= 0.1 then return "magnitude" end
  return "aligned"
end

local function profile_pair(samples, names, i, j)
  local pair = { a = names[i], b = names[j], cosine = 0, change = 0, overlap = 0,
    depth = 0 }
  local below, counts, hits, logs = 0, { 0, 0, 0 }, { 0, 0, 0 }, 0
  for s, sample in ipairs(samples) do
    local third, c = 1 + (s - 1) * 3 // #samples, sample.cosines:get(i, j)
    counts[third] = counts[third] + 1
    if c < 0 then
      below, hits[third], pair.depth = below + 1, hits[third] + 1, pair.depth + c
    end
    pair.cosine = pair.cosine + clean_cosine(sample, i, j) / #samples
    pair.change = pair.change + math.abs(c - sample.second:get(i, j)) / #samples
    pair.overlap = pair.overlap + sample.overlap:get(i, j) / #samples
    local ratio = sample.norm[i] / sample.norm[j]
    logs = logs + (ratio > 0 and ratio < math.huge and math.log(ratio) or 0) / #samples
  end
  pair.share, pair.ratio = below / #samples, math.exp(logs)
  pair.depth = below > 0 and pair.depth / below or 0
  pair.thirds = {}
  for t = 1, 3 do pair.thirds[t] = counts[t] > 0 and hits[t] / counts[t] or 0 end
  return pair
end

local function verdict(samples, names)
  local out = setmetatable({ pairs = {}, signal = {}, samples = #samples,
    regime = "aligned" }, Profile)
  for k, name in ipairs(names) do
    local sum = 0
    for _, sample in ipairs(samples) do sum = sum + signal_of(sample, k) end
    out.signal[name] = sum / #samples
  end
  for i = 1, #names do
    for j = i + 1, #names do
      local pair = profile_pair(samples, names, i, j)
      pair.regime = regime_of(pair, out.signal)
      out.pairs[#out.pairs + 1] = pair
      if RANK[pair.regime] < RANK[out.regime] then out.regime = pair.regime end
    end
  end
  return out
end

--[[ the run ]]

--- State with tensors copied, so that it can be put back.
local function copy_state(losses)
  local copy = {}
  for name, value in pairs(losses:state()) do
    copy[name] = kind.of(value) == "tensor" and value:clone() or value
  end
  return copy
end

--- Trains for some steps and names the kind of conflict that the terms are in.
---@param losses modsync.losses
---@param steps integer
---@param options modsync.profile_options?
---@return modsync.profile?, string? message
return function(losses, steps, options)
  options = options or {}
  if type(losses) ~= "table" or type(losses.gradients) ~= "function" then
    misuse("ms.profile expects the losses of a problem, p:losses(net)")
  end
  steps = kind.whole(steps, 1) or misuse("ms.profile: the number of steps is %s",
    kind.show(steps))
  local optimizer = registry.resolve("optim", options.optimizer or "adam")
  local conflict = registry.resolve("conflict", options.conflict or "sum")
  local net, weighting = losses.net, losses.weighting
  local theta, state, samples = net.theta:clone(), copy_state(losses), {}
  conflict:bind(losses)
  local every = math.max(1, steps // (options.samples or 60))
  local restore <close> = setmetatable({}, { __close = function()
    net.theta:copy_(theta)
    losses:restore(state)
    losses.weighting = weighting
  end })
  for step = 1, steps do
    local values, G = losses:gradients()
    local d = conflict(G, values)
    if not d or not d:is_finite() then
      return nil, ("step %d: the direction is not finite"):format(step)
    end
    conflict:step(optimizer, net, d)
    if step % every == 0 then
      local before = copy_state(losses)
      samples[#samples + 1] = take_sample(losses, select(2, losses:evaluate()))
      losses:restore(before)
    end
  end
  return verdict(samples, losses.names)
end
