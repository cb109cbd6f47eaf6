/* The right BLAS kernels from the start. */
#ifndef MS_APP_RESTART_H
#define MS_APP_RESTART_H

/*
** Writes the path of the running program into path[0 .. size); false if the system hides
** it.
*/
int program_path(char *path, unsigned size);

/*
** OpenBLAS picks its kernels while it is loaded, and only the environment can change the
** pick. Where the pick is too old for the processor this replaces the process by itself,
** once, with OPENBLAS_CORETYPE set. Returns when there is nothing to do: the pick is
** right, the user has set OPENBLAS_CORETYPE or MODSYNC_BLAS_CORE=keep, or the restart has
** happened.
*/
void restart_with_better_blas(char **argv);

#endif
