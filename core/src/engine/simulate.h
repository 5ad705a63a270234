/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Portions of a plan's draws on all threads.  Work is cut into (portion, unit) pairs; each is simulated by one thread, every strategy in
 * turn. */
#ifndef TF_ENGINE_SIMULATE_H
#define TF_ENGINE_SIMULATE_H

#include "engine/portion.h"
#include "engine/run.h"

/* Mistakes that only binding hooks to strategies shows; nothing is simulated. */
trefoil_status tf_simulate_check(trefoil_context *context, const tf_plan *plan) TF_MUST_USE;

/* Where portions go as they are finished. */
typedef struct tf_tray {
    /* Some portions, ascending; none when a wave was interrupted before one was finished.  What is pointed at is gone after the call. */
    trefoil_status (*take)(void *self, trefoil_context *context, const tf_portion *portions, size_t n);
    /* A unit of a draw is lost, since a plugin failed in a child process; another status than TREFOIL_DONE ends the work. */
    trefoil_status (*lose)(void *self, trefoil_context *context, uint32_t draw, const char *why);
    void *self;
    double total;            /* work (tf_portion_work) of which progress tells what is done ... */
    const double *elsewhere; /* ... with what is done by others; or NULL */
} tf_tray;

/* Simulate these portions.  After a failure or an interruption, what was finished has been handed over.  A
 * portion that lost a unit is left out, and the others go on. */
trefoil_status tf_simulate(trefoil_context *context, const tf_plan *plan, tf_run_options options, const tf_portions *cut, const tf_item *items,
                           size_t n_items, tf_tray tray) TF_MUST_USE;

#endif
