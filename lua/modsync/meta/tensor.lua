---@meta _
-- Written by `modsync docs` from the records and the reference.

--- A tensor: float64 numbers in any number of axes. Axes and positions count from 1, or
--- from the end with negative numbers; operators broadcast.
---
---   t[2]              position 2 of the first axis: a view, or a number on the last axis
---   t[{ 1, { 2, -1 } }]   position 1 of the first axis, 2 to the last of the second
---   t[{ { 1, -1, 2 } }]   every other position; a negative step goes backwards
---   t[{ {}, 1 }] = 0  {} is a whole axis; assignment copies numbers and tensors
---   t[t:gt(0)]        a copy of the elements where a mask is not 0 (NaN in it is an
---                     error); a mask of fewer axes picks rows; t[mask] = value sets them
---   a + b, a * 2, -a, a ^ 2, a % 2, a // 2, mask & mask, mask | mask, ~mask
---   a == b, #t, tostring(t)
---
--- A method whose name ends in _ works in the memory of t and returns t. What cannot be
--- done with the numbers there are (a singular matrix) gives nil, a message and a code.
--- Linear algebra works on the matrices in the last two axes, all those over the axes
--- before; what is a number of one matrix is then a tensor.
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
---@operator mod(number): modsync.tensor
---@operator mod(modsync.tensor): modsync.tensor
---@operator idiv(number): modsync.tensor
---@operator idiv(modsync.tensor): modsync.tensor
---@operator band(number): modsync.tensor
---@operator band(modsync.tensor): modsync.tensor
---@operator bor(number): modsync.tensor
---@operator bor(modsync.tensor): modsync.tensor
---@operator bxor(number): modsync.tensor
---@operator bxor(modsync.tensor): modsync.tensor
---@operator bnot: modsync.tensor
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

--- Sets every element; returns t.
---@param value number
---@return modsync.tensor
function tensor:fill_(value) end

--- A contiguous copy.
---@return modsync.tensor
function tensor:clone() end

--- The tensor itself if its elements lie in row-major order, else a copy.
---@return modsync.tensor
function tensor:contiguous() end

--- The elements in another shape, one size of which may be -1; a view where possible.
---@param ... integer|integer[]
---@return modsync.tensor
function tensor:reshape(...) end

--- The elements along one axis; a view where possible.
---@return modsync.tensor
function tensor:flatten() end

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

--- A view with the axes in that order; all of them are named.
---@param ... integer|integer[]
---@return modsync.tensor
function tensor:permute(...) end

--- A view with one more axis of extent 1, which becomes that axis.
---@param axis integer
---@return modsync.tensor
function tensor:unsqueeze(axis) end

--- A view without that axis, whose extent is 1; without all such axes.
---@param axis? integer
---@return modsync.tensor
function tensor:squeeze(axis) end

--- A view with axes of extent 1 repeated to that shape; it cannot be written to.
---@param ... integer|integer[]
---@return modsync.tensor
function tensor:expand(...) end

--- A view that runs backwards along these axes, or along all.
---@param axes? integer|integer[]
---@return modsync.tensor
function tensor:flip(axes) end

--- A view of the elements (i, i + offset) of a matrix.
---@param offset? integer
---@return modsync.tensor
function tensor:diagonal(offset) end

--- t + other, with broadcasting.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:add(other) end

--- t = t + other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:add_(other) end

--- t - other, with broadcasting.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:sub(other) end

--- t = t - other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:sub_(other) end

--- t * other, element by element, with broadcasting.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:mul(other) end

--- t = t * other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:mul_(other) end

--- t / other, with broadcasting.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:div(other) end

--- t = t / other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:div_(other) end

--- t ^ other, with broadcasting.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:pow(other) end

--- t = t ^ other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:pow_(other) end

--- t % other, with the sign of the divisor, as of numbers.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:mod(other) end

--- t = t % other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:mod_(other) end

--- t // other, rounded down.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:idiv(other) end

--- t = t // other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:idiv_(other) end

--- the larger of t and other; NaN where one is.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:maximum(other) end

--- t = the larger of t and other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:maximum_(other) end

--- the smaller of t and other; NaN where one is.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:minimum(other) end

--- t = the smaller of t and other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:minimum_(other) end

--- the angle of the point (other, t).
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:atan2(other) end

--- t = the angle of the point (other, t) in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:atan2_(other) end

--- t == other, 1 or 0, element by element.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:eq(other) end

--- t = t == other, 1 or 0 in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:eq_(other) end

--- t ~= other, 1 or 0, element by element.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:ne(other) end

--- t = t ~= other, 1 or 0 in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:ne_(other) end

--- t < other, 1 or 0, element by element.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:lt(other) end

--- t = t < other, 1 or 0 in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:lt_(other) end

--- t <= other, 1 or 0, element by element.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:le(other) end

--- t = t <= other, 1 or 0 in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:le_(other) end

--- t > other, 1 or 0, element by element.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:gt(other) end

--- t = t > other, 1 or 0 in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:gt_(other) end

--- t >= other, 1 or 0, element by element.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:ge(other) end

--- t = t >= other, 1 or 0 in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:ge_(other) end

--- t & other: 1 where neither is 0, else 0.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:logical_and(other) end

--- t = t & other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:logical_and_(other) end

--- t | other: 1 where one is not 0, else 0.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:logical_or(other) end

--- t = t | other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:logical_or_(other) end

--- t ~ other: 1 where one of the two is 0, else 0.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:logical_xor(other) end

--- t = t ~ other in place; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:logical_xor_(other) end

--- The elements, but at least 'low' and at most 'high'; NaN where one is. A plain number
--- as a limit is not NaN.
---@param low? number|modsync.tensor
---@param high? number|modsync.tensor
---@return modsync.tensor
function tensor:clamp(low, high) end

--- The same in place; returns t.
---@param low? number|modsync.tensor
---@param high? number|modsync.tensor
---@return modsync.tensor
function tensor:clamp_(low, high) end

--- Whether every |t - other| is at most absolute (1e-8) + relative (1e-5) |other|, with
--- broadcasting; infinities are close to themselves, NaN to NaN if 'nan_equal'.
--- Tolerances are finite.
---@param other number|modsync.tensor
---@param relative? number
---@param absolute? number
---@param nan_equal? boolean
---@return boolean
function tensor:allclose(other, relative, absolute, nan_equal) end

--- t = t + a x in place, without a tensor in between; returns t.
---@param a number
---@param x number|modsync.tensor
---@return modsync.tensor
function tensor:axpy_(a, x) end

--- Takes the elements of another tensor, broadcast; returns t.
---@param other number|modsync.tensor
---@return modsync.tensor
function tensor:copy_(other) end

--- Negation -x.
---@return modsync.tensor
function tensor:neg() end

--- t = t:neg() in place; returns t.
---@return modsync.tensor
function tensor:neg_() end

--- Absolute value; its derivative at 0 is taken as 0.
---@return modsync.tensor
function tensor:abs() end

--- t = t:abs() in place; returns t.
---@return modsync.tensor
function tensor:abs_() end

--- Sign: -1, 0 or 1.
---@return modsync.tensor
function tensor:sign() end

--- t = t:sign() in place; returns t.
---@return modsync.tensor
function tensor:sign_() end

--- Heaviside step: 0 below zero, 1/2 at zero, 1 above.
---@return modsync.tensor
function tensor:step() end

--- t = t:step() in place; returns t.
---@return modsync.tensor
function tensor:step_() end

--- Square root.
---@return modsync.tensor
function tensor:sqrt() end

--- t = t:sqrt() in place; returns t.
---@return modsync.tensor
function tensor:sqrt_() end

--- Exponential.
---@return modsync.tensor
function tensor:exp() end

--- t = t:exp() in place; returns t.
---@return modsync.tensor
function tensor:exp_() end

--- Exp(x) - 1, exact for small x.
---@return modsync.tensor
function tensor:expm1() end

--- t = t:expm1() in place; returns t.
---@return modsync.tensor
function tensor:expm1_() end

--- Natural logarithm.
---@return modsync.tensor
function tensor:log() end

--- t = t:log() in place; returns t.
---@return modsync.tensor
function tensor:log_() end

--- Log(1 + x), exact for small x.
---@return modsync.tensor
function tensor:log1p() end

--- t = t:log1p() in place; returns t.
---@return modsync.tensor
function tensor:log1p_() end

--- Sine (radians).
---@return modsync.tensor
function tensor:sin() end

--- t = t:sin() in place; returns t.
---@return modsync.tensor
function tensor:sin_() end

--- Cosine (radians).
---@return modsync.tensor
function tensor:cos() end

--- t = t:cos() in place; returns t.
---@return modsync.tensor
function tensor:cos_() end

--- Tangent (radians).
---@return modsync.tensor
function tensor:tan() end

--- t = t:tan() in place; returns t.
---@return modsync.tensor
function tensor:tan_() end

--- Inverse sine.
---@return modsync.tensor
function tensor:asin() end

--- t = t:asin() in place; returns t.
---@return modsync.tensor
function tensor:asin_() end

--- Inverse cosine.
---@return modsync.tensor
function tensor:acos() end

--- t = t:acos() in place; returns t.
---@return modsync.tensor
function tensor:acos_() end

--- Inverse tangent.
---@return modsync.tensor
function tensor:atan() end

--- t = t:atan() in place; returns t.
---@return modsync.tensor
function tensor:atan_() end

--- Hyperbolic sine.
---@return modsync.tensor
function tensor:sinh() end

--- t = t:sinh() in place; returns t.
---@return modsync.tensor
function tensor:sinh_() end

--- Hyperbolic cosine.
---@return modsync.tensor
function tensor:cosh() end

--- t = t:cosh() in place; returns t.
---@return modsync.tensor
function tensor:cosh_() end

--- Hyperbolic tangent.
---@return modsync.tensor
function tensor:tanh() end

--- t = t:tanh() in place; returns t.
---@return modsync.tensor
function tensor:tanh_() end

--- Inverse hyperbolic sine.
---@return modsync.tensor
function tensor:asinh() end

--- t = t:asinh() in place; returns t.
---@return modsync.tensor
function tensor:asinh_() end

--- Inverse hyperbolic cosine.
---@return modsync.tensor
function tensor:acosh() end

--- t = t:acosh() in place; returns t.
---@return modsync.tensor
function tensor:acosh_() end

--- Inverse hyperbolic tangent.
---@return modsync.tensor
function tensor:atanh() end

--- t = t:atanh() in place; returns t.
---@return modsync.tensor
function tensor:atanh_() end

--- Error function.
---@return modsync.tensor
function tensor:erf() end

--- t = t:erf() in place; returns t.
---@return modsync.tensor
function tensor:erf_() end

--- Complementary error function.
---@return modsync.tensor
function tensor:erfc() end

--- t = t:erfc() in place; returns t.
---@return modsync.tensor
function tensor:erfc_() end

--- Logistic function 1/(1 + exp(-x)).
---@return modsync.tensor
function tensor:sigmoid() end

--- t = t:sigmoid() in place; returns t.
---@return modsync.tensor
function tensor:sigmoid_() end

--- Log(1 + exp(x)).
---@return modsync.tensor
function tensor:softplus() end

--- t = t:softplus() in place; returns t.
---@return modsync.tensor
function tensor:softplus_() end

--- Rounded down to whole numbers.
---@return modsync.tensor
function tensor:floor() end

--- t = t:floor() in place; returns t.
---@return modsync.tensor
function tensor:floor_() end

--- Rounded up to whole numbers.
---@return modsync.tensor
function tensor:ceil() end

--- t = t:ceil() in place; returns t.
---@return modsync.tensor
function tensor:ceil_() end

--- Rounded to the nearest whole numbers, halves to even ones.
---@return modsync.tensor
function tensor:round() end

--- t = t:round() in place; returns t.
---@return modsync.tensor
function tensor:round_() end

--- Rounded to whole numbers towards 0.
---@return modsync.tensor
function tensor:trunc() end

--- t = t:trunc() in place; returns t.
---@return modsync.tensor
function tensor:trunc_() end

--- 1 where an element is NaN, else 0.
---@return modsync.tensor
function tensor:isnan() end

--- t = t:isnan() in place; returns t.
---@return modsync.tensor
function tensor:isnan_() end

--- 1 where an element is infinite, else 0.
---@return modsync.tensor
function tensor:isinf() end

--- t = t:isinf() in place; returns t.
---@return modsync.tensor
function tensor:isinf_() end

--- 1 where an element is neither NaN nor infinite, else 0; is_finite asks about all of
--- them.
---@return modsync.tensor
function tensor:isfinite() end

--- t = t:isfinite() in place; returns t.
---@return modsync.tensor
function tensor:isfinite_() end

--- ~t: 1 where an element is 0, else 0.
---@return modsync.tensor
function tensor:logical_not() end

--- t = t:logical_not() in place; returns t.
---@return modsync.tensor
function tensor:logical_not_() end

--- The elements of a where those of t are not 0 (NaN is not), else those of b; all
--- broadcast.
---@param a number|modsync.tensor
---@param b number|modsync.tensor
---@return modsync.tensor
function tensor:where(a, b) end

--- The positions of the elements that are not 0 (NaN is not), one a row.
---@return modsync.tensor
function tensor:nonzero() end

--- A copy of these positions of an axis, in that order.
---@param axis integer
---@param positions modsync.tensor|integer[]
---@return modsync.tensor
function tensor:take(axis, positions) end

--- Sets these positions of an axis; returns t.
---@param axis integer
---@param positions modsync.tensor|integer[]
---@param values number|modsync.tensor
---@return modsync.tensor
function tensor:put_(axis, positions, values) end

--- Adds to these positions of an axis, as often as each occurs; returns t.
---@param axis integer
---@param positions modsync.tensor|integer[]
---@param values number|modsync.tensor
---@return modsync.tensor
function tensor:put_add_(axis, positions, values) end

--- At every place the element whose position along the axis 'positions' has there.
---@param axis integer
---@param positions modsync.tensor
---@return modsync.tensor
function tensor:gather(axis, positions) end

--- The sum of all elements, or over axes, which go or, with 'keep', get extent 1.
---@param axes? integer|integer[]
---@param keep? boolean
---@return number|modsync.tensor
function tensor:sum(axes, keep) end

--- The mean of all elements, or over axes, which go or, with 'keep', get extent 1.
---@param axes? integer|integer[]
---@param keep? boolean
---@return number|modsync.tensor
function tensor:mean(axes, keep) end

--- The product of all elements, or over axes, which go or, with 'keep', get extent 1.
---@param axes? integer|integer[]
---@param keep? boolean
---@return number|modsync.tensor
function tensor:prod(axes, keep) end

--- The smallest (NaN where one is) of all elements, or over axes, which go or, with
--- 'keep', get extent 1.
---@param axes? integer|integer[]
---@param keep? boolean
---@return number|modsync.tensor
function tensor:min(axes, keep) end

--- The largest (NaN where one is) of all elements, or over axes, which go or, with
--- 'keep', get extent 1.
---@param axes? integer|integer[]
---@param keep? boolean
---@return number|modsync.tensor
function tensor:max(axes, keep) end

--- The logarithm of the sum of the exponentials, without overflow, of all elements, or
--- over axes, which go or, with 'keep', get extent 1.
---@param axes? integer|integer[]
---@param keep? boolean
---@return number|modsync.tensor
function tensor:logsumexp(axes, keep) end

--- The median (NaN where one is) of all elements, or over axes, which go or, with 'keep',
--- get extent 1.
---@param axes? integer|integer[]
---@param keep? boolean
---@return number|modsync.tensor
function tensor:median(axes, keep) end

--- Whether some element is not 0 (NaN is not): true or false, or over axes 1 or 0.
---@param axes? integer|integer[]
---@param keep? boolean
---@return boolean|number|modsync.tensor
function tensor:any(axes, keep) end

--- Whether no element is 0 (NaN is not): true or false, or over axes 1 or 0.
---@param axes? integer|integer[]
---@param keep? boolean
---@return boolean|number|modsync.tensor
function tensor:all(axes, keep) end

--- The sum of squares of the deviations from the mean over n - correction (0).
---@param axes? integer|integer[]
---@param keep? boolean
---@param correction? number
---@return number|modsync.tensor
function tensor:var(axes, keep, correction) end

--- The square root of var.
---@param axes? integer|integer[]
---@param keep? boolean
---@param correction? number
---@return number|modsync.tensor
function tensor:std(axes, keep, correction) end

--- (sum |x|^p)^(1/p), p being 2 unless given; math.huge is the largest magnitude, and 0
--- counts what is not 0.
---@param p? number
---@param axes? integer|integer[]
---@param keep? boolean
---@return number|modsync.tensor
function tensor:norm(p, axes, keep) end

--- The quantile, linear between the elements in order; those of several levels lie along
--- a new first axis.
---@param level number|number[]
---@param axes? integer|integer[]
---@param keep? boolean
---@return number|modsync.tensor
function tensor:quantile(level, axes, keep) end

--- The positions of the smallest elements along an axis; without one the position of the
--- smallest of all on each axis, as many numbers.
---@param axis? integer
---@param keep? boolean
---@return integer|number|modsync.tensor
function tensor:argmin(axis, keep) end

--- The positions of the largest elements along an axis; without one as many numbers as
--- t:get() wants.
---@param axis? integer
---@param keep? boolean
---@return integer|number|modsync.tensor
function tensor:argmax(axis, keep) end

--- The sum of the products of elements, of tensors of one shape.
---@param other modsync.tensor
---@return number
function tensor:dot(other) end

--- Running sums along an axis, which may be left out where it is the only one.
---@param axis? integer
---@return modsync.tensor
function tensor:cumsum(axis) end

--- Running sums along an axis, which may be left out where it is the only one, in place;
--- returns t.
---@param axis? integer
---@return modsync.tensor
function tensor:cumsum_(axis) end

--- Running products along an axis, which may be left out where it is the only one.
---@param axis? integer
---@return modsync.tensor
function tensor:cumprod(axis) end

--- Running products along an axis, which may be left out where it is the only one, in
--- place; returns t.
---@param axis? integer
---@return modsync.tensor
function tensor:cumprod_(axis) end

--- The largest so far along an axis, which may be left out where it is the only one.
---@param axis? integer
---@return modsync.tensor
function tensor:cummax(axis) end

--- The largest so far along an axis, which may be left out where it is the only one, in
--- place; returns t.
---@param axis? integer
---@return modsync.tensor
function tensor:cummax_(axis) end

--- The smallest so far along an axis, which may be left out where it is the only one.
---@param axis? integer
---@return modsync.tensor
function tensor:cummin(axis) end

--- The smallest so far along an axis, which may be left out where it is the only one, in
--- place; returns t.
---@param axis? integer
---@return modsync.tensor
function tensor:cummin_(axis) end

--- The elements in order along an axis, which may be left out where it is the only one;
--- NaN last.
---@param axis? integer
---@param descending? boolean
---@return modsync.tensor
function tensor:sort(axis, descending) end

--- The elements in order along an axis, which may be left out where it is the only one;
--- NaN last, in place; returns t.
---@param axis? integer
---@param descending? boolean
---@return modsync.tensor
function tensor:sort_(axis, descending) end

--- The positions that the elements in order had along an axis, which may be left out
--- where it is the only one.
---@param axis? integer
---@param descending? boolean
---@return modsync.tensor
function tensor:argsort(axis, descending) end

--- The k largest (or smallest) elements along an axis, which may be left out where it is
--- the only one, and their positions.
---@param k integer
---@param axis? integer
---@param smallest? boolean
---@return modsync.tensor values
---@return modsync.tensor positions
function tensor:topk(k, axis, smallest) end

--- The different elements in order, and how often each occurs.
---@return modsync.tensor values
---@return modsync.tensor counts
function tensor:unique() end

--- How many elements lie in each of so many equal parts of that range.
---@param bins integer
---@param low number
---@param high number
---@return modsync.tensor
function tensor:histogram(bins, low, high) end

--- The differences of neighbours along an axis, which may be left out where it is the
--- only one; 'order' (1) times.
---@param axis? integer
---@param order? integer
---@return modsync.tensor
function tensor:diff(axis, order) end

--- The integral along an axis, by the trapezoidal rule; the points are a vector, or a
--- number (1), their distance.
---@param points? number|modsync.tensor
---@param axis? integer
---@return number|modsync.tensor
function tensor:trapezoid(points, axis) end

--- The positions in t, a vector of ascending numbers, at which the values would keep it
--- in order: before those equal to them, or behind with 'after'.
---@param values number|modsync.tensor
---@param after? boolean
---@return integer|modsync.tensor
function tensor:searchsorted(values, after) end

--- At every element the function that is linear between the points (x, y), the x
--- ascending; outside of them the values at the ends, or 'below' and 'above'.
---@param x modsync.tensor
---@param y modsync.tensor
---@param below? number
---@param above? number
---@return modsync.tensor
function tensor:interp(x, y, below, above) end

--- The matrix product, over leading axes, which broadcast; a vector is a row on the left
--- and a column on the right.
---@param other modsync.tensor
---@return number|modsync.tensor
function tensor:matmul(other) end

--- The Kronecker product: every element of t times all of the other.
---@param other modsync.tensor
---@return modsync.tensor
function tensor:kron(other) end

--- The x of t x = b, where b is a vector or has several in its columns; nil, a message
--- and 'singular' if no digit of it would be right. Leading axes as of matmul.
---@param b modsync.tensor
---@return modsync.tensor?
---@return string? message
---@return string? code
function tensor:solve(b) end

--- The same for a symmetric positive definite matrix; only its lower half is read.
---@param b modsync.tensor
---@return modsync.tensor?
---@return string? message
---@return string? code
function tensor:solve_spd(b) end

--- The same for that half of the matrix, or the transpose of the half.
---@param b modsync.tensor
---@param half "lower"|"upper"
---@param transpose? boolean
---@return modsync.tensor?
---@return string? message
---@return string? code
function tensor:solve_triangular(b, half, transpose) end

--- The shortest x that minimises |t x - b|, the rank, and the singular values; those
--- below cutoff times the largest count as 0. A cutoff below the rounding error takes up
--- to five times as long.
---@param b modsync.tensor
---@param cutoff? number
---@return modsync.tensor? x
---@return integer|modsync.tensor|string rank
---@return modsync.tensor|string values
function tensor:lstsq(b, cutoff) end

--- The inverse.
---@return modsync.tensor?
---@return string? message
---@return string? code
function tensor:inverse() end

--- The Moore-Penrose inverse; singular values below cutoff times the largest are 0.
---@param cutoff? number
---@return modsync.tensor?
---@return string? message
---@return string? code
function tensor:pinv(cutoff) end

--- The lower L, the upper U and the row numbers p with t:take(1, p) = L U.
---@return modsync.tensor? L
---@return modsync.tensor|string U
---@return modsync.tensor|string p
function tensor:lu() end

--- The lower factor of t = L L'; nil, a message and 'singular' if t is not positive
--- definite. Only the lower half is read.
---@return modsync.tensor? L
---@return string? message
---@return string? code
function tensor:cholesky() end

--- Q with orthonormal columns and the upper R of t = Q R.
---@return modsync.tensor? Q
---@return modsync.tensor|string R
---@return string? code
function tensor:qr() end

--- The singular value decomposition t = U diag(s) V'.
---@return modsync.tensor? U
---@return modsync.tensor|string s
---@return modsync.tensor|string V
function tensor:svd() end

--- The singular values, the largest first.
---@return modsync.tensor?
---@return string? message
---@return string? code
function tensor:singular_values() end

--- The eigenvalues w (ascending) and vectors of a symmetric t = V diag(w) V'; only the
--- lower half is read.
---@return modsync.tensor? w
---@return modsync.tensor|string V
---@return string? code
function tensor:eigh() end

--- The eigenvalues of a symmetric matrix alone.
---@return modsync.tensor?
---@return string? message
---@return string? code
function tensor:eigvalsh() end

--- The eigenvalues of any square matrix, real and imaginary parts, and those of the
--- vectors, which are columns of length 1.
---@return modsync.tensor? re
---@return modsync.tensor|string im
---@return modsync.tensor|string re_vectors
---@return modsync.tensor? im_vectors
function tensor:eig() end

--- The real and imaginary parts of the eigenvalues alone.
---@return modsync.tensor? re
---@return modsync.tensor|string im
---@return string? code
function tensor:eigvals() end

--- The determinant.
---@return (number|modsync.tensor)?
---@return string? message
---@return string? code
function tensor:det() end

--- The sign of the determinant and the logarithm of its magnitude.
---@return (number|modsync.tensor)? sign
---@return number|modsync.tensor|string log
---@return string? code
function tensor:slogdet() end

--- The logarithm of the determinant; NaN if that is negative.
---@return (number|modsync.tensor)?
---@return string? message
---@return string? code
function tensor:logdet() end

--- The sum of the diagonal.
---@return number|modsync.tensor
function tensor:trace() end

--- How many singular values are above cutoff times the largest.
---@param cutoff? number
---@return (integer|modsync.tensor)?
---@return string? message
---@return string? code
function tensor:rank(cutoff) end

--- The condition number in the 2, 1 or infinity norm (math.huge).
---@param norm? number
---@return (number|modsync.tensor)?
---@return string? message
---@return string? code
function tensor:cond(norm) end

--- 'fro', the root of the sum of squares, unless told otherwise; 1: the largest column
--- sum; math.huge: row sum; 2: singular value; 'nuc': the sum of those.
---@param norm? number|"fro"|"nuc"
---@return (number|modsync.tensor)?
---@return string? message
---@return string? code
function tensor:matrix_norm(norm) end

--- The matrix exponential.
---@return modsync.tensor?
---@return string? message
---@return string? code
function tensor:expm() end

--- The views of at most that size, or of those sizes, along the first or that axis.
---@param size integer|integer[]
---@param axis? integer
---@return modsync.tensor[]
function tensor:split(size, axis) end

--- The tensor so many times along each axis, the last number for the last axis.
---@param ... integer|integer[]
---@return modsync.tensor
function tensor:tile(...) end

--- Every position of an axis so many times in a row.
---@param times integer
---@param axis? integer
---@return modsync.tensor
function tensor:repeat_each(times, axis) end

--- Moved along an axis; what falls off comes in at the other end.
---@param shift integer
---@param axis? integer
---@return modsync.tensor
function tensor:roll(shift, axis) end

--- A matrix: every element of t times every element of the other.
---@param other modsync.tensor
---@return modsync.tensor
function tensor:outer(other) end

--- Of a vector the matrix with that diagonal, of a matrix a copy of the diagonal.
---@param offset? integer
---@return modsync.tensor
function tensor:diag(offset) end

--- Zeros above diagonal 'offset' (0) of the matrices over the last two axes.
---@param offset? integer
---@return modsync.tensor
function tensor:tril(offset) end

--- Zeros above diagonal 'offset' (0) of the matrices over the last two axes, in place;
--- returns t.
---@param offset? integer
---@return modsync.tensor
function tensor:tril_(offset) end

--- Zeros below diagonal 'offset' (0) of the matrices over the last two axes.
---@param offset? integer
---@return modsync.tensor
function tensor:triu(offset) end

--- Zeros below diagonal 'offset' (0) of the matrices over the last two axes, in place;
--- returns t.
---@param offset? integer
---@return modsync.tensor
function tensor:triu_(offset) end
