-- Listing and making folders.
local core = require "modsync.core"
local check = require "tests.support.check"

local base = check.scratch "folder-test"

check.test("makes a folder with its parents, and again is fine", function()
  check.equal(core.mkdir(base .. "/a/b"), true)
  check.equal(core.mkdir(base .. "/a/b/"), true)
  check.equal(core.listdir(base .. "/a"), { "b" })
end)

check.test("lists names in order, without . and ..", function()
  for _, name in ipairs { "z", "x", "y" } do
    check.ok(io.open(base .. "/a/b/" .. name, "w")):close()
  end
  check.equal(core.listdir(base .. "/a/b"), { "x", "y", "z" })
  for _, name in ipairs { "x", "y", "z" } do os.remove(base .. "/a/b/" .. name) end
  check.equal(core.listdir(base .. "/a/b"), {})
end)

check.test("what cannot be done is an outcome", function()
  check.refuses("cannot list '.*/none': No such file", core.listdir(base .. "/none"))
  check.ok(io.open(base .. "/file", "w")):close()
  check.refuses("cannot make the folder '.*/file'", core.mkdir(base .. "/file/below"))
  local _, _, code = core.listdir(base .. "/file")
  check.equal(code, "io")
  os.remove(base .. "/file")
end)

for _, path in ipairs { "/a/b", "/a", "" } do os.remove(base .. path) end
check.done()
