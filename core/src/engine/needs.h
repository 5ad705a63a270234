/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a whole cycle spends of each transition's hazard, row by row: base x relative x scale, in that order.  Found once a cycle, for its charging
 * and its events; not of times to event (TF_TIME), whose hazard differs within a cycle. */
#ifndef TF_ENGINE_NEEDS_H
#define TF_ENGINE_NEEDS_H

#include "engine/block.h"

typedef struct tf_need {
    const double *base;             /* [segment] */
    const double *relative, *scale; /* [row], or NULL */
} tf_need;

typedef struct tf_needs {
    double *base; /* [transition][segment] */
    tf_need of[TF_MAX_TRANSITIONS];
} tf_needs;

/* Room for the transitions of the plan and as many segments; NULL when memory is exhausted. */
tf_needs *tf_needs_create(const tf_plan *plan, size_t segments);
void tf_needs_destroy(tf_needs *needs);

/* Those of the block's cycle. */
void tf_needs_find(const tf_block *block, tf_needs *needs);

/* Of a row whose clocks ran out without an event: none is infinite?  A relative risk too large for a number is told as a failure. */
trefoil_status tf_needs_check(trefoil_context *context, const tf_block *block, uint32_t row) TF_MUST_USE;

/* What is left of a clock before it runs out, at least nothing. */
static inline double tf_left(double clock)
{
    return clock > 0.0 ? clock : 0.0;
}

static inline double tf_need_at(const tf_need *need, uint16_t segment, uint32_t row)
{
    double amount = need->base[segment];

    amount = need->relative ? amount * need->relative[row] : amount;
    return need->scale ? amount * need->scale[row] : amount;
}

#endif
