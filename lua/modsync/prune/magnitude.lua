--[[
Keeps the largest weights. With normalise = layer they are compared as parts of their
layer, |theta_p| / ||W_l||.
]]
local core = require "modsync.core"

return {
  name = "magnitude",
  summary = "keeps the largest weights",
  paper = "arXiv:1506.02626, arXiv:1710.01878",
  options = {
    { name = "normalise", type = "choice", default = "none",
      choices = { "none", "layer" },
      text = "compare weights as they are, or as parts of the norm of their layer" },
  },
  defaults = { period = 100 },
  score = function(context)
    local size = core.abs(context.theta)
    for _, part in ipairs(context.options.normalise == "layer" and context.parts or {}) do
      local layer = size:narrow(1, part.offset + 1, part.rows * part.cols)
      local norm = layer:norm()
      if norm > 0 then layer:div_(norm) end
    end
    return size
  end,
}
