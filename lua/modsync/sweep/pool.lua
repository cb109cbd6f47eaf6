--[[
Processes of a sweep: one for each line of DIR/cells.queue, N at a time, started by xargs.
What they say comes back as lines on one pipe:

  tick             every half second, so that Ctrl-C is noticed
  start N PID      the process of line N
  at N SHARE       how much of the cell is done
  end N STATUS     as the shell says it: 128 + the number of a signal that killed it

The shells ignore Ctrl-C, which is for the processes and the sweep. They start no further
cell when the queue is gone, or the sweep is: then nobody reads the pipe.
]]
local core = require "modsync.core"

---@class modsync.sweep_pool
---@field INTERRUPTED integer  the status of a process that Ctrl-C ended
local M = { INTERRUPTED = 130 }

--- $0: the program, $1: code, $2: the line of the queue.
local ONE_CELL = [[
[ -e "$MODSYNC_SWEEP/cells.queue" ] && echo next || exit 255
"$0" -e "$1($2)" 2>"$MODSYNC_SWEEP/cell-$2.log" </dev/null &
echo "start $2 $!"
wait $!
status=$?
echo "end $2 $status"
[ $status != 130 ] || exit 255
exit 0
]]

local ALL_CELLS = [[
trap "" INT PIPE
exec 2>/dev/null
while { sleep 0.5 || sleep 1; } >&2 && echo tick; do :; done &
ticker=$!
export MODSYNC_SWEEP=%s
sed -n = "$MODSYNC_SWEEP/cells.queue" | xargs -n 1 -P %d sh -c %s %s %s
kill $ticker
]]

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- The program that runs, as the shell finds it.
local function program()
  local first = 0
  while arg and arg[first - 1] do first = first - 1 end
  return arg and arg[first] or "modsync"
end

--- A Lua expression for the worker of a sweep.
local function worker_code(path, arguments, out)
  local words = {}
  for i, word in ipairs(arguments) do words[i] = ("%q"):format(word) end
  return ("require 'modsync.sweep.worker'(%q, { %s }, %q)"):format(path,
    table.concat(words, ", "), out)
end

--- The number of this process.
---@return integer
function M.process()
  local shell <close> = assert(io.popen "echo $PPID")
  return math.tointeger(shell:read "n")
end

--- Whether there is a process of this number.
---@param number integer
---@return boolean
function M.alive(number)
  return os.execute(("kill -0 %d 2>/dev/null"):format(number)) == true
end

local function signal(name, processes)
  local numbers = {}
  for _, process in pairs(processes) do numbers[#numbers + 1] = process end
  if #numbers > 0 then
    os.execute(("kill -%s %s 2>/dev/null"):format(name, table.concat(numbers, " ")))
  end
end

--- Stops what runs: Ctrl-C for the processes, and again after a second for those that do
--- not listen.
local function stop(state)
  os.remove(state.queue)
  if state.ticks % 2 == 0 then signal("INT", state.processes) end
  state.ticks = state.ticks + 1
end

--[[
Runs a process for every line of the queue. handle(what, number, value) is called for each
line of theirs, in the order of arrival. True, or false where Ctrl-C ended it.
]]
---@param plan modsync.sweep_plan
---@param options { out: string, jobs: integer, arguments: string[] }
---@param handle fun(what: string, number: integer?, value: number?)
---@return boolean
function M.run(plan, options, handle)
  local state = { queue = options.out .. "/cells.queue", processes = {}, ticks = 0 }
  local code = worker_code(plan.path, options.arguments, options.out)
  local command = ALL_CELLS:format(quote(options.out), options.jobs, quote(ONE_CELL),
    quote(program()), quote(code))
  local before = core.guard(true)
  local guard <close> = setmetatable({}, { __close = function() core.guard(before) end })
  local pipe <close> = assert(io.popen(command))
  local leftover <close> = setmetatable({}, { __close = function()
    os.remove(state.queue)
    signal("TERM", state.processes) -- where an error ends it
  end })
  local interrupted = false
  for line in pipe:lines() do
    local what, number, value = line:match "^(%a+) ?(%d*) ?([%d.]*)$"
    number, value = tonumber(number), tonumber(value)
    if what == "start" then state.processes[number] = value end
    if what == "end" then state.processes[number] = nil end
    if what then handle(what, number, value) end
    interrupted = interrupted or core.interrupted()
    if interrupted and (what == "tick" or state.ticks == 0) then stop(state) end
  end
  return not interrupted
end

return M
