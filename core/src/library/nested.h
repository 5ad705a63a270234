/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trefoil sensitivity --evppi-nested: EVPPI by nested simulation, beside the regression it is a check on. */
#ifndef TF_LIBRARY_NESTED_H
#define TF_LIBRARY_NESTED_H

#include "base/status.h"

/* The context's result is a table; evppi_nested.csv is written. */
trefoil_status tf_evppi_nested(trefoil_context *context, const char *path, const trefoil_sensitivity_options *asked) TF_MUST_USE;

#endif
