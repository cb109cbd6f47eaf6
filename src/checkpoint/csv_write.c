#include "checkpoint/csv.h"

#include "base/alloc.h"
#include "checkpoint/output.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER = 1 << 14, LONGEST = 40 };

typedef struct table {
  ms_output *output;
  char delimiter;
  size_t used;
  char buffer[BUFFER];
} table;

static ms_status flush(table *t) {
  size_t used = t->used;
  t->used = 0;
  return ms_output_write(t->output, t->buffer, used);
}

static ms_status put_text(table *t, const char *text, size_t length) {
  ms_status status = MS_OK;
  if (length > BUFFER - t->used) MS_TRY(flush(t));
  if (length > BUFFER) return ms_output_write(t->output, text, length);
  memcpy(t->buffer + t->used, text, length);
  t->used += length;
out:
  return status;
}

/* 15 digits if they give the same double back, else the 17 that always do. */
static size_t format_number(double x, char text[LONGEST]) {
  size_t length;
  char *point;
  if (isnan(x)) return (size_t)snprintf(text, LONGEST, "nan");
  if (isinf(x)) return (size_t)snprintf(text, LONGEST, x > 0 ? "inf" : "-inf");
  if (x == floor(x) && fabs(x) < 1e15 && !(x == 0 && signbit(x)))
    return (size_t)snprintf(text, LONGEST, "%lld", (long long)x);
  length = (size_t)snprintf(text, LONGEST, "%.15g", x);
  if (strtod(text, NULL) != x) length = (size_t)snprintf(text, LONGEST, "%.17g", x);
  point = strchr(text, localeconv()->decimal_point[0]);
  if (point != NULL) *point = '.';
  return length;
}

/*
** A name with quotes around it and its own quotes doubled, where it would not be read
** back.
*/
static ms_status put_name(table *t, const char *name) {
  ms_status status = MS_OK;
  size_t length = strlen(name);
  MS_CHECK(length > 0 && strpbrk(name, "\r\n\"") == NULL, MS_EARG,
           "the name '%s' of a column, expected some text in one line without quotes",
           name);
  if (strchr(name, t->delimiter) == NULL && strpbrk(name, " \t#") == NULL)
    return put_text(t, name, length);
  MS_TRY(put_text(t, "\"", 1));
  MS_TRY(put_text(t, name, length));
  MS_TRY(put_text(t, "\"", 1));
out:
  return status;
}

static ms_status put_table(table *t, const char *const *names, const ms_tensor *tensor) {
  ms_status status = MS_OK;
  size_t rows = tensor->shape[0], columns = tensor->dims == 2 ? tensor->shape[1] : 1;
  ptrdiff_t step = tensor->dims == 2 ? tensor->stride[1] : 0;
  char text[LONGEST];
  for (size_t j = 0; names != NULL && j < columns; j++) {
    MS_TRY(put_name(t, names[j]));
    MS_TRY(put_text(t, j + 1 < columns ? &t->delimiter : "\n", 1));
  }
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) {
      const double *at =
        tensor->data + (ptrdiff_t)i * tensor->stride[0] + (ptrdiff_t)j * step;
      MS_TRY(put_text(t, text, format_number(*at, text)));
      MS_TRY(put_text(t, j + 1 < columns ? &t->delimiter : "\n", 1));
    }
  MS_TRY(flush(t));
out:
  return status;
}

ms_status ms_csv_write(const char *path, char delimiter, const char *const *names,
                       const ms_tensor *tensor) {
  ms_status status = MS_OK;
  table *t = NULL;
  char shape[MS_SHAPE_TEXT];
  MS_CHECK(tensor->storage != NULL, MS_EARG, "the tensor is closed");
  MS_CHECK((tensor->dims == 1 || tensor->dims == 2)
             && (tensor->dims == 1 || tensor->shape[1] > 0),
           MS_EARG, "shape %s, expected a vector or a matrix with columns",
           ms_shape_text(tensor->dims, tensor->shape, shape));
  MS_TRY(ms_csv_check_delimiter(delimiter));
  MS_TRY(ms_alloc_zero(1, sizeof *t, "a table", &t));
  t->delimiter = delimiter;
  MS_TRY(ms_output_open(path, &t->output));
  MS_TRY(put_table(t, names, tensor));
  MS_TRY(ms_output_commit(t->output));
out:
  if (t != NULL) ms_output_free(t->output);
  ms_free(t);
  return status;
}
