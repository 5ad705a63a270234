/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deals as tables for a terminal, as files, and as a page; results/README.md tells the columns. */
#ifndef TF_REPORT_DEAL_VIEWS_H
#define TF_REPORT_DEAL_VIEWS_H

#include "deal/answers.h"
#include "report/print.h"
#include "report/sheet.h"

/* A deal with all that is told of it. */
typedef struct tf_told {
    const tf_source *source; /* the run it is settled on: its own when it has links */
    const tf_deal *deal;
    const tf_settlement *settlement;
    const tf_answers *answers;
    const tf_list *warnings;
} tf_told;

typedef struct tf_deals {
    const tf_source *source; /* the run that was given */
    char currency[TF_PRINTED_SIZE];
    const tf_told *deals;
    size_t n;
} tf_deals;

/* deal.csv, terms.csv, ledger.csv, triple-win.csv, budget.csv, activity.csv, deals.html; curve.csv, breakeven.csv, zone.csv, delay.csv and attribution.csv when there is
 * something in them; entries.csv, every entry of every draw, when `entries`. */
trefoil_status tf_deals_write(trefoil_context *context, const tf_deals *deals, bool entries, const char *folder) TF_MUST_USE;
void tf_deals_print(const tf_deals *deals, tf_text *out);

/* A year of the deal: "2026/27" when it begins on 1 April. */
void tf_year_text(const tf_told *told, size_t year, char *text, size_t size);
/* deal_tables.c: the tables and sentences behind terminal and page; the caller frees what is filled in. */
void tf_sheet_deals(const tf_deals *deals, tf_sheet *sheet); /* several side by side */
void tf_sheet_stakes(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
void tf_sheet_parties(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
void tf_sheet_flows(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
void tf_sheet_terms(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
void tf_sheet_triggers(const tf_deals *deals, const tf_told *told, tf_sheet *sheet); /* no rows when nothing was promised */
void tf_sheet_budget(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
void tf_sheet_activity(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
void tf_sheet_roots(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
void tf_sheet_zone(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
void tf_sheet_shares(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
void tf_sheet_delay(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
/* A sentence, with a space before it, when the zone follows links; or "". */
const char *tf_zone_follows(const tf_deal *deal);
void tf_say_deal(const tf_deals *deals, const tf_told *told, tf_list *out);    /* what was settled, and how */
void tf_say_winners(const tf_deals *deals, const tf_told *told, tf_list *out); /* who gains, who loses, what it costs */
void tf_say_risks(const tf_deals *deals, const tf_told *told, tf_list *out);   /* what a reader must know */

/* deal_plot.c: one <svg> each, or nothing. */
void tf_plot_flows(const tf_deals *deals, const tf_told *told, tf_text *out);  /* money by party and year */
void tf_plot_curve(const tf_deals *deals, const tf_told *told, tf_text *out);  /* what is paid by what is true */
void tf_plot_zone(const tf_deals *deals, const tf_told *told, tf_text *out);
void tf_plot_nhb(const tf_deals *deals, const tf_told *told, tf_text *out);    /* net health benefit of fifths before and after */

/* deal_page.c */
void tf_deals_page(const tf_deals *deals, tf_text *out);

#endif
