--[[
What the registry knows, as text: help.list "optimizers", help.show "dcgd". Everything comes from
the records. The text ends in a newline; an unknown name gives nil and a message.
]]
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
    local record, alias = registry.record(family.key, name), alias_of(family, name)
    local label = alias and ("%s (%s)"):format(name, alias) or name
    lines[#lines + 1] = ("  %-22s %s"):format(label, record.summary)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- The methods of one family, or of all.
---@param family_name string?
---@return string? text, string? message
function help.list(family_name)
  if family_name then
    local family = registry.family(family_name)
    if family then return list_family(family) end
    local known = {}
    for i, each in ipairs(registry.families()) do known[i] = each.plural end
    return nil, ("unknown family '%s' (known: %s)"):format(family_name,
      table.concat(known, ", "))
  end
  local parts = {}
  for i, family in ipairs(registry.families()) do parts[i] = list_family(family) end
  return table.concat(parts, "\n")
end

local function range(option)
  if option.choices and #option.choices > 0 then return table.concat(option.choices, " | ") end
  local low, high = option.min, option.max
  if low == -math.huge then low = nil end
  if high == math.huge then high = nil end
  if low and high then return ("%s to %s"):format(low, high) end
  if low then return ("%s or more"):format(low) end
  if high then return ("%s or less"):format(high) end
end

local function describe_option(option)
  local facts = { option.type }
  if option.default ~= nil then facts[2] = "default " .. tostring(option.default) end
  facts[#facts + 1] = range(option)
  local head = ("  %s (%s)"):format(option.name, table.concat(facts, ", "))
  return head .. "\n" .. fill(option.text or "", "      ", 90)
end

local function describe(family, record)
  local lines = { ("%s: %s"):format(family.noun, record.name), fill(record.summary, "  ", 90) }
  lines[#lines + 1] = ("  paper: %s"):format(record.paper or "none")
  local short = alias_of(family, record.name) or record.name:gsub("-", "_")
  lines[#lines + 1] = ("  use:   ms.%s.%s { ... }"):format(family.key, short)
  if record.origin ~= "core" then lines[#lines + 1] = "  from:  " .. record.origin end
  local options = registry.all_options(record)
  if #options > 0 then lines[#lines + 1] = "options:" end
  for _, option in ipairs(options) do lines[#lines + 1] = describe_option(option) end
  return table.concat(lines, "\n") .. "\n"
end

--- One method: summary, paper, options. A name that several families have is shown for each.
---@param name string
---@param family_name string?
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
    local text = registry.family(name) and help.list(name)
    local message
    if not text then text, message = help.show(name) end
    io.write(text or message .. "\n")
  end,
})

return help
