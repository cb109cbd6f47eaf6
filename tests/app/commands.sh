#!/bin/sh
# The command line: options, scripts, arguments, exit statuses.
set -eu
. tests/support/expect.sh
modsync=$1
scratch=$3

expect 0 '^modsync [0-9]+\.[0-9]+\.[0-9]+$' "$modsync" --version
expect 0 '^usage: modsync ' "$modsync" --help
expect 0 '^BLAS kernels +[A-Za-z]+' "$modsync" --info
expect 0 'modsync bench \[--json\]' "$modsync" bench --help
expect 2 'unknown option --nonsense' "$modsync" --nonsense
expect 2 'code is missing after -e' "$modsync" -e
expect 2 "no file 'nonsense'" "$modsync" nonsense

expect 0 '^3$' "$modsync" -e 'print(1 + 2)'
expect 0 '^1 2$' "$modsync" -e 'x = 1' -e 'io.write(x, " ", 2, "\n")'
expect 0 '^$' "$modsync" -e 'return 1'
expect 1 'command line\):1: boo' "$modsync" -e 'error "boo"'
expect 1 'stack traceback' "$modsync" -e 'error "boo"'
expect 1 'table value' "$modsync" -e 'error {}'
expect 1 "unexpected symbol near '='" "$modsync" -e 'x = = 1'
expect 7 '^$' "$modsync" -e 'os.exit(7)'
expect 0 '^true$' "$modsync" -e 'print(package.loaded["modsync.core"] == nil)'

cat >"$scratch/script.lua" <<'LUA'
print(arg[0]:match "[^/]*$", #arg, ...)
assert(arg[-1] and require "modsync.core".version)
LUA
expect 0 '^script.lua 2 a b c$' "$modsync" "$scratch/script.lua" a 'b c'
expect 0 '^script.lua 1 -e$' "$modsync" "$scratch/script.lua" -e
expect 0 '^script.lua 0$' "$modsync" -- "$scratch/script.lua"
expect 0 '^1$' "$modsync" -e 'print(1)' "$scratch/script.lua"
expect 0 '^script.lua 0$' "$modsync" -e 'print(1)' "$scratch/script.lua"
# shellcheck disable=SC2016
expect 0 '^- x$' sh -c 'echo "print(arg[0], ...)" | "$1" - x' sh "$modsync"
# shellcheck disable=SC2016
expect 0 '^42$' sh -c 'echo "print(6 * 7)" | "$1"' sh "$modsync"

# A file of the current folder comes before a script of ours; MODSYNC_HOME names another
# home.
home=$scratch/home
mkdir -p "$home/scripts" "$home/problems" "$home/lua"
echo 'print("ours", arg[0] == require "modsync.core".home .. "/scripts/greet.lua", ...)' \
  >"$home/scripts/greet.lua"
expect 0 '^ours true you$' env MODSYNC_HOME="$home" "$modsync" greet you
mkdir -p "$scratch/here"
echo 'print("here")' >"$scratch/here/greet"
# shellcheck disable=SC2016
expect 0 '^here$' env MODSYNC_HOME="$home" sh -c 'cd "$2" && "$1" greet' sh \
  "$modsync" "$scratch/here"

finish
