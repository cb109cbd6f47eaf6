/* Promises of the first, third ... method of the registry. */
#include "conflict_promises.h"

int main(void) {
  return check_promises(0, 2);
}
