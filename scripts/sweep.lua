--[[
modsync sweep FILE [options] [-- words]: run every cell of a sweep, many at a time, and go
on where an earlier one stopped. FILE is a Lua file that defines it, or a name in
scripts/sweeps. modsync sweep --help lists the options.
]]
local ms = require "modsync"
local command = require "modsync.command"
local label = require "modsync.sweep.progress".label

local options = {
  { name = "jobs", value = "N", type = "integer", min = 1,
    text = "processes at a time (the processors of this machine)" },
  { name = "out", value = "DIR", text = "folder of the results (runs/NAME)" },
  { name = "list", text = "only list the cells and what is known of each" },
  { name = "table", text = "only print the tables, of what has ended" },
  { name = "retry", text = "run broken cells again" },
  { name = "quiet", text = "no progress and no summary" },
  { name = "help", text = "this text" },
}

local fail = command.failing "sweep"

local function print_help()
  io.write("usage: modsync sweep FILE [options] [-- words]\n\n",
    "Run the cells of a sweep: FILE (or a name in scripts/sweeps) returns its\n",
    "definition, a table or a function of the words. Cells that have ended are in\n",
    "DIR/cells.jsonl and are not run again.\n\n",
    command.describe(options))
end

local function print_list(outcome)
  for i, cell in ipairs(outcome.cells) do
    local why = cell.state == "broken" and ": " .. cell.record.error:match "^[^\n]*" or ""
    print(("%4d  %-6s %s%s"):format(i, cell.state, label(cell.fields), why))
  end
  print(("%d cells: %d done, %d broken, %d to do"):format(#outcome.cells, outcome.done,
    outcome.broken, outcome.unfinished))
end

--- The words of the command line that go on with the sweep.
local function again()
  local words = {}
  for i, word in ipairs(arg) do
    local odd = word == "" or word:find "[^%w%-%._/=:,]"
    words[i] = odd and "'" .. word:gsub("'", "'\\''") .. "'" or word
  end
  return "modsync sweep " .. table.concat(words, " ")
end

local function summary(outcome)
  local tables = ms.sweep.tables(outcome)
  local text = ("%s%d cells: %d done, %d broken, %d not finished\n"):format(
    tables ~= "" and tables .. "\n" or "", #outcome.cells, outcome.done, outcome.broken,
    outcome.unfinished)
  if outcome.unfinished > 0 then text = text .. "  go on with " .. again() .. "\n" end
  if outcome.broken > 0 then
    text = text .. "  see the broken with --list, run them again with --retry\n"
  end
  return text .. ("  results in %s: cells.jsonl, cells.csv%s\n"):format(outcome.out,
    #outcome.tables > 0 and ", tables.md" or "")
end

--- The words after "--" are the definition's.
local function split(arguments)
  for i, word in ipairs(arguments) do
    if word == "--" then
      return table.move(arguments, 1, i - 1, 1, {}),
        table.move(arguments, i + 1, #arguments, 1, {})
    end
  end
  return arguments, {}
end

local function main(arguments)
  local mine, theirs = split(arguments)
  local chosen, words = command.parse(options, mine)
  if not chosen then fail(words .. "\nmodsync sweep --help lists the options") end
  if chosen.help then return print_help() end
  if #words > 1 then fail(("one sweep at a time; what is '%s'?"):format(words[2])) end
  if #words == 0 then fail "which sweep? usage: modsync sweep FILE [options]" end
  if chosen.list or chosen.table then
    local found, message = ms.sweep.look(words[1],
      { out = chosen.out, arguments = theirs })
    if not found then return fail(message) end
    if chosen.list then print_list(found) end
    if chosen.table then io.write(ms.sweep.tables(found)) end
    return
  end
  local outcome, message = ms.sweep.run(words[1], { out = chosen.out, jobs = chosen.jobs,
    retry = chosen.retry, arguments = theirs, report = chosen.quiet and "quiet" or nil })
  if not outcome then return fail(message) end
  for _, problem in ipairs(outcome.problems) do
    io.stderr:write("modsync sweep: ", problem, "\n")
  end
  if not chosen.quiet then io.write(summary(outcome)) end
  if outcome.stopped == "interrupted" then os.exit(130, true) end
  if outcome.broken > 0 then os.exit(1, true) end
end

command.run("sweep", main, arg)
