---@meta _
-- Written by `modsync docs` from the records and the reference.

--- ms.importance: every kind of importance by name.
---@class modsync.importances
local importances = {}

--- Options that every kind of importance takes.
---@class modsync.importance.common
--- what counts as a task: every loss term, or the residuals together and all other terms
--- together (default terms)
---@field tasks? "terms"|"two"
--- terms that are one task, their gradients added: { {'residual'}, {'boundary',
--- 'initial'} }, in text residual/boundary+initial; a term that is not named is a task of
--- its own
---@field groups? string[][]
--- the present points of the losses, as many new ones, or the present points as a single
--- sample (default train)
---@field source? "train"|"fresh"|"batch"
--- micro-batches that the points are dealt out over, where importance is that of
--- gradients of several points (default 16, 1 or more)
---@field batches? integer

--- Options of ms.importance.fisher.
---@class modsync.importance.fisher : modsync.importance.common

--- Mean of the squared gradients of single points. Paper: arXiv:1801.05787
---@param options? modsync.importance.fisher
---@return modsync.importance
function importances.fisher(options) end

--- Options of ms.importance.sensitivity.
---@class modsync.importance.sensitivity : modsync.importance.common

--- Mean of the squared derivatives of the expressions, whatever their values. Paper: none
---@param options? modsync.importance.sensitivity
---@return modsync.importance
function importances.sensitivity(options) end

--- Options of ms.importance.square.
---@class modsync.importance.square : modsync.importance.common

--- Mean of the squared gradients of micro-batches. Paper: arXiv:1801.05787
---@param options? modsync.importance.square
---@return modsync.importance
function importances.square(options) end

--- Options of ms.importance.taylor.
---@class modsync.importance.taylor : modsync.importance.common

--- What the loss changes by without the parameter, to first order. Paper:
--- arXiv:1611.06440
---@param options? modsync.importance.taylor
---@return modsync.importance
function importances.taylor(options) end

--- Options of ms.importance.taylor_square.
---@class modsync.importance.taylor_square : modsync.importance.common

--- Square of what the loss changes by without the parameter, to first order. Paper:
--- arXiv:1906.10771
---@param options? modsync.importance.taylor_square
---@return modsync.importance
function importances.taylor_square(options) end
