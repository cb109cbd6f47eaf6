--[[
Learning-rate schedules: s = ms.schedule.cosine { from = 1e-3, to = 1e-5 }; s(step) is the
rate of a step, the first step being 1. A schedule is a pure function of the step, so a
resumed run needs nothing but the step number. One that is not told where to begin begins
at the learning rate of the optimizer, of which ms.train tells it.
]]
local kind = require "modsync.kind"
local method_text = require "modsync.method_text"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- A schedule: s(step) is the learning rate of a step.
---@class modsync.schedule
---@field name string
---@field record table  what the schedule says of itself
---@overload fun(step: integer): number
local schedule = {}
schedule.__index = schedule
schedule.__name = "modsync.schedule"

--- An object of a record; ms.schedule.NAME { options } calls it.
---@private
function schedule.new(record, options)
  local self = { record = record, name = record.name }
  self.chosen = registry.options(record, options)
  self.told = options ~= nil and options.from ~= nil
  return setmetatable(self, schedule)
end

--- Begins at a learning rate, unless the options say where to begin.
---@param rate number
function schedule:begin(rate)
  if self.told then return end
  for _, option in ipairs(self.record.options) do
    if option.name == "from" then self.chosen.from = rate end
  end
end

--- All options; a length that came from the run is the run's to tell.
---@return table<string, any>
function schedule:options()
  local copy = {}
  for name, value in pairs(self.chosen) do copy[name] = value end
  if self.planned then copy.steps = nil end
  return copy
end

--- Schedules that end need the length of the run: ms.train gives it to those without one,
--- and again when a run is made longer.
---@param steps integer
function schedule:plan(steps)
  for _, option in ipairs(self.record.options) do
    if option.name == "steps" and (self.planned or not self.chosen.steps) then
      self.chosen.steps, self.planned = steps, true
    end
  end
end

function schedule:__tostring()
  return method_text(self.record, self.chosen)
end

function schedule.__call(self, step)
  local rate = self.record.rate(step, self.chosen)
  if type(rate) == "number" and rate >= 0 and rate < math.huge then return rate end
  misuse("schedule '%s': rate returned %s for step %s; expected a finite number, 0 or "
    .. "more", self.name, rate ~= rate and "nan" or kind.show(rate), tostring(step))
end

return registry.namespace("schedule", schedule)
