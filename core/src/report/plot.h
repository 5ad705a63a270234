/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plots as self-contained SVG, readable in print and without colour.  Each adds one <svg> element to `out`, or nothing when there is
 * nothing to show. */
#ifndef TF_REPORT_PLOT_H
#define TF_REPORT_PLOT_H

#include "analysis/tornado.h"
#include "report/findings.h"

/* Cost-effectiveness plane: every draw of every strategy against the comparator, per 1,000 people, with the thresholds as lines. */
void tf_plot_plane(const tf_findings *findings, tf_text *out);
/* Acceptability curves: the probability of each strategy to be the best choice by threshold.  Nothing with fewer than two draws. */
void tf_plot_acceptability(const tf_findings *findings, tf_text *out);
/* QALYs gained per 1,000 people in each deprivation fifth, with 95% intervals.  Nothing when results are not split by imd. */
void tf_plot_fifths(const tf_findings *findings, tf_text *out);

/* Waterfall of the staircase of inequality, for net QALYs where opportunity cost is a step, else for the first outcome: what each step adds to the
 * change of the gap between the outer fifths, per 1,000 people.  Nothing without a staircase.  plot_staircase.c */
void tf_plot_staircase(const tf_findings *findings, tf_text *out);

/* A tornado for each strategy, one below the other: its incremental net benefit with one parameter at both ends of its interval, the widest
 * bars first.  Nothing without bars.  `currency` is a code ("GBP"). */
void tf_plot_tornado(const tf_sensitivity *sensitivity, const char *currency, tf_text *out);

#endif
