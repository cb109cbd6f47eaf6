-- The Lua of the README runs, in small.
local ms = require "modsync"
local check = require "tests.support.check"

local file = check.ok(io.open("README.md"))
local text = file:read "a"
file:close()

local checkpoint = check.scratch "readme.npz"
local blocks = {}
for block in text:gmatch("```lua\n(.-)```") do
  blocks[#blocks + 1] = block:gsub("20000", "12"):gsub("step %% 500", "step %% 5")
    :gsub("width = %d+", "width = 8"):gsub("%d%d%d+", { ["1280"] = "64", ["128"] = "32" })
    :gsub('"run.npz"', ("%q"):format(checkpoint))
end

--- Runs a block; what it prints is returned after its results.
local function run(block)
  local printed = {}
  local names = setmetatable({
    ms = ms,
    print = function(...) printed[#printed + 1] = table.pack(...) end,
  }, { __index = _G })
  return check.ok(load(block, "=README.md", "t", names))(), printed
end

check.test("the problem", function()
  check.equal(run(blocks[1]).name, "helmholtz")
  check.equal(#blocks, 4)
end)

check.test("the loop", function()
  local _, printed = run(blocks[2])
  check.equal(#printed, 2)
  check.equal(printed[1][1], 5)
  check.ok(printed[1][3] > 0)
end)

check.test("ms.train", function()
  local _, printed = run(blocks[3])
  check.equal(printed[1][1], "finished")
  check.equal(ms.load(checkpoint).step, 12)
  os.remove(checkpoint)
end)

check.test("a method of one's own", function()
  run(blocks[4])
  local cf = ms.conflict.running_mean { keep = 0.5 }
  local G = ms.tensor { { 1, 2 }, { 3, 6 } }
  check.near(cf(G), { 2, 4 }, 1e-15)
  check.near(cf(G * 2), { 3, 6 }, 1e-15)
end)

check.done()
