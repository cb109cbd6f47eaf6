--[[
Command lines of the scripts. One table describes the options; parsing, --help and the
message about a mistyped option all follow from it:

  { name = "steps", value = "N", type = "integer", default = 20, min = 1, text = "..." }

'value' is the placeholder in the help; an option without it is a switch, and a switch
with 'negatable' has a --no- form. 'again' may be given several times and collects a list.
]]
local nearest = require "modsync.nearest"

local command = {}

--- A number with the checks of its option, or nil and a message.
local function number_of(option, text)
  local number = tonumber(text)
  local integer = option.type == "integer"
  if integer then number = number and math.tointeger(number) end
  if not number or number ~= number then
    return nil, ("--%s expects %s, not '%s'"):format(option.name,
      integer and "a whole number" or "a number", text)
  end
  if option.min and number < option.min then
    return nil, ("--%s is %s; expected at least %s"):format(option.name, text, option.min)
  end
  return number
end

local function value_of(option, text)
  if option.type == "integer" or option.type == "number" then
    return number_of(option, text)
  end
  for _, choice in ipairs(option.choices or { text }) do
    if text == choice then return text end
  end
  return nil, ("--%s is '%s'; expected one of %s"):format(option.name, text,
    table.concat(option.choices, ", "))
end

local function unknown(options, word)
  local names = {}
  for i, option in ipairs(options) do names[i] = option.name end
  local near = nearest(word, names)
  for i, name in ipairs(near) do near[i] = "--" .. name end
  local hint = near[1] and ("; did you mean %s?"):format(table.concat(near, " or ")) or ""
  return nil, ("unknown option --%s%s"):format(word, hint)
end

local function find(options, name)
  for _, option in ipairs(options) do
    if option.name == name then return option, true end
    if option.negatable and name == "no-" .. option.name then return option, false end
  end
end

--- The option at arguments[i], its value, and the index of the last argument it took; nil
--- and a message where it is wrong.
local function read_option(options, arguments, i, name, attached)
  local option, on = find(options, name)
  if not option then return unknown(options, name) end
  local has_value = arguments[i]:find("=", 1, true) ~= nil
  if not option.value then
    if has_value then return nil, ("--%s takes no value"):format(name) end
    return option, on, i
  end
  if not has_value then
    i = i + 1
    attached = arguments[i]
  end
  if not attached then
    return nil, ("--%s needs a value: --%s %s"):format(name, name, option.value)
  end
  local value, message = value_of(option, attached)
  if value == nil then return nil, message end
  return option, value, i
end

--[[
The values of a command line by option name, defaults filled in; the words that are no
options; and the set of options that were given. nil and a message where the line is
wrong. Both --name value and --name=value work; everything after "--" is a word.
]]
---@param options table[]
---@param arguments string[]
---@return table? values, string[]|string words, table<string, boolean>? given
function command.parse(options, arguments)
  local values, words, given, i = {}, {}, {}, 1
  while i <= #arguments do
    local name, attached = arguments[i]:match("^%-%-([%w%-]+)=?(.*)$")
    if arguments[i] == "--" then
      table.move(arguments, i + 1, #arguments, #words + 1, words)
      break
    elseif name then
      local option, value, used = read_option(options, arguments, i, name, attached)
      if not option then return nil, value end
      if option.again then
        value = table.move({ value }, 1, 1, #(values[option.name] or {}) + 1,
          values[option.name] or {})
      end
      values[option.name], given[option.name] = value, true
      i = used
    else
      words[#words + 1] = arguments[i]
    end
    i = i + 1
  end
  for _, option in ipairs(options) do
    if values[option.name] == nil then values[option.name] = option.default end
  end
  return values, words, given
end

--- The lines of --help that describe the options.
---@param options table[]
---@return string
function command.describe(options)
  local lines = {}
  for _, option in ipairs(options) do
    local left = "--" .. (option.negatable and "[no-]" or "") .. option.name
    if option.value then left = left .. " " .. option.value end
    local text = option.text
    if option.default ~= nil and option.value then
      text = ("%s (%s)"):format(text, tostring(option.default))
    end
    if #left > 25 then
      lines[#lines + 1] = "  " .. left
      left = ""
    end
    lines[#lines + 1] = ("  %-26s%s"):format(left, text)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- What ends a script with "modsync NAME: message" and a status of 1.
---@param name string
---@return fun(message: string)
function command.failing(name)
  return function(message)
    io.stderr:write("modsync ", name, ": ", message, "\n")
    os.exit(1, true)
  end
end

--- Runs the main function of scripts/NAME.lua with its arguments. An error ends it with
--- one line, without the line of that script, which says nothing about a mistake in what
--- the script was given; with $MODSYNC_TRACE, with the stack.
---@param name string
---@param main fun(arguments: string[])
---@param arguments string[]
function command.run(name, main, arguments)
  local function explain(message)
    if type(message) ~= "string" then
      message = "an error object: " .. tostring(message)
    end
    if os.getenv "MODSYNC_TRACE" then return debug.traceback(message, 2) end
    return (message:gsub("^%S*scripts/" .. name .. "%.lua:%d+: ", ""))
  end
  local good, message = xpcall(main, explain, arguments)
  if not good then command.failing(name)(message) end
end

return command
