-- The sources of the project as text, for the lint tests.

local M = {}

--- Paths below the folders whose names match one of the patterns, sorted.
function M.files(folders, patterns)
  local found = {}
  local pipe = assert(io.popen("find " .. folders .. " -type f 2>/dev/null"))
  for path in pipe:lines() do
    for _, pattern in ipairs(patterns) do
      if path:find(pattern) then
        found[#found + 1] = path
        break
      end
    end
  end
  pipe:close()
  table.sort(found)
  return found
end

function M.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

--- Array of lines, without their newlines.
function M.lines(text)
  local lines = {}
  for line in (text:sub(-1) == "\n" and text or text .. "\n"):gmatch "(.-)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

-- The same number of lines and characters, nothing to read.
local function blank(text)
  return (text:gsub("[^\n]", " "))
end

-- Where a C comment or literal that begins at 'from' ends.
local function end_of_c(text, from)
  local two = text:sub(from, from + 1)
  if two == "/*" then return select(2, text:find("*/", from + 2, true)) or #text end
  if two == "//" then return (text:find("\n", from, true) or #text + 1) - 1 end
  local quote, at = text:sub(from, from), from + 1
  while at <= #text and text:sub(at, at) ~= quote do
    at = at + (text:sub(at, at) == "\\" and 2 or 1)
  end
  return at
end

--- C without comments and literals.
function M.c_code(text)
  local parts, at = {}, 1
  while true do
    local from = text:find("[/\"']", at)
    while from and text:sub(from, from) == "/" and not text:find("^/[/*]", from) do
      from = text:find("[/\"']", from + 1)
    end
    if not from then break end
    local to = end_of_c(text, from)
    parts[#parts + 1] = text:sub(at, from - 1)
    parts[#parts + 1] = blank(text:sub(from, to))
    at = to + 1
  end
  parts[#parts + 1] = text:sub(at)
  return table.concat(parts)
end

--- C without its preprocessor lines, continued ones included.
function M.without_directives(code)
  local lines, inside = M.lines(code), false
  for i, line in ipairs(lines) do
    local directive = inside or line:find "^%s*#"
    inside = directive and line:sub(-1) == "\\"
    if directive then lines[i] = "" end
  end
  return table.concat(lines, "\n") .. "\n"
end

local function end_of_lua(text, from)
  local start = text:sub(from, from + 1) == "--" and from + 2 or from
  local level = text:match("^%[(=*)%[", start)
  if level then return select(2, text:find("]" .. level .. "]", start, true)) or #text end
  if start > from then return (text:find("\n", from, true) or #text + 1) - 1 end
  return end_of_c(text, from)
end

--- Lua without comments and literals.
function M.lua_code(text)
  local parts, at = {}, 1
  while true do
    local from
    local search = at
    repeat
      from = text:find("[%-%[\"']", search)
      search = from and from + 1
    until not from or text:find("^%-%-", from) or text:find("^%[=*%[", from)
      or text:find("^[\"']", from)
    if not from then break end
    local to = end_of_lua(text, from)
    parts[#parts + 1] = text:sub(at, from - 1)
    parts[#parts + 1] = blank(text:sub(from, to))
    at = to + 1
  end
  parts[#parts + 1] = text:sub(at)
  return table.concat(parts)
end

local function line_of(text, position)
  return select(2, text:sub(1, position):gsub("\n", "\n")) + 1
end

--- Function bodies of C code: array of {first, last} lines, from the opening brace on.
function M.c_functions(text)
  local code = M.without_directives(M.c_code(text))
  local found, at = {}, 1
  while true do
    local open = code:find("{", at, true)
    if not open then return found end
    local body = code:match("^%b{}", open)
    if not body then return found end
    if code:sub(at, open - 1):find "%)%s*$" then
      found[#found + 1] = { line_of(code, open), line_of(code, open + #body - 1) }
    end
    at = open + #body
  end
end

local opens = { ["function"] = true, ["do"] = true, ["if"] = true, ["repeat"] = true }
local closes = { ["end"] = true, ["until"] = true }

--- Functions of Lua code, inner ones too: array of {first, last} lines.
function M.lua_functions(text)
  local found, open = {}, {}
  for number, line in ipairs(M.lines(M.lua_code(text))) do
    for word in line:gmatch "[%a_][%w_]*" do
      if opens[word] then
        open[#open + 1] = { word, number }
      elseif closes[word] then
        local block = table.remove(open)
        if block and block[1] == "function" then
          found[#found + 1] = { block[2], number }
        end
      end
    end
  end
  return found, #open
end

return M
