/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Health-related quality of life: population norm x multipliers of the states a person is in (x plugin scale + plugin amounts), capped at
 * the model's maximum. */
#ifndef TF_ENGINE_UTILITY_H
#define TF_ENGINE_UTILITY_H

#include "engine/block.h"

/* Of people of a cell whose states combine as `profile`, from the model's formulas ... */
double tf_utility_formula(const tf_plan *plan, const tf_quantities *quantities, int cell, int profile);
/* ... and as the draw keeps it. */
static inline double tf_utility_of_profile(const tf_plan *plan, const tf_prepared *prepared, int cell, int profile)
{
    return prepared->utility[(size_t)cell * (size_t)plan->n_profiles + (size_t)profile];
}

/* Does any hook of the strategy act on quality of life? */
static inline bool tf_utility_has_rows(const tf_block *block)
{
    return block->bound && block->bound->utility;
}

/* What plugins make of it for one living row, less tf_utility_of_profile; exactly 0 where they change nothing. */
double tf_utility_extra(const tf_block *block, uint32_t row);

#endif
