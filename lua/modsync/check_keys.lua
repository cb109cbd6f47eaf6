--[[
Fails for a key that a table of options does not have: one that is not known would be
passed over in silence. Options of methods are checked by registry.lua.
]]
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local nearest = require "modsync.nearest"

---@param given any
---@param known string[]  in the order of the message
---@param what string     whose options they are
---@param fail fun(message: string, ...: any)?  misuse, unless it is said
return function(given, known, what, fail)
  fail = fail or misuse
  if type(given) ~= "table" then
    fail("%s: expected a table of options, not %s", what, kind.show(given))
  end
  local is_known, names = {}, {}
  for _, name in ipairs(known) do
    is_known[name] = true
    if type(name) == "string" then names[#names + 1] = name end
  end
  for key in pairs(given) do
    if not is_known[key] then
      local near = type(key) == "string" and nearest(key, names)[1]
      fail("%s has no option %s%s (known: %s)", what,
        type(key) == "string" and ("'%s'"):format(key) or kind.show(key),
        near and ("; did you mean '%s'?"):format(near) or "", table.concat(known, ", "))
    end
  end
end
