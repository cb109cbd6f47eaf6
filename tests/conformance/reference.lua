-- What help and the meta files say is what there is: every function and method written in
-- C is described, nothing else is, and its example runs as its signature says.

local check = require "tests.support.check"
local core = require "modsync.core"
local kind = require "modsync.kind"
local reference = require "modsync.reference"
local source = require "tests.support.source"
local types = require "tests.support.types"

--- Names that only one of the two tables has, with a text each.
local function differences(there, described, what)
  local found = {}
  for name in pairs(there) do
    if not described[name] then
      found[#found + 1] = ("%s%s is not described: add it to lua/modsync/reference")
        :format(what, name)
    end
  end
  for name in pairs(described) do
    if there[name] == nil then
      found[#found + 1] = ("%s%s is described, but there is none"):format(what, name)
    end
  end
  table.sort(found)
  return found
end

local function by_name(list)
  local set = {}
  for _, each in ipairs(list) do
    check.ok(not set[each.name], each.name .. " is described twice")
    set[each.name] = each
  end
  return set
end

check.test("the core table is what the reference says", function()
  local functions, others = {}, {}
  for name, value in pairs(core) do
    local place = type(value) == "function" and functions or others
    place[name] = value
  end
  local described = by_name(reference.core().functions)
  for _, op in ipairs(core.ops()) do described[op.name] = op end
  check.none(differences(functions, described, "core."))
  local fields = by_name(reference.core().fields)
  for name, field in pairs(fields) do
    if field.optional and core[name] == nil then fields[name] = nil end
  end
  check.none(differences(others, fields, "core."))
end)

check.test("tables in the core table are what the reference says", function()
  local count = 0
  for _, found in ipairs(reference.core().types) do
    if found.path then
      check.none(differences(core[found.path], by_name(found.methods),
        "core." .. found.path .. "."))
      count = count + 1
    end
  end
  check.equal(count, 1)
end)

--- Metatables of the core that have methods, by name.
local function metatables()
  local found = {}
  for name, value in pairs(debug.getregistry()) do
    local ours = type(name) == "string" and name:find "^modsync%."
    local methods = ours and type(value) == "table" and value.methods
    if methods and next(methods) then found[name] = value end
  end
  return found
end

check.test("the methods of every userdata are what the reference says", function()
  local described = {}
  for _, found in ipairs(reference.core().types) do
    if found.metatable then described[found.metatable] = found end
  end
  check.none(differences(metatables(), described, "the type "))
  for name, meta in pairs(metatables()) do
    check.none(differences(meta.methods, by_name(described[name].methods), name .. ":"))
  end
end)

local arithmetic = { "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor",
  "bxor", "bnot", "unm", "len", "call" }

check.test("the operators of every userdata are what the reference says", function()
  for _, found in ipairs(reference.core().types) do
    local meta, there = metatables()[found.metatable or ""] or {}, {}
    for _, name in ipairs(arithmetic) do there[name] = meta["__" .. name] end
    check.none(differences(there, by_name(found.operators), found.name .. " operator "))
  end
end)

check.test("every file of reference stands beside a file of the binding", function()
  for _, part in ipairs(reference.core().parts) do
    check.ok(io.open("src/luabind/" .. part .. ".c"), "there is no " .. part .. ".c")
  end
end)

--[[ examples ]]

--- Fresh values for an example.
local function values()
  local t = core.tensor { { 1, 2, 3 }, { 4, 5, 6 } }
  local g = core.graph()
  local s, W = g:input("x", 1), g:parameter(0, 1, 2)
  local pr = core.method("prune", "modsync-p")
  pr:scope { { offset = 0, rows = 2, cols = 2 } }
  pr:groups { 0, 1 }
  local G = core.tensor { { 1, 2, 3, 4 }, { 4, 3, 2, 1 } }
  pr:observe(G)
  local mk = core.method("prune", "mask")
  mk:scope { { offset = 0, rows = 2, cols = 2 } }
  local cf = core.method("conflict", "dcgd")
  cf:combine(G)
  return { t = t, g = g, s = s, W = W, G = G, cf = cf, pr = pr, mk = mk,
    r = core.rng(1, "example"), opt = core.method("optimizer", "adam"),
    p = g:program { outputs = { s:matmul(W):column(1) }, parameters = 2, columns = 1 },
    q = g:program { losses = { core.mean(s:matmul(W):column(1)) }, parameters = 2 },
    theta = core.tensor { 1, 2, 3, 4 }, two = core.tensor { 1, 2 },
    points = core.tensor { { 0 }, { 1 } },
    file = check.scratch "reference.npz" }
end

local function check_arguments(callable, arguments, first)
  local params, what = callable.params, callable.name
  local variadic = params[#params] and params[#params].name == "..."
  check.ok(variadic or arguments.n - first + 1 <= #params,
    what .. " has more arguments than its signature")
  for i, param in ipairs(params) do
    local value = arguments[first + i - 1]
    if value == nil then
      check.ok(param.optional or param.name == "...", ("%s: %s is not optional, but the "
        .. "example leaves it out"):format(what, param.name))
    else
      check.ok(types.conforms(value, param.type), ("%s: %s is %s, not of type %s"):format(
        what, param.name, kind.show(value), param.type))
    end
  end
end

local function check_results(callable, results)
  check.ok(results.n <= #callable.returns, callable.name .. " returns more than it says")
  for i, result in ipairs(callable.returns) do
    check.ok(types.conforms(results[i], result.type),
      ("%s: result %d is %s, not of type %s"):format(callable.name, i,
        kind.show(results[i]), result.type))
  end
end

--- fn, with a check of its arguments and results against the signature. calls.n counts.
local function watched(fn, callable, calls)
  local first = callable.method and 2 or 1
  return function(...)
    calls.n, calls.arguments = calls.n + 1, table.pack(...)
    check_arguments(callable, calls.arguments, first)
    local results = table.pack(fn(...))
    check_results(callable, results)
    return table.unpack(results, 1, results.n)
  end
end

--- The example run with 'place[name]' watched; the arguments of its last call.
local function run_example(callable, place, env)
  check.ok(callable.example, callable.name .. " has no example")
  local original, calls = place[callable.name], { n = 0 }
  place[callable.name] = watched(original, callable, calls)
  local chunk = check.ok(load("return " .. callable.example, "=example", "t", env))
  local good, message = pcall(chunk)
  place[callable.name] = original
  check.ok(good, ("%s: %s"):format(callable.example, tostring(message)))
  check.ok(calls.n > 0, ("%s does not call %s"):format(callable.example, callable.name))
  return original, calls.arguments
end

--- The same call without its last required argument must fail, and without its optional
--- ones it must not.
local function check_required(callable, fn, arguments)
  local required, first = 0, callable.method and 2 or 1
  for i, param in ipairs(callable.params) do
    if param.name == "..." then return end
    if not param.optional then required = i end
  end
  local last = callable.params[required]
  local good = pcall(fn, table.unpack(arguments, 1, first - 1 + required))
  check.ok(good, callable.name .. ": some optional argument is not")
  if not last or last.type == "any" or last.type == "boolean" then return end
  check.ok(not pcall(fn, table.unpack(arguments, 1, first - 2 + required)),
    ("%s: %s is not required"):format(callable.name, last.name))
end

local function check_example(callable, place_of)
  check.ok(#callable.text > 10 and callable.text:find "%.$",
    callable.name .. " has no sentence about it")
  local env = setmetatable(values(), { __index = _G })
  env.ms = setmetatable({}, { __index = core })
  local fn, arguments = run_example(callable, place_of(env), env)
  if #callable.params > 0 and callable.name ~= "run" then
    check_required(callable, fn, arguments)
  end
end

for _, callable in ipairs(reference.core().functions) do
  check.test("example of core." .. callable.name, function()
    check_example(callable, function(env) return env.ms end)
  end)
end

for _, found in ipairs(reference.core().types) do
  for _, callable in ipairs(found.methods) do
    check.test(("example of %s.%s"):format(found.name, callable.name), function()
      check_example(callable, function()
        return found.path and core[found.path] or metatables()[found.metatable].methods
      end)
    end)
  end
  for _, operator in ipairs(found.operators) do
    check.test(("%s with the operator %s"):format(found.name, operator.name), function()
      local chunk = load("return " .. operator.example, "=example", "t", values())
      check_results(operator, table.pack(check.ok(chunk)()))
    end)
  end
end
os.remove(check.scratch "reference.npz")

--[[ tables ]]

check.test("options of a program are those that the binding reads", function()
  local text, read, described = source.read "src/luabind/program.c", {}, {}
  for _, pattern in ipairs { 'size_field%(L, "(%w+)"', 'lua_getfield%(L, 2, "(%w+)"',
    'symbol_list%(L, graph, "(%w+)"' } do
    for name in text:gmatch(pattern) do read[name] = true end
  end
  for _, field in ipairs(reference.type("modsync.program_plan").fields) do
    described[field.name] = true
  end
  check.none(differences(read, described, "graph:program option "))
end)

check.done()
