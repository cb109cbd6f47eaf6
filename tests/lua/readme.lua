-- The code in the README runs, in small, and its commands are those of the program.
local ms = require "modsync"
local check = require "tests.support.check"
local fenced = require "tests.support.fenced"

local checkpoint = check.scratch "readme.npz"
local blocks = fenced.blocks("README.md", "lua")

--- A block with fewer steps, points and units.
local function run(block)
  local text = block.text:gsub("20000", "12"):gsub("step %% 500", "step %% 5")
    :gsub("width = %d+", "width = 8"):gsub("%d%d%d+", { ["1280"] = "64", ["128"] = "32" })
    :gsub('"run.npz"', ("%q"):format(checkpoint))
  return fenced.run("README.md", block, text, { ms = ms })
end

check.test("the problem", function()
  check.equal(run(blocks[1]).name, "helmholtz")
  check.equal(#blocks, 5)
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
end)

check.test("a checkpoint that is not there says so, in the README's way", function()
  for _, path in ipairs { "README.md", "lua/modsync/README.md" } do
    local file = check.ok(io.open(path))
    for head in file:read "a":gmatch "([^\n]*)ms%.load%W" do
      check.ok(head:find "assert%($", path .. ": ms.load without assert")
    end
    file:close()
  end
  check.fails(function() assert(ms.load "nosuch.npz"):resume() end,
    "cannot read 'nosuch.npz': No such file")
end)

check.test("weightings and diagnostics", function()
  local _, printed = run(blocks[5])
  check.equal(#printed, 3)
  check.ok(printed[1][2] > 0 and printed[1][2] <= 1)
  check.ok(tostring(printed[3][1]):find "samples")
end)

check.test("the checkpoint holds what the Python reads", function()
  local contents = ms.npz_read(checkpoint)
  local python = fenced.blocks("README.md", "python")[1].text
  local count = 0
  for name in python:gmatch 'file%["(.-)"%]' do
    check.ok(contents[name], name)
    count = count + 1
  end
  check.ok(count >= 4)
  os.remove(checkpoint)
end)

check.test("a method of one's own", function()
  run(blocks[4])
  local cf = ms.conflict.running_mean { keep = 0.5 }
  local G = ms.tensor { { 1, 2 }, { 3, 6 } }
  check.near(cf(G), { 2, 4 }, 1e-15)
  check.near(cf(G * 2), { 3, 6 }, 1e-15)
end)

check.test("every option of modsync train that the documents name is one", function()
  local pipe = check.ok(io.popen(("%q train --help"):format(arg[-1])))
  local help, count = pipe:read "a", 0
  pipe:close()
  for _, path in ipairs { "README.md", "lua/modsync/README.md", "src/app/modsync.1" } do
    for line in check.ok(io.open(path)):lines() do
      local command = line:gsub("\\", ""):match "modsync train(.*)$"
      for option in (command or ""):gmatch "%-%-([%a-]+)" do
        check.ok(help:find("--" .. option, 1, true), path .. " has --" .. option)
        count = count + 1
      end
    end
  end
  check.ok(count > 5)
end)

check.done()
