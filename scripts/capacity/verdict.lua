--[[
What the runs say about the four hypotheses of the capacity claim. Everything is a mean
over pairs of runs of one seed with its standard error; "more than two standard errors"
decides. Errors are compared by the logarithm of their ratio.

  H1  the error of a conflict-averse method rises with the width, the plain sum's does not
  H2  the cause is modularity: before the error departs, exclusivity on held-out points is
      beyond its permutation null and rises with the width, and overlap falls
  H3  the treatment lowers the error and exclusivity at the largest width
  H4  it is exclusivity, not sparsity: the treatment beats every control

Exclusivity is its excess over the permutation null: by itself it is large wherever few
connections have most of the importance.

"shown", "refuted" and "undecided" (and "collapsed", where most runs of all widths fell to
u = 0 and nothing can be compared) are meant for the arm and the method they stand
beside, and for these reconstructions only. Fewer than three pairs decide nothing, nor do
pairs of which one run broke (diverged), and a figure that is no number (exclusivity where
no weights are left) makes no pair. Errors
that differ by less than a tenth do not differ, and a difference that was not seen refutes
something only where a factor of two (for H2, an excess of 0.1) would have been seen.
]]
local ms = require "modsync"

local verdict = {}

local LEAST_PAIRS = 3
local SIGNIFICANT = 2
local RESOLVED = math.log(2)
local RESOLVED_EXCESS = 0.1
local LEAST = math.log(1.1)
local EARLY = 0.1 -- share of the run at which H2 looks

--- A run that broke: nothing but an infinite error.
local BROKEN = { rel_l2 = math.huge }

--- The results of the cells that hold what is wanted, by seed.
function verdict.pick(records, wanted)
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
function verdict.values(records, name, wanted)
  local seen, list = {}, {}
  for _, record in ipairs(records) do
    local value, fits = record.cell[name], true
    for key, each in pairs(wanted or {}) do fits = fits and record.cell[key] == each end
    if fits and not seen[value] then
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
function verdict.pairs(a, b, difference)
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

local function log_ratio(a, b)
  return math.log(a.rel_l2 / b.rel_l2)
end

--- 1 or -1 where the mean is that many standard errors from 0, else 0; nil where there
--- are too few pairs, or runs broke.
local function sign(pair)
  if pair.n < LEAST_PAIRS or pair.broken > 0 then return nil end
  if math.abs(pair.mean) <= SIGNIFICANT * pair.error then return 0 end
  return pair.mean > 0 and 1 or -1
end

--- The same for logarithms of ratios: a tenth more or less is no difference.
local function change(pair)
  local found = sign(pair)
  return found and math.abs(pair.mean) > LEAST and found or found and 0
end

--- No difference, and one of a factor of two would have been seen.
local function equal(pair)
  return change(pair) == 0 and SIGNIFICANT * pair.error < RESOLVED
end

local function with(base, more)
  local all = {}
  for key, value in pairs(base) do all[key] = value end
  for key, value in pairs(more) do all[key] = value end
  return all
end

local function show(pair)
  local broken = pair.broken > 0 and (", %d broken"):format(pair.broken) or ""
  if pair.n == 0 then return "no pairs" .. broken end
  if pair.n == 1 then return ("%+.2f (1 pair%s)"):format(pair.mean, broken) end
  return ("%+.2f +- %.2f (%d pairs%s)"):format(pair.mean, pair.error, pair.n, broken)
end

--- The share of runs that collapsed.
local function collapsed_share(results)
  local n, count = 0, 0
  for _, result in pairs(results) do
    n, count = n + 1, count + (result.collapsed and 1 or 0)
  end
  return n > 0 and count / n or 0
end

--- By seed: ln(error at the wide / at the narrow width).
local function growth(records, arm, method, narrow, wide)
  local base = with(arm, { conflict = method, treatment = "none" })
  local slim = verdict.pick(records, with(base, { width = narrow }))
  local found = {}
  for seed, result in pairs(verdict.pick(records, with(base, { width = wide }))) do
    if slim[seed] then found[seed] = log_ratio(result, slim[seed]) end
  end
  return found
end

local function minus(a, b) return a - b end

--- Numbers by seed as pairs with 0.
local function alone(values)
  local zeros = {}
  for seed in pairs(values) do zeros[seed] = 0 end
  return verdict.pairs(values, zeros, minus)
end

--- H1 in one arm: { verdict, text } for a method against the plain sum.
function verdict.capacity(records, arm, method, narrow, wide)
  local own = growth(records, arm, method, narrow, wide)
  local plain = growth(records, arm, "sum", narrow, wide)
  local rise, plain_rise = alone(own), alone(plain)
  local more = verdict.pairs(own, plain, minus)
  local found = "undecided"
  local most = rise.mean + SIGNIFICANT * rise.error
  if change(rise) == -1 or sign(rise) and most < LEAST then
    found = "refuted"
  elseif change(rise) == 1 and sign(more) == 1 and sign(plain_rise) < 1 then
    found = "shown"
  end
  local function share_at(width)
    return collapsed_share(verdict.pick(records, with(arm, { conflict = method,
      treatment = "none", width = width })))
  end
  local share = share_at(wide)
  if share > 0.5 and share_at(narrow) > 0.5 then found = "collapsed" end
  return { verdict = found, method = method, collapsed = share,
    text = ("ln(error at %d / at %d): %s, plain sum %s%s"):format(wide, narrow,
      show(rise), show(plain_rise),
      share > 0 and (", %.0f %% collapsed"):format(100 * share) or "") }
end

--- A sampled series at a share of the run.
function verdict.at(series, name, share)
  local last = series.step[#series.step]
  for i, step in ipairs(series.step) do
    if step >= share * last then return series[name][i] end
  end
end

--- H2 for a method in one arm.
function verdict.mechanism(records, arm, method, narrow, wide)
  local base = with(arm, { conflict = method, treatment = "none" })
  local broad = verdict.pick(records, with(base, { width = wide }))
  local slim = verdict.pick(records, with(base, { width = narrow }))
  local function early(name)
    return function(a) return a.series and verdict.at(a.series, name, EARLY) or 0 / 0 end
  end
  local function widening(name)
    local value = early(name)
    return verdict.pairs(broad, slim, function(a, b) return value(a) - value(b) end)
  end
  local values, excess_of = {}, early "tv_excess"
  for seed, result in pairs(broad) do values[seed] = excess_of(result) end
  local excess, rise, fall = alone(values), widening "tv_excess", widening "overlap"
  local found = "undecided"
  local beyond = sign(excess)
  local none = beyond == 0 and SIGNIFICANT * excess.error < RESOLVED_EXCESS
  if collapsed_share(broad) > 0.5 or beyond == -1 or none and (sign(rise) or 1) < 1 then
    found = "refuted"
  elseif beyond == 1 and sign(rise) == 1 and sign(fall) == -1 then
    found = "shown"
  end
  if excess.n < LEAST_PAIRS then found = "undecided" end
  return { verdict = found, method = method,
    text = ("at %.0f %% of the run: exclusivity beyond its null at %d %s, its rise with "
      .. "the width %s, change of overlap %s"):format(100 * EARLY, wide, show(excess),
      show(rise), show(fall)) }
end

--- H3 at one width.
function verdict.treatment(records, arm, method, width, treatment)
  local base = with(arm, { conflict = method, width = width })
  local treated = verdict.pick(records, with(base, { treatment = treatment }))
  local none = verdict.pick(records, with(base, { treatment = "none" }))
  local error_change = verdict.pairs(treated, none, log_ratio)
  local exclusivity = verdict.pairs(treated, none,
    function(a, b) return (a.tv_excess or 0 / 0) - (b.tv_excess or 0 / 0) end)
  local better, lower = change(error_change), sign(exclusivity)
  local found = "undecided"
  if better == -1 and lower == -1 then
    found = "shown"
  elseif better == 1 or equal(error_change) then
    found = "refuted"
  end
  return { verdict = found, method = method,
    text = ("width %d: ln(error with / without) %s, change of exclusivity beyond its "
      .. "null %s"):format(
      width, show(error_change), show(exclusivity)) }
end

--- What the treatment costs where nothing fails, at one width.
function verdict.price(records, arm, method, width, treatment)
  local base = with(arm, { conflict = method, width = width })
  local paid = verdict.pairs(verdict.pick(records, with(base,
    { treatment = treatment })), verdict.pick(records, with(base,
    { treatment = "none" })), log_ratio)
  local found = "undecided"
  if change(paid) == 1 then
    found = "harms"
  elseif change(paid) == -1 then
    found = "helps"
  elseif equal(paid) then
    found = "neither"
  end
  return { verdict = found, method = method,
    text = ("width %d: ln(error with / without) %s"):format(width, show(paid)) }
end

--- The runs of a treatment at several widths, by "width/seed".
local function gather(records, arm, method, widths, treatment)
  local all = {}
  for _, width in ipairs(widths) do
    local found = verdict.pick(records, with(arm, { conflict = method, width = width,
      treatment = treatment }))
    for seed, result in pairs(found) do all[width .. "/" .. seed] = result end
  end
  return all
end

--- Runs against those of every control: control(name) gives them.
local function against(treated, controls, control)
  local texts, beaten, matched = {}, 0, false
  for i, name in ipairs(controls) do
    local pair = verdict.pairs(treated, control(name), log_ratio)
    if change(pair) == -1 then beaten = beaten + 1 end
    matched = matched or change(pair) == 1 or equal(pair)
    texts[i] = ("against %s %s"):format(name, show(pair))
  end
  local found = "undecided"
  if beaten == #controls then
    found = "shown"
  elseif matched then
    found = "refuted"
  end
  return { verdict = found, text = table.concat(texts, "; ") }
end

--- H4 over some widths.
function verdict.specificity(records, arm, method, widths, treatment, controls)
  local treated = gather(records, arm, method, widths, treatment)
  local found = against(treated, controls, function(control)
    return gather(records, arm, method, widths, control)
  end)
  found.method = method
  return found
end

--- A variant of the search for specificity against its controls, by role, in the arm that
--- fails. 'failing' and 'healthy' say what it does to no treatment in that arm and in the
--- healthy one, which must not be harmed.
function verdict.variant(records, variant, roles)
  local function of(role, name)
    return verdict.pick(records, { variant = name or variant, role = role })
  end
  local function change_in(role)
    return verdict.pairs(of(role), of(role, "none"), log_ratio)
  end
  local found = against(of "treatment", roles, of)
  local price = change_in "healthy"
  if found.verdict == "shown" and not (sign(price) and price.mean < LEAST) then
    found.verdict = sign(price) == 1 and "refuted" or "undecided"
  end
  found.failing, found.healthy = show(change_in "treatment"), show(price)
  return found
end

return verdict
