---@meta _
-- Written by `modsync docs` from the records and the reference.

--- ms.schedule: every schedule by name.
---@class modsync.schedules
local schedules = {}

--- Options of ms.schedule.constant.
---@class modsync.schedule.constant
--- the rate (ms.train: that of the optimizer) (default 0.001, 0 or more)
---@field from? number

--- The same learning rate in every step. Paper: none
---@param options? modsync.schedule.constant
---@return modsync.schedule
function schedules.constant(options) end

--- Options of ms.schedule.cosine.
---@class modsync.schedule.cosine
--- the rate after the warm-up (ms.train: that of the optimizer) (default 0.001, 0 or
--- more)
---@field from? number
---@field to? number  the rate of the last step (default 0, 0 or more)
--- the step that has the rate 'to' (ms.train: its number of steps) (1 or more)
---@field steps? integer
---@field warmup? integer  steps of linear growth before (default 0, 0 or more)

--- Half a cosine wave from one rate to another, after a linear warm-up. Paper:
--- arXiv:1608.03983
---@param options? modsync.schedule.cosine
---@return modsync.schedule
function schedules.cosine(options) end

--- Options of ms.schedule.step.
---@class modsync.schedule.step
--- the rate of the first step (ms.train: that of the optimizer) (default 0.001, 0 or
--- more)
---@field from? number
---@field factor? number  what the rate is multiplied by (default 0.9, 0 or more)
---@field every? integer  steps between (default 1000, 1 or more)

--- The rate is multiplied by a factor every so many steps. Paper: none
---@param options? modsync.schedule.step
---@return modsync.schedule
function schedules.step(options) end
