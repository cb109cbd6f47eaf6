/*
** Tensors in files of other programs: .npy arrays and tables of numbers as text. What the
** file system or a file's content does not allow is an outcome: nil, message, code.
*/
#include "luabind/binding.h"

#include "base/alloc.h"
#include "checkpoint/array.h"
#include "checkpoint/csv.h"

#include <string.h>

#define FILES "modsync.table_files"

/* What one call has open. */
typedef struct open_files {
  ms_array_file *array;
  ms_csv *csv;
} open_files;

static int close_files(lua_State *L) {
  open_files *files = lb_check_udata(L, 1, FILES);
  ms_array_close(files->array);
  ms_csv_close(files->csv);
  memset(files, 0, sizeof *files);
  return 0;
}

/* Pushes a to-be-closed handle with nothing open. */
static open_files *new_files(lua_State *L) {
  return lb_new_closing(L, FILES, sizeof(open_files), close_files);
}

static const char *check_path(lua_State *L) {
  size_t length;
  const char *path = lb_check_lstring(L, 1, &length);
  lb_arg_check(L, strlen(path) == length, 1, "expected text without a zero byte");
  return path;
}

/* npy_read(path): a tensor, whatever the type of the elements in the file. */
static int npy_read(lua_State *L) {
  const char *path = check_path(L);
  open_files *files = new_files(L);
  size_t count = 0;
  ms_status status = ms_array_open(path, &files->array, &count);
  if (status != MS_OK) return lb_fail(L, status);
  lb_account(L, count * sizeof(double));
  status = ms_array_read(files->array, lb_new_tensor(L));
  return status == MS_OK ? 1 : lb_fail(L, status);
}

/* npy_write(path, tensor): true. */
static int npy_write(lua_State *L) {
  ms_status status = ms_array_write(check_path(L), lb_check_tensor(L, 2));
  if (status != MS_OK) return lb_fail(L, status);
  lua_pushboolean(L, 1);
  return 1;
}

/* {=== tables of text === */

/* Refuses fields of the table of options at 'arg' that are not among 'known'. */
static void check_options(lua_State *L, int arg, const char *who,
                          const char *const *known) {
  if (lua_isnoneornil(L, arg)) return;
  lb_check_type(L, arg, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1)) {
    int found = 0;
    for (int i = 0; known[i] != NULL; i++)
      found =
        found
        || (lua_type(L, -2) == LUA_TSTRING && strcmp(lua_tostring(L, -2), known[i]) == 0);
    if (!found)
      lb_error(L, "%s: there is no option %s", who, lb_describe(L, lua_gettop(L) - 1));
  }
}

/* Pushes field 'name' of the options at 'arg', or nil. */
static void push_option(lua_State *L, int arg, const char *name) {
  if (lua_istable(L, arg))
    lua_getfield(L, arg, name);
  else
    lua_pushnil(L);
}

/* The option 'delimiter', a text of one byte; a comma if there is none. */
static char delimiter_option(lua_State *L, int arg, const char *who) {
  const char *text;
  size_t length;
  push_option(L, arg, "delimiter");
  if (lua_isnil(L, -1)) return ',';
  text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
  if (text == NULL || length != 1)
    lb_error(L, "%s: the delimiter is %s, expected one character", who,
             lb_describe(L, lua_gettop(L)));
  return text[0];
}

static void push_names(lua_State *L, const ms_csv *csv) {
  size_t columns = ms_csv_columns(csv);
  lua_createtable(L, columns < 1000 ? (int)columns : 0, 0);
  for (size_t i = 0; i < columns; i++) {
    size_t length;
    const char *name = ms_csv_name(csv, i, &length);
    lua_pushlstring(L, name, length);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/*
** csv_read(path [, { header = false, delimiter = ",", missing = nil }]): a matrix; with a
** header also the list of the names.
*/
static int csv_read(lua_State *L) {
  static const char who[] = "csv_read";
  static const char *const known[] = {"header", "delimiter", "missing", NULL};
  const char *path = check_path(L);
  ms_csv_options options = {.delimiter = ','};
  double missing;
  open_files *files;
  ms_tensor *out;
  ms_status status;
  lua_settop(L, 2);
  check_options(L, 2, who, known);
  options.delimiter = delimiter_option(L, 2, who);
  push_option(L, 2, "header");
  options.header = lua_toboolean(L, -1);
  push_option(L, 2, "missing");
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TNUMBER)
      return lb_error(L, "%s: missing is %s, expected a number", who,
                      lb_describe(L, lua_gettop(L)));
    missing = lua_tonumber(L, -1);
    options.missing = &missing;
  }
  files = new_files(L);
  status = ms_csv_open(path, &options, &files->csv);
  if (status != MS_OK) return lb_fail(L, status);
  out = lb_create_tensor(L, 2,
                         (size_t[]){ms_csv_rows(files->csv), ms_csv_columns(files->csv)});
  status = ms_csv_read(files->csv, out->data);
  if (status != MS_OK) return lb_fail(L, status);
  if (!options.header) return 1;
  push_names(L, files->csv);
  return 2;
}

/* The list of names in the option 'header', in scratch memory; NULL if there is none. */
static const char **names_option(lua_State *L, int arg, size_t columns, const char *who) {
  const char **names;
  lb_box *box;
  ms_status status;
  int list;
  push_option(L, arg, "header");
  list = lua_gettop(L);
  if (lua_isnil(L, list)) return NULL;
  if (!lua_istable(L, list) || lua_rawlen(L, list) != columns)
    lb_error(L, "%s: the header is %s, expected a list of %I names", who,
             lua_istable(L, list) ? "a list of another length" : lb_describe(L, list),
             (lua_Integer)columns);
  box = lb_new_box(L);
  status = ms_alloc(columns, sizeof *names, "names of columns", &box->block);
  if (status != MS_OK) lb_fail(L, status);
  names = box->block;
  for (size_t i = 0; i < columns; i++) {
    if (lua_rawgeti(L, list, (lua_Integer)i + 1) != LUA_TSTRING)
      lb_error(L, "%s: name %I is %s, expected text", who, (lua_Integer)i + 1,
               lb_describe(L, lua_gettop(L)));
    names[i] = lua_tostring(L, -1); /* the list keeps it */
    lua_pop(L, 1);
  }
  return names;
}

/* csv_write(path, tensor [, { header = {names}, delimiter = "," }]): true. */
static int csv_write(lua_State *L) {
  static const char who[] = "csv_write";
  static const char *const known[] = {"header", "delimiter", NULL};
  const char *path = check_path(L);
  const ms_tensor *tensor = lb_check_tensor(L, 2);
  const char **names;
  char delimiter;
  ms_status status;
  lua_settop(L, 3);
  check_options(L, 3, who, known);
  delimiter = delimiter_option(L, 3, who);
  names = names_option(L, 3, tensor->dims == 2 ? tensor->shape[1] : 1, who);
  status = ms_csv_write(path, delimiter, names, tensor);
  if (status != MS_OK) return lb_fail_in(L, who, status);
  lua_pushboolean(L, 1);
  return 1;
}

/* }=== */

void lb_open_tensor_files(lua_State *L) {
  static const luaL_Reg list[] = {{"npy_read", npy_read},
                                  {"npy_write", npy_write},
                                  {"csv_read", csv_read},
                                  {"csv_write", csv_write},
                                  {NULL, NULL}};
  luaL_setfuncs(L, list, 0);
}
