#include "program/program_impl.h"

#include "base/alloc.h"
#include "linalg/gemm.h"

#include <string.h>

void ms_program_free(ms_program *program) {
  if (program == NULL) return;
  for (size_t i = 0; program->loops != NULL && i < program->phases; i++) {
    for (size_t j = 0; j < program->loops[i].step_count; j++)
      ms_segment_release(&program->loops[i].steps[j].segment);
    ms_free(program->loops[i].steps);
  }
  ms_free(program->loops);
  ms_free(program->uniform_steps);
  ms_free(program->phase_end);
  ms_free(program->uniform_inputs);
  ms_free(program->uniform);
  ms_free(program->data);
  ms_free(program->values);
  ms_free(program->gradients);
  ms_free(program->tiles);
  ms_free(program->memory);
  ms_free(program->addresses);
  ms_free(program->row_uniform);
  ms_free(program);
}

void ms_program_get_info(const ms_program *program, ms_program_info *info) {
  *info = (ms_program_info){.block = program->block,
                            .uniform_doubles = program->uniform_size,
                            .output_columns = program->output_columns};
  for (size_t i = 0; i < program->phases; i++) {
    const ms_loop *loop = &program->loops[i];
    if (loop->doubles_per_point > info->doubles_per_point)
      info->doubles_per_point = loop->doubles_per_point;
    info->passes += loop->step_count > 0;
    info->steps += loop->step_count;
    for (size_t j = 0; j < loop->step_count; j++) {
      const ms_step *step = &loop->steps[j];
      info->products += step->kind == MS_STEP_PRODUCT || step->kind == MS_STEP_GRAM;
      info->strips += step->kind == MS_STEP_STRIPS;
      info->strip_ops += step->segment.op_count;
      for (size_t k = 0; k < step->segment.fused_count; k++)
        info->fused_ops += step->segment.fused[k].count;
    }
  }
}

/*
** Points times buffer doubles below which waking the team costs more than it saves (50
** us).
*/
enum { LEAST_TEAM_WORK = 1 << 16 };

/* What the threads share while they run one loop. */
typedef struct job {
  ms_program *program;
  const ms_loop *loop;
  const ms_program_io *io;
  int threads;
} job;

/* A thread's memory: [buffers][registers][strip sums][reductions]. */
typedef struct workspace {
  double *buffers, *registers, *sums, *reductions;
  double **at; /* room for addresses */
} workspace;

static workspace workspace_of(const ms_program *program, const ms_loop *loop,
                              int thread) {
  workspace w;
  w.buffers = program->memory + (size_t)thread * program->thread_doubles;
  w.registers = w.buffers + loop->doubles_per_point * program->block;
  w.sums = w.registers + loop->registers * MS_STRIP;
  w.reductions = w.sums + loop->sums;
  w.at = program->addresses + (size_t)thread * program->places;
  return w;
}

static double *slot_at(const ms_slot *slot, const ms_program *program, const workspace *w,
                       size_t n) {
  return w->buffers + slot->base * program->block + slot->position * n * slot->cols;
}

/* The points of one block. */
typedef struct block {
  size_t first, n;
} block;

/* The rows that COPY and OUTPUT read, '*stride' apart. */
static const double *source_of(const ms_step *step, const job *j, const workspace *w,
                               const block *b, size_t *stride) {
  const ms_program *program = j->program;
  if (step->from_points) {
    *stride = program->columns;
    return j->io->points + b->first * program->columns + step->from;
  }
  if (step->from_uniform) {
    *stride = 0;
    return ms_uniform_at(program, j->io->parameters, &step->matrix);
  }
  *stride = step->a.cols;
  return slot_at(&step->a, program, w, b->n) + step->from;
}

/* COPY and OUTPUT: to columns 'to' ... of rows of 'cols' numbers. */
static void copy_columns(const ms_step *step, const job *j, const workspace *w,
                         const block *b, double *rows, size_t cols) {
  size_t stride;
  const double *from = source_of(step, j, w, b, &stride);
  double *to = rows + step->to;
  for (size_t i = 0; i < b->n; i++)
    for (size_t c = 0; c < step->cols; c++) to[i * cols + c] = from[i * stride + c];
}

static void sum_columns(const ms_step *step, const ms_program *program,
                        const workspace *w, size_t n) {
  const double *from = slot_at(&step->a, program, w, n);
  double *out = slot_at(&step->c, program, w, n);
  for (size_t i = 0; i < n; i++) {
    double sum = 0.0;
    for (size_t c = 0; c < step->a.cols; c++) sum += from[i * step->a.cols + c];
    out[i] = sum;
  }
}

static void run_product(const ms_step *step, const job *j, const workspace *w, size_t n) {
  const ms_program *program = j->program;
  if (step->kind == MS_STEP_PRODUCT)
    ms_gemm(0, 0, step->count * n, step->c.cols, step->a.cols, 1.0,
            slot_at(&step->a, program, w, n), step->a.cols,
            ms_uniform_at(program, j->io->parameters, &step->matrix), step->c.cols,
            step->accumulate ? 1.0 : 0.0, slot_at(&step->c, program, w, n), step->c.cols);
  else
    ms_gemm(1, 0, step->a.cols, step->b.cols, step->count * n, 1.0,
            slot_at(&step->a, program, w, n), step->a.cols,
            slot_at(&step->b, program, w, n), step->b.cols, 1.0,
            w->reductions + step->accumulator, step->b.cols);
}

static void run_block(const job *j, const workspace *w, const block *b) {
  const ms_program *program = j->program;
  ms_strip_frame frame = {.at = w->at,
                          .buffers = w->buffers,
                          .registers = w->registers,
                          .sums = w->sums,
                          .tiles = program->tiles,
                          .points = j->io->points + b->first * program->columns,
                          .columns = program->columns,
                          .block = program->block,
                          .n = b->n};
  for (size_t i = 0; i < j->loop->step_count; i++) {
    const ms_step *step = &j->loop->steps[i];
    bool product = step->kind == MS_STEP_PRODUCT || step->kind == MS_STEP_GRAM;
    if (j->io->products_only && !product) continue;
    switch (step->kind) {
      case MS_STEP_STRIPS: ms_segment_run(&step->segment, &frame); break;
      case MS_STEP_PRODUCT:
      case MS_STEP_GRAM: run_product(step, j, w, b->n); break;
      case MS_STEP_COPY:
        copy_columns(step, j, w, b, slot_at(&step->c, program, w, b->n), step->c.cols);
        break;
      case MS_STEP_CLEAR:
        memset(slot_at(&step->c, program, w, b->n), 0,
               b->n * step->c.cols * sizeof(double));
        break;
      case MS_STEP_SUM_COLS: sum_columns(step, program, w, b->n); break;
      case MS_STEP_OUTPUT:
        copy_columns(step, j, w, b, j->io->outputs + b->first * program->output_columns,
                     program->output_columns);
        break;
    }
  }
}

/* Fold the strip accumulators, whose element i belongs to column i mod cols. */
static void fold_sums(const ms_loop *loop, const workspace *w) {
  for (size_t i = 0; i < loop->step_count; i++) {
    const ms_segment *segment = &loop->steps[i].segment;
    for (size_t k = 0; k < segment->sum_count; k++) {
      const double *from = w->sums + segment->sums[k].offset;
      double *out = w->reductions + segment->sums[k].reduction;
      for (size_t at = 0, column = 0; at < segment->cols + MS_STRIP; at++) {
        out[column] += from[at];
        if (++column == segment->cols) column = 0;
      }
    }
  }
}

/* One thread's share: a contiguous range of points in blocks of nearly equal size. */
static void run_share(void *arg, int thread, int threads) {
  const job *j = arg;
  const ms_program *program = j->program;
  workspace w = workspace_of(program, j->loop, thread);
  size_t share = ((j->io->n + (size_t)threads - 1) / (size_t)threads + 7) / 8 * 8;
  size_t first = (size_t)thread * share, end = first + share;
  size_t blocks = (share + program->block - 1) / program->block;
  size_t size = ((share + blocks - 1) / blocks + 7) / 8 * 8;
  for (size_t i = 0; i < j->loop->sums; i++) w.sums[i] = 0.0;
  for (size_t i = 0; i < j->loop->reductions; i++) w.reductions[i] = 0.0;
  if (end > j->io->n) end = j->io->n;
  for (; first < end; first += size) {
    block b = {first, end - first < size ? end - first : size};
    run_block(j, &w, &b);
  }
  fold_sums(j->loop, &w);
}

/*
** Add up the threads' reductions, in the order of the threads; each thread takes a range.
*/
static void reduce_share(void *arg, int thread, int threads) {
  const job *j = arg;
  const ms_program *program = j->program;
  size_t size = j->loop->reductions,
         share = (size + (size_t)threads - 1) / (size_t)threads;
  size_t first = (size_t)thread * share,
         end = first + share < size ? first + share : size;
  double *out = program->uniform + j->loop->reduced;
  for (int t = 0; t < j->threads; t++) {
    const double *from = workspace_of(program, j->loop, t).reductions;
    for (size_t i = first; i < end; i++) out[i] = t == 0 ? from[i] : out[i] + from[i];
  }
}

static void fill_tiles(const ms_program *program, const double *theta,
                       const ms_loop *loop) {
  for (size_t i = 0; i < loop->step_count; i++) {
    const ms_segment *segment = &loop->steps[i].segment;
    for (size_t k = 0; k < segment->tile_count; k++) {
      const ms_tile *tile = &segment->tiles[k];
      const double *from =
        (tile->home == MS_HOME_THETA ? theta : program->uniform) + tile->from;
      double *out = program->tiles + tile->offset;
      for (size_t at = 0, column = 0; at < tile->cols + MS_STRIP; at++) {
        out[at] = from[tile->from_cols == 1 ? 0 : column];
        if (++column == tile->cols) column = 0;
      }
    }
  }
}

static ms_status ensure_memory(ms_program *program, int threads) {
  ms_status status = MS_OK;
  size_t most = 0, tiles = 0;
  if (program->memory_threads >= (size_t)threads) return MS_OK;
  for (size_t i = 0; i < program->phases; i++) {
    const ms_loop *loop = &program->loops[i];
    size_t need = loop->doubles_per_point * program->block + loop->registers * MS_STRIP
                  + loop->sums + loop->reductions;
    if (need > most) most = need;
    if (loop->tiles > tiles) tiles = loop->tiles;
    if (loop->places > program->places) program->places = loop->places;
  }
  ms_free(program->memory);
  ms_free(program->tiles);
  ms_free(program->addresses);
  program->memory = program->tiles = NULL;
  program->addresses = NULL;
  program->memory_threads = 0;
  program->thread_doubles = (most / 64 + 1) * 64; /* more than none */
  MS_TRY(ms_alloc(tiles, sizeof(double), "a program's tiles", &program->tiles));
  MS_TRY(ms_alloc_zero(program->thread_doubles * (size_t)threads, sizeof(double),
                       "a program's buffers", &program->memory));
  MS_TRY(ms_alloc(program->places * (size_t)threads + 1, sizeof(double *),
                  "a program's addresses", &program->addresses));
  program->memory_threads = (size_t)threads;
out:
  return status;
}

static size_t row_of(const ms_program_io *io, size_t loss) {
  return io->rows == NULL ? loss : io->rows[loss];
}

static void read_results(const ms_program *program, const ms_program_io *io) {
  size_t parameters = program->parameters;
  for (size_t k = 0; k < program->losses && io->values != NULL; k++)
    io->values[row_of(io, k)] =
      *ms_uniform_at(program, io->parameters, &program->values[k].from);
  if (io->gradients == NULL) return;
  for (size_t k = 0; k < program->losses; k++)
    memset(io->gradients + row_of(io, k) * parameters, 0, parameters * sizeof(double));
  for (size_t i = 0; i < program->gradient_count; i++) {
    const ms_target *target = &program->gradients[i];
    const double *from = ms_uniform_at(program, io->parameters, &target->from);
    double *out = io->gradients + row_of(io, target->loss) * parameters + target->offset;
    size_t row = target->from.rows == 1 ? 0 : target->from.cols;
    size_t col = target->from.cols == 1 ? 0 : 1;
    for (size_t r = 0; r < target->rows; r++)
      for (size_t c = 0; c < target->cols; c++)
        out[r * target->cols + c] += from[r * row + c * col];
  }
}

ms_status ms_program_run(ms_program *program, ms_team *team, const ms_program_io *io) {
  ms_status status = MS_OK;
  size_t step = 0;
  int threads = ms_team_threads(team);
  MS_CHECK(io->n > 0, MS_EARG, "a program needs at least one point");
  MS_TRY(ensure_memory(program, threads));
  for (size_t phase = 0; phase < program->phases; phase++) {
    job j = {program, &program->loops[phase], io, threads};
    for (; step < program->phase_end[phase]; step++)
      ms_uniform_compute(program, io->parameters, io->n, &program->uniform_steps[step]);
    if (j.loop->step_count == 0) continue;
    fill_tiles(program, io->parameters, j.loop);
    if (io->n * j.loop->doubles_per_point < LEAST_TEAM_WORK) {
      j.threads = 1;
      run_share(&j, 0, 1);
      if (j.loop->reductions > 0) reduce_share(&j, 0, 1);
      continue;
    }
    ms_team_run(team, run_share, &j);
    if (j.loop->reductions > 0) ms_team_run(team, reduce_share, &j);
  }
  read_results(program, io);
out:
  return status;
}

/* What the threads share while they take the points one by one. */
typedef struct row_job {
  const ms_program *program;
  const ms_program_io *io;
} row_job;

/* One thread's points, each as a run of its own with uniform values of its own. */
static void run_rows(void *arg, int thread, int threads) {
  const row_job *rows = arg;
  ms_program own = *rows->program;
  ms_program_io io = *rows->io;
  size_t n = io.n, first = n * (size_t)thread / (size_t)threads;
  size_t end = n * ((size_t)thread + 1) / (size_t)threads;
  own.uniform = own.row_uniform + (size_t)thread * own.uniform_size;
  own.memory += (size_t)thread * own.thread_doubles;
  own.addresses += (size_t)thread * own.places;
  memcpy(own.uniform, rows->program->uniform, own.uniform_size * sizeof(double));
  io.n = 1;
  io.rows = NULL;
  for (size_t i = first; i < end; i++) {
    job j = {&own, &own.loops[0], &io, 1};
    io.points = rows->io->points + i * own.columns;
    io.values = rows->io->values == NULL ? NULL : rows->io->values + i * own.losses;
    io.gradients = rows->io->gradients + i * own.losses * own.parameters;
    run_share(&j, 0, 1);
    reduce_share(&j, 0, 1);
    for (size_t step = own.phase_end[0]; step < own.phase_end[own.phases - 1]; step++)
      ms_uniform_compute(&own, io.parameters, 1, &own.uniform_steps[step]);
    read_results(&own, &io);
  }
}

ms_status ms_program_run_rows(ms_program *program, ms_team *team,
                              const ms_program_io *io) {
  ms_status status = MS_OK;
  row_job rows = {program, io};
  int threads = ms_team_threads(team);
  MS_CHECK(io->n > 0, MS_EARG, "a program needs at least one point");
  MS_CHECK(program->phases <= 2, MS_EARG,
           "an expression that sums over the points inside has no rows by point");
  if (program->row_threads < (size_t)threads) {
    ms_free(program->row_uniform);
    program->row_uniform = NULL;
    program->row_threads = 0;
    MS_TRY(ms_alloc(program->uniform_size * (size_t)threads + 1, sizeof(double),
                    "a program's rows", &program->row_uniform));
    program->row_threads = (size_t)threads;
  }
  MS_TRY(ensure_memory(program, threads));
  for (size_t step = 0; step < program->phase_end[0]; step++)
    ms_uniform_compute(program, io->parameters, 1, &program->uniform_steps[step]);
  fill_tiles(program, io->parameters, &program->loops[0]);
  ms_team_run(team, run_rows, &rows);
out:
  return status;
}
