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
  refuses(with(function() return { 2, 7 } end), "conflict method 'own': needs returned "
    .. "the term 7 among 1 to 2; expected the numbers of terms, or nil for all")
  with(function() return { 2, "residual" } end)()
end)

--[[ optimizers, pruning methods ]]

check.test("optimizer: parameters that are not finite are named as such", function()
  local run = train { optimizer = { step = function(theta) theta:set(3, 0 / 0) end } }
  check.equal({ run.stopped, run.message },
    { "diverged", "step 2: the parameter W1[1, 3] is nan" })
  refuses(function()
    train { optimizer = { step = function(theta, d) return theta - d end } }
  end, "optimizer 'unnamed': step returned a tensor of shape 37; it changes theta in "
    .. "place and returns nothing")
end)

check.test("prune: evaluate gives what the losses evaluate", function()
  for text, evaluate in pairs {
    ["nil and nil"] = function() end,
    ["3 and nil"] = function() return 3 end,
    ["a tensor of shape 2 and nil"] = function(L) return (L:evaluate()) end,
    ["a tensor of shape 2 and a tensor of shape 2x37"] = function(L)
      local values, G = L:evaluate()
      return values, G * 2
    end,
  } do
    refuses(function() train { prune = { evaluate = evaluate, apply = function() end } }
    end, ("'unnamed': evaluate returned %s; expected the values and gradients of "
      .. "losses:evaluate(), changed in place"):format(text))
  end
  local plain = train {}
  local run = train { prune = { apply = function() end,
    evaluate = function(L) return L:evaluate() end } }
  check.ok(run.net.theta == plain.net.theta)
end)

check.test("prune: scores are P numbers, and words are those that there are", function()
  local function with(more)
    local record = { name = "own", schedule = "one-shot", start = 0, density = 0.5,
      score = function(context) return ms.abs(context.theta) end }
    for name, value in pairs(more) do record[name] = value end
    return function()
      local run = train { net = { width = 4, depth = 3 }, prune = record }
      return run
    end
  end
  refuses(with { score = function() end },
    "'own': score must return a tensor of 57 numbers, not nil")
  refuses(with { score = function() return ms.ones(3) end },
    "'own': score must return a tensor of 57 numbers, not a tensor of shape 3")
  local run = with { score = function(context) return context.theta * (0 / 0) end } ()
  check.equal(run.stopped, "diverged")
  check.ok(run.message:find "step 1: prune own: what its function 'score' returned for")
  refuses(with { samples = "men" }, "'own': samples is \"men\"; expected \"mean\" or "
    .. "\"squares\"")
  refuses(with { dense = true }, "'own': dense is true; expected \"event\" or \"always\"")
end)

--[[ importances ]]

check.test("importance: what sample and rows return", function()
  local p = ms.problem "poisson"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 2 }
  local L = p:losses(net, { residual = 8, boundary = 8 })
  for text, made in pairs {
    ["nil"] = function() end, ["3"] = function() return 3 end,
    ["a tensor of shape 37"] = function(G) return G:row(1) end,
    ["-1 among them"] = function(G) return -ms.ones(G:size(1), G:size(2)) end,
    ["numbers that are not finite"] = function(G) return G * (0 / 0) end,
  } do
    refuses(function() local _ = ms.registry.resolve("importance", made)(L) end,
      "importance 'unnamed': sample must return a tensor of 2 x 37 finite numbers, 0 or "
      .. "more, not " .. text)
  end
  for text, made in pairs {
    ["nil"] = function() end, ["3"] = function() return 3 end,
    ["a tensor of shape 37"] = function() return ms.ones(37) end,
    ["a tensor of shape 8x3"] = function() return ms.ones(8, 3) end,
  } do
    local own = ms.registry.resolve("importance", { rows = made })
    refuses(function() local _ = own(L) end,
      "importance 'unnamed': rows must return a tensor with rows of 37 numbers, the "
      .. "derivatives by the parameters, not " .. text)
  end
end)

--[[ architectures and problems ]]

check.test("models: what layout adds and fields returns", function()
  local count = 0
  local function with(layout, fields)
    count = count + 1
    local name = "own-" .. count
    ms.register { family = "models", name = name, layout = layout, fields = fields }
    return function() train { net = { model = name } } end, name
  end
  local function one(_, layout) layout:add("W", 2, 1, "weight") end
  local function product(_, x, p) return x:matmul(p.W) end
  with(one, product)()
  for text, fields in pairs { ["nil"] = function() end, ["3"] = function() return 3 end,
    ["a tensor of shape 3"] = function() return ms.ones(3) end } do
    local fn, name = with(one, fields)
    local found = check.fails(fn)
    check.ok(found:find(name .. ": the network must return a symbol with a column for "
      .. "each of u, or a table field -> expression, not " .. text, 1, true), found)
  end
  for text, layout in pairs {
    ["cols of W must be a whole number, 1 or more, not nil"] =
      function(_, parts) parts:add("W", 2) end,
    ["rows of W must be a whole number, 1 or more, not 0"] =
      function(_, parts) parts:add("W", 0, 1, "weight") end,
    ["the role of W must be a word, not nil"] =
      function(_, parts) parts:add("W", 2, 1) end,
    ["the name must be a string, not 3"] = function(_, parts) parts:add(3) end,
  } do
    refuses(with(layout, product), "layout:add(name, rows, cols, role): " .. text)
  end
end)

check.test("problems: an exact solution is a number for each point", function()
  local function with(exact)
    return function()
      ms.problem { name = "own", coords = { "x" }, fields = { "u" },
        domain = ms.box { x = { 0, 1 } }, exact = { u = exact },
        terms = { { name = "residual", on = "interior",
          expr = function(s) return s.u_xx end } } }:exact(ms.ones(5, 1))
    end
  end
  refuses(with(function() return ms.ones(3) end), "exact u returns a tensor of shape 3; "
    .. "expected a number for each point, 5x1")
  refuses(with(function() end), "exact u returns 0 values; expected one")
  refuses(with(function() return "u" end), 'exact u returns "u"; expected a value')
  with(function() return 3 end)()
  with(function() return ms.tensor(3) end)()
end)

check.done()
