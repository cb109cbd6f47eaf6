#!/bin/sh
# modsync sweep from the shell: what has ended is kept and not done again, whatever
# happens to the cells, to the sweep, or to its file.
set -eu
# shellcheck disable=SC2086 # words of options
. tests/support/expect.sh
modsync=$1
scratch=$3
rm -rf "$scratch"/*
export scratch

# A cell leaves its mark, then does what it is told to.
cat >"$scratch/cells.lua" <<'END'
local scratch = os.getenv "scratch"
local function mark(name)
  local file <close> = io.open(scratch .. "/" .. name, "a")
  file:write "ran\n"
end
local function wait_for(name)
  while not io.open(scratch .. "/" .. name) do os.execute "sleep 0.05" end
end
local does = {
  fail = function() error "no luck" end,
  exit = function() os.exit(3, true) end,
  kill = function() os.execute "kill -9 $PPID" end,
  leave = function()
    print "good bye"
    os.exit(0, true)
  end,
  wait = function() wait_for "go" end,
  spin = function()
    mark "spinning"
    while not os.getenv "short" do end
  end,
  train = function(report)
    mark "training"
    require "modsync".train { problem = "poisson", net = { width = 4, depth = 1 },
      steps = os.getenv "short" and 2 or 100000000, report = report,
      losses = { residual = 16, boundary = 8 } }
  end,
}
return function(words)
  local cells = {}
  for i, word in ipairs(words) do cells[i] = { i = i, does = word } end
  return { name = "test", cells = cells, settings = { twice = true },
    run = function(cell, settings, report)
      mark("ran-" .. cell.i)
      if does[cell.does] and not os.getenv "good" then does[cell.does](report) end
      return { x = settings.twice and 2 * cell.i, list = { 1, 2, 3 } }
    end,
    tables = { { rows = "does", value = "x" } } }
end
END

# begin OUT: another sweep, with its results in $out; no cell has run.
begin() {
  out=$scratch/$1
  rm -f "$scratch"/ran-* "$scratch/go" "$scratch/training"
}
# sweep OPTION... -- WORD...
sweep() { "$modsync" sweep "$scratch/cells.lua" --out "$out" "$@"; }
# start OPTION... -- WORD...: the same, not waited for; its number is in $process.
start() {
  "$modsync" sweep "$scratch/cells.lua" --out "$out" "$@" >"$scratch/output" 2>&1 &
  process=$!
}
lines() { wc -l <"$out/cells.jsonl"; }
runs() { cat "$scratch"/ran-* | wc -l; }

expect 0 '^usage: modsync sweep FILE' "$modsync" sweep --help
expect 1 "there is no sweep 'nowhere'" "$modsync" sweep nowhere
expect 1 'which sweep' "$modsync" sweep
expect 0 '^189 cells: .* 189 to do$' "$modsync" sweep conflicts --list --out "$scratch/no"

# Broken cells are told and stop nothing, however they break.
begin a
words="-- a fail exit kill leave b"
more="$words new"
expect 1 '^6 cells: 2 done, 4 broken, 0 not' sweep --jobs 3 $words
expect 0 'i=2: broken: .*cells.lua:[0-9]*: no luck$' printf '%s\n' "$output"
expect 0 '^6$' lines
expect 0 '^6$' runs
expect 0 '"error":"its process ended with status 3 before' cat "$out/cells.jsonl"
expect 0 'status 137 .killed. before it had a result' cat "$out/cells.jsonl"
expect 0 'status 0 before .*; it printed.ngood bye' cat "$out/cells.jsonl"
expect 0 '^does,i,twice,cell_seconds,error,x$' cat "$out/cells.csv"
expect 0 '^.a,1,true,|^a,1,true,' cat "$out/cells.csv"
expect 0 '^\| fail +\| broken' cat "$out/tables.md"
expect 0 '^   4  broken does=kill i=4: its process' sweep --list $words
expect 0 '^\| b +\| 12 ' sweep --table $words

# What has ended is not done again; the broken are where that is asked for.
expect 1 '^6 cells: 2 done, 4 broken' sweep --jobs 2 $words
expect 1 '^$' sweep --quiet $words
expect 0 '^6$' runs
export good=1
expect 0 '^7 cells: 7 done, 0 broken' sweep --jobs 1 --retry $more
unset good
expect 0 '^11$' runs
expect 0 '^7 cells: 7 done, 0 broken' sweep $more
expect 0 '^11$' runs

# Half a line, as of a machine that died, is told; the cell is run again.
size=$(wc -c <"$out/cells.jsonl")
truncate -s $((size - 9)) "$out/cells.jsonl"
expect 0 'cells.jsonl: line 11 is left out, it ends half-way' \
  sweep $more
expect 0 '^12$' runs
expect 0 '^7 cells: 7 done, 0 broken, 0 to do' sweep --list $more

# The sweep is killed: what runs is still recorded, nothing more begins, and the next one
# does the rest.
begin b
start --jobs 2 -- wait wait a b
wait_for "$scratch/ran-1"
wait_for "$scratch/ran-2"
expect 1 'another sweep .process [0-9]*. is at work' sweep -- wait wait a b
kill -9 $process
wait $process || true
touch "$scratch/go"
wait_for "$out/cells.jsonl"
tries=0
while [ "$(lines)" -lt 2 ] && [ $tries -lt 200 ]; do
  sleep 0.05
  tries=$((tries + 1))
done
expect 0 '^4 cells: 2 done, 0 broken, 2 to do' sweep --list -- wait wait a b
expect 0 '^4 cells: 4 done' sweep -- wait wait a b
expect 0 '^4$' runs

# Ctrl-C: training ends after a step, what does not listen soon after it. Nothing of it
# is recorded, and the same command goes on.
begin c
start --jobs 2 -- train a spin b
wait_for "$scratch/training"
wait_for "$scratch/spinning"
kill -INT $process
status=0
wait $process || status=$?
expect 0 '^130$' echo "$status"
expect 0 '^4 cells: 1 done, 0 broken, 3 not finished' cat "$scratch/output"
expect 0 'go on with modsync sweep .* -- train a spin b$' cat "$scratch/output"
expect 0 '^1$' lines
export short=1
expect 0 '^4 cells: 4 done, 0 broken' sweep -- train a spin b
expect 0 '^6$' runs
expect 0 '^$' find "$out" -name 'cells.queue' -o -name 'cells.lock' -o -name '*.log'

finish
