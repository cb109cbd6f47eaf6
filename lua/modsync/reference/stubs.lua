--[[
The meta files for the Lua language server: what it cannot read in our Lua sources,
written as annotated Lua that is never run. The functions and types in C, the methods of
all families with their options, the names that ms holds.
]]
local core = require "modsync.core"
local describe = require "modsync.reference.describe"
local reference = require "modsync.reference"
local registry = require "modsync.registry"

local M = {}

--[[ lines ]]

local Lines = {}
Lines.__index = Lines

local function lines(module)
  local self = setmetatable({}, Lines)
  self:add("---@meta " .. (module or "_"))
  self:add("-- Written by `modsync docs` from the records and the reference.")
  self:add("")
  return self
end

function Lines:add(line)
  self[#self + 1] = line
end

--- A comment: paragraphs filled, examples (which are indented) as they are.
function Lines:text(text)
  local filled = {}
  for paragraph in (text .. "\n\n"):gmatch("(.-)\n%s*\n") do
    filled[#filled + 1] = paragraph:find("^  ") and paragraph:gsub("[^\n]+", "--- %0")
      or describe.fill(paragraph, "--- ")
  end
  self:add(table.concat(filled, "\n---\n"))
end

function Lines:finish()
  while self[#self] == "" do self[#self] = nil end
  return table.concat(self, "\n") .. "\n"
end

function Lines:params(callable)
  for _, param in ipairs(callable.params) do
    local mark = param.optional and param.name ~= "..." and "?" or ""
    local type = mark == "" and param.type or param.type:gsub("%?$", "")
    self:add(("---@param %s%s %s"):format(param.name, mark, type))
  end
  for _, result in ipairs(callable.returns) do
    self:add(("---@return %s %s"):format(result.type, result.name):gsub(" $", ""))
  end
end

--- A function of the table 'owner', with a colon or a dot.
function Lines:callable(owner, callable, mark)
  local names = {}
  for i, param in ipairs(callable.params) do names[i] = param.name end
  self:text(callable.text)
  self:params(callable)
  self:add(("function %s%s%s(%s) end"):format(owner, mark, callable.name,
    table.concat(names, ", ")))
  self:add("")
end

--- A field, its text in a comment above where the line would be too long.
function Lines:field(name, type, text)
  local line = ("---@field %s %s"):format(name, type)
  if #line + #text + 2 <= 90 then
    line = text == "" and line or line .. "  " .. text
  else
    self:text(text)
  end
  self:add(line)
end

function Lines:fields(list)
  for _, field in ipairs(list) do
    local mark = field.optional and "?" or ""
    self:field(field.name .. mark, field.type:gsub("%?$", ""), field.text)
  end
end

--[[ files ]]

--- One line for each kind of the other operand; calls are overloads.
function Lines:operator(operator)
  local result, other = operator.returns[1].type, operator.params[1]
  if operator.name == "call" then
    local signature = {}
    for i, param in ipairs(operator.params) do
      signature[i] = param.name .. (param.optional and "?" or "") .. ": " .. param.type
    end
    self:add(("---@overload fun(%s): %s"):format(table.concat(signature, ", "), result))
  elseif not other then
    self:add(("---@operator %s: %s"):format(operator.name, result))
  else
    for type in other.type:gmatch("[^|]+") do
      self:add(("---@operator %s(%s): %s"):format(operator.name, type, result))
    end
  end
end

local function add_type(out, found)
  if found.text ~= "" then out:text(found.text) end
  out:add("---@class " .. found.class)
  out:fields(found.fields)
  for _, operator in ipairs(found.operators) do out:operator(operator) end
  if found.kind == "table" and #found.methods == 0 then
    out:add("")
    return
  end
  out:add(("local %s = {}"):format(found.name))
  out:add("")
  local mark = found.kind == "type" and ":" or "."
  for _, callable in ipairs(found.methods) do out:callable(found.name, callable, mark) end
end

local function core_file()
  local out = lines("modsync.core")
  local found = reference.core()
  out:text("What is written in C. The module modsync has all of it, too.")
  out:add("---@class modsync.core")
  out:fields(found.fields)
  out:add("local core = {}")
  out:add("")
  for _, callable in ipairs(found.functions) do out:callable("core", callable, ".") end
  for _, each in ipairs(found.types) do
    if each.kind == "table" then add_type(out, each) end
  end
  out:add("return core")
  return out:finish()
end

local function op_text(op)
  local names = op.arity == 1 and { "x" } or { "x", "y" }
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = ("d/d%s = %s"):format(name, op.derivative[i])
  end
  return op.summary .. " " .. table.concat(parts, ", ")
end

--- One overload a kind of value: numbers, tensors (with numbers), symbols (with all).
local overloads = {
  { "(x: number): number", "(x: modsync.tensor): modsync.tensor" },
  { "(x: number, y: number): number",
    "(x: modsync.tensor, y: number|modsync.tensor): modsync.tensor",
    "(x: number, y: modsync.tensor): modsync.tensor" },
}

local function ops_file()
  local out = lines()
  out:text("The elementary functions, of numbers, tensors and symbols. In derivatives f "
    .. "is the result.")
  out:add("---@class modsync.core")
  out:add("local core = {}")
  out:add("")
  for _, op in ipairs(core.ops()) do
    local symbol, any = "modsync.symbol", "number|modsync.tensor|modsync.symbol"
    out:text(op_text(op))
    for _, signature in ipairs(overloads[op.arity]) do
      out:add("---@overload fun" .. signature)
    end
    out:add("---@param x " .. (op.arity == 1 and symbol or any))
    if op.arity == 2 then out:add("---@param y " .. any) end
    out:add("---@return " .. symbol)
    out:add(("function core.%s(%s) end"):format(op.name, op.arity == 1 and "x" or "x, y"))
    out:add("")
  end
  return out:finish()
end

local function type_file(found)
  local out = lines()
  add_type(out, found)
  return out:finish()
end

local option_types = {
  choice = "string", method = "string|table|modsync.method", groups = "string[][]",
  factors = "table<string|integer, number>",
}

local function option_type(option)
  if not option.choices or #option.choices == 0 then
    return option_types[option.type] or option.type
  end
  local quoted = {}
  for i, choice in ipairs(option.choices) do quoted[i] = ("%q"):format(choice) end
  return table.concat(quoted, "|")
end

local function add_options(out, options)
  for _, option in ipairs(options) do
    local range = describe.option_range(option)
    out:field(option.name .. "?", option_type(option),
      range == "" and option.text or ("%s (%s)"):format(option.text, range))
  end
  out:add("")
end

--- The class of the options that all methods of a family take, or nil.
local function common_class(family)
  return family.common and ("modsync.%s.common"):format(family.record)
end

local function add_method(out, family, record, name)
  local short = name:gsub("-", "_")
  local class = ("modsync.%s.%s"):format(family.record, record.name:gsub("-", "_"))
  if short == record.name:gsub("-", "_") then
    local common = common_class(family)
    out:text(("Options of ms.%s.%s."):format(family.key, short))
    out:add("---@class " .. class .. (common and " : " .. common or ""))
    add_options(out, record.options)
  end
  out:text(("%s%s. Paper: %s"):format(record.summary:sub(1, 1):upper(),
    record.summary:sub(2):gsub("%.$", ""), record.paper))
  out:add("---@param options? " .. class)
  out:add("---@return modsync." .. family.record)
  out:add(("function %s.%s(options) end"):format(family.plural, short))
  out:add("")
end

local function methods_file(family)
  local out = lines()
  out:text(("ms.%s: every %s by name."):format(family.key, family.noun))
  out:add("---@class modsync." .. family.plural)
  out:add(("local %s = {}"):format(family.plural))
  out:add("")
  if family.common then
    out:text(("Options that every %s takes."):format(family.noun))
    out:add("---@class " .. common_class(family))
    add_options(out, family.common)
  end
  for _, name in ipairs(registry.names(family.key)) do
    local record = registry.record(family.key, name)
    add_method(out, family, record, name)
    for alias, meant in pairs(family.aliases or {}) do
      if meant == name then add_method(out, family, record, alias) end
    end
  end
  return out:finish()
end

local function sorted_names(open_table)
  local names = {}
  for name in pairs(open_table) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function add_alias(out, name, text, values)
  out:text(text)
  out:add("---@alias modsync." .. name)
  out:add("---| string")
  for _, value in ipairs(values) do out:add(("---| %q"):format(value)) end
  out:add("")
end

local function ms_file()
  local out = lines()
  local samplers = {}
  for i, sampler in ipairs(core.samplers()) do samplers[i] = sampler.name end
  add_alias(out, "sampler", "How points are drawn.", samplers)
  add_alias(out, "activation", "A name in ms.activations.",
    sorted_names(require "modsync.activations"))
  add_alias(out, "initialiser", "A name in ms.initialisers.",
    sorted_names(require "modsync.initialisers"))
  out:text("What require \"modsync\" returns.")
  out:add("---@class modsync : modsync.core")
  for _, member in ipairs(reference.members()) do
    local class = member.class or member.family and "modsync." .. member.family
    if class then out:field(member.name, class, "") end
  end
  out:add("local ms = {}")
  out:add("")
  for _, member in ipairs(reference.members()) do
    if member.callable then out:callable("ms", member.callable, ".") end
  end
  return out:finish()
end

--- The meta files: name and text of each, sorted by name.
---@return { name: string, text: string }[]
function M.files()
  local files = {
    { name = "core.lua", text = core_file() }, { name = "ops.lua", text = ops_file() },
    { name = "ms.lua", text = ms_file() },
  }
  for _, found in ipairs(reference.core().types) do
    if found.kind == "type" then
      files[#files + 1] = { name = found.name .. ".lua", text = type_file(found) }
    end
  end
  for _, family in ipairs(registry.families()) do
    files[#files + 1] = { name = family.plural .. ".lua", text = methods_file(family) }
  end
  table.sort(files, function(a, b) return a.name < b.name end)
  return files
end

return M
