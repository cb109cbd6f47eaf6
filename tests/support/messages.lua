--[[
Error messages: a list of { function, text }. Calling the function must raise an error
that says, at the function's own line, a message that begins with the text.

  messages("tests/lua/tensor.lua", { { function() return t + {} end, "tensor 'add': " } })
]]
local check = require "tests.support.check"

return function(path, cases)
  for _, case in ipairs(cases) do
    local fn, text = case[1], case[2]
    check.test(text, function()
      local ok, message = pcall(fn)
      check.ok(not ok, "nothing was raised")
      local place = path .. ":" .. debug.getinfo(fn, "S").linedefined .. ": "
      local at = message:find(place, 1, true)
      check.ok(at, "no position: " .. message)
      check.equal(message:sub(at + #place, at + #place + #text - 1), text)
    end)
  end
end
