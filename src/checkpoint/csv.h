/*
** Tables of numbers as text: one row a line, cells between delimiters. The blank as a
** delimiter means any run of blanks and tabs. Cells may be quoted. Empty lines and
** lines that begin with '#' are left out. The decimal point is a point
** whatever the locale, and numbers are read and written exactly.
*/
#ifndef MS_CHECKPOINT_CSV_H
#define MS_CHECKPOINT_CSV_H

#include "tensor/tensor.h"

typedef struct ms_csv ms_csv;

typedef struct ms_csv_options {
  char delimiter;        /* not a digit, letter, sign, point, quote or line end */
  int header;            /* the first line names the columns */
  const double *missing; /* what an empty cell is; NULL: empty cells are errors */
} ms_csv_options;

/*
** Loads the file and counts its rows and columns. MS_EIO, MS_EFORMAT with file and line,
** MS_ENOMEM, MS_EARG for another delimiter.
*/
ms_status ms_csv_open(const char *path, const ms_csv_options *options, ms_csv **out);
void ms_csv_close(ms_csv *csv);

size_t ms_csv_rows(const ms_csv *csv);
size_t ms_csv_columns(const ms_csv *csv);

/* Name of a column (not terminated) and its length; NULL without a header. */
const char *ms_csv_name(const ms_csv *csv, size_t column, size_t *length);

/* The numbers, [rows, columns]. MS_EFORMAT with file, line and column of what is none. */
ms_status ms_csv_read(ms_csv *csv, double *data);

/*
** Writes a vector (as a column) or a matrix; 'names' (one for each column) or NULL. The
** file appears complete or not at all. MS_EARG for other shapes and names of several
** lines.
*/
ms_status ms_csv_write(const char *path, char delimiter, const char *const *names,
                       const ms_tensor *tensor);

/* MS_EARG unless the delimiter is one that can be told from numbers. */
ms_status ms_csv_check_delimiter(char delimiter);

#endif
