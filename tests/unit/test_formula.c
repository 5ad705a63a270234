/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "model/expression.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two parameters, a table `chd` with columns incidence = 0.001 * age * (6 - imd) and even = 0.5, and a table whose file
 * is wrong. */
typedef struct bench {
    trefoil_context *context;
    tf_register reg;
    tf_parameters *parameters;
    tf_tables tables;
    tf_grid grid, *grids[2];
    double incidence[TF_CELLS], even[TF_CELLS];
    tf_formulas *formulas;
} bench;

static char *names_of_tables[] = {(char[]){"chd"}, (char[]){"lost"}};
static char *columns_of_chd[] = {(char[]){"incidence"}, (char[]){"even"}};

static tf_evidence row_of(const char *name, double value)
{
    tf_evidence row = {.grade = TF_ASSUMPTION, .place = {"register.csv", 3}};

    row.name = tf_strdup(name);
    row.number.distribution = tf_distribution_fixed(value);
    return row;
}

static void open_bench(bench *b)
{
    static const char *const names[] = {"rr_mi", "price"};
    double *columns[] = {b->incidence, b->even};
    tf_scenario scenario = {0};

    *b = (bench){.context = trefoil_context_create(NULL)};
    b->reg.rows = TF_NEW(tf_evidence, 2);
    b->reg.n_rows = 2;
    for (size_t i = 0; i < 2; i++) {
        b->reg.rows[i] = row_of(names[i], i == 0 ? 1.5 : 120);
    }
    cr_assert_eq(tf_parameters_create(b->context, &b->reg, &scenario, &b->parameters), TREFOIL_DONE);
    for (int cell = 0; cell < TF_CELLS; cell++) {
        b->incidence[cell] = 0.001 * (cell / TF_QUINTILES % TF_AGES) * (5 - cell % TF_QUINTILES);
        b->even[cell] = 0.5;
    }
    b->grid = (tf_grid){.n_columns = 2, .columns = columns_of_chd};
    b->grid.values = TF_NEW(double *, 2);
    memcpy(b->grid.values, columns, sizeof columns);
    b->grids[0] = &b->grid;
    b->tables = (tf_tables){names_of_tables, b->grids, 2};
    cr_assert_eq(tf_formulas_create(b->context, &b->tables, b->parameters, &b->formulas), TREFOIL_DONE);
}

static void close_bench(bench *b)
{
    tf_formulas_destroy(b->formulas);
    tf_parameters_destroy(b->parameters);
    for (size_t i = 0; i < 2; i++) {
        tf_free(b->reg.rows[i].name);
    }
    tf_free(b->reg.rows);
    tf_free(b->grid.values);
    trefoil_context_destroy(b->context);
}

static int add(bench *b, const char *text)
{
    return tf_formulas_add(b->context, b->formulas, text, "[test] f", (tf_place){"m.ini", 7}, (double)-INFINITY,
                           (double)INFINITY);
}

Test(formula, gives_the_value_of_the_expression)
{
    /* For women aged 45 in the second quintile: incidence = 0.001 * 45 * 4 = 0.18. */
    static const struct {
        const char *text;
        double value;
        bool varies;
    } cases[] = {
        {"0.25", 0.25, false},
        {" -2e-3 ", -2e-3, false},
        {"rr_mi", 1.5, false},
        {"chd.incidence", 0.18, true},
        {"chd.even", 0.5, true},
        {"age", 45, true},
        {"female - male", 1, true},
        {"imd", 2, true},
        {"rr_mi * 2 + 1", 4, false},
        {"2 ^ 3 ^ 0.5", 3.3219970854839125, false}, /* 2 ^ (3 ^ 0.5) */
        {"7 // 2 + 7 % 4 - 1 / 4", 5.75, false},
        {"3 - -2", 5, false},
        {"9000000000 * 9000000000", 8.1e19, false}, /* whole numbers do not wrap at 2^63 */
        {"chd.incidence * rr_mi / (1 + chd.even)", 0.18, true},
        {"age >= 65 and 0.1 or 0.02", 0.02, true},
        {"not (male == 1) and rr_mi or 1", 1.5, true},
        {"pick(imd, 10, 20, 30, 40, 50)", 20, true},
        {"min(3, max(1, 2), 5)", 2, false},
        {"exp(log(10)) + sqrt(16) + abs(-1) + floor(2.7) + ceil(2.1)", 20, false},
        {"log(8, 2)", 3, false},
        {"1e3+.5", 1000.5, false},
        {"imd ~= 2 and 1 or 0", 0, true},
        {"price", 120, false},
    };
    enum { N = sizeof cases / sizeof cases[0] };
    bench b;
    tf_quantities quantities = {0};
    double parameters[] = {1.5, 120};
    int index[N];

    open_bench(&b);
    for (size_t i = 0; i < N; i++) {
        index[i] = add(&b, cases[i].text);
        cr_expect_eq(index[i], (int)i, "%s", cases[i].text);
        cr_expect_eq(tf_formulas_varies(b.formulas, index[i]), cases[i].varies, "%s", cases[i].text);
        cr_expect_str_eq(tf_formulas_text(b.formulas, index[i]), cases[i].text);
    }
    cr_assert_eq(tf_formulas_evaluate(b.context, b.formulas, parameters, 0, 30, &quantities), TREFOIL_DONE);
    for (size_t i = 0; i < N; i++) {
        cr_expect_float_eq(tf_quantity(&quantities, index[i], tf_cell(TF_FEMALE, 45, 1)), cases[i].value,
                           1e-12 * fabs(cases[i].value), "%s", cases[i].text);
        cr_expect_eq(quantities.cells[i] != NULL, cases[i].varies);
    }
    /* Every cell from the youngest age on, and only these. */
    for (int cell = 0; cell < TF_CELLS; cell++) {
        bool covered = cell / TF_QUINTILES % TF_AGES >= 30;

        cr_expect_float_eq(quantities.cells[13][cell], covered ? b.incidence[cell] : 0, 1e-15);
        cr_expect_eq(quantities.cells[3][cell], covered ? b.incidence[cell] : 0);
    }
    /* Another draw in the same storage. */
    parameters[0] = 3;
    cr_assert_eq(tf_formulas_evaluate(b.context, b.formulas, parameters, 1, 30, &quantities), TREFOIL_DONE);
    cr_expect_eq(tf_quantity(&quantities, 8, 0), 7);
    cr_expect_eq(trefoil_context_reasons(b.context), 0);
    tf_quantities_free(&quantities);
    close_bench(&b);
}

Test(formula, names_every_mistake)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "the formula is empty"},
        {"rr_ni", "there is no parameter 'rr_ni'; did you mean 'rr_mi'?"},
        {"age > 200 and rr_ni or 1",
         "there is no parameter 'rr_ni'; did you mean 'rr_mi'?"}, /* in a branch never taken */
        {"agee * 2", "there is no parameter 'agee'; did you mean 'age'?"},
        {"chd.incidense", "there is no column of table 'chd' called 'incidense'; did you mean 'incidence'?"},
        {"cvd.incidence", "there is no table 'cvd'; did you mean 'chd'?"},
        {"chd * 2", "'chd' is a table; name a column of it"},
        {"exq(2)", "there is no function 'exq'; did you mean 'exp'?"},
        {"exp + 1", "'exp' is a function; write exp(...)"},
        {"os.exit(1)", "there is no table 'os'"},
        {"print(1)", "there is no function 'print'"},
        {"0,6", "a comma outside brackets; the decimal sign is a point"},
        {"(1 + 2", "a bracket is not closed"},
        {"1) + (2", "a closing bracket without an opening one"},
        {"1 +", "the formula ends too early"},
        {"1 2", "not a formula"},
        {"rr_mi rr_mi", "two names or numbers follow each other"},
        {"0.5 ~ beta(se 0.05)", "a number with its uncertainty belongs into a file of evidence"},
        {"3 --2", "'--' would begin a comment"},
        {"age = 3", "write == for 'equals'"},
        {"age != 3", "write ~= for 'differs from'"},
        {"age > 3 && 1", "write 'and' for &&"},
        {"'text'", "''' has no place in a formula"},
        {"{1}", "'{' has no place in a formula"},
        {"function() while 1 do end end", "'function' has no place in a formula"},
        {"true", "'true' has no place in a formula"},
        {"12abc", "'12abc' is not a number"},
        {"010", "'010' is not a number"},
        {"1 / 0x10", "'0x10' is not a number"},
        {"#chd", "'#' has no place in a formula"},
    };
    bench b;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char start[160];

        open_bench(&b);
        snprintf(start, sizeof start, "m.ini:7: [test] f = %s: ", cases[i].text);
        cr_expect_eq(add(&b, cases[i].text), -1, "%s", cases[i].text);
        cr_assert_eq(trefoil_context_reasons(b.context), 1, "%s", cases[i].text);
        cr_expect_eq(strncmp(trefoil_context_reason(b.context, 0), start, strlen(start)), 0, "%s",
                     trefoil_context_reason(b.context, 0));
        cr_expect(strstr(trefoil_context_reason(b.context, 0), cases[i].words) != NULL, "%s",
                  trefoil_context_reason(b.context, 0));
        cr_expect_eq(tf_formulas_count(b.formulas), 0);
        close_bench(&b);
    }
}

Test(formula, names_all_unknown_names_and_is_silent_about_what_an_earlier_mistake_hides)
{
    bench b;

    open_bench(&b);
    cr_expect_eq(add(&b, "rr_ni * chd.incidense + unheard_of_name"), -1);
    cr_expect_eq(trefoil_context_reasons(b.context), 3);
    cr_expect_eq(add(&b, "lost.column * rr_mi"), -1);
    cr_expect_eq(trefoil_context_reasons(b.context), 3);
    tf_formulas_destroy(b.formulas);
    cr_assert_eq(tf_formulas_create(b.context, &b.tables, NULL, &b.formulas), TREFOIL_DONE);
    cr_expect_eq(add(&b, "chd.even * anything"), -1);
    cr_expect_eq(trefoil_context_reasons(b.context), 3);
    cr_expect_eq(add(&b, "chd.even * 2"), 0);
    close_bench(&b);
}

Test(formula, refuses_values_outside_limits_with_cell_and_draw)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"age * 0.01", NULL}, /* 1 at the highest age: allowed */
        {"male == 1 and 0.5 or 1 / 0", "gives infinity for women aged 30 in quintile 1 in draw 12; expected a number "
                                       "from 0 to 1"},
        {"rr_mi - 1.75", "gives -0.25 in draw 12; expected a number from 0 to 1"},
        {"0 / 0 * age", "gives not a number for men aged 30 in quintile 1 in draw 12"},
        {"imd < 4 and 0.5 or 1.5", "gives 1.5 for men aged 30 in quintile 4 in draw 12"},
        {"age > 50", "gives true or false, not a number (write 'condition and 1 or 0') for men aged 30 in quintile 1 "
                     "in draw 12"},
        {"pick(imd, 0.1, 0.2)", "pick: the first number is 3.0, but there are 2 values to pick from for men aged 30 in "
                                "quintile 3"},
        {"(age > 50) * 0.5", "attempt to perform arithmetic on a boolean value for men aged 30 in quintile 1 in draw "
                             "12"},
        {"max()", "bad argument #1 to 'max'"},
    };
    double parameters[] = {1.5, 120};
    tf_quantities quantities = {0};
    bench b;

    open_bench(&b);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_assert_geq(
            tf_formulas_add(b.context, b.formulas, cases[i].text, "[s] p", (tf_place){"m.ini", (int)i + 1}, 0, 1), 0,
            "%s", cases[i].text);
    }
    cr_expect_eq(tf_formulas_evaluate(b.context, b.formulas, parameters, 12, 30, &quantities), TREFOIL_USER_MISTAKE);
    cr_assert_eq(trefoil_context_reasons(b.context), sizeof cases / sizeof cases[0] - 1);
    for (size_t i = 1; i < sizeof cases / sizeof cases[0]; i++) {
        const char *reason = trefoil_context_reason(b.context, i - 1);

        cr_expect(strstr(reason, cases[i].words) != NULL, "%s", reason);
        cr_expect_eq(atoi(reason + strlen("m.ini:")), (int)i + 1, "%s", reason);
    }
    cr_expect_eq(tf_formulas_add(b.context, b.formulas, "1.5", "[s] p", (tf_place){"m.ini", 90}, 0, 1), -1);
    cr_expect_str_eq(trefoil_context_reason(b.context, trefoil_context_reasons(b.context) - 1), "m.ini:90: [s] p = "
                                                                                                "1.5: expected a "
                                                                                                "number from 0 to 1");
    tf_quantities_free(&quantities);
    close_bench(&b);
}

/* Was the failure that was asked for not reached?  Then all calls were tried. */
static bool all_calls_tried(void)
{
    void *memory = tf_alloc(1, 1);

    tf_memory_fail_at(0);
    tf_free(memory);
    return memory == NULL;
}

Test(formula, survives_want_of_memory_at_every_call)
{
    double parameters[] = {1.5, 120};
    long n = 0;
    bool done = false;

    while (!done && n < 100000) {
        tf_quantities quantities = {0};
        tf_formulas *formulas = NULL;
        trefoil_status status;
        int index = -1;
        bench b;

        open_bench(&b);
        tf_memory_fail_at(++n);
        status = tf_formulas_create(b.context, &b.tables, b.parameters, &formulas);
        if (status == TREFOIL_DONE) {
            status = tf_formulas_read(b.context, formulas, "rr_mi * chd.incidence + 1", "[s] p", (tf_place){"m.ini", 1},
                                      0, 9, &index);
        }
        if (status == TREFOIL_DONE) {
            status = tf_formulas_evaluate(b.context, formulas, parameters, 0, 30, &quantities);
        }
        done = all_calls_tried();
        cr_assert(status == TREFOIL_DONE || (!done && status == TREFOIL_NO_MEMORY), "allocation %ld: status %d", n,
                  (int)status);
        cr_assert_eq(tf_mistakes(b.context), 0);
        tf_quantities_free(&quantities);
        tf_formulas_destroy(formulas);
        close_bench(&b);
    }
    cr_expect(n > 50);
}
