--[[
Statistics of runs: what a table of seeds is summed up with. Values are lists of numbers
or tensors; a NaN among them makes the result NaN.

  ms.statistics.median(errors)
  local low, high = ms.statistics.bootstrap(errors, { statistic = "median" })
  local pair = ms.statistics.paired_log_ratio(treated, plain)   -- both by seed
]]
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

--- Statistics of runs: median, bootstrap interval, paired log-ratio, rank correlation.
---@class modsync.statistics
local M = {}

--- The values as a list, of one at least.
local function list_of(values, who)
  if kind.of(values) == "tensor" then values = values:flatten():totable() end
  local n = kind.list(values)
  if not n then
    misuse("statistics.%s: expected a list of numbers or a tensor, not %s", who,
      kind.show(values))
  end
  if n == 0 then misuse("statistics.%s: there are no values", who) end
  for i, value in ipairs(values) do
    if type(value) ~= "number" then
      misuse("statistics.%s: value %d is %s; expected a number", who, i, kind.show(value))
    end
  end
  return values
end

--[[ one sample ]]

--- The arithmetic mean.
---@param values modsync.numbers
---@return number
function M.mean(values)
  values = list_of(values, "mean")
  local sum = 0
  for _, value in ipairs(values) do sum = sum + value end
  return sum / #values
end

--- The standard error of the mean: the deviation of the sample (n - 1 degrees of freedom)
--- over the root of n. NaN for one value.
---@param values modsync.numbers
---@return number
function M.standard_error(values)
  values = list_of(values, "standard_error")
  local n, mean, sum = #values, M.mean(values), 0
  for _, value in ipairs(values) do sum = sum + (value - mean) ^ 2 end
  return (sum / (n - 1) / n) ^ 0.5
end

--- The value below which a share 'level' of the values lies, linear between neighbours in
--- order: level 0 is the least, 1 the largest.
---@param values modsync.numbers
---@param level number  from 0 to 1
---@return number
function M.quantile(values, level)
  values = list_of(values, "quantile")
  if type(level) ~= "number" or not (level >= 0 and level <= 1) then
    misuse("statistics.quantile: the level is %s; expected a number from 0 to 1",
      kind.show(level))
  end
  return core.tensor(values):quantile(level)
end

--- The middle value, or the mean of the two in the middle.
---@param values modsync.numbers
---@return number
function M.median(values)
  return core.tensor(list_of(values, "median")):median()
end

--- The exponential of the mean logarithm. 0 where a value is 0, NaN where one is below.
---@param values modsync.numbers
---@return number
function M.geometric_mean(values)
  values = list_of(values, "geometric_mean")
  local logs = {}
  for i, value in ipairs(values) do
    logs[i] = value < 0 and 0 / 0 or math.log(value)
  end
  return math.exp(M.mean(logs))
end

--[[ bootstrap ]]

--- How bootstrap draws; all of it may be left out.
---@class modsync.bootstrap_options
---@field statistic? string|fun(values: number[]): number  a name in here ("mean")
---@field level? number       of the interval (0.95)
---@field resamples? integer  (2000)
---@field seed? integer       of the stream "bootstrap" (1)

local BOOTSTRAP = { "statistic", "level", "resamples", "seed" }

local function bootstrap_options(options)
  local chosen = { statistic = "mean", level = 0.95, resamples = 2000, seed = 1 }
  check_keys(options or {}, BOOTSTRAP, "statistics.bootstrap")
  for name, value in pairs(options or {}) do chosen[name] = value end
  if type(chosen.statistic) == "string" then
    chosen.statistic = M[chosen.statistic] or misuse(
      "statistics.bootstrap: there is no statistic '%s'", chosen.statistic)
  end
  if not kind.whole(chosen.resamples, 1) then
    misuse("statistics.bootstrap: 'resamples' is %s; expected a whole number, 1 or more",
      kind.show(chosen.resamples))
  end
  local level = chosen.level
  if type(level) ~= "number" or not (level > 0 and level < 1) then
    misuse("statistics.bootstrap: 'level' is %s; expected a number between 0 and 1",
      kind.show(level))
  end
  return chosen
end

--[[
The percentile interval of a statistic: its quantiles (1 - level) / 2 and (1 + level) / 2
over samples of the same size drawn from the values with replacement (Efron and
Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3). The same values in the
same order give the same interval. With few values it is too narrow; with one it is that
value.
]]
---@param values modsync.numbers
---@param options modsync.bootstrap_options?
---@return number low, number high
function M.bootstrap(values, options)
  values = list_of(values, "bootstrap")
  local chosen = bootstrap_options(options)
  local stream, n = core.rng(chosen.seed, "bootstrap"), #values
  local found, sample = {}, {}
  for b = 1, chosen.resamples do
    for i = 1, n do sample[i] = values[1 + stream:below(n)] end
    found[b] = chosen.statistic(sample)
  end
  local outside = (1 - chosen.level) / 2
  return M.quantile(found, outside), M.quantile(found, 1 - outside)
end

--[[ two samples ]]

--- What paired_log_ratio finds.
---@class modsync.paired
---@field mean number            of log(a / b): below 0, a is smaller
---@field standard_error number  of that mean, NaN for one pair
---@field wins integer           pairs in which a is smaller
---@field n integer              pairs
---@field left_out integer       pairs with a value that has no logarithm
---@field ratios table<any, number>  log(a / b) by key

--[[
Compares two treatments that were run with the same seeds: the mean of log(a / b) over the
keys that both have, and its standard error. Both are positive numbers by key.
]]
---@param a table<any, number>
---@param b table<any, number>
---@return modsync.paired
function M.paired_log_ratio(a, b)
  local found = { wins = 0, n = 0, left_out = 0, ratios = {} }
  local list = {}
  for key, value in pairs(a) do
    local ratio = b[key] and math.log(value / b[key])
    if ratio and ratio - ratio == 0 and value > 0 then
      found.ratios[key], list[#list + 1] = ratio, ratio
      if ratio < 0 then found.wins = found.wins + 1 end
    elseif ratio then
      found.left_out = found.left_out + 1
    end
  end
  table.sort(list) -- the order of pairs() must not show in the last digits
  found.n = #list
  found.mean = #list > 0 and M.mean(list) or 0 / 0
  found.standard_error = #list > 0 and M.standard_error(list) or 0 / 0
  return found
end

--- Places of the values in order, from 1; equal values share the mean of their places.
--- All are NaN where a value is.
---@param values modsync.numbers
---@return number[]
function M.ranks(values)
  values = list_of(values, "ranks")
  local order, ranks, first = {}, {}, 1
  for i, value in ipairs(values) do
    if value ~= value then return core.full({ #values }, 0 / 0):totable() end
    order[i] = i
  end
  table.sort(order, function(i, j) return values[i] < values[j] end)
  for last = 1, #order do
    if last == #order or values[order[last + 1]] ~= values[order[first]] then
      for k = first, last do ranks[order[k]] = (first + last) / 2 end
      first = last + 1
    end
  end
  return ranks
end

--- Spearman's rank correlation: the correlation of the ranks, in [-1, 1]. NaN where one
--- side has a single value only, or a NaN.
---@param x modsync.numbers
---@param y modsync.numbers
---@return number
function M.spearman(x, y)
  x, y = list_of(x, "spearman"), list_of(y, "spearman")
  if #x ~= #y then
    misuse("statistics.spearman: %d values against %d", #x, #y)
  end
  local a, b = core.tensor(M.ranks(x)), core.tensor(M.ranks(y))
  a:sub_((#x + 1) / 2)
  b:sub_((#x + 1) / 2)
  return a:dot(b) / (a:norm() * b:norm())
end

return M
