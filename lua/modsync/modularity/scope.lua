--[[
Which connections or neurons of a model are looked at. A choice is

  importance  T x n: importances of what was chosen, layer after layer
  sizes       how many of each layer
  names       of the layers, those of their weight matrices
  spread      function(n numbers) -> by name, a tensor of the shape of the matrix (of its
              neurons); NaN for what was not chosen

Weights that are 0 are left out (unless live is false), and so is a neuron all of whose
incoming weights are. Biases count where they are in the scope.
]]
local blocks = require "modsync.blocks"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

local M = {}

local function is_weight(part)
  return part.hidden or part.role == "weight"
end

local function in_scope(part, scope)
  if scope == "hidden" then return part.hidden end
  return scope == "net" or is_weight(part)
end

--- The parts of the scope by layer: { name, parts, matrix, id }.
local function layers_of(net, scope)
  local ids, layers, by_id = blocks.parts(net.layout, "layer"), {}, {}
  for i, part in ipairs(net.layout) do
    if in_scope(part, scope) then
      local id = ids[i].block
      if not by_id[id] then
        by_id[id] = { name = part.name, parts = {} }
        layers[#layers + 1] = by_id[id]
      end
      local layer = by_id[id]
      layer.parts[#layer.parts + 1] = part
      if is_weight(part) and not layer.matrix then
        layer.name, layer.matrix = part.name, part
      end
    end
  end
  return layers
end

--- 1 where a weight is not 0, [count].
local function live_weights(net, part)
  return net.theta:narrow(1, part.offset + 1, part.rows * part.cols):ne(0)
end

local function positions_of(net, part, live)
  local count = part.rows * part.cols
  if not (live and is_weight(part)) then
    return core.arange(part.offset + 1, part.offset + count)
  end
  return live_weights(net, part):nonzero():flatten():add_(part.offset)
end

--- The chosen connections of a model, or nil if there is none.
---@param I modsync.tensor  T x P
---@param net modsync.model
---@param o { scope: string, live: boolean }
---@return table?
function M.connections(I, net, o)
  local all, sizes, names, layers = {}, {}, {}, layers_of(net, o.scope)
  for _, layer in ipairs(layers) do
    local count = 0
    for _, part in ipairs(layer.parts) do
      local at = positions_of(net, part, o.live)
      if at:size(1) > 0 then all[#all + 1] = at end
      count = count + at:size(1)
    end
    if count > 0 then sizes[#sizes + 1], names[#names + 1] = count, layer.name end
  end
  if #all == 0 then return nil end
  local positions = core.concat(all, 1)
  local function spread(values)
    local full, maps = core.full({ net:count() }, 0 / 0), {}
    full:put_(1, positions, values)
    for _, layer in ipairs(layers) do
      for _, part in ipairs(layer.parts) do
        maps[part.name] = full:narrow(1, part.offset + 1, part.rows * part.cols)
          :reshape(part.rows, part.cols)
      end
    end
    return maps
  end
  return { importance = I:take(2, positions), sizes = sizes, names = names,
    spread = spread }
end

--[[ neurons ]]

--- Importances of the weights of a part summed over an axis of the matrix, T x n.
local function part_sum(I, net, part, axis, live)
  local count = part.rows * part.cols
  local some = I:narrow(2, part.offset + 1, count):clone()
  if live and is_weight(part) then some:mul_(live_weights(net, part)) end
  return some:reshape(I:size(1), part.rows, part.cols):sum(axis + 1)
end

--- The first weight matrix after a part that takes its columns.
local function next_matrix(net, from)
  local seen = false
  for _, part in ipairs(net.layout) do
    if seen and is_weight(part) and part.rows == from.cols then return part end
    seen = seen or part == from
  end
end

--- Importances of the neurons of a layer, T x cols, and which of them have live weights.
local function neurons_of(I, net, layer, ids, o)
  local matrix, sum = layer.matrix, nil
  local id = ids[matrix.name]
  for _, part in ipairs(net.layout) do
    local wanted = part == matrix or o.bias and not is_weight(part)
    if ids[part.name] == id and wanted then
      local own = part_sum(I, net, part, 1, o.live)
      sum = sum and sum:add_(own) or own
    end
  end
  local out = o.both and next_matrix(net, matrix)
  if out then sum:add_(part_sum(I, net, out, 2, o.live)) end
  local live = core.ones(matrix.cols)
  if o.live then
    live = live_weights(net, matrix):reshape(matrix.rows, matrix.cols):sum(1):gt(0)
  end
  return sum, live:nonzero():flatten()
end

--- The neurons of the layers in scope that have a weight matrix; nil if there is none.
---@param I modsync.tensor  T x P
---@param net modsync.model
---@param o { scope: string, live: boolean, both: boolean, bias: boolean }
---@return table?
function M.neurons(I, net, o)
  local parts, ids = blocks.parts(net.layout, "neuron"), {}
  for i, part in ipairs(net.layout) do ids[part.name] = parts[i].block end
  local all, sizes, names, chosen = {}, {}, {}, {}
  for _, layer in ipairs(layers_of(net, o.scope)) do
    if layer.matrix then
      local sum, live = neurons_of(I, net, layer, ids, o)
      if live:size(1) > 0 then
        all[#all + 1] = sum:take(2, live)
        sizes[#sizes + 1], names[#names + 1] = live:size(1), layer.name
        chosen[layer.name] = { live = live, width = layer.matrix.cols }
      end
    end
  end
  if #all == 0 then return nil end
  local function spread(values)
    local maps, at = {}, 1
    for b, name in ipairs(names) do
      maps[name] = core.full({ chosen[name].width }, 0 / 0)
        :put_(1, chosen[name].live, values:narrow(1, at, sizes[b]))
      at = at + sizes[b]
    end
    return maps
  end
  return { importance = core.concat(all, 2), sizes = sizes, names = names,
    spread = spread }
end

--- All columns of the importances as one layer.
local function everything(I)
  return { importance = I, sizes = { I:size(2) }, names = { "all" },
    spread = function(values) return { all = values } end }
end

--- Complains of the first importance that is none.
local function check_numbers(I)
  local good = I:ge(0) & (I - I):eq(0)
  if good:min() > 0 then return end
  local t, p = table.unpack((1 - good):nonzero():row(1):totable())
  misuse("modularity: the importance of parameter %d for task %d is %g, expected a "
    .. "finite number, at least 0", p, t, I:get(t, p))
end

--- What the options choose: nil where nothing is left.
---@param I modsync.tensor
---@param net modsync.model?  without one every column is looked at
---@param o table             level, scope, live, both, bias
---@return table?
function M.choose(I, net, o)
  if kind.of(I) ~= "tensor" or I:dim() ~= 2 then
    misuse("modularity: expected importances, a T x P tensor, not %s", kind.show(I))
  end
  check_numbers(I)
  if net == nil then return everything(I) end
  if type(net) ~= "table" or type(net.layout) ~= "table" then
    misuse("modularity: expected a model, such as ms.mlp { ... }, not %s", kind.show(net))
  end
  if I:size(2) ~= net:count() then
    misuse("modularity: the importances have %d columns, the model %d parameters",
      I:size(2), net:count())
  end
  return M[o.level == "neuron" and "neurons" or "connections"](I, net, o)
end

return M
