--[[
What there is, as text: help.list "optimizers", help.list "problems", help.show "dcgd",
help.show "tensor.narrow". All of it comes from the records, the annotations and the
modules themselves. The text ends in a newline; an unknown name gives nil and a message.
]]
local describe = require "modsync.reference.describe"
local misuse = require "modsync.misuse"
local name_of = require "modsync.reference.name_of"
local nearest = require "modsync.nearest"
local registry = require "modsync.registry"
local topics = require "modsync.reference.topics"

--- help() lists the families, help "adam" prints what is known of a name, help(ms.train)
--- the same of a function, a module or an object.
---@class modsync.help
---@overload fun(what?: any)
local help = {}

local function hint_for(word, known)
  local near = nearest(word, known)
  if not near[1] then return "" end
  local last = #near > 1 and " or '" .. table.remove(near) .. "'" or ""
  return ("; did you mean '%s'%s?"):format(table.concat(near, "', '"), last)
end

local function list_family(family)
  local lines = { family.plural .. ":" }
  for _, topic in ipairs(family.topics()) do
    lines[#lines + 1] = describe.line(topic.label, topic.summary())
  end
  return table.concat(lines, "\n") .. "\n"
end

local function list_families()
  local lines = { "families (modsync --list FAMILY shows one):" }
  for _, family in ipairs(topics.families()) do
    local names = {}
    for i, topic in ipairs(family.topics()) do names[i] = topic.label end
    lines[#lines + 1] = describe.line(family.plural, table.concat(names, ", "))
  end
  lines[#lines + 1] = "modsync --help NAME tells more of any of them."
  return table.concat(lines, "\n") .. "\n"
end

--- One family (optimizers, conflicts, prunes, schedules, problems, types ...) with a line
--- for each of its members; without a name all families.
---@param family_name string?
---@return string? text, string? message
function help.list(family_name)
  if not family_name then return list_families() end
  local known, methods = {}, registry.family(family_name)
  for i, family in ipairs(topics.families()) do
    known[i] = family.plural
    if family.plural == family_name or methods and methods.key == family.key then
      return list_family(family)
    end
  end
  return nil, ("unknown family '%s'%s (known: %s)"):format(family_name,
    hint_for(family_name, known), table.concat(known, ", "))
end

--- "ms.plot.lines" and "plot:lines" are "plot.lines".
local function plain(name)
  return (name:gsub("^ms%.", ""):gsub(":", "."))
end

local function matches(topic, wanted)
  if topic.name == wanted then return true end
  for _, alias in ipairs(topic.aliases) do
    if alias == wanted then return true end
  end
  return false
end

local function last_part(name)
  return name:match("([^.]+)$")
end

--- A method of a type by its full name, or by its last part alone.
local function show_members(name, found, known)
  local exact, others = {}, {}
  for _, topic in ipairs(topics.members()) do
    known[#known + 1] = topic.name
    if topic.name == name then
      exact[#exact + 1] = topic.text()
    elseif last_part(topic.name) == name then
      others[#others + 1] = topic.text()
    end
  end
  table.move(exact, 1, #exact, #found + 1, found)
  if #found == 0 then table.move(others, 1, #others, 1, found) end
end

local function is_file(name)
  return name:find("[/\\]") ~= nil or name:match("%.lua$") ~= nil
end

--- All that bears a name: summary, paper, options. A name of two families is shown for
--- both; a method of a type also goes by its name alone.
---@param name string
---@param family_name string?  only this family of methods
---@return string? text, string? message
function help.show(name, family_name)
  if is_file(name) then return topics.problem(name).text() end
  local wanted, only = plain(name), registry.family(family_name)
  local found, known, seen = { not only and help.list(wanted) or nil }, {}, {}
  for _, family in ipairs(topics.families()) do
    if not only or only.key == family.key then
      for _, topic in ipairs(family.topics()) do
        if matches(topic, wanted) then
          local text = topic.text()
          if not seen[text] then found[#found + 1] = text end
          seen[text] = true
        end
        known[#known + 1] = topic.name
      end
    end
  end
  if not only then show_members(wanted, found, known) end
  if #found > 0 then return table.concat(found, "\n") end
  return nil, ("nothing is called '%s'%s (all names: modsync --list)"):format(name,
    hint_for(wanted, known))
end

local guide = [[
help "adam"        what is known of a name: a method, a problem, a function, a type
help(ms.train)     the same of a function, a module or an object
help "optimizers"  what there is of a family: conflicts, problems, types, functions ...
help()             all families]]

setmetatable(help, {
  __tostring = function() return guide end,
  __call = function(_, ...)
    if select("#", ...) == 0 then
      io.write(help.list())
      return
    end
    local what = ...
    if what == nil then
      misuse('help(nil): there is no such value; help "NAME" takes the name of one')
    end
    local text, message
    if type(what) == "string" then
      text, message = help.show(what)
    else
      text, message = help.show(name_of(what))
    end
    io.write(text or message .. "\n")
  end,
})

return help
