/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a store as `trefoil analyse STORE` does. */
#ifndef TREFOIL_FUZZ_STORE_H
#define TREFOIL_FUZZ_STORE_H

#include "report/findings.h"

#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <unistd.h>

static inline void fuzz_read_store(const char *path)
{
    trefoil_context *context = fuzz_context();
    tf_store *store = NULL;
    tf_findings *findings = NULL;
    trefoil_status status = tf_store_open(context, path, &store), closed = TREFOIL_DONE;
    char journal[1100];

    gsl_set_error_handler_off();
    if (status == TREFOIL_DONE)
        status = tf_findings_create(context, store, &findings);
    tf_findings_destroy(findings);
    if (store != NULL)
        closed = tf_store_close(context, store);
    fuzz_conclude(context, status == TREFOIL_DONE ? closed : status, 0);
    snprintf(journal, sizeof journal, "%s-journal", path);
    unlink(journal);
}

#endif
