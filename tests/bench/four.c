/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "four.h"

#include <gsl/gsl_rng.h>
#include <math.h>

enum { HEALTHY, SICK, SICKER, DEAD, STATES, YEARS = 75 };

/* As in four_states_model.ini and four_states.ini. */
static const double rate[STATES][STATES] = { [HEALTHY] = { [SICK] = 0.15, [DEAD] = 0.005 },
                                             [SICK] = { [HEALTHY] = 0.5, [SICKER] = 0.105, [DEAD] = 0.015 },
                                             [SICKER] = { [DEAD] = 0.05 } };
static const double cost[STATES] = { 2000.0, 4000.0, 15000.0, 0.0 }, utility[STATES] = { 1.0, 0.75, 0.5, 0.0 };

typedef struct four_states {
    double hazard[STATES], leaves[STATES]; /* of leaving, and the probability in a year */
    double worth[YEARS];
} four_states;

static void prepare(four_states *f)
{
    for (int s = 0; s < STATES; ++s) {
        f->hazard[s] = 0.0;
        for (int to = 0; to < STATES; ++to)
            f->hazard[s] += rate[s][to];
        f->leaves[s] = 1.0 - exp(-f->hazard[s]);
    }
    for (int year = 0; year < YEARS; ++year)
        f->worth[year] = pow(1.03, -year);
}

static int next_state(const four_states *f, gsl_rng *rng, int state)
{
    double u = gsl_rng_uniform(rng) * f->hazard[state];

    for (int to = 0; to < DEAD; ++to)
        if ((u -= rate[state][to]) < 0.0)
            return to;
    return DEAD;
}

static void spend(four_sums *sum, int state, double years, double worth)
{
    sum->ly += years;
    sum->qaly += years * utility[state] * worth;
    sum->cost += years * cost[state] * worth;
}

/* A whole year without an event, as most are, takes one uniform and one comparison. */
static void live(const four_states *f, gsl_rng *rng, four_sums *sum)
{
    int state = HEALTHY;

    for (int year = 0; year < YEARS && state != DEAD; ++year) {
        double left = 1.0;
        while (state != DEAD) {
            double u = gsl_rng_uniform(rng), time;
            if (left == 1.0 && u >= f->leaves[state])
                break;
            time = -log(1.0 - u) / f->hazard[state];
            if (time >= left)
                break;
            spend(sum, state, time, f->worth[year]);
            state = next_state(f, rng, state);
            left -= time;
        }
        if (state != DEAD)
            spend(sum, state, left, f->worth[year]);
    }
    sum->deaths += state == DEAD;
    sum->people += 1.0;
}

void four_simulate(size_t n, unsigned long seed, four_sums batch[FOUR_BATCHES])
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    four_states f;

    if (!rng)
        return;
    gsl_rng_set(rng, seed);
    prepare(&f);
    for (int b = 0; b < FOUR_BATCHES; ++b)
        batch[b] = (four_sums){ 0 };
    for (size_t i = 0; i < n; ++i)
        live(&f, rng, &batch[i % FOUR_BATCHES]);
    gsl_rng_free(rng);
}
