/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a deal and a run to a ledger.  A pure function: the same deal, run and changes give the same pence, and nothing of the run is changed.
 *
 * Every term is settled twice: on what is measured, which is what is paid, and on the truth, which is what would be due.
 */
#ifndef TF_DEAL_SETTLE_H
#define TF_DEAL_SETTLE_H

#include "deal/terms.h"

#include <math.h>

/* What is different from the file: the value of a number, or the true value of a metric, in all draws and years. */
typedef struct tf_change {
    enum { TF_CHANGE_LEVER, TF_CHANGE_TRUTH } of;
    size_t index;
    double value;
} tf_change;

typedef struct tf_settlement {
    const tf_deal *deal;
    size_t draws, years;
    tf_ledger ledger;      /* of terms, and of costs of the run when they were asked for */
    int64_t *paid, *due;   /* pence of terms, at tf_paid_at; one array when nothing is measured with an error */
    unsigned char *bound;  /* 1 where a cap or a stated floor held the amount back */
    double *truth, *seen;  /* metrics, at tf_metric_at; one array likewise */
    double *levers;        /* [lever * draws + draw] */
    double *uptake;        /* [draw]; 1 when the deal states none */
    bool *exited;          /* [draw]: the deal's `afterwards` holds; NULL when it states none */
    bool open;             /* with those who join the run's population */
} tf_settlement;

static inline size_t tf_paid_at(const tf_settlement *s, size_t term, size_t draw, size_t year)
{
    return (term * s->draws + draw) * s->years + year;
}
/* What a pound in a year of cash of the deal, from 0, is worth at the start of the run. */
static inline double tf_present(const tf_deal *deal, double rate, size_t cash)
{
    return pow(1 + rate, -(double)(deal->from + cash));
}
static inline size_t tf_metric_at(const tf_settlement *s, size_t metric, size_t draw, size_t year)
{
    return (metric * s->draws + draw) * s->years + year;
}

/* `costs`: with the routes of the run's costs (strategy less comparator).  A number that is not finite, a share outside 0 to 1, or knots that do not
 * ascend are mistakes that name metric or term, draw and year. */
trefoil_status tf_settle(trefoil_context *context, const tf_deal *deal, tf_source *source, const tf_change *changes,
                         size_t n_changes, bool costs, tf_settlement **settlement) TF_MUST_USE;
/* The same, unchanged and with costs, as if those who join the run's population were part of it: for budget impact. */
trefoil_status tf_settle_open(trefoil_context *context, const tf_deal *deal, tf_source *source, tf_settlement **settlement) TF_MUST_USE;
void tf_settlement_destroy(tf_settlement *settlement);

/* The total of a measure and group over the run under the deal's strategy, as mixture and uptake have it, less the comparator's.  `at`: tf_at. */
double tf_settlement_more(const tf_settlement *settlement, const tf_source *source, size_t draw, size_t at);
/* The same in a year of the run: `at` is tf_at_year. */
double tf_settlement_more_year(const tf_settlement *settlement, const tf_source *source, size_t draw, size_t at);

#endif
