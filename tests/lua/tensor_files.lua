-- .npy arrays and tables of text, and the way there and back through Lua tables.

local check = require "tests.support.check"
local core = require "modsync.core"
local messages = require "tests.support.messages"

local npy, csv = check.scratch "tensor_files.npy", check.scratch "tensor_files.csv"

local function write(text)
  local file <close> = assert(io.open(csv, "wb"))
  file:write(text)
end

local function read()
  local file <close> = assert(io.open(csv, "rb"))
  return file:read "a"
end

local t = core.rng(1, "files"):normal(core.zeros(4, 3))

check.test("npy there and back, of views too", function()
  for _, x in ipairs { t, t:transpose(), t[2], core.tensor(3), core.zeros(0, 2) } do
    check.equal(core.npy_write(npy, x), true)
    check.equal(core.npy_read(npy), x)
  end
  os.remove(npy)
end)

check.test("csv there and back", function()
  check.equal(core.csv_write(csv, t), true)
  check.equal(core.csv_read(csv), t)
  core.csv_write(csv, t:transpose(), { header = { "a", "b c", "d,e", "f" } })
  local back, names = core.csv_read(csv, { header = true })
  check.equal(back, t:transpose())
  check.equal(names, { "a", "b c", "d,e", "f" })
  core.csv_write(csv, core.tensor { 1, 0.5 }, { delimiter = ";" })
  check.equal(read(), "1\n0.5\n")
  check.equal(core.csv_read(csv, { delimiter = ";" }):totable(), { { 1 }, { 0.5 } })
  check.equal(core.tensor(core.csv_read(csv):totable()), core.csv_read(csv))
end)

check.test("csv from elsewhere", function()
  write "# made by hand\nx y\n 1  2.5\n -3 1e-3 \n"
  local back, names = core.csv_read(csv, { header = true, delimiter = " " })
  check.equal(back:totable(), { { 1, 2.5 }, { -3, 1e-3 } })
  check.equal(names, { "x", "y" })
  write "1,,3\r\n4,5,nan\r\n"
  local filled = core.csv_read(csv, { missing = -1 })
  check.equal(filled:totable(), { { 1, -1, 3 }, { 4, 5, 0 / 0 } })
  check.equal(select("#", core.csv_read(csv, { missing = 0 })), 1)
end)

check.test("outcomes: nil, message, code", function()
  local function outcome(code, text, value, message, got)
    check.equal({ value, got }, { nil, code })
    check.ok(message:find(text, 1, true), message)
  end
  outcome("io", "cannot read '" .. npy .. "'", core.npy_read(npy))
  outcome("io", "cannot write '/absent/x.npy'", core.npy_write("/absent/x.npy", t))
  outcome("io", "cannot write '/absent/x.csv'", core.csv_write("/absent/x.csv", t))
  write "no array"
  outcome("format", "ends early", core.npy_read(csv))
  write "1,2\n3,x\n"
  outcome("format", "line 2, column 2: 'x' is not a number", core.csv_read(csv))
  write "1,2\n3,\n"
  outcome("format", "line 2, column 2: the cell is empty", core.csv_read(csv))
  write "1,2\n3\n"
  outcome("format", "line 2 has 1 columns, expected 2", core.csv_read(csv))
  os.remove(csv)
end)

messages("tests/lua/tensor_files.lua", {
  { function() return core.npy_read() end,
    "bad argument #1 to 'npy_read' (string expected, got no value)" },
  { function() return core.npy_read "a\0b" end,
    "bad argument #1 to 'npy_read' (expected text without a zero byte)" },
  { function() return core.npy_write(npy, 3) end,
    "bad argument #2 to 'npy_write' (expected a tensor, got 3)" },
  { function() return core.csv_read(csv, { sep = ";" }) end,
    "csv_read: there is no option 'sep'" },
  { function() return core.csv_read(csv, 3) end,
    "bad argument #2 to 'csv_read' (table expected, got number)" },
  { function() return core.csv_read(csv, { delimiter = "ab" }) end,
    "csv_read: the delimiter is 'ab', expected one character" },
  { function() return core.csv_read(csv, { delimiter = "e" }) end,
    "delimiter 'e', expected one like ',', ';', tab or blank" },
  { function() return core.csv_read(csv, { missing = "x" }) end,
    "csv_read: missing is 'x', expected a number" },
  { function() return core.csv_write(csv, core.zeros(1, 1, 1)) end,
    "csv_write: shape 1x1x1, expected a vector or a matrix with columns" },
  { function() return core.csv_write(csv, t, { header = { "a" } }) end,
    "csv_write: the header is a list of another length, expected a list of 3 names" },
  { function() return core.csv_write(csv, t, { header = true }) end,
    "csv_write: the header is true, expected a list of 3 names" },
  { function() return core.csv_write(csv, t, { header = { "a", "b", {} } }) end,
    "csv_write: name 3 is a table, expected text" },
  { function() return core.csv_write(csv, t, { header = { "a", "b", "c\n" } }) end,
    "csv_write: the name 'c\n' of a column, expected some text in one line" },
})

check.test("a refused table leaves no file", function()
  check.ok(not io.open(csv, "rb") and not io.open(npy, "rb"))
end)

check.done()
