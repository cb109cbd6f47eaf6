#include "tensor/print.h"

#include "base/alloc.h"
#include "tensor/view.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 10, EDGE = 3, LINE = 256 };

typedef struct text_buffer {
  char *text;
  size_t used, room;
} text_buffer;

/* Appends at most LINE bytes. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static ms_status
append(text_buffer *buffer, const char *format, ...) {
  ms_status status = MS_OK;
  va_list args;
  if (buffer->room - buffer->used < LINE) {
    MS_TRY(ms_realloc(&buffer->text, 2 * buffer->room + LINE, 1, "the text of a tensor"));
    buffer->room = 2 * buffer->room + LINE;
  }
  va_start(args, format);
  buffer->used += (size_t)vsnprintf(buffer->text + buffer->used, LINE, format, args);
  va_end(args);
out:
  return status;
}

/* The next position to show after 'i'; an elided axis jumps from its head to its tail. */
static size_t next_shown(size_t i, size_t extent) {
  return extent > SHOWN && i + 1 == EDGE ? extent - EDGE : i + 1;
}

static int is_gap(size_t i, size_t extent) {
  return extent > SHOWN && i + 1 == EDGE;
}

/* The widest shown value under the last 'tensor->dims' axes. */
static int widest(const ms_tensor *tensor) {
  char digits[LINE];
  int width = 0;
  if (tensor->dims == 0) return snprintf(digits, sizeof digits, "%.5g", *tensor->data);
  for (size_t i = 0; i < tensor->shape[0]; i = next_shown(i, tensor->shape[0])) {
    ms_tensor part = {0};
    int inner;
    if (ms_tensor_select(tensor, 0, i, &part) != MS_OK) return width;
    inner = widest(&part);
    if (inner > width) width = inner;
    ms_tensor_release(&part);
  }
  return width;
}

static ms_status append_row(text_buffer *buffer, const ms_tensor *row, int width) {
  ms_status status = MS_OK;
  size_t extent = row->shape[0];
  for (size_t i = 0; i < extent; i = next_shown(i, extent)) {
    MS_TRY(append(buffer, "  %*.5g", width, row->data[(ptrdiff_t)i * row->stride[0]]));
    if (is_gap(i, extent)) MS_TRY(append(buffer, "  ..."));
  }
  MS_TRY(append(buffer, "\n"));
out:
  return status;
}

/* 'place' is the text of the positions chosen so far, "2, 1". */
static ms_status append_part(text_buffer *buffer, const ms_tensor *tensor, int width,
                             const char *place) {
  ms_status status = MS_OK;
  ms_tensor part = {0};
  size_t extent = tensor->shape[0];
  if (tensor->dims == 1) return append_row(buffer, tensor, width);
  if (tensor->dims == 2 && place[0] != '\0') MS_TRY(append(buffer, "[%s]\n", place));
  for (size_t i = 0; i < extent; i = next_shown(i, extent)) {
    char inner[LINE / 2] = "";
    if (tensor->dims > 2)
      snprintf(inner, sizeof inner, "%.80s%s%zu", place, place[0] == '\0' ? "" : ", ",
               i + 1);
    MS_TRY(ms_tensor_select(tensor, 0, i, &part));
    MS_TRY(append_part(buffer, &part, width, inner));
    ms_tensor_release(&part);
    if (is_gap(i, extent)) MS_TRY(append(buffer, "  ...\n"));
  }
out:
  ms_tensor_release(&part);
  return status;
}

ms_status ms_tensor_text(const ms_tensor *tensor, char **text) {
  ms_status status = MS_OK;
  text_buffer buffer = {0};
  char shape[MS_SHAPE_TEXT];
  *text = NULL;
  MS_CHECK(tensor->storage != NULL, MS_EARG, "the tensor is closed");
  MS_TRY(append(&buffer, "tensor %s float64\n",
                ms_shape_text(tensor->dims, tensor->shape, shape)));
  if (tensor->dims == 0)
    MS_TRY(append(&buffer, "  %.5g\n", *tensor->data));
  else if (ms_tensor_count(tensor) > 0)
    MS_TRY(append_part(&buffer, tensor, widest(tensor), ""));
  buffer.text[--buffer.used] = '\0'; /* the last newline */
  *text = buffer.text;
  buffer.text = NULL;
out:
  ms_free(buffer.text);
  return status;
}
