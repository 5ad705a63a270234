/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random/maths.h"
#include "base/fast.h"
#include "random/stream.h"

#include <criterion/criterion.h>
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

enum { POINTS = 400000 };

/* |got - exact| in units in the last place of the exact value. */
static double error_in_ulps(double got, long double exact)
{
    double size = fabs((double)exact);

    return fabs((double)((long double)got - exact)) / (nextafter(size, INFINITY) - size);
}

static double random_between(uint32_t k, double low, double high)
{
    return low + (high - low) * tf_uniform(11, (tf_coordinates){1, k, 0, 0}, 0);
}

Test(maths, exp_is_within_one_unit_in_the_last_place)
{
    static const double reach[] = {700, 40, 1, 1e-3, 1e-9};

    for (uint32_t k = 0; k < POINTS; k++) {
        double x = random_between(k, -1, 1) * reach[k % 5];

        cr_assert_lt(error_in_ulps(tf_exp(x), expl((long double)x)), 1, "exp(%.17g)", x);
    }
    /* Where the reduction turns over: odd multiples of ln(2)/2. */
    for (int k = -2019; k <= 2019; k += 2) {
        double x = k * 0.34657359027997264;

        for (int step = -2; step <= 2; step++, x = nextafter(x, 1000)) {
            cr_assert_lt(error_in_ulps(tf_exp(x), expl((long double)x)), 1, "exp(%.17g)", x);
        }
    }
    cr_assert_eq(tf_exp(0), 1);
    cr_assert_eq(tf_exp(-0.0), 1);
    cr_assert_eq(tf_exp(-INFINITY), tf_exp(-700));
    cr_assert_eq(tf_exp(-1e9), tf_exp(-700));
    cr_assert_eq(tf_exp(INFINITY), tf_exp(700));
    cr_assert(isfinite(tf_exp(700)) && tf_exp(-700) >= DBL_MIN);
}

Test(maths, powers_of_two_are_within_little_more_than_a_unit_in_the_last_place)
{
    static const double reach[] = {1010, 40, 1, 1e-3, 1e-9};

    for (uint32_t k = 0; k < POINTS; k++) {
        double x = random_between(k, -1, 1) * reach[k % 5], half = (int)(k % 2020) - 1009.5;

        cr_assert_lt(error_in_ulps(tf_exp2(x), exp2l((long double)x)), 1.1, "2^%.17g", x);
        for (int step = -2; step <= 2; step++)
            cr_assert_lt(error_in_ulps(tf_exp2(half + step * 1e-13), exp2l((long double)(half + step * 1e-13))), 1.1, "2^%.17g", half);
    }
    for (int k = -1010; k <= 1010; k++)
        cr_assert_eq(tf_exp2(k), ldexp(1, k), "2^%d", k);
    cr_assert_eq(tf_exp2(-0.0), 1);
    cr_assert_eq(tf_exp2(-INFINITY), tf_exp2(-1010));
    cr_assert_eq(tf_exp2(INFINITY), tf_exp2(1010));
    cr_assert(isnan(tf_exp2(NAN)));
}

Test(maths, log_is_within_two_units_in_the_last_place)
{
    for (uint32_t k = 0; k < POINTS; k++) {
        double x = ldexp(random_between(k, 1, 2), (int)(k % 2046) - 1022), near = random_between(k, 0.5, 2.5);

        cr_assert_lt(error_in_ulps(tf_log(x), logl((long double)x)), 2, "log(%.17g)", x);
        cr_assert_lt(error_in_ulps(tf_log(near), logl((long double)near)), 2, "log(%.17g)", near);
    }
    /* The ends of each binade, and where the reduction turns over: sqrt(1/2) times powers of two. */
    for (int e = -1022; e <= 1023; e++) {
        double edges[2] = {ldexp(1, e), ldexp(0.70710678118654757, e < -1021 ? -1021 : e)};

        for (int k = 0; k < 2; k++) {
            double x = edges[k] > DBL_MIN ? nextafter(edges[k], 0) : edges[k];

            for (int step = 0; step < 3; step++, x = nextafter(x, INFINITY)) {
                if (x < 1 || x > 1) {
                    cr_assert_lt(error_in_ulps(tf_log(x), logl((long double)x)), 2, "log(%a)", x);
                }
            }
        }
    }
    cr_assert_eq(tf_log(1), 0);
    cr_assert_lt(error_in_ulps(tf_log(DBL_MAX), logl((long double)DBL_MAX)), 2);
    cr_assert_lt(error_in_ulps(tf_log(DBL_MIN), logl((long double)DBL_MIN)), 2);
    cr_assert_lt(error_in_ulps(tf_log(1 - 0x1p-53), logl(1 - 0x1p-53L)), 2);
}

TF_FAST static void many(const double *x, uint32_t n, double *exps, double *logs)
{
    for (uint32_t i = 0; i < n; i++) {
        exps[i] = tf_exp(x[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        logs[i] = tf_log(exps[i]);
    }
}

__attribute__((noinline, optimize("no-tree-vectorize"))) static void one(double x, double *e, double *l)
{
    *e = tf_exp(x);
    *l = tf_log(*e);
}

Test(maths, vectors_and_scalars_give_the_same_bits)
{
    enum { N = 20011 };
    static double x[N], exps[N], logs[N];

    for (uint32_t k = 0; k < N; k++) {
        x[k] = random_between(k, -720, 720) * (k % 3 == 0 ? 1e-2 : 1);
    }
    many(x, N, exps, logs);
    for (uint32_t k = 0; k < N; k++) {
        double e, l;

        one(x[k], &e, &l);
        cr_assert_eq(memcmp(&e, &exps[k], sizeof e), 0, "exp(%.17g)", x[k]);
        cr_assert_eq(memcmp(&l, &logs[k], sizeof l), 0, "log(%.17g)", e);
    }
}

Test(maths, normal_quantiles_of_many_are_those_of_each)
{
    enum { MANY = 4097 };
    static double x[MANY + 3];

    for (int k = 0; k < MANY; ++k)
        x[k] = k / (MANY - 1.0);
    x[MANY] = 1e-300;
    x[MANY + 1] = NAN;
    x[MANY + 2] = 0.925;
    tf_normal_quantiles(x, MANY + 3);
    for (int k = 0; k < MANY; ++k)
        cr_assert_eq(x[k], tf_normal_quantile(k / (MANY - 1.0)), "%d", k);
    cr_assert_eq(x[MANY], tf_normal_quantile(1e-300));
    cr_assert(isnan(x[MANY + 1]));
    cr_assert_eq(x[MANY + 2], tf_normal_quantile(0.925));
}

Test(maths, normal_quantile_agrees_with_gsl)
{
    double last = -INFINITY;

    for (uint32_t k = 0; k < 50000; k++) {
        double u = tf_uniform(12, (tf_coordinates){1, k, 0, 0}, 0), p = k % 2 ? u : pow(10, -300 * u);
        double q = tf_normal_quantile(p), expected = gsl_cdf_ugaussian_Pinv(p);

        cr_assert_lt(fabs(q - expected), 4e-15 * fmax(fabs(expected), 0.1), "p = %.17g: %.17g, not %.17g", p, q, expected);
    }
    for (uint32_t k = 1; k < 4096; k++) {
        double p = k / 4096.0, q = tf_normal_quantile(p);

        cr_assert_gt(q, last, "not monotone at %g", p);
        cr_assert_eq(q, -tf_normal_quantile(1 - p));
        last = q;
    }
    /* Critical values as tables print them. */
    cr_assert_lt(fabs(tf_normal_quantile(0.975) - 1.959963984540054), 1e-15);
    cr_assert_lt(fabs(tf_normal_quantile(0.995) - 2.575829303548901), 1e-15);
    cr_assert_eq(tf_normal_quantile(0.5), 0);
    cr_assert_eq(tf_normal_quantile(0), -INFINITY);
    cr_assert_eq(tf_normal_quantile(1), INFINITY);
    cr_assert(isnan(tf_normal_quantile(-0.1)) && isnan(tf_normal_quantile(1.1)) && isnan(tf_normal_quantile(NAN)));
    cr_assert_lt(fabs(tf_normal_quantile(5e-324) / gsl_cdf_ugaussian_Pinv(5e-324) - 1), 1e-14);
}
