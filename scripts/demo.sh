#!/bin/sh
# From a fresh clone to a trained network: installs what is missing, builds, and trains a
# network on the Helmholtz equation.
set -eu
cd "$(dirname "$0")/.."

# The run: what to train, how, and for how long.
PROBLEM=helmholtz
OPTIONS="--conflict dcgd --prune modsync-p --steps 10000 --seed 1"

sh scripts/setup.sh
sh scripts/build.sh release

# The options are words to be split.
# shellcheck disable=SC2086
build/release/bin/modsync train $PROBLEM $OPTIONS --out runs/demo "$@"

echo
for file in runs/demo/*.svg runs/demo/*.png; do
  if [ -f "$file" ]; then echo "picture     $file"; fi
done
for file in runs/demo/*.npz; do
  if [ -f "$file" ]; then echo "checkpoint  $file (numpy.load reads it)"; fi
done
