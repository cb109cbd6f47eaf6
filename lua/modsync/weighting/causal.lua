--[[
Time is cut into chunks; with L_b the mean of r^2 over the points of chunk b, its points
count w_b = exp(-epsilon * sum of L_j over earlier chunks), so that late times wait for
early ones. When every w_b exceeds 'enough', epsilon goes on to the next value.
The loss being the mean of (factor r)^2, the factors are the roots of w.
]]
local core = require "modsync.core"
local misuse = require "modsync.misuse"

local STEPS = { 1e-2, 1e-1, 1, 10, 100 }

local function time_column(options, context)
  for i, coord in ipairs(context.losses.problem.coords) do
    if coord == options.time then return context.coords:select(2, i):totable() end
  end
  misuse("weighting 'causal': the problem has no coordinate '%s', which the option "
    .. "'time' names", options.time)
end

--- The chunk of every point, 1 ... chunks, of equal lengths of time.
local function chunks_of(times, chunks)
  local first, last = math.huge, -math.huge
  for _, t in ipairs(times) do first, last = math.min(first, t), math.max(last, t) end
  local scale = last > first and chunks / (last - first) or 0
  for n, t in ipairs(times) do
    times[n] = math.min(chunks, 1 + math.floor((t - first) * scale))
  end
  return times
end

--- w of every chunk from the mean squares; empty chunks are passed over.
local function weights_of(chunk, squares, chunks, epsilon)
  local sum, count, w, before = {}, {}, {}, 0
  for b = 1, chunks do sum[b], count[b] = 0, 0 end
  for n, b in ipairs(chunk) do sum[b], count[b] = sum[b] + squares[n], count[b] + 1 end
  for b = 1, chunks do
    w[b] = math.exp(-epsilon * before)
    if count[b] > 0 then before = before + sum[b] / count[b] end
  end
  return w
end

return {
  name = "causal",
  summary = "points wait until the residuals of earlier times are small",
  paper = "arXiv:2203.07404",
  options = {
    { name = "terms", type = "string", default = "residual",
      text = "the terms that get factors: all, or names joined by +; integrals, " ..
        "whose expressions are means over the points, have none" },
    { name = "time", type = "string", default = "t",
      text = "the coordinate that is time" },
    { name = "chunks", type = "integer", default = 32, min = 1, text = "pieces of time" },
    { name = "epsilon", type = "number", min = 0,
      text = "causality; without it 0.01, 0.1, 1, 10, 100 in turn" },
    { name = "enough", type = "number", default = 0.99, min = 0, max = 1,
      text = "smallest factor at which epsilon goes on" },
  },
  points = function(term, squares, state, options, context)
    local chunk = chunks_of(time_column(options, context), options.chunks)
    local stage = "stage." .. term
    state[stage] = state[stage] or 1
    local epsilon = options.epsilon or STEPS[state[stage]]
    local w = weights_of(chunk, squares:totable(), options.chunks, epsilon)
    if not options.epsilon and w[#w] > options.enough and STEPS[state[stage] + 1] then
      state[stage] = state[stage] + 1
    end
    for n, b in ipairs(chunk) do chunk[n] = w[b] ^ 0.5 end
    return core.tensor(chunk)
  end,
}
