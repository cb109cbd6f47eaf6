-- src/luabind/tensor*.c

local functions = {
  { "tensor", "(value: number|table|tensor): tensor",
    "A new tensor from a number, nested lists of numbers, or a copy of a tensor.",
    "ms.tensor { { 1, 2 }, { 3, 4 } }" },
  { "zeros", "(...: integer|integer[]): tensor",
    "Zeros; the shape as numbers or as one list.", "ms.zeros(2, 3)" },
  { "ones", "(...: integer|integer[]): tensor",
    "Ones; the shape as numbers or as one list.", "ms.ones { 2, 3 }" },
  { "full", "(shape: integer[], value: number): tensor",
    "A tensor with the same number everywhere.", "ms.full({ 2, 3 }, 0.5)" },
  { "arange", "(first: number, last: number, step?: number): tensor",
    "The numbers of the loop for i = first, last, step; both ends included.",
    "ms.arange(0, 1, 0.25)" },
  { "linspace", "(first: number, last: number, count: integer): tensor",
    "So many evenly spaced numbers, both ends included exactly.",
    "ms.linspace(-1, 1, 5)" },
}

local about = {
  { "shape", "(): integer[]", "The extents of all axes.", "t:shape()" },
  { "dim", "(): integer", "The number of axes.", "t:dim()" },
  { "size", "(axis?: integer): integer",
    "The extent of an axis; without one, the number of elements.", "t:size(1)" },
  { "is_finite", "(): boolean", "Whether no element is NaN or infinite.",
    "t:is_finite()" },
  { "totable", "(): number|table", "The elements as nested lists.", "t:totable()" },
  { "item", "(): number", "The only element of a tensor that has one.",
    "ms.tensor { 7 }:item()" },
  { "get", "(...: integer): number", "The element at a position on every axis.",
    "t:get(1, 2)" },
  { "set", "(...: number): tensor",
    "Sets the element at a position on every axis to the last argument; returns t.",
    "t:set(1, 2, 0.5)" },
  { "close", "()",
    "Releases the memory now; the collector would do so later. No method works after.",
    "ms.zeros(3):close()" },
}

local views = {
  { "clone", "(): tensor", "A contiguous copy.", "t:clone()" },
  { "reshape", "(...: integer|integer[]): tensor",
    "The elements in another shape, one size of which may be -1; a view where possible.",
    "t:reshape(-1)" },
  { "narrow", "(axis: integer, first: integer, count: integer): tensor",
    "A view of so many positions of an axis from 'first' on.", "t:narrow(2, 1, 2)" },
  { "select", "(axis: integer, position: integer): tensor",
    "A view of one position of an axis, without that axis.", "t:select(2, -1)" },
  { "row", "(position: integer): tensor", "A view of one position of the first axis.",
    "t:row(1)" },
  { "transpose", "(a?: integer, b?: integer): tensor",
    "A view with two axes swapped; without arguments those of a matrix.",
    "t:transpose()" },
}

local arithmetic = {
  { "add", "(other: number|tensor): tensor", "t + other, with broadcasting.",
    "t:add(1)" },
  { "sub", "(other: number|tensor): tensor", "t - other, with broadcasting.",
    "t:sub(t)" },
  { "mul", "(other: number|tensor): tensor",
    "t * other, element by element, with broadcasting.", "t:mul(2)" },
  { "div", "(other: number|tensor): tensor", "t / other, with broadcasting.",
    "t:div(2)" },
  { "pow", "(other: number|tensor): tensor", "t ^ other, with broadcasting.",
    "t:pow(2)" },
  { "neg", "(): tensor", "-t, in new memory.", "t:neg()" },
  { "add_", "(other: number|tensor): tensor", "t = t + other in place; returns t.",
    "t:add_(1)" },
  { "sub_", "(other: number|tensor): tensor", "t = t - other in place; returns t.",
    "t:sub_(1)" },
  { "mul_", "(other: number|tensor): tensor", "t = t * other in place; returns t.",
    "t:mul_(2)" },
  { "div_", "(other: number|tensor): tensor", "t = t / other in place; returns t.",
    "t:div_(2)" },
  { "pow_", "(other: number|tensor): tensor", "t = t ^ other in place; returns t.",
    "t:pow_(2)" },
  { "axpy_", "(a: number, x: number|tensor): tensor",
    "t = t + a x in place, without a tensor in between; returns t.", "t:axpy_(0.5, t)" },
  { "copy_", "(other: number|tensor): tensor",
    "Takes the elements of another tensor, broadcast; returns t.", "t:copy_(0)" },
  { "fill_", "(value: number): tensor", "Sets every element; returns t.", "t:fill_(1)" },
}

local reductions = {
  { "sum", "(axis?: integer): number|tensor",
    "The sum of all elements, or along an axis, which disappears.", "t:sum(1)" },
  { "mean", "(axis?: integer): number|tensor",
    "The mean of all elements, or along an axis, which disappears.", "t:mean()" },
  { "min", "(axis?: integer): number|tensor",
    "The smallest element, of all or along an axis; NaN where one is.", "t:min()" },
  { "max", "(axis?: integer): number|tensor",
    "The largest element, of all or along an axis; NaN where one is.", "t:max(2)" },
  { "norm", "(): number", "The Euclidean norm of all elements.", "t:norm()" },
  { "dot", "(other: tensor): number",
    "The sum of the products of elements, of tensors of one shape.", "t:dot(t)" },
  { "matmul", "(other: tensor): number|tensor",
    "The matrix product; a vector is a row on the left and a column on the right.",
    "t:matmul(t:transpose())" },
}

local methods = {}
for _, list in ipairs { about, views, arithmetic, reductions } do
  table.move(list, 1, #list, #methods + 1, methods)
end

return {
  functions = functions,
  types = {
    { name = "tensor", metatable = "modsync.tensor",
      text = [[
A tensor: float64 numbers in any number of axes. Axes and positions count from 1, or from
the end with negative numbers; operators broadcast.

  t[2]              position 2 of the first axis: a view, or a number on the last axis
  t[{ 1, { 2, -1 } }]   position 1 of the first axis, 2 to the last of the second
  t[{ {}, 1 }] = 0  {} is a whole axis; assignment copies numbers and tensors
  a + b, a * 2, -a, a ^ 2, a == b, #t, tostring(t)]],
      methods = methods,
      operators = {
        { "add", "(other: number|tensor): tensor", "t + 1" },
        { "sub", "(other: number|tensor): tensor", "1 - t" },
        { "mul", "(other: number|tensor): tensor", "t * t" },
        { "div", "(other: number|tensor): tensor", "t / 2" },
        { "pow", "(other: number|tensor): tensor", "t ^ 2" },
        { "unm", "(): tensor", "-t" },
        { "len", "(): integer", "#t" },
      } },
  },
}
