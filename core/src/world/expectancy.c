/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/expectancy.h"

#include "base/memory.h"
#include "base/text.h"
#include "world/lifetable.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* folder/name as a grid; NULL when there is no such file. */
static trefoil_status read_if_there(trefoil_context *context, const char *folder, const char *name, tf_place from, tf_grid **grid)
{
    trefoil_status status = TREFOIL_DONE;
    tf_text path = {0};

    *grid = NULL;
    tf_text_addf(&path, "%s/%s", folder, name);
    if (path.failed)
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the path of %s", name);
    else if (access(path.chars, R_OK) == 0)
        status = tf_grid_read(context, path.chars, from, grid);
    tf_text_free(&path);
    return status;
}

static const double *column_of(const tf_grid *grid, const char *name)
{
    for (size_t c = 0; grid && c < grid->n_columns; c++)
        if (strcmp(grid->columns[c], name) == 0)
            return grid->values[c];
    return NULL;
}

/* The table of one sex and fifth, at one discount rate. */
static trefoil_status make(trefoil_context *context, const double *rates, const double *norms, int sex, int imd, double discount,
                           tf_lifeband *bands)
{
    const tf_lifetable_method method = {.infant = 0.1, .closing = TF_CLOSE_BY_RATE, .discount = discount, .radix = 1};

    for (int age = 0; age < TF_AGES; age++)
        bands[age] = (tf_lifeband){.age = age, .width = age + 1 < TF_AGES ? 1 : (double)NAN, .deaths = NAN, .population = NAN,
                                   .m = rates[tf_cell(sex, age, imd)], .a = NAN, .q = NAN, .l = NAN, .d = NAN,
                                   .utility = norms[tf_cell(sex, age, imd)]};
    return tf_lifetable_make(context, bands, TF_AGES, &method);
}

static trefoil_status fill(trefoil_context *context, const double *rates, const double *norms, double discount, tf_expectancy *made)
{
    trefoil_status status = TREFOIL_DONE;
    tf_lifeband bands[TF_AGES];

    for (int sex = 0; sex < TF_SEXES; sex++) {
        double alive[TF_AGES] = {0};

        for (int imd = 0; imd < TF_QUINTILES; imd++) {
            TRY(make(context, rates, norms, sex, imd, 0, bands));
            for (int age = 0; age < TF_AGES; age++) {
                made->life[sex][age][imd] = bands[age].expectancy;
                made->quality[sex][age][imd] = bands[age].quality;
            }
            TRY(make(context, rates, norms, sex, imd, discount, bands));
            for (int age = 0; age < TF_AGES; age++) {
                alive[age] += bands[age].l;
                made->norm[sex][age] += bands[age].l * bands[age].quality;
            }
        }
        for (int age = 0; age < TF_AGES; age++)
            made->norm[sex][age] /= alive[age];
    }
out:
    return status;
}

trefoil_status tf_expectancy_read(trefoil_context *context, const char *folder, double discount, tf_place from, tf_expectancy **expectancy)
{
    trefoil_status status = TREFOIL_DONE;
    tf_grid *mortality = NULL, *utility = NULL;
    tf_expectancy *made = NULL;
    const double *rates, *norms;

    *expectancy = NULL;
    TRY(read_if_there(context, folder, "mortality.csv", from, &mortality));
    TRY(read_if_there(context, folder, "utility_imd.csv", from, &utility));
    rates = column_of(mortality, "all_cause");
    norms = column_of(utility, "norm");
    if (!rates || !norms)
        goto out;
    made = TF_NEW(tf_expectancy, 1);
    if (!made) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for life expectancy");
        goto out;
    }
    TRY(fill(context, rates, norms, discount, made));
    *expectancy = made;
    made = NULL;
out:
    tf_grid_destroy(mortality);
    tf_grid_destroy(utility);
    tf_free(made);
    return status;
}
