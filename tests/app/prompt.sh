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

if script -qec true /dev/null >/dev/null 2>&1; then
  {
    printf 'while true do end\n'
    sleep 0.5
    printf '\003'
    sleep 0.5
    printf 'print(6 * 7)\n'
    sleep 0.3
    printf 'half a li\003'
    sleep 0.3
    printf '"ali" .. "ve"\n'
    sleep 0.3
    printf '\004'
    sleep 0.3
  } | script -qec "$modsync" /dev/null >"$scratch/terminal"
  tr -d '\r' <"$scratch/terminal" >"$scratch/output"
  expect 0 'interrupted' cat "$scratch/output"
  expect 0 '^42$' cat "$scratch/output"
  expect 0 '^alive$' cat "$scratch/output"
fi

finish
