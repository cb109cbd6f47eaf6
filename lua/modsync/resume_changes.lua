--[[
What run:resume may change before it goes on: the length, who watches, and how the
parameters are changed from here on, for one:

  run = ms.train { problem = "poisson", steps = 5000 }
  run:resume { steps = 5500, optimizer = "lbfgs", redraw = false }
]]
local registry = require "modsync.registry"

local M = {}

--- What run:resume may change: settings of ms.train.
---@class modsync.resume_changes
---@field steps? integer
---@field callback? fun(run: modsync.run, step: integer): boolean?
---@field report? "live"|"plain"|"quiet"|false|table
---@field checkpoint? string|{ path: string, every?: integer }|false  false: none
---@field optimizer? modsync.optimizer|modsync.wanted  then no schedule but one given
---@field schedule? modsync.schedule|modsync.wanted|false  false: none
---@field conflict? modsync.conflict|modsync.wanted
---@field redraw? integer|boolean  steps between two draws of points; 0 or false: never

--- The names of what may be changed.
M.known = { "steps", "callback", "report", "checkpoint", "optimizer", "schedule",
  "conflict", "redraw" }

--- The methods and how points are drawn, to be put back where a change is refused.
local function keep(run)
  local losses, redraw = run.losses, {}
  for name, plan in pairs(losses.plans) do redraw[name] = plan.redraw end
  local before = { conflict = run.conflict, optimizer = run.optimizer, rate = run.rate,
    schedule = run.schedule }
  local weighting = losses.weighting
  return function()
    for _, name in ipairs { "conflict", "optimizer", "rate", "schedule" } do
      run[name] = before[name]
    end
    losses.weighting = weighting
    for name, plan in pairs(losses.plans) do
      plan.redraw, losses.options.terms[name].redraw = redraw[name], redraw[name]
    end
  end
end

--- The rate is that of the optimizer itself, which a schedule may have changed since.
local function change_rates(run, optimizer, schedule)
  if optimizer and optimizer ~= run.optimizer then
    run.optimizer, run.rate = optimizer, optimizer:lr()
    if schedule == nil then schedule = false end
  end
  if schedule == nil then return end
  run.schedule = schedule or nil
  if not schedule then
    run.optimizer:lr(run.rate)
  elseif schedule.begin then
    schedule:begin(run.rate)
  end
end

--- Points keep the weights that a weighting of the method before has given them, but it
--- is asked no more: it may be what stands against the drawing that is wanted.
local function change_points(run, conflict, redraw)
  if conflict then run.losses.weighting = nil end
  if redraw ~= nil then run.losses:set_redraw(redraw) end
  if not conflict then return end
  if conflict.bind then conflict:bind(run.losses) end
  run.conflict = conflict
end

--- Takes over the methods and the drawing of points, or nothing where one is refused.
---@private
---@param run modsync.run
---@param changes modsync.resume_changes
function M.methods(run, changes)
  local function method(family, wanted)
    return wanted ~= nil and registry.resolve(family, wanted) or nil
  end
  local optimizer = method("optim", changes.optimizer)
  local schedule = method("schedule", changes.schedule or nil)
  local conflict = method("conflict", changes.conflict)
  local put_back = keep(run)
  local good, message = pcall(function()
    change_points(run, conflict, changes.redraw)
    change_rates(run, optimizer, changes.schedule and schedule or changes.schedule)
    if run.conflict.check_optimizer then run.conflict:check_optimizer(run.optimizer) end
  end)
  if good then return end
  put_back()
  error(message, 0)
end

return M
