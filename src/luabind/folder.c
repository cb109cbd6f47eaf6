/*
** Folders: their entries by name, and making them with all their parents.
*/
#define _POSIX_C_SOURCE 200809L

#include "luabind/binding.h"

#include <dirent.h>
#include <errno.h>
#include <lualib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER "modsync.folder"

typedef struct open_folder {
  DIR *stream;
} open_folder;

static int close_folder(lua_State *L) {
  open_folder *folder = lb_check_udata(L, 1, FOLDER);
  if (folder->stream != NULL) closedir(folder->stream);
  folder->stream = NULL;
  return 0;
}

/* Sorts the array on the stack top. */
static void sort_names(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, LUA_TABLIBNAME) == LUA_TTABLE) {
    lua_getfield(L, -1, "sort");
    lua_pushvalue(L, -4);
    lua_call(L, 1, 0);
  }
  lua_pop(L, 2);
}

/* listdir(path): the names in it but "." and "..", sorted; nil, message, code. */
static int list_folder(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg closing[] = {{"__gc", close_folder},
                                     {"__close", close_folder},
                                     {NULL, NULL}};
  const char *path = lb_check_string(L, 1);
  open_folder *folder;
  struct dirent *entry;
  lua_Integer n = 0;
  lua_settop(L, 1);
  lb_set_methods(L, FOLDER, none, closing);
  folder = lua_newuserdatauv(L, sizeof *folder, 0);
  folder->stream = NULL;
  luaL_setmetatable(L, FOLDER);
  lua_toclose(L, -1);
  folder->stream = opendir(path);
  if (folder->stream == NULL)
    return lb_fail(L, ms_fail(MS_EIO, "cannot list '%s': %s", path, strerror(errno)));
  lua_newtable(L); /* path, folder, names */
  while ((entry = readdir(folder->stream)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, ++n);
  }
  sort_names(L);
  return 1;
}

static int is_folder(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* mkdir(path): makes the folder and its parents, those that are missing; true, or nil,
   message, code. */
static int make_folder(lua_State *L) {
  const char *path = lb_check_string(L, 1), *end = path;
  lua_settop(L, 1);
  while (*end != '\0') {
    const char *part;
    end += strspn(end, "/");
    end += strcspn(end, "/");
    part = lua_pushlstring(L, path, (size_t)(end - path));
    if (mkdir(part, 0777) != 0 && !is_folder(part))
      return lb_fail(L, ms_fail(MS_EIO, "cannot make the folder '%s': %s", part,
                                strerror(errno)));
    lua_settop(L, 1);
  }
  lua_pushboolean(L, 1);
  return 1;
}

void lb_open_folder(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"listdir", list_folder}, {"mkdir", make_folder}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
