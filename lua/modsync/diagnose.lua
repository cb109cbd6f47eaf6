--[[
ms.diagnose(run): what is wrong with a run, with the numbers that say so and what to try.
It measures at the parameters as they are, on held-out points (those of the run, or some
drawn for it; see holdout.lua). Tasks are two: the residuals, and all other terms.

  collapse     a field has less than 0.05 of the norm of the exact one; where that is not
               known: the tasks' gradients are one vector up to the sign (overlap, cosine
               and coupling all beyond 0.95)
  overfitting  a term's loss is 10 times as large on held-out points as in training
  noise        the gradient of a task has a signal-to-noise ratio below 1 at the size of
               a training batch
  directional  the cosine of the tasks' mean gradients is below -0.3
  magnitude    their norms differ by a factor of 10 or more
  modularity   exclusivity is 0.05 or more beyond its permutation null, and the overlap
               of the magnitudes is below 0.5

Collapse makes the others meaningless, so it comes alone. The numbers 0.05 and 10 stand
far from what healthy runs show (a scale of 1, a ratio of 1 to 3).
]]
local misuse = require "modsync.misuse"

local COLLAPSED, ONE_VECTOR = 0.05, 0.95
local OVERFIT, UNEVEN = 10, 10
local OPPOSED, EXCESS, APART = -0.3, 0.05, 0.5

--- One thing that is wrong.
---@class modsync.finding
---@field name string    collapse, overfitting, noise, directional, magnitude, modularity
---@field evidence string
---@field advice string

--- What a run suffers from: tostring() of it is a report.
---@class modsync.diagnosis
---@field findings modsync.finding[]
---@field row table<string, number>  all that was measured, as in the history
local Diagnosis = {}
Diagnosis.__index = Diagnosis
Diagnosis.__name = "modsync.diagnosis"

function Diagnosis:__tostring()
  if #self.findings == 0 then return "nothing stands out" end
  local lines = {}
  for _, found in ipairs(self.findings) do
    lines[#lines + 1] = ("%s: %s\n  try: %s"):format(found.name, found.evidence,
      found.advice)
  end
  return table.concat(lines, "\n")
end

local ADVICE = {
  collapse = "standardised inputs (the default) or input_scale = 0.28 so that a wide "
    .. "network does not start almost linear; more points in a batch. Pruning does not "
    .. "help",
  overfitting = "redraw = 1 for new points in every step, or more points; where points "
    .. "are scarce, prune = \"modsync-p\" or \"modsync-p:score=uniform,strength=0.3\"",
  noise = "more points in a batch, a smaller learning rate, or a quasi-random sampler",
  directional = "a conflict method: conflict = \"dcgd\", \"config\" or \"upgrad\"",
  magnitude = "a loss weighting (conflict = \"sum:weighting=lra\"), or a method that is "
    .. "free of scale, such as \"dcgd\"",
  modularity = "prune = \"modsync-p\" or \"modsync-m\", against prune = "
    .. "\"modsync-p:score=shuffled\" as a control",
}

--- The field that has collapsed, its scale and true; nil where none has.
---@param scales table<string, number>  field -> norm over that of the exact solution
---@return string? field, number? scale
local function collapsed_field(scales)
  local names = {}
  for field in pairs(scales) do names[#names + 1] = field end
  table.sort(names)
  for _, field in ipairs(names) do
    if scales[field] < COLLAPSED then return field, scales[field] end
  end
end

--- The term whose held-out loss is furthest above that of training, and how far.
local function overfitted_term(names, values, row)
  local worst, most = nil, OVERFIT
  for k, name in ipairs(names) do
    local ratio = row["held.loss." .. name] / values:get(k)
    if ratio >= most then worst, most = name, ratio end
  end
  return worst, most
end

local find = {}

function find.collapse(run, row)
  local field, scale = collapsed_field(run.scale)
  if field then
    return ("field %s has %.2g of the norm of the exact solution"):format(field, scale)
  end
  if next(run.scale) ~= nil or not row["held.cosine"] then return nil end
  local cosine = math.abs(row["held.cosine"])
  if row["held.overlap"] > ONE_VECTOR and row["held.coupling"] > ONE_VECTOR
    and cosine > ONE_VECTOR then
    return ("the gradients of both tasks are one vector: overlap %.3f, |cosine| %.3f, "
      .. "coupling %.3f"):format(row["held.overlap"], cosine, row["held.coupling"])
  end
end

function find.overfitting(run, row)
  local term, ratio = overfitted_term(run.losses.names, run.values, row)
  return term and ("loss of '%s' is %.3g times as large on held-out points as in "
    .. "training"):format(term, ratio)
end

function find.noise(_, row)
  for _, task in ipairs { "residual", "other" } do
    local ratio = row["held.snr." .. task]
    if ratio < 1 then
      return ("signal to noise of the gradient of task '%s' is %.2g in a training batch")
        :format(task, ratio)
    end
  end
end

function find.directional(_, row)
  local cosine = row["held.cosine"]
  return cosine < OPPOSED and ("cosine of the tasks' gradients %.2f (overlap %.2f, "
    .. "agreement of signs %.2f)"):format(cosine, row["held.overlap"], row["held.sign"])
end

function find.magnitude(_, row)
  local a, b = row["held.norm.residual"], row["held.norm.other"]
  return math.max(a, b) >= UNEVEN * math.min(a, b)
    and ("norms of the gradients %.3g (residual) and %.3g (other)"):format(a, b)
end

function find.modularity(_, row)
  local tv, null = row["held.tv"], row["held.tv_null"]
  return row["held.tv_excess"] >= EXCESS and row["held.overlap"] < APART
    and ("exclusivity %.2f against %.2f by chance, overlap %.2f"):format(tv, null,
      row["held.overlap"])
end

local ORDER = { "noise", "directional", "magnitude", "modularity" }

local M = {}

--[[
Names what a run suffers from.
]]
---@param run modsync.run  that has done a step
---@return modsync.diagnosis
function M.diagnose(run)
  if type(run) ~= "table" or not run.losses or not run.values then
    misuse("ms.diagnose expects a run that has done a step (what ms.train returns)")
  end
  local holdout = run.holdout or require "modsync.holdout"(true, run.losses)
  run:measure()
  local self = setmetatable({ findings = {}, row = holdout:row() }, Diagnosis)
  local function add(name)
    local evidence = find[name](run, self.row)
    if not evidence then return end
    self.findings[#self.findings + 1] = { name = name, evidence = evidence,
      advice = ADVICE[name] }
  end
  add "collapse"
  if #self.findings > 0 then return self end
  add "overfitting"
  for _, name in ipairs(holdout.conflicts and ORDER or {}) do add(name) end
  return self
end

--- What a training loop warns of at a sample of its history: a name and a sentence, or
--- nil. row: of the held-out points, if there are any.
---@private
function M.warning(run, row)
  local field, scale = collapsed_field(run.scale)
  if field then
    return "collapse", ("field %s has fallen to %.2g of the norm of the exact solution; "
      .. "try %s"):format(field, scale, ADVICE.collapse)
  end
  local term, ratio = nil, nil
  if row then term, ratio = overfitted_term(run.losses.names, run.values, row) end
  if term then
    return "overfitting", ("the loss of '%s' is %.3g times as large on held-out points; "
      .. "try %s"):format(term, ratio, ADVICE.overfitting)
  end
end

return M
