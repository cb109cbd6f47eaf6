-- What functions written by a user return is checked where it comes in: the message names
-- the method, what it returned and what was expected, at the user's line.
local ms = require "modsync"
local check = require "tests.support.check"

local function train(more)
  local settings = { problem = "poisson", net = { width = 4, depth = 2 }, steps = 4,
    losses = { residual = 8, boundary = 8 }, report = false }
  for name, value in pairs(more) do settings[name] = value end
  return ms.train(settings)
end

--- fn must raise an error of exactly this text at a line of this file.
local function refuses(fn, text)
  local found = check.fails(fn)
  check.equal(found:gsub("^tests/lua/custom_methods.lua:%d+: ", ""), text)
end

--[[ conflict methods ]]

check.test("conflict: the direction is P numbers", function()
  for text, made in pairs {
    ["a tensor of shape 2x37"] = function(G) return G end,
    ["a tensor of shape 2"] = function(_, values) return values end,
    ["nil"] = function() end,
    ["false"] = function() return false end,
    ["3"] = function() return 3 end,
    ["a table"] = function(G) return G:sum(1):totable() end,
  } do
    local cf = ms.registry.resolve("conflict", { name = "own", combine = made })
    local message = ("conflict method 'own': combine returned %s; expected the " ..
      "direction, a tensor of 37 numbers"):format(text)
    refuses(function() train { conflict = cf } end, message)
    refuses(function() cf(ms.ones(2, 37), ms.ones(2)) end, message)
  end
end)

check.test("conflict: numbers that lie apart, or in a row, are a direction", function()
  local plain = train { conflict = "sum" }
  for _, combine in ipairs {
    function(G) return G:sum(1):reshape(1, G:size(2)) end,
    function(G) return ms.stack({ G:sum(1), G:sum(1) }, 2):select(2, 1) end,
  } do
    local run = train { conflict = { combine = combine } }
    check.ok(run.net.theta == plain.net.theta)
  end
end)

check.test("conflict: an outcome with a message ends the run", function()
  local run = train { conflict = { name = "own",
    combine = function() return nil, "no way out", "diverged" end } }
  check.equal({ run.stopped, run.message },
    { "diverged", "step 1: the direction of 'own' is not finite (no way out)" })
end)

check.test("conflict: needs is a list of terms", function()
  local function with(needs)
    return function()
      train { conflict = { name = "own", combine = function(G) return G:sum(1) end,
        needs = needs } }
    end
  end
  refuses(with(function() return 1 end), "conflict method 'own': needs returned 1; "
    .. "expected the numbers of terms, or nil for all")
  refuses(with(function() return { 7 } end),
    "gradients: there is no term 7 (known: residual, boundary)")
end)

check.done()
