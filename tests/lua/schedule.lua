-- Learning-rate schedules against their closed forms.
local ms = require "modsync"
local check = require "tests.support.check"

check.test("constant is the same in every step", function()
  local s = ms.schedule.constant { from = 0.25 }
  check.equal(s(1), 0.25)
  check.equal(s(100000), 0.25)
end)

check.test("step multiplies by the factor every so many steps", function()
  local s = ms.schedule.step { from = 2e-3, factor = 0.5, every = 10 }
  for step = 1, 45 do
    check.near(s(step), 2e-3 * 0.5 ^ math.floor((step - 1) / 10), 1e-18)
  end
  check.equal(s(10), 2e-3)
  check.equal(s(11), 1e-3)
end)

check.test("cosine goes from one rate to the other and stays", function()
  local s = ms.schedule.cosine { from = 1e-3, to = 1e-5, steps = 101 }
  check.equal(s(1), 1e-3)
  check.near(s(51), (1e-3 + 1e-5) / 2, 1e-15)
  check.near(s(26), 1e-5 + (1e-3 - 1e-5) * (1 + math.sqrt(0.5)) / 2, 1e-15)
  check.equal(s(101), 1e-5)
  check.equal(s(500), 1e-5)
end)

check.test("cosine warms up linearly", function()
  local s = ms.schedule.cosine { from = 1, to = 0, steps = 20, warmup = 4 }
  for step = 1, 4 do check.near(s(step), step / 4, 1e-15) end
  check.equal(s(5), 1)
  for step = 6, 20 do check.equal(s(step) < s(step - 1), true) end
  check.equal(s(20), 0)
end)

check.test("cosine takes its length from the run, if it has none of its own", function()
  local s = ms.schedule.cosine { from = 1, to = 0.5 }
  check.fails(function() s(1) end, "needs 'steps'")
  s:plan(11)
  check.equal(s(11), 0.5)
  check.equal(s:options().steps, nil) -- the run's length, not an option of its own
  s:plan(1001)
  check.near(s(501), 0.75, 1e-15)
  local own = ms.schedule.cosine { from = 1, to = 0.5, steps = 11 }
  own:plan(1001)
  check.equal(own(11), 0.5)
  check.equal(own:options().steps, 11)
end)

check.test("wrong options are named", function()
  check.fails(function() ms.schedule.step { every = 0 } end, "'every' of 'step' is 0")
  check.fails(function() ms.schedule.step { evry = 1 } end, "no option 'evry'")
  check.fails(function() ms.schedule.stair {} end, "unknown schedule 'stair'.*cosine")
end)

check.test("where rate returns no rate, the schedule and the step are named", function()
  for _, case in ipairs { { nil, "nil" }, { -1, "%-1" }, { 0 / 0, "nan" },
    { math.huge, "inf" }, { "fast", '"fast"' } } do
    local function rate(step)
      if step == 3 then return case[1] end
      return 1e-3
    end
    local text = check.fails(function()
      ms.train { problem = "poisson", net = { width = 4, depth = 2 }, steps = 4,
        losses = { residual = 8, boundary = 8 }, report = false,
        schedule = { name = "own", rate = rate } }
    end, "schedule 'own': rate returned " .. case[2]
      .. " for step 3; expected a finite number, 0 or more")
    check.ok(text:find "^tests/lua/schedule.lua:%d+: ", text)
  end
  check.equal(ms.registry.resolve("schedule", function() return 0 end)(1), 0)
end)

check.done()
