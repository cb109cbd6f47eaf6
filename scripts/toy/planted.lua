--[[
A planted modular network whose figures are known (E2). Two tasks of four outputs each are
linear functions of the same four inputs,

  first:  u_k = x_k            second:  v_k = (x_1 +- x_2 +- x_3 +- x_4) / 2,

plus noise that no linear function can follow, at eight points, the rows of a Hadamard
matrix: its columns are the inputs and the noise, and all sums are exact. The network is
x W V with 8 hidden units. Planted: units 1 to 4 pass the inputs on to the outputs of the
first task, 5 to 8 to those of the second. Every connection then serves one task: the
total variation distance of the importances is 1, the overlap of gradients and the
coupling of the tangent kernels are 0. Both mean losses are at their least, so their
gradients are 0.

Only W [4, 8] is in the scope of the methods. With 8 connections the tasks may stay apart;
with 4 both are solved only if they share every unit.
]]
local ms = require "modsync"

local M = {}

--- Columns 2 to 5 of the 8 x 8 Hadamard matrix; the others are the noise.
local function hadamard()
  local one = ms.ones(1, 1)
  for _ = 1, 3 do
    one = ms.concat({ ms.concat({ one, one }, 2), ms.concat({ one, -one }, 2) }, 1)
  end
  return one
end

local MIXING = ms.tensor { { 1, 1, 1, 1 }, { 1, -1, 1, -1 }, { 1, 1, -1, -1 },
  { 1, -1, -1, 1 } } / 2

local NOISE = 0.5

--- A term: its four outputs against their values, four columns by name.
local function term(name, field, linear, noise)
  local wanted, values = linear + noise * NOISE, {}
  for k = 1, 4 do values["t" .. k] = wanted:select(2, k):clone() end
  return { name = name, values = values, expr = function(s)
    return s[field .. 1] - s.t1, s[field .. 2] - s.t2, s[field .. 3] - s.t3,
      s[field .. 4] - s.t4
  end }
end

--- The problem: terms 'first' and 'second' at the same eight points.
function M.problem()
  local H = hadamard()
  local x = H:narrow(2, 2, 4):clone()
  local noise = ms.concat({ H:narrow(2, 6, 3), H:narrow(2, 1, 1) }, 2)
  local terms = { term("first", "u", x, noise), term("second", "v", x:matmul(MIXING),
    noise) }
  terms[1].on, terms[2].on = x, x
  local coords, fields, box = {}, {}, {}
  for k = 1, 4 do
    coords[k], box["x" .. k] = "x" .. k, { -1, 1 }
    fields[k], fields[4 + k] = "u" .. k, "v" .. k
  end
  return ms.problem { name = "planted", coords = coords, fields = fields,
    domain = ms.box(box), terms = terms }
end

--- The network, planted.
function M.net(problem)
  local net = ms.model { inputs = problem.coords, outputs = problem.fields,
    standardise = false, params = { { "W", 4, 8, hidden = true }, { "V", 8, 8 } },
    forward = function(x, q) return x:matmul(q.W):matmul(q.V) end }
  local W, V = net:views().W, net:views().V
  W:fill_(0)
  V:fill_(0)
  for k = 1, 4 do
    W:set(k, k, 1)
    W:set(k, 4 + k, 1)
    V:set(k, k, 1)
  end
  V:narrow(1, 5, 4):narrow(2, 5, 4):copy_(MIXING)
  return net
end

--- What the noise leaves of a loss at its least: four outputs.
M.floor = 4 * NOISE ^ 2

--[[ figures ]]

--- Mean over the points of sum |g_1 g_2| / (|g_1| |g_2|).
local function overlap(L)
  local sum, count = 0, 0
  for G in L:micro { batches = 8, source = "train" } do
    local norms = G:row(1):norm() * G:row(2):norm()
    if norms > 0 then sum = sum + (G:row(1) * G:row(2)):abs():sum() / norms end
    count = count + 1
  end
  return sum / count
end

--- |K_12|^2 / (|K_11| |K_22|) of the neural tangent kernels.
local function kernel_coupling(L)
  local C = ms.curvature(L)
  return C:ntk("first", "second"):norm() ^ 2
    / (C:ntk("first"):norm() * C:ntk("second"):norm())
end

--- Exclusivity of the connections that are there (total variation of sensitivities; NaN
--- without any), overlap, kernel coupling, density of W, and the larger loss above its
--- floor.
function M.figures(L)
  local W, values, tv = L.net:views().W, L:values(), 0 / 0
  if W:norm() > 0 then
    local I = ms.importance.sensitivity { tasks = "two" } (L)
    tv = ms.modularity.exclusivity(I, L.net, { shuffles = 1 }).value
  end
  return { tv = tv, overlap = overlap(L), coupling = kernel_coupling(L),
    density = W:ne(0):mean(), excess = values:max() - M.floor }
end

--- A run from the planted network, 'jitter' off it: the figures at its end, those at its
--- start, and the largest excess in between.
---@param settings { steps: integer, conflict: string, prune: string?, jitter: number? }
function M.run(settings)
  local problem = M.problem()
  local net = M.net(problem)
  if settings.jitter then
    local noise = ms.rng(1, "toy"):normal(ms.zeros(net:count()))
    net.theta:axpy_(settings.jitter, noise)
  end
  local L, peak = problem:losses(net), 0
  local start = M.figures(L)
  local run = ms.train { losses = L, steps = settings.steps, report = false,
    optimizer = "adam:lr=1e-2", conflict = settings.conflict, prune = settings.prune,
    callback = function(run) peak = math.max(peak, run.values:max() - M.floor) end }
  if run.stopped ~= "finished" then error(run.message) end
  return M.figures(L), start, peak
end

return M
