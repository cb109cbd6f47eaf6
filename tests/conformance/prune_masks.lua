-- Every policy of the registry that holds weights at 0, in training: nothing changes at
-- density 1, exactly as many weights as asked for are left after every event, masks
-- survive every optimizer and conflict method, frozen parameters, resuming.

local check = require "tests.support.check"
local core = require "modsync.core"
local ms = require "modsync"

local WIDTH, STEPS = 8, 16
local N = 2 * WIDTH * WIDTH -- weights in scope

--- Names of the policies; "mask" itself has no scores of its own.
local names = {}
for _, name in ipairs(ms.registry.names "prune") do
  local record = ms.registry.record("prune", name)
  if (record.score or record.events) and name ~= "mask" then names[#names + 1] = name end
end
check.ok(#names >= 12, "the policies were not found")

--- Options with which a policy drops and grows something in a short run.
local function short(name, more)
  local options = { name = name, density = 0.37, period = 3, batches = 2, stop = 0.8 }
  local record = ms.registry.record("prune", name)
  for _, option in ipairs(ms.registry.all_options(record)) do
    if option.name == "budget" then options.budget, options.fraction = 1, 1 end
    if option.name == "rounds" then options.rounds = 5 end
  end
  for key, value in pairs(more or {}) do options[key] = value end
  return options
end

local function new_run(prune, more)
  local settings = { problem = "helmholtz", steps = STEPS, report = false, seed = 3,
    net = { width = WIDTH, depth = 3 }, losses = { residual = 24, boundary = 12 },
    prune = prune, history = { every = STEPS } }
  for key, value in pairs(more or {}) do settings[key] = value end
  return require("modsync.train").new(settings)
end

local function train(prune, more)
  return check.ok(new_run(prune, more):resume())
end

--- The weights of some parts that are held at 0; those that are must be 0.
local function count_held(run, parts)
  local held = 0
  for _, part in ipairs(run.net.alive and parts or {}) do
    local n = part.rows * part.cols
    local gone = 1 - run.net.alive:narrow(1, part.offset + 1, n)
    check.equal((run.net.theta:narrow(1, part.offset + 1, n) * gone):abs():sum(), 0)
    held = held + gone:sum()
  end
  return held
end

--- A callback that checks the numbers after every event. seen.n counts them.
local function watching(policy, seen)
  local steps = policy.steps or STEPS
  return function(run, step)
    local last = run.prune.last
    if not last or last == seen.last then return end
    seen.last, seen.n = last, (seen.n or 0) + 1
    seen.grown = (seen.grown or 0) + last.grown
    check.equal(count_held(run, run.net:hidden_blocks()), N - last.active, policy.name)
    check.equal(last.active, last.wanted, policy.name)
    local t, chosen = math.min(1, last.step / steps), run.prune.chosen
    local x = math.max(0, math.min(1, (t - chosen.start) / (chosen.stop - chosen.start)))
    local density = chosen.density + (1 - chosen.density) * (1 - x) ^ 3
    if chosen.schedule == "one-shot" then density = chosen.density end
    check.equal(last.wanted, math.floor(density * N + 0.5), policy.name .. step)
  end
end

for _, name in ipairs(names) do
  check.test(name .. ": density 1 is the training without it, bit for bit", function()
    local base, run = train(), train(short(name, { density = 1 }))
    check.ok(run.net.theta == base.net.theta)
    for slot, value in pairs(base.optimizer:state()) do
      check.ok(run.optimizer:state()[slot] == value, slot)
    end
    check.equal(run.net.mask, nil)
  end)

  check.test(name .. ": exactly as many as asked for after every event", function()
    for _, scope in ipairs { "global", "layer", "neuron" } do
      for _, layers in ipairs { "uniform", "er" } do
        local seen, policy = {}, short(name, { scope = scope, layers = layers })
        local run = train(policy, { callback = watching(policy, seen) })
        check.equal(run.stopped, "finished")
        check.ok(seen.n >= 1, name)
        check.equal(count_held(run, run.net:hidden_blocks()),
          N - math.floor(0.37 * N + 0.5))
        if run.prune.chosen.fraction > 0 then check.ok(seen.grown > 0) end
      end
    end
    local seen, policy = {}, short(name, { schedule = "cubic", start = 0.2 })
    train(policy, { callback = watching(policy, seen) })
    check.ok(seen.n > 2, "little by little")
  end)

  check.test(name .. ": resumed is unbroken, byte for byte", function()
    local paths = {}
    for i, stop in ipairs { 1, 5, 9, 99 } do
      local run = new_run(short(name), {
        callback = function(_, step) return step ~= stop end })
      run:resume()
      if stop < STEPS then
        local half = check.scratch(name .. ".npz")
        check.ok(run:save(half))
        run = check.ok(ms.load(half))
        os.remove(half)
        run:resume { report = false }
      end
      paths[i] = check.scratch(name .. i .. ".npz")
      check.ok(run:save(paths[i]))
    end
    local files = {}
    for i, path in ipairs(paths) do
      local file = io.open(path, "rb")
      files[i] = file:read "a"
      file:close()
      os.remove(path)
      check.ok(files[i] == files[1], name)
    end
  end)

  check.test(name .. ": what the user froze stays, and is not counted", function()
    local run = new_run(short(name))
    local view = run.net:views().W2
    local before = view:clone()
    run.net:freeze "W2"
    check.ok(run:resume())
    check.ok(view == before)
    local n, parts = N / 2, run.net.part
    local held = n - math.floor(0.37 * n + 0.5)
    check.equal(count_held(run, { parts.W3 }), held)
    check.equal(count_held(run, { parts.W2 }), 0)
    check.equal(run.net.mask:narrow(1, parts.W2.offset + 1, n):sum(), 0)
    run.net:thaw()
    check.ok(run.net.mask == run.net.alive)
  end)

  check.test(name .. ": input and output layers on request", function()
    local ok, run = pcall(train, short(name, { include = "all" }))
    if not ok then -- some work on hidden layers alone, and say so
      check.ok(tostring(run):find("'" .. name .. "': ", 1, true), run)
      check.ok(tostring(run):find "include = hidden", run)
      return
    end
    local all = 2 * WIDTH + N + WIDTH
    check.equal(count_held(run, run.net.layout), all - math.floor(0.37 * all + 0.5))
    for name, part in pairs(run.net.part) do
      if name:find "^b" then check.equal(count_held(run, { part }), 0) end
    end
  end)
end

--[[ optimizers and conflict methods ]]

--- No state of the optimizer where the mask is 0: arrays of P numbers, or rows of P.
local function check_state(run)
  local mask, P = run.net.mask, run.net:count()
  local held = 1 - mask
  for slot, value in pairs(run.optimizer:state()) do
    local is_tensor = type(value) == "userdata" and value:dim() > 0
    if is_tensor and value:size(value:dim()) == P then
      check.equal((value * held):abs():sum(), 0, run.optimizer.name .. "." .. slot)
    end
  end
end

ms.register { family = "optim", name = "lua-momentum", options = {
  { name = "lr", type = "number", default = 1e-3 } },
  step = function(theta, d, state, options)
    state.v = state.v or ms.zeros(d:size())
    state.v:mul_(0.9):add_(d)
    theta:axpy_(-options.lr, state.v)
  end }

local optimizers = { "lua-momentum" }
for _, name in ipairs(ms.registry.names "optim") do optimizers[#optimizers + 1] = name end

for _, optimizer in ipairs(optimizers) do
  check.test("masks survive the optimizer " .. optimizer, function()
    for _, name in ipairs { "rigl", "magnitude", "modsync-m" } do
      local run = train(short(name, { steps = STEPS }), { optimizer = optimizer,
        callback = function(run) count_held(run, run.net.layout) end })
      check.ok(run.net.mask:sum() < run.net:count())
      run:resume { steps = STEPS + 1, report = false } -- no event in this step
      check_state(run)
    end
  end)
end

for _, conflict in ipairs { "sum", "dcgd", "pcgrad", "cagrad", "mconfig", "gradvac",
  "dcm", "dcgd:realign=true", "config:scope=neuron" } do
  check.test("masks survive the conflict method " .. conflict, function()
    local seen, policy = {}, short("rigl", { density = 0.5 })
    local run = train(policy, { conflict = conflict, callback = watching(policy, seen) })
    check.equal(run.stopped, "finished")
    check.equal(count_held(run, run.net:hidden_blocks()), N / 2)
    check_state(run)
  end)
end

check.test("gradients by masked weights are 0 in a training step", function()
  local run = train(short "rigl")
  local _, G = run.losses:gradients()
  local held = 1 - run.net.alive
  check.ok(held:sum() > 0)
  check.equal((G * held):abs():sum(), 0)
  check.equal(core.abs(G):sum() > 0, true)
end)

check.done()
