--[[
L-BFGS (Liu and Nocedal 1989, doi:10.1007/BF01589116): p = -H d, H the inverse Hessian
that the last 'history' pairs s = change of theta, y = change of d tell of (Nocedal 1980,
doi:10.1090/S0025-5718-1980-0572855-7), and a step length that satisfies the strong Wolfe
conditions. The first length tried is lr, in the first step lr / |d|_1 if that is less.

d must be the gradient of what 'look' returns; y is taken between two points of the same
function, so points may be drawn anew between steps (every pair is exact, though of
another sample). Where no length goes down the pairs are forgotten, and where there are
none theta stays until the value is another one: nothing more is to be gained.

Memory: (2 history + 2) P numbers, and (K + 2) P for looking ahead at K losses. Time
beside look(): 6 history passes over P numbers.
]]
local core = require "modsync.core"
local line_search = require "modsync.line_search"
local misuse = require "modsync.misuse"

local rooms = setmetatable({}, { __mode = "k" }) -- by state: what no checkpoint needs

--- S and Y of m pairs, with the newest of those that there are.
local function fit(state, m, P)
  local S, Y, old = core.zeros(m, P), core.zeros(m, P), state.S and state.S:size(1) or 0
  local pairs_kept = math.min(state.pairs or 0, m)
  for back = 0, pairs_kept - 1 do
    local from = (state.newest - 1 - back) % old + 1
    S:row(pairs_kept - back):copy_(state.S:row(from))
    Y:row(pairs_kept - back):copy_(state.Y:row(from))
  end
  state.S, state.Y, state.pairs, state.newest = S, Y, pairs_kept, pairs_kept
end

local function room_of(state, options, P)
  local room, m = rooms[state], options.history
  if room and room.theta:size() == P then return room end
  if state.S and state.S:size(2) ~= P then
    misuse("optimizer 'lbfgs': %d parameters, expected %d as before", P, state.S:size(2))
  end
  if not state.S or state.S:size(1) ~= m then fit(state, m, P) end
  room = { theta = core.zeros(P), p = core.zeros(P), S = {}, Y = {}, along = {},
    product = {} }
  for i = 1, m do room.S[i], room.Y[i] = state.S:row(i), state.Y:row(i) end
  rooms[state] = room
  return room
end

--- p = -H d by the recursion of two loops; pairs without s.y > 0 (a mask has bent them,
--- or a search ran out of calls) are passed over.
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

--- The length of a step from room.theta and the gradient there; theta is there, or where
--- it was if there is no length or an error comes from 'look'.
local function search(room, theta, d, options, look, value, slope, is_first)
  local length, gradient
  local back <close> = setmetatable({}, { __close = function()
    if not length then theta:copy_(room.theta) end
  end })
  local first = options.lr * (is_first and math.min(1, 1 / d:norm(1)) or 1)
  local found = line_search(function(t)
    theta:copy_(room.theta):axpy_(t, room.p)
    local now
    now, gradient = look()
    return now, gradient:dot(room.p)
  end, value, slope, first, options.evaluations)
  length = found and theta ~= room.theta and found or nil
  return length, gradient
end

local function step(theta, d, state, options, look, value)
  local m, room = options.history, room_of(state, options, theta:size())
  if options.lr == 0 then return end
  value = value or look()
  if state.stuck == value then return end
  local p, slope = descent(room, state, d, m)
  if not p then return end
  room.theta:copy_(theta)
  local length, gradient =
    search(room, theta, d, options, look, value, slope, state.pairs == 0)
  if length then
    state.stuck = nil
    return remember(room, state, length, d, gradient, m)
  end
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
