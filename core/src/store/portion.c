/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/inside.h"

#include "base/digest.h"
#include "base/memory.h"
#include "engine/portion.h"

#include <stdio.h>
#include <string.h>

struct tf_kept {
    uint32_t draw;
    size_t first, units;
};

/* ---- which are there ------------------------------------------------------------------------- */

/* The place of a portion among those that are there, or where it would go. */
static size_t find(const tf_store *store, uint32_t draw, size_t first)
{
    size_t low = 0, high = store->n_kept;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct tf_kept *at = &store->kept[middle];

        if (at->draw < draw || (at->draw == draw && at->first < first)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const tf_store *store, size_t place, uint32_t draw, size_t first)
{
    return place < store->n_kept && store->kept[place].draw == draw && store->kept[place].first == first;
}

static trefoil_status mark(trefoil_context *context, tf_store *store, uint32_t draw, size_t first, size_t units)
{
    size_t place = find(store, draw, first);

    if (!is_at(store, place, draw, first)) {
        if (tf_reserve((void **)&store->kept, &store->kept_capacity, store->n_kept + 1, sizeof *store->kept) != 0) {
            return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory for its portions", store->path);
        }
        memmove(store->kept + place + 1, store->kept + place, (store->n_kept - place) * sizeof *store->kept);
        store->n_kept++;
    }
    store->kept[place] = (struct tf_kept){draw, first, units};
    return TREFOIL_DONE;
}

bool tf_store_has_portion(const tf_store *store, uint32_t draw, size_t first, size_t units)
{
    size_t place = find(store, draw, first);

    return is_at(store, place, draw, first) && store->kept[place].units == units;
}

uint32_t tf_store_last_kept(const tf_store *store)
{
    return store->kept[store->n_kept - 1].draw;
}

static trefoil_status damaged(trefoil_context *context, const tf_store *store, int64_t draw, int64_t first)
{
    return tf_fail(context, TREFOIL_STORE_FAILED,
                   "%s: damaged (the portion of draw %lld from unit %lld is not as it was written); restore a copy, or run the scenario again",
                   store->path, (long long)draw, (long long)first);
}

trefoil_status tf_store_read_kept(trefoil_context *context, tf_store *store)
{
    const int64_t most = (int64_t)1 << 32;
    trefoil_status status;
    tf_query query = {0};
    bool row;

    TRY(tf_query_open(context, &query, &store->database, "SELECT draw, first, units FROM portion ORDER BY draw, first"));
    for (;;) {
        int64_t draw, first, units;

        TRY(tf_query_next(context, &query, &row));
        if (!row) {
            break;
        }
        draw = sqlite3_column_int64(query.statement, 0);
        first = sqlite3_column_int64(query.statement, 1);
        units = sqlite3_column_int64(query.statement, 2);
        if (draw < 0 || draw >= (int64_t)1 << 24 || first < 0 || first >= most || units < 1 || units >= most) {
            status = damaged(context, store, draw, first);
            goto out;
        }
        TRY(mark(context, store, (uint32_t)draw, (size_t)first, (size_t)units));
    }
out:
    tf_query_close(&query);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The bytes of a portion and what they belong to. */
static void digest_portion(uint32_t draw, size_t first, size_t units, double seconds, tf_piece_of_bytes parameters, tf_piece_of_bytes sums,
                           char digest[TF_DIGEST_SIZE])
{
    const double place[] = {(double)draw, (double)first, (double)units, seconds};
    unsigned char bytes[sizeof place];
    const tf_piece_of_bytes pieces[] = {{bytes, sizeof bytes}, parameters, sums};

    tf_store_encode(place, sizeof place / sizeof place[0], bytes);
    tf_digest_pieces(pieces, sizeof pieces / sizeof pieces[0], digest);
}

trefoil_status tf_store_write_portion(trefoil_context *context, tf_store *store, const tf_portion *portion)
{
    const size_t size = store->layout.n_parameters * sizeof(double);
    unsigned char *parameters = tf_alloc(size + 1, 1);
    tf_text sums = {0};
    char digest[TF_DIGEST_SIZE];
    trefoil_status status;

    tf_tally_encode(portion->tally, &sums);
    if (parameters == NULL || sums.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to write a portion of draw %u", store->path, portion->draw);
        goto out;
    }
    tf_store_encode(portion->parameters, store->layout.n_parameters, parameters);
    digest_portion(portion->draw, portion->first, portion->units, portion->seconds, (tf_piece_of_bytes){parameters, size},
                   (tf_piece_of_bytes){sums.chars, sums.length}, digest);
    TRY(tf_store_begin(context, store));
    TRY(tf_database_write(context, &store->database, "INSERT OR REPLACE INTO portion VALUES (?, ?, ?, ?, ?, ?, ?)", "iiibbrt",
                          (int64_t)portion->draw, (int64_t)portion->first, (int64_t)portion->units, parameters, size, sums.chars, sums.length,
                          portion->seconds, digest));
    TRY(mark(context, store, portion->draw, portion->first, portion->units));
out:
    if (status != TREFOIL_DONE) {
        tf_store_roll_back(store);
    }
    tf_text_free(&sums);
    tf_free(parameters);
    return status;
}

trefoil_status tf_store_let_go(trefoil_context *context, tf_store *store, uint32_t draw)
{
    size_t begins = find(store, draw, 0), ends = find(store, draw + 1, 0);
    trefoil_status status;

    if (begins == ends) {
        return TREFOIL_DONE;
    }
    status = tf_database_write(context, &store->database, "DELETE FROM portion WHERE draw = ?", "i", (int64_t)draw);
    if (status != TREFOIL_DONE) {
        tf_store_roll_back(store);
        return status;
    }
    memmove(store->kept + begins, store->kept + ends, (store->n_kept - ends) * sizeof *store->kept);
    store->n_kept -= ends - begins;
    store->let_go = true;
    return TREFOIL_DONE;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool take_portion(const tf_store *store, const tf_query *query, uint32_t draw, size_t first, tf_draw_tally *tally, double *parameters,
                         double *seconds)
{
    sqlite3_stmt *row = query->statement;
    const tf_piece_of_bytes stored[] = {{sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1)},
                                        {sqlite3_column_blob(row, 2), (size_t)sqlite3_column_bytes(row, 2)}};
    const char *text = (const char *)sqlite3_column_text(row, 4);
    char digest[TF_DIGEST_SIZE];

    digest_portion(draw, first, (size_t)sqlite3_column_int64(row, 0), sqlite3_column_double(row, 3), stored[0], stored[1], digest);
    if (text == NULL || strcmp(text, digest) != 0 || stored[0].size != store->layout.n_parameters * sizeof(double) ||
        !tf_tally_decode_add(stored[1].bytes, stored[1].size, tally)) {
        return false;
    }
    tf_store_decode(stored[0].bytes, store->layout.n_parameters, parameters);
    *seconds += sqlite3_column_double(row, 3);
    return true;
}

trefoil_status tf_store_add_portion(trefoil_context *context, tf_store *store, uint32_t draw, size_t first, tf_draw_tally *tally,
                                    double *parameters, double *seconds)
{
    trefoil_status status;
    tf_query query = {0};
    char sql[160];
    bool row;

    snprintf(sql, sizeof sql, "SELECT units, parameters, sums, seconds, digest FROM portion WHERE draw = %u AND first = %zu", draw, first);
    TRY(tf_query_open(context, &query, &store->database, sql));
    TRY(tf_query_next(context, &query, &row));
    if (!row || !take_portion(store, &query, draw, first, tally, parameters, seconds)) {
        status = damaged(context, store, draw, (int64_t)first);
    }
out:
    tf_query_close(&query);
    return status;
}
