/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A portion: a draw and a contiguous range of the plan's units, the least part of a run that is kept, moved between machines, or not done
 * again.  Units are cut into portions by the plan alone.  The sums of a portion are integers, so that those of a draw are the same whatever
 * portions it was made of and in whatever order they were added.
 */
#ifndef TF_ENGINE_PORTION_H
#define TF_ENGINE_PORTION_H

#include "base/text.h"
#include "engine/keeper.h"
#include "engine/tally.h"

/* People of a portion at most, but for one of a single unit. */
enum { TF_PORTION_PERSONS = 1 << 20 };

/* Portion p of any draw: the units first[p] to first[p + 1] - 1. */
typedef struct tf_portions {
    size_t *first; /* [count + 1] */
    size_t count;  /* portions of a draw, at least 1 */
} tf_portions;

/* `persons` 0: TF_PORTION_PERSONS. */
trefoil_status tf_portions_create(trefoil_context *context, const tf_plan *plan, uint64_t persons, tf_portions *cut) TF_MUST_USE;
void tf_portions_free(tf_portions *cut);
/* How much there is to do in a portion, in persons by strategies. */
double tf_portion_work(const tf_plan *plan, const tf_portions *cut, size_t portion);

/* Which portion of which draw.  Items are ascending by draw, then portion: those of the base case first. */
typedef struct tf_item {
    uint32_t draw;
    size_t portion;
} tf_item;

/* How many a run has, and the i-th of them. */
static inline size_t tf_portions_items(const tf_plan *plan, const tf_portions *cut)
{
    return ((size_t)plan->scenario->draws + 1) * cut->count;
}

static inline tf_item tf_portions_item(const tf_portions *cut, size_t i)
{
    return (tf_item){ (uint32_t)(i / cut->count), i % cut->count };
}

/* How many sums a tally has. */
size_t tf_tally_size(const tf_draw_tally *tally);
void tf_tally_clear(tf_draw_tally *tally);
void tf_tally_add(const tf_draw_tally *from, tf_draw_tally *to);

/*
 * The sums of a tally as bytes, appended to `text`, which failed if memory ran out.  Each sum x is 2x, or -2x - 1 if it is negative, in base 128,
 * least digit first, 128 added to every digit but the last; a run of zeros is a 0 and its length, written likewise.
 */
void tf_tally_encode(const tf_draw_tally *tally, tf_text *text);
/* Add them to a tally of the same shape; false, and `to` is spoilt, if they are not the bytes of such a tally. */
bool tf_tally_decode_add(const void *bytes, size_t n, tf_draw_tally *to);

#endif
