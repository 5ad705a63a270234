/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text: strict numbers, nearest names, growing buffers, paths. */
#ifndef TF_BASE_TEXT_H
#define TF_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole of `text` (spaces around allowed) as a finite number in the C locale; false for anything else, "010" and
 * "1_000" and "0,6" and "nan" and hexadecimal included ("0.5", "1e-3", "-2", "10" are numbers; "010" is not). */
bool tf_parse_number(const char *text, double *number);
bool tf_parse_integer(const char *text, int64_t *number);

/* The shortest decimal digits that read back to the same bits (at most 17), with a decimal point in any locale. */
enum { TF_NUMBER_SIZE = 32 };
size_t tf_print_number(double number, char text[TF_NUMBER_SIZE]); /* its length */

/* The candidate nearest to `name` by edit distance (Damerau-Levenshtein, case ignored); NULL if none is near (distance
 * above a third of the length, at least 2). */
const char *tf_nearest(const char *name, const char *const *candidates, size_t n);

/* Is it a name: [a-z][a-z0-9_]* ? */
bool tf_is_name(const char *text);

/* Lower-case ASCII equality. */
bool tf_same_text(const char *a, const char *b);

/* Trim in place; returns the first non-space character. */
char *tf_trim(char *text);

/* A growing text.  All functions are no-ops after memory ran out; `failed` says so. */
typedef struct tf_text {
    char *chars; /* NUL-terminated once anything was added; NULL before */
    size_t length, capacity;
    bool failed;
} tf_text;

void tf_text_add(tf_text *text, const char *more);
void tf_text_add_bytes(tf_text *text, const char *more, size_t length); /* nothing when memory for `more` ran out before: it is NULL */
void tf_text_addf(tf_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tf_text_free(tf_text *text);

/* A list of owned texts. */
typedef struct tf_list {
    char **items;
    size_t count, capacity;
} tf_list;

int tf_list_add(tf_list *list, const char *text);             /* 0, or -1 out of memory */
int tf_list_split(tf_list *list, const char *text, char at);  /* trimmed pieces; empty pieces kept, an empty text gives none */
ptrdiff_t tf_list_find(const tf_list *list, const char *text); /* index, or -1; case ignored */
void tf_list_free(tf_list *list);

/* `relative` seen from the folder of `file`; absolute paths unchanged.  Caller frees. */
char *tf_path_beside(const char *file, const char *relative);

#endif
