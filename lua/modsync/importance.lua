--[[
How much every parameter matters to every task: importances, T x P and never negative.

  local I, info = ms.importance.square { batches = 16 } (L)   -- as modsync-p measures it
  local I = ms.importance.fisher {} (L)

L are the losses of a problem, on whatever points: those of the training, or held-out
ones. A task is a loss term, or several; the parameters are as they are. Importances of
two tasks are compared after dividing each by its sum (ms.modularity): their scale is that
of the loss.

A record has one of two functions:

  sample(G, theta) -> T x P   importance by a sample of the T gradients of the tasks; the
                              mean over the samples is taken. 'formula' says that it is
                              one of core.importance_update, which takes a single pass.
  rows(curvature, term, points) -> rows of P derivatives at points of a term, as its
                              program reads them (losses:table_of); the sum of their
                              squares is taken, divided by the number of points.

'power' is that of the gradient in it (none where it is no gradient of a loss), which the
sampling null of ms.modularity asks for. A function alone is a sample().
]]
local core = require "modsync.core"
local curvature = require "modsync.curvature"
local kind = require "modsync.kind"
local method = require "modsync.method"
local micro_batches = require "modsync.micro_batches"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- Derivatives held at a time, 32 MiB of them.
local MOST = 1 << 22

--- Compiled once for each losses.
local curvatures = setmetatable({}, { __mode = "k" })

--- A kind of importance: importance(L) measures it.
---@class modsync.importance : modsync.method
---@overload fun(losses: modsync.losses): modsync.tensor, modsync.importance_info
local importance = {}

--- What importances were measured on.
---@class modsync.importance_info
---@field tasks string[]  names; terms of one task are joined by "+"
---@field draws integer   samples behind the mean: micro-batches, or points (the least
--- number of points that a task has)
---@field power number?   of the gradient

--- An object of a record; ms.importance.NAME { options } calls it.
---@private
function importance.new(record, options)
  return method.open(importance, record, options)
end

--- The same kind with some options changed.
---@param options table<string, any>
---@return modsync.importance
function importance:with(options)
  local all = self:options()
  for name, value in pairs(options) do all[name] = value end
  return importance.new(self.record, all)
end

--[[ tasks ]]

--- The names of tasks, "boundary+initial" for one of several terms.
local function task_names(names, tasks)
  local list = {}
  for k, name in ipairs(names) do
    local t = tasks and tasks[k] + 1 or k
    list[t] = list[t] and list[t] .. "+" .. name or name
  end
  return list
end

--- The task of every term, counted from 0 (nil: one each), and the tasks' names.
---@param names string[]  of the loss terms
---@return integer[]? tasks, string[] task_names
function importance:tasks(names)
  local tasks = method.tasks_of(self.chosen, names, #names, self.name)
  return tasks, task_names(names, tasks)
end

--- The gradients of the tasks, T x P: G itself, or its rows added.
local function gather(G, tasks, count)
  if not tasks then return G end
  local rows = core.zeros(count, G:size(2))
  for k, t in ipairs(tasks) do rows:row(t + 1):add_(G:row(k)) end
  return rows
end

--[[ from gradients ]]

--- I = keep I + gain importance of one sample of the gradients, in a single pass for the
--- kinds with a formula.
---@param I modsync.tensor       T x P
---@param G modsync.tensor       of the loss terms, K x P
---@param keep number
---@param gain number
---@param theta modsync.tensor   the P parameters
---@param tasks integer[]?       of the terms, see tasks()
function importance:update(I, G, keep, gain, theta, tasks)
  local record = self.record
  if record.formula then
    return core.importance_update(I, G, keep, gain, tasks, record.formula, theta)
  end
  local rows = gather(G, tasks, I:size(1))
  local sample = record.sample(rows, theta)
  local shape, wrong = kind.of(sample) == "tensor" and sample:shape() or {}, nil
  if #shape ~= 2 or shape[1] ~= I:size(1) or shape[2] ~= I:size(2) then
    wrong = kind.show(sample)
  elseif sample:min() < 0 then
    wrong = ("%.6g among them"):format(sample:min())
  elseif not sample:is_finite() and rows:is_finite() and theta:is_finite() then
    wrong = "numbers that are not finite"
  end
  if wrong then
    misuse("importance '%s': sample must return a tensor of %d x %d finite numbers, 0 or "
      .. "more, not %s", self.name, I:size(1), I:size(2), wrong)
  end
  I:mul_(keep):axpy_(gain, sample)
end

local function by_samples(self, losses, tasks, I)
  local batches, source = self.chosen.batches, self.chosen.source
  if source == "batch" then batches, source = 1, "train" end
  for G in losses:micro { batches = batches, source = source } do
    self:update(I, G, 1, 1 / batches, losses.net.theta, tasks)
  end
  return batches
end

--[[ from rows of derivatives ]]

--- Adds the mean over the points of the squares of a term's rows to I[P].
local function add_rows(self, C, term, points, I)
  local n, at = points:size(1), 1
  local block = math.max(1, MOST // I:size(1))
  while at <= n do
    local count = math.min(block, n - at + 1)
    local rows = self.record.rows(C, term, points:narrow(1, at, count):clone())
    if kind.of(rows) ~= "tensor" or rows:dim() ~= 2 or rows:size(2) ~= I:size(1) then
      misuse("importance '%s': rows must return a tensor with rows of %d numbers, the "
        .. "derivatives by the parameters, not %s", self.name, I:size(1), kind.show(rows))
    end
    I:axpy_(1 / n, rows:mul_(rows):sum(1))
    at = at + count
  end
end

local function by_rows(self, losses, tasks, I)
  curvatures[losses] = curvatures[losses] or curvature(losses, true)
  local tables, least = micro_batches.tables(losses, self.chosen.source), math.huge
  for k, name in ipairs(losses.names) do
    local points = tables[name]
    add_rows(self, curvatures[losses], name, points, I:row(tasks and tasks[k] + 1 or k))
    least = math.min(least, points:size(1))
  end
  return least
end

--- Importances at the present parameters.
---@param losses modsync.losses
---@return modsync.tensor importances, modsync.importance_info info
function importance:measure(losses)
  if type(losses) ~= "table" or type(losses.micro) ~= "function" then
    misuse("importance '%s' expects the losses of a problem, p:losses(net), not %s",
      self.name, kind.show(losses))
  end
  local tasks, names = self:tasks(losses.names)
  local I = core.zeros(#names, losses.net:count())
  local draws = (self.record.rows and by_rows or by_samples)(self, losses, tasks, I)
  return I, { tasks = names, draws = draws, power = self.record.power }
end

function importance.__call(self, losses)
  return self:measure(losses)
end

return registry.namespace("importance", method.class(importance))
