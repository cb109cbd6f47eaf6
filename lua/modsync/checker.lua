--[[
ms.check: is what the engine computes for a problem and a model right? Everything is
compared with central differences of sixth order:

  ops           the derivative of every elementary function at some points
  derivatives   every derivative by the coordinates that a term asks for, each order
                against the difference of the order below it
  gradients     the gradient of every term along a random direction in every part of the
                parameters; in a part that is wrong, the parameter that is most so

A term with a value that is not finite is told as such, and not looked at further. A
difference is taken with two steps and the better one counts, so that a kink nearby is no
alarm; one that a point lies on is. It costs some ten evaluations of a few points for each
of them.
]]
local bad_value = require "modsync.bad_value"
local check_keys = require "modsync.check_keys"
local colon = require "modsync.colon"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

--- require "modsync.checker": what ms.check is.
---@class modsync.checker
local M = {}

--- One comparison.
---@class modsync.comparison
---@field kind "op"|"derivative"|"gradient"|"value"  "value": one that is not finite,
--- where no derivative can be looked at
---@field what string       the op, the derivative, the part of the parameters, or where
---@field term string?      of all but ops
---@field got number        where it is worst, and so the next two
---@field expected number   by finite differences
---@field error number      of all, relative to the largest
---@field at string?        where it is worst
---@field ok boolean

--- What ms.check found; tostring() of it says it in words.
---@class modsync.check_report
---@field ok boolean         all comparisons are
---@field checks modsync.comparison[]
---@field failures modsync.comparison[]
---@field worst number       the largest relative error
local Report = {}
Report.__index = Report
Report.__name = "modsync.check_report"

local function line_of(one)
  if one.kind == "value" then return one.what end
  local where = one.term and (" of term %q"):format(one.term) or ""
  local at = one.at and " at " .. one.at or ""
  if one.error ~= one.error then
    return ("%s %s%s is not finite%s: %s, by finite differences %s"):format(one.kind,
      one.what, where, at, bad_value.show(one.got), bad_value.show(one.expected))
  end
  return ("wrong %s %s%s: %.10g, by finite differences %.10g%s (relative error %.1e)")
    :format(one.kind, one.what, where, one.got, one.expected, at, one.error)
end

function Report:__tostring()
  local count = { op = 0, derivative = 0, gradient = 0, value = 0 }
  for _, one in ipairs(self.checks) do count[one.kind] = count[one.kind] + 1 end
  local lines = { ("check of %s: %d ops, %d derivatives, %d gradients: %s"):format(
    self.title, count.op, count.derivative, count.gradient,
    self.ok and ("all right, the largest relative error is %.1e"):format(self.worst)
      or ("%d wrong"):format(#self.failures)) }
  for _, one in ipairs(self.failures) do lines[#lines + 1] = "  " .. line_of(one) end
  return table.concat(lines, "\n")
end

---@private
function Report:add(one)
  one.ok = one.error <= self.tolerance
  self.checks[#self.checks + 1] = one
  if one.error > self.worst or one.error ~= one.error then self.worst = one.error end
  if not one.ok then
    self.ok = false
    self.failures[#self.failures + 1] = one
  end
  return one
end

--[[ differences ]]

local weights = { 3 / 4, -3 / 20, 1 / 60 }

--- d f / d h at 0 for f(h) a tensor.
local function slope(f, h)
  local sum = 0
  for k = 1, 3 do sum = sum + weights[k] * (f(k * h) - f(-k * h)) end
  return sum / h
end

--- The worst of 'got' (a tensor) against the slope of f, with the better of two steps:
--- error, place, got and expected there. 'least' is a size below which nothing counts.
local function compare(got, f, h, least)
  local best
  for _, step in ipairs { h, h / 10 } do
    local expected = slope(f, step)
    local size = math.max(core.abs(expected):max(), core.abs(got):max(), least)
    local gap = core.abs(got - expected)
    local worst = { error = gap:max() / size, place = 1, got = got:get(1),
      expected = expected:get(1) }
    if not gap:is_finite() then worst.error = 0 / 0 end
    for i = 1, gap:size(1) do
      local here = gap:get(i)
      if here == gap:max() or here ~= here then
        worst.got, worst.expected, worst.place = got:get(i), expected:get(i), i
      end
    end
    if not best or worst.error < best.error or best.error ~= best.error then
      best = worst
    end
    if best.error < 1e-8 then break end
  end
  return best
end

--[[ ops ]]

local shares = { 0.15, 0.4, 0.62, 0.9 }

--- Points in the domain of an op's arguments, as numbers.
local function sample_of(op, share)
  local arguments = {}
  for j = 1, op.arity do
    local low, high = op.domain[j][1], op.domain[j][2]
    low, high = math.max(low, -2.3), math.min(high, 2.9)
    arguments[j] = low + (high - low) * (j == 1 and share or 1 - share * 0.9)
  end
  return arguments
end

local function check_op(report, op)
  local worst = { error = -1 }
  for j = 1, op.arity do
    local g, inputs = core.graph(), {}
    for i = 1, op.arity do inputs[i] = g:input("x" .. i, i) end
    local derivative = core[op.name](table.unpack(inputs)):d("x" .. j)
    local program = g:program { outputs = { derivative }, columns = op.arity }
    for _, share in ipairs(shares) do
      local at = sample_of(op, share)
      local got = program:run(core.zeros(0), core.tensor { at }):reshape(1)
      local found = compare(got, function(h)
        local moved = table.move(at, 1, op.arity, 1, {})
        moved[j] = moved[j] + h
        return core.tensor { core[op.name](table.unpack(moved)) }
      end, 1e-3, 1e-6)
      if found.error > worst.error or found.error ~= found.error then
        worst = { error = found.error, got = found.got, expected = found.expected,
          at = table.concat(at, ", ") }
      end
    end
  end
  worst.kind, worst.what = "op", op.name
  report:add(worst)
end

--[[ derivatives by the coordinates ]]

--- Calls fn and lists every d() and laplacian() that symbols are asked for meanwhile.
local function recorded(symbol, fn)
  local methods, asked, originals = getmetatable(symbol).__index, {}, {}
  for _, name in ipairs { "d", "laplacian" } do
    local original = methods[name]
    originals[name] = original
    methods[name] = function(of, ...)
      asked[#asked + 1] = { of = of, by = { ... }, laplacian = name == "laplacian" }
      return original(of, ...)
    end
  end
  local good, message = pcall(fn)
  for name, original in pairs(originals) do methods[name] = original end
  if not good then error(message, 0) end
  return asked
end

local function short_name(of, by)
  local short = true
  for _, name in ipairs(by) do short = short and #name == 1 end
  return short and ("%s_%s"):format(of, table.concat(by))
    or ("%s:d(%s)"):format(of, table.concat(by, ", "))
end

--- What is to be compared, each once: { what, upper, lower = { { symbol, coordinate },
--- ... } }, where upper is the sum of the lower ones' derivatives by their coordinates.
local function channels(asked, name_of)
  local list, seen = {}, {}
  local function add(channel)
    for _, other in ipairs(seen) do
      if other.upper == channel.upper and other.what == channel.what then return end
    end
    seen[#seen + 1], list[#list + 1] = channel, channel
  end
  for _, one in ipairs(asked) do
    local of, by, name = one.of, one.by, name_of(one.of)
    if one.laplacian then
      local lower = {}
      for i, coord in ipairs(by) do lower[i] = { of:d(coord), coord } end
      add { what = ("laplacian of %s"):format(name), lower = lower,
        upper = of:laplacian(table.unpack(by)) }
    end
    for order = 1, one.laplacian and 0 or #by do
      local below = order > 1 and of:d(table.unpack(by, 1, order - 1)) or of
      add { what = short_name(name, table.move(by, 1, order, 1, {})),
        upper = of:d(table.unpack(by, 1, order)), lower = { { below, by[order] } } }
    end
  end
  return list
end

local function describe_point(names, points, row)
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = ("%s = %.6g"):format(name, points:get(row, i))
  end
  return table.concat(parts, ", ")
end

--- The points with a coordinate moved, on both sides of a pair of faces.
local function shifted(problem, term, points, coord, h)
  local place = points:clone()
  for side = 0, term.region.pair and 1 or 0 do
    for i, name in ipairs(problem.coords) do
      if name == coord then place:select(2, side * #problem.coords + i):add_(h) end
    end
  end
  return place
end

local function check_channel(report, losses, term, g, channel)
  local points, columns = losses:table_of(term.name)
  local problem, theta, lower = losses.problem, losses.net.theta, {}
  local function values_of(symbol)
    local program = g:program { outputs = { symbol }, parameters = losses.net:count(),
      columns = columns }
    return function(place) return program:run(theta, place):reshape(place:size(1)) end
  end
  local range = math.huge
  for i, pair in ipairs(channel.lower) do
    lower[i] = { values_of(pair[1]), pair[2] }
    local low, high = problem.domain:limits(pair[2])
    range = math.min(range, high - low)
  end
  local function moved(h)
    local sum = 0
    for _, pair in ipairs(lower) do
      sum = sum + pair[1](shifted(problem, term, points, pair[2], h))
    end
    return sum
  end
  local got = values_of(channel.upper)(points)
  local found = compare(got, moved, 2e-3 * range, 1e-7 * (1 + moved(0):norm()))
  report:add { kind = "derivative", what = channel.what, term = term.name,
    error = found.error, got = found.got, expected = found.expected,
    at = describe_point(problem.coords, points, found.place) }
end

local function check_term_derivatives(report, losses, term)
  local g, named = core.graph(), {}
  local build = losses.net.build
  local asked = recorded(g:input("any", 1), function()
    g = core.graph()
    local watched = setmetatable({ build = function(net, ...)
      local fields = build(net, ...)
      for name, symbol in pairs(fields) do named[#named + 1] = { symbol, name } end
      return fields
    end }, { __index = losses.net })
    local view = setmetatable({ net = watched }, { __index = losses })
    view:expressions(term, g)
  end)
  local function name_of(symbol)
    for _, pair in ipairs(named) do
      if pair[1] == symbol then return pair[2] end
    end
    return "expression"
  end
  for _, channel in ipairs(channels(asked, name_of)) do
    check_channel(report, losses, term, g, channel)
  end
end

--[[ gradients by the parameters ]]

--- The value of term k along a direction; theta is put back afterwards.
local function value_along(losses, k, direction)
  local theta, start = losses.net.theta, losses.net.theta:clone()
  return function(h)
    theta:axpy_(h, direction)
    local value = losses:values():get(k)
    theta:copy_(start)
    return core.tensor { value }
  end
end

local function unit(count, index)
  local direction = core.zeros(count)
  direction[index] = 1
  return direction
end

local MOST = 400 -- parameters that are looked at one by one

--- The parameter of a part whose derivative is worst.
local function worst_parameter(losses, k, G, part)
  local worst
  for i = 1, math.min(part.rows * part.cols, MOST) do
    local index = part.offset + i
    local found = compare(core.tensor { G:get(k, index) },
      value_along(losses, k, unit(G:size(2), index)), 1e-3, 1e-7)
    if not worst or found.error > worst.error then
      worst, found.index = found, index
    end
  end
  local _, row, col = losses.net:locate(worst.index)
  return worst, ("%s[%d, %d]"):format(part.name, row, col)
end

local function check_gradient(report, losses, k, G, part, rng)
  local count = part.rows * part.cols
  local direction = core.zeros(G:size(2))
  local inside = direction:narrow(1, part.offset + 1, count)
  rng:normal(inside)
  inside:mul_(1 / inside:norm())
  local got = core.tensor { G:row(k):dot(direction) }
  local size = G:row(k):narrow(1, part.offset + 1, count):norm()
  local value = math.abs(losses:values():get(k))
  local found = compare(got, value_along(losses, k, direction), 1e-3,
    size / count ^ 0.5 + 1e-8 * (1 + value))
  local what = part.name
  if not (found.error <= report.tolerance) then
    local worst, name = worst_parameter(losses, k, G, part)
    if not (worst.error <= report.tolerance) then
      worst.error = math.max(worst.error, found.error)
      found, what = worst, name
    end
  end
  report:add { kind = "gradient", what = what, term = losses.names[k],
    error = found.error, got = found.got, expected = found.expected }
end

--[[ values ]]

--- Are the values of a term finite? Where one is not, no derivative is.
local function check_values(report, losses, name)
  local bad = bad_value.of_term(losses, name)
  if not bad then return true end
  report:add { kind = "value", what = tostring(bad), term = name, error = 0 / 0,
    got = bad.value, expected = bad.value }
end

--[[ all ]]

local function check_options(given)
  local o = { points = 5, tolerance = 1e-5 }
  check_keys(given, { "points", "tolerance" }, "check")
  for key, value in pairs(given) do o[key] = value end
  if not kind.whole(o.points, 1) then
    misuse("check: points must be a positive whole number, not %s", kind.show(o.points))
  end
  if math.type(o.tolerance) == nil or not (o.tolerance > 0) then
    misuse("check: tolerance must be a positive number, not %s", kind.show(o.tolerance))
  end
  return o
end

--- Losses of the problem at a few points a term.
local function small_losses(problem, net, points)
  local options = { redraw = false, seed = 1, terms = {} }
  for _, term in ipairs(problem.terms) do
    local own = term.region.points
    local least = term.region.boxes and #term.region.boxes or 1
    options.terms[term.name] = { points = own or math.max(points, least) }
  end
  return problem:losses(net, options)
end

--[[
Compares every derivative and gradient that a problem needs of a model with finite
differences, and every elementary function: print(ms.check(p, net)).
]]
---@param problem modsync.problem|string
---@param net modsync.model
---@param options { points?: integer, tolerance?: number }?  points a term (5); relative
--- error that is still right (1e-5)
---@return modsync.check_report
function M.check(problem, net, options)
  options = check_options(options or {})
  if type(problem) == "string" then problem = require "modsync.problem"(problem) end
  if type(problem) ~= "table" or type(problem.losses) ~= "function" then
    misuse("check expects a problem and a model, not %s", kind.show(problem))
  end
  local losses = small_losses(problem, net, options.points)
  local report = setmetatable({ ok = true, checks = {}, failures = {}, worst = 0,
    tolerance = options.tolerance,
    title = ("problem %s and %s"):format(problem.name, tostring(net)) }, Report)
  for _, op in ipairs(core.ops()) do check_op(report, op) end
  local _, G = losses:evaluate()
  G = G:clone()
  local rng = core.rng(1, "check")
  for k, name in ipairs(losses.names) do
    local _, term = losses:group_of(name)
    if check_values(report, losses, name) then
      check_term_derivatives(report, losses, term)
      for _, part in ipairs(net.layout) do
        check_gradient(report, losses, k, G, part, rng)
      end
    end
  end
  return report
end

colon.guard(Report, "check_report")

return M
