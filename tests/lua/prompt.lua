-- The prompt: what a tab completes, how values are shown, the names that help finds.
local check = require "tests.support.check"
local ms = require "modsync"
local complete = require "modsync.prompt.complete"
local name_of = require "modsync.reference.name_of"
local prompt = require "modsync.prompt"
local reference = require "modsync.reference"
local show = require "modsync.prompt.show"

local p = ms.problem "poisson"
local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 2 }
local L = p:losses(net, { residual = 16, boundary = 8 })
local run = ms.train { problem = p, net = net, steps = 2, report = "quiet",
  losses = { residual = 16, boundary = 8 }, conflict = "pcgrad:weighting=lra",
  prune = "modsync", schedule = "step" }

--- Runs fn with globals, which are gone afterwards.
local function with(globals, fn)
  for name, value in pairs(globals) do _G[name] = value end
  local good, message = pcall(fn)
  for name in pairs(globals) do _G[name] = nil end
  if not good then error(message, 0) end
end

local function has(list, ...)
  local all = " " .. table.concat(list, " ") .. " "
  for _, word in ipairs { ... } do
    check.ok(all:find(" " .. word .. " ", 1, true), word .. " in" .. all)
  end
  return all
end

check.test("completion knows what is not loaded, and methods", function()
  with({ ms = ms, net = net, L = L, run = run, opt = run.optimizer, t = ms.zeros(2) },
    function()
      check.equal(complete "ms.trai", { "ms.train" })
      check.equal(complete "ms.tr", { "ms.train", "ms.transpose" })
      check.equal(complete "ms.curv", { "ms.curvature" })
      check.equal(complete "ms.pl", { "ms.plot" })
      check.equal(complete "ms.conflict.dc", { "ms.conflict.dcgd", "ms.conflict.dcm" })
      check.equal(complete "ms.prune.modsync_", { "ms.prune.modsync_g",
        "ms.prune.modsync_m", "ms.prune.modsync_p" })
      has(complete "ms.optim.", "ms.optim.adam", "ms.optim.sgd")
      has(complete "ms.plot.", "ms.plot.lines")
      local all = has(complete "net:", "net:count", "net:compact")
      check.ok(not all:find("__tostring") and not all:find("net:theta"), all)
      has(complete "L:", "L:gradients", "L:relative_l2")
      check.ok(not has(complete "L:", "L:values"):find "L:compile", "a private method")
      has(complete "run.", "run.rel_l2", "run.history", "run.save")
      has(complete "run.net.the", "run.net.theta")
      has(complete "opt:", "opt:lr", "opt:state")
      has(complete "t:tra", "t:transpose")
      check.ok(not has(complete "ms.", "ms.problem"):find "ms.surgeon", "an internal")
    end)
  check.equal(complete "string.form", { "string.format" })
  check.equal(complete "nothing.of.it", {})
end)

check.test("completion runs no code of the user", function()
  local function boom() error "called" end
  local watched = setmetatable({ own = 1 }, { __index = boom, __pairs = boom })
  with({ watched = watched }, function()
    check.equal(complete "watched.o", { "watched.own" })
    check.equal(complete "watched.other.x", {})
  end)
end)

check.test("tables are shown as they are written", function()
  check.equal(show {}, "{}")
  check.equal(show { 1, 2.5, "a", true }, '{ 1, 2.5, "a", true }')
  check.equal(show { b = 1, a = { 2 }, [7] = 0 / 0, ["x y"] = "q\n" },
    '{ [7] = nan, a = { 2 }, b = 1, ["x y"] = "q\\n" }')
  check.equal(show { ms.zeros(2, 3), print }, "{ a tensor of shape 2x3, function }")
  check.equal(show "text", "text")
  check.equal(show(nil), "nil")
  check.equal({ show(0 / 0), show(-(0 / 0)) }, { "nan", "nan" })
  check.equal(show(0.1), "0.1")
end)

check.test("what is long, deep or met again is cut", function()
  local cycle = { 1 }
  cycle.me = cycle
  check.equal(show(cycle), "{ 1, me = { ... } }")
  local deep = { { { { { 1 } } } } }
  check.equal(show(deep), "{ { { { { ... } } } } }")
  local long, wide = {}, {}
  for i = 1, 1000 do long[i], wide["key" .. i] = i, i end
  check.ok(show(long):find "20, %.%.%. %(980 more%) }$", show(long))
  check.ok(show(wide):find "%.%.%. %(940 more%)\n}$")
  for line in (show(wide) .. show { long }):gmatch "[^\n]+" do
    check.ok(#line <= 90, line)
  end
  check.ok(#show { ("x"):rep(1e6) } < 300)
end)

--- An object of every type that scripts meet.
local objects = {
  bad_value = function()
    local broken = p:losses(net:compact(), { residual = 4, boundary = 4 })
    broken.net.theta:fill_(0 / 0)
    broken:evaluate()
    return broken:first_bad()
  end,
  box = function() return p.domain end,
  check_report = function() return ms.check(p, net) end,
  conflict = function() return run.conflict end,
  conformance = function() return ms.conform("conflict", "sum") end,
  core_method = function() return ms.method("optimizer", "adam") end,
  curvature = function() return ms.curvature(L) end,
  data = function() return ms.data { ms.ones(2, 2), columns = { "x", "y" } } end,
  diagnosis = function() return ms.diagnose(run) end,
  graph = ms.graph,
  hidden = function() return ms.hidden(net) end,
  importance = function() return ms.importance.fisher {} end,
  layout = function() return require "modsync.layout".new(print) end,
  losses = function() return L end,
  method = function() return run.optimizer end,
  model = function() return net end,
  optimizer = function() return ms.optim.sgd { lr = 1 } end,
  periodic_faces = function() return ms.periodic { "x", "y" } end,
  problem = function() return p end,
  profile = function() return ms.profile(L, 1) end,
  program = function()
    local g = ms.graph()
    return g:program { outputs = { g:input("x", 1) }, parameters = 0, columns = 1 }
  end,
  prune = function() return run.prune end,
  report = function() return ms.report.new() end,
  rng = function() return ms.rng(1, "stream") end,
  run = function() return run end,
  schedule = function() return ms.schedule.cosine { from = 1 } end,
  space = function() return require "modsync.trace".space(p, {}, print) end,
  symbol = function() return ms.graph():input("x", 1) end,
  tensor = function() return ms.zeros(2) end,
  tracker = function() return ms.modularity.tracker(net, L.names) end,
  weighting = function() return ms.weighting.lra { every = 5 } end,
}

check.test("no object is shown as an address", function()
  for name, make in pairs(objects) do
    local text = show(make())
    check.ok(not text:find "0x%x", name .. ": " .. text)
    check.ok(text:find "%w", name)
  end
  for _, list in ipairs { reference.core().types, reference.lua_types() } do
    for _, found in ipairs(list) do
      check.ok(found.kind ~= "type" or objects[found.name], found.name .. " is not here")
    end
  end
end)

check.test("methods that are called with a dot say so", function()
  local count = 0
  for _, found in ipairs(reference.lua_types()) do
    local object = found.kind == "type" and objects[found.name]()
    for _, method in ipairs(object and found.methods or {}) do
      if method.method then
        local what = found.name == "method" and "optimizer" or found.name
        local expected = ("prompt.lua:%%d+: %s is a method, .* a colon, %s:%s%%(")
          :format(method.name, what, method.name)
        check.fails(function() object[method.name]() end, expected)
        check.fails(function() object[method.name] "x" end, expected)
        count = count + 1
      end
    end
  end
  check.ok(count > 60, count)
  check.fails(function() p.losses(net) end,
    "losses is a method, called with a colon, problem:losses%(.*, not a dot")
  check.fails(function() run.optimizer.step(net, L.G:row(1)) end, "optimizer:step%(")
  local points = ms.zeros(1, 2)
  for expected, call in pairs {
    ["problem:evaluate"] = function() p.evaluate(net, points) end,
    ["losses:evaluate"] = function() L.evaluate(p) end,
    ["conflict:step"] = function() ms.conflict.sum {}.step(run.optimizer, net, L.G) end,
    ["problem:exact"] = function() p.exact(points) end,
    ["model:count"] = function() net.count {} end,
  } do
    check.fails(call, "prompt.lua:%d+: %w+ is a method, .* " .. expected .. "%(")
  end
end)

check.test("methods take what stands before an object", function()
  local before = setmetatable({}, { __index = setmetatable({}, { __index = net }) })
  check.equal(before:count(), net:count())
  local by_function = setmetatable({}, { __index = function(_, name)
    return net[name]
  end })
  check.equal(by_function:count(), net:count())
  local circle = {}
  setmetatable(circle, { __index = circle })
  check.fails(function() net.count(circle) end, "count is a method")
end)

check.test("objects say in a line what they are", function()
  check.equal(tostring(L), "losses of poisson: residual (16 points), boundary (8 points)")
  check.equal(tostring(ms.curvature(L)), "curvature of " .. tostring(L))
  check.equal(tostring(ms.schedule.step { from = 0.5 }), "schedule step { from = 0.5 }")
  check.equal(tostring(ms.optim.adam {}), "optimizer adam")
  check.equal(tostring(ms.conflict.pcgrad { weighting = "lra", groups = { { "a" } } }),
    "conflict pcgrad { weighting = lra, groups = { ... } }")
  check.equal(tostring(ms.box { y = { 0, 1 }, x = { -1, 1 } }),
    "box: x in [-1, 1], y in [0, 1]")
  check.ok(tostring(ms.schedule):find "^ms.schedule: constant, cosine, ")
  local g = ms.graph()
  g:close()
  check.equal(tostring(g), "graph (closed)")
end)

check.test("help finds the names of values", function()
  for _, case in ipairs {
    { ms.train, "train" }, { ms.plot, "plot" }, { ms.plot.lines, "plot.lines" },
    { ms.conflict, "conflict" }, { ms.conflict.dcgd, "dcgd" }, { net, "model" },
    { ms.optim.adam {}, "adam", "optimizer" }, { L, "losses" }, { run, "run" },
    { ms.schedule.cosine {}, "cosine", "schedule" }, { ms.zeros(1), "tensor" },
    { L.gradients, "losses.gradients" }, { net.count, "model.count" },
    { run.optimizer.lr, "optimizer.lr" }, { ms.zeros(1).narrow, "tensor.narrow" },
    { ms.modularity.measure, "modularity.measure" }, { ms.tanh, "tanh" },
    { ms.help, "help" },
  } do
    check.equal({ name_of(case[1]) }, { case[2], case[3] })
    check.ok(ms.help.show(name_of(case[1])), case[2])
  end
  check.fails(function() name_of(print) end,
    "prompt.lua:%d+: help knows no name of this function")
  check.fails(function() ms.help(3) end,
    "prompt.lua:%d+: help knows no name of this number")
  check.fails(function() ms.help(nil) end, "prompt.lua:%d+: help%(nil%)")
end)

check.test("a name that ms does not have is an error with the nearest", function()
  check.fails(function() return ms.trian end,
    "prompt.lua:%d+: ms has no 'trian'; did you mean 'train'%?")
  check.fails(function() return ms.xyzzy end, "ms has no 'xyzzy'$")
  check.fails(function() return ms[1] end, "ms has no '1'$")
  check.fails(function() return ms.conflict.dcdg end,
    "unknown conflict method 'dcdg'.*'dcgd'")
end)

check.test("exit and quit only tell the prompt", function()
  prompt.open()
  check.ok(rawequal(help, ms.help))
  for _, name in ipairs { "exit", "quit" } do
    check.ok(tostring(_G[name]):find(name .. " leaves the prompt", 1, true))
    check.ok(not pcall(_G[name]) and prompt.leaving)
    prompt.leaving = false
    prompt.answer(_G[name])
    check.ok(prompt.leaving)
    prompt.leaving = false
  end
  help, exit, quit = nil, nil, nil
end)

check.done()
