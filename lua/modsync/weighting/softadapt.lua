local core = require "modsync.core"
local softmax = require "modsync.softmax"

return {
  name = "softadapt",
  summary = "K softmax of the changes of the losses since the last step",
  paper = "arXiv:1912.12355",
  partial = true,
  options = {
    { name = "sharpness", type = "number", default = 1, min = -1e300,
      text = "factor of the changes; 0: uniform" },
  },
  weights = function(values, _, state, options)
    local last = state.last
    state.last = values:clone()
    if not last then return core.ones(values:size(1)) end
    return softmax((values - last) * options.sharpness)
  end,
}
