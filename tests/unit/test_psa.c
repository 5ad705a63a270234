/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/choice.h"
#include "analysis/psa.h"
#include "synthetic.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

static void write_text(char path[64], const char *text)
{
    int file;

    strcpy(path, "/tmp/trefoil-psa-XXXXXX");
    file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
}

static tf_psa *read_texts(trefoil_context *context, const char *sample, const char *parameters)
{
    char path[64], other[64];
    tf_psa *psa = NULL;
    trefoil_status status;

    write_text(path, sample);
    if (parameters != NULL) {
        write_text(other, parameters);
    }
    status = tf_psa_read(context, path, parameters != NULL ? other : NULL, &psa);
    cr_expect_eq(status == TREFOIL_DONE, psa != NULL);
    cr_expect(status == TREFOIL_DONE || status == TREFOIL_USER_MISTAKE);
    unlink(path);
    if (parameters != NULL) {
        unlink(other);
    }
    return psa;
}

Test(psa, long_files_in_any_order)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_psa *psa = read_texts(context,
                             "# source: made up\n"
                             "effect,p,draw,cost,strategy\n"
                             "5,0.1,7,100,a\n6,0.2,3,150,b\n5.5,0.2,3,90,a\n6.5,0.1,7,200,b\n",
                             "rate,draw\n11,3\n12,7\n");

    cr_assert_not_null(psa, "%s", trefoil_context_reasons(context) ? trefoil_context_reason(context, 0) : "");
    cr_expect_eq(psa->n_strategies, 2);
    cr_expect_eq(psa->n_draws, 2);
    cr_expect_eq(psa->n_parameters, 2);
    cr_expect_eq(psa->draws[0], 3);
    cr_expect_eq(psa->draws[1], 7);
    cr_expect_eq(tf_psa_strategy(psa, "b"), 1);
    cr_expect_eq(tf_psa_strategy(psa, "c"), -1);
    cr_expect_eq(tf_psa_cost(psa, 0)[0], 90);
    cr_expect_eq(tf_psa_cost(psa, 0)[1], 100);
    cr_expect_eq(tf_psa_effect(psa, 1)[0], 6);
    cr_expect_eq(tf_psa_value(psa, (size_t)tf_psa_parameter(psa, "p"))[1], 0.1);
    cr_expect_eq(tf_psa_value(psa, (size_t)tf_psa_parameter(psa, "rate"))[0], 11);
    cr_expect(isnan(psa->people) && psa->ly == NULL);
    tf_psa_destroy(psa);
    /* Point estimates need no draws; `qaly` and `ly` as a run writes them. */
    psa = read_texts(context, "strategy,cost,qaly,ly\nx,1,2,3\ny,4,5,6\n", NULL);
    cr_assert_not_null(psa);
    cr_expect_eq(psa->n_draws, 1);
    cr_expect_eq(tf_psa_effect(psa, 1)[0], 5);
    cr_expect_eq(psa->ly[1], 6);
    cr_expect_eq(psa->n_parameters, 0);
    tf_psa_destroy(psa);
    trefoil_context_destroy(context);
}

Test(psa, wide_files)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_psa *psa = read_texts(context, "p,cost.new drug,effect.new drug,effect.old,cost.old\n0.5,10,1,2,20\n0.6,11,1.5,2.5,21\n", "q\n1\n2\n");

    cr_assert_not_null(psa, "%s", trefoil_context_reasons(context) ? trefoil_context_reason(context, 0) : "");
    cr_expect_str_eq(psa->strategies[0], "new drug");
    cr_expect_eq(tf_psa_effect(psa, 1)[1], 2.5);
    cr_expect_eq(tf_psa_cost(psa, 0)[1], 11);
    cr_expect_eq(psa->draws[1], 2);
    cr_expect_eq(tf_psa_value(psa, 1)[1], 2);
    tf_psa_destroy(psa);
    psa = read_texts(context, "draw,cost.a,effect.a\n9,10,1\n4,11,1.5\n", NULL);
    cr_assert_not_null(psa);
    cr_expect_eq(psa->draws[0], 4);
    cr_expect_eq(tf_psa_cost(psa, 0)[0], 11);
    tf_psa_destroy(psa);
    trefoil_context_destroy(context);
}

typedef struct bad_sample {
    const char *sample, *parameters, *words;
} bad_sample;

static const bad_sample bad_samples[] = {
    {"strategy,draw,cost,effect\na,1,1,1\nb,1,1,1\na,2,1,1\n", NULL, ":4: draw 2 is missing for strategy 'b' (1 of 2 draws are)"},
    {"strategy,draw,cost,effect\na,1,1,1\na,1,2,2\n", NULL, ":3: strategy 'a' in draw 1 was given already, at line 2"},
    {"strategy,cost,effect\na,1,1\na,2,2\n", NULL, ":3: strategy 'a' in draw 1 was given already"},
    {"strategy,draw,cost,effect\na,1,dear,1\n", NULL, ":2: "},
    {"strategy,draw,cost,effect\na,one,1,1\n", NULL, ":2: draw 'one': expected a whole number"},
    {"strategy,draw,cost,effect\n,1,1,1\n", NULL, ":2: the strategy has no name"},
    {"strategy,draw,cost\na,1,1\n", NULL, "expected the columns strategy, draw, cost and effect"},
    {"strategy,draw,cost,effect\n", NULL, "the sample has no rows"},
    {"strategy,draw,cost,effect,p\na,1,1,1,0.5\nb,1,1,1,0.6\n", NULL, ":3: p: differs from line 2"},
    {"cost.a,effect.a,cost.b\n1,1,1\n", NULL, "'cost.b' has no column 'effect.b' beside it"},
    {"cost.a,effect.a,effect.b\n1,1,1\n", NULL, "'effect.b' has no column of costs beside it"},
    {"draw,cost.a,effect.a\n1,1,1\n1,1,1\n", NULL, ":3: draw 1 was given already, at line 2"},
    {"cost.a,effect.a\n1,1\n2,2\n", "p\n1\n", "1 rows for 2 draws"},
    {"cost.a,effect.a\n1,1\n2,2\n", "p,draw\n1,1\n2,3\n", ":3: draw 3 is not in the sample"},
    {"cost.a,effect.a\n1,1\n2,2\n", "p,draw\n1,1\n2,1\n", ":3: draw 1 was given already, at line 2"},
    {"cost.a,effect.a\n1,1\n2,2\n", "p,draw\n1,1\n", "draw 2 of the sample is missing"},
    {"cost.a,effect.a,p\n1,1,1\n2,2,2\n", "p\n1\n2\n", "the sample has a parameter 'p' already"},
};

Test(psa, mistakes_have_their_place)
{
    for (size_t k = 0; k < sizeof bad_samples / sizeof *bad_samples; k++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_psa *psa = read_texts(context, bad_samples[k].sample, bad_samples[k].parameters);
        bool found = false;

        cr_expect_null(psa, "sample %zu was taken", k);
        for (size_t r = 0; r < trefoil_context_reasons(context); r++) {
            found = found || strstr(trefoil_context_reason(context, r), bad_samples[k].words) != NULL;
        }
        cr_expect(found, "sample %zu: expected '%s', not '%s'", k, bad_samples[k].words,
                  trefoil_context_reasons(context) > 0 ? trefoil_context_reason(context, 0) : "nothing");
        tf_psa_destroy(psa);
        trefoil_context_destroy(context);
    }
}

Test(psa, a_store_and_other_discount_rates)
{
    static synthetic_draw draws[2];
    trefoil_context *context = trefoil_context_create(NULL);
    tf_layout layout = synthetic_layout();
    tf_scenario scenario = synthetic_scenario();
    tf_sample sample;
    tf_psa *psa = NULL;

    for (int k = 0; k < 2; k++) {
        synthetic_fill(&draws[k], (uint32_t)k + 1);
        for (int s = 0; s < STRATEGIES; s++) {
            for (size_t year = 0; year < YEARS; year++) {
                draws[k].by_year[s][tf_at_year(&layout, 0, year, COST)] = 1000.0 * (k + 1) * (s + 1);
                draws[k].by_year[s][tf_at_year(&layout, 0, year, QALY)] = 10.0 * (s + 1);
            }
        }
        synthetic_link(&draws[k], (uint32_t)k + 1);
    }
    sample = synthetic_sample(draws, 2, NULL);
    cr_assert_eq(tf_psa_take(context, &layout, &scenario, &sample, (tf_rates){NAN, NAN}, &psa), TREFOIL_DONE);
    cr_expect_eq(psa->n_draws, 2);
    cr_expect_eq(psa->n_parameters, PARAMETERS);
    cr_expect_eq(psa->comparator, USUAL);
    cr_expect_eq(psa->people, synthetic_people[ALL]);
    cr_expect_float_eq(tf_psa_cost(psa, EVERYONE)[1], draws[1].total[EVERYONE][(ALL * MEASURES + COST) * 2 + 1] / synthetic_people[ALL], 1e-9);
    cr_expect_eq(tf_psa_value(psa, UPTAKE)[1], draws[1].parameters[UPTAKE]);
    tf_psa_destroy(psa);
    /* Three years, each discounted as a whole: 1 + 1.1^-1 + 1.1^-2; effects not at all. */
    cr_assert_eq(tf_psa_take(context, &layout, &scenario, &sample, (tf_rates){0.1, 0}, &psa), TREFOIL_DONE);
    cr_expect_float_eq(tf_psa_cost(psa, EVERYONE)[1] * synthetic_people[ALL], 4000 * (1 + 1 / 1.1 + 1 / 1.21), 1e-8);
    cr_expect_float_eq(tf_psa_effect(psa, EVERYONE)[1], draws[1].total[EVERYONE][(ALL * MEASURES + QALY) * 2] / synthetic_people[ALL], 1e-10);
    tf_psa_destroy(psa);
    /* Of amounts that are discounted at the ends of cycles the years do not tell; undiscounted they are what they are. */
    layout.years_astray = true;
    cr_expect_eq(tf_psa_take(context, &layout, &scenario, &sample, (tf_rates){NAN, 0.1}, &psa), TREFOIL_USER_MISTAKE);
    cr_expect(strstr(trefoil_context_reason(context, 0), "at the end of their cycle") != NULL);
    cr_assert_eq(tf_psa_take(context, &layout, &scenario, &sample, (tf_rates){0, 0}, &psa), TREFOIL_DONE);
    cr_expect_float_eq(tf_psa_cost(psa, EVERYONE)[1], draws[1].total[EVERYONE][(ALL * MEASURES + COST) * 2] / synthetic_people[ALL], 1e-10);
    tf_psa_destroy(psa);
    layout.years_astray = false;
    scenario.discounting = TF_DISCOUNT_CONTINUOUS;
    cr_expect_eq(tf_psa_take(context, &layout, &scenario, &sample, (tf_rates){0.1, NAN}, &psa), TREFOIL_USER_MISTAKE);
    cr_expect_null(psa);
    cr_expect(strstr(trefoil_context_reason(context, 1), "discounted continuously") != NULL);
    synthetic_unsample(&sample);
    trefoil_context_destroy(context);
}

Test(psa, choices_by_hand)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_psa *psa = read_texts(context,
                             "cost.a,effect.a,cost.b,effect.b,cost.c,effect.c\n"
                             "0,0,10,2,10,2\n0,0,10,0,10,0\n0,0,10,1,10,1\n0,0,10,1,40,1\n", NULL);
    tf_choice *choice = NULL;
    tf_place_held places[3];

    cr_assert_not_null(psa);
    cr_assert_eq(tf_psa_places(context, psa, places), TREFOIL_DONE);
    cr_expect_eq(places[0].standing, TF_REFERENCE);
    cr_expect_eq(places[1].standing, TF_FRONTIER);
    cr_expect_eq(places[2].standing, TF_DOMINATED);
    cr_expect_float_eq(places[1].icer, 10, 1e-12);
    /* sd of 10 x effect - 10 is 10 sqrt(2/3); over 2 and over an effect of 1. */
    cr_expect_float_eq(places[1].icer_mcse, 10 * sqrt(2.0 / 3) / 2, 1e-12);
    /* At 20: a 0 0 0 0; b 30 -10 10 10; c 30 -10 10 -20. */
    cr_assert_eq(tf_choice_create(context, psa, 20, &choice), TREFOIL_DONE);
    cr_expect_eq(choice->best, 1);
    cr_expect_float_eq(choice->prospects[1].nmb.value, 10, 1e-12);
    cr_expect_float_eq(choice->prospects[1].nhb, 0.5, 1e-12);
    cr_expect_float_eq(choice->prospects[2].more_nmb.value, 2.5, 1e-12);
    cr_expect_float_eq(choice->prospects[0].p_best, 0.25, 1e-12);
    cr_expect_float_eq(choice->prospects[1].p_best, 0.5, 1e-12);
    cr_expect_float_eq(choice->prospects[2].p_best, 0.25, 1e-12);
    cr_expect_float_eq(choice->ceaf, 0.5, 1e-12);
    cr_expect_float_eq(choice->prospects[0].loss, 12.5, 1e-12);
    cr_expect_float_eq(choice->prospects[2].loss, 10, 1e-12);
    cr_expect_float_eq(choice->evpi, 2.5, 1e-12); /* 10 in one draw of four */
    cr_expect_float_eq(choice->evpi_mcse, 2.5, 1e-12);
    tf_choice_destroy(choice);
    tf_psa_destroy(psa);
    psa = read_texts(context, "strategy,cost,effect\na,0,0\nb,10,2\n", NULL);
    cr_assert_not_null(psa);
    cr_assert_eq(tf_choice_create(context, psa, 20, &choice), TREFOIL_DONE);
    cr_expect_float_eq(choice->prospects[1].nmb.value, 30, 1e-12);
    cr_expect(isnan(choice->evpi) && isnan(choice->ceaf), "one draw knows no probabilities");
    tf_choice_destroy(choice);
    tf_psa_destroy(psa);
    trefoil_context_destroy(context);
}

Test(psa, memory_may_run_out)
{
    char path[64];

    write_text(path, "strategy,draw,cost,effect,p\na,1,1,1,0.5\nb,1,1,1,0.5\na,2,1,1,3\nb,2,1,3,3\n");
    for (long n = 1; n < 60; n++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_psa *psa = NULL;
        tf_choice *choice = NULL;
        trefoil_status status;

        tf_memory_fail_at(n);
        status = tf_psa_read(context, path, NULL, &psa);
        if (status == TREFOIL_DONE) {
            status = tf_choice_create(context, psa, 1, &choice);
        }
        tf_memory_fail_at(0);
        cr_expect(status == TREFOIL_DONE || status == TREFOIL_NO_MEMORY, "at %ld: %d", n, (int)status);
        tf_choice_destroy(choice);
        tf_psa_destroy(psa);
        trefoil_context_destroy(context);
    }
    unlink(path);
}
