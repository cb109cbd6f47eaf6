-- Checks for the Lua tests. A failed check raises an error inside its test; check.done()
-- prints the counts and exits, with status 1 when a test failed. The program itself then
-- looks for memory that was left behind (MODSYNC_CHECK_LEAKS, which ctest sets).

local M = {}

local passed, failed = 0, 0

local function show(value)
  if type(value) == "string" then return string.format("%q", value) end
  return tostring(value)
end

-- Raises at the caller of the check ('level' is 1) or further up.
local function fail(level, ...)
  error(string.format(...), level + 2)
end

--- Runs fn as a test of its own: an error counts as one failure and the file carries on.
function M.test(name, fn)
  local ok, trace = xpcall(fn, debug.traceback)
  if ok then
    passed = passed + 1
  else
    failed = failed + 1
    io.stderr:write("failed: ", name, "\n  ", (tostring(trace):gsub("\n", "\n  ")), "\n")
  end
end

--- Fails when the value is false or nil; returns it otherwise.
function M.ok(value, message)
  if not value then fail(1, "%s", message or "expected true, got " .. show(value)) end
  return value
end

--- Fails with all lines of the array, unless it is empty.
function M.none(problems)
  if #problems > 0 then fail(1, "%s", table.concat(problems, "\n")) end
end

local function same(a, b, path)
  if type(a) ~= "table" or type(b) ~= "table" then
    if a == b or (a ~= a and b ~= b) then return true end
    return false, path .. ": " .. show(a) .. " against " .. show(b)
  end
  for key, value in pairs(a) do
    local good, where = same(value, b[key], path .. "." .. tostring(key))
    if not good then return false, where end
  end
  for key in pairs(b) do
    if a[key] == nil then return false, path .. "." .. tostring(key) .. " is missing" end
  end
  return true
end

--- Equality; tables by content, NaN equals NaN.
function M.equal(a, b, message)
  local good, where = same(a, b, "value")
  if not good then fail(1, "%s%s", message and message .. ": " or "", where) end
end

-- Plain numbers of a number, a tensor or nested tables, in row order.
local function flatten(value, into)
  if type(value) == "userdata" then value = value:totable() end
  if type(value) == "table" then
    for _, item in ipairs(value) do flatten(item, into) end
  else
    into[#into + 1] = value
  end
  return into
end

--- |a - b| <= tolerance, for numbers, tensors and tables of numbers.
function M.near(a, b, tolerance, message)
  local left, right = flatten(a, {}), flatten(b, {})
  message = message and message .. ": " or ""
  if #left ~= #right then fail(1, "%s%d values against %d", message, #left, #right) end
  for i = 1, #left do
    local x, y = left[i], right[i]
    local good = x == y or (x ~= x and y ~= y) or math.abs(x - y) <= tolerance
    if not good then
      fail(1, "%svalue %d: %.17g against %.17g, apart %.3g > %.3g", message, i, x, y,
        math.abs(x - y), tolerance)
    end
  end
end

--- fn must raise an error whose text matches the pattern; returns the text.
function M.fails(fn, pattern)
  local ok, err = pcall(fn)
  if ok then fail(1, "expected an error matching %s; none was raised", show(pattern)) end
  if pattern and not tostring(err):find(pattern) then
    fail(1, "expected an error matching %s, got %s", show(pattern), show(tostring(err)))
  end
  return tostring(err)
end

--- fn must return nil (or false), a message matching the pattern, and maybe a code.
function M.refuses(pattern, value, message, code)
  if value then
    fail(1, "expected a refusal matching %s, got %s", show(pattern), show(value))
  end
  if not tostring(message):find(pattern) then
    fail(1, "expected a refusal matching %s, got %s", show(pattern), show(message))
  end
  return message, code
end

--- A path under the folder that tests may write to.
function M.scratch(name)
  local folder = os.getenv "MODSYNC_TEST_DIR" or os.getenv "TMPDIR" or "/tmp"
  return folder .. "/" .. name
end

--- Prints the counts and ends the program.
function M.done()
  print(string.format("%d passed, %d failed", passed, failed))
  os.exit(failed == 0, true)
end

return M
