-- Random tensors for comparisons with plain Lua: 0 to 4 axes, some of them empty, and
-- views of every kind: swapped axes, backwards, every other position, repeated elements.

local core = require "modsync.core"

local M = {}

--- A tensor of this shape over memory that has another order.
---@param rng modsync.rng
---@param shape integer[]
---@param fill? fun(t: modsync.tensor)   normal numbers unless told otherwise
---@return modsync.tensor
function M.of(rng, shape, fill)
  local order, place, wide = rng:permutation(#shape):totable(), {}, {}
  for axis, from in ipairs(order) do
    place[from] = axis
    wide[axis] = 2 * shape[from]
  end
  local t = core.zeros(wide)
  if fill then fill(t) else rng:normal(t) end
  if #shape > 0 then t = t:permute(place) end
  for axis, size in ipairs(shape) do
    local kind = rng:permutation(4):get(1)
    if size == 0 or kind == 1 then
      t = t:narrow(axis, 1, size)
    elseif kind == 2 then
      t = t:narrow(axis, size + 1, size):flip(axis)
    elseif kind == 3 then
      local all = {}
      for k = 1, #shape do all[k] = {} end
      all[axis] = { 1, -1, 2 }
      t = t[all]
    else
      local same = { table.unpack(shape) }
      for k = axis + 1, #shape do same[k] = t:size(k) end
      t = t:narrow(axis, 1, 1):expand(same)
    end
  end
  return t
end

--- A shape of 'least' to 4 axes with 0 to 4 positions each, seldom none.
---@param rng modsync.rng
---@param least integer
---@return integer[]
function M.shape(rng, least)
  local shape = {}
  for axis = 1, least - 1 + rng:permutation(5 - least):get(1) do
    shape[axis] = math.max(rng:permutation(9):get(1) - 5, 1)
    if rng:permutation(12):get(1) == 1 then shape[axis] = 0 end
  end
  return shape
end

--- All positions of a shape, in row-major order; { {} } for a shape without axes.
---@param shape integer[]
---@return integer[][]
function M.positions(shape)
  local list = { {} }
  for _, size in ipairs(shape) do
    local longer = {}
    for _, position in ipairs(list) do
      for i = 1, size do
        local next = { table.unpack(position) }
        next[#next + 1] = i
        longer[#longer + 1] = next
      end
    end
    list = longer
  end
  return list
end

--- f of every lane along an axis, a list of numbers, in the places of the axis: what
--- ordered work along an axis should give. 'size' is how many numbers f returns.
---@param t modsync.tensor
---@param axis integer
---@param size integer
---@param f fun(lane: number[]): number[]
---@return modsync.tensor
function M.along(t, axis, size, f)
  local shape, extent = t:shape(), t:size(axis)
  shape[axis] = size
  local out = core.zeros(shape)
  shape[axis] = 1
  for _, position in ipairs(M.positions(shape)) do
    local lane = {}
    for i = 1, extent do
      position[axis] = i
      lane[i] = t:get(table.unpack(position))
    end
    for i, value in ipairs(f(lane)) do
      position[axis] = i
      position[#shape + 1] = value
      out:set(table.unpack(position, 1, #shape + 1))
      position[#shape + 1] = nil
    end
  end
  return out
end

return M
