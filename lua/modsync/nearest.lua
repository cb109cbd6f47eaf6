--[[
Which known words a mistyped word may have meant.
]]

--- Edits (insert, delete, replace, swap of neighbours) between two words.
local function distance(a, b)
  local before, row = nil, {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local next_row = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      local replaced = row[j - 1] + (same and 0 or 1)
      local best = math.min(row[j] + 1, next_row[j - 1] + 1, replaced)
      local swapped = i > 1 and j > 1 and a:byte(i) == b:byte(j - 1)
        and a:byte(i - 1) == b:byte(j)
      if swapped then best = math.min(best, before[j - 2] + 1) end
      next_row[j] = best
    end
    before, row = row, next_row
  end
  return row[#b]
end

--- The known words within a third of the word's length of it, or that it begins, best
--- first.
---@param word string
---@param known string[]
---@return string[]
return function(word, known)
  local found = {}
  for _, candidate in ipairs(known) do
    local edits = distance(word, candidate)
    local begins = #word >= 2 and candidate:sub(1, #word) == word
    if begins or edits <= math.max(1, #word // 3) then
      found[#found + 1] = { candidate, begins and 0 or edits }
    end
  end
  table.sort(found, function(p, q)
    if p[2] ~= q[2] then return p[2] < q[2] end
    return p[1] < q[1]
  end)
  local words = {}
  for i = 1, math.min(3, #found) do words[i] = found[i][1] end
  return words
end
