#!/bin/sh
# sh scripts/build.sh [PRESET]: configures and builds a preset of CMakePresets.json
# (release).
set -eu
cd "$(dirname "$0")/.."
preset=${1:-release}

# The presets name Ninja; where it is missing, make does.
generator=
if ! command -v ninja >/dev/null 2>&1; then generator="-GUnix Makefiles"; fi
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

mkdir -p "build/$preset"
log=build/$preset/build.log

# At a terminal the build shows its progress; elsewhere only what went wrong.
quietly() {
  if [ -t 1 ]; then
    "$@"
  elif "$@" >"$log" 2>&1; then
    grep -A 5 'warning:' "$log" || true
  else
    cat "$log" >&2
    exit 1
  fi
}

quietly cmake --preset "$preset" ${generator:+"$generator"}
quietly cmake --build --preset "$preset" --parallel "$jobs"
echo "built: build/$preset"
