--[[
Compaction: a network with units that pruning has silenced becomes a smaller one that
gives the same outputs, to rounding.

  local small = ms.compact(net)               -- or net:compact()
  local small, opt = ms.compact(net, opt)     -- with the optimizer's moments

What goes: a unit that nothing comes into (its weights, and those of units that went
before it, are 0), whose constant act(b) times its outgoing weights is added to the biases
of the next layer; and a unit that nothing leaves. What counts is the value 0, masked or
not. A layer of which nothing is left keeps one unit of zeros: the network is then a
constant, and so is the smaller one. Masks, rates and the coefficients of the equations go
along.

An architecture that can be made smaller is made of chains of dense layers (chain.lua),
and has in its record a function resize(o, widths): options o of a network whose i-th
chain has the hidden layers widths[i].
]]
local chain = require "modsync.chain"
local core = require "modsync.core"
local kind = require "modsync.kind"
local masks = require "modsync.mask"
local misuse = require "modsync.misuse"
local model = require "modsync.model"
local optim = require "modsync.optim"

--[[ which units stay ]]

--- W of a layer as it multiplies, with the scales of a factorised one.
local function weights(layer, theta)
  local W = chain.view(theta, layer.weights)
  return layer.scale and W * core.exp(chain.view(theta, layer.scale)) or W
end

--- What the units of a layer are when nothing comes into them, [width].
local function constants(layer, theta)
  local z = layer.bias and chain.view(theta, layer.bias)
    or core.zeros(1, layer.weights.cols)
  return layer.unit(z):reshape(-1)
end

--- From the first layer to the last: units that nothing comes into go, their constants
--- into the biases behind them. Without biases those stay that are not 0.
local function fold(layers, theta, alive)
  for i = 1, #layers - 1 do
    local layer, after, before = layers[i], layers[i + 1], alive[i - 1]
    local used = weights(layer, theta):ne(0)
    if before then used:mul_(before:reshape(-1, 1)) end
    local silent, constant = used:sum(1):eq(0), constants(layer, theta)
    if not after.bias then silent:mul_(constant:eq(0)) end
    alive[i] = 1 - silent
    if after.bias and silent:sum() > 0 then
      constant = core.where(silent, constant, 0)
      chain.view(theta, after.bias):row(1):add_(constant:matmul(weights(after, theta)))
    end
  end
end

--- From the last layer to the first: units that nothing leaves go.
local function cut(layers, theta, alive)
  for i = #layers - 1, 1, -1 do
    local used = weights(layers[i + 1], theta):ne(0)
    if alive[i + 1] then used:mul_(alive[i + 1]) end
    alive[i]:mul_(used:sum(2):gt(0))
  end
end

--- The positions of the units of a chain that stay, by layer, at least one each. Where
--- none would have, the unit becomes one of zeros.
local function positions(layers, theta, alive)
  local kept = {}
  for i, units in ipairs(alive) do
    kept[i] = units:nonzero():reshape(-1)
    if units:sum() == 0 then
      kept[i] = core.tensor { 1 }
      chain.view(theta, layers[i].weights):select(2, 1):fill_(0)
      chain.view(theta, layers[i + 1].weights):row(1):fill_(0)
      if layers[i].bias then chain.view(theta, layers[i].bias):set(1, 1, 0) end
    end
  end
  return kept
end

--[[ the smaller network ]]

--- Part -> the positions that stay along its rows, and along its columns.
local function selection(net, chains, kept)
  local rows, columns = {}, {}
  for c, layers in ipairs(chains) do
    for i, layer in ipairs(layers) do
      local slope = net.part[layer.weights.name:gsub("W(%d+)$", "a%1")]
      rows[layer.weights] = kept[c][i - 1]
      for _, part in pairs { layer.weights, layer.bias or nil, layer.scale or nil,
        slope and slope.cols == layer.weights.cols and slope or nil } do
        columns[part] = kept[c][i]
      end
    end
  end
  return rows, columns
end

--- A function that takes the smaller network's numbers out of P numbers.
local function gatherer(net, small, rows, columns)
  return function(vector)
    local out = core.zeros(small:count())
    for i, part in ipairs(net.layout) do
      local block = chain.view(vector, part)
      if rows[part] then block = block:take(1, rows[part]) end
      if columns[part] then block = block:take(2, columns[part]) end
      chain.view(out, small.layout[i]):copy_(block)
    end
    return out
  end
end

--- A copy of the options with other widths, and of the functions beside them.
local function resized(net, kept)
  local options, widths = {}, {}
  for name, value in pairs(net.options) do options[name] = value end
  for c, layers in ipairs(kept) do
    widths[c] = {}
    for i, units in ipairs(layers) do widths[c][i] = units:size(1) end
  end
  net.record.resize(options, widths)
  if options.transform == "problem" then
    options.outputs = setmetatable({ table.unpack(net.outputs) },
      { __index = { hard = net.working.transform } })
  elseif options.transform == "given" then
    options.transform = net.working.transform
  end
  return options
end

--- The masks, unless no zero is left in them.
local function carry_masks(net, small, gather)
  local function left(mask)
    mask = mask and gather(mask)
    return mask and mask:min() < 1 and mask or nil
  end
  local alive, free = left(net.alive), left(masks.free(net))
  small.mask = free
  if alive then small:prune(alive) end
end

--- A tensor of P numbers, or of rows of P, of the parameters that stay; others as is. Of
--- P x P numbers only those with as many rows as the option 'history' are rows for sure.
local function fewer(value, P, gather, history)
  local shape = kind.of(value) == "tensor" and value:shape() or {}
  if #shape == 1 and shape[1] == P then return gather(value) end
  if #shape == 2 and shape[2] == P and (shape[1] ~= P or history == P) then
    local rows = {}
    for i = 1, shape[1] do rows[i] = gather(value:row(i)) end
    return core.stack(rows)
  end
  for _, extent in ipairs(shape) do
    if extent == P then return nil end
  end
  return value
end

--- An optimizer like this one, with what it remembers of the parameters that stay.
local function carried(optimizer, P, gather)
  local twin = optim.class.new(optimizer.record, optimizer:options())
  local state, history = {}, optimizer.chosen.history
  for name, value in pairs(optimizer:state()) do
    state[name] = fewer(value, P, gather, history) or misuse(
      "compact: the state '%s' of the optimizer '%s' cannot be made smaller", name,
      optimizer.name)
  end
  if next(state) then twin:restore(state) end
  if twin.core then twin:lr(optimizer:lr()) end
  return twin
end

local function check(net, optimizer)
  if type(net) ~= "table" or net.theta == nil or net.layout == nil then
    misuse("ms.compact expects a model, such as ms.mlp { ... }, not %s", kind.show(net))
  end
  if optimizer ~= nil and getmetatable(optimizer) ~= optim.class then
    misuse("compact: the optimizer must be an object of ms.optim, not %s",
      kind.show(optimizer))
  end
  if next(net.options.tie or {}) then
    misuse("compact: the network has tied parts, which cannot lose units each on its own")
  end
  return net.record.resize and chain.of(net)
    or misuse("compact: networks of the architecture '%s' cannot be made smaller; those "
      .. "of dense layers can (mlp, siren, separate ones of these)", net.options.model)
end

--- A smaller model with the same outputs, without the units that pruning has silenced;
--- with an optimizer also one like it that goes on with its moments.
---@param net modsync.model  made of dense layers; it stays as it is
---@param optimizer modsync.optimizer?
---@return modsync.model small, modsync.optimizer? optimizer
return function(net, optimizer)
  local chains, theta, kept = check(net, optimizer), net.theta:clone(), {}
  for c, layers in ipairs(chains) do
    local alive = {}
    fold(layers, theta, alive)
    cut(layers, theta, alive)
    kept[c] = positions(layers, theta, alive)
  end
  local small = model.make(net.record, resized(net, kept))
  local gather = gatherer(net, small, selection(net, chains, kept))
  small.theta:copy_(gather(theta))
  carry_masks(net, small, gather)
  return small, optimizer and carried(optimizer, net:count(), gather)
end
