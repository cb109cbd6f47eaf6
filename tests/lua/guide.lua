-- The code in lua/modsync/README.md runs, in small.
local ms = require "modsync"
local check = require "tests.support.check"
local fenced = require "tests.support.fenced"

local path = "lua/modsync/README.md"
local blocks = fenced.blocks(path, "lua")
local files = { "poisson.npz", "poisson.svg", "fields.svg", "near.csv", "widths.lua",
  "runs/widths" }

--- A block with fewer steps, which writes to the scratch folder.
local function run(block)
  local text = block.text:gsub("2000", "20"):gsub("3000", "30"):gsub("500", "5")
    :gsub("every = 100", "every = 2"):gsub("step %% 200", "step %% 5")
    :gsub("rewind = 100", "rewind = 2")
  for _, file in ipairs(files) do
    local place = ("%q"):format(check.scratch("guide-" .. file))
    text = text:gsub(('"%s"'):format(file), place)
  end
  return select(2, fenced.run(path, block, text))
end

local function size(file)
  local handle = check.ok(io.open(check.scratch("guide-" .. file)), file)
  local bytes = handle:seek "end"
  handle:close()
  return bytes
end

check.test("training by hand", function()
  local printed = run(blocks[1])
  check.equal(#printed, 4)
  check.equal({ printed[4][1], printed[4][2]:size() }, { 20, 2 })
  check.ok(printed[4][3] > 0)
end)

check.test("ms.train, its history, and going on", function()
  local printed = run(blocks[2])
  check.equal({ printed[1][1], printed[1][2] }, { "finished", 20 })
  run(blocks[3])
  check.ok(size "poisson.svg" > 1000)
  local history = ms.load(check.scratch "guide-poisson.npz").history
  check.equal(#history.step, 11)
end)

check.test("fields", function()
  local printed = run(blocks[4])
  check.ok(printed[1][1]:find "\n")
  check.equal({ printed[2][1]:size(), printed[3][1]:size() }, { 2, 2 })
  check.ok(size "fields.svg" > 1000)
end)

check.test("gradients that disagree", function()
  local printed = run(blocks[5])
  check.equal(#printed, 3)
  check.ok(math.abs(printed[1][2]) <= 1)
  for k = 2, 3 do check.ok(printed[k][2] >= -1e-12, "dcgd goes along every gradient") end
end)

check.test("an optimizer of one's own", function()
  check.ok(run(blocks[6])[1][1] > 0)
  check.ok(ms.help.show("lion"):find("ms.optim.lion", 1, true))
end)

check.test("a network of one's own", function()
  local printed = run(blocks[7])
  check.ok(tostring(printed[1][1]):find "all right")
  check.ok(printed[2][1] > 0)
end)

check.test("measurements and unknown coefficients", function()
  local printed = run(blocks[8])
  check.near(printed[1][2], 1, 0.02)
  check.ok(printed[1][1] ~= printed[1][2])
end)

check.test("weights that follow the residuals", function()
  local printed = run(blocks[9])
  check.ok(printed[1][1] > 1)
  check.near(printed[1][2], 1, 1e-12)
end)

check.test("sweeps", function()
  local definition = blocks[10].text:gsub("500", "5")
  assert(ms.write_file(check.scratch "guide-widths.lua", definition))
  local printed = run(blocks[11])
  check.equal({ printed[1][1], printed[1][2], printed[1][3] }, { 12, 0, 0 })
  check.ok(printed[2][1]:find "geometric mean of losses.boundary")
  check.ok(printed[3][2] < printed[3][1] and printed[3][1] < printed[3][3])
  local out = check.scratch "guide-runs/widths"
  local found = ms.listdir(out)
  check.equal(found, { "cells.csv", "cells.jsonl", "error.svg", "loss.svg", "table-1.csv",
    "tables.md" })
  for _, name in ipairs(found) do os.remove(out .. "/" .. name) end
end)

check.test("tensors", function()
  local printed = run(blocks[12])
  check.ok(printed[1][1] > 0 and printed[1][2] == 2)
  check.ok(printed[2][1] < 1e-9)
  check.equal({ printed[3][1], printed[3][3] }, { nil, "singular" })
  check.near(printed[4][1], 0.25, 1e-12)
  check.equal(printed[5][1], true)
end)

check.test("modularity", function()
  local printed = run(blocks[13])
  local _, tv, _, null, _, excess = table.unpack(printed[1])
  check.near(excess, (tv - null) / (1 - null), 1e-12)
  check.near(printed[2][2], printed[2][4] * printed[2][6], 1e-9)
  check.equal({ #printed, printed[5][5] }, { 8, 20 })
end)

check.test("smaller networks", function()
  local printed = run(blocks[14])
  check.equal(printed[1][1]:match "^%d+ %d+ %d+$", printed[1][1])
  check.ok(printed[1][3] <= printed[1][2])
end)

check.test("lottery tickets", function()
  local printed = run(blocks[15])
  check.equal(#printed, 4)
  check.near(printed[4][1], 0.512, 1e-15)
  check.ok(printed[4][3] > 0)
end)

check.test("weights that are held at 0", function()
  local printed = run(blocks[16])
  for i, name in ipairs { "active", "magnitude", "random" } do
    check.equal({ printed[i][1], printed[i][2] }, { name, 24 * 24 })
  end
end)

check.test("penalties of what serves one task", function()
  local printed = run(blocks[17])
  check.ok(printed[1][1] > 0 and printed[1][2] > 0)
  check.ok(printed[1][3] > 0 and printed[1][4] > 0)
  check.ok(printed[2][2] >= 0 and printed[2][2] < 1)
end)

check.test("scores and policies of one's own", function()
  local printed = run(blocks[18])
  check.equal(printed[1][1], 1)
  check.ok(printed[1][2] > 0 and printed[1][2] <= 1)
  check.ok(printed[2][1].passed, tostring(printed[2][1]))
  check.equal(printed[3][1].stopped, "finished")
  check.equal(#blocks, 18)
end)

check.test("names that the text mentions are known to help", function()
  local text = check.ok(io.open(path)):read "a"
  local count = 0
  for name in text:gmatch "`%-%-help ([%w.]+)`" do
    check.ok(ms.help.show(name), name)
    count = count + 1
  end
  check.ok(count >= 5)
end)

for _, file in ipairs(files) do os.remove(check.scratch("guide-" .. file)) end
check.done()
