#!/bin/sh
# Everything that must hold: the release build with all tests, the same under the
# sanitizers, and a build by clang with warnings as errors. The last line counts the
# tests.
set -eu
cd "$(dirname "$0")/.."

status=0
logs=

# stage PRESET: build it and run its tests.
stage() {
  echo "== $1"
  sh scripts/build.sh "$1"
  log=build/$1/tests.log
  ctest --preset "$1" --output-log "$log" || status=1
  logs="$logs $log"
}

sh scripts/setup.sh
stage release
stage sanitize
if command -v clang >/dev/null 2>&1; then
  echo "== ci-clang"
  sh scripts/build.sh ci-clang
fi

# The list of logs is words to be split.
# shellcheck disable=SC2086
awk '/tests failed out of/ { passed += $(NF) - $4; failed += $4 }
  END { printf "%d passed, %d failed\n", passed, failed }' $logs
exit $status
