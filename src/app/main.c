/*
** The program: an interpreter of Lua that knows modsync. See modsync.1 for the command
** line.
*/
#define _POSIX_C_SOURCE 200809L

#include "app/app.h"
#include "app/info.h"
#include "app/repl.h"
#include "app/restart.h"
#include "app/run.h"
#include "app/signals.h"
#include "luabind/core.h"
#include "luabind/debug.h"
#include "luabind/home.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
  "usage: modsync [options] [FILE | COMMAND | -] [arguments]\n"
  "\n"
  "  modsync                   a prompt\n"
  "  modsync FILE ...          runs a Lua file; '-' is the standard input\n"
  "  modsync COMMAND ...       runs scripts/COMMAND.lua: train, sweep, bench, ...\n"
  "\n"
  "  -e CODE                   runs CODE (before FILE, if there is one)\n"
  "  -i                        the prompt after FILE or CODE\n"
  "  --list [FAMILY]           all families, or one: optimizers, problems, types ...\n"
  "  --help [NAME]             this text, or what is known about NAME\n"
  "  --info                    BLAS kernels, SIMD, threads, versions\n"
  "  --version\n";

typedef struct options {
  int prompt; /* -i */
  int codes;  /* how many -e */
  int first;  /* index in argv of what follows the options */
} options;

static lb_home home;

/*
** package.path: our files, then whatever was there, then tests.support.* of the source
** tree.
*/
static void set_paths(lua_State *L) {
  lua_getglobal(L, "package");
  if (home.data[0] != '\0') {
    lua_getfield(L, -1, "path"); /* package, path */
    lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s;%s/?.lua", home.lua, home.lua,
                    lua_tostring(L, -1), home.data);
    lua_setfield(L, -3, "path");
    lua_pop(L, 1);
    lua_pushstring(L, home.data);
    lua_setfield(L, LUA_REGISTRYINDEX, LB_HOME_KEY);
  }
  lua_getfield(L, -1, "preload"); /* package, preload */
  lua_pushcfunction(L, luaopen_modsync_core);
  lua_setfield(L, -2, "modsync.core");
  lua_pop(L, 2);
}

/* __index of the globals under -e: 'ms' is loaded when it is first used. */
static int lazy_global(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING || strcmp(lua_tostring(L, 2), "ms") != 0) return 0;
  lua_pushnil(L);
  lua_setmetatable(L, 1);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "modsync");
  lua_call(L, 1, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, 1, "ms");
  return 1;
}

static void make_ms_lazy(lua_State *L) {
  lua_pushglobaltable(L);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, lazy_global);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

static int is_file(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && !S_ISDIR(about.st_mode);
}

/* The path of scripts/name.lua, if there is one. */
static int find_command(const char *name, char *path) {
  int length;
  if (strchr(name, '/') != NULL || home.data[0] == '\0') return 0;
  length = snprintf(path, LB_PATH_MAX, "%s/scripts/%s.lua", home.data, name);
  return length > 0 && length < LB_PATH_MAX && is_file(path);
}

/* Runs argv[at] as a file, or as the name of a script of ours. */
static int run_named(lua_State *L, int argc, char **argv, int at) {
  char path[LB_PATH_MAX];
  run_set_arg(L, argc, argv, at);
  if (strcmp(argv[at], "-") == 0) return run_file(L, NULL);
  if (is_file(argv[at])) return run_file(L, argv[at]);
  if (!find_command(argv[at], path)) {
    fprintf(stderr, "modsync: there is no file '%s', and no command of that name in %s\n",
            argv[at], home.data[0] != '\0' ? home.data : "MODSYNC_HOME");
    return EXIT_USAGE;
  }
  lua_getglobal(L, "arg");
  lua_pushstring(L, path);
  lua_rawseti(L, -2, 0);
  lua_pop(L, 1);
  return run_file(L, path);
}

/*
** Prints modsync.help's name(argument), a text; or nil and a message, for standard error.
*/
static int call_help(lua_State *L, const char *name, const char *argument) {
  int status;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "modsync.help");
  status = run_call(L, 1, 1);
  if (status != LUA_OK) return run_report(L, status);
  lua_getfield(L, -1, name);
  lua_pushstring(L, argument);
  status = run_call(L, 1, 2); /* text, message */
  if (status != LUA_OK) return run_report(L, status);
  if (lua_isstring(L, -2)) {
    fputs(lua_tostring(L, -2), stdout);
    return EXIT_DONE;
  }
  fprintf(stderr, "modsync: %s\n", luaL_tolstring(L, -1, NULL));
  return EXIT_USAGE;
}

static int bad_usage(const char *problem, const char *what) {
  fprintf(stderr, "modsync: %s %s\nmodsync --help lists the options.\n", problem, what);
  return EXIT_USAGE;
}

/* Options that answer and end. Returns -1 when argv[1] is none of them. */
static int answer(lua_State *L, int argc, char **argv) {
  const char *word = argc > 1 ? argv[1] : "", *more = argc > 2 ? argv[2] : NULL;
  if (strcmp(word, "--version") == 0) return puts("modsync " MODSYNC_VERSION), EXIT_DONE;
  if (strcmp(word, "--list") == 0) return call_help(L, "list", more);
  if (strcmp(word, "--help") == 0 && more != NULL) return call_help(L, "show", more);
  if (strcmp(word, "--help") == 0) return fputs(usage, stdout), EXIT_DONE;
  if (strcmp(word, "--info") == 0) {
    lua_pushcfunction(L, info_print);
    return run_report(L, run_call(L, 0, 0));
  }
  return -1;
}

/* Fills 'found'; an exit status when the command line is wrong, EXIT_DONE otherwise. */
static int parse(int argc, char **argv, options *found) {
  int i = 1;
  for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
    if (strcmp(argv[i], "--") == 0) {
      i++;
      break;
    }
    if (strcmp(argv[i], "-i") == 0) {
      found->prompt = 1;
    } else if (strcmp(argv[i], "-e") == 0) {
      if (++i == argc) return bad_usage("code is missing after", "-e");
      found->codes++;
    } else {
      return bad_usage("unknown option", argv[i]);
    }
  }
  found->first = i;
  return EXIT_DONE;
}

static int run_codes(lua_State *L, int argc, char **argv, const options *found) {
  int status = EXIT_DONE;
  run_set_arg(L, argc, argv, found->first < argc ? found->first : 0);
  make_ms_lazy(L);
  for (int i = 1; i < found->first && status == EXIT_DONE; i++)
    if (strcmp(argv[i], "-e") == 0) status = run_text(L, argv[++i]);
  return status;
}

static int prompt(lua_State *L) {
  lua_pushcfunction(L, info_banner);
  run_report(L, run_call(L, 0, 0));
  repl_run(L);
  return EXIT_DONE;
}

static int execute(lua_State *L, int argc, char **argv) {
  options found = {0};
  int status = parse(argc, argv, &found), idle = found.codes == 0 && found.first >= argc;
  if (status != EXIT_DONE) return status;
  if (idle) run_set_arg(L, argc, argv, 0);
  if (idle && !found.prompt && !isatty(STDIN_FILENO)) return run_file(L, NULL);
  if (found.codes > 0) status = run_codes(L, argc, argv, &found);
  if (status == EXIT_DONE && found.first < argc)
    status = run_named(L, argc, argv, found.first);
  return found.prompt || idle ? prompt(L) : status;
}

/* Lua function (argc, argv) -> exit status. */
static int run_program(lua_State *L) {
  int argc = (int)lua_tointeger(L, 1), status;
  char **argv = lua_touserdata(L, 2);
  lua_settop(L, 0);
  luaL_openlibs(L);
  set_paths(L);
  signals_watch(L);
  status = answer(L, argc, argv);
  if (status < 0) status = execute(L, argc, argv);
  lua_pushinteger(L, status);
  return 1;
}

/* At exit, when the tests ask for it: by then the interpreter must have released all. */
static void check_leaks(void) {
  size_t blocks = lb_live_blocks();
  if (blocks == 0) return;
  fprintf(stderr, "modsync: %zu blocks of memory were left behind\n", blocks);
  fflush(NULL);
  _Exit(EXIT_ERROR);
}

int main(int argc, char **argv) {
  char path[LB_PATH_MAX];
  lua_State *L;
  int status = EXIT_ERROR;
  restart_with_better_blas(argv);
  if (getenv("MODSYNC_CHECK_LEAKS") != NULL) atexit(check_leaks);
  lb_find_home(program_path(path, sizeof path) ? path : NULL, 1, &home);
  L = luaL_newstate();
  if (L == NULL) {
    fputs("modsync: out of memory\n", stderr);
    return EXIT_ERROR;
  }
  lua_pushcfunction(L, run_program);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  if (lua_pcall(L, 2, 1, 0) == LUA_OK)
    status = (int)lua_tointeger(L, -1);
  else
    fprintf(stderr, "modsync: %s\n", lua_tostring(L, -1));
  lua_close(L);
  return status;
}
