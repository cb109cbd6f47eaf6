---@meta _
-- Written by `modsync docs` from the records and the reference.

--- ms.conflict: every conflict method by name.
---@class modsync.conflicts
local conflicts = {}

--- Options that every conflict method takes.
---@class modsync.conflict.common
--- what gets a Gram matrix and weights of its own: the whole model, every layer, or every
--- neuron with its incoming weights (methods in C) (default model)
---@field scope? "model"|"layer"|"neuron"
--- what counts as a task: every loss term, or the residuals together and all other terms
--- together, as dcgd always has it (default terms)
---@field tasks? "terms"|"two"
--- a loss weighting (modsync --list weightings), whose factors multiply the gradients
--- first: lra, or lra(every=100,momentum=0)
---@field weighting? string|table|modsync.method
--- terms that are one task, their gradients added: { {'residual'}, {'boundary',
--- 'initial'} }, in text residual/boundary+initial; a term that is not named is a task of
--- its own
---@field groups? string[][]
--- steps at the start that follow the plain sum of the gradients (default 0, 0 or more)
---@field delay? integer
--- after the optimizer, project its step on the directions that make no task worse
--- (default false)
---@field realign? boolean

--- Options of ms.conflict.alignedmtl.
---@class modsync.conflict.alignedmtl : modsync.conflict.common
--- which eigenvalue of the Gram matrix sets the length (default min)
---@field mode? "min"|"median"|"mean"
---@field guard? boolean  d = 0 at Pareto-stationary points (default true)

--- The sum of the gradients, made orthogonal and of one length. Paper: arXiv:2305.19000
---@param options? modsync.conflict.alignedmtl
---@return modsync.conflict
function conflicts.alignedmtl(options) end

--- Options of ms.conflict.cagrad.
---@class modsync.conflict.cagrad : modsync.conflict.common
--- how far d may be from the mean gradient, as a part of the latter's length (default
--- 0.4, 0 to 1000000)
---@field c? number
---@field rescale? "none"|"1+c"|"1+c^2"  what d is divided by (default none)

--- Near the mean gradient, the direction whose least gain is largest. Paper:
--- arXiv:2110.14048
---@param options? modsync.conflict.cagrad
---@return modsync.conflict
function conflicts.cagrad(options) end

--- Options of ms.conflict.chebyshev.
---@class modsync.conflict.chebyshev : modsync.conflict.common
--- of d: the sum of the gradients' projections on it, 1, or that of the shortest
--- combination of unit gradients (default projections)
---@field length? "projections"|"unit"|"point"

--- The direction whose least projection on a unit gradient is largest. Paper:
--- arXiv:2605.09975
---@param options? modsync.conflict.chebyshev
---@return modsync.conflict
function conflicts.chebyshev(options) end

--- Options of ms.conflict.config.
---@class modsync.conflict.config : modsync.conflict.common
--- of d: the sum of the gradients' projections on it, as they are or all made as long as
--- the shortest, the longest, or a mean of them (default projections)
---@field length? "projections"|"min"|"max"|"mean"|"harmonic"|"geometric"

--- Equal projections on all unit gradients by their pseudo-inverse. Paper:
--- arXiv:2408.11104
---@param options? modsync.conflict.config
---@return modsync.conflict
function conflicts.config(options) end

--- Options of ms.conflict.dcgd.
---@class modsync.conflict.dcgd : modsync.conflict.common
--- which direction of the cone (default center)
---@field variant? "center"|"projection"|"average"

--- A direction in the dual cone of the residual and of all other terms. Paper:
--- arXiv:2409.18426
---@param options? modsync.conflict.dcgd
---@return modsync.conflict
function conflicts.dcgd(options) end

--- Options of ms.conflict.dcm.
---@class modsync.conflict.dcm : modsync.conflict.common
---@field memory? number  m, the part of e that stays (default 0.2, 0 to below 1)
--- steps until the projections count in full (default 1000, 0 to 1000000000)
---@field warmup? integer
---@field power? number  of the share of the warm-up (default 0.5, 0 to 10)

--- The residual's gradient, projected off the others' and off its own past. Paper: none
---@param options? modsync.conflict.dcm
---@return modsync.conflict
function conflicts.dcm(options) end

--- Options of ms.conflict.dualproj.
---@class modsync.conflict.dualproj : modsync.conflict.common

--- The mean gradient, projected on the directions that hurt no task. Paper:
--- arXiv:2406.16232
---@param options? modsync.conflict.dualproj
---@return modsync.conflict
function conflicts.dualproj(options) end

--- Options of ms.conflict.fairgrad.
---@class modsync.conflict.fairgrad : modsync.conflict.common
--- 1: proportional fairness, more: closer to the least gain being largest (default 2,
--- 0.25 to 10)
---@field alpha? number

--- Alpha-fair gains of the tasks; Nash-MTL for alpha = 1. Paper: arXiv:2402.15638
---@param options? modsync.conflict.fairgrad
---@return modsync.conflict
function conflicts.fairgrad(options) end

--- Options of ms.conflict.famo.
---@class modsync.conflict.famo : modsync.conflict.common
---@field rate? number  learning rate of the logits (default 0.025, 0 to 1000)
---@field decay? number  pull of the logits towards 0 (default 0.001, 0 to 1000)
---@field lowest? number  value that no loss falls below (default 0, -1e+15 to 1e+15)
--- what the logits learn from: the losses after the step at the same points, which costs
--- one more evaluation of them, or those of the next call (default again)
---@field evaluate? "again"|"next"

--- Weights that even out the speed at which the losses fall. Paper: arXiv:2306.03792
---@param options? modsync.conflict.famo
---@return modsync.conflict
function conflicts.famo(options) end

--- Options of ms.conflict.graddrop.
---@class modsync.conflict.graddrop : modsync.conflict.common
---@field leak? number  share of the other sign that stays (default 0, 0 to 1)
---@field seed? integer  of the stream that draws (default 0, 0 to 1e+15)

--- Draws for every parameter the sign whose gradients count. Paper: arXiv:2010.06808
---@param options? modsync.conflict.graddrop
---@return modsync.conflict
function conflicts.graddrop(options) end

--- Options of ms.conflict.gradvac.
---@class modsync.conflict.gradvac : modsync.conflict.common
---@field beta? number  weight of a new cosine in a target (default 0.01, 0 to 1)
---@field order? "random"|"ascending"  in which tasks are met (default random)
---@field seed? integer  of the stream that draws orders (default 0, 0 to 1e+15)

--- Raises cosines that are below their moving average. Paper: arXiv:2010.05874
---@param options? modsync.conflict.gradvac
---@return modsync.conflict
function conflicts.gradvac(options) end

--- Options of ms.conflict.imtlg.
---@class modsync.conflict.imtlg : modsync.conflict.common
--- turn d round where it would make every task worse (default false)
---@field sign_guard? boolean

--- Equal projections on all unit gradients, weights that sum to 1. Paper: none
---@param options? modsync.conflict.imtlg
---@return modsync.conflict
function conflicts.imtlg(options) end

--- Options of ms.conflict.mconfig.
---@class modsync.conflict.mconfig : modsync.conflict.common
---@field update? "one"|"all"  whose gradient a call uses (default one)
---@field beta1? number  memory of the averages (default 0.9, 0 to below 1)
---@field beta2? number  memory of the squares (default 0.999, 0 to below 1)
---@field epsilon? number  added to the root of s (default 1e-08, 0 to 1)
--- of ConFIG's direction, see config (default projections)
---@field length? "projections"|"min"|"max"|"mean"|"harmonic"|"geometric"

--- ConFIG on running averages, one term a call; d is a whole step. Paper:
--- arXiv:2408.11104
---@param options? modsync.conflict.mconfig
---@return modsync.conflict
function conflicts.mconfig(options) end

--- Options of ms.conflict.mean.
---@class modsync.conflict.mean : modsync.conflict.common

--- The mean of the gradients of the tasks. Paper: none
---@param options? modsync.conflict.mean
---@return modsync.conflict
function conflicts.mean(options) end

--- Options of ms.conflict.mgda.
---@class modsync.conflict.mgda : modsync.conflict.common
--- what gradients are divided by first: nothing, their norm, their loss, or both (default
--- none)
---@field normalize? "none"|"l2"|"loss"|"loss+"

--- The shortest convex combination of the gradients. Paper:
--- doi:10.1016/j.crma.2012.03.014, arXiv:1810.04650
---@param options? modsync.conflict.mgda
---@return modsync.conflict
function conflicts.mgda(options) end

--- Options of ms.conflict.nashmtl.
---@class modsync.conflict.nashmtl : modsync.conflict.common
---@field every? integer  calls that weights are kept for (default 1, 1 to 1000000000)
--- of d; 0: no limit, d has the length sqrt(K) (default 0, 0 or more)
---@field max_norm? number

--- The bargaining solution: every task gains the inverse of its weight. Paper:
--- arXiv:2202.01017
---@param options? modsync.conflict.nashmtl
---@return modsync.conflict
function conflicts.nashmtl(options) end

--- Options of ms.conflict.pcgrad.
---@class modsync.conflict.pcgrad : modsync.conflict.common
--- of the projections: drawn, that of the tasks, the mean over all orders; or only the
--- first task's gradient changes (default random)
---@field order? "random"|"ascending"|"symmetric"|"one-sided"
---@field seed? integer  of the stream that draws orders (default 0, 0 to 1e+15)

--- The sum of the gradients, each projected off those it conflicts with. Paper:
--- arXiv:2001.06782
---@param options? modsync.conflict.pcgrad
---@return modsync.conflict
function conflicts.pcgrad(options) end

--- Options of ms.conflict.sum.
---@class modsync.conflict.sum : modsync.conflict.common

--- The plain sum of the gradients. Paper: none
---@param options? modsync.conflict.sum
---@return modsync.conflict
function conflicts.sum(options) end

--- Options of ms.conflict.upgrad.
---@class modsync.conflict.upgrad : modsync.conflict.common

--- The mean of the gradients, each projected so that it hurts no task. Paper:
--- arXiv:2406.16232
---@param options? modsync.conflict.upgrad
---@return modsync.conflict
function conflicts.upgrad(options) end
