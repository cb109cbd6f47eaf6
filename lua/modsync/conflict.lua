--[[
Conflict methods: ms.conflict.dcgd { variant = "center" }. One turns the K gradients of
the loss terms, the rows of G, into the direction that the optimizer follows.
]]
local method = require "modsync.method"
local registry = require "modsync.registry"

---@class modsync.conflict : modsync.method
local conflict = {}

function conflict.new(record, options)
  return method.open(conflict, record, options)
end

--[[
Tell a method of two tasks (dcgd) which terms are residuals: cf:bind(L). ms.train does; in
a loop of one's own it matters only where the first term is not the only residual.
]]
---@param losses table
function conflict:bind(losses)
  if self.bound or not self.core or self.record.max_tasks ~= 2 then return end
  self.core:groups(method.two_tasks(losses.names, #losses.names))
  self.bound = true
end

--[[
The direction, P elements. A method in C writes every time into the same tensor: clone
what must outlive the next call.
]]
---@param G any        K x P
---@param values any?  the K loss values, for the methods that look at them
function conflict:combine(G, values)
  if not self.core then
    return self.record.combine(G, values, self.memory, self.chosen)
  end
  local d, message, code = self.core:combine(G, self.direction)
  if not d then return nil, message, code end
  self.direction = d
  return d
end

--- The weights that the last call gave to the K gradients (methods in C).
function conflict:weights()
  return self.core and self.core:weights()
end

--- K x K inner products of the last call's gradients (methods in C).
function conflict:gram()
  return self.core and self.core:gram()
end

function conflict.__call(self, G, values)
  return self:combine(G, values)
end

return registry.namespace("conflict", method.class(conflict))
