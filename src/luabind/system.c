#define _POSIX_C_SOURCE 200809L

#include "luabind/system.h"

#include "base/cpu.h"
#include "base/vmath.h"
#include "linalg/blas_info.h"
#include "luabind/binding.h"
#include "luabind/debug.h"

#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* {===== Ctrl-C ===== */

/*
** Shared with the signal handler: presses that wait for an answer, whether the guard is
** held, and how many errors were raised. Code that catches errors in a loop may swallow
** them, but not for ever.
*/
static volatile sig_atomic_t presses, guarded, raised;

enum { MOST_RAISED = 3 };

static void stop(lua_State *L, lua_Debug *record) {
  (void)record;
  lua_sethook(L, NULL, 0, 0);
  presses = 0;
  raised = raised + 1;
  lb_error(L, "interrupted");
}

/* lua_sethook is one of the few functions of Lua that a signal handler may call. */
int lb_interrupt(lua_State *L) {
  int needed = guarded ? 2 : 1;
  presses = presses + 1;
  if (presses > needed || raised >= MOST_RAISED) return 0;
  if (presses == needed)
    lua_sethook(L, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
  return 1;
}

void lb_interrupt_clear(lua_State *L) {
  lua_sethook(L, NULL, 0, 0);
  presses = guarded = raised = 0;
}

int lb_interrupt_raised(void) {
  return raised;
}

/* core.interrupted(): whether Ctrl-C was pressed under the guard. */
static int interrupted(lua_State *L) {
  lua_pushboolean(L, presses > 0);
  return 1;
}

/* core.guard(on) returns what it was. Leaving the guard forgets the press it caught. */
static int guard(lua_State *L) {
  int before = guarded;
  lb_check_type(L, 1, LUA_TBOOLEAN);
  guarded = lua_toboolean(L, 1);
  if (before && !guarded) presses = 0;
  lua_pushboolean(L, before);
  return 1;
}

/* ===== */

const char *lb_blas_core(void) {
  return ms_blas_core();
}

const char *lb_blas_better_core(void) {
  return ms_blas_better_core(ms_blas_core(), ms_cpu_has_avx512());
}

/* core.time(): seconds of a clock that only moves forward. */
static int monotonic_time(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (lua_Number)now.tv_sec + 1e-9 * (lua_Number)now.tv_nsec);
  return 1;
}

/* core.isatty(file or number): whether it is a terminal. */
static int is_terminal(lua_State *L) {
  luaL_Stream *stream = luaL_testudata(L, 1, LUA_FILEHANDLE);
  lua_Integer number;
  if (stream != NULL) {
    lb_arg_check(L, stream->closef != NULL, 1, "the file is closed");
    lua_pushboolean(L, isatty(fileno(stream->f)));
    return 1;
  }
  if (!lua_isinteger(L, 1)) lb_type_error(L, 1, "open file or file number");
  number = lua_tointeger(L, 1);
  lua_pushboolean(L, number >= 0 && number < 1024 && isatty((int)number));
  return 1;
}

/* {===== core.info ===== */

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, size_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

/*
** One sentence on why these kernels run; 'first' is the choice before a restart, or NULL.
*/
static void push_core_reason(lua_State *L, const char *first) {
  const char *better = lb_blas_better_core();
  const char *wish = getenv("OPENBLAS_CORETYPE");
  if (first != NULL && better != NULL)
    lua_pushfstring(L, "this OpenBLAS has no %s kernels", better);
  else if (first != NULL)
    lua_pushfstring(L, "OpenBLAS chose %s; restarted with better ones", first);
  else if (wish != NULL && *wish != '\0')
    lua_pushliteral(L, "set by OPENBLAS_CORETYPE");
  else if (better != NULL)
    lua_pushfstring(L, "chosen by OpenBLAS, but %s would be faster", better);
  else
    lua_pushliteral(L, "chosen by OpenBLAS");
}

/*
** core.info(): facts of this run in a table. Its upvalue is the core table, whose
** 'threads' is defined by another part.
*/
static int info(lua_State *L) {
  const char *first = getenv(LB_RESTARTED);
  char version[64];
  lua_newtable(L);
  set_string(L, "version", MODSYNC_VERSION);
  set_string(L, "blas_core", ms_blas_core());
  push_core_reason(L, first);
  lua_setfield(L, -2, "blas_reason");
  set_string(L, "blas_first_core", first != NULL ? first : ms_blas_core());
  ms_blas_version(sizeof version, version);
  set_string(L, "openblas", version);
  set_string(L, "lua", LUA_RELEASE);
  set_string(L, "simd", ms_cpu_simd());
  set_string(L, "vector_maths", ms_vmath_name());
  set_integer(L, "l2_bytes", ms_cpu_l2_bytes());
  set_integer(L, "processors", (size_t)ms_cpu_count());
  lua_pushboolean(L, ms_cpu_has_avx512());
  lua_setfield(L, -2, "avx512");
#if defined(__clang__)
  set_string(L, "compiler", "clang " __clang_version__);
#elif defined(__GNUC__)
  set_string(L, "compiler", "gcc " __VERSION__);
#endif
  if (lua_getfield(L, lua_upvalueindex(1), "threads") == LUA_TFUNCTION) {
    lua_call(L, 0, 1); /* info, threads */
    lua_setfield(L, -2, "threads");
  } else {
    lua_pop(L, 1);
  }
  return 1;
}

/* ===== */

static const luaL_Reg functions[] = {
  {"interrupted", interrupted},
  {"guard", guard},
  {"time", monotonic_time},
  {"isatty", is_terminal},
  {NULL, NULL},
};

void lb_open_system(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, info, 1); /* core, info */
  lua_setfield(L, -2, "info");
  lb_open_debug(L);
  lua_pushliteral(L, MODSYNC_VERSION);
  lua_setfield(L, -2, "version");
}
