/* Exit statuses of the program, listed in modsync.1 too. */
#ifndef MS_APP_APP_H
#define MS_APP_APP_H

enum {
  EXIT_DONE = 0,
  EXIT_ERROR = 1,         /* an uncaught Lua error */
  EXIT_USAGE = 2,         /* the command line makes no sense */
  EXIT_INTERRUPTED = 130, /* Ctrl-C */
};

#endif
