--[[
The registry: where methods written in C and methods written in Lua meet, under one
contract.

A method is a record: family, name, summary, paper, options (name, type, default, min,
max, choices, text), and for a method in Lua the functions of its family. Records come
from three places: the C core, a file lua/modsync/<family>/<name>.lua that returns a
record, and registry.register{...} in a script. A name found in two of them is refused.

Families and the functions that a Lua record must have (state is a table that the method
may fill with tensors, numbers, strings and booleans: a checkpoint stores it; options are
complete):

  optim     step(theta, d, state, options, look, value)  changes theta in place; with
            looks = true in its record look() is the value and its gradient d at the
            present theta, and 'value' what it was before the step
  conflict  combine(G, values, state, options) -> d   G is K x P, d has P elements; may
            have needs(terms, state, options) -> the numbers of the terms that the next
            call looks at, and after(values, state, options), the losses after the step
  weighting weights(values, G, state, options, context) -> K numbers, or
            points(term, squares, state, options, context) -> a factor for every point;
            see weighting.lua
  prune     apply(model, step, state, options, context), and observe(G, model, state,
            options, context) if it looks at gradients, evaluate(losses, model, state,
            options, context) if it has gates; see prune.lua; or score(context) -> P
            numbers, what every parameter is worth keeping; see masking.lua
  schedule  rate(step, options) -> learning rate
  importance  sample(G, theta) -> T x P, or rows(curvature, term, points) -> rows of P;
            see importance.lua
  models    layout(options, layout), fields(options, x, p, s) -> symbol; see model.lua
]]
local core = require "modsync.core"
local misuse = require "modsync.misuse"
local nearest = require "modsync.nearest"
local option_values = require "modsync.option_values"

--- What a method says of itself.
---@class modsync.record
---@field family string   optimizer, conflict, prune or schedule
---@field name string     letters, digits and "-"
---@field summary string? one line
---@field paper string?   DOI, arXiv id or "none"
---@field options modsync.option[]?
---@field defaults table<string, any>?  other defaults of options that it shares
---@field slots table[]?  of a method in C: its state arrays
---@field whole_step boolean?  of a conflict method: d is a step for sgd, not for adam
---@field looks boolean?  of an optimizer: it asks for values and gradients along its step
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

--- An option of families that see loss terms as tasks.
local groups = { name = "groups", type = "groups",
  text = "terms that are one task, their gradients added: { {'residual'}, " ..
    "{'boundary', 'initial'} }, in text residual/boundary+initial; a term that " ..
    "is not named is a task of its own" }

--- key: folder and table name in Lua; record: family name in C records; common: options
--- that every method of the family takes besides its own, kept by the class in Lua.
local families = {
  { key = "optim", record = "optimizer", plural = "optimizers", noun = "optimizer",
    slots = { "step" } },
  { key = "conflict", record = "conflict", plural = "conflicts", noun = "conflict method",
    slots = { "combine" },
    common = {
      { name = "scope", type = "choice", default = "model",
        choices = { "model", "layer", "neuron" },
        text = "what gets a Gram matrix and weights of its own: the whole model, " ..
          "every layer, or every neuron with its incoming weights (methods in C)" },
      { name = "tasks", type = "choice", default = "terms", choices = { "terms", "two" },
        text = "what counts as a task: every loss term, or the residuals together and " ..
          "all other terms together, as dcgd always has it" },
      { name = "weighting", type = "method", family = "weighting",
        text = "a loss weighting (modsync --list weightings), whose factors multiply " ..
          "the gradients first: lra, or lra(every=100,momentum=0)" },
      groups,
      { name = "delay", type = "integer", default = 0, min = 0,
        text = "steps at the start that follow the plain sum of the gradients" },
      { name = "realign", type = "boolean", default = false,
        text = "after the optimizer, project its step on the directions that make no " ..
          "task worse" },
    } },
  { key = "weighting", record = "weighting", plural = "weightings",
    noun = "loss weighting", slots = { "weights" }, instead = { weights = "points" },
    aliases = { ["gradnorm-balance"] = "gradient-norm-balance" },
    common = {
      { name = "every", type = "integer", default = 1, min = 1,
        text = "steps between two updates of the factors" },
      { name = "momentum", type = "number", default = 0, min = 0, max = 1, below = true,
        text = "share of the old factor that an update keeps" },
      { name = "cap", type = "number", default = 1e6, min = 0,
        text = "no factor gets larger; how often one would have is counted" },
    } },
  { key = "prune", record = "prune", plural = "prunes", noun = "pruning method",
    slots = { "observe", "apply" }, instead = { observe = "apply", apply = "score" },
    aliases = { modsync = "modsync-p" },
    common = {
      { name = "steps", type = "integer", min = 1,
        text = "length of the run, which its start and stop are shares of (set by " ..
          "ms.train); without it the strength is full from the first scores on" },
      { name = "period", type = "integer", default = 50, min = 1,
        text = "steps between two measurements of importance" },
      { name = "source", type = "choice", default = "fresh",
        choices = { "fresh", "train", "batch" },
        text = "what importance is measured on: micro-batches of fresh points, of the " ..
          "training points, or the gradients of every step" },
      { name = "batches", type = "integer", default = 16, min = 1,
        text = "micro-batches of one measurement" },
      { name = "include", type = "choice", default = "hidden",
        choices = { "hidden", "all" },
        text = "the weights in scope: between hidden layers, or those of the input " ..
          "and output layers, too; biases never" },
    } },
  { key = "schedule", record = "schedule", plural = "schedules", noun = "schedule",
    slots = { "rate" } },
  { key = "importance", record = "importance", plural = "importances",
    noun = "kind of importance", slots = { "sample" }, instead = { sample = "rows" },
    common = {
      { name = "tasks", type = "choice", default = "terms", choices = { "terms", "two" },
        text = "what counts as a task: every loss term, or the residuals together and " ..
          "all other terms together" },
      groups,
      { name = "source", type = "choice", default = "train",
        choices = { "train", "fresh", "batch" },
        text = "the present points of the losses, as many new ones, or the present " ..
          "points as a single sample" },
      { name = "batches", type = "integer", default = 16, min = 1,
        text = "micro-batches that the points are dealt out over, where importance is " ..
          "that of gradients of several points" },
    } },
  { key = "models", record = "model", plural = "models", noun = "architecture",
    slots = { "layout", "fields" }, common = require "modsync.model_options" },
}

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

local function check_record(family, record, where)
  local function need(condition, what)
    if not condition then misuse("%s: %s", where, what) end
  end
  need(type(record) == "table", "a method is a table")
  need(type(record.name) == "string" and record.name:match("^%a[%w%-]*$"),
    "'name' must be letters, digits and '-'")
  for _, slot in ipairs(family.slots) do
    need(record[slot] == nil or type(record[slot]) == "function",
      ("'%s' is a %s, not a function"):format(slot, type(record[slot])))
    need(has_function(family, record, slot),
      ("%s '%s' needs a function '%s'"):format(family.noun, record.name, slot))
  end
  for i, option in ipairs(record.options or {}) do
    need(type(option.name) == "string", ("option %d has no name"):format(i))
    need(option_values.types[option.type], ("option '%s' has an unknown type '%s'")
      :format(option.name, tostring(option.type)))
  end
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

--- What a method given as a table says of the options that all of its family have.
local function common_options(family, given)
  local options = {}
  for _, option in ipairs(family.common or {}) do
    options[option.name] = given[option.name]
  end
  return options
end

--[[
What a script may pass where a method is wanted: an object, "name:option=value,...", {
name = ..., options }, or an unnamed method in Lua such as { combine = function ... end },
which may hold options of its family, too.
]]
---@param family_name string
---@param wanted modsync.wanted|modsync.method|modsync.schedule
---@return modsync.method|modsync.schedule
function registry.resolve(family_name, wanted)
  local family = family_of(family_name)
  local class = require("modsync." .. family.key).class
  local slot = family.slots[1]
  if getmetatable(wanted) == class then return wanted end
  if type(wanted) == "function" and #family.slots == 1 then
    wanted = { [slot] = wanted }
  end
  if type(wanted) == "string" then
    return registry.create(family.key, registry.parse(family.key, wanted))
  end
  local named = type(wanted) == "table" and type(wanted.name) == "string"
  if type(wanted) == "table" and has_function(family, wanted, slot)
    and not (named and registry.find(family.key, wanted.name)) then
    local record = { name = wanted.name or "unnamed", summary = "", options = {} }
    for key, value in pairs(wanted) do record[key] = value end
    check_record(family, record, "a " .. family.noun .. " given as a table")
    record.family, record.origin, record.unnamed = family.record, "a script", true
    return class.new(record, common_options(family, wanted))
  elseif named then
    local options = {}
    for key, value in pairs(wanted) do
      if key ~= "name" then options[key] = value end
    end
    return registry.create(family.key, wanted.name, options)
  end
  misuse("%s expected: an object of ms.%s, a name, or { name = ..., options }, not %s",
    family.noun, family.key, type(wanted))
end

--[[
The table a script sees (ms.optim, ms.conflict ...): namespace.NAME { options } makes an
object, pairs() walks the names.
]]
---@private
function registry.namespace(family_name, class)
  local family = family_of(family_name)
  local namespace = { class = class }
  return setmetatable(namespace, {
    __index = function(_, name)
      local record = registry.record(family.key, name)
      return function(options) return class.new(record, options) end
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
