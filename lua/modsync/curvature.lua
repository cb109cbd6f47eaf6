--[[
First and second derivatives of the loss terms by the parameters, without finite
differences:

  local C = ms.curvature(L)
  local J = C:jacobian("residual")        -- rows d r(x_n) / d theta
  local Hv = C:hessian_product(v)         -- of the sum of all terms

For a term with m expressions r over n points, J has n m rows, those of a point together,
and P columns: 8 n m P bytes. Where that is too much take rows by blocks of points
(C:rows) or products, which never form J. All at the present parameters and the present
points of the term.

jvp, vjp and hessian_product cost about two gradients each (Pearlmutter 1994,
doi:10.1162/neco.1994.6.1.147); a row costs a few microseconds for small networks.
]]
local check_points = require "modsync.check_points"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

--- Derivatives of the loss terms by the parameters, at the present points.
---@class modsync.curvature
---@field losses modsync.losses
local Curvature = {}
Curvature.__index = Curvature
Curvature.__name = "modsync.curvature"

--- A program of one kind for a term, made once. make(g, expressions, columns) -> program.
---@private
function Curvature:program(what, name, make)
  local key = what .. ":" .. name
  if not self.programs[key] then
    local group, term = self.losses:group_of(name)
    local g = core.graph()
    local expressions = self.losses:expressions(term, g)
    self.widths[name] = #expressions
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

--- [theta, v] in one vector.
---@private
function Curvature:along(v)
  local P = self:count()
  self.pair = self.pair or core.zeros(2 * P)
  self.pair:narrow(1, 1, P):copy_(self.losses.net.theta)
  self.pair:narrow(1, P + 1, P):copy_(v:reshape(P))
  return self.pair
end

--- An expression that is the same at every point has no row at one of them.
local function means(expressions)
  local list = {}
  for i, e in ipairs(expressions) do
    if e:shape() ~= "n" then
      misuse("jacobian: expression %d sums over the points: it has no rows by point", i)
    end
    list[i] = core.mean(e)
  end
  return list
end

--[[ first derivatives ]]

--- The Jacobian J of a term, [n m, P].
---@param name string
---@param points modsync.tensor?  in place of the term's own; weights beside them are
--- passed over
---@return modsync.tensor
function Curvature:jacobian(name, points)
  local program = self:program("rows", name, function(g, expressions, columns)
    return g:program { losses = means(expressions), parameters = self:count(),
      columns = columns }
  end)
  local columns = (self.losses:group_of(name)).region.columns
  if kind.of(points) == "tensor" and points:dim() == 2 and points:size(2) > columns then
    points = points:narrow(2, 1, columns)
  end
  points = points and check_points(points, columns, "jacobian")
    or self.losses:points_of(name)
  local J = program:rows(self.losses.net.theta, points)
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
  return out:row(1):mul_(points:size(1))
end

--- 2 / n J^T W J v, the Gauss-Newton part of a term's Hessian, times v; W are the weights
--- of the points, 1 if there are none. The term is a mean of squares.
---@param name string
---@param v modsync.tensor  P numbers
---@return modsync.tensor
function Curvature:gauss_newton(name, v)
  local group, plan = self.losses:group_of(name), self.losses.plans[name]
  local form = type(plan.form) == "table" and plan.form.name or plan.form or "squared"
  if form ~= "squared" or plan.outer then
    misuse("gauss_newton: term %q is not a mean of squares", name)
  end
  local Jv, weights = self:jvp(name, v), group.weights and group.weights[name]
  if weights then Jv:mul_(weights:reshape(Jv:size(1), 1)) end
  return self:vjp(name, Jv):mul_(2 / Jv:size(1))
end

--- The gradients of every point's sum of squares, [n, P].
---@param name string
---@param other modsync.tensor?  points in place of the term's own, with their weights
--- beside them
---@return modsync.tensor
function Curvature:sample_gradients(name, other)
  local points, columns = self.losses:table_of(name)
  points = other or points
  local program = self:program("samples" .. columns, name, function(g, made, _, term)
    return g:program { losses = { self.losses:loss(term, g, made) },
      parameters = self:count(), columns = columns }
  end)
  local G = program:rows(self.losses.net.theta, points)
  return G:reshape(G:size(1), G:size(3))
end

--- J_a J_b^T, [n_a m_a, n_b m_b]: a block of the neural tangent kernel.
---@param a string   a term
---@param b string?  another one
---@return modsync.tensor
function Curvature:ntk(a, b)
  local J = self:jacobian(a)
  local other = (b == nil or b == a) and J or self:jacobian(b)
  return J:matmul(other:transpose(1, 2))
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
  return out:row(1)
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

--- First and second derivatives of the loss terms by the parameters.
---@param losses modsync.losses  from p:losses(net)
---@return modsync.curvature
return function(losses)
  if type(losses) ~= "table" or type(losses.expressions) ~= "function" then
    misuse("ms.curvature expects the losses of a problem, p:losses(net)")
  end
  return setmetatable({ losses = losses, programs = {}, widths = {} }, Curvature)
end
