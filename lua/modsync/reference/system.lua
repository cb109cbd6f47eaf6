-- src/luabind/system.c, debug.c, and what core.c adds

return {
  functions = {
    { "info", "(): table<string, any>",
      "What runs here: BLAS kernels and why, SIMD, threads, caches, versions.",
      "ms.info()" },
    { "time", "(): number", "Seconds of a clock that only moves forward.", "ms.time()" },
    { "isatty", "(file: file*|integer): boolean",
      "Whether a file (or file number) is a terminal.", "ms.isatty(io.stderr)" },
    { "interrupted", "(): boolean", "Whether Ctrl-C was pressed under the guard.",
      "ms.interrupted()" },
    { "guard", "(on: boolean): boolean",
      "While on, the first Ctrl-C only shows in interrupted(); returns what it was.",
      "ms.guard(false)" },
  },
  fields = {
    { "version", "string", "of this library" },
    { "home?", "string", "the folder of problems/ and scripts/" },
    { "debug", "modsync.core_debug", "for tests: what is alive, memory that fails" },
  },
  tables = {
    { name = "core_debug", text = "core.debug: what is alive, and memory that fails.",
      path = "debug",
      functions = {
        { "live_blocks", "(): integer", "Memory blocks of the engine in use.",
          "ms.debug.live_blocks()" },
        { "live_bytes", "(): integer", "Their bytes.", "ms.debug.live_bytes()" },
        { "fail_after", "(n: integer)",
          "The n-th allocation of the engine from now on fails, and all later; 0: none.",
          "ms.debug.fail_after(0)" },
        { "lua_fail_after", "(n: integer)", "The same for the interpreter.",
          "ms.debug.lua_fail_after(0)" },
        { "collect_always", "(on: boolean)",
          "A full collection at every allocation of the interpreter.",
          "ms.debug.collect_always(false)" },
        { "stream", "(loop: \"copy\"|\"triad\"|\"update\"|\"read\", a: tensor, b: tensor, "
            .. "c: tensor)", "Runs a plain loop over memory once, for measurements.",
          "ms.debug.stream('triad', t, t, t)" },
        { "dgemm", "(a: tensor, b: tensor, c: tensor)",
          "c = a b of square matrices in one call of BLAS, for measurements.",
          "ms.debug.dgemm(ms.eye(2), ms.eye(2), ms.eye(2))" },
        { "interrupt", "(): boolean", "What the signal handler does at Ctrl-C.",
          "{ ms.guard(true), ms.debug.interrupt(), ms.guard(false) }" },
      } },
  },
}
