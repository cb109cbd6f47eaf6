#!/bin/sh
# The prompt: through a pipe, and at a terminal where script(1) can make one.
set -eu
. tests/support/expect.sh
modsync=$1
scratch=$3
export MODSYNC_HISTORY=

# typed TEXT: what the prompt answers to these lines. printf makes the newlines.
typed() {
  # shellcheck disable=SC2059
  printf "$1" | "$modsync" -i
}

expect 0 '^modsync .* kernels' typed ''
expect 0 '^> 3$' typed '1 + 2\n'
expect 0 '^> 1 nil x$' typed '1, nil, "x"\n'
expect 0 '^> >> >> 10$' typed 'for i = 1, 1 do\nprint(i * 10)\nend\n'
expect 0 '^> > 5$' typed 'x = 5\nx\n'
expect 0 'stdin:1: boo' typed 'error "boo"\n'
expect 0 '^> still here$' typed 'error "boo"\nprint "still here"\n'
expect 0 "unexpected symbol near '='" typed 'x = = 1\n'
expect 0 "unexpected symbol near '\)'" typed ')\n'
expect 0 '^> [0-9]+\.[0-9]+' typed 'require "modsync.core".version\n'

# After a script, even one that failed, and with what it left behind.
expect 0 '^> 7$' sh -c 'echo "y + 1" | "$1" -i -e "y = 6"' sh "$modsync"
expect 0 '^> 7$' sh -c 'echo "y + 1" | "$1" -i -e "y = 6 error()"' sh "$modsync"

# At a terminal every line waits for the answer to the one before: a machine under load
# is slow, not wrong.
say() {
  # shellcheck disable=SC2059
  printf "$1" >&3
}

hear() {
  tries=0
  while ! tr -d '\r' <"$scratch/terminal" | grep -Eq -e "$1" && [ $tries -lt 400 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  tr -d '\r' <"$scratch/terminal" >"$scratch/output"
  expect 0 "$1" cat "$scratch/output"
}

if script -qec true /dev/null >/dev/null 2>&1; then
  rm -f "$scratch/keys"
  mkfifo "$scratch/keys"
  : >"$scratch/terminal"
  script -qec "$modsync" /dev/null <"$scratch/keys" >"$scratch/terminal" &
  exec 3>"$scratch/keys"
  hear '^> $'
  say 'print("loo" .. "ping") while true do end\n'
  hear '^looping'
  say '\003'
  hear 'interrupted'
  hear '^> $'
  say 'print(6 * 7)\n'
  hear '^42$'
  hear '^> $'
  say 'half a li'
  hear 'half a li'
  say '\003'
  hear '^> $'
  say '"ali" .. "ve"\n'
  hear '^alive$'
  hear '^> $'
  say '\004'
  wait
  exec 3>&-
fi

finish
