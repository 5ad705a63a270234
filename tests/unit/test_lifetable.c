/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Life tables against closed forms; published ones are among the validation cases. */
#include "world/lifetable.h"

#include <criterion/criterion.h>
#include <math.h>

enum { AGES = 101 };

static void blank(tf_lifeband *bands, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        bands[k] = (tf_lifeband){.age = (double)k, .width = 1, .deaths = NAN, .population = NAN, .m = NAN, .q = NAN, .l = NAN, .d = NAN,
                                 .utility = NAN};
    }
}

/* At a constant rate with an open end every age has the same expectancy: l'/l = (1 - m/2)/(1 + m/2) makes L/l = 1/(1 + m/2), and the sum 1/m. */
Test(lifetable, constant_rate)
{
    const tf_lifetable_method method = {.infant = 0.5, .closing = TF_CLOSE_BY_RATE, .radix = 1000};
    tf_lifeband bands[AGES];

    blank(bands, AGES);
    for (size_t k = 0; k < AGES; k++) {
        bands[k].m = 0.04;
        bands[k].utility = 0.5;
    }
    cr_assert_eq(tf_lifetable_make(NULL, bands, AGES, &method), TREFOIL_DONE);
    for (size_t k = 0; k < AGES; k++) {
        cr_expect_float_eq(bands[k].expectancy, 25, 1e-11, "age %zu", k);
        cr_expect_float_eq(bands[k].quality, 12.5, 1e-11);
        cr_expect(isnan(bands[k].error));
    }
    cr_expect_float_eq(bands[10].l, 1000 * pow(0.98 / 1.02, 10), 1e-9);
}

/* Nobody dies before the age at which all do: the expectancy is what is left, and discounting is a geometric sum. */
Test(lifetable, all_die_at_once)
{
    tf_lifetable_method method = {.infant = 0.5, .closing = TF_CLOSE_BY_DEATH, .radix = 100000, .discount = 0.035};
    tf_lifeband bands[AGES];

    blank(bands, AGES);
    for (size_t k = 0; k < AGES; k++) {
        bands[k].q = 0;
        bands[k].utility = 1;
    }
    cr_assert_eq(tf_lifetable_make(NULL, bands, AGES, &method), TREFOIL_DONE);
    cr_expect_float_eq(bands[0].expectancy, 100.5, 1e-10);
    cr_expect_float_eq(bands[40].expectancy, 60.5, 1e-10);
    cr_expect_float_eq(bands[98].quality, 1 + 1 / 1.035 + 0.5 / (1.035 * 1.035), 1e-12);
    blank(bands, AGES);
    for (size_t k = 0; k < AGES; k++) {
        bands[k].q = 0;
    }
    method.closing = TF_CLOSE_BY_EXPECTANCY;
    method.last = 2.25;
    cr_assert_eq(tf_lifetable_make(NULL, bands, AGES, &method), TREFOIL_DONE);
    cr_expect_float_eq(bands[0].expectancy, 102.25, 1e-10);
}

/* A rate, its probability, and deaths over people say the same; with deaths there is an error, which falls as the root of their number. */
Test(lifetable, sources_agree)
{
    const tf_lifetable_method method = {.infant = 0.1, .closing = TF_CLOSE_BY_RATE, .radix = 100000};
    tf_lifeband a[4], b[4], c[4], d[4];
    const double rates[] = {0.005, 0.001, 0.02, 0.2}, ages[] = {0, 1, 40, 80};

    blank(a, 4);
    blank(b, 4);
    blank(c, 4);
    blank(d, 4);
    for (size_t k = 0; k < 4; k++) {
        a[k].age = b[k].age = c[k].age = d[k].age = ages[k];
        a[k].m = rates[k];
        b[k].population = 10000;
        b[k].deaths = 10000 * rates[k];
        d[k].population = 40000;
        d[k].deaths = 40000 * rates[k];
    }
    cr_assert_eq(tf_lifetable_make(NULL, a, 4, &method), TREFOIL_DONE);
    cr_assert_eq(tf_lifetable_make(NULL, b, 4, &method), TREFOIL_DONE);
    cr_assert_eq(tf_lifetable_make(NULL, d, 4, &method), TREFOIL_DONE);
    for (size_t k = 0; k < 4; k++) {
        c[k].q = a[k].q;
    }
    c[3].m = rates[3];
    cr_assert_eq(tf_lifetable_make(NULL, c, 4, &method), TREFOIL_DONE);
    for (size_t k = 0; k < 4; k++) {
        cr_expect_float_eq(b[k].expectancy, a[k].expectancy, 1e-11);
        cr_expect_float_eq(c[k].expectancy, a[k].expectancy, 1e-11);
        cr_expect_float_eq(c[k].m, a[k].m, 1e-14);
        cr_expect_float_eq(b[k].error, 2 * d[k].error, 1e-12);
    }
    cr_expect_float_eq(a[0].q, 0.005 / (1 + 0.9 * 0.005), 1e-15);
}

Test(lifetable, refuses)
{
    const tf_lifetable_method open = {.infant = 0.1, .closing = TF_CLOSE_BY_RATE, .radix = 100000};
    tf_lifeband bands[3];
    trefoil_context *context = trefoil_context_create(NULL);

    blank(bands, 3);
    cr_expect_eq(tf_lifetable_make(context, bands, 3, &open), TREFOIL_NUMBER_FAILED, "nothing to find q from");
    blank(bands, 3);
    bands[0].m = bands[1].m = 0.1;
    bands[2].m = 0;
    cr_expect_eq(tf_lifetable_make(context, bands, 3, &open), TREFOIL_NUMBER_FAILED, "an open end without deaths");
    blank(bands, 3);
    bands[0].m = bands[1].m = bands[2].m = 0.1;
    bands[2].age = 1;
    cr_expect_eq(tf_lifetable_make(context, bands, 3, &open), TREFOIL_NUMBER_FAILED, "ages that do not ascend");
    blank(bands, 3);
    bands[0].m = -0.1;
    bands[1].m = bands[2].m = 0.1;
    cr_expect_eq(tf_lifetable_make(context, bands, 3, &open), TREFOIL_NUMBER_FAILED, "a rate below 0");
    trefoil_context_destroy(context);
}
