/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Volleys: the same transition fired for many rows of a segment at once.  Who has events in a cycle lives through them in rounds: everybody's
 * next event is found, rows with the same next transition are fired together as columns, and whoever has another event in the cycle
 * comes again.  Rare events, deaths, events that change quality of life and rows that plugins touch go row by row (tf_block_live_row).  The
 * arithmetic of a row is the same either way, to the bit.
 */
#ifndef TF_ENGINE_VOLLEY_H
#define TF_ENGINE_VOLLEY_H

#include "engine/block.h"

typedef struct tf_volley tf_volley;

/* Room for the rows of a block of the plan; NULL when memory is exhausted. */
tf_volley *tf_volley_create(const tf_plan *plan, uint32_t capacity);
void tf_volley_destroy(tf_volley *volley);

/* Live through the cycle, charged to its end, with the `n` living rows that have events. */
trefoil_status tf_volley_run(trefoil_context *context, tf_block *block, const uint32_t *rows, uint32_t n) TF_MUST_USE;

#endif
