/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of the small models of tests/unit/models, kept in memory, and the questions that tests ask of them. */
#ifndef TESTS_UNIT_LIVES_H
#define TESTS_UNIT_LIVES_H

#include "engine/run.h"
#include "folder.h"

#include <criterion/criterion.h>
#include <math.h>

#define LIVES_MODELS TF_SOURCE_DIR "/tests/unit/models/"
#define LIVES_ENGLAND LIVES_MODELS "england.ini"

/* Instrumented programs are slow: they simulate a twentieth of the people, and judge with the wider error that goes with it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIVES_MILLION "population:persons=50000"
#define LIVES_MOST_ERROR 0.1
#else
#define LIVES_MILLION "population:persons=1000000"
#define LIVES_MOST_ERROR 0.02
#endif

enum { LIVES_MOST_SETS = 16 };

/* A finished run: outcomes[draw * strategies + strategy]. */
typedef struct lives {
    trefoil_context *context;
    tf_run *run;
    tf_outcome *outcomes;
    size_t n_outcomes;
} lives;

static inline double *lives_keep(const double *values, size_t n)
{
    double *copy = malloc((n ? n : 1) * sizeof *copy);

    cr_assert_not_null(copy);
    if (n)
        memcpy(copy, values, n * sizeof *copy);
    return copy;
}

static inline trefoil_status lives_take(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    lives *of = self;
    size_t n = layout->n_groups * layout->n_measures * 2, n_year = layout->n_year_groups * layout->n_years * layout->n_measures;

    (void)context;
    of->outcomes = realloc(of->outcomes, (of->n_outcomes + layout->n_strategies) * sizeof *of->outcomes);
    cr_assert_not_null(of->outcomes);
    for (size_t s = 0; s < layout->n_strategies; ++s) {
        const tf_outcome *from = &draw->outcomes[s];
        of->outcomes[of->n_outcomes++] = (tf_outcome){lives_keep(from->total, n), lives_keep(from->variance, n),
                                                      lives_keep(from->difference_variance, n), lives_keep(from->by_year, n_year),
                                                      lives_keep(from->covariance, 2 * layout->n_groups)};
    }
    return TREFOIL_DONE;
}

/* Run a scenario with assignments, up to a NULL; plugins come from `plugins` (NULL: none are needed). */
static inline lives lives_of(const char *scenario, const char *const *sets, tf_run_options options, const char *plugins)
{
    lives made = {.context = trefoil_context_create(NULL)};
    size_t n = 0;
    trefoil_status status;

    while (sets[n])
        ++n;
    status = tf_run_open(made.context, scenario, sets, n, plugins, &made.run);
    if (status == TREFOIL_DONE)
        status = tf_run_go(made.context, made.run, options, (tf_sink){ .take = lives_take, .self = &made });
    print_reasons(made.context);
    cr_assert_eq(status, TREFOIL_DONE, "%s: %s", scenario, trefoil_status_text(status));
    return made;
}

#define lives_england(...) lives_of(LIVES_ENGLAND, (const char *const[LIVES_MOST_SETS]){__VA_ARGS__}, (tf_run_options){0, 0}, NULL)

static inline void lives_forget(lives *of)
{
    for (size_t i = 0; i < of->n_outcomes; ++i) {
        free(of->outcomes[i].total);
        free(of->outcomes[i].variance);
        free(of->outcomes[i].difference_variance);
        free(of->outcomes[i].by_year);
        free(of->outcomes[i].covariance);
    }
    free(of->outcomes);
    tf_run_close(of->run);
    trefoil_context_destroy(of->context);
}

static inline size_t lives_at(const lives *of, size_t group, const char *measure, int discounted)
{
    int m = tf_layout_measure(&of->run->layout, measure);

    cr_assert_geq(m, 0, "no measure %s", measure);
    return tf_at(&of->run->layout, group, (size_t)m, discounted);
}

/* Total of a measure in group `group` (0: everybody). */
static inline double lives_total(const lives *of, size_t outcome, size_t group, const char *measure, int discounted)
{
    return of->outcomes[outcome].total[lives_at(of, group, measure, discounted)];
}

static inline double lives_people(const lives *of, size_t group)
{
    return lives_total(of, 0, group, "persons", 0);
}

/* Mean per person of the first strategy of the base case. */
static inline double lives_mean(const lives *of, size_t group, const char *measure, int discounted)
{
    return lives_total(of, 0, group, measure, discounted) / lives_people(of, group);
}

static inline double lives_error(const lives *of, size_t group, const char *measure, int discounted)
{
    return sqrt(of->outcomes[0].variance[lives_at(of, group, measure, discounted)]) / lives_people(of, group);
}

static inline size_t lives_group(const lives *of, const char *by, const char *group)
{
    for (size_t g = 0; g < of->run->layout.n_groups; ++g)
        if (strcmp(of->run->layout.groups[g].group_by, by) == 0 && strcmp(of->run->layout.groups[g].group, group) == 0)
            return g;
    cr_assert(false, "no group %s %s", by, group);
    return 0;
}

/* Within 4 Monte Carlo errors, which must be neither 0 nor so large that nothing is tested. */
static inline void lives_expect_group(const lives *of, size_t group, const char *measure, int discounted, double expected)
{
    double mean = lives_mean(of, group, measure, discounted), error = lives_error(of, group, measure, discounted);

    cr_log_info("%s%s: %.6g, expected %.6g, %+.2f errors of %.2g%%", measure, discounted ? " discounted" : "", mean, expected,
                (mean - expected) / error, 100 * error / fabs(expected));
    cr_expect(error > 0.0 && error < LIVES_MOST_ERROR * fabs(expected), "%s: error %g of %g", measure, error, expected);
    cr_expect(fabs(mean - expected) <= 4.0 * error, "%s%s: %.8g instead of %.8g, %.2f errors off", measure,
              discounted ? " discounted" : "", mean, expected, (mean - expected) / error);
}

static inline void lives_expect(const lives *of, const char *measure, int discounted, double expected)
{
    lives_expect_group(of, 0, measure, discounted, expected);
}

/* Within `relative` of what it must be. */
static inline void lives_expect_exact(const lives *of, const char *measure, int discounted, double expected, double relative)
{
    double mean = lives_mean(of, 0, measure, discounted);

    cr_expect(fabs(mean - expected) <= relative * fabs(expected), "%s%s: %.17g instead of %.17g", measure,
              discounted ? " discounted" : "", mean, expected);
}

#endif
