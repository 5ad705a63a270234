/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Probabilistic cohorts: the command line over so many draws of the Sick-Sicker tutorial's four strategies (tests/validation/sicksicker_intro),
 * start-up and files included, against a plain loop in C that draws the same distributions and follows the same cohorts, and writes nothing.  The least of
 * several times each.
 *   bench_cohort TREFOIL SCENARIO FOLDER [DRAWS]
 */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CYCLES = 75, STRATEGIES = 4, TIMES = 7 };

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct inputs {
    double r_hd, r_hs1, r_s1h, r_s1s2, hr_s1, hr_s2, hr_b, c_h, c_s1, c_s2, c_a, c_b, u_h, u_s1, u_s2, u_a;
} inputs;

static inputs draw(gsl_rng *rng)
{
    inputs x;

    x.r_hd = gsl_ran_gamma(rng, 20, 1e-4);
    x.r_hs1 = gsl_ran_gamma(rng, 30, 0.005);
    x.r_s1h = gsl_ran_gamma(rng, 60, 1.0 / 120);
    x.r_s1s2 = gsl_ran_gamma(rng, 84, 0.00125);
    x.hr_s1 = gsl_ran_lognormal(rng, log(3), 0.01);
    x.hr_s2 = gsl_ran_lognormal(rng, log(10), 0.02);
    x.hr_b = gsl_ran_lognormal(rng, log(0.6), 0.02);
    x.c_h = gsl_ran_gamma(rng, 100, 20);
    x.c_s1 = gsl_ran_gamma(rng, 177.8, 22.5);
    x.c_s2 = gsl_ran_gamma(rng, 225, 66.7);
    x.c_a = gsl_ran_gamma(rng, 73.5, 163.3);
    x.c_b = gsl_ran_gamma(rng, 86.2, 150.8);
    x.u_h = gsl_ran_beta(rng, 200, 3);
    x.u_s1 = gsl_ran_beta(rng, 130, 45);
    x.u_s2 = gsl_ran_beta(rng, 230, 230);
    x.u_a = gsl_ran_beta(rng, 300, 15);
    return x;
}

/* Mean cost and QALYs of a strategy in a draw; a and b say which treatments it has. */
static void follow(const inputs *x, int a, int b, const double *weights, double *cost, double *qaly)
{
    double d0 = 1 - exp(-x->r_hd), d1 = 1 - exp(-x->r_hd * x->hr_s1), d2 = 1 - exp(-x->r_hd * x->hr_s2);
    double sick = (1 - d0) * (1 - exp(-x->r_hs1)), well = (1 - d1) * (1 - exp(-x->r_s1h));
    double worse = (1 - d1) * (1 - exp(-x->r_s1s2 * (b ? x->hr_b : 1))), treatment = (a ? x->c_a : 0) + (b ? x->c_b : 0);
    double h = 1, s1 = 0, s2 = 0;

    *cost = *qaly = 0;
    for (int t = 0; t <= CYCLES; ++t) {
        double next_h = h * (1 - sick - d0) + s1 * well, next_s1 = h * sick + s1 * (1 - well - worse - d1);
        *cost += weights[t] * (h * x->c_h + s1 * (x->c_s1 + treatment) + s2 * (x->c_s2 + treatment));
        *qaly += weights[t] * (h * x->u_h + s1 * (a ? x->u_a : x->u_s1) + s2 * x->u_s2);
        s2 = s1 * worse + s2 * (1 - d2);
        h = next_h;
        s1 = next_s1;
    }
}

static double time_plain(int draws, double cost[STRATEGIES], double qaly[STRATEGIES])
{
    double began = seconds_now(), weights[CYCLES + 1];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

    for (int t = 0; t <= CYCLES; ++t)
        weights[t] = pow(1.03, -t) * (t == 0 || t == CYCLES ? 1.0 / 3 : t % 2 ? 2.0 / 3 : 4.0 / 3);
    for (int d = 0; d < draws; ++d) {
        inputs x = draw(rng);
        for (int s = 0; s < STRATEGIES; ++s) {
            double c, q;
            follow(&x, s & 1, s >> 1, weights, &c, &q);
            cost[s] += c / draws;
            qaly[s] += q / draws;
        }
    }
    gsl_rng_free(rng);
    return seconds_now() - began;
}

static double processor_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* Seconds by the clock; *busy: of the processor. */
static double time_trefoil(const char *program, const char *scenario, const char *folder, const char *draws, double *busy)
{
    double began = seconds_now(), before = processor_seconds();
    char set[64];
    int status = 0;
    pid_t child;

    snprintf(set, sizeof set, "uncertainty:draws=%s", draws);
    child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout))
            _exit(1);
        execl(program, program, "run", scenario, "--set", set, "--set", "output:by_year=", "--threads", "1", "--quiet", "--out", folder,
              (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        return -1;
    *busy = processor_seconds() - before;
    return seconds_now() - began;
}

int main(int n, char **arguments)
{
    double cost[STRATEGIES], qaly[STRATEGIES], plain = INFINITY, whole = INFINITY, busy = INFINITY;
    const char *draws = n > 4 ? arguments[4] : "10000";

    if (n < 4) {
        fprintf(stderr, "bench_cohort TREFOIL SCENARIO FOLDER [DRAWS]\n");
        return 2;
    }
    for (int i = 0; i < TIMES; ++i) {
        double seconds, processor = 0;
        memset(cost, 0, sizeof cost);
        memset(qaly, 0, sizeof qaly);
        plain = fmin(plain, time_plain(atoi(draws), cost, qaly));
        seconds = time_trefoil(arguments[1], arguments[2], arguments[3], draws, &processor);
        if (seconds < 0) {
            fprintf(stderr, "bench_cohort: %s did not run\n", arguments[1]);
            return 1;
        }
        whole = fmin(whole, seconds);
        busy = fmin(busy, processor);
    }
    printf("Sick-Sicker, four strategies, %s draws, one thread\n", draws);
    printf("  trefoil run, start-up and files included  %8.3f s  (processor %.3f s)\n", whole, busy);
    printf("  plain C loop, nothing written             %8.3f s  (mean cost %.0f, QALYs %.3f without treatment)\n", plain, cost[0], qaly[0]);
    return 0;
}
