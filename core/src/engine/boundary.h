/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a boundary between cycles counts for under a within-cycle correction and a discounting: cycle c = 1..n lies between boundaries c-1 and
 * c.  A state that holds between two boundaries is seen at either or both; its payoffs are those of the moment the cycle began.
 */
#ifndef TF_ENGINE_BOUNDARY_H
#define TF_ENGINE_BOUNDARY_H

#include "engine/plan.h"

enum { TF_BOTH = 8 };
enum { TF_PLAIN = 0, TF_WORTH = 1 }; /* undiscounted, discounted */

typedef struct tf_weight {
    double here[2];   /* what people in a state at the boundary count for, in years, at the payoffs of this moment */
    double before[2]; /* ... at the payoffs of the moment before */
    double event[2];  /* what a transition into the boundary counts for */
} tf_weight;

typedef struct tf_boundaries {
    size_t n_cycles;
    tf_weight *costs, *effects; /* [boundary 0..n_cycles] */
    double (*both)[TF_BOTH]; /* [boundary]: of costs then effects, here + before (payoffs that never change), then event of the next boundary; plain, worth */
    size_t *year_here, *year_before; /* [boundary]: the year of the run that `here` falls in; that `before` and events fall in */
} tf_boundaries;

/* Start, middle or end: when in a cycle what the correction counts of it is discounted. */
tf_discount_moment tf_moment_of(tf_correction correction, tf_discount_moment moment);

trefoil_status tf_boundaries_create(trefoil_context *context, const tf_plan *plan, size_t n_cycles, tf_boundaries *boundaries) TF_MUST_USE;
void tf_boundaries_free(tf_boundaries *boundaries);

#endif
