-- The figures of a capacity study in one call, see ms.modularity.measure.

local check_keys = require "modsync.check_keys"
local compare = require "modsync.modularity.compare"
local core = require "modsync.core"
local diagnostics = require "modsync.diagnostics"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local over_pairs = require "modsync.modularity.over_pairs"
local registry = require "modsync.registry"

--- Options of ms.modularity.measure.
---@class modsync.measure_options
---@field batches? integer    micro-batches (16)
---@field tasks? "terms"|"two"  every loss term, or the residuals and all other terms
--- ("two")
---@field groups? string[][]  terms that are one task
---@field importance? modsync.wanted  its kind ("square")
---@field share? number       of the connections that count as the most important (0.1)
---@field shuffles? integer   of the permutation nulls (10)
---@field seed? integer       of the shuffles (1)
---@field training? modsync.losses|table<string, integer>  whose numbers of points by term
--- are the size of a training batch, for signal_to_noise_training

--- What ms.modularity.measure gives. For more than two tasks, means over their pairs.
---@class modsync.measure
---@field tasks string[]               their names, the keys of norms and signal_to_noise
---@field norms table<string, number>  of the mean gradients
---@field cosine number                of the mean gradients; overlap times sign
---@field overlap number               of their magnitudes, see ms.diagnostics.overlap
---@field sign number                  agreement of their signs
---@field unit_overlap number          of their energies, neuron by neuron
---@field tv number           total variation distance of the importances (index ratio)
---@field tv_null number      its permutation null
---@field tv_excess number    over that
---@field tv_sampling number? its sampling null, where the kind of importance has one
---@field jsd number          Jensen-Shannon divergence over log T (index entropy)
---@field jsd_null number     its permutation null
---@field jsd_excess number   over that
---@field jsd_sampling number?  its sampling null
---@field coupling number     affinity of the importances, 1 where they are the same
---@field coupling_null number  its permutation null
---@field jaccard number      of the most important connections, 0 by chance and 1 at best
---@field signal_to_noise table<string, number>  (|g|^2 - v / M) / v, g the mean of the M
--- micro-batch gradients, v their variance summed over the parameters; below 0 there is
--- no signal to be seen
---@field signal_to_noise_training table<string, number>?  the same for a training batch:
--- v m / N in place of the second v, m the points of a micro-batch, N those of the batch

local KNOWN = { "batches", "tasks", "groups", "importance", "share", "shuffles", "seed",
  "training" }

--- Mean gradients of the tasks, mean squared gradients, and variance by task.
local function rounds(losses, groups, tasks, batches)
  local T, P, K = #tasks, losses.net:count(), #losses.names
  local member, sum, squares = core.zeros(T, K), core.zeros(K, P), core.zeros(T, P)
  for k = 1, K do member:set(groups and groups[k] + 1 or k, k, 1) end
  for G in losses:micro { batches = batches, source = "train" } do
    sum:add_(G)
    core.importance_update(squares, G, 1, 1 / batches, groups)
  end
  local mean, variance = member:matmul(sum):div_(batches), {}
  for t = 1, T do
    local spread = squares:row(t):sum() - mean:row(t):dot(mean:row(t))
    variance[t] = batches > 1 and math.max(spread, 0) * batches / (batches - 1) or 0 / 0
  end
  return mean, squares, variance
end

--- The mean over the pairs of tasks of a T x T matrix.
local function mean_pair(matrix)
  return over_pairs(matrix:size(1), function(i, j) return matrix:get(i, j) end)
end

local function compare_gradients(out, net, mean)
  local overlap, sign = diagnostics.overlap(mean)
  out.cosine = mean_pair(diagnostics.cosines(diagnostics.gram(mean)))
  out.overlap, out.sign = mean_pair(overlap), mean_pair(sign)
  local energies = diagnostics.energies((diagnostics.blocks(mean, net, "neuron")))
  out.unit_overlap = mean_pair(energies)
end

--[[ signal to noise ]]

--- The points of the terms of a task; 'points' gives those of one term.
local function points_of(names, groups, task, points)
  local sum = 0
  for k, name in ipairs(names) do
    if (groups and groups[k] + 1 or k) == task then sum = sum + points(name) end
  end
  return sum
end

--- The points of a term in a training batch.
local function training_points(training)
  return function(name)
    if type(training.points_of) == "function" then
      return training:points_of(name):size(1)
    end
    return kind.whole(training[name], 1)
      or misuse("modularity.measure: training must be losses or the number of points of "
        .. "every term; that of %q is %s", name, kind.show(training[name]))
  end
end

local function compare_noise(out, losses, groups, mean, variance, o)
  local own = function(name) return losses:points_of(name):size(1) end
  out.signal_to_noise = {}
  out.signal_to_noise_training = o.training and {} or nil
  for t, task in ipairs(out.tasks) do
    local g = mean:row(t)
    local ratio = (g:dot(g) - variance[t] / o.batches) / variance[t]
    out.signal_to_noise[task] = ratio
    if o.training then
      local micro = points_of(losses.names, groups, t, own) / o.batches
      local batch = points_of(losses.names, groups, t, training_points(o.training))
      out.signal_to_noise_training[task] = ratio * batch / micro
    end
  end
end

--[[ all of it ]]

local function check(losses, given)
  if type(losses) ~= "table" or type(losses.micro) ~= "function" then
    misuse("modularity.measure expects the losses of a problem, p:losses(net), not %s",
      kind.show(losses))
  end
  local o = { batches = 16, tasks = "two", importance = "square" }
  check_keys(given or {}, KNOWN, "modularity.measure")
  for name, value in pairs(given or {}) do o[name] = value end
  return o
end

---@private
return function(losses, options)
  local o = check(losses, options)
  local wanted = registry.resolve("importance", o.importance)
    :with { tasks = o.tasks, groups = o.groups, batches = o.batches, source = "train" }
  local groups, names = wanted:tasks(losses.names)
  if #names < 2 then
    misuse("modularity.measure compares tasks; the problem %q has one",
      losses.problem.name)
  end
  local mean, squares, variance = rounds(losses, groups, names, o.batches)
  local out, net = { tasks = names, norms = {} }, losses.net
  for t, task in ipairs(names) do out.norms[task] = mean:row(t):norm() end
  compare_gradients(out, net, mean)
  compare_noise(out, losses, groups, mean, variance, o)
  local I, info = squares, { draws = o.batches, power = 2 }
  if wanted.name ~= "square" then I, info = wanted(losses) end
  local found = compare(I, net, { draws = info.power and info.draws, power = info.power,
    shuffles = o.shuffles, seed = o.seed, share = o.share })
  for name, value in pairs(found) do out[name] = value end
  return out
end
