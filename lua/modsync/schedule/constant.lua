return {
  name = "constant",
  summary = "the same learning rate in every step",
  paper = "none",
  options = {
    { name = "from", type = "number", default = 1e-3, min = 0,
      text = "the rate (ms.train: that of the optimizer)" },
  },
  rate = function(_, options) return options.from end,
}
