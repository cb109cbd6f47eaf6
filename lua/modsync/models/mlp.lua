--[[
Multi-layer perceptron: h = act(h W + b) over the hidden layers, then a linear layer.
Without standardised inputs a wide network starts almost linear and may collapse to u = 0.
]]
local core = require "modsync.core"
local activations = require "modsync.activations"
local initialisers = require "modsync.initialisers"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local model = require "modsync.model"

--- Options of ms.mlp.
---@class modsync.mlp_options
---@field inputs string[]       names of the coordinates, such as p.coords
---@field outputs string[]      names of the fields, such as p.fields
---@field width? integer        units in a hidden layer (50)
---@field depth? integer        number of hidden layers (3)
---@field widths? integer[]     units of each hidden layer, in place of width and depth
---@field activation? modsync.activation   a name in ms.activations ("tanh")
---@field init? modsync.initialiser        a name in ms.initialisers ("glorot")
---@field input_scale? number   standard deviation of normal weights in the first layer
---@field bias? boolean         (true); biases start at zero
---@field standardise? boolean  inputs are centred and scaled to unit variance (true)
---@field domain? modsync.box   what to standardise by; p.coords carries the problem's
---@field limits? table<string, number[]>  the same as a plain table, { x = {-1, 1} }
---@field seed? integer         of the stream "init" (1)

local known = { "inputs", "outputs", "width", "depth", "widths", "activation", "init",
  "input_scale", "bias", "standardise", "domain", "limits", "seed" }

local function whole(options, name, least, default)
  if options[name] == nil then return default end
  return kind.whole(options[name], least) or misuse(
    "mlp: %s must be a whole number from %d on, not %s", name, least,
    kind.show(options[name]))
end

local function flag(options, name)
  local value = options[name]
  if value == nil then return true end
  if type(value) ~= "boolean" then
    misuse("mlp: %s must be true or false, not %s", name, kind.show(value))
  end
  return value
end

--- Units of each hidden layer.
local function hidden_widths(options)
  if options.widths == nil then
    local width, depth = whole(options, "width", 1, 50), whole(options, "depth", 1, 3)
    local widths = {}
    for layer = 1, depth do widths[layer] = width end
    return widths
  end
  if options.width ~= nil or options.depth ~= nil then
    misuse("mlp: give width and depth, or widths, not both")
  end
  if type(options.widths) ~= "table" or #options.widths == 0 then
    misuse("mlp: widths must be a list such as { 64, 64 }, not %s",
      kind.show(options.widths))
  end
  local widths = {}
  for layer, width in ipairs(options.widths) do
    widths[layer] = kind.whole(width, 1)
      or misuse("mlp: widths[%d] must be a positive whole number, not %s", layer,
        kind.show(width))
  end
  return widths
end

local function choice(options, name, default, open_table)
  local value = options[name] == nil and default or options[name]
  if type(value) == "string" and type(open_table[value]) == "function" then
    return value
  end
  local names = {}
  for each in pairs(open_table) do names[#names + 1] = each end
  table.sort(names)
  misuse("mlp: %s must be one of %s, not %s", name, table.concat(names, ", "),
    kind.show(value))
end

--- The options, complete and plain.
local function complete(options)
  model.check_options(options, known, "mlp")
  local inputs = model.check_names(options.inputs, "inputs", "mlp")
  local scale = options.input_scale
  local positive = type(scale) == "number" and scale > 0 and scale < math.huge
  if scale ~= nil and not positive then
    misuse("mlp: input_scale must be a positive number, not %s", kind.show(scale))
  end
  local standardise = flag(options, "standardise")
  return { model = "mlp", inputs = inputs,
    outputs = model.check_names(options.outputs, "outputs", "mlp"),
    widths = hidden_widths(options),
    activation = choice(options, "activation", "tanh", activations),
    init = choice(options, "init", "glorot", initialisers), input_scale = scale,
    bias = flag(options, "bias"), standardise = standardise,
    limits = standardise and model.check_limits(options, inputs, "mlp") or nil,
    seed = whole(options, "seed", 0, 1) }
end

--- W1, b1, W2, b2, ...; hidden-to-hidden are all weights but the first and the last.
local function make_layout(options)
  local layout, fan_in = model.layout(), #options.inputs
  for layer = 1, #options.widths + 1 do
    local width = options.widths[layer] or #options.outputs
    local hidden = layer > 1 and layer <= #options.widths
    layout:add("W" .. layer, fan_in, width, "weight", hidden)
    if options.bias then layout:add("b" .. layer, 1, width, "bias") end
    fan_in = width
  end
  return layout
end

local function fields(options, activation, g, coords, parameter)
  local h = model.stack_inputs(g, coords, options.inputs, options.limits)
  local last = #options.widths + 1
  for layer = 1, last do
    h = h:matmul(parameter("W" .. layer))
    if options.bias then h = h + parameter("b" .. layer) end
    if layer < last then h = activation(h) end
  end
  local named = {}
  for i, name in ipairs(options.outputs) do
    named[name] = #options.outputs == 1 and h or h:column(i)
  end
  return named
end

local function initialise(net)
  local options, views = net.options, net:views()
  local rng = core.rng(options.seed, "init")
  for _, part in ipairs(net.layout) do
    local W = views[part.name]
    if part.role == "weight" then
      initialisers[options.init](rng, W, part.rows, part.cols)
      if part.offset == 0 and options.input_scale then
        rng:normal(W)
        W:mul_(options.input_scale)
      end
    end
  end
end

--- A multi-layer perceptron: h = act(h W + b) in the hidden layers, then a linear layer.
---@param options modsync.mlp_options
---@return modsync.model
return function(options)
  options = complete(options)
  local activation = activations[options.activation]
  local net = model.new { layout = make_layout(options), inputs = options.inputs,
    outputs = options.outputs, options = options,
    fields = function(...) return fields(options, activation, ...) end }
  initialise(net)
  return net
end
