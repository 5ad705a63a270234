/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expectancy of England's residents against the table in the folder of facts, which was computed elsewhere, and what a norm is. */
#include "world/expectancy.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define ENGLAND TF_SOURCE_DIR "/scenarios/england"

Test(expectancy, of_england)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_expectancy *made = NULL, *discounted = NULL, *none = NULL;
    tf_table *table = NULL;
    size_t seen = 0;

    cr_assert_eq(tf_expectancy_read(context, ENGLAND, 0, (tf_place){0}, &made), TREFOIL_DONE);
    cr_assert_eq(tf_expectancy_read(context, ENGLAND, 0.035, (tf_place){0}, &discounted), TREFOIL_DONE);
    cr_assert_eq(tf_expectancy_read(context, TF_SOURCE_DIR "/scenarios/models", 0, (tf_place){0}, &none), TREFOIL_DONE);
    cr_assert(made && discounted);
    cr_expect_null(none, "no tables, no expectancy, and no mistake");
    cr_assert_eq(tf_table_read(context, ENGLAND "/life_expectancy.csv", (tf_place){0}, &table), TREFOIL_DONE);
    for (size_t row = 0; row < tf_table_rows(table); row++) {
        int sex = strcmp(tf_table_text(table, row, (size_t)tf_table_find(table, "sex")), "M") == 0 ? TF_MALE : TF_FEMALE;
        double imd, e0, e65;

        cr_assert_eq(tf_table_number(context, table, row, (size_t)tf_table_find(table, "imd"), 1, 5, &imd), TREFOIL_DONE);
        cr_assert_eq(tf_table_number(context, table, row, (size_t)tf_table_find(table, "e0"), 50, 100, &e0), TREFOIL_DONE);
        cr_assert_eq(tf_table_number(context, table, row, (size_t)tf_table_find(table, "e65"), 5, 40, &e65), TREFOIL_DONE);
        cr_expect_float_eq(made->life[sex][0][(int)imd - 1], e0, 0.02);
        cr_expect_float_eq(made->life[sex][65][(int)imd - 1], e65, 0.02);
        seen++;
    }
    cr_expect_eq(seen, 10u);
    for (int sex = 0; sex < TF_SEXES; sex++) {
        double mean = 0;

        for (int imd = 0; imd < TF_QUINTILES; imd++) {
            mean += made->quality[sex][0][imd] / TF_QUINTILES;
            cr_expect_lt(made->quality[sex][0][imd], made->life[sex][0][imd]);
            cr_expect(imd == 0 || made->quality[sex][0][imd] > made->quality[sex][0][imd - 1], "QALE rises as deprivation falls");
        }
        cr_expect_float_eq(made->norm[sex][0], mean, 1e-9, "at birth the five fifths are of one size");
        cr_expect(made->norm[sex][80] > made->quality[sex][80][0] && made->norm[sex][80] < made->quality[sex][80][4]);
        cr_expect(discounted->norm[sex][40] < made->norm[sex][40] && discounted->norm[sex][40] > made->norm[sex][40] / 2);
    }
    tf_table_destroy(table);
    tf_free(made);
    tf_free(discounted);
    trefoil_context_destroy(context);
}
