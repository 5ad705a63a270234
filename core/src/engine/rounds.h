/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who has events in a cycle lives through them in rounds: everybody's next event is found, rows whose next transitions are of one condition
 * fire them together (volley.h), and whoever has another event in the cycle comes again.  Deaths, conditions with too few events to be worth it
 * and rows that plugins touch go row by row (tf_block_live_row).
 */
#ifndef TF_ENGINE_ROUNDS_H
#define TF_ENGINE_ROUNDS_H

#include "engine/block.h"

typedef struct tf_rounds tf_rounds;

/* Room for the rows of a block of the plan; NULL when memory is exhausted. */
tf_rounds *tf_rounds_create(const tf_plan *plan, uint32_t capacity);
void tf_rounds_destroy(tf_rounds *rounds);

/* Live through the cycle, charged to its end, with the `n` living rows that have events: of rows[i] none before the moment from[i]. */
trefoil_status tf_rounds_run(trefoil_context *context, tf_block *block, const uint32_t *rows, const double *from, uint32_t n) TF_MUST_USE;

#endif
