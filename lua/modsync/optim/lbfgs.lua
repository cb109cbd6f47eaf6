--[[
L-BFGS (Liu and Nocedal 1989, doi:10.1007/BF01589116): p = -H d, H the inverse Hessian
that the last 'history' pairs s = change of theta, y = change of d tell of (Nocedal 1980,
doi:10.1090/S0025-5718-1980-0572855-7), and a step length that satisfies the strong Wolfe
conditions. The first length tried is lr, in the first step lr / |d|_1 if that is less.

d must be the gradient of what 'look' returns; y is taken between two points of the same
function, so points may be drawn anew between steps (every pair is exact, though of
another sample). Where no length goes down the pairs are forgotten, and where there are
none theta stays until the value is another one: nothing more is to be gained.

Memory: (2 history + 3) P numbers. Time beside look(): 6 history passes over P numbers.
]]
local core = require "modsync.core"
local line_search = require "modsync.line_search"

local rooms = setmetatable({}, { __mode = "k" }) -- by state: what no checkpoint needs

local function room_of(state, options, P)
  local room, m = rooms[state], options.history
  if room then return room end
  if not state.S then
    state.S, state.Y, state.pairs, state.newest = core.zeros(m, P), core.zeros(m, P), 0, 0
  end
  room = { theta = core.zeros(P), p = core.zeros(P), S = {}, Y = {}, along = {},
    product = {} }
  for i = 1, m do room.S[i], room.Y[i] = state.S:row(i), state.Y:row(i) end
  rooms[state] = room
  return room
end

--- p = -H d by the recursion of two loops; pairs that a mask has bent are passed over.
local function direct(room, state, d, m)
  local p, S, Y, along, product = room.p, room.S, room.Y, room.along, room.product
  local scale
  p:copy_(d):mul_(-1)
  for back = 0, state.pairs - 1 do
    local i = (state.newest - 1 - back) % m + 1
    product[i] = S[i]:dot(Y[i])
    if product[i] > 0 then
      scale = scale or product[i] / Y[i]:dot(Y[i])
      along[i] = S[i]:dot(p) / product[i]
      p:axpy_(-along[i], Y[i])
    end
  end
  p:mul_(scale or 1)
  for back = state.pairs - 1, 0, -1 do
    local i = (state.newest - 1 - back) % m + 1
    if product[i] > 0 then p:axpy_(along[i] - Y[i]:dot(p) / product[i], S[i]) end
  end
  return p
end

local function remember(room, state, length, d, gradient, m)
  local i = state.newest % m + 1
  room.S[i]:copy_(room.p):mul_(length)
  room.Y[i]:copy_(gradient):sub_(d)
  state.newest, state.pairs = i, math.min(state.pairs + 1, m)
end

--- A direction of descent and its slope; nil where d is 0.
local function descent(room, state, d, m)
  local p = direct(room, state, d, m)
  local slope = p:dot(d)
  if slope < 0 then return p, slope end
  state.pairs = 0
  p:copy_(d):mul_(-1)
  slope = p:dot(d)
  if slope < 0 then return p, slope end
end

local function step(theta, d, state, options, look, value)
  local m, room = options.history, room_of(state, options, theta:size())
  value = value or look()
  if state.stuck == value then return end
  local p, slope = descent(room, state, d, m)
  if not p then return end
  room.theta:copy_(theta)
  local gradient
  local first = options.lr * (state.pairs > 0 and 1 or math.min(1, 1 / d:norm(1)))
  local length = line_search(function(t)
    theta:copy_(room.theta):axpy_(t, p)
    local now
    now, gradient = look()
    return now, gradient:dot(p)
  end, value, slope, first, options.evaluations)
  if length and theta ~= room.theta then
    state.stuck = nil
    return remember(room, state, length, d, gradient, m)
  end
  theta:copy_(room.theta)
  state.stuck = state.pairs == 0 and value or nil
  state.pairs = 0
end

return {
  name = "lbfgs",
  summary = "a quasi-Newton method that remembers the last steps, with a line search",
  paper = "doi:10.1007/BF01589116",
  looks = true,
  options = {
    { name = "lr", type = "number", default = 1, min = 0,
      text = "the step length that is tried first" },
    { name = "history", type = "integer", default = 50, min = 1, max = 1000,
      text = "pairs of steps and changes of the gradient that are remembered" },
    { name = "evaluations", type = "integer", default = 25, min = 1,
      text = "of values and gradients along a step, at most" },
  },
  step = step,
}
