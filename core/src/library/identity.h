/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What decides whether two runs are the same run: digests of everything that was read, seed and versions. */
#ifndef TF_LIBRARY_IDENTITY_H
#define TF_LIBRARY_IDENTITY_H

#include "engine/run.h"
#include "store/store.h"

typedef struct tf_identity {
    tf_provenance_entry *entries;
    size_t count;
    tf_list texts; /* key, value, key, value ... */
} tf_identity;

trefoil_status tf_identity_create(trefoil_context *context, const tf_run *run, tf_identity *identity) TF_MUST_USE;
void tf_identity_free(tf_identity *identity);

#endif
