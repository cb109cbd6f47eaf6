--[[
Turns the functions of a problem into expressions: the namespace `s` that they see, and
the call that reports their mistakes with the problem's own file and line.
]]
local coefficients = require "modsync.coefficients"
local core = require "modsync.core"
local kind = require "modsync.kind"
local nearest = require "modsync.nearest"

local M = {}

--[[ the namespace s ]]

--- "u_xxy" as the coordinates to differentiate by and the field; nil if it is no such
--- thing. The longest field name that fits is taken. For a letter that is no coordinate:
--- nil, the field and the letter.
local function derivative(fields, coords, key)
  for at = #key - 1, 2, -1 do
    if key:sub(at, at) == "_" and fields[key:sub(1, at - 1)] then
      local by = {}
      for letter in key:sub(at + 1):gmatch(".") do
        if not coords[letter] then return nil, key:sub(1, at - 1), letter end
        by[#by + 1] = letter
      end
      return by, key:sub(1, at - 1)
    end
  end
end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

--- Would s.NAME be a derivative of a field by coordinates?
---@param name string
---@param fields string[]
---@param coords string[]
---@return boolean
function M.means_derivative(name, fields, coords)
  return derivative(set_of(fields), set_of(coords), name) ~= nil
end

--- What s.u:d(...) is for, where names of coordinates are longer than a letter.
local function long_names(problem, field)
  for _, name in ipairs(problem.coords) do
    if #name > 1 then
      return ("; longer names are written s.%s:d(%q)"):format(field, name)
    end
  end
  return ""
end

local function unknown(key, problem, field, letter)
  local known = "coordinates " .. table.concat(problem.coords, ", ")
  if #problem.fields > 0 then
    known = known .. "; fields " .. table.concat(problem.fields, ", ")
  end
  local more = table.move(problem.columns or {}, 1, #(problem.columns or {}), 1, {})
  for _, parameter in ipairs(problem.parameters or {}) do
    more[#more + 1] = parameter.name
  end
  if #more > 0 then known = known .. "; also " .. table.concat(more, ", ") end
  if letter then
    return ("s.%s: %s cannot be differentiated by %q, which is not a coordinate (%s)%s")
      :format(key, field, letter, known, long_names(problem, field))
  end
  local names = table.move(problem.coords, 1, #problem.coords, 1, {})
  table.move(problem.fields, 1, #problem.fields, #names + 1, names)
  table.move(more, 1, #more, #names + 1, names)
  local near = #tostring(key) > 2 and nearest(tostring(key), names)[1]
  return ("there is no s.%s: %s%s"):format(tostring(key), known,
    near and ("; did you mean s.%s?"):format(near) or "")
end

--- The namespace of one point: coordinates by name, fields made when first asked for, and
--- their derivatives. 'build' is called once, without arguments, for field -> value.
---@param problem { coords: string[], fields: string[] }  no fields for exact solutions
---@param values table<string, any>  the coordinates
---@param build fun(): table<string, any>
function M.space(problem, values, build)
  local coords, fields = set_of(problem.coords), set_of(problem.fields)
  local given = {}
  for _, name in ipairs(problem.columns or {}) do given[name] = true end
  for _, parameter in ipairs(problem.parameters or {}) do given[parameter.name] = true end
  local made
  local function field(name)
    made = made or build()
    return made[name]
  end
  return setmetatable({}, {
    __index = function(self, key)
      local value
      if coords[key] or given[key] then
        value = values[key]
      elseif fields[key] then
        value = field(key)
      else
        local by, name, letter
        if type(key) == "string" then
          by, name, letter = derivative(fields, coords, key)
        end
        if not by then error(unknown(key, problem, name, letter), 2) end
        local whole, good = field(name), nil
        good, value = pcall(whole.d, whole, table.unpack(by))
        if not good then error((value:gsub("^.-:%d+: ", "%0s." .. key .. ": ")), 0) end
      end
      rawset(self, key, value)
      return value
    end,
    __newindex = function(_, key)
      error(("s.%s cannot be set: s only holds coordinates and fields"):format(
        tostring(key)), 2)
    end,
    __name = "modsync.space",
    __tostring = function()
      return ("s: coords %s; fields %s"):format(table.concat(problem.coords, ", "),
        table.concat(problem.fields, ", "))
    end,
  })
end

--[[ calling a problem's function ]]

local hints = {
  { "number expected, got modsync", "a field or coordinate is a symbol here, not a "
    .. "number: only operators and the functions of ms work on it" },
  { "must be a number", "a field or coordinate is a symbol here, not a number" },
  { "attempt to call a modsync", "a field is taken at the points of its term; for other "
    .. "points, make another term" },
}

local function hint_for(message)
  local mistyped, list = message:match("no coordinate '(.-)'; there are: (.*)$")
  if mistyped then
    local names = {}
    for each in list:gmatch("[^, ]+") do names[#names + 1] = each end
    local near = nearest(mistyped, names)[1]
    return near and ("did you mean '%s'?"):format(near)
  end
  local name = message:match("bad argument #%d+ to '([%w_.]+)'")
  name = name and name:match("([%w_]+)$")
  if name and message:find("number expected, got modsync", 1, true)
    and type(core[name]) == "function" then
    return ("write ms.%s in place of math.%s: it takes symbols"):format(name, name)
  end
  for _, hint in ipairs(hints) do
    if message:find(hint[1], 1, true) then return hint[2] end
  end
end

--- File and line of the innermost frame that runs code of the file 'source'.
local function place_in(source)
  local level = 3
  while true do
    local info = debug.getinfo(level, "Sl")
    if not info then return nil end
    if info.source == source and info.currentline > 0 then
      return ("%s:%d"):format(info.short_src, info.currentline)
    end
    level = level + 1
  end
end

--- fn(...), where an error names the problem's file and line and `what` (term "u").
--- Returns the results packed, with n.
---@param fn function
---@param what string
function M.call(fn, what, ...)
  local info = debug.getinfo(fn, "S")
  local function report(message)
    if type(message) ~= "string" then return message end
    local file = message:match("^(.-):%d+: ")
    local place = ""
    if file ~= info.short_src then
      place = (place_in(info.source) or M.place(fn)) .. ": "
    end
    local hint = hint_for(message)
    return ("%s%s (%s)%s"):format(place, message, what, hint and "; " .. hint or "")
  end
  local results = table.pack(xpcall(fn, report, ...))
  if not results[1] then error(results[2], 0) end
  return table.pack(table.unpack(results, 2, results.n))
end

--- Where a function begins, "file:line".
function M.place(fn)
  local info = debug.getinfo(fn, "S")
  return ("%s:%d"):format(info.short_src, info.linedefined)
end

--[[ terms ]]

local function check_results(problem, term, results)
  local function bad(...)
    error(("%s: term %q: %s"):format(M.place(term.expr), term.name, (...)), 0)
  end
  if results.n == 0 then bad("expr returns nothing; expected expressions of s") end
  for i = 1, results.n do
    local what = kind.of(results[i])
    if what == "table" then
      bad("expr returns a table; several expressions are returned as `return a, b`")
    elseif what ~= "symbol" then
      bad(("value %d that expr returns is %s; expected an expression of %s"):format(i,
        kind.show(results[i]), table.concat(problem.fields, ", ")))
    end
    local _, columns = results[i]:shape()
    if columns ~= 1 then
      bad(("value %d that expr returns has %d columns; expected one value per point")
        :format(i, columns))
    end
  end
end

--- The coordinates of the points' columns first + 1 ... as inputs of the graph.
local function inputs(problem, g, first)
  local values = {}
  for i, name in ipairs(problem.coords) do values[name] = g:input(name, first + i) end
  return values
end

--- A term's expressions in the graph g, as a list. build(g, coords) makes the fields: the
--- network, or anything else that gives a symbol for every field.
---@param problem table
---@param term table
---@param g any  core.graph()
---@param build fun(g: any, coords: table<string, any>): table<string, any>
---@param parameters table<string, any>?  the coefficients; else numbers
---@return table expressions, table sides  the second: what expr was called with
function M.term(problem, term, g, build, parameters)
  local sides, extra = {}, term.region.extra or {}
  local known = { coords = problem.coords, fields = problem.fields, columns = extra,
    parameters = problem.parameters }
  for side = 1, term.region.pair and 2 or 1 do
    local coords = inputs(problem, g, (side - 1) * #problem.coords)
    local values = {}
    for name, value in pairs(parameters or coefficients.constants(problem.parameters)) do
      values[name] = value
    end
    for name, symbol in pairs(coords) do values[name] = symbol end
    for i, name in ipairs(extra) do
      values[name] = g:input(name, #problem.coords + i)
    end
    sides[side] = M.space(known, values, function() return build(g, coords) end)
  end
  local results = M.call(term.expr, ("term %q"):format(term.name), table.unpack(sides))
  check_results(problem, term, results)
  results.n = nil
  return results, sides
end

return M
