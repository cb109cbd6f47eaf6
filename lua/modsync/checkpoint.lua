--[[
Checkpoints: ms.save(run, path), ms.load(path). An NPZ file that numpy.load opens:

  manifest            JSON: format, version, step, and what the run is built from:
                      problem, options of model, losses and methods, terms (in the order
                      of the rows that states have; without it those that share points
                      stand together), states that are no arrays
  params/W1 ...       the parameters by layer
  params.mask         0 where no step changes them, if there is a mask
  params.free, .alive of a pruned model: 0 for what is frozen, and for what is held at 0
  optim/m ...         state of the optimizer; likewise conflict/..., prune/...
  losses/...          point sets and random streams
  monitor/...         what the measures of diagnose have seen so far
  history/step ...    the sampled columns

It holds no times and no paths but the problem's own, so the same run gives the same
bytes. Version 1.
]]
local core = require "modsync.core"
local json = require "modsync.json"
local losses = require "modsync.losses"
local masks = require "modsync.mask"
local misuse = require "modsync.misuse"
local models = require "modsync.model"
local own_names = require "modsync.own_names"
local registry = require "modsync.registry"

local checkpoint = {}

--- family -> field of a run
local METHODS = {
  optim = "optimizer", conflict = "conflict", prune = "prune", schedule = "schedule",
}

local FORMAT, VERSION = "modsync checkpoint", 1

--[[ saving ]]

local function problem_entry(problem)
  local entry = { name = problem.name, from = problem.wanted }
  if problem.file then
    local file = io.open(problem.file, "rb")
    if file then
      entry.crc32 = core.crc32(file:read("a"))
      file:close()
    end
  end
  return entry
end

--- Options as a manifest holds them; functions are named in a list of their own.
local function plain_options(options)
  local plain, functions = {}, nil
  for name, value in pairs(options) do
    if type(value) == "function" then
      functions = functions or {}
      functions[#functions + 1] = name
    else
      plain[name] = value
    end
  end
  if functions then table.sort(functions) end
  return plain, functions
end

local function method_entry(object)
  if not object then return nil end
  local weighting = object.chosen and object.chosen.weighting
  local options, functions = plain_options(object:options())
  return {
    name = object.name, options = options, functions = functions,
    unnamed = object.record.unnamed or weighting and weighting.record.unnamed,
  }
end

--- Arrays of a state go into entries, everything else is returned for the manifest.
local function split_state(entries, prefix, state)
  local names, plain = {}, {}
  for name in pairs(state) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = state[name]
    if type(value) == "userdata" then
      entries[#entries + 1] = { prefix .. "/" .. name, value }
    else
      plain[name] = value
    end
  end
  return plain
end


local function collect(run)
  local manifest = {
    format = FORMAT, version = VERSION, step = run.step, steps = run.steps,
    seed = run.seed, threads = core.threads(), problem = problem_entry(run.problem),
    net = run.net.options, losses = run.losses.options, terms = run.losses.names,
    schedule = method_entry(run.schedule), history = { every = run.history.every },
    lr = run.optimizer:lr(), rate = run.rate, state = {},
  }
  local entries, views = { { "manifest", "" } }, run.net:views()
  for _, view in ipairs(run.net.layout) do
    entries[#entries + 1] = { "params/" .. view.name, views[view.name] }
  end
  for _, name in ipairs { "mask", "free", "alive" } do
    local values = run.net[name]
    if values then entries[#entries + 1] = { "params." .. name, values } end
  end
  for _, family in ipairs { "optim", "conflict", "prune" } do
    local object = run[METHODS[family]]
    manifest[family] = method_entry(object)
    manifest.state[family] = object and split_state(entries, family, object:state())
  end
  manifest.holdout = run.wants_holdout
  manifest.state.losses = split_state(entries, "losses", run.losses:state())
  manifest.diagnose = run.diagnose or false
  if run.monitor then
    manifest.state.monitor = split_state(entries, "monitor", run.monitor:state())
  end
  for _, name in ipairs(run:columns()) do
    local column = run.history[name]
    if column then entries[#entries + 1] = { "history/" .. name, core.tensor(column) } end
  end
  entries[1][2] = json.encode(manifest)
  return entries
end

--- Writes a run. A run with a parameter that is not finite is not written.
---@param run modsync.run
---@param path string
---@return true?, string? message, string? code
function checkpoint.save(run, path)
  if type(run) ~= "table" or not run.net or not run.losses then
    misuse("ms.save expects a run (what ms.train and ms.load return) and a path")
  end
  if type(path) ~= "string" then misuse("ms.save: the path is a %s", type(path)) end
  local entries = collect(run)
  for _, entry in ipairs(entries) do
    local kept = entry[1]:match("^params/") or entry[1]:match("^optim/")
    if kept and not entry[2]:is_finite() then
      local message = "%s not written: %s holds values that are not finite"
      return nil, message:format(path, entry[1]), "diverged"
    end
  end
  return core.npz_write(path, entries)
end

--[[ loading ]]

--- What every manifest holds.
local HELD = {
  { "step", "integer" }, { "steps", "integer" }, { "seed", "integer" },
  { "threads", "integer" }, { "lr", "number" }, { "problem", "table" },
  { "net", "table" }, { "losses", "table" }, { "optim", "table" },
  { "conflict", "table" }, { "history", "table" }, { "state", "table" },
}

--- The first entry that is missing or of another type.
local function missing(manifest)
  for _, held in ipairs(HELD) do
    local name, wanted = held[1], held[2]
    local value = manifest[name]
    if type(value) ~= wanted and math.type(value) ~= wanted then return name end
  end
end

local function read(path)
  local contents, message, code = core.npz_read(path)
  if not contents then return nil, message, code end
  local manifest = contents.manifest
  local read_well
  read_well, manifest = pcall(json.decode, manifest)
  if not read_well or type(manifest) ~= "table" or manifest.format ~= FORMAT then
    return nil, ("%s is not a checkpoint of modsync"):format(path), "format"
  end
  if manifest.version ~= VERSION then
    local message = "%s is a checkpoint of version %s; this program reads version %d"
    return nil, message:format(path, tostring(manifest.version), VERSION), "format"
  end
  local lost = missing(manifest)
  if lost then
    return nil, ("%s is damaged: its manifest has no '%s'"):format(path, lost), "format"
  end
  return contents, manifest
end

local function open_problem(entry, given, path)
  local problems = require "modsync.problem"
  if given then
    local problem = problems(given)
    if problem.name == entry.name then return problem end
    return nil, ("%s was made with the problem '%s', not with '%s'"):format(path,
      entry.name, problem.name), "argument"
  end
  if not entry.from then
    return nil, ("%s was made with the problem '%s', which was not read from a file: " ..
      "pass it, ms.load(path, { problem = ... })"):format(path, entry.name), "argument"
  end
  local found, message = problems.find(entry.from)
  if not found then
    return nil, ("%s: %s; pass the problem, ms.load(path, { problem = ... }) or "
      .. "modsync train PROBLEM --resume FILE"):format(path, message), "argument"
  end
  return problems(entry.from)
end

local function open_method(family, entry, given, path)
  if given ~= nil then return registry.resolve(family, given) end
  if not entry then return nil end
  local noun = registry.family(family).noun
  if entry.unnamed or not registry.find(family, entry.name) then
    local message = "%s was made with the %s '%s', which is not registered here: " ..
      "register it, or pass ms.load(path, { %s = ... })"
    return nil, message:format(path, noun, entry.name, METHODS[family]), "argument"
  end
  if entry.functions then
    local message = "%s was made with the %s '%s' whose option %s is a function, " ..
      "which no checkpoint holds: pass ms.load(path, { %s = ... })"
    return nil, message:format(path, noun, entry.name,
      table.concat(entry.functions, ", "), METHODS[family]), "argument"
  end
  local made, object = pcall(registry.create, family, entry.name, entry.options)
  if made then return object end
  local reason = tostring(object):gsub("^%S+:%d+: ", "")
  return nil, ("%s: %s; or pass ms.load(path, { %s = ... })"):format(path, reason,
    METHODS[family]), "argument"
end

--- Arrays and plain values of one state, together again.
local function join_state(contents, prefix, plain)
  local state = {}
  for name, value in pairs(plain or {}) do state[name] = value end
  for name, value in pairs(contents) do
    local key = name:match("^" .. prefix .. "/(.+)$")
    if key then state[key] = value end
  end
  return state
end

local function restore_parameters(net, contents, path)
  local views = net:views()
  for _, part in ipairs(net.layout) do
    local saved = contents["params/" .. part.name]
    local shape = type(saved) == "userdata" and saved:shape() or {}
    if #shape ~= 2 or shape[1] ~= part.rows or shape[2] ~= part.cols then
      local message = "%s: array params/%s is missing or not %d x %d"
      return nil, message:format(path, part.name, part.rows, part.cols), "format"
    end
    views[part.name]:copy_(saved)
  end
  masks.restore(net, contents["params.mask"], contents["params.free"],
    contents["params.alive"])
  return true
end

--- Objects of the methods, from the manifest or as given.
local function open_methods(settings, manifest, given, path)
  for family, field in pairs(METHODS) do
    local entry = manifest[family]
    local object, message, code = open_method(family, entry, given[field], path)
    if message then return nil, message, code end
    settings[field] = object
  end
  return true
end

local function warn_if_changed(problem, entry, path)
  local now = problem_entry(problem).crc32
  if entry.crc32 and now and now ~= entry.crc32 then
    io.stderr:write(("modsync: %s has changed since %s was written\n"):format(
      problem.file, path))
  end
end

local function restore_states(run, contents, manifest)
  local plain = manifest.state
  if run.optimizer.name == manifest.optim.name then -- not another one that was given
    run.optimizer:restore(join_state(contents, "optim", plain.optim))
    run.optimizer:lr(manifest.lr)
    run.rate = manifest.rate or manifest.schedule and manifest.schedule.options.from
      or manifest.lr -- files from before had no 'rate'
  end
  run.conflict:restore(join_state(contents, "conflict", plain.conflict))
  if run.prune then
    run.prune:bind(run.net, #run.losses.names, run.losses.names)
    run.prune:restore(join_state(contents, "prune", plain.prune))
  end
  run.losses:restore(join_state(contents, "losses", plain.losses))
  if run.monitor then
    run.monitor:restore(join_state(contents, "monitor", plain.monitor))
  end
end

local function restore_history(run, contents)
  for _, name in ipairs(run:columns()) do
    local column = contents["history/" .. name]
    run.history[name] = column and column:totable()
  end
  for i, step in ipairs(run.history.step or {}) do
    run.history.step[i] = math.tointeger(step)
  end
end

local GIVEN = {
  problem = true, net = true, optimizer = true, conflict = true, prune = true,
  schedule = true,
}

--- The model of the saved options and those given, such as functions, or the one given.
local function open_net(saved, given, problem)
  if given and given.theta then return given end
  local options = {}
  for name, value in pairs(saved) do options[name] = value end
  for name, value in pairs(given or {}) do options[name] = value end
  options.outputs = own_names(options.outputs, problem.fields)
  return models.create(options)
end

--- A run of these settings with the model and the order of the terms that were saved.
--- fn(...), or nil and a message that names the file, with what to do about it.
local function try(path, advice, fn, ...)
  local made, result = pcall(fn, ...)
  if made then return result end
  local message = tostring(result):gsub("^%S+:%d+: ", "")
  return nil, ("%s: %s%s"):format(path, message, advice), "argument"
end

--- The run, not yet trained, over a model of the checkpoint or as given.
local function open_run(settings, manifest, given_net, path)
  if given_net ~= nil then
    local net = open_net(manifest.net, given_net, settings.problem)
    settings.losses = losses.new(settings.problem, net, manifest.losses,
      manifest.terms or "grouped")
    return require("modsync.train").new(settings)
  end
  local net, message, code = try(path, "; or pass ms.load(path, { net = ... })", open_net,
    manifest.net, nil, settings.problem)
  if not net then return nil, message, code end
  return try(path, "", function()
    settings.losses = losses.new(settings.problem, net, manifest.losses,
      manifest.terms or "grouped")
    return require("modsync.train").new(settings)
  end)
end

--[[
The run that a checkpoint holds, ready for run:resume(). given: problem, optimizer,
conflict, prune or schedule, for a checkpoint made with one that has no name to find it
by; net, a model or options that no checkpoint holds, { forward = ... }. Where there is
none, a message says why: assert(ms.load(path)):resume() shows it.
]]
---@param path string
---@param given table?  objects by name
---@return modsync.run?, string? message, string? code
function checkpoint.load(path, given)
  if type(path) ~= "string" then misuse("ms.load: the path is a %s", type(path)) end
  given = given or {}
  for name in pairs(given) do
    if not GIVEN[name] then misuse("ms.load takes no '%s'", tostring(name)) end
  end
  local contents, manifest, code = read(path)
  if not contents then return nil, manifest, code end
  local settings = {
    steps = manifest.steps, seed = manifest.seed, history = manifest.history,
    diagnose = manifest.diagnose, holdout = manifest.holdout,
  }
  local done, message
  settings.problem, message, code = open_problem(manifest.problem, given.problem, path)
  if not settings.problem then return nil, message, code end
  done, message, code = open_methods(settings, manifest, given, path)
  if not done then return nil, message, code end
  local run
  run, message, code = open_run(settings, manifest, given.net, path)
  if not run then return nil, message, code end
  warn_if_changed(run.problem, manifest.problem, path)
  done, message, code = restore_parameters(run.net, contents, path)
  if not done then return nil, message, code end
  done, message = pcall(restore_states, run, contents, manifest)
  if not done then
    message = tostring(message):gsub("^%S+:%d+: ", "")
    return nil, ("%s does not fit the run: %s"):format(path, message), "format"
  end
  restore_history(run, contents)
  run.step, run.threads = manifest.step, manifest.threads
  run:measure()
  return run
end

return checkpoint
