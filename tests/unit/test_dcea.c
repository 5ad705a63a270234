/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who gains and who bears the cost, from the outcomes of a run: conservation, scaling, equal gains, published toys, views, cuts. */
#include "analysis/dcea.h"
#include "analysis/inequality.h"
#include "base/memory.h"
#include "store/store.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PERSONS, LY, QALY, COST, COMMUNITY, MEASURES };
enum { USUAL, PLAN, DOUBLE, ALIKE, EXTRA, STRATEGIES = 4, ALL_STRATEGIES }; /* EXTRA: PLAN with equal uptake */
enum { REGIONS = 2, CELLS = REGIONS * 5, ALL = 0, IMD = 1, SEX = 6, AGE = 8, CROSSED = 10, GROUPS = 20, MOST_DRAWS = 12 };

static tf_measure measures[MEASURES] = {{(char[]){"persons"}, (char[]){"1"}}, {(char[]){"ly"}, (char[]){"a"}}, {(char[]){"qaly"}, (char[]){"QALY"}},
                                        {(char[]){"cost"}, (char[]){"GBP"}}, {(char[]){"cost.community"}, (char[]){"GBP"}}};
static char *names[ALL_STRATEGIES] = {(char[]){"usual"}, (char[]){"plan"}, (char[]){"double"}, (char[]){"alike"}, (char[]){"plan:equal uptake"}};

/* A run of one or more draws: cells of region and fifth; each group a sum of them, halves for sexes and ages. */
typedef struct world {
    tf_layout layout;
    tf_group groups[GROUPS];
    char labels[GROUPS][16];
    tf_background background[GROUPS];
    double total[MOST_DRAWS][ALL_STRATEGIES][GROUPS * MEASURES * 2];
    double variance[GROUPS * MEASURES * 2], covariance[GROUPS * 2];
    tf_outcome outcomes[MOST_DRAWS][ALL_STRATEGIES];
    tf_outcome *draws[MOST_DRAWS];
    tf_sample sample;
    tf_scenario scenario;
    tf_equity_spec spec;
} world;

static const double residents[CELLS] = {3e6, 2.5e6, 2e6, 1.5e6, 1e6, 1e6, 1.5e6, 2e6, 2.5e6, 3e6};

static bool holds(size_t group, size_t cell, double *part)
{
    *part = group >= SEX && group < CROSSED ? 0.5 : 1;
    return group == ALL || (group >= IMD && group < SEX && group - IMD == cell % 5) || (group >= SEX && group < CROSSED) ||
           (group >= CROSSED && group - CROSSED == cell);
}

static void add(world *w, size_t draw, size_t strategy, size_t cell, int measure, double amount)
{
    for (size_t g = 0; g < GROUPS; g++) {
        double part;

        if (holds(g, cell, &part)) {
            w->total[draw][strategy][tf_at(&w->layout, g, (size_t)measure, TF_UNDISCOUNTED)] += part * amount;
            w->total[draw][strategy][tf_at(&w->layout, g, (size_t)measure, TF_DISCOUNTED)] += part * amount;
        }
    }
}

static void set_spec(world *w, const char *key, const char *text)
{
    cr_assert_null(tf_equity_spec_take(&w->spec, key, text), "%s = %s", key, text);
}

static void name_groups(world *w)
{
    static char all[] = "all", imd[] = "imd", sex[] = "sex", age[] = "age", crossed[] = "imd*region";
    char *const by[GROUPS] = {all, imd, imd, imd, imd, imd, sex, sex, age, age, crossed, crossed, crossed, crossed, crossed,
                              crossed, crossed, crossed, crossed, crossed};
    static const char *const of[CROSSED] = {"all", "1", "2", "3", "4", "5", "male", "female", "40-49", "50-59"};

    for (size_t g = 0; g < GROUPS; g++) {
        snprintf(w->labels[g], sizeof w->labels[g], "%s", g < CROSSED ? of[g] : "");
        if (g >= CROSSED) {
            snprintf(w->labels[g], sizeof w->labels[g], "%s*%zu", g < CROSSED + 5 ? "North" : "South", (g - CROSSED) % 5 + 1);
        }
        w->groups[g] = (tf_group){.group_by = by[g], .group = w->labels[g], .year_index = -1};
    }
}

/* Half of each cell's residents are of the ages that are simulated: those of other ages bear costs too. */
static void people(world *w)
{
    static const double qale[] = {63.199, 67.676, 69.990, 73.184, 75.070};

    for (size_t g = 0; g < GROUPS; g++) {
        double sum = 0;

        for (size_t cell = 0; cell < CELLS; cell++) {
            double part;

            if (holds(g, cell, &part)) {
                part *= g >= AGE && g < CROSSED ? 0.5 : 1; /* the other half is of neither age */
                w->background[g].residents[cell % 5] += part * residents[cell];
                w->background[g].quality += part * residents[cell] * qale[cell % 5];
                sum += part * residents[cell];
            }
        }
        w->background[g].quality /= sum;
        w->background[g].norm = 12;
    }
}

static world *create(size_t draws)
{
    world *w = calloc(1, sizeof *w);

    w->layout = (tf_layout){.measures = measures, .n_measures = MEASURES, .groups = w->groups, .n_groups = GROUPS, .background = w->background,
                            .strategies = names, .strategy_titles = names, .n_strategies = STRATEGIES, .n_extra = 1, .comparator = USUAL};
    name_groups(w);
    people(w);
    for (size_t d = 0; d < draws; d++) {
        for (size_t s = 0; s < ALL_STRATEGIES; s++) {
            w->outcomes[d][s] = (tf_outcome){w->total[d][s], w->variance, w->variance, NULL, w->covariance};
            for (size_t cell = 0; cell < CELLS; cell++) {
                add(w, d, s, cell, PERSONS, residents[cell] / 2);
                add(w, d, s, cell, QALY, residents[cell] / 2 * (8 + (double)(cell % 5)));
                add(w, d, s, cell, COST, residents[cell] / 2 * 1000);
                add(w, d, s, cell, COMMUNITY, residents[cell] * (cell % 5 == 0 ? 3 : 1));
            }
        }
        w->draws[d] = w->outcomes[d];
    }
    w->sample = (tf_sample){.n_draws = draws > 1 ? draws : 0, .outcomes = w->draws, .base = w->outcomes[0]};
    w->scenario.horizon = INFINITY;
    return w;
}

static tf_dcea *weigh(world *w)
{
    tf_dcea *made = NULL;

    cr_assert_null(tf_equity_spec_finish(&w->spec, "GBP", 20000));
    cr_assert_eq(tf_dcea_create(NULL, &w->layout, &w->scenario, &w->sample, &w->spec, &made), TREFOIL_DONE);
    cr_assert_null(made->unavailable);
    return made;
}

static void destroy(world *w, tf_dcea *made)
{
    tf_dcea_destroy(made);
    tf_equity_spec_free(&w->spec);
    free(w);
}

static double value(const tf_dcea *made, size_t s, const char *by, const char *group, double k, const char *gradient, const char *measure)
{
    const tf_dcea_row *row = tf_dcea_find(made, s, by, group, k, gradient, measure, NAN);

    cr_assert_not_null(row, "%zu %s %s %g %s %s", s, by, group, k, gradient ? gradient : "-", measure);
    return row->value.value;
}

/* 10,000 recipients, .05 QALYs and 400 pounds each (tests/unit/test_equity.c has the figures on a table). */
Test(dcea, toy_from_a_run)
{
    static const double gain[5] = {140, 115, 95, 80, 70};
    static const char *const gradients[3] = {"flat", "moderate", "steep"}, *const fifths[5] = {"1", "2", "3", "4", "5"};
    static const double net[3][5] = {{86.67, 61.67, 41.67, 26.67, 16.67}, {78.67, 59.00, 39.00, 32.00, 24.67}, {70.67, 56.33, 36.33, 37.33, 32.67}};
    static const double slope[3] = {87.5, 67.5, 47.5};
    world *w = create(1);
    tf_dcea *made;

    for (size_t cell = 0; cell < CELLS; cell++) {
        add(w, 0, PLAN, cell, QALY, gain[cell % 5] / 2);
        add(w, 0, PLAN, cell, COST, 10000 * 400.0 / CELLS);
    }
    made = weigh(w);
    for (size_t c = 0; c < 3; c++) {
        for (size_t g = 0; g < 5; g++) {
            cr_expect_float_eq(value(made, PLAN, "imd", fifths[g], 15000, gradients[c], "net"), net[c][g], 0.005);
        }
        cr_expect_float_eq(value(made, PLAN, "imd", "all", 15000, gradients[c], "slope_narrows"), slope[c], 0.005);
        cr_expect_float_eq(value(made, PLAN, "imd", "all", 15000, gradients[c], "net"), 233.333333, 1e-5);
        cr_expect_float_eq(value(made, PLAN, "imd", "all", 15000, gradients[c], "qale_gap_narrows"), (net[c][0] - net[c][4]) / 4e6, 1e-8);
        cr_expect_float_eq(value(made, PLAN, "imd", "1", 15000, gradients[c], "qale_after"), 63.199 + net[c][0] / 4e6, 1e-8);
        cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "all", 15000, gradients[c], "weighted_atkinson", 0)->value.value, 233.3333, 1e-3);
        cr_expect_gt(tf_dcea_find(made, PLAN, "imd", "all", 15000, gradients[c], "impact_atkinson", 10)->value.value, 0);
    }
    destroy(w, made);
}

/* Errors of the base case: gains of a group and the cost of everybody, with their covariance. */
Test(dcea, first_order_errors)
{
    world *w = create(1);
    tf_dcea *made;
    const double share = 0.2 / 15000, far = share * share * 9e8, ratio = 75.070 / 63.199;

    w->variance[tf_at(&w->layout, IMD, QALY, TF_DISCOUNTED)] = 4;
    w->variance[tf_at(&w->layout, ALL, QALY, TF_DISCOUNTED)] = 4;
    w->variance[tf_at(&w->layout, ALL, COST, TF_DISCOUNTED)] = 9e8;
    w->covariance[tf_at_covariance(IMD, true)] = w->covariance[tf_at_covariance(ALL, true)] = 20000;
    made = weigh(w);
    cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "1", NAN, NULL, "gain", NAN)->value.mcse, 2, 1e-12);
    cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "1", 15000, "flat", "displaced", NAN)->value.mcse, sqrt(far), 1e-12);
    cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "1", 15000, "flat", "net", NAN)->value.mcse, sqrt(4 + far - 2 * share * 20000), 1e-12);
    cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "5", 15000, "flat", "net", NAN)->value.mcse, sqrt(far), 1e-12);
    cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "all", 15000, "flat", "net", NAN)->value.mcse,
                       sqrt(4 + 9e8 / 15000 / 15000 - 2.0 / 15000 * 20000), 1e-12);
    /* The gap is narrowed by what fifth 1 gains alone: 4 million residents share it, and a flat cost touches both ends alike. */
    cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "all", 15000, "flat", "qale_gap_narrows", NAN)->value.mcse, 2 / 4e6, 1e-15);
    cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "1", 15000, "flat", "qale_after", NAN)->value.mcse,
                       sqrt(4 + far - 2 * share * 20000) / 4e6, 1e-15);
    /* What is not linear: at no aversion it is the net benefit; else a QALY to a fifth counts (its expectancy / EDE)^-aversion. */
    cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "all", 15000, "flat", "weighted_atkinson", 0)->value.mcse,
                       tf_dcea_find(made, PLAN, "imd", "all", 15000, "flat", "net", NAN)->value.mcse, 1e-6);
    cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "all", 15000, "flat", "qale_ratio_narrows", NAN)->value.mcse,
                       sqrt(4 * ratio * ratio + far * (ratio - 1) * (ratio - 1) - 2 * share * 20000 * ratio * (ratio - 1)) / 4e6 / 63.199, 1e-13);
    {
        static const double qale[] = {63.199, 67.676, 69.990, 73.184, 75.070};
        double sum = 0, weight[5], all = 0;

        for (int g = 0; g < 5; g++) {
            sum += 0.2 * pow(qale[g], -4);
        }
        for (int g = 0; g < 5; g++) {
            weight[g] = pow(qale[g] / pow(sum, -0.25), -5);
            all += 0.2 * weight[g];
        }
        cr_expect_float_eq(tf_dcea_find(made, PLAN, "imd", "all", 15000, "flat", "weighted_atkinson", 5)->value.mcse,
                           sqrt(4 * weight[0] * weight[0] + all * all * 9e8 / 15000 / 15000 - 2 * weight[0] * all * 20000 / 15000), 1e-5);
    }
    /* Views: of NICE's the strategy with equal uptake is the one whose errors count (here the same); differences of two strategies have none. */
    cr_expect_float_eq(tf_dcea_find_view(made, PLAN, "nice", "1", "net")->value.mcse, sqrt(4 + far - 2 * share * 20000), 1e-12);
    cr_expect_float_eq(tf_dcea_find_view(made, PLAN, "icb", "all", "displaced")->value.mcse, 2, 1e-12);
    cr_expect_float_eq(tf_dcea_find_view(made, PLAN, "nice", "all", "qale_gap_narrows")->value.mcse, 2 / 4e6, 1e-15);
    cr_expect_float_eq(tf_dcea_find_view(made, PLAN, "icb", "all", "slope_narrows")->value.mcse,
                       tf_dcea_find(made, PLAN, "imd", "all", 15000, "moderate", "slope_narrows", NAN)->value.mcse, 1e-9);
    cr_expect_gt(tf_dcea_find_view(made, PLAN, "icb", "all", "slope_narrows")->value.mcse, 0);
    cr_expect_float_eq(tf_dcea_find_view(made, PLAN, "need", "all", "qale_gap_narrows")->value.mcse, 2 / 4e6, 1e-15);
    cr_expect_gt(tf_dcea_find_view(made, PLAN, "opportunity_cost", "all", "slope_narrows")->value.mcse, 0);
    cr_expect(isnan(tf_dcea_find_view(made, PLAN, "uptake", "all", "slope_narrows")->value.mcse));
    destroy(w, made);
}

static double sum(const tf_dcea *made, size_t s, const char *by, double k, const char *gradient, const char *measure)
{
    double total = 0;

    for (size_t i = 0; i < made->n_rows; i++) {
        const tf_dcea_row *row = &made->rows[i];

        if (row->strategy == s && strcmp(row->group_by, by) == 0 && strcmp(row->group, "all") != 0 && strcmp(row->measure, measure) == 0 &&
            (gradient == NULL ? row->gradient == NULL : row->gradient != NULL && strcmp(row->gradient, gradient) == 0 && row->k == k)) {
            total += row->value.value;
        }
    }
    return total;
}

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* Random gains and costs in every draw; DOUBLE treats twice as many, ALIKE gives every resident the same at no cost. */
static world *random_world(uint64_t state)
{
    world *w = create(MOST_DRAWS);

    for (size_t d = 0; d < MOST_DRAWS; d++) {
        for (size_t cell = 0; cell < CELLS; cell++) {
            double gain = 100 * (uniform(&state) - 0.3), cost = 1e6 * (uniform(&state) - 0.2);

            add(w, d, PLAN, cell, QALY, gain);
            add(w, d, PLAN, cell, COST, cost);
            add(w, d, DOUBLE, cell, QALY, 2 * gain);
            add(w, d, DOUBLE, cell, COST, 2 * cost);
            add(w, d, ALIKE, cell, QALY, residents[cell] / 1048576 * (double)(d + 1));
            add(w, d, EXTRA, cell, QALY, gain + 30 * uniform(&state));
            add(w, d, EXTRA, cell, COST, cost * 1.1);
        }
    }
    return w;
}

Test(dcea, nothing_is_lost_and_doubling_doubles)
{
    static const char *const gradients[] = {"flat", "moderate", "steep", "own", "cost.community"};
    static const char *const cuts[] = {"imd", "sex", "age", "imd*region", "core20", "plus.south"};
    static const char *const linear[] = {"slope_narrows", "qale_gap_narrows", "qale_sii_narrows"};

    for (uint64_t seed = 1; seed <= 5; seed++) {
        world *w = random_world(seed);
        tf_dcea *made;

        set_spec(w, "k", "15000, 30000");
        set_spec(w, "gradient", "flat, moderate, steep, own, cost.community");
        set_spec(w, "shares", "0.5, 0.2, 0.1, 0.1, 0.1");
        set_spec(w, "plus.south", "imd*region: South*1 | South*2");
        made = weigh(w);
        for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
            double cost = value(made, PLAN, cuts[c], "all", NAN, NULL, "cost"), gain = value(made, PLAN, cuts[c], "all", NAN, NULL, "gain");

            cr_expect_float_eq(sum(made, PLAN, cuts[c], NAN, NULL, "gain"), gain, 1e-6);
            for (size_t g = 0; g < sizeof gradients / sizeof *gradients; g++) {
                for (double k = 15000; k <= 30000; k += 15000) {
                    cr_expect_float_eq(sum(made, PLAN, cuts[c], k, gradients[g], "displaced"), cost / k, 1e-9 * fabs(cost / k) + 1e-12, "%s %s",
                                       cuts[c], gradients[g]);
                    cr_expect_float_eq(sum(made, PLAN, cuts[c], k, gradients[g], "net"), gain - cost / k, 1e-6);
                }
            }
        }
        cr_expect_float_eq(value(made, PLAN, "imd", "1", 15000, "own", "displaced"),
                           0.5 * value(made, PLAN, "imd", "all", 15000, "own", "displaced"), 1e-9);
        cr_expect_float_eq(value(made, PLAN, "imd", "1", 15000, "cost.community", "displaced"),
                           3 * value(made, PLAN, "imd", "2", 15000, "cost.community", "displaced"), 1e-9);
        cr_expect_float_eq(value(made, PLAN, "age", "outside", 15000, "flat", "displaced"),
                           value(made, PLAN, "age", "all", 15000, "flat", "displaced") / 2, 1e-9, "half of the residents are of other ages");
        cr_expect_null(tf_dcea_find(made, PLAN, "imd", "outside", 15000, "flat", "displaced", NAN));
        for (size_t m = 0; m < 3; m++) {
            double once = value(made, PLAN, "imd", "all", 15000, "steep", linear[m]);

            cr_expect_float_eq(value(made, DOUBLE, "imd", "all", 15000, "steep", linear[m]), 2 * once, 1e-9 * fabs(once));
            cr_expect_eq(value(made, ALIKE, "imd", "all", 15000, "steep", linear[m]), 0.0, "what all gain alike changes nothing: %s", linear[m]);
        }
        cr_expect_eq(tf_dcea_find(made, ALIKE, "imd", "all", 15000, "flat", "qale_gap_narrows", NAN)->p_above_0, 0.5);
        destroy(w, made);
    }
}

/* NICE's view takes the strategy with equal uptake; need, uptake and opportunity cost add up to a board's. */
Test(dcea, views_and_their_parts)
{
    static const char *const measured[] = {"slope_narrows", "qale_gap_narrows"};
    world *w = random_world(7);
    tf_dcea *made;

    set_spec(w, "gradient", "flat, steep");
    made = weigh(w);
    for (size_t m = 0; m < 2; m++) {
        double parts = 0;
        static const char *const names_of_parts[] = {"need", "uptake", "opportunity_cost"};

        for (size_t p = 0; p < 3; p++) {
            parts += tf_dcea_find_view(made, PLAN, names_of_parts[p], "all", measured[m])->value.value;
        }
        cr_expect_float_eq(parts, tf_dcea_find_view(made, PLAN, "icb", "all", measured[m])->value.value, 1e-9 * fabs(parts));
        cr_expect_float_eq(parts, value(made, PLAN, "imd", "all", 15000, "steep", measured[m]), 1e-9 * fabs(parts));
        cr_expect_null(tf_dcea_find_view(made, DOUBLE, "need", "all", measured[m]), "there is no double:equal uptake");
        cr_expect_float_eq(tf_dcea_find_view(made, DOUBLE, "nice", "all", measured[m])->value.value,
                           value(made, DOUBLE, "imd", "all", 15000, "flat", measured[m]), 1e-9 * fabs(parts));
    }
    for (size_t m = 0; m < 2; m++) { /* alike on all: not a rounding error off 0 */
        tf_dcea *flat;
        tf_equity_spec plain = {0};

        cr_assert_null(tf_equity_spec_take(&plain, "gradient", "flat"));
        cr_assert_null(tf_equity_spec_finish(&plain, "GBP", 20000));
        cr_assert_eq(tf_dcea_create(NULL, &w->layout, &w->scenario, &w->sample, &plain, &flat), TREFOIL_DONE);
        cr_expect_eq(tf_dcea_find_view(flat, PLAN, "opportunity_cost", "all", measured[m])->value.value, 0);
        cr_expect_eq(tf_dcea_find_view(flat, PLAN, "opportunity_cost", "all", measured[m])->p_above_0, 0.5);
        tf_dcea_destroy(flat);
        tf_equity_spec_free(&plain);
    }
    cr_expect(tf_dcea_find_view(made, PLAN, "nice", "1", "gain")->equal_uptake);
    cr_expect_neq(tf_dcea_find_view(made, PLAN, "nice", "1", "gain")->value.value, tf_dcea_find_view(made, PLAN, "icb", "1", "gain")->value.value);
    cr_expect_null(tf_dcea_find_view(made, EXTRA, "icb", "all", "net"), "levelled strategies have no view of their own");
    cr_expect(tf_dcea_is_equalised("plan:equal uptake") && !tf_dcea_is_equalised("plan"));
    cr_expect_eq(made->n_switches >= made->n_dominances / 5 * 2, true);
    destroy(w, made);
}

/* Dominance and switch points against those of the means, by hand: 10 QALYs for each resident of the most deprived fifth, nothing for others. */
Test(dcea, dominance_comes_first)
{
    world *w = create(1);
    tf_dcea *made;
    size_t seen = 0;

    for (size_t cell = 0; cell < CELLS; cell += 5) {
        add(w, 0, PLAN, cell, QALY, 10 * residents[cell]);
    }
    for (size_t cell = 4; cell < CELLS; cell += 5) {
        add(w, 0, DOUBLE, cell, QALY, 10 * residents[cell]);
        add(w, 0, DOUBLE, cell - 4, QALY, -1 * residents[cell - 4]);
    }
    made = weigh(w);
    for (size_t i = 0; i < made->n_dominances; i++) {
        const tf_dcea_dominance *of = &made->dominances[i];

        if (strcmp(of->criterion, "pareto") == 0 && of->against == USUAL && (of->strategy == PLAN || of->strategy == DOUBLE)) {
            cr_expect_eq(of->verdict, of->strategy == PLAN ? TF_DOMINATES : TF_NO_DOMINANCE);
            seen++;
        }
    }
    cr_expect_eq(seen, 2u * 3);
    for (size_t i = 0; i < made->n_switches; i++) {
        const tf_dcea_switch *of = &made->switches[i];

        if (of->against == USUAL && of->kind == TF_ATKINSON && of->strategy == DOUBLE) {
            cr_expect(of->aversion > 0 && of->aversion < 20, "more health, worse spread: it turns at %g", of->aversion);
        }
    }
    destroy(w, made);
}

/* NICE's cut-offs; a norm of 12 QALYs for all, of which those of fifth 1 have 8 and those of fifth 5 have 12. */
Test(dcea, shortfall)
{
    static const double cases[][3] = {{11.99, 0.8499, 1}, {12, 0.1, 1.2}, {1, 0.85, 1.2},
                                       {17.99, 0.9499, 1.2}, {18, 0, 1.7}, {2, 0.95, 1.7}, {-1, -0.1, 1}};
    world *w = create(1);
    tf_dcea *made = weigh(w);
    size_t seen = 0;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        cr_expect_eq(tf_severity_weight(cases[k][0], cases[k][1]), cases[k][2], "%g %g", cases[k][0], cases[k][1]);
    }
    for (size_t i = 0; i < made->n_shortfalls; i++) {
        const tf_shortfall *of = &made->shortfalls[i];

        if (of->strategy == USUAL && strcmp(of->group_by, "imd") == 0) {
            cr_expect_float_eq(of->absolute.value, 12 - (8 + atof(of->group) - 1), 1e-9);
            cr_expect_float_eq(of->proportional.value, of->absolute.value / 12, 1e-12);
            cr_expect_eq(of->weight, 1);
            seen++;
        }
    }
    cr_expect_eq(seen, 5u);
    destroy(w, made);
}

/* A crossed grouping: ranked by its fifth, and Theil's indices between and within each side add up. */
Test(dcea, cuts)
{
    world *w = create(1);
    tf_inequality *made = NULL;
    tf_cuts cuts;
    const tf_cut *cut;
    double t[5] = {0};
    static const char *const parts[] = {"theil_t", "theil_t_between(region)", "theil_t_within(region)",
                                        "theil_t_between(imd)", "theil_t_within(imd)"};

    for (size_t cell = 0; cell < CELLS; cell++) { /* regions differ too */
        add(w, 0, USUAL, cell, QALY, residents[cell] * (cell < 5 ? 0.2 : 0));
    }
    cr_assert_eq(tf_cuts_create(NULL, &w->layout, &w->spec, &w->outcomes[0][USUAL], true, &cuts), TREFOIL_DONE);
    cut = tf_cuts_find(&cuts, "imd*region");
    cr_assert_not_null(cut);
    cr_expect(cut->ranked && cut->n == CELLS && cut->n_sides == 2);
    for (size_t g = 0; g < CELLS; g++) {
        cr_expect_eq(cut->groups[g].rank, (double)(g % 5 + 1));
        cr_expect_eq(cut->sides[0].part[g], g / 5);
        cr_expect_eq(cut->sides[1].part[g], g % 5);
    }
    cr_expect_float_eq(tf_cuts_find(&cuts, "core20")->groups[0].residents[0], 4e6, 1e-6);
    cr_expect_not(tf_cuts_find(&cuts, "sex")->ranked);
    cr_assert_eq(tf_inequality_create(NULL, &w->layout, &w->sample, &made), TREFOIL_DONE);
    for (size_t i = 0; i < made->n_indices; i++) {
        const tf_run_index *index = &made->indices[i];

        for (size_t k = 0; k < 5; k++) {
            if (index->strategy == USUAL && index->measure == QALY && strcmp(index->group_by, "imd*region") == 0 &&
                strcmp(index->name, parts[k]) == 0) {
                t[k] = index->value.value;
            }
        }
        cr_expect_not(strcmp(index->group_by, "sex") == 0 && strcmp(index->name, "sii") == 0, "sexes have no rank");
    }
    cr_expect(t[0] > 0 && t[1] > 0 && t[3] > t[1]);
    cr_expect_float_eq(t[1] + t[2], t[0], 1e-15);
    cr_expect_float_eq(t[3] + t[4], t[0], 1e-15);
    tf_inequality_destroy(made);
    tf_cuts_free(&cuts);
    destroy(w, NULL);
}

/* Settings: all wrong ones are refused and change nothing. */
Test(dcea, settings)
{
    static const char *const wrong[][2] = {{"k", "0"},           {"k", "a"},           {"gradient", ""},          {"gradient", "flat, flat"},
                                           {"shares", "1,1"},    {"shares", ".2,.2,.2,.2,.3"}, {"qale", "60,70"}, {"aversion", "-1"},
                                           {"plus.a", "icb"},    {"plus.A b", "icb: x"}, {"plus.b", "icb: x||y"}, {"ks", "1"}};
    tf_equity_spec spec = {0};

    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        cr_expect_not_null(tf_equity_spec_take(&spec, wrong[k][0], wrong[k][1]), "%s = %s", wrong[k][0], wrong[k][1]);
    }
    cr_expect(spec.n_k == 0 && spec.n_plus == 0 && spec.texts.count == 0);
    cr_expect_null(tf_equity_spec_finish(&spec, "GBP", 20000));
    cr_expect(spec.n_k == 1 && spec.k[0] == 15000 && spec.gradients.count == 3 && spec.aversion == 10.95);
    tf_equity_spec_free(&spec);
    cr_expect_null(tf_equity_spec_finish(&spec, "EUR", 20000));
    cr_expect_eq(spec.k[0], 20000);
    tf_equity_spec_free(&spec);
    cr_expect_null(tf_equity_spec_take(&spec, "gradient", "own"));
    cr_expect_not_null(tf_equity_spec_finish(&spec, "GBP", 20000), "own needs shares");
    tf_equity_spec_free(&spec);
}

/* Intervals cover: in 200 replications of twelve draws with known truth, value -+ t mcse holds it in 180 to 198 (190 expected, sd 3.1; t of 11
 * degrees of freedom, as the error is of twelve draws). */
Test(dcea, intervals_cover)
{
    static const char *const measured[] = {"net", "slope_narrows", "qale_gap_narrows", "qale_sii_narrows"};
    enum { MEASURED = sizeof measured / sizeof *measured };
    size_t covered[MEASURED] = {0};
    double truth[MEASURED];
    uint64_t state = 20261122;

    for (int replication = -1; replication < 200; replication++) {
        world *w = create(MOST_DRAWS);
        tf_dcea *made;

        for (size_t d = 0; d < MOST_DRAWS; d++) {
            for (size_t cell = 0; cell < CELLS; cell++) {
                double luck = replication < 0 ? 0 : 60 * (uniform(&state) + uniform(&state) + uniform(&state) - 1.5);
                double price = replication < 0 ? 0 : 1e5 * (uniform(&state) + uniform(&state) - 1);

                add(w, d, PLAN, cell, QALY, 100 - 10 * (double)(cell % 5) + luck);
                add(w, d, PLAN, cell, COST, 4e5 + price);
            }
        }
        set_spec(w, "gradient", "steep");
        made = weigh(w);
        for (size_t m = 0; m < MEASURED; m++) {
            const tf_dcea_row *row = tf_dcea_find(made, PLAN, "imd", "all", 15000, "steep", measured[m], NAN);

            truth[m] = replication < 0 ? row->value.value : truth[m];
            covered[m] += replication >= 0 && fabs(row->value.value - truth[m]) < 2.201 * row->value.mcse;
        }
        destroy(w, made);
    }
    for (size_t m = 0; m < MEASURED; m++) {
        cr_expect(covered[m] >= 180 && covered[m] <= 198, "%s: %zu of 200", measured[m], covered[m]);
    }
}

/* Whichever allocation fails, nothing is left and the reason is told. */
Test(dcea, memory_that_runs_out_leaves_nothing)
{
    trefoil_context *context = trefoil_context_create(NULL);
    world *w = create(1);
    tf_dcea *made = NULL;
    trefoil_status status = TREFOIL_NO_MEMORY;
    long n = 0;

    cr_assert_null(tf_equity_spec_finish(&w->spec, "GBP", 20000));
    while (status != TREFOIL_DONE) {
        n += 1 + n / 15;
        tf_memory_fail_at(n);
        status = tf_dcea_create(context, &w->layout, &w->scenario, &w->sample, &w->spec, &made);
        tf_memory_fail_at(0);
        cr_assert(status == TREFOIL_DONE || (status == TREFOIL_NO_MEMORY && made == NULL), "at %ld: %d", n, status);
    }
    cr_expect_gt(n, 100);
    destroy(w, made);
    trefoil_context_destroy(context);
}
