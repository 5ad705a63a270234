/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables and sentences of a report, for terminal and page alike.  The caller frees what is filled in. */
#ifndef TF_REPORT_SHEETS_H
#define TF_REPORT_SHEETS_H

#include "report/findings.h"
#include "report/sheet.h"

/* Cost, QALYs and life-years of each strategy, per person. */
void tf_sheet_outcomes(const tf_findings *findings, tf_sheet *sheet);
/* Events per 1,000 people. */
void tf_sheet_events(const tf_findings *findings, tf_sheet *sheet);
/* Each strategy against the comparator, per person, with intervals. */
void tf_sheet_differences(const tf_findings *findings, tf_sheet *sheet);
/* The same by subgroup of a cohort, with the cost per QALY.  False, and nothing is begun, without subgroups.  sheets_subgroup.c */
bool tf_sheet_subgroups(const tf_findings *findings, tf_sheet *sheet);
/* Errors of these differences: with the same luck, and with independent people.  False, and nothing is begun, where nothing is left to luck.
 * sheets_pairing.c */
bool tf_sheet_pairing(const tf_findings *findings, tf_sheet *sheet);
/* The fully incremental analysis. */
void tf_sheet_frontier(const tf_findings *findings, tf_sheet *sheet);
/* Net monetary benefit against the comparator and the probability of being best, at each threshold. */
void tf_sheet_benefit(const tf_findings *findings, tf_sheet *sheet);
/* Gaps between the least and the most deprived fifth in one outcome. */
void tf_sheet_gaps(const tf_findings *findings, size_t measure, tf_sheet *sheet);

/* What is compared, for whom, how long, at which prices and discount rates: a sentence each. */
void tf_say_setting(const tf_findings *findings, tf_list *out);
/* A sentence for each strategy but the comparator: its quadrant and ICER, and what that comes to in the whole population. */
void tf_say_verdicts(const tf_findings *findings, tf_list *out);
/* A sentence for each strategy but the comparator on the gap in QALYs; or why there is none. */
void tf_say_gaps(const tf_findings *findings, tf_list *out);
/* A few sentences for each strategy but the comparator on its net benefit at the first threshold: whether more people or more draws would
 * lower its error, and whether the gap between mean and base case is noise.  Nothing with fewer than two draws.  sheets_error.c */
void tf_say_errors(const tf_findings *findings, tf_list *out);
/* Effects on gaps are told for as many people, and those on ratios in percentage points, so that small ones have digits. */
enum { TF_TOLD = 1000 };
#define TF_TOLD_PEOPLE(what) " " what " per 1,000 people"
#define TF_TOLD_POINTS " percentage points"

/* "narrows it by 12 QALYs (4 to 21)", "widens it by ...", "does not change it": `narrowing`, above 0 when a gap becomes less, times `scale`, with
 * " it" (or nothing) as its object and the unit, which begin with a space.  sheets.c */
void tf_say_narrowing(tf_text *text, tf_estimate narrowing, double scale, const char *it, const char *unit);
/* " (Monte Carlo error 0.012)", where there are no draws for an interval to tell more. */
void tf_say_error(tf_text *text, const tf_estimate *e);

/* What each step of the staircase contributes to the change of the gap in an outcome (a name, or "net_qaly"), per 1,000 people, and the same in a
 * sentence.  Nothing without a staircase.  sheets_staircase.c */
void tf_sheet_staircase(const tf_findings *findings, const char *outcome, tf_sheet *sheet);
void tf_say_staircase(const tf_findings *findings, tf_list *out);
/* The k-th outcome of the staircase, net_qaly last; NULL at the end. */
const char *tf_staircase_outcome(const tf_findings *findings, size_t k);
/* Assumptions, overrides, digits and errors: what a reader must know. */
void tf_say_cautions(const tf_findings *findings, tf_list *out);

#endif
