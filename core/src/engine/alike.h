/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * People of a subgroup, one by one, along the course of its trace.  Being all alike they differ by their luck alone, so it is enough to
 * count, in each lane (tally.h), how many are seen in each state at each boundary and how many make each transition; the counts are whole
 * numbers, the same in whatever order people are simulated, and are paid by the functions that pay the trace's shares.
 */
#ifndef TF_ENGINE_ALIKE_H
#define TF_ENGINE_ALIKE_H

#include "engine/trace_inside.h"

typedef struct tf_alike tf_alike;

/* Room for one thread's work. */
tf_alike *tf_alike_create(const tf_trace *trace);
void tf_alike_destroy(tf_alike *alike);

/* The probabilities of a draw under every strategy, ready to be compared with luck; read-only while people are simulated.  [strategy] */
typedef struct tf_odds tf_odds;
trefoil_status tf_odds_create(trefoil_context *context, const tf_trace *trace, tf_odds **odds) TF_MUST_USE;
void tf_odds_destroy(const tf_trace *trace, tf_odds *odds);
trefoil_status tf_odds_fill(trefoil_context *context, tf_trace *trace, uint32_t draw, tf_odds *odds) TF_MUST_USE;

/* Simulate those in lane `lane` of the subgroup's strata, under every strategy; sums over them to totals[strategy][measure][2] and, where a group is
 * kept by year, years[strategy][measure][year].  TREFOIL_INTERRUPTED when the context was. */
trefoil_status tf_alike_live(trefoil_context *context, tf_alike *alike, const tf_trace *trace, const tf_odds *odds, size_t subgroup, uint32_t draw,
                             uint32_t lane, double *totals, double *years) TF_MUST_USE;

#endif
