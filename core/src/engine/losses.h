/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What plugins that failed in child processes cost a run: units of work, and with them draws that are not finished. */
#ifndef TF_ENGINE_LOSSES_H
#define TF_ENGINE_LOSSES_H

#include "engine/isolate.h"

/* Units: then a run is given up. */
enum { TF_LOST_MOST = 16 };

typedef struct tf_losses {
    size_t units;
    uint32_t draws[TF_LOST_MOST]; /* that lost some, ascending */
    size_t n_draws;
    char first[TF_WHY_LOST]; /* why the first was lost */
} tf_losses;

/* One more; TREFOIL_PLUGIN_FAILED: the run is to be given up. */
trefoil_status tf_losses_add(tf_losses *losses, uint32_t draw, const char *why) TF_MUST_USE;
/* The end of a run that ended with `status`: which it returns if nothing was lost, or it failed for another reason.  `kept`: what was finished
 * is in a store. */
trefoil_status tf_losses_end(trefoil_context *context, const tf_losses *losses, bool kept, trefoil_status status) TF_MUST_USE;

#endif
