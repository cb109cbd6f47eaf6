---@meta _
-- Written by `modsync docs` from the records and the reference.

--- ms.conflict: every conflict method by name.
---@class modsync.conflicts
local conflicts = {}

--- Options of ms.conflict.config.
---@class modsync.conflict.config

--- Equal projections on all unit gradients by their pseudo-inverse. Paper:
--- arXiv:2408.11104
---@param options? modsync.conflict.config
---@return modsync.conflict
function conflicts.config(options) end

--- Options of ms.conflict.dcgd.
---@class modsync.conflict.dcgd
--- which direction of the cone (default center)
---@field variant? "center"|"projection"|"average"

--- A direction in the dual cone of the residual and of all other terms. Paper:
--- arXiv:2409.18426
---@param options? modsync.conflict.dcgd
---@return modsync.conflict
function conflicts.dcgd(options) end

--- Options of ms.conflict.sum.
---@class modsync.conflict.sum

--- The plain sum of the gradients. Paper: none
---@param options? modsync.conflict.sum
---@return modsync.conflict
function conflicts.sum(options) end
