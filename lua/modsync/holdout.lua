--[[
Held-out points in the training loop: ms.train { holdout = true } or holdout = {
batches = 16, points = { residual = 1024 }, sampler = "uniform", seed = 1 }. They are
drawn once, from streams of their own, and nothing is trained on them. Without 'points'
every term has twice its training points. Every sample of the history is taken on them
too, from the gradients of 'batches' micro-batches:

  held.loss.a            value of term a
  held.norm.t            norm of the mean gradient of task t
  held.snr.t             signal to noise of that gradient at the size of a training batch:
                         (|g|^2 - v / B) / (v m / N), v the variance of a micro-batch of m
                         points summed over the parameters, B micro-batches, N training
                         points
  held.cosine            of the two mean gradients, and its two factors:
  held.overlap, held.sign
  held.overlap.neuron    overlap of the gradient energies of the hidden neurons
  held.tv                exclusivity: half the L1 distance of the tasks' importances
                         (mean squared gradients of the micro-batches), each divided by
                         its sum over the layer; mean over the hidden-to-hidden matrices,
                         weights that are 0 left out
  held.tv_null           the same after one task's importances were shuffled in the layer
  held.jsd, held.jsd_null  Jensen-Shannon divergence over log 2 in its place
  held.coupling          sum over a layer of the root of the product of both importances
  scale.u                norm of field u over that of the exact solution: 0 is collapse

Tasks are two: the residuals, and all other terms.
]]
local core = require "modsync.core"
local diagnostics = require "modsync.diagnostics"
local kind = require "modsync.kind"
local method = require "modsync.method"
local misuse = require "modsync.misuse"

---@class modsync.holdout
---@field losses modsync.losses  of the held-out points
local Holdout = {}
Holdout.__index = Holdout
Holdout.__name = "modsync.holdout"

local KNOWN = { batches = true, points = true, sampler = true, seed = true }
local TASKS = { "residual", "other" }
local SINGLE = { "held.cosine", "held.overlap", "held.sign", "held.overlap.neuron",
  "held.tv", "held.tv_null", "held.jsd", "held.jsd_null", "held.coupling" }

local function check(settings)
  if settings == true then return {} end
  if type(settings) ~= "table" then
    misuse("ms.train: 'holdout' must be true or a table, not %s", kind.show(settings))
  end
  for name in pairs(settings) do
    if not KNOWN[name] then
      misuse("ms.train: 'holdout' knows no '%s' (known: batches, points, sampler, seed)"
        , tostring(name))
    end
  end
  return settings
end

--- Twice the training points of every term, unless 'wanted' says otherwise; measured
--- points are the same.
local function plans(wanted, losses)
  local options = {}
  for _, term in ipairs(losses.problem.terms) do
    if not term.region.fixed then
      local count = 2 * losses:points_of(term.name):size(1)
      options[term.name] = { points = wanted[term.name] or count }
    end
  end
  for name in pairs(wanted) do
    if not options[name] then
      misuse("ms.train: 'holdout.points' has no term '%s' whose points are drawn", name)
    end
  end
  return options
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
  self.losses = losses.problem:losses(losses.net, { redraw = false,
    sampler = settings.sampler or "uniform", seed = settings.seed or 271828,
    terms = plans(settings.points or {}, losses) })
  self.groups = method.two_tasks(losses.names, #losses.names)
  return self
end

--[[ one round of micro-batches ]]

--- G of the terms summed to two rows.
local function to_tasks(self, G, out)
  out:fill_(0)
  for k, task in ipairs(self.groups) do out:row(task + 1):add_(G:row(k)) end
  return out
end

--- Mean gradients, mean squared gradients, and the variance of a micro-batch summed over
--- the parameters, by task.
local function round(self)
  local P = self.losses.net:count()
  local sum, squares, g = core.zeros(2, P), core.zeros(2, P), core.zeros(2, P)
  for G in self.losses:micro { batches = self.batches, source = "train" } do
    to_tasks(self, G, g)
    sum:add_(g)
    g:mul_(g)
    squares:add_(g)
  end
  sum:div_(self.batches)
  squares:div_(self.batches)
  local variance, B = {}, self.batches
  for t = 1, 2 do
    local spread = squares:row(t):sum() - sum:row(t):dot(sum:row(t))
    variance[t] = B > 1 and math.max(spread, 0) * B / (B - 1) or 0
  end
  return sum, squares, variance
end

--- Points of a task.
local function points_of(self, losses, task)
  local n = 0
  for k, name in ipairs(losses.names) do
    if self.groups[k] == task - 1 then n = n + losses:points_of(name):size(1) end
  end
  return n
end

--[[ exclusivity of one matrix ]]

local function jensen_shannon(x, y)
  local m = ((x + y) / 2):maximum(1e-300)
  local function from(z) return (z * (z / m):maximum(1e-300):log()):sum() end
  return (from(x) + from(y)) / (2 * math.log(2))
end

local function compare(x, y)
  return { tv = (x - y):abs():sum() / 2, jsd = jensen_shannon(x, y),
    coupling = (x * y):sqrt():sum() }
end

--- Shares of the live weights, and the second task's in a random order; nil where a task
--- has no importance at all.
local function shares(theta, squares, block, rng)
  local n = block.rows * block.cols
  local at = theta:narrow(1, block.offset + 1, n):ne(0):nonzero()
  if at:size(1) == 0 then return nil end
  at = at:flatten()
  local x = squares:row(1):narrow(1, block.offset + 1, n):take(1, at)
  local y = squares:row(2):narrow(1, block.offset + 1, n):take(1, at)
  local whole_x, whole_y = x:sum(), y:sum()
  if not (whole_x > 0 and whole_y > 0) then return nil end
  x, y = x / whole_x, y / whole_y
  return x, y, y:take(1, rng:permutation(y:size(1)))
end

--- Means over the hidden-to-hidden matrices.
local function exclusivity(self, squares, row)
  local net, found, count = self.losses.net, {}, 0
  local rng = core.rng(0, "holdout.null")
  for _, block in ipairs(net:hidden_blocks()) do
    local x, y, shuffled = shares(net.theta, squares, block, rng)
    if x then
      count = count + 1
      local real, null = compare(x, y), compare(x, shuffled)
      for name, value in pairs(real) do found[name] = (found[name] or 0) + value end
      found.tv_null = (found.tv_null or 0) + null.tv
      found.jsd_null = (found.jsd_null or 0) + null.jsd
    end
  end
  for _, name in ipairs { "tv", "tv_null", "jsd", "jsd_null", "coupling" } do
    row["held." .. name] = count > 0 and found[name] / count or 0 / 0
  end
end

--[[ rows ]]

---@return string[]
function Holdout:columns()
  local names = {}
  for _, name in ipairs(self.losses.names) do names[#names + 1] = "held.loss." .. name end
  for _, head in ipairs { "held.norm.", "held.snr." } do
    for _, task in ipairs(TASKS) do names[#names + 1] = head .. task end
  end
  for _, name in ipairs(SINGLE) do names[#names + 1] = name end
  for _, field in ipairs(self.losses.problem.fields) do
    if self.losses.problem.exact[field] then names[#names + 1] = "scale." .. field end
  end
  return names
end

local function by_neuron(self, mean)
  local grams = diagnostics.blocks(mean, self.losses.net, "neuron")
  return diagnostics.energies(grams):get(1, 2)
end

--- name -> value at the parameters as they are.
---@return table<string, number>
function Holdout:row()
  local row, values = {}, self.losses:values()
  for k, name in ipairs(self.losses.names) do
    row["held.loss." .. name] = values:get(k)
  end
  local mean, squares, variance = round(self)
  local overlap, agreement = diagnostics.overlap(mean)
  row["held.cosine"] = diagnostics.cosines(diagnostics.gram(mean)):get(1, 2)
  row["held.overlap"], row["held.sign"] = overlap:get(1, 2), agreement:get(1, 2)
  row["held.overlap.neuron"] = by_neuron(self, mean)
  for t, task in ipairs(TASKS) do
    local length = mean:row(t):norm()
    local micro = points_of(self, self.losses, t) / self.batches
    local noise = variance[t] * micro / points_of(self, self.training, t)
    row["held.norm." .. task] = length
    row["held.snr." .. task] = (length ^ 2 - variance[t] / self.batches) / noise
  end
  exclusivity(self, squares, row)
  local _, sizes = self.losses:relative_l2()
  for field, size in pairs(sizes) do row["scale." .. field] = size end
  return row
end

return new
