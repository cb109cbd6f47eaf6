---@meta _
-- Written by `modsync docs` from the records and the reference.

--- A method written in C, as core.method makes it. It has the methods of its family: step
--- and lr of optimizers; blocks, measure, combine, needs, after, weights, gram and
--- promises of conflict methods; scope, observe, refresh, apply and scores of pruning
--- methods.
---@class modsync.core_method
---@overload fun(G: modsync.tensor, d?: modsync.tensor): modsync.tensor?
local core_method = {}

--- All options by name.
---@return table<string, any>
function core_method:options() end

--- The state by name: tensors in use, not copies; empty before the first call.
---@return table<string, modsync.tensor>
function core_method:state() end

--- Copies a state that state() gave.
---@param state table<string, modsync.tensor>
function core_method:restore(state) end

--- Back to the state of the start.
function core_method:reset() end

--- The task of each loss term, counted from 0, after setting it when given; nil before it
--- is known.
---@param tasks? integer[]
---@return integer[]?
function core_method:groups(tasks) end

--- Releases the memory now.
function core_method:close() end

--- Optimizers: the learning rate, after setting it when 'new' is given.
---@param new? number
---@return number
function core_method:lr(new) end

--- Optimizers: one update of theta in place; a mask of 0 holds a parameter.
---@param theta modsync.tensor
---@param d modsync.tensor
---@param mask? modsync.tensor
function core_method:step(theta, d, mask) end

--- Optimizers: what the last step multiplied the direction of each parameter with beside
--- the learning rate; nil if that is the same for all.
---@param out? modsync.tensor
---@return modsync.tensor?
function core_method:preconditioner(out) end

--- Conflict methods: parts { offset, rows, cols, block, columns = false } that cover the
--- parameters in order; each belongs to a block (from 0), or its columns to that block
--- and the next ones. Blocks have their own weights.
---@param parts table[]
function core_method:blocks(parts) end

--- Conflict methods: one direction from K x P gradients, in d or in a tensor that the
--- next call overwrites; values are the K losses, factors what multiplies them and their
--- gradients; measured says that measure(G) was the last call.
---@param G modsync.tensor
---@param d? modsync.tensor
---@param values? modsync.tensor
---@param factors? modsync.tensor
---@param measured? boolean
---@return modsync.tensor?
---@return string? message
---@return string? code
function core_method:combine(G, d, values, factors, measured) end

--- Conflict methods: the first half of combine, the inner products of the gradients.
---@param G modsync.tensor
---@return modsync.tensor?
---@return string? message
---@return string? code
function core_method:measure(G) end

--- Conflict methods: which of so many terms the next call needs the gradients of; nil:
--- all.
---@param terms integer
---@return integer[]?
function core_method:needs(terms) end

--- Conflict methods: learns from the K losses after the step, at the points of the last
--- call; without them: whether it does.
---@param values? modsync.tensor
---@return boolean?
function core_method:after(values) end

--- Conflict methods: the K weights of the gradients in the last direction, the factors
--- among them; B x K for B > 1 blocks.
---@return modsync.tensor?
function core_method:weights() end

--- Conflict methods: the K x K inner products of the last gradients times their factors.
---@return modsync.tensor?
function core_method:gram() end

--- Conflict methods: what holds with these options for so many tasks (3), and for
--- linearly independent gradients if that is said.
---@param tasks? integer
---@param independent? boolean
---@return table<string, boolean>
function core_method:promises(tasks, independent) end

--- Pruning methods: the weight matrices to work on, as parts of theta, and where the
--- biases of their columns are.
---@param blocks { offset: integer, rows: integer, cols: integer, bias?: integer }[]
function core_method:scope(blocks) end

--- Pruning methods: one sample of the K x P gradients, at theta.
---@param G modsync.tensor
---@param theta? modsync.tensor
function core_method:observe(G, theta) end

--- Pruning methods: the samples since the last refresh become scores.
---@return true?
---@return string? message
---@return string? code
function core_method:refresh() end

--- Pruning methods: changes theta after a step from 'before' by G and the preconditioner
--- 'scale', where block b learned at lr times rate[b]; how much of the scope is not zero,
--- and what |theta| lost.
---@param theta modsync.tensor
---@param lr number
---@param progress number
---@param before? modsync.tensor
---@param G? modsync.tensor
---@param scale? modsync.tensor
---@param rate? modsync.tensor
---@return number? density
---@return (number|string)? shrunk
---@return string? code
function core_method:apply(theta, lr, progress, before, G, scale, rate) end

--- Pruning methods that hold parameters at 0: chooses those anew, and sets them to 0.
--- given: { keep, grow, G, free, power }; active: how many in scope that are not frozen
--- are not held, wanted: how many should be.
---@param theta modsync.tensor
---@param progress number
---@param given table
---@return integer? dropped
---@return (integer|string)? grown
---@return (integer|string)? active
---@return integer? wanted
function core_method:event(theta, progress, given) end

--- Pruning methods: the scores of the scope, in use; nil before any.
---@return modsync.tensor?
function core_method:scores() end
