---@meta _
-- Written by `modsync docs` from the records and the reference.

--- A symbol: an expression that stands for its values at all points. Operators and the
--- elementary functions make new symbols; no symbol has a value while it is traced, so it
--- cannot be compared (use max, min, abs, sign, step).
---@class modsync.symbol
---@operator add(number): modsync.symbol
---@operator add(modsync.tensor): modsync.symbol
---@operator add(modsync.symbol): modsync.symbol
---@operator sub(number): modsync.symbol
---@operator sub(modsync.tensor): modsync.symbol
---@operator sub(modsync.symbol): modsync.symbol
---@operator mul(number): modsync.symbol
---@operator mul(modsync.tensor): modsync.symbol
---@operator mul(modsync.symbol): modsync.symbol
---@operator div(number): modsync.symbol
---@operator div(modsync.tensor): modsync.symbol
---@operator div(modsync.symbol): modsync.symbol
---@operator pow(number): modsync.symbol
---@operator pow(modsync.tensor): modsync.symbol
---@operator pow(modsync.symbol): modsync.symbol
---@operator unm: modsync.symbol
local symbol = {}

--- The mixed derivative by these coordinates, up to order 6.
---@param ... string
---@return modsync.symbol
function symbol:d(...) end

--- The sum of the second derivatives by these coordinates, in d + 2 channels.
---@param ... string
---@return modsync.symbol
function symbol:laplacian(...) end

--- The matrix product.
---@param other modsync.symbol|modsync.tensor
---@return modsync.symbol
function symbol:matmul(other) end

--- The same, made of z, numbers and parameters element by element, as a function of z:
--- derivatives go through z by the chain rule, at half the cost for polynomials.
---@param z modsync.symbol
---@return modsync.symbol
function symbol:through(z) end

--- One column, or so many from 'first' on.
---@param first integer
---@param count? integer
---@return modsync.symbol
function symbol:column(first, count) end

--- The same as column.
---@param first integer
---@param count? integer
---@return modsync.symbol
function symbol:columns(first, count) end

--- Rows ('n' where there is one for every point) and columns.
---@return integer|string rows
---@return integer columns
function symbol:shape() end
