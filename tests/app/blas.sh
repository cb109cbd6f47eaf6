#!/bin/sh
# The restart with better BLAS kernels: once, only where it helps, never against the user.
set -eu
. tests/support/expect.sh
modsync=$1
old_blas=${4:-}
unset OPENBLAS_CORETYPE MODSYNC_BLAS_CORE MODSYNC_BLAS_RESTARTED

# Prints the kernels in use, the ones picked first, and why.
cat >"$3/kernels.lua" <<'LUA'
local info = require "modsync.core".info()
print(info.blas_core, info.blas_first_core, info.blas_reason, ...)
LUA

expect 0 '^Haswell .*set by OPENBLAS_CORETYPE one$' \
  env OPENBLAS_CORETYPE=Haswell "$modsync" "$3/kernels.lua" one

has_avx512=$("$modsync" -e 'io.write(tostring(require "modsync.core".info().avx512))')
if [ -z "$old_blas" ] || [ "$has_avx512" != true ]; then
  echo "the restart itself is not tested here: no AVX-512, or a build with sanitizers"
  finish
  exit
fi
expect 0 '^SkylakeX Haswell OpenBLAS chose Haswell; restarted .* one two$' \
  env LD_PRELOAD="$old_blas" "$modsync" "$3/kernels.lua" one two
expect 0 '^Haswell Haswell .*SkylakeX would be faster$' \
  env LD_PRELOAD="$old_blas" MODSYNC_BLAS_CORE=keep "$modsync" "$3/kernels.lua"
expect 0 '^Haswell Haswell set by OPENBLAS_CORETYPE$' \
  env LD_PRELOAD="$old_blas" OPENBLAS_CORETYPE=Haswell "$modsync" "$3/kernels.lua"
expect 0 '^Haswell Haswell this OpenBLAS has no SkylakeX kernels$' \
  env LD_PRELOAD="$old_blas" OLD_BLAS_STUBBORN=1 "$modsync" "$3/kernels.lua"

finish
