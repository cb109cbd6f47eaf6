---@meta _
-- Written by `modsync docs` from the records and the reference.

--- ms.weighting: every loss weighting by name.
---@class modsync.weightings
local weightings = {}

--- Options that every loss weighting takes.
---@class modsync.weighting.common
---@field every? integer  steps between two updates of the factors (default 1, 1 or more)
--- share of the old factor that an update keeps (default 0, 0 to below 1)
---@field momentum? number
--- no factor gets larger; how often one would have is counted (default 1000000, 0 or
--- more)
---@field cap? number

--- Options of ms.weighting.causal.
---@class modsync.weighting.causal : modsync.weighting.common
--- the terms that get factors: all, or names joined by +; integrals, whose expressions
--- are means over the points, have none (default residual)
---@field terms? string
---@field time? string  the coordinate that is time (default t)
---@field chunks? integer  pieces of time (default 32, 1 or more)
---@field epsilon? number  causality; without it 0.01, 0.1, 1, 10, 100 in turn (0 or more)
---@field enough? number  smallest factor at which epsilon goes on (default 0.99, 0 to 1)

--- Points wait until the residuals of earlier times are small. Paper: arXiv:2203.07404
---@param options? modsync.weighting.causal
---@return modsync.weighting
function weightings.causal(options) end

--- Options of ms.weighting.dwa.
---@class modsync.weighting.dwa : modsync.weighting.common
---@field epoch? integer  steps over which losses are averaged (default 100, 1 or more)
---@field temperature? number  large: uniform (default 2, 1e-12 or more)

--- Dynamic weight average: softmax of the ratios of epoch means of the losses. Paper:
--- arXiv:1803.10704
---@param options? modsync.weighting.dwa
---@return modsync.weighting
function weightings.dwa(options) end

--- Options of ms.weighting.fixed.
---@class modsync.weighting.fixed : modsync.weighting.common
--- by term, { boundary = 100 }, or a list in the order of the terms; in text
--- boundary=100+initial=10
---@field factors? table<string|integer, number>

--- The factors that are given, 1 where none is. Paper: none
---@param options? modsync.weighting.fixed
---@return modsync.weighting
function weightings.fixed(options) end

--- Options of ms.weighting.geometric.
---@class modsync.weighting.geometric : modsync.weighting.common

--- The geometric mean of the losses in place of their sum. Paper: arXiv:1904.08492
---@param options? modsync.weighting.geometric
---@return modsync.weighting
function weightings.geometric(options) end

--- Options of ms.weighting.gradient_norm_balance.
---@class modsync.weighting.gradient_norm_balance : modsync.weighting.common
---@field every? integer  steps between two updates (default 1000, 1 or more)
--- share of the old factor that an update keeps (default 0.9, 0 to below 1)
---@field momentum? number

--- All weighted gradients get the same norm, the mean of the norms. Paper:
--- arXiv:2308.08468
---@param options? modsync.weighting.gradient_norm_balance
---@return modsync.weighting
function weightings.gradient_norm_balance(options) end

--- All weighted gradients get the same norm, the mean of the norms. Paper:
--- arXiv:2308.08468
---@param options? modsync.weighting.gradient_norm_balance
---@return modsync.weighting
function weightings.gradnorm_balance(options) end

--- Options of ms.weighting.gradnorm.
---@class modsync.weighting.gradnorm : modsync.weighting.common
---@field alpha? number  how much faster slow terms are to train (default 1.5, 0 or more)
---@field rate? number  learning rate of the factors (default 0.025, 0 or more)
--- part of the model whose gradients count, such as W4; all without it
---@field part? string

--- Learns factors whose gradient norms follow the rates of the losses. Paper:
--- arXiv:1711.02257
---@param options? modsync.weighting.gradnorm
---@return modsync.weighting
function weightings.gradnorm(options) end

--- Options of ms.weighting.imtl_l.
---@class modsync.weighting.imtl_l : modsync.weighting.common
--- s at the start: 0, or -log L_i, so that weighted losses are 1 at once (default zero)
---@field start? "zero"|"balanced"
---@field rate? number  learning rate of s (default 0.001, 0 or more)

--- Learns a scale for every loss that brings all weighted losses to 1. Paper: none
---@param options? modsync.weighting.imtl_l
---@return modsync.weighting
function weightings.imtl_l(options) end

--- Options of ms.weighting.lra.
---@class modsync.weighting.lra : modsync.weighting.common
---@field every? integer  steps between two updates (default 10, 1 or more)
--- share of the old factor that an update keeps (default 0.9, 0 to below 1)
---@field momentum? number
--- gradients of the plain losses, or of the weighted ones as in the authors' program,
--- whose fixed point is the square root (default plain)
---@field fixed_point? "plain"|"weighted"
--- mean over all parameters, or over the means of weights and biases (default parameters)
---@field mean? "parameters"|"layers"

--- Learning-rate annealing: largest residual gradient over each mean gradient. Paper:
--- arXiv:2001.04536
---@param options? modsync.weighting.lra
---@return modsync.weighting
function weightings.lra(options) end

--- Options of ms.weighting.ntk.
---@class modsync.weighting.ntk : modsync.weighting.common
---@field every? integer  steps between two updates (default 1000, 1 or more)
---@field points? integer  points of a term that are looked at (default 64, 1 or more)
--- traces as sums over the points of a term, or as means (default sum)
---@field trace? "sum"|"mean"

--- Balances the traces of the neural tangent kernels of the terms. Paper:
--- arXiv:2007.14527
---@param options? modsync.weighting.ntk
---@return modsync.weighting
function weightings.ntk(options) end

--- Options of ms.weighting.rba.
---@class modsync.weighting.rba : modsync.weighting.common
--- the terms that get factors: all, or names joined by +; integrals, whose expressions
--- are means over the points, have none (default residual)
---@field terms? string
---@field gamma? number  memory of the factors (default 0.999, 0 to below 1)
---@field eta? number  how much the present residual adds (default 0.001, 0 or more)
--- eta of the first step, so that factors do not start near 0 (default 1, 0 or more)
---@field start? number

--- Residual-based attention: a factor for every point from its residual. Paper:
--- arXiv:2307.00379
---@param options? modsync.weighting.rba
---@return modsync.weighting
function weightings.rba(options) end

--- Options of ms.weighting.relobralo.
---@class modsync.weighting.relobralo : modsync.weighting.common
---@field alpha? number  memory of the factors (default 0.999, 0 to 1)
--- probability of going on from the last factors, not from the first losses (default
--- 0.999, 0 to 1)
---@field rho? number
--- small: the slowest term gets all; large: uniform (default 1, 1e-12 or more)
---@field temperature? number
---@field seed? integer  seed of the looks (default 1, 0 or more)

--- Relative loss balancing with random lookback. Paper: arXiv:2110.09813
---@param options? modsync.weighting.relobralo
---@return modsync.weighting
function weightings.relobralo(options) end

--- Options of ms.weighting.self_adaptive.
---@class modsync.weighting.self_adaptive : modsync.weighting.common
--- the terms that get factors: all, or names joined by +; integrals, whose expressions
--- are means over the points, have none (default all)
---@field terms? string
--- factors of residual terms start uniform between 0 and this (default 1, 0 or more)
---@field initial? number
---@field initial_data? number  the same for all other terms (default 100, 0 or more)
---@field rate? number  learning rate of the factors (default 0.005, 0 or more)
---@field ascent? "adam"|"plain"  how they ascend (default adam)
---@field seed? integer  seed of the start (default 1, 0 or more)

--- SA-PINN: a factor for every point, which ascends where the network descends. Paper:
--- arXiv:2009.04544
---@param options? modsync.weighting.self_adaptive
---@return modsync.weighting
function weightings.self_adaptive(options) end

--- Options of ms.weighting.softadapt.
---@class modsync.weighting.softadapt : modsync.weighting.common
--- factor of the changes; 0: uniform (default 1, -1e+300 or more)
---@field sharpness? number

--- K softmax of the changes of the losses since the last step. Paper: arXiv:1912.12355
---@param options? modsync.weighting.softadapt
---@return modsync.weighting
function weightings.softadapt(options) end

--- Options of ms.weighting.uncertainty.
---@class modsync.weighting.uncertainty : modsync.weighting.common
---@field initial? number  s at the start (default 0, -700 to 700)
---@field rate? number  learning rate of s (default 0.001, 0 or more)

--- Homoscedastic uncertainty: learns a variance for every term. Paper: arXiv:1705.07115
---@param options? modsync.weighting.uncertainty
---@return modsync.weighting
function weightings.uncertainty(options) end
