/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files people and other programs read: CSV (RFC 4180, UTF-8, one header line, \n) and JSON.  Numbers have the fewest digits that read
 * back to the same bits; -0 is written as 0; a value that is not defined is an empty field (CSV) or null (JSON).  A file is written under
 * another name and renamed, so that a reader never sees half of it.
 */
#ifndef TF_STORE_EXPORT_H
#define TF_STORE_EXPORT_H

#include "base/text.h"
#include "store/store.h"

/* A CSV being written. */
typedef struct tf_csv {
    tf_text text;
    bool in_row;
} tf_csv;

void tf_csv_text(tf_csv *csv, const char *cell);
void tf_csv_number(tf_csv *csv, double cell);
void tf_csv_integer(tf_csv *csv, int64_t cell);
void tf_csv_end(tf_csv *csv); /* of the row */
/* A row of texts separated by commas as they are: the header. */
void tf_csv_header(tf_csv *csv, const char *names);

/* The folder, with those above it that are missing.  Is there already: done. */
trefoil_status tf_export_folder(trefoil_context *context, const char *folder) TF_MUST_USE;
/* Write `text` to folder/name.  TREFOIL_FILE_FAILED says which file and why; what was there before stays. */
trefoil_status tf_export_text(trefoil_context *context, const char *folder, const char *name, const tf_text *text) TF_MUST_USE;
/* The same, and frees the CSV in any case. */
trefoil_status tf_export_csv(trefoil_context *context, const char *folder, const char *name, tf_csv *csv) TF_MUST_USE;

/* draws.csv: draw,strategy,cost,qaly,ly and the parameters by name.  Draws >= 1; per person of group all; cost and qaly discounted, ly not. */
trefoil_status tf_export_draws(trefoil_context *context, const tf_store *store, const tf_sample *sample, const char *folder) TF_MUST_USE;
/* parameters.csv: the evidence register of the run. */
trefoil_status tf_export_parameters(trefoil_context *context, const tf_store *store, const char *folder) TF_MUST_USE;
/* provenance.json: {"identity": {...}, "facts": {...}}, every value a text. */
trefoil_status tf_export_provenance(trefoil_context *context, const tf_store *store, const char *folder) TF_MUST_USE;

/* The measure of that name, or -1. */
ptrdiff_t tf_find_measure(const tf_layout *layout, const char *name);
/* The group, or -1. */
ptrdiff_t tf_find_group(const tf_layout *layout, const char *group_by, const char *group);

#endif
