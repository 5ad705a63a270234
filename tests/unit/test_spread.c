/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain tables through the library: what is read, and what happens when memory runs out at any moment. */
#include "base/memory.h"
#include "folder.h"
#include "library/lives.h"
#include "library/spread.h"

#include <criterion/criterion.h>
#include <math.h>

static const char groups[] = "area,rank,people,health,se,gain,after\n"
                             "north,2,10,70,0.5,4,71\n"
                             "north,1,30,60,0.25,9,62\n"
                             "south,1,20,65,0.5,2,65\n"
                             "south,2,40,75,0.25,1,75\n";

Test(spread, reads_what_is_there)
{
    trefoil_context *context = trefoil_context_create(NULL);
    const trefoil_inequality_options all = {.outcome = "health, after", .error = "se", .part = "area", .against = "health", .gain = "gain",
                                            .cost = "1000", .threshold = "500"};
    const trefoil_inequality_options by = {.outcome = "health", .by = "area"};
    tf_spread *spread = NULL;
    const tf_spread_item *item;

    folder_make();
    folder_write("groups.csv", groups);
    cr_assert_eq(tf_spread_create(context, folder_file("groups.csv"), &all, &spread), TREFOIL_DONE);
    cr_assert_eq(spread->count, 2u);
    item = tf_spread_find(spread, "after");
    cr_assert_not_null(item);
    cr_expect_eq(item->distribution->row[0], 1u, "rank 1 first, in the order of the rows");
    cr_expect_float_eq(tf_spread_measure(item, "absolute_gap")->index.value, (10 * 71 + 40 * 75) / 50.0 - (30 * 62 + 20 * 65) / 50.0, 1e-12);
    cr_expect_float_eq(tf_spread_measure(item, "gain")->index.value, 70, 1e-12);
    cr_expect_float_eq(tf_spread_measure(item, "weighted_gain_kolm(0.15)")->index.value -
                           tf_spread_measure(item, "equity_impact_kolm(0.15)")->index.value, 70, 1e-11);
    cr_expect_eq(item->comparison.pareto, TF_DOMINATES);
    cr_expect_float_eq(item->theil_t.between + item->theil_t.within, item->theil_t.total, 1e-15);
    cr_expect_float_eq(item->equity->total_net, 16 - 2, 1e-13);
    cr_expect_float_eq(item->equity->lost[0], 0.6, 1e-13, "30 of 100 people bear 30 per cent");
    tf_spread_destroy(spread);
    cr_assert_eq(tf_spread_create(context, folder_file("groups.csv"), &by, &spread), TREFOIL_DONE);
    item = tf_spread_find(spread, "south");
    cr_assert_not_null(item);
    cr_expect_float_eq(item->distribution->mean, (20 * 65 + 40 * 75) / 60.0, 1e-12);
    tf_spread_destroy(spread);
    folder_forget("groups.csv");
    folder_remove();
    trefoil_context_destroy(context);
}

/* Fail at the first, second, third ... demand for memory until none of twenty in a row matters (the CSV reader asks again for less, so that
 * one alone proves nothing): no crash, no leak, the right status. */
Test(spread, memory_runs_out)
{
    const trefoil_inequality_options options = {.outcome = "health, after", .error = "se", .part = "area", .against = "health",
                                                .gain = "gain", .cluster = "area", .stratum = "area"};
    const trefoil_lifetable_options life = {.by = "area", .age = "rank", .rate = "se", .people = "people"};

    folder_make();
    folder_write("groups.csv", groups);
    for (int verb = 0; verb < 2; verb++) {
        size_t fine = 0, failed = 0;

        for (long n = 1; fine < 20 && n < 5000; n++) {
            trefoil_context *context = trefoil_context_create(NULL);
            tf_spread *spread = NULL;
            tf_lives *lives = NULL;
            trefoil_status status;

            tf_memory_fail_at(n);
            status = verb == 0 ? tf_spread_create(context, folder_file("groups.csv"), &options, &spread)
                               : tf_lives_create(context, folder_file("groups.csv"), &life, &lives);
            tf_memory_fail_at(0);
            fine = status == TREFOIL_DONE ? fine + 1 : 0;
            failed += status == TREFOIL_NO_MEMORY;
            cr_expect(status == TREFOIL_DONE ? spread || lives : status == TREFOIL_NO_MEMORY && !spread && !lives, "call %ld: status %d", n,
                      (int)status);
            tf_spread_destroy(spread);
            tf_lives_destroy(lives);
            trefoil_context_destroy(context);
        }
        cr_expect(fine == 20 && failed > 20, "verb %d: %zu failures", verb, failed);
    }
    folder_forget("groups.csv");
    folder_remove();
}
