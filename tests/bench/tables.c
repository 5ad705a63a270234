/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tables.h"

#include "random/maths.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const move_names[MOVES] = {
#define X(name, condition, from, to, model) model,
    PLAIN_MOVES(X)
#undef X
};
static const char *const condition_names[CONDITIONS] = { "t2d", "chd", "stroke", "hf", "statin", "antihypertensive", "programme" };
static const char *const risk_names[RISKS] = { "smoker", "sbp", "ldl", "bmi" };
static const char *const set_names[SETS] = {
    [DIABETES_RR] = "diabetes", [CORONARY_RR] = "coronary", [CEREBRAL_RR] = "cerebral", [FAILURE_RR] = "failure",
    [CORONARY_DEATH_RR] = "coronary_death", [STROKE_DEATH_RR] = "stroke_death", [FAILURE_DEATH_RR] = "failure_death",
    [OTHER_DEATH_RR] = "other_death", [STATIN_START_RR] = "statin_start", [BP_START_RR] = "antihypertensive_start",
    [DIABETES_INITIAL_RR] = "diabetes_prevalence", [STATIN_INITIAL_RR] = "statin_initial", [BP_INITIAL_RR] = "antihypertensive_initial"
};

typedef struct taking {
    const tf_run *run;
    const tf_model *model;
    const tf_prepared *prepared;
    int transition[MOVES], condition[CONDITIONS], risk[RISKS], set[SETS];
    int known[TF_MAX_CONDITIONS]; /* the plain program's number of a model condition, or -1 */
    int known_risk[TF_MAX_RISKS];
} taking;

const char *tables_move_name(int move)
{
    return move_names[move];
}

static bool found(int *index, int value, const char *noun, const char *name)
{
    *index = value;
    if (value == TF_NONE)
        fprintf(stderr, "bench: the model has no %s '%s'\n", noun, name);
    return value != TF_NONE;
}

static bool find_names(taking *t)
{
    bool fine = true;

    for (size_t i = 0; i < TF_MAX_CONDITIONS; ++i)
        t->known[i] = -1;
    for (int i = 0; i < MOVES; ++i)
        fine = found(&t->transition[i], tf_model_transition(t->model, move_names[i]), "transition", move_names[i]) && fine;
    for (int i = 0; i < CONDITIONS; ++i)
        if (found(&t->condition[i], tf_model_condition(t->model, condition_names[i]), "condition", condition_names[i]))
            t->known[t->condition[i]] = i;
        else
            fine = false;
    for (int i = 0; i < RISKS; ++i)
        if (found(&t->risk[i], tf_model_risk(t->model, risk_names[i]), "risk factor", risk_names[i]))
            t->known_risk[t->risk[i]] = i;
        else
            fine = false;
    for (int i = 0; i < SETS; ++i) {
        int set = TF_NONE;
        for (size_t r = 0; r < t->model->n_relatives; ++r)
            if (strcmp(t->model->relatives[r].name, set_names[i]) == 0)
                set = (int)r;
        fine = found(&t->set[i], set, "relative set", set_names[i]) && fine;
    }
    return fine;
}

static bool take_set(const taking *t, int which, int cell, plain_set *set)
{
    const tf_relative *from = &t->model->relatives[t->set[which]];
    size_t first = t->run->plan->first_term[t->set[which]];

    for (int c = 0; c < CONDITIONS; ++c)
        for (int s = 0; s < MOST_STATES; ++s)
            set->ratio[c][s] = 1.0;
    for (size_t i = 0; i < from->n_terms; ++i) {
        const tf_relative_term *term = &from->terms[i];
        size_t at = tf_term_at(t->run->plan, cell, first + i);
        if (term->risk != TF_NONE) {
            set->risks = 1;
            set->log_ratio[t->known_risk[term->risk]] = t->prepared->slope[at] * TF_LN2;
            continue;
        }
        int model_condition = t->model->states[term->state].condition, c = t->known[model_condition];
        if (c < T2D || c > STATIN) {
            fprintf(stderr, "bench: the plain program knows no relative risk of '%s'\n", t->model->conditions[model_condition].name);
            return false;
        }
        set->ratio[c][term->state - t->model->conditions[model_condition].first_state] = t->prepared->ratio[at];
    }
    return true;
}

static double money(const taking *t, const tf_flows *flows, int cell)
{
    double sum = 0.0;

    for (size_t f = 0; f < flows->count; ++f)
        if (flows->items[f].category >= 0)
            sum += t->prepared->money[(size_t)cell * t->run->plan->n_flows + flows->items[f].index];
    return sum;
}

static double quantity(const taking *t, int formula, int cell, double otherwise)
{
    return formula == TF_NONE ? otherwise : tf_quantity(&t->prepared->quantities, formula, cell);
}

static void take_states(const taking *t, int c, int cell, plain_cell *to)
{
    const tf_condition *condition = &t->model->conditions[t->condition[c]];

    to->onset[c] = t->prepared->onset[(size_t)t->condition[c] * TF_CELLS + (size_t)cell];
    for (int s = 0; s < condition->n_states; ++s) {
        const tf_state *state = &t->model->states[condition->first_state + s];
        to->cost[c][s] = money(t, &t->run->plan->state_flows[condition->first_state + s], cell);
        to->utility[c][s] = quantity(t, state->utility, cell, 1.0);
        to->share[c][s] = quantity(t, state->initial, cell, 0.0);
        for (size_t e = 0; e < state->n_effects; ++e) {
            if (c == STATIN)
                to->drug_scale[s] = quantity(t, state->effects[e].scale, cell, 1.0);
            if (c == ANTIHYPERTENSIVE)
                to->drug_add[s] = quantity(t, state->effects[e].add, cell, 0.0);
        }
    }
}

static bool take_cell(const taking *t, int cell, plain_cell *to)
{
    bool fine = true;

    *to = (plain_cell){ .norm = quantity(t, t->model->norm, cell, 1.0), .drug_scale = { 1.0, 1.0, 1.0, 1.0, 1.0 } };
    for (int r = 0; r < RISKS; ++r) {
        size_t at = (size_t)cell * t->model->n_risks + (size_t)t->risk[r];
        const tf_risk *risk = &t->model->risks[t->risk[r]];
        double unit = risk->family == TF_RISK_LOGNORMAL ? TF_LN2 : 1.0; /* the engine's logarithms are to base 2 */
        to->location[r] = t->prepared->location[at] * unit;
        to->scale[r] = t->prepared->scale[at] * unit;
        to->centre[r] = risk->family == TF_RISK_BERNOULLI ? 0.0 : quantity(t, risk->mean, cell, 0.0);
    }
    for (int m = 0; m < MOVES; ++m) {
        size_t k = (size_t)t->transition[m];
        to->rate[m] = *tf_rate(t->run->plan, t->prepared, cell, k);
        to->fatality[m] = quantity(t, t->model->transitions[k].fatality, cell, 0.0);
        to->event_cost[m] = money(t, &t->run->plan->event_flows[k], cell);
    }
    for (int c = 0; c < CONDITIONS; ++c)
        take_states(t, c, cell, to);
    for (int s = 0; s < SETS; ++s)
        fine = take_set(t, s, cell, &to->sets[s]) && fine;
    return fine;
}

static double setting(const taking *t, const char *name)
{
    const tf_intervention *item = &t->run->interventions->items[0];

    for (size_t i = 0; i < item->n_parameters; ++i)
        if (strcmp(tf_plugin_param(item->plugin, i).name, name) == 0)
            return t->prepared->parameters[item->parameters[i]];
    fprintf(stderr, "bench: the adherence plugin has no setting '%s'\n", name);
    return (double)NAN;
}

static bool take_programme(const taking *t, plain_programme *to)
{
    bool fine;

    to->odds_ratio = setting(t, "odds_ratio_q1");
    to->offer_rate = setting(t, "offer_rate_q1");
    to->cost = setting(t, "cost_per_person_year");
    to->setup = setting(t, "setup_cost");
    to->age_min = setting(t, "age_min");
    to->age_max = setting(t, "age_max");
    fine = isfinite(to->odds_ratio + to->offer_rate + to->cost + to->setup + to->age_min + to->age_max);
    for (int q = 0; q < QUINTILES; ++q) {
        char name[32];
        snprintf(name, sizeof name, "uptake_q%d", q + 1);
        to->uptake[q] = setting(t, name);
        snprintf(name, sizeof name, "lapse_q%d", q + 1);
        to->lapse[q] = setting(t, name);
        fine = fine && isfinite(to->uptake[q] + to->lapse[q]);
    }
    return fine;
}

bool tables_take(const tf_run *run, const tf_prepared *prepared, plain_tables *tables)
{
    taking t = { .run = run, .model = run->model, .prepared = prepared };
    bool fine = find_names(&t);

    *tables = (plain_tables){ .discount = run->scenario->discount_costs, .cells = calloc(TF_CELLS, sizeof *tables->cells) };
    if (!tables->cells || !fine)
        return false;
    for (int r = 0; r < RISKS; ++r) {
        tables->risk_min[r] = run->model->risks[t.risk[r]].min;
        tables->risk_max[r] = run->model->risks[t.risk[r]].max;
    }
    for (int cell = 0; cell < TF_CELLS && fine; ++cell)
        fine = take_cell(&t, cell, &tables->cells[cell]);
    return fine && take_programme(&t, &tables->programme);
}

plain_person *tables_people(const tf_run *run, const plain_tables *tables, unsigned long seed, size_t *n)
{
    const tf_population *population = run->population;
    plain_person *people = calloc(population->persons, sizeof *people);
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    *n = 0;
    gsl_rng_set(random, seed);
    for (size_t s = 0; people && s < population->n_strata; ++s) {
        const tf_stratum *stratum = &population->strata[s];
        for (uint32_t i = 0; i < stratum->sample; ++i) {
            plain_person *p = &people[(*n)++];
            *p = (plain_person){ .sex = stratum->sex, .age = stratum->age, .imd = stratum->imd, .weight = stratum->weight };
            plain_person_make(tables, random, p);
        }
    }
    gsl_rng_free(random);
    return people;
}
