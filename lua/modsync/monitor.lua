--[[
Conflict as columns of the history: ms.train { diagnose = true } or diagnose = { "cosine",
"update" }. Some measures are taken at the sampled steps, others sum over every step
since the last sample. a and b stand for terms.

  cosine     cos.a.b, norm.a, similarity.a.b
  overlap    overlap.a.b, sign.a.b: the two factors of the cosine
  pareto     pareto (least norm in the hull of the gradients), pareto.relative (over the
             smallest norm), pareto.unit (of the unit gradients)
  alignment  align.intra (of the terms), align.inter (of the total gradients of this step
             and the last), align.update (of the optimizer's steps)
  update     descent.d.a and descent.step.a: the cosine of g_a with the direction, and
             with what the optimizer made of it, norm.d, norm.step; below 0 the term gets
             worse
  conflict   since the last sample: conflict.share (steps in which some cosine is below
             0), conflict.depth (mean of the lowest cosine in those), conflict.outside
             (share of steps in which the plain sum makes a term worse),
             conflict.worse (share in which the actual step does)
  blocks     O.layer.a.b, C.layer.a.b, O.neuron.a.b, C.neuron.a.b: overlap and coupling
             of the layers and neurons
  layers     cos.LAYER.a.b: cosine of the gradients by the parameters of every layer
  weights    weight.a: factor of the loss weighting, weight.caps: how often it cut one

More cost a pass over the gradients of every step, or gradients or Jacobians at the
sampled ones, and 'true' leaves them out:

  modularity  do the residuals and the other terms use the same weights between hidden
             layers? From a running mean of the squared gradients on training points
             (ms.modularity.tracker): exclusivity modular.tv and .jsd, modular.tv_null and
             .jsd_null after a shuffle in each layer, .tv_excess and .jsd_excess beyond
             it, modular.coupling, and modular.jaccard of the most important tenths.
             ms.train { holdout = true } has them on points that nothing is trained on

  curvature  at the parameters after the step, over a step of the learning rate along the
             sum of the gradients (see diagnostics.curvature): curvature.H, curvature.xi,
             curvature.lipschitz, and 1 or 0 for the conditions curvature.conflict,
             curvature.curvature and curvature.step. Two more gradients
  ntk        ntk.max.a and ntk.trace.a (of the tangent kernel of a term), coupling.a.b.
             Jacobians at 64 points of every term; a condition on a mean is one row
]]
local blocks = require "modsync.blocks"
local check_keys = require "modsync.check_keys"
local compare = require "modsync.modularity.compare"
local core = require "modsync.core"
local diagnostics = require "modsync.diagnostics"
local misuse = require "modsync.misuse"
local modularity = require "modsync.modularity"

---@class modsync.monitor
local Monitor = {}
Monitor.__index = Monitor
Monitor.__name = "modsync.monitor"

function Monitor:__tostring()
  return "monitor of " .. table.concat(self.kinds, ", ")
end

local KINDS = { "cosine", "overlap", "pareto", "alignment", "update", "conflict",
  "blocks", "layers", "weights", "modularity", "curvature", "ntk" }

--- What true does not ask for.
local DEAR = { modularity = true, curvature = true, ntk = true }

--- What ms.modularity.measure calls them.
local MODULAR = { "tv", "tv_null", "tv_excess", "jsd", "jsd_null", "jsd_excess",
  "coupling", "jaccard" }

--- The columns of that.
local in_history = {}
for i, name in ipairs(MODULAR) do in_history[i] = "modular." .. name end

local SUMS = { "steps", "conflicts", "depth", "outside", "worse" }

--- The kinds that are asked for, in a fixed order.
local function chosen_kinds(wanted)
  if wanted == true then
    wanted = {}
    for _, kind in ipairs(KINDS) do
      if not DEAR[kind] then wanted[#wanted + 1] = kind end
    end
  end
  if type(wanted) == "string" then wanted = { wanted } end
  if type(wanted) ~= "table" then
    misuse("ms.train: 'diagnose' must be true or a list of: %s",
      table.concat(KINDS, ", "))
  end
  local asked, kinds = {}, {}
  for _, kind in ipairs(wanted) do asked[kind] = true end
  check_keys(asked, KINDS, "ms.train: 'diagnose'")
  for _, kind in ipairs(KINDS) do
    if asked[kind] then kinds[#kinds + 1] = kind end
  end
  return kinds, asked
end

---@param wanted boolean|string|string[]
---@param losses modsync.losses
---@return modsync.monitor
local function new(wanted, losses)
  local self = setmetatable({ losses = losses }, Monitor)
  self.kinds, self.asked = chosen_kinds(wanted)
  self.moves = self.asked.alignment or self.asked.update or self.asked.conflict
  self.follows = self.moves or self.asked.modularity
  if self.asked.modularity then
    self.tracker = modularity.tracker(losses.net, losses.names, { tasks = "two" })
    if #self.tracker.names < 2 then
      misuse("ms.train: 'diagnose': modularity compares tasks; the problem '%s' has one",
        losses.problem.name)
    end
  end
  self:clear()
  return self
end

function Monitor:clear()
  self.sums = {}
  for _, name in ipairs(SUMS) do self.sums[name] = 0 end
end

--[[ every step ]]

--- Before the optimizer's step: where it starts.
function Monitor:remember(theta)
  if not self.moves then return end
  self.before = self.before or theta:clone()
  self.before:copy_(theta)
end

--- Cosine of two vectors, 0 where one is zero.
local function cosine(a, b)
  local scale = a:norm() * b:norm()
  return scale > 0 and a:dot(b) / scale or 0
end

--- Takes the place of 'name', keeping the old one as name .. "_before".
local function roll(self, name, vector)
  local old = name .. "_before"
  self[old], self[name] = self[name], self[old] or vector:clone()
  self[name]:copy_(vector)
end

--- After it. G: the gradients of the terms, d: the direction.
---@param G modsync.tensor
---@param d modsync.tensor
---@param theta modsync.tensor
function Monitor:observe(G, d, theta)
  if self.tracker then self.tracker:observe(G) end
  if not self.moves then return end
  local step = self.before - theta
  roll(self, "total", G:sum(1))
  roll(self, "moved", step)
  self.direction = d
  if not self.asked.conflict then return end
  local gram, sums, K = core.gradient_gram(G), self.sums, G:size(1)
  local cosines, lowest, outside, worse = diagnostics.cosines(gram), 1, false, false
  local along, after = G:matmul(self.total), G:matmul(step)
  local slack, length, moved = 1e-9, self.total:norm(), step:norm()
  for i = 1, K do
    local norm = math.max(gram:get(i, i), 0) ^ 0.5
    for j = 1, i - 1 do lowest = math.min(lowest, cosines:get(i, j)) end
    outside = outside or along:get(i) < -slack * norm * length
    worse = worse or after:get(i) < -slack * norm * moved
  end
  sums.steps = sums.steps + 1
  if lowest < 0 then
    sums.conflicts, sums.depth = sums.conflicts + 1, sums.depth + lowest
  end
  if outside then sums.outside = sums.outside + 1 end
  if worse then sums.worse = sums.worse + 1 end
end

--[[ sampled steps ]]

--- put(name, matrix): an entry for every pair of terms.
local function put_pairs(row, names, name, matrix)
  for i = 1, #names do
    for j = i + 1, #names do
      row[("%s.%s.%s"):format(name, names[i], names[j])] = matrix:get(i, j)
    end
  end
end

local measure = {}

function measure.cosine(_, row, names, _, gram)
  put_pairs(row, names, "cos", diagnostics.cosines(gram))
  put_pairs(row, names, "similarity", diagnostics.similarity(gram))
  for k, norm in ipairs(diagnostics.norms(gram)) do row["norm." .. names[k]] = norm end
end

function measure.overlap(_, row, names, G)
  local overlap, agreement = diagnostics.overlap(G)
  put_pairs(row, names, "overlap", overlap)
  put_pairs(row, names, "sign", agreement)
end

function measure.pareto(_, row, _, _, gram)
  local far = diagnostics.stationarity(gram)
  row.pareto, row["pareto.relative"] = far.residual, far.relative
  row["pareto.unit"] = far.unit
end

function measure.alignment(self, row, _, _, gram)
  row["align.intra"] = diagnostics.alignment(gram)
  local function inter(name)
    local old = self[name .. "_before"]
    return old and cosine(old, self[name]) or 0 / 0
  end
  row["align.inter"], row["align.update"] = inter "total", inter "moved"
end

function measure.update(self, row, names, G)
  for k, name in ipairs(names) do
    row["descent.d." .. name] = cosine(G:row(k), self.direction)
    row["descent.step." .. name] = cosine(G:row(k), self.moved)
  end
  row["norm.d"], row["norm.step"] = self.direction:norm(), self.moved:norm()
end

function measure.conflict(self, row)
  local sums = self.sums
  row["conflict.share"] = sums.conflicts / sums.steps
  row["conflict.depth"] = sums.conflicts > 0 and sums.depth / sums.conflicts or 0
  row["conflict.outside"] = sums.outside / sums.steps
  row["conflict.worse"] = sums.worse / sums.steps
end

function measure.blocks(self, row, names, G)
  for _, kind in ipairs { "layer", "neuron" } do
    local overlap, coupling =
      diagnostics.energies((diagnostics.blocks(G, self.losses.net, kind)))
    put_pairs(row, names, "O." .. kind, overlap)
    put_pairs(row, names, "C." .. kind, coupling)
  end
end

function measure.layers(self, row, names, G)
  local grams, layers = diagnostics.blocks(G, self.losses.net, "layer")
  for b, layer in ipairs(layers) do
    local cosines = diagnostics.cosines(grams:select(1, b):clone())
    put_pairs(row, names, "cos." .. layer, cosines)
  end
end

function measure.weights(self, row, names, _, _, context)
  local factors, weighting = context.factors, context.weighting
  for k, name in ipairs(names) do
    row["weight." .. name] = factors and factors:get(k) or 1
  end
  row["weight.caps"] = weighting and weighting:caps() or 0
end

function measure.modularity(self, row)
  local found = compare(self.tracker.importance, self.losses.net, {})
  for _, name in ipairs(MODULAR) do row["modular." .. name] = found[name] end
end

--- Values and gradients that others still look at are put back.
function measure.curvature(self, row, _, G, _, context)
  local values, gradients = self.losses.loss_values, G:clone()
  local before, lr = values:clone(), context.lr
  local found = lr and lr > 0 and diagnostics.curvature(self.losses, lr) or {}
  for _, name in ipairs { "H", "xi", "lipschitz" } do
    row["curvature." .. name] = found[name] or 0 / 0
  end
  for _, name in ipairs { "conflict", "curvature", "step" } do
    row["curvature." .. name] = found[name] and 1 or 0
  end
  values:copy_(before)
  G:copy_(gradients)
end

function measure.ntk(self, row, names)
  local found = diagnostics.ntk(self.losses)
  for _, name in ipairs(names) do
    row["ntk.max." .. name] = found.spectra[name]:max()
    row["ntk.trace." .. name] = found.spectra[name]:sum()
  end
  put_pairs(row, names, "coupling", found.coupling)
end

--- The columns, in order; name -> value for the step just observed. Ends a round of sums.
---@param G modsync.tensor
---@param context { factors: modsync.tensor?, weighting: modsync.weighting?, lr: number? }
---@return table<string, number>
function Monitor:row(G, context)
  local row, gram = {}, core.gradient_gram(G)
  for _, kind in ipairs(self.kinds) do
    measure[kind](self, row, self.losses.names, G, gram, context or {})
  end
  self:clear()
  return row
end

local PAIRS = {
  cosine = { "cos", "similarity" }, overlap = { "overlap", "sign" },
  blocks = { "O.layer", "C.layer", "O.neuron", "C.neuron" }, ntk = { "coupling" },
}
local TERMS = {
  cosine = { "norm" }, update = { "descent.d", "descent.step" }, weights = { "weight" },
  ntk = { "ntk.max", "ntk.trace" },
}
local SINGLE = {
  pareto = { "pareto", "pareto.relative", "pareto.unit" },
  alignment = { "align.intra", "align.inter", "align.update" },
  update = { "norm.d", "norm.step" },
  conflict = { "conflict.share", "conflict.depth", "conflict.outside", "conflict.worse" },
  weights = { "weight.caps" }, modularity = in_history,
  curvature = { "curvature.H", "curvature.xi", "curvature.lipschitz",
    "curvature.conflict", "curvature.curvature", "curvature.step" },
}

--- What comes before .a.b in the columns of a kind.
local function heads(self, kind)
  if kind ~= "layers" then return PAIRS[kind] or {} end
  local names = {}
  for i, layer in ipairs(blocks.names(self.losses.net, "layer")) do
    names[i] = "cos." .. layer
  end
  return names
end

--- The names of the columns.
---@return string[]
function Monitor:columns()
  local names, columns = self.losses.names, {}
  for _, kind in ipairs(self.kinds) do
    for _, head in ipairs(heads(self, kind)) do
      for i = 1, #names do
        for j = i + 1, #names do
          columns[#columns + 1] = ("%s.%s.%s"):format(head, names[i], names[j])
        end
      end
    end
    for _, head in ipairs(TERMS[kind] or {}) do
      for _, name in ipairs(names) do columns[#columns + 1] = head .. "." .. name end
    end
    for _, name in ipairs(SINGLE[kind] or {}) do columns[#columns + 1] = name end
  end
  return columns
end

--[[ state ]]

local KEPT = { "total", "moved" }

--- What the next rows depend on.
---@return table<string, any>
function Monitor:state()
  local state = {}
  for _, name in ipairs(SUMS) do state[name] = self.sums[name] end
  for _, name in ipairs(KEPT) do state[name] = self[name] end
  for name, value in pairs(self.tracker and self.tracker:state() or {}) do
    state["tracker." .. name] = value
  end
  return state
end

---@param state table<string, any>
function Monitor:restore(state)
  for _, name in ipairs(SUMS) do self.sums[name] = state[name] or 0 end
  for _, name in ipairs(KEPT) do self[name] = state[name] and state[name]:clone() end
  if self.tracker then
    self.tracker:restore { importance = state["tracker.importance"],
      steps = state["tracker.steps"], squares = state["tracker.squares"] }
  end
end

return new
