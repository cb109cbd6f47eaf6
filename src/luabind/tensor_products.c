/* Products of matrices. */
#include "luabind/tensor_parts.h"

const luaL_Reg lb_tensor_products[] = {{NULL, NULL}};
