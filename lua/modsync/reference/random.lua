-- src/luabind/random.c

return {
  functions = {
    { "rng", "(seed: integer, name: string): rng",
      "A random stream; streams of other seeds or names are independent of it.",
      "ms.rng(7, 'weights')" },
  },
  types = {
    { name = "rng", metatable = "modsync.rng",
      text = "A named random stream. The same seed and name draw the same numbers.",
      methods = {
        { "uniform", "(t?: tensor, low?: number, high?: number): number|tensor",
          "A number from 'low' (0) to below 'high' (1); with a tensor, fills it and "
            .. "returns it.", "r:uniform(t)" },
        { "normal", "(t?: tensor, mean?: number, deviation?: number): number|tensor",
          "A normally distributed number, of mean 0 and deviation 1 unless given; with a "
            .. "tensor, fills it and returns it.", "r:normal()" },
        { "bernoulli", "(p: number|tensor, t?: tensor): integer|tensor",
          "1 with probability p, else 0; with a tensor t, fills it and returns it: p is "
            .. "then a number or a tensor that broadcasts to t.",
          "r:bernoulli(0.5, t)" },
        { "below", "(n: integer): integer", "A whole number from 0 to n - 1.",
          "r:below(6)" },
        { "permutation", "(n: integer): tensor", "The numbers 1 to n, shuffled.",
          "r:permutation(5)" },
        { "state", "(): integer[]", "Where the stream stands, for restore().",
          "r:state()" },
        { "restore", "(state: integer[]): rng",
          "Goes on from where state() was called; returns the stream.",
          "r:restore(r:state())" },
      } },
  },
}
