--[[
The module modsync: everything of the core (tensors, random streams, elementary functions
...) and the modules written in Lua, each loaded when it is first used, so that starting
costs nothing that the script does not ask for.

  local ms = require "modsync"
]]
local core = require "modsync.core"

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

return setmetatable(ms, {
  modules = modules, -- for the reference
  __index = function(_, name)
    local place = modules[name]
    if not place then return nil end
    local value = require("modsync." .. place[1])
    if place[2] then value = value[place[2]] end
    ms[name] = value
    return value
  end,
})
