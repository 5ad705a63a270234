/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report a person reads in a terminal. */
#ifndef TF_REPORT_TERMINAL_H
#define TF_REPORT_TERMINAL_H

#include "base/text.h"
#include "report/findings.h"

/* Add the report of a store to `out`, in lines of at most 110 columns.  TREFOIL_STORE_FAILED when no draw is finished.  [main] */
trefoil_status tf_terminal_report(trefoil_context *context, tf_store *store, tf_text *out) TF_MUST_USE;
/* The same from findings the caller has. */
trefoil_status tf_terminal_write(trefoil_context *context, const tf_findings *findings, tf_text *out) TF_MUST_USE;
/* Where inequality enters: the table of the first outcome and a sentence of each; nothing without a staircase. */
void tf_staircase_print(const tf_findings *findings, tf_text *out);

#endif
