--[[
What a model makes at points: fields, their derivatives, or anything made of them. This is
the one place where columns of points become inputs of a model, and they do so by name:
the order of a problem's coordinates and fields need not be the model's, which may also
know fewer coordinates and make more fields.
]]
local check_points = require "modsync.check_points"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local trace = require "modsync.trace"

local M = {}

--- The columns of points as inputs of the graph, by name. A complaint if the model needs
--- one that is not there.
---@private
---@param net modsync.model
---@param g modsync.graph
---@param coords string[]  what the columns are
---@param what string      for messages
---@return modsync.symbols
function M.inputs(net, g, coords, what)
  local inputs = {}
  for i, name in ipairs(coords) do inputs[name] = g:input(name, i) end
  for _, name in ipairs(net.inputs) do
    if not inputs[name] then
      misuse("%s: the points have no column for the model's input %q (columns: %s)", what,
        name, table.concat(coords, ", "))
    end
  end
  return inputs
end

--- A complaint about what is not a model.
---@private
---@param net any
---@param what string  for the message
function M.check_model(net, what)
  if type(net) ~= "table" or net.theta == nil or type(net.build) ~= "function" then
    misuse("%s expects a model, such as ms.mlp { ... }, not %s", what, kind.show(net))
  end
end

--- A list of names, and what to keep its program by; or a function of s. Of a function no
--- program is kept: it may mean something else by the next call.
local function check_wanted(wanted)
  if type(wanted) == "function" then return wanted end
  if type(wanted) == "string" then wanted = { wanted } end
  if (kind.list(wanted) or 0) == 0 then
    misuse("evaluate: expected names such as \"u_xx\", a list of them or a function of "
      .. "s, not %s", kind.show(wanted))
  end
  for _, name in ipairs(wanted) do
    if type(name) ~= "string" then
      misuse("evaluate: the names must be text, not %s", kind.show(name))
    end
  end
  return wanted, table.concat(wanted, " ")
end

local function look_up(s, names)
  local values = { n = #names }
  for i, name in ipairs(names) do values[i] = s[name] end
  return values
end

--- What is wanted, out of s: a list with n.
local function values_of(wanted, s)
  if type(wanted) == "function" then return trace.call(wanted, "evaluate", s) end
  local good, values = pcall(look_up, s, wanted)
  if not good then misuse("evaluate: %s", (values:gsub("^%S+:%d+: ", ""))) end
  return values
end

local function check_values(values)
  if values.n == 0 then misuse "evaluate: the function of s returns nothing" end
  for i = 1, values.n do
    local columns
    if kind.of(values[i]) == "symbol" then columns = select(2, values[i]:shape()) end
    if columns ~= 1 then
      misuse("evaluate: value %d is %s; expected an expression of s", i,
        columns and ("one of %d columns"):format(columns) or kind.show(values[i]))
    end
  end
  values.n = nil
  return values
end

local function compile(net, wanted, coords)
  local g = core.graph()
  local inputs = M.inputs(net, g, coords, "evaluate")
  local values = net.coefficients and net:coefficients(g) or {}
  for name, symbol in pairs(inputs) do values[name] = symbol end
  local fields = net:build(g, inputs)
  local s = trace.space({ coords = coords, fields = net.outputs,
    parameters = net.options and net.options.parameters }, values, function()
    return fields
  end)
  return g:program { outputs = check_values(values_of(wanted, s)),
    parameters = net:count(), columns = #coords }
end

--- The program of a list of names, made once.
local function kept(net, names, key, coords)
  local columns = table.concat(coords, " ")
  net.programs = net.programs or {}
  local programs = net.programs[columns] or {}
  net.programs[columns] = programs
  programs[key] = programs[key] or compile(net, names, coords)
  return programs[key]
end

--- What is wanted at the points, side by side.
---@private
---@param net modsync.model
---@param points modsync.tensor  [n, coords]
---@param wanted string|string[]|fun(s: modsync.space): ...
---@param coords string[]
---@param out modsync.tensor?
---@return modsync.tensor
function M.run(net, points, wanted, coords, out)
  M.check_model(net, "evaluate")
  local list, key = check_wanted(wanted)
  points = check_points(points, #coords, "evaluate")
  if key then return kept(net, list, key, coords):run(net.theta, points, out) end
  local program <close> = compile(net, list, coords)
  return program:run(net.theta, points, out)
end

return M
