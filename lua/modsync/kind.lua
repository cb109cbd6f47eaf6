--[[
What a value is: "tensor", "symbol", "rng" for the engine's own, else Lua's type(). And
whether it is a whole number or a list, which options ask all the time.
]]
local M = {}

local short = {} -- "tensor" by "modsync.tensor"

---@param value any
---@return string
function M.of(value)
  local kind = type(value)
  if kind ~= "userdata" then return kind end
  local meta = getmetatable(value)
  local name = type(meta) == "table" and meta.__name
  if type(name) ~= "string" then return kind end
  short[name] = short[name] or name:match("^modsync%.(.+)$") or kind
  return short[name]
end

--- The value as a whole number of at least 'least', or nil.
---@param value any
---@param least integer
function M.whole(value, least)
  local whole = type(value) == "number" and math.tointeger(value)
  return whole and whole >= least and whole or nil
end

--- The length of a list, a table with the keys 1 ... n alone; nil for a table with names
--- or gaps, which ipairs would pass over in silence, and for what is no table.
---@param value any
---@return integer?
function M.list(value)
  if type(value) ~= "table" then return nil end
  local count = 0
  for _ in pairs(value) do
    count = count + 1
    if rawget(value, count) == nil then return nil end
  end
  return count
end

--- The value in a few words, for a message.
function M.show(value)
  local kind = M.of(value)
  if kind == "string" then return ("%q"):format(value) end
  if kind == "nil" or kind == "boolean" or kind == "number" then
    return tostring(value)
  end
  if kind == "tensor" then
    local good, shape = pcall(value.shape, value)
    if not good then return "a closed tensor" end
    return #shape == 0 and "a tensor without axes"
      or "a tensor of shape " .. table.concat(shape, "x")
  end
  return "a " .. kind
end

return M
