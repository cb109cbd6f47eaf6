--[[
How a number is made of a residual r: the mean over the points of form(r), summed over the
expressions of a term, and 'outer' of that,

  loss = outer(mean_i w_i sum_e form(r_e(x_i))),

with w the weights of the points, 1 if there are none. A form is a name in ms.forms, {
name = "huber", delta = 0.1 } or the same as text, "huber:delta=0.1", or any function of
the residual; an outer is "sqrt", "log" or any function. The table of forms is open:
ms.forms.mine = function(r, o) ... end, where o holds the other values of the table.

Where a transform of this file has an infinite slope at 0 (sqrt, log, |r|^p with p < 1),
its derivative at exactly 0 is taken as 0: a sum of squares that is 0 has no slope, and no
lower value. A loss of 0 is 0 under "sqrt", and -inf under "log", with a gradient of 0; a
value that is not finite stops training. Functions of your own are differentiated as they
are written.

An expression may reduce over the points itself: ms.mean(s.u) - 1 asks for a mean of 1. It
is its own mean, and takes no weights.
]]
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local kind = require "modsync.kind"
local nearest = require "modsync.nearest"
local option_values = require "modsync.option_values"
local trace = require "modsync.trace"

--- Forms of a residual by name; add your own functions to the table.
---@class modsync.forms
local M = {}

--- A name in ms.forms, the same with options ("huber:delta=0.1" or a table), or a
--- function.
---@alias modsync.form
---| string|table|fun(r: modsync.symbol): modsync.symbol

--- A monotone function of the whole.
---@alias modsync.outer
---| "sqrt"|"log"|fun(v: modsync.symbol): modsync.symbol

--- The square r^2.
---@param r modsync.symbol
---@return modsync.symbol
function M.squared(r)
  return r * r
end

--- The absolute value |r|.
---@param r modsync.symbol
---@return modsync.symbol
function M.absolute(r)
  return core.abs(r)
end

--- r^2 up to |r| = delta (1), from there on the tangent delta (2 |r| - delta): Huber,
--- doi:10.1214/aoms/1177703732.
---@param r modsync.symbol
---@param o { delta?: number }?
---@return modsync.symbol
function M.huber(r, o)
  local size = core.abs(r)
  local bounded = core.min(size, o and o.delta or 1)
  return bounded * (2 * size - bounded)
end

--- log cosh r, about r^2 / 2 near 0 and |r| - log 2 far from it: log(1 + 2 sinh^2(r / 2))
--- is exact for small r, and from |r| = 20 on the rest is a straight line.
---@param r modsync.symbol
---@return modsync.symbol
function M.log_cosh(r)
  local half = core.sinh(core.max(core.min(r, 20), -20) / 2)
  return core.log1p(2 * half * half) + core.max(core.abs(r) - 20, 0)
end

--- v, and 1 where v is 0 with a derivative of 0; beside it 1, and 0 where v is 0.
local function off_zero(v)
  local on = core.abs(core.sign(v))
  return v * on + (1 - on), on
end

--- |r|^p (p = 4).
---@param r modsync.symbol
---@param o { p?: number }?
---@return modsync.symbol
function M.p_norm(r, o)
  local p = o and o.p or 4
  if p >= 1 then return p % 2 == 0 and r ^ p or core.abs(r) ^ p end
  local size, on = off_zero(core.abs(r))
  return size ^ p - (1 - on)
end

local outers = {}

function outers.sqrt(v)
  local inside, on = off_zero(v)
  return core.sqrt(inside) - (1 - on)
end

function outers.log(v)
  local inside, on = off_zero(v)
  return core.log(inside) + core.log(on)
end

local function names_of(functions)
  local names = {}
  for name, value in pairs(functions) do
    if type(value) == "function" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

--- The options of the forms above, positive numbers; other forms take any number.
local options_of = { squared = false, absolute = false, huber = "delta",
  log_cosh = false, p_norm = "p" }

local function check_options(given, fail)
  local copy, known = {}, options_of[given.name]
  if known ~= nil then
    check_keys(given, { "name", known or nil }, "form " .. given.name, fail)
  end
  for key, value in pairs(given) do
    if key ~= "name" and math.type(value) == nil then
      fail("form: %s must be a number, not %s", tostring(key), kind.show(value))
    end
    if key == known and not (value > 0 and value < math.huge) then
      fail("form: %s must be a positive number, not %s", key, value)
    end
    copy[key] = value
  end
  return copy
end

local own = { check = true, value = true }

local function find(name)
  return not own[name] and M[name] or nil
end

--- "huber:delta=0.1" as { name = "huber", delta = 0.1 }; anything else as it is.
local function from_text(given, fail)
  local name, rest = tostring(given):match "^([^:]+):(.*)$"
  if type(given) ~= "string" or not name then return given end
  local form = { name = name }
  for _, pair in ipairs(option_values.between_commas(rest)) do
    local key, value = pair:match "^([%w_]+)=(.+)$"
    if not key then
      fail("form: '%s' in %q is not of the form option=value", pair, given)
    end
    form[key] = tonumber(value) or value
  end
  return form
end

--- What is no form, and what one looks like.
local function refuse(given, name, others, fail)
  local known = {}
  for key, value in pairs(M) do known[key] = not own[key] and value or nil end
  local names = names_of(known)
  local near = type(name) == "string" and nearest(name, names)[1]
  local hint = near and ("; did you mean %q?"):format(near)
    or type(given) == "table" and '; options have names: { name = "huber", delta = 0.1 }'
    or ""
  fail("form must be one of %s%s, not %s%s", table.concat(names, ", "), others,
    kind.show(name), hint)
end

--- A form (or, with what = "outer", an outer), checked; nil is the default. 'plain': it
--- cannot be a function here.
---@private
function M.check(given, what, fail, plain)
  local others = plain and "" or ", or a function"
  if given == nil or type(given) == "function" then return given end
  if what == "outer" then
    return outers[given] and given
      or fail("outer must be %s, not %s", plain and "sqrt or log"
        or "sqrt, log or a function", kind.show(given))
  end
  given = from_text(given, fail)
  local name = given
  if type(given) == "table" and given.name ~= nil then name = given.name end
  if type(find(name)) ~= "function" then refuse(given, name, others, fail) end
  return type(given) == "table" and check_options(given, fail) or given
end

local function function_of(form)
  if type(form) == "function" then return form end
  if type(form) == "table" then
    return function(r) return find(form.name)(r, form) end
  end
  return find(form or "squared")
end

--- fn(argument): what makes one number of one number, in words that name 'what'.
local function apply(fn, what, argument)
  local value, columns = trace.call(fn, what, argument)[1], nil
  if kind.of(value) == "symbol" then columns = select(2, value:shape()) end
  if columns ~= 1 then
    error(("%s: the %s must return one expression, not %s"):format(trace.place(fn), what,
      columns and ("one of %d columns"):format(columns) or kind.show(value)), 0)
  end
  return value
end

--- The loss of a term. plan.form, plan.outer; weight: the symbol of its weights.
---@private
function M.value(expressions, plan, weight)
  local form, varying, uniform = function_of(plan.form), nil, nil
  for _, e in ipairs(expressions) do
    local value = apply(form, "form", e)
    if e:shape() == "n" then
      varying = varying and varying + value or value
    else
      uniform = uniform and uniform + value or value
    end
  end
  if varying then
    varying = core.mean(weight and weight * varying or varying)
    uniform = uniform and varying + uniform or varying
  end
  local outer = plan.outer
  if not outer then return uniform end
  return outers[outer] and outers[outer](uniform) or apply(outer, "outer", uniform)
end

return M
