/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of the scenario as the links of a deal change it (deal/linked.h). */
#ifndef TF_LIBRARY_LINKED_H
#define TF_LIBRARY_LINKED_H

#include "deal/linked.h"

/* Does the link set its setting to another value than the run had?  Of settings that are no parameters of the run nothing is known: they do. */
bool tf_link_changes(const tf_store *store, const tf_deal *deal, const tf_link *link);

/* "section:key=value" for every link, at these numbers (NULL: at their means), appended to `sets`. */
trefoil_status tf_link_sets(trefoil_context *context, const tf_deal *deal, const double *levers, tf_list *sets) TF_MUST_USE;

/* Mistakes where the scenario of the options, with the user's assignments, is of other people, years or settings than the run in the store, so that
 * runs with links would differ from it by more than the links. */
trefoil_status tf_link_alike(trefoil_context *context, const trefoil_deal_options *options, const tf_store *store) TF_MUST_USE;

/* "uncertainty:draws=N", as many as `sample` has, appended to `sets`. */
trefoil_status tf_link_draws(trefoil_context *context, const tf_sample *sample, tf_list *sets) TF_MUST_USE;

/* Plan and make the runs, with as many draws as `source` has; a run that the scenario refuses is left out. */
trefoil_status tf_linked_make(trefoil_context *context, const trefoil_deal_options *options, const tf_deal *deal, const tf_source *source,
                              tf_linked *linked) TF_MUST_USE;

#endif
