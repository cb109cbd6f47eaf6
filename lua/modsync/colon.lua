--[[
Methods that were called with a dot: p.losses(net) would take the network for the problem,
and fail somewhere inside. colon.guard(Problem, "problem"), after the last method, makes
every method look first whether its 'self' is an object of that class.
]]
local misuse = require "modsync.misuse"

local M = {}

--- method as it is called -> as it was written
local written = setmetatable({}, { __mode = "k" })

--- Tables that stand before an object, at most.
local DEEPEST = 16

--- Is the value an object of the class, or a table that finds in one what it lacks? Of a
--- table that looks up by a function only the name is known.
local function is_object(value, class, name)
  for _ = 1, DEEPEST do
    local meta = type(value) == "table" and getmetatable(value)
    if type(meta) ~= "table" then return false end
    local index = rawget(meta, "__index")
    if meta == class or index == class then return true end
    if type(index) == "function" then return value[name] ~= nil end
    value = index
  end
  return false
end

--- The method of a class, for its objects only. Their metatable is the class itself.
---@generic F: function
---@param class table
---@param name string
---@param what string  what the objects are, for the message
---@param method F     its first parameter is 'self'
---@return F
function M.method(class, name, what, method)
  local function call(self, ...)
    if getmetatable(self) ~= class and not is_object(self, class, name) then
      misuse("%s is a method, called with a colon, %s:%s(...), not a dot", name, what,
        name)
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
    if is_method then class[name] = M.method(class, name, what, method) end
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
