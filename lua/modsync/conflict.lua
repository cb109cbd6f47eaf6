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
  return method.open(conflict, record, options)
end

--[[
Tell a method of two tasks (dcgd) which terms are residuals: cf:bind(L). ms.train does; in
a loop of one's own it matters only where the first term is not the only residual.
]]
---@param losses modsync.losses
function conflict:bind(losses)
  if self.bound or not self.core or self.record.max_tasks ~= 2 then return end
  self.core:groups(method.two_tasks(losses.names, #losses.names))
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
  local d, message, code = self.core:combine(G, self.direction)
  if not d then return nil, message, code end
  self.direction = d
  return d
end

--- The weights that the last call gave to the K gradients (methods in C).
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
