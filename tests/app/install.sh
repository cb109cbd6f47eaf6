#!/bin/sh
# An installation works from where it was put, moved too, and serves a stock Lua.
set -eu
. tests/support/expect.sh
build=$2
rm -rf "$3/prefix" "$3/moved"
unset MODSYNC_HOME

cmake --install "$build" --prefix "$3/prefix" >"$3/install.log"
mv "$3/prefix" "$3/moved"
prefix=$3/moved

for file in bin/modsync lib/lua/5.4/modsync/core.so share/man/man1/modsync.1 \
  share/lua/5.4/modsync/meta/tensor.lua; do
  expect_file "$prefix/$file"
done
expect_file "$(find "$prefix" -name LICENSE)"

cat >"$3/home.lua" <<'LUA'
print(require "modsync.core".home)
local ms = require "modsync"
print(ms ~= nil, package.searchpath("modsync", package.path))
assert(ms.problem "poisson".name == "poisson")
LUA
cd /
expect 0 "^$prefix/share/modsync\$" "$prefix/bin/modsync" "$3/home.lua"
module=$prefix/share/lua/5.4/modsync/init.lua
expect 0 "^true $module\$" "$prefix/bin/modsync" "$3/home.lua"
expect 0 '^BLAS kernels' "$prefix/bin/modsync" --info

expect 0 '^optimizers:' "$prefix/bin/modsync" --list optimizers
expect 0 '^ *paper: ' "$prefix/bin/modsync" --help adam
expect 0 '"problem":"poisson"' "$prefix/bin/modsync" train poisson --width 4 --depth 2 \
  --steps 2 --no-plot --json --out "$3/run"
expect_file "$3/run/checkpoint.npz"

# A module with sanitizers needs their runtime in the interpreter.
core=$prefix/lib/lua/5.4/modsync/core.so
if command -v lua5.4 >/dev/null 2>&1 && ! grep -q __asan_init "$core"; then
  LUA_PATH="$prefix/share/lua/5.4/?.lua;$prefix/share/lua/5.4/?/init.lua"
  LUA_CPATH="$prefix/lib/lua/5.4/?.so"
  export LUA_PATH LUA_CPATH
  expect 0 "^$prefix/share/modsync\$" lua5.4 "$3/home.lua"
  expect 0 "^true $module\$" lua5.4 "$3/home.lua"
fi

finish
