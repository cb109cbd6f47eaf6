-- The annotations of our Lua: every function that a script may call says what it does,
-- takes and gives; no annotation names what is not there.

local annotations = require "modsync.annotations"
local check = require "tests.support.check"
local reference = require "modsync.reference"
local source = require "tests.support.source"

--- The lines of code of the function that begins on a line, functions inside of it as the
--- word "inner".
local function body_of(text, first)
  local lines, ranges = source.lines(source.lua_code(text)), source.lua_functions(text)
  local last = first
  for _, range in ipairs(ranges) do
    if range[1] == first then last = math.max(last, range[2]) end
  end
  for _, range in ipairs(ranges) do
    if range[1] > first and range[2] <= last and range[2] > range[1] then
      lines[range[1]] = lines[range[1]]:gsub("function%s*%(.*$", "inner")
      for number = range[1] + 1, range[2] do lines[number] = "" end
    end
  end
  local body = { (lines[first]:gsub("^.-%b()", "")) }
  for number = first + 1, last do
    body[#body + 1] = lines[number]:gsub("function%s*%b().-%f[%w]end%f[%W]", "inner")
  end
  return body
end

--- Whether a function returns something: "yes", "no", or "maybe" where it only passes on
--- what a call returns.
local function returns_value(text, first)
  local answer = "no"
  for _, line in ipairs(body_of(text, first)) do
    local value = line:match "%f[%w]return%f[%W]%s*(.-)%s*$" or ""
    value = value:gsub("%s*%f[%w]end%s*$", "")
    if value:find "^[%w_.:]+%s*%b()$" then
      answer = answer == "no" and "maybe" or answer
    elseif value ~= "" and value ~= "nil" then
      return "yes"
    end
  end
  return answer
end

--- What is wrong with the annotations of a function, as a list.
local function problems_of(found, text)
  local list, wanted = {}, {}
  local function bad(...) list[#list + 1] = string.format(...) end
  for _, name in ipairs(found.arguments) do
    if name:sub(1, 1) ~= "_" then wanted[#wanted + 1] = name end
  end
  if #found.text < 10 then bad "says nothing" end
  for i = 1, math.max(#wanted, #found.params) do
    local name, param = wanted[i], found.params[i]
    if not param then
      bad("has no @param %s", name)
    elseif param.name ~= name then
      bad("has @param %s where the argument is %s", param.name, name or "none")
    end
  end
  local gives = returns_value(text, found.line)
  if gives == "yes" and #found.returns == 0 then bad "has no @return" end
  if gives == "no" and #found.returns > 0 then bad "has @return, but returns nothing" end
  return list
end

check.test("the rules catch what they are for", function()
  local function problems(text)
    local found = annotations.read(text).functions[1]
    return table.concat(problems_of(found, text), "; ")
  end
  check.equal(problems("function M.f(a) end\n"), "says nothing; has no @param a")
  local head = "--- It does something.\n"
  check.equal(problems(head .. "---@param a any\nfunction M.f(a)\nend\n"), "")
  check.equal(problems(head .. "---@param b any\nfunction M.f(a)\nend\n"),
    "has @param b where the argument is a")
  check.equal(problems(head .. "---@param b any\nfunction M.f()\nend\n"),
    "has @param b where the argument is none")
  check.equal(problems(head .. "function M.f()\n  return 1\nend\n"), "has no @return")
  check.equal(problems(head .. "function M.f()\n  g(function() return 1 end)\nend\n"), "")
  check.equal(problems(head .. "function M.f()\n  g(function()\n    return 1\n  end)\n"
    .. "end\n"), "")
  check.equal(problems(head .. "---@return any\nfunction M.f()\n  return\nend\n"),
    "has @return, but returns nothing")
  check.equal(problems(head .. "function M.f()\n  if a then return g() end\nend\n"), "")
  check.equal(problems(head .. "function M.f()\n  if a then return g() + 1 end\nend\n"),
    "has no @return")
  check.equal(problems(head .. "function M.f()\n  return function()\n  end\nend\n"),
    "has no @return")
end)

--- The variables of a source whose functions scripts may call.
local function open_tables(found)
  local set = {}
  for _, class in ipairs(found.classes) do set[class.variable or ""] = true end
  for _, pattern in ipairs { "\nreturn setmetatable%((%w+)", "\nreturn (%w+)%s*$" } do
    set[found.text:match(pattern) or ""] = true
  end
  return set
end

check.test("what a script may call is annotated", function()
  local problems, count = {}, 0
  for _, module in ipairs(reference.modules()) do
    local found = reference.source(module)
    local open = open_tables(found)
    for _, each in ipairs(found.functions) do
      local public = not each.private and not each.name:find "^__"
      if public and open[each.table or ""] then
        count = count + 1
        for _, problem in ipairs(problems_of(each, found.text)) do
          problems[#problems + 1] = ("%s:%d: %s %s"):format(found.path, each.line,
            each.name, problem)
        end
      end
    end
  end
  check.none(problems)
  check.ok(count > 60, "the sources were not found")
end)

--- Every source of ours with its lines of annotation.
local function annotated_sources()
  local list = {}
  for _, path in ipairs(source.files("lua/modsync", { "%.lua$" })) do
    local text = source.read(path)
    local lines = {}
    for number, line in ipairs(source.lines(text)) do
      if line:find "^%s*%-%-%-[@|]" then lines[number] = line end
    end
    list[#list + 1] = { path = path, text = text, lines = lines }
  end
  return list
end

check.test("an annotated parameter is one", function()
  local problems = {}
  for _, each in ipairs(annotated_sources()) do
    for _, found in ipairs(annotations.read(each.text).functions) do
      local arguments = {}
      for _, name in ipairs(found.arguments) do arguments[name] = true end
      for _, param in ipairs(found.params) do
        if not arguments[param.name] then
          problems[#problems + 1] = ("%s:%d: %s has no argument %s"):format(each.path,
            found.line, found.name, param.name)
        end
      end
    end
  end
  check.none(problems)
end)

check.test("a type that is named is declared", function()
  local declared, problems, sources = {}, {}, annotated_sources()
  for _, each in ipairs(sources) do
    for _, line in pairs(each.lines) do
      local name = line:match "^%s*%-%-%-@class%s+([%w_.]+)"
        or line:match "^%s*%-%-%-@alias%s+([%w_.]+)"
      if name then declared[name] = true end
    end
  end
  for _, each in ipairs(sources) do
    for number, line in pairs(each.lines) do
      for name in line:gsub("@meta.*", ""):gmatch "%f[%w_.]modsync%.[%w_.]+" do
        if not declared[name:gsub("%.$", "")] then
          problems[#problems + 1] = ("%s:%d: there is no type %s"):format(each.path,
            number, name)
        end
      end
    end
  end
  check.none(problems)
  check.ok(declared["modsync.tensor"] and declared["modsync.losses"])
end)

check.done()
