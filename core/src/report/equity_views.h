/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a report tells of distributional cost-effectiveness: files, tables, sentences, plots.  The caller frees what is filled in. */
#ifndef TF_REPORT_EQUITY_VIEWS_H
#define TF_REPORT_EQUITY_VIEWS_H

#include "report/findings.h"
#include "report/sheet.h"

/* equity.csv, equity_draws.csv, equity_dominance.csv, equity_views.csv, shortfall.csv (results/README.md), in a folder that is there. */
trefoil_status tf_equity_write(trefoil_context *context, const tf_findings *findings, const char *folder) TF_MUST_USE;
/* The plots below as equity_plane.svg, equity_aversion.svg and equity_fifths.svg. */
trefoil_status tf_equity_write_plots(trefoil_context *context, const tf_findings *findings, const char *folder) TF_MUST_USE;
/* Tables and sentences, for a terminal. */
void tf_equity_print(const tf_findings *findings, tf_text *out);
/* A section of the page, with the plots. */
void tf_equity_page(const tf_findings *findings, tf_text *out);

/* Two views side by side: what the fifths gain, bear and keep as NICE and as a board sees it.  Without rows: nothing is known. */
void tf_sheet_views(const tf_findings *findings, tf_sheet *sheet);
/* What of a board's view comes from need, from uptake and from the opportunity cost. */
void tf_sheet_parts(const tf_findings *findings, tf_sheet *sheet);
/* What the most deprived national fifth and named people gain, bear and keep. */
void tf_sheet_splits(const tf_findings *findings, tf_sheet *sheet);
/* Net health benefit with inequality weighed in, by aversion. */
void tf_sheet_aversion(const tf_findings *findings, tf_sheet *sheet);
/* QALYs lost against others of the same age and sex, under the comparator. */
void tf_sheet_shortfall(const tf_findings *findings, tf_sheet *sheet);
/* A few sentences on each strategy: net benefit, the gaps in QALE under both views, dominance; or why there are none. */
void tf_say_equity(const tf_findings *findings, tf_list *out);

/* The equity-efficiency impact plane: every draw's net health benefit and by how much it narrows the slope, in a board's view. */
void tf_plot_equity_plane(const tf_findings *findings, tf_text *out);
/* Net health benefit with inequality weighed in, over Atkinson's aversion 0 to 20. */
void tf_plot_aversion(const tf_findings *findings, tf_text *out);
/* What each fifth gains, bears and keeps, in a board's view. */
void tf_plot_net(const tf_findings *findings, tf_text *out);

#endif
