--[[
Loss weightings: ms.weighting.lra { every = 10 }. One gives every loss term a factor
lambda_k >= 0; a conflict method then works on lambda_k g_k. Usually it is an option,

  ms.conflict.pcgrad { weighting = ms.weighting.lra { every = 10 } }

and by hand w = weighting:weights(values, G, L), a K tensor that the next call reuses.

A record in Lua has one of two functions:

  weights(values, G, state, options, context) -> K numbers, the new factors
    Called in every 'every'-th step. With an option momentum the factor becomes
    momentum * old + (1 - momentum) * new. Factors beyond the option 'cap' are cut, and
    counted in w:caps(). In a record with partial = true a number that is not finite means
    that there is none (a zero denominator), and the term keeps its factor; in others the
    step fails.
  points(term, squares, state, options, context) -> a factor for every point
    squares [n]: the sum of squares of the term's expressions at its points. The loss of
    the term becomes the mean of (factor * expressions)^2, the factor being constant. It
    is called before the gradients of a step are taken, so it must be attached:
    w:attach(L), which cf:bind(L) and ms.train do. Terms whose expressions are means over
    the points (integrals) have no factors: they are passed over, and naming one in the
    option 'terms' is misuse.

context: names (of the terms), losses, step, factors (a copy of the present ones), in
weights() gram(), the products of the gradients [K, K] at no cost where a conflict method
asks for factors, and in points() coords [n, d]. state holds what a checkpoint stores.
]]
local core = require "modsync.core"
local kind = require "modsync.kind"
local method = require "modsync.method"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- A loss weighting: a factor for every loss term, or for every point.
---@class modsync.weighting : modsync.method
---@field calls integer    steps seen so far
---@field capped integer   see caps()
---@field left_out integer?  numbers of the last update that were not finite
---@field factors modsync.tensor?  the present factors of the terms
local weighting = {}

--- An object of a record; ms.weighting.NAME { options } calls it.
---@private
function weighting.new(record, options)
  local self = method.open(weighting, record, options)
  self.calls, self.capped = 0, 0
  return self
end

--- Is the term the one that the option 'terms' names? residual is all of the residuals.
local function is_called(term, name)
  return name == term or name == "residual" and term:match("^residual") ~= nil
end

--- A complaint about a name in the option 'terms' that no term has.
local function check_terms(self, terms)
  local wanted = self.chosen.terms
  if wanted == nil or wanted == "all" then return end
  for name in (wanted .. "+"):gmatch("(.-)%+") do
    local found = false
    for _, term in ipairs(terms) do found = found or is_called(term, name) end
    if not found then
      misuse("weighting '%s': terms: there is no term '%s' (known: all, %s)", self.name,
        name, table.concat(terms, ", "))
    end
  end
end

--- A complaint about a term that the factors of points do not reach: an integral, or one
--- whose points do not stay.
local function check_term(self, losses, name)
  local wanted = ("+%s+"):format(self.chosen.terms or "")
  if self.passed_over[name] and wanted:find(("+%s+"):format(name), 1, true) then
    misuse("weighting '%s': terms: the expressions of the term %q are means over its "
      .. "points, which have no factors", self.name, name)
  elseif self:weighs(name) and self.record.fixed_points and not losses:fixed(name) then
    misuse("weighting '%s' remembers every point, but those of the term %q are drawn "
      .. "anew: use redraw = 0", self.name, name)
  end
end

--- Misuse if the points of a term that it remembers would be drawn anew.
---@private
function weighting:check_redraw(losses)
  for _, name in ipairs(losses.names) do
    local drawn = not losses:group_of(name).region.fixed
    if drawn and self.record.fixed_points and self:weighs(name) then
      misuse("weighting '%s' remembers every point, but those of the term %q would be "
        .. "drawn anew", self.name, name)
    end
  end
end

--- Tell it which losses it works on; a weighting of points changes how they are taken.
---@param losses modsync.losses
function weighting:attach(losses)
  self.losses = losses
  if not self.record.points then return end
  check_terms(self, losses.names)
  local weighed = 0
  self.passed_over = {}
  for _, name in ipairs(losses.names) do
    self.passed_over[name] = not losses:varies(name)
    check_term(self, losses, name)
    if self:weighs(name) then weighed = weighed + 1 end
  end
  if weighed == 0 then
    misuse("weighting '%s': every term in '%s' is a mean over its points, which have no "
      .. "factors", self.name, self.chosen.terms or "all")
  end
  losses.weighting = self
end

--- Does a weighting of points look at this term?
---@private
function weighting:weighs(term)
  local wanted = self.chosen.terms
  if self.passed_over and self.passed_over[term] then return false end
  if wanted == nil or wanted == "all" then return true end
  for name in wanted:gmatch("[^+]+") do
    if is_called(term, name) then return true end
  end
  return false
end

--- What a record is told beside its arguments.
---@private
function weighting:context(losses, step)
  losses = losses or self.losses
  return { losses = losses, names = losses and losses.names, step = step,
    factors = self.factors and self.factors:clone() }
end

--- What a function of the record returned, a tensor or a list, as 'count' numbers.
local function numbers_of(self, slot, made, count)
  local function bad(what)
    misuse("weighting '%s': %s returned %s; expected %d finite numbers, 0 or more",
      self.name, slot, what, count)
  end
  local length = kind.list(made)
  if kind.of(made) == "tensor" then
    if made:size() ~= count then bad(kind.show(made)) end
  elseif length ~= count then
    bad(length and ("a list of %d"):format(length) or kind.show(made))
  else
    for k, number in ipairs(made) do
      if type(number) ~= "number" then
        bad(("a list whose item %d is %s"):format(k, kind.show(number)))
      end
    end
    made = core.tensor(made)
  end
  if made:min() < 0 then bad(("%.6g among them"):format(made:min())) end
  return made:reshape(count)
end

--- Take new factors; nil and a message where one is missing that should be there.
---@private
function weighting:take(made, names)
  local keep, cap, K = self.chosen.momentum, self.chosen.cap, self.factors:size(1)
  local fresh = numbers_of(self, "weights", made, K)
  self.left_out = 0
  for k = 1, K do
    local new = fresh:get(k)
    if new < math.huge then
      local factor = keep * self.factors:get(k) + (1 - keep) * new
      if factor > cap then
        factor, self.capped = cap, self.capped + 1
      end
      self.factors:set(k, factor)
    elseif self.record.partial then
      self.left_out = self.left_out + 1
    else
      return nil, ("weighting '%s': weights returned %s for the term %s; expected %d "
        .. "finite numbers, 0 or more"):format(self.name, new == new and "inf" or "nan",
        names and ("%q"):format(names[k]) or k, K), "diverged"
    end
  end
  return true
end

--[[
The factors for a step's values (K) and gradients (K x P): a K tensor, the same at every
call. The losses are needed by those that look at single points (ntk) or at the names of
the terms.
]]
---@param values modsync.tensor
---@param G modsync.tensor
---@param losses modsync.losses?
---@param step integer?  counted where it is not given
---@param gram? fun(): modsync.tensor  the products of the gradients, where they are known
---@return modsync.tensor?, string? message, string? code
function weighting:weights(values, G, losses, step, gram)
  if type(values) ~= "userdata" then
    misuse("weighting '%s' needs the loss values: cf(G, values)", self.name)
  end
  self.calls = self.calls + 1
  self.factors = self.factors or core.ones(values:size(1))
  if self.record.weights and (self.calls - 1) % self.chosen.every == 0 then
    local context = self:context(losses, step or self.calls)
    context.gram = gram or function() return core.gradient_gram(G) end
    local made = self.record.weights(values, G, self.memory, self.chosen, context)
    local taken, message, code = self:take(made, context.names)
    if not taken then return nil, message, code end
  end
  return self.factors
end

--- The squares of the factors are the weights of the points, times those of the problem.
---@private
function weighting:put(losses, name, factors)
  local weights, _, term = losses:weights_of(name), losses:group_of(name)
  weights:copy_(factors):mul_(factors)
  if term.weights then weights:mul_(term.weights:reshape(weights:size(1))) end
end

--- A weighting of points: give every point its factor. Losses call it in gradients().
---@param losses modsync.losses
function weighting:adapt(losses)
  self.calls = self.calls + 1
  local due = (self.calls - 1) % self.chosen.every == 0
  for _, name in ipairs(due and losses.names or {}) do
    if self:weighs(name) then
      local r, context = losses:residuals(name), self:context(losses, self.calls)
      context.coords = losses:points_of(name)
      local made = self.record.points(name, (r * r):sum(2), self.memory, self.chosen,
        context)
      self:put(losses, name, numbers_of(self, "points", made, r:size(1)))
    end
  end
end

--- How often a factor was cut at 'cap'.
---@return integer
function weighting:caps()
  return self.capped
end

--- The method's own state, and where the class stands.
---@return table<string, any>
function weighting:state()
  local state = { ["round.calls"] = self.calls, ["round.caps"] = self.capped,
    ["round.factors"] = self.factors }
  for name, value in pairs(method.state(self)) do state[name] = value end
  return state
end

--- Go on from a state, as if it were this object's.
---@param state table<string, any>
function weighting:restore(state)
  local own = {}
  for name, value in pairs(state) do
    if not name:match("^round%.") then own[name] = value end
  end
  self.calls, self.capped = state["round.calls"] or 0, state["round.caps"] or 0
  local factors = state["round.factors"]
  self.factors = factors and factors:clone()
  method.restore(self, own)
end

--- Forget everything seen so far.
function weighting:reset()
  self:restore {}
end

return registry.namespace("weighting", method.class(weighting))
