--[[
Raise an error that points at the user's own line: the innermost function on the stack
whose source is not a file of this library. Misuse of an argument is reported this way
everywhere, and so it is by the core, whose functions stand behind ours.
]]
local core = require "modsync.core"

---@param message string  a format
---@param ... any         its values
return function(message, ...)
  if select("#", ...) > 0 then message = message:format(...) end
  error(core.position() .. message, 0)
end
