/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/needs.h"

#include "base/memory.h"

#include <math.h>

tf_needs *tf_needs_create(const tf_plan *plan, size_t segments)
{
    tf_needs *needs = TF_NEW(tf_needs, 1);

    if (needs && !(needs->base = tf_alloc_aligned(plan->model->n_transitions * segments, sizeof *needs->base))) {
        tf_free(needs);
        return NULL;
    }
    return needs;
}

void tf_needs_destroy(tf_needs *needs)
{
    if (!needs)
        return;
    tf_free(needs->base);
    tf_free(needs);
}

void tf_needs_find(const tf_block *block, tf_needs *needs)
{
    const tf_model *model = block->plan->model;
    double years = block->end - block->start;

    for (size_t k = 0; k < model->n_transitions; ++k) {
        int relative = model->transitions[k].relative;
        double *base = &needs->base[k * block->n_segments];
        for (size_t s = 0; s < block->n_segments; ++s)
            base[s] = *tf_rate(block->plan, block->prepared, block->segments[s].cell, k) * years;
        needs->of[k] = (tf_need){ base, relative == TF_NONE ? NULL : block->people.relative[relative], block->scale ? block->scale[k] : NULL };
    }
}

trefoil_status tf_needs_check(trefoil_context *context, const tf_block *block, uint32_t row)
{
    const tf_model *model = block->plan->model;

    for (size_t w = 0; w < block->n_words; ++w)
        for (uint64_t bits = block->out[w][row]; bits; bits &= bits - 1) {
            size_t k = w * 64 + (size_t)__builtin_ctzll(bits);
            const tf_transition *t = &model->transitions[k];
            if (t->timing == TF_TIME || isfinite(tf_need_at(&block->needs->of[k], block->people.segment[row], row)))
                continue;
            return tf_fail(context, TREFOIL_NUMBER_FAILED,
                           "person %llu, draw %u, cycle %u: the hazard of [transition %s.%s.%s] is too large for a number; some relative risk is",
                           (unsigned long long)block->people.person[row], block->prepared->draw, block->cycle,
                           model->conditions[t->condition].name, model->states[t->from].name, model->states[t->to].name);
        }
    return TREFOIL_DONE;
}
