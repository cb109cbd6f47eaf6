---@meta _
-- Written by `modsync docs` from the records and the reference.

--- ms.conflict: every conflict method by name.
---@class modsync.conflicts
local conflicts = {}

--- Options of ms.conflict.config.
---@class modsync.conflict.config
--- a loss weighting (modsync --list weightings), whose factors multiply the gradients
--- first: lra, or lra(every=100,momentum=0)
---@field weighting? method
--- terms that are one task, their gradients added: { {'residual'}, {'boundary',
--- 'initial'} }, in text residual/boundary+initial; a term that is not named is a task of
--- its own
---@field groups? groups
--- steps at the start that follow the plain sum of the gradients (default 0, 0 or more)
---@field warmup? integer
--- after the optimizer, project its step on the directions that make no task worse
--- (default false)
---@field realign? boolean

--- Equal projections on all unit gradients by their pseudo-inverse. Paper:
--- arXiv:2408.11104
---@param options? modsync.conflict.config
---@return modsync.conflict
function conflicts.config(options) end

--- Options of ms.conflict.dcgd.
---@class modsync.conflict.dcgd
--- which direction of the cone (default center)
---@field variant? "center"|"projection"|"average"
--- a loss weighting (modsync --list weightings), whose factors multiply the gradients
--- first: lra, or lra(every=100,momentum=0)
---@field weighting? method
--- terms that are one task, their gradients added: { {'residual'}, {'boundary',
--- 'initial'} }, in text residual/boundary+initial; a term that is not named is a task of
--- its own
---@field groups? groups
--- steps at the start that follow the plain sum of the gradients (default 0, 0 or more)
---@field warmup? integer
--- after the optimizer, project its step on the directions that make no task worse
--- (default false)
---@field realign? boolean

--- A direction in the dual cone of the residual and of all other terms. Paper:
--- arXiv:2409.18426
---@param options? modsync.conflict.dcgd
---@return modsync.conflict
function conflicts.dcgd(options) end

--- Options of ms.conflict.sum.
---@class modsync.conflict.sum
--- a loss weighting (modsync --list weightings), whose factors multiply the gradients
--- first: lra, or lra(every=100,momentum=0)
---@field weighting? method
--- terms that are one task, their gradients added: { {'residual'}, {'boundary',
--- 'initial'} }, in text residual/boundary+initial; a term that is not named is a task of
--- its own
---@field groups? groups
--- steps at the start that follow the plain sum of the gradients (default 0, 0 or more)
---@field warmup? integer
--- after the optimizer, project its step on the directions that make no task worse
--- (default false)
---@field realign? boolean

--- The plain sum of the gradients. Paper: none
---@param options? modsync.conflict.sum
---@return modsync.conflict
function conflicts.sum(options) end
