-- src/luabind/method.c, method_calls.c, prune_calls.c, method_records.c

return {
  engine = true,
  functions = {
    { "method", "(family: string, name: string, options?: table): modsync.core_method",
      "A method written in C, by family (optimizer, conflict, prune) and name; ms.optim, "
        .. "ms.conflict and ms.prune wrap it.",
      "ms.method('optimizer', 'adam', { lr = 0.01 })" },
    { "records", "(): table[]",
      "What the methods written in C say of themselves: summary, paper, options, state.",
      "ms.records()" },
    { "promises", "(): table<string, string>",
      "The statements that conflict methods may promise, by name.", "ms.promises()" },
  },
  types = {
    { name = "core_method", metatable = "modsync.method",
      text = [[
A method written in C, as core.method makes it. It has the methods of its family: step and
lr of optimizers; blocks, measure, combine, needs, after, weights, gram and promises of
conflict methods; scope, observe, refresh, apply and scores of pruning methods.]],
      methods = {
        { "options", "(): table<string, any>", "All options by name.", "opt:options()" },
        { "state", "(): table<string, tensor>",
          "The state by name: tensors in use, not copies; empty before the first call.",
          "opt:state()" },
        { "restore", "(state: table<string, tensor>)",
          "Copies a state that state() gave.", "opt:restore(opt:state())" },
        { "reset", "()", "Back to the state of the start.", "opt:reset()" },
        { "groups", "(tasks?: integer[]): integer[]?",
          "The task of each loss term, counted from 0, after setting it when given; nil "
            .. "before it is known.",
          "cf:groups { 0, 1 }" },
        { "close", "()", "Releases the memory now.", "opt:close()" },
        { "lr", "(new?: number): number",
          "Optimizers: the learning rate, after setting it when 'new' is given.",
          "opt:lr(0.5)" },
        { "step", "(theta: tensor, d: tensor, mask?: tensor)",
          "Optimizers: one update of theta in place; a mask of 0 holds a parameter.",
          "opt:step(theta, theta)" },
        { "preconditioner", "(out?: tensor): tensor?",
          "Optimizers: what the last step multiplied the direction of each parameter "
            .. "with beside the learning rate; nil if that is the same for all.",
          "opt:preconditioner()" },
        { "blocks", "(parts: table[])",
          "Conflict methods: parts { offset, rows, cols, block, columns = false } that "
            .. "cover the parameters in order; each belongs to a block (from 0), or its "
            .. "columns to that block and the next ones. Blocks have their own weights.",
          "ms.method('conflict', 'mgda'):blocks { { 0, 1, 2, 0 } }" },
        { "combine",
          "(G: tensor, d?: tensor, values?: tensor, factors?: tensor, measured?: boolean)"
            .. ": tensor?, string? message, string? code",
          "Conflict methods: one direction from K x P gradients, in d or in a tensor "
            .. "that the next call overwrites; values are the K losses, factors what "
            .. "multiplies them and their gradients; measured says that measure(G) was "
            .. "the last call.",
          "cf:combine(G)" },
        { "measure", "(G: tensor): tensor?, string? message, string? code",
          "Conflict methods: the first half of combine, the inner products of the "
            .. "gradients.",
          "cf:measure(G)" },
        { "needs", "(terms: integer): integer[]?",
          "Conflict methods: which of so many terms the next call needs the gradients "
            .. "of; nil: all.",
          "cf:needs(3)" },
        { "after", "(values?: tensor): boolean?",
          "Conflict methods: learns from the K losses after the step, at the points of "
            .. "the last call; without them: whether it does.",
          "cf:after()" },
        { "weights", "(): tensor?",
          "Conflict methods: the K weights of the gradients in the last direction, the "
            .. "factors among them; B x K for B > 1 blocks.",
          "cf:weights()" },
        { "gram", "(): tensor?",
          "Conflict methods: the K x K inner products of the last gradients times their "
            .. "factors.",
          "cf:gram()" },
        { "promises", "(tasks?: integer, independent?: boolean): table<string, boolean>",
          "Conflict methods: what holds with these options for so many tasks (3), and "
            .. "for linearly independent gradients if that is said.",
          "cf:promises(2)" },
        { "scope",
          "(blocks: { offset: integer, rows: integer, cols: integer, bias?: integer }[])",
          "Pruning methods: the weight matrices to work on, as parts of theta, and where "
            .. "the biases of their columns are.",
          "pr:scope { { offset = 0, rows = 2, cols = 2 } }" },
        { "observe", "(G: tensor, theta?: tensor)",
          "Pruning methods: one sample of the K x P gradients, at theta.",
          "pr:observe(G, theta)" },
        { "refresh", "(): true?, string? message, string? code",
          "Pruning methods: the samples since the last refresh become scores.",
          "pr:refresh()" },
        { "apply",
          "(theta: tensor, lr: number, progress: number, before?: tensor, G?: tensor, "
            .. "scale?: tensor, rate?: tensor)"
            .. ": number? density, (number|string)? shrunk, string? code",
          "Pruning methods: changes theta after a step from 'before' by G and the "
            .. "preconditioner 'scale', where block b learned at lr times rate[b]; how "
            .. "much of the scope is not zero, and what |theta| lost.",
          "pr:apply(theta, 0.01, 0.5)" },
        { "event",
          "(theta: tensor, progress: number, given: table): integer? dropped, "
            .. "(integer|string)? grown, (integer|string)? active, integer? wanted",
          "Pruning methods that hold parameters at 0: chooses those anew, and sets them "
            .. "to 0. given: { keep, grow, G, free, power }; active: how many in scope "
            .. "that are not frozen are not held, wanted: how many should be.",
          "mk:event(theta, 1, { keep = theta })" },
        { "scores", "(): tensor?",
          "Pruning methods: the scores of the scope, in use; nil before any.",
          "pr:scores()" },
      },
      operators = {
        { "call", "(G: tensor, d?: tensor): tensor?", "cf(G)" },
      } },
  },
}
