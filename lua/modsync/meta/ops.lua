---@meta _
-- Written by `modsync docs` from the records and the reference.

--- The elementary functions, of numbers, tensors and symbols. In derivatives f is the
--- result.
---@class modsync.core
local core = {}

--- Sum x + y. d/dx = 1, d/dy = 1
---@overload fun(x: number, y: number): number
---@overload fun(x: modsync.tensor, y: number|modsync.tensor): modsync.tensor
---@overload fun(x: number, y: modsync.tensor): modsync.tensor
---@param x number|modsync.tensor|modsync.symbol
---@param y number|modsync.tensor|modsync.symbol
---@return modsync.symbol
function core.add(x, y) end

--- Difference x - y. d/dx = 1, d/dy = -1
---@overload fun(x: number, y: number): number
---@overload fun(x: modsync.tensor, y: number|modsync.tensor): modsync.tensor
---@overload fun(x: number, y: modsync.tensor): modsync.tensor
---@param x number|modsync.tensor|modsync.symbol
---@param y number|modsync.tensor|modsync.symbol
---@return modsync.symbol
function core.sub(x, y) end

--- Product x y. d/dx = y, d/dy = x
---@overload fun(x: number, y: number): number
---@overload fun(x: modsync.tensor, y: number|modsync.tensor): modsync.tensor
---@overload fun(x: number, y: modsync.tensor): modsync.tensor
---@param x number|modsync.tensor|modsync.symbol
---@param y number|modsync.tensor|modsync.symbol
---@return modsync.symbol
function core.mul(x, y) end

--- Quotient x / y. d/dx = 1/y, d/dy = -(f/y)
---@overload fun(x: number, y: number): number
---@overload fun(x: modsync.tensor, y: number|modsync.tensor): modsync.tensor
---@overload fun(x: number, y: modsync.tensor): modsync.tensor
---@param x number|modsync.tensor|modsync.symbol
---@param y number|modsync.tensor|modsync.symbol
---@return modsync.symbol
function core.div(x, y) end

--- Negation -x. d/dx = -1
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.neg(x) end

--- Power x^y; x must be positive unless y is a whole number. The brackets in its
--- derivatives count at x = 0 alone. d/dx = y*x^(y - 1 + (1 - abs(sign(y)))*(1 -
--- abs(sign(x)))), d/dy = f*log(x + (1 - abs(sign(x)))*(1 - abs(sign(f))))
---@overload fun(x: number, y: number): number
---@overload fun(x: modsync.tensor, y: number|modsync.tensor): modsync.tensor
---@overload fun(x: number, y: modsync.tensor): modsync.tensor
---@param x number|modsync.tensor|modsync.symbol
---@param y number|modsync.tensor|modsync.symbol
---@return modsync.symbol
function core.pow(x, y) end

--- The larger of x and y; at a tie each counts half in the derivative. d/dx = step(x -
--- y), d/dy = step(y - x)
---@overload fun(x: number, y: number): number
---@overload fun(x: modsync.tensor, y: number|modsync.tensor): modsync.tensor
---@overload fun(x: number, y: modsync.tensor): modsync.tensor
---@param x number|modsync.tensor|modsync.symbol
---@param y number|modsync.tensor|modsync.symbol
---@return modsync.symbol
function core.max(x, y) end

--- The smaller of x and y; at a tie each counts half in the derivative. d/dx = step(y -
--- x), d/dy = step(x - y)
---@overload fun(x: number, y: number): number
---@overload fun(x: modsync.tensor, y: number|modsync.tensor): modsync.tensor
---@overload fun(x: number, y: modsync.tensor): modsync.tensor
---@param x number|modsync.tensor|modsync.symbol
---@param y number|modsync.tensor|modsync.symbol
---@return modsync.symbol
function core.min(x, y) end

--- Absolute value; its derivative at 0 is taken as 0. d/dx = sign(x)
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.abs(x) end

--- Sign: -1, 0 or 1. d/dx = 0
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.sign(x) end

--- Heaviside step: 0 below zero, 1/2 at zero, 1 above. d/dx = 0
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.step(x) end

--- Square root. d/dx = 0.5/f
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.sqrt(x) end

--- Exponential. d/dx = f
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.exp(x) end

--- exp(x) - 1, exact for small x. d/dx = f + 1
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.expm1(x) end

--- Natural logarithm. d/dx = 1/x
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.log(x) end

--- log(1 + x), exact for small x. d/dx = 1/(1 + x)
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.log1p(x) end

--- Sine (radians). d/dx = cos(x)
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.sin(x) end

--- Cosine (radians). d/dx = -sin(x)
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.cos(x) end

--- Tangent (radians). d/dx = 1 + f*f
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.tan(x) end

--- Inverse sine. d/dx = 1/sqrt((1 - x)*(1 + x))
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.asin(x) end

--- Inverse cosine. d/dx = -1/sqrt((1 - x)*(1 + x))
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.acos(x) end

--- Inverse tangent. d/dx = 1/(1 + x*x)
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.atan(x) end

--- Angle of the point (y, x): atan2(x, y) with x the ordinate, as in C. d/dx = y/(x*x +
--- y*y), d/dy = -(x/(x*x + y*y))
---@overload fun(x: number, y: number): number
---@overload fun(x: modsync.tensor, y: number|modsync.tensor): modsync.tensor
---@overload fun(x: number, y: modsync.tensor): modsync.tensor
---@param x number|modsync.tensor|modsync.symbol
---@param y number|modsync.tensor|modsync.symbol
---@return modsync.symbol
function core.atan2(x, y) end

--- Hyperbolic sine. d/dx = cosh(x)
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.sinh(x) end

--- Hyperbolic cosine. d/dx = sinh(x)
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.cosh(x) end

--- Hyperbolic tangent. d/dx = 1 - f*f
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.tanh(x) end

--- Inverse hyperbolic sine. d/dx = 1/sqrt(1 + x*x)
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.asinh(x) end

--- Inverse hyperbolic cosine. d/dx = 1/sqrt((x - 1)*(x + 1))
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.acosh(x) end

--- Inverse hyperbolic tangent. d/dx = 1/((1 - x)*(1 + x))
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.atanh(x) end

--- Error function. d/dx = 1.1283791670955126*exp(-(x*x))
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.erf(x) end

--- Complementary error function. d/dx = -1.1283791670955126*exp(-(x*x))
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.erfc(x) end

--- Logistic function 1/(1 + exp(-x)). d/dx = f*(1 - f)
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.sigmoid(x) end

--- log(1 + exp(x)). d/dx = sigmoid(x)
---@overload fun(x: number): number
---@overload fun(x: modsync.tensor): modsync.tensor
---@param x modsync.symbol
---@return modsync.symbol
function core.softplus(x) end
