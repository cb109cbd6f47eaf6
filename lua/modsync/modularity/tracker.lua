--[[
Importances beside a training: a running mean over its steps, without any pruning.

  local T = ms.modularity.tracker(net, L.names, { tasks = "two" })
  ... T:observe(G) in every step
  ms.modularity.exclusivity(T.importance, net, { draws = T:draws() })

Its state goes into a checkpoint as that of a method does. The mean over n steps is the
plain one until 'memory' is reached.
]]
local check_keys = require "modsync.check_keys"
local colon = require "modsync.colon"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- Options of ms.modularity.tracker.
---@class modsync.tracker_options
---@field kind? modsync.wanted  of importance: square, taylor ... ("square")
---@field tasks? "terms"|"two"  as ms.importance has it ("terms")
---@field groups? string[][]    as ms.importance has it
---@field memory? number        part of the mean that a step keeps (0.98)

--- A running mean of the importances of every parameter.
---@class modsync.tracker
---@field importance modsync.tensor  T x P, in use
---@field names string[]             of the tasks
---@field steps integer              that were observed
---@field memory number
local Tracker = {}
Tracker.__index = Tracker
Tracker.__name = "modsync.tracker"

function Tracker:__tostring()
  return ("tracker of importance '%s': tasks %s, %d steps"):format(self.kind.name,
    table.concat(self.names, ", "), self.steps)
end

--- Takes note of a step's gradients, K x P. Such that are not finite are passed over.
---@param G modsync.tensor
---@return true?, string? message, string? code
function Tracker:observe(G)
  if not G:is_finite() then
    return nil, "the gradients that importance is measured on are not finite", "diverged"
  end
  local steps = self.steps + 1
  local keep = math.min(self.memory, 1 - 1 / steps)
  self.kind:update(self.importance, G, keep, 1 - keep, self.net.theta, self.tasks)
  self.squares, self.steps = keep ^ 2 * self.squares + (1 - keep) ^ 2, steps
  return true
end

--- How many independent samples would make a mean as certain.
---@return number
function Tracker:draws()
  return self.steps > 0 and 1 / self.squares or 0
end

--- What it has seen, by name.
---@return table<string, modsync.tensor|number>
function Tracker:state()
  return { importance = self.importance, steps = self.steps, squares = self.squares }
end

--- Goes on from a state that state() gave.
---@param state table<string, modsync.tensor|number>
function Tracker:restore(state)
  self.importance:copy_(state.importance)
  self.steps, self.squares = math.tointeger(state.steps), state.squares
end

--- Forgets everything seen so far.
function Tracker:reset()
  self.importance:fill_(0)
  self.steps, self.squares = 0, 0
end

colon.guard(Tracker, "tracker")

---@private
return function(net, names, options)
  local o = options or {}
  check_keys(o, { "kind", "memory", "tasks", "groups" }, "modularity.tracker")
  local wanted = registry.resolve("importance", o.kind or "square")
  if not wanted.record.sample then
    misuse("modularity.tracker: importance '%s' is not made of the gradients of a step",
      wanted.name)
  end
  local memory = o.memory or 0.98
  if not (math.type(memory) and memory >= 0 and memory < 1) then
    misuse("modularity.tracker: memory must be a number from 0 to 1, not %s",
      kind.show(memory))
  end
  local self = setmetatable({ net = net, memory = memory }, Tracker)
  self.kind = wanted:with { tasks = o.tasks, groups = o.groups }
  self.tasks, self.names = self.kind:tasks(names)
  self.importance = core.zeros(#self.names, net:count())
  self:reset()
  return self
end
