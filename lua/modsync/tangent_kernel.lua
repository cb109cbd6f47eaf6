--[[
The neural tangent kernel K_ab = J_a J_b^T of two terms without their Jacobians. For the
weights W of a layer the row of a point n is the sum over the derivative streams s of the
products h_s(n)^T a_s(n), h_s what goes into the layer and a_s the derivative of the
expression by what comes out of it. Hence for every layer

  K(n, m) += sum over s, s' of (h_s(n) . h_s'(m)) (a_s(n) . a_s'(m))

and for a row of biases K(n, m) += a(n) . a(m).

Time: two matrix products of N x M x width and one pass over N x M numbers for every layer
and pair of streams (5 streams for a Laplacian in 2 dimensions), against N M P for the
product of the Jacobians. Memory: N (2 streams width) for every layer and a few N x M,
against N P. Parts of the parameters whose gradient has another form (trained scales of
weights or activations) go by the columns that J has for them, a block of points at a
time, and so do parts of which some parameters are masked.
]]
local core = require "modsync.core"

local M = {}

--- The place of a symbol among the outputs, which it joins if it is not there.
local function place_of(outputs, symbol)
  for i, output in ipairs(outputs) do
    if output == symbol then return i end
  end
  outputs[#outputs + 1] = symbol
  return #outputs
end

--[[
Compiles the factors of a term's expressions (of each, a table offset -> part). The points
have a column of ones beside them: what an expression is multiplied with, so that its
adjoints are values at every point even where they are the same at all.
]]
---@param g modsync.graph
---@param expressions modsync.symbol[]
---@param columns integer     of the points
---@param parameters integer  P
---@return table made
function M.compile(g, expressions, columns, parameters)
  local outputs, parts, ones = {}, {}, g:input("ones", columns + 1)
  for i, e in ipairs(expressions) do
    parts[i] = {}
    for _, part in ipairs(g:factors(core.mean(e * ones))) do
      local own = { offset = part.offset, count = part.rows * part.cols }
      own.row = part.row and place_of(outputs, part.row)
      own.pairs = part.pairs and {}
      for k, pair in ipairs(part.pairs or {}) do
        own.pairs[k] = { place_of(outputs, pair[1]), place_of(outputs, pair[2]) }
      end
      parts[i][part.offset] = own
    end
  end
  local made, first = { parts = parts, first = {}, width = {} }, 1
  for i, output in ipairs(outputs) do
    local _, width = output:shape()
    made.first[i], made.width[i], first = first, width, first + width
  end
  made.program = #outputs > 0 and g:program { outputs = outputs, columns = columns + 1,
    parameters = parameters }
  return made
end

--- The factors at points [n, columns].
---@param made table  from compile
---@param theta modsync.tensor
---@param points modsync.tensor
---@return table factors
function M.evaluate(made, theta, points)
  local n, at = points:size(1), {}
  if made.program then
    local values = made.program:run(theta, core.concat { points, core.ones(n, 1) })
    for i, first in ipairs(made.first) do
      at[i] = values:narrow(2, first, made.width[i])
    end
  end
  return { n = n, at = at, parts = made.parts }
end

--- Whether the rows of two expressions by one part of the parameters have factors of one
--- form, or one of them is zero.
local function fit(of_a, of_b)
  if not (of_a and of_b) then return true end
  return (of_a.row and of_b.row or of_a.pairs and of_b.pairs) ~= nil
end

--- The offsets of the parts that both depend on, ascending; those that do not fit or are
--- kept in part.
local function common_parts(a, b, kept)
  local known, shared, rest = {}, {}, {}
  for _, of_a in ipairs(a.parts) do
    for offset, part in pairs(of_a) do
      known[offset] = known[offset] or { offset = offset, count = part.count, fit = true }
      for _, of_b in ipairs(b.parts) do
        known[offset].both = known[offset].both or of_b[offset] ~= nil
        known[offset].fit = known[offset].fit and fit(part, of_b[offset])
      end
    end
  end
  for _, part in pairs(known) do
    local share = part.both and kept(part) or "none"
    local list = share == "all" and part.fit and shared or rest
    if share ~= "none" then list[#list + 1] = part end
  end
  local function by_offset(x, y) return x.offset < y.offset end
  table.sort(shared, by_offset)
  table.sort(rest, by_offset)
  return shared, rest
end

--- x y^T
local function product(x, y)
  return x:matmul(y:transpose(1, 2))
end

--- Adds to K [n_a, n_b] what one part of the parameters adds, of one expression of each.
local function add_part(K, a, b, of_a, of_b)
  if not (of_a and of_b) then return end
  if of_a.row then return K:add_(product(a.at[of_a.row], b.at[of_b.row])) end
  for _, p in ipairs(of_a.pairs) do
    for _, q in ipairs(of_b.pairs) do
      local inputs = product(a.at[p[1]], b.at[q[1]])
      K:add_(inputs:mul_(product(a.at[p[2]], b.at[q[2]])))
    end
  end
end

--- K of two terms, [n_a m_a, n_b m_b], but for the parts 'rest' { offset, count }, which
--- the caller adds.
---@param a table  factors
---@param b table  factors
---@param kept fun(part: table): "all"|"none"|"some"  what counts of its parameters
---@return modsync.tensor K, { offset: integer, count: integer }[] rest
function M.kernel(a, b, kept)
  local shared, rest = common_parts(a, b, kept)
  local K = core.zeros(a.n, #a.parts, b.n, #b.parts)
  for i, of_a in ipairs(a.parts) do
    for j, of_b in ipairs(b.parts) do
      local here = core.zeros(a.n, b.n)
      for _, part in ipairs(shared) do
        add_part(here, a, b, of_a[part.offset], of_b[part.offset])
      end
      -- the mean has divided every row by the number of points
      K:select(2, i):select(3, j):copy_(here:mul_(a.n * b.n))
    end
  end
  return K:reshape(a.n * #a.parts, b.n * #b.parts), rest
end

return M
