/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The draws of a plan on all threads.  Work is cut into (draw, unit) pairs; each is simulated by one thread, every strategy in turn. */
#ifndef TF_ENGINE_SIMULATE_H
#define TF_ENGINE_SIMULATE_H

#include "engine/run.h"

/* Mistakes that only binding hooks to strategies shows; nothing is simulated. */
trefoil_status tf_simulate_check(trefoil_context *context, const tf_plan *plan) TF_MUST_USE;

trefoil_status tf_simulate(trefoil_context *context, const tf_plan *plan, tf_run_options options, tf_sink sink) TF_MUST_USE;

#endif
