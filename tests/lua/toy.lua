-- The planted modular network: its figures at the start, who leaves it, and the dose.
local ms = require "modsync"
local check = require "tests.support.check"

local planted = dofile "scripts/toy/planted.lua"
local rounds = "period=20,batches=8"

local function run(settings)
  settings.conflict, settings.steps = settings.conflict or "dcgd", settings.steps or 500
  return planted.run(settings)
end

check.test("the figures of the plant are exact", function()
  local problem = planted.problem()
  local L = problem:losses(planted.net(problem))
  local values, G = L:gradients()
  check.equal(values:totable(), { planted.floor, planted.floor })
  check.equal(G:norm(), 0)
  check.equal(planted.figures(L), { tv = 1, overlap = 0, coupling = 0, density = 0.25,
    excess = 0 })
  local square = ms.importance.square { tasks = "two", batches = 8, source = "train" }(L)
  check.equal(ms.modularity.exclusivity(square, L.net, { live = false }).value, 1)
end)

check.test("training alone stays, also from beside the plant", function()
  for _, conflict in ipairs { "dcgd", "pcgrad", "config", "sum" } do
    check.equal(run { conflict = conflict, steps = 50 }.tv, 1, conflict)
  end
  local beside = run { jitter = 1e-2 }
  check.ok(beside.tv > 0.99 and beside.excess < 1e-3, "exclusivity " .. beside.tv)
end)

check.test("the treatments leave", function()
  local g, _, peak = run { prune = "modsync-g", steps = 800 }
  check.ok(g.tv < 0.8 and g.excess < 1e-3, "modsync-g: exclusivity " .. g.tv)
  check.ok(peak > 0.1, "drawn gates disturb")
  local m = run { prune = "modsync-m:density=0.25,budget=1," .. rounds }
  check.ok(m.tv < 0.5, "modsync-m: exclusivity " .. m.tv)
  check.equal(m.density, 0.25)
  local magnitude = run { prune = "magnitude:density=0.25," .. rounds }
  check.equal(magnitude.tv, 1, "magnitude at the same density")
  local p = run { prune = "modsync-p:" .. rounds }
  check.ok(p.tv < 0.8 and p.excess < 1e-3, "modsync-p: exclusivity " .. p.tv)
  check.equal(run { prune = "modsync-p:score=reversed," .. rounds }.tv, 1,
    "nothing is shared that reversed scores could pull")
end)

check.test("exclusivity falls with the dose", function()
  local before = 1
  for _, dose in ipairs { 0.03, 0.1, 0.3, 1 } do
    local now = run { prune = ("modsync-p:strength=%g,%s"):format(dose, rounds) }.tv
    check.ok(now < before, ("%g after %g"):format(now, before))
    before = now
  end
end)

check.test("the script prints both tables", function()
  local out = check.scratch "toy.txt"
  local command = "'%s' scripts/toy.lua --quick --steps 20 > '%s' 2>&1"
  check.ok(os.execute(command:format(arg[-1], out)))
  local file = check.ok(io.open(out))
  local text = file:read "a"
  file:close()
  for _, line in ipairs { "\nstart +1.000 +0.000 +0.000 +0.250 +0.0e%+00 +0.0e%+00\n",
    "\ndcgd +1.000.*stays\n", "\nmodsync%-m:density=0.25,budget=1 ",
    "\nE3: strength of modsync%-p\n.*\n3 " } do
    check.ok(text:find(line), line .. " in\n" .. text)
  end
  check.ok(not os.execute(command:format(arg[-1], out):gsub("%-%-quick", "--fast")))
  os.remove(out)
end)

check.done()
