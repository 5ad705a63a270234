/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life tables in a plain table: what stands behind trefoil_lifetable. */
#ifndef TF_LIBRARY_LIVES_H
#define TF_LIBRARY_LIVES_H

#include "base/text.h"
#include "world/lifetable.h"

typedef struct tf_life {
    char *label;
    size_t count, capacity;
    tf_lifeband *bands;
    double people; /* of all bands; NAN when not given */
    bool has_utility;
} tf_life;

typedef struct tf_lives {
    tf_life *items;
    size_t count, capacity;
    const char *method;
    double quantile; /* of the normal, for intervals */
} tf_lives;

/* Read the table and make its life tables. */
trefoil_status tf_lives_create(trefoil_context *context, const char *path, const trefoil_lifetable_options *options,
                               tf_lives **lives) TF_MUST_USE;
void tf_lives_destroy(tf_lives *lives);
const tf_life *tf_lives_find(const tf_lives *lives, const char *label);

#endif
