/* Products of matrices. */
#include "linalg/matmul.h"
#include "luabind/tensor_parts.h"

/* a:matmul(b): a number if both are vectors. */
static int matmul(lua_State *L) {
  const ms_tensor *a = lb_check_tensor(L, 1), *b = lb_check_tensor(L, 2);
  size_t rows = a->dims == 2 ? a->shape[0] : 1, columns = b->dims == 2 ? b->shape[1] : 1;
  size_t shape[] = {rows, columns}, count;
  ms_status status = ms_shape_count(2, shape, &count);
  if (status != MS_OK) return lb_fail_in(L, "tensor 'matmul'", status);
  lb_account(L, count * sizeof(double));
  status = ms_tensor_matmul(a, b, lb_new_tensor(L));
  return status == MS_OK ? lb_number_or_tensor(L)
                         : lb_fail_in(L, "tensor 'matmul'", status);
}

const luaL_Reg lb_tensor_products[] = {{"matmul", matmul}, {NULL, NULL}};
