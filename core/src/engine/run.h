/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run: a scenario with all it names read and checked, and then its draws simulated, handed to a sink in order. */
#ifndef TF_ENGINE_RUN_H
#define TF_ENGINE_RUN_H

#include "engine/plan.h"
#include "engine/trace.h"

typedef struct tf_run {
    tf_scenario *scenario;
    tf_geography *geography;
    tf_selection selection;
    tf_population *population;
    tf_model *model;
    tf_interventions *interventions;
    tf_layout layout;
    tf_plan *plan;
    tf_cohort *cohort; /* people who are all alike, followed or simulated; NULL: people are simulated in blocks */
} tf_run;

typedef struct tf_run_options {
    int threads;    /* 0: as many as the machine has */
    uint32_t block; /* people simulated together, at least 1 (a unit holds TF_UNIT_PERSONS at most); 0: TF_BLOCK_DEFAULT */
} tf_run_options;

/*
 * Read a scenario, its geography, population, model, evidence and plugins, and plan the run.  All mistakes of all files are recorded;
 * with any, TREFOIL_USER_MISTAKE and *run is NULL.
 */
trefoil_status tf_run_open(trefoil_context *context, const char *path, const char *const *sets, size_t n_sets, const char *plugin_folder,
                           tf_run **run) TF_MUST_USE;
/* The same without the strategies of a staircase, for analyses that run the scenario over and over. */
trefoil_status tf_run_open_compared(trefoil_context *context, const char *path, const char *const *sets, size_t n_sets,
                                    const char *plugin_folder, tf_run **run) TF_MUST_USE;
void tf_run_close(tf_run *run);
/* Plugins run in child processes, where a hook may take so many seconds (above 0).  A mistake when people are a cohort. */
trefoil_status tf_run_isolate(trefoil_context *context, tf_run *run, double seconds) TF_MUST_USE;

/*
 * Simulate the base case (draw 0) and every probabilistic draw the sink does not have yet, and hand them over in ascending order.
 * The results are the same bytes for any number of threads and any size of block.  TREFOIL_INTERRUPTED when the context was
 * interrupted: what was handed over stays.
 */
trefoil_status tf_run_go(trefoil_context *context, tf_run *run, tf_run_options options, tf_sink sink) TF_MUST_USE;

#endif
