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
        { "uniform", "(t?: tensor): number|tensor",
          "A number in [0, 1); with a tensor, fills it and returns it.",
          "r:uniform(t)" },
        { "normal", "(t?: tensor): number|tensor",
          "A number of mean 0 and variance 1; with a tensor, fills it and returns it.",
          "r:normal()" },
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
