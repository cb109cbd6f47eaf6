--[[
ms.profile(L, steps): trains for some steps, watches the gradients of the loss terms, and
names what kind of conflict they are in. The parameters, points and streams are put back.

At 'samples' of the steps the gradients are taken at two new draws of the points, g and
g', of those that training draws anew. The product of two draws has no bias by noise, so

  signal of a term = g.g' / (|g| |g'|)          1: no noise; 0: nothing but noise
  cosine           = (g_a.g_b' + g_a'.g_b) / 2 over sqrt(g_a.g_a' g_b.g_b')

Conflict is weighed by what a projection does about it: of two gradients with a cosine c
below 0 it makes something that differs from their sum by |c| of its length (Yu et al.
2020, arXiv:2001.06782). So with the plain cosines c and c' of the two draws

  apparent conflict  the mean of -c and -c' where they are below 0
  conflict           the mean of -max(c, c') where both are: what the draws agree on

Terms that are never drawn anew (redraw = 0, or a grid) have signal 1 and no other
conflict than the apparent one. Every pair of terms has a regime, the first of these that
holds:

  noise        the apparent conflict is 0.1 or more, and less than half of it is conflict:
               at this batch size it is a matter of luck
  magnitude    the norms, without noise and times the factors of a weighting, differ by a
               factor of 10 or more: the smaller gradient then has a tenth of the sum's
               direction at most, which no projection changes. Not asked of methods that
               are free of the scale of a gradient (their promise SD).
  transient    the conflict is 0.1 or more in the first or second third of the run, and at
               most a fifth of that in the last
  directional  the conflict is 0.1 or more over the run, or in its last third
  aligned      none of these

The regime of the run is that of the pair which is worst off: directional before
magnitude, noise, transient.

The limits 0.1 and 10 say the same, a tenth of the direction. Runs whose regime is known
from how they were made (tests/lua/profile.lua, three seeds each) stay clear of all of
them: norms of 26 to 49 : 1 for Helmholtz under the plain sum, and 2 to 4 : 1 once they
are balanced; a conflict of 0.4 to 1 where terms oppose each other; a third of the
apparent conflict confirmed where batches are single points, 0.9 and more where they are
not; 0.4 to 0.5 in the first third and 0.00 in the last of a run that starts in the wrong
well.
]]
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local diagnostics = require "modsync.diagnostics"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- Options of ms.profile.
---@class modsync.profile_options
---@field optimizer? modsync.optimizer|modsync.wanted  ("adam"; "sgd" for mconfig)
---@field conflict? modsync.conflict|modsync.wanted    ("sum")
---@field samples? integer  steps that are looked at (60, or all)

--- One pair of terms over a run.
---@class modsync.profile_pair
---@field a string
---@field b string
---@field regime string
---@field cosine number    mean cosine, free of noise where both draws allow it
---@field apparent number  conflict as it looks at one draw
---@field conflict number  what a second draw confirms of it
---@field thirds number[]  the same in each third of the run
---@field ratio number     norm of a over norm of b, geometric mean
---@field overlap number   mean overlap of magnitudes

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
local RANK = { directional = 1, magnitude = 2, noise = 3, transient = 4, aligned = 5 }

local MEANING = {
  directional = "the terms pull in opposite directions: conflict methods act on this",
  noise = "what looks like conflict is mostly sampling: use more points, or average",
  transient = "conflict at first that training itself removes",
  magnitude = "one term drowns another: loss weightings act on this",
  aligned = "little conflict and similar sizes",
}

local LINE = "  %s, %s: %s; cosine %.2f, conflict %.2f (thirds %.2f %.2f %.2f) of " ..
  "%.2f apparent, norms %.2g : 1, overlap %.2f"

function Profile:__tostring()
  local lines = { ("%s: %s (%d samples)"):format(self.regime, MEANING[self.regime],
    self.samples) }
  for _, p in ipairs(self.pairs) do
    lines[#lines + 1] = (LINE):format(p.a, p.b, p.regime, p.cosine, p.conflict,
      p.thirds[1], p.thirds[2], p.thirds[3], p.apparent, p.ratio, p.overlap)
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

--- Gradients at another draw of the points. Those of the step would not do: the
--- parameters have just been fitted to them.
local function draw(losses)
  losses:redraw "some"
  return select(2, losses:evaluate())
end

--- All of one sample that does not depend on the pair.
local function take_sample(losses, factors)
  local first = draw(losses):clone()
  local second = draw(losses)
  local gram, other = diagnostics.gram(first), diagnostics.gram(second)
  return { norm = diagnostics.norms(gram), second_norm = diagnostics.norms(other),
    cosines = diagnostics.cosines(gram), second = diagnostics.cosines(other),
    overlap = diagnostics.overlap(first), cross = first:matmul(second:transpose(1, 2)),
    factors = factors and factors:totable() or core.ones(#losses.names):totable() }
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
    return (sample.cosines:get(a, b) + sample.second:get(a, b)) / 2
  end
  return math.max(-1, math.min(1, (cross:get(a, b) + cross:get(b, a)) / 2 / square ^ 0.5))
end

--- Log of the norm of a term without noise, as far as that can be told.
local function log_norm(sample, k)
  local size = sample.norm[k] * sample.second_norm[k] * sample.factors[k] ^ 2
  return size > 0 and 0.5 * math.log(size * math.max(signal_of(sample, k), 0.01))
end

--[[ the verdict ]]

local CONFLICT, UNEVEN = 0.1, 10
local CONFIRMED, LEFT = 1 / 2, 1 / 5

local function regime_of(pair, scale_free)
  local t = pair.thirds
  local early = math.max(t[1], t[2])
  if pair.apparent >= CONFLICT and pair.conflict < CONFIRMED * pair.apparent then
    return "noise"
  end
  local uneven = pair.ratio >= UNEVEN or pair.ratio <= 1 / UNEVEN
  if uneven and not scale_free then return "magnitude" end
  if early >= CONFLICT and t[3] <= LEFT * early then return "transient" end
  if pair.conflict >= CONFLICT or t[3] >= CONFLICT then return "directional" end
  return "aligned"
end

local function profile_pair(samples, names, i, j)
  local n, counts, logs = #samples, { 0, 0, 0 }, 0
  local pair = { a = names[i], b = names[j], cosine = 0, apparent = 0, conflict = 0,
    overlap = 0, thirds = { 0, 0, 0 } }
  for s, sample in ipairs(samples) do
    local c, other = sample.cosines:get(i, j), sample.second:get(i, j)
    local conflict, third = math.max(0, -math.max(c, other)), 1 + (s - 1) * 3 // n
    counts[third], pair.thirds[third] = counts[third] + 1, pair.thirds[third] + conflict
    pair.conflict = pair.conflict + conflict / n
    pair.apparent = pair.apparent + (math.max(0, -c) + math.max(0, -other)) / 2 / n
    pair.cosine = pair.cosine + clean_cosine(sample, i, j) / n
    pair.overlap = pair.overlap + sample.overlap:get(i, j) / n
    local a, b = log_norm(sample, i), log_norm(sample, j)
    logs = logs + (a and b and a - b or 0) / n
  end
  pair.ratio = math.exp(logs)
  for t = 1, 3 do
    pair.thirds[t] = counts[t] > 0 and pair.thirds[t] / counts[t] or pair.conflict
  end
  return pair
end

local function verdict(samples, names, scale_free)
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
      pair.regime = regime_of(pair, scale_free)
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
  check_keys(options, { "optimizer", "conflict", "samples" }, "ms.profile")
  if type(losses) ~= "table" or type(losses.gradients) ~= "function" then
    misuse("ms.profile expects the losses of a problem, p:losses(net)")
  end
  steps = kind.whole(steps, 1) or misuse("ms.profile: the number of steps is %s",
    kind.show(steps))
  local conflict = registry.resolve("conflict", options.conflict or "sum")
  local optimizer = options.optimizer and registry.resolve("optim", options.optimizer)
    or conflict:default_optimizer()
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
      samples[#samples + 1] = take_sample(losses, conflict.factors)
      losses:restore(before)
    end
  end
  local promises = conflict.core and conflict.core:promises(2)
  return verdict(samples, losses.names, promises and promises.SD)
end
