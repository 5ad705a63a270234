/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reference population: in every cell of sex, age and quintile a few hundred people spread evenly over risk factors (a Sobol
 * sequence, shifted at random from cell to cell), from which two things are found before anybody is simulated:
 *
 *   onset         for a condition whose relative set says who has it: H such that the mean of 1 - exp(-H x RR) is the stated share
 *   normalisers   for a transition: the mean relative risk of the people in its from-state, so that rate x RR / mean has the published
 *                 rate as its mean
 *
 * In the normaliser of a transition the from-state is imposed, the conditions after it in the model file are drawn afresh given
 * it, and states of other conditions enter by their probabilities rather than by a draw.  The reference population does not depend on the
 * seed or the draw, so that parameters and nothing else move it.
 */
#ifndef TF_ENGINE_REFERENCE_H
#define TF_ENGINE_REFERENCE_H

#include "engine/prepare.h"

/* Fill prepared->onset, and divide prepared->rate by the normalisers, for all cells of ages age_min..100. */
trefoil_status tf_reference_apply(trefoil_context *context, const tf_plan *plan, tf_prepared *prepared);

#endif
