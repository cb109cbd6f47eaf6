--[[
Training with gates (hard_concrete.lua) on the weights between hidden layers. A weight is
w z: the gates are drawn anew in every step, and learned with the weights by Adam. What
goes down is

  sum of the losses at w z  +  strength sum over the gates P(z is not 0)

for the gates; the weights follow the direction of the conflict method, made of the
gradients by w, z dL/d(w z).

The model's theta is the network that is tested, w times the test gates, except while the
gradients are evaluated: the sparsity, errors and checkpoints of a run are those of what
it will be. At 'stop' the gates end: they stay in the weights, and what is 0 is pruned.
]]
local core = require "modsync.core"
local hard = require "modsync.hard_concrete"
local misuse = require "modsync.misuse"

--- Tensors that every step writes anew, and the gates' Adam, by state.
local rooms = setmetatable({}, { __mode = "k" })

--- The places of the blocks among weights and gates.
local function places(model, options)
  local list, scope, gates = {}, 0, 0
  for i, part in ipairs(model:hidden_blocks()) do
    local rows = options.gates == "unit" and 1 or part.rows
    list[i] = { offset = part.offset, scope = scope, gates = gates, rows = part.rows,
      cols = part.cols, gate_rows = rows }
    scope, gates = scope + part.rows * part.cols, gates + rows * part.cols
  end
  if #list == 0 then
    misuse "'l0' works on the weights between hidden layers; this model has none"
  end
  return list, scope, gates
end

local function matrix(vector, offset, rows, cols)
  return vector:narrow(1, offset + 1, rows * cols):reshape(rows, cols)
end

local function open(model, state, options)
  local room = rooms[state]
  if room then return room end
  local list, scope, gates = places(model, options)
  room = { list = list, work = core.zeros(scope), u = core.zeros(gates),
    z = core.zeros(gates), slope = core.zeros(gates),
    adam = core.method("optimizer", "adam", { lr = options.rate }) }
  if not state.weights then
    state.log_alpha = core.full({ gates }, options.initial)
    state.weights = core.zeros(scope)
    for _, at in ipairs(list) do
      matrix(state.weights, at.scope, at.rows, at.cols):copy_(
        matrix(model.theta, at.offset, at.rows, at.cols))
    end
  end
  if state.m then room.adam:restore { m = state.m, v = state.v, t = state.t } end
  rooms[state] = room
  return room
end

--- work = w z of a block, w where the model's mask is 0; a matrix.
local function gate(model, state, room, at)
  local w = matrix(state.weights, at.scope, at.rows, at.cols)
  local gated = matrix(room.work, at.scope, at.rows, at.cols):copy_(w)
  gated:mul_(matrix(room.z, at.gates, at.gate_rows, at.cols))
  if model.mask then
    gated:sub_(w):mul_(matrix(model.mask, at.offset, at.rows, at.cols)):add_(w)
  end
  return gated
end

--- theta = w z in scope.
local function put(model, state, room)
  for _, at in ipairs(room.list) do
    matrix(model.theta, at.offset, at.rows, at.cols):copy_(gate(model, state, room, at))
  end
end

--- slope = d sum of losses / d log alpha of a block, where it was dz / d log alpha; then
--- the gradients by w z become those by w.
local function pull_back(model, state, room, at, G)
  local sum = matrix(room.work, at.scope, at.rows, at.cols):fill_(0)
  local z = matrix(room.z, at.gates, at.gate_rows, at.cols)
  for k = 1, G:size(1) do
    local g = matrix(G:row(k), at.offset, at.rows, at.cols)
    sum:add_(g)
    g:mul_(z)
  end
  sum:mul_(matrix(state.weights, at.scope, at.rows, at.cols))
  if model.mask then sum:mul_(matrix(model.mask, at.offset, at.rows, at.cols)) end
  if at.gate_rows < at.rows then sum = sum:sum(1, true) end
  matrix(room.slope, at.gates, at.gate_rows, at.cols):mul_(sum)
end

local function evaluate(losses, model, state, options)
  if options.strength == 0 or state.ended then return losses:evaluate() end
  local room = open(model, state, options)
  state.draws = (state.draws or 0) + 1
  core.rng(options.seed, "prune.l0 " .. state.draws):uniform(room.u)
  hard.draw(state.log_alpha, room.u, options.temperature, room.z, room.slope)
  put(model, state, room)
  local values, G = losses:evaluate()
  for _, at in ipairs(room.list) do pull_back(model, state, room, at, G) end
  hard.test(state.log_alpha, room.z)
  put(model, state, room)
  room.ready = true
  return values, G
end

--- One step of the gates' Adam.
local function move_gates(state, options, room)
  local chance, rest = hard.chance(state.log_alpha, options.temperature, room.u), room.z
  rest:copy_(chance):neg_():add_(1):mul_(chance)
  room.slope:axpy_(options.strength, rest)
  room.adam:step(state.log_alpha, room.slope)
  for name, tensor in pairs(room.adam:state()) do state[name] = tensor end
  state.log_alpha:clamp_(-hard.LIMIT, hard.LIMIT)
end

--- What the optimizer took from theta, which was w times the test gates, is w's.
local function move_weights(model, state, room)
  hard.test(state.log_alpha, room.z)
  for _, at in ipairs(room.list) do
    local step = gate(model, state, room, at)
    step:neg_():add_(matrix(model.theta, at.offset, at.rows, at.cols))
    matrix(state.weights, at.scope, at.rows, at.cols):add_(step)
  end
end

local function apply(model, _, state, options, context)
  if options.strength == 0 or state.ended then return end
  local room = open(model, state, options)
  if not room.ready then
    misuse "'l0' has gates in the evaluation of gradients: call attach(L) before it"
  end
  room.ready = false
  move_weights(model, state, room)
  move_gates(state, options, room)
  hard.test(state.log_alpha, room.z)
  put(model, state, room)
  if context.progress >= options.stop then
    state.ended = true
    local alive = core.ones(model:count())
    for _, at in ipairs(room.list) do
      matrix(alive, at.offset, at.rows, at.cols):copy_(
        matrix(model.theta, at.offset, at.rows, at.cols)):ne_(0)
    end
    model:prune(alive)
  end
end

return {
  name = "l0",
  summary = "learns gates that are often exactly 0: L0 by hard concrete gates",
  paper = "arXiv:1712.01312",
  options = {
    { name = "strength", type = "number", default = 0.1, min = 0,
      text = "price of a gate that is not 0, in units of the loss; 0: no gates" },
    { name = "gates", type = "choice", default = "weight", choices = { "weight", "unit" },
      text = "a gate for every weight, or one for all that come into a unit" },
    { name = "rate", type = "number", default = 1e-2, min = 0,
      text = "learning rate of the gates" },
    { name = "initial", type = "number", default = 2, min = -4.6, max = 4.6,
      text = "log alpha of the gates at the start" },
    { name = "temperature", type = "number", default = 2 / 3, min = 0.01, max = 1,
      text = "of the gates: towards 0 they are only 0 or 1" },
    { name = "stop", type = "number", default = 0.75, min = 0, max = 2,
      text = "part of the training after which the gates stay as they are" },
    { name = "seed", type = "integer", default = 0, min = 0,
      text = "seed of the gates' draws" },
  },
  evaluate = evaluate, apply = apply,
}
