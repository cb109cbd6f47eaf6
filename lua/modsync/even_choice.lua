--- At most 'most' of the rows of a matrix, spread evenly; all of them as they are where
--- there are no more.
local core = require "modsync.core"

---@param rows modsync.tensor  [n, d]
---@param most integer
---@return modsync.tensor
return function(rows, most)
  local n = rows:size(1)
  if n <= most then return rows end
  local some = core.zeros(most, rows:size(2))
  for i = 1, most do some:row(i):copy_(rows:row((i - 1) * n // most + 1)) end
  return some
end
