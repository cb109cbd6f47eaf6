-- Conflict methods on the layers and neurons of a model, on tasks of several terms, and
-- in training: what binding tells them.

local check = require "tests.support.check"
local ms = require "modsync"

local problem = ms.problem "burgers"

local function setup()
  local net = ms.mlp { inputs = problem.coords, outputs = problem.fields, width = 6,
    depth = 2, seed = 3 }
  local points = { residual = 40, boundary = 12, initial = 12, seed = 4 }
  return net, problem:losses(net, points)
end

local function bound(name, options, L)
  local cf = ms.conflict[name](options)
  cf:bind(L)
  return cf
end

check.test("layers and neurons get what they would get on their own", function()
  local net, L = setup()
  local values, G = L:gradients()
  for _, name in ipairs { "mgda", "config", "upgrad", "nashmtl", "dcgd" } do
    local d = bound(name, { scope = "layer" }, L)(G, values):clone()
    local at = 0
    for i, part in ipairs(net.layout) do
      local bias = net.layout[i + 1]
      if part.role == "weight" then
        local n = part.rows * part.cols + bias.rows * bias.cols
        local alone = bound(name, {}, L)
        local own = alone(G:narrow(2, at + 1, n):clone(), values)
        check.near(d:narrow(1, at + 1, n), own, 1e-9 * (1 + own:norm()), name)
        at = at + n
      end
    end
    check.equal(at, net:count())
    local whole = bound(name, {}, L)(G, values)
    check.ok(name == "upgrad" or (d - whole):norm() > 1e-6, name)
  end
  local cf = bound("mgda", { scope = "neuron" }, L)
  local d = cf(G, values):clone()
  check.equal(cf:weights():size(1), 6 + 6 + 1)
  check.near(cf:gram(), G:matmul(G:transpose()), 1e-9 * (1 + cf:gram():norm()))
  -- the second neuron of the first layer: columns of the weights, and its bias
  local W, b, alone = net.layout[1], net.layout[2], ms.conflict.mgda {}
  local own = ms.zeros(G:size(1), W.rows + 1)
  local function column(r) return W.offset + r * W.cols + 2 end
  for k = 1, G:size(1) do
    for r = 0, W.rows - 1 do own[k][r + 1] = G:get(k, column(r)) end
    own[k][W.rows + 1] = G:get(k, b.offset + 2)
  end
  local wanted = alone(own, values)
  for r = 0, W.rows - 1 do check.near(d:get(column(r)), wanted:get(r + 1), 1e-10) end
  check.near(d:get(b.offset + 2), wanted:get(W.rows + 1), 1e-10)
end)

check.test("one block, bit for bit the model", function()
  local net, L = setup()
  local values, G = L:gradients()
  local core = ms.method("conflict", "mgda")
  core:blocks { { offset = 0, rows = 1, cols = net:count(), block = 0 } }
  check.ok(core:combine(G, nil, values) == ms.conflict.mgda {}(G, values))
end)

check.test("two tasks: residuals against all others", function()
  local _, L = setup()
  local values, G = L:gradients()
  check.ok(#L.names > 2)
  local cf = bound("config", { tasks = "two" }, L)
  check.near(cf(G, values), bound("dcgd", {}, L)(G, values), 1e-9)
  local w = cf:weights()
  for k = 3, #L.names do check.equal(w:get(k), w:get(2)) end
  -- without losses the first term is the residual
  local unbound = ms.conflict.config { tasks = "two" }
  check.ok(unbound(G, values) == cf(G, values))
end)

check.test("misuse", function()
  local G = ms.ones(2, 3)
  check.fails(function() ms.conflict.mgda { scope = "layer" }(G) end,
    "'mgda': scope = \"layer\" needs the layers of the model; call bind%(L%) first")
  check.fails(function() ms.conflict.mgda { scope = "matrix" } end, "one of model, layer")
  check.fails(function()
    ms.registry.register { family = "conflict", name = "first",
      combine = function(rows) return rows:row(1):clone() end }
    ms.conflict.first { scope = "layer" }
  end, "is written in Lua")
  check.fails(function() ms.conflict.famo {}(G) end, "it needs the values of the losses")
  local core = ms.method("conflict", "mgda")
  check.fails(function() core:blocks { 3 } end, "block 1 is 3")
  check.fails(function() core:blocks { { offset = 0, rows = 1, cols = 2 } } end,
    "block 1: block is nil")
  check.fails(function() core:blocks { { 1, 1, 2, 0 } } end,
    "part 1 of the blocks begins at parameter 1, expected 0")
end)

check.test("every method trains, and resumes bit for bit", function()
  local path = check.scratch "conflict-scope.npz"
  for name in pairs(ms.conflict) do
    for _, scope in ipairs { "model", "layer" } do
      local function run(steps)
        return ms.train { problem = problem, steps = steps, report = false, seed = 2,
          net = { width = 5, depth = 2 }, optimizer = "adam",
          losses = { residual = 20, boundary = 8, initial = 8 },
          conflict = name ~= "first" and { name = name, scope = scope } or name }
      end
      local straight = check.ok(run(6), name)
      check.equal(straight.stopped, "finished", name)
      check.ok(run(3):save(path))
      local resumed = check.ok(ms.load(path)):resume { steps = 6, report = false }
      check.ok(resumed.net.theta == straight.net.theta, name .. " " .. scope)
    end
  end
end)

check.done()
