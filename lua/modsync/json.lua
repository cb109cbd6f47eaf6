--- JSON (RFC 8259) for manifests, options and the last line of --json.
--
-- encode is deterministic: keys are sorted, floats have the fewest digits that read back
-- to the same bits and always a "." or an exponent, integers have neither. What JSON
-- cannot say:
--   * NaN and infinities become the strings "NaN", "Infinity" and "-Infinity" (Protocol
--     Buffers do so too, and Python's float() takes them). json.number turns them back.
--   * An empty table is an object, {}; json.array {} is [].
--   * json.null stands for null: nil would vanish from its table.
--
-- decode is strict: no comments, no trailing commas, no duplicate keys, valid UTF-8 only.
-- Arrays come back marked, so that they stay arrays when they are emptied.

--- JSON texts of plain values, and plain values of JSON texts.
---@class modsync.json
---@field null table  what null is decoded to, and encoded from
local M = {}

local MAX_DEPTH = 1000

local array_mark = { __name = "json.array" }

--- null.
M.null = setmetatable({}, {
  __name = "json.null",
  __tostring = function() return "null" end,
})

--- Marks a table as an array and returns it.
---@param items table
---@return table
function M.array(items)
  return setmetatable(items, array_mark)
end

--- Whether a table carries the mark of json.array.
---@param value any
---@return boolean
function M.is_array(value)
  return getmetatable(value) == array_mark
end

local nonfinite = { NaN = 0 / 0, Infinity = math.huge, ["-Infinity"] = -math.huge }

--- The number that encode wrote as 'value', which is a number or the name of one that is
-- not finite; nil for anything else.
---@param value any
---@return number?
function M.number(value)
  if type(value) == "number" then return value end
  return nonfinite[value]
end

-- Encoding ------------------------------------------------------------------------------

local escapes = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f",
  ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}

local function escape(char)
  return escapes[char] or ("\\u%04x"):format(char:byte())
end

local function encode_string(text, path)
  if not utf8.len(text) then
    error(("json.encode: %s is not UTF-8: %q"):format(path, text), 0)
  end
  return '"' .. text:gsub('[%c"\\\127]', escape) .. '"'
end

local function encode_number(value)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  if value ~= value then return '"NaN"' end
  if value == math.huge then return '"Infinity"' end
  if value == -math.huge then return '"-Infinity"' end
  local text
  for digits = 15, 17 do
    text = ("%." .. digits .. "g"):format(value)
    if tonumber(text) == value then break end
  end
  return text:find "[.e]" and text or text .. ".0"
end

-- The number of items when the keys are 1 .. n, else nil.
local function array_length(value)
  local n = 0
  for _ in pairs(value) do
    n = n + 1
    if value[n] == nil then return nil end
  end
  return n
end

local encode_value

local function encode_array(value, n, path, indent, level, out)
  if n == 0 then
    out[#out + 1] = "[]"
    return
  end
  local newline = indent and "\n" .. indent:rep(level) or ""
  local open, comma = "[" .. newline, "," .. (indent and newline or "")
  for i = 1, n do
    out[#out + 1] = i == 1 and open or comma
    encode_value(value[i], path .. "[" .. i .. "]", indent, level, out)
  end
  out[#out + 1] = (indent and "\n" .. indent:rep(level - 1) or "") .. "]"
end

local function sorted_keys(value, path)
  local keys = {}
  for key in pairs(value) do
    if type(key) ~= "string" then
      error(("json.encode: %s has a key that is not a string (%s), and is not an array")
        :format(path, tostring(key)), 0)
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function encode_object(value, path, indent, level, out)
  local keys = sorted_keys(value, path)
  if #keys == 0 then
    out[#out + 1] = "{}"
    return
  end
  local newline = indent and "\n" .. indent:rep(level) or ""
  for i, key in ipairs(keys) do
    local name = encode_string(key, path .. "'s key")
    out[#out + 1] = (i == 1 and "{" or ",") .. newline .. name .. (indent and ": " or ":")
    encode_value(value[key], path .. "." .. key, indent, level, out)
  end
  out[#out + 1] = (indent and "\n" .. indent:rep(level - 1) or "") .. "}"
end

function encode_value(value, path, indent, level, out)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = encode_string(value, path)
  elseif kind == "number" then
    out[#out + 1] = encode_number(value)
  elseif kind == "boolean" then
    out[#out + 1] = tostring(value)
  elseif value == M.null then
    out[#out + 1] = "null"
  elseif kind ~= "table" then
    error(("json.encode: %s is a %s, which JSON cannot hold"):format(path, kind), 0)
  elseif level >= MAX_DEPTH then
    error(("json.encode: more than %d levels (does the table contain itself?)")
      :format(MAX_DEPTH), 0)
  else
    local n = array_length(value)
    if n and (n > 0 or M.is_array(value)) then
      encode_array(value, n, path, indent, level + 1, out)
    else
      encode_object(value, path, indent, level + 1, out)
    end
  end
end

--- The JSON text of a value. Raises for what JSON cannot hold, naming the place.
---@param value any
---@param options? { indent: integer } # spaces a level; default: all in one line
---@return string
function M.encode(value, options)
  local indent = options and options.indent and (" "):rep(options.indent)
  local out = {}
  local ok, message = pcall(encode_value, value, "value", indent, 0, out)
  if not ok then error(message, 2) end
  return table.concat(out)
end

-- Decoding ------------------------------------------------------------------------------

-- Raises { place, message }: M.decode turns it into line and column.
local function fail(place, format, ...)
  error({ place = place, message = format:format(...) }, 0)
end

-- What stands at a place, for messages.
local function describe(text, place)
  if place > #text then return "the end" end
  local char = text:match("^" .. utf8.charpattern, place)
  if char:find "^%c" then return ("character %d"):format(char:byte()) end
  return "'" .. char .. "'"
end

local function skip_space(text, place)
  return text:find("[^ \t\r\n]", place) or #text + 1
end

local unescapes = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/",
  b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

-- The character of the \u escape at 'place' (of its backslash), and the place after it.
local function decode_unicode(text, place)
  local code = tonumber(text:match("^\\u(%x%x%x%x)", place) or "", 16)
  if not code then fail(place, "expected four hexadecimal digits after \\u") end
  if code >= 0xDC00 and code <= 0xDFFF then
    fail(place, "the second half of a surrogate pair without its first")
  end
  if code < 0xD800 or code > 0xDFFF then return utf8.char(code), place + 6 end
  local low = tonumber(text:match("^\\u([Dd][C-Fc-f]%x%x)", place + 6) or "", 16)
  if not low then fail(place, "the first half of a surrogate pair without its second") end
  return utf8.char(0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00)), place + 12
end

-- The string whose opening quote is at 'place', and the place after its closing quote.
local function decode_string(text, place)
  local parts, at = {}, place + 1
  while true do
    local stop = text:find('[%z\1-\31"\\]', at)
    if not stop then fail(place, "a string that does not end") end
    parts[#parts + 1] = text:sub(at, stop - 1)
    local char = text:sub(stop, stop)
    if char == '"' then return table.concat(parts), stop + 1 end
    if char ~= "\\" then
      fail(stop, "character %d in a string must be escaped", char:byte())
    end
    local kind = text:sub(stop + 1, stop + 1)
    if kind == "u" then
      parts[#parts + 1], at = decode_unicode(text, stop)
    elseif unescapes[kind] then
      parts[#parts + 1], at = unescapes[kind], stop + 2
    else
      fail(stop, "unknown escape \\%s", describe(text, stop + 1))
    end
  end
end

local function decode_number(text, place)
  local whole = text:match("^-?0", place) or text:match("^-?[1-9]%d*", place)
  if not whole then fail(place, "expected a digit after '-'") end
  local at = place + #whole
  local fraction = text:match("^%.%d+", at) or ""
  at = at + #fraction
  local exponent = text:match("^[eE][+-]?%d+", at) or ""
  at = at + #exponent
  if text:find("^[%w.+-]", at) then
    fail(place, "'%s' is not a number", text:match("^[%w.+-]*", place))
  end
  local digits = whole .. fraction .. exponent
  -- tonumber makes floats of integers beyond 64 bits; -0 is a float to keep its sign.
  return digits == "-0" and -0.0 or tonumber(digits), at
end

local literals = { ["true"] = true, ["false"] = false, ["null"] = M.null }

local decode_value

local function decode_array(text, place, depth)
  local items, at = {}, skip_space(text, place + 1)
  if text:sub(at, at) == "]" then return M.array(items), at + 1 end
  while true do
    items[#items + 1], at = decode_value(text, at, depth)
    at = skip_space(text, at)
    local char = text:sub(at, at)
    if char == "]" then return M.array(items), at + 1 end
    if char ~= "," then
      fail(at, "expected ',' or ']' in an array, got %s", describe(text, at))
    end
    at = skip_space(text, at + 1)
  end
end

local function decode_object(text, place, depth)
  local object, at = {}, skip_space(text, place + 1)
  if text:sub(at, at) == "}" then return object, at + 1 end
  while true do
    if text:sub(at, at) ~= '"' then
      fail(at, "expected a key in quotes, got %s", describe(text, at))
    end
    local key_place = at
    local key
    key, at = decode_string(text, at)
    if object[key] ~= nil then fail(key_place, "the key '%s' stands here twice", key) end
    at = skip_space(text, at)
    if text:sub(at, at) ~= ":" then
      fail(at, "expected ':' after the key '%s', got %s", key, describe(text, at))
    end
    object[key], at = decode_value(text, skip_space(text, at + 1), depth)
    at = skip_space(text, at)
    local char = text:sub(at, at)
    if char == "}" then return object, at + 1 end
    if char ~= "," then
      fail(at, "expected ',' or '}' in an object, got %s", describe(text, at))
    end
    at = skip_space(text, at + 1)
  end
end

function decode_value(text, place, depth)
  local char = text:sub(place, place)
  if char == '"' then return decode_string(text, place) end
  if char:find "^[-%d]" then return decode_number(text, place) end
  if char == "{" or char == "[" then
    if depth == MAX_DEPTH then fail(place, "more than %d levels", MAX_DEPTH) end
    return (char == "{" and decode_object or decode_array)(text, place, depth + 1)
  end
  local word = text:match("^%a+", place)
  local value = literals[word]
  if value == nil then
    local got = word and "'" .. word .. "'" or describe(text, place)
    fail(place, "expected a value, got %s", got)
  end
  return value, place + #word
end

local function decode_text(text)
  local valid, bad = utf8.len(text)
  if not valid then fail(bad, "not UTF-8") end
  local value, at = decode_value(text, skip_space(text, 1), 0)
  at = skip_space(text, at)
  if at <= #text then fail(at, "expected the end, got %s", describe(text, at)) end
  return value
end

--- The value of a JSON text; nil, message for a text that is not JSON, with line and
-- column (in characters). JSON's null is json.null, at any level.
---@param text string
---@return any value
---@return string? message
function M.decode(text)
  if type(text) ~= "string" then
    error(("json.decode: expected a string, got a %s"):format(type(text)), 2)
  end
  local ok, value = pcall(decode_text, text)
  if ok then return value end
  if type(value) ~= "table" then error(value, 0) end
  local before = text:sub(1, value.place - 1)
  local _, breaks = before:gsub("\n", "")
  local start = before:match ".*\n()" or 1
  local column = (utf8.len(before, start) or value.place - start) + 1
  return nil, ("line %d, column %d: %s"):format(breaks + 1, column, value.message)
end

return M
