/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a strategy or a subgroup changes: parameters that have another value under it.  A change is a formula of the draw's parameters as they are
 * without any change; parameters computed from changed ones follow.
 */
#ifndef TF_MODEL_CHANGES_H
#define TF_MODEL_CHANGES_H

#include "model/machine.h"
#include "model/parameter.h"

typedef struct tf_changes tf_changes;

/* `kind` ("strategy", "subgroup") is for messages.  NULL in *changes when nothing is changed.  Mistakes: unknown names. */
trefoil_status tf_changes_read(trefoil_context *context, const tf_parameters *parameters, const char *kind,
                               const tf_strategy_spec *strategy, tf_changes **changes) TF_MUST_USE;
void tf_changes_destroy(tf_changes *changes);
/* Does the parameter differ from what it is without the changes? */
bool tf_changes_touch(const tf_changes *changes, size_t parameter);
/* `values` of the draw from `base`, the values without changes. */
trefoil_status tf_changes_apply(trefoil_context *context, const tf_changes *changes, uint32_t draw, tf_machine **machine,
                                const double *base, double *values) TF_MUST_USE;

#endif
