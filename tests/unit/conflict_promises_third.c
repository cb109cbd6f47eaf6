/* Promises of the third, sixth ... method of the registry. */
#include "conflict_promises.h"

int main(void) {
  return check_promises(2, 3);
}
