--[[
First and second derivatives of the loss terms by the parameters, without finite
differences:

  local C = ms.curvature(L)
  local J = C:jacobian("residual")        -- rows d r(x_n) / d theta
  local Hv = C:hessian_product(v)         -- of the sum of all terms
  C:least_squares { "W4", "b4" }          -- the last layer that makes their sum least

For a term with m expressions r over n points, J has n m rows, those of a point together,
and P columns: 8 n m P bytes. Where that is too much take rows by blocks of points
(C:rows) or products, which never form J. All at the present parameters and the present
points of the term. As in L:gradients(), derivatives by masked parameters (frozen or
pruned ones) are 0: columns of J, rows and columns of the Hessian, their part of the
kernel.

jvp, vjp and hessian_product cost about two gradients each (Pearlmutter 1994,
doi:10.1162/neco.1994.6.1.147); a row costs a few microseconds for small networks. ntk
needs no rows: see tangent_kernel.lua.
]]
local check_points = require "modsync.check_points"
local colon = require "modsync.colon"
local core = require "modsync.core"
local even_choice = require "modsync.even_choice"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local tangent_kernel = require "modsync.tangent_kernel"

--- Derivatives of the loss terms by the parameters, at the present points.
---@class modsync.curvature
---@field losses modsync.losses
local Curvature = {}
Curvature.__index = Curvature
Curvature.__name = "modsync.curvature"

function Curvature:__tostring()
  return ("curvature of %s"):format(self.losses)
end

--- A program of one kind for a term, made once. make(g, expressions, columns) -> program.
---@private
function Curvature:program(what, name, make)
  local key = what .. ":" .. name
  if self.programs[key] == nil then
    local group, term = self.losses:group_of(name)
    local g = core.graph()
    local expressions = self.losses:expressions(term, g)
    self.widths[name], self.varying[name] = #expressions, {}
    for i, e in ipairs(expressions) do self.varying[name][i] = e:shape() == "n" end
    self.programs[key] = make(g, expressions, group.region.columns, term)
  end
  return self.programs[key]
end

--- The number of parameters, P.
---@return integer
function Curvature:count()
  return self.losses.net:count()
end

--- A vector of P numbers, or a complaint.
---@private
function Curvature:check_direction(v, what)
  local count = kind.of(v) == "tensor" and v:size()
  if count ~= self:count() then
    misuse("%s: the direction must be a tensor of %d numbers, not %s", what,
      self:count(), kind.show(v))
  end
end

--- 0 for what has a 0 in the model's mask, in the last axis of a tensor of P columns.
---@private
function Curvature:masked(columns)
  local mask = not self.dense and self.losses.net.mask
  return mask and columns:mul_(mask) or columns
end

--- [theta, v] in one vector, v masked.
---@private
function Curvature:along(v)
  local P = self:count()
  self.pair = self.pair or core.zeros(2 * P)
  self.pair:narrow(1, 1, P):copy_(self.losses.net.theta)
  self:masked(self.pair:narrow(1, P + 1, P):copy_(v:reshape(P)))
  return self.pair
end

--- A complaint about a term whose expressions know more than a point of its own.
local function no_rows(what, name)
  misuse("%s: term %q sums over the points inside an expression or before its outer " ..
    "form, so it has no rows by point", what, name)
end

--- The program, unless its losses sum over the points before their mean.
local function pointwise(what, name, program)
  if program:info().passes > 1 then no_rows(what, name) end
  return program
end

--- The program of a term's rows: the gradients of its expressions at single points. False
--- if it has none.
---@private
function Curvature:find_rows(name)
  return self:program("rows", name, function(g, expressions, columns)
    local means = {}
    for i, e in ipairs(expressions) do
      if e:shape() ~= "n" then return false end
      means[i] = core.mean(e)
    end
    local program = g:program { losses = means, parameters = self:count(),
      columns = columns }
    return program:info().passes == 1 and program
  end)
end

--- The same, or a complaint.
---@private
---@param what string  that needs it
---@param name string
function Curvature:row_program(what, name)
  return self:find_rows(name) or no_rows(what, name)
end

--[[ first derivatives ]]

--- The Jacobian J of a term, [n m, P].
---@param name string
---@param points modsync.tensor?  in place of the term's own; weights beside them are
--- passed over
---@return modsync.tensor
function Curvature:jacobian(name, points)
  local program = self:row_program("jacobian", name)
  local columns = (self.losses:group_of(name)).region.columns
  if kind.of(points) == "tensor" and points:dim() == 2 and points:size(2) > columns then
    points = points:narrow(2, 1, columns)
  end
  points = points and check_points(points, columns, "jacobian")
    or self.losses:points_of(name)
  local J = self:masked(program:rows(self.losses.net.theta, points))
  return J:reshape(J:size(1) * J:size(2), J:size(3))
end

--- An iterator over blocks of points: the first point and J of the block.
---@param name string
---@param block integer?  points of a block (256)
---@return fun(): integer?, modsync.tensor?
function Curvature:rows(name, block)
  local points, first = self.losses:points_of(name), 1
  local n = points:size(1)
  block = kind.whole(block or 256, 1)
    or misuse("rows: a block is a positive whole number of points, not %s",
      kind.show(block))
  return function()
    if first > n then return nil end
    local from, count = first, math.min(block, n - first + 1)
    first = first + count
    return from, self:jacobian(name, points:narrow(1, from, count):clone())
  end
end

--- J v of a term, [n, m].
---@param name string
---@param v modsync.tensor  P numbers
---@return modsync.tensor
function Curvature:jvp(name, v)
  self:check_direction(v, "jvp")
  local program = self:program("jvp", name, function(g, expressions, columns)
    return g:program { outputs = expressions, tangents = true, parameters = self:count(),
      columns = columns }
  end)
  return program:run(self:along(v), self.losses:points_of(name))
end

--- The points of a term with the weights beside them: what the program of vjp reads.
local function with_weights(points, w)
  local n, d, m = points:size(1), points:size(2), w:size(2)
  local both = core.zeros(n, d + m)
  both:narrow(2, 1, d):copy_(points)
  both:narrow(2, d + 1, m):copy_(w)
  return both
end

--- J^T w of a term, P numbers.
---@param name string
---@param w modsync.tensor  [n, m]
---@return modsync.tensor
function Curvature:vjp(name, w)
  local points = self.losses:points_of(name)
  local program = self:program("vjp", name, function(g, expressions, columns)
    local sum = 0
    for i, e in ipairs(expressions) do
      sum = sum + e * g:input("weight " .. i, columns + i)
    end
    -- the mean over the points times their number, which is the same at every point
    return g:program { losses = { core.mean(sum) }, parameters = self:count(),
      columns = columns + #expressions }
  end)
  local shape = kind.of(w) == "tensor" and w:shape() or {}
  if #shape ~= 2 or shape[1] ~= points:size(1) or shape[2] ~= self.widths[name] then
    misuse("vjp: the weights of term %q must be a tensor of %d x %d, not %s", name,
      points:size(1), self.widths[name], kind.show(w))
  end
  local out = core.zeros(1, self:count())
  program:run(self.losses.net.theta, with_weights(points, w), core.zeros(1), out)
  return self:masked(out:row(1):mul_(points:size(1)))
end

--- The rows of a term that sums over its points, see some_rows.
---@private
function Curvature:rows_by_products(name, most)
  local n, m = self.losses:points_of(name):size(1), self.widths[name]
  local rows, w, chosen = {}, core.zeros(n, m), math.min(n, most)
  local function add() rows[#rows + 1] = self:vjp(name, w):reshape(1, self:count()) end
  for i, varies in ipairs(self.varying[name]) do
    for k = 1, varies and chosen or 0 do
      local point = (k - 1) * n // chosen + 1
      w:set(point, i, 1)
      add()
      w:set(point, i, 0)
    end
  end
  local of_points = #rows
  for i, varies in ipairs(self.varying[name]) do
    if not varies then
      w:select(2, i):fill_(1 / n)
      add()
      w:select(2, i):fill_(0)
    end
  end
  return core.concat(rows, 1), of_points, chosen
end

--- Rows of J at 'most' of the term's points or fewer, spread evenly. A term that sums
--- over its points has rows, too: where an expression has one value, as ms.mean(s.u) - 1,
--- its gradient is one row, after those of the points; where a sum is inside, every row
--- takes a gradient over all points.
---@private
---@param name string
---@param most integer
---@return modsync.tensor J, integer of_points, integer chosen  rows of points, and points
function Curvature:some_rows(name, most)
  if not self:find_rows(name) then return self:rows_by_products(name, most) end
  local points = even_choice(self.losses:points_of(name), most)
  local J = self:jacobian(name, points)
  return J, J:size(1), points:size(1)
end

--- A complaint unless a term is a mean of squares; the weights of its points, if any.
---@private
function Curvature:squares(what, name)
  local group, plan = self.losses:group_of(name), self.losses.plans[name]
  local form = type(plan.form) == "table" and plan.form.name or plan.form or "squared"
  if form ~= "squared" or plan.outer then
    misuse("%s: term %q is not a mean of squares", what, name)
  end
  return group.weights and group.weights[name]
end

--- 2 / n J^T W J v, the Gauss-Newton part of a term's Hessian, times v; W are the weights
--- of the points, 1 if there are none and for expressions that reduce over the points, as
--- in the loss. The term is a mean of squares.
---@param name string
---@param v modsync.tensor  P numbers
---@return modsync.tensor
function Curvature:gauss_newton(name, v)
  local weights, Jv = self:squares("gauss_newton", name), self:jvp(name, v)
  for i, varies in ipairs(weights and self.varying[name] or {}) do
    if varies then Jv:select(2, i):mul_(weights) end
  end
  return self:vjp(name, Jv):mul_(2 / Jv:size(1))
end

--- The gradients of every point's sum of squares, [n, P].
---@param name string
---@param other modsync.tensor?  points in place of the term's own, with their weights
--- beside them
---@return modsync.tensor
function Curvature:sample_gradients(name, other)
  local points, columns = self.losses:table_of(name)
  points = other and check_points(other, columns, "sample_gradients") or points
  local program = self:program("samples" .. columns, name, function(g, made, _, term)
    return pointwise("sample_gradients", name, g:program { parameters = self:count(),
      losses = { self.losses:loss(term, g, made) }, columns = columns })
  end)
  local G = self:masked(program:rows(self.losses.net.theta, points))
  return G:reshape(G:size(1), G:size(3))
end

--- J and the expressions of a term by some parts alone, rows scaled so that the sum of
--- their squares is the value of the term.
local function scaled_system(self, name, parts)
  local weights = self:squares("least_squares", name)
  local J, r = self:columns(name, nil, parts), self.losses:residuals(name)
  local n, m = r:size(1), r:size(2)
  local scale = core.ones(n, m) * n ^ -0.5
  if weights then scale = scale * core.sqrt(weights:reshape(n, 1)) end
  scale = scale:reshape(n * m)
  return J * scale:reshape(n * m, 1), r:reshape(n * m) * scale
end

--[[
Sets some parts of the parameters, by names or patterns, to the least squares of terms
(all, unless some are named): one Gauss-Newton step in these parts. Where the expressions
are linear in them the sum of the terms is least afterwards, so this is a start for the
last layer, the physics-informed one of PirateNets (arXiv:2402.00326), whose network
begins linear in its embedding:

  ms.curvature(L):least_squares({ "W3", "b3" }, { "initial", "boundary" })

Of several solutions that nearest to the present parameters is taken. Masked parameters
stay as they are. Memory: 16 bytes for every expression, point and parameter of the parts.
]]
---@param parts string|string[]
---@param terms string[]?
---@return integer rank  of the system
function Curvature:least_squares(parts, terms)
  local net, chosen, Js, rs = self.losses.net, {}, {}, {}
  parts = type(parts) == "string" and { parts } or parts
  terms = terms or self.losses.names
  if (kind.list(parts) or 0) == 0 then
    misuse("least_squares: expected names of parts, such as { \"W4\", \"b4\" }, not %s",
      kind.show(parts))
  end
  if (kind.list(terms) or 0) == 0 then
    misuse("least_squares: expected a list of terms (known: %s), not %s",
      table.concat(self.losses.names, ", "), kind.show(terms))
  end
  for _, pattern in ipairs(parts) do
    for _, part in ipairs(net:matching(pattern)) do
      chosen[#chosen + 1] = { offset = part.offset, count = part.rows * part.cols }
    end
  end
  for i, name in ipairs(terms) do
    Js[i], rs[i] = scaled_system(self, name, chosen)
  end
  local step, rank = core.concat(Js, 1):lstsq(core.concat(rs))
  if not step then misuse("least_squares: %s", rank) end
  local first = 1
  for _, part in ipairs(chosen) do
    net.theta:narrow(1, part.offset + 1, part.count)
      :sub_(step:narrow(1, first, part.count))
    first = first + part.count
  end
  return rank
end

--- What the kernels of a term are made of; see tangent_kernel.lua.
---@private
function Curvature:factors(name, points)
  self:row_program("ntk", name)
  local made = self:program("kernel", name, function(g, expressions, columns)
    return tangent_kernel.compile(g, expressions, columns, self:count())
  end)
  local columns = (self.losses:group_of(name)).region.columns
  points = points and check_points(points, columns, "ntk") or self.losses:points_of(name)
  return tangent_kernel.evaluate(made, self.losses.net.theta, points)
end

--- Which of the parameters of a part are not masked: "all", "none" or "some".
---@private
function Curvature:kept(part)
  local mask = self.losses.net.mask
  if self.dense or not mask then return "all" end
  local count = mask:narrow(1, part.offset + 1, part.count):sum()
  return count == 0 and "none" or count == part.count and "all" or "some"
end

--- The columns of J for some parts of the parameters, [n m, their number].
---@private
function Curvature:columns(name, points, parts)
  points = points or self.losses:points_of(name)
  local n, blocks, size = points:size(1), {}, 256
  for first = 1, n, size do
    local count = math.min(size, n - first + 1)
    local J, columns = self:jacobian(name, points:narrow(1, first, count):clone()), {}
    for i, part in ipairs(parts) do
      columns[i] = J:narrow(2, part.offset + 1, part.count)
    end
    blocks[#blocks + 1] = core.concat(columns)
  end
  return core.concat(blocks, 1)
end

--- J_a J_b^T, [n_a m_a, n_b m_b]: a block of the neural tangent kernel, layer by layer,
--- without the Jacobians: n_a n_b numbers and for every layer n times its width and its
--- derivative streams, twice. Of trained scales of weights and activations, and of parts
--- that are masked here and there, the columns of J are formed.
---@param a string   a term
---@param b string?  another one
---@param points_a modsync.tensor?  in place of the term's own
---@param points_b modsync.tensor?
---@return modsync.tensor
function Curvature:ntk(a, b, points_a, points_b)
  if b == nil then b, points_b = a, points_a end
  local of_a = self:factors(a, points_a)
  local same = a == b and points_a == points_b
  local K, rest = tangent_kernel.kernel(of_a, same and of_a or self:factors(b, points_b),
    function(part) return self:kept(part) end)
  if #rest > 0 then
    local J = self:columns(a, points_a, rest)
    K:add_(J:matmul((same and J or self:columns(b, points_b, rest)):transpose(1, 2)))
  end
  return K
end

--[[ second derivatives ]]

---@private
function Curvature:term_hessian(name, v)
  local points, columns = self.losses:table_of(name)
  local program = self:program("hessian" .. columns, name, function(g, made, _, term)
    return g:program { losses = { self.losses:loss(term, g, made) },
      tangents = true, parameters = self:count(), columns = columns }
  end)
  local out = core.zeros(1, self:count())
  program:run(self:along(v), points, core.zeros(1), out)
  return self:masked(out:row(1))
end

--- H v of one term, or of the sum of all.
---@param v modsync.tensor  P numbers
---@param name string?      the term
---@return modsync.tensor
function Curvature:hessian_product(v, name)
  self:check_direction(v, "hessian_product")
  if name then return self:term_hessian(name, v) end
  local sum = core.zeros(self:count())
  for _, term in ipairs(self.losses.names) do sum:add_(self:term_hessian(term, v)) end
  return sum
end

colon.guard(Curvature, "curvature")

--- First and second derivatives of the loss terms by the parameters; with 'dense' also by
--- masked ones.
---@param losses modsync.losses  from p:losses(net)
---@param dense boolean?
---@return modsync.curvature
return function(losses, dense)
  if type(losses) ~= "table" or type(losses.expressions) ~= "function" then
    misuse("ms.curvature expects the losses of a problem, p:losses(net)")
  end
  return setmetatable({ losses = losses, dense = dense, programs = {}, widths = {},
    varying = {} }, Curvature)
end
