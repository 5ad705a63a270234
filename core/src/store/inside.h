/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this room share: the store itself, its schema, and how an outcome becomes bytes. */
#ifndef TF_STORE_INSIDE_H
#define TF_STORE_INSIDE_H

#include "store/database.h"
#include "store/store.h"

enum { TF_STORE_APPLICATION = 0x7472666c /* "trfl", in the file's header */ };

extern const char tf_store_schema[];

typedef struct tf_fact {
    char *key, *value;
    bool identity;
} tf_fact;

struct tf_store {
    tf_database database;
    char *path;    /* the final name */
    char *working; /* what it is called until its first draw is in; NULL once it has its final name */
    bool writable;
    bool writing;     /* a transaction is open */
    bool together;    /* several draws are written in one */
    double committed; /* when the last one ended, seconds */
    tf_layout layout;
    tf_scenario scenario; /* only what the tables hold */
    tf_layout shown;            /* the same without the strategies of a staircase, which lie behind the others */
    tf_scenario shown_scenario; /* likewise */
    tf_stored_parameter *parameters;
    tf_fact *facts;
    size_t n_facts, facts_capacity;
    bool *finished; /* by number of the draw */
    size_t finished_size;
};

/* write.c */
trefoil_status tf_store_write_header(trefoil_context *context, tf_store *store, const tf_layout *layout, const tf_scenario *scenario,
                                     const tf_parameters *parameters, const tf_provenance_entry *identity, size_t n_identity) TF_MUST_USE;
trefoil_status tf_store_write_draw(trefoil_context *context, tf_store *store, const tf_draw *draw) TF_MUST_USE;

/* What was written so far reaches the disk. */
trefoil_status tf_store_commit(trefoil_context *context, tf_store *store) TF_MUST_USE;

/* read.c */
/* Is it a store, of a format this library reads, and whole? */
trefoil_status tf_store_check(trefoil_context *context, tf_store *store) TF_MUST_USE;
/* Everything but the outcomes. */
trefoil_status tf_store_read_header(trefoil_context *context, tf_store *store) TF_MUST_USE;
void tf_store_free_header(tf_store *store);
trefoil_status tf_store_keep_fact(trefoil_context *context, tf_store *store, const char *key, const char *value, bool identity) TF_MUST_USE;
trefoil_status tf_store_mark_finished(trefoil_context *context, tf_store *store, uint32_t draw) TF_MUST_USE;

/* How many doubles an outcome has: total, variance and difference_variance each, and by_year. */
size_t tf_store_n_totals(const tf_layout *layout);
size_t tf_store_n_years(const tf_layout *layout);

/* Doubles to and from little-endian bytes. */
void tf_store_encode(const double *numbers, size_t n, unsigned char *bytes);
void tf_store_decode(const unsigned char *bytes, size_t n, double *numbers);

#endif
