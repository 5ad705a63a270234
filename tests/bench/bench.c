/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The benchmark: nanoseconds a person-cycle and strategy of the engine, one thread, against a plain GSL program that does the same
 * job in the same run.  Each measurement is a process of its own, so that peak memory is its own.
 */
#include "four.h"
#include "limit.h"
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
    double limit;                         /* nanoseconds a cycle, if there were nothing to decide */
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

static tf_run *open_run(trefoil_context *context, job j, const char *groups)
{
    char persons[64];
    const char *sets[3];
    size_t n = 0;
    tf_run *run = NULL;

    snprintf(persons, sizeof persons, "population:persons=%s", j.persons);
    sets[n++] = persons;
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

typedef struct counter {
    const tf_run *run;
    measured *to;
} counter;

static int find_measure(const tf_layout *layout, int m)
{
    char name[128];

    snprintf(name, sizeof name, "%s%s", m < 4 ? "" : "event.", measure_name(m));
    return tf_layout_measure(layout, name);
}

static void take_means(const tf_layout *layout, const tf_outcome *outcome, double *mean, double *error)
{
    double people = outcome->total[tf_at(layout, 0, (size_t)tf_layout_measure(layout, "persons"), 0)];

    for (int m = 0; m < COMPARED; ++m) {
        int measure = find_measure(layout, m);
        if (measure < 0)
            continue;
        size_t at = tf_at(layout, 0, (size_t)measure, m == 1 || m == 2 ? TF_DISCOUNTED : TF_UNDISCOUNTED);
        mean[m] = outcome->total[at] / people;
        error[m] = sqrt(outcome->variance[at]) / people;
    }
}

/* The last grouping's groups are strata here, so that dividing by the weight of a stratum counts the people who were simulated. */
static trefoil_status count(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    const counter *c = self;
    const tf_population *population = c->run->population;
    size_t groupings = c->run->scenario->n_groupings, ly = (size_t)tf_layout_measure(layout, "ly");

    (void)context;
    c->to->cycles = 0.0;
    for (size_t s = 0; s < layout->n_strategies; ++s) {
        for (size_t i = 0; i < population->n_strata; ++i) {
            size_t group = (size_t)c->run->plan->groups[i * groupings + groupings - 1];
            c->to->cycles += draw->outcomes[s].total[tf_at(layout, group, ly, 0)] / population->strata[i].weight / c->run->plan->cycle;
        }
        if (s < STRATEGIES)
            take_means(layout, &draw->outcomes[s], c->to->mean[s], c->to->error[s]);
    }
    return TREFOIL_DONE;
}

static bool go(trefoil_context *context, tf_run *run, tf_sink sink)
{
    return tf_run_go(context, run, (tf_run_options){ .threads = 1 }, sink) == TREFOIL_DONE;
}

/* Preparing a draw alone, and a run of one draw; the least of some repetitions, because whatever disturbs only adds. */
static bool time_run(trefoil_context *context, tf_run *run, measured *to)
{
    to->prepare = to->simulate = HUGE_VAL;
    if (!go(context, run, (tf_sink){ .take = take_nothing })) /* warms up, and fills the tables of usual care */
        return false;
    for (int i = 0; i < REPEATS; ++i) {
        double began = omp_get_wtime(), prepared_at;
        tf_prepared *prepared = NULL;
        if (tf_prepare(context, run->plan, 0, NULL, NULL, &prepared) != TREFOIL_DONE)
            return false;
        prepared_at = omp_get_wtime();
        tf_prepared_destroy(run->plan, prepared);
        to->prepare = fmin(to->prepare, prepared_at - began);
        began = omp_get_wtime();
        if (!go(context, run, (tf_sink){ .take = take_nothing }))
            return false;
        to->simulate = fmin(to->simulate, omp_get_wtime() - began);
    }
    to->simulate -= to->prepare;
    return true;
}

static bool measure_engine(job j, measured *to)
{
    trefoil_context *context = trefoil_context_create(NULL);
    double began = omp_get_wtime();
    tf_run *run = open_run(context, j, "output:groups=imd, sex");
    tf_run *fine = run ? open_run(context, j, NULL) : NULL;
    struct rusage usage;
    bool done;

    to->open = (omp_get_wtime() - began) / 2;
    done = run && fine && time_run(context, run, to);
    getrusage(RUSAGE_SELF, &usage);
    if (done) /* a person-year adds to years, QALYs, costs, and the years of a state in each condition */
        to->limit = limit_measure(run->model->n_transitions, run->model->n_relatives, 3 + run->model->n_conditions);
    to->peak = usage.ru_maxrss;
    done = done && go(context, fine, (tf_sink){ .take = count, .self = &(counter){ fine, to } });
    to->persons = done ? (double)fine->population->persons : 0.0;
    tf_run_close(fine);
    tf_run_close(run);
    trefoil_context_destroy(context);
    return done;
}

/* ---- the plain program ------------------------------------------------------- */

static double plain_measure(const plain_sums *sums, int m)
{
    double deaths = 0.0;

    for (int c = 0; c < CAUSES; ++c)
        deaths += sums->deaths[c];
    return m == 0 ? sums->ly : m == 1 ? sums->qaly : m == 2 ? sums->cost : m == 3 ? deaths : sums->events[m - 4];
}

static void plain_means(const plain_result *result, double *mean, double *error)
{
    for (int m = 0; m < COMPARED; ++m) {
        double sum = 0.0, people = 0.0, squares = 0.0;
        for (int b = 0; b < BATCHES; ++b) {
            sum += plain_measure(&result->batch[b], m);
            people += result->batch[b].people;
        }
        mean[m] = sum / people;
        for (int b = 0; b < BATCHES; ++b) {
            double residual = plain_measure(&result->batch[b], m) - mean[m] * result->batch[b].people;
            squares += residual * residual;
        }
        error[m] = sqrt(squares * BATCHES / (BATCHES - 1.0)) / people;
    }
}

static void simulate_plain(const tf_run *run, const plain_tables *tables, measured *to)
{
    double began = omp_get_wtime();
    size_t n = 0;
    plain_person *people = tables_people(run, tables, 1, &n);
    struct rusage usage;

    to->make = omp_get_wtime() - began;
    for (int s = 0; people && s < STRATEGIES; ++s) {
        plain_result result;
        began = omp_get_wtime();
        plain_simulate(tables, people, n, s == 1, 2026UL + (unsigned long)s, &result);
        to->simulate += omp_get_wtime() - began;
        to->cycles += result.person_years;
        plain_means(&result, to->mean[s], to->error[s]);
    }
    to->simulate += to->make;
    to->persons = (double)n;
    getrusage(RUSAGE_SELF, &usage);
    to->peak = usage.ru_maxrss;
    free(people);
}

static bool measure_plain(job j, measured *to)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_run *run = open_run(context, j, NULL);
    tf_prepared *prepared = NULL;
    plain_tables tables = { 0 };
    bool done = run && tf_prepare(context, run->plan, 0, NULL, NULL, &prepared) == TREFOIL_DONE && tables_take(run, prepared, &tables);

    if (done)
        simulate_plain(run, &tables, to);
    free(tables.cells);
    if (run)
        tf_prepared_destroy(run->plan, prepared);
    tf_run_close(run);
    trefoil_context_destroy(context);
    return done && to->persons > 0.0;
}

static double four_measure(const four_sums *sums, int m)
{
    return m == 0 ? sums->ly : m == 1 ? sums->qaly : m == 2 ? sums->cost : sums->deaths;
}

/* Of four_states.ini: all people alike. */
static bool measure_four(job j, measured *to)
{
    to->persons = strtod(j.persons, NULL);
    for (unsigned s = 0; s < STRATEGIES; ++s) {
        four_sums batch[FOUR_BATCHES];
        double began = omp_get_wtime();
        four_simulate((size_t)to->persons, 2026UL + s, batch);
        to->simulate += omp_get_wtime() - began;
        for (int m = 0; m < 4; ++m) {
            double sum = 0.0, squares = 0.0, mean;
            for (int b = 0; b < FOUR_BATCHES; ++b)
                sum += four_measure(&batch[b], m);
            mean = sum / to->persons;
            for (int b = 0; b < FOUR_BATCHES; ++b)
                squares += pow(four_measure(&batch[b], m) - mean * batch[b].people, 2.0);
            to->mean[s][m] = mean;
            to->error[s][m] = sqrt(squares * FOUR_BATCHES / (FOUR_BATCHES - 1.0)) / to->persons;
            to->cycles += m == 0 ? sum : 0.0;
        }
    }
    return true;
}

/* ---- a process for each ------------------------------------------------------ */

static bool in_child(bool (*measure)(job, measured *), job j, measured *to)
{
    int ends[2], status = 0;
    ssize_t got;
    pid_t child;

    *to = (measured){ 0 };
    fflush(stdout);
    if (pipe(ends) != 0 || (child = fork()) < 0) {
        perror("bench");
        return false;
    }
    if (child == 0) {
        close(ends[0]);
        if (!measure(j, to))
            _exit(1);
        _exit(write(ends[1], to, sizeof *to) == (ssize_t)sizeof *to ? 0 : 1);
    }
    close(ends[1]);
    got = read(ends[0], to, sizeof *to); /* at most PIPE_BUF: whole or nothing */
    close(ends[0]);
    waitpid(child, &status, 0);
    return got == (ssize_t)sizeof *to && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
_Static_assert(sizeof(measured) <= 4096, "a measurement fits a pipe");

/* ---- telling ----------------------------------------------------------------- */

static double each(const measured *m)
{
    return 1e9 * m->simulate / m->cycles;
}

static void tell(const char *what, const measured *m)
{
    printf("%-34s %8.0f %12.0f %9.3f %9.3f %9.1f %12.2f %8.0f\n", what, m->persons, m->cycles, m->prepare, m->simulate, each(m),
           1e3 / each(m), (double)m->peak / 1024.0);
}

static void tell_limit(const measured *m)
{
    printf("measured limit, the same columns with nothing decided: %.1f ns per cycle; trefoil / limit: %.1f\n", m->limit, each(m) / m->limit);
}

static void head(void)
{
    printf("%-34s %8s %12s %9s %9s %9s %12s %8s\n%-34s %8s %12s %9s %9s %9s %12s %8s\n", "", "persons", "person-", "prepare", "simulate",
           "ns per", "million", "peak", "", "", "cycles", "s", "s", "cycle", "cycles/s", "MiB");
}

/* Do both do the same job?  Differences in standard errors; with this many, some lie beyond 2 by chance, none should beyond 4. */
static bool compare(const measured *engine, const measured *plain)
{
    static const char *const strategy[STRATEGIES] = { "usual care", "programme" };
    double worst = 0.0;

    for (int s = 0; s < STRATEGIES; ++s) {
        printf("\n%-42s %13s %10s %13s %10s %7s\n", strategy[s], "engine", "error", "plain", "error", "z");
        for (int m = 0; m < COMPARED; ++m) {
            double gap = engine->mean[s][m] - plain->mean[s][m], error = hypot(engine->error[s][m], plain->error[s][m]);
            double z = error > 0.0 ? gap / error : 0.0;
            if (engine->mean[s][m] == 0.0 && plain->mean[s][m] == 0.0)
                continue;
            printf("%-42s %13.6g %10.2g %13.6g %10.2g %7.2f\n", measure_name(m), engine->mean[s][m], engine->error[s][m],
                   plain->mean[s][m], plain->error[s][m], z);
            worst = fmax(worst, fabs(z));
        }
    }
    printf("\nlargest |z| %.2f: the two %s\n", worst, worst < 4.0 ? "agree within Monte Carlo error" : "DIFFER");
    return worst < 4.0;
}

static bool bench_adherence(job j, bool evidence)
{
    measured engine, places, plain;
    job with_places = j;

    with_places.set = "intervention programme:places=3000";
    if (!in_child(measure_engine, j, &engine) || !in_child(measure_engine, with_places, &places) || !in_child(measure_plain, j, &plain))
        return false;
    tell("trefoil, adherence", &engine);
    tell("trefoil, adherence, 3,000 places", &places);
    tell("plain GSL, adherence", &plain);
    printf("plain / trefoil: %.2f\n", each(&plain) / each(&engine));
    tell_limit(&engine);
    return !evidence || compare(&engine, &plain);
}

static bool bench_four(job j)
{
    measured engine, plain;

    if (!in_child(measure_engine, j, &engine) || !in_child(measure_four, j, &plain))
        return false;
    tell("trefoil, four states", &engine);
    tell("plain GSL, four states", &plain);
    printf("plain / trefoil: %.2f\n", each(&plain) / each(&engine));
    tell_limit(&engine);
    return compare(&engine, &plain);
}

int main(int n, char **arguments)
{
    job j = { .plugins = n > 2 ? arguments[2] : NULL };
    char adherence[1024], four[1024];
    bool fine = true;

    if (n < 3) {
        fputs("usage: bench FOLDER PLUGINS [PERSONS...]\n", stderr);
        return 2;
    }
    gsl_set_error_handler_off();
    snprintf(adherence, sizeof adherence, "%s/adherence.ini", arguments[1]);
    snprintf(four, sizeof four, "%s/four_states.ini", arguments[1]);
    head();
    for (int i = 3; i < n; ++i) {
        j.scenario = adherence;
        j.persons = arguments[i];
        fine = bench_adherence(j, i == n - 1) && fine;
        if (i < n - 1)
            putchar('\n');
    }
    j.scenario = four;
    j.persons = "200000";
    putchar('\n');
    head();
    return bench_four(j) && fine ? 0 : 1;
}
