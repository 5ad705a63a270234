/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cohort: people who are all alike, or as many kinds of them as there are subgroups, whom formulas accompany along their course.
 *
 * Expected mode says what they go through on average, without the luck of any of them: a model of one condition is followed as a trace --
 * shares in states times the probabilities of each cycle; on the continuous clock, the matrix exponential of the hazards -- and a decision
 * tree is added up over its paths.  Results then have the shape of
 * a simulation's, with variances of 0.  Otherwise people are simulated one by one with the very probabilities, payoffs, corrections and
 * discounting of the trace, which is so their expectation.
 */
#ifndef TF_ENGINE_TRACE_H
#define TF_ENGINE_TRACE_H

#include "engine/plan.h"

typedef struct tf_cohort tf_cohort;

/* Formulas laid along the course of each subgroup, weights of the correction, what subgroups and strategies change; and the base case tried
 * out, so that a model whose numbers are wrong is refused before anything runs.  Mistakes: a horizon that is no whole number of cycles, a
 * tunnel longer than the horizon, Simpson's rule over an odd number of cycles, a wrong number of weights, probabilities that sum to more than
 * 1. */
trefoil_status tf_cohort_create(trefoil_context *context, const tf_plan *plan, tf_cohort **cohort) TF_MUST_USE;
void tf_cohort_destroy(tf_cohort *cohort);

/* The base case and every draw the sink does not have, in ascending order; people on `threads` threads (0: as many as there are). */
trefoil_status tf_cohort_run(trefoil_context *context, tf_cohort *cohort, int threads, tf_sink sink) TF_MUST_USE;

#endif
