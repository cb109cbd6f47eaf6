--[[
Evaluation of some of the loss terms: L:gradients(terms), where a method looks at some
gradients only. Terms that share their points have one program together; where not all of
them are wanted, each of those that are has one of its own, compiled when it is first
needed.
]]
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local point_table = require "modsync.point_table"

local M = {}

--- The numbers of the terms as a set.
local function set_of(losses, terms)
  local number, set = {}, {}
  for k, name in ipairs(losses.names) do number[k], number[name] = k, k end
  if not kind.list(terms) then
    misuse("gradients: expected a list of terms, got %s", kind.show(terms))
  end
  for _, term in ipairs(terms) do
    local k = number[term] or misuse("gradients: there is no term %s (known: %s)",
      kind.show(term), table.concat(losses.names, ", "))
    set[k] = true
  end
  return set
end

local function program_of(losses, group, term)
  group.alone = group.alone or {}
  local program = group.alone[term.name] or losses:make_program(group, true, { term })
  group.alone[term.name] = program
  return program
end

--- Values and gradients of the terms in 'wanted', a set of numbers; the others stay.
---@param losses modsync.losses
---@param wanted table<integer, boolean>
function M.run(losses, wanted)
  local theta, values, G = losses.net.theta, losses.loss_values, losses.G
  for _, group in ipairs(losses.groups) do
    local all, points = true, point_table.of(group)
    for _, k in ipairs(group.rows) do all = all and wanted[k] end
    if all then group.program:run(theta, points, values, G, group.rows) end
    for i, k in ipairs(all and {} or group.rows) do
      if wanted[k] then
        program_of(losses, group, group.terms[i]):run(theta, points, values, G, k)
      end
    end
  end
end

--- Values and gradients of some terms at the present points. The gradients of the others
--- are 0, their values as they were.
---@param losses modsync.losses
---@param terms (integer|string)[]
function M.evaluate(losses, terms)
  local wanted = set_of(losses, terms)
  losses.missing = {}
  for k = 1, #losses.names do
    if not wanted[k] then
      losses.missing[k] = true
      losses.G:row(k):fill_(0)
    end
  end
  M.run(losses, wanted)
end

--- Those that the last evaluation left out.
---@param losses modsync.losses
function M.complete(losses)
  if not losses.missing then return end
  M.run(losses, losses.missing)
  if losses.net.mask then losses.G:mul_(losses.net.mask) end
  losses.missing, losses.dense_step = nil, nil
end

return M
