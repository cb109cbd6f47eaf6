-- What the annotations of our Lua say of tables and objects is so.
local ms = require "modsync"
local check = require "tests.support.check"
local reference = require "modsync.reference"
local types = require "tests.support.types"

local function field_names(class, skip)
  local names = {}
  for _, field in ipairs(check.ok(reference.type(class), class).fields) do
    if not skip or not skip[field.name] then names[#names + 1] = field.name end
  end
  table.sort(names)
  return table.concat(names, ", ")
end

--- The keys that a message lists as known, sorted.
local function known_keys(fn, skip)
  local names = {}
  local message = check.fails(fn, "%(known: .*%)")
  for name in message:match("%(known: ([^)]*)%)"):gmatch "[%w_.]+" do
    if not skip or not skip[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return table.concat(names, ", ")
end

local poisson = ms.problem "poisson"

local function describe(term)
  return {
    name = "made", coords = { "x" }, fields = { "u" }, domain = ms.box { x = { 0, 1 } },
    terms = { term },
  }
end

check.test("the options that are known are those that are described", function()
  check.equal(known_keys(function() ms.train { nonsense = 1 } end),
    field_names "modsync.train_settings")
  check.equal(known_keys(function() ms.problem { nonsense = 1 } end),
    field_names "modsync.problem_description")
  check.equal(known_keys(function()
    ms.problem(describe { name = "t", nonsense = 1 })
  end), field_names "modsync.term_description")
  local net = ms.mlp { inputs = poisson.coords, outputs = poisson.fields, width = 4 }
  local terms = { residual = true, boundary = true, ["[string]"] = true }
  check.equal(known_keys(function() poisson:losses(net, { nonsense = 1 }) end, terms),
    field_names("modsync.losses_options", terms))
  check.equal(known_keys(function()
    poisson:losses(net, { terms = { boundary = { nonsense = 1 } } })
  end), field_names "modsync.points_plan")
end)

local run = ms.train {
  problem = poisson, net = { width = 4, depth = 2 }, steps = 2, report = "quiet",
  losses = { residual = 16, boundary = 8 }, schedule = "constant", prune = "modsync",
}

local function gram() return ms.gradient_gram(run.losses.G) end

--- Objects of the classes that are annotated in Lua.
local objects = {
  bad_value = function()
    run.net.theta:fill_(0 / 0)
    return run.losses:first_bad()
  end,
  box = function() return poisson.domain end,
  conflict = function() return run.conflict end,
  conform_check = function() return ms.conform("conflict", "sum").checks[1] end,
  conformance = function() return ms.conform("conflict", "sum") end,
  diagnostics = function() return ms.diagnostics end,
  ntk = function() return ms.diagnostics.ntk(run.losses, 4) end,
  profile = function() return ms.profile(run.losses, 2) end,
  profile_pair = function() return ms.profile(run.losses, 2).pairs[1] end,
  stationarity = function() return ms.diagnostics.stationarity(gram()) end,
  tri_factor = function() return ms.diagnostics.curvature(run.losses, 1e-3) end,
  weighting = function() return ms.weighting.lra {} end,
  importance = function() return ms.importance.fisher {} end,
  importance_info = function()
    return select(2, ms.importance.square {}(run.losses))
  end,
  modularity = function() return ms.modularity end,
  exclusivity = function()
    local I = run.losses.G:abs()
    return ms.modularity.exclusivity(I, run.net, { map = true, draws = 1 })
  end,
  layer_exclusivity = function()
    local I = run.losses.G:abs()
    local _, layer = next(ms.modularity.exclusivity(I, run.net, { draws = 1 }).layers)
    return layer
  end,
  overlap = function() return ms.modularity.overlap(run.losses.G:abs(), run.net) end,
  measure = function()
    return ms.modularity.measure(run.losses, { training = run.losses })
  end,
  tracker = function() return ms.modularity.tracker(run.net, run.losses.names) end,
  curvature = function() return ms.curvature(run.losses) end,
  hidden = function() return ms.hidden(run.net) end,
  json = function() return ms.json end,
  layout = function() return require "modsync.layout".new(print) end,
  losses = function() return run.losses end,
  method = function() return run.optimizer end,
  activations = function() return ms.activations end,
  initialisers = function() return ms.initialisers end,
  model = function() return run.net end,
  model_part = function() return run.net.layout[1] end,
  optimizer = function() return run.optimizer end,
  option = function() return run.optimizer.record.options[1] end,
  periodic_faces = function() return ms.periodic "x" end,
  problem = function() return poisson end,
  prune = function() return run.prune end,
  record = function() return run.conflict.record end,
  report = function() return ms.report end,
  paired = function() return ms.statistics.paired_log_ratio({ 1 }, { 2 }) end,
  sweep_outcome = function() return ms.sweep.look "conflicts" end,
  sweep_cell = function() return ms.sweep.look("conflicts").cells[1] end,
  check_report = function() return ms.check(poisson, run.net) end,
  comparison = function() return ms.check(poisson, run.net).checks[1] end,
  data = function() return ms.data { ms.ones(2, 2), columns = { "x", "y" } } end,
  run = function() return run end,
  diagnosis = function() return ms.diagnose(run) end,
  finding = function()
    return { name = "noise", evidence = "", advice = "" } -- a run may have none
  end,
  schedule = function() return run.schedule end,
  ticket = function()
    return ms.lottery { problem = "poisson", steps = 1, rounds = 1, report = false,
      net = { width = 3, depth = 2 } }[2]
  end,
}

--- Tables that callers write: what they hold is checked where they are taken.
local written = {}
for _, name in ipairs { "conform_options", "lottery_settings",
  "profile_options", "train_settings",
  "resume_changes", "losses_options", "micro_options", "points_plan",
  "problem_description",
  "term_description", "space", "coefficient",
  "fields_options", "panel", "lines_options", "series",
  "ascii_options", "bootstrap_options", "sweep_options", "sweep_table_options",
  "sweep_plot_options", "modularity_options", "exclusivity_options", "measure_options",
  "tracker_options" } do
  written[name] = true
end

check.test("objects have the fields that their class declares", function()
  local names = {}
  for name in pairs(objects) do names[#names + 1] = name end
  table.sort(names, function(a, b) -- bad_value spoils the run
    if a == "bad_value" or b == "bad_value" then return b == "bad_value" and a ~= b end
    return a < b
  end)
  for _, name in ipairs(names) do
    local found = check.ok(reference.type("modsync." .. name), name)
    local problem = types.problem(objects[name](), found)
    check.ok(not problem, problem)
  end
end)

check.test("every class with fields is looked at here", function()
  for _, found in ipairs(reference.lua_types()) do
    local name = found.class:match "%.(.*)$"
    local seen = objects[name] or written[name] or #found.fields == 0
    check.ok(seen, found.class .. " needs an object in this test")
  end
end)

check.test("what ms holds is in the reference", function()
  local names = {}
  for _, member in ipairs(reference.members()) do
    check.ok(ms[member.name] ~= nil, member.name)
    check.ok(member.callable or member.class or member.family,
      ("ms.%s is not annotated"):format(member.name))
    local callable = type(ms[member.name]) == "function"
    check.equal(member.callable ~= nil, callable, member.name)
    names[member.name] = true
  end
  check.ok(names.train and names.mlp and names.plot and names.optim)
end)

check.test("the rules of types catch what they are for", function()
  for _, case in ipairs {
    { 1, "integer", true }, { 1.5, "integer", false }, { nil, "integer?", true },
    { 1, "string|number", true }, { "a", '"a"|"b"', true }, { "c", '"a"|"b"', false },
    { { 1, 2 }, "integer[]", true }, { { 1, "x" }, "integer[]", false },
    { { a = 1 }, "table<string, number>", true },
    { { 1 }, "table<string, number>", false },
    { { a = 1 }, "{ a: integer, b?: string }", true }, { {}, "{ a: integer }", false },
    { ms.zeros(2), "modsync.tensor", true }, { 1, "modsync.tensor", false },
    { print, "fun(a: integer): string", true }, { io.stderr, "file*", true },
    { { steps = 1 }, "modsync.train_settings", true },
    { { steps = 1, nonsense = 2 }, "modsync.train_settings", false },
    { { seed = 1 }, "modsync.train_settings", false },
  } do
    check.equal(types.conforms(case[1], case[2]), case[3], case[2])
  end
  check.fails(function() types.conforms(1, "modsync.nothing") end, "no class is called")
  check.fails(function() types.conforms(1, "integr") end, "not understood")
end)

check.done()
