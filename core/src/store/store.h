/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The results store: one SQLite file per run holding all it produced, written a draw at a time in transactions, so that whatever was
 * finished is there after an interruption.  Its tables are described in results/README.md.
 */
#ifndef TF_STORE_STORE_H
#define TF_STORE_STORE_H

#include "engine/keeper.h"
#include "engine/results.h"

typedef struct tf_store tf_store;

/* What a run states about itself, kept with the results. */
typedef struct tf_provenance_entry {
    const char *key, *value;
} tf_provenance_entry;

/*
 * Create `path`, or with `resume` open one that was interrupted.  `identity` decides whether a run may go on: digests of scenario (with
 * --set), model, evidence, tables, population, plugins; seed; library and store versions.  Resuming with another identity is a
 * mistake that names the entry that differs and both values.  Without `resume` an existing file is replaced only when the new run's first draw
 * is committed (written beside it and renamed), so that a failure leaves what was there.
 */
trefoil_status tf_store_create(trefoil_context *context, const char *path, bool resume, const tf_layout *layout,
                               const tf_scenario *scenario, const tf_parameters *parameters, const tf_provenance_entry *identity,
                               size_t n_identity, tf_store **store) TF_MUST_USE;
/* Open a finished (or interrupted) store for reading. */
trefoil_status tf_store_open(trefoil_context *context, const char *path, tf_store **store) TF_MUST_USE;
/* Close; a store that was being created is completed under its final name. */
trefoil_status tf_store_close(trefoil_context *context, tf_store *store);
/* The path it has, or will have once its first draw is in. */
const char *tf_store_path(const tf_store *store);

/* The sink through which the engine writes. */
tf_sink tf_store_sink(tf_store *store);

/* Where finished portions stay until the draw they are of is taken; committed as they come. */
tf_keeper tf_store_keeper(tf_store *store);
/* Where what usual care is expected to use stays; it reaches the disk with the next draw or portion. */
tf_memo tf_store_memo(tf_store *store);
/* How many portions there are. */
size_t tf_store_portions(const tf_store *store);
/* Those of draws that a run ended without are of no more use. */
trefoil_status tf_store_forget_portions(trefoil_context *context, tf_store *store) TF_MUST_USE;
/* Commit, and give a new store its final name even if there is no draw in it. */
trefoil_status tf_store_settle(trefoil_context *context, tf_store *store) TF_MUST_USE;

/* Does the store belong to a run of this identity and layout?  What differs is a mistake that names it. */
trefoil_status tf_store_compare(trefoil_context *context, const tf_store *store, const tf_layout *layout,
                                const tf_provenance_entry *identity, size_t n_identity) TF_MUST_USE;

/* Facts that do not decide identity: host, timings, peak memory, counts. */
trefoil_status tf_store_note(trefoil_context *context, tf_store *store, const char *key, const char *value);
/* NULL if absent; lives until the store is closed or the same key is noted again.  Entries of the identity are found too. */
const char *tf_store_noted(const tf_store *store, const char *key);

/* Reading: the layout, thresholds and labels of the run; lives until the store is closed.  Strategies are those that are compared; those of a
 * staircase lie behind them (tf_layout.n_extra). */
const tf_layout *tf_store_layout(const tf_store *store);
const tf_scenario *tf_store_scenario(const tf_store *store); /* names, titles, economics, groupings: what analysis needs */

/* Draws that cost next to nothing to make again: they are committed together, every quarter of a second and at the end. */
void tf_store_together(tf_store *store);

/* A row of the run's evidence register, tf_layout.n_parameters of them in the same order.  Texts are "" where nothing was stated. */
typedef struct tf_stored_parameter {
    char *name, *label, *unit;
    char *distribution; /* "0.62 ~ beta(97, 73)", a number, or "= formula" */
    char *price_year, *source, *grade, *note;
    char *place;     /* "file:line" */
    double mean, sd; /* NAN when nothing was stated (a formula's spread is in the draws) */
    bool overridden; /* the scenario replaced the model's value */
} tf_stored_parameter;
const tf_stored_parameter *tf_store_parameters(const tf_store *store);

/* The k-th of the facts (identity first, then notes; each in the order of keys); NULL at the end.  Lives until the next note. */
const tf_provenance_entry *tf_store_fact(const tf_store *store, size_t k, tf_provenance_entry *entry, bool *identity);

/* All finished draws >= 1 in memory: [draw][strategy], in ascending order of draws; and the base case, draw 0. */
typedef struct tf_sample {
    size_t n_draws;
    uint32_t *draws;
    double **parameters;   /* [draw] */
    tf_outcome **outcomes; /* [draw][strategy] */
    tf_outcome *base;      /* [strategy]; NULL if draw 0 is missing */
    double *zeros;         /* where arrays of outcomes point that are 0 in all of them; never written to */
} tf_sample;
/* What was written is committed first. */
trefoil_status tf_store_sample(trefoil_context *context, tf_store *store, tf_sample **sample) TF_MUST_USE;
void tf_sample_destroy(tf_sample *sample);

#endif
