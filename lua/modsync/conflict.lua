--[[
Conflict methods: ms.conflict.dcgd { variant = "center" }. One turns the K gradients of
the loss terms, the rows of G, into the direction that the optimizer follows.
]]
local kind = require "modsync.kind"
local method = require "modsync.method"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- A conflict method: K gradients into one direction. cf(G, values) is cf:combine(...).
---@class modsync.conflict : modsync.method
---@overload fun(G: modsync.tensor, values?: modsync.tensor): modsync.tensor?
local conflict = {}

--- An object of a record; ms.conflict.NAME { options } calls it.
---@private
function conflict.new(record, options)
  local self = method.open(conflict, record, options)
  local chosen = self.chosen
  if not self.core and (chosen.scope ~= "model" or chosen.tasks ~= "terms") then
    misuse("conflict method '%s' is written in Lua and sees the gradients as they " ..
      "are; 'scope' and 'tasks' are for methods in C", self.name)
  end
  return self
end

--[[
The parts of a layout as blocks of a core method. A layer is a weight matrix, with the
scales in front of it and what follows it up to the next one; a coefficient of the
equation is a block of its own. The neurons of a layer are the columns of its matrix, and
with them go the biases and scales: rows of as many columns.
]]
local function blocks_of(layout, scope)
  local parts, first, count, columns, before = {}, 0, 0, nil, nil
  for i, part in ipairs(layout) do
    local role = part.role
    local opens = role == "scale" or role == "coefficient" or
      role == "weight" and before ~= "scale"
    before = role
    if i == 1 or opens or scope == "neuron" and part.cols ~= columns then
      first, columns = count, part.cols
      count = count + (scope == "neuron" and part.cols or 1)
    end
    parts[i] = { offset = part.offset, rows = part.rows, cols = part.cols, block = first,
      columns = scope == "neuron" }
  end
  return parts
end

--[[
Tell the method which terms are residuals and which parameters form layers: cf:bind(L).
ms.train does. In a loop of one's own it matters for methods of two tasks (dcgd, tasks =
"two") where the first term is not the only residual, and for a scope that is not the
model.
]]
---@param losses modsync.losses
function conflict:bind(losses)
  if self.bound or not self.core then return end
  if self.record.max_tasks == 2 or self.chosen.tasks == "two" then
    self.core:groups(method.two_tasks(losses.names, #losses.names))
  end
  if self.chosen.scope ~= "model" then
    self.core:blocks(blocks_of(losses.net.layout, self.chosen.scope))
  end
  self.bound = true
end

--- Before the first combination of a method that nobody has bound.
local function begin(self, terms)
  if self.bound then return end
  if self.chosen.scope ~= "model" then
    misuse("%s '%s': scope = \"%s\" needs the layers of the model; call bind(L) first",
      self.record.family, self.name, self.chosen.scope)
  end
  if self.chosen.tasks == "two" then self.core:groups(method.two_tasks(nil, terms)) end
  self.bound = true
end

--[[
The direction, P elements. A method in C writes every time into the same tensor: clone
what must outlive the next call.
]]
---@param G modsync.tensor        K x P
---@param values modsync.tensor?  the K loss values, for the methods that look at them
---@return modsync.tensor?, string? message, string? code
function conflict:combine(G, values)
  if not self.core then
    local d, message, code = self.record.combine(G, values, self.memory, self.chosen)
    if d ~= nil and kind.of(d) ~= "tensor" then
      misuse("conflict method '%s': combine must return a tensor, not %s", self.name,
        kind.show(d))
    end
    return d, message, code
  end
  if not self.bound and kind.of(G) == "tensor" then begin(self, G:size(1)) end
  local d, message, code = self.core:combine(G, self.direction, values)
  if not d then return nil, message, code end
  self.direction = d
  return d
end

--- The weights that the last call gave to the K gradients, K numbers, or B x K for the B
--- blocks of a scope (methods in C).
---@return modsync.tensor?
function conflict:weights()
  return self.core and self.core:weights()
end

--- K x K inner products of the last call's gradients (methods in C).
---@return modsync.tensor?
function conflict:gram()
  return self.core and self.core:gram()
end

function conflict.__call(self, G, values)
  return self:combine(G, values)
end

return registry.namespace("conflict", method.class(conflict))
