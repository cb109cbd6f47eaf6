#!/bin/sh
# Ctrl-C: an error where code runs freely, a flag under the guard, and always a way out.
set -eu
. tests/support/expect.sh
modsync=$1
scratch=$3

# interrupt CODE PRESSES: runs the code, which makes $ready when it has begun, and sends
# as many interrupts. Leaves the exit status in $status and the output in $scratch/output.
interrupt() {
  export ready="$scratch/ready"
  rm -f "$ready"
  "$modsync" -e "
    local core = require 'modsync.core'
    local function begin() io.open(os.getenv 'ready', 'w'):close() end
    $1" >"$scratch/output" 2>&1 &
  process=$!
  wait_for "$ready"
  presses=$2
  while [ "$presses" -gt 0 ]; do
    sleep 0.1
    kill -INT $process 2>/dev/null || true
    presses=$((presses - 1))
  done
  status=0
  wait $process || status=$?
}

interrupt 'begin() while true do end' 1
expect 0 'interrupted' cat "$scratch/output"
expect 0 '^130$' echo "$status"

interrupt 'core.guard(true) begin()
  while not core.interrupted() do end
  print("seen", core.guard(false), core.interrupted())' 1
expect 0 '^seen true false$' cat "$scratch/output"
expect 0 '^0$' echo "$status"

# The second press gets through the guard.
interrupt 'core.guard(true) begin() while true do end' 2
expect 0 'interrupted' cat "$scratch/output"
expect 0 '^130$' echo "$status"

# A hook of the main thread does not reach a coroutine: the next press ends the process.
interrupt 'begin() coroutine.wrap(function() while true do end end)()' 2
expect 0 '^130$' echo "$status"

# Neither does an error reach out of a loop that swallows it, but not for ever.
interrupt 'begin() while true do pcall(function() while true do end end) end' 5
expect 0 '^130$' echo "$status"

# The error can be caught, and the program goes on.
interrupt 'begin() print(pcall(function() while true do end end)) print "on"' 1
expect 0 '^on$' cat "$scratch/output"
expect 0 '^0$' echo "$status"

finish
