-- Who may include whom: the include table of the architecture, held against every
-- #include line and against the libraries that CMake links.

local check = require "tests.support.check"
local source = require "tests.support.source"

local allowed = {
  base = "",
  tensor = "base",
  linalg = "base tensor",
  ops = "base tensor linalg",
  graph = "base tensor ops",
  program = "base tensor linalg ops graph",
  model = "base tensor graph",
  loss = "base tensor graph program model",
  conflict = "base tensor linalg",
  optim = "base tensor linalg",
  prune = "base tensor linalg",
  modularity = "base tensor linalg",
  checkpoint = "base tensor",
  luabind = "base tensor linalg ops graph program model loss conflict optim prune "
    .. "modularity checkpoint",
  app = "luabind",
}

-- Headers that are neither C nor POSIX, and the folders that are the only doors to them.
local doors = {
  ["cblas.h"] = "linalg",
  ["lapacke.h"] = "linalg",
  ["zlib.h"] = "checkpoint",
  ["lua.h"] = "luabind app",
  ["lauxlib.h"] = "luabind app",
  ["lualib.h"] = "luabind app",
  ["editline/readline.h"] = "app",
  ["mach-o/dyld.h"] = "app",
  ["sys/mman.h"] = "base",
}

local standard = [[
  assert complex ctype errno fenv float inttypes limits locale math setjmp signal
  stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib string tgmath threads
  time dirent fcntl poll pthread sched strings sys/stat sys/time sys/types sys/wait
  unistd
]]

local function has(words, word)
  return (" " .. words .. " "):find("%s" .. word:gsub("%p", "%%%0") .. "%s") ~= nil
end

local function problem_of(folder, line)
  local own = line:match '^%s*#%s*include%s*"([^"]+)"'
  if own then
    local target = own:match "^([%w_]+)/"
    if not target then return "write the folder: " .. own end
    if not allowed[target] then return "there is no folder " .. target end
    if target ~= folder and not has(allowed[folder], target) then
      return folder .. " may not include " .. target
    end
    if not io.open("src/" .. own) then return "there is no src/" .. own end
    return nil
  end
  local system = line:match "^%s*#%s*include%s*<([^>]+)>"
  if not system then return line:find "^%s*#%s*include" and "cannot be read" or nil end
  if doors[system] then
    if not has(doors[system], folder) then
      return system .. " belongs to " .. doors[system] .. " only"
    end
  elseif not has(standard, (system:gsub("%.h$", ""))) then
    return system .. " is neither C nor POSIX, and has no door"
  end
end

check.test("every #include is in the table", function()
  local problems, count = {}, 0
  for _, path in ipairs(source.files("src", { "%.[ch]$", "%.list$" })) do
    local folder = path:match "^src/([%w_]+)/"
    check.ok(allowed[folder], path .. " is in a folder that the table does not know")
    for number, line in ipairs(source.lines(source.read(path))) do
      local problem = problem_of(folder, line)
      if problem then
        problems[#problems + 1] = ("%s:%d: %s"):format(path, number, problem)
      end
      if line:find "^%s*#%s*include" then count = count + 1 end
    end
  end
  check.none(problems)
  check.ok(count > 20, "the sources were not found")
end)

check.test("the rules catch what they are for", function()
  check.ok(problem_of("conflict", '#include "optim/adam.h"'))
  check.ok(problem_of("base", '#include "tensor/tensor.h"'))
  check.ok(problem_of("loss", "#include <lua.h>"))
  check.ok(problem_of("optim", "#include <cblas.h>"))
  check.ok(problem_of("base", "#include <sys/socket.h>"))
  check.ok(problem_of("base", '#include "alloc.h"'))
  check.ok(not problem_of("tensor", '#include "base/alloc.h"'))
  check.ok(not problem_of("linalg", "#include <cblas.h>"))
end)

check.test("CMake links what the table allows", function()
  local seen = {}
  for folder, links in source.read("src/CMakeLists.txt")
    :gmatch "\nmodsync_folder%((%w+)([^)]*)%)" do
    check.ok(allowed[folder], folder .. " is built, but the table does not know it")
    check.equal(links:gsub("^%s+", ""):gsub("%s+", " "), allowed[folder], folder)
    seen[folder] = true
  end
  for folder in pairs(allowed) do
    local special = folder == "luabind" or folder == "app"
    check.ok(seen[folder] or special, "CMake misses " .. folder)
  end
end)

-- Calls that only the program, or only one file, may make.
local calls = {
  { "printf", "app" }, { "fprintf", "app" }, { "puts", "app" }, { "fputs", "app" },
  { "putchar", "app" }, { "perror", "app" }, { "abort", "" }, { "exit", "app" },
  { "longjmp", "" }, { "setjmp", "" }, { "malloc", "app src/base/alloc.c" },
  { "calloc", "app" }, { "realloc", "app" }, { "free", "app src/base/alloc.c" },
  { "aligned_alloc", "" }, { "rand", "" }, { "srand", "" },
}

-- Errors of lauxlib name a file of this library; luabind/misuse.h has the same functions
-- with the line of the user.
for _, name in ipairs { "error", "argerror", "typeerror", "argcheck", "argexpected",
  "checkinteger", "optinteger", "checknumber", "optnumber", "checkstring", "optstring",
  "checklstring", "optlstring", "checktype", "checkany", "checkudata", "checkoption" } do
  calls[#calls + 1] = { "luaL_" .. name, "app" }
end

check.test("the engine does not print, exit, jump or call malloc", function()
  local problems = {}
  for _, path in ipairs(source.files("src", { "%.[ch]$" })) do
    local code = source.c_code(source.read(path))
    for _, call in ipairs(calls) do
      local name, places = call[1], call[2]
      if not has(places, path:match "^src/([%w_]+)/") and not has(places, path) then
        if code:find("%f[%w_.]" .. name .. "%s*%(") then
          problems[#problems + 1] = ("%s calls %s"):format(path, name)
        end
      end
    end
  end
  check.none(problems)
end)

check.done()
