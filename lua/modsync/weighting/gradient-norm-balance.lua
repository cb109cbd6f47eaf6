return {
  name = "gradient-norm-balance",
  summary = "all weighted gradients get the same norm, the mean of the norms",
  paper = "arXiv:2308.08468",
  options = {
    { name = "every", type = "integer", default = 1000, min = 1,
      text = "steps between two updates" },
    { name = "momentum", type = "number", default = 0.9, min = 0, max = 1, below = true,
      text = "share of the old factor that an update keeps" },
  },
  weights = function(_, G)
    local norms, sum, terms = {}, 0, G:size(1)
    for k = 1, terms do
      norms[k] = G:row(k):norm()
      sum = sum + norms[k]
    end
    for k = 1, terms do norms[k] = sum / terms / norms[k] end
    return norms
  end,
}
