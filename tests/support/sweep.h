/* Every allocation of a task fails once. */
#ifndef MS_TESTS_SUPPORT_SWEEP_H
#define MS_TESTS_SUPPORT_SWEEP_H

#include "check.h"

/*
** Runs the task, which releases what it makes, with one more allowed allocation each time
** until it succeeds: a failure is MS_ENOMEM and leaves nothing behind. Returns how many
** allocations failed.
*/
static inline size_t sweep(ms_status (*task)(void)) {
  ms_status status = MS_ENOMEM;
  size_t n = 0, blocks = ms_live_blocks();
  while (status == MS_ENOMEM && n < 1000) {
    ms_alloc_fail_after(++n);
    status = task();
    ms_alloc_fail_after(0);
    CHECK(ms_live_blocks() == blocks);
  }
  CHECK_STATUS(status, MS_OK);
  return n - 1;
}

#endif
