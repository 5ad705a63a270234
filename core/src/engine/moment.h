/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A moment within the cycle: what is left of the cycle then, and what something that happens then is worth now. */
#ifndef TF_ENGINE_MOMENT_H
#define TF_ENGINE_MOMENT_H

#include "engine/block.h"

/* In years, present values, and as part of the cycle. */
typedef struct tf_rest {
    double years, costs, effects, part;
} tf_rest;

static inline tf_rest tf_rest_of_cycle(const tf_block *block, double at)
{
    if (block->plan->model->clock == TF_DISCRETE)
        return (tf_rest){ 0.0, 0.0, 0.0, 0.0 };
    double years = block->end - at, part = years / (block->end - block->start);

    if (block->costs.method == TF_DISCOUNT_ANNUAL)
        return (tf_rest){ years, years * block->cost_factor, years * block->effect_factor, part };
    return (tf_rest){ years, tf_discount_between(block->costs, at, block->end), tf_discount_between(block->effects, at, block->end), part };
}

/* `factor`: the cycle's, which annual discounting takes. */
static inline double tf_worth_at(const tf_block *block, tf_discount discount, double factor, double at)
{
    bool annual = discount.method == TF_DISCOUNT_ANNUAL && block->plan->model->clock == TF_CONTINUOUS;
    return annual ? factor : tf_discount_at(discount, at);
}

#endif
