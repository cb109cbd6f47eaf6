-- Methods in C and in Lua under one contract.
local ms = require "modsync"
local check = require "tests.support.check"
local registry = ms.registry

local function mean_method(name)
  return {
    family = "conflict", name = name, summary = "The mean of the gradients, counted.",
    options = {
      { name = "scale", type = "number", default = 1, min = 0, text = "a factor" },
    },
    combine = function(G, values, state, options)
      state.calls = (state.calls or 0) + 1
      state.last = values and values:clone()
      return G:mean(1) * options.scale
    end,
  }
end

check.test("methods of the core are found by name, with aliases", function()
  for _, name in ipairs { "sum", "dcgd", "config" } do
    check.equal(registry.record("conflict", name).name, name)
  end
  check.equal(ms.optim.adam { lr = 0.5 }:lr(), 0.5)
  check.equal(ms.prune.modsync {}.name, "modsync-p")
  check.equal(ms.prune.modsync_p {}.name, "modsync-p")
  check.equal(ms.prune["modsync-p"] {}.name, "modsync-p")
end)

check.test("an unknown name lists the known ones", function()
  check.fails(function() return ms.conflict.dcdg end,
    "unknown conflict method 'dcdg' %(known: .*dcgd.*%); did you mean 'dcgd'%?")
  check.fails(function() return registry.names "losses" end, "unknown family 'losses'")
end)

check.test("errors point at the caller's line", function()
  local line = debug.getinfo(1, "l").currentline + 1
  local ok, message = pcall(function() return ms.conflict.nothing end)
  check.equal(ok, false)
  check.equal(message:match(":(%d+): unknown"), tostring(line))
end)

check.test("options are checked and completed", function()
  check.fails(function() ms.optim.adam { lr = -1 } end, "'lr'.*%-1")
  check.fails(function() ms.optim.adam { rate = 1 } end, "rate")
  check.fails(function() ms.conflict.dcgd { variant = "middle" } end, "middle.*center")
  check.equal(ms.conflict.dcgd {}:options().variant, "center")
end)

check.test("numbers among the options are finite", function()
  for _, value in ipairs { math.huge, 0 / 0 } do
    check.fails(function() ms.optim.adam { lr = value } end,
      "^tests/lua/registry.lua:%d+: option 'lr' of 'adam' is .*expected a finite number")
  end
end)

check.test("a method in Lua is a full citizen", function()
  registry.register(mean_method "counted-mean")
  local cf = ms.conflict.counted_mean { scale = 2 }
  local G = ms.tensor { { 1, 2, 3 }, { 3, 4, 5 } }
  check.equal(cf(G, ms.tensor { 7, 8 }):totable()[2], 6)
  cf(G, ms.tensor { 7, 8 })
  check.equal(cf:state().calls, 2)
  check.equal(cf:state().last:totable()[1], 7)

  local other = ms.conflict.counted_mean {}
  other:restore(cf:state())
  check.equal(other:state().calls, 2)
  cf:reset()
  check.equal(cf:state().calls, nil)
  check.equal(other:state().calls, 2)

  check.fails(function() ms.conflict.counted_mean { scale = "x" } end, "'scale'.*number")
  check.ok(ms.help.show("counted-mean"):match("scale %(number, default 1"))
  local listed = false
  for name in pairs(ms.conflict) do listed = listed or name == "counted-mean" end
  check.equal(listed, true)
end)

check.test("a name found twice is refused", function()
  local function register(record)
    return function() registry.register(record) end
  end
  check.fails(register(mean_method "dcgd"), "'dcgd' is found twice")
  registry.register(mean_method "twice")
  check.fails(register(mean_method "twice"), "'twice' is found twice")
  check.fails(register { family = "schedule", name = "step", rate = print },
    "'step' is found twice")
end)

check.test("a record without its function is refused", function()
  check.fails(function()
    ms.register { family = "conflict", name = "misspelt", summry = "x", combine = print }
  end, "ms.register has no option 'summry'; did you mean 'summary'")
  check.fails(function() ms.register { family = "conflict", name = "empty" } end,
    "conflict method 'empty' needs a function 'combine'")
  check.fails(function() ms.register { family = "conflict", combine = print } end,
    "'name'")
  check.fails(function() ms.register { family = "prune", name = "five", apply = 5 } end,
    "register: 'apply' is 5, not a function")
  check.fails(function() ms.register { family = "prune", name = "five" } end,
    "'five' needs a function 'observe' or 'apply' or 'score'")
end)

check.test("a table that is no method says what is wrong with it", function()
  local function fails(family, given, message)
    local text = check.fails(function() registry.resolve(family, given) end, message)
    check.ok(text:find "^tests/lua/registry.lua:%d+: ", text)
  end
  fails("prune", { apply = 5 }, "pruning method given as a table: 'apply' is 5, not a f")
  fails("prune", { apply = print, score = "taylor" }, "'score' is \"taylor\", not a f")
  fails("prune", { apply = print, removed = {} }, "'removed' is a table, not a function")
  fails("prune", { observe = print }, "needs a function 'apply' or 'score'")
  fails("conflict", { combine = print, needs = 5 }, "'needs' is 5, not a function")
  fails("weighting", { points = 4 }, "'points' is 4, not a function")
  fails("prune", { aply = print },
    "or { apply = function }, not a table of aply; did you mean 'apply'%?")
  fails("optim", { lr = 0.1 }, "or { step = function }, not a table of lr")
  fails("optim", {}, "not an empty table")
end)

check.test("a table of functions may hold options of its own and its family", function()
  local own = registry.resolve("conflict", { delay = 3, limit = 4,
    options = { { name = "limit", type = "integer", default = 2, max = 5 } },
    combine = function(G, _, _, options) return G:sum(1) * options.limit end })
  check.equal({ own:options().delay, own:options().limit }, { 3, 4 })
  local mask = registry.resolve("prune", { density = 0.25, score = print })
  check.equal(mask:options().density, 0.25)
  check.fails(function()
    registry.resolve("prune", { density = 2, score = print })
  end, "option 'density' of 'unnamed' is 2")
end)

check.test("a method may be given by text, by table, or as a function", function()
  local by_text = registry.resolve("conflict", "dcgd:variant=average")
  check.equal(by_text:options().variant, "average")
  local by_table = registry.resolve("optim", { name = "adam", lr = 0.125 })
  check.equal(by_table:lr(), 0.125)
  check.equal(registry.resolve("optim", by_table) == by_table, true)
  local by_function = registry.resolve("conflict", function(G) return G:sum(1) end)
  check.equal(by_function(ms.tensor { { 1, 2 }, { 3, 4 } }):totable()[2], 6)
  check.fails(function() registry.resolve("conflict", "dcgd:variant") end, "option=value")
  check.fails(function() registry.resolve("conflict", 3) end,
    "conflict method expected: an object")
end)

check.test("help describes every method of every family", function()
  for _, family in ipairs(registry.families()) do
    for _, name in ipairs(registry.names(family.key)) do
      local record = registry.record(family.key, name)
      local text = ms.help.show(name, family.key)
      check.equal(text:find(record.name, 1, true) ~= nil, true)
      for _, option in ipairs(record.options) do
        check.equal(text:find("  " .. option.name .. " (", 1, true) ~= nil, true)
      end
    end
  end
  local text, message = ms.help.show "adm"
  check.equal(text, nil)
  check.equal(message:find("did you mean 'adam'", 1, true) ~= nil, true)
end)

-- The last test: what it loads stays known.
check.test("a file in lua/modsync is a method, and may not shadow another", function()
  local folder = check.scratch "registry"
  check.ok(ms.mkdir(folder .. "/modsync/conflict"))
  local function write(name, text)
    local path = ("%s/modsync/conflict/%s.lua"):format(folder, name)
    local file = check.ok(io.open(path, "w"))
    file:write(text)
    file:close()
    return path
  end
  local paths = {
    write("first", "return { name = 'first', summary = 'The first gradient.', " ..
      "combine = function(G) return G:select(1, 1) end }"),
    write("config", "return { name = 'config', combine = print }"),
    write("misnamed", "return { name = 'other', combine = print }"),
    write("hollow", "return { name = 'hollow' }"),
  }
  local before = package.path
  package.path = before .. ";" .. folder .. "/?.lua"
  local cf = ms.conflict.first {}
  check.equal(cf(ms.tensor { { 1, 2 }, { 3, 4 } }):totable(), { 1, 2 })
  local list = ms.help.list "conflicts"
  check.ok(list:find "first  +The first gradient")
  check.ok(list:find "hollow  +%(broken%) .*needs a function 'combine'")
  check.fails(function() return ms.conflict.config end,
    "conflict method 'config' is found twice: in core and in .*config.lua")
  check.fails(function() return ms.conflict.misnamed end, "must have the same name")
  check.fails(function() return ms.conflict.hollow end, "needs a function 'combine'")
  package.path = before
  for _, path in ipairs(paths) do os.remove(path) end
  for _, part in ipairs { "/modsync/conflict", "/modsync", "" } do
    os.remove(folder .. part)
  end
end)

check.done()
