/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run divided: into portions that are kept as they are finished, among shards (each a run of its own), or among ranks (processes that
 * work together).  However it is divided, the results are the same bytes. */
#ifndef TF_ENGINE_DIVIDE_H
#define TF_ENGINE_DIVIDE_H

#include "engine/portion.h"
#include "engine/run.h"
#include "engine/team.h"

typedef struct tf_division {
    uint64_t persons;        /* of a portion; 0: TF_PORTION_PERSONS */
    uint32_t shard, shards;  /* only items i with i % shards == shard, items being all portions of draw 0, then of draw 1 ...; and these are
                                kept and no draw is taken.  shards 0: all */
    const trefoil_ranks *ranks;   /* NULL: this process alone */
    tf_keeper keeper;        /* in all but rank 0 nothing is kept or taken */
    tf_memo memo;            /* rank 0's */
} tf_division;

/* As tf_run_go; shards and ranks exclude each other.  Cohorts (tf_run.cohort) are not divided: rank 0 does them all, and the caller
 * sees to it that no shard of them is asked for. */
trefoil_status tf_run_divided(trefoil_context *context, tf_run *run, tf_run_options options, const tf_division *division, tf_sink sink)
    TF_MUST_USE;

/* The same for a plan. */
trefoil_status tf_divide(trefoil_context *context, const tf_plan *plan, tf_run_options options, const tf_division *division, tf_sink sink)
    TF_MUST_USE;

#endif
