--[[
Tables of a sweep: a row and a column for each value of some fields, and in each place the
statistic over what is left (the seeds), its bootstrap 95 % interval and every value.

  ms.sweep.table(cells, { rows = "conflict", columns = { "problem", "width" },
    value = "rel_l2.u", statistic = "median", paired_with = { conflict = "sum" } })

  rows, columns  a field or a list of fields; no columns: one column
  value          the name of a result, a function of the record; the relative L2 error
  name           what the value is called
  statistic      "median" (default) or "geometric mean"
  seeds          false leaves out the single values
  collapsed      which runs are shown as that word: the name of a result that is true, a
                 function of the record, false for none; by default those with a field
                 whose norm is below 0.05 of the exact one's ('scale' of a training)
  paired_with    a second table: mean of log(value / value of the same cell with these
                 fields) +- its standard error, and in how many pairs the value is lower
  where          function of the fields and settings by name: which cells count
  title

A value that is missing, broken, diverged or collapsed is shown as that word. Runs that
diverged count as infinitely large in the statistic, and not in the paired means, which
say how many pairs they leave out.
]]
local check_keys = require "modsync.check_keys"
local groups = require "modsync.sweep.groups"
local misuse = require "modsync.misuse"
local records = require "modsync.sweep.records"

local KNOWN = { "rows", "columns", "value", "name", "statistic", "seeds", "collapsed",
  "paired_with", "where", "title" }

local function check(spec)
  check_keys(spec, KNOWN, "ms.sweep.table")
  if spec.rows == nil then misuse "ms.sweep.table: 'rows' is missing" end
end

--[[ places ]]

local MINUS, PLUS_MINUS = "\u{2212}", "\u{B1}"

local function number(value, digits)
  return (("%%.%dg"):format(digits or 3):format(value):gsub("^%-", MINUS))
end

--- "1 broken, 2 missing", or the word alone where it stands for all n members; without
--- the word that is said already.
local function word_list(words, n, said)
  local list = {}
  for word, count in pairs(words) do
    if word ~= said then
      list[#list + 1] = count == n and word or ("%d %s"):format(count, word)
    end
  end
  table.sort(list)
  return table.concat(list, ", ")
end

--- "0.021 [0.019, 0.03] (0.021, 0.019, broken)"
local function place_text(place, spec)
  if not place then return "\u{2013}" end
  local found, values = place.summary, {}
  if found.n == 0 then return word_list(found.words, #place.members) end
  local text = found.word or number(found.center)
  if found.low and not found.word then
    text = ("%s [%s, %s]"):format(text, number(found.low), number(found.high))
  end
  if spec.seeds == false then
    local others = word_list(found.words, 0, found.word)
    return others == "" and text or text .. ", " .. others
  end
  for i, member in ipairs(place.members) do
    values[i] = member.word or number(member.value)
  end
  return #values == 1 and text or ("%s (%s)"):format(text, table.concat(values, ", "))
end

--- "-1.15 +- 0.21, 5/6"
local function pair_text(place)
  local pair = place and place.pair
  if not pair then return place and place.summary.n > 0 and "reference" or "\u{2013}" end
  local left_out = pair.left_out > 0 and (", %d left out"):format(pair.left_out) or ""
  if pair.n == 0 then return "no pairs" .. left_out end
  local text = ("%+.2f"):format(pair.mean):gsub("^%-", MINUS)
  if pair.n > 1 then
    text = ("%s %s %.2f"):format(text, PLUS_MINUS, pair.standard_error)
  end
  return ("%s, %d/%d%s"):format(text, pair.wins, pair.n, left_out)
end

--[[ Markdown ]]

local function pad(text, width)
  return text .. (" "):rep(width - utf8.len(text))
end

--- Lines of a table whose columns are as wide as what they hold.
local function markdown(rows)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for j, text in ipairs(row) do widths[j] = math.max(widths[j] or 3, utf8.len(text)) end
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for j, text in ipairs(row) do cells[j] = pad(text:gsub("|", "\\|"), widths[j]) end
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
    if i == 1 then
      for j, width in ipairs(widths) do cells[j] = ("-"):rep(width) end
      lines[2] = "|-" .. table.concat(cells, "-|-") .. "-|"
    end
  end
  return table.concat(lines, "\n")
end

--- Rows of text; show(place) makes the text of a place.
local function grid(shown, spec, show)
  local head = { table.concat(shown.row_fields, ", ") }
  for j, column in ipairs(shown.columns) do
    head[j + 1] = #shown.column_fields > 0 and column.label or shown.name
  end
  local rows = { head }
  for i, row in ipairs(shown.rows) do
    local line = { row.label }
    for j, column in ipairs(shown.columns) do
      line[j + 1] = show(shown.places[row.label][column.label], spec)
    end
    rows[i + 1] = line
  end
  return markdown(rows)
end

local function show_reference(reference)
  local parts = {}
  for name, value in pairs(reference) do
    parts[#parts + 1] = name .. " = " .. groups.show(value)
  end
  table.sort(parts)
  return table.concat(parts, ", ")
end

local function markdown_of(shown, spec)
  local statistic = spec.statistic or "median"
  local parts = {
    ("%s%s of %s [bootstrap 95 %% interval]%s:"):format(
      spec.title and spec.title .. ": " or "", statistic, shown.name,
      spec.seeds == false and "" or " (every value)"),
    grid(shown, spec, place_text),
  }
  if spec.paired_with then
    parts[3] = ("Mean of log(%s / that of %s) %s standard error, and in how many pairs "
      .. "it is lower:"):format(shown.name, show_reference(spec.paired_with), PLUS_MINUS)
    parts[4] = grid(shown, spec, pair_text)
  end
  return table.concat(parts, "\n\n") .. "\n"
end

--[[ CSV ]]

local SUMS = { "statistic", "low", "high", "n", "words", "values", "log_ratio",
  "log_ratio_error", "wins", "pairs" }

local function csv_of(shown)
  local names = {}
  for _, name in ipairs(shown.row_fields) do names[#names + 1] = name end
  for _, name in ipairs(shown.column_fields) do names[#names + 1] = name end
  local fields = #names
  table.move(SUMS, 1, #SUMS, fields + 1, names)
  local lines = { records.csv_line(names, #names) }
  for _, row in ipairs(shown.rows) do
    for _, column in ipairs(shown.columns) do
      local place = shown.places[row.label][column.label]
      if place then
        local found, pair, line, values = place.summary, place.pair or {}, {}, {}
        for j = 1, fields do line[j] = place.members[1].flat[names[j]] end
        for i, member in ipairs(place.members) do
          values[i] = member.value and ("%.10g"):format(member.value) or member.word
        end
        local sums = { found.center, found.low, found.high, found.n,
          word_list(found.words), table.concat(values, ";"), pair.mean,
          pair.standard_error, pair.wins, pair.n }
        for j = 1, #SUMS do line[fields + j] = sums[j] end
        lines[#lines + 1] = records.csv_line(line, #names)
      end
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--[[ the table ]]

--- Rows, columns, and what stands in their places.
local function arrange(cells, spec)
  local statistic = groups.statistic(spec.statistic, "ms.sweep.table")
  local members = groups.measure(cells, spec)
  local shown = { name = spec.name or type(spec.value) == "string" and spec.value
    or spec.value and "the value" or "the relative L2 error" }
  shown.row_fields = groups.fields(spec.rows, members, "ms.sweep.table: 'rows'")
  shown.column_fields = groups.fields(spec.columns, members, "ms.sweep.table: 'columns'")
  shown.rows = groups.split(members, shown.row_fields)
  shown.columns = groups.split(members, shown.column_fields)
  shown.places = {}
  for _, row in ipairs(shown.rows) do
    local _, by_column = groups.split(row.members, shown.column_fields)
    shown.places[row.label] = by_column
    for _, place in pairs(by_column) do
      place.summary = groups.summary(place.members, statistic)
      place.pair = spec.paired_with and groups.paired(place.members, members,
        spec.paired_with)
    end
  end
  return shown
end

--- A table as Markdown, and as CSV with a line for each place.
---@param cells table[]  cells or records
---@param spec table
---@return string markdown, string csv
return function(cells, spec)
  check(spec)
  local shown = arrange(groups.cells(cells, spec.where), spec)
  return markdown_of(shown, spec), csv_of(shown)
end
