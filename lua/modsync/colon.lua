--[[
Methods that were called with a dot: p.losses(net) would take the network for the problem,
and fail somewhere inside. colon.guard(Problem, "problem"), after the last method, makes
every method look first whether its 'self' has a method of that name.
]]
local misuse = require "modsync.misuse"

local M = {}

--- method as it is called -> as it was written
local written = setmetatable({}, { __mode = "k" })

local function guarded(name, method, what)
  local function call(self, ...)
    if type(self) ~= "table" or self[name] == nil then
      local article = what:find "^[aeiou]" and "an" or "a"
      misuse("%s is a method of %s %s and called with a colon, %s:%s(...), not a dot",
        name, article, what, what, name)
    end
    return method(self, ...)
  end
  written[call] = method
  return call
end

--- Guards the methods of a class, functions whose first parameter is 'self'.
---@generic C: table
---@param class C
---@param what string  what its objects are, for the message
---@return C
function M.guard(class, what)
  for name, method in pairs(class) do
    local is_method = type(method) == "function" and not written[method]
      and not name:find "^__" and debug.getlocal(method, 1) == "self"
    if is_method then class[name] = guarded(name, method, what) end
  end
  return class
end

--- The function itself, which a guard stands before.
---@param method function
---@return function
function M.written(method)
  return written[method] or method
end

return M
