-- What the lifetime tests run again and again: each task uses a part of the engine,
-- asserts what it gets, and leaves nothing behind. Add a task by adding a row.

local check = require "tests.support.check"
local core = require "modsync.core"

local tasks = {}

--- A file of the test that runs: two of them may run at the same time.
local function scratch(name)
  return check.scratch(arg[0]:match("(%w+)%.lua$") .. "-" .. name)
end

local function task(name, fn)
  tasks[#tasks + 1] = { name = name, run = fn }
end

task("tensors", function()
  local t = core.tensor { { 1, 2, 3 }, { 4, 5, 6 } }
  local u = t:transpose():clone():reshape(2, 3)
  local v = (t + u) * 2 - t / 3
  assert(v:sum() and v:sum(1):dim() == 1 and v[{ 1, { 2, -1 } }]:size(1) == 2)
  assert(#tostring(v) > 0 and #v:totable() == 2)
  assert(t:matmul(u:transpose()):size(2) == 2)
  v:row(1):copy_(u:row(2))
  v:axpy_(0.5, t)
  v[2][3] = 7
end)

task("masks and positions", function()
  local t = core.arange(1, 12):reshape(3, 4)
  t[t:gt(6) & ~t:eq(9)] = 0
  assert(#t[t:gt(0)] == 7 and t[core.tensor { 1, 0, 1 }]:size(1) == 2)
  assert(core.where(t:lt(3), t, 0):sum() == 3 and #t:nonzero() == 7)
  assert(t:take(2, { 1, -1 }):put_(1, { 1 }, 5):row(1):sum() == 10)
  assert(t:gather(2, t:argsort(2, true)):size() == 12 and t:clamp(1, 2):max() == 2)
end)

task("reductions and order", function()
  local t = core.arange(1, 12):reshape(3, 4)
  assert(t:sum({ 1, 2 }, true):dim() == 2 and t:var(1):size() == 4 and t:any())
  assert(t:quantile({ 0, 1 }, 2):size() == 6 and t:norm(3, 1) and t:median() == 6.5)
  assert(t:get(t:argmax()) == 12 and t:cumsum(1):cumprod_(2):sort(1, true))
  local values, counts = t:unique()
  local largest, places = t:topk(2, 2)
  assert(#values == 12 and counts:sum() == 12 and largest:sum() > places:sum())
end)

task("joins", function()
  local t = core.arange(1, 6):reshape(2, 3)
  local parts = core.concat({ t, t }, 1):split(2)
  assert(#parts == 2 and core.stack(parts, 3):size() == 12 and t:tile(2, 2):size() == 24)
  assert(t:roll(1, 2):repeat_each(2, 1):triu():flip():permute(2, 1):squeeze())
  assert(t:outer(t:row(1)):diag():diag(1):unsqueeze(1):expand(2, 4, 4):size() == 32)
end)

task("functions known at points", function()
  local t = core.arange(1, 6):reshape(2, 3):transpose()
  assert(t:diff(1, 2):size() == 2 and t:trapezoid(core.arange(1, 3), 1):size() == 2)
  local x = t:select(2, 1)
  assert(x:searchsorted(t):size() == 6 and t:interp(x, x, 0):size() == 6)
  assert(core.meshgrid({ x, x })[2]:allclose(x) and t:logsumexp(1):size() == 2)
  assert(not pcall(t.interp, t, x:flip(), x) and t:logsumexp() and t:isfinite():all())
end)

task("linear algebra", function()
  local a = core.tensor { { 4, 1 }, { 1, 3 } }
  assert(a:lu() and a:qr() and a:svd() and a:eigh() and a:eig() and a:cholesky())
  assert(a:solve(core.ones(2)) and a:lstsq(core.ones(2, 2)) and a:inverse() and a:pinv())
  assert(a:expm() and a:det() and a:cond() and a:rank() == 2 and a:kron(a):trace() == 49)
  assert(not core.ones(2, 2):solve(core.ones(2)))
  local many = core.stack { a, a, core.eye(2) }
  assert(many:lstsq(core.ones(2)) and many:slogdet() and many:pinv():kron(a):rank())
end)

task("tables of numbers", function()
  local path = scratch "lifetime.csv"
  assert(core.csv_write(path, core.eye(2), { header = { "x", "y" } }))
  local t, names = core.csv_read(path, { header = true })
  assert(t:trace() == 2 and names[2] == "y" and not core.csv_read(path))
  assert(core.npy_write(path, t) and core.npy_read(path) == t)
  os.remove(path)
end)

task("random streams", function()
  local rng = core.rng(1, "lifetime")
  assert(rng:uniform(core.zeros(10)):is_finite())
  assert(rng:normal(core.zeros(3, 3)):is_finite())
  assert(rng:permutation(10):sum() == 55 and rng:below(10))
  rng:restore(rng:state())
end)

-- Every method of every family: two calls, and its state moved to another object.
task("methods", function()
  local G = core.tensor { { 1, 2, 3, 4 }, { 1, 0, -1, 0 }, { 0, 1, 1, 1 } }
  local theta = core.ones(4)
  local use = {
    conflict = function(m)
      assert(m(G, nil, core.ones(3)):is_finite() and m:gram())
      m:weights()
      m:promises()
    end,
    optimizer = function(m)
      m:step(theta, G:row(1), core.ones(4))
      m:preconditioner()
      m:preconditioner(core.zeros(4))
    end,
    prune = function(m)
      m:scope { { offset = 0, rows = 2, cols = 2 } }
      m:observe(G)
      assert(m:refresh() and m:apply(theta, 0.1, 0.5, nil, nil, core.ones(4)))
      m:scores()
      if m:state().mask then
        assert(m:event(theta, 1, { keep = theta, grow = theta, G = G }))
      end
    end,
  }
  for _, record in ipairs(core.records()) do
    local m, twin <close> = core.method(record.family, record.name),
      core.method(record.family, record.name)
    use[record.family](m)
    twin:restore(m:state())
    use[record.family](twin)
    assert(#tostring(m) > 0 and m:options())
    assert(m:groups() or record.family == "optimizer" or record.observes == false)
    m:reset()
  end
end)

task("a misuse", function()
  for _, wrong in ipairs {
    function() return core.zeros(2, 3) + core.zeros(4) end,
    function() return core.zeros(2, 3):matmul(core.zeros(2, 3)) end,
    function() return core.tensor { { 1 }, { 1, 2 } } end,
    function() return core.zeros(2):reshape(3) end,
  } do
    local ok, message = pcall(wrong)
    assert(not ok)
    if message:find "memory" then error(message, 0) end
  end
end)

-- u = W2 tanh(W1 x): a loss with a second derivative, and the field itself.
local function network(g, x, t)
  local xt = core.concat { x, t }
  local hidden = core.tanh(xt:matmul(g:parameter(0, 2, 3)) + g:parameter(6, 1, 3))
  return hidden:matmul(g:parameter(9, 3, 1))
end

task("programs", function()
  local g <close> = core.graph()
  local x, t = g:input("x", 1), g:input("t", 2)
  local u = network(g, x, t)
  local residual = u:d "t" + u * u:d "x" - u:d("x", "x")
  local losses <close> = g:program {
    losses = { core.mean(residual ^ 2), core.mean(u ^ 2) }, parameters = 12, columns = 2,
  }
  local field <close> = g:program {
    outputs = { u, u:d "x" }, parameters = 12, columns = 2,
  }
  local theta, points = core.full({ 12 }, 0.1), core.ones(40, 2)
  local values, gradients = core.zeros(2), core.zeros(2, 12)
  losses:run(theta, points, values, gradients)
  assert(values:is_finite() and gradients:is_finite() and values[2] > 0)
  assert(field:run(theta, points):size(1) == 40 and losses:info().products > 0)
end)

-- Every kind of node and program: two loops, tangents, rows, constant matrices, gates.
task("programs of every kind", function()
  local g <close> = core.graph()
  local x, t = g:input("x", 1), g:input("t", 2)
  local u = network(g, x, t)
  local features = core.sin(core.concat { x, t, 0.5 }:matmul(core.ones(3, 2)))
  local gated = core.sum_columns(features * core.tensor { 1, 2 } + u:d("x", "t"))
  local spread = core.mean((gated - core.mean(gated)) ^ 2)
  local theta, points = core.full({ 12 }, 0.1), core.ones(20, 2)
  points:narrow(1, 1, 9):fill_(0.5)
  local spec = { losses = { core.mean(gated ^ 2), spread }, parameters = 12, columns = 2 }
  local values, gradients = core.zeros(2), core.zeros(2, 12)
  g:program(spec):run(theta, points, values, gradients)
  assert(values:is_finite() and values[2] > 0)
  spec.tangents = true
  g:program(spec):run(core.full({ 24 }, 0.1), points, values, gradients)
  assert(gradients:is_finite())
  spec.losses, spec.tangents = { spec.losses[1] }, nil
  assert(g:program(spec):rows(theta, points):size(1) == 20)
  spec.losses, spec.outputs = nil, { gated, spread, x, features:column(2) }
  assert(g:program(spec):run(theta, points):size(2) == 4)
end)

-- What outlives what: a program its graph, a symbol its graph's handle.
task("functions of one argument", function()
  local g <close> = core.graph()
  local z, c = core.tanh(g:input("x", 1) * g:parameter(0, 1, 3)), g:parameter(3, 1, 3)
  local f = (2 * z * z - c * z):through(z)
  local loss = core.mean(core.sum_columns(f:d("x", "x")))
  local program <close> = g:program { losses = { loss }, columns = 1, parameters = 6 }
  local values, G = core.zeros(1), core.zeros(1, 6)
  program:run(core.arange(1, 6), core.arange(1, 9):reshape(9, 1), values, G)
  assert(values:isfinite() and G:norm() > 0 and not pcall(f.through, z, f))
end)

task("handles in any order", function()
  local g = core.graph()
  local x = g:input("x", 1)
  local program = g:program { outputs = { x * 2 }, columns = 1 }
  local symbol = core.exp(x)
  g:close()
  assert(not pcall(function() return symbol + 1 end) and #tostring(symbol) > 0)
  assert(program:run(core.zeros(0), core.ones(3, 1)):sum() == 6)
  program:close()
  symbol = core.tanh(core.graph():input("x", 1)) -- its graph has no other owner
  assert(symbol:d("x", "x") and core.is_symbol(symbol))
end)

task("a misused graph", function()
  local g <close> = core.graph()
  local x = g:input("x", 1)
  for _, wrong in ipairs {
    function() return x:d "nowhere" end,
    function() return x:matmul(x) end,
    function() return g:program { losses = { x }, parameters = 1, columns = 1 } end,
    function() return g:program { outputs = { x, 3 }, columns = 1 } end,
    function() return core.concat { 1, x, core.ones(2, 2) } end,
    function() return core.mean(x):d "x" end,
    function() return x + core.zeros(3, 1) end,
  } do
    local ok, message = pcall(wrong)
    assert(not ok)
    if message:find "memory" then error(message, 0) end
  end
end)

task("samplers", function()
  local rng = core.rng(1, "points")
  for _, sampler in ipairs(core.samplers()) do
    assert(core.sample(sampler.name, rng, 16, 2):is_finite())
    local box = core.sample_box(sampler.name, rng, core.zeros(9, 2), { -1, 0 }, { 1, 0 })
    assert(box == nil or box)
  end
end)

task("archives", function()
  local path = scratch "lifetime.npz"
  assert(core.npz_write(path, { { "a", core.ones(20, 3) }, { "note", "text" } }))
  local entries = core.npz_read(path)
  assert(entries.a:sum() == 60 and entries.note == "text")
  assert(not core.npz_read(path .. ".absent"))
  os.remove(path)
end)

-- A training run in small: problem, network, losses, methods, checkpoint.
task("a training run", function()
  local ms = require "modsync"
  local p = ms.problem "poisson"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 3, depth = 2 }
  local L = p:losses(net, { residual = 8, boundary = 8 })
  local opt, cf = ms.optim.adam { lr = 1e-3 }, ms.conflict.dcgd {}
  local sync = ms.prune.modsync { strength = 1, period = 1, batches = 1 }
  for _ = 1, 2 do
    local values, G = L:gradients()
    sync:observe(G, L)
    opt:step(net, cf(G, values))
    sync:apply(net, opt)
  end
  assert(net.theta:is_finite() and L:relative_l2().u)
end)

task("surgeon", function()
  local G = core.tensor { { 1, 2, 3 }, { 1, 0, -1 }, { 0, 1, 1 } }
  local inverse, W, none = core.fisher_inverse(G, 0.5), core.ones(3, 2), core.zeros(3, 2)
  assert(core.surgeon_costs(inverse, W, none):min() > 0)
  assert(core.surgeon_remove(inverse, W, none, core.ones(3, 2)) > 0 and W:norm() == 0)
  for _, wrong in ipairs {
    function() core.fisher_inverse(G, 0) end,
    function() core.surgeon_costs(inverse, core.ones(2, 2), none) end,
    function() core.surgeon_costs(inverse, W, core.ones(3, 3)) end,
    function() core.surgeon_remove(inverse, W, none, core.ones(3)) end,
  } do
    assert(not pcall(wrong))
  end
end)

task("diagnosis", function()
  local G = core.tensor { { 1, 2, 3, 4 }, { 1, 0, -1, 0 }, { 0, 1, 1, 1 } }
  local gram, magnitude = core.gradient_overlap(G)
  assert(magnitude:min() >= 0 and core.gradient_gram(G) == gram)
  assert(core.gradient_blocks(G, core.ones(4), 2):size(1) == 2)
  assert(core.nonnegative(gram, core.full({ 3 }, -1)):min() >= 0)
  assert(core.eigen(gram):max() > 0)
  for _, wrong in ipairs {
    function() core.gradient_blocks(G, core.full({ 4 }, 3), 2) end,
    function() core.eigen(G) end,
    function() core.nonnegative(gram, core.ones(2)) end,
  } do
    assert(not pcall(wrong))
  end
  gram:fill_(0 / 0)
  assert(core.nonnegative(gram, core.ones(3)) == nil)
end)

task("importance and exclusivity", function()
  local I, rng = core.tensor { { 4, 3, 2, 1 }, { 1, 2, 3, 4 } }, core.rng(1, "shuffles")
  local G, theta = core.ones(3, 4), core.ones(4)
  core.importance_update(I, G, 0.5, 0.5, { 0, 1, 1 }, "taylor", theta)
  assert(core.exclusivity_index(I, "ratio", { 3, 1 }):size() == 4)
  local values, weights = core.exclusivity_values(I, "entropy", { 2, 2 }, true)
  assert(weights:sum() > 0.99 and values:min() >= 0)
  assert(core.exclusivity_shuffled(I, "coupling", rng, 3):size(1) == 3)
  assert(core.exclusivity_level(I, "max-share", rng, 9, 0.5, { 2, 2 }):size() == 2)
  assert(core.exclusivity_simulated("ratio", 2, 1, 1, 9, rng) > 0)
  for _, wrong in ipairs {
    function() core.exclusivity_index(I, "ratio", { 3, 3 }) end,
    function() core.exclusivity_shuffled(I * -1, "ratio", rng, 3) end,
    function() core.importance_update(I, I, 1, 1, { 0, 2 }) end,
    function() core.importance_update(I, I, 1, 1, nil, "taylor") end,
  } do
    assert(not pcall(wrong))
  end
end)

task("a weighted run with all measures", function()
  local ms = require "modsync"
  local run = ms.train { problem = "poisson", net = { width = 3, depth = 2 }, steps = 2,
    losses = { residual = 8, boundary = 8, redraw = 0 }, report = false, diagnose = true,
    conflict = "upgrad:weighting=rba,delay=1,realign=true" }
  assert(run.stopped == "finished" and run.history["cos.residual.boundary"])
end)

return tasks
