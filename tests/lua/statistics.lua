-- Statistics of runs against values worked out by hand.
local check = require "tests.support.check"
local ms = require "modsync"
local s = ms.statistics

local nan = 0 / 0

check.test("one sample", function()
  local values = { 1, 2, 4, 9 }
  check.equal(s.mean(values), 4.0)
  -- deviations -3 -2 0 5: 38 / 3 / 4
  check.near(s.standard_error(values), math.sqrt(38 / 12), 1e-15)
  check.equal(s.median(values), 3.0)
  check.equal(s.median { 5, 1, 2 }, 2.0)
  check.equal({ s.quantile(values, 0), s.quantile(values, 1) }, { 1.0, 9.0 })
  check.near(s.quantile(values, 0.25), 1.75, 1e-15)
  check.near(s.geometric_mean { 1, 10, 100 }, 10, 1e-13)
  check.equal(s.geometric_mean { 0, 3 }, 0.0)
  check.equal(s.geometric_mean { -1, 3 }, nan)
  check.equal(s.standard_error { 3 }, nan)
  check.equal(s.mean(ms.tensor { { 1, 2 }, { 3, 6 } }), 3.0)
  for _, name in ipairs { "mean", "median", "standard_error", "geometric_mean" } do
    check.equal(s[name] { 1, nan, 3 }, nan, name)
  end
end)

check.test("the bootstrap interval", function()
  local low, high = s.bootstrap({ 7 })
  check.equal({ low, high }, { 7.0, 7.0 })
  -- Of two values the mean of a resample is 0, 1/2 or 1 with chances 1/4, 1/2, 1/4.
  check.equal({ s.bootstrap({ 0, 1 }, { level = 0.4 }) }, { 0.5, 0.5 })
  check.equal({ s.bootstrap({ 0, 1 }, { level = 0.6 }) }, { 0.0, 1.0 })
  -- Of many, it is close to the normal interval: mean +- 1.96 standard errors.
  local stream, values = ms.rng(5, "values"), {}
  for i = 1, 200 do values[i] = stream:normal() end
  low, high = s.bootstrap(values)
  local mean, error_now = s.mean(values), s.standard_error(values)
  check.near({ low, high }, { mean - 1.96 * error_now, mean + 1.96 * error_now }, 0.015)
  check.equal({ s.bootstrap(values) }, { low, high }, "the same interval again")
  check.ok(s.bootstrap(values, { seed = 2 }) ~= low)
  local narrow = s.bootstrap(values, { level = 0.5, resamples = 500 })
  check.ok(narrow > low and narrow < mean)
  check.equal({ s.bootstrap({ 1, 5, 6 }, { statistic = "median" }) }, { 1.0, 6.0 })
  local largest = function(list) return math.max(table.unpack(list)) end
  check.equal(select(2, s.bootstrap({ 3, 1, 2 }, { statistic = largest })), 3.0)
end)

check.test("paired log-ratios", function()
  local e = math.exp(1)
  local found = s.paired_log_ratio({ e, 1, e ^ 3, 5 }, { 1, e ^ 2, 1 })
  check.near({ found.mean, found.standard_error }, { 2 / 3, math.sqrt(57 / 27) }, 1e-14)
  check.equal({ found.wins, found.n, found.left_out }, { 1, 3, 0 })
  check.near(found.ratios, { 1, -2, 3 }, 1e-15)
  local odd = s.paired_log_ratio({ a = 0, b = 1, c = math.huge, d = 2, e = -1 },
    { a = 1, b = nan, c = 1, d = 1, e = -1 })
  check.equal({ odd.n, odd.left_out, odd.mean, odd.standard_error },
    { 1, 4, math.log(2), nan })
  local none = s.paired_log_ratio({ 1 }, {})
  check.equal({ none.n, none.left_out, none.mean }, { 0, 0, nan })
end)

check.test("ranks and their correlation", function()
  check.equal(s.ranks { 30, 10, 20 }, { 3.0, 1.0, 2.0 })
  check.equal(s.ranks { 5, 1, 5, 5 }, { 3.0, 1.0, 3.0, 3.0 })
  check.near(s.spearman({ 1, 2, 3 }, { 1, 10, 1000 }), 1, 1e-15)
  check.near(s.spearman({ 1, 2, 3 }, { 3, 2, -7 }), -1, 1e-15)
  -- 1 - 6 sum d^2 / (n (n^2 - 1)) without ties: d = 1 1 1 1 0
  check.near(s.spearman({ 1, 2, 3, 4, 5 }, { 2, 1, 4, 3, 5 }), 1 - 24 / 120, 1e-15)
  -- with ties, the correlation of the ranks 1 2.5 2.5 4 and 1 2 3.5 3.5
  check.near(s.spearman({ 1, 2, 2, 3 }, { 1, 2, 3, 3 }), 3.75 / 4.5, 1e-15)
  check.equal(s.spearman({ 1, 1 }, { 1, 2 }), nan)
  check.equal(s.spearman({ 1, nan, 2 }, { 1, 2, 3 }), nan)
end)

check.test("mistakes are named", function()
  check.fails(function() s.mean {} end, "statistics.mean: there are no values")
  check.fails(function() s.median(3) end, "median: expected a list .* not 3")
  check.fails(function() s.mean { 1, "x" } end, 'value 2 is "x"; expected a number')
  check.fails(function() s.quantile({ 1 }, 2) end, "the level is 2; expected .* 0 to 1")
  check.fails(function() s.spearman({ 1 }, { 1, 2 }) end, "1 values against 2")
  check.fails(function() s.bootstrap({ 1 }, { resample = 3 }) end, "no option 'resample'")
  check.fails(function() s.bootstrap({ 1 }, { level = 1 }) end, "'level' is 1")
  check.fails(function() s.bootstrap({ 1 }, { resamples = 0 }) end, "'resamples' is 0")
  check.fails(function() s.bootstrap({ 1 }, { statistic = "mode" }) end,
    "no statistic 'mode'")
end)

check.done()
