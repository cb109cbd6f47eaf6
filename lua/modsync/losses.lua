--[[
The loss terms of a problem over their points, for one model:

  local L = p:losses(net, { residual = 4096, boundary = 512, sampler = "sobol" })
  local values, G = L:gradients()      -- K values, K x P gradients; order of L.names

The value of a term is the mean over its points of the sum of squares of its expressions,
or what its form, outer and weights make of them: see forms.lua. Terms with the same
region, number of points, sampler and redraw share their points and one compiled program,
so the network is evaluated once for all of them. L.names, the values and the rows of G
stand in the order of the problem, whatever shares its points.
]]
local ahead = require "modsync.ahead"
local bad_value = require "modsync.bad_value"
local check_points = require "modsync.check_points"
local colon = require "modsync.colon"
local core = require "modsync.core"
local error_grid = require "modsync.error_grid"
local forms = require "modsync.forms"
local kind = require "modsync.kind"
local losses_model = require "modsync.losses_model"
local losses_options = require "modsync.losses_options"
local masks = require "modsync.mask"
local micro_batches = require "modsync.micro_batches"
local misuse = require "modsync.misuse"
local point_table = require "modsync.point_table"
local selected_terms = require "modsync.selected_terms"
local term_checks = require "modsync.term"
local trace = require "modsync.trace"

local M = {}

--- The loss terms of a problem over their points, for one model.
---@class modsync.losses
---@field names string[]     the terms, in the order of values and gradients
---@field step integer       evaluations by gradients() so far
---@field problem modsync.problem
---@field net modsync.model
---@field options table      plain values that make the same losses again
local Losses = {}
Losses.__index = Losses
Losses.__name = "modsync.losses"

function Losses:__tostring()
  local terms = {}
  for i, name in ipairs(self.names) do
    terms[i] = ("%s (%d points)"):format(name, self.plans[name].points)
  end
  return ("losses of %s: %s"):format(self.problem.name, table.concat(terms, ", "))
end

--[[ point sets ]]

--- Terms of one plan, in the order of the problem: { plan, terms, name }.
local function group_terms(problem, plans)
  local groups = {}
  for _, term in ipairs(problem.terms) do
    local plan, home = plans[term.name], nil
    for _, group in ipairs(groups) do
      if group.region.key == term.region.key and group.plan.points == plan.points
        and group.plan.sampler == plan.sampler and group.plan.redraw == plan.redraw then
        home = group
      end
    end
    if not home then
      home = { region = term.region, plan = plan, terms = {}, name = term.name }
      groups[#groups + 1] = home
    end
    home.terms[#home.terms + 1] = term
  end
  return groups
end

--- The expressions of a term in the graph, with the model's fields.
---@param term table  of the problem
---@param g modsync.graph
---@return modsync.symbol[]
function Losses:expressions(term, g)
  local coefficients = self.net.coefficients and self.net:coefficients(g)
  return trace.term(self.problem, term, g, function(_, coords)
    return self.net:build(g, coords)
  end, coefficients)
end

--- The loss of a term in the graph, of its expressions if they are known.
---@private
function Losses:loss(term, g, expressions)
  local column = self:group_of(term.name).weight_column[term.name]
  local weight = column and g:input("weight of " .. term.name, column)
  return forms.value(expressions or self:expressions(term, g), self.plans[term.name],
    weight)
end

--- A program for the values, and the gradients unless 'gradients' is false, of the terms
--- of a group, or of some of them.
---@private
function Losses:make_program(group, gradients, terms)
  local g, losses = core.graph(), {}
  for i, term in ipairs(terms or group.terms) do losses[i] = self:loss(term, g) end
  return g:program { losses = losses, parameters = self.net:count(),
    columns = group.columns, gradients = gradients }
end

---@private
function Losses:compile(group)
  point_table.open(group, self.plans)
  group.program = self:make_program(group)
  group.micro, group.alone, group.values = nil, nil, nil
end

--- Gives a group its points, stream, program and the rows of G of its terms.
---@private
function Losses:open(group, row_of)
  group.rows = {}
  for i, term in ipairs(group.terms) do group.rows[i] = row_of[term.name] end
  group.points = core.zeros(group.plan.points, group.region.columns)
  self:compile(group)
  group.fill = group.region:filler(group.points)
  group.rng = core.rng(self.seed, "points:" .. group.name)
  group.fill(group.plan.sampler, group.rng)
end

--[[ making ]]

--- Points whose weights would change nothing.
local function check_weighted(self, name, what)
  if self:varies(name) then return end
  misuse("%s: the expressions of term %q are means over its points, which take no "
    .. "weights", what, name)
end

--- The order of the rows: of the problem, or as given, if it is one of the same terms.
local function row_order(problem, groups, order)
  local names, number = {}, {}
  if order == "grouped" then
    for _, group in ipairs(groups) do
      for _, term in ipairs(group.terms) do names[#names + 1] = term.name end
    end
  else
    for k, term in ipairs(problem.terms) do names[k] = term.name end
  end
  for k, name in ipairs(names) do number[name] = k end
  local same, seen = type(order) == "table" and #order == #names, {}
  for _, name in ipairs(same and order or {}) do
    same, seen[name] = same and number[name] ~= nil and not seen[name], true
  end
  if same then
    for k, name in ipairs(order) do names[k], number[name] = name, k end
  end
  return names, number
end

--- The same as p:losses(net, options). order: of the values and rows, where it is not
--- that of the problem but of losses that there were before: a list of the terms, or
--- "grouped", terms that share points together.
---@param problem modsync.problem
---@param net modsync.model
---@param options modsync.losses_options?
---@param order (string[]|"grouped")?
---@return modsync.losses
function M.new(problem, net, options, order)
  options = losses_options.check(problem, options)
  losses_model.check(problem, net)
  if not order then losses_model.check_standardised(problem, net) end
  local self = setmetatable({ problem = problem, net = net, step = 0,
    residual_programs = {}, varying = {} }, Losses)
  local inherited = net.options and net.options.seed
  self.seed = kind.whole(losses_options.first(options.seed, inherited, 1), 0)
    or misuse("losses: seed must be a whole number from 0 on, not %s",
      kind.show(options.seed))
  self.plans, self.options = {}, { seed = self.seed, terms = {} }
  for _, term in ipairs(problem.terms) do
    local plan = losses_options.plan(term, options)
    self.plans[term.name] = plan
    self.options.terms[term.name] = losses_options.plain(plan)
  end
  self.groups = group_terms(problem, self.plans)
  self.loss_values = core.zeros(#problem.terms)
  self.G = core.zeros(#problem.terms, net:count())
  local number
  self.names, number = row_order(problem, self.groups, order)
  for _, term in ipairs(problem.terms) do
    if self.plans[term.name].weighted then check_weighted(self, term.name, "losses") end
  end
  for _, group in ipairs(self.groups) do self:open(group, number) end
  return self
end

--[[ evaluation ]]

--- The values of all terms at the present points, in a K tensor: 'into', or one that the
--- next call reuses. About 0.4 of the work of evaluate().
---@param into modsync.tensor?
---@return modsync.tensor
function Losses:values(into)
  into = into or self.loss_values
  for _, group in ipairs(self.groups) do
    group.values = group.values or self:make_program(group, false)
    group.values:run(self.net.theta, point_table.of(group), into, nil, group.rows)
  end
  return into
end

--- Values and gradients at the present points; both tensors are reused by the next call.
---@return modsync.tensor values, modsync.tensor G
function Losses:evaluate()
  for _, group in ipairs(self.groups) do
    group.program:run(self.net.theta, point_table.of(group), self.loss_values, self.G,
      group.rows)
  end
  return self.loss_values, self.G
end

--- One training step's values (K) and gradients (K x P): counts the step, draws the
--- points that are due, and evaluates; gradients by masked parameters are 0. Both tensors
--- are reused by the next call, or by the one after it where an optimizer looks ahead,
--- with which two pairs take turns. Of 'terms', names or numbers as of cf:needs(), alone:
--- the others keep their values and have gradients of 0.
---@param terms (integer|string)[]?
---@return modsync.tensor values, modsync.tensor G
function Losses:gradients(terms)
  self.step = self.step + 1
  if self.step > 1 then self:redraw(self.step) end
  if self.weighting then self.weighting:adapt(self) end
  self.missing = nil
  if self.gates then
    self.gates:evaluate(self)
  elseif terms then
    selected_terms.evaluate(self, terms)
  elseif not ahead.take(self) then
    self:evaluate()
  end
  if self.net.mask then masks.silence(self) end
  return self.loss_values, self.G
end

--- Evaluates the terms that gradients(terms) has left out, at the same points.
function Losses:complete()
  selected_terms.complete(self)
end

--- Draws new points: all that can be drawn, those that are due at a step, or those that
--- are due at any ("some"). Points with redraw = n are due at steps n + 1, 2 n + 1, ...
---@param step? integer|"some"
function Losses:redraw(step)
  for _, group in ipairs(self.groups) do
    local every = group.plan.redraw
    local due = not step or every and (step == "some" or (step - 1) % every == 0)
    if due and not group.region.fixed then group.fill(group.plan.sampler, group.rng) end
  end
end

--- Terms that nothing but 'redraw' keeps from sharing points could not be told apart.
local function check_apart(a, b)
  if a.region.key ~= b.region.key or a.plan.points ~= b.plan.points
    or a.plan.sampler ~= b.plan.sampler or a.region.fixed then return end
  misuse("set_redraw: the terms %q and %q have points of their own because of 'redraw'",
    a.name, b.name)
end

--- Draws points every so many steps from now on; 0 or false: never.
---@param every integer|boolean
function Losses:set_redraw(every)
  every = term_checks.redraw(every == nil and "nothing" or every, function(format, ...)
    misuse("set_redraw: " .. format, ...)
  end)
  for i, group in ipairs(self.groups) do
    for j = 1, i - 1 do check_apart(self.groups[j], group) end
  end
  if every and self.weighting then self.weighting:check_redraw(self) end
  for _, group in ipairs(self.groups) do
    for _, term in ipairs(group.region.fixed and {} or group.terms) do
      self.plans[term.name].redraw, self.options.terms[term.name].redraw = every, every
    end
  end
end

--- Are the points of a term never drawn again?
---@param name string
---@return boolean
function Losses:fixed(name)
  local group = self:group_of(name)
  return group.region.fixed or not group.plan.redraw
end

--- The points, program and terms that a term is evaluated with, the term, and its number
--- among them.
---@param name string
---@return table group, table term, integer number
function Losses:group_of(name)
  for _, group in ipairs(self.groups) do
    for i, term in ipairs(group.terms) do
      if term.name == name then return group, term, i end
    end
  end
  misuse("problem %q has no term %s (known: %s)", self.problem.name, kind.show(name),
    table.concat(self.names, ", "))
end

--- The points of a term, [n, d] ([n, 2 d] for a pair of faces). They are the tensor in
--- use: writing to it changes the points until they are drawn again.
---@param name string
---@return modsync.tensor
function Losses:points_of(name)
  return (self:group_of(name)).points
end

--- Do the expressions of a term, or some of them, have a value at every point? One that
--- is a mean over the points, an integral, takes no weights.
---@param name string
---@return boolean
function Losses:varies(name)
  if self.varying[name] == nil then
    local _, term = self:group_of(name)
    self.varying[name] = false
    for _, expression in ipairs(self:expressions(term, core.graph())) do
      if expression:shape() == "n" then self.varying[name] = true end
    end
  end
  return self.varying[name]
end

--[[
The weights of a term's points: n numbers in use, 1 at first; writing to them changes the
weights until they are written to again, drawing points does not. The first call makes the
term weighted, every call gives the same tensor. Attention to large residuals, for one:

  local w, r = L:weights_of "residual", L:residuals "residual"
  w:copy_(0.99 * w + 0.01 * ms.abs(r:select(2, 1)) / r:norm() * #w ^ 0.5)
]]
---@param name string
---@return modsync.tensor
function Losses:weights_of(name)
  local group = self:group_of(name)
  if not group.weight_column[name] then
    check_weighted(self, name, "weights_of")
    self.plans[name].weighted, self.options.terms[name].weighted = true, true
    self:compile(group)
  end
  return group.weights[name]
end

--- The points of a term as its program reads them, with the weights beside them.
---@private
function Losses:table_of(name)
  local group = self:group_of(name)
  return point_table.of(group), group.columns
end

--- The number of points of all terms, shared ones counted once.
---@return integer
function Losses:points()
  local count = 0
  for _, group in ipairs(self.groups) do count = count + group.plan.points end
  return count
end

--- The expressions of a term at its points, or at others: n x m.
---@param name string
---@param points modsync.tensor?
---@return modsync.tensor
function Losses:residuals(name, points)
  local group, term = self:group_of(name)
  local program = self.residual_programs[name]
  if not program then
    local g = core.graph()
    program = g:program { outputs = self:expressions(term, g),
      parameters = self.net:count(), columns = group.region.columns }
    self.residual_programs[name] = program
  end
  points = points and check_points(points, group.region.columns, "residuals")
  return program:run(self.net.theta, points or group.points)
end

--[[
Gradients of small samples, for estimates of their spread: an iterator that gives a K x P
tensor (the same every time) for each micro-batch.

  for G in L:micro { batches = 16, source = "fresh" } do sync:observe(G) end

source: "batch"  the gradients of the last step, as the only sample
        "train"  the present points of every term, dealt out over the batches
        "fresh"  as many new points from a stream of their own, dealt out likewise
A term with fewer points than batches gives single points, some of them more than once.
kind:   "points", "expressions": gradients at single points, see micro_batches.lua
]]
---@param options modsync.micro_options?
---@return fun(): modsync.tensor?
function Losses:micro(options)
  return micro_batches.gradients(self, options)
end

--- The first value that is not finite, in the order of the terms; tostring() of it is a
--- message. nil if all is finite.
---@return modsync.bad_value?
function Losses:first_bad()
  return bad_value.first(self, self.loss_values, self.G)
end

--[[ state ]]

--- What evaluation depends on beside the parameters: tensors in use, lists of integers
--- and integers, by name.
---@return table<string, any>
function Losses:state()
  local state = { step = self.step }
  for _, group in ipairs(self.groups) do
    if not group.region.fixed then
      state["points." .. group.name] = group.points
      state["stream." .. group.name] = group.rng:state()
    end
    state["micro." .. group.name] = group.micro_rng and group.micro_rng:state()
    for name, weights in pairs(group.weights or {}) do
      state["weights." .. name] = weights:clone()
    end
  end
  return state
end

--- Goes on from a state, as if these losses had made it.
---@param state table<string, any>
function Losses:restore(state)
  self.step = kind.whole(state.step, 0) or misuse("losses: the state has no step")
  for _, group in ipairs(self.groups) do
    if not group.region.fixed then
      local points = state["points." .. group.name]
      local stream = state["stream." .. group.name]
      if points == nil or stream == nil then
        misuse("losses: the state has no points for term %q", group.name)
      end
      group.points:copy_(points)
      group.rng:restore(stream)
    end
    micro_batches.restore(self, group, state["micro." .. group.name])
    for _, term in ipairs(group.terms) do
      local weights = state["weights." .. term.name]
      if weights and self:varies(term.name) then
        self:weights_of(term.name):copy_(weights)
      elseif group.weight_column[term.name] then -- made since: as at their start
        local own = group.weights[term.name]
        own:copy_(point_table.fresh_weights(term, own:size(1)))
      end
    end
  end
end

--[[ errors against the exact solution ]]

---@private
function Losses:grid(where)
  if where then return error_grid.new(self.problem, where) end
  self.default_grid = self.default_grid or error_grid.new(self.problem)
  return self.default_grid
end

--- The relative L2 error of every field with an exact solution, always at the same
--- points: those of the problem's exact_on or a grid over its domain, or 'where': points
--- [n, d], or how many of them on every axis of the grid. field -> number; second, field
--- -> norm of the field / norm of the exact one (0 is collapse).
---@param where? integer|integer[]|modsync.tensor
---@return table<string, number> errors, table<string, number> sizes
function Losses:relative_l2(where)
  return self:grid(where):errors(self.net)
end

--- The number of points that relative_l2() evaluates.
---@return integer
function Losses:evaluation_points()
  return self:grid():count()
end

colon.guard(Losses, "losses")

return M
