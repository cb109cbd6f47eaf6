--[[
Pairs of runs of one seed: what their figures differ by, and whether that is something.
Errors are compared by the logarithm of their ratio. Something is a mean whose distance
from 0 is more than two standard errors, and with few pairs as many as Student's t has for
5 % on both sides (4.3 for three pairs, 2.3 for ten); for an error, more than a tenth
besides. Nothing corrects for how many comparisons are made.
]]
local ms = require "modsync"

local M = {}

--- A tenth more or less is no difference between errors.
M.LEAST = math.log(1.1)

--- Fewer pairs decide nothing.
M.FEWEST = 3

--- Differences of errors above this must be ruled out, or nothing is refuted.
local FACTOR = math.log(2)

--- Student's t beyond which lie 5 %, by degrees of freedom.
local STUDENT = { 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18,
  2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06,
  2.05, 2.05, 2.05, 2.04 }

--- A run that broke: nothing but an infinite error.
local BROKEN = { rel_l2 = math.huge, broken = true }

--- The results of the cells that hold what is wanted, by seed.
function M.pick(records, wanted)
  local by_seed = {}
  for _, record in ipairs(records) do
    local fits = true
    for key, value in pairs(wanted) do fits = fits and record.cell[key] == value end
    if fits then by_seed[record.cell.seed] = record.result or BROKEN end
  end
  return by_seed
end

--- The different values of a field of the cells that hold what is wanted, in ascending
--- order.
function M.values(records, name, wanted)
  local seen, list = {}, {}
  for _, record in ipairs(records) do
    local value, fits = record.cell[name], true
    for key, each in pairs(wanted or {}) do fits = fits and record.cell[key] == each end
    if fits and value ~= nil and not seen[value] then
      seen[value] = true
      list[#list + 1] = value
    end
  end
  table.sort(list)
  return list
end

--- Mean of difference(a, b) over the seeds that both have and where it is a number, its
--- standard error, the number of pairs; how many more pairs have an infinite one, of runs
--- that broke.
function M.pairs(a, b, difference)
  local values, broken = {}, 0
  for seed, result in pairs(a) do
    local value = b[seed] and difference(result, b[seed])
    if value and math.abs(value) == math.huge then
      broken = broken + 1
    elseif value and value == value then
      values[#values + 1] = value
    end
  end
  table.sort(values) -- the sum does not depend on the order of a table
  if #values < 2 then
    return { mean = values[1] or 0 / 0, error = 0 / 0, n = #values, broken = broken }
  end
  return { mean = ms.statistics.mean(values), n = #values, broken = broken,
    error = ms.statistics.standard_error(values) }
end

--- Infinite also where both runs broke, so that it counts as broken.
function M.log_ratio(a, b)
  if a.broken or b.broken then return math.huge end
  return math.log(a.rel_l2 / b.rel_l2)
end

--- How far from the mean the truth may be.
function M.margin(pair)
  return (STUDENT[pair.n - 1] or 2.04) * pair.error
end

--- 1 or -1 where the mean is farther than that from 0, else 0; nil where there are too
--- few pairs, or runs broke.
function M.sign(pair)
  if pair.n < M.FEWEST or pair.broken > 0 then return nil end
  if math.abs(pair.mean) <= M.margin(pair) then return 0 end
  return pair.mean > 0 and 1 or -1
end

--- The same for logarithms of ratios: a tenth more or less is no difference.
function M.change(pair)
  local found = M.sign(pair)
  return found and math.abs(pair.mean) > M.LEAST and found or found and 0
end

--- Not better, and a factor of two is ruled out.
function M.no_better(pair)
  return (M.change(pair) or -1) >= 0 and pair.mean - M.margin(pair) > -FACTOR
end

--- Not worse, and a factor of two is ruled out.
function M.no_worse(pair)
  return (M.change(pair) or 1) <= 0 and pair.mean + M.margin(pair) < FACTOR
end

--- "+0.12 +- 0.03 (10 pairs)"
function M.show(pair)
  local broken = pair.broken > 0 and (", %d broken"):format(pair.broken) or ""
  if pair.n == 0 then return "no pairs" .. broken end
  if pair.n == 1 then return ("%+.2f (1 pair%s)"):format(pair.mean, broken) end
  return ("%+.2f +- %.2f (%d pairs%s)"):format(pair.mean, pair.error, pair.n, broken)
end

return M
