/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which measures and groups a run has: the layout of its results, and where the engine finds each of them. */
#ifndef TF_ENGINE_LAYOUT_H
#define TF_ENGINE_LAYOUT_H

#include "engine/results.h"
#include "plugin/host.h"
#include "world/population.h"

/* Where the engine puts things: indices into tf_layout.measures; -1 where there is none. */
typedef struct tf_places {
    int persons, ly, qaly, cost, deaths;
    int *cost_category; /* per model category   */
    int *use;           /* per model resource   */
    int *years;         /* per model state; -1 for dead states */
    int *event;         /* per model transition */
    int *path;          /* per path of a decision tree: path.<name>; path.<name>.cost and path.<name>.qaly follow it */
} tf_places;

trefoil_status tf_layout_create(trefoil_context *context, const tf_scenario *scenario, const tf_model *model,
                                const tf_interventions *interventions, const tf_selection *selection, tf_layout *layout,
                                tf_places *places) TF_MUST_USE;
void tf_layout_free(tf_layout *layout);
void tf_places_free(tf_places *places);

/* The measure of that name, or -1. */
int tf_layout_measure(const tf_layout *layout, const char *name);

/* The groups a stratum belongs to, one per grouping, group 0 ("all") first; returns how many. `groups` has room for 1 + n_groupings. */
size_t tf_layout_groups_of(const tf_scenario *scenario, const tf_layout *layout, const tf_selection *selection,
                           const tf_stratum *stratum, int *groups);

#endif
