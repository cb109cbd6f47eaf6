--[[
What the hidden units of a model do at given points:

  local H = ms.hidden(net)    -- ms.hidden(net, p.coords) for points of a problem
  H:units(points)             -- layer -> activations, [n, width]
  H:units(points, "x", "x")   -- layer -> their second derivatives by x
  H:sensitivities(points, "u")  -- layer -> d u / d unit, [n, width]

Layers are named as their weights: 1, 2, ... for an MLP, "u.1" in the network of the field
u. A layer that the inputs pass several times, as those of fourier with several scales,
has its units once for each. Memory: n times all units; the sensitivities take a run of
the program for every point.
]]
local check_points = require "modsync.check_points"
local colon = require "modsync.colon"
local core = require "modsync.core"
local evaluation = require "modsync.evaluation"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

--- The hidden units of a model at points.
---@class modsync.hidden
---@field net modsync.model
---@field coords string[]  what the columns of points are
---@field programs table   private
local Hidden = {}
Hidden.__index = Hidden
Hidden.__name = "modsync.hidden"

function Hidden:__tostring()
  return ("hidden units of %s"):format(self.net)
end

--- Up to six names of columns.
---@private
function Hidden:check_names(names)
  local known = {}
  for _, name in ipairs(self.coords) do known[name] = true end
  if #names > 6 then
    misuse("hidden: derivatives of order %d, expected at most 6", #names)
  end
  for _, name in ipairs(names) do
    if not known[name] then
      misuse("hidden: there is no coordinate %s (inputs: %s)", kind.show(name),
        table.concat(self.coords, ", "))
    end
  end
end

--- The columns of a [n, columns] tensor as layers.
local function split(values, layers)
  local by_name, first = {}, 1
  for _, layer in ipairs(layers) do
    local part, before = values:narrow(2, first, layer.width), by_name[layer.name]
    by_name[layer.name] = before and core.concat { before, part } or part:clone()
    first = first + layer.width
  end
  return by_name
end

---@private
function Hidden:compile_units(names)
  local g, layers, outputs = core.graph(), {}, {}
  local inputs = evaluation.inputs(self.net, g, self.coords, "hidden")
  self.net:build(g, inputs, function(name, units)
    local _, width = units:shape()
    layers[#layers + 1] = { name = name, width = width }
    outputs[#layers] = #names > 0 and units:d(table.unpack(names)) or units
  end)
  if #layers == 0 then
    misuse("hidden: the architecture %s has no hidden layers to watch",
      self.net.options.model)
  end
  local program = g:program { outputs = outputs, parameters = self.net:count(),
    columns = #self.coords }
  return { program = program, layers = layers }
end

--- The activations of every hidden layer, or a derivative of them by coordinates.
---@param points modsync.tensor  [n, coords]
---@param ... string             coordinates, up to order 6
---@return table<string|integer, modsync.tensor>
function Hidden:units(points, ...)
  points = check_points(points, #self.coords, "hidden")
  local names = { ... }
  self:check_names(names)
  local key = "units " .. table.concat(names, " ")
  self.programs[key] = self.programs[key] or self:compile_units(names)
  local made = self.programs[key]
  return split(made.program:run(self.net.theta, points), made.layers)
end

--[[
A row of zeros added to the units of a layer is a parameter like any other, and the
gradient by it at one point is the sensitivity there.
]]
---@private
function Hidden:compile_sensitivities(field)
  local g, layers, count = core.graph(), {}, self.net:count()
  local inputs = evaluation.inputs(self.net, g, self.coords, "hidden")
  local fields = self.net:build(g, inputs, function(name, units)
    local _, width = units:shape()
    layers[#layers + 1] = { name = name, width = width }
    count = count + width
    return units + g:parameter(count - width, 1, width)
  end)
  if not fields[field] then
    misuse("hidden: no field %s (known: %s)", kind.show(field),
      table.concat(self.net.outputs, ", "))
  end
  local program = g:program { losses = { core.mean(fields[field]) }, parameters = count,
    columns = #self.coords }
  return { program = program, layers = layers, theta = core.zeros(count) }
end

--- The derivatives of a field by the units of every hidden layer, at every point.
---@param points modsync.tensor  [n, coords]
---@param field string
---@return table<string|integer, modsync.tensor>
function Hidden:sensitivities(points, field)
  points = check_points(points, #self.coords, "hidden")
  local key, P = "sensitivities " .. tostring(field), self.net:count()
  self.programs[key] = self.programs[key] or self:compile_sensitivities(field)
  local made = self.programs[key]
  made.theta:narrow(1, 1, P):copy_(self.net.theta)
  local rows = made.program:rows(made.theta, points)
  local more = made.theta:size(1) - P
  return split(rows:narrow(3, P + 1, more):reshape(rows:size(1), more), made.layers)
end

colon.guard(Hidden, "hidden")

--- Activations, their derivatives and sensitivities of the hidden units of a model, at
--- points whose columns are its inputs or 'coords'.
---@param net modsync.model
---@param coords string[]?  p.coords for points of a problem
---@return modsync.hidden
return function(net, coords)
  if type(net) ~= "table" or type(net.build) ~= "function" then
    misuse("ms.hidden expects a model, such as ms.mlp { ... }, not %s", kind.show(net))
  end
  return setmetatable({ net = net, coords = coords or net.inputs, programs = {} },
    Hidden)
end
