-- Files of at most 500 lines and functions of at most 60, in C and Lua.

local check = require "tests.support.check"
local source = require "tests.support.source"

local FILE_LINES, FUNCTION_LINES = 500, 60

-- Path -> why the file, or a function in it, may be longer. Keep it short.
local excuses = {
  ["lua/modsync/meta/tensor.lua"] = "written from the reference, a method each",
}

local FOLDERS = "src lua scripts problems tests"

check.test("files are short", function()
  local problems, files = {}, source.files(FOLDERS, { "%.[ch]$", "%.lua$", "%.sh$" })
  for _, path in ipairs(files) do
    local lines = #source.lines(source.read(path))
    if lines > FILE_LINES and not excuses[path] then
      problems[#problems + 1] = ("%s: %d lines, over %d"):format(path, lines, FILE_LINES)
    end
  end
  check.none(problems)
  check.ok(#files > 20, "the sources were not found")
end)

local function check_functions(pattern, functions_of)
  local problems, count = {}, 0
  for _, path in ipairs(source.files(FOLDERS, { pattern })) do
    local found, open = functions_of(source.read(path))
    check.equal(open or 0, 0, path .. ": blocks and ends do not match")
    for _, range in ipairs(found) do
      local lines = range[2] - range[1] + 1
      if lines > FUNCTION_LINES and not excuses[path] then
        problems[#problems + 1] = ("%s:%d: a function of %d lines, over %d"):format(path,
          range[1], lines, FUNCTION_LINES)
      end
      count = count + 1
    end
  end
  check.none(problems)
  check.ok(count > 20, "no functions were found")
end

check.test("C functions are short", function()
  check_functions("%.[ch]$", source.c_functions)
end)

check.test("Lua functions are short", function()
  check_functions("%.lua$", source.lua_functions)
end)

check.test("the scanners see what they should", function()
  local c = 'static int f(int a) {\n  char c = \'{\'; /* { */\n  return "}"[0];\n}\n'
    .. "struct s {\n  int a;\n};\n#define M(x) { \\\n  {{ x\nint g(void)\n{\n}\n"
  check.equal(source.c_functions(c), { { 1, 4 }, { 11, 12 } })
  local lua = "local function f()\n  -- end\n  return [[ end ]], 'end'\nend\n"
    .. "for i = 1, 2 do\n  if i then g(function() return i end) end\nend\n"
  local found, open = source.lua_functions(lua)
  check.equal(found, { { 1, 4 }, { 6, 6 } })
  check.equal(open, 0)
end)

check.done()
