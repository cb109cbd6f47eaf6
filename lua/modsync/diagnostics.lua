--[[
Conflict as data: measures of the gradients g_1 ... g_K of the loss terms, the rows of G.
Most need only their Gram matrix, D.gram(G), [K, K]:

  local D = ms.diagnostics
  local gram = D.gram(G)
  print(D.cosines(gram), D.stationarity(gram).unit)

n_k is the norm of g_k and c the cosine of two. Gradients that are zero have cosine 0 with
all others, themselves included.
]]
local blocks = require "modsync.blocks"
local core = require "modsync.core"
local curvature = require "modsync.curvature"
local even_choice = require "modsync.even_choice"
local misuse = require "modsync.misuse"

--- Measures of conflict, as functions of the gradients or of their Gram matrix.
---@class modsync.diagnostics
local D = {}

--- The inner products of the rows of G, K x K.
---@param G modsync.tensor
---@return modsync.tensor
function D.gram(G)
  return core.gradient_gram(G)
end

--- The norms of the gradients.
---@param gram modsync.tensor
---@return number[]
function D.norms(gram)
  local norms = {}
  for k = 1, gram:size(1) do norms[k] = math.max(gram:get(k, k), 0) ^ 0.5 end
  return norms
end

--- value(i, j, n_i, n_j) for all pairs of gradients that are not zero, else 0.
local function by_pair(gram, value)
  local n, out = D.norms(gram), core.zeros(gram:size(1), gram:size(1))
  for i = 1, #n do
    for j = 1, #n do
      if n[i] > 0 and n[j] > 0 then out:set(i, j, value(i, j, n[i], n[j])) end
    end
  end
  return out
end

--- Cosines of the gradients. By chance alone |c| is about sqrt(2 / (pi P)), so it falls
--- as a network gets larger: overlap() tells more.
---@param gram modsync.tensor
---@return modsync.tensor
function D.cosines(gram)
  return by_pair(gram, function(i, j, ni, nj)
    return math.max(-1, math.min(1, gram:get(i, j) / ni / nj))
  end)
end

--- The two factors of every cosine: the overlap of the magnitudes, the sum of
--- |g_ip g_jp| / (n_i n_j), in [0, 1], and the agreement of the signs, in [-1, 1].
--- Overlap 0: the terms live on different parameters; agreement 0: signs cancel. For
--- independent normal numbers they are 2 / pi and about 0.
---@param G modsync.tensor
---@return modsync.tensor overlap, modsync.tensor agreement
function D.overlap(G)
  local gram, magnitude = core.gradient_overlap(G)
  local overlap = by_pair(gram, function(i, j, ni, nj)
    return math.min(1, magnitude:get(i, j) / ni / nj)
  end)
  local agreement = by_pair(gram, function(i, j)
    local whole = magnitude:get(i, j)
    return whole > 0 and gram:get(i, j) / whole or 0
  end)
  return overlap, agreement
end

--- Similarity of magnitudes, 2 n_i n_j / (n_i^2 + n_j^2), 1 for equal norms (Yu et al.
--- 2020, arXiv:2001.06782).
---@param gram modsync.tensor
---@return modsync.tensor
function D.similarity(gram)
  return by_pair(gram, function(_, _, ni, nj)
    return 2 * ni * nj / (ni * ni + nj * nj)
  end)
end

--- The least norm over the convex hull of vectors with this Gram matrix, all of them not
--- zero, and its weights. With s the smallest square norm, v minimises
--- v.(gram / s + 11^T)v / 2 - sum of v; the weights are v over its sum.
local function hull(gram)
  local count, smallest = gram:size(1), math.huge
  for k = 1, count do smallest = math.min(smallest, gram:get(k, k)) end
  local v = core.nonnegative(gram / smallest + 1, core.full({ count }, -1))
  local a = v / v:sum()
  return math.max(a:dot(gram:matmul(a)), 0) ^ 0.5, a
end

--- The rows and columns of the gradients that are not zero.
local function live(gram)
  local at = {}
  for k, n in ipairs(D.norms(gram)) do
    if n > 1e-150 then at[#at + 1] = k end
  end
  local part = #at > 0 and core.zeros(#at, #at)
  for i = 1, #at do
    for j = 1, #at do part:set(i, j, gram:get(at[i], at[j])) end
  end
  return part, at
end

--- How far from Pareto-stationary a point is.
---@class modsync.stationarity
---@field residual number  least norm over the convex hull of the gradients
---@field relative number  that over the smallest norm
---@field unit number      the same of the gradients at unit length: 0 ... 1; 1 / sqrt(K)
--- where they are orthogonal
---@field weights modsync.tensor  of the gradients at that point of the hull

--- The Pareto-stationarity residuals, exact. A gradient of 0 makes 'residual' 0; 'unit'
--- leaves it out, and is 0 where none is left.
---@param gram modsync.tensor
---@return modsync.stationarity
function D.stationarity(gram)
  local part, at = live(gram)
  local weights, count = core.zeros(gram:size(1)), gram:size(1)
  if not part then return { residual = 0, relative = 0, unit = 0, weights = weights } end
  local residual, a = hull(part)
  local smallest = math.huge
  for i, k in ipairs(at) do
    weights:set(k, a:get(i))
    smallest = math.min(smallest, part:get(i, i) ^ 0.5)
  end
  local unit = hull(D.cosines(part))
  if #at < count then
    residual = 0
    weights:fill_(0)
    for k = 1, count do weights:set(k, gram:get(k, k) > 1e-300 and 0 or 1) end
    weights:div_(weights:sum())
  end
  return { residual = residual, relative = residual / smallest, unit = unit,
    weights = weights }
end

--- Alignment score of the gradients, 2 |mean of the unit vectors|^2 - 1 in [-1, 1] (Wang
--- et al. 2025, arXiv:2502.00604): the cosine for two of them, 2 / K - 1 where they are
--- orthogonal. Zero gradients do not count; NaN if all are zero.
---@param gram modsync.tensor
---@return number
function D.alignment(gram)
  local part, at = live(gram)
  if not part then return 0 / 0 end
  return 2 * D.cosines(part):sum() / (#at * #at) - 1
end

--- The same of vectors: total gradients or updates of consecutive steps.
---@param vectors modsync.tensor[]
---@return number
function D.alignment_of(vectors)
  local rows = core.zeros(#vectors, vectors[1]:size(1))
  for i, vector in ipairs(vectors) do rows:row(i):copy_(vector) end
  return D.alignment(core.gradient_gram(rows))
end

--[[ by block ]]

--- A Gram matrix for each block of parameters, [blocks, K, K], and the blocks' names: the
--- layers or neurons of a model, or any other partition, as a tensor with the number of
--- the block of every parameter, 0 for none. Over a partition they add up to the Gram
--- matrix of all.
---@param G modsync.tensor
---@param net modsync.model|modsync.tensor  a model, or the numbers of the blocks
---@param kind? "layer"|"neuron"            (layer)
---@return modsync.tensor, string[]? names
function D.blocks(G, net, kind)
  local ids, names = net, nil
  if type(net) == "table" then ids, names = blocks.of(net, kind or "layer") end
  return core.gradient_blocks(G, ids, math.tointeger(ids:max())), names
end

--- Overlap of the energies of the blocks, O = sum over b of n_ib n_jb / (n_i n_j), and
--- coupling inside them, C = sum over b of |g_ib.g_jb| / (n_i n_j): |c| <= C <= O <= 1.
--- Zero overlap means that the terms use different blocks.
---@param grams modsync.tensor  of D.blocks, over all parameters
---@return modsync.tensor O, modsync.tensor C
function D.energies(grams)
  local count, gram = grams:size(1), grams:sum(1)
  local function sum_over(value)
    return by_pair(gram, function(i, j, ni, nj)
      local sum = 0
      for b = 1, count do sum = sum + value(b, i, j) end
      return sum / ni / nj
    end)
  end
  local overlap = sum_over(function(b, i, j)
    return (math.max(grams:get(b, i, i), 0) * math.max(grams:get(b, j, j), 0)) ^ 0.5
  end)
  return overlap, sum_over(function(b, i, j) return math.abs(grams:get(b, i, j)) end)
end

--[[ what costs gradients ]]

--- The three conditions under which a PCGrad step of two tasks beats the plain one (Yu et
--- al. 2020, arXiv:2001.06782, theorem 2), with what they compare.
---@class modsync.tri_factor
---@field H number          curvature along the step, the mean of g.(Hessian)g over it
---@field cosine number
---@field similarity number
---@field xi number         (1 - c^2) |g_1 - g_2|^2 / |g_1 + g_2|^2
---@field lipschitz number  of the gradient, given or |g - g'| / |step|
---@field conflict boolean   c <= -similarity
---@field curvature boolean  H / |g|^2 >= xi * lipschitz
---@field step boolean       t >= 2 / (H / |g|^2 - xi * lipschitz)

local function two_tasks(G, names)
  local groups = require("modsync.method").two_tasks(names, G:size(1))
  local pair = core.zeros(2, G:size(2))
  for k, task in ipairs(groups) do pair:row(task + 1):add_(G:row(k)) end
  return pair
end

--- The curvature test at the present parameters and points, for the residuals against all
--- other terms: one more gradient, at theta - t g. H = (|g|^2 - g.g') / t is exact.
--- Gradients by masked parameters count as 0.
---@param losses modsync.losses
---@param t number           length of the step, a learning rate
---@param lipschitz number?  of the gradient; estimated without it
---@return modsync.tri_factor
function D.curvature(losses, t, lipschitz)
  if not (math.type(t) and t > 0) then
    misuse("diagnostics.curvature: the step is %s, expected a number above 0",
      tostring(t))
  end
  local net, values, G = losses.net, losses:evaluate()
  if G:size(1) < 2 then misuse("diagnostics.curvature needs two terms or more") end
  local function masked() return net.mask and G * net.mask or G end
  local old_values, old_G, kept = values:clone(), G:clone(), masked():clone()
  local theta, before, g = net.theta, net.theta:clone(), kept:sum(1)
  theta:axpy_(-t, g)
  losses:evaluate()
  local after = masked():sum(1)
  theta:copy_(before)
  values:copy_(old_values)
  G:copy_(old_G)
  local gram = D.gram(two_tasks(kept, losses.names))
  local n, product = D.norms(gram), gram:get(1, 2)
  local square = n[1] ^ 2 + n[2] ^ 2
  local c, similarity = D.cosines(gram):get(1, 2), D.similarity(gram):get(1, 2)
  local out = { cosine = c, similarity = similarity, H = (g:dot(g) - g:dot(after)) / t,
    xi = (1 - c * c) * (square - 2 * product) / (square + 2 * product),
    lipschitz = lipschitz or (g - after):norm() / (t * g:norm()) }
  local margin = out.H / g:dot(g) - out.xi * out.lipschitz
  out.conflict, out.curvature = c <= -similarity, margin >= 0
  out.step = margin > 0 and t >= 2 / margin
  return out
end

--- The blocks of the tangent kernel of the terms: spectra and structural coupling.
---@class modsync.ntk
---@field spectra table<string, modsync.tensor>  eigenvalues of K_aa by term, ascending
---@field coupling modsync.tensor  A_ab = |K_ab|^2 / (|K_aa| |K_bb|) in [0, 1], K x K
---@field null modsync.tensor      what A_ab is for random Jacobians of these sizes

--- A block of the tangent kernel at points chosen of two terms: by layers or, where one
--- of them sums over its points, by the rows of J.
local function kernel_block(C, a, b, some, rows)
  if not (rows[a] or rows[b]) then return C:ntk(a, b, some[a], some[b]) end
  local function J(name) return rows[name] or C:jacobian(name, some[name]) end
  return J(a):matmul(J(b):transpose(1, 2))
end

--- Neural tangent kernel of the terms at their points (at most 'points' of each, spread
--- evenly), by layers: see C:ntk of ms.curvature. An expression that is one number for
--- all points, such as a condition on a mean, is one row, measured on all of them.
--- Coupling 0: the tangent spaces of two terms are orthogonal, whatever the residuals
--- are. A network that has collapsed couples everything, so read it beside the losses.
---@param losses modsync.losses
---@param points integer?  (64)
---@return modsync.ntk
function D.ntk(losses, points)
  local C, P, names, K = curvature(losses), losses.net:count(), losses.names, {}
  local some, rows, out = {}, {}, { spectra = {}, coupling = core.ones(#names, #names),
    null = core.ones(#names, #names) }
  for k, name in ipairs(names) do
    some[name] = even_choice(losses:points_of(name), points or 64)
    rows[name] = not C:find_rows(name) and C:some_rows(name, points or 64) or nil
    K[k] = kernel_block(C, name, name, some, rows)
    out.spectra[name] = core.eigen(K[k])
  end
  for i = 1, #names do
    for j = 1, #names do
      local cross = i == j and K[i] or kernel_block(C, names[i], names[j], some, rows)
      local ni, nj = K[i]:size(1), K[j]:size(1)
      if i ~= j then out.null:set(i, j, (ni * nj / ((P + ni) * (P + nj))) ^ 0.5) end
      local scale = K[i]:norm() * K[j]:norm()
      out.coupling:set(i, j, scale > 0 and cross:norm() ^ 2 / scale or 0)
    end
  end
  return out
end

return D
