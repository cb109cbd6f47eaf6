--[[
Lottery tickets (Frankle and Carbin, arXiv:1803.03635; rewinding: arXiv:1903.01611):
train, prune a share of the smallest weights, put the others back to what they were in an
early step, and train again, round after round.

  local tickets = ms.lottery { problem = "helmholtz", net = { width = 50 }, steps = 5000,
    rounds = 5, fraction = 0.2, rewind = 250 }
  for _, ticket in ipairs(tickets) do print(ticket.density, ticket.run.rel_l2.u) end

A round goes on from the checkpoint of that step: moments of the optimizer, points, random
streams and schedule are those of the first run, and only the mask is new. With fresh =
true every round also trains a network with the same mask and other weights at the start,
the control.
]]
local check_keys = require "modsync.check_keys"
local kind = require "modsync.kind"
local masks = require "modsync.mask"
local misuse = require "modsync.misuse"
local prune = require "modsync.prune"
local train = require "modsync.train"

--- Settings of ms.lottery, and those of ms.train but for prune and checkpoint.
---@class modsync.lottery_settings : modsync.train_settings
---@field rounds? integer    how often to prune (5)
---@field fraction? number   of the weights left, how many go each time (0.2)
---@field rewind? integer    the step that the others go back to (0, the start)
---@field scope? "global"|"layer"|"neuron"  inside of what weights are compared (global)
---@field fresh? boolean     train the control, too (false)
---@field path? string       of the checkpoint, which is kept; else a temporary file

--- A round of ms.lottery. The first is the run of the whole network.
---@class modsync.ticket
---@field density number          part of the weights between hidden layers that is left
---@field alive modsync.tensor?   the mask, P times 0 or 1
---@field run modsync.run
---@field fresh modsync.run?      the control: the same mask, other weights at the start

local OWN = { "rounds", "fraction", "rewind", "scope", "fresh", "path" }

--- The names of its settings, its own first.
local function names()
  local known = { table.unpack(OWN) }
  for _, name in ipairs(train.settings) do
    if name ~= "prune" and name ~= "checkpoint" then known[#known + 1] = name end
  end
  return known
end

local function check(settings)
  local function bad(...) misuse("ms.lottery: " .. (...), select(2, ...)) end
  if type(settings) ~= "table" then misuse "ms.lottery expects a table of settings" end
  for _, name in ipairs { "prune", "checkpoint" } do
    if settings[name] ~= nil then bad("it has no setting '%s': it is its own", name) end
  end
  check_keys(settings, names(), "ms.lottery")
  local net = settings.net
  if net ~= nil and (type(net) ~= "table" or net.theta) then
    bad("net must be options of a model, which every round makes anew, not %s",
      kind.show(net))
  end
  local own = { rounds = settings.rounds or 5, fraction = settings.fraction or 0.2,
    rewind = settings.rewind or 0, scope = settings.scope, fresh = settings.fresh,
    path = settings.path }
  if not kind.whole(own.rounds, 1) then
    bad("rounds must be a positive whole number, not %s", kind.show(own.rounds))
  end
  local share = math.type(own.fraction) and own.fraction
  if not share or share <= 0 or share >= 1 then
    bad("fraction must be a number between 0 and 1, not %s", kind.show(own.fraction))
  end
  local steps = kind.whole(settings.steps, 1)
  if not kind.whole(own.rewind, 0) or steps and own.rewind >= steps then
    bad("rewind must be a step before the last, not %s", kind.show(own.rewind))
  end
  if own.path ~= nil and type(own.path) ~= "string" then
    bad("path must be a string, not %s", kind.show(own.path))
  end
  return own
end

--- The method that takes the smallest weights of a network at once.
local function smallest(net, density, scope)
  local sync = prune.magnitude { density = density, schedule = "one-shot", start = 0,
    period = 1, scope = scope }
  sync:bind(net)
  return sync
end

--- The settings of ms.train among those given.
local function training(settings)
  local left = {}
  for name, value in pairs(settings) do left[name] = value end
  for _, name in ipairs(OWN) do left[name] = nil end
  return left
end

--- Is a method made of functions that have no name to find them by?
local function is_unnamed(method)
  if type(method) ~= "table" then return type(method) == "function" end
  if method.record then return method.record.unnamed end
  for _, value in pairs(method) do
    if type(value) == "function" then return true end
  end
end

--- What no checkpoint holds: objects and functions.
local function objects(settings)
  local given, functions = {}, nil
  if type(settings.problem) ~= "string" then given.problem = settings.problem end
  for _, name in ipairs { "optimizer", "conflict", "schedule" } do
    if is_unnamed(settings[name]) then given[name] = settings[name] end
  end
  for name, value in pairs(settings.net or {}) do
    if type(value) == "function" then
      functions = functions or {}
      functions[name] = value
    end
  end
  given.net = functions
  return given
end

--- The first run, whose state of the step to go back to is written.
local function first_run(settings, own, path)
  local started = training(settings)
  local saved, message, callback
  function started.callback(run, step)
    if step == own.rewind then saved, message = run:save(path) end
    callback = settings.callback
    return not callback or callback(run, step) ~= false
  end
  local run = train.new(started)
  smallest(run.net, 1, own.scope) -- complains before anything is trained
  if own.rewind == 0 then saved, message = run:save(path) end
  run:resume()
  if not saved and run.step >= own.rewind then return nil, message end
  return run
end

--- The mask of what is left when the smallest weights of a network are gone, which stays
--- as it is.
local function choose(net, density, scope)
  local theta, alive = net.theta:clone(), nil
  local before = { net.mask, net.free, net.alive }
  for name, tensor in pairs(before) do before[name] = tensor:clone() end
  smallest(net, density, scope):apply(net, 0)
  alive = net.alive:clone()
  net.theta:copy_(theta)
  masks.restore(net, before[1], before[2], before[3])
  return alive
end

--- The network of the first step with other weights, pruned.
local function fresh_run(settings, alive)
  local other = training(settings)
  other.net = {}
  for name, value in pairs(settings.net or {}) do other.net[name] = value end
  other.net.seed = (other.net.seed or settings.seed or 1) + 1
  local run = train.new(other)
  run.net:prune(alive)
  return run:resume()
end

local function rounds(settings, own, path)
  local run, message, code = first_run(settings, own, path)
  if not run then return nil, message, code end
  local tickets = { { density = 1, run = run } }
  for round = 1, own.rounds do
    if run.stopped ~= "finished" then break end
    local ticket = { density = (1 - own.fraction) ^ round }
    ticket.alive = choose(run.net, ticket.density, own.scope)
    run, message, code = require("modsync.checkpoint").load(path, objects(settings))
    if not run then return nil, message, code end
    run.net:prune(ticket.alive)
    ticket.run = run
    tickets[#tickets + 1] = ticket
    run:resume { report = settings.report, callback = settings.callback }
    if own.fresh and run.stopped == "finished" then
      ticket.fresh = fresh_run(settings, ticket.alive)
    end
  end
  return tickets
end

--- Trains, prunes, rewinds and trains again. A run that does not finish is the last.
---@param settings modsync.lottery_settings
---@return modsync.ticket[]?, string? message, string? code
return function(settings)
  local own = check(settings)
  local path = own.path or os.tmpname()
  local tickets, message, code = rounds(settings, own, path)
  if not own.path then os.remove(path) end
  return tickets, message, code
end
