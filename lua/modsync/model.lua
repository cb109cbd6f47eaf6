--[[
Models: one flat parameter vector, names for its parts, and a function that builds the
fields in a graph. An architecture is a file lua/modsync/models/<name>.lua that returns a
constructor, function(options) -> model; model.<name> (and ms.<name> for those listed in
init.lua) calls it.
]]
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local nearest = require "modsync.nearest"

--- require "modsync.model": what a new architecture is made with.
---@class modsync.models
local M = {}

--- A part of the parameter vector: a matrix.
---@class modsync.model_part
---@field name string      W1, b1 ...
---@field offset integer   parameters before it
---@field rows integer
---@field cols integer
---@field role "weight"|"bias"
---@field hidden boolean?  true for hidden-to-hidden weights

--- What an architecture gives models.new.
---@class modsync.model_parts
---@field layout modsync.layout
---@field fields function   (g, coords, parameter) -> fields: symbols by name
---@field inputs string[]   names of the coordinates
---@field outputs string[]  names of the fields
---@field options table     plain values from which the model can be made again

--- A model: parameters, and the fields that they make of coordinates.
---@class modsync.model
---@field theta modsync.tensor   all P parameters; steps change it in place
---@field layout modsync.model_part[]  what they are, in order, without gaps
---@field inputs string[]        the coordinates
---@field outputs string[]       the fields
---@field options table          plain values that ms.model makes the same model from
local Model = {}
Model.__index = Model
Model.__name = "modsync.model"

--[[ what an architecture uses ]]

--- The parts of a parameter vector, in the order they are added.
---@class modsync.layout
---@field parts modsync.model_part[]
---@field count integer  parameters so far
local Layout = {}
Layout.__index = Layout

--- An empty layout.
---@return modsync.layout
function M.layout()
  return setmetatable({ parts = {}, count = 0 }, Layout)
end

--- Adds a part at the end.
---@param name string
---@param rows integer
---@param cols integer
---@param role "weight"|"bias"
---@param hidden boolean?  hidden-to-hidden: what pruning may touch
---@return modsync.model_part
function Layout:add(name, rows, cols, role, hidden)
  local part = { name = name, offset = self.count, rows = rows, cols = cols, role = role,
    hidden = hidden or nil }
  self.parts[#self.parts + 1] = part
  self.count = self.count + rows * cols
  return part
end

--- A model with all parameters zero.
--- parts.fields(g, coords, parameter) returns field -> symbol, where coords is name ->
--- symbol and parameter(name) the symbol of a part of the layout.
---@param parts modsync.model_parts
---@return modsync.model
function M.new(parts)
  local offsets = {}
  for _, part in ipairs(parts.layout.parts) do offsets[part.name] = part end
  return setmetatable({ layout = parts.layout.parts, part = offsets,
    theta = core.zeros(parts.layout.count), fields = parts.fields,
    inputs = parts.inputs, outputs = parts.outputs, options = parts.options }, Model)
end

--- Fails for options that an architecture does not have.
---@param given table
---@param known string[]
---@param what string  the architecture, for messages
function M.check_options(given, known, what)
  if type(given) ~= "table" then
    misuse("%s expects a table of options, not %s", what, kind.show(given))
  end
  for key in pairs(given) do
    local found = key == "model"
    for _, name in ipairs(known) do found = found or name == key end
    if not found then
      local near = type(key) == "string" and nearest(key, known)[1]
      misuse("%s has no option %s%s (known: %s)", what, kind.show(key),
        near and ("; did you mean %q?"):format(near) or "", table.concat(known, ", "))
    end
  end
end

--- A list of names as a plain copy.
---@param list any
---@param option string
---@param what string  the architecture, for messages
---@return string[]
function M.check_names(list, option, what)
  if (kind.list(list) or 0) == 0 then
    misuse("%s: %s must be a list of names, such as p.coords or p.fields, not %s", what,
      option, kind.show(list))
  end
  local names = {}
  for i, name in ipairs(list) do
    if type(name) ~= "string" then
      misuse("%s: %s must hold names, not %s", what, option, kind.show(name))
    end
    names[i] = name
  end
  return names
end

--- The limits of every input as a plain table name -> {lowest, highest}: from
--- options.limits, else from options.domain, else from the domain that p.coords carries;
--- nil without any.
---@param options table
---@param inputs string[]
---@param what string  the architecture, for messages
---@return table<string, number[]>?
function M.check_limits(options, inputs, what)
  local domain, limits = options.domain or options.inputs.domain, {}
  if not options.limits and not domain then return nil end
  for _, name in ipairs(inputs) do
    local low, high
    if options.limits then
      low, high = table.unpack(options.limits[name] or {})
    else
      low, high = domain:limits(name)
    end
    if type(low) ~= "number" or type(high) ~= "number" or not (low < high) then
      misuse("%s: the domain has no limits for the input %q", what, name)
    end
    limits[name] = { low, high }
  end
  return limits
end

--- The inputs as one [n, d] symbol; with limits, centred and scaled to unit variance for
--- points that are uniform between them.
---@param g modsync.graph
---@param coords modsync.symbols
---@param inputs string[]
---@param limits table<string, number[]>?
---@return modsync.symbol
function M.stack_inputs(g, coords, inputs, limits)
  local columns, middle, factor = {}, {}, {}
  for i, name in ipairs(inputs) do
    columns[i] = coords[name]
    if limits then
      local low, high = limits[name][1], limits[name][2]
      middle[i], factor[i] = (low + high) / 2, 2 * math.sqrt(3) / (high - low)
    end
  end
  local x = #columns == 1 and columns[1] or core.concat(columns)
  if not limits then return x end
  return (x - g:constant(core.tensor { middle })) * g:constant(core.tensor { factor })
end

--[[ methods ]]

function Model:__tostring()
  return ("%s of %s: fields %s, %d parameters"):format(self.options.model,
    table.concat(self.inputs, ", "), table.concat(self.outputs, ", "), self:count())
end

--- The number of parameters.
---@return integer
function Model:count()
  return self.theta:size(1)
end

--- Every part as a tensor [rows, cols] that shares theta's memory, by name.
---@return table<string, modsync.tensor>
function Model:views()
  if not self.named then
    self.named = {}
    for _, part in ipairs(self.layout) do
      self.named[part.name] = self.theta:narrow(1, part.offset + 1, part.rows * part.cols)
        :reshape(part.rows, part.cols)
    end
  end
  return self.named
end

--- The parts that hold hidden-to-hidden weights.
---@return modsync.model_part[]
function Model:hidden_blocks()
  local blocks = {}
  for _, part in ipairs(self.layout) do
    if part.hidden then blocks[#blocks + 1] = part end
  end
  return blocks
end

--- The part of the layout and the row and column of the i-th parameter; nil past the end.
---@param i integer
---@return modsync.model_part? part, integer? row, integer? col
function Model:locate(i)
  for _, part in ipairs(self.layout) do
    local at = i - 1 - part.offset
    if at < part.rows * part.cols then
      return part, at // part.cols + 1, at % part.cols + 1
    end
  end
end

--- The fields in the graph g: symbols [n, 1] by name, made of the coordinates'.
---@param g modsync.graph
---@param coords modsync.symbols
---@return modsync.symbols
function Model:build(g, coords)
  return self.fields(g, coords, function(name)
    local part = self.part[name]
    return g:parameter(part.offset, part.rows, part.cols)
  end)
end

--- The fields at points [n, inputs]: a tensor [n, outputs], 'out' if given.
---@param points modsync.tensor
---@param out modsync.tensor?
---@return modsync.tensor
function Model:evaluate(points, out)
  if not self.program then
    local g, coords, outputs = core.graph(), {}, {}
    for i, name in ipairs(self.inputs) do coords[name] = g:input(name, i) end
    local fields = self:build(g, coords)
    for i, name in ipairs(self.outputs) do outputs[i] = fields[name] end
    self.program = g:program { outputs = outputs, parameters = self:count(),
      columns = #self.inputs }
  end
  return self.program:run(self.theta, points, out)
end

--[[ architectures by name ]]

--- The model that these options (another model's net.options) describe, with new weights.
---@param options table  options.model is the architecture, "mlp" if it is missing
---@return modsync.model
function M.create(options)
  if type(options) ~= "table" then
    misuse("a model is made from a table of options, not %s", kind.show(options))
  end
  local name = options.model or "mlp"
  local make = type(name) == "string" and M[name]
  if not make then misuse("there is no architecture %s", kind.show(name)) end
  return make(options)
end

return setmetatable(M, {
  __index = function(_, name)
    local module = type(name) == "string" and "modsync.models." .. name
    if not module or not package.searchpath(module, package.path) then return nil end
    local make = require(module)
    rawset(M, name, make)
    return make
  end,
})
