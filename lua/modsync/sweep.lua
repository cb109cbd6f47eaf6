--[[
Sweeps: many runs that differ in a few settings, a process for each, as many at a time as
there are processors. What has ended is in DIR/cells.jsonl and is not done again: a sweep
that was stopped or killed goes on where it was. See sweep/definition.lua for the file
that defines one, and sweep/records.lua for what comes out.

  local outcome = ms.sweep.run("scripts/sweeps/conflicts.lua", { jobs = 2 })
  for _, record in ipairs(ms.sweep.read(outcome.out)) do ... end
]]
local core = require "modsync.core"
local definition = require "modsync.sweep.definition"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local pool = require "modsync.sweep.pool"
local progress = require "modsync.sweep.progress"
local records = require "modsync.sweep.records"

---@class modsync.sweep
local M = {}

--- How a sweep is run; all of it may be left out.
---@class modsync.sweep_options
---@field out? string         folder of the results (runs/NAME)
---@field jobs? integer       processes at a time (the processors of this machine)
---@field arguments? string[]  words for a definition that is a function
---@field retry? boolean      broken cells again
---@field report? "live"|"plain"|"quiet"|false  live on a terminal, else plain

--- What a sweep came to.
---@class modsync.sweep_outcome
---@field out string
---@field cells integer       how many there are
---@field done integer        with a result
---@field broken integer      with an error
---@field unfinished integer
---@field stopped "finished"|"interrupted"
---@field records modsync.sweep_record[]  of the cells, in their order; false where unfinished

local OPTIONS = { out = true, jobs = true, arguments = true, retry = true, report = true }

local function check_options(options)
  for name in pairs(options) do
    if not OPTIONS[name] then
      misuse("ms.sweep: there is no option '%s' (known: arguments, jobs, out, report, "
        .. "retry)", tostring(name))
    end
  end
  if options.jobs ~= nil and not kind.whole(options.jobs, 1) then
    misuse("ms.sweep: 'jobs' must be a whole number, 1 or more, not %s",
      kind.show(options.jobs))
  end
end

--- The definition, the folder of its results, and the records by key.
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

--- The cells of a sweep and what is known of each: { fields, key, state, record }, where
--- state is "done", "broken" or "to do".
---@param path string  the file of the definition, or a name in scripts/sweeps
---@param options modsync.sweep_options?
---@return table[]? cells, string? message
function M.list(path, options)
  local plan, out, by_key = open(path, options or {})
  if not plan then return nil, out end
  local cells = {}
  for i, cell in ipairs(plan.cells) do
    local record = by_key[cell.key]
    cells[i] = { fields = cell.fields, key = cell.key, record = record,
      state = not record and "to do" or record.result and "done" or "broken" }
  end
  return cells
end

--[[ one sweep at a time in a folder ]]

--- Takes DIR/cells.lock, which holds the number of this process; nil and a message where
--- another has it.
local function lock(out)
  local path = out .. "/cells.lock"
  local file = io.open(path)
  local other = file and file:read "n"
  if file then file:close() end
  if other and pool.alive(other) then
    return nil, ("another sweep (process %d) is at work in %s; if it is not, remove %s")
      :format(other, out, path)
  end
  local mine, message = io.open(path, "w")
  if not mine then return nil, message end
  mine:write(pool.process(), "\n")
  mine:close()
  return setmetatable({}, { __close = function() os.remove(path) end })
end

--- Output of processes, which only matters while they run.
local function clear_logs(out)
  for _, name in ipairs(core.listdir(out) or {}) do
    if name:find "^cell%-%d+%.log$" then os.remove(out .. "/" .. name) end
  end
end

local function write_queue(out, cells, wanted)
  local file, message = io.open(out .. "/cells.queue", "w")
  if not file then return nil, message end
  for _, i in ipairs(wanted) do file:write(cells[i].key, "\n") end
  return file:close()
end

--[[ what processes leave behind ]]

local SIGNALS = { [134] = "aborted", [135] = "a bus error", [136] = "a division trap",
  [137] = "killed", [139] = "a segmentation fault", [143] = "terminated" }

--- Why a process left no record: its status, and the end of what it printed.
local function crash_message(out, number, status)
  local file = io.open(("%s/cell-%d.log"):format(out, number))
  local printed = file and file:read "a" or ""
  if file then file:close() end
  printed = printed:gsub("%s+$", ""):sub(-2000)
  local how = SIGNALS[status]
  return ("its process ended with status %d%s before it had a result%s"):format(status,
    how and " (" .. how .. ")" or "", printed ~= "" and "; it printed\n" .. printed or "")
end

--- Follows a sweep: takes in the records as they are written and adds those of processes
--- that could not.
---@class modsync.sweep_follower
local Follower = {}
Follower.__index = Follower

--- The records that came since the last call.
local function take_in(self)
  local new
  new, self.problems, self.offset = records.lines(self.path, self.offset)
  for _, record in ipairs(new) do
    records.keep(self.by_key, record)
    self.fresh[record.key] = record
  end
end

--- Handles a line of the pool; number: the line of the queue.
function Follower:hear(what, number, value)
  local i = self.wanted[number]
  self.progress:hear(what, i, value)
  if what ~= "end" then return end
  take_in(self)
  local cell = self.plan.cells[i]
  local record = self.fresh[cell.key]
  if not record and value ~= 130 then
    record = { cell = cell.fields, settings = self.plan.settings, key = cell.key,
      error = crash_message(self.out, number, value) }
    assert(records.append(self.out, record))
    take_in(self)
  end
  if record then self.progress:finish(i, record.seconds, record.error) end
end

--[[ running ]]

--- Numbers of the cells to run; the others are counted as they are.
local function choose(plan, by_key, retry, shown)
  local wanted = {}
  for i, cell in ipairs(plan.cells) do
    local record = by_key[cell.key]
    if not record or retry and not record.result then
      wanted[#wanted + 1] = i
    else
      shown:count(i, record.seconds, record.error)
    end
  end
  return wanted
end

local function outcome_of(plan, out, by_key)
  local outcome = { out = out, cells = #plan.cells, done = 0, broken = 0, unfinished = 0,
    records = {} }
  for i, cell in ipairs(plan.cells) do
    local record = by_key[cell.key]
    local state = not record and "unfinished" or record.result and "done" or "broken"
    outcome[state] = outcome[state] + 1
    outcome.records[i] = record or false
  end
  outcome.stopped = outcome.unfinished == 0 and "finished" or "interrupted"
  return outcome
end

--- The scalars of all cells that have ended, in DIR/cells.csv.
local function write_csv(outcome)
  local ended = {}
  for _, record in ipairs(outcome.records) do ended[#ended + 1] = record or nil end
  if #ended == 0 then return true end
  return records.write_csv(ended, outcome.out .. "/cells.csv")
end

--[[
Runs the cells that have no record yet, each in a process of its own with one thread
(unless 'threads' is among its settings). Ctrl-C ends it with everything in order; the same
call goes on. A broken cell is recorded with its error and stops nothing.
]]
---@param path string  the file of the definition, or a name in scripts/sweeps
---@param options modsync.sweep_options?
---@return modsync.sweep_outcome? outcome, string? message
function M.run(path, options)
  options = options or {}
  local plan, out, by_key, problems = open(path, options)
  if not plan then return nil, out end
  local made, message = core.mkdir(out)
  if not made then return nil, message end
  local held <close>, taken = lock(out)
  if not held then return nil, taken end
  local jobs = options.jobs or core.info().processors
  local shown = progress.new(plan.cells, jobs, options.report)
  for _, problem in ipairs(problems) do
    shown:say(("%s: %s"):format(records.path(out), problem))
  end
  local wanted = choose(plan, by_key, options.retry, shown)
  if #wanted > 0 then
    clear_logs(out)
    assert(write_queue(out, plan.cells, wanted))
    local follower = setmetatable({ plan = plan, out = out, by_key = by_key, fresh = {},
      wanted = wanted, progress = shown, path = records.path(out) }, Follower)
    follower.offset = select(3, records.lines(follower.path))
    pool.run(plan, { out = out, jobs = jobs, arguments = options.arguments or {} },
      function(...) follower:hear(...) end)
    shown:close()
    clear_logs(out)
  end
  local outcome = outcome_of(plan, out, by_key)
  local written, reason = write_csv(outcome)
  if not written then return nil, reason end
  return outcome
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
