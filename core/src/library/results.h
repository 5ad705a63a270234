/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run leaves: a folder with its store and the views of it. */
#ifndef TF_LIBRARY_RESULTS_H
#define TF_LIBRARY_RESULTS_H

#include "engine/run.h"
#include "store/store.h"

typedef struct tf_results {
    char *folder, *store; /* the file in it */
} tf_results;

/* Their names, and with `make` the folder itself.  Freed with tf_results_end, also after a failure. */
trefoil_status tf_results_begin(trefoil_context *context, const tf_run *run, const trefoil_options *options, bool make, tf_results *results)
    TF_MUST_USE;
void tf_results_end(tf_results *results);

/* The folder of what is asked of a scenario: `out`, or results/ and the scenario's name.  It is made. */
trefoil_status tf_results_folder(trefoil_context *context, const tf_run *run, const char *out, tf_text *folder) TF_MUST_USE;

/* Facts beside the results: they may differ between runs whose results are the same bytes. */
trefoil_status tf_results_note(trefoil_context *context, const tf_run *run, const trefoil_options *options, double seconds, tf_store *store)
    TF_MUST_USE;
/* Seconds that stores were written in, all added. */
double tf_results_seconds(tf_store *const *stores, size_t n);
/* Which events the views tell. */
trefoil_status tf_results_note_events(trefoil_context *context, const tf_run *run, tf_store *store) TF_MUST_USE;

/* Write the views, and the table for people as the context's result. */
trefoil_status tf_results_report(trefoil_context *context, tf_store *store, const char *folder) TF_MUST_USE;

#endif
