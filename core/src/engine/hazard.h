/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times to event on the continuous clock (TF_TIME): a unit-exponential clock is spent by the family's cumulative hazard H = -log S times
 * the person's ratios.  What a cycle spends is the exact difference of H at its ends, and the moment within it is found by inverting H,
 * so event times are exact; where the family's numbers differ between ages, they are those of the age at that moment.
 */
#ifndef TF_ENGINE_HAZARD_H
#define TF_ENGINE_HAZARD_H

#include "engine/block.h"

/* The family's numbers in a cell. */
typedef struct tf_hazard {
    const tf_survival *family;
    double numbers[TF_SURVIVAL_MAX];
    double origin; /* moment of the run from which time counts; of a person with TF_ORIGIN_RESET, when they entered the state */
} tf_hazard;

tf_hazard tf_hazard_of(const tf_block *block, const tf_transition *transition, const tf_segment *segment);
/* The hazard between two moments of the run. */
double tf_hazard_between(const tf_hazard *hazard, double from, double to);
/* The moment between `from` and `to` after which `excess` of the hazard is left until `to`. */
double tf_hazard_moment(const tf_hazard *hazard, double from, double to, double excess);

/* Charge everybody in the from-state for the whole cycle, and note whose clock ran out. */
void tf_hazard_charge(tf_block *block, int transition, const double *relative, const double *scale);

/* The same of one row, whose state was entered when people.entered says. */
static inline tf_hazard tf_hazard_of_row(const tf_block *block, int transition, uint32_t row)
{
    const tf_transition *t = &block->plan->model->transitions[transition];
    tf_hazard hazard = tf_hazard_of(block, t, &block->segments[block->people.segment[row]]);

    if (t->origin == TF_ORIGIN_RESET)
        hazard.origin = block->people.entered[t->condition][row];
    return hazard;
}

#endif
