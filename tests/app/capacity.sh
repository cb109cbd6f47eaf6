#!/bin/sh
# The capacity experiment in its quick size: every run ends, and the report has a table of
# every arm and a verdict on every hypothesis.
set -eu
. tests/support/expect.sh
modsync=$1
scratch=$3
rm -rf "$scratch"/*
out=$scratch/quick

expect 1 'which size\?' "$modsync" scripts/capacity.lua
expect 0 '^usage: modsync scripts/capacity.lua' "$modsync" scripts/capacity.lua --help
expect 0 '^174 of 174 runs have ended, 0 are broken' \
  "$modsync" scripts/capacity.lua --quick --quiet --out "$out"
for hypothesis in H1 H2 H3 H4 price; do
  expect 0 "^\| $hypothesis \| helmholtz \| [a-z ]* \| dcgd \| .*[36] pairs" \
    cat "$out/report.md"
done
expect 0 '^\| helmholtz \| dcgd \| 32 \| [0-9n]' cat "$out/report.md"
expect 0 '^- helmholtz, dcgd: too few \(6 runs\)' cat "$out/report.md"
for arm in collapse healthy 'more points' 'narrow start' overfit; do
  expect 0 "^helmholtz, $arm: median of rel_l2" cat "$out/report.md"
done
expect 0 '^poisson_harmonic, overfit: median of rel_l2' cat "$out/report.md"
for plot in width cosine overlap tv_excess coupling; do expect_file "$out/$plot.svg"; done

# Nothing is run twice.
before=$(cksum <"$out/cells.jsonl")
expect 0 '^174 of 174 runs' "$modsync" scripts/capacity.lua --quick --quiet --out "$out"
expect 0 "^$before\$" sh -c 'cksum <"$1"' sh "$out/cells.jsonl"

finish
