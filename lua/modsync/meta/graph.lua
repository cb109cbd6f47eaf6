---@meta _
-- Written by `modsync docs` from the records and the reference.

--- A graph: the expressions of one trace, each kept once. Its inputs are the columns of
--- the points, its parameters parts of one flat vector.
---@class modsync.graph
local graph = {}

--- A coordinate: a column of the points, with a name to derive by.
---@param name string
---@param column integer
---@return modsync.symbol
function graph:input(name, column) end

--- A matrix of parameters, from 'offset' (counted from 0) of the vector on.
---@param offset integer
---@param rows integer
---@param cols integer
---@return modsync.symbol
function graph:parameter(offset, rows, cols) end

--- A number, or a row or matrix of numbers.
---@param value number|modsync.tensor
---@return modsync.symbol
function graph:constant(value) end

--- Compiles losses, with their gradients, or outputs.
---@param plan modsync.program_plan
---@return modsync.program
function graph:program(plan) end

--- The gradient of a loss before it is summed over the points, by parts.
---@param loss modsync.symbol
---@return modsync.factors[]
function graph:factors(loss) end

--- The number of nodes, for tests.
---@return integer
function graph:nodes() end

--- Releases the memory now; its symbols are of no more use.
function graph:close() end
