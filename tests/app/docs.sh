# The meta files are as the records and the reference say; help on the command line.
set -eu
. tests/support/expect.sh
modsync=$1
scratch=$3
meta=$scratch/meta
rm -rf "$meta"

expect 0 '^$' "$modsync" docs --check
expect 1 "what is 'it'" "$modsync" docs it
expect 1 'unknown option --chek; did you mean --check' "$modsync" docs --chek
expect 0 '^usage: modsync docs' "$modsync" docs --help

expect 1 'is out of date \(.*tensor.lua.*\): run modsync docs' \
  "$modsync" docs --check --out "$meta"
expect 0 "wrote $meta/tensor.lua" "$modsync" docs --out "$meta"
expect 0 '^$' "$modsync" docs --out "$meta"
expect 0 '^$' "$modsync" docs --check --out "$meta"
for file in "$meta"/*.lua; do
  expect 0 '^true$' "$modsync" -e "print(loadfile '$file' ~= nil)"
done

echo 'return 1' >"$meta/stray.lua"
echo '-- changed' >>"$meta/rng.lua"
expect 1 'out of date \(rng.lua, stray.lua\)' "$modsync" docs --check --out "$meta"
expect 0 "^removed $meta/stray.lua\$" "$modsync" docs --out "$meta"
expect 0 '^$' "$modsync" docs --check --out "$meta"

expect 0 '^families ' "$modsync" --list
expect 0 '^ops:$' "$modsync" --list ops
expect 2 "unknown family 'opz'; did you mean 'ops'" "$modsync" --list opz
expect 0 '^tensor:narrow\(axis, first, count\) -> tensor' "$modsync" --help tensor.narrow
expect 0 'term_description' "$modsync" --help problem
expect 2 "'helmholz'; did you mean 'helmholtz'" "$modsync" --help helmholz

finish
