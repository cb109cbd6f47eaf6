-- ms.check: silent where all is right, and it names what is wrong.
local check = require "tests.support.check"
local core = require "modsync.core"
local ms = require "modsync"

local function net_of(p, changes)
  local options = { inputs = p.coords, outputs = p.fields, width = 6, depth = 2 }
  for key, value in pairs(changes or {}) do options[key] = value end
  return ms.model(options)
end

local function kinds_of(report)
  local count = { op = 0, derivative = 0, gradient = 0 }
  for _, one in ipairs(report.checks) do count[one.kind] = count[one.kind] + 1 end
  return count
end

check.test("all problems and architectures are right", function()
  for _, name in ipairs { "burgers", "convection", "klein_gordon", "burgers_inverse" } do
    local p = ms.problem(name)
    local report = ms.check(p, net_of(p))
    check.ok(report.ok, tostring(report))
    check.ok(report.worst < 1e-8, tostring(report))
    check.ok(tostring(report):find("all right", 1, true))
  end
  local p = ms.problem "poisson"
  for name in pairs(ms.models) do
    if name ~= "traced" then
      local report = ms.check(p, ms.models[name] { inputs = p.coords,
        outputs = p.fields })
      check.ok(report.ok, tostring(report))
    end
  end
end)

check.test("every op, derivative and gradient is compared, and nothing moved", function()
  local p = ms.problem "klein_gordon"
  local net = net_of(p)
  local before = net.theta:clone()
  local counts = kinds_of(ms.check("klein_gordon", net))
  check.equal(counts.op, #ms.ops())
  check.equal(counts.gradient, 4 * #net.layout)
  check.equal(counts.derivative, 4 + 1) -- u_t, u_tt, u_x, u_xx; u_t
  check.equal(net.theta, before)
end)

check.test("derivatives of expressions and by d() are compared too", function()
  local p = ms.problem { name = "flux", coords = { "x" }, fields = { "u", "v" },
    domain = ms.box { x = { 0, 1 } },
    terms = {
      { name = "residual", on = "interior", points = 9,
        expr = function(s)
          return (s.u * s.v):d("x", "x") - s.v:d("x") + s.u:laplacian("x")
        end },
      { name = "ends", on = ms.periodic "x", points = 3,
        expr = function(s, t) return s.u_x - t.u_x end },
    } }
  local report = ms.check(p, net_of(p))
  check.ok(report.ok, tostring(report))
  local names = {}
  for _, one in ipairs(report.checks) do
    if one.kind == "derivative" then names[#names + 1] = one.what end
  end
  check.equal(names, { "expression_x", "expression_xx", "v_x", "laplacian of u",
    "u_x", "u_x" })
end)

check.test("what the engine cannot see is found: derivative and gradient", function()
  local p = ms.problem "poisson"
  ms.activations.sawtooth = function(x)
    return ms.tanh(x) + 1e-2 * ms.sign(ms.sin(1e5 * x))
  end
  local report = ms.check(p, net_of(p, { activation = "sawtooth" }))
  ms.activations.sawtooth = nil
  check.ok(not report.ok)
  local text = tostring(report)
  check.ok(text:find("wrong derivative u_x of term \"residual\": .* at x = "), text)
  check.ok(text:find("wrong gradient W1%[%d, %d%] of term \"residual\""), text)
  check.equal(report.failures[1].ok, false)
  check.ok(not text:find("wrong op", 1, true), text)
end)

check.test("a value that is not finite is told with its point", function()
  local function term(name, expr)
    return { name = name, on = "interior", points = 8, expr = expr }
  end
  local p = ms.problem { name = "made", coords = { "x" }, fields = { "u" },
    domain = ms.box { x = { 0, 1 } }, terms = {
      term("root", function(s) return ms.sqrt(s.u - 3) + s.u_x end),
      term("slope", function(s) return s.u_x end),
    } }
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 4, depth = 1 }
  local report = ms.check(p, net)
  check.ok(not report.ok)
  check.equal(#report.failures, 1)
  local text = tostring(report)
  local line = '1 wrong\n  term "root": expression 1 is nan at point 1 (x = '
  check.ok(text:find(line, 1, true), text)
  check.ok(not text:find "%-nan" and not text:find "wrong gradient", text)
end)

check.test("a gradient that is wrong in one place is found there", function()
  local p = ms.problem "poisson"
  local net = net_of(p)
  local build = net.build
  -- W2[2, 3] moves the field in small stairs, whose slope is zero
  local index = net.part.W2.offset + 6 + 2
  local start = net.theta:get(index + 1)
  function net:build(g, coords)
    local fields, stairs = build(self, g, coords), 0
    local w = g:parameter(index, 1, 1)
    for i = -40, 40 do stairs = stairs + ms.sign(w - (start + i * 1e-4)) end
    return { u = fields.u + 0.1 * coords.x * stairs }
  end
  local report = ms.check(p, net)
  check.ok(not report.ok)
  for _, one in ipairs(report.failures) do
    check.equal({ one.kind, one.what }, { "gradient", "W2[2, 3]" })
  end
end)

check.test("an op whose derivative is wrong is found", function()
  local original = core.tanh
  core.tanh = function(x)
    return type(x) == "number" and 1.5 * original(x) or original(x)
  end
  local p = ms.problem "poisson"
  local report = ms.check(p, net_of(p, { activation = "sin" }))
  core.tanh = original
  check.equal(#report.failures, 1)
  check.equal({ report.failures[1].kind, report.failures[1].what }, { "op", "tanh" })
end)

check.test("mistakes are named", function()
  check.fails(function() ms.check(3, 4) end, "check expects a problem and a model")
  check.fails(function() ms.check("poisson", 4) end, "losses expects a model")
end)

check.done()
