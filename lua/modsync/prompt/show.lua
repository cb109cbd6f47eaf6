--[[
A value as the prompt prints it: plain tables as they would be written, with their keys in
order, a list in a row; what is deep, long or met again is "...". Objects say themselves
what they are.
]]
local kind = require "modsync.kind"

local DEEPEST = 4 -- tables inside of tables
local MOST_KEYS, MOST_ITEMS = 60, 20
local LONGEST = 200 -- bytes of a string inside of a table
local WIDTH = 90

local function plain_number(value)
  if value ~= value then return "nan" end -- C may print a sign
  return math.type(value) == "float" and ("%.6g"):format(value) or tostring(value)
end

local function quoted(text)
  if #text <= LONGEST then return ("%q"):format(text):gsub("\\\n", "\\n") end
  return ("%q"):format(text:sub(1, LONGEST)):gsub("\\\n", "\\n") .. "..."
end

--- An object in one line.
local function one_line(value)
  if type(value) == "function" then return "function" end
  if kind.of(value) == "tensor" then return kind.show(value) end
  local first, more = tostring(value):match "^([^\n]*)(\n?)"
  return more ~= "" and first .. " ..." or first
end

local function is_plain(value)
  if type(value) ~= "table" then return false end
  local meta = debug.getmetatable(value)
  return not (type(meta) == "table" and rawget(meta, "__tostring"))
end

local order = { number = 1, string = 2, boolean = 3 }

--- Numbers, then strings, then whatever else a key may be.
local function before(a, b)
  local p, q = order[type(a)] or 4, order[type(b)] or 4
  if p ~= q then return p < q end
  if p <= 2 then return a < b end
  return tostring(a) < tostring(b)
end

local function key_text(key)
  if type(key) == "string" then
    return key:find "^[%a_][%w_]*$" and key or ("[%q]"):format(key)
  end
  return ("[%s]"):format(type(key) == "number" and plain_number(key) or one_line(key))
end

local write

--- What is between the braces: the list 1 ... n, then the other keys.
local function entries(value, depth, open)
  local parts, keys, length = {}, {}, 0
  while rawget(value, length + 1) ~= nil do length = length + 1 end
  for i = 1, math.min(length, MOST_ITEMS) do
    parts[i] = write(rawget(value, i), depth + 1, open)
  end
  if length > MOST_ITEMS then
    parts[MOST_ITEMS + 1] = ("... (%d more)"):format(length - MOST_ITEMS)
  end
  for key in next, value do
    local listed = math.type(key) == "integer" and key >= 1 and key <= length
    if not listed then keys[#keys + 1] = key end
  end
  table.sort(keys, before)
  for i = 1, math.min(#keys, MOST_KEYS) do
    parts[#parts + 1] = ("%s = %s"):format(key_text(keys[i]),
      write(rawget(value, keys[i]), depth + 1, open))
  end
  if #keys > MOST_KEYS then
    parts[#parts + 1] = ("... (%d more)"):format(#keys - MOST_KEYS)
  end
  return parts, #keys == 0
end

--- Words in lines that begin with 'indent'.
local function rows(parts, indent)
  local lines, line = {}, ""
  for i, part in ipairs(parts) do
    part = part .. (i < #parts and "," or "")
    if line ~= "" and #indent + utf8.len(line, 1, -1, true) + 1 + #part > WIDTH then
      lines[#lines + 1], line = indent .. line, part
    else
      line = line == "" and part or line .. " " .. part
    end
  end
  lines[#lines + 1] = indent .. line
  return table.concat(lines, "\n")
end

local function write_table(value, depth, open)
  if next(value) == nil then return "{}" end
  if open[value] or depth >= DEEPEST then return "{ ... }" end
  open[value] = true
  local parts, is_list = entries(value, depth, open)
  open[value] = nil
  local row = "{ " .. table.concat(parts, ", ") .. " }"
  local indent = ("  "):rep(depth)
  if #indent + #row <= WIDTH and not row:find "\n" then return row end
  local inner = indent .. "  "
  local body = is_list and not row:find "\n" and rows(parts, inner)
    or inner .. table.concat(parts, ",\n" .. inner)
  return ("{\n%s\n%s}"):format(body, indent)
end

function write(value, depth, open)
  if is_plain(value) then return write_table(value, depth, open) end
  if type(value) == "string" then return (quoted(value)) end
  if type(value) == "number" then return plain_number(value) end
  return one_line(value)
end

--- The text of one value.
---@param value any
---@return string
return function(value)
  if is_plain(value) then return write_table(value, 0, {}) end
  return value ~= value and "nan" or tostring(value)
end
