-- src/luabind/symbol.c; the ops of symbol_ops.c speak for themselves, in core.ops().

return {
  functions = {
    { "ops", "(): table[]",
      "What every elementary function says of itself: name, arity, derivatives.",
      "ms.ops()" },
    { "graph", "(): graph", "An empty graph of expressions.", "ms.graph()" },
    { "mean", "(x: symbol): symbol", "The mean over all points.", "ms.mean(s)" },
    { "sum_columns", "(x: symbol): symbol", "The sum of the columns, at every point.",
      "ms.sum_columns(s)" },
    { "transpose", "(x: symbol): symbol",
      "The transpose of parameters or constants, not of values per point.",
      "ms.transpose(W)" },
    { "concat", "(parts: (symbol|number|tensor)[], axis?: integer): symbol|tensor",
      "Symbols (numbers, rows of constants) side by side in columns; tensors alone one "
        .. "behind the other along the last axis, or another.", "ms.concat { s, 1 }" },
    { "is_symbol", "(value: any): boolean", "Whether a value is a symbol.",
      "ms.is_symbol(s)" },
  },
  tables = {
    { name = "factors",
      text = [[
A part of the parameters in a gradient that is not yet summed over the points: the
gradient is the sum of a' b over the points and the pairs { a, b }, or the sum of the
rows. A part with neither has a gradient of another form.]],
      fields = {
        { "offset", "integer", "where the part begins in the vector, from 0" },
        { "rows", "integer", "of the part" },
        { "cols", "integer", "of the part" },
        { "pairs?", "symbol[][]", "of n x rows and n x cols each" },
        { "row?", "symbol", "n x cols" },
      } },
  },
  types = {
    { name = "symbol", metatable = "modsync.symbol",
      text = [[
A symbol: an expression that stands for its values at all points. Operators and the
elementary functions make new symbols; no symbol has a value while it is traced, so it
cannot be compared (use max, min, abs, sign, step).]],
      methods = {
        { "d", "(...: string): symbol",
          "The mixed derivative by these coordinates, up to order 6.",
          "s:d('x', 'x')" },
        { "laplacian", "(...: string): symbol",
          "The sum of the second derivatives by these coordinates, in d + 2 channels.",
          "s:laplacian('x')" },
        { "matmul", "(other: symbol|tensor): symbol", "The matrix product.",
          "s:matmul(W)" },
        { "through", "(z: symbol): symbol",
          "The same, made of z, numbers and parameters element by element, as a function "
            .. "of z: derivatives go through z by the chain rule, at half the cost for "
            .. "polynomials.", "(s * s):through(s)" },
        { "column", "(first: integer, count?: integer): symbol",
          "One column, or so many from 'first' on.", "s:matmul(W):column(2)" },
        { "columns", "(first: integer, count?: integer): symbol", "The same as column.",
          "s:matmul(W):columns(1, 2)" },
        { "shape", "(): integer|string rows, integer columns",
          "Rows ('n' where there is one for every point) and columns.", "s:shape()" },
      },
      operators = {
        { "add", "(other: number|tensor|symbol): symbol", "s + 1" },
        { "sub", "(other: number|tensor|symbol): symbol", "1 - s" },
        { "mul", "(other: number|tensor|symbol): symbol", "s * s" },
        { "div", "(other: number|tensor|symbol): symbol", "s / 2" },
        { "pow", "(other: number|tensor|symbol): symbol", "s ^ 2" },
        { "unm", "(): symbol", "-s" },
      } },
    { name = "graph", metatable = "modsync.graph",
      text = [[
A graph: the expressions of one trace, each kept once. Its inputs are the columns of the
points, its parameters parts of one flat vector.]],
      methods = {
        { "input", "(name: string, column: integer): symbol",
          "A coordinate: a column of the points, with a name to derive by.",
          "g:input('y', 2)" },
        { "parameter", "(offset: integer, rows: integer, cols: integer): symbol",
          "A matrix of parameters, from 'offset' (counted from 0) of the vector on.",
          "g:parameter(0, 1, 2)" },
        { "constant", "(value: number|tensor): symbol",
          "A number, or a row or matrix of numbers.", "g:constant(3)" },
        { "program", "(plan: modsync.program_plan): program",
          "Compiles losses, with their gradients, or outputs.",
          "g:program { outputs = { s * s }, columns = 2 }" },
        { "factors", "(loss: symbol): modsync.factors[]",
          "The gradient of a loss before it is summed over the points, by parts.",
          "g:factors(ms.mean(s * s))" },
        { "nodes", "(): integer", "The number of nodes, for tests.", "g:nodes()" },
        { "close", "()", "Releases the memory now; its symbols are of no more use.",
          "ms.graph():close()" },
      } },
  },
}
