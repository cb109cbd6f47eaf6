-- help finds everything by name, and lists every family.
local check = require "tests.support.check"
local ms = require "modsync"
local reference = require "modsync.reference"
local topics = require "modsync.reference.topics"

local help = ms.help

--- The text for a name has each of these.
local function has(name, ...)
  local text = check.ok(help.show(name))
  for _, part in ipairs { ... } do
    check.ok(text:find(part, 1, true), ("%s: no '%s' in\n%s"):format(name, part, text))
  end
  return text
end

check.test("methods: summary, paper, options with their ranges, aliases", function()
  has("adam", "optimizer: adam", "paper: arXiv:1412.6980", "use:   ms.optim.adam",
    "beta1 (number, default 0.9, 0 to below 1)")
  has("dcgd", "variant (choice, default center, center | projection | average)")
  has("dcgd", "scope (choice, default model", "NC  no task gets worse: g_k.d >= 0\n")
  has("config", "NC  no task gets worse: g_k.d >= 0 (for independent gradients)",
    "ST  d = 0 where a positive combination of the gradients is 0 (with two tasks)")
  has("cosine", "schedule: cosine", "steps (integer, 1 or more)")
  local text = has("modsync-p", "pruning method: modsync-p", "ms.prune.modsync {")
  check.equal(help.show "modsync_p", text)
  check.equal(help.show "modsync", text)
end)

check.test("problems: domain, fields, terms with their points, the file", function()
  local text = has("convection", "problem: convection", "source: arXiv:2109.01050",
    "domain: x in [0, 6.28319], t in [0, 1]", "fields: u (exact solution known)",
    "residual     on interior: 1280 points", "on periodic x", "on t=0",
    "problems/convection.lua")
  check.equal(help.show("problems/convection.lua"), text)
  has("burgers", "on x.min, x.max")
  has("./nowhere.lua", "(broken)", "no problem file")
end)

check.test("elementary functions, samplers, activations, initialisers", function()
  has("atan2", "ms.atan2(x, y)", "derivative by y: ", "numbers, tensors and symbols")
  has("tanh", "activation: tanh", "derivative by x: 1 - f*f", "f is the result")
  check.ok(not has("sin"):find("f is the result", 1, true))
  has("sobol", "sampler: sobol", "paper: doi:")
  has("gelu", "activation: gelu", "x times the normal distribution function")
  has("he", "initialiser: he", "arXiv:1502.01852")
  ms.activations.made_here = function(x) return x end
  has("made_here", "activation: made_here")
  ms.activations.made_here = nil
end)

check.test("functions and methods: signature, parameters, example", function()
  has("zeros", "ms.zeros(...) -> tensor", "example: ms.zeros(2, 3)")
  local text = has("tensor.narrow", "tensor:narrow(axis, first, count) -> tensor",
    "axis: integer", "example: t:narrow")
  for _, name in ipairs { "tensor:narrow", "ms.tensor.narrow", "narrow" } do
    check.equal(help.show(name), text)
  end
  has("sample_box", "high [, skip])")
  has("plot.lines", "plot.lines(options)", "series: series[]", "logy?: boolean")
  has("gradients", "losses:gradients([terms]) -> tensor values, tensor G")
  text = has("state", "losses:state()", "rng:state()", "prune:state()")
end)

check.test("what goes on in a second line stays with its parameter", function()
  local text = has("check",
    "points a term (5); relative error that is still right (1e-5)")
  check.ok(not text:find("\n  error that", 1, true), text)
  has("curvature.jacobian", "weights beside them are passed over", "[n m, P].\n")
  has("record", "weighting, prune, schedule, importance or models")
end)

check.test("what modules are made of is listed apart", function()
  for _, name in ipairs { "crc32", "deflate", "guard", "surgeon_costs" } do
    check.ok(help.list "engine":find("\n  " .. name, 1, true), name)
    check.ok(not help.list "functions":find("\n  " .. name .. " ", 1, true), name)
    has(name, "ms." .. name)
  end
  check.ok(help.list "engine":find("core_debug", 1, true))
  check.ok(not help.list "tables":find("core_debug", 1, true))
  check.ok(not help.list "types":find("core_method", 1, true))
end)

check.test("models and training, with all they can be told", function()
  local text = has("mlp", "ms.mlp(options) -> model", "architecture: mlp",
    "width (integer, 1 or more)", "activation (string, default tanh)",
    "use:   ms.models.mlp { ... }")
  check.equal(select(2, text:gsub("ms%.mlp%(options%)", "")), 1)
  has("train", "ms.train(settings) -> run?", "steps: integer", "checkpoint?: ",
    "command: modsync train")
  has("ms.train", "ms.train(settings) -> run?")
end)

check.test("types, modules and tables", function()
  has("tensor", "ms.tensor(value)", "type: tensor", "  reshape(...)",
    "operators: +  -  *  /  ^  %  //  &  |  ~  ~t  -t  #t")
  has("losses", "type: losses", "names: string[]", "  relative_l2([where])")
  has("prune", "prunes:\n", "type: prune", "  options()", "  due([step])")
  has("problem", "module: problem", "ms.problem(what) -> problem",
    "terms: term_description[]", "type: problem", "losses(net [, options])")
  has("json", "module: json", "encode(value [, options])")
  has("train_settings", "seed?: integer  of the weights and the points (1)")
end)

check.test("a name that is not there: the near ones", function()
  local text, message = help.show "dgcd"
  check.equal(text, nil)
  check.ok(message:find("nothing is called 'dgcd'; did you mean 'dcgd'? (all names: ",
    1, true), message)
  check.ok(select(2, help.show "helmhotz"):find("'helmholtz'", 1, true))
  check.ok(select(2, help.show "tensor.narow"):find("'tensor.narrow'", 1, true))
  check.ok(select(2, help.show "xyzzy"):find "^nothing is called 'xyzzy' %(")
  check.ok(select(2, help.list "problem_"):find("did you mean 'problems'?", 1, true))
end)

check.test("every family is listed, and every member of it is found", function()
  local all = help.list()
  for _, family in ipairs(topics.families()) do
    local text = check.ok(help.list(family.plural))
    check.ok(text:find("^" .. family.plural .. ":\n"), family.plural)
    check.ok(all:find("\n  " .. family.plural .. " ", 1, true), family.plural)
    check.ok(#family.topics() > 0, family.plural .. " is empty")
    for _, topic in ipairs(family.topics()) do
      check.ok(text:find("\n  " .. topic.label, 1, true), topic.name)
      check.ok(topic.summary() ~= "", topic.name .. " has no summary")
      check.ok(help.show(topic.name):find(topic.name, 1, true), topic.name)
    end
  end
  check.equal(help.list "optim", help.list "optimizers")
end)

check.test("every function of every type is found", function()
  for _, topic in ipairs(topics.members()) do
    local last = topic.name:match "[^.]+$"
    check.ok(help.show(topic.name):find(last, 1, true), topic.name)
  end
  check.ok(#topics.members() > 100 and #reference.core().functions > 30)
end)

check.test("lines fit a terminal", function()
  for _, family in ipairs(topics.families()) do
    for line in help.list(family.plural):gmatch "[^\n]+" do
      check.ok(utf8.len(line) <= 90, line)
    end
  end
  for _, name in ipairs { "tensor", "train", "modsync-p", "core_method", "apply" } do
    for line in help.show(name):gmatch "[^\n]+" do
      check.ok(utf8.len(line) <= 92, line)
    end
  end
end)

check.done()
