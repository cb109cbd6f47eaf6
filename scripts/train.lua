--[[
modsync train PROBLEM [options]: train one network on one problem. PROBLEM is a name in
problems/ or the path of a file. modsync train --help lists the options.
]]
local ms = require "modsync"
local command = require "modsync.command"
local picture = require "modsync.picture"
local train_options = require "modsync.train_options"

local options = table.move(train_options.list, 1, #train_options.list, 1, {})
for _, option in ipairs {
  { name = "threads", value = "N", type = "integer", min = 1,
    text = "threads (the processors of this machine)" },
  { name = "out", value = "DIR",
    text = "folder of the results (runs/PROBLEM-SEED)" },
  { name = "checkpoint-every", value = "N", type = "integer", min = 1,
    text = "steps between checkpoints (a tenth of the run)" },
  { name = "resume", value = "FILE",
    text = "go on from a checkpoint, to --steps if given" },
  { name = "plot", negatable = true, default = true,
    text = "draw fields and losses" },
  { name = "json", text = "end with one line of JSON on stdout" },
  { name = "quiet", text = "no progress and no summary" },
  { name = "verbose", text = "progress lines where stderr is no terminal, too" },
  { name = "help", text = "this text" },
} do options[#options + 1] = option end

local fail = command.failing "train"

local function print_help()
  io.write("usage: modsync train PROBLEM [options]\n",
    "       modsync train [PROBLEM] --resume FILE [options]\n\n",
    "Train a network on a problem: a name in problems/ or the path of a file.\n\n",
    command.describe(options),
    "\nMethods and their options: modsync --list, modsync --help NAME.\n")
end

--- A run of the problem, with those of the options that are of a training.
local function start(problem_name, chosen)
  local wanted = { problem = problem_name }
  for _, option in ipairs(train_options.list) do
    wanted[option.name] = chosen[option.name]
  end
  return require("modsync.train").new(train_options.settings(wanted))
end

--[[ results ]]

local function history_csv(run, path)
  local columns = run:columns()
  local lines = { table.concat(columns, ",") }
  for i = 1, #(run.history.step or {}) do
    local row = {}
    for j, name in ipairs(columns) do row[j] = ("%.9g"):format(run.history[name][i]) end
    lines[#lines + 1] = table.concat(row, ",")
  end
  local file, message = io.open(path, "w")
  if not file then return nil, message end
  file:write(table.concat(lines, "\n"), "\n")
  return file:close()
end

local function summary(run, files)
  local lines = {
    ("%s, seed %d: %d steps in %s (%.0f steps/s), %d parameters"):format(run.problem.name,
      run.seed, run.step, ms.report.clock(run.seconds), run.steps_per_second,
      run.net.theta:size(1)),
  }
  if run.stopped ~= "finished" then
    lines[#lines + 1] = ("  stopped before step %d: %s"):format(run.steps, run.stopped)
  end
  if run.stopped == "interrupted" then
    lines[#lines + 1] = "  go on with modsync train --resume " .. run.checkpoint.path
  end
  for k, name in ipairs(run.values and run.losses.names or {}) do
    lines[#lines + 1] = ("  loss %-16s %.3e"):format(name, run.values:get(k))
  end
  for _, field in ipairs(run.fields) do
    local error_now = run.rel_l2[field]
    if error_now then
      lines[#lines + 1] = ("  relative L2 of %-6s %.3e"):format(field, error_now)
    end
  end
  for _, coefficient in ipairs(run.problem.parameters) do
    local value = run.net:coefficient(coefficient.name)
    local exact = coefficient.exact
    lines[#lines + 1] = ("  coefficient %-9s %.6g%s"):format(coefficient.name, value,
      exact and (" (true: %.6g, off by %.2f %%)"):format(exact,
        100 * math.abs(value / exact - 1)) or "")
  end
  if run.prune then
    lines[#lines + 1] = ("  zero weights %13.1f %%"):format(100 * run.sparsity)
  end
  for _, file in ipairs(files) do
    lines[#lines + 1] = ("  %-21s %s"):format(file[1], file[2])
  end
  return table.concat(lines, "\n") .. "\n"
end

--- "runs/helmholtz-1" or the checkpoint's folder, made if need be.
local function results_folder(run, chosen)
  local folder = chosen.out or chosen.resume and (chosen.resume:match("^(.*)/") or ".")
    or ("runs/%s-%d"):format(run.problem.name, run.seed)
  local made, message = ms.mkdir(folder)
  if not made then fail(message) end
  return folder
end

--- Files written after the run: { what, path } each. A file that fails is reported and
--- left out.
local function write_results(run, folder, chosen)
  local files = {}
  local function keep(what, path, write)
    local good, written, message = pcall(write, run, path)
    if good and written then
      files[#files + 1] = { what, path }
    else
      io.stderr:write("modsync train: no ", what, ": ", message or written, "\n")
    end
  end
  local checkpoint, saved_step = run.checkpoint.path, run.checkpoint.saved_step
  if saved_step and saved_step ~= run.step then
    checkpoint = ("%s (step %d)"):format(checkpoint, saved_step)
  end
  if saved_step then files[1] = { "checkpoint", checkpoint } end
  keep("history", folder .. "/history.csv", history_csv)
  if chosen.plot and picture.possible(run) then
    keep("fields", folder .. "/fields.svg", picture.fields)
  end
  if chosen.plot and #run.history.step > 1 then
    keep("losses", folder .. "/losses.svg", picture.history)
  end
  return files
end

local function report_mode(chosen)
  if chosen.quiet then return "quiet" end
  if chosen.verbose and not ms.isatty(io.stderr) then return "plain" end
end

-- What a run goes on with in place of what it had.
local changed = { "optimizer", "schedule", "conflict", "redraw" }

--- What else a checkpoint already holds cannot be asked for anew.
local function check_resume(given)
  local free = { resume = true, steps = true, out = true, threads = true, plot = true,
    ["checkpoint-every"] = true, json = true, quiet = true, verbose = true }
  for _, name in ipairs(changed) do free[name] = true end
  for name in pairs(given) do
    if not free[name] then
      fail(("--%s cannot be changed when a run is resumed"):format(name))
    end
  end
end

local function open_run(chosen, words, given)
  if chosen.threads then ms.threads(chosen.threads) end
  if not chosen.resume then return start(words[1], chosen) end
  check_resume(given)
  local run, message = ms.load(chosen.resume, {
    problem = words[1] and ms.problem(words[1]), -- where the checkpoint's own has moved
  })
  if not run then fail(message) end
  if run.threads ~= ms.threads() and not chosen.quiet then
    io.stderr:write(("modsync train: begun with %d threads, going on with %d: not to " ..
      "the last bit the same run\n"):format(run.threads, ms.threads()))
  end
  return run
end

local function main(arguments)
  local chosen, words, given = command.parse(options, arguments)
  if not chosen then fail(words .. "\nmodsync train --help lists the options") end
  if chosen.help then return print_help() end
  if #words > 1 then fail(("one problem at a time; what is '%s'?"):format(words[2])) end
  if #words == 0 and not chosen.resume then
    fail("which problem? usage: modsync train PROBLEM [options]; modsync --list problems")
  end
  local run = open_run(chosen, words, given)
  local folder = results_folder(run, chosen)
  local changes = {
    steps = chosen.resume and given.steps and chosen.steps, report = report_mode(chosen),
    checkpoint = { path = folder .. "/checkpoint.npz",
      every = chosen["checkpoint-every"] },
  }
  for _, name in ipairs(chosen.resume and changed or {}) do
    changes[name] = given[name] and chosen[name]
  end
  local done, message = run:resume(changes)
  if not done then fail(message) end
  local files = write_results(run, folder, chosen)
  if not chosen.quiet then io.write(summary(run, files)) end
  if chosen.json then io.write(ms.json.encode(train_options.results(run)), "\n") end
  if run.stopped == "diverged" then fail(run.message) end
  if run.stopped == "interrupted" then os.exit(130, true) end
end

command.run("train", main, arg)
