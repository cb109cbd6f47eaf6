--[[
Whether a model fits a problem: p:losses(net) says what is missing in one message.
]]
local evaluation = require "modsync.evaluation"
local misuse = require "modsync.misuse"

local M = {}

--- Inputs beyond this, or within less than that, are worth standardising.
local FAR, NARROW = 2, 0.5

local function check_names(problem, names, within, message)
  local known = {}
  for _, name in ipairs(within) do known[name] = true end
  for _, name in ipairs(names) do
    if not known[name] then
      misuse("losses of problem %q: " .. message, problem.name, name,
        table.concat(within, ", "))
    end
  end
end

--- Does the model know only the problem's coordinates, and make all that it needs?
---@private
function M.check(problem, net)
  evaluation.check_model(net, "losses")
  check_names(problem, net.inputs, problem.coords,
    "the model's input %q is no coordinate (coords: %s)")
  check_names(problem, problem.fields, net.outputs,
    "the model makes no field %q (it makes: %s)")
  for _, coefficient in ipairs(problem.parameters) do
    if not (net.part and net.part["parameter." .. coefficient.name]) then
      misuse("problem %q: the model has no coefficient %s: make it with outputs = " ..
        "p.fields", problem.name, coefficient.name)
    end
  end
  if problem.hard and net.options and net.options.transform == nil then
    misuse("problem %q has conditions that hold exactly: make the model with outputs " ..
      "= p.fields (or transform = false to go without)", problem.name)
  end
end

--- Standardising is the default, but a model whose inputs were written out has no limits
--- to do it by. Coordinates that are about standardised themselves need none.
---@private
function M.check_standardised(problem, net)
  local options = net.options or {}
  if not options.standardise or options.limits then return end
  for _, name in ipairs(net.inputs) do
    local low, high = problem.domain:limits(name)
    local periodic = options.periodic and options.periodic[name]
    if not periodic and (low < -FAR or high > FAR or high - low < NARROW) then
      misuse("problem %q: the model does not standardise its input %q, which runs from "
        .. "%g to %g: make it with inputs = p.coords or domain = p.domain (or "
        .. "standardise = false to go without)", problem.name, name, low, high)
    end
  end
end

return M
