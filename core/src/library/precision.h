/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * [run] mcse: how many people and draws give the Monte Carlo standard error that is asked for, and when to stop.
 *
 * With K draws of n persons each, Var(mean) = parameter / K + individual / (K n) (analysis/variance.h).  A trial of a few draws of few persons
 * estimates both.  Work is K (n + R), R the persons that take as long as making a draw ready; for a given error it is least at
 *
 *     n = sqrt(R individual / parameter)
 *
 * the optimum of sampling in two stages (Cochran, Sampling Techniques, 1977, chapter 10) applied to the split of O'Hagan, Stevenson and Madan 2007,
 * Health Econ 16:1009.  R is taken to be 5,000: what it is in truth changes the time a run takes and no result.
 * Draws are then made until the error over draws is what was asked, with 50 at least so that it is known well enough; the choice and the end depend on
 * numbers only, and so are the same for any number of threads.
 */
#ifndef TF_LIBRARY_PRECISION_H
#define TF_LIBRARY_PRECISION_H

#include "engine/divide.h"
#include "store/store.h"

/* Watches what a run hands on, passes it to a store's sink, and ends the run when the error asked for is met. */
typedef struct tf_precision {
    const tf_scenario *scenario;
    tf_sink inner;          /* or nothing in it: a trial */
    uint32_t enough;        /* draws after which to stop in any case; 0: none */
    size_t n_strategies;
    double persons;         /* simulated in each draw */
    bool last;              /* no more persons can be had: the base case is taken as it is */
    uint32_t draws;         /* taken, the base case apart */
    struct tf_watched {     /* [strategy]: the difference from the comparator, per person */
        double mean, squares; /* Welford's */
        double luck;          /* sum of first-order variances */
    } *watched;
    const tf_division *division; /* NULL: not divided */
    bool met, again;        /* again: the base case alone, whose error is too large; it was not passed on */
} tf_precision;

trefoil_status tf_precision_create(trefoil_context *context, const tf_run *run, tf_sink inner, tf_precision **precision) TF_MUST_USE;
void tf_precision_destroy(tf_precision *precision);
/* Draws that a store has already. */
trefoil_status tf_precision_resume(trefoil_context *context, tf_precision *precision, tf_store *store) TF_MUST_USE;

/* Simulate until the error is met, or draws run out. */
trefoil_status tf_precision_go(trefoil_context *context, tf_run *run, tf_run_options options, tf_precision *precision) TF_MUST_USE;
/* The largest standard error among strategies so far. */
double tf_precision_error(const tf_precision *precision);

/* Persons for each draw, by a trial; `most` may be had.  The trial opens the scenario again with `sets`. */
trefoil_status tf_precision_choose(trefoil_context *context, const char *path, const char *const *sets, size_t n_sets, const char *plugin_dir,
                                   tf_run_options options, const tf_run *run, int64_t *persons) TF_MUST_USE;
/* Persons for the base case alone, after one whose error was too large. */
int64_t tf_precision_more(const tf_precision *precision, int64_t most);

/* "a standard error of 50 in net benefit per person was asked for: ..." */
void tf_precision_tell(const tf_precision *precision, tf_text *text);

#endif
