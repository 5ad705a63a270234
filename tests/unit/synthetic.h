/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results without a run: three strategies for the fifths of a population, with numbers of the size a real model gives. */
#ifndef TESTS_UNIT_SYNTHETIC_H
#define TESTS_UNIT_SYNTHETIC_H

#include "base/memory.h"
#include "model/parameter.h"
#include "store/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PERSONS, LY, QALY, COST, COST_HOSPITAL, COST_PROGRAMME, DEATHS, EVENT_MI, EVENT_STROKE, EVENT_ENROL, MEASURES };
enum { ALL, IMD1, IMD2, IMD3, IMD4, IMD5, MALE, FEMALE, GROUPS };
enum { USUAL, EVERYONE, TARGETED, STRATEGIES };
enum { RR, UPTAKE, PRICE, PARAMETERS };
enum { YEARS = 3, YEAR_GROUPS = 6, TOTALS = GROUPS * MEASURES * 2, BY_YEAR = YEAR_GROUPS * YEARS * MEASURES, COVARIANCES = 2 * GROUPS };

static tf_measure synthetic_measures[MEASURES] = {
    {(char[]){"persons"}, (char[]){"1"}},          {(char[]){"ly"}, (char[]){"a"}},
    {(char[]){"qaly"}, (char[]){"QALY"}},          {(char[]){"cost"}, (char[]){"GBP"}},
    {(char[]){"cost.hospital"}, (char[]){"GBP"}},  {(char[]){"cost.programme"}, (char[]){"GBP"}},
    {(char[]){"deaths"}, (char[]){"1"}},           {(char[]){"event.chd.none.mi1"}, (char[]){"1"}},
    {(char[]){"event.stroke.none.acute"}, (char[]){"1"}},
    {(char[]){"event.programme.offered.enrolled"}, (char[]){"1"}}};

static tf_group synthetic_groups[GROUPS] = {
    {(char[]){"all"}, (char[]){"all"}, 0}, {(char[]){"imd"}, (char[]){"1"}, 1},     {(char[]){"imd"}, (char[]){"2"}, 2},
    {(char[]){"imd"}, (char[]){"3"}, 3},   {(char[]){"imd"}, (char[]){"4"}, 4},     {(char[]){"imd"}, (char[]){"5"}, 5},
    {(char[]){"sex"}, (char[]){"male"}, -1}, {(char[]){"sex"}, (char[]){"female"}, -1}};

static char *synthetic_strategies[STRATEGIES] = {(char[]){"usual"}, (char[]){"everyone"}, (char[]){"targeted"}};
static char *synthetic_titles[STRATEGIES] = {(char[]){"Usual care"}, (char[]){"Adherence programme for everyone"},
                                             (char[]){"The same budget, two most deprived fifths"}};
static char *synthetic_parameters[PARAMETERS] = {(char[]){"rr_statin"}, (char[]){"uptake"}, (char[]){"programme_price"}};

static inline tf_layout synthetic_layout(void)
{
    return (tf_layout){.measures = synthetic_measures, .n_measures = MEASURES, .groups = synthetic_groups, .n_groups = GROUPS,
                       .n_year_groups = YEAR_GROUPS, .n_years = YEARS, .strategies = synthetic_strategies,
                       .strategy_titles = synthetic_titles, .n_strategies = STRATEGIES, .comparator = USUAL,
                       .parameters = synthetic_parameters, .n_parameters = PARAMETERS};
}

static double synthetic_thresholds[] = {20000, 25000, 30000, 35000};
static tf_grouping synthetic_groupings[] = {{(char[]){"imd"}, TF_DIM_IMD, true}, {(char[]){"sex"}, TF_DIM_SEX, false}};
static tf_intervention_spec synthetic_interventions[] = {
    {.name = (char[]){"support"}, .title = (char[]){"Pharmacist calls"}, .plugin = (char[]){"adherence"}},
    {.name = (char[]){"focus"}, .title = (char[]){"Pharmacist calls where they are needed most"}, .plugin = (char[]){"adherence"}}};
static size_t synthetic_uses[] = {0, 1};
static tf_strategy_spec synthetic_specs[STRATEGIES] = {
    {.name = (char[]){"usual"}, .title = (char[]){"Usual care"}},
    {.name = (char[]){"everyone"}, .title = (char[]){"Adherence programme for everyone"}, .interventions = synthetic_uses, .n_interventions = 1},
    {.name = (char[]){"targeted"}, .title = (char[]){"The same budget, two most deprived fifths"}, .interventions = synthetic_uses + 1, .n_interventions = 1}};
static char *synthetic_areas[] = {(char[]){"NHS Greater Manchester"}};
static tf_setting synthetic_overrides[] = {{.key = (char[]){"uptake"}, .text = (char[]){"0.62 ~ beta(se 0.05)"}, .place = {"scenario.ini", 30}}};

static tf_scenario synthetic_problem = {
    .path = (char[]){"scenarios/adherence.ini"}, .name = (char[]){"adherence"},
    .title = (char[]){"Help with medicines in Greater Manchester"},
    .question = (char[]){"Does calling people who miss their statins pay, and for whom?"},
    .digest = "0123456789abcdef", .areas = {synthetic_areas, 1, 1}, .age_min = 40, .age_max = 79, .everyone = true,
    .model = (char[]){"models/cardiometabolic.ini"}, .start = 2026.25, .horizon = INFINITY, .cycle = 1,
    .perspective = (char[]){"NHS and personal social services"}, .currency = (char[]){"GBP"},
    .price_year = (char[]){"2023/24"}, .discount_costs = 0.035, .discount_effects = 0.035,
    .thresholds = synthetic_thresholds, .n_thresholds = 4, .draws = 200, .seed = 18446744073709551557U,
    .reference = 256, .groupings = synthetic_groupings, .n_groupings = 2, .age_band = 10,
    .interventions = synthetic_interventions, .n_interventions = 2, .strategies = synthetic_specs,
    .n_strategies = STRATEGIES, .parameters = synthetic_overrides, .n_parameters = 1};

static inline tf_scenario synthetic_scenario(void)
{
    return synthetic_problem;
}

static const tf_provenance_entry synthetic_identity[] = {
    {"scenario", "a1b2"}, {"model", "c3d4"}, {"seed", "18446744073709551557"}, {"trefoil", "0.1.0"}};
enum { SYNTHETIC_IDENTITY = 4 };

/* The parameters as a model would have read them; destroy with tf_parameters_destroy. */
static inline tf_parameters *synthetic_evidence(trefoil_context *context)
{
    const struct {
        const char *value;
        tf_evidence row;
    } rows[PARAMETERS] = {
        {"0.78 ~ lognormal(0.76 to 0.80)",
         {.name = (char[]){"rr_statin"}, .label = (char[]){"Relative risk of a major vascular event per mmol/l LDL"},
          .unit = (char[]){"1/(mmol/l)"}, .source = (char[]){"CTT Collaborators 2010, \"Lancet\" 376"}, .grade = TF_PUBLISHED,
          .place = {"register.csv", 2}}},
        {"0.60 ~ beta(se 0.10)",
         {.name = (char[]){"uptake"}, .label = (char[]){"Uptake, <all> fifths"}, .unit = (char[]){"1"}, .source = (char[]){"chosen"},
          .grade = TF_ASSUMPTION, .note = (char[]){"varied in scenarios"}, .place = {"register.csv", 3}}},
        {"41",
         {.name = (char[]){"programme_price"}, .label = (char[]){"Programme, per person-year"}, .unit = (char[]){"GBP/a"},
          .price_year = (char[]){"2023/24"}, .source = (char[]){"PSSRU 2024"}, .grade = TF_DERIVED, .place = {"register.csv", 4}}}};
    tf_parameters *parameters = NULL;
    tf_scenario scenario = synthetic_scenario();
    tf_register reg = {0};
    char why[256];

    for (int k = 0; k < PARAMETERS; k++) {
        tf_evidence row = rows[k].row;

        if (!tf_number_parse(rows[k].value, &row.number, why) || tf_register_add(context, &reg, &row) != TREFOIL_DONE)
            abort();
    }
    if (tf_parameters_create(context, &reg, &scenario, &parameters) != TREFOIL_DONE)
        abort();
    tf_register_free(&reg);
    return parameters;
}

/* One draw's room. */
typedef struct synthetic_draw {
    double parameters[PARAMETERS];
    double total[STRATEGIES][TOTALS], variance[STRATEGIES][TOTALS], difference_variance[STRATEGIES][TOTALS];
    double by_year[STRATEGIES][BY_YEAR], covariance[STRATEGIES][COVARIANCES];
    tf_outcome outcomes[STRATEGIES];
    tf_draw draw;
} synthetic_draw;

static inline void synthetic_link(synthetic_draw *d, uint32_t number)
{
    for (int s = 0; s < STRATEGIES; s++)
        d->outcomes[s] = (tf_outcome){d->total[s], d->variance[s], d->difference_variance[s], d->by_year[s], d->covariance[s]};
    d->draw = (tf_draw){.draw = number, .parameters = d->parameters, .outcomes = d->outcomes, .seconds = 0.25};
}

static inline void synthetic_set(synthetic_draw *d, int strategy, int group, int measure, double undiscounted, double discounted)
{
    d->total[strategy][(group * MEASURES + measure) * 2] = undiscounted;
    d->total[strategy][(group * MEASURES + measure) * 2 + 1] = discounted;
}

static inline double synthetic_uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return ((double)(*state >> 12) + 0.5) / 4503599627370496.0;
}

static inline double synthetic_normal(uint64_t *state)
{
    double u = synthetic_uniform(state), v = synthetic_uniform(state);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static const double synthetic_people[GROUPS] = {1463000, 512000, 263000, 234000, 241000, 213000, 715000, 748000};

/* What one person of a group gains and costs under a strategy. */
static inline void synthetic_person(int strategy, int group, double effect, double elsewhere, double price, double *qaly, double *cost)
{
    static const double need[GROUPS] = {1.15, 1.5, 1.2, 1.0, 0.9, 0.7, 1.2, 1.1};
    int deprived = group == IMD1 || group == IMD2;

    *qaly = strategy == USUAL ? 0 : effect * need[group] * (strategy == EVERYONE ? 1 : deprived ? 1.7 * elsewhere : 0);
    *cost = strategy == USUAL ? 0 : price * (strategy == EVERYONE ? 1 : deprived ? 1.88 : 0) - 4000 * *qaly;
}

/* A plausible draw: a pure function of its number; draw 0 is the base case. */
static inline void synthetic_fill(synthetic_draw *d, uint32_t number)
{
    static const double life[GROUPS] = {24.1, 21.3, 23.0, 24.6, 25.9, 27.4, 23.0, 25.2};
    static const double quality[GROUPS] = {0.76, 0.70, 0.74, 0.77, 0.80, 0.83, 0.77, 0.75};
    uint64_t state = 77 + 1000003U * (uint64_t)number;
    double z[5];

    memset(d, 0, sizeof *d);
    for (int k = 0; k < 5; k++)
        z[k] = number == 0 ? 0 : synthetic_normal(&state);
    d->parameters[RR] = 0.78 * exp(0.013 * z[0]);
    d->parameters[UPTAKE] = 0.62 + 0.05 * z[1];
    d->parameters[PRICE] = 41;
    for (int s = 0; s < STRATEGIES; s++) {
        for (int g = IMD1; g < GROUPS; g++) {
            double qaly, cost, n = synthetic_people[g], lifetime = life[g] * (1 + 0.002 * z[2]);
            double effect = 0.0145 * d->parameters[UPTAKE] / 0.62 * (1 - d->parameters[RR]) / 0.22 * (1 + 0.05 * z[3]);

            synthetic_person(s, g, effect, 0.93 + 0.1 * z[4], 41 * d->parameters[UPTAKE] / 0.62 * 6.2, &qaly, &cost);
            if (g > IMD5) /* the fifths add up to all; so must men and women */
                qaly = cost = 0;
            synthetic_set(d, s, g, PERSONS, n, n);
            synthetic_set(d, s, g, LY, n * (lifetime + 2.1 * qaly), n * (lifetime * 0.66 + qaly * 1.1));
            synthetic_set(d, s, g, QALY, n * (lifetime * quality[g] + 1.8 * qaly), n * (lifetime * 0.66 * quality[g] + qaly));
            synthetic_set(d, s, g, COST, n * (61200 + 1.6 * cost), n * (38900 + 300 * z[2] + cost));
            synthetic_set(d, s, g, COST_HOSPITAL, n * 40100, n * 25000);
            synthetic_set(d, s, g, COST_PROGRAMME, n * (21100 + 1.6 * cost), n * (13900 + 300 * z[2] + cost));
            synthetic_set(d, s, g, DEATHS, n * (0.998 - 0.01 * qaly), n * 0.6);
            synthetic_set(d, s, g, EVENT_MI, n * (0.118 - 0.9 * qaly), n * 0.06);
            synthetic_set(d, s, g, EVENT_STROKE, n * (0.097 - 0.55 * qaly), n * 0.05);
            synthetic_set(d, s, g, EVENT_ENROL, s == USUAL ? 0 : n * 0.31, 0);
            for (int m = 0; m < MEASURES; m++)
                for (int t = 0; t < 2; t++) {
                    size_t at = (size_t)(g * MEASURES + m) * 2 + (size_t)t;
                    if (g <= IMD5)
                        d->total[s][(ALL * MEASURES + m) * 2 + t] += d->total[s][at];
                    d->variance[s][at] = fabs(d->total[s][at]) * 2;
                    d->difference_variance[s][at] = s == USUAL ? 0 : fabs(d->total[s][at]) / 50;
                    d->variance[s][(ALL * MEASURES + m) * 2 + t] += g <= IMD5 ? d->variance[s][at] : 0;
                    d->difference_variance[s][(ALL * MEASURES + m) * 2 + t] += g <= IMD5 ? d->difference_variance[s][at] : 0;
                }
        }
        for (size_t k = 0; k < COVARIANCES; k++) /* within what the variances allow */
            d->covariance[s][k] = s == USUAL && k % 2 ? 0 : 0.25 * (double)(k + 1) * (s % 2 ? 1 : -1);
        for (size_t k = 0; k < BY_YEAR; k++)
            d->by_year[s][k] = (double)(k + 1) * (1 + 0.1 * s) + z[0];
    }
    synthetic_link(d, number);
}

/* A sample that borrows `n` draws (numbers from 1) and the base case, which may be NULL; free with synthetic_unsample. */
static inline tf_sample synthetic_sample(synthetic_draw *draws, size_t n, synthetic_draw *base)
{
    tf_sample sample = {.n_draws = n, .draws = TF_NEW(uint32_t, n), .parameters = TF_NEW(double *, n), .outcomes = TF_NEW(tf_outcome *, n)};

    for (size_t k = 0; k < n; k++) {
        sample.draws[k] = (uint32_t)k + 1;
        sample.parameters[k] = draws[k].parameters;
        sample.outcomes[k] = draws[k].outcomes;
    }
    sample.base = base != NULL ? base->outcomes : NULL;
    return sample;
}

static inline void synthetic_unsample(tf_sample *sample)
{
    tf_free(sample->draws);
    tf_free(sample->parameters);
    tf_free(sample->outcomes);
}

#endif
