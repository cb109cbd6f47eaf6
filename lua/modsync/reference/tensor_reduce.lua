-- src/luabind/tensor_reduce.c

local methods = {}

local function add(name, signature, text, example)
  methods[#methods + 1] = { name, signature, text, example }
end

-- Over all axes to a number; over one or a list of axes to a tensor.
local function over_axes(name, text, example)
  add(name, "(axes?: integer|integer[], keep?: boolean): number|tensor",
    text .. " of all elements, or over axes, which go or, with 'keep', get extent 1.",
    example)
end

over_axes("sum", "The sum", "t:sum(1)")
over_axes("mean", "The mean", "t:mean()")
over_axes("prod", "The product", "t:prod(1, true)")
over_axes("min", "The smallest (NaN where one is)", "t:min()")
over_axes("max", "The largest (NaN where one is)", "t:max { 1, 2 }")
over_axes("logsumexp", "The logarithm of the sum of the exponentials, without overflow,",
  "t:logsumexp(2)")
over_axes("median", "The median (NaN where one is)", "t:median(2)")
add("any", "(axes?: integer|integer[], keep?: boolean): boolean|number|tensor",
  "Whether some element is not 0 (NaN is not): true or false, or over axes 1 or 0.",
  "t:gt(2):any()")
add("all", "(axes?: integer|integer[], keep?: boolean): boolean|number|tensor",
  "Whether no element is 0 (NaN is not): true or false, or over axes 1 or 0.",
  "t:gt(2):all(1)")
local spread =
  "(axes?: integer|integer[], keep?: boolean, correction?: number): number|tensor"
add("var", spread,
  "The sum of squares of the deviations from the mean over n - correction (0).",
  "t:var(1)")
add("std", spread, "The square root of var.", "t:std(nil, false, 1)")
add("norm", "(p?: number, axes?: integer|integer[], keep?: boolean): number|tensor",
  "(sum |x|^p)^(1/p), p being 2 unless given; math.huge is the largest magnitude, and 0 "
    .. "counts what is not 0.", "t:norm(1, 2)")
add("quantile",
  "(level: number|number[], axes?: integer|integer[], keep?: boolean): number|tensor",
  "The quantile, linear between the elements in order; those of several levels lie along "
    .. "a new first axis.", "t:quantile({ 0.25, 0.75 }, 1)")
add("argmin", "(axis?: integer, keep?: boolean): integer|number|tensor ",
  "The positions of the smallest elements along an axis; without one the position of the "
    .. "smallest of all on each axis, as many numbers.", "t:argmin(1)")
add("argmax", "(axis?: integer, keep?: boolean): integer|number|tensor ",
  "The positions of the largest elements along an axis; without one as many numbers as "
    .. "t:get() wants.", "t:argmax(1)")
add("dot", "(other: tensor): number",
  "The sum of the products of elements, of tensors of one shape.", "t:dot(t)")

return methods
