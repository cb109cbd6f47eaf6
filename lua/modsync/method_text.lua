--[[
A method object in one line: "optimizer adam { lr = 0.01 }", with the options that are not
as its record has them.
]]
local registry = require "modsync.registry"

local function show(value)
  if type(value) == "number" then return ("%.10g"):format(value) end
  if type(value) == "table" and type(value.name) == "string" then return value.name end
  if type(value) == "table" then return "{ ... }" end
  return type(value) == "function" and "function" or tostring(value)
end

---@param record modsync.record
---@param chosen table<string, any>
---@return string
return function(record, chosen)
  local given = {}
  for _, option in ipairs(registry.all_options(record)) do
    local value = chosen[option.name]
    if value ~= nil and value ~= option.default then
      given[#given + 1] = ("%s = %s"):format(option.name, show(value))
    end
  end
  local what = ("%s %s"):format(record.family, record.name)
  if #given == 0 then return what end
  return ("%s { %s }"):format(what, table.concat(given, ", "))
end
