--- K * softmax(x) of a K tensor, so that equal entries give ones. Not finite where an
--- entry is not.
local core = require "modsync.core"

return function(x)
  local e = core.exp(x - x:max())
  return e * (x:size(1) / e:sum())
end
