/*
** Compiled programs ("modsync.program") and the thread team that runs them. The team
** belongs to the Lua state; it is made when first needed, with core.threads(n) or one
** thread a processor.
*/
#include "luabind/symbol.h"

#include "base/alloc.h"
#include "program/program.h"

#include <string.h>

#define PROGRAM "modsync.program"

typedef struct program_handle {
  ms_program *program; /* NULL: closed */
  size_t inputs;       /* numbers that run() takes as parameters */
  size_t parameters, columns, losses, output_columns;
  int gradients;
  int accounted; /* threads whose buffers the collector knows of */
  size_t rows[]; /* [losses]: where run() puts them */
} program_handle;

static program_handle *check_program(lua_State *L) {
  program_handle *handle = lb_check_udata(L, 1, PROGRAM);
  if (handle->program == NULL) lb_arg_error(L, 1, "the program is closed");
  return handle;
}

static int program_close(lua_State *L) {
  program_handle *handle = lb_check_udata(L, 1, PROGRAM);
  ms_program_free(handle->program);
  handle->program = NULL;
  return 0;
}

/*
** The list of symbols in field 'name' of the table at 2, in scratch memory; NULL if
** absent.
*/
static ms_ref *symbol_list(lua_State *L, ms_graph *graph, const char *name,
                           size_t *count) {
  lb_box *box;
  ms_ref *refs = NULL;
  ms_status status;
  int list;
  *count = 0;
  if (lua_getfield(L, 2, name) == LUA_TNIL) return NULL;
  list = lua_gettop(L);
  if (!lua_istable(L, list))
    lb_error(L, "program: '%s' must be a list of symbols, got %s", name,
             lb_describe(L, list));
  *count = (size_t)luaL_len(L, list);
  box = lb_new_box(L);
  status = ms_alloc(*count, sizeof *refs, "a program", &refs);
  if (status != MS_OK) lb_fail(L, status);
  box->block = refs;
  for (size_t i = 0; i < *count; i++) {
    const lb_symbol *symbol;
    lua_geti(L, list, (lua_Integer)i + 1);
    symbol = lb_test_symbol(L, lua_gettop(L));
    if (symbol == NULL)
      lb_error(L, "program: number %I of '%s' is %s, expected a symbol",
               (lua_Integer)i + 1, name, lb_describe(L, lua_gettop(L)));
    if (symbol->graph != graph)
      lb_error(L, "program: number %I of '%s' is a symbol of another graph",
               (lua_Integer)i + 1, name);
    refs[i] = symbol->ref;
    lua_pop(L, 1);
  }
  return refs;
}

static size_t size_field(lua_State *L, const char *name, lua_Integer least) {
  lua_Integer value = least;
  int is_integer = 1;
  if (lua_getfield(L, 2, name) != LUA_TNIL) value = lua_tointegerx(L, -1, &is_integer);
  if (!is_integer || value < least)
    lb_error(L, "program: '%s' must be a whole number of at least %I, got %s", name,
             least, lb_describe(L, -1));
  lua_pop(L, 1);
  return (size_t)value;
}

/* A complaint about a key that no part of the plan at 2 has. */
static void check_keys(lua_State *L) {
  static const char *const known[] = {"losses",    "outputs",  "parameters", "columns",
                                      "gradients", "tangents", "block"};
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
    int found = 0;
    for (size_t i = 0; lua_type(L, -2) == LUA_TSTRING && i < sizeof known / sizeof *known;
         i++)
      found = found || strcmp(lua_tostring(L, -2), known[i]) == 0;
    if (!found)
      lb_error(L,
               "program: there is no key %s (known: losses, outputs, parameters,"
               " columns, gradients, tangents, block)",
               lb_describe(L, lua_gettop(L) - 1));
  }
}

/*
** graph:program{ parameters = P, columns = d, losses = {...} [, gradients = true]
**                | outputs = {...} [, tangents = false] [, block = points] }
** With 'tangents' everything is replaced by its derivative along a direction, and run()
** is given the parameters and the direction in one vector of 2 P numbers.
*/
int lb_program_new(lua_State *L) {
  ms_graph *graph = lb_check_graph(L, 1);
  ms_program_spec spec = {.gradients = true};
  program_handle *handle;
  ms_program_info info;
  ms_status status;
  lb_check_type(L, 2, LUA_TTABLE);
  check_keys(L);
  spec.parameters = size_field(L, "parameters", 0);
  spec.columns = size_field(L, "columns", 1);
  spec.block = size_field(L, "block", 0);
  if (lua_getfield(L, 2, "gradients") != LUA_TNIL) spec.gradients = lua_toboolean(L, -1);
  lua_getfield(L, 2, "tangents");
  spec.tangents = lua_toboolean(L, -1);
  spec.loss = symbol_list(L, graph, "losses", &spec.losses);
  spec.output = symbol_list(L, graph, "outputs", &spec.outputs);
  if ((spec.losses == 0) == (spec.outputs == 0))
    return lb_error(L,
                    "program: expected a list of symbols, either 'losses' or 'outputs'");
  handle = lua_newuserdatauv(L, sizeof *handle + spec.losses * sizeof handle->rows[0], 0);
  *handle = (program_handle){.parameters = spec.parameters,
                             .columns = spec.columns,
                             .losses = spec.losses,
                             .inputs = (spec.tangents ? 2 : 1) * spec.parameters,
                             .gradients = spec.gradients};
  luaL_setmetatable(L, PROGRAM);
  status = ms_program_create(graph, &spec, &handle->program);
  if (status != MS_OK) return lb_fail_in(L, "program", status);
  ms_program_get_info(handle->program, &info);
  handle->output_columns = info.output_columns;
  return 1;
}

/* The parameters at 2 and the points at 3. */
static void check_inputs(lua_State *L, const program_handle *handle, ms_program_io *io) {
  size_t count;
  const ms_tensor *points = lb_check_tensor(L, 3);
  io->parameters = lb_check_vector(L, 2, &count);
  if (count != handle->inputs)
    lb_error(L, "program: %I parameters given, expected %I", (lua_Integer)count,
             (lua_Integer)handle->inputs);
  io->points = lb_check_vector(L, 3, &count);
  if (points->dims != 2 || points->shape[1] != handle->columns || points->shape[0] == 0)
    lb_error(L, "program: points must be a tensor of shape n x %I, got %s",
             (lua_Integer)handle->columns, lb_describe(L, 3));
  io->n = points->shape[0];
}

/* The row of loss k, from the list or the first number at 6. */
static lua_Integer row_number(lua_State *L, size_t k) {
  lua_Integer row;
  int is_integer;
  if (!lua_istable(L, 6)) return lb_opt_integer(L, 6, 1) + (lua_Integer)k;
  lua_rawgeti(L, 6, (lua_Integer)k + 1);
  row = lua_tointegerx(L, -1, &is_integer);
  if (!is_integer)
    lb_error(L, "program: the row of loss %I is %s, expected a whole number",
             (lua_Integer)k + 1, lb_describe(L, -1));
  lua_pop(L, 1);
  return row;
}

/* The rows of all losses, different ones out of 'count'; the number of the last one. */
static size_t check_rows(lua_State *L, program_handle *handle, size_t count) {
  size_t last = 0;
  for (size_t k = 0; k < handle->losses; k++) {
    lua_Integer row = row_number(L, k);
    if (row < 1 || (size_t)row > count)
      lb_error(L, "program: loss %I is to be number %I of %I values", (lua_Integer)k + 1,
               row, (lua_Integer)count);
    handle->rows[k] = (size_t)row - 1;
    for (size_t i = 0; i < k; i++)
      if (handle->rows[i] == handle->rows[k])
        lb_error(L, "program: losses %I and %I have the same row", (lua_Integer)i + 1,
                 (lua_Integer)k + 1);
    if ((size_t)row > last) last = (size_t)row;
  }
  return last;
}

/*
** run(theta, points, values, G [, rows]): loss k into values[rows[k]] and that row of G,
** or from number 'rows' on.
*/
static void run_losses(lua_State *L, program_handle *handle, ms_program_io *io) {
  const ms_tensor *rows;
  size_t count, needed;
  io->values = lb_check_vector(L, 4, &count);
  needed = check_rows(L, handle, count);
  io->rows = handle->rows;
  if (lua_isnoneornil(L, 5)) return;
  if (!handle->gradients)
    lb_error(L, "program: gradients asked of a program made with gradients = false");
  io->gradients = lb_check_vector(L, 5, &count);
  rows = lb_check_tensor(L, 5);
  if (rows->dims == 0 || rows->shape[rows->dims - 1] != handle->parameters
      || count < needed * handle->parameters)
    lb_error(L, "program: gradients must be a tensor of at least %I x %I, got %s",
             (lua_Integer)needed, (lua_Integer)handle->parameters, lb_describe(L, 5));
}

/* run(theta, points [, out]): the outputs side by side, a tensor n x m. */
static void run_outputs(lua_State *L, const program_handle *handle, ms_program_io *io) {
  if (lua_isnoneornil(L, 4)) {
    size_t shape[2] = {io->n, handle->output_columns};
    lua_settop(L, 3);
    io->outputs = lb_create_tensor(L, 2, shape)->data;
  } else {
    size_t count;
    const ms_tensor *out;
    io->outputs = lb_check_vector(L, 4, &count);
    out = lb_check_tensor(L, 4);
    if (count != io->n * handle->output_columns || out->shape[0] != io->n)
      lb_error(L, "program: out must be a tensor of %I x %I, got %s", (lua_Integer)io->n,
               (lua_Integer)handle->output_columns, lb_describe(L, 4));
    lua_settop(L, 4);
  }
}

/* A program makes its buffers when it first runs on so many threads. */
static ms_team *get_accounted_team(lua_State *L, program_handle *handle) {
  ms_team *team = lb_team(L, 0);
  ms_program_info info;
  if (handle->accounted >= ms_team_threads(team)) return team;
  ms_program_get_info(handle->program, &info);
  lb_account(L, info.doubles_per_point * info.block * sizeof(double)
                  * (size_t)ms_team_threads(team));
  handle->accounted = ms_team_threads(team);
  return team;
}

/*
** The collector may have run since the arguments were looked at, and finalizers may have
** closed any of them.
*/
static void check_again(lua_State *L, ms_program_io *io) {
  check_inputs(L, check_program(L), io);
}

static int program_run(lua_State *L) {
  program_handle *handle = check_program(L);
  ms_program_io io = {0};
  ms_team *team;
  ms_status status;
  check_inputs(L, handle, &io);
  team = get_accounted_team(L, handle);
  if (handle->output_columns > 0)
    run_outputs(L, handle, &io);
  else
    run_losses(L, handle, &io);
  check_again(L, &io);
  status = ms_program_run(handle->program, team, &io);
  if (status != MS_OK) return lb_fail_in(L, "program", status);
  return handle->output_columns > 0 ? 1 : 0;
}

/*
** rows(theta, points [, J]): the gradient of every loss at every point on its own, a
** tensor [n, losses, P].
*/
static int program_rows(lua_State *L) {
  program_handle *handle = check_program(L);
  ms_program_io io = {0};
  ms_team *team;
  ms_status status;
  check_inputs(L, handle, &io);
  if (handle->losses == 0 || !handle->gradients)
    return lb_error(L, "program: rows asked of a program without gradients");
  if (lua_isnoneornil(L, 4)) {
    size_t shape[3] = {io.n, handle->losses, handle->parameters};
    lua_settop(L, 3);
    io.gradients = lb_create_tensor(L, 3, shape)->data;
  } else {
    size_t count;
    io.gradients = lb_check_vector(L, 4, &count);
    if (count != io.n * handle->losses * handle->parameters)
      return lb_error(L, "program: rows must be a tensor of %I x %I x %I, got %s",
                      (lua_Integer)io.n, (lua_Integer)handle->losses,
                      (lua_Integer)handle->parameters, lb_describe(L, 4));
    lua_settop(L, 4);
  }
  team = lb_team(L, 0);
  check_again(L, &io);
  status = ms_program_run_rows(handle->program, team, &io);
  return status == MS_OK ? 1 : lb_fail_in(L, "program", status);
}

/* products(theta, points): runs the matrix products alone, for benchmarks. */
static int program_products(lua_State *L) {
  program_handle *handle = check_program(L);
  ms_program_io io = {.products_only = true};
  ms_team *team = get_accounted_team(L, handle);
  ms_status status;
  check_again(L, &io);
  status = ms_program_run(handle->program, team, &io);
  return status == MS_OK ? 0 : lb_fail_in(L, "program", status);
}

static int program_info(lua_State *L) {
  ms_program_info info;
  ms_program_get_info(check_program(L)->program, &info);
  lua_newtable(L);
#define FIELD(name)                                                                      \
  (lua_pushinteger(L, (lua_Integer)info.name), lua_setfield(L, -2, #name))
  FIELD(block);
  FIELD(passes);
  FIELD(products);
  FIELD(strips);
  FIELD(strip_ops);
  FIELD(steps);
#undef FIELD
  lua_pushinteger(L, (lua_Integer)(info.doubles_per_point * sizeof(double)));
  lua_setfield(L, -2, "bytes_per_point");
  return 1;
}

/* "program: losses 2, parameters 51, steps 14" */
static int program_tostring(lua_State *L) {
  program_handle *handle = lb_check_udata(L, 1, PROGRAM);
  ms_program_info info;
  if (handle->program == NULL) {
    lua_pushliteral(L, "program (closed)");
    return 1;
  }
  ms_program_get_info(handle->program, &info);
  if (handle->losses > 0)
    lua_pushfstring(L, "program: losses %I", (lua_Integer)handle->losses);
  else
    lua_pushfstring(L, "program: output columns %I", (lua_Integer)handle->output_columns);
  lua_pushfstring(L, ", parameters %I, steps %I", (lua_Integer)handle->parameters,
                  (lua_Integer)info.steps);
  lua_concat(L, 2);
  return 1;
}

void lb_open_program(lua_State *L) {
  static const luaL_Reg methods[] = {
    {"run", program_run},   {"rows", program_rows},   {"products", program_products},
    {"info", program_info}, {"close", program_close}, {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", program_close},
                                  {"__close", program_close},
                                  {"__tostring", program_tostring},
                                  {NULL, NULL}};
  lb_set_methods(L, PROGRAM, methods, meta);
}
