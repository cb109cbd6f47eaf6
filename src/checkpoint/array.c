#include "checkpoint/array.h"

#include "base/alloc.h"
#include "checkpoint/input.h"
#include "checkpoint/npy.h"
#include "checkpoint/output.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

#include <stdio.h>
#include <string.h>

enum { SCRATCH = 1 << 16, WHERE = 300 };

struct ms_array_file {
  ms_input *input;
  ms_npy_header header;
  uint64_t at; /* where the elements begin */
  char where[WHERE];
  unsigned char scratch[SCRATCH];
};

ms_status ms_array_open(const char *path, ms_array_file **out, size_t *count) {
  ms_status status = MS_OK;
  ms_array_file *file = NULL;
  size_t start, length, bytes;
  *out = NULL;
  MS_TRY(ms_alloc_zero(1, sizeof *file, "a .npy reader", &file));
  snprintf(file->where, sizeof file->where, "'%.250s'", path);
  MS_TRY(ms_input_open(path, &file->input));
  MS_TRY(ms_input_read(file->input, 0, file->scratch, MS_NPY_PREAMBLE));
  MS_TRY(ms_npy_preamble_parse(file->where, file->scratch, &start, &length));
  MS_TRY(ms_input_read(file->input, start, file->scratch, length));
  MS_TRY(ms_npy_header_parse(file->where, file->scratch, length, &file->header));
  file->at = start + length;
  bytes = file->header.info.count * file->header.element_size;
  MS_CHECK(ms_input_size(file->input) - file->at == bytes, MS_EFORMAT,
           "%s is damaged: its shape needs %zu bytes, and it has %llu", file->where,
           bytes, (unsigned long long)(ms_input_size(file->input) - file->at));
  *count = file->header.info.count;
  *out = file;
  file = NULL;
out:
  ms_array_close(file);
  return status;
}

void ms_array_close(ms_array_file *file) {
  if (file == NULL) return;
  ms_input_free(file->input);
  ms_free(file);
}

/* *to = the element at 'from'; false if there is no such double. */
static int convert(const ms_npy_header *header, const unsigned char *from, double *to) {
  const int64_t most = (int64_t)1 << 53;
  unsigned char byte;
  int64_t whole;
  switch (header->info.type) {
    case MS_NPZ_F8: return ms_npy_element_read(header, from, to);
    case MS_NPZ_U1:
      ms_npy_element_read(header, from, &byte);
      *to = byte;
      break;
    case MS_NPZ_I8:
      if (!ms_npy_element_read(header, from, &whole)) return 0;
      *to = (double)whole;
      return whole >= -most && whole <= most;
  }
  return 1;
}

/* The elements in the order of the file. */
static ms_status read_elements(ms_array_file *file, double *to) {
  ms_status status = MS_OK;
  const ms_npy_header *header = &file->header;
  size_t size = header->element_size, count = header->info.count, part;
  if (header->as_is && header->info.type == MS_NPZ_F8)
    return ms_input_read(file->input, file->at, to, count * size);
  for (size_t done = 0; done < count; done += part) {
    part = count - done < SCRATCH / size ? count - done : SCRATCH / size;
    MS_TRY(
      ms_input_read(file->input, file->at + done * size, file->scratch, part * size));
    for (size_t i = 0; i < part; i++)
      MS_CHECK(convert(header, file->scratch + i * size, to + done + i), MS_EFORMAT,
               "%s: integer number %zu is beyond 2^53 and has no exact float64",
               file->where, done + i + 1);
  }
out:
  return status;
}

/* In Fortran order the file holds the array with its axes reversed. */
ms_status ms_array_read(ms_array_file *file, ms_tensor *out) {
  ms_status status = MS_OK;
  const ms_npz_info *info = &file->header.info;
  int turned = file->header.fortran && info->dims > 1, order[MS_MAX_DIMS];
  size_t shape[MS_MAX_DIMS];
  ms_tensor elements = {0}, view = {0};
  for (int i = 0; i < info->dims; i++) {
    order[i] = info->dims - 1 - i;
    shape[i] = info->shape[turned ? order[i] : i];
  }
  MS_TRY(ms_tensor_create_unset(info->dims, shape, &elements));
  MS_TRY(read_elements(file, elements.data));
  if (turned) {
    MS_TRY(ms_tensor_permute(&elements, order, &view));
    MS_TRY(ms_tensor_clone(&view, out));
  } else {
    ms_tensor_share(&elements, out);
  }
out:
  ms_tensor_release(&elements);
  ms_tensor_release(&view);
  return status;
}

ms_status ms_array_write(const char *path, const ms_tensor *tensor) {
  ms_status status = MS_OK;
  ms_output *output = NULL;
  ms_tensor plain = {0};
  unsigned char header[MS_NPY_WRITE_MAX];
  ms_npz_info info = {MS_NPZ_F8, tensor->dims, {0}, ms_tensor_count(tensor)};
  MS_CHECK(tensor->storage != NULL, MS_EARG, "the tensor is closed");
  memcpy(info.shape, tensor->shape, sizeof info.shape);
  if (ms_tensor_is_contiguous(tensor))
    ms_tensor_share(tensor, &plain);
  else
    MS_TRY(ms_tensor_clone(tensor, &plain));
  MS_TRY(ms_output_open(path, &output));
  MS_TRY(ms_output_write(output, header, ms_npy_header_write(&info, header)));
  MS_TRY(ms_output_write(output, plain.data, info.count * sizeof(double)));
  MS_TRY(ms_output_commit(output));
out:
  ms_output_free(output);
  ms_tensor_release(&plain);
  return status;
}
