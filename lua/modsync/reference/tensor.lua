-- src/luabind/tensor.c; the other files tensor_*.c have theirs beside this one.

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
  { "where",
    "(condition: number|tensor, a: number|tensor, b: number|tensor): number|tensor",
    "The elements of a where the condition is not 0 (NaN is not), else those of b; all "
      .. "broadcast.",
    "ms.where(t:gt(2), t, 0)" },
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
  { "fill_", "(value: number): tensor", "Sets every element; returns t.", "t:fill_(1)" },
}

local methods = {}

local function append(list, more)
  table.move(more, 1, #more, #list + 1, list)
end

local join = require "modsync.reference.tensor_join"
append(methods, about)
for _, part in ipairs { "view", "arithmetic", "functions", "pick", "reduce", "order",
  "sampled", "linalg" } do
  append(methods, require("modsync.reference.tensor_" .. part))
end
append(methods, join.methods)
append(functions, join.functions)

return {
  functions = functions,
  types = {
    { name = "tensor", metatable = "modsync.tensor",
      text = [[
A tensor: float64 numbers in any number of axes. Axes and positions count from 1, or from
the end with negative numbers; operators broadcast.

  t[2]              position 2 of the first axis: a view, or a number on the last axis
  t[{ 1, { 2, -1 } }]   position 1 of the first axis, 2 to the last of the second
  t[{ { 1, -1, 2 } }]   every other position; a negative step goes backwards
  t[{ {}, 1 }] = 0  {} is a whole axis; assignment copies numbers and tensors
  t[t:gt(0)]        a copy of the elements where a mask is not 0 (NaN in it is an
                    error); a mask of fewer axes picks rows; t[mask] = value sets them
  a + b, a * 2, -a, a ^ 2, a % 2, a // 2, mask & mask, mask | mask, ~mask
  a == b, #t, tostring(t)

A method whose name ends in _ works in the memory of t and returns t. What cannot be done
with the numbers there are (a singular matrix) gives nil, a message and a code. Linear
algebra works on the matrices in the last two axes, all those over the axes before; what
is a number of one matrix is then a tensor.]],
      methods = methods,
      operators = {
        { "add", "(other: number|tensor): tensor", "t + 1" },
        { "sub", "(other: number|tensor): tensor", "1 - t" },
        { "mul", "(other: number|tensor): tensor", "t * t" },
        { "div", "(other: number|tensor): tensor", "t / 2" },
        { "pow", "(other: number|tensor): tensor", "t ^ 2" },
        { "mod", "(other: number|tensor): tensor", "t % 2" },
        { "idiv", "(other: number|tensor): tensor", "7 // t" },
        { "band", "(other: number|tensor): tensor", "t & t" },
        { "bor", "(other: number|tensor): tensor", "t | 0" },
        { "bxor", "(other: number|tensor): tensor", "t ~ 1" },
        { "bnot", "(): tensor", "~t" },
        { "unm", "(): tensor", "-t" },
        { "len", "(): integer", "#t" },
      } },
  },
}
