-- src/luabind/points.c

return {
  functions = {
    { "sample",
      "(sampler: modsync.sampler, rng: rng, n: integer, d: integer, skip?: integer)"
        .. ": tensor",
      "n points of the unit cube [0, 1)^d; 'skip' leaves out first points of a sequence.",
      "ms.sample('sobol', r, 8, 2)" },
    { "sample_box",
      "(sampler: modsync.sampler, rng: rng, points: tensor, low: number[], "
        .. "high: number[], skip?: integer): tensor",
      "Fills n x d points of the box low <= x <= high and returns them; a coordinate "
        .. "with equal limits is held.",
      "ms.sample_box('lhs', r, points, { -1, 0 }, { 1, 0 })" },
    { "samplers", "(): table[]", "Name, summary and paper of every sampler.",
      "ms.samplers()" },
  },
}
