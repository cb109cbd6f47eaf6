return {
  name = "step",
  summary = "the rate is multiplied by a factor every so many steps",
  paper = "none",
  options = {
    { name = "from", type = "number", default = 1e-3, min = 0,
      text = "the rate of the first step (ms.train: that of the optimizer)" },
    { name = "factor", type = "number", default = 0.9, min = 0,
      text = "what the rate is multiplied by" },
    { name = "every", type = "integer", default = 1000, min = 1, text = "steps between" },
  },
  rate = function(step, options)
    return options.from * options.factor ^ ((step - 1) // options.every)
  end,
}
