/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TF_LIBRARY_DEAL_H
#define TF_LIBRARY_DEAL_H

#include "base/status.h"

/* Report all mistakes in a deal that show without a run, and log its warnings. */
trefoil_status tf_deal_check(trefoil_context *context, const char *path) TF_MUST_USE;

#endif
