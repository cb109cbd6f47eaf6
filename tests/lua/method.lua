-- The userdata "modsync.method": options, state, groups, names, closing.

local check = require "tests.support.check"
local core = require "modsync.core"

local G = core.tensor { { 2, 0 }, { -1, 0.5 } }

local function alive()
  collectgarbage()
  collectgarbage()
  return core.debug.live_blocks()
end

check.test("making one", function()
  local m = core.method("conflict", "dcgd", { variant = "average" })
  check.equal(m:options(), { variant = "average" })
  check.near(m(G), { 0.2, 0.65 }, 1e-6)
  check.near(core.method("conflict", "dcgd", nil)(G), { 0.164590, 0.697214 }, 1e-6)
  check.fails(function() core.method("conflicts", "dcgd") end,
    "invalid option 'conflicts'")
  check.fails(function() core.method("conflict", "dgcd") end,
    "the family 'conflict' has no method 'dgcd'; it has .*dcgd")
  check.fails(function() core.method("conflict", "dcgd", 3) end, "table expected")
  check.fails(function() core.method("conflict", "dcgd", { "center" }) end,
    "conflict dcgd: options: 1 is no name of an option")
  check.fails(function() core.method("conflict", "dcgd", { variant = "centre" }) end,
    "'variant' is 'centre'; expected one of center, projection, average")
end)

check.test("errors carry the position of the caller", function()
  local sum = core.method("conflict", "sum")
  local text = check.fails(function() sum(3) end, "combine: expected")
  check.ok(text:find "^tests/lua/method.lua:%d+: conflict sum: ", text)
end)

check.test("types of options", function()
  local options = core.method("prune", "modsync-p", { draws = 64.0, seed = 7 }):options()
  check.equal(math.type(options.draws), "integer")
  check.equal(options.seed, 7)
  check.equal(math.type(options.strength), "float")
  check.equal(core.method("optimizer", "adam"):options().decoupled, true)
end)

check.test("tostring", function()
  check.equal(tostring(core.method("conflict", "sum")), "conflict sum")
  local dcgd = core.method("conflict", "dcgd")
  check.equal(tostring(dcgd), "conflict dcgd { variant = center }")
  local sgd = core.method("optimizer", "sgd", { lr = 0.5, nesterov = true })
  check.equal(tostring(sgd),
    "optimizer sgd { lr = 0.5, momentum = 0.0, nesterov = true, weight_decay = 0.0 }")
end)

check.test("the state is live, and outlives the method", function()
  local opt = core.method("optimizer", "sgd", { momentum = 0.5, lr = 1 })
  local x = core.zeros(2)
  check.equal(opt:state(), {})
  opt:step(x, core.ones(2))
  local velocity = opt:state().velocity
  check.equal(velocity:totable(), { 1, 1 })
  opt:step(x, core.ones(2))
  check.equal(velocity:totable(), { 1.5, 1.5 })
  velocity:fill_(0)
  opt:step(x, core.ones(2))
  check.equal(x:totable(), { -3.5, -3.5 })
  opt = nil
  collectgarbage()
  collectgarbage()
  check.equal(velocity:totable(), { 1, 1 })
end)

check.test("restoring", function()
  local opt, x = core.method("optimizer", "adam"), core.zeros(3)
  opt:step(x, core.ones(3))
  local saved = opt:state()
  local function refused(change, pattern)
    local table = { m = saved.m, v = saved.v, t = saved.t }
    for key, value in pairs(change) do table[key] = value or nil end
    check.fails(function() core.method("optimizer", "adam"):restore(table) end,
      "optimizer adam: " .. pattern)
  end
  refused({ m = false }, "restore: state 'm' is nil, expected a contiguous tensor")
  refused({ m = 3 }, "restore: state 'm' is 3, expected")
  refused({ n = saved.m }, "restore: it has no state 'n'")
  refused({ [1] = saved.m }, "restore: it has no state 1")
  refused({ m = core.ones(4) }, "3 parameters, expected 4 as before")
  refused({ m = core.ones(3, 3) }, "state 'm' has 2 axes, expected 1")
  refused({ m = core.ones(3, 3):select(2, 1) }, "restore: state 'm' is a tensor of shape")
  local fresh = core.method("optimizer", "adam")
  check.fails(function() fresh:restore { m = core.ones(4), v = saved.v, t = saved.t } end,
    "as before")
  fresh:restore(saved)
  check.equal(fresh:state().t[1], 1)
  check.ok(fresh:state().m == saved.m)
  fresh:state().m:fill_(5)
  check.ok(saved.m[1] ~= 5, "restore copies")
  fresh:restore(fresh:state())
  check.equal(fresh:state().m[1], 5)
  fresh:restore {}
  check.equal(fresh:state().t[1], 0)
end)

check.test("groups", function()
  local dcgd = core.method("conflict", "dcgd")
  check.equal(dcgd:groups(), nil)
  dcgd:groups { 1, 0, 1 }
  check.equal(dcgd:groups(), { 1, 0, 1 })
  local rows = core.tensor { { 0.5, 0.5 }, { 2, 0 }, { -1.5, 0 } }
  check.near(dcgd(rows), { 0.164590, 0.697214 }, 1e-6)
  local w = dcgd:weights()
  check.ok(w[1] == w[3] and w[1] ~= w[2])
  local wrong = core.method("conflict", "dcgd")
  check.fails(function() wrong:groups { 0, 1, 2 } end,
    "groups: 3 groups, expected at most 2")
  check.fails(function() wrong:groups { 0, 2 } end, "groups: no term is in group 1")
  check.fails(function() wrong:groups { 0, 0.5 } end,
    "term 2 is in group 0.5, expected a whole")
  check.fails(function() wrong:groups { 0, "1" } end, "term 2 is in group '1'")
  check.fails(function() wrong:groups { 0, -1 } end, "term 2 is in group %-1")
  check.fails(function() wrong:groups {} end, "no loss terms")
  check.fails(function() dcgd:groups { 0, 1 } end, "2 loss terms, expected 3 as before")
  local config = core.method("conflict", "config")
  config:groups { 0, 1, 1 }
  config(rows)
  local both = 0.5 + 0.5 ^ 0.5 -- the norms of the tasks, added
  check.near(config:weights(), { both / 2 / 0.5 ^ 0.5, both, both }, 1e-12)
  check.equal(core.method("prune", "modsync-p"):groups { 0, 1, 2 }, nil)
end)

check.test("promises", function()
  local center = core.method("conflict", "dcgd"):promises(2)
  local average = core.method("conflict", "dcgd", { variant = "average" }):promises(2)
  check.ok(center.EP and not average.EP and average.NC)
  local config = core.method("conflict", "config")
  check.ok(config:promises(3, true).EP and config:promises(2).EP)
  check.ok(not config:promises(3).EP)
  for name in pairs(center) do check.ok(core.promises()[name], name) end
  check.fails(function() config:promises(0) end, "at least one task")
end)

check.test("closing", function()
  local before = alive()
  local m = core.method("conflict", "config")
  m(core.ones(3, 40))
  check.ok(alive() > before)
  m:close()
  m:close()
  check.equal(alive(), before)
  check.equal(tostring(m), "closed method")
  check.fails(function() m(G) end, "the method is closed")
  check.fails(function() m:options() end, "the method is closed")
  do
    local opt <close> = core.method("optimizer", "adam")
    opt:step(core.zeros(5), core.zeros(5))
  end
  check.equal(alive(), before)
end)

check.test("methods of a family belong to that family", function()
  local opt, cf = core.method("optimizer", "adam"), core.method("conflict", "sum")
  check.fails(function() opt(G) end,
    "optimizer adam: call: only methods of the family 'conflict'")
  check.fails(function() cf:step() end,
    "conflict sum: step: only methods of the family 'optim")
  check.fails(function() cf:lr() end, "only methods of the family 'optimizer'")
  check.fails(function() cf:observe(G) end, "only methods of the family 'prune'")
  check.fails(function() opt.step(cf) end, "only methods of the family")
  check.fails(function() opt.step(3) end, "modsync.method expected")
end)

check.test("records", function()
  local seen = {}
  for _, record in ipairs(core.records()) do
    local title = record.family .. " " .. record.name
    check.ok(not seen[title], title .. " twice")
    seen[title] = record
  end
  local variant = seen["conflict dcgd"].options[1]
  check.equal(variant, { name = "variant", type = "choice", default = "center",
    choices = { "center", "projection", "average" }, text = variant.text })
  local beta = seen["optimizer adam"].options[2]
  check.equal({ beta.name, beta.default, beta.min, beta.max, beta.below },
    { "beta1", 0.9, 0, 1, true })
  check.equal(seen["optimizer adam"].slots[3], { name = "t", shape = { "1" },
    text = seen["optimizer adam"].slots[3].text })
  check.equal(seen["prune modsync-p"].slots[1].shape, { "T", "S" })
end)

check.done()
