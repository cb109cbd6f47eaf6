--[[
Functional modularity: do the tasks use the same connections?

  local M = ms.modularity
  local I, info = ms.importance.square { tasks = "two" } (H)
  local x = M.exclusivity(I, H.net, { index = "entropy", draws = info.draws })
  print(x.value, x.permuted, x.excess)

H are losses on held-out points: on the points of the training the gradients tell of its
noise, or at its end of their balance, whatever the network is. M.measure(H) gives the
figures of a capacity study in one call.

An index has a value far from that of identical tasks by chance alone, so only the excess
(value - null) / (1 - null) says anything. Against the permutation null, where the
importances of all tasks but the first are shuffled inside each layer: do the tasks agree
on which connections matter, more (below 0) or less (above 0) than connections drawn by
lot? It is large by itself where few connections have most of the importance. Against the
sampling null: is it more than the noise of so few samples makes?

A collapsed network (a constant field) is perfectly coupled: read these figures beside the
losses. Coupling of the gradients layer by layer and neuron by neuron, with the share of
each block in their energy, is ms.diagnostics.blocks and .energies.
]]
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local over_pairs = require "modsync.modularity.over_pairs"
local scope = require "modsync.modularity.scope"

--- Functional modularity: what the importances of tasks have in common.
---@class modsync.modularity
local M = {}

--- Which connections are compared, and how; options that M.exclusivity and M.overlap
--- share.
---@class modsync.modularity_options
---@field level? "connection"|"neuron"  those of a neuron's incoming weights are added up
--- ("connection")
---@field scope? "hidden"|"weights"|"net"  the weights between hidden layers, all weight
--- matrices, or all parameters ("hidden")
---@field normalise? "layer"|"scope"  importances are divided by their sum over a layer,
--- or over the whole scope ("layer")
---@field live? boolean   without the weights that are 0 (true)
---@field bias? boolean   of neurons: with biases (true)
---@field both? boolean   of neurons: with their outgoing weights (false)

--- More options of M.exclusivity.
---@class modsync.exclusivity_options : modsync.modularity_options
---@field index? "ratio"|"entropy"|"coupling"|"max-share"  ("ratio")
---@field epsilon? number    damping of connections that matter to no task (0)
---@field shuffles? integer  of the permutation null (10)
---@field seed? integer      of the shuffles (1)
---@field draws? number      samples behind the importances, for the sampling null (of
--- connections; that of a neuron depends on how its weights go together)
---@field power? number      of the gradient in them (2)
---@field map? boolean       the index of every connection or neuron, too (false)

--- The exclusivity of one layer.
---@class modsync.layer_exclusivity
---@field value number
---@field permuted number
---@field excess number            over the permutation null
---@field sampling_excess number?  over the sampling null

--- What M.exclusivity finds. NaN where fewer than two tasks have any importance.
---@class modsync.exclusivity
---@field index string
---@field value number      the index, weighted by importance; by layer, their mean
---@field permuted number   mean of the permutation null
---@field deviation number  its standard deviation over the shuffles
---@field excess number     over the permutation null
---@field sampling number?  the sampling null, with draws; the same in every layer
---@field sampling_excess number?  over the sampling null
---@field layers table<string, modsync.layer_exclusivity>
---@field map table<string, modsync.tensor>?  by weight matrix, a number for each of its
--- connections (or neurons); NaN where it is not looked at

local DEFAULTS = { level = "connection", scope = "hidden", normalise = "layer",
  live = true, bias = true, both = false }
local CHOICES = {
  level = { "connection", "neuron" }, scope = { "hidden", "weights", "net" },
  normalise = { "layer", "scope" },
  index = { "ratio", "entropy", "coupling", "max-share" },
}

--- An option is one of its choices, or of the type of its default.
local function check_value(title, name, value, default)
  local allowed, known = CHOICES[name], false
  for _, choice in ipairs(allowed or {}) do known = known or choice == value end
  if allowed and not known then
    misuse("modularity.%s: %s must be one of %s, not %s", title, name,
      table.concat(allowed, ", "), kind.show(value))
  end
  local wanted = name == "draws" and "number" or type(default)
  if type(value) ~= wanted or name == "shuffles" and not kind.whole(value, 1) then
    misuse("modularity.%s: %s must be a %s, not %s", title, name,
      name == "shuffles" and "positive whole number" or wanted, kind.show(value))
  end
end

--- The options with defaults filled in; what is not known, or no choice, is misuse.
local function complete(given, defaults, title)
  local o, known = {}, {}
  for _, source in ipairs { DEFAULTS, defaults } do
    for name, value in pairs(source) do
      if o[name] == nil then known[#known + 1] = name end
      o[name] = value
    end
  end
  table.sort(known)
  check_keys(given or {}, known, "modularity." .. title)
  for name, value in pairs(given or {}) do
    check_value(title, name, value, o[name])
    o[name] = value
  end
  return o
end

--- What is looked at; without any of it, a message of what is missing.
local function choose(I, net, o, title)
  local chosen = scope.choose(I, net, o)
  if chosen and I:size(1) < 2 then
    misuse("modularity.%s: these are the importances of one task; expected two or more",
      title)
  end
  if chosen then return chosen end
  misuse("modularity.%s: nothing to look at: the model has no weights in the scope %q "
    .. "that are not 0", title, o.scope)
end

--- (value - null) / (1 - null): 0 at the null, 1 at the most an index can be.
---@param value number
---@param null number
---@return number
function M.excess(value, null)
  return (value - null) / (1 - null)
end

--[[
The value of an index where importances are means of |g|^power over so many independent
normal numbers, each connection with a variance of its own: what is seen without any
structure. Squares have a formula for nearly all indices; the rest is simulated, to about
three digits.
]]
---@param index "ratio"|"entropy"|"coupling"|"max-share"
---@param options { tasks?: integer, draws?: number, power?: number, seed?: integer }?
--- tasks (2), draws (1), power (2), seed of a simulation (1)
---@return number
function M.sampling_null(index, options)
  local o = options or {}
  check_keys(o, { "tasks", "draws", "power", "seed" }, "modularity.sampling_null")
  local tasks, draws, power = o.tasks or 2, o.draws or 1, o.power or 2
  local known = power == 2 and core.exclusivity_expected(index, tasks, draws) or 0 / 0
  if known == known then return known end
  draws = math.max(1, math.floor(draws + 0.5))
  local samples = math.max(1024, (1 << 20) // (tasks * draws))
  local rng = core.rng(o.seed or 1, "modularity.sampling")
  return (core.exclusivity_simulated(index, tasks, draws, power, samples, rng))
end

--- The mean and the standard deviation of n numbers.
local function spread_of(numbers)
  local mean = numbers:mean()
  local n = numbers:size(1)
  local square = (numbers - mean):norm() ^ 2
  return mean, n > 1 and (square / (n - 1)) ^ 0.5 or 0 / 0
end

local function by_layer(chosen, values, weights, shuffled)
  local layers = {}
  for b, name in ipairs(chosen.names) do
    local weight = weights:get(b)
    local value, null = values:get(b) / weight, shuffled:select(2, b):mean() / weight
    layers[name] = { value = value, permuted = null, excess = M.excess(value, null) }
  end
  return layers
end

local EXCLUSIVITY = { index = "ratio", epsilon = 0, shuffles = 10, seed = 1,
  draws = false, power = 2, map = false }

--[[
How exclusive the importances of the tasks are. The indices are 0 where all tasks have the
same importances and 1 where every connection serves a single one, but for the coupling,
which is 1 and 0. With x_t the importances of task t divided by their sum:

  ratio      for two tasks |x_1 - x_2| / (x_1 + x_2); over the network the total variation
             distance, for more tasks its mean over the pairs
  entropy    1 - H(x / sum x) / log T; over the network the Jensen-Shannon divergence over
             log T
  coupling   for two tasks 2 root(x_1 x_2) / (x_1 + x_2); over the network the
             Bhattacharyya coefficient
  max-share  (T max x / sum x - 1) / (T - 1), the score of modsync-p; the same as ratio
             for two tasks
]]
---@param I modsync.tensor       importances, T x P
---@param net modsync.model?     whose parameters they belong to; without one every column
--- is compared
---@param options modsync.exclusivity_options?
---@return modsync.exclusivity
function M.exclusivity(I, net, options)
  local o = complete(options, EXCLUSIVITY, "exclusivity")
  local chosen = choose(I, net, o, "exclusivity")
  local X, sizes, whole = chosen.importance, chosen.sizes, o.normalise == "scope"
  local values, weights = core.exclusivity_values(X, o.index, sizes, whole, o.epsilon)
  local shuffled = core.exclusivity_shuffled(X, o.index,
    core.rng(o.seed, "modularity.permutation"), o.shuffles, sizes, whole, o.epsilon)
  local weight = weights:sum()
  local out = { index = o.index, value = values:sum() / weight,
    layers = by_layer(chosen, values, weights, shuffled) }
  out.permuted, out.deviation = spread_of(shuffled:sum(2) / weight)
  out.excess = M.excess(out.value, out.permuted)
  if o.draws and o.level == "connection" then
    out.sampling = M.sampling_null(o.index, { tasks = I:size(1), draws = o.draws,
      power = o.power, seed = o.seed })
    out.sampling_excess = M.excess(out.value, out.sampling)
    for _, layer in pairs(out.layers) do
      layer.sampling_excess = M.excess(layer.value, out.sampling)
    end
  end
  if o.map then
    out.map =
      chosen.spread(core.exclusivity_index(X, o.index, sizes, whole, o.epsilon))
  end
  return out
end

--[[ the most important connections ]]

--- What M.overlap finds; means over the pairs of tasks.
---@class modsync.overlap
---@field jaccard number      |A and B| / |A or B|
---@field null number         what it is for independent sets
---@field corrected number    (jaccard - null) / (1 - null)
---@field coefficient number  |A and B| / min(|A|, |B|)
---@field shared number[]     by task, the part of its set that is in another task's, too

--- The 'share' largest of each row of X in each block, T x n of 0 and 1; the first of
--- equal ones. What has no importance is not among them.
local function top(X, sizes, share)
  local mask, first = core.zeros(X:size(1), X:size(2)), 1
  for _, size in ipairs(sizes) do
    local count = math.max(1, math.floor(share * size + 0.5))
    for t = 1, X:size(1) do
      local some = X:row(t):narrow(1, first, size)
      local at = some:argsort(1, true):narrow(1, 1, count):clone()
      mask:row(t):narrow(1, first, size):put_(1, at, 1):mul_(some:gt(0))
    end
    first = first + size
  end
  return mask
end

--- Expected sizes of the intersections of independent sets as large as these, T x T.
local function by_chance(mask, sizes)
  local sum, first = core.zeros(mask:size(1), mask:size(1)), 1
  for _, size in ipairs(sizes) do
    local count = mask:narrow(2, first, size):clone():sum(2)
    sum:add_(count:reshape(#count, 1):matmul(count:reshape(1, #count)):div_(size))
    first = first + size
  end
  return sum
end

--[[
How far the most important connections of the tasks are the same ones: sets of a 'share'
of the connections of each layer (of the scope where importances are normalised over it).
Of equal importances the first is taken.
]]
---@param I modsync.tensor    importances, T x P
---@param net modsync.model?  whose parameters they belong to
---@param options { share?: number }|modsync.modularity_options?  share (0.1)
---@return modsync.overlap
function M.overlap(I, net, options)
  local o = complete(options, { share = 0.1 }, "overlap")
  if not (math.type(o.share) and o.share > 0 and o.share < 1) then
    misuse("modularity.overlap: share must be a number between 0 and 1, not %s",
      kind.show(o.share))
  end
  local chosen = choose(I, net, o, "overlap")
  local X = chosen.importance
  local sizes = o.normalise == "scope" and { X:size(2) } or chosen.sizes
  local mask = top(X, sizes, o.share)
  local common, count = mask:matmul(mask:transpose(1, 2)), X:size(1)
  local expected = by_chance(mask, sizes)
  local function jaccard(i, j, both)
    return both / (common:get(i, i) + common:get(j, j) - both)
  end
  local out = { shared = {} }
  out.jaccard = over_pairs(count, function(i, j)
    return jaccard(i, j, common:get(i, j))
  end)
  out.null = over_pairs(count, function(i, j)
    return jaccard(i, j, expected:get(i, j))
  end)
  out.corrected = over_pairs(count, function(i, j)
    return M.excess(jaccard(i, j, common:get(i, j)), jaccard(i, j, expected:get(i, j)))
  end)
  out.coefficient = over_pairs(count, function(i, j)
    return common:get(i, j) / math.min(common:get(i, i), common:get(j, j))
  end)
  local owners = mask:sum(1)
  for t = 1, count do
    out.shared[t] = (mask:row(t) * owners:gt(1)):sum() / common:get(t, t)
  end
  return out
end

--[[ beside a training ]]

--- A running mean of importances, at the cost of one pass over the gradients of a step.
---@param net modsync.model
---@param names string[]  of the loss terms, L.names
---@param options modsync.tracker_options?
---@return modsync.tracker
function M.tracker(net, names, options)
  return require "modsync.modularity.tracker" (net, names, options)
end

--[[
The figures of a capacity study from losses on held-out points, whose points are dealt out
over micro-batches. Exclusivities and the overlap are those of the weights between hidden
layers (NaN where there are none), layer by layer, without those that are 0; the others of
all parameters. The points should be independent (sampler = "uniform"): those of other
samplers make micro-batches more alike, and the noise smaller than that of such batches.
]]
---@param losses modsync.losses
---@param options modsync.measure_options?
---@return modsync.measure
function M.measure(losses, options)
  return require "modsync.modularity.measure" (losses, options)
end

return M
