--[[
The definition of a sweep: a Lua file that returns a table, or a function of the words
after "--" that returns one.

  return {
    name = "widths",
    grid = { problem = { "helmholtz" }, width = { 24, 48, 96 }, seed = { 1, 2, 3 } },
    cells = { { problem = "poisson", width = 48, seed = 1 } },  -- more, one by one
    where = function(cell) return cell.width < 96 or cell.seed == 1 end,
    settings = { steps = 4000, conflict = "dcgd" },             -- of every cell alike
    run = function(cell, settings, report) return { error = 0.1 } end,
    tables = { { rows = "problem", columns = "width" } },  -- see sweep/table.lua
    plots = { { name = "widths", x = "width" } },          -- see sweep/plot.lua
  }

The cells of a grid are the product of its lists, seeds outermost, so that the first seed
of everything is there first. Without 'run' a cell is a training (train_options.lua).
]]
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local json = require "modsync.json"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local nearest = require "modsync.nearest"

--- Runs one cell and returns its results by name: numbers, strings, booleans, lists of
--- numbers, tables of these. 'report' is for ms.train { report = report }.
---@alias modsync.sweep_cell_run fun(cell: table, settings: table, report: table): table

--- A sweep as its file defines it.
---@class modsync.sweep_definition
---@field name? string
---@field grid? table<string, any[]>
---@field cells? table<string, any>[]
---@field where? fun(cell: table<string, any>): boolean
---@field settings? table<string, any>
---@field run? modsync.sweep_cell_run
---@field tables? modsync.sweep_table_options[]
---@field plots? modsync.sweep_plot_options[]  each with a name, that of its file

---@class modsync.sweep_definition_module
local M = {}

local FIELDS = { "name", "grid", "cells", "where", "settings", "run", "tables", "plots" }
local TYPES = { name = "string", grid = "table", cells = "table", where = "function",
  settings = "table", run = "function", tables = "table", plots = "table" }

--[[ identity ]]

--- The value with a float that is whole as an integer: 1.0 and 1 are the same setting.
local function plain(value, where)
  local of = type(value)
  if of == "number" then return math.tointeger(value) or value end
  if of == "string" or of == "boolean" then return value end
  if of ~= "table" then
    misuse("sweep: %s is %s; a cell holds numbers, strings, booleans and tables of them",
      where, kind.show(value))
  end
  local copy = {}
  for key, each in pairs(value) do
    copy[key] = plain(each, where .. "." .. tostring(key))
  end
  return copy
end

--- The text of a value; quoted where a bare string could be taken for something else.
local function show(value)
  local bare = type(value) == "string" and value:find '^%a[^,"%c]*$'
    and value ~= "true" and value ~= "false"
  return bare and value or json.encode(value)
end

--- What a cell is known by: its fields and settings in the order of their names, as
--- "a=1,b=dcgd". A field takes the place of a setting.
---@param cell table<string, any>
---@param settings table<string, any>
---@return string
function M.key(cell, settings)
  local parts = {}
  for name, value in pairs(M.merge(cell, settings)) do
    parts[#parts + 1] = name .. "=" .. show(plain(value, name))
  end
  table.sort(parts)
  return table.concat(parts, ",")
end

--- Settings with the fields of a cell in their place.
---@param cell table<string, any>
---@param settings table<string, any>
---@return table<string, any>
function M.merge(cell, settings)
  local all = {}
  for name, value in pairs(settings) do all[name] = value end
  for name, value in pairs(cell) do all[name] = value end
  return all
end

--[[ cells ]]

--- The names in a table, sorted, the seed first.
local function field_names(fields, what)
  local names = {}
  for name in pairs(fields) do
    if type(name) ~= "string" then
      misuse("sweep: %s has a field without a name (%s)", what, tostring(name))
    end
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    if (a == "seed") ~= (b == "seed") then return a == "seed" end
    return a < b
  end)
  return names
end

local function product(grid)
  local found = { {} }
  for _, name in ipairs(field_names(grid, "'grid'")) do
    local values, longer = grid[name], {}
    if not kind.list(values) or #values == 0 then
      misuse("sweep: 'grid.%s' is %s; expected a list of values", name, kind.show(values))
    end
    for _, cell in ipairs(found) do
      for _, value in ipairs(values) do
        longer[#longer + 1] = M.merge({ [name] = value }, cell)
      end
    end
    found = longer
  end
  return next(grid) and found or {}
end

--- All cells of a definition, each once: { fields, key } each.
local function expand(definition)
  local cells, seen = {}, {}
  local function add(fields)
    if definition.where and not definition.where(fields) then return end
    local key = M.key(fields, definition.settings)
    if seen[key] then return end
    seen[key] = true
    cells[#cells + 1] = { fields = fields, key = key }
  end
  for _, fields in ipairs(product(definition.grid or {})) do add(fields) end
  for i, fields in ipairs(definition.cells or {}) do
    if type(fields) ~= "table" then
      misuse("sweep: 'cells[%d]' is %s; expected a table of fields", i, kind.show(fields))
    end
    field_names(fields, ("'cells[%d]'"):format(i))
    add(fields)
  end
  return cells
end

--[[ files ]]

--- The file of a sweep: a path, or a name in scripts/sweeps.
local function find(path)
  local known = (core.home or ".") .. "/scripts/sweeps/"
  for _, candidate in ipairs { path, known .. path .. ".lua" } do
    local file = io.open(candidate)
    if file and file:read(0) then
      file:close()
      return candidate
    end
  end
  local names = {}
  for _, name in ipairs(core.listdir(known) or {}) do
    names[#names + 1] = name:match "^(.+)%.lua$"
  end
  local near = nearest(path, names)
  return nil, ("there is no sweep '%s': no such file%s%s"):format(path,
    #names > 0 and ", and in scripts/sweeps there is " .. table.concat(names, ", ") or "",
    near[1] and ("; did you mean '%s'?"):format(near[1]) or "")
end

local function check_fields(definition, path)
  if type(definition) ~= "table" then
    misuse("sweep: '%s' must return a table, not %s", path, kind.show(definition))
  end
  check_keys(definition, FIELDS, ("sweep: '%s'"):format(path))
  for name, value in pairs(definition) do
    if type(value) ~= TYPES[name] then
      misuse("sweep: '%s' of '%s' must be a %s, not %s", name, path, TYPES[name],
        kind.show(value))
    end
  end
end

--- A definition that is read and expanded.
---@class modsync.sweep_plan
---@field path string
---@field name string
---@field cells { fields: table<string, any>, key: string }[]
---@field settings table<string, any>
---@field run modsync.sweep_cell_run
---@field tables table[]
---@field plots table[]

--- The definition in a file, its cells expanded; nil and a message where there is no such
--- file or it cannot be read.
---@param path string  a file, or a name in scripts/sweeps
---@param arguments string[]?  for a definition that is a function
---@return modsync.sweep_plan? plan, string? message
function M.load(path, arguments)
  if type(path) ~= "string" then
    misuse("ms.sweep: the definition is %s; expected the path of a file that returns it, "
      .. "or a name in scripts/sweeps: every run is a process, which reads that file",
      kind.show(path))
  end
  local file, message = find(path)
  if not file then return nil, message end
  local chunk, mistake = loadfile(file, "t")
  if not chunk then return nil, mistake end
  local found = chunk(file)
  if type(found) == "function" then found = found(arguments or {}) end
  check_fields(found, file)
  local settings = found.settings or {}
  local cells = expand { grid = found.grid, cells = found.cells, where = found.where,
    settings = settings }
  if #cells == 0 then return nil, ("the sweep '%s' has no cells"):format(path) end
  return { path = file, name = found.name or file:match "([^/]+)%.lua$" or file,
    cells = cells, settings = settings, run = found.run or M.train,
    tables = found.tables or not found.run and M.train_tables(cells) or {},
    plots = found.plots or {} }
end

--- A cell that is a training: its fields and the settings are options of one.
---@param cell table<string, any>
---@param settings table<string, any>
---@param report table?
---@return table<string, any>
function M.train(cell, settings, report)
  local train_options = require "modsync.train_options"
  local wanted = M.merge(cell, settings)
  wanted.threads = nil
  local chosen = train_options.settings(wanted)
  chosen.report = report
  return M.results(require("modsync.train").train(chosen))
end

--- The table of a sweep of trainings whose definition asks for none: a row for each value
--- of the field that has most, a column for those of the others.
---@param cells { fields: table<string, any> }[]
---@return table[]
function M.train_tables(cells)
  local counts, seen = {}, {}
  for _, cell in ipairs(cells) do
    for name, value in pairs(cell.fields) do
      local text = name .. "=" .. show(plain(value, name))
      if name ~= "seed" and not seen[text] then
        seen[text], counts[name] = true, (counts[name] or 0) + 1
      end
    end
  end
  local names = {}
  for name, count in pairs(counts) do
    if count > 1 then names[#names + 1] = name end
  end
  table.sort(names, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return a < b
  end)
  return { { rows = { names[1] }, columns = table.move(names, 2, #names, 1, {}) } }
end

--- What a run ended with; scale, the norms of its fields over those of the exact ones;
--- and its history as series.
---@param run modsync.run
---@return table<string, any>
function M.results(run)
  local found, series = require("modsync.train_options").results(run), {}
  for _, name in ipairs(run:columns()) do series[name] = run.history[name] end
  found.series, found.message = series, run.message
  found.scale = select(2, run.losses:relative_l2())
  return found
end

return M
