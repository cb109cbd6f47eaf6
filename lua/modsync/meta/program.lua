---@meta _
-- Written by `modsync docs` from the records and the reference.

--- A program: compiled expressions, run over blocks of points by the thread team.
---
---   p:run(theta, points, values, G [, rows])  losses: value k goes to number rows[k] of
---                                             values, its gradient to that row of G (may
---                                             be nil); from number 'rows' on, in order
---   p:run(theta, points [, out])              outputs: a tensor n x m
---
--- With tangents, theta is the P parameters and then the P numbers of the direction.
---@class modsync.program
local program = {}

--- Computes losses into 'out' and G, or returns the outputs (see above).
---@param theta modsync.tensor
---@param points modsync.tensor
---@param out? modsync.tensor
---@param G? modsync.tensor
---@param rows? integer|integer[]
---@return modsync.tensor?
function program:run(theta, points, out, G, rows) end

--- The gradient of every loss at every point on its own: n x losses x P.
---@param theta modsync.tensor
---@param points modsync.tensor
---@param J? modsync.tensor
---@return modsync.tensor
function program:rows(theta, points, J) end

--- Runs the matrix products alone, for benchmarks.
---@param theta modsync.tensor
---@param points modsync.tensor
function program:products(theta, points) end

--- Sizes and counts.
---@return modsync.program_info
function program:info() end

--- Releases the memory now.
function program:close() end
