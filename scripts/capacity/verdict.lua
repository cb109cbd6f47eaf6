--[[
What the runs say about the four hypotheses of the capacity claim, from pairs of runs of
one seed; pairs.lua says when these differ.

  H1  the error of a conflict-averse method rises with the width, the plain sum's does not
  H2  the cause is modularity: before the error departs, exclusivity on held-out points is
      beyond its permutation null and rises with the width, and overlap falls
  H3  the treatment lowers the error and exclusivity at the largest width
  H4  it is exclusivity, not sparsity: the treatment beats every control at the largest
      width

Exclusivity is its excess over the permutation null: by itself it is large wherever few
connections have most of the importance.

"shown", "refuted" and "undecided" (and "collapsed", where most wide runs fell to u = 0
and the narrow ones did, too, or were no better) are meant for the arm and the method they
stand beside, and for these reconstructions only. Fewer than three pairs decide nothing,
nor do pairs of which one run broke (diverged), and a figure that is no number
(exclusivity where no weights are left) makes no pair. A difference that was not seen
refutes something only where a factor of two is ruled out (for H2, an excess of 0.1).
]]
local here = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
local pairing = dofile(here .. "/pairs.lua")

local verdict = {}

local RESOLVED_EXCESS = 0.1
local EARLY = 0.1 -- share of the run at which H2 looks

local function with(base, more)
  local all = {}
  for key, value in pairs(base) do all[key] = value end
  for key, value in pairs(more) do all[key] = value end
  return all
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
  local slim = pairing.pick(records, with(base, { width = narrow }))
  local found = {}
  for seed, result in pairs(pairing.pick(records, with(base, { width = wide }))) do
    if slim[seed] then found[seed] = pairing.log_ratio(result, slim[seed]) end
  end
  return found
end

local function minus(a, b) return a - b end

--- Numbers by seed as pairs with 0.
local function alone(values)
  local zeros = {}
  for seed in pairs(values) do zeros[seed] = 0 end
  return pairing.pairs(values, zeros, minus)
end

--- H1 in one arm: { verdict, text } for a method against the plain sum.
function verdict.capacity(records, arm, method, narrow, wide)
  local own = growth(records, arm, method, narrow, wide)
  local plain = growth(records, arm, "sum", narrow, wide)
  local rise, plain_rise = alone(own), alone(plain)
  local more = pairing.pairs(own, plain, minus)
  local found = "undecided"
  local most = rise.mean + pairing.margin(rise)
  if pairing.change(rise) == -1 or pairing.sign(rise) and most < pairing.LEAST then
    found = "refuted"
  elseif pairing.change(rise) == 1 and pairing.sign(more) == 1
    and (pairing.sign(plain_rise) or 1) < 1 then
    found = "shown"
  end
  local function share_at(width)
    return collapsed_share(pairing.pick(records, with(arm, { conflict = method,
      treatment = "none", width = width })))
  end
  local share = share_at(wide)
  if share > 0.5 and (share_at(narrow) > 0.5 or found == "refuted") then
    found = "collapsed" -- an error of 1 is no small one
  end
  return { verdict = found, method = method, collapsed = share,
    text = ("ln(error at %d / at %d): %s, plain sum %s%s"):format(wide, narrow,
      pairing.show(rise), pairing.show(plain_rise),
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
  local broad = pairing.pick(records, with(base, { width = wide }))
  local slim = pairing.pick(records, with(base, { width = narrow }))
  local function early(name)
    return function(a)
      if a.broken then return math.huge end
      return a.series and verdict.at(a.series, name, EARLY) or 0 / 0
    end
  end
  local function widening(name)
    local value = early(name)
    return pairing.pairs(broad, slim, function(a, b) return value(a) - value(b) end)
  end
  local values, excess_of = {}, early "tv_excess"
  for seed, result in pairs(broad) do values[seed] = excess_of(result) end
  local excess, rise, fall = alone(values), widening "tv_excess", widening "overlap"
  local found = "undecided"
  local beyond = pairing.sign(excess)
  local none = beyond == 0 and pairing.margin(excess) < RESOLVED_EXCESS
  local rising = pairing.sign(rise)
  if collapsed_share(broad) > 0.5 or beyond == -1 or none and (rising or 1) < 1 then
    found = "refuted"
  elseif beyond == 1 and rising == 1 and pairing.sign(fall) == -1 then
    found = "shown"
  end
  if excess.n < pairing.FEWEST then found = "undecided" end
  return { verdict = found, method = method,
    text = ("at %.0f %% of the run: exclusivity beyond its null at %d %s, its rise with "
      .. "the width %s, change of overlap %s"):format(100 * EARLY, wide,
      pairing.show(excess), pairing.show(rise), pairing.show(fall)) }
end

--- H3 at one width.
function verdict.treatment(records, arm, method, width, treatment)
  local base = with(arm, { conflict = method, width = width })
  local treated = pairing.pick(records, with(base, { treatment = treatment }))
  local none = pairing.pick(records, with(base, { treatment = "none" }))
  local error_change = pairing.pairs(treated, none, pairing.log_ratio)
  local exclusivity = pairing.pairs(treated, none,
    function(a, b) return (a.tv_excess or 0 / 0) - (b.tv_excess or 0 / 0) end)
  local better, lower = pairing.change(error_change), pairing.sign(exclusivity)
  local found = "undecided"
  if better == -1 and lower == -1 then
    found = "shown"
  elseif pairing.no_better(error_change) then
    found = "refuted"
  end
  return { verdict = found, method = method,
    text = ("width %d: ln(error with / without) %s, change of exclusivity beyond its "
      .. "null %s"):format(width, pairing.show(error_change), pairing.show(exclusivity)) }
end

--- What the treatment costs where nothing fails, at one width.
function verdict.price(records, arm, method, width, treatment)
  local base = with(arm, { conflict = method, width = width })
  local paid = pairing.pairs(pairing.pick(records, with(base,
    { treatment = treatment })), pairing.pick(records, with(base,
    { treatment = "none" })), pairing.log_ratio)
  local found = "undecided"
  if pairing.change(paid) == 1 then
    found = "harms"
  elseif pairing.change(paid) == -1 then
    found = "helps"
  elseif pairing.no_better(paid) and pairing.no_worse(paid) then
    found = "neither"
  end
  return { verdict = found, method = method,
    text = ("width %d: ln(error with / without) %s"):format(width, pairing.show(paid)) }
end

--- The runs of a treatment by width and seed.
local function gather(records, arm, method, widths, treatment)
  local all = {}
  for _, width in ipairs(widths) do
    all[width] = pairing.pick(records, with(arm, { conflict = method, width = width,
      treatment = treatment }))
  end
  return all
end

--- By seed, the mean over all widths of ln(error of a / of b): the runs of a seed are no
--- pairs of their own.
local function over_widths(a, b, widths)
  local sums = {}
  for seed in pairs(a[widths[1]]) do
    local sum = 0
    for _, width in ipairs(widths) do
      local one, other = a[width][seed], b[width][seed]
      sum = one and other and sum and sum + pairing.log_ratio(one, other) or nil
    end
    sums[seed] = sum and sum / #widths
  end
  return alone(sums)
end

--- Runs against those of every control: control(name) gives them.
local function against(treated, controls, control)
  local texts, beaten, matched = {}, 0, false
  for i, name in ipairs(controls) do
    local pair = pairing.pairs(treated, control(name), pairing.log_ratio)
    if pairing.change(pair) == -1 then beaten = beaten + 1 end
    matched = matched or pairing.no_better(pair)
    texts[i] = ("against %s %s"):format(name, pairing.show(pair))
  end
  local found = "undecided"
  if #controls > 0 and beaten == #controls then
    found = "shown"
  elseif matched then
    found = "refuted"
  end
  return { verdict = found, text = table.concat(texts, "; ") }
end

--- H4 at the largest width; what the errors say over all widths stands beside it.
function verdict.specificity(records, arm, method, widths, treatment, controls)
  local treated = gather(records, arm, method, widths, treatment)
  local wide, texts = widths[#widths], {}
  local found = against(treated[wide], controls, function(control)
    return gather(records, arm, method, { wide }, control)[wide]
  end)
  for i, control in ipairs(controls) do
    texts[i] = pairing.show(over_widths(treated,
      gather(records, arm, method, widths, control), widths))
  end
  found.method = method
  found.text = ("width %d: %s. Over all widths, in that order: %s"):format(wide,
    found.text, table.concat(texts, "; "))
  return found
end

--- A variant of the search for specificity in the arm that fails against its controls
--- at matched dose, by role, of which there must be 'expected', and against 'rivals',
--- variants that are controls with doses of their own. 'failing' and 'healthy' say what
--- it does to no treatment in that arm and in the healthy one, which must not be harmed
--- by more than a tenth.
function verdict.variant(records, variant, roles, rivals, expected)
  local function of(role, name)
    return pairing.pick(records, { variant = name or variant, role = role })
  end
  local function change_in(role)
    return pairing.pairs(of(role), of(role, "none"), pairing.log_ratio)
  end
  local names, runs = {}, {}
  for _, role in ipairs(roles) do
    names[#names + 1], runs[role] = role, of(role)
  end
  for _, rival in ipairs(rivals) do
    local name = rival .. " at its own dose"
    names[#names + 1], runs[name] = name, of("treatment", rival)
  end
  local found = against(of "treatment", names, function(name) return runs[name] end)
  local price = change_in "healthy"
  local complete = #roles == expected and #rivals > 0
  if found.verdict == "shown" and not complete then found.verdict = "undecided" end
  if found.verdict == "shown" and pairing.change(price) == 1 then
    found.verdict = "refuted"
  elseif found.verdict == "shown"
    and not (price.mean < pairing.LEAST and pairing.no_worse(price)) then
    found.verdict = "undecided"
  end
  found.failing, found.healthy = pairing.show(change_in "treatment"), pairing.show(price)
  return found
end

return verdict
