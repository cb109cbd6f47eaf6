--[[
With g_r the gradient of the residual terms together, n_i = mean over p of |g_ip|:

  plain     lambda_i = max_p |g_rp| / n_i
  weighted  lambda_i = max_p |g_rp| / (lambda_i n_i), as in the authors' program, which
            differentiates the boundary loss with its factor: the fixed point of the
            moving average is the square root of the plain one

The paper's text exchanges the two numbers of the average, the program keeps 0.9 of the
old factor.
]]
local function layer_mean(row, layout)
  local sum = 0
  for _, part in ipairs(layout) do
    local count = part.rows * part.cols
    sum = sum + row:narrow(1, part.offset + 1, count):norm(1) / count
  end
  return sum / #layout
end

--- The rows that are residuals; without names the first.
local function references(names, terms)
  local found = {}
  for k = 1, terms do found[k] = names and names[k]:match("^residual") ~= nil end
  for k = 1, terms do
    if found[k] then return found end
  end
  found[1] = true
  return found
end

return {
  name = "lra",
  summary = "learning-rate annealing: largest residual gradient over each mean gradient",
  paper = "arXiv:2001.04536",
  partial = true,
  options = {
    { name = "every", type = "integer", default = 10, min = 1,
      text = "steps between two updates" },
    { name = "momentum", type = "number", default = 0.9, min = 0, max = 1, below = true,
      text = "share of the old factor that an update keeps" },
    { name = "fixed_point", type = "choice", default = "plain",
      choices = { "plain", "weighted" },
      text = "gradients of the plain losses, or of the weighted ones as in the " ..
        "authors' program, whose fixed point is the square root" },
    { name = "mean", type = "choice", default = "parameters",
      choices = { "parameters", "layers" },
      text = "mean over all parameters, or over the means of weights and biases" },
  },
  weights = function(_, G, _, options, context)
    local terms, factors, reference = G:size(1), {}, nil
    local residual = references(context.names, terms)
    for k = 1, terms do
      if residual[k] then reference = reference and reference + G:row(k) or G:row(k) end
    end
    local largest = reference:norm(math.huge)
    local net = context.losses and context.losses.net
    local layout = options.mean == "layers" and net and net.layout
    for k = 1, terms do
      local row = G:row(k)
      local mean = layout and layer_mean(row, layout) or row:norm(1) / row:size(1)
      if options.fixed_point == "weighted" then mean = mean * context.factors:get(k) end
      factors[k] = residual[k] and 1 or largest / mean
    end
    return factors
  end,
}
