-- src/luabind/exclusivity.c

local index = '"ratio"|"entropy"|"coupling"|"max-share"'
local rest = ", sizes?: integer[], whole?: boolean, epsilon?: number)"
local blocks = " The n connections are blocks of these sizes, one after the other (one "
  .. "block); the importances of a task are divided by their sum over a block, or, with "
  .. "whole, over all; epsilon damps connections that matter to no task."

return {
  engine = true,
  functions = {
    { "importance_update",
      "(I: tensor, G: tensor, keep: number, gain: number, tasks?: integer[], "
        .. 'kind?: "square"|"taylor"|"taylor-square", theta?: tensor)',
      "I = keep I + gain importance, T x P, in one pass over K x P gradients. The "
        .. "gradients of a task are added; tasks are counted from 0 (one for each "
        .. "gradient). The taylor kinds need the parameters.",
      "ms.importance_update(ms.zeros(2, 4), G, 0.9, 0.1)" },
    { "exclusivity_index", "(I: tensor, index: " .. index .. rest .. ": tensor",
      "How much each connection serves one task only, from T x n importances." .. blocks,
      "ms.exclusivity_index(G, 'ratio')" },
    { "exclusivity_values",
      "(I: tensor, index: " .. index .. rest .. ": tensor values, tensor weights",
      "Sums over each block of the index times its weight, and of the weights; their "
        .. "quotient is the value of the block." .. blocks,
      "ms.exclusivity_values(G, 'entropy', { 2, 2 })" },
    { "exclusivity_shuffled",
      "(I: tensor, index: " .. index .. ", rng: rng, shuffles: integer" .. rest
        .. ": tensor",
      "The same sums with the importances of every task but the first shuffled inside of "
        .. "each block, shuffles x blocks.",
      "ms.exclusivity_shuffled(G, 'ratio', r, 3)" },
    { "exclusivity_level",
      "(I: tensor, index: " .. index .. ", rng: rng, draws: integer, quantile: number"
        .. rest .. ": tensor",
      "By block, the quantile of the index over connections put together by chance, each "
        .. "importance from a place of its own.",
      "ms.exclusivity_level(G, 'ratio', r, 100, 0.5)" },
    { "exclusivity_expected",
      "(index: " .. index .. ", tasks: integer, draws: number): number",
      "The value of an index where importances are means of so many squares of "
        .. "independent normal numbers; NaN where no formula is known (max-share of more "
        .. "than two tasks).",
      "ms.exclusivity_expected('ratio', 2, 16)" },
    { "exclusivity_simulated",
      "(index: " .. index .. ", tasks: integer, draws: integer, power: number, "
        .. "samples: integer, rng: rng): number, number error",
      "The same by simulation of so many connections, the importances being means of "
        .. "|g|^power, and its standard error.",
      "ms.exclusivity_simulated('max-share', 3, 1, 2, 100, r)" },
  },
}
