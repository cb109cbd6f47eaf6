local check = require "tests.support.check"
local core = require "modsync.core"

check.test("the module knows its version and its home", function()
  check.ok(core.version:find "^%d+%.%d+%.%d+$")
  check.ok(io.open(core.home .. "/scripts/train.lua"), "no scripts in " .. core.home)
end)

check.test("info names what runs", function()
  local info = core.info()
  for _, name in ipairs {
    "version", "blas_core", "blas_first_core", "blas_reason", "openblas", "lua", "simd",
    "vector_maths", "compiler",
  } do
    check.equal(type(info[name]), "string", name)
    check.ok(#info[name] > 0, name .. " is empty")
  end
  check.equal(info.version, core.version)
  check.ok(info.lua:find "^Lua 5%.4")
  check.ok(info.openblas:find "^%d+%.%d+")
  check.ok(info.processors >= 1 and info.l2_bytes >= 2 ^ 16)
  check.equal(type(info.avx512), "boolean")
  check.equal(info.threads, core.threads())
end)

check.test("time moves forward", function()
  local first = core.time()
  local last = first
  repeat
    local now = core.time()
    check.ok(now >= last)
    last = now
  until last > first
  check.ok(last - first < 1)
end)

check.test("isatty takes files and file numbers", function()
  local file = io.tmpfile()
  check.equal(core.isatty(file), false)
  check.equal(type(core.isatty(io.stdout)), "boolean")
  check.equal(core.isatty(io.stderr), core.isatty(2))
  check.equal(core.isatty(-1), false)
  check.equal(core.isatty(1 << 40), false)
  file:close()
  check.fails(function() core.isatty(file) end, "the file is closed")
  check.fails(function() core.isatty "stdout" end, "open file or file number")
  check.fails(function() core.isatty(1.5) end, "open file or file number")
end)

check.test("the guard says what it was", function()
  check.equal(core.interrupted(), false)
  check.equal(core.guard(true), false)
  check.equal(core.guard(true), true)
  check.equal(core.interrupted(), false)
  check.equal(core.guard(false), true)
  check.equal(core.guard(false), false)
  check.fails(function() core.guard() end, "boolean expected")
end)

check.test("Ctrl-C is a flag under the guard and an error without it", function()
  core.guard(true)
  core.debug.interrupt()
  check.equal(core.interrupted(), true)
  core.guard(false)
  check.equal(core.interrupted(), false)
  check.fails(function() core.debug.interrupt() end, "interrupted$")
  core.guard(true)
  core.debug.interrupt()
  check.fails(function() core.debug.interrupt() end, "interrupted$")
  check.equal(core.interrupted(), false)
  core.guard(false)
end)

check.test("allocations fail on request", function()
  core.debug.fail_after(1)
  local ok, message = pcall(core.zeros, 10)
  core.debug.fail_after(0)
  check.ok(not ok and message:find "memory")
  check.ok(pcall(core.zeros, 10))
  core.debug.lua_fail_after(1)
  ok, message = pcall(string.rep, "x", 100000)
  core.debug.lua_fail_after(0)
  check.ok(not ok and message == "not enough memory")
  check.fails(function() core.debug.fail_after(-1) end, "expected 0 or more")
end)

check.done()
