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

# Help, and how to leave.
expect 0 'help, help "adam", help\(ms.train\).*exit leaves' typed ''
expect 0 '^help\(ms.train\)  ' typed 'help\n'
expect 0 '^> optimizer: adam$' typed 'help "adam"\n'
expect 0 '^> ms.train\(settings\)' typed 'help(ms.train)\n'
expect 0 '^> families ' typed 'help()\n'
expect 0 '^> families ' typed 'ms.help()\n'
expect 1 '^$' sh -c 'echo "ms.help()" | "$1" -i | grep "^file"' sh "$modsync"
for leave in exit quit 'exit()' 'quit()' 'for i = 1, 9 do exit() end'; do
  expect 0 '^> 1$' typed "1\n$leave\n2\n"
  expect 1 '^$' sh -c 'printf "$2\n2\n" | "$1" -i 2>&1 | grep "^> 2\|exit\$"' \
    sh "$modsync" "$leave"
done
expect 0 '^> mine$' sh -c 'echo "exit" | "$1" -i -e "exit = [[mine]]"' sh "$modsync"
expect 0 '^nil nil nil$' "$modsync" -e 'print(help, exit, quit)'

# What one asks for is readable.
expect 0 '^> \{ 1, 2, a = \{ b = "c" \} \}$' typed '{ 1, 2, a = { b = "c" } }\n'
expect 0 '^> optimizer adam \{ lr = 0.5 \}$' typed 'ms.optim.adam { lr = 0.5 }\n'
trian="modsync: stdin:1: ms has no 'trian'; did you mean 'train'\?"
expect 0 "$trian" typed 'ms.trian {}\n'

# The stack is left out where it would show the library only.
expect 1 '^$' sh -c 'printf "ms.trian {}\nms.train {}\nms.zeros()\n" | "$1" -i 2>&1 |
  grep traceback' sh "$modsync"
expect 0 'stack traceback' typed 'error {}\n'

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
  say 'ms.schedule.cosi\t{ from = 0.5 }\n' # Tab completes what is not loaded yet
  hear '^schedule cosine \{ from = 0.5 \}$'
  hear '^> $'
  # One list for all the matches of a Tab.
  say 'p = require "modsync.prompt"; complete, lists = p.complete, 0\n'
  say 'function p.complete(word) lists = lists + 1 return complete(word) end\n'
  say 't = { ab1 = 1, ab2 = 2, ab3 = 3 }\n'
  say 't.ab\t3\n'
  hear '^3$'
  say '"lists: " .. lists\n'
  hear '^lists: 1$'
  hear '^> $'
  say '\004'
  wait
  exec 3>&-
fi

finish
