---@meta _
-- Written by `modsync docs` from the records and the reference.

--- ms.optim: every optimizer by name.
---@class modsync.optimizers
local optimizers = {}

--- Options of ms.optim.adam.
---@class modsync.optimizer.adam
---@field lr? number  learning rate (default 0.001, 0 or more)
---@field beta1? number  memory of the first moment (default 0.9, 0 to below 1)
---@field beta2? number  memory of the second moment (default 0.999, 0 to below 1)
--- added to the root of the second moment (default 1e-08, 0 or more)
---@field epsilon? number
---@field weight_decay? number  pull to zero (default 0, 0 or more)
---@field decoupled? boolean  decay the parameters, not the direction (default true)

--- Steps scaled by running moments of the direction. Paper: arXiv:1412.6980,
--- arXiv:1711.05101
---@param options? modsync.optimizer.adam
---@return modsync.optimizer
function optimizers.adam(options) end

--- Options of ms.optim.lbfgs.
---@class modsync.optimizer.lbfgs
---@field lr? number  the step length that is tried first (default 1, 0 or more)
--- pairs of steps and changes of the gradient that are remembered (default 50, 1 to 1000)
---@field history? integer
--- of values and gradients along a step, at most (default 25, 1 or more)
---@field evaluations? integer

--- A quasi-Newton method that remembers the last steps, with a line search. Paper:
--- doi:10.1007/BF01589116
---@param options? modsync.optimizer.lbfgs
---@return modsync.optimizer
function optimizers.lbfgs(options) end

--- Options of ms.optim.sgd.
---@class modsync.optimizer.sgd
---@field lr? number  learning rate (default 0.01, 0 or more)
---@field momentum? number  part of the velocity kept (default 0, 0 to below 1)
---@field nesterov? boolean  look ahead along the velocity (default false)
--- pull to zero, added to the direction (default 0, 0 or more)
---@field weight_decay? number

--- Gradient descent, with momentum if wanted. Paper: doi:10.1016/0041-5553(64)90137-5
---@param options? modsync.optimizer.sgd
---@return modsync.optimizer
function optimizers.sgd(options) end
