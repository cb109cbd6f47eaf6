/* Promises of the second, fifth ... method of the registry. */
#include "conflict_promises.h"

int main(void) {
  return check_promises(1, 3);
}
