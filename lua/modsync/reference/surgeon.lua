-- src/luabind/surgeon.c

local arguments = "ms.eye(2), ms.ones(2, 3), ms.zeros(2, 3)"

return {
  engine = true,
  functions = {
    { "surgeon_costs", "(inverse: tensor, W: tensor, held: tensor): tensor",
      "The optimal brain surgeon: what each weight of W [n, cols] costs where the loss "
        .. "has the inverse Hessian [n, n] for every column, those of a column going one "
        .. "after another, the cheapest next. What held is not 0 for neither goes nor "
        .. "moves.",
      ("ms.surgeon_costs(%s)"):format(arguments) },
    { "surgeon_remove",
      "(inverse: tensor, W: tensor, held: tensor, gone: tensor): number",
      "Sets those of W to 0 where gone is not, the others of the column moved to make up "
        .. "for it; the sum of what it costs.",
      ("ms.surgeon_remove(%s, ms.eye(2):matmul(ms.ones(2, 3)))"):format(arguments) },
    { "fisher_inverse", "(G: tensor, damping: number): tensor",
      "The inverse of damping I + G'G / m for m samples, the rows of G.",
      "ms.fisher_inverse(G, 0.1)" },
  },
}
