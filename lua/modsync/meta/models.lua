---@meta _
-- Written by `modsync docs` from the records and the reference.

--- ms.models: every architecture by name.
---@class modsync.models
local models = {}

--- Options that every architecture takes.
---@class modsync.model.common
---@field inputs? table  names of the coordinates, p.coords
---@field outputs? table  names of the fields, p.fields
--- of the stream "init" and of fixed random features (default 1, 0 or more)
---@field seed? integer
--- centre and scale the inputs over the domain; without it a wide network starts almost
--- linear and may collapse to u = 0 (default true)
---@field standardise? boolean
---@field domain? table  what to standardise by, p.domain; p.coords carries it
---@field limits? table  the same as a plain table, { x = {-1, 1} }
--- inputs in which the fields are exactly periodic: { "x" }, with the length of the
--- domain as period, or { x = period }
---@field periodic? table
--- waves of a periodic input that the network sees (default 1, 1 or more)
---@field harmonics? integer
--- random Fourier features that take the inputs' place, a sine and a cosine each; 0 for
--- none (default 0, 0 or more)
---@field fourier? integer
--- standard deviation of their wave numbers (default 1, 0 or more)
---@field fourier_scale? number
---@field init? string  of the weights, a name in ms.initialisers (default glorot)
--- a function (s, fields) -> fields for conditions that hold exactly; the problem's own,
--- hard = ..., by default
---@field transform? function
---@field tie? table  parts that are another part: { W3 = "W2" }
---@field freeze? table  patterns of the names of parts that stay as they are: { "[Wb]1" }
--- factors of the learning rate by pattern, { ["parameter%..*"] = 10 }
---@field rates? table
--- trainable coefficients of the equations; p.fields carries the problem's
---@field parameters? table

--- Options of ms.models.chebyshev_kan.
---@class modsync.model.chebyshev_kan : modsync.model.common
---@field width? integer  units in a hidden layer (default 16, 1 or more)
---@field depth? integer  hidden layers (default 2, 1 or more)
---@field degree? integer  of the polynomials (default 4, 1 or more)

--- A Chebyshev polynomial on every connection. Paper: arXiv:2405.07200
---@param options? modsync.model.chebyshev_kan
---@return modsync.model
function models.chebyshev_kan(options) end

--- Options of ms.models.fourier.
---@class modsync.model.fourier : modsync.model.common
---@field scales? table  standard deviations of the wave numbers, { 1 }
--- features of one scale, a sine and a cosine each (default 25, 1 or more)
---@field fourier? integer
---@field width? integer  units in a hidden layer (default 50, 1 or more)
---@field depth? integer  hidden layers (default 3, 1 or more)
---@field activation? string  a name in ms.activations (default tanh)
---@field bias? boolean  add a row of biases, zero at the start (default true)
--- trained slopes of the activations (default none)
---@field adaptive? "none"|"global"|"layer"|"neuron"
--- fixed factor n beside the slope, which starts at 1 / n: larger is faster (default 1, 1
--- or more)
---@field adaptive_scale? number
--- random weight factorisation: every unit has a trained scale exp(s) (default false)
---@field factorise? boolean
---@field factor_mean? number  mean of s at the start (default 1, -5 to 5)
--- standard deviation of s at the start (default 0.1, 0 or more)
---@field factor_deviation? number

--- Random Fourier features of several scales through the same hidden layers. Paper:
--- arXiv:2012.10047
---@param options? modsync.model.fourier
---@return modsync.model
function models.fourier(options) end

--- Options of ms.models.mlp.
---@class modsync.model.mlp : modsync.model.common
---@field width? integer  units in a hidden layer (50) (1 or more)
---@field depth? integer  hidden layers (3) (1 or more)
---@field widths? table  { 64, 32 }: one hidden layer each, in place of width and depth
--- a small dense network in place of a pruned one: layers smaller by its root, so that
--- this part of the hidden-to-hidden weights is left (default 1, 0 to 1)
---@field density? number
--- standard deviation of the first layer's weights, then normal (0 or more)
---@field input_scale? number
---@field activation? string  a name in ms.activations (default tanh)
---@field bias? boolean  add a row of biases, zero at the start (default true)
--- trained slopes of the activations (default none)
---@field adaptive? "none"|"global"|"layer"|"neuron"
--- fixed factor n beside the slope, which starts at 1 / n: larger is faster (default 1, 1
--- or more)
---@field adaptive_scale? number
--- random weight factorisation: every unit has a trained scale exp(s) (default false)
---@field factorise? boolean
---@field factor_mean? number  mean of s at the start (default 1, -5 to 5)
--- standard deviation of s at the start (default 0.1, 0 or more)
---@field factor_deviation? number

--- Multi-layer perceptron. Paper: doi:10.1016/0893-6080(89)90020-8
---@param options? modsync.model.mlp
---@return modsync.model
function models.mlp(options) end

--- Options of ms.models.modified_mlp.
---@class modsync.model.modified_mlp : modsync.model.common
---@field width? integer  units in a hidden layer (default 50, 1 or more)
---@field depth? integer  hidden layers (default 3, 1 or more)
---@field activation? string  a name in ms.activations (default tanh)
---@field bias? boolean  add a row of biases, zero at the start (default true)
--- trained slopes of the activations (default none)
---@field adaptive? "none"|"global"|"layer"|"neuron"
--- fixed factor n beside the slope, which starts at 1 / n: larger is faster (default 1, 1
--- or more)
---@field adaptive_scale? number
--- random weight factorisation: every unit has a trained scale exp(s) (default false)
---@field factorise? boolean
---@field factor_mean? number  mean of s at the start (default 1, -5 to 5)
--- standard deviation of s at the start (default 0.1, 0 or more)
---@field factor_deviation? number

--- Multi-layer perceptron whose hidden layers are mixed with two gates. Paper:
--- doi:10.1137/20M1318043
---@param options? modsync.model.modified_mlp
---@return modsync.model
function models.modified_mlp(options) end

--- Options of ms.models.pirate_net.
---@class modsync.model.pirate_net : modsync.model.common
---@field depth? integer  blocks of three hidden layers (default 2, 1 or more)
---@field width? integer  units in a hidden layer (default 50, 1 or more)
---@field activation? string  a name in ms.activations (default tanh)
---@field bias? boolean  add a row of biases, zero at the start (default true)
--- trained slopes of the activations (default none)
---@field adaptive? "none"|"global"|"layer"|"neuron"
--- fixed factor n beside the slope, which starts at 1 / n: larger is faster (default 1, 1
--- or more)
---@field adaptive_scale? number
--- random weight factorisation: every unit has a trained scale exp(s) (default false)
---@field factorise? boolean
---@field factor_mean? number  mean of s at the start (default 1, -5 to 5)
--- standard deviation of s at the start (default 0.1, 0 or more)
---@field factor_deviation? number

--- Gated residual blocks that begin as the identity. Paper: arXiv:2402.00326
---@param options? modsync.model.pirate_net
---@return modsync.model
function models.pirate_net(options) end

--- Options of ms.models.residual_mlp.
---@class modsync.model.residual_mlp : modsync.model.common
---@field depth? integer  blocks of two hidden layers (default 2, 1 or more)
---@field width? integer  units in a hidden layer (default 50, 1 or more)
---@field activation? string  a name in ms.activations (default tanh)
---@field bias? boolean  add a row of biases, zero at the start (default true)
--- trained slopes of the activations (default none)
---@field adaptive? "none"|"global"|"layer"|"neuron"
--- fixed factor n beside the slope, which starts at 1 / n: larger is faster (default 1, 1
--- or more)
---@field adaptive_scale? number
--- random weight factorisation: every unit has a trained scale exp(s) (default false)
---@field factorise? boolean
---@field factor_mean? number  mean of s at the start (default 1, -5 to 5)
--- standard deviation of s at the start (default 0.1, 0 or more)
---@field factor_deviation? number

--- Blocks of two layers, each with a bridge around it. Paper:
--- doi:10.1007/s40304-018-0127-z
---@param options? modsync.model.residual_mlp
---@return modsync.model
function models.residual_mlp(options) end

--- Options of ms.models.separate.
---@class modsync.model.separate : modsync.model.common
---@field each? table  options of every network, with model = "NAME" (mlp)
---@field fields? table  options of the networks of single fields, by field

--- One network per field, of any architecture. Paper: none
---@param options? modsync.model.separate
---@return modsync.model
function models.separate(options) end

--- Options of ms.models.siren.
---@class modsync.model.siren : modsync.model.common
---@field width? integer  units in a hidden layer (default 50, 1 or more)
---@field depth? integer  hidden layers (default 3, 1 or more)
---@field widths? table  { 64, 32 }: one hidden layer each, in place of width and depth
---@field omega? number  frequency of the first layer (default 5, 0 or more)
---@field omega_hidden? number  frequency of the other layers (default 5, 0.001 or more)

--- Sines in place of activations, with weights to match. Paper: arXiv:2006.09661
---@param options? modsync.model.siren
---@return modsync.model
function models.siren(options) end

--- Options of ms.models.traced.
---@class modsync.model.traced : modsync.model.common
---@field params? table  the parameters, { name, rows, cols } each
---@field forward? function  function (x, p, s) -> outputs

--- A network written as a function of expressions. Paper: none
---@param options? modsync.model.traced
---@return modsync.model
function models.traced(options) end
