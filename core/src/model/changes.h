/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a strategy or a subgroup changes: parameters that have another value under it.  A change is a formula of the draw's parameters as they
 * are without any change; parameters computed from changed ones follow.  And what does not differ by deprivation under a strategy: settings,
 * which have the mean of their fifths, and conditions, risk factors and the utility norm of the model.
 */
#ifndef TF_MODEL_CHANGES_H
#define TF_MODEL_CHANGES_H

#include "model/machine.h"
#include "model/model.h"

typedef struct tf_changes tf_changes;

/* `kind` ("strategy", "subgroup") is for messages.  NULL in *changes when nothing is changed.  Mistakes: unknown names of parameters; `levelled`
 * must name conditions and risk factors of the model, or "utility". */
trefoil_status tf_changes_read(trefoil_context *context, const tf_model *model, const char *kind, const tf_strategy_spec *strategy,
                               tf_changes **changes) TF_MUST_USE;
void tf_changes_destroy(tf_changes *changes);
/* Does the parameter differ from what it is without the changes? */
bool tf_changes_touch(const tf_changes *changes, size_t parameter);
/* `values` of the draw from `base`, the values without changes. */
trefoil_status tf_changes_apply(trefoil_context *context, const tf_changes *changes, uint32_t draw, tf_machine **machine,
                                const double *base, double *values) TF_MUST_USE;
/* Do the model's quantities have the same values under both (NULL: nothing is changed)?  True when what else they change are settings of
 * plugins alone, which no formula of a model can name. */
bool tf_changes_alike(const tf_changes *a, const tf_changes *b);
/* Give every fifth, within sex and age, the mean of all fifths weighted by the strategy's shares, in what it levels: initial shares, rates,
 * probabilities, times and fatalities of conditions, means and standard deviations of risk factors, and the norm of utility.  Where all are alike nothing changes, to the
 * bit. */
void tf_changes_level(const tf_changes *changes, tf_quantities *quantities);

#endif
