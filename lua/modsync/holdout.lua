--[[
Held-out points in the training loop: ms.train { holdout = true } or holdout = {
batches = 16, points = { residual = 1024 }, sampler = "uniform", seed = 1 }. They are
drawn once, from streams of their own, and nothing is trained on them. Without 'points'
every term has twice its training points. Every sample of the history is taken on them
too, from the gradients of 'batches' micro-batches:

  held.loss.a            value of term a
  scale.u                norm of field u over that of the exact solution: 0 is collapse

and, where there are two terms or more, what ms.modularity.measure gives for two tasks,
the residuals (residual) and all other terms (other):

  held.norm.t            norm of the mean gradient of task t
  held.snr.t             signal to noise of that gradient at the size of a training batch
  held.cosine            of the two mean gradients, and its two factors:
  held.overlap, held.sign
  held.unit_overlap      overlap of the gradient energies of the neurons
  held.tv, held.jsd      exclusivity of the weights between hidden layers: half the L1
                         distance, and Jensen-Shannon divergence, of the tasks'
                         importances
  held.tv_null, held.jsd_null    the same after one task's were shuffled in each layer
  held.tv_excess, held.jsd_excess    (x - null) / (1 - null)
  held.coupling          affinity of the importances, 1 where they are the same
  held.jaccard           overlap of the most important tenths, 0 by chance
]]
local check_keys = require "modsync.check_keys"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local modularity = require "modsync.modularity"
local new_losses = require "modsync.losses".new

---@class modsync.holdout
---@field losses modsync.losses  of the held-out points
local Holdout = {}
Holdout.__index = Holdout
Holdout.__name = "modsync.holdout"

function Holdout:__tostring()
  return ("held-out points: %s in %d batches"):format(self.losses, self.batches)
end

local KNOWN = { "batches", "points", "sampler", "seed" }
local TASKS = { "residual", "other" }
local MEASURES = { "cosine", "overlap", "sign", "unit_overlap", "tv", "tv_null",
  "tv_excess", "jsd", "jsd_null", "jsd_excess", "coupling", "jaccard" }

local function check(settings)
  if settings == true then return {} end
  if type(settings) ~= "table" then
    misuse("ms.train: 'holdout' must be true or a table, not %s", kind.show(settings))
  end
  check_keys(settings, KNOWN, "ms.train: 'holdout'")
  return settings
end

--- Twice the training points of every term, unless 'wanted' says otherwise; measured
--- points are the same.
local function plans(wanted, losses)
  local options, drawn = {}, {}
  for _, term in ipairs(losses.problem.terms) do
    if not term.region.fixed then
      local count = 2 * losses:points_of(term.name):size(1)
      options[term.name] = { points = wanted[term.name] or count }
      drawn[#drawn + 1] = term.name
    end
  end
  check_keys(wanted, drawn, "ms.train: 'holdout.points'")
  return options
end

--- The seed of the held-out points, never that of the training points: a stream has the
--- name of its points, and one seed would draw the same ones.
local function seed_of(wanted, losses)
  local seed = wanted or 271828
  return seed == losses.seed and seed ~ 1 << 40 or seed
end

---@param settings boolean|table
---@param losses modsync.losses  of the training points
---@return modsync.holdout
local function new(settings, losses)
  settings = check(settings)
  local self = setmetatable({ training = losses }, Holdout)
  self.batches = kind.whole(settings.batches or 16, 1) or misuse(
    "ms.train: 'holdout.batches' must be a positive whole number, not %s",
    kind.show(settings.batches))
  self.losses = new_losses(losses.problem, losses.net, { redraw = false,
    sampler = settings.sampler or "uniform", seed = seed_of(settings.seed, losses),
    terms = plans(settings.points or {}, losses) }, losses.names)
  self.conflicts = #losses.names > 1
  return self
end

---@return string[]
function Holdout:columns()
  local names = {}
  for _, name in ipairs(self.losses.names) do names[#names + 1] = "held.loss." .. name end
  for _, field in ipairs(self.losses.problem.fields) do
    if self.losses.problem.exact[field] then names[#names + 1] = "scale." .. field end
  end
  if not self.conflicts then return names end
  for _, head in ipairs { "held.norm.", "held.snr." } do
    for _, task in ipairs(TASKS) do names[#names + 1] = head .. task end
  end
  for _, name in ipairs(MEASURES) do names[#names + 1] = "held." .. name end
  return names
end

--- Puts what is known of conflict and modularity into a row.
local function compare(self, row)
  local found = modularity.measure(self.losses, { batches = self.batches,
    training = self.training })
  for t, task in ipairs(TASKS) do
    local name = found.tasks[t]
    row["held.norm." .. task] = found.norms[name]
    row["held.snr." .. task] = found.signal_to_noise_training[name]
  end
  for _, name in ipairs(MEASURES) do row["held." .. name] = found[name] end
end

--- name -> value at the parameters as they are.
---@return table<string, number>
function Holdout:row()
  local row, values = {}, self.losses:values()
  for k, name in ipairs(self.losses.names) do
    row["held.loss." .. name] = values:get(k)
  end
  local _, sizes = self.losses:relative_l2()
  for field, size in pairs(sizes) do row["scale." .. field] = size end
  if self.conflicts then compare(self, row) end
  return row
end

return new
