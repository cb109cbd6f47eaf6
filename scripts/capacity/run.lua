--[[
One run of the capacity experiment: cell and settings to named results. See cells.lua for
what the runs have in common.

  rel_l2            error on a grid, after the last step
  scale             ||u|| / ||exact||; below 0.05 the run has collapsed
  train.t, held.t   losses of the training batch and on held-out points, by task
                    (residual, other); overfit is held over train of the residual
  density           least share of hidden-to-hidden weights that were not 0
  tv_excess, jsd_excess   exclusivity on held-out points beyond its permutation null
  series            some of them by step, to three digits: what the plots and the
                    question of what comes first need
]]
local ms = require "modsync"

local KEPT = { "step", "rel_l2", "scale", "train.residual", "held.residual", "cosine",
  "overlap", "tv_excess", "coupling", "density" }
local COLLAPSED = 0.05

--- A loss table by term: residuals get one number of points, all other terms another.
local function counts(problem, residual, other)
  local list = {}
  for _, term in ipairs(problem.terms) do
    if not term.region.fixed then
      list[term.name] = { points = term.name:match("^residual") and residual or other }
    end
  end
  return list
end

--- To a number of digits; a file of results holds hundreds of these.
local function round(value, digits)
  if math.type(value) ~= "float" or value ~= value then return value end
  return tonumber(("%%.%dg"):format(digits):format(value))
end

--- The sum of the losses of a task, 'head' .. term, by sample.
local function task_losses(run, head, residual)
  local sum = {}
  for _, name in ipairs(run.losses.names) do
    if (name:match("^residual") ~= nil) == residual then
      for i, value in ipairs(run.history[head .. name]) do
        sum[i] = (sum[i] or 0) + value
      end
    end
  end
  return sum
end

--- The largest error of a field, by sample.
local function errors(run)
  local worst = {}
  for _, field in ipairs(run.fields) do
    for i, value in ipairs(run.history["rel_l2." .. field] or {}) do
      worst[i] = math.max(worst[i] or 0, value)
    end
  end
  return worst
end

local function series_of(run)
  local history, series = run.history, { step = run.history.step }
  series.rel_l2 = errors(run)
  series.scale = history["scale." .. run.fields[1]]
  series["train.residual"] = task_losses(run, "loss.", true)
  series["train.other"] = task_losses(run, "loss.", false)
  series["held.residual"] = task_losses(run, "held.loss.", true)
  series["held.other"] = task_losses(run, "held.loss.", false)
  for _, name in ipairs { "cosine", "overlap", "sign", "tv", "tv_excess", "jsd_excess",
    "jaccard", "coupling", "snr.residual", "snr.other" } do
    series[name] = history["held." .. name]
  end
  series.density = {}
  for i, share in ipairs(history.sparsity) do series.density[i] = 1 - share end
  return series
end

--- The last sample of every measure, what is made of several, and the series.
local function results(run)
  local series, found, kept = series_of(run), {}, {}
  for name, values in pairs(series) do found[name] = values[#values] end
  for _, name in ipairs(KEPT) do
    kept[name] = {}
    for i, value in ipairs(series[name]) do kept[name][i] = round(value, 3) end
  end
  found.step = nil
  found.density = math.min(table.unpack(series.density))
  found.overfit = found["held.residual"] / found["train.residual"]
  found.collapsed = found.scale < COLLAPSED
  found.stopped, found.params, found.seconds = run.stopped, run.net:count(), run.seconds
  for name, value in pairs(found) do found[name] = round(value, 6) end
  found.series = kept
  return found
end

return function(cell, settings)
  local problem = ms.problem(cell.problem)
  local scale = cell.input ~= "glorot" and cell.input or nil
  local run = ms.train {
    problem = problem, seed = cell.seed, steps = settings.steps, report = false,
    net = { width = cell.width, depth = 3, standardise = false, input_scale = scale },
    losses = { sampler = "uniform", redraw = cell.points == "fixed" and 0 or 1,
      terms = counts(problem, cell.residual, cell.boundary) },
    optimizer = cell.optimizer or "adam", conflict = cell.conflict,
    prune = cell.treatment ~= "none" and cell.treatment or nil,
    schedule = ms.schedule.cosine { from = cell.lr or settings.lr,
      to = (cell.lr or settings.lr) / 100 },
    holdout = { batches = 16 },
    history = { every = math.max(1, settings.steps // settings.samples) },
  }
  if run.stopped == "diverged" then error(run.message, 0) end
  return results(run)
end
