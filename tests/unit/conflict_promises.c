/* Promises of the first, fourth ... method of the registry. */
#include "conflict_promises.h"

int main(void) {
  return check_promises(0, 3);
}
