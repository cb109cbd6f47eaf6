-- modsync train as a person runs it: in a process of its own.
local ms = require "modsync"
local check = require "tests.support.check"

local program = arg[-1]
local folder = check.scratch "train-script"

--- Exit status, standard output and standard error of modsync train ARGUMENTS.
local function train(arguments)
  local out, err = folder .. "/out.txt", folder .. "/err.txt"
  local _, _, status = os.execute(("'%s' train %s > '%s' 2> '%s' < /dev/null")
    :format(program, arguments, out, err))
  local texts = {}
  for i, path in ipairs { out, err } do
    local file = check.ok(io.open(path))
    texts[i] = file:read "a"
    file:close()
    os.remove(path)
  end
  return status, texts[1], texts[2]
end

local function bytes(path)
  local file = check.ok(io.open(path, "rb"))
  local content = file:read "a"
  file:close()
  return content
end

check.ok(ms.mkdir(folder))
local small = " --width 10 --points residual=64,boundary=32 --seed 3 --threads 1"

check.test("results, and the last line of --json", function()
  local out = folder .. "/a"
  local status, text, messages = train("helmholtz --json --steps 40 --out " .. out
    .. small)
  check.equal(status, 0, messages)
  check.equal(messages, "")
  local line = ms.json.decode(text:match("([^\n]*)\n$"))
  check.equal(line.problem, "helmholtz")
  check.equal({ line.seed, line.steps, line.threads }, { 3, 40, 1 })
  check.equal(line.params, 2 * 10 + 10 + 2 * (10 * 10 + 10) + 10 + 1)
  check.ok(line.losses.residual > 0 and line.losses.boundary > 0)
  check.ok(line.rel_l2.u > 0)
  check.equal(line.sparsity, 0.0)
  check.ok(line.seconds > 0)
  check.near(line.steps_per_second, 40 / line.seconds, 1e-6 * line.steps_per_second)
  check.ok(text:find("relative L2 of u +%d%.%d+e"), text)
  check.ok(text:find("checkpoint +" .. out:gsub("%p", "%%%0") .. "/checkpoint.npz"), text)
  check.equal(ms.load(out .. "/checkpoint.npz").step, 40)
  check.ok(bytes(out .. "/fields.svg"):find("<svg", 1, true))
  check.ok(bytes(out .. "/losses.svg"):find("boundary", 1, true))
  local history = bytes(out .. "/history.csv")
  check.equal(history:match("^[^\n]*"),
    "step,lr,loss.residual,loss.boundary,rel_l2.u,sparsity")
  check.ok(history:match("\n40,[^\n]*\n$"), history)
end)

check.test("a run made longer is the longer run", function()
  local a, b = folder .. "/a", folder .. "/b"
  -- the rates of this schedule do not depend on the length of the run
  check.equal(train("helmholtz --steps 40 --schedule step --out " .. a .. small), 0)
  check.equal(train("helmholtz --steps 25 --schedule step --out " .. b .. small), 0)
  local file = b .. "/checkpoint.npz"
  local status, text = train("--steps 40 --no-plot --threads 1 --resume " .. file)
  check.equal(status, 0)
  check.ok(text:find(file, 1, true), text)
  local one, two = ms.npz_read(a .. "/checkpoint.npz"), ms.npz_read(file)
  check.equal(one["params/W1"] == two["params/W1"], true)
  check.equal(one["optim/v"] == two["optim/v"], true)
  check.equal(train("--steps 45 --no-plot --quiet --optimizer lbfgs --conflict sum "
    .. "--redraw 0 --resume " .. file), 0)
  local changed = ms.load(file)
  check.equal({ changed.step, changed.optimizer.name, changed.conflict.name },
    { 45, "lbfgs", "sum" })
  check.equal({ changed.schedule, changed.losses:fixed "residual" }, { nil, true })
  check.equal(train("poisson --resume " .. file), 1)
  check.equal(train("helmholtz --quiet --resume " .. file), 0)
  status, _, text = train("--width 3 --resume " .. file)
  check.equal(status, 1)
  check.ok(text:find("--width cannot be changed when a run is resumed", 1, true), text)
end)

check.test("quiet is quiet", function()
  local status, text, messages = train("poisson --steps 3 --quiet --out " .. folder
    .. "/c")
  check.equal({ status, text, messages }, { 0, "", "" })
end)

check.test("methods with options", function()
  local status, text, messages = train("helmholtz --steps 20 --json --no-plot" ..
    " --conflict dcgd:variant=average --optimizer sgd:momentum=0.5" ..
    " --schedule cosine:to=1e-5 --prune modsync:period=5,start=0,strength=0.5" ..
    " --redraw 0 --sampler lhs --out " .. folder .. "/c" .. small)
  check.equal(status, 0, messages)
  check.equal(ms.json.decode(text:match("([^\n]*)\n$")).stopped, "finished")
  local run = check.ok(ms.load(folder .. "/c/checkpoint.npz"))
  check.equal(run.conflict:options().variant, "average")
  check.equal(run.optimizer:options().momentum, 0.5)
  check.equal(run.schedule:options().to, 1e-5)
  check.near(run.schedule(20), 1e-5, 1e-20)
  check.equal(run.prune:options().period, 5)
end)

check.test("architectures with options, and trained coefficients", function()
  local out = folder .. "/m"
  local status, text, messages = train("burgers_inverse --json --steps 3 --no-plot"
    .. " --model fourier:fourier=4 --width 6 --points residual=64 --out " .. out)
  check.equal(status, 0, messages)
  check.ok(text:find("coefficient nu +0%.0%d+ %(true: 0%.0031831, off by "), text)
  local result = ms.json.decode(text:match("([^\n]*)\n$"))
  local run = ms.load(out .. "/checkpoint.npz")
  check.equal(run.net.options.model, "fourier")
  check.equal({ run.net.options.fourier, run.net.options.width }, { 4, 6 })
  check.equal(result.coefficients.nu, run.net:coefficient "nu")
  status, _, messages = train "poisson --model perceptron --steps 1"
  check.equal(status, 1)
  check.ok(messages:find("unknown architecture 'perceptron'", 1, true), messages)
end)

check.test("a mistake is one line, and status 1", function()
  check.ok(ms.write_file(folder .. "/object.lua", "error { code = 3 }"))
  for arguments, pattern in pairs {
    ["helmholtz --stpes 3"] = "unknown option %-%-stpes; did you mean %-%-steps%?",
    ["helmholz"] = "no problem \"helmholz\".*did you mean \"helmholtz\"",
    ["helmholtz --conflict dgcd"] = "unknown conflict method 'dgcd'.*did you mean 'dcgd'",
    ["helmholtz --prune modsync:strenght=1"] = "no option 'strenght'",
    ["helmholtz --points residual"] = "expects TERM=N",
    ["--resume nothing.npz"] = "nothing.npz",
    ["helmholtz --lr 1e999"] = "'lr' of 'adam' is inf; expected a finite number",
    [folder .. "/object.lua"] = "an error object: table",
    [""] = "which problem",
  } do
    local status, text, messages = train(arguments)
    check.equal(status, 1, arguments)
    check.equal(text, "")
    check.ok(messages:find("^modsync train: ") and messages:find(pattern), messages)
    check.equal(messages:find("stack traceback", 1, true), nil)
  end
end)

check.test("the help lists every option", function()
  local status, text = train "--help"
  check.equal(status, 0)
  for _, name in ipairs { "width", "conflict", "prune", "resume", "json", "threads" } do
    check.ok(text:find("--" .. name, 1, true), name)
  end
end)

for _, name in ipairs { "a", "b", "c" } do
  for _, file in ipairs(ms.listdir(folder .. "/" .. name) or {}) do
    os.remove(("%s/%s/%s"):format(folder, name, file))
  end
  os.remove(folder .. "/" .. name)
end
os.remove(folder)
check.done()
