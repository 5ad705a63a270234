/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one seam through which the library takes memory, so that tests can make it fail at the n-th call. */
#ifndef TF_BASE_MEMORY_H
#define TF_BASE_MEMORY_H

#include <stddef.h>

enum { TF_ALIGNMENT = 64 };

/* `n` zeroed items of `size` bytes; NULL if memory is exhausted or n*size overflows.  n = 0 gives a unique pointer. */
void *tf_alloc(size_t n, size_t size);
/* The same, aligned to TF_ALIGNMENT; free with tf_free. */
void *tf_alloc_aligned(size_t n, size_t size);
/* Grow or shrink; what is new is not zeroed.  On failure NULL, and `old` stays. */
void *tf_realloc(void *old, size_t n, size_t size);
void tf_free(void *memory);
/* A copy of a text; NULL if memory is exhausted or text is NULL. */
char *tf_strdup(const char *text);

#define TF_NEW(type, n) ((type *)tf_alloc((size_t)(n), sizeof(type)))

/* Grow `*items` (of `size` bytes each) so that it holds at least `needed`; doubles `*capacity`.  0, or -1 when memory is
 * exhausted and nothing changed. */
int tf_reserve(void **items, size_t *capacity, size_t needed, size_t size);

/* Test seam: the n-th call from now on fails (1: the next); 0: never again. */
void tf_memory_fail_at(long n);

#endif
