--[[
What tables and plots have in common: which cells belong together, what the value of each
is, and what is said of those that have none.
]]
local definition = require "modsync.sweep.definition"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local nearest = require "modsync.nearest"
local records = require "modsync.sweep.records"
local statistics = require "modsync.statistics"

---@class modsync.sweep_groups
local M = {}

--- A cell with its value.
---@class modsync.sweep_member
---@field cell modsync.sweep_cell
---@field flat table<string, any>  fields and settings by name
---@field value number?  infinite where the run diverged
---@field word string?   what to say in the value's place

--- Cells that belong together, such as the seeds of one setting.
---@class modsync.sweep_group
---@field label string
---@field members modsync.sweep_member[]

--[[ cells ]]

--- Cells of a sweep, from cells or from records: those that 'where' wants.
---@param list table[]
---@param where fun(flat: table<string, any>)?
---@return modsync.sweep_cell[]
function M.cells(list, where)
  if not kind.list(list) then
    misuse("ms.sweep: expected the cells of a sweep, or its records, not %s",
      kind.show(list))
  end
  local cells = {}
  for _, each in ipairs(list) do
    if each.cell then
      each = { fields = each.cell, settings = each.settings, record = each,
        state = each.result and "done" or "broken" }
    end
    if not where or where(records.flat(each.fields, each.settings)) then
      cells[#cells + 1] = each
    end
  end
  return cells
end

--- A field's name, or a list of them, as a list; each must be a field of some cell.
---@param wanted string|string[]|nil
---@param members modsync.sweep_member[]
---@param what string
---@return string[]
function M.fields(wanted, members, what)
  if type(wanted) == "string" then wanted = { wanted } end
  if wanted ~= nil and not kind.list(wanted) then
    misuse("%s is %s; expected the name of a field or a list of names", what,
      kind.show(wanted))
  end
  for _, name in ipairs(wanted or {}) do
    local known, names = {}, {}
    for _, member in ipairs(members) do
      for field in pairs(member.flat) do
        if not known[field] then names[#names + 1] = field end
        known[field] = true
      end
    end
    if not known[name] then
      local near = nearest(tostring(name), names)
      misuse("%s: the cells have no field '%s'%s", what, tostring(name),
        near[1] and ("; did you mean '%s'?"):format(near[1]) or "")
    end
  end
  return wanted or {}
end

--[[ values ]]

--- The last of a list of numbers.
local function last(value)
  if type(value) == "table" then return value[#value] end
  return value
end

--- A result by its name, "rel_l2.u" or "series.held.tv": names may hold dots themselves.
---@param result table
---@param name string
---@return any
function M.find(result, name)
  if result[name] ~= nil then return result[name] end
  for at in name:gmatch "()%." do
    local inner, found = result[name:sub(1, at - 1)], nil
    if type(inner) == "table" then found = M.find(inner, name:sub(at + 1)) end
    if found ~= nil then return found end
  end
end

--- The relative L2 error, of the first field if there are several.
local function relative_l2(record)
  local found, first = record.result.rel_l2 or {}, nil
  for field in pairs(found) do
    if not first or field < first then first = field end
  end
  return found[first]
end

--- The value that 'wanted' asks for: a name, the last sample where that is a series; a
--- function of the record; by default the relative L2 error.
local function value_of(record, wanted)
  if wanted == nil then return relative_l2(record) end
  if type(wanted) == "function" then return wanted(record) end
  return last(M.find(record.result, wanted))
end

--- Fields below this norm, over that of the exact ones, are collapsed.
local COLLAPSED = 0.05

--- Whether a run collapsed: 'wanted' is a name or a function; by default a small field.
local function is_collapsed(record, wanted)
  if type(wanted) == "function" then return wanted(record) end
  if wanted ~= nil then return wanted and M.find(record.result, wanted) == true end
  local scale = record.result.scale
  for _, size in pairs(type(scale) == "table" and scale or {}) do
    if type(size) == "number" and size < COLLAPSED then return true end
  end
  return false
end

--- A cell with its value, or the word for why there is none.
local function measure(cell, spec)
  local record = cell.record
  local member = { cell = cell, flat = records.flat(cell.fields, cell.settings) }
  if not record then
    member.word = "missing"
  elseif not record.result then
    member.word = "broken"
  elseif record.result.stopped == "diverged" then
    member.value, member.word = math.huge, "diverged"
  else
    local value = value_of(record, spec.value)
    if type(value) ~= "number" then
      member.word = "no value"
    elseif value ~= value then
      member.value, member.word = math.huge, "not a number"
    else
      member.value = value
      member.word = is_collapsed(record, spec.collapsed) and "collapsed" or nil
    end
  end
  return member
end

local STATISTICS = { median = "median", ["geometric mean"] = "geometric_mean" }

--- The function of ms.statistics for "median" (default) or "geometric mean".
---@param wanted string?
---@param what string  for the message
---@return string
function M.statistic(wanted, what)
  return STATISTICS[wanted or "median"] or misuse(
    "%s: 'statistic' is %s; expected \"median\" or \"geometric mean\"", what,
    kind.show(wanted))
end

--- Whether a cell has a result.
---@param members modsync.sweep_member[]
---@return boolean
function M.any_ended(members)
  for _, member in ipairs(members) do
    if member.cell.record and member.cell.record.result then return true end
  end
  return false
end

--- Every cell with its value. spec: value and collapsed.
---@param cells modsync.sweep_cell[]
---@param spec table
---@return modsync.sweep_member[]
function M.measure(cells, spec)
  local members, valued = {}, false
  for i, cell in ipairs(cells) do
    members[i] = measure(cell, spec)
    valued = valued or members[i].value ~= nil
  end
  if not valued and M.any_ended(members) then
    misuse("ms.sweep: no cell has the value '%s'", tostring(spec.value or "rel_l2"))
  end
  return members
end

--[[ groups ]]

--- The value of a field as text.
---@param value any
---@return string
function M.show(value)
  if value == nil then return "none" end
  if math.type(value) == "float" then return ("%.6g"):format(value) end
  return tostring(value)
end

--- Members by the values of some fields, in the order in which they are first found.
---@param members modsync.sweep_member[]
---@param fields string[]
---@return modsync.sweep_group[] groups, table<string, modsync.sweep_group> by_label
function M.split(members, fields)
  local groups, by_label = {}, {}
  for _, member in ipairs(members) do
    local label = M.label(member.flat, fields)
    if not by_label[label] then
      by_label[label] = { label = label, members = {} }
      groups[#groups + 1] = by_label[label]
    end
    local list = by_label[label].members
    list[#list + 1] = member
  end
  return groups, by_label
end

--- "helmholtz, 48"
---@param flat table<string, any>
---@param fields string[]
---@return string
function M.label(flat, fields)
  local values = {}
  for i, name in ipairs(fields) do values[i] = M.show(flat[name]) end
  return table.concat(values, ", ")
end

--[[ sums ]]

local function is_finite(value)
  return value - value == 0
end

--- What is said of the runs without a finite value.
local function word_of_infinite(members)
  for _, member in ipairs(members) do
    if member.value and not is_finite(member.value) then
      return member.word or "infinite"
    end
  end
end

--- The statistic of a group's values, "median" or "geometric mean"; runs that diverged
--- count as infinite.
---@class modsync.sweep_summary
---@field center number?  finite
---@field low number?     ends of the bootstrap interval
---@field high number?
---@field word string?    in the place of the number
---@field n integer       values
---@field words table<string, integer>  how many members each word stands for

---@param members modsync.sweep_member[]
---@param statistic string
---@return modsync.sweep_summary
function M.summary(members, statistic)
  local found, values, all_finite = { words = {} }, {}, true
  for _, member in ipairs(members) do
    values[#values + 1] = member.value
    all_finite = all_finite and is_finite(member.value or 0)
    if member.word then
      found.words[member.word] = (found.words[member.word] or 0) + 1
    end
  end
  found.n = #values
  if #values == 0 then return found end
  local center = statistics[statistic](values)
  if not is_finite(center) then
    found.word = word_of_infinite(members)
    return found
  end
  found.center = center
  if 2 * (found.words.collapsed or 0) > #values then found.word = "collapsed" end
  if #values > 1 and all_finite then
    found.low, found.high = M.interval(values, statistic)
  end
  return found
end

--- The bootstrap 95 % interval, of the logarithms where all values have one.
---@param values number[]
---@param statistic string
---@return number low, number high
function M.interval(values, statistic)
  local logs = {}
  for i, value in ipairs(values) do
    if not (value > 0) then
      return statistics.bootstrap(values, { statistic = statistic })
    end
    logs[i] = math.log(value)
  end
  local of_logs = statistic == "geometric_mean" and "mean" or statistic
  local low, high = statistics.bootstrap(logs, { statistic = of_logs })
  return math.exp(low), math.exp(high)
end

--[[
Pairs of a group with a reference: the same cells with other values in some fields, false
for a field that the reference does not have. nil where the group is its own reference.
]]
---@param members modsync.sweep_member[]
---@param all modsync.sweep_member[]
---@param reference table<string, any>
---@return modsync.paired?
function M.paired(members, all, reference)
  local values, mine, theirs = {}, {}, {}
  local function key(fields, settings)
    local kept = {}
    for name, value in pairs(definition.merge(fields, settings)) do
      kept[name] = value or nil
    end
    return definition.key(kept, {})
  end
  for _, member in ipairs(all) do
    values[key(member.cell.fields, member.cell.settings)] = member.value
  end
  local own = true
  for _, member in ipairs(members) do
    local cell = member.cell
    local fields = definition.merge(reference, cell.fields)
    local here, there = key(cell.fields, cell.settings), key(fields, cell.settings)
    own = own and here == there
    mine[here], theirs[here] = member.value, values[there]
  end
  if own then return nil end
  return statistics.paired_log_ratio(mine, theirs)
end

return M
