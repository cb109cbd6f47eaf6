---@meta _
-- Written by `modsync docs` from the records and the reference.

--- ms.prune: every pruning method by name.
---@class modsync.prunes
local prunes = {}

--- Options that every pruning method takes.
---@class modsync.prune.common
--- length of the run, which its start and stop are shares of (set by ms.train); without
--- it the strength is full from the first scores on (1 or more)
---@field steps? integer
--- steps between two measurements of importance (default 50, 1 or more)
---@field period? integer
--- what importance is measured on: micro-batches of fresh points, of the training points,
--- or the gradients of every step (default fresh)
---@field source? "fresh"|"train"|"batch"
---@field batches? integer  micro-batches of one measurement (default 16, 1 or more)

--- Options of ms.prune.group_lasso.
---@class modsync.prune.group_lasso : modsync.prune.common
--- pull in units of the learning rate; 0: none (default 0.03, 0 or more)
---@field strength? number
--- the weights that come into a unit, or also those that leave it (default incoming)
---@field groups? "incoming"|"both"
---@field bias? boolean  the unit's bias belongs to its group (default false)
---@field start? number  part of the training with no pull (default 0.1, 0 to 1)
---@field full? number  part of the training before the full pull (default 0.3, 0 to 1)
--- part of the training after which nothing is pulled (default 0.75, 0 to 2)
---@field stop? number

--- Shrinks whole units: group lasso by proximal steps. Paper:
--- doi:10.1111/j.1467-9868.2005.00532.x
---@param options? modsync.prune.group_lasso
---@return modsync.prune
function prunes.group_lasso(options) end

--- Options of ms.prune.l0.
---@class modsync.prune.l0 : modsync.prune.common
--- price of a gate that is not 0, in units of the loss; 0: no gates (default 0.0001, 0 or
--- more)
---@field strength? number
--- a gate for every weight, or one for all that come into a unit (default weight)
---@field gates? "weight"|"unit"
---@field rate? number  learning rate of the gates (default 0.01, 0 or more)
---@field initial? number  log alpha of the gates at the start (default 2, -4.6 to 4.6)
--- of the gates: towards 0 they are only 0 or 1 (default 0.66666666666667, 0.01 to 1)
---@field temperature? number
--- part of the training after which the gates stay as they are (default 0.75, 0 to 2)
---@field stop? number
---@field seed? integer  seed of the gates' draws (default 0, 0 or more)

--- Learns gates that are often exactly 0: L0 by hard concrete gates. Paper:
--- arXiv:1712.01312
---@param options? modsync.prune.l0
---@return modsync.prune
function prunes.l0(options) end

--- Options of ms.prune.l1.
---@class modsync.prune.l1 : modsync.prune.common
--- pull in units of the learning rate; 0: none (default 0.1, 0 or more)
---@field strength? number
--- whether the optimizer's preconditioner multiplies the pull as it does the direction
--- (default plain)
---@field metric? "plain"|"preconditioned"
---@field start? number  part of the training with no pull (default 0.1, 0 to 1)
---@field full? number  part of the training before the full pull (default 0.3, 0 to 1)
--- part of the training after which nothing is pulled (default 0.75, 0 to 2)
---@field stop? number

--- Shrinks all connections alike: L1 by proximal steps. Paper: doi:10.1002/cpa.20042
---@param options? modsync.prune.l1
---@return modsync.prune
function prunes.l1(options) end

--- Options of ms.prune.modsync_p.
---@class modsync.prune.modsync_p : modsync.prune.common
--- pull in units of the learning rate; 0: none (default 1, 0 or more)
---@field strength? number
--- what is pulled; all but the first are controls (default exclusive)
---@field score? "exclusive"|"uniform"|"reversed"|"shuffled"|"frozen"
--- of the exclusivity by chance, where the pull begins (default 0.5, 0 to below 1)
---@field quantile? number
---@field gamma? number  power of the score (default 1, 0 or more)
--- damping for connections that matter to no task (default 0.02, 0 or more)
---@field epsilon? number
--- part of the old importance that a new round keeps (default 0.7, 0 to below 1)
---@field memory? number
---@field start? number  part of the training with no pull (default 0.1, 0 to 1)
---@field full? number  part of the training before the full pull (default 0.3, 0 to 1)
--- part of the training after which nothing is pulled (default 0.75, 0 to 2)
---@field stop? number
--- part of each task's descent to leave it; 0: off (default 0, 0 to 1)
---@field guard? number
--- random pairs for the value by chance (default 4096, 1 to 1000000)
---@field draws? integer
--- rounds between new values by chance (default 2, 1 to 1000000)
---@field null_period? integer
---@field seed? integer  seed of the random pairs (default 0, 0 to 9.007199254741e+15)
--- what the training loop observes: micro-batches of fresh points, of the training
--- points, or the step's gradients (default fresh)
---@field source? "fresh"|"train"|"batch"
--- steps between the rounds of the training loop (default 50, 1 to 1000000000)
---@field period? integer
--- micro-batches in a round of the training loop (default 16, 1 to 1000000)
---@field batches? integer

--- Shrinks the connections that serve one task only (a reconstruction). Paper:
--- arXiv:2606.20156
---@param options? modsync.prune.modsync_p
---@return modsync.prune
function prunes.modsync_p(options) end

--- Shrinks the connections that serve one task only (a reconstruction). Paper:
--- arXiv:2606.20156
---@param options? modsync.prune.modsync_p
---@return modsync.prune
function prunes.modsync(options) end

--- Options of ms.prune.reweighted_l1.
---@class modsync.prune.reweighted_l1 : modsync.prune.common
--- pull in units of the learning rate; 0: none (default 0.01, 0 or more)
---@field strength? number
--- size below which parameters are pulled alike (default 0.1, 1e-12 or more)
---@field epsilon? number
--- steps of pulling between new weights (default 100, 1 to 1000000000)
---@field every? integer
--- whether the optimizer's preconditioner multiplies the pull as it does the direction
--- (default plain)
---@field metric? "plain"|"preconditioned"
---@field start? number  part of the training with no pull (default 0.1, 0 to 1)
---@field full? number  part of the training before the full pull (default 0.3, 0 to 1)
--- part of the training after which nothing is pulled (default 0.75, 0 to 2)
---@field stop? number

--- Shrinks small connections more than large ones: reweighted L1. Paper:
--- doi:10.1007/s00041-008-9045-x
---@param options? modsync.prune.reweighted_l1
---@return modsync.prune
function prunes.reweighted_l1(options) end
