-- Text rules of every file of ours: 90 columns, spaces, a final newline, no leftovers.

local check = require "tests.support.check"
local source = require "tests.support.source"

local COLUMNS = 90

-- Written in halves, so that this file does not find itself.
local leftovers = { "TO" .. "DO", "FIX" .. "ME", "XX" .. "X", "HA" .. "CK" }
local vague = { "uti" .. "ls", "uti" .. "l", "mis" .. "c", "hel" .. "pers" }

local function all_files()
  local found = source.files("src lua scripts problems tests .ci", { "%.[ch]$", "%.lua$",
    "%.sh$", "%.list$", "CMakeLists%.txt$", "%.1$", "^%.ci/" })
  found[#found + 1] = "CMakeLists.txt"
  found[#found + 1] = "CMakePresets.json"
  return found
end

local function problem_of(line)
  if line:find "\t" then return "a tab" end
  if line:find "\r" then return "a carriage return" end
  if line:find "%s$" then return "blanks at the end" end
  local columns = utf8.len(line)
  if not columns then return "not UTF-8" end
  if columns > COLUMNS then return ("%d columns"):format(columns) end
  for _, word in ipairs(leftovers) do
    if line:find("%f[%w]" .. word .. "%f[%W]") then return word end
  end
end

check.test("lines are clean", function()
  local problems, files = {}, all_files()
  for _, path in ipairs(files) do
    local text = source.read(path)
    local lines = source.lines(text)
    for number, line in ipairs(lines) do
      local problem = problem_of(line)
      if problem then
        problems[#problems + 1] = ("%s:%d: %s"):format(path, number, problem)
      end
    end
    if text:sub(-1) ~= "\n" or lines[#lines] == "" then
      problems[#problems + 1] = path .. ": must end in one newline"
    end
  end
  check.none(problems)
  check.ok(#files > 20, "the sources were not found")
end)

check.test("names say what is inside", function()
  local problems = {}
  for _, path in ipairs(all_files()) do
    for _, word in ipairs(vague) do
      if ("/" .. path):find("/" .. word .. "%f[/.]") then
        problems[#problems + 1] = path .. ": a name that says nothing"
      end
    end
  end
  check.none(problems)
end)

check.test("the rules catch what they are for", function()
  check.ok(problem_of "a\tb")
  check.ok(problem_of "a ")
  check.ok(problem_of(("x"):rep(91)))
  check.ok(not problem_of(("é"):rep(90)))
  check.ok(problem_of("/* " .. leftovers[1] .. ": later */"))
end)

check.done()
