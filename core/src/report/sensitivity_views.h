/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sensitivity analysis as tables for a terminal and as files. */
#ifndef TF_REPORT_SENSITIVITY_VIEWS_H
#define TF_REPORT_SENSITIVITY_VIEWS_H

#include "analysis/tornado.h"
#include "base/text.h"

void tf_sensitivity_print(const tf_sensitivity *sensitivity, const tf_scenario *scenario, tf_text *out);

/* tornado.csv and tornado.svg, two_way.csv, solve.csv, scenarios.csv: those that were asked for. */
trefoil_status tf_sensitivity_write(trefoil_context *context, const tf_sensitivity *sensitivity, const tf_scenario *scenario, const char *folder)
    TF_MUST_USE;

/* Why there is no crossing, or "" when there is one. */
const char *tf_crossing_words(const tf_crossing *crossing);

#endif
