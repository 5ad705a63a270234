/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of each group of results beside the simulation: its residents of all ages, their expectancy, the norm of those simulated. */
#ifndef TF_ENGINE_BACKGROUND_H
#define TF_ENGINE_BACKGROUND_H

#include "engine/results.h"

struct tf_run;

/* Fill run->layout.background from the folder of facts; it stays NULL for a cohort from nowhere in particular. */
trefoil_status tf_background_find(trefoil_context *context, struct tf_run *run) TF_MUST_USE;
/* Do gradients and PLUS groups name what a run of this layout has? */
trefoil_status tf_background_check(trefoil_context *context, const tf_layout *layout, const tf_equity_spec *spec) TF_MUST_USE;

#endif
