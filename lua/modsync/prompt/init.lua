--[[
The prompt of the program, as far as it is Lua: the names that it has beside ms (help,
exit, quit), how it prints what it was asked for, and the names that a tab completes.
]]
local complete = require "modsync.prompt.complete"
local help = require "modsync.help"
local show = require "modsync.prompt.show"

local M = { complete = complete, leaving = false }

local function farewell(name)
  return setmetatable({}, {
    __name = "modsync.farewell",
    __tostring = function() return name .. " leaves the prompt" end,
    __call = function()
      M.leaving = true
      error("leaving", 0) -- whatever is going on ends here
    end,
  })
end

local exit, quit = farewell "exit", farewell "quit"

--- Makes the names that only the prompt has, unless a script before it took them.
function M.open()
  for name, value in pairs { help = help, exit = exit, quit = quit } do
    if rawget(_G, name) == nil then rawset(_G, name, value) end
  end
end

--- Prints the results of what was typed; exit alone leaves.
---@param ... any
function M.answer(...)
  if ... == exit or ... == quit then
    M.leaving = true
    return
  end
  local texts = table.pack(...)
  for i = 1, texts.n do texts[i] = show((select(i, ...))) end
  print(table.unpack(texts, 1, texts.n))
end

return M
