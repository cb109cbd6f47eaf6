--[[
Loss terms as a problem describes them: what they live on, what is to be zero, and how a
number is made of it. Every mistake is given to a function fail(format, ...).
]]
local bad_value = require "modsync.bad_value"
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local data = require "modsync.data"
local forms = require "modsync.forms"
local kind = require "modsync.kind"
local trace = require "modsync.trace"

local M = {}

local DEFAULT_POINTS = 1024

local keys = { "name", "on", "points", "sampler", "redraw", "expr", "form", "outer",
  "values", "weights" }

--- How often points are drawn anew: false, or every n-th step. true is 1, 0 is false.
---@private
function M.redraw(redraw, fail)
  if redraw == nil or redraw == false then return redraw end
  if redraw == true then return 1 end
  if redraw == 0 then return false end
  return kind.whole(redraw, 1)
    or fail("redraw must be false or a whole number of steps, not %s", kind.show(redraw))
end

local function check_sampler(sampler, fail)
  if sampler == nil then return nil end
  local names = {}
  for i, record in ipairs(core.samplers()) do
    if record.name == sampler then return sampler end
    names[i] = record.name
  end
  fail("sampler must be one of %s, not %s", table.concat(names, ", "), kind.show(sampler))
end

--- The number of points of a region: 'points' if given, its own, or the default.
local function check_points(points, region, fail)
  if points == nil then return region.points or DEFAULT_POINTS end
  local count = kind.whole(points, 1)
  if not count then
    fail("points must be a positive whole number, not %s", kind.show(points))
  end
  if region.points and count ~= region.points then
    fail("points = %d, but `on` has %d points of its own", count, region.points)
  end
  if region.boxes and count < #region.boxes then
    fail("points = %d is too few for its %d faces", count, #region.boxes)
  end
  return count
end

--- Points, sampler and redraw of a term in its region, checked. Points that are given
--- once and for all are neither sampled nor drawn again. 'plain': where functions cannot
--- be kept.
---@private
function M.plan(plan, region, fail, plain)
  local points = check_points(plan.points, region, fail)
  local sampler = check_sampler(plan.sampler, fail)
  local redraw = M.redraw(plan.redraw, fail)
  if region.fixed then sampler, redraw = nil, nil end
  local weighted = plan.weighted
  if weighted ~= nil and type(weighted) ~= "boolean" then
    fail("weighted must be true or false, not %s", kind.show(weighted))
  end
  return { points = points, sampler = sampler, redraw = redraw,
    form = forms.check(plan.form, "form", fail, plain),
    outer = forms.check(plan.outer, "outer", fail, plain), weighted = weighted or nil }
end

--- Term names end up in file names, column heads and JSON.
local function check_term_name(term, index, seen, fail)
  if type(term.name) ~= "string" or not term.name:match("^[%w_][%w_.%-]*$") then
    fail("terms[%d]: name must be a word, not %s", index, kind.show(term.name))
  end
  if seen[term.name] then fail("terms[%d]: the name %q is taken", index, term.name) end
  seen[term.name] = true
end

--- Does the function take as many arguments as the region has sides?
local function check_expr(expr, region, fail)
  if type(expr) ~= "function" then
    fail("expr must be a function of s, not %s", kind.show(expr))
  end
  local info = debug.getinfo(expr, "u")
  local sides = region.pair and 2 or 1
  if not info.isvararg and info.nparams ~= sides then
    fail("expr takes %d argument%s; %s", info.nparams, info.nparams == 1 and "" or "s",
      region.pair and "on a periodic pair it is called with two, s and t"
        or "it is called with one, s")
  end
end

--- Points with measured values beside them.
local function with_values(on, values, coords, fail)
  if kind.of(on) ~= "tensor" then
    fail("values belong to points of their own: on must be a tensor, not %s",
      kind.show(on))
  end
  local made, message = data.beside(on, values, coords)
  return made or fail("%s", message)
end

--- A column must not take the name of something else that s holds.
local function check_columns(region, problem, fail)
  local taken = {}
  for _, list in ipairs { problem.coords, problem.fields } do
    for _, name in ipairs(list) do taken[name] = true end
  end
  for _, parameter in ipairs(problem.parameters) do taken[parameter.name] = true end
  for _, name in ipairs(region.extra or {}) do
    if taken[name] then
      fail("the column %q has the name of something else in s", name)
    end
    if trace.means_derivative(name, problem.fields, problem.coords) then
      fail("the column %q would hide the derivative s.%s: give it another name", name,
        name)
    end
  end
end

--- The weights of points given once and for all, a tensor of n numbers of at least 0.
local function check_weights(weights, region, fail)
  if weights == nil then return nil end
  if not region.fixed then
    fail("weights belong to points of their own: on must be a tensor or ms.data")
  end
  if kind.of(weights) ~= "tensor" or weights:size() ~= region.points then
    fail("weights must be a tensor of %d numbers, one a point, not %s", region.points,
      kind.show(weights))
  end
  local function good(weight) return weight >= 0 and weight < math.huge end
  local point, _, weight = bad_value.find(weights:reshape(region.points, 1), good)
  if point then
    fail("the weight of point %d is %s: weights must be finite and at least 0", point,
      bad_value.show(weight))
  end
  return weights
end

--- A term as it will be used, from its description.
---@private
function M.check(given, index, problem, seen, fail)
  if type(given) ~= "table" then fail("terms[%d] must be a table, not %s", index,
    kind.show(given)) end
  check_term_name(given, index, seen, fail)
  local function bad(...)
    local message = ("term %q: %s"):format(given.name, select("#", ...) > 1
      and string.format(...) or (...))
    if type(given.expr) == "function" then
      error(("%s: %s"):format(trace.place(given.expr), message), 0)
    end
    fail("%s", message)
  end
  check_keys(given, keys, "a term", bad)
  local on = given.on
  if given.values ~= nil then on = with_values(on, given.values, problem.coords, bad) end
  local region, wrong = problem.domain:region(on, problem.coords)
  if not region then bad(wrong) end
  check_columns(region, problem, bad)
  check_expr(given.expr, region, bad)
  local plan = M.plan(given, region, bad)
  return { name = given.name, on = given.on, region = region, expr = given.expr,
    points = plan.points, sampler = plan.sampler, redraw = plan.redraw,
    form = plan.form, outer = plan.outer,
    weights = check_weights(given.weights, region, bad) }
end

return M
