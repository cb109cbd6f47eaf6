--[[
The registry: where methods written in C and methods written in Lua meet, under one
contract.

A method is a record: family, name, summary, paper, options (name, type, default, min,
max, choices, text), and for a method in Lua the functions of its family. Records come
from three places: the C core, a file lua/modsync/<family>/<name>.lua that returns a
record, and registry.register{...} in a script. A name found in two of them is refused.
What a family is, and the functions that its records have: families.lua.
]]
local check_keys = require "modsync.check_keys"
local colon = require "modsync.colon"
local core = require "modsync.core"
local families = require "modsync.families"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local nearest = require "modsync.nearest"
local option_values = require "modsync.option_values"

--- What a method says of itself.
---@class modsync.record
---@field family string   any name of it: optim, conflict, weighting, prune, schedule,
--- importance or models
---@field name string     letters, digits and "-"
---@field summary string? one line
---@field paper string?   DOI, arXiv id or "none"
---@field options modsync.option[]?
---@field defaults table<string, any>?  other defaults of options that it shares
---@field slots table[]?  of a method in C: its state arrays
---@field whole_step boolean?  of a conflict method: d is a step for sgd, not for adam
---@field looks boolean?  of an optimizer: it asks for values and gradients along its step
---@field needs_losses boolean?  of a weighting: weights() needs context.losses
---@field origin string?  "core", a file or "a script"; the registry sets it

--- An option of a method.
---@class modsync.option
---@field name string
---@field type string      number, integer, boolean, string, choice; see option_values.lua
---@field default any
---@field min number?      lowest value
---@field max number?      highest value
---@field below boolean?   less than max
---@field choices string[]?
---@field text string?

--- The methods of all families, those of the core, of files and of scripts.
---@class modsync.registry
local registry = {}

--- The family of any of its names ("optim", "optimizer", "optimizers"), or nil.
---@param name string
---@return table?
function registry.family(name)
  for _, family in ipairs(families) do
    if name == family.key or name == family.record or name == family.plural then
      return family
    end
  end
end

--- The families of methods: { key, record, plural, noun, slots, aliases, common }.
---@return table[]
function registry.families()
  return families
end

local function family_of(name)
  local family = registry.family(name)
  if family then return family end
  local known = {}
  for i, each in ipairs(families) do known[i] = each.key end
  misuse("unknown family '%s' (known: %s)", tostring(name), table.concat(known, ", "))
end

--[[ records ]]

local function read_core_records()
  for _, family in ipairs(families) do family.core = family.core or {} end
  for _, record in ipairs(core.records()) do
    local family = registry.family(record.family)
    if family then
      if family.core[record.name] then
        error(("%s '%s' is in the core twice"):format(family.noun, record.name))
      end
      record.origin = "core"
      family.core[record.name] = record
    end
  end
  read_core_records = function() end
end

for _, family in ipairs(families) do
  family.files, family.scripts = {}, {}
end

--- modsync-p is also modsync_p, so that ms.prune.modsync_p {...} can be written.
local function canonical(family, name)
  name = name:gsub("_", "-")
  return family.aliases and family.aliases[name] or name
end

--- The function of a record, or the one that it may have in its place.
local function has_function(family, record, slot)
  if type(record[slot]) == "function" then return record[slot] end
  local other = family.instead and family.instead[slot]
  return other and has_function(family, record, other)
end

--- A function that records need, and those that they may have in its place.
local function alternatives(family, slot)
  local names = {}
  repeat
    names[#names + 1] = slot
    slot = family.instead and family.instead[slot]
  until not slot
  return names
end

--- The names of all functions that records of a family may have.
local function functions_of(family)
  local names, others = {}, family.others or {}
  for _, slot in ipairs(family.slots) do
    local list = alternatives(family, slot)
    table.move(list, 1, #list, #names + 1, names)
  end
  return table.move(others, 1, #others, #names + 1, names)
end

local function check_record(family, record, where)
  local function need(condition, what)
    if not condition then misuse("%s: %s", where, what) end
  end
  need(type(record) == "table", "a method is a table")
  need(type(record.name) == "string" and record.name:match("^%a[%w%-]*$"),
    "'name' must be letters, digits and '-'")
  for _, name in ipairs(functions_of(family)) do
    need(record[name] == nil or type(record[name]) == "function",
      ("'%s' is %s, not a function"):format(name, kind.show(record[name])))
  end
  for _, slot in ipairs(family.slots) do
    need(has_function(family, record, slot), ("%s '%s' needs a function '%s'"):format(
      family.noun, record.name, table.concat(alternatives(family, slot), "' or '")))
  end
  for i, option in ipairs(record.options or {}) do
    need(type(option.name) == "string", ("option %d has no name"):format(i))
    need(option_values.types[option.type], ("option '%s' has an unknown type '%s'")
      :format(option.name, tostring(option.type)))
  end
end

local FIELDS = { "family", "name", "summary", "paper", "options", "defaults" }

--- The keys of a record besides options.
local function keys_of(family)
  local known = functions_of(family)
  for _, list in ipairs { FIELDS, family.data or {} } do
    table.move(list, 1, #list, #known + 1, known)
  end
  return known
end

local function file_record(family, name)
  if family.files[name] then return family.files[name] end
  local module = ("modsync.%s.%s"):format(family.key, name)
  local path = package.searchpath(module, package.path)
  if not path then return nil end
  local record = require(module)
  check_record(family, record, path)
  if record.name ~= name then
    misuse("%s holds the %s '%s'; the file and the method must have the same name", path,
      family.noun, record.name)
  end
  record.family, record.origin = family.record, path
  record.options, record.summary = record.options or {}, record.summary or ""
  family.files[name] = record
  return record
end

local function found_twice(family, name, first, second)
  misuse("%s '%s' is found twice: in %s and in %s", family.noun, name, first.origin,
    second.origin)
end

--- The record of a method; nil where no such method exists.
---@param family_name string
---@param name string
---@return modsync.record?
function registry.find(family_name, name)
  local family = family_of(family_name)
  read_core_records()
  name = canonical(family, name)
  local from_core, from_file = family.core[name], file_record(family, name)
  local from_script = family.scripts[name]
  if from_core and from_file then found_twice(family, name, from_core, from_file) end
  local shipped = from_core or from_file
  if shipped and from_script then found_twice(family, name, shipped, from_script) end
  return shipped or from_script
end

--- Names of a family's methods, sorted. Files count where the folder can be listed.
---@param family_name string
---@return string[]
function registry.names(family_name)
  local family = family_of(family_name)
  read_core_records()
  local seen, names = {}, {}
  local function add(name)
    if not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
  for name in pairs(family.core) do add(name) end
  for name in pairs(family.scripts) do add(name) end
  for template in package.path:gmatch("[^;]+") do
    local folder = template:match("^(.*)%?%.lua$")
    local listed = folder and core.listdir(folder .. "modsync/" .. family.key)
    for _, file in ipairs(listed or {}) do
      local name = file:match("^(.*)%.lua$")
      if name then add(name) end
    end
  end
  table.sort(names)
  return names
end

--- The record of a method; an unknown name is misuse, and the message lists the known
--- ones.
---@param family_name string
---@param name string
---@return modsync.record
function registry.record(family_name, name)
  local family = family_of(family_name)
  if type(name) ~= "string" then
    misuse("the name of a %s must be a string, not %s", family.noun, type(name))
  end
  local record = registry.find(family_name, name)
  if record then return record end
  local names = registry.names(family_name)
  local near = nearest(name, names)
  local hint = near[1] and ("; did you mean '%s'?"):format(near[1]) or ""
  misuse("unknown %s '%s' (known: %s)%s", family.noun, name, table.concat(names, ", "),
    hint)
end

--- Add a method in Lua at run time: registry.register { family = "conflict", name = ...,
--- ... }.
---@param record modsync.record
---@return modsync.record
function registry.register(record)
  if type(record) ~= "table" or type(record.family) ~= "string" then
    misuse("register expects a table with 'family', 'name' and the family's functions")
  end
  local family = family_of(record.family)
  check_record(family, record, "register")
  check_keys(record, keys_of(family), "ms.register")
  local added = {}
  for key, value in pairs(record) do added[key] = value end
  added.family, added.origin = family.record, "a script"
  added.options, added.summary = record.options or {}, record.summary or ""
  local known = registry.find(family.key, record.name)
  if known then found_twice(family, record.name, known, added) end
  family.scripts[record.name] = added
  return added
end

--[[ options ]]

--- An option, or a copy with the default that the record has for it.
local function with_default(record, option)
  local default = record.defaults and record.defaults[option.name]
  if default == nil then return option end
  local copy = {}
  for key, value in pairs(option) do copy[key] = value end
  copy.default = default
  return copy
end

--- The options of a record and the common ones of its family. Pruning methods with a
--- function 'score' have those of 'mask', too.
---@param record modsync.record
---@return modsync.option[]
function registry.all_options(record)
  local all, own = {}, {}
  local family = registry.family(record.family)
  local shared = family.key == "prune" and record.score
    and registry.record("prune", "mask").options or {}
  for i, option in ipairs(record.options) do all[i], own[option.name] = option, true end
  for _, list in ipairs { shared, family.common or {} } do
    for _, option in ipairs(list) do
      if not own[option.name] then all[#all + 1] = with_default(record, option) end
    end
  end
  return all
end

local function find_option(record, name)
  local names = {}
  for i, option in ipairs(registry.all_options(record)) do
    if option.name == name then return option end
    names[i] = option.name
  end
  local list = #names > 0 and "known: " .. table.concat(names, ", ") or "it has none"
  local near = nearest(tostring(name), names)[1]
  misuse("'%s' has no option '%s'%s (%s)", record.name, tostring(name),
    near and ("; did you mean '%s'?"):format(near) or "", list)
end

--- All options of a method: those given, checked, and the defaults of the others.
---@param record modsync.record
---@param given table?
---@return table<string, any>
function registry.options(record, given)
  if given ~= nil and type(given) ~= "table" then
    misuse("options of '%s' must be a table, not %s", record.name, type(given))
  end
  local complete = {}
  for name, value in pairs(given or {}) do
    complete[name] = option_values.check(record, find_option(record, name), value)
  end
  for _, option in ipairs(registry.all_options(record)) do
    if complete[option.name] == nil then complete[option.name] = option.default end
  end
  return complete
end

--- "dcgd:variant=average" -> "dcgd", { variant = "average" }, values typed by the record.
--- In options "lra(every=5)" means the same as "lra:every=5".
---@param family_name string
---@param text string
---@return string name, table<string, any> options
function registry.parse(family_name, text)
  local name, rest = text:match("^([^:(]+)%((.*)%)$")
  if not name then name, rest = text:match("^([^:]+):?(.*)$") end
  if not name then misuse("'%s' is not of the form NAME:option=value,...", text) end
  local record, options = registry.record(family_name, name), {}
  for _, pair in ipairs(option_values.between_commas(rest)) do
    local key, value = pair:match("^([%w_]+)=(.+)$")
    if not key then misuse("'%s' in '%s' is not of the form option=value", pair, text) end
    options[key] = option_values.from_text(find_option(record, key), value)
  end
  return name, options
end

--[[ objects ]]

--- A new object of a method. Its class is the module of the family (modsync.optim ...).
---@param family_name string
---@param name string
---@param options table?
---@return modsync.method|modsync.schedule
function registry.create(family_name, name, options)
  local family = family_of(family_name)
  local class = require("modsync." .. family.key).class
  return class.new(registry.record(family.key, name), options)
end

--- The record that a table is, and the options that stand beside its functions.
local function unnamed_record(family, given)
  local record, options = { name = "unnamed", summary = "", options = {} }, {}
  for key, value in pairs(given) do record[key] = value end
  record.family, record.origin, record.unnamed = family.record, "a script", true
  local what = family.noun .. " given as a table"
  check_record(family, record, what)
  local is_function, known = {}, keys_of(family)
  for _, name in ipairs(functions_of(family)) do is_function[name] = true end
  for _, option in ipairs(registry.all_options(record)) do
    if not is_function[option.name] then
      options[option.name], known[#known + 1] = given[option.name], option.name
    end
  end
  check_keys(given, known, what)
  return record, options
end

--- Is it a method, if perhaps a wrong one, rather than the name of one with options?
local function is_record(family, wanted)
  if type(wanted) ~= "table" then return false end
  if type(wanted.name) == "string" then
    return has_function(family, wanted, family.slots[1])
      and not registry.find(family.key, wanted.name)
  end
  for _, name in ipairs(functions_of(family)) do
    if wanted[name] ~= nil then return true end
  end
  return false
end

--- What it is, for a message: of a table, its keys, and what they may have meant.
local function show_wanted(family, wanted)
  if type(wanted) ~= "table" then return kind.show(wanted) end
  local keys, functions, hint = {}, functions_of(family), ""
  for key in pairs(wanted) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  for _, key in ipairs(keys) do
    local near = nearest(key, functions)[1]
    if near then hint = ("; did you mean '%s'?"):format(near) end
  end
  if #keys == 0 then return "an empty table" end
  return ("a table of %s%s"):format(table.concat(keys, ", "), hint)
end

--[[
What a script may pass where a method is wanted: an object, "name:option=value,...", {
name = ..., options }, or an unnamed method in Lua such as { combine = function ... end },
which may hold options, of its own and of its family, too.
]]
---@param family_name string
---@param wanted modsync.wanted|modsync.method|modsync.schedule
---@return modsync.method|modsync.schedule
function registry.resolve(family_name, wanted)
  local family = family_of(family_name)
  local class = require("modsync." .. family.key).class
  if getmetatable(wanted) == class then return wanted end
  if type(wanted) == "function" and #family.slots == 1 then
    wanted = { [family.slots[1]] = wanted }
  end
  if type(wanted) == "string" then
    return registry.create(family.key, registry.parse(family.key, wanted))
  end
  if is_record(family, wanted) then return class.new(unnamed_record(family, wanted)) end
  if type(wanted) == "table" and type(wanted.name) == "string" then
    local options = {}
    for key, value in pairs(wanted) do
      if key ~= "name" then options[key] = value end
    end
    return registry.create(family.key, wanted.name, options)
  end
  misuse("%s expected: an object of ms.%s, a name, { name = ..., options }, or { %s = "
    .. "function }, not %s", family.noun, family.key, family.slots[#family.slots],
    show_wanted(family, wanted))
end

--[[
The table a script sees (ms.optim, ms.conflict ...): namespace.NAME { options } makes an
object, pairs() walks the names.
]]
---@private
function registry.namespace(family_name, class)
  local family = family_of(family_name)
  colon.guard(class, family.record)
  local namespace, makers = { class = class }, {}
  return setmetatable(namespace, {
    __index = function(_, name)
      local record = registry.record(family.key, name)
      makers[record] = makers[record] or function(options)
        return class.new(record, options)
      end
      return makers[record]
    end,
    __keys = function() -- for the prompt
      local names = {}
      for i, name in ipairs(registry.names(family.key)) do
        names[i] = name:gsub("-", "_")
      end
      return names
    end,
    __tostring = function()
      return ("ms.%s: %s"):format(family.key,
        table.concat(registry.names(family.key), ", "))
    end,
    __pairs = function(self)
      local names, i = registry.names(family.key), 0
      return function()
        i = i + 1
        if names[i] then return names[i], self[names[i]] end
      end
    end,
  })
end

return registry
