/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What plugins do to a cohort in expected mode: their hooks are run once for the people of every state (and time in it) in every cycle, who
 * are all alike, and what they SCALE and ADD is laid down.  Plugins that tell people of a state apart -- that remember them, draw luck for
 * them, watch events or have a process of their own -- cannot be averaged so, and are refused.
 */
#ifndef TF_ENGINE_EFFECTS_H
#define TF_ENGINE_EFFECTS_H

#include "engine/binding.h"

typedef struct tf_effects tf_effects;

/* Who the rows are that hooks see: slots of a trace. */
typedef struct tf_effects_rows {
    int sex, age, imd;
    size_t n_cycles, n_slots, n_states;
    const size_t *slot, *stays; /* [state] */
} tf_effects_rows;

/* Mistakes at the interventions' places: everything that cannot be averaged, all at once. */
trefoil_status tf_effects_check(trefoil_context *context, const tf_plan *plan) TF_MUST_USE;
/* Does some strategy have interventions; does a hook of one ask how long people have been in their state? */
bool tf_effects_any(const tf_plan *plan);
bool tf_effects_by_stay(const tf_plan *plan);

/* NULL in *effects for a strategy without interventions.  The rows' arrays must outlive it. */
trefoil_status tf_effects_create(trefoil_context *context, const tf_plan *plan, size_t strategy, tf_effects_rows rows, tf_effects **effects)
    TF_MUST_USE;
void tf_effects_destroy(tf_effects *effects);
/* Run the hooks with a draw's parameters.  Fails when a plugin does. */
trefoil_status tf_effects_evaluate(trefoil_context *context, tf_effects *effects, double *parameters, uint32_t draw) TF_MUST_USE;

/* In the cycle after boundary `moment` (at the last boundary: in the last cycle), for people of a slot: */
double tf_effects_hazard(const tf_effects *effects, int transition, size_t moment, size_t slot); /* ratio */
double tf_effects_fatality(const tf_effects *effects, int transition, size_t moment, size_t slot, double fatality);
double tf_effects_utility(const tf_effects *effects, int state, size_t moment, size_t slot, double utility); /* before the model's maximum */
/* What plugins add: the f-th flow and its amount; per year in a state, whatever the state, or per event. */
size_t tf_effects_flows(const tf_effects *effects);
const tf_row_flow *tf_effects_flow(const tf_effects *effects, size_t f, size_t moment, size_t slot, double *amount);

#endif
