/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "folder.h"
#include "world/grid.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define ENGLAND TF_SOURCE_DIR "/scenarios/england/"

static tf_grid *read_grid(trefoil_context *context, const char *csv)
{
    tf_grid *grid = NULL;
    trefoil_status status;

    folder_make();
    status = tf_grid_read(context, folder_write("grid.csv", csv), (tf_place){0}, &grid);
    cr_assert_eq(status == TREFOIL_DONE, grid != NULL);
    folder_forget("grid.csv");
    folder_remove();
    return grid;
}

static tf_grid *england(trefoil_context *context, const char *name)
{
    tf_grid *grid = NULL;
    char path[512];

    snprintf(path, sizeof path, "%s%s", ENGLAND, name);
    if (tf_grid_read(context, path, (tf_place){0}, &grid) != TREFOIL_DONE) {
        print_reasons(context);
    }
    cr_assert_not_null(grid, "%s", name);
    return grid;
}

static const double *column(const tf_grid *grid, const char *name)
{
    for (size_t k = 0; k < grid->n_columns; k++) {
        if (strcmp(grid->columns[k], name) == 0) {
            return grid->values[k];
        }
    }
    cr_assert_fail("%s has no column %s", grid->path, name);
    return NULL;
}

Test(grid, reads_keys_of_every_form)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_grid *grid = read_grid(context, "# source: here\n# unit: mmHg\n# value_set: 3L\nsex,age_from,age_to,x,y\nM,0,49,1,2\nmale,50,120,3,4\nFemale,0,100,5,6\n");

    cr_assert_not_null(grid);
    cr_expect_eq(grid->n_columns, 2);
    cr_expect_str_eq(grid->columns[1], "y");
    cr_expect_str_eq(grid->source, "here");
    cr_expect_str_eq(grid->unit, "mmHg");
    cr_expect_str_eq(grid->value_set, "3L");
    cr_expect_eq(strlen(grid->digest), 64);
    for (int i = 0; i < TF_QUINTILES; i++) {
        cr_expect(grid->values[0][tf_cell(0, 49, i)] == 1 && grid->values[0][tf_cell(0, 50, i)] == 3);
        cr_expect(grid->values[1][tf_cell(1, 0, i)] == 6 && grid->values[1][tf_cell(0, 100, i)] == 4);
    }
    tf_grid_destroy(grid);

    grid = read_grid(context, "imd,x\n5,50\n1,10\n2,20\n3,30\n4,40\n");
    cr_assert_not_null(grid);
    cr_expect_null(grid->source);
    cr_expect(grid->values[0][tf_cell(1, 77, 3)] == 40);
    tf_grid_destroy(grid);

    grid = read_grid(context, "# below: 0.5\nage,x\n20,1\n21,2\n");
    cr_assert_not_null(grid);
    cr_expect(grid->values[0][tf_cell(0, 19, 0)] == 0.5 && grid->values[0][tf_cell(1, 20, 4)] == 1);
    cr_expect(grid->values[0][tf_cell(0, 22, 0)] == 2 && grid->values[0][tf_cell(0, 130, 0)] == 2);
    tf_grid_destroy(grid);

    grid = read_grid(context, "x\n7\n");
    cr_assert_not_null(grid);
    cr_expect(grid->values[0][0] == 7 && grid->values[0][TF_CELLS - 1] == 7);
    tf_grid_destroy(grid);
    tf_grid_destroy(NULL);
    trefoil_context_destroy(context);
}

Test(grid, refuses_faulty_tables)
{
    static const char *const cases[][2] = {
        {"sex,x\nM,1\n", "there is no row for sex F, age 0, imd 1 (505 such cells are missing)"},
        {"sex,x\nM,1\nF,2\nM,3\n", "grid.csv:4: sex M, age 0, imd 1 was already given in line 2"},
        {"sex,x\nM,1\nw,2\n", "grid.csv:3: sex = 'w': expected M or F"},
        {"age,x\n20,1\n", "ages begin at 20; add rows for 0 to 19, or a line like '# below: 0'"},
        {"# below: none\nage,x\n20,1\n", "'# below: none': expected a number"},
        {"age,x\n0,1\n2,1\n", "grid.csv:2: there is no row for sex M, age 1, imd 1"},
        {"age,x\n0,one\n", "grid.csv:2: x = 'one': expected a number"},
        {"age,x\n101,1\n", "age = 101: expected a number from 0 to 100"},
        {"age,x\n0.5,1\n", "age = 0.5: expected a whole number"},
        {"imd,x\n6,1\n", "imd = 6: expected a number from 1 to 5"},
        {"age_from,age_to,x\n0,50,1\n60,55,1\n", "age_from 60 is above age_to 55"},
        {"age_from,x\n0,1\n", "age_from and age_to go together; only age_from is there"},
        {"age,age_from,age_to,x\n0,0,1,1\n", "not by both"},
        {"sex,age,imd\nM,1,1\n", "there is no value column beside sex, age and imd"},
        {"sex,x\n", "there are no rows under the header"},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        trefoil_context *context = trefoil_context_create(NULL);

        cr_expect_null(read_grid(context, cases[k][0]));
        cr_expect(told(context, cases[k][1]), "%s", cases[k][1]);
        if (!told(context, cases[k][1])) {
            print_reasons(context);
        }
        trefoil_context_destroy(context);
    }
}

Test(grid, survives_memory_running_out)
{
    bool done = false;

    for (long n = 1; !done; n++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_grid *grid;

        tf_memory_fail_at(n);
        grid = read_grid(context, "# source: here\nsex,x,y\nM,1,2\nF,3,4\n");
        tf_memory_fail_at(0);
        cr_assert(n < 200);
        done = grid != NULL;
        tf_grid_destroy(grid);
        trefoil_context_destroy(context);
    }
}

/* Period life expectancy at `age` from central rates, constant within a year of age and above 100. */
static double life_expectancy(const double *rate, int sex, int imd, int age)
{
    double alive = 1, years = 0;

    for (int a = age; a < TF_AGES - 1; a++) {
        double m = rate[tf_cell(sex, a, imd)];

        years += alive * -expm1(-m) / m;
        alive *= exp(-m);
    }
    return years + alive / rate[tf_cell(sex, TF_AGES - 1, imd)];
}

Test(grid, mortality_gives_the_published_life_expectancy)
{
    /* England 2017 to 2019 by fifth of deprivation, most deprived first. */
    static const double published[TF_SEXES][TF_QUINTILES] = {{75.3, 78.4, 80.2, 81.4, 82.8}, {79.9, 82.3, 83.6, 84.6, 85.7}};
    trefoil_context *context = trefoil_context_create(NULL);
    tf_grid *mortality = england(context, "mortality.csv"), *table = england(context, "life_expectancy.csv");
    const double *rate = column(mortality, "all_cause"), *recent = column(mortality, "all_cause_2024");

    for (int sex = 0; sex < TF_SEXES; sex++) {
        for (int imd = 0; imd < TF_QUINTILES; imd++) {
            double e0 = life_expectancy(rate, sex, imd, 0), e65 = life_expectancy(rate, sex, imd, 65);

            cr_expect_float_eq(e0, published[sex][imd], 0.1, "sex %d imd %d: e0 is %.3f", sex, imd + 1, e0);
            cr_expect_float_eq(e0, column(table, "e0")[tf_cell(sex, 0, imd)], 0.02);
            cr_expect_float_eq(e65, column(table, "e65")[tf_cell(sex, 0, imd)], 0.02);
            for (int age = 1; age < TF_AGES - 1; age++) {
                double ratio = recent[tf_cell(sex, age, imd)] / rate[tf_cell(sex, age, imd)];

                cr_expect(ratio > 0.5 && ratio < 2.0, "sex %d age %d: projected over observed mortality is %.2f", sex, age, ratio);
            }
        }
    }
    tf_grid_destroy(mortality);
    tf_grid_destroy(table);
    trefoil_context_destroy(context);
}

/* One year of dp/da = hazard (1 - p) - fatality p (1 - p), in small steps. */
static double age_one_year(double p, double hazard, double fatality)
{
    enum { STEPS = 200 };

    for (int k = 0; k < STEPS; k++) {
        double middle = p + 0.5 / STEPS * (1 - p) * (hazard - fatality * p);

        p += 1.0 / STEPS * (1 - middle) * (hazard - fatality * middle);
    }
    return p;
}

/* The hazards of the four diseases reproduce their prevalence over twenty years of age, and leave room for other causes of death. */
Test(grid, diseases_are_consistent)
{
    static const char *const files[] = {"chd.csv", "stroke.csv", "t2d.csv", "hf.csv"};
    trefoil_context *context = trefoil_context_create(NULL);
    tf_grid *mortality = england(context, "mortality.csv"), *disease[4];

    for (size_t d = 0; d < 4; d++) {
        const double *hazard, *prevalence, *fatality;

        disease[d] = england(context, files[d]);
        hazard = column(disease[d], "hazard");
        prevalence = column(disease[d], "prevalence");
        fatality = column(disease[d], "case_fatality");
        for (int cell = 0; cell < TF_SEXES * TF_QUINTILES; cell++) {
            int sex = cell / TF_QUINTILES, imd = cell % TF_QUINTILES;

            for (int start = 30; start <= 65; start += 5) {
                double p = prevalence[tf_cell(sex, start, imd)], expected = prevalence[tf_cell(sex, start + 20, imd)];

                for (int age = start; age < start + 20; age++) {
                    p = age_one_year(p, hazard[tf_cell(sex, age, imd)], fatality[tf_cell(sex, age, imd)]);
                }
                cr_expect_float_eq(p / expected, 1, 0.02, "%s, sex %d, imd %d, %d to %d: %.4f for %.4f", files[d], sex, imd + 1, start,
                                   start + 20, p, expected);
            }
        }
    }
    for (int cell = 0; cell < TF_CELLS; cell++) {
        double others = column(mortality, "all_cause")[cell];

        for (size_t d = 0; d < 4; d++) {
            others -= column(disease[d], "mortality")[cell];
            cr_assert(column(disease[d], "prevalence")[cell] >= 0 && column(disease[d], "prevalence")[cell] < 1);
        }
        cr_expect_gt(others, 0.3 * column(mortality, "all_cause")[cell], "cell %d", cell);
    }
    for (size_t d = 0; d < 4; d++) {
        tf_grid_destroy(disease[d]);
    }
    tf_grid_destroy(mortality);
    trefoil_context_destroy(context);
}

Test(grid, utilities_share_a_value_set_and_shares_are_shares)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_grid *norm = england(context, "utility.csv"), *gradient = england(context, "utility_gradient.csv"),
            *both = england(context, "utility_imd.csv"), *risk = england(context, "risk.csv"), *treatment = england(context, "treatment.csv");
    double mean = 0;

    cr_expect_str_eq(norm->value_set, both->value_set);
    cr_expect_str_eq(norm->value_set, gradient->value_set);
    for (int cell = 0; cell < TF_CELLS; cell++) {
        cr_expect_float_eq(column(both, "norm")[cell], column(norm, "norm")[cell] * column(gradient, "relative")[cell], 5.1e-5);
        for (size_t k = 0; k < treatment->n_columns; k++) {
            cr_assert(treatment->values[k][cell] >= 0 && treatment->values[k][cell] <= 1);
        }
        cr_assert(column(risk, "smoking")[cell] > 0 && column(risk, "smoking")[cell] < 0.5);
        cr_assert(column(risk, "bmi_mean")[cell] > 20 && column(risk, "sbp_mean")[cell] > 100 && column(risk, "ldl_mean")[cell] > 1.5);
    }
    for (int imd = 0; imd < TF_QUINTILES; imd++) {
        mean += column(gradient, "relative")[tf_cell(0, 0, imd)] / TF_QUINTILES;
    }
    cr_expect_float_eq(mean, 1, 1e-4);
    tf_grid_destroy(norm);
    tf_grid_destroy(gradient);
    tf_grid_destroy(both);
    tf_grid_destroy(risk);
    tf_grid_destroy(treatment);
    trefoil_context_destroy(context);
}
