--[[
Records, functions, types and problems as text for a terminal, at most 90 columns wide
where their names allow it. Every function returns text that ends in a newline.
]]
local annotations = require "modsync.annotations"
local core = require "modsync.core"

local M = {}

local WIDTH = 90

--- A paragraph filled to the width, each line behind 'indent'.
---@param text string
---@param indent string
---@return string
function M.fill(text, indent)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if #line > 0 and #indent + utf8.len(line) + 1 + utf8.len(word) > WIDTH then
      lines[#lines + 1], line = indent .. line, word
    else
      line = #line > 0 and line .. " " .. word or word
    end
  end
  if #line > 0 then lines[#lines + 1] = indent .. line end
  return table.concat(lines, "\n")
end

--- A comment as it was written, each line behind 'indent'.
local function keep(text, indent)
  return (text:gsub("[^\n]+", indent .. "%0"))
end

--- "  name     summary", the summary on a line of its own behind a long name.
---@param name string
---@param summary string
---@return string  without a newline
function M.line(name, summary)
  summary = summary:gsub("%.$", "")
  if summary == "" then return "  " .. name end
  local width = 24
  if #name < width then
    local first = ("  %%-%ds"):format(width):format(name)
    local rest = M.fill(summary, (" "):rep(width + 2))
    return first .. rest:gsub("^ +", "")
  end
  return "  " .. name .. "\n" .. M.fill(summary, (" "):rep(width + 2))
end

--[[ functions ]]

local function plain_type(type)
  return (type:gsub("modsync%.", ""))
end

local function results(list)
  local parts = {}
  for i, result in ipairs(list) do
    local name = result.name ~= "" and " " .. result.name or ""
    parts[i] = plain_type(result.type) .. name
  end
  return #parts > 0 and " -> " .. table.concat(parts, ", ") or ""
end

--- "t:narrow(axis, first, count)", optional parameters in brackets.
---@param callable modsync.reference.callable
---@return string
function M.call(callable)
  local text, optional = "", 0
  for i, param in ipairs(callable.params) do
    local comma = i > 1 and ", " or ""
    if param.optional and param.name ~= "..." then
      text = text .. (i > 1 and " [" or "[") .. comma .. param.name
      optional = optional + 1
    else
      text = text .. ("]"):rep(optional) .. comma .. param.name
      optional = 0
    end
  end
  local owner = callable.owner and callable.owner .. (callable.method and ":" or ".")
  local name = callable.name == "" and callable.owner or (owner or "ms.") .. callable.name
  return ("%s(%s%s)"):format(name, text, ("]"):rep(optional))
end

local function describe_value(lines, value, indent)
  local mark = value.optional and "?" or ""
  local type = plain_type(value.type):gsub("%?$", "")
  local head = ("%s%s%s: %s"):format(indent, value.name, mark, type)
  if value.text ~= "" and #head + #value.text + 2 <= WIDTH then
    lines[#lines + 1] = head .. "  " .. value.text
  else
    lines[#lines + 1] = head
    if value.text ~= "" then lines[#lines + 1] = M.fill(value.text, indent .. "    ") end
  end
end

local function describe_values(lines, list, indent)
  for _, value in ipairs(list) do describe_value(lines, value, indent) end
end

--- A parameter, and the fields of the table that it may be.
local function describe_param(lines, param, type_of)
  describe_value(lines, param, "    ")
  for class in param.type:gmatch("modsync%.[%w_.]+") do
    local found = type_of(class)
    if found and found.kind == "table" then
      describe_values(lines, found.fields, "      ")
    end
  end
end

--- What a function takes, gives and does.
---@param callable modsync.reference.callable
---@param type_of fun(class: string): modsync.reference.type?  to show tables of options
---@return string
function M.callable(callable, type_of)
  local head = M.fill(M.call(callable) .. results(callable.returns), "")
  local lines = { (head:gsub("\n", "\n    ")) }
  if callable.text ~= "" then
    lines[2] = callable.example and M.fill(callable.text, "  ")
      or keep(callable.text, "  ")
  end
  for _, param in ipairs(callable.params) do describe_param(lines, param, type_of) end
  if callable.example then lines[#lines + 1] = "  example: " .. callable.example end
  return table.concat(lines, "\n") .. "\n"
end

--[[ types, modules and tables ]]

--- A table with named fields.
---@param found modsync.reference.type
---@return string
function M.table(found)
  local lines = { ("%s: %s"):format(found.name, annotations.summary(found.text)) }
  describe_values(lines, found.fields, "    ")
  return table.concat(lines, "\n") .. "\n"
end

local signs = { add = "+", sub = "-", mul = "*", div = "/", pow = "^", mod = "%",
  idiv = "//", band = "&", bor = "|", bxor = "~", bnot = "~t", unm = "-t",
  len = "#t", call = "t(...)" }

--- One line for every method, the parent's first.
local function describe_methods(lines, found, parent)
  local own = {}
  for _, callable in ipairs(found.methods) do own[callable.name] = true end
  for _, each in ipairs { parent or { methods = {} }, found } do
    for _, callable in ipairs(each.methods) do
      if each == found or not own[callable.name] then
        local name = M.call(callable):gsub("^" .. each.name .. "[.:]", "")
        lines[#lines + 1] = M.line(name, annotations.summary(callable.text))
      end
    end
  end
end

--- A type or module: its text, its fields, one line for every function.
---@param found modsync.reference.type
---@param type_of fun(class: string): modsync.reference.type?  by the name of its class
---@return string
function M.type(found, type_of)
  if found.kind == "table" and #found.methods == 0 then return M.table(found) end
  local lines = { ("%s: %s"):format(found.kind, found.name) }
  if found.text ~= "" then lines[2] = keep(found.text, "  ") end
  if found.kind == "module" and found.call then
    local call = M.call(found.call):gsub("^ms%.", "  ms.")
    lines[#lines + 1] = call .. results(found.call.returns)
    for _, param in ipairs(found.call.params) do describe_param(lines, param, type_of) end
  end
  if #found.fields > 0 then lines[#lines + 1] = "fields:" end
  describe_values(lines, found.fields, "    ")
  lines[#lines + 1] = found.kind == "type" and "methods:" or "functions:"
  describe_methods(lines, found, found.parent and type_of(found.parent))
  local operators = {}
  for i, operator in ipairs(found.operators) do operators[i] = signs[operator.name] end
  if #operators > 0 then
    lines[#lines + 1] = "operators: " .. table.concat(operators, "  ")
  end
  lines[#lines + 1] = ("more: modsync --help %s.NAME"):format(found.name)
  return table.concat(lines, "\n") .. "\n"
end

--[[ records ]]

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

--- "default 0.5, 0 to 1"; choices are left out where the type says them.
---@param option modsync.option
---@param choices boolean?  name them
---@return string
function M.option_range(option, choices)
  local facts = {}
  if option.default ~= nil then facts[1] = "default " .. show(option.default) end
  if choices or not option.choices or #option.choices == 0 then
    facts[#facts + 1] = range(option)
  end
  return table.concat(facts, ", ")
end

--- "number, default 0.5, 0 to 1".
local function option_facts(option)
  local facts = M.option_range(option, true)
  return facts == "" and option.type or option.type .. ", " .. facts
end

--- What a conflict method of the core promises of d with its default options.
local function promise_lines(promises)
  local when, statements, lines = {}, core.promises(), {}
  for _, case in ipairs {
    { "two", "with two tasks" }, { "independent", "for independent gradients" },
    { "always", "" },
  } do
    for _, name in ipairs(promises[case[1]]) do when[name] = case[2] end
  end
  for name, case in pairs(when) do
    lines[#lines + 1] = ("  %-3s %s%s"):format(name, statements[name],
      case == "" and "" or " (" .. case .. ")")
  end
  table.sort(lines)
  return lines
end

--- A method: summary, paper, how to make it, its options, what it promises.
---@param family table         of the registry
---@param record modsync.record
---@param options modsync.option[]
---@param short string         its name in ms.<family>
---@return string
function M.record(family, record, options, short)
  local lines = {
    ("%s: %s"):format(family.noun, record.name), M.fill(record.summary, "  "),
    ("  paper: %s"):format(record.paper or "none"),
    ("  use:   ms.%s.%s { ... }"):format(family.key, short),
  }
  if record.max_tasks then
    lines[#lines + 1] = ("  tasks: %d at most"):format(record.max_tasks)
  end
  if record.whole_step then
    lines[#lines + 1] = "  after: sgd, as its d is a whole step; the default with it"
  end
  if record.origin ~= "core" then lines[#lines + 1] = "  from:  " .. record.origin end
  if #options > 0 then lines[#lines + 1] = "options:" end
  for _, option in ipairs(options) do
    lines[#lines + 1] = ("  %s (%s)"):format(option.name, option_facts(option))
    lines[#lines + 1] = M.fill(option.text or "", "      ")
  end
  if record.promises then
    lines[#lines + 1] = "promises, by default (tasks k: gradient g_k, norm n_k, " ..
      "u_k = g_k / n_k):"
    table.move(promise_lines(record.promises), 1, 99, #lines + 1, lines)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- An elementary function.
---@param op table  of core.ops()
---@return string
function M.op(op)
  local arguments = op.arity == 1 and "x" or "x, y"
  local lines = { ("ms.%s(%s)"):format(op.name, arguments), M.fill(op.summary, "  "),
    "  takes numbers, tensors and symbols" }
  for i, name in ipairs { "x", op.arity == 2 and "y" or nil } do
    lines[#lines + 1] = ("  derivative by %s: %s"):format(name, op.derivative[i])
  end
  local uses_result = table.concat(op.derivative, " "):find("%f[%w]f%f[%W]")
  if uses_result then lines[#lines + 1] = "    (f is the result)" end
  return table.concat(lines, "\n") .. "\n"
end

--- What has a name, a summary and a paper.
---@param noun string
---@param entry { name: string, summary: string, paper: string? }
---@return string
function M.entry(noun, entry)
  local lines = { ("%s: %s"):format(noun, entry.name) }
  if entry.summary ~= "" then lines[2] = M.fill(entry.summary, "  ") end
  if entry.paper then lines[#lines + 1] = "  paper: " .. entry.paper end
  return table.concat(lines, "\n") .. "\n"
end

--[[ problems ]]

local function region(on)
  if type(on) == "string" then return on end
  if type(on) == "function" then return "points of a function" end
  if type(on) == "userdata" then return "given points" end
  if on.names then return "periodic " .. table.concat(on.names, ", ") end
  return table.concat(on, ", ")
end

local function term_line(term)
  local facts = { ("%d points"):format(term.points) }
  if term.sampler then facts[#facts + 1] = term.sampler end
  if term.redraw then facts[#facts + 1] = ("redrawn every %d"):format(term.redraw) end
  if term.redraw == false then facts[#facts + 1] = "never redrawn" end
  return ("    %-12s on %s: %s"):format(term.name, region(term.on),
    table.concat(facts, ", "))
end

--- A problem: source, coordinates with their limits, fields, terms.
---@param problem modsync.problem
---@return string
function M.problem(problem)
  local lines = { "problem: " .. problem.name }
  if problem.summary then lines[2] = M.fill(problem.summary, "  ") end
  lines[#lines + 1] = "  source: " .. (problem.source or "none")
  local limits, fields = {}, {}
  for i, name in ipairs(problem.coords) do
    local low, high = problem.domain:limits(name)
    limits[i] = ("%s in [%.6g, %.6g]"):format(name, low, high)
  end
  for i, name in ipairs(problem.fields) do
    fields[i] = name .. (problem.exact[name] and " (exact solution known)" or "")
  end
  lines[#lines + 1] = "  domain: " .. table.concat(limits, ", ")
  lines[#lines + 1] = "  fields: " .. table.concat(fields, ", ")
  lines[#lines + 1] = "  terms:"
  for _, term in ipairs(problem.terms) do lines[#lines + 1] = term_line(term) end
  lines[#lines + 1] = "  file: " .. problem.file
  return table.concat(lines, "\n") .. "\n"
end

return M
