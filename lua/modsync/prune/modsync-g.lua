--[[
A gate for every task on every weight between hidden layers: the losses of task t are
evaluated with the weights w z_t. A reconstruction from the abstract of ModSync (Kong,
Park, Kim and Lee, arXiv:2606.20156), which gives no formulas. Tasks are the residuals and
all other terms. What goes down is

  L_t at w z_t  +  sparsity sum_t sum_p q_tp
                +  synchrony (mean over pairs of tasks) sum_p (q_tp - q_up)^2

  gate = sigmoid:        z_t = q_t = sigmoid(a_t / temperature)
  gate = hard-concrete:  z_t drawn anew in every step, with the same random numbers for
                         all tasks, q_t = P(z_t is not 0); see hard_concrete.lua

The weights follow the direction of the conflict method, made of the gradients by w, z_t
dL_t/d(w z_t); the gates follow the plain gradients, dL_t/d(w z_t) w dz_t/da_t and those
of the penalties, by an Adam of their own. With relative = true the penalties of a task
count in units of the root mean square of its dL_t/da_t, so that the scale of a loss makes
no difference. A weight may grow as its sigmoid falls; against drawn gates it cannot.

The model's theta is the network that is tested, but from the evaluation of the gradients
to the end of apply(), when the optimizer moves w. A weight is tested if the product (or
the mean) of its gates, drawn ones as in a test, is above 'threshold'; it is then w times
the mean of its gates, so that gates that agree change nothing by becoming one. At 'stop'
the gates end: they stay in the weights, and what is not tested is pruned.
]]
local core = require "modsync.core"
local hard = require "modsync.hard_concrete"
local method = require "modsync.method"
local misuse = require "modsync.misuse"
local selected_terms = require "modsync.selected_terms"

--- Tensors that every step writes anew, and the gates' Adam, by state.
local rooms = setmetatable({}, { __mode = "k" })

--- The blocks of the scope: where they are in the parameters and among the weights.
local function places(model, include)
  local list, scope = {}, 0
  for _, part in ipairs(model.layout) do
    if part.hidden or include == "all" and part.role == "weight" then
      local n = part.rows * part.cols
      list[#list + 1] = { offset = part.offset, scope = scope, n = n }
      scope = scope + n
    end
  end
  if #list == 0 then
    misuse "'modsync-g' works on the weights between hidden layers; this model has none"
  end
  return list, scope
end

--- Copies the scope of a vector of P numbers into 'packed', or back.
local function pack(room, vector, packed)
  for _, at in ipairs(room.list) do
    packed:narrow(1, at.scope + 1, at.n):copy_(vector:narrow(1, at.offset + 1, at.n))
  end
  return packed
end

local function unpack(room, packed, vector)
  for _, at in ipairs(room.list) do
    vector:narrow(1, at.offset + 1, at.n):copy_(packed:narrow(1, at.scope + 1, at.n))
  end
end

local function open(model, state, options, losses)
  local room = rooms[state]
  if room then return room end
  local list, scope = places(model, options.include)
  local tasks = method.two_tasks(losses.names, #losses.names)
  local count, terms = math.max(table.unpack(tasks)) + 1, {}
  for t = 1, count do terms[t] = {} end
  for k, task in ipairs(tasks) do terms[task + 1][k] = true end
  room = { list = list, tasks = tasks, terms = terms, count = count,
    work = core.zeros(scope), mean = core.zeros(scope), u = core.zeros(scope),
    z = core.zeros(count, scope), steep = core.zeros(count, scope),
    slope = core.zeros(count, scope),
    adam = core.method("optimizer", "adam", { lr = options.rate }) }
  if not state.weights then
    state.logits = core.full({ count, scope }, options.initial)
    state.weights = pack(room, model.theta, core.zeros(scope))
  end
  if state.m then room.adam:restore { m = state.m, v = state.v, t = state.t } end
  rooms[state] = room
  return room
end

--- x (1 - x) times a factor, into 'out'.
local function bend(x, factor, out)
  return out:copy_(x):neg_():add_(1):mul_(x):mul_(factor)
end

--- The gates of a step, z, and steep = dz / da.
local function draw(state, options, room)
  if options.gate == "sigmoid" then
    room.z:copy_(state.logits):div_(options.temperature):sigmoid_()
    bend(room.z, 1 / options.temperature, room.steep)
    return
  end
  state.draws = (state.draws or 0) + 1
  core.rng(options.seed, "prune.modsync-g " .. state.draws):uniform(room.u)
  local noise = hard.noise(room.u, room.work)
  for t = 1, room.count do
    hard.gates(state.logits:row(t), noise, room.u, options.temperature, room.z:row(t),
      room.steep:row(t))
  end
end

--- What the penalties weigh, q in z, and steep = dq / da.
local function weigh(state, options, room)
  if options.gate == "sigmoid" then return end
  hard.chance(state.logits, options.temperature, room.z)
  bend(room.z, 1, room.steep)
end

--- The gates of a test, in z.
local function test(state, options, z)
  if options.gate == "hard-concrete" then return hard.test(state.logits, z) end
  return z:copy_(state.logits):div_(options.temperature):sigmoid_()
end

local function mean_of(room)
  local mean = room.mean:fill_(0)
  for t = 1, room.count do mean:add_(room.z:row(t)) end
  return mean:div_(room.count)
end

--- theta = w gate in scope, w where the model's mask is 0.
local function put(model, state, room, gate)
  local work = room.work:copy_(state.weights):mul_(gate)
  if model.mask then
    local mask = pack(room, model.mask, room.mask or core.zeros(work:size()))
    room.mask = mask
    work:sub_(state.weights):mul_(mask):add_(state.weights)
  end
  unpack(room, work, model.theta)
end

--- The gate of the network that is tested.
local function tested(state, options, room)
  test(state, options, room.z)
  local chance = room.work:copy_(mean_of(room))
  if options.tested == "product" then
    chance:fill_(1)
    for t = 1, room.count do chance:mul_(room.z:row(t)) end
  end
  return room.mean:mul_(chance:gt_(options.threshold))
end

--[[ a step ]]

--- No slope where the model's mask is 0: the gate is not in use.
local function silence(model, room)
  if not model.mask then return end
  local mask = pack(room, model.mask, room.work)
  for t = 1, room.count do room.slope:row(t):mul_(mask) end
end

--- slope = dL_t / da_t, and the gradients by w z_t become those by w.
local function pull_back(model, state, room, G)
  room.slope:fill_(0)
  for k = 1, G:size(1) do
    local row, t = G:row(k), room.tasks[k] + 1
    local g = pack(room, row, room.work)
    room.slope:row(t):add_(g)
    unpack(room, g:mul_(room.z:row(t)), row)
  end
  for t = 1, room.count do
    room.slope:row(t):mul_(state.weights):mul_(room.steep:row(t))
  end
  silence(model, room)
end

local function evaluate(losses, model, state, options)
  if state.ended then return losses:evaluate() end
  local room = open(model, state, options, losses)
  draw(state, options, room)
  for t = 1, room.count do
    put(model, state, room, room.z:row(t))
    selected_terms.run(losses, room.terms[t])
  end
  pull_back(model, state, room, losses.G)
  unpack(room, state.weights, model.theta)
  room.ready = true
  return losses.loss_values, losses.G
end

--- slope += the gradients of the penalties.
local function penalise(model, state, options, room)
  local pull = room.work
  weigh(state, options, room)
  mean_of(room)
  for t = 1, room.count do
    local slope, unit = room.slope:row(t), 1
    if options.relative then unit = slope:norm() / slope:size() ^ 0.5 end
    pull:fill_(options.sparsity * unit)
    if room.count > 1 then
      local factor = 4 * options.synchrony * unit / (room.count - 1)
      pull:axpy_(factor, room.z:row(t)):axpy_(-factor, room.mean)
    end
    slope:add_(pull:mul_(room.steep:row(t)))
  end
  silence(model, room)
end

local function apply(model, _, state, options, context)
  if state.ended then return end
  local room = rooms[state]
  if not (room and room.ready) then
    misuse "'modsync-g' has gates in the evaluation of gradients: call attach(L) first"
  end
  room.ready = false
  pack(room, model.theta, state.weights)
  if context.progress >= options.start then
    penalise(model, state, options, room)
    room.adam:step(state.logits, room.slope)
    for name, tensor in pairs(room.adam:state()) do state[name] = tensor end
    if options.gate == "hard-concrete" then
      state.logits:clamp_(-hard.LIMIT, hard.LIMIT)
    end
  end
  local gate = tested(state, options, room)
  put(model, state, room, gate)
  if context.progress < options.stop then return end
  state.ended = true
  local alive = core.ones(model:count())
  unpack(room, gate:gt_(0), alive)
  model:prune(alive)
end

return {
  name = "modsync-g",
  summary = "a gate for every task on every weight, held together (a reconstruction)",
  paper = "arXiv:2606.20156",
  options = {
    { name = "gate", type = "choice", default = "hard-concrete",
      choices = { "hard-concrete", "sigmoid" },
      text = "drawn in every step, often exactly 0 or 1, or a number that is learned" },
    { name = "sparsity", type = "number", default = 0.01, min = 0,
      text = "price of an open gate" },
    { name = "synchrony", type = "number", default = 1, min = 0,
      text = "price of gates of one weight that differ" },
    { name = "relative", type = "boolean", default = true,
      text = "prices in units of the mean slope of a task's loss by its gates" },
    { name = "rate", type = "number", default = 1e-2, min = 0,
      text = "learning rate of the gates" },
    { name = "initial", type = "number", default = 2, min = -100, max = 100,
      text = "logit of the gates at the start; sigmoids of 40 are 1 and stay so" },
    { name = "temperature", type = "number", default = 2 / 3, min = 1e-3,
      text = "of the gates: towards 0 they are only 0 or 1" },
    { name = "tested", type = "choice", default = "product",
      choices = { "product", "mean" },
      text = "of a weight's gates, what decides whether it is in the tested network" },
    { name = "threshold", type = "number", default = 0.5, min = 0, max = 1, below = true,
      text = "that it has to be above" },
    { name = "start", type = "number", default = 0, min = 0, max = 1,
      text = "part of the training before the gates move; less than stop" },
    { name = "stop", type = "number", default = 0.75, min = 0, max = 2,
      text = "part of the training after which the gates are part of the weights" },
    { name = "seed", type = "integer", default = 0, min = 0,
      text = "seed of the gates that are drawn" },
  },
  evaluate = evaluate, apply = apply,
  gates = function(state, options)
    return state.logits and test(state, options, state.logits:clone())
  end,
}
