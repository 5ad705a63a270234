/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this room share: the store itself, its schema, and how an outcome becomes bytes. */
#ifndef TF_STORE_INSIDE_H
#define TF_STORE_INSIDE_H

#include "base/digest.h"
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
    bool resumed;     /* some draws were there already */
    bool noted;       /* a fact changed since the last transaction */
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
    struct tf_kept *kept; /* portions that are there, ascending by draw and first unit */
    size_t n_kept, kept_capacity;
    bool let_go;          /* some were, so that there is room in the file */
    unsigned char *bytes; /* a draw as it is stored; room for tf_store_draw_size */
};

/* write.c */
trefoil_status tf_store_write_header(trefoil_context *context, tf_store *store, const tf_layout *layout, const tf_scenario *scenario,
                                     const tf_parameters *parameters, const tf_provenance_entry *identity, size_t n_identity) TF_MUST_USE;
trefoil_status tf_store_write_draw(trefoil_context *context, tf_store *store, const tf_draw *draw) TF_MUST_USE;

/* What is written from here on reaches the disk together ... */
trefoil_status tf_store_begin(trefoil_context *context, tf_store *store) TF_MUST_USE;
/* ... now. */
trefoil_status tf_store_commit(trefoil_context *context, tf_store *store) TF_MUST_USE;

/* Forget what was not committed. */
void tf_store_roll_back(tf_store *store);

/* portion.c */
trefoil_status tf_store_read_kept(trefoil_context *context, tf_store *store) TF_MUST_USE;
/* Delete the portions of a draw, in the transaction that is open. */
trefoil_status tf_store_let_go(trefoil_context *context, tf_store *store, uint32_t draw) TF_MUST_USE;
trefoil_status tf_store_write_portion(trefoil_context *context, tf_store *store, const tf_portion *portion) TF_MUST_USE;
/* The last draw of which there is one; there must be some. */
uint32_t tf_store_last_kept(const tf_store *store);
bool tf_store_has_portion(const tf_store *store, uint32_t draw, size_t first, size_t units);
trefoil_status tf_store_add_portion(trefoil_context *context, tf_store *store, uint32_t draw, size_t first, struct tf_draw_tally *tally,
                                    double *parameters, double *seconds) TF_MUST_USE;

/* seal.c */
/* Digests of the tables but draws and portions, which have their own; in the transaction that is open. */
trefoil_status tf_store_seal(trefoil_context *context, tf_store *store) TF_MUST_USE;
/* Of one that changes as the run goes on. */
trefoil_status tf_store_seal_table(trefoil_context *context, tf_store *store, const char *table) TF_MUST_USE;
/* Are the tables as they were written? */
trefoil_status tf_store_check_seals(trefoil_context *context, tf_store *store) TF_MUST_USE;

/* read.c */
/* Is it a store, of a format this library reads, and whole? */
trefoil_status tf_store_check(trefoil_context *context, tf_store *store) TF_MUST_USE;
/* Everything but the outcomes. */
trefoil_status tf_store_read_header(trefoil_context *context, tf_store *store) TF_MUST_USE;
void tf_store_free_header(tf_store *store);
trefoil_status tf_store_keep_fact(trefoil_context *context, tf_store *store, const char *key, const char *value, bool identity) TF_MUST_USE;
trefoil_status tf_store_mark_finished(trefoil_context *context, tf_store *store, uint32_t draw) TF_MUST_USE;

/* The arrays of an outcome, in the order of their columns. */
enum { TF_STORED_ARRAYS = 5 /* total, variance, difference_variance, covariance, by_year */ };
/* How many doubles each has, for one strategy. */
typedef struct tf_array_sizes {
    size_t of[TF_STORED_ARRAYS];
} tf_array_sizes;
tf_array_sizes tf_store_sizes(const tf_layout *layout);
/* Bytes of a draw's parameters and arrays, all strategies. */
size_t tf_store_draw_size(const tf_layout *layout);
double **tf_store_array(tf_outcome *outcome, int array);

/* What a draw's digest is of: its number and seconds, and the bytes of its parameters and arrays. */
void tf_store_digest_draw(uint32_t draw, double seconds, const tf_piece_of_bytes pieces[1 + TF_STORED_ARRAYS], char digest[TF_DIGEST_SIZE]);

/* Doubles to and from little-endian bytes. */
void tf_store_encode(const double *numbers, size_t n, unsigned char *bytes);
void tf_store_decode(const unsigned char *bytes, size_t n, double *numbers);

#endif
