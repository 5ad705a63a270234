/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expected mode: what people of a cohort go through on average, without the luck of any of them.  A model of one condition is
 * followed as a trace -- shares in states times the probabilities of each cycle -- and a decision tree is added up over its paths.
 * Results have the shape of a simulation's, with variances of 0.
 */
#ifndef TF_ENGINE_TRACE_H
#define TF_ENGINE_TRACE_H

#include "engine/plan.h"

typedef struct tf_trace tf_trace;

/* Formulas laid along the cohort's course, weights of the correction, what strategies change; and the base case tried out, so that a model
 * whose numbers are wrong is refused before anything runs.  Mistakes: a horizon that is no whole number of cycles, a tunnel longer than
 * the horizon, Simpson's rule over an odd number of cycles, a wrong number of weights, probabilities that sum to more than 1. */
trefoil_status tf_trace_create(trefoil_context *context, const tf_plan *plan, tf_trace **trace) TF_MUST_USE;
void tf_trace_destroy(tf_trace *trace);

/* The base case and every draw the sink does not have, in ascending order. */
trefoil_status tf_trace_run(trefoil_context *context, tf_trace *trace, tf_sink sink) TF_MUST_USE;

#endif
