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
--- the weights in scope: between hidden layers, or those of the input and output layers,
--- too; biases never (default hidden)
---@field include? "hidden"|"all"

--- Options of ms.prune.fisher.
---@class modsync.prune.fisher : modsync.prune.common

--- Keeps the weights with the largest Fisher information times their square. Paper:
--- arXiv:1801.05787
---@param options? modsync.prune.fisher
---@return modsync.prune
function prunes.fisher(options) end

--- Options of ms.prune.grasp.
---@class modsync.prune.grasp : modsync.prune.common

--- Keeps the weights that the gradient flow needs at the start. Paper: arXiv:2002.07376
---@param options? modsync.prune.grasp
---@return modsync.prune
function prunes.grasp(options) end

--- Options of ms.prune.group_lasso.
---@class modsync.prune.group_lasso : modsync.prune.common
--- pull in units of the learning rate; 0: none (default 0.03, 0 or more)
---@field strength? number
--- the weights that come into a unit, or also those that leave it (default incoming)
---@field groups? "incoming"|"both"
---@field bias? boolean  the unit's bias belongs to its group (default false)
--- part of the training with no pull; less than stop (default 0.1, 0 to 1)
---@field start? number
--- part of the training before the full pull; less than stop (default 0.3, 0 to 1)
---@field full? number
--- part of the training after which nothing is pulled (default 0.75, 0 to 2)
---@field stop? number

--- Shrinks whole units: group lasso by proximal steps. Paper:
--- doi:10.1111/j.1467-9868.2005.00532.x
---@param options? modsync.prune.group_lasso
---@return modsync.prune
function prunes.group_lasso(options) end

--- Options of ms.prune.l0.
---@class modsync.prune.l0 : modsync.prune.common
--- price of a gate that is not 0, in units of the loss; 0: no gates (default 0.1, 0 or
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
--- part of the training with no pull; less than stop (default 0.1, 0 to 1)
---@field start? number
--- part of the training before the full pull; less than stop (default 0.3, 0 to 1)
---@field full? number
--- part of the training after which nothing is pulled (default 0.75, 0 to 2)
---@field stop? number

--- Shrinks all connections alike: L1 by proximal steps. Paper: doi:10.1002/cpa.20042
---@param options? modsync.prune.l1
---@return modsync.prune
function prunes.l1(options) end

--- Options of ms.prune.magnitude.
---@class modsync.prune.magnitude : modsync.prune.common
--- compare weights as they are, or as parts of the norm of their layer (default none)
---@field normalise? "none"|"layer"

--- Keeps the largest weights. Paper: arXiv:1506.02626, arXiv:1710.01878
---@param options? modsync.prune.magnitude
---@return modsync.prune
function prunes.magnitude(options) end

--- Options of ms.prune.mask.
---@class modsync.prune.mask : modsync.prune.common
--- part of the weights in scope that is left in the end (default 0.4, 0 to 1)
---@field density? number
--- how the density falls from start to stop (default cubic)
---@field schedule? "cubic"|"one-shot"|"geometric"
--- part of the training before it falls; at most stop (default 0.1, 0 to 1)
---@field start? number
--- part of the training after which the mask stays (default 0.75, 0 to 1)
---@field stop? number
--- inside of what scores are compared (default global)
---@field scope? "global"|"layer"|"neuron"
--- densities of the layers, unless the scope is global; er and erk are the same for
--- matrices (default uniform)
---@field layers? "uniform"|"er"|"erk"
--- part of the active weights that an event drops, with as many grown as needed (default
--- 0, 0 to 1)
---@field fraction? number
--- leave no unit with weights out but none in (chains of dense layers) (default true)
---@field repair? boolean
--- the fraction that is dropped, over time (default cosine)
---@field anneal? "cosine"|"constant"
--- weights that were dropped may come back, from 0, when their score is among the largest
--- (default false)
---@field again? boolean
---@field seed? integer  of scores that are drawn (default 0, 0 to 9.007199254741e+15)

--- Keeps the weights with the largest scores, which a script sets. Paper: none
---@param options? modsync.prune.mask
---@return modsync.prune
function prunes.mask(options) end

--- Options of ms.prune.modsync_g.
---@class modsync.prune.modsync_g : modsync.prune.common
--- drawn in every step, often exactly 0 or 1, or a number that is learned (default
--- hard-concrete)
---@field gate? "hard-concrete"|"sigmoid"
---@field sparsity? number  price of an open gate (default 0.01, 0 or more)
--- price of gates of one weight that differ (default 1, 0 or more)
---@field synchrony? number
--- prices in units of the mean slope of a task's loss by its gates (default true)
---@field relative? boolean
---@field rate? number  learning rate of the gates (default 0.01, 0 or more)
--- logit of the gates at the start; sigmoids of 40 are 1 and stay so (default 2, -100 to
--- 100)
---@field initial? number
--- of the gates: towards 0 they are only 0 or 1 (default 0.66666666666667, 0.001 or more)
---@field temperature? number
--- of a weight's gates, what decides whether it is in the tested network (default
--- product)
---@field tested? "product"|"mean"
---@field threshold? number  that it has to be above (default 0.5, 0 to below 1)
--- part of the training before the gates move; less than stop (default 0, 0 to 1)
---@field start? number
--- part of the training after which the gates are part of the weights (default 0.75, 0 to
--- 2)
---@field stop? number
---@field seed? integer  seed of the gates that are drawn (default 0, 0 or more)

--- A gate for every task on every weight, held together (a reconstruction). Paper:
--- arXiv:2606.20156
---@param options? modsync.prune.modsync_g
---@return modsync.prune
function prunes.modsync_g(options) end

--- Options of ms.prune.modsync_m.
---@class modsync.prune.modsync_m : modsync.prune.common
--- part of the weights in scope that is left in the end (default 0.4, 0 to 1)
---@field density? number
--- how the density falls from start to stop (default cubic)
---@field schedule? "cubic"|"one-shot"|"geometric"
--- part of the training before it falls; at most stop (default 0.1, 0 to 1)
---@field start? number
--- part of the training after which the mask stays (default 0.75, 0 to 1)
---@field stop? number
--- inside of what scores are compared (default global)
---@field scope? "global"|"layer"|"neuron"
--- densities of the layers, unless the scope is global; er and erk are the same for
--- matrices (default uniform)
---@field layers? "uniform"|"er"|"erk"
--- part of the active weights that an event drops, with as many grown as needed (default
--- 0.2, 0 to 1)
---@field fraction? number
--- leave no unit with weights out but none in (chains of dense layers) (default true)
---@field repair? boolean
--- what is dropped; all but the first are controls (default exclusive)
---@field score? "exclusive"|"uniform"|"reversed"|"shuffled"|"frozen"
--- of a connection for a task: mean g^2 or |theta g| of micro-batches, mean g^2 of the
--- residuals (sensitivity) or losses (fisher) of single points (default square)
---@field importance? "square"|"taylor"|"sensitivity"|"fisher"
--- mean of the tasks' importances that is worth keeping (default geometric)
---@field keep? "geometric"|"min"
--- of the size of a weight beside its importance (default 0, 0 or more)
---@field power? number
--- part of its importance that a task loses in an event at the most (default 0.01, 0 to
--- 1)
---@field budget? number
--- grow first where the tasks' gradients have one sign (default false)
---@field agree? boolean
--- part of the old importance that a new round keeps (default 0.7, 0 to below 1)
---@field memory? number
--- seed of the controls that draw (default 0, 0 to 9.007199254741e+15)
---@field seed? integer
--- steps between rounds, and between events (default 100, 1 to 1000000000)
---@field period? integer

--- One mask: drops what serves one task only, grows what several need (a reconstruction).
--- Paper: arXiv:2606.20156
---@param options? modsync.prune.modsync_m
---@return modsync.prune
function prunes.modsync_m(options) end

--- Options of ms.prune.modsync_p.
---@class modsync.prune.modsync_p : modsync.prune.common
--- pull in units of the learning rate; 0: none (default 10, 0 or more)
---@field strength? number
--- what is pulled: all but the first are controls; in Lua also a function of the
--- importances, or its name in ms.scores (default exclusive)
---@field score? "exclusive"|"uniform"|"reversed"|"shuffled"|"frozen"
--- of the exclusivity by chance, where the pull begins (default 0.5, 0 to below 1)
---@field quantile? number
---@field gamma? number  power of the score (default 1, 0 or more)
--- damping for connections that matter to no task (default 0.02, 0 or more)
---@field epsilon? number
--- part of the old importance that a new round keeps (default 0.7, 0 to below 1)
---@field memory? number
--- part of the training with no pull; less than stop (default 0, 0 to 1)
---@field start? number
--- part of the training before the full pull; less than stop (default 0.05, 0 to 1)
---@field full? number
--- part of the training after which nothing is pulled (default 0.5, 0 to 2)
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
--- micro-batches in a round of the training loop; single points for sensitivity and
--- fisher (default 16, 1 to 1000000)
---@field batches? integer
--- what has a score and is pulled as one: a weight, or a unit with its incoming weights
--- (default connection)
---@field form? "connection"|"neuron"
--- of a connection for a task: mean g^2 or |theta g| of micro-batches, mean g^2 of the
--- residuals (sensitivity) or losses (fisher) of single points, or mean g^2 where only
--- tasks that agree in sign share (default square)
---@field importance? "square"|"taylor"|"sensitivity"|"fisher"|"sign-aware"
--- of exclusivity: by the largest share, or by the entropy of the shares (default share)
---@field index? "share"|"entropy"
--- of a control: its own scores, or with the sum, by block, that exclusive ones would
--- have (default own)
---@field dose? "own"|"matched"
--- steps to pull in: all, or those whose tasks' gradients have a cosine below 'threshold'
--- (default always)
---@field where? "always"|"inert"
---@field threshold? number  for where = inert (default 0.1, 0 to 1)
--- project the pull so that it works against no task, in place of 'guard' (default false)
---@field cone? boolean

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

--- Options of ms.prune.movement.
---@class modsync.prune.movement : modsync.prune.common

--- Keeps the weights that training moves away from 0. Paper: arXiv:2005.07683
---@param options? modsync.prune.movement
---@return modsync.prune
function prunes.movement(options) end

--- Options of ms.prune.obd.
---@class modsync.prune.obd : modsync.prune.common
--- how that of the Hessian is measured (default gauss-newton)
---@field diagonal? "gauss-newton"|"hutchinson"
---@field probes? integer  random vectors of hutchinson (default 16, 1 or more)

--- Keeps the weights that the loss depends on to second order. Paper:
--- doi:10.5555/109230.109298
---@param options? modsync.prune.obd
---@return modsync.prune
function prunes.obd(options) end

--- Options of ms.prune.obs.
---@class modsync.prune.obs : modsync.prune.common
--- of the derivatives of the units that are to stay what they are (default 2, 0 to 6)
---@field order? integer
--- added to the diagonal of H, in parts of its mean (default 0.01, 1e-12 or more)
---@field damping? number

--- Takes away what the next layer misses least, and makes up for it. Paper:
--- doi:10.1109/ICNN.1993.298572, arXiv:1705.07565
---@param options? modsync.prune.obs
---@return modsync.prune
function prunes.obs(options) end

--- Options of ms.prune.random.
---@class modsync.prune.random : modsync.prune.common

--- Keeps weights drawn by lot, a control. Paper: none
---@param options? modsync.prune.random
---@return modsync.prune
function prunes.random(options) end

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
--- part of the training with no pull; less than stop (default 0.1, 0 to 1)
---@field start? number
--- part of the training before the full pull; less than stop (default 0.3, 0 to 1)
---@field full? number
--- part of the training after which nothing is pulled (default 0.75, 0 to 2)
---@field stop? number

--- Shrinks small connections more than large ones: reweighted L1. Paper:
--- doi:10.1007/s00041-008-9045-x
---@param options? modsync.prune.reweighted_l1
---@return modsync.prune
function prunes.reweighted_l1(options) end

--- Options of ms.prune.rigl.
---@class modsync.prune.rigl : modsync.prune.common
--- by the gradient of the loss, or by what all tasks have use for (default sum)
---@field growth? "sum"|"product"

--- Sparse from the start: drops the smallest weights, grows by the gradient. Paper:
--- arXiv:1911.11134
---@param options? modsync.prune.rigl
---@return modsync.prune
function prunes.rigl(options) end

--- Options of ms.prune.set.
---@class modsync.prune.set : modsync.prune.common

--- Sparse from the start: drops the smallest weights, grows others by lot. Paper:
--- arXiv:1707.04780
---@param options? modsync.prune.set
---@return modsync.prune
function prunes.set(options) end

--- Options of ms.prune.snip.
---@class modsync.prune.snip : modsync.prune.common
---@field combine? "max"|"sum"|"product"  what a weight has of several tasks (default max)

--- Keeps the connections that the losses are sensitive to at the start. Paper:
--- arXiv:1810.02340
---@param options? modsync.prune.snip
---@return modsync.prune
function prunes.snip(options) end

--- Options of ms.prune.synflow.
---@class modsync.prune.synflow : modsync.prune.common
---@field rounds? integer  rounds of an event (default 100, 1 or more)

--- Keeps the weights with the most synaptic flow, without any data. Paper:
--- arXiv:2006.05467
---@param options? modsync.prune.synflow
---@return modsync.prune
function prunes.synflow(options) end

--- Options of ms.prune.taylor.
---@class modsync.prune.taylor : modsync.prune.common
--- score single weights, or all weights into a unit alike (default none)
---@field group? "none"|"neuron"

--- Keeps the weights that the loss depends on to first order. Paper: arXiv:1611.06440,
--- arXiv:1906.10771
---@param options? modsync.prune.taylor
---@return modsync.prune
function prunes.taylor(options) end

--- Options of ms.prune.woodfisher.
---@class modsync.prune.woodfisher : modsync.prune.common
--- weights of a block of the Fisher matrix, at most (default 64, 1 or more)
---@field block? integer
--- added to the diagonal, in parts of its mean (default 0.01, 1e-12 or more)
---@field damping? number

--- Takes away what the loss misses least by its Fisher matrix, and makes up for it.
--- Paper: arXiv:2004.14340
---@param options? modsync.prune.woodfisher
---@return modsync.prune
function prunes.woodfisher(options) end
