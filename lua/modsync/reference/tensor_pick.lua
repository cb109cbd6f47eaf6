-- src/luabind/tensor_pick.c

return {
  { "where", "(a: number|tensor, b: number|tensor): tensor",
    "The elements of a where those of t are not 0 (NaN is not), else those of b; all "
      .. "broadcast.",
    "t:gt(2):where(t, 0)" },
  { "nonzero", "(): tensor",
    "The positions of the elements that are not 0 (NaN is not), one a row.",
    "t:gt(2):nonzero()" },
  { "take", "(axis: integer, positions: tensor|integer[]): tensor",
    "A copy of these positions of an axis, in that order.", "t:take(2, { 3, 1 })" },
  { "put_", "(axis: integer, positions: tensor|integer[], values: number|tensor): tensor",
    "Sets these positions of an axis; returns t.", "t:put_(2, { 3, 1 }, 0)" },
  { "put_add_",
    "(axis: integer, positions: tensor|integer[], values: number|tensor): tensor",
    "Adds to these positions of an axis, as often as each occurs; returns t.",
    "t:put_add_(2, { 3, 3 }, 1)" },
  { "gather", "(axis: integer, positions: tensor): tensor",
    "At every place the element whose position along the axis 'positions' has there.",
    "t:gather(2, t:argsort(2))" },
}
