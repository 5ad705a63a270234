/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An inquiry as files and as text; results/README.md tells the columns. */
#ifndef TF_REPORT_INQUIRY_VIEWS_H
#define TF_REPORT_INQUIRY_VIEWS_H

#include "analysis/inquiry.h"

/* ceac.csv and plane.csv; evppi.csv and evsi.csv when they were asked for; cea.csv unless a run's own stands (`cea` false). */
trefoil_status tf_inquiry_write(trefoil_context *context, const tf_inquiry *inquiry, bool cea, const char *folder) TF_MUST_USE;
/* The tables for a terminal. */
void tf_inquiry_print(const tf_inquiry *inquiry, tf_text *out);

#endif
