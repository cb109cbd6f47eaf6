/*
** Files: NPZ archives, whole files that appear complete or not at all, and the
** compression and checksum that PNG needs.
*/
#include "luabind/binding.h"

#include "base/alloc.h"
#include "checkpoint/deflate.h"
#include "checkpoint/output.h"
#include "checkpoint/reader.h"
#include "checkpoint/writer.h"
#include "tensor/elementwise.h"

#include <stdint.h>
#include <string.h>

#define FILES "modsync.files"

/* What one call has open; closing drops it, and with it an unfinished file. */
typedef struct open_files {
  ms_npz_writer *writer;
  ms_npz_reader *reader;
  ms_output *output;
} open_files;

static int close_files(lua_State *L) {
  open_files *files = lb_check_udata(L, 1, FILES);
  ms_npz_writer_free(files->writer);
  ms_npz_reader_free(files->reader);
  ms_output_free(files->output);
  memset(files, 0, sizeof *files);
  return 0;
}

/* Pushes a to-be-closed handle with nothing open. */
static open_files *new_files(lua_State *L) {
  return lb_new_closing(L, FILES, sizeof(open_files), close_files);
}

/* A string that C sees whole. */
static const char *check_text(lua_State *L, int arg) {
  size_t length;
  const char *text = lb_check_lstring(L, arg, &length);
  lb_arg_check(L, strlen(text) == length, arg, "expected text without a zero byte");
  return text;
}

/* {=== writing === */

/* Which entry of npz_write's list a message is about. */
typedef struct entry {
  lua_Integer index;
  const char *name;
} entry;

static int entry_error(lua_State *L, entry e, const char *what) {
  const char *name = e.name == NULL ? "" : lua_pushfstring(L, " '%s'", e.name);
  return lb_arg_error(L, 2,
                      lua_pushfstring(L, "entry %I%s: %s", (LUAI_UACINT)e.index, name,
                                      what));
}

/* The table of integers at 'value', as an array of one axis. */
static ms_status write_integers(lua_State *L, ms_npz_writer *writer, entry e, int value) {
  lua_Integer length = luaL_len(L, value);
  size_t count = length > 0 ? (size_t)length : 0;
  lb_account(L, count * sizeof(int64_t));
  lb_box *box = lb_new_box(L);
  ms_status status = ms_alloc(count, sizeof(int64_t), "integers for a file", &box->block);
  if (status != MS_OK) return status;
  int64_t *integers = box->block;
  for (size_t i = 0; i < count; i++) {
    lua_geti(L, value, (lua_Integer)i + 1);
    if (!lua_isinteger(L, -1)) {
      const char *got = lb_describe(L, -1);
      entry_error(L, e,
                  lua_pushfstring(L, "expected integers, item %I is %s",
                                  (LUAI_UACINT)(i + 1), got));
    }
    integers[i] = (int64_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  return ms_npz_writer_add(writer, e.name, MS_NPZ_I8, 1, &count, integers);
}

static ms_status write_tensor(lua_State *L, ms_npz_writer *writer, entry e,
                              const ms_tensor *tensor) {
  const double *data = tensor->data;
  if (tensor->storage == NULL) entry_error(L, e, "the tensor is closed");
  if (!ms_tensor_is_contiguous(tensor)) {
    size_t count = ms_tensor_count(tensor);
    lb_account(L, count * sizeof(double));
    double *copy = lb_scratch(L, count);
    ms_tensor_read(tensor, copy);
    data = copy;
  }
  return ms_npz_writer_add(writer, e.name, MS_NPZ_F8, tensor->dims, tensor->shape, data);
}

/* Writes the value on the stack top and pops it, with what scratch it took. */
static ms_status write_value(lua_State *L, ms_npz_writer *writer, entry e) {
  int value = lua_gettop(L);
  const ms_tensor *tensor = luaL_testudata(L, value, "modsync.tensor");
  ms_status status = MS_OK;
  if (tensor != NULL) {
    status = write_tensor(L, writer, e, tensor);
  } else if (lua_type(L, value) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, value, &length);
    status = ms_npz_writer_add(writer, e.name, MS_NPZ_U1, 1, &length, text);
  } else if (lua_istable(L, value)) {
    status = write_integers(L, writer, e, value);
  } else {
    const char *got = lb_describe(L, value);
    entry_error(L, e,
                lua_pushfstring(
                  L, "expected a tensor, a string or a table of integers, got %s", got));
  }
  lua_settop(L, value - 1);
  return status;
}

/*
** npz_write(path, {{name, value}, ...}): value is a tensor, a string, or a table of
** integers. true, or nil, message, code.
*/
static int npz_write(lua_State *L) {
  const char *path = check_text(L, 1);
  lb_check_type(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_Integer count = luaL_len(L, 2);
  if (!lb_is_list(L, 2, count))
    return lb_error(L,
                    "npz_write: the list of entries has the key %s, expected entries "
                    "{ name, value } alone",
                    lb_describe(L, lua_gettop(L)));
  open_files *files = new_files(L); /* path, entries, files */
  ms_status status = ms_npz_writer_open(path, NULL, &files->writer);
  for (entry e = {1, NULL}; status == MS_OK && e.index <= count;
       e.index++, e.name = NULL) {
    if (lua_geti(L, 2, e.index) != LUA_TTABLE)
      return entry_error(L, e, "expected a table {name, value}");
    if (lua_geti(L, -1, 1) != LUA_TSTRING)
      return entry_error(L, e, "expected a name (a string) in front");
    e.name = lua_tostring(L, -1);
    if (strlen(e.name) != lua_rawlen(L, -1))
      return entry_error(L, e, "its name has a zero byte");
    lua_geti(L, -2, 2); /* ..., entry, name, value */
    status = write_value(L, files->writer, e);
    lua_settop(L, 3);
  }
  if (status == MS_OK) status = ms_npz_writer_finish(files->writer);
  if (status != MS_OK) return lb_fail(L, status);
  lua_pushboolean(L, 1);
  return 1;
}

/* write_file(path, bytes): true, or nil, message, code. */
static int write_file(lua_State *L) {
  size_t size;
  const char *path = check_text(L, 1), *bytes = lb_check_lstring(L, 2, &size);
  open_files *files = new_files(L);
  ms_status status = ms_output_open(path, &files->output);
  if (status == MS_OK) status = ms_output_write(files->output, bytes, size);
  if (status == MS_OK) status = ms_output_commit(files->output);
  if (status != MS_OK) return lb_fail(L, status);
  lua_pushboolean(L, 1);
  return 1;
}

/* }=== */

/* {=== reading: each pushes the value of the entry begun last === */

static ms_status push_tensor(lua_State *L, ms_npz_reader *reader,
                             const ms_npz_info *info) {
  return ms_npz_reader_data(reader, lb_create_tensor(L, info->dims, info->shape)->data);
}

static ms_status push_bytes(lua_State *L, ms_npz_reader *reader,
                            const ms_npz_info *info) {
  luaL_Buffer buffer;
  ms_status status =
    ms_npz_reader_data(reader, luaL_buffinitsize(L, &buffer, info->count));
  luaL_pushresultsize(&buffer, status == MS_OK ? info->count : 0);
  return status;
}

/* Integers from *next on as tables nested by axis; an integer where no axis is left. */
static void push_nested(lua_State *L, const ms_npz_info *info, int axis,
                        const int64_t **next) {
  if (axis == info->dims) {
    lua_pushinteger(L, (lua_Integer) * *next);
    ++*next;
    return;
  }
  luaL_checkstack(L, 2, "an array of integers");
  lua_newtable(L);
  for (size_t i = 0; i < info->shape[axis]; i++) {
    push_nested(L, info, axis + 1, next);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static ms_status push_integers(lua_State *L, ms_npz_reader *reader,
                               const ms_npz_info *info) {
  lb_account(L, info->count * sizeof(int64_t));
  lb_box *box = lb_new_box(L);
  int slot = lua_gettop(L);
  ms_status status = ms_alloc(info->count, sizeof(int64_t), "integers", &box->block);
  if (status == MS_OK) status = ms_npz_reader_data(reader, box->block);
  if (status != MS_OK) return status;
  const int64_t *next = box->block;
  if (info->count == 0)
    lua_newtable(L); /* not a table of many empty tables: their number is not bounded */
  else
    push_nested(L, info, 0, &next);
  lua_closeslot(L, slot);
  lua_remove(L, slot);
  return MS_OK;
}

/* The failure of an archive without the array 'name', whose names are the table at 5. */
static ms_status fail_absent(lua_State *L, const char *path, const char *name) {
  lua_Integer count = luaL_len(L, 5);
  luaL_Buffer names;
  luaL_buffinit(L, &names);
  for (lua_Integer i = 1; i <= count; i++) {
    if (i > 1) luaL_addstring(&names, ", ");
    lua_rawgeti(L, 5, i);
    luaL_addvalue(&names);
  }
  luaL_pushresult(&names);
  return ms_fail(MS_EIO, "'%.200s' has no array '%.80s'; it holds %s", path, name,
                 count > 0 ? lua_tostring(L, -1) : "none");
}

/*
** npz_read(path [, name]): a table from names to values, of all entries or of one, and
** the array of all names in the order of the file, or nil, message, code. Floats come as
** tensors, bytes as strings of all the bytes, integers as tables nested by axis.
*/
static int npz_read(lua_State *L) {
  const char *path = check_text(L, 1);
  const char *only = lua_isnoneornil(L, 2) ? NULL : check_text(L, 2);
  lua_settop(L, 2);
  open_files *files = new_files(L);
  ms_status status = ms_npz_reader_open(path, &files->reader);
  lua_newtable(L);
  lua_newtable(L); /* path, name, files, values, order */
  size_t count = status == MS_OK ? ms_npz_reader_count(files->reader) : 0;
  for (size_t i = 0; status == MS_OK && i < count; i++) {
    ms_npz_info info;
    lua_pushstring(L, ms_npz_reader_name(files->reader, i));
    lua_pushvalue(L, -1);
    lua_rawseti(L, 5, (lua_Integer)i + 1);
    if (only != NULL && strcmp(only, lua_tostring(L, -1)) != 0) {
      lua_pop(L, 1);
      continue;
    }
    status = ms_npz_reader_begin(files->reader, i, &info);
    if (status != MS_OK) break;
    switch (info.type) {
      case MS_NPZ_F8: status = push_tensor(L, files->reader, &info); break;
      case MS_NPZ_U1: status = push_bytes(L, files->reader, &info); break;
      case MS_NPZ_I8: status = push_integers(L, files->reader, &info); break;
    }
    if (status == MS_OK) lua_rawset(L, 4);
  }
  if (status == MS_OK && only != NULL && lua_getfield(L, 4, only) == LUA_TNIL)
    status = fail_absent(L, path, only);
  lua_settop(L, 5);
  return status == MS_OK ? 2 : lb_fail(L, status);
}

/* }=== */

/* deflate(bytes [, level]): the bytes as a zlib stream (RFC 1950). */
static int deflate_string(lua_State *L) {
  size_t size, packed_size;
  const char *bytes = lb_check_lstring(L, 1, &size);
  lua_Integer level = lb_opt_integer(L, 2, MS_DEFLATE_LEVEL);
  lb_arg_check(L, level >= 0 && level <= 9, 2, "expected a level from 0 to 9");
  lb_account(L, size);
  lb_box *box = lb_new_box(L);
  unsigned char *packed;
  ms_status status = ms_deflate_buffer(bytes, size, (int)level, &packed, &packed_size);
  box->block = packed;
  if (status != MS_OK) return lb_fail(L, status);
  lua_pushlstring(L, (const char *)packed, packed_size);
  return 1;
}

/* crc32(bytes [, crc]): the checksum of ZIP and PNG, continued from 'crc'. */
static int crc32_string(lua_State *L) {
  size_t size;
  const char *bytes = lb_check_lstring(L, 1, &size);
  lua_Integer crc = lb_opt_integer(L, 2, 0);
  lb_arg_check(L, crc >= 0 && crc <= UINT32_MAX, 2,
               "expected an unsigned 32-bit integer");
  lua_pushinteger(L, (lua_Integer)ms_crc32((uint32_t)crc, bytes, size));
  return 1;
}

void lb_open_checkpoint(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"npz_write", npz_write},    {"npz_read", npz_read},  {"write_file", write_file},
    {"deflate", deflate_string}, {"crc32", crc32_string}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
