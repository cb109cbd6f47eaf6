-- Problem descriptions: what is accepted, and that every mistake is reported with the
-- problem's file and line; files, their environment, and the search for them.
local check = require "tests.support.check"
local ms = require "modsync"

local function description(changes)
  local given = {
    name = "heat", coords = { "x", "t" }, fields = { "u" },
    domain = ms.box { x = { -1, 1 }, t = { 0, 1 } },
    terms = {
      { name = "residual", on = "interior", points = 64,
        expr = function(s) return s.u_t - s.u_xx end },
    },
  }
  for key, value in pairs(changes or {}) do given[key] = value end
  return given
end

local function term(changes)
  local given = description()
  for key, value in pairs(changes) do given.terms[1][key] = value end
  return given
end

--- The mistake is reported with this file's name, a line, and the text.
local function wrong(given, text)
  local ok, message = pcall(ms.problem, given)
  check.ok(not ok, "no error: " .. text)
  check.ok(message:find("^tests/lua/problem.lua:%d+: "), message)
  check.ok(message:find(text, 1, true), message .. "\n  does not contain: " .. text)
end

check.test("a description becomes a problem", function()
  local given = description { source = "none",
    exact = { u = function(s) return s.x end } }
  local p = ms.problem(given)
  check.equal({ p.name, p.source, p.file }, { "heat", "none", "tests/lua/problem.lua" })
  check.equal(p.coords, { "x", "t" })
  check.ok(p.coords.domain == given.domain)
  check.equal(p.terms[1].points, 64)
  check.ok(p.exact.u == given.exact.u)
  check.ok(ms.problem(p) == p)
  check.ok(tostring(p):find("problem heat: coords x, t; fields u; terms residual (64", 1,
    true))
  check.equal(ms.problem(term { points = false or nil }).terms[1].points, 64)
end)

check.test("defaults and choices of a term", function()
  local given = term { redraw = true, sampler = "sobol" }
  given.terms[1].points = nil
  local plan = ms.problem(given).terms[1]
  check.equal({ plan.points, plan.redraw, plan.sampler }, { 1024, 1, "sobol" })
  check.equal(ms.problem(term { redraw = 0 }).terms[1].redraw, false)
  check.equal(ms.problem(term { redraw = 5.0 }).terms[1].redraw, 5)
  local mine = term { on = ms.zeros(3, 2) }
  mine.terms[1].points = nil
  check.equal(ms.problem(mine).terms[1].points, 3)
end)

check.test("mistakes in a description", function()
  wrong({ nme = "heat" }, "no option 'nme'; did you mean 'name'?")
  wrong(description { name = "" }, "needs a name that is one word")
  wrong(description { name = 3 }, "not 3")
  wrong(description { coords = {} }, "problem \"heat\": coords must be a list of names")
  wrong(description { coords = { "x", "x" } }, "coords: \"x\" is there twice")
  wrong(description { coords = { "x", "2t" } }, "\"2t\" is no name")
  wrong(description { fields = "u" }, "fields must be a list of names such as { \"u\" }")
  wrong(description { fields = { "u", "x" } }, "\"x\" is both a coordinate and a field")
  wrong(description { fields = { "u", "u_xt" } },
    "reads like a derivative of field \"u\"")
  wrong(description { domain = { x = { 0, 1 } } }, "domain must be ms.box")
  wrong(description { domain = ms.box { x = { 0, 1 } } },
    "the limits of \"t\" are missing")
  wrong(description { domain = ms.box { x = { 0, 1 }, t = { 0, 1 }, y = { 0, 1 } } },
    "domain: \"y\" is not a coordinate (coords: x, t)")
  wrong(description { terms = {} }, "terms must be a list of loss terms")
  local terms = description().terms
  terms.initial = terms[1]
  wrong(description { terms = terms }, "terms must be a list of loss terms")
  wrong(description { terms = { terms[1], nil, terms[1] } }, "without names or gaps")
  wrong(description { coords = { "x", t = "t" } }, "coords must be a list of names")
  wrong(term { on = { "x.min", nil, "x.max" } }, "the faces must be a list without gaps")
  wrong(description { terms = { 5 } }, "terms[1] must be a table, not 5")
  wrong(description { source = 5 }, "source must be text, not 5")
  wrong(description { exact = function() end },
    "exact must be a table field -> function(s)")
  wrong(description { exact = { v = print } }, "exact: there is no field \"v\"")
  wrong(description { exact = { u = 1 } }, "exact: u must be a function of s, not 1")
  wrong(5, "problem expects a description, a name or a path, not 5")
end)

check.test("mistakes in a term", function()
  wrong(term { name = "two words" }, "terms[1]: name must be a word")
  wrong(term { point = 3 },
    "term \"residual\": a term has no option 'point'; did you mean 'points'")
  wrong(term { on = "t=7" },
    "term \"residual\": \"t=7\" is not a face: t runs from 0 to 1")
  wrong(term { points = 0 }, "points must be a positive whole number, not 0")
  wrong(term { points = 1.5 }, "not 1.5")
  wrong(term { on = "boundary", points = 3 }, "points = 3 is too few for its 4 faces")
  wrong(term { on = ms.zeros(3, 2) }, "points = 64, but `on` has 3 points of its own")
  wrong(term { sampler = "random" },
    "must be one of grid, uniform, lhs, sobol, halton, not "
    .. "\"random\"")
  wrong(term { redraw = -1 }, "redraw must be false or a whole number of steps, not -1")
  wrong(term { expr = 0 }, "expr must be a function of s, not 0")
  wrong(term { expr = function() end },
    "expr takes 0 arguments; it is called with one, s")
  wrong(term { on = ms.periodic "x" }, "it is called with two, s and t")
  local twice = description()
  twice.terms[2] = twice.terms[1]
  wrong(twice, "terms[2]: the name \"residual\" is taken")
end)

check.test("a mistake in a term has the line of its expr", function()
  local given = term { on = "nowhere" }
  local line = debug.getinfo(given.terms[1].expr, "S").linedefined
  wrong(given, ("problem.lua:%d: term \"residual\""):format(line))
end)

--[[ files ]]

local function write(name, text)
  local path = check.scratch(name .. ".lua")
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

--- Loading a file with this text fails at this line with this message.
local function wrong_file(text, line, message)
  local path = write("wrong_problem", text)
  local ok, got = pcall(ms.problem, path)
  check.ok(not ok, "no error")
  check.ok(got:find(("%s:%d: "):format(path, line), 1, true), got)
  check.ok(got:find(message, 1, true), got)
end

local good = [[
local ms = require "modsync"
return ms.problem { name = "line", coords = { "x" }, fields = { "u" },
  domain = ms.box { x = { 0, 1 } },
  terms = { { name = "r", on = "interior", expr = function(s) return s.u end } } }
]]

check.test("a problem is found by name and by path", function()
  local p = ms.problem "helmholtz"
  check.equal({ p.name, p.file, p.wanted }, { "helmholtz", "problems/helmholtz.lua",
    "helmholtz" })
  local path = write("line", good)
  p = ms.problem(path)
  check.equal({ p.name, p.file, p.wanted }, { "line", path, path })
end)

check.test("a problem that is not there", function()
  check.fails(function() ms.problem "helmholz" end,
    "there is no problem \"helmholz\" in problems")
  check.fails(function() ms.problem "no/such.lua" end,
    "there is no problem file \"no/such.lua\"")
end)

check.test("a file's mistakes", function()
  wrong_file("local x =\n= 3", 2, "unexpected symbol")
  wrong_file("local a = 1\nlocal b = sin(a)", 2, "\"sin\" is not defined; write ms.sin")
  wrong_file("local a = 1\n\nlocal b = nosuchname", 3,
    "the name \"nosuchname\" is not defined")
  wrong_file("\nexact = 5", 2, "\"exact\" is a new global variable; write local exact")
  wrong_file((good:gsub("\"interior\"", "\"insides\"")), 4, "\"insides\" is no region")
  wrong_file((good:gsub("domain", "domian")), 2, "no option 'domian'; did you mean")
  wrong_file((good:gsub("{ \"u\" }", "\"u\"")), 2, "fields must be a list of names")
  wrong_file("#!/usr/bin/env modsync\n" .. good:gsub("name = \"line\"", "name = 7"), 3,
    "needs a name that is one word")
  wrong_file("\27Lua", 1, "unexpected symbol")
  local path = write("empty_problem", "return 7")
  check.fails(function() ms.problem(path) end,
    "the file must return ms.problem { %.%.%. }, not 7")
end)

check.test("the standard library is there", function()
  local path = write("library_problem", "local a = math.pi, string.rep, _G.print\n"
    .. good)
  check.equal(ms.problem(path).name, "line")
end)

check.test("exact solutions take numbers and tensors", function()
  local p = ms.problem "helmholtz"
  local points = ms.tensor { { 0.5, 0.125 }, { -0.25, 0.3 } }
  local u = p:exact(points)
  check.equal(u:shape(), { 2, 1 })
  check.near(u:get(1, 1), 1, 1e-15)
  check.near(u:get(2, 1), p:exact { x = -0.25, y = 0.3 }.u, 1e-15)
  check.near(p.exact.u { x = 0.5, y = 0.125 }, 1, 1e-15)
  check.fails(function() p:exact(ms.zeros(3, 3)) end, "n x 2 %(x, y%), not 3 x 3")
  check.fails(function() p:exact(5) end, "not 5")
  local q = ms.problem(description())
  check.fails(function() q:exact(points) end, "problem \"heat\" has no exact solution")
end)

check.test("a field without an exact solution is NaN", function()
  local p = ms.problem(description { fields = { "u", "p" },
    exact = { p = function() return 3 end } })
  local values = p:exact(ms.zeros(4, 2))
  check.equal(values:narrow(2, 2, 1), ms.full({ 4, 1 }, 3))
  check.ok(values:get(1, 1) ~= values:get(1, 1))
end)

check.test("mistakes in an exact solution", function()
  local function exact(fn)
    local p = ms.problem(description { exact = { u = fn } })
    return function() p:exact(ms.zeros(2, 2)) end
  end
  check.fails(exact(function(s) return s.y end),
    "there is no s%.y: coordinates x, t %(exact u%)")
  check.fails(exact(function(s) return s.x, s.t end),
    "exact u returns 2 values; expected one")
  check.fails(exact(function() return nil end),
    "problem.lua:%d+: exact u returns nil; expected a value")
  check.fails(exact(function() return "0" end), "exact u returns \"0\"; expected")
  check.fails(exact(function(s) return s.x + nil end), "problem.lua:")
end)

check.done()
