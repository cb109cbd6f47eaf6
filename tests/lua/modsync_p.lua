-- modsync-p in a training loop: its variants from a command line, scores in Lua, and
-- samples of single points.
local ms = require "modsync"
local check = require "tests.support.check"

local path = check.scratch "modsync_p.npz"
local often = "modsync-p:period=5,batches=3,strength=3,start=0,full=0.1,stop=0.75"

local function train(prune, more)
  local settings = {
    problem = "helmholtz", net = { width = 6, depth = 3 }, steps = 30, seed = 3,
    losses = { residual = 24, boundary = 12 }, report = false, prune = prune,
  }
  for name, value in pairs(more or {}) do settings[name] = value end
  return ms.train(settings)
end

local function stopped_at(step)
  return { callback = function(_, now) return now < step end }
end

--- Stopped, saved, loaded and resumed: the same parameters as in one go.
local function check_resume(wanted)
  local whole = train(wanted)
  check.ok(train(wanted, stopped_at(13)):save(path))
  local run = check.ok(ms.load(path))
  check.equal(run:resume({ report = false }).stopped, "finished")
  check.ok(run.net.theta == whole.net.theta, wanted)
  check.ok(run.prune:scores() == whole.prune:scores(), wanted)
  return whole
end

check.test("every variant and its control, resumed bit for bit", function()
  local seen = {}
  for _, variant in ipairs {
    "score=exclusive", "form=neuron", "importance=taylor", "importance=sensitivity",
    "importance=fisher", "importance=sign-aware", "index=entropy",
    "where=inert,threshold=0.5", "cone=true", "guard=0.9,form=neuron",
    "quantile=0.8,gamma=2", "source=train,importance=fisher",
    "importance=sensitivity,form=neuron,score=shuffled",
    "importance=fisher,score=reversed,dose=matched",
    "importance=sign-aware,form=neuron,score=uniform,dose=matched",
    "index=entropy,score=frozen,dose=matched,form=neuron",
  } do
    local run = check_resume(often .. "," .. variant)
    check.equal(run.stopped, "finished", variant)
    check.ok(run.prune:scores():max() > 0, variant .. ": nothing has a score")
    local key = ("%a"):format(run.net.theta:norm())
    check.ok(not seen[key], variant .. " is the same as " .. tostring(seen[key]))
    seen[key] = variant
  end
end)

check.test("no pull at strength 0, whatever is measured", function()
  local plain = train(nil).net.theta
  for _, variant in ipairs { "importance=sensitivity,form=neuron", "importance=fisher",
    "cone=true,importance=taylor", "where=inert,importance=sign-aware" } do
    local idle = train("modsync:strength=0,period=5,batches=3," .. variant)
    check.ok(idle.net.theta == plain, variant)
  end
end)

check.test("what is measured at single points has a source of points", function()
  check.fails(function() train "modsync:importance=fisher,source=batch" end,
    "importance = fisher is measured at single points: its source is fresh or train")
end)

--[[ scores in Lua ]]

check.test("a function as score", function()
  local seen = {}
  local function second(importance, model, state)
    check.equal(importance:shape(), { 2, 72 })
    check.equal(#model:hidden_blocks(), 2)
    state.calls, state.last = (state.calls or 0) + 1, importance:row(2):clone()
    seen[#seen + 1] = state.calls
    return importance:row(2) / importance:row(2):max()
  end
  local run = train { name = "modsync", period = 10, batches = 3, score = second }
  check.equal(seen, { 1, 2, 3 })
  check.near(run.prune:scores():max(), 1, 1e-15)
  local state = run.prune:state()
  check.equal(state["score.calls"], 3)
  check.ok(state["score.last"] == state.importance:row(2))
  check.ok(rawequal(run.prune:options().score, second))
  run.prune:reset()
  check.equal(run.prune:state()["score.calls"], nil)
end)

check.test("a named function is found by a checkpoint", function()
  function ms.scores.first(importance, _, state)
    state.calls = (state.calls or 0) + 1
    return importance:row(1) / importance:row(1):max()
  end
  local run = check_resume(often .. ",score=first")
  check.equal(run.prune:state()["score.calls"], 6)
  check.equal(run.prune:options().score, "first")
  check.ok(run:save(path))
  check.equal(check.ok(ms.load(path)).prune:state()["score.calls"], 6)
  local named = ms.scores.first
  ms.scores.first = nil
  check.refuses("option 'score' of 'modsync%-p' is \"first\"; expected one of exclusive"
    .. ".*or its name in ms.scores; or pass ms.load%(path, { prune = ...", ms.load(path))
  ms.scores.first = named
end)

check.test("a function without a name has to be passed", function()
  local function score(importance) return importance:row(1) * 0 + 0.5 end
  local function policy()
    return ms.prune.modsync { period = 5, batches = 3, strength = 3, score = score }
  end
  local whole = train(policy())
  check.ok(train(policy(), stopped_at(13)):save(path))
  check.refuses("pruning method 'modsync%-p' whose option score is a function, which no "
    .. "checkpoint holds: pass ms.load%(path, { prune = ...", ms.load(path))
  local run = check.ok(ms.load(path, { prune = policy() }))
  run:resume { report = false }
  check.ok(run.net.theta == whole.net.theta)
end)

check.test("a matched dose of a function", function()
  local plain = train(often .. ",strength=0").prune:scores()
  local sync = train({ name = "modsync", period = 5, batches = 3, start = 0, full = 0.1,
    strength = 0, dose = "matched", score = function(importance)
      return importance:row(1)
    end }).prune
  for block = 0, 1 do
    check.near(sync:scores():narrow(1, 36 * block + 1, 36):sum(),
      plain:narrow(1, 36 * block + 1, 36):sum(), 1e-12)
  end
  check.ok(sync:scores() ~= plain)
  local all = train({ name = "modsync", period = 5, batches = 3, strength = 0,
    dose = "matched", include = "all", score = function(importance)
      return importance:row(2)
    end }).prune
  check.equal(all:scores():size(), 12 + 72 + 6)
end)

check.test("what a score function may not do names its place", function()
  local function refused(score, pattern)
    local text = check.fails(function()
      train { name = "modsync", period = 5, batches = 2, score = score }
    end, pattern)
    check.ok(text:find "^tests/lua/modsync_p.lua", text)
    check.ok(text:find "score function at tests/lua/modsync_p.lua:%d", text)
  end
  refused(function() end, "returned nil; expected a tensor of 72 finite numbers")
  refused(function(I) return I end, "returned 144 numbers")
  refused(function(I) return I:row(1) * 0 - 1 end, "returned %-1 among them")
  refused(function(I) return I:row(1) / 0 end, "returned numbers that are not finite")
  check.fails(function()
    train { name = "modsync", period = 5, batches = 2, score = function(I)
      return I.nonsense.field
    end }
  end, "^tests/lua/modsync_p.lua:%d+: attempt to index")
  check.fails(function() ms.prune.modsync { score = 3 } end,
    "option 'score' of 'modsync%-p' is 3; expected one of exclusive, uniform")
  local kept = train { name = "modsync", period = 5, batches = 2,
    score = function(I, _, state)
      state.list = {}
      return I:row(1)
    end }
  check.fails(function() kept:save(path) end, "state 'list' of prune 'modsync%-p'")
end)

--[[ samples of single points ]]

local problem = ms.problem {
  name = "two", coords = { "t" }, fields = { "u" }, domain = ms.box { t = { 0, 1 } },
  terms = {
    { name = "residual", on = "interior", points = 9,
      expr = function(s) return s.u_t + s.u, s.u_tt end },
    { name = "data", on = ms.linspace(0, 1, 5):reshape(5, 1),
      expr = function(s) return s.u - s.t end },
  },
}

local function losses(options)
  local net = ms.mlp { inputs = problem.coords, outputs = problem.fields, width = 5,
    depth = 2, seed = 2 }
  return problem:losses(net, options)
end

--- The row of 'rows' that is the vector, nil if none is.
local function find_row(rows, vector)
  for i = 1, rows:size(1) do
    if (rows:row(i) - vector):norm() < 1e-12 * (1 + vector:norm()) then return i end
  end
end

check.test("the losses and expressions of single training points", function()
  local L = losses { redraw = false }
  local C = ms.curvature(L)
  local single, J = C:sample_gradients "residual", C:jacobian "residual"
  local data, count, found = C:jacobian "data", 0, {}
  for G in L:micro { batches = 20, source = "train", kind = "points" } do
    found[check.ok(find_row(single, G:row(1)))] = true
    check.ok(find_row(C:sample_gradients "data", G:row(2)))
    count = count + 1
  end
  check.equal(count, 20)
  local different = 0
  for _ in pairs(found) do different = different + 1 end
  check.ok(different > 4, "the points are drawn at random")
  count = 0
  for G in L:micro { batches = 6, source = "train", kind = "expressions" } do
    local e = count % 2
    check.equal((check.ok(find_row(J, G:row(1))) - 1) % 2, e)
    if e == 0 then check.ok(find_row(data, G:row(2)))
    else check.equal(G:row(2):norm(), 0) end
    count = count + 1
  end
  check.equal(count, 12)
end)

check.test("weights of points count in losses alone", function()
  local plain, weighted = losses { redraw = false }, losses { redraw = false }
  weighted:weights_of("residual"):fill_(3)
  for _, kind in ipairs { "points", "expressions" } do
    local next_plain = plain:micro { batches = 4, source = "train", kind = kind }
    for G in weighted:micro { batches = 4, source = "train", kind = kind } do
      local expected = next_plain():row(1) * (kind == "points" and 3 or 1)
      local size = expected:norm()
      check.near(G:row(1) / size, expected / size, 1e-14)
    end
  end
end)

check.test("single points: fresh ones, streams that go on, no memory", function()
  for _, kind in ipairs { "points", "expressions" } do
    local L, state = losses(), nil
    local function norms(batches)
      local list = {}
      for G in L:micro { batches = batches, kind = kind } do
        list[#list + 1] = G:norm()
      end
      return list
    end
    local first = norms(4)
    check.ok(first[1] ~= norms(4)[1])
    state = L:state()
    local after = norms(4)
    L = losses()
    L:restore(state)
    check.equal(norms(4), after)
    ms.debug.fail_after(1)
    local ok, message = pcall(norms, 4)
    ms.debug.fail_after(0)
    check.ok(ok, message)
  end
  check.fails(function() losses():micro { kind = "rows" } end,
    "kind must be batches, points or expressions, not \"rows\"")
  check.fails(function() losses():micro { kind = "points", source = "batch" } end,
    "no single points: kind = \"points\" needs the source fresh or train")
end)

os.remove(path)
check.done()
