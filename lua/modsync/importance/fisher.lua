--[[
I = (1/N) sum over the N points of a term of (d l_n / d theta)^2, l_n the loss of point n
alone: the diagonal of the empirical Fisher information, exact. It costs the gradient of
every point; those of a task of several terms are added.
]]
return {
  name = "fisher",
  summary = "mean of the squared gradients of single points",
  paper = "arXiv:1801.05787",
  power = 2,
  rows = function(curvature, term, points)
    return curvature:sample_gradients(term, points)
  end,
}
