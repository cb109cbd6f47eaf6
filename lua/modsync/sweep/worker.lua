--[[
A process of a sweep: runs one cell and appends its record. Its standard output is the
pipe to the sweep, for progress; what a cell prints goes to its standard error, a file. It
ends with status 130 where it was interrupted, and the cell is then not recorded.
]]
local core = require "modsync.core"
local definition = require "modsync.sweep.definition"
local kind = require "modsync.kind"
local INTERRUPTED = require "modsync.sweep.pool".INTERRUPTED
local records = require "modsync.sweep.records"

local EVERY_SECONDS = 1

local function print_to_log(...)
  local words = table.pack(...)
  for i = 1, words.n do words[i] = tostring(words[i]) end
  io.stderr:write(table.concat(words, "\t"), "\n")
end

--- A report for ms.train that tells the sweep, now and then, how far it is.
local function progress_report(number)
  local report, told = {}, core.time()
  function report:begin() end
  function report:update(run)
    local now = core.time()
    if now - told < EVERY_SECONDS then return end
    told = now
    io.stdout:write(("at %d %.4f\n"):format(number, run.step / run.steps))
  end
  function report:finish() end
  return report
end

--- The cell of a key; the definition may have changed since the sweep began.
local function find_cell(plan, key)
  for _, cell in ipairs(plan.cells) do
    if cell.key == key then return cell end
  end
  error(("the definition changed: it has no cell %s any more"):format(key), 0)
end

local function explain(message)
  if type(message) ~= "string" then message = "an error object: " .. tostring(message) end
  local trace = debug.traceback(message, 2)
  return (trace:gsub("\n%s*%[C%]: in function 'xpcall'.*", "")) -- what follows is ours
end

--- Whether Ctrl-C ended the cell: seen under the guard, or raised by a second one. A
--- stock Lua has no guard, and raises at the first.
local function interrupted(good, message)
  if core.interrupted() then return true end
  return not good and message:match "^[^\n]*":find "interrupted!?$" ~= nil
end

--- The key on a line of the queue.
local function key_at(out, number)
  local at = 0
  for line in io.lines(out .. "/cells.queue") do
    at = at + 1
    if at == number then return line end
  end
  error(("there is no line %d in %s/cells.queue"):format(number, out), 0)
end

local function run_cell(path, arguments, out, number)
  local key = key_at(out, number)
  local plan = assert(definition.load(path, arguments))
  local cell = find_cell(plan, key)
  core.threads(definition.merge(cell.fields, plan.settings).threads or 1)
  local record, started = { cell = cell.fields, settings = plan.settings }, core.time()
  local report = progress_report(number)
  local good, result = xpcall(plan.run, explain, cell.fields, plan.settings, report)
  record.seconds = core.time() - started
  if interrupted(good, result) then return nil end
  if good and type(result) ~= "table" then
    good, result = false, ("the cell's run returned %s; expected a table of results")
      :format(kind.show(result))
  end
  record[good and "result" or "error"] = result
  local encodable, message = pcall(records.encode, record)
  if not encodable then record.result, record.error = nil, message end
  return record
end

--- Runs the cell on a line of the queue and ends the process.
---@param path string
---@param arguments string[]
---@param out string
---@return fun(number: integer)
return function(path, arguments, out)
  return function(number)
    core.guard(true)
    io.stdout:setvbuf "line"
    io.output(io.stderr)
    print = print_to_log
    local good, record = xpcall(run_cell, explain, path, arguments, out, number)
    if interrupted(good, record) or not record then os.exit(INTERRUPTED, true) end
    if not good then error(record, 0) end
    assert(records.append(out, record))
    os.exit(0, true)
  end
end
