-- src/luabind/tensor_join.c

local functions = {
  { "stack", "(parts: tensor[], axis?: integer): tensor",
    "Tensors of one shape side by side along a new axis, by default the first.",
    "ms.stack { t, t }" },
  { "meshgrid", "(parts: tensor[]): tensor[]",
    "The coordinates of the grid that vectors make up: for each a view of the shape of "
      .. "the grid, which varies along its own axis and repeats along the others.",
    "ms.stack(ms.meshgrid { ms.linspace(0, 1, 3), ms.arange(1, 4) }, 3)" },
  { "eye", "(rows: integer, columns?: integer): tensor",
    "Ones on the diagonal of a matrix, zeros elsewhere.", "ms.eye(3)" },
}

local methods = {
  { "split", "(size: integer|integer[], axis?: integer): tensor[]",
    "The views of at most that size, or of those sizes, along the first or that axis.",
    "t:split(2, 2)" },
  { "tile", "(...: integer|integer[]): tensor",
    "The tensor so many times along each axis, the last number for the last axis.",
    "t:tile(2, 3)" },
  { "repeat_each", "(times: integer, axis?: integer): tensor",
    "Every position of an axis so many times in a row.", "t:row(1):repeat_each(2)" },
  { "roll", "(shift: integer, axis?: integer): tensor",
    "Moved along an axis; what falls off comes in at the other end.",
    "t:row(1):roll(1)" },
  { "outer", "(other: tensor): tensor",
    "A matrix: every element of t times every element of the other.", "t:outer(t)" },
  { "diag", "(offset?: integer): tensor",
    "Of a vector the matrix with that diagonal, of a matrix a copy of the diagonal.",
    "t:diag()" },
}

local function both(name, text)
  for _, suffix in ipairs { "", "_" } do
    methods[#methods + 1] = { name .. suffix, "(offset?: integer): tensor",
      text .. (suffix == "" and "." or ", in place; returns t."),
      ("t:%s%s(1)"):format(name, suffix) }
  end
end
both("tril", "Zeros above diagonal 'offset' (0) of the matrices over the last two axes")
both("triu", "Zeros below diagonal 'offset' (0) of the matrices over the last two axes")

return { functions = functions, methods = methods }
