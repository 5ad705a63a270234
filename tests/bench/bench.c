/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The benchmark: nanoseconds a person-cycle and strategy of the engine, one thread, against a plain GSL program that does the same
 * job in the same run.  Each measurement is a process of its own, so that peak memory is its own.
 */
#include "base/memory.h"
#include "tables.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STRATEGIES = 2, COMPARED = 4 + MOVES, REPEATS = 5 };

/* What a measurement hands back; means are per person and weighted, with their Monte Carlo errors. */
typedef struct measured {
    double open, prepare, make, simulate; /* seconds */
    double cycles;                        /* person-cycles lived, all strategies */
    double persons;
    double mean[STRATEGIES][COMPARED], error[STRATEGIES][COMPARED];
    long peak;                            /* kilobytes */
} measured;

typedef struct job {
    const char *scenario, *persons, *plugins;
    const char *set; /* a further assignment, or NULL */
} job;

static const char *measure_name(int m)
{
    static const char *const first[] = { "ly", "qaly", "cost", "deaths" };

    return m < 4 ? first[m] : tables_move_name(m - 4);
}

/* ---- opening ----------------------------------------------------------------- */

static tf_run *open_run(trefoil_context *context, job j, const char *groups, int draws)
{
    char persons[64], many[64];
    const char *sets[5];
    size_t n = 0;
    tf_run *run = NULL;

    snprintf(persons, sizeof persons, "population:persons=%s", j.persons);
    snprintf(many, sizeof many, "uncertainty:draws=%d", draws);
    sets[n++] = persons;
    sets[n++] = many;
    if (groups)
        sets[n++] = groups;
    if (j.set)
        sets[n++] = j.set;
    if (tf_run_open(context, j.scenario, sets, n, j.plugins, &run) != TREFOIL_DONE)
        for (size_t i = 0; i < trefoil_context_reasons(context); ++i)
            fprintf(stderr, "%s\n", trefoil_context_reason(context, i));
    return run;
}

/* ---- the engine -------------------------------------------------------------- */

static trefoil_status take_nothing(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    (void)self, (void)context, (void)layout, (void)draw;
    return TREFOIL_DONE;
}

/* Groups are strata here, so that dividing by a stratum's weight counts the people who were simulated. */
static trefoil_status count_cycles(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    measured *to = self;
    int ly = tf_layout_measure(layout, "ly"), persons = tf_layout_measure(layout, "persons");

    (void)context;
    for (size_t s = 0; s < layout->n_strategies && s < STRATEGIES; ++s) {
        const tf_outcome *outcome = &draw->outcomes[s];
        double people = outcome->total[tf_at(layout, 0, (size_t)persons, 0)];
        for (int m = 0; m < COMPARED; ++m) {
            int measure = tf_layout_measure(layout, m < 4 ? measure_name(m) : "");
            char name[128];
            snprintf(name, sizeof name, "event.%s", measure_name(m));
            measure = m < 4 ? measure : tf_layout_measure(layout, name);
            size_t at = measure < 0 ? 0 : tf_at(layout, 0, (size_t)measure, m == 1 || m == 2);
            to->mean[s][m] = measure < 0 ? 0.0 : outcome->total[at] / people;
            to->error[s][m] = measure < 0 ? 0.0 : sqrt(outcome->variance[at]) / people;
        }
    }
    to->cycles = 0.0;
    for (size_t s = 0; s < layout->n_strategies; ++s)
        to->cycles += draw->outcomes[s].total[tf_at(layout, 0, (size_t)ly, 0)];
    return TREFOIL_DONE;
}

static bool go(trefoil_context *context, tf_run *run, tf_sink sink)
{
    return tf_run_go(context, run, (tf_run_options){ .threads = 1 }, sink) == TREFOIL_DONE;
}

typedef struct counter {
    const tf_run *run;
    measured *to;
} counter;

static trefoil_status count_people(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    counter *c = self;
    const tf_population *population = c->run->population;
    int ly = tf_layout_measure(layout, "ly"), persons = tf_layout_measure(layout, "persons");
    double cycles = 0.0;

    count_cycles(c->to, context, layout, draw);
    for (size_t g = 1; g < layout->n_groups; ++g) {
        double weight = 0.0, people = draw->outcomes[0].total[tf_at(layout, g, (size_t)persons, 0)];
        for (size_t s = 0; s < population->n_strata; ++s)
            if ((double)population->strata[s].people == people)
                weight = population->strata[s].weight;
        for (size_t s = 0; s < layout->n_strategies && weight > 0.0; ++s)
            cycles += draw->outcomes[s].total[tf_at(layout, g, (size_t)ly, 0)] / weight;
    }
    c->to->cycles = cycles / c->run->plan->cycle;
    return TREFOIL_DONE;
}
