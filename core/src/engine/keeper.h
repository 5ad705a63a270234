/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeping what is finished: of a draw (engine/portion.h, engine/tally.h), and what usual care is expected to use. */
#ifndef TF_ENGINE_KEEPER_H
#define TF_ENGINE_KEEPER_H

#include "base/status.h"

/* A finished portion; what is pointed at belongs to whoever hands it on. */
typedef struct tf_portion {
    uint32_t draw;
    size_t first, units;
    const double *parameters; /* of the draw, as in tf_draw */
    const struct tf_draw_tally *tally;
    double seconds;
} tf_portion;

/*
 * Where finished portions stay until their draw is complete.  A keeper with NULLs keeps nothing: a draw that is not finished is lost with the
 * run.
 */
typedef struct tf_keeper {
    /* Keep all of them, or after a failure none; a draw that is taken (tf_sink) lets go of its portions. */
    trefoil_status (*keep)(void *self, trefoil_context *context, const tf_portion *portions, size_t n);
    /* Is this portion there? */
    bool (*has)(void *self, uint32_t draw, size_t first, size_t units);
    /* Add the sums of a portion that is there to `tally`, and its seconds; write the draw's parameters. */
    trefoil_status (*add)(void *self, trefoil_context *context, uint32_t draw, size_t first, struct tf_draw_tally *tally, double *parameters,
                          double *seconds);
    void *self;
} tf_keeper;

/* Where tables of what usual care is expected to use stay (tf_plan.expected), so that a run that goes on need not simulate them again.  NULLs:
 * nowhere. */
typedef struct tf_memo {
    /* The `n` numbers of a table, if it is there. */
    trefoil_status (*recall)(void *self, trefoil_context *context, const char *name, double *numbers, size_t n, bool *there);
    trefoil_status (*remember)(void *self, trefoil_context *context, const char *name, const double *numbers, size_t n);
    void *self;
} tf_memo;

#endif
