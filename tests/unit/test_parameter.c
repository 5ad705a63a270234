/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "model/parameter.h"
#include "random/stream.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 12 };

typedef struct bench {
    trefoil_context *context;
    tf_register reg;
    tf_scenario scenario;
    tf_setting settings[MOST];
    tf_parameters *parameters;
} bench;

/* A row as a register file would give it; "=..." is a formula. */
static void add_row(bench *b, const char *name, const char *value)
{
    char text[300], why[256];
    tf_evidence row = {
        .name = text, .source = (char[]){"Smith 2020"}, .note = (char[]){"as published"}, .grade = TF_PUBLISHED};

    row.place = (tf_place){"register.csv", (int)b->reg.n_rows + 2};
    row.number.distribution = tf_distribution_fixed(0);
    snprintf(text, sizeof text, "%s", name);
    if (*value == '=') {
        row.formula = tf_strdup(value + 1);
    } else {
        cr_assert(tf_number_parse(value, &row.number, why), "%s", why);
    }
    cr_assert_eq(tf_register_add(b->context, &b->reg, &row), TREFOIL_DONE);
    tf_free(row.formula);
}

static void override_with(bench *b, const char *name, const char *text)
{
    tf_setting *setting = &b->settings[b->scenario.n_parameters++];

    *setting = (tf_setting){tf_strdup(name), tf_strdup(text), {"s.ini", 40 + (int)b->scenario.n_parameters}};
    b->scenario.parameters = b->settings;
}

static void open_bench(bench *b)
{
    *b = (bench){.context = trefoil_context_create(NULL)};
    add_row(b, "rr", "0.78 ~ lognormal(0.70 to 0.87)");
    add_row(b, "uptake", "0.6 ~ beta(se 0.05)");
    add_row(b, "cost", "100");
    add_row(b, "spend", "=cost * uptake + 1");
    add_row(b, "same", "=spend");
}

static trefoil_status create(bench *b)
{
    return tf_parameters_create(b->context, &b->reg, &b->scenario, &b->parameters);
}

static void close_bench(bench *b)
{
    tf_parameters_destroy(b->parameters);
    tf_register_free(&b->reg);
    for (size_t i = 0; i < b->scenario.n_parameters; i++) {
        tf_free(b->settings[i].key);
        tf_free(b->settings[i].text);
    }
    trefoil_context_destroy(b->context);
}

Test(parameter, draws_by_name_and_evaluates_formulas_in_order)
{
    double base[MOST], drawn[MOST], again[MOST], more[MOST];
    tf_evidence extra = {.name = (char[]){"programme.uptake_q1"}, .grade = TF_ASSUMPTION};
    bench b;

    open_bench(&b);
    cr_assert_eq(create(&b), TREFOIL_DONE);
    cr_assert_eq(tf_parameters_count(b.parameters), 5);
    cr_expect_eq(tf_parameters_find(b.parameters, "cost"), 2);
    cr_expect_eq(tf_parameters_find(b.parameters, "costs"), -1);
    cr_expect_str_eq(tf_parameters_row(b.parameters, 1)->name, "uptake");

    cr_assert_eq(tf_parameters_draw(b.context, b.parameters, 1, 0, base), TREFOIL_DONE);
    cr_expect_eq(base[0], tf_parameters_row(b.parameters, 0)->number.distribution.mean);
    cr_expect_float_eq(base[1], 0.6, 1e-12);
    cr_expect_eq(base[2], 100);
    cr_expect_float_eq(base[3], 61, 1e-10);
    cr_expect_eq(base[4], base[3]);

    cr_assert_eq(tf_parameters_draw(b.context, b.parameters, 1, 7, drawn), TREFOIL_DONE);
    cr_expect_eq(drawn[1],
                 tf_distribution_quantile(
                     &tf_parameters_row(b.parameters, 1)->number.distribution,
                     tf_uniform(1, (tf_coordinates){.purpose = tf_purpose("parameter", "uptake"), .draw = 7}, 0)));
    cr_expect_neq(drawn[1], base[1]);
    cr_expect_float_eq(drawn[3], 100 * drawn[1] + 1, 1e-12);
    cr_assert_eq(tf_parameters_draw(b.context, b.parameters, 1, 7, again), TREFOIL_DONE);
    cr_expect_eq(memcmp(drawn, again, 5 * sizeof *drawn), 0);

    /* One parameter more changes no other, and moves no row. */
    const tf_evidence *row = tf_parameters_row(b.parameters, 0);
    extra.number.distribution = tf_distribution_fixed(0.25);
    for (int i = 0; i < 27; i++) {
        char name[] = "p.a";

        name[2] = (char)('a' + (i < 26 ? i : 25));
        extra.name = name;
        cr_expect_eq(tf_parameters_add(b.context, b.parameters, &extra), i < 26 ? 5 + i : -1);
    }
    cr_expect_eq(tf_parameters_row(b.parameters, 0), row);
    cr_assert_eq(trefoil_context_reasons(b.context), 1);
    cr_expect(strstr(trefoil_context_reason(b.context, 0), "the parameter 'p.z' is there already") != NULL);
    cr_expect_eq(tf_parameters_count(b.parameters), 31);
    double all[31];
    cr_assert_eq(tf_parameters_draw(b.context, b.parameters, 1, 7, all), TREFOIL_DONE);
    memcpy(more, all, 5 * sizeof *all);
    cr_expect_eq(memcmp(drawn, more, 5 * sizeof *drawn), 0);
    cr_expect_eq(all[30], 0.25);
    close_bench(&b);
}

Test(parameter, mean_and_spread_of_draws_are_those_stated)
{
    enum { DRAWS = 4000 };
    double values[MOST], sum = 0, squares = 0;
    bench b;

    open_bench(&b);
    cr_assert_eq(create(&b), TREFOIL_DONE);
    for (uint32_t d = 1; d <= DRAWS; d++) {
        cr_assert_eq(tf_parameters_draw(b.context, b.parameters, 5, d, values), TREFOIL_DONE);
        sum += values[1];
        squares += values[1] * values[1];
    }
    /* Six standard errors of a mean and of a standard deviation of 4,000. */
    cr_expect_float_eq(sum / DRAWS, 0.6, 6 * 0.05 / sqrt(DRAWS));
    cr_expect_float_eq(sqrt(squares / DRAWS - sum / DRAWS * (sum / DRAWS)), 0.05, 6 * 0.05 / sqrt(2.0 * DRAWS));
    close_bench(&b);
}

Test(parameter, a_scenario_overrides_numbers_and_sources)
{
    double values[MOST];
    const tf_evidence *row;
    bench b;

    open_bench(&b);
    override_with(&b, "cost", "150");
    override_with(&b, "uptake", "0.5 ~ beta(se 0.1) @ \"Jones 2024\"");
    override_with(&b, "rr", "= cost / 100"); /* sees only what is above it: rr is the first */
    cr_expect_eq(create(&b), TREFOIL_USER_MISTAKE);
    cr_assert_eq(trefoil_context_reasons(b.context), 1);
    cr_expect_str_eq(trefoil_context_reason(b.context, 0), "s.ini:43: rr =  cost / 100: 'cost' is stated further down; "
                                                           "a formula sees the parameters above it");
    close_bench(&b);

    open_bench(&b);
    override_with(&b, "cost", "150");
    override_with(&b, "uptake", "0.5 ~ beta(se 0.1) @ \"Jones 2024\"");
    override_with(&b, "same", "=spend / 2");
    override_with(&b, "spend", "12");
    cr_assert_eq(create(&b), TREFOIL_DONE);
    cr_assert_eq(tf_parameters_draw(b.context, b.parameters, 1, 0, values), TREFOIL_DONE);
    cr_expect_eq(values[2], 150);
    cr_expect_float_eq(values[1], 0.5, 1e-12);
    cr_expect_eq(values[3], 12);
    cr_expect_eq(values[4], 6);
    row = tf_parameters_row(b.parameters, 1);
    cr_expect_str_eq(row->source, "Jones 2024");
    cr_expect_eq(row->grade, TF_PUBLISHED);
    cr_expect_float_eq(row->number.distribution.sd, 0.1, 1e-12);
    cr_expect_str_eq(row->place.file, "s.ini");
    cr_expect_eq(row->place.line, 42);
    /* A number without a source is an assumption; what it replaced is remembered. */
    row = tf_parameters_row(b.parameters, 2);
    cr_expect_str_eq(row->source, "");
    cr_expect_eq(row->grade, TF_ASSUMPTION);
    cr_expect_str_eq(row->note, "set in the scenario in place of a value from: Smith 2020; as published");
    cr_expect_eq(tf_parameters_row(b.parameters, 0)->place.line, 2);
    cr_expect_str_eq(b.reg.rows[2].source, "Smith 2020");
    close_bench(&b);
}

Test(parameter, names_every_mistake)
{
    static const char *const expected[] = {
        "register.csv:7: the name 'age' has a meaning in formulas; choose another",
        "register.csv:8: late = uptakes * 2: there is no parameter 'uptakes'; did you mean 'uptake'?",
        "register.csv:9: person = imd + 1: a parameter is the same for everybody: 'imd' can be used in the model's "
        "formulas only",
        "register.csv:10: table = chd.incidence: 'chd.incidence': tables can be used in the model's formulas only",
        "register.csv:11: self = self + 1: 'self' cannot be computed from itself",
        "s.ini:41: [parameters] uptakr: the model has no such parameter; did you mean 'uptake'?",
        "s.ini:42: [parameters] cost = 1,5: ",
    };
    double values[MOST];
    bench b;

    open_bench(&b);
    add_row(&b, "age", "3");
    add_row(&b, "late", "=uptakes * 2");
    add_row(&b, "person", "=imd + 1");
    add_row(&b, "table", "=chd.incidence");
    add_row(&b, "self", "=self + 1");
    override_with(&b, "uptakr", "0.5");
    override_with(&b, "cost", "1,5");
    cr_expect_eq(create(&b), TREFOIL_USER_MISTAKE);
    cr_expect_null(b.parameters);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0] && i < trefoil_context_reasons(b.context); i++) {
        cr_expect_eq(strncmp(trefoil_context_reason(b.context, i), expected[i], strlen(expected[i])), 0, "%s",
                     trefoil_context_reason(b.context, i));
    }
    cr_expect_eq(trefoil_context_reasons(b.context), sizeof expected / sizeof expected[0]);
    close_bench(&b);

    open_bench(&b);
    add_row(&b, "broken", "=cost / (uptake - uptake)");
    cr_assert_eq(create(&b), TREFOIL_DONE);
    cr_expect_eq(tf_parameters_draw(b.context, b.parameters, 1, 3, values), TREFOIL_USER_MISTAKE);
    cr_expect_str_eq(trefoil_context_reason(b.context, 0), "register.csv:7: broken = cost / (uptake - uptake): gives "
                                                           "no finite number in draw 3");
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

Test(parameter, survives_want_of_memory_at_every_call)
{
    long n = 0;
    bool done = false;

    while (!done && n < 100000) {
        double values[MOST];
        trefoil_status status;
        bench b;

        open_bench(&b);
        override_with(&b, "cost", "150");
        override_with(&b, "spend", "=cost * 2");
        tf_memory_fail_at(++n);
        status = create(&b);
        if (status == TREFOIL_DONE) {
            status = tf_parameters_draw(b.context, b.parameters, 1, 1, values);
        }
        done = all_calls_tried();
        cr_assert(status == TREFOIL_DONE || (!done && status == TREFOIL_NO_MEMORY), "allocation %ld: status %d", n,
                  (int)status);
        cr_expect_eq(tf_mistakes(b.context), 0);
        close_bench(&b);
    }
    cr_expect(n > 50);
}
