-- Every entry of a .list has its source file, and that file ends in a record of that
-- name.

local check = require "tests.support.check"
local source = require "tests.support.source"

local function entries_of(path)
  local found = {}
  for _, line in ipairs(source.lines(source.read(path))) do
    local name = line:match "^%s*%u[%u_]*%(%s*([%w_]+)"
    if name then found[#found + 1] = name end
  end
  return found
end

local function problem_of(folder, name)
  local path = folder .. "/" .. name .. ".c"
  if not io.open(path) then return "there is no " .. path end
  local text = source.read(path)
  if not text:find("%.name%s*=%s*\"" .. name:gsub("_", "[_-]") .. "\"") then
    return ("%s has no record with .name = \"%s\""):format(path, name)
  end
  if not text:find "\nconst [%w_]+ [%w_]+ = {" then
    return path .. " has no const record"
  end
end

check.test("listed files exist and hold their record", function()
  local problems = {}
  for _, path in ipairs(source.files("src", { "%.list$" })) do
    local entries = entries_of(path)
    check.ok(#entries > 0, path .. " lists nothing")
    for _, name in ipairs(entries) do
      problems[#problems + 1] = problem_of(path:match "^(.*)/", name)
    end
  end
  check.none(problems)
end)

check.test("nothing is listed twice", function()
  for _, path in ipairs(source.files("src", { "%.list$" })) do
    local seen = {}
    for _, name in ipairs(entries_of(path)) do
      check.ok(not seen[name], path .. " lists " .. name .. " twice")
      seen[name] = true
    end
  end
end)

check.done()
