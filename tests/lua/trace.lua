-- What expr functions see (the namespace s), and how their mistakes are reported.
local check = require "tests.support.check"
local ms = require "modsync"
local trace = require "modsync.trace"

local function describe(expr, changes)
  local given = {
    name = "heat", coords = { "x", "t" }, fields = { "u", "v" },
    domain = ms.box { x = { -1, 1 }, t = { 0, 1 } },
    terms = { { name = "residual", on = "interior", points = 64, expr = expr } },
  }
  for key, value in pairs(changes or {}) do given.terms[1][key] = value end
  return ms.problem(given)
end

--- Fields with known derivatives: u = x^3 t^2, v = sin(x) + t.
local function fields(_, c)
  return { u = c.x ^ 3 * c.t ^ 2, v = ms.sin(c.x) + c.t }
end

local function values(p, points)
  local g, term = ms.graph(), p.terms[1]
  local program = g:program { outputs = trace.term(p, term, g, fields), parameters = 1,
    columns = term.region.columns }
  return program:run(ms.zeros(1), points)
end

local points = ms.tensor { { 0.5, 0.25 }, { -0.75, 1 }, { 0.1, 0.9 } }

--- Expressions against functions (x, t) at the points.
local function compare(expr, expected)
  local got = values(describe(expr), points)
  for i = 1, points:size(1) do
    local wanted = table.pack(expected(points:get(i, 1), points:get(i, 2)))
    check.equal(got:size(2), wanted.n)
    for j = 1, wanted.n do check.near(got:get(i, j), wanted[j], 1e-13) end
  end
end

check.test("coordinates and fields", function()
  compare(function(s) return s.x, s.t, s.u, s.v end, function(x, t)
    return x, t, x ^ 3 * t ^ 2, math.sin(x) + t
  end)
end)

check.test("short derivatives and d() agree with closed forms", function()
  compare(function(s)
    return s.u_x, s.u_xx, s.u_xt, s.u_xxtt, s.v_t, s.u:d("x", "x", "x", "t"), s.v:d("x")
  end, function(x, t)
    return 3 * x ^ 2 * t ^ 2, 6 * x * t ^ 2, 6 * x ^ 2 * t, 12 * x, 1, 12 * t, math.cos(x)
  end)
end)

check.test("several expressions, and arithmetic with numbers on both sides", function()
  compare(function(s) return 2 - s.u / 4, (s.v + 1) ^ 2 end, function(x, t)
    return 2 - x ^ 3 * t ^ 2 / 4, (math.sin(x) + t + 1) ^ 2
  end)
end)

check.test("names of more than one letter take d()", function()
  local p = ms.problem { name = "long", coords = { "theta" }, fields = { "u_th" },
    domain = ms.box { theta = { 0, 1 } },
    terms = { { name = "r", on = "interior",
      expr = function(s) return s.u_th:d("theta") end } } }
  local g = ms.graph()
  local out = trace.term(p, p.terms[1], g,
    function(_, c) return { u_th = c.theta ^ 2 } end)
  local got = g:program { outputs = out, columns = 1 }:run(ms.zeros(0),
    ms.tensor { { 3 } })
  check.near(got:item(), 6, 1e-15)
end)

check.test("the longest field name is taken", function()
  local p = ms.problem { name = "names", coords = { "x" }, fields = { "p", "p_a" },
    domain = ms.box { x = { 0, 1 } },
    terms = { { name = "r", on = "interior", expr = function(s) return s.p_a_x end } } }
  local g = ms.graph()
  local out = trace.term(p, p.terms[1], g,
    function(_, c) return { p = c.x, p_a = 5 * c.x } end)
  local got = g:program { outputs = out, columns = 1 }:run(ms.zeros(0),
    ms.tensor { { 3 } })
  check.near(got:item(), 5, 1e-15)
end)

check.test("a pair of faces: values and derivatives of each side", function()
  local p = describe(function(s, t)
    return t.u - s.u, t.u_x, s.u_x, t.u:d("x", "t"), (t.u - s.u):d("t"), s.x, t.x,
      s.t - t.t
  end, { on = ms.periodic "x" })
  local got = values(p, ms.tensor { { -1, 0.5, 2, 0.5 } })
  check.near(got, ms.tensor { { 2.25, 3, 0.75, 12, 9, -1, 2, 0 } }, 1e-14)
end)

check.test("the network is built once for each side, and only if it is used", function()
  local built = 0
  local function count(g, c)
    built = built + 1
    return fields(g, c)
  end
  local p = describe(function(s) return s.u + s.v + s.u_xx end)
  trace.term(p, p.terms[1], ms.graph(), count)
  check.equal(built, 1)
  p = describe(function(s) return s.x end)
  trace.term(p, p.terms[1], ms.graph(), count)
  check.equal(built, 1)
end)

--[[ mistakes ]]

--- The message names this file, the line in expr (offset from its first line) and the
--- text.
local function wrong(expr, offset, text, changes)
  local line = debug.getinfo(expr, "S").linedefined + offset
  local p = describe(expr, changes)
  local ok, message = pcall(trace.term, p, p.terms[1], ms.graph(), fields)
  check.ok(not ok, "no error: " .. text)
  local place = ("tests/lua/trace.lua:%d: "):format(line)
  check.ok(message:sub(1, #place) == place, message .. "\n  does not begin with "
    .. place)
  check.ok(message:find(text, 1, true), message .. "\n  does not contain: " .. text)
  check.ok(message:find("term \"residual\"", 1, true), message)
end

check.test("names that do not exist", function()
  wrong(function(s)
    return s.w
  end, 1, "there is no s.w: coordinates x, t; fields u, v")
  wrong(function(s) return s.u_y end, 0,
    "s.u_y: u cannot be differentiated by \"y\", which is not a coordinate")
  wrong(function(s) return s.u:d("y") end, 0, "'y'")
  wrong(function(s) return s[1] end, 0, "there is no s.1")
  wrong(function(s)
    s.u = 5
    return s.u
  end, 1, "s.u cannot be set")
end)

check.test("derivatives by coordinates of longer names", function()
  check.fails(function()
    ms.problem { name = "long", coords = { "x1", "t" }, fields = { "u" },
      domain = ms.box { x1 = { 0, 1 }, t = { 0, 1 } },
      terms = { { name = "r", on = "interior", expr = function(s) return s.u_x1 end } },
    }:losses(ms.mlp { inputs = { "x1", "t" }, outputs = { "u" } })
  end, 's.u_x1: .* longer names are written s.u:d%("x1"%)')
end)

check.test("a symbol used as a number", function()
  wrong(function(s) return (math.sin(s.u)) end, 0,
    "write ms.sin in place of math.sin: it takes symbols")
  wrong(function(s) return (math.floor(s.u)) end, 0, "is a symbol here, not a number")
  wrong(function(s)
    local sum = 0
    for i = 1, s.u do sum = sum + i end
    return sum
  end, 2, "is a symbol here, not a number")
  wrong(function(s) return ("%g"):rep(s.u) end, 0, "is a symbol here, not a number")
end)

check.test("a branch on a symbol, a call of a field", function()
  wrong(function(s)
    if s.u > 0 then return s.u end
    return -s.u
  end, 1, "cannot be compared")
  wrong(function(s) return (s.u(0.5)) end, 0, "make another term")
end)

check.test("errors in a tail call name the line of the function", function()
  wrong(function(s) return math.sin(s.u) end, 0, "ms.sin")
end)

check.test("errors in helper functions of the file name their own line", function()
  local function helper(s)
    return s.nothing
  end
  local line = debug.getinfo(helper, "S").linedefined + 1
  local p = describe(function(s) return helper(s) + 0 end)
  local ok, message = pcall(trace.term, p, p.terms[1], ms.graph(), fields)
  check.ok(not ok)
  check.ok(message:find(("^tests/lua/trace.lua:%d: there is no s.nothing"):format(line)),
    message)
end)

check.test("what expr returns", function()
  wrong(function(_) end, 0, "expr returns nothing")
  wrong(function(s) return { s.u } end, 0, "expr returns a table; several expressions")
  wrong(function(s) return s.u, 1 end, 0,
    "value 2 that expr returns is 1; expected an expr")
  wrong(function(s) return s.u, nil end, 0, "value 2 that expr returns is nil")
  wrong(function(s) return ms.concat { s.u, s.v } end, 0,
    "value 1 that expr returns has 2 col")
end)

check.test("too high an order", function()
  wrong(function(s) return s.u_xxxxxxx end, 0,
    ": s.u_xxxxxxx: d: expected 1 to 6 coordinate names, got 7 (term")
end)

check.test("a coordinate that is not there: the others and the nearest", function()
  local p = ms.problem { name = "made", coords = { "first", "second" }, fields = { "u" },
    domain = ms.box { first = { 0, 1 }, second = { 0, 1 } },
    terms = { { name = "t", on = "interior", points = 4,
      expr = function(s) return s.u:d("secnod") end } } }
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4 }
  check.fails(function() p:losses(net) end, "no coordinate 'secnod'; there are: first, "
    .. "second %(term \"t\"%); did you mean 'second'%?")
end)

check.done()
