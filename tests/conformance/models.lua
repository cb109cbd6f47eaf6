-- What every architecture of lua/modsync/models must do, with its own options and with
-- each option that all have: gradients agree with finite differences, so do input
-- derivatives, net.options makes the same model again, a checkpoint comes back bit for
-- bit, and training lowers the error of poisson.
local check = require "tests.support.check"
local finite = require "tests.support.finite"
local ms = require "modsync"
local registry = ms.registry

local function gated(x, p)
  local h = ms.tanh(ms.linear(x, p.W1, p.b1))
  h = h + p.gate * ms.sin(ms.linear(h, p.W2, p.b1)) * h
  return ms.linear(ms.concat { h, x * x }, p.W3, p.b3)
end

--- Small sizes, and what an architecture cannot do without.
local own = {
  mlp = { { widths = { 5, 4, 3 } }, { width = 4, input_scale = 0.5 } },
  ["modified-mlp"] = { { width = 4, depth = 3 } },
  ["residual-mlp"] = { { width = 4, depth = 2 } },
  ["pirate-net"] = { { width = 6, depth = 2, fourier_scale = 0.7 } },
  siren = { { width = 5, depth = 2, omega = 4, omega_hidden = 3 } },
  ["chebyshev-kan"] = { { width = 3, depth = 2, degree = 4 },
    { width = 3, degree = 1 }, { width = 3, depth = 1, degree = 2 } },
  fourier = { { width = 4, depth = 2, fourier = 3, scales = { 0.5, 2 } },
    { width = 4, depth = 1, fourier = 3 } },
  separate = { { each = { width = 3, depth = 2, adaptive = "global" },
    fields = { v = { model = "modified-mlp", factorise = true } } } },
  traced = { { forward = gated, params = { { "W1", 2, 4 }, { "b1", 1, 4, init = 0.1 },
    { "W2", 4, 4, hidden = true }, { "gate", 1, 4, init = 0.5, role = "gate" },
    { "W3", 6, 2, init = "he" }, { "b3", 1, 2, init = 0 } } } },
}

--- Options of all architectures; those that a record does not have are left out.
local common = {
  { standardise = false }, { periodic = { "x" }, harmonics = 2 },
  { periodic = { x = 3, y = 2 } }, { fourier = 3, fourier_scale = 0.8 },
  { activation = "silu", init = "he_uniform" }, { bias = false },
  { adaptive = "global", adaptive_scale = 2 }, { adaptive = "layer" },
  { adaptive = "neuron", factorise = true }, { factorise = true, factor_mean = 0.5 },
  { parameters = { { name = "nu", start = 0.3, positive = true },
    { name = "c", start = -2 } } },
  { transform = function(s, f) return { u = f.u * s.x + s.y, v = f.v - s.y } end },
}

local domain = ms.box { x = { -1, 1 }, y = { 0, 2 } }

local function make(name, changes)
  local options = { inputs = { "x", "y" }, outputs = { "u", "v" }, domain = domain,
    seed = 3 }
  for key, value in pairs(changes) do options[key] = value end
  return ms.models[name](options)
end

local function accepts(record, options)
  local known = {}
  for _, option in ipairs(registry.all_options(record)) do known[option.name] = true end
  for key in pairs(options) do
    if not known[key] then return false end
  end
  return true
end

--- All sets of options that the tests try an architecture with.
local function variants(name)
  local record, list = registry.record("models", name), {}
  for _, options in ipairs(own[name] or { {} }) do list[#list + 1] = options end
  for _, more in ipairs(common) do
    local fixed = name == "traced" or name == "separate" or name == "fourier"
    local inputs = more.fourier or more.periodic
    if accepts(record, more) and not (inputs and (fixed or name == "pirate-net")) then
      local options = {}
      for key, value in pairs(list[1]) do options[key] = value end
      for key, value in pairs(more) do options[key] = value end
      list[#list + 1] = options
    end
  end
  return list
end

local function label(name, options)
  local parts = {}
  for key, value in pairs(options) do
    parts[#parts + 1] = type(value) == "table" and key or key .. "=" .. tostring(value)
  end
  table.sort(parts)
  return name .. " " .. table.concat(parts, " ")
end

--- Parameters somewhere, so that gates and slopes that start at zero count.
local function shake(net)
  local noise = ms.rng(1, "shake"):normal(ms.zeros(net:count()))
  net.theta:axpy_(0.1, noise)
end

--- A loss that needs every field, first and second derivatives and the coefficients.
local function loss_program(net)
  local g = ms.graph()
  local coords = { x = g:input("x", 1), y = g:input("y", 2) }
  local f, c = net:build(g, coords), net:coefficients(g)
  local r = f.u:d("x", "x") * (c.nu or 1) + f.v:d("y") - f.u * f.v + (c.c or 0)
  local q = f.v:d("x", "y") - f.u:d("x")
  return g:program { losses = { ms.mean(r * r), ms.mean(q * q) },
    parameters = net:count(), columns = 2 }
end

local points = ms.sample("uniform", ms.rng(2, "points"), 7, 2)

local function check_gradients(net, what)
  local program = loss_program(net)
  local values, G = ms.zeros(2), ms.zeros(2, net:count())
  program:run(net.theta, points, values, G)
  local expected = finite.gradient(function(moved)
    program:run(moved, points, values)
    return values:clone()
  end, net.theta, 1e-3)
  for k = 1, 2 do
    local row = ms.tensor(expected[k])
    check.near(G:row(k), row, 1e-7 * (1 + row:norm()), what)
  end
end

local function check_derivatives(net, what)
  local g = ms.graph()
  local coords = { x = g:input("x", 1), y = g:input("y", 2) }
  local f = net:build(g, coords)
  local program = g:program { parameters = net:count(), columns = 2,
    outputs = { f.u:d("x"), f.v:d("y", "y"), f.u:d("x", "x") } }
  local got, at = program:run(net.theta, points), points:clone()
  for i = 1, points:size(1) do
    local function value(column, field)
      return function(v)
        at:set(i, column, v)
        local result = net:evaluate(at):get(i, field)
        at:set(i, column, points:get(i, column))
        return result
      end
    end
    local slope = finite.slope(value(1, 1), points:get(i, 1), 2e-4)
    check.near(got:get(i, 1), slope, 1e-8 * (1 + math.abs(slope)), what)
    local curved = finite.slope(function(y)
      return finite.slope(value(2, 2), y, 2e-3)
    end, points:get(i, 2), 2e-3)
    check.near(got:get(i, 2), curved, 1e-6 * (1 + math.abs(curved)), what)
  end
end

--- The functions among the options, which net.options does not hold.
local function with_functions(plain, options)
  local copy = {}
  for key, value in pairs(plain) do copy[key] = value end
  for key, value in pairs(options) do
    if type(value) == "function" then copy[key] = value end
  end
  return copy
end

local function check_again(net, options, what)
  local again = ms.model(with_functions(net.options, options))
  check.equal(again.options, net.options, what)
  check.equal(again.theta, net.theta, what)
  check.equal(again:evaluate(points), net:evaluate(points), what)
  local through = ms.json.decode(ms.json.encode(net.options))
  check.equal(ms.model(with_functions(through, options)).theta, net.theta, what)
end

local function check_layout(net, what)
  local offset = 0
  for _, part in ipairs(net.layout) do
    check.equal(part.offset, offset, what)
    offset = offset + part.rows * part.cols
  end
  check.equal(offset, net:count(), what)
end

local names = registry.names "models"

check.test("the shipped architectures are found", function()
  local found = {}
  for _, name in ipairs(names) do found[name] = true end
  for name in pairs(own) do check.ok(found[name], name .. " is missing") end
end)

for _, name in ipairs(names) do
  check.test(name .. " says what it is", function()
    local record = registry.record("models", name)
    check.ok(#record.summary > 10 and record.paper, "a summary and a paper are missing")
    for _, option in ipairs(record.options) do
      check.ok(option.text, option.name .. " is not explained")
    end
  end)
  for _, options in ipairs(variants(name)) do
    local what = label(name, options)
    check.test(what, function()
      local net = make(name, options)
      check_layout(net, what)
      check_again(net, options, what)
      shake(net)
      check_derivatives(net, what)
      check_gradients(net, what)
    end)
  end
end

local p = ms.problem "poisson"

--- Two steps, a checkpoint, two more, against four.
local function check_checkpoint(name, options)
  local function settings(steps)
    local net = { model = name }
    for key, value in pairs(options) do net[key] = value end
    if name == "traced" then
      net.inputs, net.outputs = p.coords, p.fields
      net.params = { { "W1", 2, 4 }, { "b1", 1, 4, init = 0 }, { "W2", 4, 1 } }
      net.forward = function(x, q)
        return ms.tanh(ms.linear(x, q.W1, q.b1)):matmul(q.W2)
      end
    elseif name == "separate" then
      net.fields = nil
    end
    return { problem = "poisson", net = net, losses = { residual = 20, boundary = 8 },
      steps = steps, report = false, schedule = "constant" }
  end
  local file = check.scratch("model-" .. name .. ".npz")
  check.ok(ms.train(settings(2)):save(file))
  local forward = settings(2).net.forward
  local run = check.ok(ms.load(file, forward and { net = { forward = forward } }))
  run:resume { steps = 4, report = false }
  check.equal(run.net.theta, ms.train(settings(4)).net.theta)
  if forward then
    check.refuses("forward must be a function", ms.load(file))
  end
end

--- A short run must come close; modsync bench and long runs measure how close.
local short = {
  mlp = { width = 16 }, ["modified-mlp"] = { width = 16 },
  ["residual-mlp"] = { width = 16 }, ["pirate-net"] = { width = 16, depth = 1 },
  siren = { width = 16 }, ["chebyshev-kan"] = { width = 8 },
  fourier = { width = 16, fourier = 8 }, separate = { each = { width = 16 } },
}

for name, options in pairs(short) do
  for _, more in ipairs { {}, { factorise = true, adaptive = "layer" },
    { hard = true } } do
    local net = { model = name }
    for key, value in pairs(options) do net[key] = value end
    local given = registry.find("models", name)
    if more.factorise and accepts(given, more) then
      for key, value in pairs(more) do net[key] = value end
    elseif more.hard then
      net.transform = function(s, f)
        return s.x * (1 - s.x) * s.y * (1 - s.y) * f.u
      end
    end
    if not more.factorise or net.factorise then
      check.test(label(name, more) .. " learns poisson", function()
        local run = ms.train { problem = p, net = net, steps = 600, report = false,
          losses = { residual = 200, boundary = 60 }, optimizer = "adam",
          schedule = "cosine:from=0.01", history = { every = 400 } }
        check.ok(run.rel_l2.u < 0.1, ("%s: %.3g"):format(name, run.rel_l2.u))
      end)
    end
  end
end

for _, name in ipairs(names) do
  check.test(name .. ": checkpoint", function()
    check_checkpoint(name, (own[name] or { {} })[1])
  end)
end

check.done()
