/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/inequality.h"
#include "synthetic.h"

#include <criterion/criterion.h>

static void give(synthetic_draw *d, int strategy, double most, double least)
{
    synthetic_set(d, strategy, IMD1, PERSONS, 100, 100);
    synthetic_set(d, strategy, IMD5, PERSONS, 50, 50);
    synthetic_set(d, strategy, IMD1, QALY, -1, 100 * most);
    synthetic_set(d, strategy, IMD5, QALY, -1, 50 * least);
}

Test(inequality, closed_numbers_over_draws)
{
    static synthetic_draw draws[3];
    tf_layout layout = synthetic_layout();
    tf_sample sample;
    tf_inequality *made;
    const tf_gap *gap;

    for (int k = 0; k < 3; k++) {
        give(&draws[k], USUAL, 8, 10);                       /* gap 2, ratio 1.25 */
        give(&draws[k], EVERYONE, 8 + 0.5 * k, 10 + 0.25 * k); /* gaps 2, 1.75, 1.5; a tie, then narrower twice */
        give(&draws[k], TARGETED, 8 + 3.0 * k, 10);          /* gaps 2, -1, -4: a tie, narrower, wider the other way round */
        synthetic_link(&draws[k], (uint32_t)k + 1);
    }
    sample = synthetic_sample(draws, 3, NULL);
    cr_assert_eq(tf_inequality_create(NULL, &layout, &sample, &made), TREFOIL_DONE);
    cr_expect_null(made->unavailable);
    gap = tf_inequality_find(made, EVERYONE, QALY, false);
    cr_expect_float_eq(gap->value.value, 1.75, 1e-12);
    cr_expect_float_eq(gap->value.mcse, 0.25 / sqrt(3), 1e-12);
    cr_expect_float_eq(gap->change.value, -0.25, 1e-12);
    cr_expect_float_eq(gap->change.mcse, 0.25 / sqrt(3), 1e-12);
    cr_expect_float_eq(gap->change.lo, -0.4875, 1e-12);
    cr_expect_float_eq(gap->change.hi, -0.0125, 1e-12);
    cr_expect_float_eq(gap->p_narrower, 2.5 / 3, 1e-12);
    gap = tf_inequality_find(made, EVERYONE, QALY, true);
    cr_expect_float_eq(gap->value.value, (1.25 + 10.25 / 8.5 + 10.5 / 9) / 3, 1e-12);
    cr_expect_float_eq(gap->p_narrower, 2.5 / 3, 1e-12);
    gap = tf_inequality_find(made, TARGETED, QALY, false);
    cr_expect_float_eq(gap->change.value, -3, 1e-12);
    cr_expect_float_eq(gap->p_narrower, 1.5 / 3, 1e-12);
    gap = tf_inequality_find(made, USUAL, QALY, false);
    cr_expect_float_eq(gap->value.value, 2, 1e-12);
    cr_expect(isnan(gap->change.value) && isnan(gap->p_narrower));
    /* Nobody had an event: the absolute gap is 0, the relative one is not defined and says so. */
    gap = tf_inequality_find(made, EVERYONE, EVENT_MI, false);
    cr_expect_eq(gap->value.value, 0.0);
    cr_expect_eq(gap->p_narrower, 0.5);
    gap = tf_inequality_find(made, EVERYONE, EVENT_MI, true);
    cr_expect_not_null(gap->undefined);
    cr_expect(isnan(gap->value.value) && isnan(gap->p_narrower));
    cr_expect_null(tf_inequality_find(made, EVERYONE, COST_HOSPITAL, false));
    tf_inequality_destroy(made);
    synthetic_unsample(&sample);
}

Test(inequality, one_undefined_draw_makes_the_ratio_undefined)
{
    static synthetic_draw draws[2];
    tf_layout layout = synthetic_layout();
    tf_sample sample;
    tf_inequality *made;

    for (int k = 0; k < 2; k++) {
        give(&draws[k], USUAL, 8, 10);
        give(&draws[k], EVERYONE, k == 0 ? 8 : 0, 10);
        give(&draws[k], TARGETED, 8, 10);
        synthetic_link(&draws[k], (uint32_t)k + 1);
    }
    sample = synthetic_sample(draws, 2, NULL);
    cr_assert_eq(tf_inequality_create(NULL, &layout, &sample, &made), TREFOIL_DONE);
    cr_expect_not_null(tf_inequality_find(made, EVERYONE, QALY, true)->undefined);
    cr_expect_float_eq(tf_inequality_find(made, EVERYONE, QALY, false)->value.value, 6, 1e-12);
    /* A copy of the comparator changes nothing, exactly. */
    cr_expect_eq(tf_inequality_find(made, TARGETED, QALY, true)->change.value, 0.0);
    cr_expect_eq(tf_inequality_find(made, TARGETED, QALY, true)->change.mcse, 0.0);
    cr_expect_eq(tf_inequality_find(made, TARGETED, QALY, false)->p_narrower, 0.5);
    tf_inequality_destroy(made);
    synthetic_unsample(&sample);
}

Test(inequality, first_order_errors_of_the_base_case)
{
    static synthetic_draw base;
    tf_layout layout = synthetic_layout();
    tf_sample sample;
    tf_inequality *made;
    const size_t most = tf_at(&layout, IMD1, QALY, TF_DISCOUNTED), least = tf_at(&layout, IMD5, QALY, TF_DISCOUNTED);
    const tf_gap *gap;

    for (int s = 0; s < STRATEGIES; s++) {
        give(&base, s, s == USUAL ? 8 : 9, 10);
        base.variance[s][most] = 400;  /* sd 20 of the total: 0.2 a person */
        base.variance[s][least] = 225; /* sd 15: 0.3 a person */
        base.difference_variance[s][most] = s == USUAL ? 0 : 16; /* 0.04 a person */
        base.difference_variance[s][least] = s == USUAL ? 0 : 2.25; /* 0.03 a person */
    }
    synthetic_link(&base, 0);
    sample = synthetic_sample(NULL, 0, &base);
    cr_assert_eq(tf_inequality_create(NULL, &layout, &sample, &made), TREFOIL_DONE);
    gap = tf_inequality_find(made, EVERYONE, QALY, false);
    cr_expect_float_eq(gap->value.mcse, sqrt(0.04 + 0.09), 1e-12);
    cr_expect_float_eq(gap->change.mcse, 0.05, 1e-12);
    cr_expect(isnan(gap->value.lo) && isnan(gap->p_narrower));
    gap = tf_inequality_find(made, EVERYONE, QALY, true);
    cr_expect_float_eq(gap->value.mcse, 10.0 / 9 * sqrt(0.09 / 100 + 0.04 / 81), 1e-12);
    /* x = least/most - least'/most' with the covariances cov5 = (.09 + .09 - .0009)/2 and cov1 = (.04 + .04 - .0016)/2 */
    cr_expect_float_eq(gap->change.mcse,
                       sqrt(0.09 / 81 + 0.09 / 64 - 2 * 0.08955 / 72 + 0.04 * pow(10.0 / 81, 2) + 0.04 * pow(10.0 / 64, 2) -
                            2 * 0.0392 * (10.0 / 81) * (10.0 / 64)),
                       1e-12);
    tf_inequality_destroy(made);
    synthetic_unsample(&sample);
}

Test(inequality, missing_fifths_are_said)
{
    static synthetic_draw base;
    tf_layout layout = synthetic_layout();
    tf_sample sample;
    tf_inequality *made;

    synthetic_fill(&base, 0);
    sample = synthetic_sample(NULL, 0, &base);
    layout.n_groups = IMD5; /* the least deprived fifth is not there */
    cr_assert_eq(tf_inequality_create(NULL, &layout, &sample, &made), TREFOIL_DONE);
    cr_expect_not_null(made->unavailable);
    cr_expect_eq(made->n_gaps, 0);
    tf_inequality_destroy(made);
    layout = synthetic_layout();
    synthetic_set(&base, USUAL, IMD5, PERSONS, 0, 0);
    synthetic_set(&base, EVERYONE, IMD5, PERSONS, 0, 0);
    cr_assert_eq(tf_inequality_create(NULL, &layout, &sample, &made), TREFOIL_DONE);
    cr_expect_str_eq(tf_inequality_find(made, EVERYONE, QALY, false)->undefined, "a group has no people");
    tf_inequality_destroy(made);
    synthetic_unsample(&sample);
}

/* QALYs per person of the five fifths, of 100 people each. */
static void give_all(synthetic_draw *d, int strategy, const double *qalys)
{
    for (int g = 0; g < 5; g++) {
        synthetic_set(d, strategy, IMD1 + g, PERSONS, 100, 100);
        synthetic_set(d, strategy, IMD1 + g, QALY, -1, 100 * qalys[g]);
    }
}

/* Indices over all fifths: slopes by hand, the same gain for all is no change at all, and each draw is compared with itself. */
Test(inequality, indices_over_draws)
{
    static const double usual[] = {10, 11, 12, 13, 14}, alike[] = {10.5, 11.5, 12.5, 13.5, 14.5}, fair[] = {11, 11.5, 12, 13, 14};
    static synthetic_draw draws[4];
    tf_layout layout = synthetic_layout();
    tf_inequality *made;
    tf_sample sample;
    const tf_run_index *index;

    for (int k = 0; k < 4; k++) {
        double shifted[5];

        for (int g = 0; g < 5; g++) {
            shifted[g] = usual[g] + 0.25 * k;
        }
        give_all(&draws[k], USUAL, shifted);
        for (int g = 0; g < 5; g++) {
            shifted[g] = alike[g] + 0.25 * k;
        }
        give_all(&draws[k], EVERYONE, shifted);
        for (int g = 0; g < 5; g++) {
            shifted[g] = (k < 3 ? fair[g] : usual[g]) + 0.25 * k;
        }
        give_all(&draws[k], TARGETED, shifted);
        synthetic_link(&draws[k], (uint32_t)k + 1);
    }
    sample = synthetic_sample(draws, 4, NULL);
    cr_assert_eq(tf_inequality_create(NULL, &layout, &sample, &made), TREFOIL_DONE);
    index = tf_inequality_index(made, USUAL, QALY, "sii");
    cr_expect_float_eq(index->value.value, 5, 1e-12); /* 1 a fifth of the ranks, which is 0.2 wide */
    cr_expect(isnan(index->change.value));
    index = tf_inequality_index(made, EVERYONE, QALY, "sii");
    cr_expect_eq(index->change.value, 0.0);
    cr_expect_eq(index->change.mcse, 0.0);
    cr_expect_eq(tf_inequality_index(made, EVERYONE, QALY, "concentration_generalised")->change.value, 0.0);
    cr_expect_eq(tf_inequality_index(made, EVERYONE, QALY, "attributable_risk")->change.value, 0.0);
    cr_expect_lt(tf_inequality_index(made, EVERYONE, QALY, "rii_mean")->change.hi, 0, "relative inequality falls when all gain alike");
    /* Gains of 1 and .5 of the lowest two: 2.5 (-.4 - .2 x .5) = -1.25 in three draws of four. */
    index = tf_inequality_index(made, TARGETED, QALY, "sii");
    cr_expect_float_eq(index->change.value, -1.25 * 0.75, 1e-12);
    cr_expect_float_eq(index->p_narrower, 3.5 / 4, 1e-12);
    index = tf_inequality_index(made, TARGETED, QALY, "kolm(0.15)");
    cr_expect_lt(index->change.value, 0);
    cr_expect_float_eq(index->p_narrower, 3.5 / 4, 1e-12);
    cr_expect_gt(tf_inequality_index(made, TARGETED, QALY, "atkinson_ede(10.95)")->change.value, 0);
    cr_expect_null(tf_inequality_index(made, TARGETED, EVENT_MI, "kolm(0.15)"), "events are no good");
    cr_expect_not_null(tf_inequality_index(made, TARGETED, EVENT_MI, "rii_mean")->undefined);
    tf_inequality_destroy(made);
    synthetic_unsample(&sample);
}

/* The errors of the base case: a slope is a sum of the fifths, 2.5 (-.4, -.2, 0, .2, .4) each. */
Test(inequality, first_order_errors_of_indices)
{
    static const double usual[] = {10, 11, 12, 13, 14}, fair[] = {11, 11.5, 12, 13, 14};
    static synthetic_draw base;
    tf_layout layout = synthetic_layout();
    tf_inequality *made;
    tf_sample sample;
    const tf_run_index *index;

    for (int s = 0; s < STRATEGIES; s++) {
        give_all(&base, s, s == USUAL ? usual : fair);
        for (int g = IMD1; g <= IMD5; g++) {
            base.variance[s][tf_at(&layout, (size_t)g, QALY, TF_DISCOUNTED)] = 400; /* 0.2 a person */
            base.difference_variance[s][tf_at(&layout, (size_t)g, QALY, TF_DISCOUNTED)] = s == USUAL ? 0 : 4;
        }
    }
    synthetic_link(&base, 0);
    sample = synthetic_sample(NULL, 0, &base);
    cr_assert_eq(tf_inequality_create(NULL, &layout, &sample, &made), TREFOIL_DONE);
    index = tf_inequality_index(made, TARGETED, QALY, "sii");
    cr_expect_float_eq(index->value.mcse, 2.5 * sqrt(0.4) * 0.2, 1e-7);
    cr_expect_float_eq(index->change.mcse, 2.5 * sqrt(0.4) * 0.02, 1e-7);
    cr_expect_float_eq(index->change.value, -1.25, 1e-12);
    cr_expect(isnan(index->value.lo) && isnan(index->p_narrower));
    tf_inequality_destroy(made);
    synthetic_unsample(&sample);
}

/* Intervals cover: in 200 replications of a base case with known truth, value -+ 1.96 mcse holds it in 180 to 198 (190 expected, sd 3.1). */
Test(inequality, intervals_cover)
{
    static const double usual[] = {60, 64, 67, 69, 72}, gain[] = {0.5, 0.4, 0.2, 0.2, 0.1};
    static const char *const names[] = {"sii", "rii_mean", "concentration_index", "theil_l", "kolm(0.15)", "atkinson(10.95)"};
    enum { NAMES = sizeof names / sizeof *names, REPLICATIONS = 200 };
    static synthetic_draw base;
    tf_layout layout = synthetic_layout();
    double truth[NAMES], truth_of_change[NAMES];
    size_t covered[NAMES] = {0}, covered_change[NAMES] = {0};
    uint64_t state = 20261122;

    for (int replication = -1; replication < REPLICATIONS; replication++) {
        double a[5], b[5];
        tf_inequality *made;
        tf_sample sample;

        for (int g = 0; g < 5; g++) {
            double luck = replication < 0 ? 0 : 0.3 * synthetic_normal(&state), own = replication < 0 ? 0 : 0.05 * synthetic_normal(&state);

            b[g] = usual[g] + luck;
            a[g] = usual[g] + gain[g] + luck + own;
            for (int s = 0; s < STRATEGIES; s++) { /* totals of 100 people */
                base.variance[s][tf_at(&layout, (size_t)(IMD1 + g), QALY, TF_DISCOUNTED)] = s == USUAL ? 900 : 900 + 25;
                base.difference_variance[s][tf_at(&layout, (size_t)(IMD1 + g), QALY, TF_DISCOUNTED)] = s == USUAL ? 0 : 25;
            }
        }
        give_all(&base, USUAL, b);
        give_all(&base, EVERYONE, a);
        give_all(&base, TARGETED, a);
        synthetic_link(&base, 0);
        sample = synthetic_sample(NULL, 0, &base);
        cr_assert_eq(tf_inequality_create(NULL, &layout, &sample, &made), TREFOIL_DONE);
        for (size_t i = 0; i < NAMES; i++) {
            const tf_run_index *index = tf_inequality_index(made, EVERYONE, QALY, names[i]);

            if (replication < 0) {
                truth[i] = index->value.value;
                truth_of_change[i] = index->change.value;
            }
            covered[i] += replication >= 0 && fabs(index->value.value - truth[i]) < 1.96 * index->value.mcse;
            covered_change[i] += replication >= 0 && fabs(index->change.value - truth_of_change[i]) < 1.96 * index->change.mcse;
        }
        tf_inequality_destroy(made);
        synthetic_unsample(&sample);
    }
    for (size_t i = 0; i < NAMES; i++) {
        cr_expect(covered[i] >= 180 && covered[i] <= 198, "%s: %zu of 200", names[i], covered[i]);
        cr_expect(covered_change[i] >= 180 && covered_change[i] <= 198, "change of %s: %zu of 200", names[i], covered_change[i]);
    }
}
