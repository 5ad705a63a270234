/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(memory, is_zeroed_aligned_and_unique)
{
    unsigned char *bytes = tf_alloc(1000, 3);
    void *nothing = tf_alloc(0, 8), *nothing_too = tf_alloc(8, 0);

    cr_assert_not_null(bytes);
    for (size_t i = 0; i < 3000; i++) {
        cr_assert_eq(bytes[i], 0);
    }
    cr_assert_not_null(nothing);
    cr_assert_not_null(nothing_too);
    cr_assert_neq(nothing, nothing_too);
    tf_free(bytes);
    tf_free(nothing);
    tf_free(nothing_too);
    tf_free(NULL);
    for (size_t n = 0; n < 300; n += 7) {
        unsigned char *column = tf_alloc_aligned(n, 8);

        cr_assert_not_null(column);
        cr_assert_eq((uintptr_t)column % TF_ALIGNMENT, 0);
        for (size_t i = 0; i < n * 8; i++) {
            cr_assert_eq(column[i], 0);
        }
        tf_free(column);
    }
}

Test(memory, refuses_sizes_that_overflow)
{
    int *old = TF_NEW(int, 4);

    cr_assert_null(tf_alloc(SIZE_MAX / 2, 3));
    cr_assert_null(tf_alloc_aligned(SIZE_MAX / 2, 3));
    cr_assert_null(tf_realloc(old, SIZE_MAX / 2, 3));
    old[3] = 5;
    cr_assert_eq(old[3], 5);
    tf_free(old);
}

Test(memory, grows_lists_and_copies_texts)
{
    void *items = NULL;
    size_t capacity = 0, moves = 0;
    char *copy = tf_strdup("one");

    for (size_t n = 1; n <= 5000; n++) {
        size_t before = capacity;

        cr_assert_eq(tf_reserve(&items, &capacity, n, sizeof(int)), 0);
        cr_assert_geq(capacity, n);
        ((int *)items)[n - 1] = (int)n;
        moves += capacity != before;
    }
    cr_assert_leq(moves, 11);
    for (int n = 0; n < 5000; n++) {
        cr_assert_eq(((int *)items)[n], n + 1);
    }
    tf_free(items);
    cr_assert_str_eq(copy, "one");
    tf_free(copy);
    cr_assert_null(tf_strdup(NULL));
}

Test(memory, fails_at_the_call_that_was_asked_for)
{
    void *kept[4], *items = NULL;
    size_t capacity = 0;

    tf_memory_fail_at(3);
    kept[0] = tf_alloc(1, 1);
    kept[1] = tf_alloc_aligned(1, 1);
    kept[2] = tf_realloc(NULL, 1, 1);
    kept[3] = tf_alloc(1, 1);
    cr_assert_not_null(kept[0]);
    cr_assert_not_null(kept[1]);
    cr_assert_null(kept[2]);
    cr_assert_not_null(kept[3]);
    tf_free(kept[0]);
    tf_free(kept[1]);
    tf_free(kept[3]);

    tf_memory_fail_at(1);
    cr_assert_eq(tf_reserve(&items, &capacity, 5, 8), -1);
    cr_assert_null(items);
    cr_assert_eq(capacity, 0);
    tf_memory_fail_at(1);
    cr_assert_null(tf_strdup("text"));
    tf_memory_fail_at(2);
    tf_memory_fail_at(0);
    for (int k = 0; k < 3; k++) {
        void *memory = tf_alloc(1, 1);

        cr_assert_not_null(memory);
        tf_free(memory);
    }
}
