--- The mean of a number over all pairs of T tasks.
---@param count integer                          T
---@param number fun(i: integer, j: integer): number
---@return number
return function(count, number)
  local sum = 0
  for i = 2, count do
    for j = 1, i - 1 do sum = sum + number(i, j) end
  end
  return sum / (count * (count - 1) / 2)
end
