#include "checkpoint/csv.h"

#include "base/alloc.h"
#include "checkpoint/input.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct cell {
  const char *at;
  size_t length;
} cell;

struct ms_csv {
  char *path, *text;      /* the whole file, and a line end behind it */
  const char *end, *data; /* of the text; where the numbers begin */
  ms_csv_options options;
  double missing;
  size_t rows, columns, first_line; /* number of the line at 'data', from 1 */
  cell *names;
};

ms_status ms_csv_check_delimiter(char delimiter) {
  ms_status status = MS_OK;
  int good = delimiter > 0 && delimiter != '\n' && delimiter != '\r'
             && strchr("\"'+-.#_0123456789", delimiter) == NULL
             && !((delimiter | 32) >= 'a' && (delimiter | 32) <= 'z');
  MS_CHECK(good, MS_EARG, "delimiter '%c', expected one like ',', ';', tab or blank",
           delimiter);
out:
  return status;
}

/* {=== lines and cells === */

static int is_blank(char c) {
  return c == ' ' || c == '\t';
}

/* The end of the line at 'at', its '\r' aside. *next = the line after it. */
static const char *line_end(const char *at, const char **next) {
  const char *end = strchr(at, '\n');
  *next = end + 1;
  return end > at && end[-1] == '\r' ? end - 1 : end;
}

static const char *skip_blanks(const char *at, const char *end, char delimiter) {
  while (at < end && is_blank(*at) && (*at != delimiter || delimiter == ' ')) at++;
  return at;
}

/*
** Takes the next cell of a line, which ends at 'end'. *at moves behind its delimiter;
** false when there are no more. A quoted cell is what the quotes enclose.
*/
static int next_cell(const char **at, const char *end, char delimiter, cell *out) {
  const char *from = skip_blanks(*at, end, delimiter), *to;
  if (*at > end || (delimiter == ' ' && from == end)) return 0;
  if (from < end && *from == '"') {
    to = memchr(from + 1, '"', (size_t)(end - from - 1));
    if (to == NULL) to = end;
    *out = (cell){from + 1, (size_t)(to - from - 1)};
    if (to < end) to++;
    while (to < end && *to != delimiter && !(delimiter == ' ' && is_blank(*to))) to++;
  } else {
    const char *last;
    for (to = from; to < end && *to != delimiter; to++)
      if (delimiter == ' ' && is_blank(*to)) break;
    for (last = to; last > from && is_blank(last[-1]); last--) continue;
    *out = (cell){from, (size_t)(last - from)};
  }
  *at = to + 1;
  return 1;
}

static size_t count_cells(const char *at, const char *end, char delimiter) {
  size_t count = 0;
  cell c;
  while (next_cell(&at, end, delimiter, &c)) count++;
  return count;
}

/* }=== */

/* {=== numbers === */

/*
** Up to 19 digits with a power of ten that a double holds exactly: one rounding, so the
** result is the nearest double. False for anything else.
*/
static int simple_number(const cell *c, double *out) {
  static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const char *at = c->at, *end = c->at + c->length;
  int negative = at < end && *at == '-', scale = 0, digits = 0, exponent = 0, below = 0;
  uint64_t whole = 0;
  if (at < end && (*at == '-' || *at == '+')) at++;
  for (int point = 0; at < end; at++) {
    if (*at == '.' && !point) {
      point = 1;
      continue;
    }
    if (*at < '0' || *at > '9') break;
    if (++digits > 18) return 0;
    whole = whole * 10 + (uint64_t)(*at - '0');
    scale -= point;
  }
  if (digits == 0) return 0;
  if (at < end && (*at | 32) == 'e') {
    at++;
    below = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    if (at == end) return 0;
    for (; at < end && *at >= '0' && *at <= '9' && exponent < 1000; at++)
      exponent = exponent * 10 + (*at - '0');
    scale += below ? -exponent : exponent;
  }
  if (at < end || whole > (uint64_t)1 << 53 || scale < -22 || scale > 22) return 0;
  *out = scale < 0 ? (double)whole / tens[-scale] : (double)whole * tens[scale];
  if (negative) *out = -*out;
  return 1;
}

/* Any other number, "inf" and "nan"; strtod wants the point of the locale. */
static int other_number(const cell *c, double *out) {
  enum { LONGEST = 400 };
  char text[LONGEST + 1], *end, *point;
  if (c->length == 0 || c->length > LONGEST) return 0;
  memcpy(text, c->at, c->length);
  text[c->length] = '\0';
  if (strpbrk(text, "xX(,") != NULL || is_blank(text[0])) return 0;
  point = strchr(text, '.');
  if (point != NULL) *point = localeconv()->decimal_point[0];
  *out = strtod(text, &end);
  return *end == '\0' && end > text;
}

/* Blanks may be around a number inside of quotes, too. */
static ms_status read_cell(const ms_csv *csv, cell c, size_t line, size_t column,
                           double *out) {
  ms_status status = MS_OK;
  for (; c.length > 0 && is_blank(c.at[0]); c.length--) c.at++;
  while (c.length > 0 && is_blank(c.at[c.length - 1])) c.length--;
  if (simple_number(&c, out)) return MS_OK;
  if (c.length == 0 && csv->options.missing != NULL) {
    *out = csv->missing;
    return MS_OK;
  }
  MS_CHECK(c.length > 0, MS_EFORMAT, "'%.250s', line %zu, column %zu: the cell is empty",
           csv->path, line, column);
  MS_CHECK(other_number(&c, out), MS_EFORMAT,
           "'%.250s', line %zu, column %zu: '%.*s' is not a number", csv->path, line,
           column, (int)(c.length < 40 ? c.length : 40), c.at);
out:
  return status;
}

/* }=== */

/* {=== opening === */

static ms_status load(const char *path, ms_csv *csv) {
  ms_status status = MS_OK;
  ms_input *input = NULL;
  size_t size;
  MS_TRY(ms_input_open(path, &input));
  MS_CHECK(ms_input_size(input) < SIZE_MAX - 2, MS_ENOMEM, "'%s' is too large", path);
  size = (size_t)ms_input_size(input);
  MS_TRY(ms_alloc(size + 2, 1, "the text of a table", &csv->text));
  MS_TRY(ms_input_read(input, 0, csv->text, size));
  MS_CHECK(memchr(csv->text, '\0', size) == NULL, MS_EFORMAT,
           "'%.250s' is not a text: it has a zero byte", path);
  csv->end = csv->text + size;
  csv->text[size] = '\n';
  csv->text[size + 1] = '\0';
  csv->data = csv->text;
  if (size >= 3 && memcmp(csv->text, "\xEF\xBB\xBF", 3) == 0) csv->data += 3;
  csv->first_line = 1;
out:
  ms_input_free(input);
  return status;
}

/* A comment or an empty line. */
static int is_left_out(const char *at, const char *end) {
  while (at < end && is_blank(*at)) at++;
  return at == end || *at == '#';
}

static void skip_comments(ms_csv *csv) {
  while (csv->data < csv->end) {
    const char *next, *end = line_end(csv->data, &next);
    if (!is_left_out(csv->data, end)) return;
    csv->data = next;
    csv->first_line++;
  }
}

static ms_status read_names(ms_csv *csv) {
  ms_status status = MS_OK;
  const char *at = csv->data, *next, *end;
  size_t count = 0;
  MS_CHECK(at < csv->end, MS_EFORMAT, "'%.250s' has no line with names", csv->path);
  end = line_end(at, &next);
  csv->columns = count_cells(at, end, csv->options.delimiter);
  MS_TRY(ms_alloc(csv->columns, sizeof *csv->names, "names of columns", &csv->names));
  while (next_cell(&at, end, csv->options.delimiter, &csv->names[count])) {
    MS_CHECK(csv->names[count].length > 0, MS_EFORMAT,
             "'%.250s', line %zu: column %zu has no name", csv->path, csv->first_line,
             count + 1);
    count++;
  }
  csv->data = next;
  csv->first_line++;
  skip_comments(csv);
out:
  return status;
}

static void count_rows(ms_csv *csv) {
  const char *next, *end;
  for (const char *at = csv->data; at < csv->end; at = next) {
    end = line_end(at, &next);
    if (is_left_out(at, end)) continue;
    if (csv->rows == 0 && csv->names == NULL)
      csv->columns = count_cells(at, end, csv->options.delimiter);
    csv->rows++;
  }
}

ms_status ms_csv_open(const char *path, const ms_csv_options *options, ms_csv **out) {
  ms_status status = MS_OK;
  ms_csv *csv = NULL;
  size_t unused;
  *out = NULL;
  MS_TRY(ms_csv_check_delimiter(options->delimiter));
  MS_TRY(ms_alloc_zero(1, sizeof *csv, "a table", &csv));
  MS_TRY(ms_strdup(path, &csv->path));
  csv->options = *options;
  if (options->missing != NULL) csv->missing = *options->missing;
  MS_TRY(load(path, csv));
  skip_comments(csv);
  if (options->header) MS_TRY(read_names(csv));
  count_rows(csv);
  MS_CHECK(ms_mul_size(csv->rows, csv->columns, &unused), MS_ENOMEM, "'%s' is too large",
           path);
  *out = csv;
  csv = NULL;
out:
  ms_csv_close(csv);
  return status;
}

void ms_csv_close(ms_csv *csv) {
  if (csv == NULL) return;
  ms_free(csv->names);
  ms_free(csv->text);
  ms_free(csv->path);
  ms_free(csv);
}

/* }=== */

size_t ms_csv_rows(const ms_csv *csv) {
  return csv->rows;
}

size_t ms_csv_columns(const ms_csv *csv) {
  return csv->columns;
}

const char *ms_csv_name(const ms_csv *csv, size_t column, size_t *length) {
  if (csv->names == NULL) return NULL;
  *length = csv->names[column].length;
  return csv->names[column].at;
}

ms_status ms_csv_read(ms_csv *csv, double *data) {
  ms_status status = MS_OK;
  size_t row = 0, line = csv->first_line, columns = csv->columns;
  const char *at = csv->data, *next, *end;
  for (; row < csv->rows; at = next, line++) {
    size_t column = 0;
    cell c;
    end = line_end(at, &next);
    if (is_left_out(at, end)) continue;
    while (next_cell(&at, end, csv->options.delimiter, &c)) {
      if (column < columns)
        MS_TRY(read_cell(csv, c, line, column + 1, data + row * columns + column));
      column++;
    }
    MS_CHECK(column == columns, MS_EFORMAT,
             "'%.250s', line %zu has %zu columns, expected %zu as in the first line",
             csv->path, line, column, columns);
    row++;
  }
out:
  return status;
}
