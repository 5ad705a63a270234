/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A volley: transitions of one condition fired for many rows of a block at once, as columns.  What the rows have in common (whose hazards the
 * condition's states change; by transition, where they come from and go to; by segment, what depends on the cell) is looked up once, and the
 * arithmetic runs over all of them; it is a row's own (tf_block_fire), to the bit.
 */
#ifndef TF_ENGINE_VOLLEY_H
#define TF_ENGINE_VOLLEY_H

#include "engine/block.h"

typedef struct tf_volley tf_volley;

/* Room for the rows of a block of the plan; NULL when memory is exhausted. */
tf_volley *tf_volley_create(const tf_plan *plan, uint32_t capacity);
void tf_volley_destroy(tf_volley *volley);

/* Can rows of the block fire the transition in a volley?  Not if it kills them, and not where plugins act on risk factors or quality of life. */
bool tf_volley_fits(const tf_volley *volley, const tf_block *block, int transition);

/* A volley without rows; `n` living rows added, each once, that survive the transition at the moments `at`; all of them fired, whose transitions
 * are of one condition, each added once. */
void tf_volley_begin(tf_volley *volley);
void tf_volley_add(tf_volley *volley, int transition, const uint32_t *rows, const double *at, uint32_t n);
void tf_volley_fire(tf_volley *volley, tf_block *block, int condition);

#endif
