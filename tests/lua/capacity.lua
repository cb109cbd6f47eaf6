-- The verdicts of the capacity experiment, on runs made up so that the answer is known,
-- and the choice on some seeds that is judged on others.
local ms = require "modsync"
local check = require "tests.support.check"

local choice = dofile "scripts/capacity/choice.lua"
local judged = dofile "scripts/capacity/judged.lua"
local order = dofile "scripts/capacity/order.lua"
local pairing = dofile "scripts/capacity/pairs.lua"
local verdict = dofile "scripts/capacity/verdict.lua"

local ARM = { arm = "overfit", problem = "made up" }

--- Records of n seeds: what(seed) -> result, with noise that is the same for all cells of
--- a seed.
local function runs(records, fields, n, what)
  for seed = 1, n do
    local cell = { seed = seed, treatment = "none" }
    for key, value in pairs(ARM) do cell[key] = value end
    for key, value in pairs(fields) do cell[key] = value end
    local result = what(seed)
    result.rel_l2 = result.rel_l2 * math.exp(math.sin(seed))
    result.collapsed = result.collapsed or false
    records[#records + 1] = { cell = cell, result = result }
  end
  return records
end

--- An error, with some noise of its own.
local function about(error)
  return function(seed) return { rel_l2 = error * math.exp(0.1 * math.sin(9 * seed)) } end
end

local function widths(conflict, narrow, wide, records)
  records = runs(records or {}, { conflict = conflict, width = 48 }, 5,
    function() return { rel_l2 = narrow } end)
  return runs(records, { conflict = conflict, width = 192 }, 5, about(wide))
end

check.test("H1: the method's error rises and the sum's does not", function()
  local function found(narrow, wide, plain_narrow, plain_wide)
    local records = widths("dcgd", narrow, wide)
    widths("sum", plain_narrow, plain_wide, records)
    return verdict.capacity(records, ARM, "dcgd", 48, 192).verdict
  end
  check.equal(found(0.1, 1, 1, 0.3), "shown")
  check.equal(found(0.1, 1, 0.3, 3), "undecided") -- both rise
  check.equal(found(1, 0.1, 1, 0.3), "refuted")
  check.equal(found(1, 0.97, 1, 0.3), "refuted") -- not by a tenth
  check.equal(found(1, 1.08, 1, 0.3), "undecided") -- it may be a tenth
  local found_at = verdict.capacity(widths("dcgd", 0.1, 1), ARM, "dcgd", 48, 192)
  check.equal(found_at.verdict, "undecided") -- nothing to compare with
  local few = runs(runs({}, { conflict = "dcgd", width = 48 }, 2, about(1)),
    { conflict = "dcgd", width = 192 }, 2, about(0.1))
  check.equal(verdict.capacity(few, ARM, "dcgd", 48, 192).verdict, "undecided")
end)

check.test("H1: runs that collapsed are no errors", function()
  local records = {}
  for _, width in ipairs { 48, 192 } do
    runs(records, { conflict = "dcgd", width = width }, 4, function()
      return { rel_l2 = 1, collapsed = true }
    end)
  end
  local found = verdict.capacity(records, ARM, "dcgd", 48, 192)
  check.equal(found.verdict, "collapsed")
  check.equal(found.collapsed, 1)
  records = runs({}, { conflict = "dcgd", width = 48 }, 4, about(1.5)) -- not collapsed
  runs(records, { conflict = "dcgd", width = 192 }, 4, function()
    return { rel_l2 = 1, collapsed = true }
  end)
  check.equal(verdict.capacity(records, ARM, "dcgd", 48, 192).verdict, "collapsed")
end)

local function sampled(excess, overlap)
  return function(seed)
    local shift = 0.01 * math.sin(7 * seed)
    return { rel_l2 = 1, series = { step = { 1, 50, 100, 1000 },
      tv_excess = { 9, 9, excess + shift, -9 }, overlap = { 9, 9, overlap + shift, 9 } } }
  end
end

check.test("H2: beyond chance, rising with the width, overlap falling, early", function()
  local function found(slim, broad)
    local records = runs({}, { conflict = "dcgd", width = 48 }, 5, sampled(
      table.unpack(slim)))
    runs(records, { conflict = "dcgd", width = 192 }, 5, sampled(table.unpack(broad)))
    return verdict.mechanism(records, ARM, "dcgd", 48, 192).verdict
  end
  check.equal(found({ 0, 0.6 }, { 0.3, 0.3 }), "shown")
  check.equal(found({ -0.3, 0.6 }, { -0.1, 0.3 }), "refuted") -- less than by chance
  check.equal(found({ 0.3, 0.6 }, { 0.3, 0.3 }), "undecided") -- at every width
  check.equal(found({ 0, 0.6 }, { 0, 0.3 }), "refuted") -- nothing beyond chance
  local function loose(seed)
    local result = sampled(0.2, 0.3)(seed)
    result.series.tv_excess[3] = 0.2 + 0.5 * math.sin(7 * seed)
    return result
  end
  local records = runs({}, { conflict = "dcgd", width = 48 }, 5, sampled(0.2, 0.6))
  runs(records, { conflict = "dcgd", width = 192 }, 5, loose)
  check.equal(verdict.mechanism(records, ARM, "dcgd", 48, 192).verdict, "undecided")
end)

--- Runs with and without treatments at width 192: errors and exclusivities.
local function treated(list)
  local records = {}
  for treatment, values in pairs(list) do
    runs(records, { conflict = "dcgd", width = 192, treatment = treatment }, 6,
      function(seed)
        return { rel_l2 = values[1] * math.exp(0.2 * math.sin(5 * seed + #treatment)),
          tv_excess = values[2] + 0.01 * math.sin(3 * seed + #treatment) }
      end)
  end
  return records
end

check.test("H3: lower error and lower exclusivity", function()
  local function found(error, tv)
    return verdict.treatment(treated { none = { 1, 0.8 }, ["modsync-p"] = { error, tv } },
      ARM, "dcgd", 192, "modsync-p").verdict
  end
  check.equal(found(0.2, 0.6), "shown")
  check.equal(found(0.2, 0.8), "undecided") -- it works, but not by exclusivity
  check.equal(found(1, 0.6), "refuted")
  check.equal(found(5, 0.6), "refuted")
end)

check.test("H4: better than every control", function()
  local function found(shuffled, uniform)
    return verdict.specificity(treated { ["modsync-p"] = { 0.2, 0.6 },
      shuffled = { shuffled, 0.6 }, uniform = { uniform, 0.6 } }, ARM, "dcgd", { 192 },
      "modsync-p", { "shuffled", "uniform" }).verdict
  end
  check.equal(found(0.5, 1), "shown")
  check.equal(found(0.2, 1), "refuted")
  check.equal(found(0.1, 1), "refuted")
end)

check.test("what the treatment costs where nothing fails", function()
  local function found(error)
    return verdict.price(treated { none = { 1, 0.8 }, ["modsync-p"] = { error, 0.8 } },
      ARM, "dcgd", 192, "modsync-p").verdict
  end
  check.equal({ found(2), found(1), found(0.3) }, { "harms", "neither", "helps" })
end)

check.test("options are chosen on some seeds, and judged with their controls", function()
  local groups = { { cell = { variant = "a" }, options = { { dose = 1 }, { dose = 3 } },
    controls = function(option)
      return { { role = "shuffled", dose = option.dose } }
    end, elsewhere = { { role = "healthy", points = "redrawn" } } } }
  local tune = choice.tune(groups, 11, 13)
  check.equal(#tune, 6)
  local records = {}
  for i, cell in ipairs(tune) do
    records[i] = { cell = cell, result = { rel_l2 = cell.dose == 3 and 0.1 or 0.2 } }
  end
  check.equal(choice.best(groups[1], records), { dose = 3 })
  local judge = choice.judge(groups, records, 1, 2)
  check.equal(judge, {
    { variant = "a", dose = 3, role = "treatment", seed = 1 },
    { variant = "a", dose = 3, role = "shuffled", seed = 1 },
    { variant = "a", dose = 3, role = "healthy", points = "redrawn", seed = 1 },
    { variant = "a", dose = 3, role = "treatment", seed = 2 },
    { variant = "a", dose = 3, role = "shuffled", seed = 2 },
    { variant = "a", dose = 3, role = "healthy", points = "redrawn", seed = 2 },
  })
  check.fails(function() choice.judge(groups, {}, 1, 2) end, "run the first part")
end)

check.test("what comes first: two samples in a row, and its rank correlation", function()
  local records = runs({}, { conflict = "dcgd", width = 48 }, 6, function(seed)
    return { rel_l2 = math.exp(-math.sin(seed)) * seed, series = {
      step = { 1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100 },
      ["train.residual"] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },
      ["held.residual"] = { 9, seed, 1, seed > 3 and 9 or 1, 9, 9, 9, 9, 9, 9, 9 },
      tv_excess = { 1, -seed, 1, -1, 1, -1, 1, -1, 1, -1, 1 },
      overlap = { 0, 0 / 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
      rel_l2 = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } } }
  end)
  records[6].result = nil
  local text = order(records)
  check.ok(text:find("| made up | dcgd | 48 | 40 (5 of 5) | never (5 runs) |", 1, true),
    text)
  check.ok(text:find("tv_excess -1.00, held.residual +1.00", 1, true), text)
end)

check.test("a variant is specific if it beats its controls and harms nothing", function()
  local function found(shuffled, healthy, rival, expected)
    local records = {}
    local function add(variant, role, error, is_rival)
      runs(records, { variant = variant, role = role, controls = 2, rival = is_rival,
        treatment = variant .. role }, 6, function(seed)
        return { rel_l2 = error * math.exp(0.05 * math.sin(5 * seed + #role)) }
      end)
    end
    add("none", "treatment", 1)
    add("none", "healthy", 0.1)
    add("p", "treatment", 0.2)
    add("p", "healthy", healthy)
    add("p", "shuffled", shuffled)
    add("p", "uniform", 1)
    if rival then add("uniform", "treatment", rival, true) end
    local variant = verdict.variant(records, "p", { "shuffled", "uniform" },
      rival and { "uniform" } or {}, expected or 2)
    return variant.verdict, judged(records)
  end
  check.equal((found(0.5, 0.1, 0.4)), "shown")
  check.equal((found(0.5, 0.102, 0.4)), "shown")
  check.equal((found(0.5, 0.15, 0.4)), "refuted")
  check.equal((found(0.2, 0.1, 0.4)), "refuted")
  check.equal((found(0.5, 0.1, 0.2)), "refuted") -- uniform with a dose of its own
  check.equal((found(0.5, 0.1, 0.4, 3)), "undecided") -- a control is not there yet
  check.equal((found(0.5, 0.1)), "undecided")
  local _, report = found(0.5, 0.1, 0.4)
  check.ok(report:find("| p | `ptreatment` | **shown** | -1.61 +- 0.0", 1, true), report)
  check.ok(report:find("| uniform | `uniformtreatment` | a control |", 1, true), report)
end)

check.test("rows without pairs have no median", function()
  local records = runs({}, { variant = "p", role = "treatment", treatment = "t" }, 3,
    function() return { rel_l2 = 1 } end)
  check.ok(judged(records):find("| no pairs |\n?$"), judged(records))
end)

check.test("a run that broke is no pair, and nothing is decided with it", function()
  local records = treated { none = { 1, 0.8 }, ["modsync-p"] = { 0.2, 0.6 } }
  for _, record in ipairs(records) do
    if record.cell.treatment ~= "none" and record.cell.seed == 3 then
      record.result, record.error = nil, "diverged"
    end
  end
  local found = verdict.treatment(records, ARM, "dcgd", 192, "modsync-p")
  check.equal(found.verdict, "undecided")
  check.ok(found.text:find("(5 pairs, 1 broken)", 1, true), found.text)
  records = runs({}, { conflict = "dcgd", width = 48 }, 5, sampled(0.3, 0.6))
  runs(records, { conflict = "dcgd", width = 192 }, 5, sampled(0.6, 0.3))
  records[7].result = nil
  found = verdict.mechanism(records, ARM, "dcgd", 48, 192)
  check.equal(found.verdict, "undecided")
  check.ok(found.text:find("(4 pairs, 1 broken)", 1, true), found.text)
end)

check.test("nor is a seed where both runs broke", function()
  local records = treated { none = { 1, 0.8 }, ["modsync-p"] = { 0.2, 0.6 } }
  for _, record in ipairs(records) do
    if record.cell.seed == 3 then record.result = nil end
  end
  local found = verdict.treatment(records, ARM, "dcgd", 192, "modsync-p")
  check.equal(found.verdict, "undecided")
  check.ok(found.text:find("(5 pairs, 1 broken)", 1, true), found.text)
end)

check.test("a plain sum that broke at a seed of its own decides nothing", function()
  local records = widths("sum", 1, 0.3, widths("dcgd", 0.1, 1))
  check.equal(verdict.capacity(records, ARM, "dcgd", 48, 192).verdict, "shown")
  for width, result in pairs { [48] = { rel_l2 = 1 }, [192] = false } do
    records[#records + 1] = { result = result or nil, cell = { conflict = "sum",
      seed = 6, width = width, treatment = "none", arm = ARM.arm,
      problem = ARM.problem } }
  end
  check.equal(verdict.capacity(records, ARM, "dcgd", 48, 192).verdict, "undecided")
end)

--- The order of the variants in the report of records of two arms.
local function order_of(records)
  local names = {}
  for name in judged(records):gmatch "\n| (%w+) | `" do names[#names + 1] = name end
  return table.concat(names, " ")
end

check.test("variants without a median, and without controls, are not the best", function()
  local records = {}
  local function add(variant, role, error)
    for seed = 1, 6 do
      local broke = error == 9 and seed < 3
      records[#records + 1] = { result = not broke and { rel_l2 = error } or nil,
        cell = { seed = seed, variant = variant, role = role, treatment = variant,
          controls = 2 } }
    end
  end
  for _, role in ipairs { "treatment", "healthy" } do
    add("none", role, 9)
    for i, name in ipairs { "b", "a", "c" } do add(name, role, 9 - 2 * i) end
    add("same", role, 9)
  end
  check.equal(order_of(records), "c a b same")
  check.ok(not judged(records):find("shown**", 1, true))
  for i = #records, 1, -1 do -- nothing to compare 'b' with
    local cell = records[i].cell
    if cell.variant == "none" and cell.seed > 2 then table.remove(records, i) end
    if cell.variant == "b" and cell.seed < 3 then table.remove(records, i) end
  end
  check.equal(order_of(records), "a c b same")
end)

check.test("a figure that is no number decides nothing", function()
  local records = treated { none = { 1, 0.8 }, ["modsync-p"] = { 0.2, 0.6 } }
  for _, record in ipairs(records) do
    if record.cell.treatment ~= "none" then record.result.tv_excess = 0 / 0 end
  end
  local found = verdict.treatment(records, ARM, "dcgd", 192, "modsync-p")
  check.equal(found.verdict, "undecided")
  check.ok(found.text:find("its null no pairs", 1, true), found.text)
  records = runs({}, { conflict = "dcgd", width = 48 }, 5, sampled(0.3, 0.6))
  runs(records, { conflict = "dcgd", width = 192 }, 5, sampled(0 / 0, 0 / 0))
  check.equal(verdict.mechanism(records, ARM, "dcgd", 48, 192).verdict, "undecided")
end)

check.test("an option that broke is not chosen for the seeds that it survived", function()
  local group = { cell = {}, options = { { lr = 1 }, { lr = 9 } } }
  local function tuned(...)
    local records = { { cell = { lr = 1, seed = 1 }, result = { rel_l2 = 0.5 } },
      { cell = { lr = 1, seed = 2 }, result = { rel_l2 = 0.5 } } }
    for seed, error in ipairs { ... } do
      records[#records + 1] = { cell = { lr = 9, seed = seed },
        result = error and { rel_l2 = error }, error = not error and "diverged" or nil }
    end
    return choice.best(group, records)
  end
  check.equal(tuned(0.1, 0.2), { lr = 9 })
  check.equal(tuned(false, 0.1), { lr = 1 })
  check.equal(tuned(false, false), { lr = 1 })
  check.equal(tuned(), nil) -- not run yet
end)

check.test("every treatment and optimizer of every size can be made", function()
  local seen = { prune = {}, optimizer = {} }
  for file, arguments in pairs { cells = { "standard" }, full = { "tune" },
    specificity = { "192", "512", "all", "tune" } } do
    local define = dofile("scripts/capacity/" .. file .. ".lua")
    for _, cell in ipairs(define(arguments).cells) do
      if cell.treatment ~= "none" then seen.prune[cell.treatment] = true end
      if cell.optimizer then seen.optimizer[cell.optimizer] = true end
    end
  end
  for family, names in pairs(seen) do
    check.ok(next(names), family)
    for name in pairs(names) do ms.registry.resolve(family, name) end
  end
end)

check.test("a difference is more than Student's t says, and more than a tenth", function()
  local function pair(mean, error, n)
    return { mean = mean, error = error, n = n, broken = 0 }
  end
  check.equal(pairing.sign(pair(-1, 0.4, 10)), -1) -- 2.26 standard errors
  check.equal(pairing.sign(pair(-0.9, 0.4, 10)), 0)
  check.equal(pairing.sign(pair(-1, 0.3, 3)), 0) -- 4.30
  check.equal(pairing.sign(pair(-1, 0.1, 2)), nil)
  check.equal(pairing.change(pair(-0.09, 0.01, 10)), 0)
  check.ok(pairing.no_better(pair(0, 0.2, 10)) and pairing.no_worse(pair(0, 0.2, 10)))
  check.ok(not pairing.no_better(pair(0, 0.4, 10))) -- it may be twice as good
  check.ok(pairing.no_better(pair(1, 0.4, 10)) and not pairing.no_worse(pair(1, 0.4, 10)))
  check.ok(not pairing.no_better(pair(-0.5, 0.1, 10)))
end)

check.test("pairs are runs of one seed", function()
  local pair = pairing.pairs({ { x = 1 }, { x = 5 }, nil, { x = 9 } },
    { { x = 0 }, { x = 2 }, { x = 4 } }, function(a, b) return a.x - b.x end)
  check.equal(pair.n, 2)
  check.near(pair.mean, 2, 1e-15)
  check.near(pair.error, 1, 1e-15)
  check.near(ms.statistics.standard_error { 1, 3 }, 1, 1e-15)
end)

check.done()
