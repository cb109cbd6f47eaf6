--[[
What architectures are made of: the input stage, dense layers, activations. All work on
symbols; options are those of the architecture (model_options.lua and layers.options).

  inputs        standardised, exactly periodic (Dong, Ni, doi:10.1016/j.jcp.2021.110242)
                or random Fourier features (Tancik et al., arXiv:2006.10739)
  dense layers  h W + b, with W = V diag(exp s) under random weight factorisation (Wang,
                Wang, Seidman, Perdikaris, arXiv:2210.01274)
  activations   act(n a z) with a trained slope a, one for all, one a layer or one a unit
                (Jagtap, Kawaguchi, Karniadakis, doi:10.1016/j.jcp.2019.109136 and
                doi:10.1098/rspa.2020.0334); n a = 1 at the start
]]
local core = require "modsync.core"
local activations = require "modsync.activations"
local kind = require "modsync.kind"
local layouts = require "modsync.layout"
local misuse = require "modsync.misuse"

--- require "modsync.layers": what architectures are made of.
---@class modsync.layers
local M = {}

--[[ inputs ]]

--- Standardised inputs are uniform on [-sqrt 3, sqrt 3]: mean 0, variance 1.
M.HALF_RANGE = math.sqrt(3)

--- The inputs that are (or are not) periodic.
local function select_inputs(o, periodic)
  local names = {}
  for _, name in ipairs(o.inputs) do
    if (o.periodic ~= nil and o.periodic[name] ~= nil) == periodic then
      names[#names + 1] = name
    end
  end
  return names
end

local function side_by_side(parts)
  return #parts == 1 and parts[1] or core.concat(parts)
end

--- Coordinates as one symbol, centred and scaled to [-half_range, half_range].
local function plain_columns(o, coords, names, half_range)
  local columns, middle, factor = {}, {}, {}
  for i, name in ipairs(names) do
    columns[i] = coords[name]
    if o.standardise and o.limits then
      local low, high = o.limits[name][1], o.limits[name][2]
      middle[i], factor[i] = (low + high) / 2, 2 * half_range / (high - low)
    end
  end
  local x = side_by_side(columns)
  if not middle[1] then return x end
  return (x - core.tensor { middle }) * core.tensor { factor }
end

--- cos and sin of 2 pi k x / period, k = 1 .. harmonics.
local function waves(o, coords, names, parts)
  for _, name in ipairs(names) do
    local numbers = {}
    for k = 1, o.harmonics do numbers[k] = 2 * math.pi * k / o.periodic[name] end
    local angle = coords[name] * core.tensor { numbers }
    parts[#parts + 1] = core.cos(angle)
    parts[#parts + 1] = core.sin(angle)
  end
end

local function columns_before_features(o)
  return #select_inputs(o, false) + 2 * o.harmonics * #select_inputs(o, true)
end

--- The wave numbers of random Fourier features, [columns, features].
---@param o table        options
---@param scale number
---@param stream string  of the random numbers
---@return modsync.tensor
function M.wave_numbers(o, scale, stream)
  local B = core.zeros(columns_before_features(o), o.fourier)
  return core.rng(o.seed, stream):normal(B) * scale
end

--- cos and sin of x B side by side.
---@param x modsync.symbol
---@param B modsync.tensor
---@return modsync.symbol
function M.features(x, B)
  local angle = x:matmul(B)
  return core.concat { core.cos(angle), core.sin(angle) }
end

--- The inputs as one symbol [n, M.input_width(o)]; without 'features' before those.
---@param o table  options
---@param coords modsync.symbols
---@param half_range number  what standardised inputs reach to
---@param features boolean   take random Fourier features of them, if o says so
---@return modsync.symbol
function M.inputs(o, coords, half_range, features)
  local parts, plain = {}, select_inputs(o, false)
  if #plain > 0 then parts[1] = plain_columns(o, coords, plain, half_range) end
  waves(o, coords, select_inputs(o, true), parts)
  local x = side_by_side(parts)
  if o.fourier == 0 or not features then return x end
  return M.features(x, M.wave_numbers(o, o.fourier_scale, "fourier"))
end

--- The number of columns of M.inputs.
---@param o table  options
---@return integer
function M.input_width(o)
  return o.fourier > 0 and 2 * o.fourier or columns_before_features(o)
end

--[[ options ]]

local own = {
  { name = "activation", type = "string", default = "tanh",
    text = "a name in ms.activations" },
  { name = "bias", type = "boolean", default = true,
    text = "add a row of biases, zero at the start" },
  { name = "adaptive", type = "choice", default = "none",
    choices = { "none", "global", "layer", "neuron" },
    text = "trained slopes of the activations" },
  { name = "adaptive_scale", type = "number", default = 1, min = 1,
    text = "fixed factor n beside the slope, which starts at 1 / n: larger is faster" },
  { name = "factorise", type = "boolean", default = false,
    text = "random weight factorisation: every unit has a trained scale exp(s)" },
  { name = "factor_mean", type = "number", default = 1, min = -5, max = 5,
    text = "mean of s at the start" },
  { name = "factor_deviation", type = "number", default = 0.1, min = 0,
    text = "standard deviation of s at the start" },
}

local sizes = {
  { name = "width", type = "integer", default = 50, min = 1,
    text = "units in a hidden layer" },
  { name = "depth", type = "integer", default = 3, min = 1, text = "hidden layers" },
}

--- The options of networks of dense layers, for a record: 'first' and then the common
--- ones. Options in 'first' take the place of those of the same name.
---@param first modsync.option[]
---@param sized boolean?  with width and depth
---@return modsync.option[]
function M.options(first, sized)
  local list, taken = {}, {}
  for i, option in ipairs(first) do list[i], taken[option.name] = option, true end
  for _, more in ipairs { sized and sizes or {}, own } do
    for _, option in ipairs(more) do
      if not taken[option.name] then list[#list + 1] = option end
    end
  end
  return list
end

--- One of an open table of functions, by name.
---@param table_of table<string, function>
---@param name any
---@param option string        for messages
---@param architecture string  for messages
---@return function
function M.choose(table_of, name, option, architecture)
  local fn = table_of[name]
  if type(fn) == "function" then return fn end
  local names = {}
  for each in pairs(table_of) do names[#names + 1] = each end
  table.sort(names)
  misuse("%s: %s must be one of %s, not %s", architecture, option,
    table.concat(names, ", "), kind.show(name))
end

--- Units of each hidden layer, given as a list.
---@param widths any
---@param architecture string  for messages
---@return integer[]
function M.widths(widths, architecture)
  if (kind.list(widths) or 0) == 0 then
    misuse("%s: widths must be a list such as { 64, 64 }", architecture)
  end
  local checked = {}
  for layer, width in ipairs(widths) do
    checked[layer] = kind.whole(width, 1)
      or misuse("%s: widths[%d] must be a positive whole number, not %s", architecture,
        layer, kind.show(width))
  end
  return checked
end

--[[ dense layers ]]

--- h W + b; b may be missing.
---@param h modsync.symbol  [n, rows]
---@param W modsync.symbol|modsync.tensor   [rows, cols]
---@param b? modsync.symbol|modsync.tensor  [1, cols]
---@return modsync.symbol
function M.linear(h, W, b)
  h = h:matmul(W)
  return b and h + b or h
end

--- The initialiser of a first layer under the option input_scale; nil without. The draws
--- of the layout's own initialiser come first, so that the streams agree.
---@param o table  options
---@return function?
function M.scaled(o)
  if not o.input_scale then return nil end
  return function(rng, W, fan_in, fan_out)
    layouts.initialiser(o.init)(rng, W, fan_in, fan_out)
    rng:normal(W)
    W:mul_(o.input_scale)
  end
end

--- V = W / exp(s), columns of W as the initialiser drew them.
local function factored(start, scale)
  return function(rng, W, fan_in, fan_out, views)
    start(rng, W, fan_in, fan_out, views)
    W:div_(core.exp(views[scale]))
  end
end

--[[
Adds the parts of layer 'name' to the layout: s<name> if factorised, W<name>, b<name> with
biases, a<name> (or a, for all layers) with adaptive activations. more: hidden = true for
what pruning may touch, linear = true for a layer without activation, start = a function
(rng, W) or the name of an initialiser.
]]
---@param o table  options
---@param layout modsync.layout
---@param name string|integer
---@param rows integer
---@param cols integer
---@param more { hidden?: boolean, linear?: boolean, start?: string|function }?
function M.dense(o, layout, name, rows, cols, more)
  more = more or {}
  local start = more.start or o.init
  if o.factorise then
    layout:add("s" .. name, 1, cols, "scale", { start = function(rng, s)
      rng:normal(s)
      s:mul_(o.factor_deviation)
      s:add_(o.factor_mean)
    end })
    start = factored(layout.initialiser(start), "s" .. name)
  end
  layout:add("W" .. name, rows, cols, "weight", { hidden = more.hidden, start = start })
  if o.bias then layout:add("b" .. name, 1, cols, "bias") end
  if more.linear or o.adaptive == "none" then return end
  local slope = "a" .. (o.adaptive == "global" and "" or name)
  if not layout:has(slope) then
    layout:add(slope, 1, o.adaptive == "neuron" and cols or 1, "slope",
      { start = 1 / o.adaptive_scale })
  end
end

--- h W + b of layer 'name'.
---@param o table  options
---@param p modsync.symbols  parameters
---@param name string|integer
---@param h modsync.symbol
---@return modsync.symbol
function M.apply(o, p, name, h)
  local W = p["W" .. name]
  if o.factorise then W = W * core.exp(p["s" .. name]) end
  return M.linear(h, W, o.bias and p["b" .. name])
end

--- The activation of layer 'name' at z.
---@param o table  options
---@param p modsync.symbols  parameters
---@param name string|integer
---@param z modsync.symbol
---@return modsync.symbol
function M.activate(o, p, name, z)
  if o.adaptive == "none" then return o.act(z) end
  local slope = p["a" .. (o.adaptive == "global" and "" or name)]
  return o.act(z * (slope * o.adaptive_scale))
end

--- The units of the hidden layer 'name', or what is put in their place: whoever watches
--- the hidden layers sees them (Model:build).
---@param p modsync.symbols  parameters
---@param name string|integer
---@param units modsync.symbol
---@return modsync.symbol
function M.watched(p, name, units)
  local watch = rawget(p, 1)
  return watch and watch(name, units) or units
end

--- The activation of layer 'name' at h W + b, watched.
---@param o table  options
---@param p modsync.symbols  parameters
---@param name string|integer
---@param h modsync.symbol
---@return modsync.symbol
function M.layer(o, p, name, h)
  return M.watched(p, name, M.activate(o, p, name, M.apply(o, p, name, h)))
end

M.activations = activations

return M
