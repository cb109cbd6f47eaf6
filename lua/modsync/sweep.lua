--[[
Sweeps: many runs that differ in a few settings, a process for each, as many at a time as
there are processors. What has ended is in DIR/cells.jsonl and is not done again: a sweep
that was stopped or killed goes on where it was. See sweep/definition.lua for the file
that defines one, and sweep/records.lua for what comes out.

  local outcome = ms.sweep.run("conflicts", { jobs = 2 })
  print(ms.sweep.table(outcome.cells, { rows = "conflict", columns = "problem" }))
]]
local check_keys = require "modsync.check_keys"
local core = require "modsync.core"
local definition = require "modsync.sweep.definition"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local records = require "modsync.sweep.records"
local results = require "modsync.sweep.results"

--- Sweeps: many runs that differ in a few settings, in parallel and resumable.
---@class modsync.sweep
local M = {}

--- How a sweep is run; all of it may be left out.
---@class modsync.sweep_options
---@field out? string         folder of the results (runs/NAME)
---@field jobs? integer       processes at a time (the processors of this machine)
---@field arguments? string[]  words for a definition that is a function
---@field retry? boolean      broken cells again
---@field report? "live"|"plain"|"quiet"|false  live on a terminal, else plain

--- A cell, and what is known of it.
---@class modsync.sweep_cell
---@field fields table<string, any>
---@field settings table<string, any>
---@field key string  what it is known by
---@field state "done"|"broken"|"to do"
---@field record modsync.sweep_record?

--- What a sweep came to.
---@class modsync.sweep_outcome
---@field out string
---@field cells modsync.sweep_cell[]
---@field done integer        cells with a result
---@field broken integer      cells with an error
---@field unfinished integer
---@field stopped "finished"|"interrupted"
---@field tables modsync.sweep_table_options[]  of the definition
---@field plots modsync.sweep_plot_options[]    of the definition, each with a name
---@field problems string[]?  tables, plots and files that could not be made

--- What a table shows; see sweep/table.lua.
---@class modsync.sweep_table_options
---@field rows string|string[]      fields
---@field columns? string|string[]  fields; one column without it
---@field value? string|fun(record: modsync.sweep_record): number?  relative L2 error
---@field name? string              what the value is called
---@field statistic? "median"|"geometric mean"
---@field seeds? boolean            false leaves out the single values
---@field collapsed? string|false|fun(record: modsync.sweep_record): boolean
---@field paired_with? table<string, any>  fields of the reference
---@field where? fun(fields: table<string, any>): boolean
---@field title? string

--- What a plot shows; see sweep/plot.lua. Besides, some options of ms.plot.lines.
---@class modsync.sweep_plot_options
---@field name? string          of the file, in a definition
---@field path? string          the file; without it the text is returned
---@field by? string|string[]   fields; what has a line of its own
---@field x? string             a field: plots a value against it
---@field value? string|fun(record: modsync.sweep_record): number?  relative L2 error
---@field series? string|fun(series: table<string, number[]>): number[]  plots it by step
---@field minus? string         a series to take from it
---@field statistic? "median"|"geometric mean"
---@field each? boolean         false leaves out the single runs
---@field where? fun(fields: table<string, any>): boolean
---@field logx? boolean         logarithmic axes: both for values, none for series
---@field logy? boolean
---@field title? string
---@field xlabel? string
---@field ylabel? string
---@field xlim? number[]
---@field ylim? number[]
---@field width? number
---@field height? number

local OPTIONS = { "out", "jobs", "arguments", "retry", "report" }

local function check_options(options)
  check_keys(options, OPTIONS, "ms.sweep")
  if options.jobs ~= nil and not kind.whole(options.jobs, 1) then
    misuse("ms.sweep: 'jobs' must be a whole number, 1 or more, not %s",
      kind.show(options.jobs))
  end
end

--- The definition, the folder of its results, the records by key, and what was wrong with
--- lines of the file.
local function open(path, options)
  check_options(options)
  local plan, message = definition.load(path, options.arguments)
  if not plan then return nil, message end
  local out = options.out or "runs/" .. plan.name
  local found, problems = records.read(out)
  local by_key = {}
  for _, record in ipairs(found) do by_key[record.key] = record end
  return plan, out, by_key, problems
end

local function outcome_of(plan, out, by_key)
  local outcome = { out = out, cells = {}, done = 0, broken = 0, unfinished = 0,
    tables = plan.tables, plots = plan.plots }
  for i, cell in ipairs(plan.cells) do
    local record = by_key[cell.key]
    local state = not record and "to do" or record.result and "done" or "broken"
    local counted = record and state or "unfinished"
    outcome[counted] = outcome[counted] + 1
    outcome.cells[i] = { fields = cell.fields, settings = plan.settings, key = cell.key,
      state = state, record = record }
  end
  outcome.stopped = outcome.unfinished == 0 and "finished" or "interrupted"
  return outcome
end

--- What is known of a sweep, running nothing.
---@param path string  the file of the definition, or a name in scripts/sweeps
---@param options modsync.sweep_options?
---@return modsync.sweep_outcome? outcome, string? message
function M.look(path, options)
  local plan, out, by_key = open(path, options or {})
  if not plan then return nil, out end
  return outcome_of(plan, out, by_key)
end

--[[
Runs the cells that have no record yet, each in a process of its own with one thread
(unless 'threads' is among its settings). Ctrl-C ends it with everything in order; the
same call goes on. A broken cell is recorded with its error and stops nothing. At the end
the scalars of all cells are in DIR/cells.csv, and the tables and plots of the definition
beside it.
]]
---@param path string  the file of the definition, or a name in scripts/sweeps
---@param options modsync.sweep_options?
---@return modsync.sweep_outcome? outcome, string? message
function M.run(path, options)
  options = options or {}
  local plan, out, by_key, problems = open(path, options)
  if not plan then return nil, out end
  results.check(outcome_of(plan, out, by_key))
  local done, message = require("modsync.sweep.runner").run(plan, by_key, {
    out = out, jobs = options.jobs or core.info().processors, retry = options.retry,
    arguments = options.arguments or {}, report = options.report, problems = problems,
  })
  if not done then return nil, message end
  local outcome = outcome_of(plan, out, by_key)
  outcome.problems = results.write(outcome)
  return outcome
end

--- The tables that the definition of a sweep asks for, as Markdown.
---@param outcome modsync.sweep_outcome
---@return string
function M.tables(outcome)
  return results.text(outcome)
end

--- The records of a sweep, each cell once; and what was wrong with lines left out.
---@param place string  the folder of a sweep, or a file ending in .jsonl
---@return modsync.sweep_record[] records, string[] problems
function M.read(place)
  return records.read(place)
end

--- The scalars of a record by name: the cell's settings and fields, and its results as
--- "rel_l2.u".
---@param record modsync.sweep_record
---@return table<string, any>
function M.scalars(record)
  return records.scalars(record)
end

--- A table of a sweep as Markdown, and as CSV: see sweep/table.lua for what it may show.
---@param cells table[]  the cells of an outcome; records know nothing of missing ones
---@param spec modsync.sweep_table_options
---@return string markdown, string csv
function M.table(cells, spec)
  return require "modsync.sweep.table"(cells, spec)
end

--- Draws a plot of a sweep as SVG, see sweep/plot.lua: true, or the SVG itself where
--- there is no path.
---@param cells table[]  the cells of an outcome, or records
---@param spec modsync.sweep_plot_options
---@return boolean|string? saved, string? message, string? code
function M.plot(cells, spec)
  return require "modsync.sweep.plot"(cells, spec)
end

--- What a training ended with, and its history as series: what a cell without a 'run' of
--- its own returns. For definitions that call ms.train themselves.
---@param run modsync.run
---@return table<string, any>
function M.results(run)
  return definition.results(run)
end

--- A cell that is a training: the fields of the cell, and the settings, are options of
--- modsync train by name. For definitions whose 'run' adds to its results.
---@param cell table<string, any>
---@param settings table<string, any>
---@param report table?  as 'run' was given it
---@return table<string, any>
function M.train(cell, settings, report)
  return definition.train(cell, settings, report)
end

return M
