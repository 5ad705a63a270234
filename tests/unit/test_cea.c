/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/cea.h"
#include "synthetic.h"

#include <criterion/criterion.h>
#include <float.h>

Test(cea, every_quadrant_has_its_name)
{
    cr_expect_eq(tf_quadrant_of(0, 0), TF_NO_DIFFERENCE);
    cr_expect_eq(tf_quadrant_of(1, 1), TF_MORE_FOR_MORE);
    cr_expect_eq(tf_quadrant_of(-1, 1), TF_MORE_FOR_LESS);
    cr_expect_eq(tf_quadrant_of(0, 1), TF_MORE_FOR_LESS);
    cr_expect_eq(tf_quadrant_of(-1, 0), TF_MORE_FOR_LESS);
    cr_expect_eq(tf_quadrant_of(-1, -1), TF_LESS_FOR_LESS);
    cr_expect_eq(tf_quadrant_of(1, -1), TF_LESS_FOR_MORE);
    cr_expect_eq(tf_quadrant_of(0, -1), TF_LESS_FOR_MORE);
    cr_expect_eq(tf_quadrant_of(1, 0), TF_LESS_FOR_MORE);
}

typedef struct frontier_case {
    double cost[6], effect[6];
    size_t n, comparator;
    tf_standing standing[6];
    size_t previous[6];
} frontier_case;

static const frontier_case frontiers[] = {
    /* By hand: 0 (100, 10); 1 (200, 10.5) 200 a unit; 2 (500, 11) 600; 3 (900, 12) 400, so 2 falls; 4 (950, 11.9) dominated by 3. */
    {{100, 200, 500, 900, 950}, {10, 10.5, 11, 12, 11.9}, 5, 0,
     {TF_REFERENCE, TF_FRONTIER, TF_EXTENDEDLY_DOMINATED, TF_FRONTIER, TF_DOMINATED}, {0, 0, 1, 1, 3}},
    /* The comparator costs more and gives less: it is dominated and the frontier begins elsewhere. */
    {{300, 200}, {10, 11}, 2, 0, {TF_DOMINATED, TF_REFERENCE}, {1, 1}},
    /* Less for less: the cheaper one is the reference, whatever the comparator is. */
    {{300, 200}, {11, 10}, 2, 0, {TF_FRONTIER, TF_REFERENCE}, {1, 1}},
    /* Two alike: the comparator stays, though it comes later. */
    {{100, 100}, {10, 10}, 2, 1, {TF_DOMINATED, TF_REFERENCE}, {1, 1}},
    /* The same cost for less; the same effect for more. */
    {{100, 100, 150}, {10, 9, 10}, 3, 0, {TF_REFERENCE, TF_DOMINATED, TF_DOMINATED}, {0, 0, 0}},
    /* On one line: a mixture costs as much, not less, so all stay. */
    {{0, 100, 200}, {0, 1, 2}, 3, 0, {TF_REFERENCE, TF_FRONTIER, TF_FRONTIER}, {0, 0, 1}},
    /* Two in a row fall to one that comes later: slopes 1000, 1000, then 10 from the reference. */
    {{0, 1000, 2000, 30}, {0, 1, 2, 3}, 4, 0, {TF_REFERENCE, TF_DOMINATED, TF_DOMINATED, TF_FRONTIER}, {0, 3, 3, 0}},
    {{0, 1000, 2000, 2500}, {0, 1, 2, 3}, 4, 0, {TF_REFERENCE, TF_EXTENDEDLY_DOMINATED, TF_EXTENDEDLY_DOMINATED, TF_FRONTIER}, {0, 0, 0, 0}},
};

Test(cea, frontier_by_hand)
{
    for (size_t k = 0; k < sizeof frontiers / sizeof *frontiers; k++) {
        const frontier_case *c = &frontiers[k];
        tf_standing standing[6];
        size_t previous[6];

        cr_assert_eq(tf_frontier(NULL, c->cost, c->effect, c->n, c->comparator, standing, previous), TREFOIL_DONE);
        for (size_t s = 0; s < c->n; s++) {
            cr_expect_eq(standing[s], c->standing[s], "case %zu, strategy %zu: %s", k, s, tf_standing_name(standing[s]));
            cr_expect_eq(previous[s], c->previous[s], "case %zu, strategy %zu: previous %zu", k, s, previous[s]);
        }
    }
}

/* Ten people; costs and QALYs per person as given, discounted. */
static void give(synthetic_draw *d, int strategy, double cost, double qaly)
{
    synthetic_set(d, strategy, ALL, PERSONS, 10, 10);
    synthetic_set(d, strategy, ALL, COST, -1, 10 * cost);
    synthetic_set(d, strategy, ALL, QALY, -1, 10 * qaly);
    synthetic_set(d, strategy, ALL, LY, 20 * qaly, 10 * qaly);
}

Test(cea, closed_numbers_over_draws)
{
    static synthetic_draw draws[4];
    tf_layout layout = synthetic_layout();
    tf_sample sample;
    tf_cea *cea;
    const tf_option *option;
    double p_best[STRATEGIES];

    for (int k = 0; k < 4; k++) {
        give(&draws[k], USUAL, 1000, 5);
        give(&draws[k], EVERYONE, 1200 + 100 * k, 5.02); /* 200, 300, 400, 500 for 0.02: 10,000 to 25,000 */
        give(&draws[k], TARGETED, 1000, 5);              /* a copy */
        synthetic_link(&draws[k], (uint32_t)k + 1);
    }
    sample = synthetic_sample(draws, 4, NULL);
    cr_assert_eq(tf_cea_create(NULL, &layout, &sample, (double[]){20000, 30000}, 2, &cea), TREFOIL_DONE);
    option = &cea->options[EVERYONE];
    cr_expect_float_eq(option->cost.value, 1350, 1e-9);
    cr_expect_float_eq(option->more_cost.value, 350, 1e-9);
    cr_expect_float_eq(option->more_cost.mcse, sqrt(50000.0 / 3) / 2, 1e-9);
    cr_expect_float_eq(option->more_cost.lo, 207.5, 1e-9, "type 7: 200 + 0.075 x 100, not %g", option->more_cost.lo);
    cr_expect_float_eq(option->more_cost.hi, 492.5, 1e-9);
    cr_expect_float_eq(option->ly.value, 10.04, 1e-12);
    cr_expect_float_eq(option->ratio, 17500, 1e-6);
    cr_expect_float_eq(option->ratio_mcse, sqrt(50000.0 / 3) / 2 / 0.02, 1e-6);
    cr_expect_eq(option->quadrant, TF_MORE_FOR_MORE);
    cr_expect_eq(option->standing, TF_FRONTIER);
    cr_expect_float_eq(option->icer, 17500, 1e-6);
    cr_expect_float_eq(option->nmb[0].value, 20000 * 5.02 - 1350, 1e-8);
    cr_expect_float_eq(option->nmb[0].mcse, sqrt(50000.0 / 3) / 2, 1e-8);
    cr_expect_float_eq(option->more_nmb[1].value, 250, 1e-8);
    /* At 20,000 a QALY the gain is worth 400: more than it costs in 2 draws, as much in 1 (up to rounding), less in 1. */
    cr_expect_float_eq(option->p_best[1], 1, 1e-12);
    cr_expect_eq(cea->options[TARGETED].standing, TF_DOMINATED);
    cr_expect_eq(cea->options[TARGETED].quadrant, TF_NO_DIFFERENCE);
    cr_expect_eq(cea->options[TARGETED].more_cost.value, 0.0);
    cr_expect_eq(cea->options[TARGETED].more_nmb[0].mcse, 0.0);
    cr_expect_eq(cea->options[USUAL].standing, TF_REFERENCE);
    cr_expect(isnan(cea->options[USUAL].icer) && isnan(cea->options[USUAL].step_cost));
    tf_cea_best(cea, 12000, p_best); /* worth 240: more than it costs in the first draw only; copies share the rest */
    cr_expect_float_eq(p_best[EVERYONE], 0.25, 1e-12);
    cr_expect_float_eq(p_best[USUAL], 0.375, 1e-12);
    cr_expect_float_eq(p_best[TARGETED], 0.375, 1e-12);
    for (double threshold = 0; threshold < 60000; threshold += 977) {
        tf_cea_best(cea, threshold, p_best);
        cr_expect_float_eq(p_best[0] + p_best[1] + p_best[2], 1, 1e-12, "at %g", threshold);
    }
    tf_cea_destroy(cea);
    synthetic_unsample(&sample);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Percentiles of many values, which come from their tails, are those of all values sorted. */
Test(cea, percentiles_of_many_draws)
{
    enum { MANY = 120000 };
    static double values[MANY], sorted[MANY];
    static const size_t sizes[] = {999, 1000, 1001, 1600, 10000, 99999, MANY};
    uint64_t state = 9;

    for (int kind = 0; kind < 6; kind++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            const size_t n = sizes[i];
            tf_estimate e;

            for (size_t k = 0; k < n; k++) {
                double z = synthetic_normal(&state);
                const double kinds[] = {z, 7, floor(z), z > 2.2 ? 1 : 0, (double)k, k % 40 == 0 ? -1e9 - (double)k : exp(5 * z)};
                values[k] = sorted[k] = kinds[kind];
            }
            qsort(sorted, n, sizeof *sorted, by_size);
            e = tf_estimate_values(values, n, 0);
            for (int high = 0; high < 2; high++) {
                double at = (high ? 0.975 : 0.025) * (double)(n - 1);
                size_t k = (size_t)at;
                double exact = (1 - (at - (double)k)) * sorted[k] + (at - (double)k) * sorted[k + 1];

                cr_expect_eq(high ? e.hi : e.lo, exact, "kind %d, %zu values: %.17g, not %.17g", kind, n, high ? e.hi : e.lo, exact);
            }
        }
    }
}

Test(cea, the_base_case_alone_has_first_order_errors)
{
    static synthetic_draw base;
    tf_layout layout = synthetic_layout();
    tf_sample sample;
    tf_cea *cea;
    const size_t cost = tf_at(&layout, ALL, COST, TF_DISCOUNTED), qaly = tf_at(&layout, ALL, QALY, TF_DISCOUNTED);

    for (int s = 0; s < STRATEGIES; s++) {
        give(&base, s, 1000 - 100 * s, 5 - s);
        base.variance[s][cost] = 400;         /* of the total: sd 20, 2 a person */
        base.difference_variance[s][cost] = s == USUAL ? 0 : 100;
        base.difference_variance[s][qaly] = s == USUAL ? 0 : 0.01;
    }
    synthetic_link(&base, 0);
    sample = synthetic_sample(NULL, 0, &base);
    cr_assert_eq(tf_cea_create(NULL, &layout, &sample, (double[]){20000}, 1, &cea), TREFOIL_DONE);
    cr_expect_float_eq(cea->options[EVERYONE].cost.mcse, 2, 1e-12);
    cr_expect_float_eq(cea->options[EVERYONE].more_cost.mcse, 1, 1e-12);
    cr_expect_float_eq(cea->options[EVERYONE].more_nmb[0].mcse, sqrt(200.0 * 200.0 + 1), 1e-9, "costs and QALYs do not vary together");
    cr_expect_eq(cea->options[EVERYONE].quadrant, TF_LESS_FOR_LESS);
    cr_expect_float_eq(cea->options[EVERYONE].ratio, 100, 1e-9);
    cr_expect(isnan(cea->options[EVERYONE].cost.lo) && isnan(cea->options[EVERYONE].p_best[0]));
    tf_cea_destroy(cea);
    synthetic_unsample(&sample);
}

Test(cea, nothing_finished_is_said)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_layout layout = synthetic_layout();
    tf_sample sample = {0};
    tf_cea *cea;

    cr_expect_eq(tf_cea_create(context, &layout, &sample, NULL, 0, &cea), TREFOIL_STORE_FAILED);
    cr_expect_null(cea);
    cr_expect_eq(trefoil_context_reasons(context), 1);
    trefoil_context_destroy(context);
}
