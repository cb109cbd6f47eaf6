-- core.npz_write and core.npz_read, whole files, deflate and crc32; and, where there is a
-- Python with numpy (MODSYNC_PYTHON, or python3), both ways between numpy and us.
local check = require "tests.support.check"
local core = require "modsync.core"

local path = check.scratch "npz-lua.npz"

local function slurp(name)
  local file = check.ok(io.open(name, "rb"))
  local bytes = file:read "a"
  file:close()
  return bytes
end

local function write(entries)
  check.ok(core.npz_write(path, entries))
end

check.test("values come back with their kind, shape and bits", function()
  local field = core.tensor { { 1, -0.0, 1 / 0 }, { -1 / 0, 0.1, 5e-324 } }
  write {
    { "field", field }, { "text", "a\0b\255" }, { "empty", "" },
    { "counts", { 1, math.mininteger, math.maxinteger } }, { "none", {} },
    { "scalar", core.tensor(2.5) }, { "no rows", core.zeros(0, 3) },
  }
  local got, order = core.npz_read(path)
  check.equal(order, { "field", "text", "empty", "counts", "none", "scalar", "no rows" })
  check.equal(got.field:shape(), { 2, 3 })
  check.ok(got.field == field)
  check.equal(1 / got.field:get(1, 2), -1 / 0, "the sign of zero")
  check.equal(got.text, "a\0b\255")
  check.equal(got.empty, "")
  check.equal(got.counts, { 1, math.mininteger, math.maxinteger })
  check.equal(math.type(got.counts[1]), "integer")
  check.equal(got.none, {})
  check.equal(got.scalar:dim(), 0)
  check.equal(got.scalar:item(), 2.5)
  check.equal(got["no rows"]:shape(), { 0, 3 })
end)

check.test("a view is written in its own order", function()
  local t = core.arange(0, 11):reshape(3, 4)
  write { { "transposed", t:transpose(1, 2) }, { "column", t:select(2, 3) } }
  local got = core.npz_read(path)
  check.equal(got.transposed:totable(),
    { { 0, 4, 8 }, { 1, 5, 9 }, { 2, 6, 10 }, { 3, 7, 11 } })
  check.equal(got.column:totable(), { 2, 6, 10 })
end)

check.test("the same entries give the same bytes", function()
  local x = core.linspace(0, 1, 1000)
  local entries = { { "x", x }, { "n", { 1, 2 } }, { "s", "text" } }
  write(entries)
  local first = slurp(path)
  write(entries)
  check.ok(slurp(path) == first)
end)

--- A .npy array of version 1.0.
local function npy(descr, count, bytes)
  local head = ("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }\n")
    :format(descr, count)
  return "\x93NUMPY\1\0" .. string.pack("<s2", head) .. bytes
end

--- An archive of members that are not compressed.
local function archive(members)
  local body, directory = {}, {}
  local at = 0
  for i, member in ipairs(members) do
    local name, bytes = member[1] .. ".npy", member[2]
    local facts = string.pack("<I2I2I2I2I4I4I4I2I2", 0, 0, 0, 33, core.crc32(bytes),
      #bytes, #bytes, #name, 0)
    body[i] = "PK\3\4" .. string.pack("<I2", 20) .. facts .. name .. bytes
    directory[i] = "PK\1\2" .. string.pack("<I2I2", 20, 20) .. facts
      .. string.pack("<I2I2I2I4I4", 0, 0, 0, 0, at) .. name
    at = at + #body[i]
  end
  local list = table.concat(directory)
  return table.concat(body) .. list .. "PK\5\6" .. string.pack("<I2I2I2I2I4I4I2", 0, 0,
    #members, #members, #list, at, 0)
end

local arrays = {
  { ">f8", ">ddd", { 0.1, -2, 1 / 0 } }, { ">f4", ">fff", { 0.5, -2, 1 / 0 } },
  { "<f2", "<I2I2I2I2I2I2", { 0x3C00, 0xC000, 0x7BFF, 1, 0x7C00, 0x8400 },
    { 1, -2, 65504, 2 ^ -24, 1 / 0, -2 ^ -14 } },
  { ">f2", ">I2I2", { 0x3555, 0x83FF }, { 1365 / 4096, -1023 * 2 ^ -24 } },
  { ">i8", ">i8i8", { -3, 1 << 52 } }, { ">i4", ">i4i4", { -3, 1 << 30 } },
  { ">i2", ">i2i2", { -3, 32767 } }, { "<i2", "<i2i2", { -32768, 7 } },
  { "|i1", "i1i1", { -128, 127 } }, { "<u8", "<I8I8", { 0, 1 << 53 } },
  { ">u4", ">I4I4", { 1, 0xFFFFFFFF } }, { "<u4", "<I4I4", { 1, 0xFFFFFFFF } },
  { "<u2", "<I2I2", { 1, 0xFFFF } }, { "|u1", "I1I1", { 1, 255 } },
}

check.test("floats and integers of every size and order of bytes", function()
  local file = check.scratch "element.npy"
  for _, case in ipairs(arrays) do
    local bytes = npy(case[1], #case[3], string.pack(case[2], table.unpack(case[3])))
    local expected = core.tensor(case[4] or case[3])
    check.ok(core.write_file(file, bytes))
    local got, message = core.npy_read(file)
    check.equal(check.ok(got, message), expected)
    check.ok(core.write_file(path, archive { { "a", bytes } }))
    local contents = check.ok(core.npz_read(path)).a
    if type(contents) == "string" then contents = { contents:byte(1, -1) } end
    if type(contents) == "table" then contents = core.tensor(contents) end
    check.equal(contents, expected)
  end
  local large = npy("<u8", 2, string.pack("<I8I8", 1, -1))
  check.ok(core.write_file(file, large))
  check.refuses("integer number 2 is beyond 2%^53", core.npy_read(file))
  check.ok(core.write_file(path, archive { { "a", large } }))
  check.refuses("entry 'a': integer number 2 is 2%^63 or more", core.npz_read(path))
  os.remove(file)
end)

check.test("one array of an archive, whatever the others are", function()
  check.ok(core.write_file(path, archive { { "c", npy("<c16", 1, ("\0"):rep(16)) },
    { "x", npy("<f8", 2, string.pack("<dd", 3, 4)) } }))
  local _, code = check.refuses("entry 'c' has elements of type '<c16'; floats",
    core.npz_read(path))
  check.equal(code, "format")
  local got, order = core.npz_read(path, "x")
  check.equal(got, { x = core.tensor { 3, 4 } })
  check.equal(order, { "c", "x" })
  _, code = check.refuses("npz%-lua.npz' has no array 'y'; it holds c, x$",
    core.npz_read(path, "y"))
  check.equal(code, "io")
  check.refuses("entry 'c' has elements", core.npz_read(path, "c"))
end)

check.test("misuse raises and names the entry", function()
  local x = core.zeros(2)
  local closed = core.zeros(2)
  closed:close()
  local cases = {
    { { 1 }, "entry 1: expected a table {name, value}" },
    { { { "x", x }, { x } }, "entry 2: expected a name" },
    { { { "a\0b", x } }, "entry 1 'a': its name has a zero byte" },
    { { { "x" } },
      "entry 1 'x': expected a tensor, a string or a table of integers, got nil" },
    { { { "x", true } }, "got true" },
    { { { "x", { 1, 2.5 } } }, "entry 1 'x': expected integers, item 2 is 2.5" },
    { { { "x", { 1, "2" } } }, "item 2 is '2'" },
    { { { "x", closed } }, "entry 1 'x': the tensor is closed" },
    { { x = x }, "npz_write: the list of entries has the key 'x', expected entries "
      .. "{ name, value } alone" },
    { { { "x", x }, [3] = { "y", x } }, "the list of entries has the key 3" },
    { { { "x", x }, { "x", x } }, "entry name 'x' is used twice" },
    { { { "../x", x } }, "entry name '../x': expected parts" },
  }
  os.remove(path)
  for _, case in ipairs(cases) do
    local message = check.fails(function() core.npz_write(path, case[1]) end)
    check.ok(message:find(case[2], 1, true), message)
    check.equal(io.open(path), nil, "no file after an error")
  end
  check.fails(function() core.npz_write(path) end, "table expected")
  check.fails(function() core.npz_read() end, "string expected")
  check.fails(function() core.npz_read "a\0b" end, "without a zero byte")
  check.fails(function() core.npz_read(path, "a\0b") end, "without a zero byte")
  check.fails(function() core.npz_read(path, { "x", "y" }) end, "string expected, got")
end)

check.test("missing folders and damaged files are outcomes, not errors", function()
  local missing = check.scratch "no-such-folder/x.npz"
  local _, code = check.refuses("No such file", core.npz_write(missing, {}))
  check.equal(code, "io")
  _, code = check.refuses("No such file", core.npz_read(missing))
  check.equal(code, "io")
  _, code = check.refuses("not a regular file", core.write_file("/dev/null", "x"))
  check.equal(code, "io")
  check.ok(core.write_file(path, "not an archive"))
  _, code = check.refuses("is not an NPZ file", core.npz_read(path))
  check.equal(code, "format")
  write { { "x", core.zeros(3) } }
  local bytes = slurp(path)
  check.ok(core.write_file(path, bytes:sub(1, -2)))
  _, code = check.refuses("npz%-lua.npz' is not an NPZ file, or its end is missing",
    core.npz_read(path))
  check.equal(code, "format")
  check.ok(core.write_file(path, (bytes:gsub("shape", "shaqe"))))
end)

check.test("write_file writes what it is given", function()
  check.ok(core.write_file(path, "one"))
  check.equal(slurp(path), "one")
  local bytes = ("\0\1\2\255"):rep(100000)
  check.ok(core.write_file(path, bytes))
  check.ok(slurp(path) == bytes)
  check.ok(core.write_file(path, ""))
  check.equal(slurp(path), "")
end)

check.test("an error leaves no unfinished file", function()
  local live = core.debug.live_blocks()
  for _ = 1, 3 do
    pcall(core.npz_write, path, { { "x", core.zeros(2) }, { "y", false } })
  end
  collectgarbage()
  check.equal(core.debug.live_blocks(), live)
  local listing = io.popen("ls '" .. check.scratch "" .. "'"):read "a"
  check.ok(not listing:find "npz%-lua%.npz%..*tmp", listing)
end)

check.test("every allocation may fail", function()
  local x = core.arange(0, 5):reshape(2, 3):transpose(1, 2)
  local entries = { { "x", x }, { "n", { 1 } } }
  local function sweep(what)
    for n = 1, 500 do
      core.debug.fail_after(n)
      local ok, message = pcall(what)
      core.debug.fail_after(0)
      if ok then return n end
      check.ok(message:find "out of memory", message)
    end
  end
  os.remove(path)
  check.ok(sweep(function() core.npz_write(path, entries) end) > 5)
  check.ok(sweep(function() core.npz_read(path) end) > 5)
  check.ok(sweep(function() core.deflate "text" end) > 1)
end)

check.test("crc32 and deflate", function()
  check.equal(core.crc32 "123456789", 0xCBF43926)
  check.equal(core.crc32("56789", core.crc32 "1234"), 0xCBF43926)
  check.equal(core.crc32 "", 0)
  check.equal(core.deflate "", "\x78\x9C\x03\x00\x00\x00\x00\x01")
  check.ok(#core.deflate(("x"):rep(100000)) < 200)
  check.ok(#core.deflate(("x"):rep(1000), 0) > 1000)
  check.fails(function() core.deflate("x", 10) end, "level from 0 to 9")
  check.fails(function() core.crc32("x", -1) end, "32%-bit")
end)

local python = os.getenv "MODSYNC_PYTHON" or "python3"

-- Runs a Python script and returns what it printed, or nil.
local function run_python(script)
  local name = check.scratch "npz-lua.py"
  check.ok(core.write_file(name, script))
  local pipe = io.popen(python .. " '" .. name .. "' 2>&1")
  local text = pipe:read "a"
  local ok = pipe:close()
  os.remove(name)
  return ok and text or nil, text
end

local function with_numpy()
  check.test("numpy reads our bits", function()
    write {
      { "x", core.tensor { { 0.1, -0.0 }, { 1 / 0, 5e-324 } } }, { "s", "h\u{e9}llo" },
      { "n", { math.mininteger, 7 } }, { "a/b", core.tensor(3) },
    }
    local text, all = run_python(([==[
import numpy
z = numpy.load(%q)
print(z.files)
x = z["x"]
print(x.dtype.str, x.shape, x.tobytes().hex())
print(z["s"].dtype.str, z["s"].tobytes().decode(), z["n"].dtype.str, z["n"].tolist())
print(z["a/b"].shape, float(z["a/b"]))
]==]):format(path))
    check.equal(text or all, "['x', 's', 'n', 'a/b']\n"
      .. "<f8 (2, 2) " .. ("9a9999999999b93f" .. "0000000000000080" .. "000000000000f07f"
      .. "0100000000000000") .. "\n"
      .. "|u1 h\u{e9}llo <i8 [-9223372036854775808, 7]\n() 3.0\n")
  end)

  check.test("we read numpy's bits", function()
    for _, save in ipairs { "savez", "savez_compressed" } do
      check.ok(run_python(([==[
import numpy
x = numpy.arange(6.0).reshape(2, 3) / 7
n = numpy.array([[1, 2], [3, 4]], dtype="<i4")
numpy.%s(%q, x=x, f=numpy.asfortranarray(x), s=x.astype("<f4"), n=n,
  k=numpy.array(5), t=numpy.array([True, False]))
]==]):format(save, path)))
      local got, order = core.npz_read(path)
      check.ok(got, order)
      check.equal(order, { "x", "f", "s", "n", "k", "t" })
      local x = core.arange(0, 5):reshape(2, 3) / 7
      check.ok(got.x == x and got.f == x)
      check.near(got.s, x, 1e-7)
      check.equal(got.n, { { 1, 2 }, { 3, 4 } })
      check.equal(got.k, 5)
      check.equal(got.t, "\1\0")
    end
  end)
end

if run_python "import numpy" then
  with_numpy()
else
  print("no numpy for " .. python .. ": the two checks against it are skipped")
end

os.remove(path)
check.done()
