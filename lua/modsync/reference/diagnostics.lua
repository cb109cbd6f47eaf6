-- src/luabind/diagnostics.c

return {
  engine = true,
  functions = {
    { "gradient_gram", "(G: tensor): tensor",
      "The inner products of the rows of G, K x K.", "ms.gradient_gram(G)" },
    { "gradient_overlap", "(G: tensor): tensor gram, tensor magnitude",
      "Sums over p of g_ip g_jp and of |g_ip g_jp|, K x K each, in one pass.",
      "ms.gradient_overlap(G)" },
    { "gradient_blocks", "(G: tensor, block: tensor, count: integer): tensor",
      "A Gram matrix for each block of parameters, count x K x K; block holds the number "
        .. "of the block of every parameter, from 1; 0: in none.",
      "ms.gradient_blocks(G, ms.ones(G:size(2)), 1)" },
    { "nonnegative", "(A: tensor, b: tensor): tensor?, string? message, string? code",
      "The v >= 0 with the least v.Av / 2 + b.v, for A symmetric, positive semidefinite, "
        .. "b in its range; exact.",
      "ms.nonnegative(ms.tensor { { 1 } }, ms.tensor { -1 })" },
    { "eigen", "(A: tensor): tensor? values, tensor|string vectors, string? code",
      "Eigenvalues of a symmetric matrix, ascending, and its eigenvectors as rows.",
      "ms.eigen(ms.tensor { { 1 } })" },
  },
}
