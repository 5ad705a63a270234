/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The evidence register: every number a run uses, with unit, uncertainty, source and grade.  A register file is a CSV with columns
 *   name,label,value,unit,price_year,source,grade,note
 * where `value` is a number in the grammar of random/distribution.h ("0.324 ~ beta(se 0.0023)") or a formula of earlier names
 * when it starts with "=" ; `grade` is one of
 *   published  (read in the cited source)
 *   derived    (computed from published figures; the note says how)
 *   assumption (recalled, chosen or unverified; listed on the front page of every report)
 * An empty source is allowed only for grade assumption.
 */
#ifndef TF_WORLD_EVIDENCE_H
#define TF_WORLD_EVIDENCE_H

#include "base/table.h"
#include "random/distribution.h"

typedef enum tf_grade { TF_PUBLISHED, TF_DERIVED, TF_ASSUMPTION } tf_grade;
const char *tf_grade_name(tf_grade grade);

typedef struct tf_evidence {
    char *name, *label, *unit, *price_year, *source, *note;
    tf_grade grade;
    tf_number number;
    char *formula; /* without '='; NULL for a number */
    tf_place place;
    const char *luck; /* what its draws are addressed by; NULL: its name.  Two numbers of one luck move together */
} tf_evidence;

typedef struct tf_register {
    tf_evidence *rows;
    size_t n_rows;
    char **digests; /* "path sha256" of each file read */
    size_t n_digests;
    char **paths; /* of all files that rows come from; their places point here */
    size_t n_paths;
    size_t row_capacity, digest_capacity, path_capacity;
} tf_register;

/* Append the rows of a register file.  Mistakes: bad names, the same name twice (with the first place), bad values, unknown grades, missing source. */
trefoil_status tf_register_read(trefoil_context *context, const char *path, tf_place from, tf_register *reg) TF_MUST_USE;
/* Append one row from elsewhere (a scenario, a plugin's table); texts are copied. */
trefoil_status tf_register_add(trefoil_context *context, tf_register *reg, const tf_evidence *row);
/* -1 if absent. */
ptrdiff_t tf_register_find(const tf_register *reg, const char *name);
void tf_register_free(tf_register *reg);

#endif
