/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of one scenario under different assignments inside one process, the same people and luck in each, with their outcomes kept. */
#ifndef TF_LIBRARY_VARIANT_H
#define TF_LIBRARY_VARIANT_H

#include "base/text.h"
#include "engine/run.h"

/* Means per person of all people, discounted: of the draws from 1 on, or of the base case when there are none. */
typedef struct tf_variant {
    size_t n, comparator;
    double *cost, *qaly;             /* [strategy] */
    double *cost_error, *qaly_error; /* [strategy]: first-order errors of the differences from the comparator, in the base case */
} tf_variant;

typedef struct tf_variants {
    trefoil_context *context;
    const char *path;
    const char *const *sets; /* those of every run */
    size_t n_sets;
    const char *plugin_dir;
    tf_run_options options;
    size_t done, planned;    /* runs, for progress */
} tf_variants;

/* Open the base case with the caller's own context, which gets all mistakes. */
trefoil_status tf_variants_open(tf_variants *of, tf_run **run) TF_MUST_USE;
/*
 * Run with `n` more assignments and `draws` draws.  What the scenario or the engine refuses (TREFOIL_USER_MISTAKE, TREFOIL_NUMBER_FAILED,
 * TREFOIL_PLUGIN_FAILED) is told in `why` and not recorded in the context; anything else is recorded.
 */
trefoil_status tf_variants_run(tf_variants *of, const char *const *more, size_t n, uint32_t draws, tf_variant *made, tf_text *why) TF_MUST_USE;
void tf_variant_free(tf_variant *variant);
bool tf_variant_refused(trefoil_status status);

/* One scenario analysis; its faults are mistakes at its section. */
trefoil_status tf_variants_analysis(tf_variants *of, const tf_analysis_spec *spec, uint32_t draws, tf_variant *made) TF_MUST_USE;
/* Can every scenario analysis be opened?  Nothing is run. */
trefoil_status tf_variants_check(tf_variants *of, const tf_scenario *scenario) TF_MUST_USE;

#endif
