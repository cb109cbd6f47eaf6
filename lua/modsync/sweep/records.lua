--[[
The results of a sweep: DIR/cells.jsonl, a line of JSON for each cell that has ended.

  {"cell":{...},"result":{...},"seconds":3.1,"settings":{...}}
  {"cell":{...},"error":"...","seconds":0.2,"settings":{...}}

A cell that is found twice counts once: a result before an error, and the later one of
two. Lists of numbers are series: of a longer one a hundred samples are kept. Lines that
cannot be read (a machine died while it wrote) are left out and told.
]]
local definition = require "modsync.sweep.definition"
local json = require "modsync.json"
local kind = require "modsync.kind"

--- What one cell ended with.
---@class modsync.sweep_record
---@field cell table<string, any>
---@field settings table<string, any>
---@field result table<string, any>?  as the cell's run returned it
---@field error string?               why there is none
---@field seconds number?
---@field key string                  what the cell is known by

---@class modsync.sweep_records
local M = {}

local MOST_SAMPLES = 100

--- DIR, or a file ending in .jsonl -> the file
---@param place string
---@return string
function M.path(place)
  return place:find "%.jsonl$" and place or place .. "/cells.jsonl"
end

--[[ writing ]]

--- Numbers of a list, evenly spaced and with both ends, at most MOST_SAMPLES of them;
--- other lists as they are.
local function thin(list)
  local n = #list
  for _, value in ipairs(list) do
    if type(value) ~= "number" then return list end
  end
  if n <= MOST_SAMPLES then return list end
  local kept = {}
  for i = 0, MOST_SAMPLES - 1 do
    kept[i + 1] = list[1 + (i * (n - 1) + (MOST_SAMPLES - 1) // 2) // (MOST_SAMPLES - 1)]
  end
  return kept
end

--- What JSON and a table of results can hold of a value; raises for anything else.
local function storable(value, where)
  local of = kind.of(value)
  if of == "tensor" then return storable(value:totable(), where) end
  if of == "string" or of == "boolean" or of == "number" or value == json.null then
    return value
  end
  if of ~= "table" then
    error(("the result of a cell holds numbers, strings, booleans and tables; %s is %s")
      :format(where, kind.show(value)), 0)
  end
  local copy = {}
  if kind.list(value) and #value > 0 then
    for i, each in ipairs(thin(value)) do copy[i] = storable(each, where) end
    return copy
  end
  for name, each in pairs(value) do
    if type(name) ~= "string" then
      error(("the result of a cell has named values; %s has the key %s"):format(where,
        tostring(name)), 0)
    end
    copy[name] = storable(each, where .. "." .. name)
  end
  return copy
end

--- The line of a record.
---@param record table
---@return string
function M.encode(record)
  return json.encode {
    cell = record.cell, settings = record.settings, seconds = record.seconds,
    error = record.error, result = record.result and storable(record.result, "result"),
  }
end

--- Appends a record: one line, in one write, so that processes may do so at the same
--- time. After half a line that another left, it begins a new one.
---@param place string  a folder, or a file ending in .jsonl
---@param record table
---@return true?, string? message
function M.append(place, record)
  local line, path = M.encode(record) .. "\n", M.path(place)
  local existing, broken = io.open(path, "rb"), false
  if existing then
    broken = existing:seek("end", -1) and existing:read(1) ~= "\n"
    existing:close()
  end
  local file, message = io.open(path, "ab")
  if not file then return nil, message end
  file:setvbuf "no" -- a buffer would be written in pieces
  local written, reason = file:write(broken and "\n" or "", line)
  file:close()
  if not written then return nil, reason end
  return true
end

--[[ reading ]]

--- Numbers that are not finite as what they were.
local function revive(value)
  if type(value) ~= "table" then return json.number(value) or value end
  for key, each in pairs(value) do value[key] = revive(each) end
  return value
end

local function decode(line)
  local record, message = json.decode(line)
  if record == nil then return nil, message end
  local good = type(record) == "table" and type(record.cell) == "table"
    and (type(record.result) == "table" or type(record.error) == "string")
  if not good then return nil, "not the record of a cell" end
  record.settings = record.settings or {}
  revive(record.result)
  record.key = definition.key(record.cell, record.settings)
  return record
end

--- Reads complete lines from an offset on: the records, where to go on, and what was
--- wrong with lines that are left out.
---@param path string
---@param offset integer?
---@return modsync.sweep_record[] records, integer offset, string[] problems
function M.lines(path, offset)
  local found, problems = {}, {}
  offset = offset or 0
  local file = io.open(path, "rb")
  if not file then return found, offset, problems end
  file:seek("set", offset)
  local number = 0
  for line in file:lines "L" do
    number = number + 1
    local whole = line:sub(-1) == "\n"
    if whole then offset = offset + #line end
    if line:find "%S" then
      local record, message = decode(line)
      if record then
        found[#found + 1] = record
      else
        problems[#problems + 1] = ("%s: line %d is left out, %s"):format(path, number,
          whole and message or "it ends half-way")
      end
    end
    if not whole then break end -- the rest of it may be on its way: from its start again
  end
  file:close()
  return found, offset, problems
end

--- A result takes the place of an error, and what comes later that of what came before.
---@param into table<string, modsync.sweep_record>  by key
---@param record modsync.sweep_record
function M.keep(into, record)
  local old = into[record.key]
  if not (old and old.result and not record.result) then into[record.key] = record end
end

--- The records of a folder or file, each cell once, in the order of their first lines;
--- and what was wrong with lines that were left out.
---@param place string
---@return modsync.sweep_record[] records, string[] problems
function M.read(place)
  local lines, _, problems = M.lines(M.path(place))
  local by_key, order, found = {}, {}, {}
  for _, record in ipairs(lines) do
    if not by_key[record.key] then order[#order + 1] = record.key end
    M.keep(by_key, record)
  end
  for i, key in ipairs(order) do found[i] = by_key[key] end
  return found, problems
end

--[[ columns ]]

--- Nested named values as one level, "losses.boundary"; lists are series, not columns.
local function flatten(value, name, into)
  if type(value) ~= "table" then
    into[name] = value
  elseif not (kind.list(value) and #value > 0) then
    for key, each in pairs(value) do
      flatten(each, name == "" and key or name .. "." .. key, into)
    end
  end
end

--- Fields and settings of a cell as one level of names.
---@param fields table<string, any>
---@param settings table<string, any>
---@return table<string, any>
function M.flat(fields, settings)
  local found = {}
  flatten(definition.merge(fields, settings), "", found)
  return found
end

--- The scalars of a record by name: settings, fields, and results, which are called as
--- the result calls them ("rel_l2.u").
---@param record modsync.sweep_record
---@return table<string, any>
function M.scalars(record)
  local found = M.flat(record.cell, record.settings)
  flatten(record.result or {}, "", found)
  found.error, found.cell_seconds = record.error, record.seconds
  return found
end

local function csv_field(value)
  if value == nil or value == json.null then return "" end
  if value ~= value then return "nan" end
  local text = math.type(value) == "float" and ("%.10g"):format(value) or tostring(value)
  if text:find '[,"\r\n]' then return '"' .. text:gsub('"', '""') .. '"' end
  return text
end

--- Names in the order of columns: cells' fields, settings, results, each sorted.
local function column_names(found, rows)
  local rank, names = {}, {}
  local function add(fields, place)
    for name in pairs(fields) do
      if not rank[name] then names[#names + 1] = name end
      rank[name] = math.min(rank[name] or place, place)
    end
  end
  for i, record in ipairs(found) do
    add(M.flat(record.cell, {}), 1)
    add(M.flat({}, record.settings), 2)
    add(rows[i], 3)
  end
  table.sort(names, function(a, b)
    if rank[a] ~= rank[b] then return rank[a] < rank[b] end
    return a < b
  end)
  return names
end

--- A line of CSV, its newline aside.
---@param row table
---@param count integer
---@return string
function M.csv_line(row, count)
  local line = {}
  for j = 1, count do line[j] = csv_field(row[j]) end
  return table.concat(line, ",")
end

--- The scalars of the cells that have ended as CSV, a line each.
---@param cells modsync.sweep_cell[]
---@return string
function M.csv(cells)
  local found, rows = {}, {}
  for _, cell in ipairs(cells) do found[#found + 1] = cell.record end
  for i, record in ipairs(found) do rows[i] = M.scalars(record) end
  local names = column_names(found, rows)
  local lines = { M.csv_line(names, #names) }
  for i, row in ipairs(rows) do
    local values = {}
    for j, name in ipairs(names) do values[j] = row[name] end
    lines[i + 1] = M.csv_line(values, #names)
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
