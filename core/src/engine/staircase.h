/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The strategies of a staircase of inequality: the strategy that is taken apart, with every subset of its steps made equal (or, without
 * shapley, the first step, the first two ..., and uptake alone), named "<strategy>:equal <step>+<step>", steps in the order of the staircase.
 * Where a step concerns the comparator too (need always; a setting of one of its interventions), the comparator has its own:
 * "<comparator>:equal <step>".  The strategies of equal_uptake have "<strategy>:equal uptake" each.
 *
 * A setting is made equal by giving every fifth the mean of the five, weighted by the people of each fifth at the start, in every draw; a
 * condition, a risk factor or the utility norm by the same mean within sex and age (tf_changes_level).
 */
#ifndef TF_ENGINE_STAIRCASE_H
#define TF_ENGINE_STAIRCASE_H

#include "plugin/host.h"
#include "world/population.h"

/*
 * Append the strategies of the scenario's [staircase] to its own, and say what they cost.  Nothing when it has none.  Mistakes, with places:
 * settings that interventions of the strategies do not have (nearest name) or that cannot differ, conditions and risk factors the model does not
 * have, anything named twice, a model of paths.
 */
trefoil_status tf_staircase_expand(trefoil_context *context, tf_scenario *scenario, const tf_model *model,
                                   const tf_interventions *interventions, const tf_population *population) TF_MUST_USE;

/* The name of a strategy with the steps `which` (bits by tf_step) made equal; the caller frees. */
char *tf_staircase_name(const char *strategy, unsigned which);

#endif
