--[[
What every method object has, be the method written in C or in Lua: its record, its
complete options, and a named state that a checkpoint can store.
]]
local core = require "modsync.core"
local method_text = require "modsync.method_text"
local misuse = require "modsync.misuse"
local registry = require "modsync.registry"

--- An optimizer, a conflict method or a pruning method.
---@class modsync.method
---@field name string
---@field record table     what the method says of itself
---@field core modsync.core_method?  the object of a method in C
---@field memory table?    the state of a method in Lua
local method = {}

--- A new object of 'class' (an optimizer, a conflict method ...).
---@private
function method.open(class, record, options)
  local self = setmetatable({ record = record, name = record.name }, class)
  self.chosen = registry.options(record, options)
  if record.origin == "core" then
    local own = {}
    for _, option in ipairs(record.options) do
      own[option.name] = self.chosen[option.name]
    end
    self.core = core.method(record.family, record.name, own)
  else
    self.memory = {}
  end
  return self
end

--- Functions of this module that are no methods of an object.
local shared = { class = true, open = true, two_tasks = true, tasks_of = true }

--- A class whose methods are those here and 'own'.
---@private
function method.class(own)
  for name, value in pairs(method) do
    if own[name] == nil and not shared[name] then own[name] = value end
  end
  own.__index = own
  own.__name = "modsync.method"
  function own.__tostring(self)
    return method_text(self.record, self.chosen)
  end
  return own
end

--- All options, those given and the defaults of the others. A method that is an option
--- becomes a table that makes it again: { name = ..., its options }.
---@return table<string, any>
function method:options()
  local copy = {}
  for name, value in pairs(self.chosen) do
    local meta = type(value) == "table" and getmetatable(value)
    if meta and meta.__name == "modsync.method" then
      local inner = value:options()
      inner.name, value = value.name, inner
    end
    copy[name] = value
  end
  return copy
end

local storable = { number = true, string = true, boolean = true, userdata = true }

--- What functions in Lua keep, checked.
---@private
---@return table<string, any>
function method:stored()
  for name, value in pairs(self.memory) do
    if type(name) ~= "string" or not storable[type(value)] then
      misuse("state '%s' of %s '%s' is a %s; a state holds named tensors, numbers, " ..
        "strings and booleans", tostring(name), self.record.family, self.name,
        type(value))
    end
  end
  return self.memory
end

--- The state by name: tensors in use, numbers, strings and booleans.
---@return table<string, any>
function method:state()
  return self.core and self.core:state() or self:stored()
end

--- Take a state that state() gave, of an object with the same record and options.
---@param state table<string, any>
function method:restore(state)
  if self.core then return self.core:restore(state) end
  self.memory = {}
  for name, value in pairs(state) do
    self.memory[name] = type(value) == "userdata" and value:clone() or value
  end
end

--- Forget everything seen so far.
function method:reset()
  if self.core then return self.core:reset() end
  self.memory = {}
end

--[[
The terms as two tasks, numbered from 0: those named residual..., and all others. Where
that leaves one of the two empty, the first term against the others.
]]
---@private
---@param names string[]?
---@param terms integer
---@return integer[]
function method.two_tasks(names, terms)
  local groups, residuals = {}, 0
  for k = 1, terms do
    local is_residual = names and names[k]:match("^residual") ~= nil
    groups[k] = is_residual and 0 or 1
    if is_residual then residuals = residuals + 1 end
  end
  if residuals == 0 or residuals == terms then
    for k = 1, terms do groups[k] = k == 1 and 0 or 1 end
  end
  return groups
end

local function term_number(wanted, names, terms, title)
  if math.type(wanted) == "integer" and wanted >= 1 and wanted <= terms then
    return wanted
  end
  for k, name in ipairs(names or {}) do
    if name == wanted then return k end
  end
  misuse("groups of '%s': there is no term %s%s", title, tostring(wanted),
    names and " (known: " .. table.concat(names, ", ") .. ")"
    or " whose name is known: bind the losses, cf:bind(L)")
end

--[[
The task of every term, counted from 0, and how many there are, as the options tasks and
groups have it; nil where every term is a task of its own. 'title' is for messages.
]]
---@private
---@param chosen { tasks?: "terms"|"two", groups?: string[][] }
---@param names string[]?  of the terms
---@param terms integer
---@param title string
---@return integer[]? tasks, integer? count
function method.tasks_of(chosen, names, terms, title)
  if not chosen.groups then
    if chosen.tasks ~= "two" then return nil end
    return method.two_tasks(names, terms), math.min(2, terms)
  end
  local tasks, count = {}, 0
  for _, group in ipairs(chosen.groups) do
    for _, wanted in ipairs(type(group) == "table" and group or { group }) do
      local k = term_number(wanted, names, terms, title)
      if tasks[k] then
        misuse("groups of '%s': the term %s is in two groups", title, tostring(wanted))
      end
      tasks[k] = count
    end
    count = count + 1
  end
  for k = 1, terms do
    if not tasks[k] then
      tasks[k], count = count, count + 1
    end
  end
  return tasks, count
end

return method
