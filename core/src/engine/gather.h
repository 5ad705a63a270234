/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Portions become draws: in ascending order, each as soon as all its portions and all draws before it are there, but for those that are lost. */
#ifndef TF_ENGINE_GATHER_H
#define TF_ENGINE_GATHER_H

#include "engine/portion.h"

typedef struct tf_gather tf_gather;

/* Keepers in which portions may lie already; those that come with draws to follow are kept in the first.  All that is given must outlive the
 * gatherer. */
trefoil_status tf_gather_create(trefoil_context *context, const tf_plan *plan, const tf_portions *cut, const tf_keeper *keepers, size_t n_keepers,
                                tf_sink sink, tf_gather **gather) TF_MUST_USE;
void tf_gather_destroy(tf_gather *gather);

/* Is the portion in one of the keepers, or its draw in the sink? */
bool tf_gather_has(const tf_gather *gather, tf_item item);

/* Finished portions, in any order.  Draws that are complete now go to the sink; what is left is kept.  With `n` 0 what lies in the keepers goes
 * on its way. */
trefoil_status tf_gather_take(trefoil_context *context, tf_gather *gather, const tf_portion *portions, size_t n) TF_MUST_USE;

/* The draw will not be complete in this run: those behind it do not wait for it, unless the sink is to have every draw before the next.  What
 * there is of it is kept. */
void tf_gather_lose(tf_gather *gather, uint32_t draw);

#endif
