-- src/luabind/program.c

return {
  functions = {
    { "threads", "(n?: integer): integer",
      "The number of threads that programs run on, after setting it when n is given.",
      "ms.threads()" },
  },
  tables = {
    { name = "program_plan",
      text = "What graph:program compiles: either losses or outputs.",
      fields = {
        { "losses?", "symbol[]", "one number each; run() gives values and gradients" },
        { "outputs?", "symbol[]", "values per point; run() gives them side by side" },
        { "parameters?", "integer", "length of the parameter vector (0)" },
        { "columns?", "integer", "columns of the points (1)" },
        { "gradients?", "boolean", "of the losses by the parameters (true)" },
        { "tangents?", "boolean", "all along a direction, in place of itself (false)" },
        { "block?", "integer", "points computed at a time (0: what fits the cache)" },
      } },
    { name = "program_info", text = "What program:info says, a few numbers of its code.",
      fields = {
        { "block", "integer", "points computed at a time" },
        { "bytes_per_point", "integer", "working memory of a point of a block" },
        { "passes", "integer", "loops over the points" },
        { "products", "integer", "matrix products" },
        { "strips", "integer", "fused runs of element-wise operations" },
        { "strip_ops", "integer", "operations in them" },
        { "steps", "integer", "steps of the program" },
      } },
  },
  types = {
    { name = "program", metatable = "modsync.program",
      text = [[
A program: compiled expressions, run over blocks of points by the thread team.

  p:run(theta, points, values, G [, rows])  losses: value k goes to number rows[k] of
                                            values, its gradient to that row of G (may
                                            be nil); from number 'rows' on, in order
  p:run(theta, points [, out])              outputs: a tensor n x m

With tangents, theta is the P parameters and then the P numbers of the direction.]],
      methods = {
        { "run",
          "(theta: tensor, points: tensor, out?: tensor, G?: tensor, "
            .. "rows?: integer|integer[]): tensor?",
          "Computes losses into 'out' and G, or returns the outputs (see above).",
          "p:run(two, points)" },
        { "rows", "(theta: tensor, points: tensor, J?: tensor): tensor",
          "The gradient of every loss at every point on its own: n x losses x P.",
          "q:rows(two, points)" },
        { "products", "(theta: tensor, points: tensor)",
          "Runs the matrix products alone, for benchmarks.",
          "p:products(two, points)" },
        { "info", "(): modsync.program_info", "Sizes and counts.", "p:info()" },
        { "close", "()", "Releases the memory now.", "p:close()" },
      } },
  },
}
