/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a function of one number is 0: threshold analysis.  The search goes outwards from the base in steps that grow fourfold, on both sides,
 * until the sign changes, and then narrows the bracket by Brent's method (GSL).  The crossing nearest to the base is found unless two of them
 * lie within one step.
 */
#ifndef TF_ANALYSIS_CROSSING_H
#define TF_ANALYSIS_CROSSING_H

#include "base/status.h"

#include <stdbool.h>

typedef struct tf_crossing_question {
    double base, lo, hi; /* lo <= base <= hi, all finite */
    /* y at x.  `*refused`: there is none, and x is outside of what is possible; any failure ends the search. */
    trefoil_status (*at)(void *self, double x, double *y, bool *refused);
    void *self;
} tf_crossing_question;

typedef struct tf_crossing {
    bool found;
    double value;  /* NAN when not found */
    double lo, hi; /* what was searched */
    bool flat;     /* y was the same everywhere, to seven digits */
} tf_crossing;

/* TREFOIL_NUMBER_FAILED when y is not finite somewhere or the bracket does not narrow.  GSL's error handler must be off (main does that). */
trefoil_status tf_crossing_find(trefoil_context *context, const tf_crossing_question *question, tf_crossing *crossing) TF_MUST_USE;

#endif
