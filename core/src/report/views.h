/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a run beside its store; their columns are told in results/README.md. */
#ifndef TF_REPORT_VIEWS_H
#define TF_REPORT_VIEWS_H

#include "report/findings.h"

/*
 * Write summary.csv, difference.csv, by_year.csv, cea.csv, variance.csv, inequality.csv, the files of report/equity_views.h, draws.csv,
 * parameters.csv, provenance.json, report.html and the plots plane.svg, acceptability.svg and fifths.svg to `folder`, which is made if it is missing.  Each file is replaced as a whole; a
 * plot that has nothing to show is removed if it is there.  TREFOIL_STORE_FAILED when no draw is finished.  [main]
 */
trefoil_status tf_write_views(trefoil_context *context, tf_store *store, const char *folder) TF_MUST_USE;
/* The same from findings the caller has. */
trefoil_status tf_views_write(trefoil_context *context, const tf_findings *findings, const char *folder) TF_MUST_USE;

/* staircase.csv and staircase.svg; without a staircase those that are there are removed. */
trefoil_status tf_staircase_write(trefoil_context *context, const tf_findings *findings, const char *folder) TF_MUST_USE;

/* A plot as a file of its own; one that has nothing to show is removed if it is there. */
trefoil_status tf_view_plot(trefoil_context *context, const tf_findings *findings, const char *folder, const char *name,
                            void (*plot)(const tf_findings *, tf_text *)) TF_MUST_USE;

#endif
