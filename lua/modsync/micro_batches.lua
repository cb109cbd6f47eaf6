--[[
Points to measure on: the present ones or new ones. The work of L:micro, gradients of
small samples of them. See losses.lua. The kinds

  batches      the points dealt out over a number of batches
  points       'batches' single points, drawn at random: the gradients of their losses,
               for the Fisher information of every sample
  expressions  the same of what the losses are made of: one sample for every expression
               of a point, 0 for terms with fewer of them, for sensitivities that do not
               vanish with the loss
]]
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local point_table = require "modsync.point_table"

local M = {}

--- What L:micro samples.
---@class modsync.micro_options
---@field batches? integer  micro-batches, or points of every term (16)
---@field source? "fresh"|"train"|"batch"          ("fresh")
---@field kind? "batches"|"points"|"expressions"   ("batches")

local function micro_views(points, batches)
  local n, views = points:size(1), {}
  local size = n // batches
  if size == 0 then
    for b = 1, batches do views[b] = points:narrow(1, (b - 1) % n + 1, 1) end
    return views
  end
  -- every batches-th point: faces and the cells of structured samplers are spread over
  -- batches
  local table_of = points:narrow(1, 1, size * batches)
    :reshape(size, batches, points:size(2))
  for b = 1, batches do views[b] = table_of:select(2, b) end
  return views
end

local function open_stream(self, group)
  return core.rng(self.seed, "micro:" .. group.name)
end

--- Single points of those at hand, drawn anew by refill().
local function random_views(micro, group)
  local n = micro.points:size(1)
  for b = 1, micro.batches do
    micro.views[b] = micro.points:narrow(1, group.micro_rng:below(n) + 1, 1)
  end
end

--- What a group needs for micro-batches; made once for a number of batches, a source and
--- a kind.
local function open_micro(self, group, batches, source, rows)
  local micro, single = group.micro, rows ~= "batches"
  if micro and micro.batches == batches and micro.source == source
    and micro.rows == rows then
    return micro
  end
  micro = { batches = batches, source = source, rows = rows, points = group.table }
  local fresh = source == "fresh" and not group.region.fixed
  if fresh or single then
    group.micro_rng = group.micro_rng or open_stream(self, group)
  end
  if fresh then
    micro.points = core.ones(single and batches or group.plan.points, group.columns)
    micro.fill = group.region:filler(micro.points:narrow(2, 1, group.region.columns))
  end
  micro.random = single and not fresh
  micro.views = micro_views(micro.points, batches)
  micro.buffer = core.zeros(table.unpack(micro.views[1]:shape()))
  group.micro = micro
  return micro
end

--- The points of a round.
local function refill(group)
  local micro = group.micro
  point_table.of(group)
  if micro.fill then micro.fill(group.plan.sampler, group.micro_rng) end
  if micro.random then random_views(micro, group) end
end

--[[ expressions ]]

--- The gradients of the expressions of a term at one point: a program, and J [m, P].
local function open_expressions(self, group, term)
  local g, list = core.graph(), {}
  for i, expression in ipairs(self:expressions(term, g)) do
    list[i] = core.mean(expression)
  end
  return {
    program = g:program { losses = list, parameters = self.net:count(),
      columns = group.region.columns },
    values = core.zeros(#list), J = core.zeros(#list, self.net:count()),
    point = core.zeros(1, group.region.columns), group = group,
  }
end

--- Every expression in turn, at the point of the b-th view: the e-th sample holds the
--- gradients of the e-th expressions of all terms, 0 where there is none.
local function next_expression(self, micro_terms, at, batches)
  if at.e == at.most then
    at.b, at.e, at.most = at.b + 1, 0, 0
    if at.b > batches then return nil end
    for _, it in ipairs(micro_terms) do
      it.point:copy_(it.views[at.b]:narrow(2, 1, it.point:size(2)))
      it.program:run(self.net.theta, it.point, it.values, it.J)
      at.most = math.max(at.most, it.J:size(1))
    end
  end
  at.e = at.e + 1
  for k, it in ipairs(micro_terms) do
    local row = self.micro_G:row(k)
    if at.e <= it.J:size(1) then row:copy_(it.J:row(at.e)) else row:fill_(0) end
  end
  return self.micro_G
end

local function each_expression(self, batches)
  if not self.micro_terms then
    self.micro_terms = {}
    for _, group in ipairs(self.groups) do
      for i, term in ipairs(group.terms) do
        self.micro_terms[group.rows[i]] = open_expressions(self, group, term)
      end
    end
  end
  for _, it in ipairs(self.micro_terms) do it.views = it.group.micro.views end
  local at = { b = 0, e = 0, most = 0 }
  return function() return next_expression(self, self.micro_terms, at, batches) end
end

--[[ the iterator ]]

local kinds = { batches = true, points = true, expressions = true }

local function check_source(source)
  if source ~= "batch" and source ~= "train" and source ~= "fresh" then
    misuse("micro: source must be batch, train or fresh, not %s", kind.show(source))
  end
  return source
end

--- The points of every term as its program reads them, by name, with their weights.
--- "fresh" ones are drawn from the stream of the micro-batches and have weights of 1.
---@param self modsync.losses
---@param source "fresh"|"train"|"batch"
---@return table<string, modsync.tensor>
function M.tables(self, source)
  local tables = {}
  check_source(source)
  for _, group in ipairs(self.groups) do
    local points = point_table.of(group)
    if source == "fresh" then
      local micro = open_micro(self, group, group.micro and group.micro.batches or 1,
        source, "batches")
      refill(group)
      points = micro.points
    end
    for _, term in ipairs(group.terms) do tables[term.name] = points end
  end
  return tables
end

local function check(options)
  check_keys(options, { "batches", "source", "kind" }, "micro")
  local source, rows = check_source(options.source or "fresh"), options.kind or "batches"
  if not kinds[rows] then
    misuse("micro: kind must be batches, points or expressions, not %s", kind.show(rows))
  end
  if source == "batch" and rows ~= "batches" then
    misuse("micro: the gradients of a step are no single points: kind = %q needs the " ..
      "source fresh or train", rows)
  end
  local batches = kind.whole(options.batches or 16, 1)
    or misuse("micro: batches must be a positive whole number, not %s",
      kind.show(options.batches))
  return source, rows, batches
end

--- An iterator over the gradients of micro-batches or of single points.
---@param self modsync.losses
---@param options modsync.micro_options?
---@return fun(): modsync.tensor?
function M.gradients(self, options)
  local source, rows, batches = check(options or {})
  local b = 0
  if source == "batch" then
    return function()
      b = b + 1
      return b == 1 and self.G or nil
    end
  end
  self.micro_values = self.micro_values or core.zeros(#self.names)
  self.micro_G = self.micro_G or core.zeros(#self.names, self.net:count())
  local round = {} -- what it begins with, though weights may be asked for in its course
  for i, group in ipairs(self.groups) do
    local micro = open_micro(self, group, batches, source, rows)
    refill(group)
    round[i] = { program = group.program, rows = group.rows, buffer = micro.buffer,
      views = micro.views }
  end
  if rows == "expressions" then return each_expression(self, batches) end
  return function()
    b = b + 1
    if b > batches then return nil end
    for _, it in ipairs(round) do
      it.buffer:copy_(it.views[b])
      it.program:run(self.net.theta, it.buffer, self.micro_values, self.micro_G, it.rows)
    end
    return self.micro_G
  end
end

--- A group goes on from a stream's state, nil before its first use.
---@private
function M.restore(self, group, state)
  group.micro_rng = state and open_stream(self, group):restore(state) or nil
  group.micro = nil
end

return M
