/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store a user means: a file, or a folder of results that holds one. */
#ifndef TF_LIBRARY_NAMED_STORE_H
#define TF_LIBRARY_NAMED_STORE_H

#include "base/status.h"

/* *store: `path`, or run.sqlite in the folder `path`; freed by the caller.  A folder without one is the user's mistake. */
trefoil_status tf_named_store(trefoil_context *context, const char *path, char **store) TF_MUST_USE;

#endif
