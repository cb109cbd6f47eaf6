--[[
Running a sweep: the cells that are left are put into a queue, processes work it off, and
what they leave behind is taken in as it is written.
]]
local core = require "modsync.core"
local pool = require "modsync.sweep.pool"
local progress = require "modsync.sweep.progress"
local records = require "modsync.sweep.records"

---@class modsync.sweep_runner
local M = {}

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
  printed = printed:gsub("[^\n\t\32-\126]", "?"):gsub("%s+$", ""):sub(-2000)
  local how = SIGNALS[status]
  return ("its process ended with status %d%s before it had a result%s"):format(status,
    how and " (" .. how .. ")" or "", printed ~= "" and "; it printed\n" .. printed or "")
end

--- Takes in the records that came since the last time.
local function take_in(state)
  local new
  new, state.offset = records.lines(state.path, state.offset)
  for _, record in ipairs(new) do
    records.keep(state.by_key, record)
    state.fresh[record.key] = record
  end
end

--- A cell's process has ended: its record, or one in its place where it left none; nil
--- where it was interrupted.
local function ended(state, number, status)
  take_in(state)
  local cell = state.plan.cells[state.wanted[number]]
  if not state.fresh[cell.key] and status ~= pool.INTERRUPTED then
    assert(records.append(state.out, { cell = cell.fields, settings = state.plan.settings,
      error = crash_message(state.out, number, status) }))
    take_in(state)
  end
  return state.fresh[cell.key]
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

local function work_off(state, shown, options)
  assert(write_queue(state.out, state.plan.cells, state.wanted))
  clear_logs(state.out)
  pool.run(state.plan, options, function(what, number, value)
    local i = state.wanted[number]
    shown:hear(what, i, value)
    local record = what == "end" and ended(state, number, value)
    if record then shown:finish(i, record.seconds, record.error) end
  end)
  shown:close()
  clear_logs(state.out)
end

--[[
Runs the cells of a plan that have no record among 'by_key', which takes the new ones. nil
and a message where the folder cannot be used.
]]
---@param plan modsync.sweep_plan
---@param by_key table<string, modsync.sweep_record>
---@param options table  of ms.sweep.run, all given; and 'problems' to tell
---@return true?, string? message
function M.run(plan, by_key, options)
  local out = options.out
  local made, message = core.mkdir(out)
  if not made then return nil, message end
  local held <close>, taken = lock(out)
  if not held then return nil, taken end
  local shown = progress.new(plan.cells, options.jobs, options.report)
  for _, problem in ipairs(options.problems) do shown:say(problem) end
  local state = { plan = plan, out = out, by_key = by_key, fresh = {},
    path = records.path(out), wanted = choose(plan, by_key, options.retry, shown) }
  state.offset = select(2, records.lines(state.path))
  if #state.wanted > 0 then work_off(state, shown, options) end
  return true
end

return M
