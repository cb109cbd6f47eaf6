---@meta _
-- Written by `modsync docs` from the records and the reference.

--- A named random stream. The same seed and name draw the same numbers.
---@class modsync.rng
local rng = {}

--- A number from 'low' (0) to below 'high' (1); with a tensor, fills it and returns it.
---@param t? modsync.tensor
---@param low? number
---@param high? number
---@return number|modsync.tensor
function rng:uniform(t, low, high) end

--- A normally distributed number, of mean 0 and deviation 1 unless given; with a tensor,
--- fills it and returns it.
---@param t? modsync.tensor
---@param mean? number
---@param deviation? number
---@return number|modsync.tensor
function rng:normal(t, mean, deviation) end

--- 1 with probability p, else 0; with a tensor t, fills it and returns it: p is then a
--- number or a tensor that broadcasts to t.
---@param p number|modsync.tensor
---@param t? modsync.tensor
---@return integer|modsync.tensor
function rng:bernoulli(p, t) end

--- A whole number from 0 to n - 1.
---@param n integer
---@return integer
function rng:below(n) end

--- The numbers 1 to n, shuffled.
---@param n integer
---@return modsync.tensor
function rng:permutation(n) end

--- Where the stream stands, for restore().
---@return integer[]
function rng:state() end

--- Goes on from where state() was called; returns the stream.
---@param state integer[]
---@return modsync.rng
function rng:restore(state) end
