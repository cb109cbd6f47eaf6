#!/bin/sh
# modsync train from the shell: its result line, its files, Ctrl-C, and a mistake.
set -eu
. tests/support/expect.sh
modsync=$1
scratch=$3
rm -rf "$scratch"/run-*

small="--width 8 --depth 2 --points residual=64,boundary=32 --no-plot"

# train OUT OPTION...: a small run.
train() {
  out=$scratch/run-$1
  shift
  # shellcheck disable=SC2086
  "$modsync" train poisson $small --out "$out" "$@"
}

expect 0 '^usage: modsync train PROBLEM' "$modsync" train --help
expect 0 '^\{.*"problem":"poisson".*\}$' train a --steps 20 --seed 3 --json
for key in problem seed steps seconds steps_per_second losses rel_l2 params sparsity \
  threads; do
  expect 0 "\"$key\":" printf '%s\n' "$output"
done
expect_file "$scratch/run-a/checkpoint.npz"

# The same seed and threads: the same bytes. Another seed: others.
train b --steps 20 --seed 3 --quiet
train c --steps 20 --seed 4 --quiet
expect 0 '' cmp "$scratch/run-a/checkpoint.npz" "$scratch/run-b/checkpoint.npz"
expect 1 'differ' cmp "$scratch/run-a/checkpoint.npz" "$scratch/run-c/checkpoint.npz"

# Ctrl-C ends the run after a step, in good order.
# shellcheck disable=SC2086
"$modsync" train poisson $small --out "$scratch/run-d" --steps 10000000 --json \
  >"$scratch/output" 2>&1 &
process=$!
sleep 1
kill -INT $process
status=0
wait $process || status=$?
expect 0 '^130$' echo "$status"
expect 0 '"stopped":"interrupted"' cat "$scratch/output"
expect_file "$scratch/run-d/checkpoint.npz"

expect 1 "poison" "$modsync" train poison --steps 1
expect 1 'steps' "$modsync" train poisson --steps many

finish
