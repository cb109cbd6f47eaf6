-- Errors point at the line of the user, also where the core raises them behind Lua files
-- of this library.
local ms = require "modsync"
local check = require "tests.support.check"

local p = ms.problem "poisson"

local function setting()
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 2 }
  return net, p:losses(net, { residual = 8, boundary = 8 })
end

--- fn must raise an error at a line of this file, 'offset' below the first of fn.
local function at(fn, offset, pattern)
  local line = debug.getinfo(fn, "S").linedefined + offset
  local text = check.fails(fn, pattern)
  local place = ("tests/lua/misuse.lua:%d: "):format(line)
  check.equal(text:sub(1, #place), place, text)
end

check.test("of the core behind a method of an object", function()
  local net, L = setting()
  local opt, cf = ms.optim.adam {}, ms.conflict.sum {}
  local values, G = L:gradients()
  at(function() opt:step(net, G) end, 0, "the direction has 74 numbers, expected 37")
  at(function() opt:step(net) end, 0, "expected the direction, a tensor, got nil")
  at(function()
    local d = cf(values, G)
    return d
  end, 1, "expected the gradients, a K x P tensor, got a tensor of shape 2")
  at(function()
    net.theta = ms.zeros(3)
    L:evaluate()
  end, 2, "3 parameters given, expected 37")
  at(function() local _ = ms.linear(ms.ones(2, 3), ms.ones(2, 2)) end, 0,
    "shapes 2x3 and 2x2 do not multiply")
end)

check.test("of the core itself, and of its arguments", function()
  at(function() ms.zeros(2):get("x") end, 0, "bad argument #1 to 'get'")
  at(function() ms.zeros(2):get(3) end, 0, "position 3 on axis 1")
  at(function() local _ = ms.zeros(2) + ms.zeros(3) end, 0, "do not broadcast")
  at(function() ms.zeros(2).get(nil, 3) end, 0, "bad argument #1 to 'get'")
end)

check.test("a function that is called without a name has that of its module", function()
  local function named(fn, name)
    local good, message = pcall(fn, "a")
    check.ok(not good and message:find(("to '%s' ("):format(name), 1, true), message)
  end
  named(ms.rng, "modsync.rng")
  named(ms.zeros(2).narrow, "?")
  rng = ms.rng
  named(rng, "rng")
  rng = nil
end)

check.test("after a tail call, the line that called the function", function()
  local function tail() return ms.linear(ms.ones(2, 3), ms.ones(2, 2)) end
  at(function() local _ = tail() end, 0, "do not multiply")
end)

check.test("without a line outside of the library there is none", function()
  check.equal(ms.position():match "^[%w/]+%.lua", "tests/lua/misuse.lua")
  local good, message = coroutine.resume(coroutine.create(ms.zeros), "x")
  check.ok(not good and message:find "^zeros: ", message)
end)

check.done()
