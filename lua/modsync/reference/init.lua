--[[
What can be called, as data: the functions and types written in C, from the files beside
this one, and those written in Lua, from the annotations in their sources. Help, the meta
files and the tests of both read it here.

A file beside this one describes the file of the same name in src/luabind, with those that
belong to it:

  engine      true, or the names of those below that modules in Lua are made of, rather
              than for scripts: help lists them apart
  functions   of the core table: { name, signature, text, example }
  fields      of the core table that are no functions: { name, type, text }
  types       { name, metatable, text, methods = { ... }, operators = { ... } }
  tables      { name, text, fields = { ... } or functions = { ... }, path }: plain tables
              that functions take or return

A signature is written as LuaLS writes that of a fun(): "(axis: integer, n?: integer):
tensor"; results may have names. 'example' is a call that a test makes.
]]
local annotations = require "modsync.annotations"

local M = {}

--- The files beside this one.
local parts = { "tensor", "random", "symbol", "program", "points", "method",
  "diagnostics", "exclusivity", "surgeon", "folder", "checkpoint", "tensor_files",
  "system" }

--- Types that go by their last name in signatures.
local short = { tensor = true, rng = true, symbol = true, graph = true, program = true,
  csv_options = true }

--- A function or method.
---@class modsync.reference.callable
---@field name string
---@field owner string?    the type or module it belongs to
---@field method boolean?  called with a colon
---@field params modsync.annotations.value[]
---@field returns modsync.annotations.value[]
---@field text string
---@field example string?
---@field engine boolean?  what modules are made of, rather than for scripts

--- A type, a module or a table with named fields.
---@class modsync.reference.type
---@field name string         as help shows it
---@field class string        as annotations call it
---@field kind string         "type", "module" or "table"
---@field parent string?      the class it extends
---@field text string
---@field methods modsync.reference.callable[]
---@field operators modsync.reference.callable[]
---@field fields modsync.annotations.value[]
---@field call modsync.reference.callable?  what calling it does
---@field metatable string?   of a userdata: its name in the registry
---@field path string?        of a table: its name in the core table
---@field engine boolean?     what modules are made of, rather than for scripts

local function full_type(type)
  return (type:gsub("[%w_.]+", function(word)
    return short[word] and "modsync." .. word
  end))
end

--[[ what is written in C ]]

local function read_params(inside)
  local params, at = {}, 1
  while inside:find("%S", at) do
    local name, mark, from = inside:match("^%s*([%w_.]+)(%??):%s*()", at)
    local type, after = annotations.type(inside, from)
    params[#params + 1] = { name = name, type = full_type(type), text = "",
      optional = mark == "?" }
    at = inside:match("^%s*,?()", after)
  end
  return params
end

--- "(a: integer, b?: tensor): tensor" as parameters and results.
---@param signature string
---@return modsync.annotations.value[] params, modsync.annotations.value[] returns
function M.signature(signature)
  local inside, after = signature:match("^(%b())%s*:?%s*()")
  local returns = annotations.results(signature:sub(after))
  for _, result in ipairs(returns) do result.type = full_type(result.type) end
  return read_params(inside:sub(2, -2)), returns
end

local function callable(row, owner, method)
  local params, returns = M.signature(row[2])
  return { name = row[1], owner = owner, method = method, params = params,
    returns = returns, text = row[3] or "", example = row[4] }
end

local function callables(rows, owner, method)
  local list = {}
  for i, row in ipairs(rows or {}) do list[i] = callable(row, owner, method) end
  return list
end

local function fields(rows)
  local list = {}
  for i, row in ipairs(rows or {}) do
    local name, mark = row[1]:match("^([%w_]+)(%??)$")
    list[i] = { name = name, type = full_type(row[2]), text = row[3],
      optional = mark == "?" }
  end
  return list
end

local function operators(rows, owner)
  local list = {}
  for i, row in ipairs(rows or {}) do
    list[i] = callable({ row[1], row[2], "", row[3] }, owner, true)
  end
  return list
end

local function core_type(given, kind)
  return { name = given.name, class = "modsync." .. given.name, kind = kind,
    text = given.text, metatable = given.metatable, path = given.path,
    methods = callables(given.methods or given.functions, given.name,
      given.methods ~= nil),
    operators = operators(given.operators, given.name), fields = fields(given.fields) }
end

--- Marks what a part says to be for the modules of the library.
local function mark_engine(part, list)
  for _, each in ipairs(list) do
    for _, name in ipairs(part.engine == true and { each.name } or part.engine or {}) do
      if name == each.name then each.engine = true end
    end
  end
  return list
end

local core

--- The functions and fields of the core table, and the types and tables that go with it.
---@return { functions: modsync.reference.callable[],
---  fields: modsync.annotations.value[], types: modsync.reference.type[],
---  parts: string[] }
function M.core()
  if core then return core end
  core = { functions = {}, fields = {}, types = {}, parts = parts }
  local function append(list, more)
    table.move(more, 1, #more, #list + 1, list)
  end
  for _, part in ipairs(parts) do
    local given = require("modsync.reference." .. part)
    append(core.functions, mark_engine(given, callables(given.functions)))
    append(core.fields, fields(given.fields))
    for _, kind in ipairs { "type", "table" } do
      for _, each in ipairs(given[kind .. "s"] or {}) do
        append(core.types, mark_engine(given, { core_type(each, kind) }))
      end
    end
  end
  return core
end

--[[ what is written in Lua ]]

local sources = {}

--- The annotations of a module of ours, by its name after "modsync.".
---@param module string
---@return { path: string, text: string, functions: modsync.annotations.callable[],
---  classes: modsync.annotations.class[] }
function M.source(module)
  if sources[module] then return sources[module] end
  local path = assert(package.searchpath("modsync." .. module, package.path))
  local file = assert(io.open(path, "r"))
  local text = file:read("a")
  file:close()
  local found = annotations.read(text)
  found.path, found.text = path, text
  sources[module] = found
  return found
end

local function public(found, owner)
  return { name = found.name, owner = owner, method = found.method,
    params = found.params, returns = found.returns, text = found.text }
end

--- The variable that a source returns, be it as it is or with a metatable.
local function returned(source)
  return source.text:match("\nreturn setmetatable%((%w+)")
    or source.text:match("\nreturn (%w+)%s*$")
end

--- "table" for named fields only, "module" for what a source returns to be called with a
--- dot, "type" for objects.
local function kind_of(source, class)
  if not class.variable then return "table" end
  for _, each in ipairs(source.functions) do
    if each.table == class.variable and each.method then return "type" end
  end
  return class.variable == returned(source) and "module" or "table"
end

local function lua_type(source, class)
  local name, kind = class.name:match("([^.]+)$"), kind_of(source, class)
  for _, held in ipairs(kind == "module" and M.members() or {}) do
    if held.class == class.name then name = held.name end
  end
  local found = { name = name, class = class.name, kind = kind, parent = class.parent,
    text = class.text, methods = {}, operators = {}, fields = class.fields }
  for _, each in ipairs(source.functions) do
    if class.variable and each.table == class.variable and not each.private then
      local list = each.name:find("^__") and {} or found.methods
      list[#list + 1] = public(each, name)
    end
  end
  if class.call then
    local params, returns = M.signature(class.call)
    found.call = { name = name, params = params, returns = returns, text = class.text }
  end
  return found
end

--- A function or a module that ms offers, or a family of methods.
---@class modsync.reference.member
---@field name string
---@field callable modsync.reference.callable?
---@field class string?   of a module
---@field family string?  of a family of methods: its plural

--- One function of a source: 'field' of the table it returns, or what it returns.
local function member_function(source, name, field)
  for _, each in ipairs(source.functions) do
    local here = field and each.table == returned(source) and each.name == field
      or not field and each.name == ""
    if here then
      local found = public(each)
      found.name = name
      return found
    end
  end
end

local function member(name, place)
  local source = M.source(place[1])
  local callable_here = member_function(source, name, place[2])
  if callable_here then return { name = name, callable = callable_here } end
  for _, class in ipairs(source.classes) do
    if class.variable and class.variable == returned(source) then
      return { name = name, class = class.name }
    end
  end
  local family = require("modsync.registry").family(name)
  return { name = name, family = family and family.plural }
end

local members

--- What ms holds besides the core, sorted by name.
---@return modsync.reference.member[]
function M.members()
  if members then return members end
  members = {}
  for name, place in pairs(getmetatable(require "modsync").modules) do
    members[#members + 1] = member(name, place)
  end
  table.sort(members, function(a, b) return a.name < b.name end)
  return members
end

--- Modules whose objects a script gets, though ms does not hold them.
local behind = { "bad_value", "coefficients", "layout", "losses", "losses_options",
  "method", "modularity.measure", "modularity.tracker" }

--- The names of all modules that a script meets, after "modsync.", sorted.
---@return string[]
function M.modules()
  local seen, list = {}, {}
  local function add(name)
    if not seen[name] then list[#list + 1] = name end
    seen[name] = true
  end
  for _, place in pairs(getmetatable(require "modsync").modules) do add(place[1]) end
  for _, name in ipairs(behind) do add(name) end
  table.sort(list)
  return list
end

local lua_types

--- The classes that those modules declare, sorted by name.
---@return modsync.reference.type[]
function M.lua_types()
  if lua_types then return lua_types end
  lua_types = {}
  for _, module in ipairs(M.modules()) do
    local source = M.source(module)
    for _, class in ipairs(source.classes) do
      lua_types[#lua_types + 1] = lua_type(source, class)
    end
  end
  table.sort(lua_types, function(a, b) return a.name < b.name end)
  return lua_types
end

--- The type with this class name, written in C or in Lua; nil if there is none.
---@param class string
---@return modsync.reference.type?
function M.type(class)
  for _, list in ipairs { M.core().types, M.lua_types() } do
    for _, each in ipairs(list) do
      if each.class == class then return each end
    end
  end
end

return M
