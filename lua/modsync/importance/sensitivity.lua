--[[
I = (1/N) sum over the N points of a term of (d o_n / d theta)^2, o the expressions of the
term, which for a condition on a field is the field but for a constant: the diagonal of
J^T J / N, whose other side J J^T is the neural tangent kernel. It does not vanish with
the residuals, so it tells the structure of the network rather than the state of the
training. Terms of a task are added.
]]
return {
  name = "sensitivity",
  summary = "mean of the squared derivatives of the expressions, whatever their values",
  paper = "none",
  rows = function(curvature, term, points)
    return curvature:jacobian(term, points)
  end,
}
