/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Calls left until the one that fails; 0: none does. */
static atomic_long calls_left;

static bool must_fail(void)
{
    if (atomic_load_explicit(&calls_left, memory_order_relaxed) == 0) {
        return false;
    }
    return atomic_fetch_sub(&calls_left, 1) == 1;
}

void tf_memory_fail_at(long n)
{
    atomic_store(&calls_left, n);
}

/* n * size in `bytes`, at least 1; false if it overflows. */
static bool product(size_t n, size_t size, size_t *bytes)
{
    if (size != 0 && n > SIZE_MAX / size) {
        return false;
    }
    *bytes = n * size;
    if (*bytes == 0) {
        *bytes = 1;
    }
    return true;
}

void *tf_alloc(size_t n, size_t size)
{
    size_t bytes;

    if (must_fail() || !product(n, size, &bytes)) {
        return NULL;
    }
    return calloc(1, bytes);
}

void *tf_alloc_aligned(size_t n, size_t size)
{
    size_t bytes;
    void *memory = NULL;

    if (must_fail() || !product(n, size, &bytes) || posix_memalign(&memory, TF_ALIGNMENT, bytes) != 0) {
        return NULL;
    }
    memset(memory, 0, bytes);
    return memory;
}

void *tf_realloc(void *old, size_t n, size_t size)
{
    size_t bytes;

    if (must_fail() || !product(n, size, &bytes)) {
        return NULL;
    }
    return realloc(old, bytes);
}

void tf_free(void *memory)
{
    free(memory);
}

char *tf_strdup(const char *text)
{
    size_t bytes;
    char *copy;

    if (text == NULL) {
        return NULL;
    }
    bytes = strlen(text) + 1;
    copy = tf_alloc(bytes, 1);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

int tf_reserve(void **items, size_t *capacity, size_t needed, size_t size)
{
    size_t more = *capacity;
    void *grown;

    if (needed <= *capacity) {
        return 0;
    }
    if (more < 8) {
        more = 8;
    }
    while (more < needed) {
        more = more > SIZE_MAX / 2 ? needed : more * 2;
    }
    grown = tf_realloc(*items, more, size);
    if (grown == NULL) {
        return -1;
    }
    *items = grown;
    *capacity = more;
    return 0;
}
