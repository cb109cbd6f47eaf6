#include "linalg/matrix.h"

#include "tensor/elementwise.h"
#include "tensor/view.h"

static ms_status check(const ms_tensor *a, ms_matrix *out) {
  ms_status status = MS_OK;
  char shape[MS_SHAPE_TEXT];
  MS_CHECK(a->storage != NULL, MS_EARG, "the tensor is closed");
  MS_CHECK(a->dims == 2, MS_EARG, "shape %s, expected a matrix",
           ms_shape_text(a->dims, a->shape, shape));
  MS_TRY(ms_lapack_int(a->shape[0], "the number of rows", &out->rows));
  MS_TRY(ms_lapack_int(a->shape[1], "the number of columns", &out->columns));
  MS_CHECK(ms_tensor_is_finite(a), MS_EDIVERGED,
           "the matrix has values that are not finite");
out:
  return status;
}

ms_status ms_matrix_read(const ms_tensor *a, ms_matrix *out) {
  ms_status status = check(a, out);
  return status == MS_OK ? ms_tensor_clone(a, &out->tensor) : status;
}

ms_status ms_matrix_read_columns(const ms_tensor *a, ms_matrix *out) {
  ms_status status = check(a, out);
  return status == MS_OK ? ms_matrix_turn(a, &out->tensor) : status;
}

ms_status ms_matrix_read_square(const ms_tensor *a, ms_matrix *out) {
  ms_status status = MS_OK;
  char shape[MS_SHAPE_TEXT];
  MS_CHECK(a->dims == 2 && a->shape[0] == a->shape[1], MS_EARG,
           "shape %s, expected a square matrix", ms_shape_text(a->dims, a->shape, shape));
  MS_TRY(ms_matrix_read(a, out));
out:
  return status;
}

lapack_int ms_leading(lapack_int extent) {
  return extent > 1 ? extent : 1;
}

ms_status ms_matrix_turn(const ms_tensor *of, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor turned = {0};
  MS_TRY(ms_tensor_transpose(of, 0, 1, &turned));
  MS_TRY(ms_tensor_clone(&turned, out));
out:
  ms_tensor_release(&turned);
  return status;
}

ms_status ms_matrix_first(const ms_tensor *of, int axis, size_t count, ms_tensor *out) {
  ms_status status = MS_OK;
  ms_tensor part = {0};
  MS_TRY(ms_tensor_narrow(of, axis, 0, count, &part));
  MS_TRY(ms_tensor_clone(&part, out));
out:
  ms_tensor_release(&part);
  return status;
}

void ms_matrix_drop(int count, ms_tensor *tensors) {
  for (int i = 0; i < count; i++) ms_tensor_release(&tensors[i]);
}
