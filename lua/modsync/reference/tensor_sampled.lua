-- src/luabind/tensor_sampled.c

return {
  { "diff", "(axis?: integer, order?: integer): tensor",
    "The differences of neighbours along an axis, which may be left out where it is the "
      .. "only one; 'order' (1) times.",
    "t:row(1):diff()" },
  { "trapezoid", "(points?: number|tensor, axis?: integer): number|tensor",
    "The integral along an axis, by the trapezoidal rule; the points are a vector, or "
      .. "a number (1), their distance.",
    "t:row(1):trapezoid(0.5)" },
  { "searchsorted", "(values: number|tensor, after?: boolean): integer|tensor",
    "The positions in t, a vector of ascending numbers, at which the values would keep "
      .. "it in order: before those equal to them, or behind with 'after'.",
    "ms.arange(1, 4):searchsorted(t)" },
  { "interp", "(x: tensor, y: tensor, below?: number, above?: number): tensor",
    "At every element the function that is linear between the points (x, y), the x "
      .. "ascending; outside of them the values at the ends, or 'below' and 'above'.",
    "t:interp(ms.arange(1, 4), ms.ones(4))" },
}
