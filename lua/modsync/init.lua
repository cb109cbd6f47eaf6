--[[
The module modsync: everything of the core (tensors, random streams, elementary functions
...) and the modules written in Lua, each loaded when it is first used, so that starting
costs nothing that the script does not ask for.

  local ms = require "modsync"
]]
local core = require "modsync.core"

--- What a script works with. A name that is not there is an error: rawget(ms, "x") is the
--- test for one that a script may have given it.
---@class modsync : modsync.core
local ms = {}
for name, value in pairs(core) do ms[name] = value end

--- name in ms -> module, and the module's field where the name is not the module itself.
local modules = {
  problem = { "problem" }, box = { "domain", "box" },
  periodic = { "domain", "periodic" },
  model = { "model", "create" }, models = { "models" }, mlp = { "model", "mlp" },
  compact = { "compact" }, lottery = { "lottery" }, check = { "checker", "check" },
  linear = { "layers", "linear" }, forms = { "forms" }, data = { "data", "new" },
  activations = { "activations" }, initialisers = { "initialisers" },
  optim = { "optim" }, conflict = { "conflict" }, prune = { "prune" },
  importance = { "importance" }, modularity = { "modularity" },
  weighting = { "weighting" }, diagnostics = { "diagnostics" },
  profile = { "profile" }, diagnose = { "diagnose", "diagnose" }, conform = { "conform" },
  scores = { "scores" }, gates = { "gates" }, schedule = { "schedule" },
  curvature = { "curvature" }, hidden = { "hidden" },
  registry = { "registry" },
  register = { "registry", "register" },
  train = { "train", "train" }, save = { "checkpoint", "save" },
  load = { "checkpoint", "load" },
  sweep = { "sweep" }, statistics = { "statistics" },
  plot = { "plot" }, json = { "json" }, help = { "help" }, report = { "report" },
}

--- All names of ms, loaded or not.
local function keys()
  local names = {}
  for name in pairs(core) do names[#names + 1] = name end
  for name in pairs(modules) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- A name that ms does not have: nil would only be called, or printed, later.
local function refuse(name)
  if name == "home" then return nil end -- unknown where the module is used from elsewhere
  local near = type(name) == "string" and require("modsync.nearest")(name, keys()) or {}
  require("modsync.misuse")("ms has no '%s'%s", tostring(name),
    near[1] and ("; did you mean '%s'?"):format(table.concat(near, "' or '")) or "")
end

return setmetatable(ms, {
  modules = modules, -- for the reference
  __keys = keys,     -- for the prompt
  __tostring = function()
    return ("modsync %s; help says what there is"):format(core.version)
  end,
  __index = function(_, name)
    local place = modules[name]
    if not place then return refuse(name) end
    local value = require("modsync." .. place[1])
    if place[2] then value = value[place[2]] end
    ms[name] = value
    return value
  end,
})
