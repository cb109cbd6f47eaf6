--[[
Measures the engine and prints ratios taken in one run, so that they mean the same on a
slow and on a busy machine:  modsync bench [--json] [--quick] [NAME...]

  burgers     value and gradient of the Burgers residual on 10,000 points against its
              matrix products alone (the same calls, the same shapes), 4 x 50 and 4 x 128
  orders      value and gradient of derivatives of u against those of u itself, 4 x 64
  models      the Burgers residual with every architecture against the matrix products of
              each, at its own size and 128 wide
  threads     two threads against one
  memory      more memory for 1,000,000 points than for 10,000, the points aside
  products    matrix products against those of OpenBLAS's own choice of kernels
  start       start of the program against that of Python with NumPy ($MODSYNC_PYTHON)
  tensor      operations on 10^6 elements against plain loops over the same arrays, which
              a large cache may hold, and over arrays of 512 MB in main memory; and matmul
              against one call of BLAS
  conflict    every conflict method on 4 gradients of 10^6 parameters, alone and under
              factors, against one pass for their products and one for the direction;
              these against a copy; and what the weightings cost beside
  prune       steps with modsync-p and modsync-m against steps without, amortised over a
              hundred: helmholtz, 4 x 128, 1,280 points
  compile     compiling a shipped problem, in training steps of it
  steps       training steps per second of the shipped problems

Times are the least of several repeats, two things that are compared taking turns. --json
ends with one line of JSON on stdout; a figure that cannot be taken here (no NumPy, one
processor) is null. --quick measures less often.
]]
local ms = require "modsync"

local order = { "burgers", "orders", "models", "threads",
  "memory", "products", "start", "tensor", "conflict", "prune", "compile",
  "steps" }
local figures, quick = {}, false

--[[ timing ]]

local function seconds(fn)
  local start = ms.time()
  fn()
  return ms.time() - start
end

--- The least time of each function, taking turns.
local function least(repeats, ...)
  local fns, best = { ... }, {}
  for _ = 1, quick and math.max(3, repeats // 5) or repeats do
    for i, fn in ipairs(fns) do best[i] = math.min(best[i] or math.huge, seconds(fn)) end
  end
  return table.unpack(best)
end

local function report(key, value, format, ...)
  figures[key] = value or ms.json.null
  local text = value and format:format(value, ...) or "not measured here"
  print(("%-32s %s"):format(key, text))
end

--[[ what is measured ]]

local burgers = ms.problem {
  name = "burgers_residual",
  coords = { "x", "t" }, fields = { "u" },
  domain = ms.box { x = { -1, 1 }, t = { 0, 1 } },
  terms = {
    { name = "residual", on = "interior", points = 10000,
      expr = function(s) return s.u_t + s.u * s.u_x - 0.01 / math.pi * s.u_xx end },
  },
}

--- The loss terms of the Burgers residual: a function for a step and one for its
--- products.
local function burgers_step(width, points)
  local net = ms.mlp { inputs = burgers.coords, outputs = burgers.fields, width = width,
    depth = 4, seed = 1 }
  local L = burgers:losses(net, { residual = points, redraw = false })
  local program, place = L.groups[1].program, L.groups[1].points
  local function products() program:products(net.theta, place) end
  return function() L:evaluate() end, products, program
end

--- Runs this script with other settings in a process of its own; its last line of output.
local function child(environment, arguments)
  local program = arg[-1] or "modsync"
  local pipe =
    io.popen(("%s %q bench --child %s"):format(environment, program, arguments))
  local last
  for line in pipe:lines() do last = line end
  pipe:close()
  return last
end

local measure, children = {}, {}

function measure.burgers()
  for _, width in ipairs { 50, 128 } do
    local step, products, program = burgers_step(width, 10000)
    step()
    local whole, bare = least(width == 50 and 60 or 25, step, products)
    local key = ("burgers_4x%d_"):format(width)
    report(key .. "ms", whole * 1e3, "%.2f ms, %d points a block", program:info().block)
    report(key .. "over_products", whole / bare, "%.3f")
  end
end

--- Value and gradient of one expression of u in d dimensions, 4 x 64: a function for a
--- step.
local function order_step(dimensions, expr)
  local names, limits = {}, {}
  for i = 1, dimensions do
    names[i] = ("x%d"):format(i)
    limits[names[i]] = { 0, 1 }
  end
  local problem = ms.problem { name = "order", coords = names, fields = { "u" },
    domain = ms.box(limits), terms = { { name = "residual", on = "interior",
      points = 2000, expr = function(s) return expr(s, names) end } } }
  local net = ms.mlp { inputs = problem.coords, outputs = problem.fields, width = 64,
    depth = 4, seed = 1 }
  local L = problem:losses(net, { redraw = false })
  return function() L:evaluate() end
end

function measure.orders()
  local plain = order_step(1, function(s) return s.u end)
  local function over_plain(key, step)
    local time, base = least(25, step, plain)
    report(key, time / base, "%.2f (%.2f ms)", time * 1e3)
  end
  for order = 1, 6 do
    local by = {}
    for i = 1, order do by[i] = "x1" end
    over_plain(("order_%d_over_value"):format(order),
      order_step(1, function(s) return s.u:d(table.unpack(by)) end))
  end
  for _, dimensions in ipairs { 2, 3, 5, 10 } do
    over_plain(("laplacian_%dd_over_value"):format(dimensions),
      order_step(dimensions, function(s, names)
        return s.u:laplacian(table.unpack(names))
      end))
  end
end

--- An architecture of a width, or of its own size.
local function architecture(name, width)
  local options = { inputs = burgers.coords, outputs = burgers.fields, width = width }
  if name == "separate" then
    options.width, options.each = nil, { width = width }
  elseif name == "chebyshev-kan" and width then
    options.width = width // 4 -- and degree 4
  end
  return ms.models[name](options)
end

--- Every architecture that needs no function.
function measure.models()
  for name in pairs(ms.models) do
    for _, width in ipairs(name ~= "traced" and { 0, 128 } or {}) do
      local net = architecture(name, width > 0 and width or nil)
      local L = burgers:losses(net, { residual = 4000 })
      local program, points = L.groups[1].program, L.groups[1].points
      local function step() L:evaluate() end
      step()
      local whole, bare = least(15, step, function()
        program:products(net.theta, points)
      end)
      report(("%s_%s_over_products"):format(name:gsub("-", "_"),
        width > 0 and width or "own"), whole / bare, "%.2f")
    end
  end
end

function measure.threads()
  local before = ms.threads()
  if ms.info().processors < 2 then return report "speedup_2_threads" end
  local step = burgers_step(50, 10000)
  local function with(threads)
    return function()
      ms.threads(threads)
      step()
      return step
    end
  end
  -- a change of the team costs a thread start: time the second step after it
  local best = { math.huge, math.huge }
  for _ = 1, quick and 6 or 30 do
    for threads = 1, 2 do
      with(threads)()
      for _ = 1, 2 do best[threads] = math.min(best[threads], seconds(step)) end
    end
  end
  ms.threads(before)
  report("speedup_2_threads", best[1] / best[2], "%.2f")
end

--- The most memory the process has used so far, in bytes; nil where the system does not
--- say.
local function peak_memory()
  local file = io.open "/proc/self/status"
  local text = file and file:read "a" or ""
  if file then file:close() end
  local kilobytes = text:match "VmHWM:%s*(%d+)"
  return kilobytes and kilobytes * 1024
end

function children.memory(points)
  local net = ms.mlp { inputs = burgers.coords, outputs = burgers.fields, width = 50,
    depth = 4, seed = 1 }
  local L = burgers:losses(net, { residual = math.tointeger(tonumber(points)) })
  local opt, cf = ms.optim.adam {}, ms.conflict.sum {}
  for _ = 1, 3 do
    local _, G = L:gradients()
    opt:step(net, cf(G))
  end
  print(peak_memory())
end

function measure.memory()
  local few = tonumber(child("", "memory 10000"))
  local many = tonumber(child("", "memory 1000000"))
  if not (few and many) then return report "extra_mb_at_1e6_points" end
  local points = (1000000 - 10000) * 2 * 8
  report("extra_mb_at_1e6_points", (many - few - points) / 2 ^ 20, "%.1f MB")
end

--- Seconds of the products of 4 x 128 and the kernels that ran them.
function children.products()
  local _, products = burgers_step(128, 10000)
  products()
  print(("%.9f %s"):format(least(15, products), ms.info().blas_core))
end

function measure.products()
  local function run(environment)
    local line = child(environment, "products") or ""
    return tonumber(line:match "^%S+"), line:match "%S+$"
  end
  local _, chosen = run "MODSYNC_BLAS_CORE=keep"
  local _, used = run ""
  if chosen == used then
    return report("products_over_default_core", 1, "%.2f (OpenBLAS itself chose %s)",
      used)
  end
  local best, own = math.huge, math.huge
  for _ = 1, 3 do
    best, own = math.min(best, (run "")), math.min(own, (run "MODSYNC_BLAS_CORE=keep"))
  end
  report("products_over_default_core", own / best, "%.2f (%s instead of %s)", used,
    chosen)
end

function measure.start()
  local program = ("%q -e 'return 1'"):format(arg[-1] or "modsync")
  local python = (os.getenv "MODSYNC_PYTHON" or "python3")
    .. " -c 'import numpy' 2>/dev/null"
  if not os.execute(python) then return report "start_over_numpy" end
  local own, other = least(15, function() os.execute(program) end,
    function() os.execute(python) end)
  report("start_ms", own * 1e3, "%.1f ms")
  report("start_over_numpy", own / other, "%.3f")
end

local shipped = { "helmholtz", "burgers", "klein_gordon", "convection", "poisson" }

local function shipped_losses(name)
  local p = ms.problem(name)
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 50, depth = 3,
    seed = 1 }
  return p, net, p:losses(net)
end

-- Operations on a and b of 10^6 elements (m: a as 1000 x 1000), the plain loop that moves
-- the same memory, and a name.
local operations = {
  { "add", "triad", function(s) local x <close> = s.a + s.b end },
  { "mul_number", "copy", function(s) local x <close> = s.a * 2 end },
  { "square", "copy", function(s) local x <close> = s.a ^ 2 end },
  { "greater", "copy", function(s) local x <close> = s.a:gt(0) end },
  { "maximum", "triad", function(s) local x <close> = s.a:maximum(s.b) end },
  { "add_row", "copy", function(s) local x <close> = s.m + s.row end },
  { "add_in_place", "update", function(s) s.c:add_(s.b) end },
  { "axpy_in_place", "update", function(s) s.c:axpy_(1e-9, s.b) end },
  { "copy_in_place", "copy", function(s) s.c:copy_(s.a) end },
  { "clone", "copy", function(s) s.a:clone():close() end },
  { "sum", "read", function(s) s.a:sum() end },
  { "max", "read", function(s) s.a:max() end },
  { "norm", "read", function(s) s.a:norm() end },
  { "sum_of_rows", "read", function(s) s.m:sum(1):close() end },
  { "sum_of_columns", "read", function(s) s.m:sum(2):close() end },
  { "exp", "copy", function(s) s.a:exp():close() end },
  { "tanh", "copy", function(s) s.a:tanh():close() end },
}

--- Seconds of the plain loops for 10^6 numbers in main memory: of arrays larger than most
--- caches, as STREAM asks for (McCalpin 1995). Empty where there is not so much memory.
local function main_memory()
  local millions, times = 64, {}
  local function measured()
    local a <close> = ms.ones(millions * 1000000)
    local b <close> = a:clone()
    local c <close> = a:clone()
    for _, loop in ipairs { "copy", "triad", "update", "read" } do
      times[loop] = least(10, function() ms.debug.stream(loop, a, b, c) end) / millions
    end
  end
  return pcall(measured) and times or {}
end

function measure.tensor()
  local n, rng, main = 1000000, ms.rng(1, "bench"), main_memory()
  local s = { a = rng:normal(ms.zeros(n)), b = rng:normal(ms.zeros(n)), c = ms.zeros(n) }
  s.m = s.a:reshape(1000, 1000)
  s.row = s.m:row(1)
  for _, operation in ipairs(operations) do
    local name, loop, run = table.unpack(operation)
    local own, plain = least(60, function() run(s) end,
      function() ms.debug.stream(loop, s.a, s.b, s.c) end)
    local over_main = main[loop] and own / main[loop]
    report("tensor_" .. name .. "_over_memory", own / plain, "%.2f (%.3f ms)%s",
      own * 1e3, over_main and (", main memory %.2f"):format(over_main) or "")
    figures["tensor_" .. name .. "_over_main_memory"] = over_main or ms.json.null
  end
  local threads = ms.threads()
  ms.threads(1) -- BLAS has one thread, too
  for _, size in ipairs { 64, 128, 256, 512 } do
    local a, b = rng:normal(ms.zeros(size, size)), rng:normal(ms.zeros(size, size))
    local c = ms.zeros(size, size)
    local calls = 512 // size * 4
    local own, blas = least(size == 512 and 20 or 60,
      function() for _ = 1, calls do a:matmul(b):close() end end,
      function() for _ = 1, calls do ms.debug.dgemm(a, b, c) end end)
    report(("tensor_matmul_%d_over_blas"):format(size), own / blas, "%.3f (%.0f GFLOP/s)",
      2 * size ^ 3 * calls / own * 1e-9)
  end
  ms.threads(threads)
end

--- A step of MGDA under every weighting of terms, the mean over a period of its updates.
local function measure_weightings(G, values, passes)
  local worst = 0
  for name in pairs(ms.weighting) do
    local w = ms.weighting[name]()
    if w.record.weights and name ~= "ntk" then -- which looks at points
      local cf, every = ms.conflict.mgda { weighting = w }, w:options().every
      local function update()
        w.calls = 0
        cf(G, values)
      end
      local function other() cf(G, values) end
      update()
      local base, first, rest = least(10, passes, update, other)
      local mean = (first + (every - 1) * rest) / every / base
      worst = math.max(worst, mean)
      report(("conflict_mgda_%s_over_passes"):format(name:gsub("-", "_")), mean, "%.3f")
    end
  end
  report("conflict_worst_weighting_over_passes", worst, "%.3f")
end

--- The passes alone are the plain sum; what a method does besides is seen against them.
function measure.conflict()
  local K, P = 4, 1000000
  local G, copy = ms.rng(1, "bench"):normal(ms.zeros(K, P)), ms.zeros(K, P)
  local values, d, worst = ms.ones(K), ms.zeros(P), { 0, 0 }
  local sum = ms.method("conflict", "sum")
  local factors = ms.tensor { 1, 0.5, 3, 7 }
  local function passes() sum:combine(G, d, values) end
  local function copying() copy:copy_(G) end
  passes()
  copying()
  local own, bare = least(25, passes, copying)
  -- the passes move 2 K P numbers in and P out, the copy K P each way
  report("conflict_passes_gb_per_s", (2 * K + 1) * P * 8e-9 / own,
    "%.1f GB/s, a copy %.1f", 2 * K * P * 8e-9 / bare)
  for _, record in ipairs(ms.records()) do
    if record.family == "conflict" then
      local method = ms.method("conflict", record.name)
      local function once() method:combine(G, d, values) end
      local function weighted() method:combine(G, d, values, factors) end
      for _ = 1, K + 1 do once() end -- M-ConFIG begins when it has seen all terms
      local base, time, other = least(15, passes, once, weighted)
      report("conflict_" .. record.name .. "_over_passes", time / base,
        "%.3f, under factors %.3f", other / base)
      figures["conflict_" .. record.name .. "_weighted_over_passes"] = other / base
      if method:weights() then
        worst[1] = math.max(worst[1], time / base)
        worst[2] = math.max(worst[2], other / base)
      end
    end
  end
  report("conflict_worst_gram_over_passes", worst[1], "%.3f")
  report("conflict_worst_weighted_over_passes", worst[2], "%.3f")
  measure_weightings(G, values, passes)
  for _, scope in ipairs { "layer", "neuron" } do
    local method, parts = ms.method("conflict", "upgrad"), {}
    for i = 1, 10 do -- ten layers of 250 x 400, or the columns of each
      parts[i] = { offset = (i - 1) * 100000, rows = 250, cols = 400,
        block = (i - 1) * (scope == "neuron" and 400 or 1), columns = scope == "neuron" }
    end
    method:blocks(parts)
    local function once() method:combine(G, d, values) end
    once()
    local time, base = least(15, once, passes)
    report("conflict_upgrad_by_" .. scope .. "_over_passes", time / base, "%.3f")
  end
end

--- A training step as in ms.train.
local function training_step(net, L, sync)
  local opt, cf = ms.optim.adam {}, ms.conflict.dcgd {}
  return function()
    local _, G = L:gradients()
    if sync then assert(sync:observe(G, L)) end
    opt:step(net, cf(G))
    if sync then assert(sync:apply(net, opt)) end
  end
end

--- A hundred steps with a pruning method that is at work, or without: all its rounds and
--- events of that time are among them.
local function hundred_steps(prune)
  local p = ms.problem "helmholtz"
  local net = ms.mlp { inputs = p.coords, outputs = p.fields, width = 128, depth = 4 }
  local L = p:losses(net, { residual = 1024, boundary = 256 })
  local options = { steps = 100000, start = 0, stop = 1 }
  local step = training_step(net, L, prune and ms.prune[prune](options))
  local function steps()
    for _ = 1, 100 do step() end
  end
  steps() -- to the first event
  return steps
end

function measure.prune()
  local plain, p, m = least(5, hundred_steps(), hundred_steps "modsync-p",
    hundred_steps "modsync-m")
  report("modsync_p_over_step", p / plain, "%.3f")
  report("modsync_m_over_step", m / plain, "%.3f")
end

function measure.compile()
  local worst, which = 0, nil
  for _, name in ipairs(shipped) do
    local p, net, L = shipped_losses(name)
    local step = training_step(net, L)
    step()
    local compile, once = least(10, function() p:losses(net) end, step)
    if compile / once > worst then worst, which = compile / once, name end
  end
  report("compile_in_steps", worst, "%.2f (%s)", which)
end

function measure.steps()
  for _, name in ipairs(shipped) do
    local _, net, L = shipped_losses(name)
    local step = training_step(net, L)
    step()
    report("steps_per_second_" .. name, 1 / least(100, step), "%.0f")
  end
end

--[[ command line ]]

local function fail(message)
  io.stderr:write("modsync bench: ", message, "\n")
  os.exit(2)
end

--- The text at the top of this file.
local function usage()
  local file = assert(io.open(arg[0]))
  local text = file:read("a"):match("^%-%-%[%[\n(.-)\n?%]%]")
  file:close()
  return text
end

local wanted, json = {}, false
for i, word in ipairs(arg) do
  if word == "--help" then
    print(usage())
    return
  elseif word == "--json" then
    json = true
  elseif word == "--quick" then
    quick = true
  elseif word == "--child" then
    return children[arg[i + 1]](table.unpack(arg, i + 2))
  elseif measure[word] then
    wanted[#wanted + 1] = word
  else
    fail(("%s is neither an option nor a benchmark (known: --json, --quick, %s)")
      :format(word, table.concat(order, ", ")))
  end
end

local info = ms.info()
print(("modsync %s, %d threads, %s, BLAS %s (%s)"):format(info.version, ms.threads(),
  info.vector_maths, info.blas_core, info.blas_reason))
for _, name in ipairs(#wanted > 0 and wanted or order) do measure[name]() end
figures.threads, figures.blas_core = ms.threads(), info.blas_core
if json then print(ms.json.encode(figures)) end
