--[[
Raise an error that points at the user's own line: the innermost function on the stack
whose source is not a file of this library. Misuse of an argument is reported this way
everywhere.
]]
local folder = debug.getinfo(1, "S").source:match("^(@.*)misuse%.lua$") or "@"

local function level_of_user()
  local level = 3
  while true do
    local info = debug.getinfo(level, "S")
    if not info then return 0 end
    local inside = info.what == "C" or info.source:sub(1, #folder) == folder
    -- the level as seen by error() called from the function below
    if not inside then return level - 1 end
    level = level + 1
  end
end

---@param message string  a format
---@param ... any         its values
return function(message, ...)
  if select("#", ...) > 0 then message = message:format(...) end
  error(message, level_of_user())
end
