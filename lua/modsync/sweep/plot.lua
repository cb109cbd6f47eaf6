--[[
Plots of a sweep, as SVG. A value against a field, by group: a line through the medians,
and every run as a dot.

  ms.sweep.plot(cells, { path = "widths.svg", x = "width", by = "conflict" })

A series of the history against the step, by group: the median over the runs of a group,
and thinly every run.

  ms.sweep.plot(cells, { path = "tv.svg", series = "held.tv", minus = "held.tv_null",
    by = { "conflict", "width" } })

  by         a field or a list of fields: what has a line of its own
  x          the field along the horizontal axis
  value      as for a table; the relative L2 error
  statistic  "median" (default) or "geometric mean"
  series     the name of a series, or a function of the series by name that returns a list
  minus      the name of a series to take from it
  each       false leaves out the single runs
  where      function of the fields and settings by name: which cells count
  logx, logy logarithmic axes: both for values, none for series
  path, title, xlabel, ylabel, xlim, ylim, width, height   see ms.plot.lines

What could not be drawn (cells that are missing or broken, runs that diverged) is counted
in the legend.
]]
local color = require "modsync.plot.color"
local groups = require "modsync.sweep.groups"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local statistics = require "modsync.statistics"

local PASSED = { "path", "title", "xlabel", "ylabel", "xlim", "ylim", "width", "height" }
local OWN = { "by", "x", "value", "statistic", "series", "minus", "each", "where", "logx",
  "logy" }
local THIN, MARGIN, MOST_TICKS = 0.5, 0.04, 12

local function check(spec)
  if type(spec) ~= "table" then
    misuse("ms.sweep.plot: expected a table of what to draw, not %s", kind.show(spec))
  end
  local known = {}
  for _, list in ipairs { PASSED, OWN } do
    for _, name in ipairs(list) do known[name] = true end
  end
  for name in pairs(spec) do
    if not known[name] then
      misuse("ms.sweep.plot: there is no option '%s'", tostring(name))
    end
  end
  if (spec.x == nil) == (spec.series == nil) then
    misuse "ms.sweep.plot: give 'x', a field, or 'series', a series of the history"
  end
end

--- The colour of a group and whether its line is broken: they differ while there are
--- colours.
local function look_of(i)
  local n = #color.series
  return { color = color.series[(i - 1) % n + 1], dash = (i - 1) // n % 2 == 1 or nil }
end

--- "dcgd (1 broken)"
local function legend(group, words)
  local parts = {}
  for word, count in pairs(words) do
    if word ~= "collapsed" then parts[#parts + 1] = ("%d %s"):format(count, word) end
  end
  table.sort(parts)
  local label = group.label == "" and "all" or group.label
  return #parts > 0 and ("%s (%s)"):format(label, table.concat(parts, ", ")) or label
end

--- Adds a line of a group to the list.
local function add(list, i, x, y, more)
  local series = look_of(i)
  series.x, series.y = x, y
  for name, value in pairs(more) do series[name] = value end
  list[#list + 1] = series
end

--- The values of numbers by key in the order of the keys: two lists.
local function by_key(values)
  local keys, list = {}, {}
  for key in pairs(values) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do list[i] = values[key] end
  return keys, list
end

--- Ticks at the values of x, and room for the dots at both ends.
local function x_axis(list, log)
  local seen = {}
  for _, series in ipairs(list) do
    for _, x in ipairs(series.x) do seen[x] = x end
  end
  local ticks = by_key(seen)
  if #ticks < 2 then return ticks end
  local low, high = ticks[1], ticks[#ticks]
  if log then
    local room = (high / low) ^ MARGIN
    return ticks, low > 0 and { low / room, high * room } or nil
  end
  local room = MARGIN * (high - low)
  return ticks, { low - room, high + room }
end

--[[ a value against a field ]]

local function value_lines(list, i, group, spec, statistic)
  local xs, ys, by_x, words = {}, {}, {}, {}
  for _, member in ipairs(group.members) do
    local x = member.flat[spec.x]
    if type(x) ~= "number" then
      misuse("ms.sweep.plot: the field '%s' of a cell is %s; expected a number", spec.x,
        kind.show(x))
    end
    if member.word then words[member.word] = (words[member.word] or 0) + 1 end
    if member.value then
      xs[#xs + 1], ys[#ys + 1] = x, member.value
      by_x[x] = by_x[x] or {}
      table.insert(by_x[x], member.value)
    end
  end
  for x, values in pairs(by_x) do by_x[x] = statistic(values) end
  local at, centers = by_key(by_x)
  add(list, i, at, centers, { name = legend(group, words) })
  if spec.each ~= false then add(list, i, xs, ys, { points = true }) end
end

--[[ a series against the step ]]

--- The numbers of a series, NaN where one is none.
local function numbers(series, name)
  if type(name) == "function" then return name(series) end
  return series[name]
end

local function difference(a, b)
  local list = {}
  for i = 1, math.min(#a, #b) do list[i] = a[i] - b[i] end
  return list
end

--- Steps and values of one run; nil where it has no such series.
local function series_of(member, spec)
  local record = member.cell.record
  local series = record and record.result and record.result.series
  local values = series and numbers(series, spec.series)
  if not values then return nil end
  if spec.minus then
    local other = numbers(series, spec.minus)
    if not other then return nil end
    values = difference(values, other)
  end
  return series.step, values
end

local function series_lines(list, i, group, spec, statistic)
  local runs, by_step, words = {}, {}, {}
  for _, member in ipairs(group.members) do
    local steps, values = series_of(member, spec)
    if not steps then
      local word = member.word or "without it"
      words[word] = (words[word] or 0) + 1
    end
    runs[#runs + 1] = steps and { steps, values }
    for j, step in ipairs(steps or {}) do
      if values[j] and values[j] == values[j] then
        by_step[step] = by_step[step] or {}
        table.insert(by_step[step], values[j])
      end
    end
  end
  for step, values in pairs(by_step) do by_step[step] = statistic(values) end
  local steps, centers = by_key(by_step)
  add(list, i, steps, centers, { name = legend(group, words) })
  if spec.each == false or #runs < 2 then return #runs end
  for _, run in ipairs(runs) do add(list, i, run[1], run[2], { width = THIN }) end
  return #runs
end

--[[ the plot ]]

local function show_name(name, otherwise)
  return type(name) == "string" and name or otherwise
end

--- Draws a plot: true, or the text of the SVG where there is no path.
---@param cells table[]  cells or records
---@param spec table
---@return boolean|string? saved, string? message, string? code
return function(cells, spec)
  check(spec)
  local statistic = groups.statistic(spec.statistic, "ms.sweep.plot")
  local members = groups.measure(groups.cells(cells, spec.where),
    { value = spec.series and function() return 0 end or spec.value })
  local by = groups.fields(spec.by, members, "ms.sweep.plot: 'by'")
  local of_value = spec.x ~= nil
  if of_value then groups.fields(spec.x, members, "ms.sweep.plot: 'x'") end
  local list, drawn = {}, 0 -- runs with the series, if there is to be one
  for i, group in ipairs(groups.split(members, by)) do
    local count = (of_value and value_lines or series_lines)(list, i, group, spec,
      statistics[statistic])
    drawn = drawn + (count or 1)
  end
  if drawn == 0 and groups.any_ended(members) then
    misuse("ms.sweep.plot: no run has the series '%s'",
      show_name(spec.series, "asked for"))
  end
  local options = { series = list, logx = of_value, logy = of_value,
    xlabel = of_value and spec.x or "step",
    ylabel = of_value and show_name(spec.value, "relative L2 error")
      or show_name(spec.series) }
  if spec.logx ~= nil then options.logx = spec.logx end
  if spec.logy ~= nil then options.logy = spec.logy end
  if of_value then
    local ticks, limits = x_axis(list, options.logx)
    options.xticks, options.xlim = #ticks <= MOST_TICKS and ticks or nil, limits
  end
  for _, name in ipairs(PASSED) do
    if spec[name] ~= nil then options[name] = spec[name] end
  end
  return require("modsync.plot").lines(options)
end
