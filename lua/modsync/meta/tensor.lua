---@meta _
-- Written by `modsync docs` from the records and the reference.

--- A tensor: float64 numbers in any number of axes. Axes and positions count from 1, or
--- from the end with negative numbers; operators broadcast.
---
---   t[2]              position 2 of the first axis: a view, or a number on the last axis
---   t[{ 1, { 2, -1 } }]   position 1 of the first axis, 2 to the last of the second
---   t[{ {}, 1 }] = 0  {} is a whole axis; assignment copies numbers and tensors
---   a + b, a * 2, -a, a ^ 2, a == b, #t, tostring(t)
---@class modsync.tensor
---@operator add(number): modsync.tensor
---@operator add(modsync.tensor): modsync.tensor
---@operator sub(number): modsync.tensor
---@operator sub(modsync.tensor): modsync.tensor
---@operator mul(number): modsync.tensor
---@operator mul(modsync.tensor): modsync.tensor
---@operator div(number): modsync.tensor
---@operator div(modsync.tensor): modsync.tensor
---@operator pow(number): modsync.tensor
---@operator pow(modsync.tensor): modsync.tensor
---@operator unm: modsync.tensor
---@operator len: integer
local tensor = {}

--- The extents of all axes.
---@return integer[]
function tensor:shape() end

--- The number of axes.
---@return integer
function tensor:dim() end

--- The extent of an axis; without one, the number of elements.
---@param axis? integer
---@return integer
function tensor:size(axis) end

--- Whether no element is NaN or infinite.
---@return boolean
function tensor:is_finite() end

--- The elements as nested lists.
---@return number|table
function tensor:totable() end

--- The only element of a tensor that has one.
---@return number
function tensor:item() end

--- The element at a position on every axis.
---@param ... integer
---@return number
function tensor:get(...) end

--- Sets the element at a position on every axis to the last argument; returns t.
---@param ... number
---@return modsync.tensor
function tensor:set(...) end

--- Releases the memory now; the collector would do so later. No method works after.
function tensor:close() end

--- A contiguous copy.
---@return modsync.tensor
function tensor:clone() end

--- The elements in another shape, one size of which may be -1; a view where possible.
---@param ... integer|integer[]
---@return modsync.tensor
function tensor:reshape(...) end

--- A view of so many positions of an axis from 'first' on.
---@param axis integer
---@param first integer
---@param count integer
---@return modsync.tensor
function tensor:narrow(axis, first, count) end

--- A view of one position of an axis, without that axis.
---@param axis integer
---@param position integer
---@return modsync.tensor
function tensor:select(axis, position) end

--- A view of one position of the first axis.
---@param position integer
---@return modsync.tensor
function tensor:row(position) end

--- A view with two axes swapped; without arguments those of a matrix.
---@param a? integer
---@param b? integer
---@return modsync.tensor
function tensor:transpose(a, b) end

--- t + other, with broadcasting.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:add(other) end

--- t - other, with broadcasting.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:sub(other) end

--- t * other, element by element, with broadcasting.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:mul(other) end

--- t / other, with broadcasting.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:div(other) end

--- t ^ other, with broadcasting.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:pow(other) end

--- -t, in new memory.
---@return modsync.tensor
function tensor:neg() end

--- t = t + other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:add_(other) end

--- t = t - other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:sub_(other) end

--- t = t * other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:mul_(other) end

--- t = t / other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:div_(other) end

--- t = t ^ other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:pow_(other) end

--- t = t + a x in place, without a tensor in between; returns t.
---@param a number
---@param x number|modsync.tensor
---@return modsync.tensor
function tensor:axpy_(a, x) end

--- Takes the elements of another tensor, broadcast; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:copy_(other) end

--- Sets every element; returns t.
---@param value number
---@return modsync.tensor
function tensor:fill_(value) end

--- The sum of all elements, or along an axis, which disappears.
---@param axis? integer
---@return number|modsync.tensor
function tensor:sum(axis) end

--- The mean of all elements, or along an axis, which disappears.
---@param axis? integer
---@return number|modsync.tensor
function tensor:mean(axis) end

--- The smallest element, of all or along an axis; NaN where one is.
---@param axis? integer
---@return number|modsync.tensor
function tensor:min(axis) end

--- The largest element, of all or along an axis; NaN where one is.
---@param axis? integer
---@return number|modsync.tensor
function tensor:max(axis) end

--- The Euclidean norm of all elements.
---@return number
function tensor:norm() end

--- The sum of the products of elements, of tensors of one shape.
---@param other modsync.tensor
---@return number
function tensor:dot(other) end

--- The matrix product; a vector is a row on the left and a column on the right.
---@param other modsync.tensor
---@return number|modsync.tensor
function tensor:matmul(other) end
