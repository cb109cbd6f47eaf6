--[[
What a sweep ends in: the tables and plots that its definition asks for, as files beside
the records: tables.md, table-1.csv ..., NAME.svg.
]]
local core = require "modsync.core"
local make_plot = require "modsync.sweep.plot"
local make_table = require "modsync.sweep.table"
local misuse = require "modsync.misuse"
local records = require "modsync.sweep.records"

---@class modsync.sweep_results
local M = {}

--- The file of a plot.
local function name_of(spec, i)
  if type(spec) ~= "table" or type(spec.name) ~= "string" or spec.name:find "/" then
    misuse("sweep: 'plots[%d]' needs a name, for its file", i)
  end
  return spec.name .. ".svg"
end

local function draw(cells, spec)
  local given = {}
  for key, value in pairs(spec) do given[key] = value end
  given.name, given.path = nil, nil
  return make_plot(cells, given)
end

--- Fails where a table or plot asks for what the cells do not have, before they are run.
---@param outcome modsync.sweep_outcome
function M.check(outcome)
  local bare = {} -- cells of which nothing is known
  for i, cell in ipairs(outcome.cells) do
    bare[i] = { fields = cell.fields, settings = cell.settings }
  end
  for _, spec in ipairs(outcome.tables) do make_table(bare, spec) end
  for i, spec in ipairs(outcome.plots) do
    name_of(spec, i)
    draw(bare, spec)
  end
end

--- The tables as Markdown.
---@param outcome modsync.sweep_outcome
---@return string
function M.text(outcome)
  local tables = {}
  for i, spec in ipairs(outcome.tables) do tables[i] = make_table(outcome.cells, spec) end
  return table.concat(tables, "\n")
end

--- Writes cells.csv, tables and plots, those that can be made; and what was wrong with
--- the others.
---@param outcome modsync.sweep_outcome
---@return string[] problems
function M.write(outcome)
  local problems, texts = {}, {}
  local function write(name, make, ...)
    local made, bytes, more = pcall(make, ...)
    local done, message = made, bytes
    if made then done, message = core.write_file(outcome.out .. "/" .. name, bytes) end
    if not done then problems[#problems + 1] = ("no %s: %s"):format(name, message) end
    return made and more
  end
  write("cells.csv", records.csv, outcome.cells)
  for i, spec in ipairs(outcome.tables) do
    texts[#texts + 1] = write(("table-%d.csv"):format(i), function()
      local text, csv = make_table(outcome.cells, spec)
      return csv, text
    end) or nil
  end
  if #texts > 0 then write("tables.md", table.concat, texts, "\n") end
  for i, spec in ipairs(outcome.plots) do
    write(name_of(spec, i), draw, outcome.cells, spec)
  end
  return problems
end

return M
