--[[
Reads the LuaLS annotations of a Lua source: what help prints of functions written in Lua,
and what the tests hold against the functions themselves.

A comment belongs to the function or table on the line below it. Understood are @class,
@field, @param, @return, @overload (of a class) and @private; other tags are passed over.
What @field, @param and @return say may go on in the next lines, up to an empty one.
]]
local M = {}

--- A parameter, field or result.
---@class modsync.annotations.value
---@field name string
---@field type string
---@field optional boolean  may be left out, or be nil
---@field text string       what the annotation says of it, "" if nothing

--- A function with the comment above it.
---@class modsync.annotations.callable
---@field name string         without its table; "" for `return function`
---@field table string?       the variable of the table it is put into
---@field method boolean      written with a colon
---@field arguments string[]  as the function declares them, without self
---@field params modsync.annotations.value[]
---@field returns modsync.annotations.value[]
---@field text string         the comment without its tags, line by line
---@field private boolean
---@field line integer

--- A class, as its annotation declares it.
---@class modsync.annotations.class
---@field name string
---@field parent string?
---@field variable string?  the table below the comment
---@field call string?      the signature of its @overload: what calling it does
---@field fields modsync.annotations.value[]
---@field text string
---@field line integer

--[[ types ]]

local closing = { ["("] = ")", ["{"] = "}", ["["] = "]", ["<"] = ">" }

--- Where the type that begins at 'from' ends: at a space or comma outside of brackets,
--- unless a '|' stands beside it or it is the result of a fun().
local function end_of_type(text, from)
  local open, at = {}, from
  while at <= #text do
    local char = text:sub(at, at)
    if #open > 0 and char == open[#open] then
      open[#open] = nil
    elseif closing[char] then
      open[#open + 1] = closing[char]
    elseif char == '"' then
      at = text:find('"', at + 1, true) or #text
    elseif #open == 0 and char:find "[%s,]" then
      local next_at = text:match("^%s*()", at)
      local before = text:sub(from, at - 1)
      local joined = text:sub(next_at, next_at) == "|" or before:find "|$"
        or before:find "%):$"
      if not joined or char == "," then return at - 1 end
      at = next_at - 1
    end
    at = at + 1
  end
  return #text
end

--- The type that begins at 'from', and the place after it.
---@param text string
---@param from integer?  1
---@return string type, integer after
function M.type(text, from)
  from = text:match("^%s*()", from or 1)
  local to = end_of_type(text, from)
  return text:sub(from, to), to + 1
end

--- What follows a type: a text, with or without '#' in front.
local function remark(text)
  return (text:gsub("^%s*#?%s*", ""):gsub("%s+$", ""))
end

local function may_be_nil(type)
  return type:find("%?$") ~= nil or type:find("|nil$") ~= nil
end

--- "name? type text"
local function read_value(text)
  local name, mark, rest = text:match("^([%w_.]+)(%??)%s+(.*)$")
  if not name then
    name, rest = text:match("^(%b[])%s+(.*)$")
    if not name then return nil end
  end
  local type, after = M.type(rest)
  return { name = name, type = type, optional = mark == "?" or may_be_nil(type),
    text = remark(rest:sub(after)) }
end

--- "type name, type name  text"; the names may be missing.
---@param text string
---@return modsync.annotations.value[]
function M.results(text)
  local list, at = {}, 1
  while at <= #text do
    local type, after = M.type(text, at)
    local name, rest = text:match("^%s+([%a_][%w_]*)%s*()", after)
    local follows = name and text:sub(rest)
    local named = follows and (follows == "" or follows:find "^[,#]"
      or text:sub(rest - 2, rest - 1) == "  ")
    if named then after = rest end
    list[#list + 1] = { name = named and name or "", type = type,
      optional = may_be_nil(type), text = "" }
    local comma = text:match("^%s*,()", after)
    if not comma then
      list[#list].text = remark(text:sub(after))
      break
    end
    at = comma
  end
  return list
end

--[[ comments ]]

local tags = {}

function tags.param(item, text)
  item.params[#item.params + 1] = read_value(text)
end

tags["return"] = function(item, text)
  table.move(M.results(text), 1, #text, #item.returns + 1, item.returns)
end

function tags.field(item, text)
  local class = item.classes[#item.classes]
  if class then class.fields[#class.fields + 1] = read_value(text) end
end

function tags.overload(item, text)
  local class = item.classes[#item.classes]
  if class then class.call = text:match("^fun(.*)$") end
end

function tags.private(item)
  item.private = true
end

function tags.class(item, text)
  local name, parent = text:match("^([%w_.]+)%s*:?%s*([%w_.]*)")
  item.classes[#item.classes + 1] = { name = name, fields = {}, line = item.line,
    parent = parent ~= "" and parent or nil, text = "" }
end

local goes_on = { param = true, field = true, ["return"] = true }

--- The lines that are no tags, and the tags { name, text } with the lines that go on.
local function part_tags(lines)
  local text, found, open = {}, {}, nil
  for _, line in ipairs(lines) do
    local tag, rest = line:match("^@(%a+)%s*(.*)$")
    if tag then
      found[#found + 1] = { tag, rest }
      open = goes_on[tag] and found[#found]
    elseif open and line:find "%S" then
      open[2] = open[2] .. " " .. line:match "^%s*(.-)%s*$"
    else
      text[#text + 1], open = line, nil
    end
  end
  return text, found
end

--- The facts of a block of comment lines, without their dashes.
local function read_comment(lines)
  local item = { params = {}, returns = {}, classes = {}, private = false,
    line = lines.first }
  local text, found = part_tags(lines)
  for _, tag in ipairs(found) do
    if tags[tag[1]] then tags[tag[1]](item, tag[2]) end
  end
  while text[1] and not text[1]:find "%S" do table.remove(text, 1) end
  while text[#text] and not text[#text]:find "%S" do text[#text] = nil end
  item.text = table.concat(text, "\n")
  for _, class in ipairs(item.classes) do class.text = item.text end
  return item
end

--[[ sources ]]

local function split(text)
  local lines = {}
  for line in (text:gsub("\n?$", "\n")):gmatch("(.-)\n") do lines[#lines + 1] = line end
  return lines
end

--- The comment lines from line 'at' on, without their dashes, and the line after them;
--- nil if no comment begins there. A trailing comment does not count.
local function take_comment(lines, at)
  local block = { first = at }
  while lines[at] do
    local level = lines[at]:match("^%s*%-%-%[(=*)%[")
    local short = lines[at]:match("^%s*%-%-%-?(.*)$")
    if level then
      local last = "%]" .. level .. "%]"
      block[#block + 1] = lines[at]:gsub("^%s*%-%-%[=*%[", ""):gsub(last .. ".*$", "")
      while lines[at] and not lines[at]:find(last) do
        at = at + 1
        block[#block + 1] = lines[at] and lines[at]:gsub(last .. ".*$", "")
      end
    elseif short then
      block[#block + 1] = short:gsub("^ ", "")
    else
      break
    end
    at = at + 1
  end
  if #block > 0 then return block, at end
end

--- Table, name, separator and arguments of the function that begins on a line; nil if
--- none does.
local function function_at(lines, at)
  local line = lines[at] or ""
  local path = line:match("^function%s+([%w_.:]+)%s*%(")
    or line:match("^([%w_.]+)%s*=%s*function%s*%(")
    or line:match("^return%s+function%s*()%(") and ""
  if not path then return nil end
  local head = line
  while not head:find("%b()") and lines[at + 1] do
    at = at + 1
    head = head .. " " .. lines[at]
  end
  local arguments = {}
  for name in (head:match("%((.-)%)") or ""):gmatch("[%w_.]+") do
    arguments[#arguments + 1] = name
  end
  local owner, mark, name = path:match("^(.-)([.:]?)([%w_]*)$")
  if owner == "" and name ~= "" then return nil end -- a local, declared above
  return { table = owner ~= "" and owner or nil, name = name, method = mark == ":",
    arguments = arguments }
end

local function add(target, source)
  for key, value in pairs(source) do
    if target[key] == nil then target[key] = value end
  end
  return target
end

--[[
The functions that a source puts into tables or returns, and its classes. Functions that
are local are not among them.
]]
---@param text string  the source
---@return { functions: modsync.annotations.callable[],
---  classes: modsync.annotations.class[] }
function M.read(text)
  local lines, found = split(text), { functions = {}, classes = {} }
  local at = 1
  while lines[at] do
    local block, after = take_comment(lines, at)
    local item = block and read_comment(block)
    at = after or at
    local callable = function_at(lines, at)
    if callable then
      item = item or { params = {}, returns = {}, text = "", private = false }
      callable.line = at
      found.functions[#found.functions + 1] = add(callable, item)
      callable.classes = nil
    end
    for i, class in ipairs(item and item.classes or {}) do
      if i == #item.classes then
        class.variable = (lines[at] or ""):match("^local ([%w_]+) = ")
      end
      found.classes[#found.classes + 1] = class
    end
    at = at + 1
  end
  return found
end

--- The first sentence of a comment, or its first paragraph.
---@param text string
---@return string
function M.summary(text)
  local paragraph = text:gsub("\n%s*\n.*$", ""):gsub("%s+", " ")
  return paragraph:match("^(.-[%w%)'\"])%.%s") or (paragraph:gsub("[.:]%s*$", ""))
end

return M
