/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/cea.h"
#include "analysis/pairing.h"
#include "analysis/variance.h"
#include "synthetic.h"

#include <criterion/criterion.h>

enum { K = 2000 };

static tf_variance variance_of(const tf_layout *layout, const tf_sample *sample, size_t strategy, double threshold, double persons, double wanted)
{
    tf_columns *columns;
    tf_variance v;

    cr_assert_eq(tf_columns_create(NULL, layout, sample, &columns), TREFOIL_DONE);
    v = tf_variance_of(columns, strategy, threshold, persons, wanted);
    tf_columns_destroy(columns);
    return v;
}

/* Ten people: each costs `more` more than under usual care and gains `gain`; first-order variances and covariance per person. */
static void give(synthetic_draw *d, uint32_t number, double more, double gain, double vc, double vq, double covariance)
{
    const size_t cost = (ALL * MEASURES + COST) * 2 + TF_DISCOUNTED, qaly = (ALL * MEASURES + QALY) * 2 + TF_DISCOUNTED;

    for (int s = 0; s < STRATEGIES; s++) {
        synthetic_set(d, s, ALL, PERSONS, 10, 10);
        synthetic_set(d, s, ALL, COST, -1, s == EVERYONE ? 10 * (1000 + more) : 10000);
        synthetic_set(d, s, ALL, QALY, -1, s == EVERYONE ? 10 * (5 + gain) : 50);
    }
    d->difference_variance[EVERYONE][cost] = 100 * vc;
    d->difference_variance[EVERYONE][qaly] = 100 * vq;
    d->covariance[EVERYONE][tf_at_covariance(ALL, true)] = 100 * covariance;
    synthetic_link(d, number);
}

/* Parameters of sd 50 and luck of sd 2,000 a person, 1,000 persons a draw: 2,500 and 4,000 of 6,500. */
Test(variance, a_nested_design_is_taken_apart)
{
    static synthetic_draw draws[K], base;
    tf_layout layout = synthetic_layout();
    tf_sample sample;
    tf_variance v, fewer;
    uint64_t state = 5;
    double error;

    for (uint32_t k = 0; k < K; k++) {
        give(&draws[k], k + 1, 300 + 50 * synthetic_normal(&state) + 2000 / sqrt(1000) * synthetic_normal(&state), 0, 4000, 0, 0);
    }
    give(&base, 0, 300, 0, 4000, 0, 0);
    sample = synthetic_sample(draws, K, &base);
    v = variance_of(&layout, &sample, EVERYONE, 20000, 1000, 0);
    cr_expect_eq(v.draws, K);
    cr_expect_float_eq(v.first_order, 4000, 1e-6);
    cr_expect_float_eq(v.total, 6500, 6 * 6500 * sqrt(2.0 / K));
    cr_expect_float_eq(v.parameter, v.total - 4000, 1e-6);
    cr_expect_float_eq(v.mean, -300, 6 * sqrt(6500.0 / K));
    cr_expect_float_eq(v.mcse, sqrt(v.total / K), 1e-9);
    cr_expect_eq(tf_variance_remedy(&v), TF_REMEDY_BOTH);

    /* Each plan meets the error it is for, and one fewer does not. */
    cr_expect_float_eq(v.wanted, 0.01 * fabs(v.mean), 1e-12);
    cr_expect_leq((v.parameter + 4000) / v.draws_wanted, v.wanted * v.wanted);
    cr_expect_gt((v.parameter + 4000) / (v.draws_wanted - 1), v.wanted * v.wanted);
    error = v.parameter / K + 4e6 / K / v.persons_wanted;
    cr_expect_leq(error, v.wanted * v.wanted);
    cr_expect_gt(v.parameter / K + 4e6 / K / (v.persons_wanted - 1), v.wanted * v.wanted);
    /* No number of persons brings parameters' part down. */
    fewer = variance_of(&layout, &sample, EVERYONE, 20000, 1000, 0.5);
    cr_expect_eq(fewer.wanted, 0.5);
    cr_expect(isnan(fewer.persons_wanted));
    cr_expect_eq(fewer.draws_wanted, ceil(v.total / 0.25));
    cr_expect_not(tf_variance_bends(&v));
    cr_expect_float_eq(v.base, -300, 1e-9);
    cr_expect_float_eq(v.gap, v.mean + 300, 1e-9);
    cr_expect_float_eq(v.gap_mcse, sqrt(v.total / K + 4000), 1e-9);

    /* Usual care against itself. */
    v = variance_of(&layout, &sample, USUAL, 20000, 1000, 0);
    cr_expect_eq(v.total, 0);
    cr_expect(isnan(v.draws_wanted) && isnan(v.persons_wanted));
    cr_expect_eq(tf_variance_remedy(&v), TF_REMEDY_NONE);
    cr_expect_not(tf_variance_bends(&v));
    synthetic_unsample(&sample);
}

/* Costs of sd 3 and QALYs of sd 0.001 a draw, wholly correlated luck: at 20,000 the benefit's sd is 20 - 3 or 20 + 3. */
Test(variance, luck_of_costs_and_qalys_is_taken_together)
{
    static synthetic_draw draws[K];
    tf_layout layout = synthetic_layout();

    for (int sign = -1; sign <= 1; sign += 2) {
        const double luck = sign > 0 ? 289 : 529;
        tf_sample sample;
        tf_variance v;
        tf_cea *cea;
        uint64_t state = 6;

        for (uint32_t k = 0; k < K; k++) {
            double z = synthetic_normal(&state);

            give(&draws[k], k + 1, 100 + 3 * sign * z, 0.01 + 0.001 * z, 9, 1e-6, sign * 3e-3);
        }
        sample = synthetic_sample(draws, K, NULL);
        v = variance_of(&layout, &sample, EVERYONE, 20000, 1000, 0);
        cr_expect_float_eq(v.total, luck, 6 * luck * sqrt(2.0 / K));
        cr_expect_float_eq(v.first_order, luck, 1e-6);
        cr_expect_float_eq(v.parameter, fmax(0, v.total - luck), 1e-6);
        cr_expect(isnan(v.base) && isnan(v.gap));
        cr_expect_eq(tf_variance_remedy(&v), TF_REMEDY_EITHER);
        synthetic_unsample(&sample);

        /* One draw: the error of its net benefit is that luck. */
        sample = synthetic_sample(draws, 1, NULL);
        cr_assert_eq(tf_cea_create(NULL, &layout, &sample, (double[]){20000}, 1, &cea), TREFOIL_DONE);
        cr_expect_float_eq(cea->options[EVERYONE].more_nmb[0].mcse, sqrt(luck), 1e-6);
        tf_cea_destroy(cea);
        synthetic_unsample(&sample);
    }
}

Test(variance, a_gap_beyond_two_errors_is_bent)
{
    static synthetic_draw draws[K], base;
    tf_layout layout = synthetic_layout();
    tf_sample sample;
    tf_variance v;
    uint64_t state = 7;

    for (uint32_t k = 0; k < K; k++) {
        double z = synthetic_normal(&state);

        give(&draws[k], k + 1, 10 * z * z, 0, 1, 0, 0); /* mean 10, at the mean of z 0 */
    }
    give(&base, 0, 0, 0, 1, 0, 0);
    sample = synthetic_sample(draws, K, &base);
    v = variance_of(&layout, &sample, EVERYONE, 20000, 1000, 0);
    cr_expect_float_eq(v.gap, -10, 6 * v.gap_mcse);
    cr_expect_lt(v.gap_mcse, 2);
    cr_expect(tf_variance_bends(&v));
    cr_expect_eq(tf_variance_remedy(&v), TF_REMEDY_DRAWS);
    synthetic_unsample(&sample);

    /* One draw tells no variance; none, nothing. */
    sample = synthetic_sample(draws, 1, &base);
    v = variance_of(&layout, &sample, EVERYONE, 20000, 1000, 0);
    cr_expect(isnan(v.total) && isnan(v.gap) && !isnan(v.mean));
    cr_expect_eq(tf_variance_remedy(&v), TF_REMEDY_NONE);
    cr_expect_not(tf_variance_bends(&v));
    synthetic_unsample(&sample);
    sample = synthetic_sample(NULL, 0, &base);
    v = variance_of(&layout, &sample, EVERYONE, 20000, 1000, 0);
    cr_expect(isnan(v.mean));
    synthetic_unsample(&sample);
}

/* Two draws: variances of totals of ten people, 1 / (2 * 10)^2 of whose sums are those of the mean per person. */
Test(variance, the_same_luck_beside_independent_people)
{
    static synthetic_draw draws[2], base;
    const size_t cost = (ALL * MEASURES + COST) * 2 + TF_DISCOUNTED, qaly = (ALL * MEASURES + QALY) * 2 + TF_DISCOUNTED;
    tf_layout layout = synthetic_layout();
    tf_sample sample;
    tf_pairing pairing;

    for (uint32_t k = 0; k < 2; k++) {
        give(&draws[k], k + 1, 100 + 20 * k, 0.01, 9, 0.0004, 0.03);
        draws[k].variance[EVERYONE][qaly] = 0.5;
        draws[k].variance[layout.comparator][qaly] = 0.3;
        draws[k].covariance[EVERYONE][tf_at_covariance(ALL, false)] = 20;
        draws[k].covariance[layout.comparator][tf_at_covariance(ALL, false)] = -10;
        draws[k].variance[EVERYONE][cost] = 2500 + 100 * k;
        draws[k].variance[layout.comparator][cost] = 1100;
    }
    give(&base, 0, 100, 0, 9, 0, 0);
    sample = synthetic_sample(draws, 2, &base);
    pairing = tf_pairing_of(&layout, 0, &sample, EVERYONE, COST, TF_DISCOUNTED);
    cr_expect_float_eq(pairing.difference, 110, 1e-9);
    cr_expect_float_eq(pairing.paired, sqrt(1800) / 20, 1e-12);
    cr_expect_float_eq(pairing.independent, sqrt(2500 + 2600 + 2200) / 20, 1e-12);
    cr_expect_float_eq(pairing.reduction, 7300 / 1800.0, 1e-12);
    pairing = tf_pairing_of_benefit(&layout, 0, &sample, EVERYONE, 100);
    cr_expect_float_eq(pairing.difference, 100 * 0.01 - 110, 1e-9);
    cr_expect_float_eq(pairing.paired, sqrt(2 * (900 + 1e4 * 0.04 - 200 * 3)) / 20, 1e-12);
    cr_expect_float_eq(pairing.independent, sqrt(2500 + 2600 + 2200 + 2 * (1e4 * 0.8 - 200 * 10)) / 20, 1e-12);
    pairing = tf_pairing_of(&layout, 0, &sample, EVERYONE, LY, TF_UNDISCOUNTED); /* nothing of it is luck */
    cr_expect(pairing.paired == 0 && isnan(pairing.reduction));
    cr_expect(isnan(tf_pairing_of(&layout, 0, &sample, layout.comparator, COST, TF_DISCOUNTED).paired));
    synthetic_unsample(&sample);
}
