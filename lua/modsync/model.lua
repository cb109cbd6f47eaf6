--[[
Models: one flat parameter vector, names for its parts, and a function that builds the
fields in a graph. An architecture is a file lua/modsync/models/<name>.lua that returns a
record (see registry.lua) with

  layout(o, layout)     adds the parameters: layout.lua
  fields(o, x, p, s)    the fields as one symbol [n, #outputs] or a table field -> symbol;
                        x is the input stage (layers.inputs), p.NAME a parameter, s.NAME a
                        coordinate
  prepare(o)            optional: checks and completes its options, which must stay plain
  half_range            optional: what standardised inputs reach to (sqrt 3)

where o are the options, and o.act the activation. ms.models.<name> { options } makes a
model.
]]
local checks = require "modsync.model_checks"
local colon = require "modsync.colon"
local core = require "modsync.core"
local evaluation = require "modsync.evaluation"
local initialisers = require "modsync.initialisers"
local kind = require "modsync.kind"
local layers = require "modsync.layers"
local layouts = require "modsync.layout"
local masks = require "modsync.mask"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"
local trace = require "modsync.trace"

--- require "modsync.model": what models are made with.
---@class modsync.architectures
local M = {}

--- A part of the parameter vector: a matrix.
---@class modsync.model_part
---@field name string      W1, b1 ...
---@field offset integer   parameters before it
---@field rows integer
---@field cols integer
---@field role string      weight, bias, or a word of the architecture's own
---@field hidden boolean?  true for hidden-to-hidden weights

--- A model: parameters, and the fields that they make of coordinates.
---@class modsync.model
---@field theta modsync.tensor   all P parameters; steps change it in place
---@field mask modsync.tensor?   P times 0 or 1: no step changes what has a 0
---@field free modsync.tensor?   of a pruned model: 0 for what is frozen
---@field alive modsync.tensor?  of a pruned model: 0 for what is held at 0
---@field layout modsync.model_part[]  what they are, in order, without gaps
---@field inputs string[]        the coordinates
---@field outputs string[]       the fields
---@field options table          plain values that ms.model makes the same model from
local Model = {}
Model.__index = Model
Model.__name = "modsync.model"

--[[ options ]]

--- The options of an architecture, complete and plain.
---@private
function M.complete(record, given)
  local what = record.name
  if type(given) ~= "table" then
    misuse("%s expects a table of options, not %s", what, kind.show(given))
  end
  local own = {}
  for name, value in pairs(given) do
    if name ~= "model" then own[name] = value end
  end
  own.transform, own.forward = nil, nil
  local o = registry.options(record, own)
  o.model, o.inputs = what, checks.names(given.inputs, "inputs", what)
  o.outputs, o.domain = checks.names(given.outputs, "outputs", what), nil
  checks.apart(o.inputs, o.outputs, what)
  local limits = checks.limits(given, o.inputs, what)
  o.limits = o.standardise and limits or nil
  o.periodic = checks.periods(given.periodic, limits, o.inputs, what)
  o.parameters = checks.coefficients(given, o, what)
  checks.rates(o.rates, what)
  layers.choose(initialisers, o.init, "init", what)
  if record.prepare then record.prepare(o) end
  return o
end

--- The transform and where it is from: "problem" or "given".
local function find_transform(given, what)
  local transform, hard = given.transform, given.outputs.hard
  if transform == false or transform == "none" then return nil, "none" end
  if transform == nil and hard then return hard, "problem" end
  if transform == "problem" or transform == "given" then
    if transform == "problem" and hard then return hard, transform end
    misuse("%s: the fields of this model go through a function: pass it as transform",
      what)
  end
  if transform ~= nil and type(transform) ~= "function" then
    misuse("%s: transform must be a function (s, fields), not %s", what,
      kind.show(transform))
  end
  return transform, transform and "given"
end

--[[ making a model ]]

--- An activation makes expressions of expressions, one for each.
local function check_activation(act, name, what)
  local g <close> = core.graph()
  local z = g:input("z", 1)
  local made = act(z)
  local rows, columns
  if kind.of(made) == "symbol" then rows, columns = made:shape() end
  if rows ~= "n" or columns ~= 1 then
    misuse("%s: the activation '%s' must return an expression of its argument, one " ..
      "for each, not %s", what, name, kind.show(made))
  end
  return act
end

--- What the functions of an architecture get as options: the plain ones, the activation
--- and the functions given.
---@private
function M.working(record, options, given)
  local working = { transform = given and given.transform or false,
    forward = given and given.forward }
  if options.activation then
    working.act = check_activation(layers.choose(layers.activations, options.activation,
      "activation", record.name), options.activation, record.name)
  end
  return setmetatable(working, { __index = options })
end

local function add_coefficients(o, layout)
  for _, parameter in ipairs(o.parameters or {}) do
    local start = parameter.start
    layout:add("parameter." .. parameter.name, 1, 1, "coefficient",
      { start = parameter.positive and math.log(start) or start })
  end
end

--- A new model of an architecture, with initial weights from its seed.
---@param record modsync.record
---@param given table  options
---@return modsync.model
function M.make(record, given)
  local options = M.complete(record, given)
  local transform, from = find_transform(given, record.name)
  options.transform = from
  local working = M.working(record, options,
    { transform = transform, forward = given.forward })
  local layout = layouts.new(options.init, options.tie)
  record.layout(working, layout)
  add_coefficients(options, layout)
  checks.tie(options.tie, layout, record.name)
  local net = setmetatable({ record = record, layout = layout.parts, part = layout.named,
    theta = core.zeros(layout.count), inputs = options.inputs, outputs = options.outputs,
    options = options, working = working }, Model)
  net.named = layout:views(net.theta)
  layout:fill(core.rng(options.seed, "init"), net.named)
  for _, pattern in ipairs(options.freeze or {}) do net:freeze(pattern) end
  for pattern in pairs(options.rates or {}) do net:matching(pattern) end
  return net
end

--- The output of an architecture at the coordinates: one symbol, or field -> symbol. An
--- architecture made of others calls it for each.
---@private
function M.assemble(record, o, coords, p)
  local x = layers.inputs(o, coords, record.half_range or layers.HALF_RANGE,
    not record.own_features)
  return record.fields(o, x, p, coords)
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

--- Is it the whole name of the part, or a pattern of it?
local function is_called(part, pattern)
  if part.name == pattern then return true end
  if type(pattern) ~= "string" then return false end
  local good, match = pcall(string.match, part.name, "^" .. pattern .. "$")
  if not good then misuse("%s is no pattern of names: %s", kind.show(pattern), match) end
  return match ~= nil
end

--- The parts whose whole name matches a Lua pattern; a name that no part has is misuse.
---@param pattern string
---@return modsync.model_part[]
function Model:matching(pattern)
  local found, names = {}, {}
  for i, part in ipairs(self.layout) do
    if is_called(part, pattern) then found[#found + 1] = part end
    names[i] = part.name
  end
  if #found > 0 then return found end
  local other = self.part[pattern]
  misuse("no part of the model is called %s (%sthere are %s)", kind.show(pattern),
    other and ("it is tied to %s; "):format(other.name) or "", table.concat(names, ", "))
end

--- From now on no step changes the parts whose names match: net:freeze "[Wb]1".
---@param pattern string
function Model:freeze(pattern)
  masks.set_free(self, self:matching(pattern), 0)
end

--- The opposite, for all parts or those that match. What is pruned stays so.
---@param pattern string?
function Model:thaw(pattern)
  masks.set_free(self, pattern and self:matching(pattern), 1)
end

--[[
Prunes: what has a 0 in 'alive' becomes 0 and stays so, whatever takes the steps, until a
later call has a 1 there. Frozen parameters stay as they are. Then net.mask belongs to the
model, made of net.free (what is not frozen) and net.alive: use freeze, thaw and prune.
]]
---@param alive modsync.tensor  P times 0 or 1
function Model:prune(alive)
  masks.prune(self, alive)
end

--[[
Parameter groups: steps of the parts that match are 'factor' times as long, and so is the
pull of a penalty on them (a group of group-lasso goes by the weights into its unit). A
part takes the factor that was set last. In the option rates, a whole name comes before
patterns, and of those the last in the alphabet. net:rate() lists { offset, count,
factor } of all parts whose factor is not 1.
]]
---@param pattern string?
---@param factor number?
---@return table[]?
function Model:rate(pattern, factor)
  if pattern == nil then return self:rates_by_part() end
  if type(factor) ~= "number" or not (factor >= 0 and factor < math.huge) then
    misuse("rate: a factor is a number of at least 0, not %s", kind.show(factor))
  end
  local rates = {}
  for name, value in pairs(self.options.rates or {}) do rates[name] = value end
  for _, part in ipairs(self:matching(pattern)) do rates[part.name] = factor end
  self.options.rates, self.groups = rates, nil
end

---@private
function Model:rates_by_part()
  if self.groups then return self.groups end
  local factors, rates, patterns = {}, self.options.rates or {}, {}
  for pattern in pairs(rates) do patterns[#patterns + 1] = pattern end
  table.sort(patterns, function(a, b)
    local named_a, named_b = self.part[a] ~= nil, self.part[b] ~= nil
    if named_a ~= named_b then return named_b end
    return a < b
  end)
  for _, coefficient in ipairs(self.options.parameters or {}) do
    factors["parameter." .. coefficient.name] = coefficient.rate
  end
  for _, pattern in ipairs(patterns) do
    for _, part in ipairs(self:matching(pattern)) do
      factors[part.name] = rates[pattern]
    end
  end
  self.groups = {}
  for _, part in ipairs(self.layout) do
    local factor = factors[part.name]
    if factor and factor ~= 1 then
      self.groups[#self.groups + 1] = { offset = part.offset,
        count = part.rows * part.cols, factor = factor }
    end
  end
  return self.groups
end

--[[ coefficients of the equations ]]

local function coefficient_record(self, name)
  for _, parameter in ipairs(self.options.parameters or {}) do
    if parameter.name == name then return parameter end
  end
  misuse("the model has no coefficient %s", kind.show(name))
end

--- The value of a trainable coefficient of the equations; a second argument sets it.
---@param name string
---@param new number?
---@return number
function Model:coefficient(name, new)
  local positive = coefficient_record(self, name).positive
  local place = self.named["parameter." .. name]
  if new ~= nil then
    if math.type(new) == nil or new ~= new or math.abs(new) == math.huge then
      misuse("coefficient: %s must be a finite number, not %s", name, kind.show(new))
    end
    if positive and not (new > 0) then
      misuse("coefficient: %s is positive and cannot be %s", name, new)
    end
    place:fill_(positive and math.log(new) or new)
  end
  local value = place:get(1, 1)
  return positive and math.exp(value) or value
end

--- The coefficients in a graph, by name.
---@param g modsync.graph
---@return modsync.symbols
function Model:coefficients(g)
  local symbols = {}
  for _, parameter in ipairs(self.options.parameters or {}) do
    local value = g:parameter(self.part["parameter." .. parameter.name].offset, 1, 1)
    symbols[parameter.name] = parameter.positive and core.exp(value) or value
  end
  return symbols
end

--[[ the fields ]]

--- name -> symbol of a part; at [1] the function that watches the hidden layers.
local function parameters(self, g, watch)
  return setmetatable({ watch }, { __index = function(p, name)
    local part = self.part[name]
    if not part then error(("the model has no part %s"):format(kind.show(name)), 2) end
    p[name] = g:parameter(part.offset, part.rows, part.cols)
    return p[name]
  end })
end

--- field -> symbol from what an architecture returned.
local function by_field(self, made)
  local named, outputs, what = {}, self.outputs, self.options.model
  if kind.of(made) ~= "symbol" then
    if type(made) ~= "table" then
      misuse("%s: the network must return a symbol with a column for each of %s, or a "
        .. "table field -> expression, not %s", what, table.concat(outputs, ", "),
        kind.show(made))
    end
    return checks.fields(made, outputs, true, what .. ": the network")
  end
  local _, columns = made:shape()
  if columns ~= #outputs then
    misuse("%s: the network has %d outputs for %d fields", what, columns, #outputs)
  end
  for i, name in ipairs(outputs) do
    named[name] = columns == 1 and made or made:column(i)
  end
  return named
end

--- The fields as a transform sees them: one that there is not is an error.
local function shown(self, fields)
  local copy = {}
  for name, symbol in pairs(fields) do copy[name] = symbol end
  return setmetatable(copy, { __index = function(_, name)
    error(("there is no field %s (fields: %s)"):format(kind.show(name),
      table.concat(self.outputs, ", ")), 2)
  end })
end

local function transformed(self, g, coords, fields)
  local transform = self.working.transform
  local values = self:coefficients(g)
  for name, symbol in pairs(coords) do values[name] = symbol end
  local space = trace.space({ coords = self.inputs, fields = {},
    parameters = self.options.parameters }, values)
  local is_hard = self.options.transform == "problem"
  local changed = trace.call(transform, is_hard and "hard" or "transform", space,
    shown(self, fields))[1]
  if kind.of(changed) == "symbol" and #self.outputs == 1 then
    changed = { [self.outputs[1]] = changed }
  end
  local what = is_hard and "the problem's 'hard'" or self.options.model ..
    ": the transform"
  checks.fields(changed, self.outputs, false, what)
  return setmetatable(changed, { __index = fields })
end

--- The fields in the graph g: symbols [n, 1] by name, made of the coordinates'. 'watch'
--- is called with the name and the units of every hidden layer; what it returns takes
--- their place.
---@param g modsync.graph
---@param coords modsync.symbols
---@param watch (fun(layer: string|integer, units: modsync.symbol): modsync.symbol?)?
---@return modsync.symbols
function Model:build(g, coords, watch)
  local made = M.assemble(self.record, self.working, coords, parameters(self, g, watch))
  local fields = by_field(self, made)
  if not self.working.transform then return fields end
  return transformed(self, g, coords, fields)
end

--[[
The fields at points [n, inputs], side by side in a tensor [n, outputs]; or what is wanted
of them: names as in a problem's terms, or a function of s.

  net:evaluate(points, { "u", "u_x", "u_xx" })
  net:evaluate(points, function(s) return s.u_x^2 + s.u:d("theta") end)

'out' takes the numbers, if given. The columns are the model's inputs in their order; for
points of a problem there is p:evaluate(net, points, ...), which goes by its coordinates.
]]
---@overload fun(self, points: modsync.tensor, out: modsync.tensor): modsync.tensor
---@param points modsync.tensor
---@param wanted (string|string[]|fun(s: modsync.space): ...)?
---@param out modsync.tensor?
---@return modsync.tensor
function Model:evaluate(points, wanted, out)
  if kind.of(wanted) == "tensor" then wanted, out = nil, wanted end
  return evaluation.run(self, points, wanted or self.outputs, self.inputs, out)
end

--- A smaller model with the same outputs, without the units that pruning has silenced;
--- with an optimizer also one like it that goes on with its moments.
---@param optimizer modsync.optimizer?
---@return modsync.model small, modsync.optimizer? optimizer
function Model:compact(optimizer)
  return require "modsync.compact"(self, optimizer)
end

colon.guard(Model, "model")

--[[ architectures by name ]]

--- The model that these options (another model's net.options) describe, with new weights.
--- With options.forward, a function (x, p, s), the one that this function describes: see
--- models/traced.lua.
---@param options table  options.model is the architecture, "mlp" if it is missing
---@return modsync.model
function M.create(options)
  if type(options) ~= "table" then
    misuse("a model is made from a table of options, not %s", kind.show(options))
  end
  local name = options.model or (options.forward and "traced") or "mlp"
  return M.make(registry.record("models", name), options)
end

--- A multi-layer perceptron: h = act(h W + b) in the hidden layers, then a linear layer.
---@param options modsync.model.mlp
---@return modsync.model
function M.mlp(options)
  return M.make(registry.record("models", "mlp"), options)
end

return M
