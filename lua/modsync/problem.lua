--[[
Problems: ms.problem { ... } checks a description, ms.problem "name" loads a file. Every
mistake is reported with the problem's file and line.
]]
local check_keys = require "modsync.check_keys"
local coefficients = require "modsync.coefficients"
local colon = require "modsync.colon"
local core = require "modsync.core"
local domains = require "modsync.domain"
local evaluation = require "modsync.evaluation"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local nearest = require "modsync.nearest"
local terms = require "modsync.term"
local trace = require "modsync.trace"

--- ms.problem { ... } checks a description; ms.problem "name" or a path loads a file.
---@class modsync.problems
---@overload fun(what: modsync.problem_description|string): modsync.problem
local M = {}

--- Where the points of a term lie: "interior", "boundary", a face ("x.min", "x.max",
--- "t=0"), a list of faces, ms.periodic(...), points, ms.data, or a function (rng, n) ->
--- points.
---@alias modsync.region
---| string|string[]|modsync.periodic_faces|modsync.tensor|modsync.data|function

---@alias modsync.symbols table<string, modsync.symbol>

--- A loss term, as it is described.
---@class modsync.term_description
---@field name string              a word
---@field on modsync.region        where its points lie
---@field points? integer          how many (1024)
---@field sampler? modsync.sampler how they are drawn ("sobol")
---@field redraw? integer|boolean  steps between two draws; 0 or false: never (1)
---@field expr fun(s: modsync.space, t?: modsync.space): ...  what is to be zero
---@field form? modsync.form       of the residual ("squared"), averaged over the points
---@field outer? modsync.outer     of the average: "sqrt", "log" or a function
---@field values? table<string, modsync.tensor>  n measured values by name, for `on` = n
--- points; expr finds them in s
---@field weights? modsync.tensor  n weights of the points, for `on` = n points

--- What a problem's file returns through ms.problem.
---@class modsync.problem_description
---@field name string              a word
---@field source? string           where it is from: arXiv id, DOI or "none"
---@field summary? string          one line
---@field coords string[]          names of the coordinates
---@field fields string[]          names of the fields
---@field domain modsync.box       limits of the coordinates
---@field terms modsync.term_description[]
---@field exact? table<string, fun(s: modsync.space): any>  the exact solution, by field
---@field exact_on? modsync.region  where errors are measured, for a domain that is no
--- box: a tensor, a function of points ... (a grid over the box; or, where no term is on
--- the interior of that, what the functions of the residuals' points draw)
---@field parameters? table<string, number|modsync.coefficient>  trained with the network
---@field hard? fun(s: modsync.space, fields: modsync.symbols): any  new fields, made of
--- the network's so that conditions hold exactly

--- What a term's expr sees: the coordinates, the fields, and derivatives such as s.u_xx.
---@class modsync.space
---@field [string] modsync.symbol

--- A problem: what is to be solved.
---@class modsync.problem
---@field name string
---@field source string?
---@field summary string?
---@field file string       where it was described
---@field wanted string?    what ms.problem was asked for
---@field coords string[]   with coords.domain
---@field fields string[]
---@field domain modsync.box
---@field terms table[]     as described, complete, each with its region
---@field exact table<string, fun(s: modsync.space): any>  also a method: p:exact(points)
---@field exact_regions table[]?  of exact_on or the residuals' functions; nil: the box
---@field parameters modsync.coefficient[]  trained with the network, by name
---@field hard function?    what makes conditions hold exactly
local Problem = {}
Problem.__index = Problem
Problem.__name = "modsync.problem"

local evaluate_exact

--[[ checking a description ]]

local problem_keys = { "name", "source", "summary", "coords", "fields", "domain", "terms",
  "exact", "exact_on", "parameters", "hard" }
--- A list of distinct names.
local function check_names(list, what, fail)
  if (kind.list(list) or 0) == 0 then
    fail("%s must be a list of names such as { \"%s\" }, not %s", what,
      what == "coords" and "x" or "u", kind.show(list))
  end
  local seen, names = {}, {}
  for i, name in ipairs(list) do
    if type(name) ~= "string" or not name:match("^%a[%w_]*$") then
      fail("%s: %s is no name (a letter, then letters, digits and _)", what,
        kind.show(name))
    end
    if seen[name] then fail("%s: %q is there twice", what, name) end
    seen[name], names[i] = true, name
  end
  return names, seen
end

--- A field must not read like a coordinate or like a derivative of another field.
local function check_fields(fields, coords, fail)
  for name in pairs(fields) do
    if coords[name] then fail("%q is both a coordinate and a field", name) end
    local base, letters = name:match("^(.*)_(.+)$")
    if base and fields[base] then
      local all = true
      for letter in letters:gmatch(".") do all = all and coords[letter] end
      if all then fail("field %q reads like a derivative of field %q", name, base) end
    end
  end
end

local function check_domain(domain, coords, known, fail)
  if not domains.is_domain(domain) then
    fail("domain must be ms.box { %s = {lowest, highest}, ... }, not %s", coords[1],
      kind.show(domain))
  end
  for _, name in ipairs(coords) do
    if not domain:limits(name) then fail("domain: the limits of %q are missing", name) end
  end
  for _, name in ipairs(domain:coords()) do
    if not known[name] then
      fail("domain: %q is not a coordinate (coords: %s)", name,
        table.concat(coords, ", "))
    end
  end
end

--- A table field -> function(s) that can be called: p.exact.u and p:exact(points).
local function check_exact(exact, fields, fail)
  exact = exact == nil and {} or exact
  if type(exact) ~= "table" then
    fail("exact must be a table field -> function(s), not %s", kind.show(exact))
  end
  local functions = {}
  for name, fn in pairs(exact) do
    if not fields[name] then fail("exact: there is no field %s", kind.show(name)) end
    if type(fn) ~= "function" then
      fail("exact: %s must be a function of s, not %s", name, kind.show(fn))
    end
    functions[name] = fn
  end
  return setmetatable(functions, {
    __call = function(_, ...) return evaluate_exact(...) end,
  })
end

--- What the residuals' own functions draw, where no term lives on the whole interior of
--- the box: then that is not the domain. Residuals are the terms named residual..., else
--- the first one. Each function once, with its term's points.
local function drawn_interior(problem)
  local residuals, found, seen = {}, {}, {}
  for _, term in ipairs(problem.terms) do
    if term.on == "interior" then return nil end
    if term.name:find "^residual" then residuals[#residuals + 1] = term end
  end
  for _, term in ipairs(residuals[1] and residuals or { problem.terms[1] }) do
    if type(term.on) == "function" and not seen[term.on] then
      seen[term.on] = true
      found[#found + 1] = { region = term.region, points = term.points }
    end
  end
  return found[1] and found
end

--- Where the errors are measured, a list of { region, points of its term }; nil for the
--- grid over the box.
local function find_exact_regions(given, problem, fail)
  local on, exact = given.exact_on, next(problem.exact) ~= nil
  if on == nil then return exact and drawn_interior(problem) or nil end
  if not exact then fail "exact_on is where exact is compared, and there is no exact" end
  if on == "interior" then return nil end
  local region, wrong = problem.domain:region(on, problem.coords)
  if not region then fail("exact_on: %s", (wrong:gsub("^on must be", "expected"))) end
  if region.pair then fail "exact_on cannot be a pair of faces" end
  return { { region = region } }
end

local function check_hard(hard, fail)
  if hard ~= nil and type(hard) ~= "function" then
    fail("hard must be a function (s, fields), not %s", kind.show(hard))
  end
  return hard
end

--- A coefficient must not take the name of a derivative.
local function check_hiding(parameters, fields, coords, fail)
  for _, parameter in ipairs(parameters) do
    if trace.means_derivative(parameter.name, fields, coords) then
      fail("parameters: %s would hide the derivative s.%s: give it another name",
        parameter.name, parameter.name)
    end
  end
end

local function check_text(value, what, fail)
  if value ~= nil and type(value) ~= "string" then
    fail("%s must be text, not %s", what, kind.show(value))
  end
  return value
end

local function describe(given)
  local file = "?"
  for level = 2, math.huge do
    local info = debug.getinfo(level, "S")
    if not info then break end
    if info.what ~= "C" and info.source ~= debug.getinfo(1, "S").source then
      file = info.source:match("^@(.*)$") or info.short_src
      break
    end
  end
  local fail = misuse
  check_keys(given, problem_keys, "a problem", fail)
  if type(given.name) ~= "string" or not given.name:match("^[%w_][%w_.%-]*$") then
    fail("a problem needs a name that is one word, such as \"heat\", not %s",
      kind.show(given.name))
  end
  local function bad(format, ...)
    fail("problem %q: " .. format, given.name, ...)
  end
  local coords, known = check_names(given.coords, "coords", bad)
  local fields, outputs = check_names(given.fields, "fields", bad)
  check_fields(outputs, known, bad)
  check_domain(given.domain, coords, known, bad)
  local parameters = coefficients.check(given.parameters, known, outputs, bad)
  check_hiding(parameters, fields, coords, bad)
  local hard = check_hard(given.hard, bad)
  setmetatable(fields, { __index = { parameters = parameters, hard = hard } })
  local problem = setmetatable({ name = given.name, file = file, domain = given.domain,
    coords = setmetatable(coords, { __index = { domain = given.domain } }),
    fields = fields, parameters = parameters, hard = hard,
    source = check_text(given.source, "source", bad),
    summary = check_text(given.summary, "summary", bad),
    exact = check_exact(given.exact, outputs, bad), terms = {} }, Problem)
  if (kind.list(given.terms) or 0) == 0 then
    bad("terms must be a list of loss terms, { {...}, {...} }, without names or gaps, "
      .. "not %s", kind.show(given.terms))
  end
  local seen = {}
  for i, term in ipairs(given.terms) do
    problem.terms[i] = terms.check(term, i, problem, seen, bad)
  end
  problem.exact_regions = find_exact_regions(given, problem, bad)
  return problem
end

--[[ loading a file ]]

--- The environment of a problem's file: the globals, but an undefined name is an error.
local function environment()
  return setmetatable({ _G = _G }, {
    __index = function(_, name)
      local value = _G[name]
      if value ~= nil then return value end
      name = tostring(name)
      local hint = core[name] ~= nil and ("; write ms.%s, or local %s = ms.%s at the top")
        :format(name, name, name) or ""
      error(("the name %q is not defined%s"):format(name, hint), 2)
    end,
    __newindex = function(_, name)
      name = tostring(name)
      error(("%q is a new global variable; write local %s"):format(name, name), 2)
    end,
  })
end

local function exists(path)
  local file = io.open(path, "r")
  if file then file:close() end
  return file ~= nil
end

--- The folders of problems, in the order of the search.
local function folders()
  local list = { "problems" }
  if core.home and core.home ~= "" then list[2] = core.home .. "/problems" end
  return list
end

--- The names of all problems that can be found, sorted.
---@return string[]
function M.names()
  local seen, names = {}, {}
  for _, folder in ipairs(folders()) do
    for _, file in ipairs(core.listdir and core.listdir(folder) or {}) do
      local name = file:match("^(.+)%.lua$")
      if name and not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  table.sort(names)
  return names
end

--- The file of a problem: a path (with a slash or .lua) as it is, or a name in problems/.
---@param name string
---@return string? path, string? message
function M.find(name)
  if name:find("[/\\]") or name:match("%.lua$") then
    if exists(name) then return name end
    return nil, ("there is no problem file %q"):format(name)
  end
  for _, folder in ipairs(folders()) do
    local path = ("%s/%s.lua"):format(folder, name)
    if exists(path) then return path end
  end
  local names = M.names()
  local near = nearest(name, names)[1]
  return nil, ("there is no problem %q in %s%s%s"):format(name,
    table.concat(folders(), " or "),
    #names > 0 and (" (known: %s)"):format(table.concat(names, ", ")) or "",
    near and ("; did you mean %q?"):format(near) or "")
end

--- The file as a function. A variable that is to be closed, on the first line, keeps
--- `return ms.problem { ... }` from being a tail call, so that the line of this call is
--- known when a mistake in it is reported.
local function load_chunk(path)
  local file, text, message
  file, message = io.open(path, "rb")
  if not file then error(message, 0) end
  text, message = file:read "a"
  file:close()
  if not text then error(("%s: %s"):format(path, message), 0) end
  text = text:gsub("^#", "--") -- a line for the shell
  return load("local _ <close> = nil " .. text, "@" .. path, "t", environment())
end

local function load_file(path)
  local chunk, message = load_chunk(path)
  if not chunk then error(message, 0) end
  local problem = chunk()
  if getmetatable(problem) ~= Problem then
    error(("%s: the file must return ms.problem { ... }, not %s"):format(path,
      kind.show(problem)), 0)
  end
  problem.file = path
  return problem
end

--- A description (a table) or the name or path of a problem's file.
---@param what table|string
local function open(what)
  if type(what) == "string" then
    local path, message = M.find(what)
    if not path then misuse("%s", message) end
    local problem = load_file(path)
    problem.wanted = what
    return problem
  end
  if getmetatable(what) == Problem then return what end
  if type(what) ~= "table" then
    misuse("problem expects a description, a name or a path, not %s", kind.show(what))
  end
  return describe(what)
end

--[[ methods ]]

function Problem:__tostring()
  local terms = {}
  for i, term in ipairs(self.terms) do
    terms[i] = ("%s (%d points)"):format(term.name, term.points)
  end
  return ("problem %s: coords %s; fields %s; terms %s"):format(self.name,
    table.concat(self.coords, ", "), table.concat(self.fields, ", "),
    table.concat(terms, ", "))
end

--- The loss terms over their points, for a model.
---@param net modsync.model
---@param options modsync.losses_options?
---@return modsync.losses
function Problem:losses(net, options)
  return require("modsync.losses").new(self, net, options)
end

--- The fields that a model makes at points of the problem, [n, fields], whatever the
--- order of its inputs and outputs; or what is wanted of them, as in net:evaluate.
---@param net modsync.model
---@param points modsync.tensor  [n, coords]
---@param wanted (string|string[]|fun(s: modsync.space): ...)?
---@param out modsync.tensor?
---@return modsync.tensor
function Problem:evaluate(net, points, wanted, out)
  return evaluation.run(net, points, wanted or self.fields, self.coords, out)
end

--- The exact value of one field for coordinates of any kind (numbers, tensors, symbols).
---@param field string
---@param values table<string, any>
---@return any
function Problem:exact_of(field, values)
  local fn = self.exact[field]
  if not fn then misuse("problem %q has no exact solution for %s", self.name, field) end
  local space = trace.space({ coords = self.coords, fields = {} }, values)
  local results = trace.call(fn, ("exact %s"):format(field), space)
  local what = kind.of(results[1])
  local wrong = results.n ~= 1 and ("%d values; expected one"):format(results.n)
    or what ~= "number" and what ~= "tensor" and what ~= "symbol"
    and kind.show(results[1]) .. "; expected a value"
  if wrong then
    error(("%s: exact %s returns %s"):format(trace.place(fn), field, wrong), 0)
  end
  return results[1]
end

--- A complaint about values that are not one for each of n points.
local function check_values(fn, field, value, n)
  local shape = value:shape()
  if value:size() == 1 or #shape == 2 and shape[1] == n and shape[2] == 1 then return end
  error(("%s: exact %s returns %s; expected a number for each point, %dx1"):format(
    trace.place(fn), field, kind.show(value), n), 0)
end

--- The exact solution: at points [n, d] the tensor [n, fields] (NaN for a field without
--- one); at { x = 0.5, ... } the table field -> number.
evaluate_exact = colon.method(Problem, "exact", "problem", function(self, points)
  if not next(self.exact) then misuse("problem %q has no exact solution", self.name) end
  if type(points) == "table" then
    local values = {}
    for field in pairs(self.exact) do values[field] = self:exact_of(field, points) end
    return values
  end
  local shape = kind.of(points) == "tensor" and points:shape() or {}
  if #shape ~= 2 or shape[2] ~= #self.coords then
    misuse("exact expects points: a tensor n x %d (%s), not %s", #self.coords,
      table.concat(self.coords, ", "), #shape > 0 and table.concat(shape, " x ")
      or kind.show(points))
  end
  local values, result = {}, core.full({ shape[1], #self.fields }, 0 / 0)
  for i, name in ipairs(self.coords) do values[name] = points:narrow(2, i, 1) end
  for i, field in ipairs(self.fields) do
    if self.exact[field] then
      local column, value = result:narrow(2, i, 1), self:exact_of(field, values)
      if kind.of(value) == "tensor" then
        check_values(self.exact[field], field, value, shape[1])
        column:copy_(value)
      else
        column:fill_(value)
      end
    end
  end
  return result
end)

--- The expressions of a term in a graph. build(g, coords) makes the fields: the network,
--- or anything else that gives a symbol for every field.
---@param name string
---@param g modsync.graph
---@param build fun(g: modsync.graph, coords: modsync.symbols): modsync.symbols
---@return modsync.symbol[]
function Problem:trace(name, g, build)
  for _, term in ipairs(self.terms) do
    if term.name == name then return trace.term(self, term, g, build) end
  end
  misuse("problem %q has no term %s", self.name, kind.show(name))
end

colon.guard(Problem, "problem")

return setmetatable(M, { __call = function(_, what) return open(what) end })
