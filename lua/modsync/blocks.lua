--[[
Blocks of the parameters of a model, for measures that are taken layer by layer or unit by
unit: a tensor with the number of the block of every parameter, from 1 (0: in none), and
the names of the blocks.

  layer   parts whose names are alike but for their first letter: s2, W2, b2 and a2 are
          layer 2, u.W1 and u.b1 are u.1
  neuron  unit j of a layer: column j of its weights, and element j of its other parts
  part    every part by itself: W1, b1 ...
]]
local core = require "modsync.core"
local misuse = require "modsync.misuse"

local blocks = {}

local function layer_of(part)
  local prefix, rest = part.name:match("^(.*%.)%a(.*)$")
  if prefix then return prefix .. rest end
  return (part.name:match("^%a(%d.*)$")) or part.name
end

--- Columns of a layer's units: as many as its weights have.
local function units_of(layout)
  local units = {}
  for _, part in ipairs(layout) do
    if part.role == "weight" then units[layer_of(part)] = part.cols end
  end
  return units
end

local function block_numbers()
  local numbers, names = {}, {}
  return function(name)
    if not numbers[name] then
      names[#names + 1] = name
      numbers[name] = #names
    end
    return numbers[name]
  end, names
end

--- Writes the block of every parameter of a part.
local function fill_units(ids, part, layer, number)
  local view = ids:narrow(1, part.offset + 1, part.rows * part.cols)
    :reshape(part.rows, part.cols)
  for j = 1, part.cols do
    view:select(2, j):fill_(number(("%s[%d]"):format(layer, j)))
  end
end

---@param net modsync.model
---@param kind "layer"|"neuron"|"part"
---@return modsync.tensor ids, string[] names
function blocks.of(net, kind)
  if kind ~= "layer" and kind ~= "neuron" and kind ~= "part" then
    misuse("blocks are 'layer', 'neuron' or 'part', not %s", tostring(kind))
  end
  local ids, units = core.zeros(net:count()), units_of(net.layout)
  local number, names = block_numbers()
  for _, part in ipairs(net.layout) do
    local layer = layer_of(part)
    if kind ~= "neuron" then
      ids:narrow(1, part.offset + 1, part.rows * part.cols)
        :fill_(number(kind == "part" and part.name or layer))
    elseif part.cols == units[layer] then
      fill_units(ids, part, layer, number)
    end
  end
  return ids, names
end

return blocks
