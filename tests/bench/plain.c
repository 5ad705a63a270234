/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plain.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

static const struct {
    int condition, from, to;
} moves[MOVES] = {
#define X(name, condition, from, to, model) { condition, from, to },
    PLAIN_MOVES(X)
#undef X
};

typedef struct hazard {
    int move;
    double rate;
} hazard;

static const plain_cell *cell_of(const plain_tables *tables, const plain_person *p, int age)
{
    return &tables->cells[(p->sex * AGES + (age < AGES ? age : AGES - 1)) * QUINTILES + p->imd];
}

static double clamp(double x, double min, double max)
{
    return x < min ? min : x > max ? max : x;
}

/* ---- what a person is like ---------------------------------------------------- */

static void update_risks(const plain_tables *tables, const plain_cell *c, plain_person *p)
{
    const double *min = tables->risk_min, *max = tables->risk_max;
    int statin = p->state[STATIN], bp = p->state[ANTIHYPERTENSIVE];

    p->risk[SMOKER] = p->smoking < c->location[SMOKER] ? 1.0 : 0.0;
    p->risk[SBP] = clamp(c->location[SBP] + c->scale[SBP] * p->luck[SBP], min[SBP], max[SBP]) + c->drug_add[bp];
    p->risk[LDL] = clamp(exp(c->location[LDL] + c->scale[LDL] * p->luck[LDL]), min[LDL], max[LDL]) * c->drug_scale[statin];
    p->risk[BMI] = clamp(exp(c->location[BMI] + c->scale[BMI] * p->luck[BMI]), min[BMI], max[BMI]);
}

static double relative(const plain_cell *c, int which, const plain_person *p)
{
    const plain_set *set = &c->sets[which];
    double ratio = 1.0;

    if (set->risks)
        ratio = exp(set->log_ratio[SMOKER] * p->risk[SMOKER] + set->log_ratio[SBP] * (p->risk[SBP] - c->centre[SBP]) +
                    set->log_ratio[LDL] * (p->risk[LDL] - c->centre[LDL]) + set->log_ratio[BMI] * (p->risk[BMI] - c->centre[BMI]));
    return ratio * set->ratio[T2D][p->state[T2D]] * set->ratio[CHD][p->state[CHD]] * set->ratio[STROKE][p->state[STROKE]] *
           set->ratio[HF][p->state[HF]] * set->ratio[STATIN][p->state[STATIN]];
}

void plain_person_make(const plain_tables *tables, gsl_rng *random, plain_person *p)
{
    static const int initial[] = { DIABETES_INITIAL_RR, CORONARY_RR, CEREBRAL_RR, FAILURE_RR, STATIN_INITIAL_RR, BP_INITIAL_RR };
    const plain_cell *c = cell_of(tables, p, p->age);

    p->smoking = gsl_rng_uniform(random);
    for (int r = SBP; r < RISKS; ++r)
        p->luck[r] = gsl_ran_gaussian(random, 1.0);
    for (int i = 0; i < CONDITIONS; ++i) {
        p->state[i] = 0;
        p->until[i] = HUGE_VAL;
    }
    for (int i = 0; i < PROGRAMME; ++i) {
        double total = 0.0, u;
        update_risks(tables, c, p);
        if (gsl_rng_uniform(random) >= 1.0 - exp(-c->onset[i] * relative(c, initial[i], p)))
            continue;
        for (int s = 0; s < MOST_STATES; ++s)
            total += c->share[i][s];
        u = gsl_rng_uniform(random) * total;
        while (p->state[i] < MOST_STATES - 1 && (u -= c->share[i][p->state[i]]) >= 0.0)
            p->state[i]++;
        if ((i == CHD && (p->state[i] == MI1 || p->state[i] == MI_AGAIN)) ||
            (i == STROKE && (p->state[i] == STROKE1 || p->state[i] == STROKE_AGAIN)))
            p->until[i] = gsl_rng_uniform_pos(random);
    }
    update_risks(tables, c, p);
}

/* ---- what may happen ---------------------------------------------------------- */

/* The programme as it sees a person when the year begins. */
typedef struct support {
    double enrol, decline, leave, restart;
} support;

static support support_of(const plain_programme *pr, const plain_person *p, int age, int with_programme)
{
    support s = { 0.0, 0.0, 0.0, 1.0 };

    if (!with_programme)
        return s;
    if (age >= pr->age_min && age < pr->age_max + 1 && p->state[STATIN] == LAPSED) {
        s.enrol = pr->offer_rate * pr->uptake[p->imd];
        s.decline = pr->offer_rate * (1.0 - pr->uptake[p->imd]);
    }
    s.leave = pr->lapse[p->imd];
    if (p->state[PROGRAMME] == ENROLLED)
        s.restart = pr->odds_ratio;
    return s;
}

static int disease_hazards(const plain_cell *c, const plain_person *p, hazard *list)
{
    int n = 0, coronary = p->state[CHD], stroke = p->state[STROKE];

    if (p->state[T2D] == NONE)
        list[n++] = (hazard){ NEW_DIABETES, c->rate[NEW_DIABETES] * relative(c, DIABETES_RR, p) };
    if (coronary != MI_AGAIN) {
        double rr = relative(c, CORONARY_RR, p);
        if (coronary == NONE) {
            list[n++] = (hazard){ NEW_ANGINA, c->rate[NEW_ANGINA] * rr };
            list[n++] = (hazard){ FIRST_MI, c->rate[FIRST_MI] * rr };
        } else {
            int move = coronary == ANGINA ? ANGINA_MI : coronary == MI1 ? MI1_MI : MI2_MI;
            list[n++] = (hazard){ move, c->rate[move] * rr };
        }
    }
    if (stroke != STROKE_AGAIN) {
        int move = stroke == NONE ? FIRST_STROKE : stroke == STROKE1 ? STROKE1_STROKE : STROKE2_STROKE;
        list[n++] = (hazard){ move, c->rate[move] * relative(c, CEREBRAL_RR, p) };
    }
    if (p->state[HF] == NONE)
        list[n++] = (hazard){ NEW_HF, c->rate[NEW_HF] * relative(c, FAILURE_RR, p) };
    return n;
}

static int medicine_hazards(const plain_cell *c, const plain_person *p, support s, hazard *list)
{
    int n = 0;

    if (p->state[STATIN] == OFF)
        list[n++] = (hazard){ STATIN_START, c->rate[STATIN_START] * relative(c, STATIN_START_RR, p) };
    else if (p->state[STATIN] == TAKING)
        list[n++] = (hazard){ STATIN_LAPSE, c->rate[STATIN_LAPSE] };
    else
        list[n++] = (hazard){ STATIN_AGAIN, c->rate[STATIN_AGAIN] * s.restart };
    if (p->state[ANTIHYPERTENSIVE] == OFF)
        list[n++] = (hazard){ BP_START, c->rate[BP_START] * relative(c, BP_START_RR, p) };
    else if (p->state[ANTIHYPERTENSIVE] == TAKING)
        list[n++] = (hazard){ BP_LAPSE, c->rate[BP_LAPSE] };
    else
        list[n++] = (hazard){ BP_AGAIN, c->rate[BP_AGAIN] };
    if (p->state[PROGRAMME] == NOT_OFFERED && s.enrol > 0.0) {
        list[n++] = (hazard){ ENROL, s.enrol };
        list[n++] = (hazard){ DECLINE, s.decline };
    } else if (p->state[PROGRAMME] == ENROLLED) {
        list[n++] = (hazard){ LEAVE, s.leave };
    }
    return n;
}

static int death_hazards(const plain_cell *c, const plain_person *p, hazard *list)
{
    int n = 0;

    if (p->state[CHD] != NONE)
        list[n++] = (hazard){ DEATH_CHD, c->rate[DEATH_CHD] * relative(c, CORONARY_DEATH_RR, p) };
    if (p->state[STROKE] != NONE)
        list[n++] = (hazard){ DEATH_STROKE, c->rate[DEATH_STROKE] * relative(c, STROKE_DEATH_RR, p) };
    if (p->state[HF] != NONE)
        list[n++] = (hazard){ DEATH_HF, c->rate[DEATH_HF] * relative(c, FAILURE_DEATH_RR, p) };
    list[n++] = (hazard){ DEATH_OTHER, c->rate[DEATH_OTHER] * relative(c, OTHER_DEATH_RR, p) };
    return n;
}

/* ---- a life ------------------------------------------------------------------- */

static void accrue(const plain_cell *c, const plain_programme *pr, const plain_person *p, double years, double factor, plain_sums *sum)
{
    double quality = c->norm, cost = 0.0;

    for (int i = 0; i < PROGRAMME; ++i) {
        quality *= c->utility[i][p->state[i]];
        cost += c->cost[i][p->state[i]];
        sum->years[i][p->state[i]] += years;
    }
    sum->years[PROGRAMME][p->state[PROGRAMME]] += years;
    if (p->state[PROGRAMME] == ENROLLED)
        cost += pr->cost;
    sum->ly += years;
    sum->qaly += (quality < 1.0 ? quality : 1.0) * years * factor;
    sum->cost += cost * years * factor;
}

static int choose(const hazard *list, int n, double u)
{
    int i = 0;

    while (i < n - 1 && (u -= list[i].rate) >= 0.0)
        ++i;
    return list[i].move;
}

/* A move happens at `now`; is the person dead? */
static int happen(const plain_tables *tables, const plain_cell *c, plain_person *p, int move, double now, double factor, gsl_rng *random,
                  plain_sums *sum)
{
    int condition = moves[move].condition;

    sum->events[move] += 1.0;
    sum->cost += c->event_cost[move] * factor;
    if (condition == CONDITIONS) {
        sum->deaths[moves[move].to] += 1.0;
        return 1;
    }
    if (c->fatality[move] > 0.0 && gsl_rng_uniform(random) < c->fatality[move]) {
        int cause = condition == CHD ? DEATH_CHD : DEATH_STROKE;
        sum->events[cause] += 1.0;
        sum->deaths[moves[cause].to] += 1.0;
        return 1;
    }
    if (move == ENROL)
        sum->cost += tables->programme.setup * factor;
    p->state[condition] = moves[move].to;
    p->until[condition] = HUGE_VAL;
    if ((condition == CHD && (moves[move].to == MI1 || moves[move].to == MI_AGAIN)) ||
        (condition == STROKE && (moves[move].to == STROKE1 || moves[move].to == STROKE_AGAIN)))
        p->until[condition] = now + 1.0;
    if (condition == STATIN || condition == ANTIHYPERTENSIVE)
        update_risks(tables, c, p);
    return 0;
}

/* The move at the end of a first year, if it comes before `end`. */
static int due(const plain_person *p, double *end)
{
    int move = -1;

    if (p->until[CHD] < *end) {
        *end = p->until[CHD];
        move = p->state[CHD] == MI1 ? MI1_YEAR : MI_AGAIN_YEAR;
    }
    if (p->until[STROKE] < *end) {
        *end = p->until[STROKE];
        move = p->state[STROKE] == STROKE1 ? STROKE1_YEAR : STROKE_AGAIN_YEAR;
    }
    return move;
}

static void live(const plain_tables *tables, plain_person p, int with_programme, gsl_rng *random, plain_sums *sum)
{
    hazard list[16];

    for (int year = 0; p.age + year < LAST_AGE; ++year) {
        const plain_cell *c = cell_of(tables, &p, p.age + year);
        double now = year, factor = pow(1.0 + tables->discount, -year);
        support s = support_of(&tables->programme, &p, p.age + year, with_programme);

        update_risks(tables, c, &p);
        while (now < year + 1) {
            double end = year + 1, total = 0.0, u;
            int move = due(&p, &end), n = disease_hazards(c, &p, list);

            n += medicine_hazards(c, &p, s, list + n);
            n += death_hazards(c, &p, list + n);
            for (int i = 0; i < n; ++i)
                total += list[i].rate;
            u = gsl_rng_uniform(random);
            if (u < 1.0 - exp(-total * (end - now))) {
                end = now - log(1.0 - u) / total;
                move = choose(list, n, gsl_rng_uniform(random) * total);
            }
            accrue(c, &tables->programme, &p, end - now, factor, sum);
            now = end;
            if (move >= 0 && happen(tables, c, &p, move, now, factor, random, sum))
                return;
        }
    }
}

/* ---- everybody ---------------------------------------------------------------- */

static void add(plain_sums *to, const plain_sums *from, double weight)
{
    double *t = (double *)to;
    const double *f = (const double *)from;

    for (size_t i = 0; i < sizeof *to / sizeof *t; ++i)
        t[i] += weight * f[i];
}

void plain_simulate(const plain_tables *tables, const plain_person *people, size_t n, int with_programme, unsigned long seed,
                    plain_result *result)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    memset(result, 0, sizeof *result);
    gsl_rng_set(random, seed);
    for (size_t i = 0; i < n; ++i) {
        plain_sums sum = { .people = 1.0 };
        live(tables, people[i], with_programme, random, &sum);
        add(&result->batch[i % BATCHES], &sum, people[i].weight);
        add(&result->quintile[people[i].imd], &sum, people[i].weight);
        result->person_years += sum.ly;
    }
    gsl_rng_free(random);
}
