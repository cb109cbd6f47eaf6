-- Measured points and coefficients of the equations that are trained with the network.
local check = require "tests.support.check"
local finite = require "tests.support.finite"
local ms = require "modsync"

local function write(name, text)
  local path = check.scratch(name)
  check.ok(ms.write_file(path, text))
  return path
end

--[[ measured points ]]

check.test("coordinates of given points are finite, inside of the box or not", function()
  local function term(on, more)
    local given = { name = "data", on = on, expr = function(s) return s.u end }
    for key, value in pairs(more or {}) do given[key] = value end
    return ms.problem { name = "given", coords = { "x", "t" }, fields = { "u" },
      domain = ms.box { x = { 0, 1 }, t = { 0, 1 } }, terms = { given } }
  end
  local bad = ms.tensor { { 0.5, 0.5 }, { 0.25, 0 / 0 }, { 1 / 0, 0 } }
  for _, case in ipairs {
    { bad }, { bad, { values = { seen = ms.ones(3) } } },
    { ms.data { ms.concat { ms.ones(3, 1), bad }, columns = { "seen", "x", "t" } } },
  } do
    check.fails(function() term(case[1], case[2]) end,
      "term \"data\": point 2 has t = nan: the coordinates of points must be finite")
  end
  check.fails(function() term(bad:narrow(1, 3, 1)) end, "point 1 has x = inf")
  local far = term(ms.tensor { { 7, -3 } })
  check.equal(far.terms[1].points, 1)
  local gaps = ms.data { ms.tensor { { 0.5, 0.5, 0 / 0 }, { 0, 0, 1 } },
    columns = { "x", "t", "seen" } }
  check.equal(term(gaps).terms[1].points, 2) -- a column that no term may use
end)

check.test("CSV with and without names, arrays of NPZ files, tensors", function()
  local path = write("named.csv",
    "# sensors\n\"t\", u_obs ,x\n0.5, 1.5,-1\n\n 1,2e-3,0\n")
  local d = ms.data(path)
  check.equal(d.columns, { "t", "u_obs", "x" })
  check.equal(d.tensor, ms.tensor { { 0.5, 1.5, -1 }, { 1, 2e-3, 0 } })
  local bare = write("bare.csv", "1;2\n3;4\n")
  check.equal(ms.data { bare, columns = { "x", "u" } }.tensor, ms.tensor { { 1, 2 },
    { 3, 4 } })
  local array = check.scratch "points.npy"
  check.ok(ms.npy_write(array, ms.ones(2, 2)))
  check.equal(ms.data { array, columns = { "x", "u" } }.tensor, ms.ones(2, 2))
  local archive = check.scratch "points.npz"
  check.ok(ms.npz_write(archive, { { "sensors", ms.ones(2, 3) } }))
  check.equal(ms.data { archive .. ":sensors", columns = { "a", "b", "c" } }.tensor,
    ms.ones(2, 3))
  check.ok(tostring(d):find("2 points, columns t, u_obs, x", 1, true))
end)

check.test("a first line of numbers is a point, whatever they are", function()
  local function read(text, columns)
    return ms.data { write("first.csv", text), columns = columns or { "x", "u" } }
  end
  for _, row in ipairs { "0,nan", "0,NaN", "-inf, 1", "0,+Infinity\r", '"0" , "1e3"',
    "\xEF\xBB\xBF0,1", "\xEF\xBB\xBF# sensors\n0,1", ' "0",\t"inf" ' } do
    local d = read(row .. "\n1,2\n2,3\n")
    check.equal(d.tensor:size(1), 3, row)
    check.near(d.tensor, ms.csv_read(check.scratch "first.csv"), 0, row)
  end
  local named = read("\xEF\xBB\xBFx,u\n1,2\n")
  check.equal(named.tensor, ms.tensor { { 1, 2 } })
  check.equal(ms.data(check.scratch "first.csv").columns, { "x", "u" })
  check.equal(read("nano,infimum\n1,2\n").tensor, ms.tensor { { 1, 2 } })
  check.fails(function() read "1,oops\n2,3\n" end, "line 1, column 2: 'oops' is not a")
end)

check.test("mistakes in data are named", function()
  local function fails(what, pattern)
    check.fails(function() ms.data(what) end, pattern)
  end
  fails("/nowhere/at/all.csv", "No such file")
  fails(write("bad1.csv", "x,y\n1,2\n3\n"), "line 3 has 1 columns, expected 2")
  fails(write("bad2.csv", "x,y\n1,2\n3,z\n"), "line 3, column 2: 'z' is not a number")
  fails(write("bad3.csv", "x,y\n"), "holds no numbers")
  fails(write("bare.csv", "1,2\n3,4\n"), "columns must name all 2 columns")
  fails({ ms.ones(2, 2), columns = { "x", "x" } }, "two columns \"x\"")
  fails({ ms.ones(2, 2), columns = { "x", "u obs" } }, "no name for a column")
  fails({ ms.ones(2), columns = { "x" } }, "a tensor of points x columns")
  fails(check.scratch "points.npz" .. ":no", "has no array 'no'; it holds sensors")
  fails(7, "data expects a path")
  fails(check.scratch "points.npz",
    "inverse.lua:%d+: data: .*npz is an archive: name one of its arrays, "
      .. ".*npz:sensors %(it holds sensors%)")
  fails({ check.scratch "", columns = { "x" } },
    "inverse.lua:%d+: data: .*: Is a directory; expected a CSV, .npy or .npz file")
  fails({ ms.ones(2, 1), column = { "x" } },
    "data has no option 'column'; did you mean 'columns'")
  fails({ ms.ones(2, 1), ms.ones(2), columns = { "x" } }, "data has no option 2 ")
end)

local function problem(term, more)
  local given = { name = "inverse", coords = { "x", "t" }, fields = { "u" },
    domain = ms.box { x = { -1, 1 }, t = { 0, 1 } },
    terms = { { name = "data" } } }
  for key, value in pairs(term) do given.terms[1][key] = value end
  for key, value in pairs(more or {}) do given[key] = value end
  return ms.problem(given)
end

local points = ms.tensor { { -0.5, 0.1 }, { 0, 0.7 }, { 0.9, 0.4 } }
local observed = ms.tensor { 1, 2, 3 }

local function misfit(s) return s.u - s.u_obs end

check.test("expr finds measured values beside the coordinates", function()
  local same = { { on = points, values = { u_obs = observed }, expr = misfit },
    { on = ms.data { ms.tensor { { 1, 0.1, -0.5 }, { 2, 0.7, 0 }, { 3, 0.4, 0.9 } },
      columns = { "u_obs", "t", "x" } }, expr = misfit } }
  for _, term in ipairs(same) do
    local p = problem(term)
    local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4 }
    local L = p:losses(net)
    local r = net:evaluate(points) - observed:reshape(3, 1)
    check.near(L:residuals "data", r, 1e-15)
    check.near(L:values():get(1), r:norm() ^ 2 / 3, 1e-14)
    L:redraw()
    check.near(L:values():get(1), r:norm() ^ 2 / 3, 1e-14)
    L:weights_of("data"):fill_(2)
    check.near(L:values():get(1), 2 * r:norm() ^ 2 / 3, 1e-14)
    check.equal(L:points_of("data"):shape(), { 3, 3 })
    for sample in L:micro { batches = 3 } do check.ok(sample:is_finite()) end
  end
end)

check.test("mistakes in terms with measurements are named", function()
  local function fails(term, pattern, more)
    term.expr = term.expr or misfit
    check.fails(function()
      local p = problem(term, more)
      p:losses(ms.mlp { inputs = p.coords, outputs = p.fields })
    end, pattern)
  end
  fails({ on = points, values = { u_obs = ms.ones(2) } }, "tensor of 3 numbers, one a")
  fails({ on = "interior", values = { u_obs = observed } }, "points of their own")
  fails({ on = points, values = { u = observed } }, "column \"u\" has the name of")
  fails({ on = points, values = { nu = observed } }, "column \"nu\" has the name of",
    { parameters = { nu = 1 } })
  fails({ on = ms.zeros(3, 1), values = { u_obs = observed } }, "n x 2 points")
  fails({ on = ms.data { points, columns = { "x", "y" } } },
    "no column for the coordinate \"t\" %(columns: x, y%)")
  fails({ on = points, values = { u_xt = observed } },
    "\"u_xt\" would hide the derivative s.u_xt")
  fails({ on = points, values = { measured = observed },
    expr = function(s) return s.u - s.mesured end }, "did you mean s.measured?")
end)

--[[ coefficients ]]

local function decay(coefficients, more)
  local given = {
    name = "decay", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } }, parameters = coefficients,
    terms = {
      { name = "residual", on = "interior", points = 32,
        expr = function(s) return s.u_x + s.k * s.u - s.c end },
      { name = "data", on = ms.linspace(0, 1, 40):reshape(40, 1),
        values = { v = ms.exp(ms.linspace(0, 1, 40) * -2) * 0.5 + 1.5 },
        expr = function(s) return s.u - s.v end },
    },
  }
  for key, value in pairs(more or {}) do given[key] = value end
  return ms.problem(given)
end

local both = { k = { start = 0.5, positive = true, exact = 2 }, c = -0.25 }

check.test("coefficients stand behind the weights, some as logarithms", function()
  local p = decay(both)
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, widths = { 4 } }
  check.equal(net:count(), 4 + 4 + 4 + 1 + 2)
  check.equal(net.layout[5].name, "parameter.c")
  check.equal(net.theta:get(14), -0.25)
  check.near(net.theta:get(15), math.log(0.5), 1e-15)
  check.near(net:coefficient "k", 0.5, 1e-15)
  check.equal(net:coefficient("k", 4), net:coefficient "k")
  check.near(net:coefficient "k", 4, 1e-14)
  local again = ms.model(net.options)
  check.equal(again.theta:get(14), -0.25)
  check.equal(again.options, net.options)
  check.fails(function() net:coefficient "q" end, "no coefficient \"q\"")
  check.fails(function() net:coefficient("k", 0) end,
    "coefficient: k is positive and cannot be 0")
  check.fails(function() net:coefficient("c", "1") end,
    'coefficient: c must be a finite number, not "1"')
  check.near(net:coefficient "k", 4, 1e-14)
end)

check.test("terms see them, and their gradients are right", function()
  local p = decay(both)
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, widths = { 4 } }
  local L = p:losses(net, { redraw = false })
  local _, G = L:gradients()
  local expected = finite.gradient(function() return L:values():clone() end, net.theta,
    1e-3)
  for k = 1, 2 do check.near(G:row(k), ms.tensor(expected[k]), 1e-9) end
  check.ok(G:get(1, 14) ~= 0 and G:get(1, 15) ~= 0)
  check.equal(G:row(2):narrow(1, 14, 2):norm(), 0)
end)

check.test("a run finds them, reports them and keeps them", function()
  local p = decay({ k = { start = 0.5, positive = true, exact = 2, rate = 3 } }, {
    terms = {
      { name = "residual", on = "interior", points = 32,
        expr = function(s) return s.u_x + s.k * s.u end },
      { name = "data", on = ms.linspace(0, 1, 40):reshape(40, 1),
        values = { v = ms.exp(ms.linspace(0, 1, 40) * -2) },
        expr = function(s) return s.u - s.v end },
    } })
  local run = ms.train { problem = p, net = { width = 10, depth = 1 }, steps = 5000,
    optimizer = "adam:lr=0.01", conflict = "sum", schedule = "cosine:from=0.01",
    report = false }
  check.near(run.net:coefficient "k", 2, 0.06)
  check.equal(run:coefficients(), { k = run.net:coefficient "k" })
  local column = run.history["parameter.k"]
  check.equal(column[#column], run.net:coefficient "k")
  check.ok(ms.report.line(run, 1):find("k 1.9", 1, true)
    or ms.report.line(run, 1):find("k 2.0", 1, true))
  local file = check.scratch "decay.npz"
  check.ok(run:save(file))
  local again = check.ok(ms.load(file, { problem = p }))
  check.equal(again.net.theta, run.net.theta)
  check.equal(again.history["parameter.k"], column)
end)

check.test("a model without the coefficients is refused", function()
  local p = decay(both)
  check.fails(function()
    p:losses(ms.mlp { inputs = { "x" }, outputs = { "u" } })
  end, "the model has no coefficient c: make it with outputs = p.fields")
end)

check.test("mistakes in coefficients are named", function()
  local function fails(coefficients, pattern)
    check.fails(function() decay(coefficients) end, pattern)
  end
  fails({ k = "a" }, "k must be a number or { start = number }")
  fails({ k = {} }, "k needs the number it starts from")
  fails({ k = { start = -1, positive = true } },
    "k is positive and cannot start from %-1")
  fails({ k = { start = 1, stop = 2 } }, "k has no option 'stop'")
  fails({ u_x = 1 }, "parameters: u_x would hide the derivative s.u_x")
  fails({ x = 1 }, "\"x\" is a parameter and a coordinate or a field")
  fails({ k = { start = 1, rate = "x" } }, "k: rate must be a number")
  fails(3, "parameters must be a table")
end)

--- The shipped problem in small: a smoother truth, so that few steps are enough.
check.test("the viscosity of Burgers' equation from noisy values", function()
  local nu, pi = 0.1, math.pi
  local forward = ms.problem "burgers"
  check.equal(forward.parameters, {})
  local places = ms.sample_box("uniform", ms.rng(1, "places"), ms.zeros(500, 2),
    { -1, 0 }, { 1, 1 })
  local x, t = places:select(2, 1), places:select(2, 2)
  local above, below = ms.zeros(500), ms.zeros(500)
  for node = -60, 60 do -- Cole-Hopf, see problems/burgers.lua
    local z = node / 10
    local angle = pi * (x - ms.sqrt(4 * nu * t) * z)
    local w = ms.exp(-z ^ 2 - (1 + ms.cos(angle)) / (2 * pi * nu))
    above, below = above + ms.sin(angle) * w, below + w
  end
  local noise = ms.rng(1, "noise"):normal(ms.zeros(500))
  local p = problem({ on = places, values = { u_obs = noise * 0.005 - above / below },
    expr = misfit },
    { parameters = { nu = { start = 0.03, positive = true, rate = 5 } } })
  p.terms[2] = problem({ on = "interior", name = "residual", points = 200,
    expr = function(s) return s.u_t + s.u * s.u_x - s.nu * s.u_xx end }, {}).terms[1]
  local run = ms.train { problem = p, net = { width = 16, depth = 2 }, steps = 2500,
    optimizer = "adam", conflict = "sum", schedule = "cosine:from=0.01", report = false }
  check.near(run.net:coefficient "nu" / nu, 1, 0.03)
end)

check.done()
