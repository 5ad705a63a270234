/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hook bound to a block's memory, and what it is called with. */
#ifndef TF_ENGINE_HOOK_H
#define TF_ENGINE_HOOK_H

#include "engine/binding.h"

/* A column goes into what several columns of a strategy act on together. */
typedef struct tf_part {
    double *into;
    const double *column;
    enum { TF_PART_FIRST, TF_PART_FACTOR, TF_PART_TERM } how;
} tf_part;

struct tf_bound_hook {
    const tf_intervention *owner;
    size_t index;            /* of the intervention in the scenario */
    const tf_hook_spec *spec;
    void **columns;          /* in declared order; NULL where absent or not filled */
    int *expected;           /* [column]: index of its expected.* table, or -1 */
    double *params;          /* this draw's values */
    tf_part *parts;          /* composed once the hook has run */
    size_t n_parts;
};

#endif
