-- Checkpoints: a resumed run equals an unbroken one, byte for byte.
local ms = require "modsync"
local check = require "tests.support.check"

local function bytes(path)
  local file = check.ok(io.open(path, "rb"))
  local content = file:read "a"
  file:close()
  return content
end

local a, b = check.scratch "resume-a.npz", check.scratch "resume-b.npz"

local function settings(more)
  local all = {
    problem = "helmholtz", net = { width = 10, depth = 3 },
    losses = { residual = 64, boundary = 32 }, steps = 60, seed = 11, report = false,
    optimizer = "adam:weight_decay=0.001", conflict = "dcgd:variant=average",
    prune = { name = "modsync", strength = 3, period = 8, batches = 3, start = 0.1 },
    schedule = { name = "cosine", from = 3e-3, to = 1e-4, warmup = 5 },
    history = { every = 7 },
  }
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

--- An unbroken run in file a; one that was stopped, saved, loaded and resumed in file b.
local function compare(make, stop, given)
  local unbroken = ms.train(make())
  check.ok(unbroken:save(a))
  local broken = make()
  broken.callback = function(_, step) if step == stop then return false end end
  check.ok(ms.train(broken):save(b))
  local run = check.ok(ms.load(b, given and given()))
  check.equal(run.step, stop)
  check.equal(run:resume({ report = false }).stopped, "finished")
  check.ok(ms.save(run, b))
  check.equal(bytes(a) == bytes(b), true)
  return unbroken, run
end

check.test("resumed in the middle of everything", function()
  for _, stop in ipairs { 1, 7, 23, 48, 59 } do compare(settings, stop) end
end)

check.test("the same run twice gives the same file", function()
  check.ok(ms.train(settings()):save(a))
  check.ok(ms.train(settings()):save(b))
  check.equal(bytes(a) == bytes(b), true)
  check.ok(ms.train(settings { seed = 12 }):save(b))
  check.equal(bytes(a) == bytes(b), false)
end)

check.test("every optimizer and conflict method", function()
  for optimizer in pairs(ms.optim) do
    compare(function() return settings { optimizer = optimizer } end, 20)
  end
  for conflict in pairs(ms.conflict) do
    compare(function() return settings { conflict = conflict } end, 20)
  end
end)

check.test("every weighting, with groups, warm-up and realigned steps", function()
  for weighting in pairs(ms.weighting) do
    local text = "upgrad:weighting=" .. weighting
    if weighting == "dwa" then text = text .. "(epoch=3)" end
    if weighting == "relobralo" then text = text .. "(rho=0.5,alpha=0.9)" end
    if weighting == "causal" then text = text .. "(time=y)" end
    local points = weighting == "self-adaptive" or weighting == "rba"
    for _, stop in ipairs { 3, 20 } do
      compare(function()
        return settings { conflict = text .. ",delay=10,realign=true", steps = 30,
          losses = { residual = 64, boundary = 32, redraw = points and 0 or 1 } }
      end, stop)
    end
  end
  compare(function()
    return settings { conflict = { name = "pcgrad", groups = { { 1, 2 } } }, steps = 30 }
  end, 11)
end)

check.test("every measure of conflict", function()
  local _, run = compare(function()
    return settings { diagnose = true, conflict = "dcgd:weighting=lra" }
  end, 20)
  check.ok(run.history["conflict.share"] and run.history["align.inter"])
  check.equal(run.diagnose, true)
  compare(function()
    return settings { diagnose = { "conflict", "update" } }
  end, 31)
  _, run = compare(function()
    return settings { diagnose = "modularity" }
  end, 20)
  check.ok(run.history["modular.tv"][1] > 0)
end)

check.test("held-out points", function()
  local _, run = compare(function()
    return settings { holdout = { batches = 4, seed = 9 } }
  end, 20)
  check.equal(run.wants_holdout, { batches = 4, seed = 9 })
  check.equal(#run.history["held.tv"], #run.history.step)
end)

check.test("a weighting without a name is passed again", function()
  local function twice(values) return values * 0 + 2 end
  local function make() return ms.conflict.sum { weighting = twice } end
  compare(function() return settings { conflict = make() } end, 20, function()
    return { conflict = make() }
  end)
  check.refuses("made with the conflict method 'sum', which is not registered here",
    ms.load(b))
end)

check.test("fixed points, rarely redrawn points, another sampler", function()
  for _, losses in ipairs {
    { residual = 64, boundary = 32, redraw = 0 },
    { residual = 64, boundary = 32, redraw = 7, sampler = "sobol" },
    { terms = { residual = { points = 50, sampler = "lhs", redraw = 3 } } },
  } do
    local unbroken = compare(function() return settings { losses = losses } end, 20)
    check.equal(unbroken.step, 60)
  end
end)

check.test("history and measures come back", function()
  local unbroken, run = compare(settings, 30)
  check.equal(run.history, unbroken.history)
  check.equal(math.type(run.history.step[1]), "integer")
  check.equal(run.rel_l2.u, unbroken.rel_l2.u)
  check.equal(run.optimizer:lr(), unbroken.optimizer:lr())
end)

check.test("state of a method in Lua", function()
  ms.register {
    family = "conflict", name = "heavy", summary = "The sum, with memory.",
    options = { { name = "keep", type = "number", default = 0.5, min = 0, max = 1 } },
    combine = function(G, _, state, options)
      local sum = G:sum(1)
      state.mean = state.mean and state.mean * options.keep + sum or sum
      state.calls = (state.calls or 0) + 1
      state.share = state.calls / 3
      state.note = "call " .. state.calls
      return state.mean
    end,
  }
  local _, run = compare(function()
    return settings { conflict = "heavy:keep=0.25" }
  end, 13)
  check.equal(run.conflict:options().keep, 0.25)
  check.equal(run.conflict:state().calls, 60)
  check.equal(run.conflict:state().note, "call 60")
end)

local function in_a_script()
  return ms.problem {
    name = "bump", coords = { "x" }, fields = { "u" }, domain = ms.box { x = { 0, 1 } },
    terms = {
      { name = "residual", on = "interior", points = 30, expr = function(s)
        return s.u_xx + 1
      end },
      { name = "ends", on = "boundary", points = 2, expr = function(s) return s.u end },
    },
  }
end

check.test("a problem and methods without a name are passed again", function()
  local function mean(G) return G:mean(1) end
  local function rate(step) return 1e-2 / step end
  local function make()
    return settings { problem = in_a_script(), losses = {}, conflict = mean,
      schedule = rate }
  end
  local function given()
    return { problem = in_a_script(), conflict = mean, schedule = rate }
  end
  compare(make, 20, given)
  check.refuses("the problem 'bump', which was not read from a file", ms.load(b))
  check.refuses("made with the conflict method 'unnamed', which is not registered here",
    ms.load(b, { problem = in_a_script(), schedule = rate }))
end)

check.test("a problem's file is found by its path, and a change mentioned", function()
  local path = check.scratch "resume-problem.lua"
  local function write(text)
    local file = check.ok(io.open(path, "w"))
    file:write(text)
    file:close()
  end
  local text = [[
    local ms = require "modsync"
    return ms.problem {
      name = "line", coords = { "x" }, fields = { "u" }, domain = ms.box { x = { 0, 1 } },
      terms = {
        { name = "residual", on = "interior", points = 20,
          expr = function(s) return s.u_x end },
        { name = "left", on = "x=0", points = 1, expr = function(s) return s.u - 1 end },
      },
    }]]
  write(text)
  compare(function() return settings { problem = path, losses = {} } end, 10)
  write(text .. " -- changed")
  local log = check.scratch "resume-log.txt"
  local program = "local ms = require 'modsync'; assert(ms.load(arg[1]))"
  local script = check.scratch "resume-load.lua"
  local file = check.ok(io.open(script, "w"))
  file:write(program)
  file:close()
  os.execute(("'%s' '%s' '%s' 2> '%s'"):format(arg[-1], script, b, log))
  check.ok(bytes(log):find("has changed since", 1, true), bytes(log))
  for _, name in ipairs { path, log, script } do os.remove(name) end
end)

check.test("training may go on for longer than planned", function()
  local run = ms.train(settings { steps = 20 })
  check.ok(run:save(b))
  run = check.ok(ms.load(b)):resume { steps = 30, report = false }
  check.equal(run.step, 30)
  check.equal(run.optimizer:lr(), 1e-4)
end)

check.test("a rate that was set by hand is kept", function()
  local function slow_down(run, step)
    if step == 5 then run.optimizer:lr(2.5e-4) end
  end
  local run = ms.train(settings { steps = 9, schedule = false, callback = slow_down })
  check.ok(run:save(b))
  check.equal(check.ok(ms.load(b)).optimizer:lr(), 2.5e-4)
end)

check.test("files that are no checkpoints are refused in one sentence", function()
  check.refuses("resume%-none.npz", ms.load(check.scratch "resume-none.npz"))
  check.ok(ms.npz_write(b, { { "x", ms.ones(3) } }))
  local _, message, code = ms.load(b)
  check.equal(message, b .. " is not a checkpoint of modsync")
  check.equal(code, "format")
  check.ok(ms.npz_write(b, { { "manifest", ms.json.encode {
    format = "modsync checkpoint", version = 99 } } }))
  check.refuses("version 99; this program reads version 1", ms.load(b))
  check.ok(ms.npz_write(b, { { "manifest", "{ not json" } }))
  check.refuses("is not a checkpoint of modsync", ms.load(b))
  -- cut short
  check.ok(ms.train(settings { steps = 2 }):save(a))
  local whole = bytes(a)
  for _, share in ipairs { 0, 0.3, 0.9, 0.999 } do
    local file = check.ok(io.open(b, "wb"))
    file:write(whole:sub(1, math.floor(share * #whole)))
    file:close()
    check.refuses("resume%-b.npz", ms.load(b))
  end
end)

--- Write b, a checkpoint in which change(name, value) stands for each value.
local function changed(change)
  local contents, order = ms.npz_read(a)
  local entries = {}
  for _, name in ipairs(order) do
    entries[#entries + 1] = { name, change(name, contents[name]) }
  end
  check.ok(ms.npz_write(b, entries))
end

check.test("a checkpoint of another shape is refused", function()
  check.ok(ms.train(settings { steps = 2 }):save(a))
  local function reshaped(wanted)
    changed(function(name, value) return name == wanted and ms.zeros(3, 3) or value end)
    return ms.load(b)
  end
  check.refuses("array params/W2 is missing or not 10 x 10", reshaped "params/W2")
  local _, message, code = reshaped "losses/points.residual"
  check.ok(message:find(b .. " does not fit the run: tensor 'copy_': shape 3x3", 1, true),
    message)
  check.equal(code, "format")
end)

check.test("a manifest without one of its entries is refused", function()
  check.ok(ms.train(settings { steps = 2 }):save(a))
  local manifest = ms.json.decode(ms.npz_read(a).manifest)
  for _, key in ipairs { "step", "seed", "lr", "problem", "net", "state", "threads" } do
    local rest = {}
    for name, value in pairs(manifest) do rest[name] = name ~= key and value or nil end
    changed(function(name, value)
      return name == "manifest" and ms.json.encode(rest) or value
    end)
    check.refuses(("resume%%-b.npz is damaged: its manifest has no '%s'"):format(key),
      ms.load(b))
  end
end)

check.test("a problem that has moved is passed", function()
  local here, there = check.scratch "here.lua", check.scratch "there.lua"
  local function write(path)
    local file = check.ok(io.open(path, "w"))
    file:write([[local ms = require "modsync"
return ms.problem { name = "moved", coords = { "x" }, fields = { "u" },
  domain = ms.box { x = { 0, 1 } },
  terms = { { name = "r", on = "interior", expr = function(s) return s.u_x end } } }
]])
    file:close()
  end
  write(here)
  check.ok(ms.train { problem = here, net = { width = 3 }, steps = 2 }:save(a))
  os.remove(here)
  check.refuses("there is no problem file \".*here.lua\"; pass the problem", ms.load(a))
  write(there)
  check.equal(check.ok(ms.load(a, { problem = there })).step, 2)
  check.ok(ms.train { problem = "helmholtz", net = { width = 3 }, steps = 1 }:save(a))
  check.refuses("made with the problem 'helmholtz', not with 'burgers'",
    ms.load(a, { problem = "burgers" }))
  os.remove(there)
end)

os.remove(a)
os.remove(b)
check.done()
