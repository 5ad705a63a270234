/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/digest.h"
#include "base/memory.h"
#include "base/status.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const trefoil_status all[] = {
#define X(symbol, value, sentence) symbol,
    TREFOIL_STATUS_LIST(X)
#undef X
};
enum { STATUSES = sizeof all / sizeof all[0] };

Test(status, has_a_sentence_and_an_exit_status_for_each)
{
    static const int exits[STATUSES] = {0, 2, 1, 1, 1, 1, 1, 130, 3, 1};

    for (int i = 0; i < STATUSES; i++) {
        cr_assert_gt(strlen(trefoil_status_text(all[i])), 3);
        cr_assert_eq(trefoil_exit_status(all[i]), exits[i], "%s", trefoil_status_text(all[i]));
        for (int j = 0; j < i; j++) {
            cr_assert_str_neq(trefoil_status_text(all[i]), trefoil_status_text(all[j]));
            cr_assert_neq(all[i], all[j]);
        }
    }
    cr_assert_not_null(trefoil_status_text((trefoil_status)-4711));
    cr_assert_eq(trefoil_exit_status((trefoil_status)-4711), 3);
}

static void expect(const trefoil_context *context, size_t n, const char *const *reasons)
{
    cr_assert_eq(trefoil_context_reasons(context), n, "%zu reasons, not %zu", trefoil_context_reasons(context), n);
    for (size_t k = 0; k < n; k++) {
        cr_assert_str_eq(trefoil_context_reason(context, k), reasons[k]);
    }
    cr_assert_str_eq(trefoil_context_reason(context, n), "");
}

Test(status, tells_mistakes_in_order_of_file_and_line_and_once)
{
    trefoil_context *context = trefoil_context_create(NULL);
    char first[] = "b.ini";
    const char *const told[] = {"no place", "a.ini: whole file", "a.ini:2: zz", "b.ini:7: seven", "b.ini:30: thirty", "b.ini:30: again"};

    cr_assert_eq(tf_mistakes(context), 0);
    cr_assert_eq(tf_mistake(context, (tf_place){first, 30}, "%s", "thirty"), TREFOIL_USER_MISTAKE);
    tf_mistake(context, (tf_place){"b.ini", 30}, "again");
    tf_mistake(context, (tf_place){"b.ini", 7}, "seven");
    tf_mistake(context, (tf_place){"a.ini", 2}, "zz");
    tf_mistake(context, (tf_place){NULL, 12}, "no place");
    tf_mistake(context, (tf_place){"a.ini", 0}, "whole file");
    cr_assert_eq(tf_mistakes(context), 6);
    first[0] = 'x'; /* the context keeps copies */
    expect(context, 6, told);
    tf_mistake(context, (tf_place){"b.ini", 30}, "thirty");
    tf_mistake(context, (tf_place){NULL, 0}, "no place");
    expect(context, 6, told);
    cr_assert_eq(tf_mistakes(context), 8, "a repeated mistake is a mistake to whom it happens");
    trefoil_context_destroy(context);
    trefoil_context_destroy(NULL);
}

Test(status, keeps_the_first_failure_behind_the_mistakes)
{
    trefoil_context *context = trefoil_context_create(NULL);
    const char *const told[] = {"a.ini:1: wrong", "disk full on x"};

    cr_assert_eq(tf_fail(context, TREFOIL_STORE_FAILED, "disk full on %c", 'x'), TREFOIL_STORE_FAILED);
    cr_assert_eq(tf_fail(context, TREFOIL_FILE_FAILED, "a consequence"), TREFOIL_FILE_FAILED);
    cr_assert_eq(tf_mistakes(context), 0);
    tf_mistake(context, (tf_place){"a.ini", 1}, "wrong");
    expect(context, 2, told);
    trefoil_context_destroy(context);

    context = trefoil_context_create(NULL);
    cr_assert_eq(tf_bug(context, "%d clocks", 3), TREFOIL_BUG);
    cr_assert_not_null(strstr(trefoil_context_reason(context, 0), "test_status.c:"));
    cr_assert_not_null(strstr(trefoil_context_reason(context, 0), "3 clocks; please report"));
    trefoil_context_destroy(context);
    cr_assert_eq(tf_fail(NULL, TREFOIL_NO_MEMORY, "nobody listens"), TREFOIL_NO_MEMORY);
    cr_assert_eq(tf_mistake(NULL, (tf_place){0}, "nobody listens"), TREFOIL_USER_MISTAKE);
}

Test(status, never_forgets_that_something_was_wrong_when_memory_runs_out)
{
    bool complete = false;

    for (long n = 1; !complete; n++) {
        trefoil_context *context = trefoil_context_create(NULL);
        const char *reason;

        tf_memory_fail_at(n);
        tf_mistake(context, (tf_place){"a.ini", 3}, "a mistake");
        tf_memory_fail_at(0);
        cr_assert_eq(tf_mistakes(context), 1);
        cr_assert_eq(trefoil_context_reasons(context), 1);
        reason = trefoil_context_reason(context, 0);
        complete = strcmp(reason, "a.ini:3: a mistake") == 0;
        cr_assert(complete || strstr(reason, "memory") != NULL);
        cr_assert_lt(n, 20);
        trefoil_context_destroy(context);
    }
    tf_memory_fail_at(1);
    cr_assert_null(trefoil_context_create(NULL));
}

static void *make_mistakes(void *self)
{
    for (int line = 1; line <= 200; line++) {
        tf_mistake(self, (tf_place){"a.ini", line}, "mistake");
        tf_fail(self, TREFOIL_FILE_FAILED, "failure");
    }
    return NULL;
}

Test(status, may_be_used_by_several_threads)
{
    trefoil_context *context = trefoil_context_create(NULL);
    pthread_t threads[4];
    char text[64];

    for (int t = 0; t < 4; t++) {
        cr_assert_eq(pthread_create(&threads[t], NULL, make_mistakes, context), 0);
    }
    for (int t = 0; t < 4; t++) {
        pthread_join(threads[t], NULL);
    }
    cr_assert_eq(tf_mistakes(context), 800);
    cr_assert_eq(trefoil_context_reasons(context), 201);
    for (size_t k = 0; k < 200; k++) {
        snprintf(text, sizeof text, "a.ini:%zu: mistake", k + 1);
        cr_assert_str_eq(trefoil_context_reason(context, k), text);
    }
    cr_assert_str_eq(trefoil_context_reason(context, 200), "failure");
    cr_assert_not(tf_interrupted(context));
    trefoil_context_interrupt(context);
    cr_assert(tf_interrupted(context));
    cr_assert_not(tf_interrupted(NULL));
    trefoil_context_destroy(context);
}

typedef struct heard {
    int lines, reports, ends;
    char last[64];
    double done;
} heard;

static void on_log(void *self, int level, const char *line)
{
    heard *h = self;

    h->lines++;
    snprintf(h->last, sizeof h->last, "%d %s", level, line);
}

static void on_progress(void *self, const char *what, double done, double total)
{
    heard *h = self;

    cr_assert_str_eq(what, "people");
    cr_assert(done >= h->done && done <= total);
    h->done = done;
    h->reports++;
    h->ends += done >= total;
}

Test(status, tells_a_listener_lines_and_progress_sparingly)
{
    heard h = {0};
    trefoil_listener listener = {on_log, on_progress, &h};
    trefoil_context *context = trefoil_context_create(&listener);

    tf_say(context, TREFOIL_LOG_WARNING, "%d of %s", 3, "four");
    cr_assert_str_eq(h.last, "2 3 of four");
    cr_assert_eq(h.lines, 1);
    for (int done = 0; done <= 100000; done++) {
        tf_progress(context, "people", done, 100000);
    }
    cr_assert_eq(h.ends, 1);
    cr_assert_geq(h.reports, 2);
    cr_assert_leq(h.reports, 2 + 50, "%d reports", h.reports);
    trefoil_context_destroy(context);

    context = trefoil_context_create(NULL);
    tf_say(context, TREFOIL_LOG_INFO, "nobody listens");
    tf_progress(context, "people", 1, 2);
    trefoil_context_destroy(context);
}

Test(status, digests_are_sha256)
{
    trefoil_context *context = trefoil_context_create(NULL);
    char digest[TF_DIGEST_SIZE], of_file[TF_DIGEST_SIZE], path[] = "/tmp/trefoil-digest-XXXXXX", bytes[40000];
    int file = mkstemp(path);

    /* FIPS 180-4 examples. */
    tf_digest_bytes("abc", 3, digest);
    cr_assert_str_eq(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    tf_digest_bytes("", 0, digest);
    cr_assert_str_eq(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 31 % 251);
    }
    cr_assert_eq(write(file, bytes, sizeof bytes), (ssize_t)sizeof bytes);
    close(file);
    tf_digest_bytes(bytes, sizeof bytes, digest);
    cr_assert_eq(tf_digest_file(context, path, of_file), TREFOIL_DONE);
    cr_assert_str_eq(digest, of_file);
    unlink(path);
    cr_assert_eq(tf_digest_file(context, path, of_file), TREFOIL_FILE_FAILED);
    cr_assert_not_null(strstr(trefoil_context_reason(context, 0), path));
    trefoil_context_destroy(context);

    context = trefoil_context_create(NULL);
    cr_assert_eq(tf_digest_file(context, "/", of_file), TREFOIL_FILE_FAILED);
    trefoil_context_destroy(context);
}
