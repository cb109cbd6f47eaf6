--[[
What there is, as text: help.list "optimizers", help.list "problems", help.show "dcgd".
All of it comes from the records and the modules themselves. The text ends in a newline;
an unknown name gives nil and a message.
]]
local core = require "modsync.core"
local misuse = require "modsync.misuse"
local nearest = require "modsync.nearest"
local registry = require "modsync.registry"

local help = {}

--- Fill paragraphs to a width, each line behind 'indent'.
local function fill(text, indent, width)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if #line > 0 and #indent + #line + 1 + #word > width then
      lines[#lines + 1], line = indent .. line, word
    else
      line = #line > 0 and line .. " " .. word or word
    end
  end
  if #line > 0 then lines[#lines + 1] = indent .. line end
  return table.concat(lines, "\n")
end

local function alias_of(family, name)
  for alias, meant in pairs(family.aliases or {}) do
    if meant == name then return alias end
  end
end

local function list_family(family)
  local lines = { family.plural .. ":" }
  for _, name in ipairs(registry.names(family.key)) do
    local good, record = pcall(registry.record, family.key, name)
    local alias = alias_of(family, name)
    local label = alias and ("%s (%s)"):format(name, alias) or name
    local summary = good and record.summary or "(broken) " .. tostring(record)
    lines[#lines + 1] = ("  %-22s %s"):format(label, summary)
  end
  return table.concat(lines, "\n") .. "\n"
end

--[[ what is no method: problems, activations ... ]]

local function sorted_names(open_table)
  local names = {}
  for name in pairs(open_table) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function entries_of(module)
  return function()
    local entries = {}
    for i, name in ipairs(sorted_names(require(module))) do
      entries[i] = { name = name, summary = "" }
    end
    return entries
  end
end

local function problem_entries()
  local problems, entries = require "modsync.problem", {}
  for i, name in ipairs(problems.names()) do
    local good, problem = pcall(problems, name)
    local summary = good and (problem.summary or "") or "(broken) " .. tostring(problem)
    entries[i] = { name = name, summary = summary, problem = good and problem }
  end
  return entries
end

local catalogues = {
  { plural = "problems", entries = problem_entries },
  { plural = "activations", entries = entries_of "modsync.activations" },
  { plural = "initialisers", entries = entries_of "modsync.initialisers" },
  { plural = "samplers", entries = function() return core.samplers() end },
}

local function list_catalogue(catalogue)
  local lines = { catalogue.plural .. ":" }
  for _, entry in ipairs(catalogue.entries()) do
    local line = ("  %-22s %s"):format(entry.name, entry.summary)
    lines[#lines + 1] = line:match("^(.-)%s*$")
  end
  return table.concat(lines, "\n") .. "\n"
end

--- One family (optimizers, conflicts, prunes, schedules, problems, activations ...), or
--- all.
---@param family_name string?
---@return string? text, string? message
function help.list(family_name)
  local parts, known = {}, {}
  for _, family in ipairs(registry.families()) do
    if registry.family(family_name) == family then return list_family(family) end
    known[#known + 1] = family.plural
    if not family_name then parts[#parts + 1] = list_family(family) end
  end
  for _, catalogue in ipairs(catalogues) do
    if family_name == catalogue.plural then return list_catalogue(catalogue) end
    known[#known + 1] = catalogue.plural
    if not family_name then parts[#parts + 1] = list_catalogue(catalogue) end
  end
  if not family_name then return table.concat(parts, "\n") end
  return nil, ("unknown family '%s' (known: %s)"):format(family_name,
    table.concat(known, ", "))
end

local function range(option)
  if option.choices and #option.choices > 0 then
    return table.concat(option.choices, " | ")
  end
  local low, high = option.min, option.max
  if low == -math.huge then low = nil end
  if high == math.huge then high = nil end
  local upto = option.below and "%.14g to below %.14g" or "%.14g to %.14g"
  if low and high then return upto:format(low, high) end
  if low then return ("%.14g or more"):format(low) end
  if high then return ("%.14g or less"):format(high) end
end

local function show(value)
  return type(value) == "number" and ("%.14g"):format(value) or tostring(value)
end

local function describe_option(option)
  local facts = { option.type }
  if option.default ~= nil then facts[2] = "default " .. show(option.default) end
  facts[#facts + 1] = range(option)
  local head = ("  %s (%s)"):format(option.name, table.concat(facts, ", "))
  return head .. "\n" .. fill(option.text or "", "      ", 90)
end

local function describe(family, record)
  local lines = {
    ("%s: %s"):format(family.noun, record.name), fill(record.summary, "  ", 90),
    ("  paper: %s"):format(record.paper or "none"),
  }
  local short = alias_of(family, record.name) or record.name:gsub("-", "_")
  lines[#lines + 1] = ("  use:   ms.%s.%s { ... }"):format(family.key, short)
  if record.origin ~= "core" then lines[#lines + 1] = "  from:  " .. record.origin end
  local options = registry.all_options(record)
  if #options > 0 then lines[#lines + 1] = "options:" end
  for _, option in ipairs(options) do lines[#lines + 1] = describe_option(option) end
  return table.concat(lines, "\n") .. "\n"
end

local function describe_problem(problem)
  local lines = { "problem: " .. problem.name }
  if problem.summary then lines[2] = fill(problem.summary, "  ", 90) end
  if problem.source then lines[#lines + 1] = "  source: " .. problem.source end
  lines[#lines + 1] = "  coordinates: " .. table.concat(problem.coords, ", ")
  lines[#lines + 1] = "  fields: " .. table.concat(problem.fields, ", ")
  for _, term in ipairs(problem.terms) do
    lines[#lines + 1] = ("  term %s: %d points"):format(term.name, term.points)
  end
  lines[#lines + 1] = "  file: " .. problem.file
  return table.concat(lines, "\n") .. "\n"
end

local function describe_entry(catalogue, entry)
  if entry.problem then return describe_problem(entry.problem) end
  local singular = catalogue.plural:gsub("s$", "")
  local lines = { ("%s: %s"):format(singular, entry.name) }
  if entry.summary ~= "" then lines[2] = fill(entry.summary, "  ", 90) end
  if entry.paper then lines[#lines + 1] = "  paper: " .. entry.paper end
  return table.concat(lines, "\n") .. "\n"
end

--- All that bears a name: summary, paper, options. A name of two families is shown for
--- both.
---@param name string
---@param family_name string?  only this family of methods
---@return string? text, string? message
function help.show(name, family_name)
  local found, known = {}, {}
  for _, family in ipairs(registry.families()) do
    if not family_name or registry.family(family_name) == family then
      local record = registry.find(family.key, name)
      if record then found[#found + 1] = describe(family, record) end
      for _, other in ipairs(registry.names(family.key)) do known[#known + 1] = other end
    end
  end
  for _, catalogue in ipairs(family_name and {} or catalogues) do
    for _, entry in ipairs(catalogue.entries()) do
      if entry.name == name then found[#found + 1] = describe_entry(catalogue, entry) end
      known[#known + 1] = entry.name
    end
  end
  if #found > 0 then return table.concat(found, "\n") end
  local near = nearest(name, known)
  local hint = near[1] and ("; did you mean '%s'?"):format(near[1]) or ""
  return nil, ("nothing is called '%s'%s (all names: modsync --list)"):format(name, hint)
end

--- help() and help "adam" print.
setmetatable(help, {
  __call = function(_, name)
    if name == nil then return io.write(help.list()) end
    if type(name) ~= "string" then misuse("help expects a name, not %s", type(name)) end
    local text, message = help.list(name)
    if not text then text, message = help.show(name) end
    io.write(text or message .. "\n")
  end,
})

return help
