/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a deal comes to: for each party, term and fifth of the population.
 *
 * Money is in real terms, in prices of the run's price year.  Flows by year are not discounted; present values are, by whole years from the
 * start of the run, at the deal's rate or the party's own.  `before` is what the strategy costs without the deal (against the comparator), `deal`
 * what the deal moves, `after` both.  Positive is money received.  Chances are shares of draws, and NAN with fewer than two.
 */
#ifndef TF_DEAL_ANSWERS_H
#define TF_DEAL_ANSWERS_H

#include "analysis/estimate.h"
#include "deal/settle.h"

enum { TF_TRUTHS = 21, TF_ZONE = 11 };
typedef enum tf_view { TF_VIEW_BEFORE, TF_VIEW_DEAL, TF_VIEW_AFTER, TF_VIEWS } tf_view;
extern const char *const tf_view_names[];

typedef struct tf_party_answer {
    bool involved;                             /* cash reaches or leaves it; what it has of freed capacity is in its budgets */
    tf_estimate *flow[TF_VIEWS];     /* [cash year] */
    tf_estimate present[TF_VIEWS];   /* net present value */
    double sd[TF_VIEWS], tail[TF_VIEWS]; /* over draws: standard deviation; mean of the worst twentieth */
    double p_loses, p_gains;                   /* share of draws in which the present value after the deal is below, above 0 */
    size_t payback; /* first year in which what was received makes up for what was paid; 0: never, or nothing to make up */
} tf_party_answer;

/* At a true value of the term's metric. */
typedef struct tf_at_truth {
    double truth, p_fires, p_year, paid; /* pays in any year; in a year it could pay in; mean over draws of what is paid in all years */
} tf_at_truth;

typedef struct tf_term_answer {
    tf_estimate paid, due;          /* pounds over all years; on the truth */
    double p_fires, p_year,
        p_binds; /* share of draws in which it pays in any year; of their years that it pays in; of draws in which a cap or floor
                                        holds it back in any year */
    double false_pay, false_refuse; /* mean pounds paid that were not due; due and not paid */
    double ppv;                     /* share of the years in which it pays that owe a payment on the truth; NAN when it never pays */
    tf_at_truth promise, nothing;   /* NAN when not stated */
    tf_at_truth curve[TF_TRUTHS];    /* from `nothing` (0) to 1.5 times the promise; n_curve 0: no promise stated */
    size_t n_curve;
} tf_term_answer;

typedef struct tf_impact { /* expected money of the years after the deal, [cash year]: positive is released */
    double *cash, *capacity, *avoided;
    double *lo, *hi; /* of cash */
} tf_impact;

typedef struct tf_budget { /* a budget line */
    int party;
    const char *line;
    tf_impact closed; /* people there at the start of the run */
    tf_impact open;   /* and those who join; means something in the first open_years only */
} tf_budget;

typedef struct tf_root {
    size_t lever;
    const char *of; /* "net health benefit", or a party's title */
    bool found, flat;
    double value;
    bool linked; /* it was sought on runs that follow the deal's links, from lo to hi */
    double lo, hi;
} tf_root;

typedef struct tf_bargain { /* of the zone of possible agreement */
    double value[2], net_health;
    bool acceptable;
} tf_bargain;

typedef struct tf_activity { /* a resource of the run, more (below 0: less) used in each year of the deal */
    size_t measure;
    double *more, *open; /* closed; and with those who join, in the first open_years */
} tf_activity;

typedef struct tf_delay {
    tf_estimate months, qaly, pounds;           /* until it starts; what is lost over the years of the deal: health, and savings of the run */
    double qaly_month, pounds_month;            /* per month */
    double fifth_qaly[TF_FIFTHS], fifth_pounds[TF_FIFTHS]; /* of each fifth per month; NAN without fifths */
} tf_delay;

/* One of several interventions of the deal's strategy: expected QALYs and cost over the run, discounted, against the comparator. */
typedef struct tf_share {
    const char *intervention;
    double alone[2], last[2],
        shapley[2]; /* by itself; what is lost when it is left out; its Shapley share, which sums to the whole.  0 QALYs, 1 cost */
} tf_share;

typedef struct tf_answers {
    const tf_deal *deal;
    size_t draws;
    tf_party_answer *parties;
    tf_term_answer *terms;
    tf_budget *budgets;
    size_t n_budgets;
    size_t open_years;  /* first years of the deal in which budget impact is of an open population too; 0: closed */
    size_t impact_years; /* first years, at most five, whose budget impact is told: of an open population only those in which it is open */
    tf_estimate impact, impact_closed; /* cash of the health service in these years, not discounted: with those who join, if any, and without */
    tf_root *roots;
    size_t n_roots;
    tf_bargain *zone; /* [b * TF_ZONE + a], or NULL */
    tf_activity *activities;
    size_t n_activities;
    bool fifths;                    /* the run is split by imd */
    tf_estimate qaly[TF_FIFTHS + 1]; /* gained over the run, discounted: all, then fifths */
    double p_gains[TF_FIFTHS + 1];
    tf_estimate
        nhb[TF_VIEWS]
           [TF_FIFTHS + 1]; /* net health benefit to the health service's population; the deal's is what its payments displace */
    double p_nhb[TF_FIFTHS + 1], p_welfare; /* share of draws in which it is above 0, after the deal */
    tf_estimate welfare;            /* QALYs less real resources / opportunity cost: transfers cancel */
    tf_estimate resources;          /* real resources used over the run, discounted */
    tf_estimate cash, capacity, avoided; /* present values over the deal for the health service: three columns, never one */
    size_t test_years; /* first years that the budget test looks at: three, or those in which there is money and an open population is open */
    double national[3]; /* expected national cost to the health service in them, those who join included; NAN when not stated */
    bool breaches;                  /* one of them is above the budget test */
    bool delayed;
    tf_delay delay;
    tf_share *shares; /* n_shares 0: one intervention, or the run lacks a strategy for a subset of them */
    size_t n_shares;
} tf_answers;

/* All answers from a settlement with costs.  Asks for many more settlements when promises, break-even values or a zone are wanted. */
trefoil_status tf_answers_create(trefoil_context *context, const tf_settlement *settlement, tf_source *source,
                                 tf_answers **answers) TF_MUST_USE;
void tf_answers_destroy(tf_answers *answers);

/* What is told as budget impact in a year: with those who join while the population is open. */
static inline const tf_impact *tf_impact_of(const tf_answers *answers, const tf_budget *budget, size_t year)
{
    return year < answers->open_years ? &budget->open : &budget->closed;
}

/* One line of the triple win: what somebody has of the strategy and its deal. */
typedef struct tf_stake {
    char who[96], what[96];
    const char *unit;
    tf_estimate value;
    double p_gains; /* share of draws in which it is above 0 */
    bool decides;   /* whether they gain or lose is read from it */
    bool fifth;     /* a fifth of the population */
} tf_stake;
/* Patients, the health service, everybody else whom the deal's money reaches, society; then fifths.  `stakes` has room for tf_stakes_most(); returns how many. */
size_t tf_stakes_most(const tf_answers *answers);
size_t tf_stakes(const tf_answers *answers, tf_stake *stakes);
/* "gains", "loses", or "neither"; of what decides. */
const char *tf_verdict(const tf_stake *stake);

/* Mean of the worst (lowest) share of values, which are reordered; fractions of a value count in part. */
double tf_tail_mean(double *values, size_t n, double share);

/* `pays` years of all draws as a share of those a term could pay in. */
double tf_share_of_years(const tf_settlement *settlement, size_t term, size_t pays);

/* Parts of answers that need settlements of their own: negotiate.c */
trefoil_status tf_answers_triggers(trefoil_context *context, const tf_settlement *settlement, tf_source *source,
                                   tf_answers *answers) TF_MUST_USE;
trefoil_status tf_answers_roots(trefoil_context *context, const tf_deal *deal, tf_source *source, tf_answers *answers) TF_MUST_USE;
trefoil_status tf_answers_zone(trefoil_context *context, const tf_deal *deal, tf_source *source, tf_answers *answers) TF_MUST_USE;

/* health.c: what the health service's population gains, and who loses */
trefoil_status tf_answers_health(trefoil_context *context, const tf_settlement *settlement, tf_source *source,
                                 tf_answers *answers) TF_MUST_USE;
trefoil_status tf_answers_delay(trefoil_context *context, const tf_settlement *settlement, tf_source *source,
                                tf_answers *answers) TF_MUST_USE;
/* mixture.c */
trefoil_status tf_answers_shares(trefoil_context *context, const tf_settlement *settlement, const tf_source *source,
                                 tf_answers *answers) TF_MUST_USE;
/* Net health benefit with the deal in a draw: QALYs gained less what the health service's money would have given. */
double tf_net_health(const tf_settlement *settlement, const tf_source *source, const double *paid_out, size_t draw, tf_view view);
/* present[draw]: discounted pounds of the deal (not of the run) that a kind of party receives, less what it pays. */
void tf_deal_present(const tf_settlement *settlement, tf_party_kind kind, double *present);
/* The group of a fifth, 1 to 5, or -1. */
ptrdiff_t tf_fifth(const tf_source *source, int fifth);

#endif
