--[[
What run:resume may change before it goes on: the length, who watches, and how the
parameters are changed from here on, for one:

  run = ms.train { problem = "poisson", steps = 5000 }
  run:resume { steps = 5500, optimizer = "lbfgs", conflict = "sum", redraw = false }
]]
local registry = require "modsync.registry"

local M = {}

--- What run:resume may change: settings of ms.train.
---@class modsync.resume_changes
---@field steps? integer
---@field callback? fun(run: modsync.run, step: integer): boolean?
---@field report? "live"|"plain"|"quiet"|false|table
---@field checkpoint? string|{ path: string, every?: integer }
---@field optimizer? modsync.optimizer|modsync.wanted  then no schedule but one given
---@field schedule? modsync.schedule|modsync.wanted|false  false: none
---@field conflict? modsync.conflict|modsync.wanted
---@field redraw? integer|boolean  steps between two draws of points; 0 or false: never

--- The names of what may be changed.
M.known = { "steps", "callback", "report", "checkpoint", "optimizer", "schedule",
  "conflict", "redraw" }

--- Takes over the methods and the drawing of points; checked before anything changes.
---@private
---@param run modsync.run
---@param changes modsync.resume_changes
function M.methods(run, changes)
  local optimizer = changes.optimizer and registry.resolve("optim", changes.optimizer)
  local schedule = changes.schedule and registry.resolve("schedule", changes.schedule)
  local conflict = changes.conflict and registry.resolve("conflict", changes.conflict)
  if conflict then
    if conflict.bind then conflict:bind(run.losses) end
    run.conflict = conflict
  end
  if changes.redraw ~= nil then run.losses:set_redraw(changes.redraw) end
  if optimizer then run.optimizer = optimizer end
  if schedule and schedule.begin then schedule:begin(run.optimizer:lr()) end
  if schedule or optimizer or changes.schedule == false then run.schedule = schedule end
end

return M
