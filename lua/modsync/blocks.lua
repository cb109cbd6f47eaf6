--[[
Blocks of the parameters of a model, for what is done layer by layer or neuron by neuron.

A layer is a weight matrix with the scales right before it and all that follows it, up to
the next one. Its neurons are the columns of the matrix, and with them go biases and
scales: rows of as many columns. What has other columns is a layer of its own, and so is
a coefficient of the equation.
]]
local core = require "modsync.core"
local misuse = require "modsync.misuse"

local blocks = {}

--- Does a layer begin with this part?
local function begins(part, before)
  if part.role == "coefficient" then return true end
  if part.role == "scale" then return not before or before.role ~= "scale" end
  return not before or part.role == "weight" and before.role ~= "scale"
end

--- The parts of a layout as blocks, from 0: { offset, rows, cols, block, columns }.
--- With columns every column is a block of its own, 'block' being that of the first.
---@param layout modsync.model_part[]
---@param kind "layer"|"neuron"
---@return table[] parts, string[] names
function blocks.parts(layout, kind)
  local parts, names, first, columns = {}, {}, 0, nil
  for i, part in ipairs(layout) do
    local apart = kind == "neuron" and part.cols ~= columns
    if apart or begins(part, layout[i - 1]) then
      first, columns = #names, part.cols
      for j = 1, kind == "neuron" and part.cols or 1 do
        names[#names + 1] = kind == "neuron" and ("%s[%d]"):format(part.name, j)
          or part.name
      end
    end
    parts[i] = { offset = part.offset, rows = part.rows, cols = part.cols, block = first,
      columns = kind == "neuron" }
  end
  return parts, names
end

--- The names of the layers or neurons of a model.
---@param net modsync.model
---@param kind "layer"|"neuron"
---@return string[]
function blocks.names(net, kind)
  return select(2, blocks.parts(net.layout, kind))
end

--- The number of the block of every parameter, from 1, and the blocks' names, those of
--- their first part: W2, or W2[3] for the third neuron.
---@param net modsync.model
---@param kind "layer"|"neuron"
---@return modsync.tensor ids, string[] names
function blocks.of(net, kind)
  if kind ~= "layer" and kind ~= "neuron" then
    misuse("blocks are 'layer' or 'neuron', not %s", tostring(kind))
  end
  local parts, names = blocks.parts(net.layout, kind)
  local ids = core.zeros(net:count())
  for _, part in ipairs(parts) do
    local view = ids:narrow(1, part.offset + 1, part.rows * part.cols)
      :reshape(part.rows, part.cols)
    for j = 1, part.cols do
      view:select(2, j):fill_(part.block + (part.columns and j or 1))
    end
  end
  return ids, names
end

return blocks
