--[[
Everything that help knows by name, by family: optimizers, problems, ops, types ... What
costs time, such as loading a problem, happens when a topic is asked for its text.
]]
local annotations = require "modsync.annotations"
local core = require "modsync.core"
local describe = require "modsync.reference.describe"
local reference = require "modsync.reference"
local registry = require "modsync.registry"

local M = {}

---@class modsync.reference.topic
---@field name string
---@field label string     as lists show it
---@field aliases string[] other names
---@field summary fun(): string
---@field text fun(): string

local function topic(name, summary, text)
  local summarise = type(summary) == "function" and summary
    or function() return summary end
  return { name = name, label = name, aliases = {}, summary = summarise, text = text }
end

--- What cannot be loaded is listed all the same.
local function broken(noun, name, message)
  message = "(broken) " .. tostring(message)
  return topic(name, message, function()
    return ("%s: %s\n  %s\n"):format(noun, name, message)
  end)
end

--[[ methods ]]

local function alias_of(family, name)
  for alias, meant in pairs(family.aliases or {}) do
    if meant == name then return alias end
  end
end

local function method_topic(family, name)
  local good, record = pcall(registry.record, family.key, name)
  if not good then return broken(family.noun, name, record) end
  local short = name:gsub("-", "_")
  local alias = alias_of(family, name)
  local found = topic(name, record.summary, function()
    return describe.record(family, record, registry.all_options(record), alias or short)
  end)
  found.aliases = { short, alias }
  if alias then found.label = ("%s (%s)"):format(name, alias) end
  return found
end

local function methods(family)
  local list = {}
  for i, name in ipairs(registry.names(family.key)) do
    list[i] = method_topic(family, name)
  end
  return list
end

--[[ problems, models ... ]]

--- The topic of a problem by its name or its file. It is loaded when its text is wanted.
---@param name string
---@return modsync.reference.topic
function M.problem(name)
  local function open()
    local good, problem = pcall(require "modsync.problem", name)
    if not good then return broken("problem", name, problem) end
    return topic(name, problem.summary or "", function()
      return describe.problem(problem)
    end)
  end
  return topic(name, function() return open().summary() end,
    function() return open().text() end)
end

local function problems()
  local list = {}
  for i, name in ipairs(require "modsync.problem".names()) do
    list[i] = M.problem(name)
  end
  return list
end

local function callable_topic(callable)
  local name = callable.owner and callable.owner .. "." .. callable.name or callable.name
  return topic(name, annotations.summary(callable.text), function()
    return describe.callable(callable, reference.type)
  end)
end

local function sorted_names(open_table)
  local names = {}
  for name in pairs(open_table) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- The members of an open table of functions; what its source says of them.
local function open_table(module, noun)
  return function()
    local list, said = {}, {}
    local source = reference.source(module)
    for _, each in ipairs(source.functions) do
      said[each.name] = annotations.summary(each.text)
    end
    for _, class in ipairs(source.classes) do
      for _, field in ipairs(class.fields) do said[field.name] = field.text end
    end
    for i, name in ipairs(sorted_names(require("modsync." .. module))) do
      local entry = { name = name, summary = said[name] or "" }
      list[i] = topic(name, entry.summary, function()
        return describe.entry(noun, entry)
      end)
    end
    return list
  end
end

local function samplers()
  local list = {}
  for i, sampler in ipairs(core.samplers()) do
    list[i] = topic(sampler.name, sampler.summary, function()
      return describe.entry("sampler", sampler)
    end)
  end
  return list
end

local function ops()
  local list = {}
  for i, op in ipairs(core.ops()) do
    list[i] = topic(op.name, op.summary, function() return describe.op(op) end)
  end
  return list
end

--[[ functions and types ]]

local function by_name(a, b)
  return a.name < b.name
end

local function type_topic(found)
  return topic(found.name, annotations.summary(found.text), function()
    return describe.type(found, reference.type)
  end)
end

--- What the modules in Lua are made of.
local function engine()
  local list = {}
  for _, callable in ipairs(reference.core().functions) do
    if callable.engine then list[#list + 1] = callable_topic(callable) end
  end
  for _, found in ipairs(reference.core().types) do
    if found.engine then list[#list + 1] = type_topic(found) end
  end
  table.sort(list, by_name)
  return list
end

local function functions()
  local list = {}
  for _, callable in ipairs(reference.core().functions) do
    if not callable.engine then list[#list + 1] = callable_topic(callable) end
  end
  for _, member in ipairs(reference.members()) do
    if member.callable then list[#list + 1] = callable_topic(member.callable) end
  end
  table.sort(list, by_name)
  return list
end

local function types(wanted)
  return function()
    local list = {}
    for _, source in ipairs { reference.core().types, reference.lua_types() } do
      for _, found in ipairs(source) do
        if wanted[found.kind] and not found.engine then
          list[#list + 1] = type_topic(found)
        end
      end
    end
    table.sort(list, by_name)
    return list
  end
end

--- The functions of every type and module, "tensor.narrow" and so on.
---@return modsync.reference.topic[]
function M.members()
  local list = {}
  for _, source in ipairs { reference.core().types, reference.lua_types() } do
    for _, found in ipairs(source) do
      for _, callable in ipairs(found.methods) do
        list[#list + 1] = callable_topic(callable)
      end
    end
  end
  return list
end

---@class modsync.reference.family
---@field plural string
---@field key string?  of a family of methods
---@field topics fun(): modsync.reference.topic[]

--- The scripts that the program knows by name; the comment on top says what each does.
local function commands()
  local list, folder = {}, (core.home or ".") .. "/scripts"
  for _, file in ipairs(core.listdir(folder) or {}) do
    local name = file:match("^(.+)%.lua$")
    local source = name and io.open(folder .. "/" .. file)
    if source then
      local comment = source:read("a"):match("^%-%-%[%[%s*(.-)%]%]") or ""
      source:close()
      list[#list + 1] = topic(name, annotations.summary(comment), function()
        return ("command: modsync %s\n%s\n"):format(name,
          (comment:gsub("%s*$", ""):gsub("[^\n]+", "  %0")))
      end)
    end
  end
  return list
end

--- All families, in the order of the list.
---@return modsync.reference.family[]
function M.families()
  local list = {}
  for i, family in ipairs(registry.families()) do
    list[i] = { plural = family.plural, key = family.key, record = family.record,
      topics = function() return methods(family) end }
  end
  local function add(plural, of)
    list[#list + 1] = { plural = plural, topics = of }
  end
  add("problems", problems)
  add("activations", open_table("activations", "activation"))
  add("initialisers", open_table("initialisers", "initialiser"))
  add("samplers", samplers)
  add("ops", ops)
  add("functions", functions)
  add("modules", types { module = true })
  add("types", types { type = true })
  add("tables", types { table = true })
  add("commands", commands)
  add("engine", engine)
  return list
end

return M
