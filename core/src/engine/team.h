/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processes that simulate one run together.  Every rank takes its turn of the portions that are still to do; ranks above 0 send what they
 * finish to rank 0, which gathers draws, keeps portions and has the sink.  How messages travel is somebody else's business (trefoil_ranks).
 */
#ifndef TF_ENGINE_TEAM_H
#define TF_ENGINE_TEAM_H

#include "engine/portion.h"
#include "engine/run.h"

/* Every rank calls it with the same plan and cut; `keeper` and `sink` are rank 0's; a run of
 * several draws needs a keeper.  When one rank fails or is interrupted all stop after the
 * portions they are at, and rank 0 returns the reason. */
trefoil_status tf_team_go(trefoil_context *context, const tf_plan *plan, tf_run_options options, const tf_portions *cut, tf_keeper keeper,
                          const trefoil_ranks *ranks, tf_sink sink) TF_MUST_USE;

#endif
