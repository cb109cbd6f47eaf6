--[[
Compaction: a network with units that pruning has silenced becomes a smaller one that
gives the same outputs, to rounding.

  local small = ms.compact(net)               -- or net:compact()
  local small, opt = ms.compact(net, opt)     -- with the optimizer's moments

What goes: a unit that nothing comes into (its weights, and those of units that went
before it, are 0), whose constant act(b) times its outgoing weights is added to the biases
of the next layer; and a unit that nothing leaves. What counts is the value 0, masked or
not. A layer of which nothing is left keeps one unit of zeros: the network is then a
constant, and so is the smaller one. The mask, the rates and the coefficients of the
equations go along.
]]
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local model = require "modsync.model"

--- A part of P numbers as a matrix, in their memory.
local function view(vector, part)
  return vector:narrow(1, part.offset + 1, part.rows * part.cols)
    :reshape(part.rows, part.cols)
end

--[[ which units stay ]]

--- W of a layer as it multiplies, with the scales of a factorised one.
local function weights(net, views, layer)
  local W, scale = views["W" .. layer], views["s" .. layer]
  return net.options.factorise and W * core.exp(scale) or W
end

--- What the units of a layer are when nothing comes into them, [1, width].
local function constants(net, views, layer)
  local o, z = net.options, views["b" .. layer]
  z = o.bias and z or core.zeros(1, o.widths[layer])
  if o.adaptive ~= "none" then
    local slope = views["a" .. (o.adaptive == "global" and "" or layer)]
    z = z * (slope * o.adaptive_scale)
  end
  return net.working.act(z)
end

--- From the first layer to the last: units that nothing comes into go, their constants
--- into the biases behind them. Without biases those stay that are not 0.
local function fold(net, views, alive)
  for layer = 1, #net.options.widths do
    local before = alive[layer - 1]
    local used = weights(net, views, layer):ne(0)
    if before then used:mul_(before:reshape(before:size(1), 1)) end
    local silent, constant = used:sum(1):eq(0), constants(net, views, layer):reshape(-1)
    if not net.options.bias then silent:mul_(constant:eq(0)) end
    alive[layer] = 1 - silent
    if net.options.bias and silent:sum() > 0 then
      local bias = views["b" .. layer + 1]
      constant = core.where(silent, constant, 0)
      bias:add_(constant:matmul(weights(net, views, layer + 1)):reshape(1, -1))
    end
  end
end

--- From the last layer to the first: units that nothing leaves go.
local function cut(net, views, alive)
  local after
  for layer = #net.options.widths, 1, -1 do
    local used = weights(net, views, layer + 1):ne(0)
    if after then used:mul_(after) end
    alive[layer]:mul_(used:sum(2):gt(0))
    after = alive[layer]
  end
end

--- The positions of the units that stay, by layer, at least one each; the layers of which
--- none would have stayed.
local function positions(alive)
  local kept, empty = {}, {}
  for layer, units in ipairs(alive) do
    kept[layer] = units:nonzero():reshape(-1)
    if units:sum() == 0 then
      kept[layer], empty[#empty + 1] = core.tensor { 1 }, layer
    end
  end
  return kept, empty
end

--[[ the smaller network ]]

--- A copy of the options with other widths, and of the functions beside them.
local function shrunk_options(net, kept)
  local options = {}
  for name, value in pairs(net.options) do options[name] = value end
  options.widths, options.width, options.depth = {}, nil, nil
  for layer, units in ipairs(kept) do options.widths[layer] = units:size(1) end
  if options.transform == "problem" then
    options.outputs = setmetatable({ table.unpack(net.outputs) },
      { __index = { hard = net.working.transform } })
  elseif options.transform == "given" then
    options.transform = net.working.transform
  end
  return options
end

--- The rows and columns of a part that stay; nil for all.
local function selection(net, part, kept)
  local letter, layer = part.name:match("^(%a)(%d+)$")
  layer = tonumber(layer)
  if not layer then return nil, nil end
  local columns = kept[layer]
  if columns and part.cols ~= net.options.widths[layer] then columns = nil end
  return letter == "W" and kept[layer - 1] or nil, columns
end

--- A function that takes the smaller network's numbers out of P numbers.
local function gatherer(net, small, kept)
  return function(vector)
    local out = core.zeros(small:count())
    for i, part in ipairs(net.layout) do
      local left = small.layout[i]
      local rows, columns = selection(net, part, kept)
      local block = view(vector, part)
      if rows then block = block:take(1, rows) end
      if columns then block = block:take(2, columns) end
      view(out, left):copy_(block)
    end
    return out
  end
end

--- Zeros into and out of the only unit of layers of which nothing was left.
local function silence(small, empty)
  local views = small:views()
  for _, layer in ipairs(empty) do
    views["W" .. layer]:fill_(0)
    views["W" .. layer + 1]:fill_(0)
    if views["b" .. layer] then views["b" .. layer]:fill_(0) end
  end
end

--- An optimizer like this one, with what it remembers of the parameters that stay.
local function carried(optimizer, P, gather)
  local twin = require "modsync.optim".class.new(optimizer.record, optimizer:options())
  local state = {}
  for name, value in pairs(optimizer:state()) do
    local shape = kind.of(value) == "tensor" and value:shape() or {}
    if #shape == 1 and shape[1] == P then
      state[name] = gather(value)
    else
      for _, extent in ipairs(shape) do
        if extent == P then
          misuse("compact: the state '%s' of the optimizer '%s' cannot be made smaller",
            name, optimizer.name)
        end
      end
      state[name] = value
    end
  end
  if next(state) then twin:restore(state) end
  twin:lr(optimizer:lr())
  return twin
end

local function check(net, optimizer)
  if type(net) ~= "table" or net.theta == nil or net.layout == nil then
    misuse("ms.compact expects a model, such as ms.mlp { ... }, not %s", kind.show(net))
  end
  if net.options.model ~= "mlp" then
    misuse("compact: a network of the architecture '%s' cannot be made smaller, only an "
      .. "mlp", net.options.model)
  end
  if next(net.options.tie or {}) then
    misuse("compact: the network has tied parts, which cannot lose units each on its own")
  end
  if optimizer ~= nil and type(optimizer) ~= "table" then
    misuse("compact: the optimizer must be an object of ms.optim, not %s",
      kind.show(optimizer))
  end
end

--- A smaller model with the same outputs, without the units that pruning has silenced;
--- with an optimizer also one like it that goes on with its moments.
---@param net modsync.model  an mlp; it stays as it is
---@param optimizer modsync.optimizer?
---@return modsync.model small, modsync.optimizer? optimizer
return function(net, optimizer)
  check(net, optimizer)
  local theta, views, alive = net.theta:clone(), {}, {}
  for _, part in ipairs(net.layout) do views[part.name] = view(theta, part) end
  fold(net, views, alive)
  cut(net, views, alive)
  local kept, empty = positions(alive)
  local small = model.make(net.record, shrunk_options(net, kept))
  local gather = gatherer(net, small, kept)
  small.theta:copy_(gather(theta))
  silence(small, empty)
  local mask = net.mask and gather(net.mask)
  small.mask = mask and mask:min() < 1 and mask or nil
  return small, optimizer and carried(optimizer, net:count(), gather)
end
