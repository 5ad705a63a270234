/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/staircase.h"
#include "synthetic.h"

#include <criterion/criterion.h>

enum { STEPS = 3, SETS = 1 << STEPS, ORDERS = 6 };

static const int orders[ORDERS][STEPS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

/* Equal efficacy, unequal access, accuracy and adherence: the hypothetical case of the equity effectiveness loop (Tugwell 2006). */
static const double loop[STEPS][2] = {{0.62, 0.72}, {0.55, 0.65}, {0.60, 0.70}};

/* The gap in effectiveness with the steps of a set at their mean; step k of the game is step order[k] of the loop. */
static void play(const int order[STEPS], double v[SETS])
{
    for (unsigned set = 0; set < SETS; set++) {
        double effectiveness[2] = {1, 1};

        for (int k = 0; k < STEPS; k++) {
            const double *step = loop[order[k]];

            for (int group = 0; group < 2; group++) {
                effectiveness[group] *= set >> k & 1 ? (step[0] + step[1]) / 2 : step[group];
            }
        }
        v[set] = effectiveness[1] - effectiveness[0];
    }
}

Test(staircase, shapley_values_are_means_over_orders_and_know_none)
{
    double v[SETS], c[STEPS], again[STEPS], mean[STEPS] = {0};

    play(orders[0], v);
    cr_expect_float_eq(v[0], 0.3276 - 0.2046, 1e-12, "0.2046 against 0.3276, 1.60 fold");
    cr_expect_float_eq(v[SETS - 1], 0, 1e-15);
    tf_shapley(v, STEPS, c);
    cr_expect_float_eq(c[0] + c[1] + c[2], v[0], 1e-15);
    for (int o = 0; o < ORDERS; o++) { /* by the definition: walk down in every order */
        unsigned set = 0;

        for (int k = 0; k < STEPS; k++) {
            mean[orders[o][k]] += (v[set] - v[set | 1U << orders[o][k]]) / ORDERS;
            set |= 1U << orders[o][k];
        }
    }
    for (int k = 0; k < STEPS; k++) {
        cr_expect_float_eq(c[k], mean[k], 1e-15);
    }
    for (int o = 0; o < ORDERS; o++) { /* another order, or other labels: the same values, elsewhere */
        play(orders[o], v);
        tf_shapley(v, STEPS, again);
        for (int k = 0; k < STEPS; k++) {
            cr_expect_float_eq(again[k], c[orders[o][k]], 1e-15);
        }
    }
    for (unsigned set = 0; set < SETS; set++) { /* a sum of steps: each has its own; one that does nothing has exactly nothing */
        v[set] = (set & 1 ? 0 : 5) + (set & 4 ? 0 : -2);
    }
    tf_shapley(v, STEPS, c);
    cr_expect_float_eq(c[0], 5, 1e-15);
    cr_expect_eq(c[1], 0);
    cr_expect_float_eq(c[2], -2, 1e-15);
    tf_shapley(&(double[]){7, 3}[0], 1, c);
    cr_expect_eq(c[0], 4);
}

/* Changes per person of the five fifths against usual care, 100 people each. */
static void give(synthetic_draw *d, int strategy, const double *qalys, double cost)
{
    for (int g = 0; g < 5; g++) {
        synthetic_set(d, USUAL, IMD1 + g, PERSONS, 100, 100);
        synthetic_set(d, strategy, IMD1 + g, PERSONS, 100, 100);
        synthetic_set(d, USUAL, IMD1 + g, QALY, -1, 1000);
        synthetic_set(d, strategy, IMD1 + g, QALY, -1, 1000 + 100 * qalys[g]);
        synthetic_set(d, strategy, IMD1 + g, COST, -1, 100 * cost);
    }
    synthetic_set(d, strategy, ALL, COST, -1, 500 * cost);
}

static double found(const tf_staircase *made, const char *outcome, tf_stair_index index, bool shapley, int step)
{
    const tf_stair *stair = tf_staircase_find(made, outcome, index, shapley, step);

    cr_assert_not_null(stair, "%s %d", outcome, step);
    return stair->value.value;
}

/* A programme costs 20 pounds a person, at 1,000 pounds per QALY elsewhere; the fifths gain 0.01 to 0.05 QALYs a person, for unequal uptake. */
Test(staircase, of_uptake_and_opportunity_cost_by_hand)
{
    static synthetic_draw draws[2];
    char *names[STRATEGIES] = {(char[]){"usual"}, (char[]){"everyone"}, (char[]){"everyone:equal uptake"}};
    char *uptake[] = {(char[]){"support.uptake"}}, *equity[] = {(char[]){"equity"}}, *flat[] = {(char[]){"flat"}}, *qaly[] = {(char[]){"qaly"}};
    static const double rising[] = {0.01, 0.02, 0.03, 0.04, 0.05}, level[] = {0.03, 0.03, 0.03, 0.03, 0.03};
    /* York's moderate shares of 500 people x 20 pounds / 1,000 = 10 QALYs, by fifths: 2.3 2.1 2.1 1.8 1.7; of 200 residents each */
    const double lost_gap = (1.7 - 2.3) / 200;
    tf_background background[GROUPS] = {0};
    tf_layout layout = synthetic_layout();
    tf_scenario scenario = synthetic_scenario();
    tf_equity_spec spec = {0};
    tf_dcea *dcea = NULL;
    tf_staircase *made;
    tf_sample sample;

    layout.strategies = names;
    layout.n_strategies = 2;
    layout.n_extra = 1;
    scenario.staircase = (tf_staircase_spec){.stated = true, .takes_apart = true, .strategy = EVERYONE, .shapley = true,
                                             .outcomes = {qaly, 1, 1}, .n_extra = 1};
    scenario.staircase.equal[TF_STEP_UPTAKE] = (tf_list){uptake, 1, 1};
    scenario.staircase.equal[TF_STEP_OPPORTUNITY_COST] = (tf_list){equity, 1, 1};
    for (int k = 0; k < 2; k++) {
        give(&draws[k], EVERYONE, rising, 20);
        give(&draws[k], TARGETED, level, 20);
        synthetic_link(&draws[k], (uint32_t)k + 1);
    }
    for (int g = 0; g < 5; g++) {
        background[IMD1 + g].residents[g] = background[ALL].residents[g] = 200;
    }
    layout.background = background;
    sample = synthetic_sample(draws, 2, NULL);
    cr_assert_null(tf_equity_spec_take(&spec, "k", "1000, 2000"));
    cr_assert_null(tf_equity_spec_take(&spec, "gradient", "flat, moderate, steep"));
    cr_assert_null(tf_equity_spec_finish(&spec, "GBP", 20000));
    cr_assert_eq(tf_dcea_create(NULL, &layout, &scenario, &sample, &spec, &dcea), TREFOIL_DONE);
    cr_assert_null(dcea->unavailable, "%s", dcea->unavailable);
    cr_assert_eq(tf_staircase_create(NULL, &layout, &scenario, &sample, dcea, &made), TREFOIL_DONE);
    cr_assert_not_null(made);
    for (int shapley = 0; shapley < 2; shapley++) {
        cr_expect_float_eq(found(made, "qaly", TF_STAIR_GAP, shapley, TF_STAIR_TOTAL), 0.04, 1e-12);
        cr_expect_float_eq(found(made, "qaly", TF_STAIR_GAP, shapley, TF_STEP_UPTAKE), 0.04, 1e-12);
        cr_expect_float_eq(found(made, "qaly", TF_STAIR_SII, shapley, TF_STEP_UPTAKE), 0.05, 1e-12, "five fifths a hundredth apart");
        cr_expect_float_eq(found(made, "net_qaly", TF_STAIR_GAP, shapley, TF_STAIR_TOTAL), 0.02 - lost_gap, 1e-12,
                           "of residents, who are twice as many as people simulated");
        cr_expect_float_eq(found(made, "net_qaly", TF_STAIR_GAP, shapley, TF_STEP_UPTAKE), 0.02, 1e-12);
        cr_expect_float_eq(found(made, "net_qaly", TF_STAIR_GAP, shapley, TF_STEP_OPPORTUNITY_COST), -lost_gap, 1e-12);
        cr_expect_float_eq(found(made, "net_qaly", TF_STAIR_GAP, shapley, TF_STAIR_REST), 0, 1e-12);
        cr_expect_null(tf_staircase_find(made, "qaly", TF_STAIR_GAP, shapley, TF_STEP_OPPORTUNITY_COST));
        cr_expect_null(tf_staircase_find(made, "qaly", TF_STAIR_GAP, shapley, TF_STEP_NEED));
    }
    cr_expect_float_eq(tf_staircase_find(made, "net_qaly", TF_STAIR_GAP, true, TF_STEP_UPTAKE)->share, 0.02 / 0.023, 1e-12);
    cr_expect_eq(tf_staircase_find(made, "qaly", TF_STAIR_GAP, true, TF_STEP_UPTAKE)->value.mcse, 0);
    cr_expect_null(tf_staircase_find(made, "ly", TF_STAIR_GAP, true, TF_STEP_UPTAKE), "only what was asked for");
    cr_expect_float_eq(tf_dcea_find_view(dcea, EVERYONE, "icb", "all", "slope_narrows")->value.value,
                       -200 * found(made, "net_qaly", TF_STAIR_SII, false, TF_STAIR_TOTAL), 1e-9, "what the board sees");
    tf_staircase_destroy(made);

    scenario.staircase.k = 2000; /* its own, and its own gradient */
    cr_assert_eq(tf_staircase_create(NULL, &layout, &scenario, &sample, dcea, &made), TREFOIL_DONE);
    cr_expect_float_eq(found(made, "net_qaly", TF_STAIR_GAP, true, TF_STEP_OPPORTUNITY_COST), -lost_gap / 2, 1e-12);
    tf_staircase_destroy(made);
    scenario.staircase.equal[TF_STEP_OPPORTUNITY_COST] = (tf_list){flat, 1, 1};
    cr_assert_eq(tf_staircase_create(NULL, &layout, &scenario, &sample, dcea, &made), TREFOIL_DONE);
    cr_expect_float_eq(found(made, "net_qaly", TF_STAIR_GAP, true, TF_STEP_OPPORTUNITY_COST), 0, 1e-12);
    tf_staircase_destroy(made);

    names[TARGETED] = (char[]){"everyone:equal offer"};
    cr_expect_eq(tf_staircase_create(NULL, &layout, &scenario, &sample, dcea, &made), TREFOIL_STORE_FAILED, "a strategy is missing");
    cr_expect_null(made);
    scenario.staircase.takes_apart = false;
    cr_assert_eq(tf_staircase_create(NULL, &layout, &scenario, &sample, dcea, &made), TREFOIL_DONE);
    cr_expect_null(made);
    tf_dcea_destroy(dcea);
    tf_equity_spec_free(&spec);
    synthetic_unsample(&sample);
}
