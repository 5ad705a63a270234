/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A deal as its file states it: parties, numbers, metrics and terms.  results/README.md ("trefoil deal") has the grammar for users.
 *
 *   metric   a quantity of every year and draw: a formula over what the run measures, seen through a measurement
 *   term     amount = clip(times x f(metric), floor, cap) while its gate is open, f piecewise linear (deal/schedule.h); it flows from an account
 *            to another
 *
 * Terms are settled in the order of their kinds, whatever their order in the file, so that a later term can rest on what earlier ones paid:
 * list price, portfolio price, discount, volume, free stock, outcome, cap, levy, share of what is left, contribution.
 *
 * Formulas (model/expression.h) know: the deal's numbers; `year` (1 is the deal's first); every measure of the run by its name, which is the
 * yearly total under the deal's strategy, and behind `without.` that under the run's comparator; metrics stated above; and `paid.TERM`, what an
 * earlier term paid in the year.  Of measures a metric's `group` takes a part of the people; of measures, metrics and payments its `window` adds up
 * years: those to date.
 */
#ifndef TF_DEAL_TERMS_H
#define TF_DEAL_TERMS_H

#include "deal/ledger.h"
#include "deal/measurement.h"
#include "deal/schedule.h"
#include "deal/source.h"
#include "model/expression.h"
#include "scenario/config.h"

enum { TF_DEAL_YEARS = 110, TF_MEASURE_NAME = 128, TF_BUDGET_TEST = 40000000 /* pounds a year: NICE's, scenarios/deals/README.md */ };

typedef enum tf_term_kind {
    TF_TERM_PRICE,
    TF_TERM_PORTFOLIO,
    TF_TERM_DISCOUNT,
    TF_TERM_VOLUME,
    TF_TERM_FREE,
    TF_TERM_OUTCOME,
    TF_TERM_CAP,
    TF_TERM_LEVY,
    TF_TERM_SHARE,
    TF_TERM_CONTRIBUTION,
    TF_TERM_KINDS
} tf_term_kind;
extern const char *const tf_term_kind_names[]; /* by tf_term_kind, NULL-terminated */

/* What a name in a formula stands for. */
typedef enum tf_name_kind { TF_NAME_NUMBER, TF_NAME_YEAR, TF_NAME_MEASURE, TF_NAME_METRIC, TF_NAME_PAID } tf_name_kind;
typedef struct tf_name {
    tf_name_kind kind;
    size_t index; /* of the number, measure, metric or term */
    size_t strategy, group;
    int window;
} tf_name;

typedef struct tf_lever { /* a number of the deal */
    char *name;
    tf_number number;
    tf_place place;
} tf_lever;

typedef struct tf_metric {
    char *name, *title;
    tf_place place;
    tf_expression value;
    bool measured;
    bool errs; /* it is measured, or rests on something that is */
    tf_measurement measurement;
    tf_expression patients;         /* text NULL: not a sample of people */
    tf_expression promise, nothing; /* its true value when the partner's promise holds, and when nothing works; text NULL: not stated */
    double lag;                     /* years until it is known */
    size_t needs;                   /* it rests on what the first so many terms pay */
    char *prescribing;              /* a measure of prescribing it rests on, or NULL */
} tf_metric;

typedef struct tf_term {
    tf_term_kind kind;
    tf_place place;
    size_t route; /* in the deal's routes: name, accounts, class, lag */
    ptrdiff_t metric; /* the metric that `of` is, or -1 */
    tf_expression of, times, gate, floor, cap, origin;
    size_t n_knots;
    tf_expression knots[TF_KNOTS], rates[TF_KNOTS + 1], steps[TF_KNOTS];
    bool all_unit, both_ways, to_date, after_exit;
    size_t from, to; /* years of the deal: from 0, `to` not included */
    double known;    /* years until all that it rests on is known */
    bool triggered;  /* it rests on something the run measures, so that it may fire or not */
} tf_term;

typedef struct tf_cost { /* on whom a cost category of the run falls */
    size_t measure;  /* cost.<category> */
    tf_place place;
    size_t resource; /* route: the bearer uses it up */
    ptrdiff_t transfer; /* route: the payer pays the bearer; -1: it bears its own cost */
    double used, variable; /* share of the cost that is real resources; that follows activity */
} tf_cost;

typedef struct tf_stage { /* a step on the way to an agreement */
    char *name, *title;
    tf_number months;
} tf_stage;

typedef struct tf_link { /* what the deal changes in the scenario itself: priced by a run of its own */
    char *name, *title;
    char *setting;       /* "intervention programme:offer_rate", as after --set */
    tf_expression value; /* of numbers */
    tf_place place;
} tf_link;

/* What becomes of an effect that several deals of one run claim. */
typedef enum tf_overlap {
    TF_OVERLAP_REFUSE,      /* it is a mistake */
    TF_OVERLAP_SHAPLEY,     /* they share it */
    TF_OVERLAP_ALTERNATIVE, /* the deal is agreed instead of the others, not beside them */
    TF_OVERLAPS
} tf_overlap;
extern const char *const tf_overlap_names[]; /* by tf_overlap, NULL-terminated */

enum { TF_MOST_CLAIMED = 8 }; /* interventions of a strategy, when an effect is shared among them */

typedef struct tf_deal {
    char *path, *name, *title;
    char *about, *limits, *example, *formula, *source; /* for readers; "" when not stated */
    char digest[65];
    tf_config *config, *system; /* own the places */
    bool joint_working;
    size_t strategy; /* in the run */
    double *weights; /* by strategy of the run, sum 1: what the deal calls its strategy's outcome.  1 for `strategy`, or with `intervention`
                        stated the comparator plus that intervention's Shapley share of the effect */
    ptrdiff_t intervention; /* that it claims the share of, among those of its strategy; -1: all of them */
    tf_overlap overlap;
    tf_place overlap_place;
    double parts[TF_MOST_CLAIMED]; /* of the interventions' effects, that it claims when it shares them */
    tf_list sharing;        /* paths of the deals that it shares effects with; none: it claims them whole */
    tf_place uptake_place;
    tf_expression uptake; /* what happens, as a share of what was simulated: outcomes lie so far between comparator and strategy */
    size_t from, years; /* of the run: from 0 */
    size_t cash_years;  /* years in which money can move: the deal's and the longest delay */
    double discount, opportunity_cost;
    int gradient;      /* tf_gradient */
    double national;   /* national cost / cost of the run; NAN: not stated */
    double budget_test; /* yearly cost to the NHS above which a technology's budget impact is negotiated */
    tf_parties parties;
    tf_lever *levers;
    size_t n_levers;
    tf_metric *metrics;
    size_t n_metrics;
    tf_term *terms;    /* in the order in which they are settled */
    size_t n_terms;
    tf_cost *costs;
    size_t n_costs;
    tf_stage *stages;
    size_t n_stages;
    tf_link *links;
    size_t n_links;
    tf_route *routes; /* of terms, in their order, then of costs */
    size_t n_routes;
    tf_name *names;
    size_t n_names;
    tf_expression exit; /* text NULL: none */
    ptrdiff_t afterwards; /* strategy of the run that holds instead in draws in which the deal is exited; -1: the deal's own goes on */
    tf_place afterwards_place;
    tf_list solve;      /* levers whose break-even value is asked for */
    tf_list accepts;    /* parties that must not lose by the deal */
    tf_list zone;       /* two levers, or none */
    double zone_from[2], zone_to[2];
    const struct tf_linked *linked; /* runs along the numbers that its links rest on (deal/linked.h), not owned; NULL: none were made */
    bool reordered; /* the file lists terms in another order than they are settled in */
    tf_machine *machine;
} tf_deal;

/*
 * Read a deal.  `source` NULL: no run is known (trefoil check), and any measure passes.  All mistakes are recorded; TREFOIL_USER_MISTAKE when there
 * are any, and then there is no deal.
 */
trefoil_status tf_deal_read(trefoil_context *context, const char *path, const tf_source *source, tf_deal **deal) TF_MUST_USE;
void tf_deal_destroy(tf_deal *deal);

/* Has the file a section [deal]? */
bool tf_is_deal(const char *path);

/* What a reader should know before trusting the deal: cliffs, an order that is not the file's.  A sentence each. */
trefoil_status tf_deal_warnings(trefoil_context *context, const tf_deal *deal, tf_list *out) TF_MUST_USE;

ptrdiff_t tf_deal_lever(const tf_deal *deal, const char *name);
ptrdiff_t tf_deal_term(const tf_deal *deal, const char *name);

/* mixture.c: set the weights; `intervention` NULL: the whole strategy.  Mistakes: subsets of its interventions the run did not simulate. */
trefoil_status tf_deal_mix(trefoil_context *context, tf_deal *deal, const tf_source *source, const char *intervention,
                           tf_place place) TF_MUST_USE;
/* Set them to parts, [intervention] from 0 to 1, of the Shapley shares of its strategy's interventions (of the strategy, when that has one or none). */
trefoil_status tf_deal_split(trefoil_context *context, tf_deal *deal, const tf_source *source, const double *parts, tf_place place) TF_MUST_USE;
/* Of how many interventions an effect is made, at least one. */
size_t tf_deal_players(const tf_deal *deal, const tf_source *source);
/*
 * claims.c: deals settled together must not claim the same effect twice.  Deals on one strategy claim all of it, or the share of one intervention; those
 * that are alternatives claim nothing.  First, before they are settled, deals with overlap = shapley split each intervention's Shapley share evenly
 * among those that claim it (they are alike, so that this is their Shapley value).  Then, settled, no intervention may be claimed by more than
 * its effect in any draw: a mistake names the deals, and what each claims.
 */
struct tf_settlement;
trefoil_status tf_claims_share(trefoil_context *context, tf_deal *const *deals, const tf_source *const *sources, size_t n) TF_MUST_USE;
trefoil_status tf_claims_check(trefoil_context *context, const struct tf_settlement *const *settlements, const tf_source *const *sources,
                               size_t n) TF_MUST_USE;

/* Does the deal differ from the strategy as it was simulated? */
bool tf_deal_mixed(const tf_deal *deal);

/* names.c: the scope of formulas inside a deal that is being read. */
typedef struct tf_deal_scope {
    tf_deal *deal;
    const tf_source *source;
    size_t group;
    int window;
    size_t terms_in_sight; /* `paid.` knows terms[0 .. terms_in_sight - 1]; of others it says why not */
    size_t needs;          /* how many of them the formulas read so far rest on */
    size_t names_capacity;
} tf_deal_scope;
tf_scope tf_deal_names(tf_deal_scope *scope);
/* The value of a formula made of numbers alone, at their means; `fallback` when it is not stated, NAN when it is made of more. */
double tf_deal_plain(const tf_deal *deal, const tf_expression *expression, double fallback);
/* The same at levers[lever] instead of the means. */
double tf_deal_plain_at(const tf_deal *deal, const tf_expression *expression, const double *levers, double fallback);
/* The first measure in the formula, or behind its metrics, of one of `medicines` (conditions, resources, cost categories), copied to `measure`. */
bool tf_deal_prescribing(const tf_deal *deal, const tf_expression *expression, const tf_list *medicines, char measure[TF_MEASURE_NAME]);

/* read_terms.c: one section each. */
typedef struct tf_deal_reader {
    trefoil_context *context;
    tf_deal *deal;
    const tf_source *source;
    tf_config *config; /* the deal's, or the system's */
    tf_deal_scope scope;
    tf_list medicines;
    trefoil_status status; /* NO_MEMORY ends reading */
} tf_deal_reader;
/* Record a mistake at a key. */
void tf_deal_wrong(tf_deal_reader *reader, size_t section, const char *key, const char *format, ...) TF_PRINTF(4, 5);
/* A formula; false when absent or wrong. */
bool tf_deal_formula(tf_deal_reader *reader, size_t section, const char *key, tf_expression *expression);
/* A word of formulas, or a measure of every run: no name for a number or a metric. */
bool tf_deal_reserves(const char *name);
/* The same for a condition, as in 'a >= b': 1 where it holds, else 0. */
bool tf_deal_condition(tf_deal_reader *reader, size_t section, const char *key, tf_expression *expression);
/* Record a mistake when the deal is joint working and the formula rests on prescribing. */
void tf_deal_refuse_prescribing(tf_deal_reader *reader, size_t section, const char *key, const tf_expression *expression);
void tf_deal_read_metric(tf_deal_reader *reader, size_t section, const char *name);
/* Lag and errors of the metrics that rest on what the first `terms` terms pay, once those are read. */
void tf_deal_metrics_after(tf_deal *deal, size_t terms);
void tf_deal_read_term(tf_deal_reader *reader, size_t section, tf_term *term);
void tf_deal_read_cost(tf_deal_reader *reader, size_t section, const char *name);
char *tf_deal_copy(tf_deal_reader *reader, const char *text);
/* A route with `name`; its index, which means nothing when memory ran out (status). */
size_t tf_deal_add_route(tf_deal_reader *reader, const char *name, const char *title);

#endif
