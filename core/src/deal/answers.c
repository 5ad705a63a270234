/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deal/answers.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_YEARS = 5 /* of a budget impact (ISPOR: Sullivan and others 2014, Value in Health 17:5) */ };

const char *const tf_view_names[] = {"before", "deal", "after", NULL};

typedef struct balances {
    size_t parties, years, draws;
    int64_t *of[TF_VIEWS]; /* [(party * years + year) * draws + draw] */
} balances;

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the answers of a deal");
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double tf_tail_mean(double *values, size_t n, double share)
{
    double wanted = share * (double)n, taken = 0, sum = 0;

    qsort(values, n, sizeof *values, ascending);
    for (size_t k = 0; k < n && taken < wanted; k++) {
        double part = fmin(1, wanted - taken);

        sum += part * values[k];
        taken += part;
    }
    return taken > 0 ? sum / taken : (double)NAN;
}

static double rate_of(const tf_deal *deal, size_t party)
{
    return isnan(deal->parties.items[party].discount) ? deal->discount : deal->parties.items[party].discount;
}

/* ---- balances ------------------------------------------------------------------------------ */

/* Cash only: of resources that a run frees or uses, the share that is not money is taken out of their bearer's balances. */
static void keep_cash(const tf_settlement *s, const balances *b)
{
    for (size_t e = 0; e < s->ledger.count; e++) {
        const tf_entry *entry = &s->ledger.entries[e];
        const tf_route *route = &s->ledger.routes[entry->route];

        if (route->class == TF_RESOURCE && route->basis == TF_BASIS_RUN && route->payer.party >= 0) {
            const size_t at = ((size_t)route->payer.party * b->years + entry->cash) * b->draws + entry->draw;
            const int64_t kept = entry->pence - llround(route->cashable * (double)entry->pence);

            b->of[TF_VIEW_BEFORE][at] += kept;
            b->of[TF_VIEW_AFTER][at] += kept;
        }
    }
}

static trefoil_status make_balances(trefoil_context *context, const tf_settlement *s, balances *made)
{
    *made = (balances){.parties = s->deal->parties.count, .years = s->deal->cash_years, .draws = s->draws};
    for (int v = 0; v < TF_VIEWS; v++) {
        made->of[v] = TF_NEW(int64_t, made->parties * made->years * made->draws);
        if (made->of[v] == NULL) {
            return no_memory(context);
        }
    }
    tf_ledger_post(&s->ledger, tf_route_of_run, made->years, made->draws, made->of[TF_VIEW_BEFORE]);
    tf_ledger_post(&s->ledger, tf_route_of_deal, made->years, made->draws, made->of[TF_VIEW_DEAL]);
    tf_ledger_post(&s->ledger, NULL, made->years, made->draws, made->of[TF_VIEW_AFTER]);
    keep_cash(s, made);
    return TREFOIL_DONE;
}

static void free_balances(balances *b)
{
    for (int v = 0; v < TF_VIEWS; v++) {
        tf_free(b->of[v]);
    }
}

/* ---- parties ------------------------------------------------------------------------------- */

static bool is_involved(const balances *b, size_t party)
{
    for (size_t k = party * b->years * b->draws; k < (party + 1) * b->years * b->draws; k++) {
        if (b->of[TF_VIEW_BEFORE][k] != 0 || b->of[TF_VIEW_DEAL][k] != 0) {
            return true;
        }
    }
    return false;
}

static double spread(const double *values, size_t n)
{
    double mean = 0, sum = 0;

    for (size_t k = 0; k < n; k++) {
        mean += values[k] / (double)n;
    }
    for (size_t k = 0; k < n; k++) {
        sum += (values[k] - mean) * (values[k] - mean);
    }
    return n > 1 ? sqrt(sum / (double)(n - 1)) : (double)NAN;
}

static void value_party(const tf_deal *deal, const balances *b, size_t p, tf_view view, tf_party_answer *answer, double *room)
{
    size_t loses = 0, gains = 0;

    for (size_t t = 0; t < b->years; t++) {
        for (size_t d = 0; d < b->draws; d++) {
            room[d] = (double)b->of[view][(p * b->years + t) * b->draws + d] / 100;
        }
        answer->flow[view][t] = tf_estimate_values(room, b->draws, 0);
    }
    for (size_t d = 0; d < b->draws; d++) {
        room[d] = 0;
        for (size_t t = 0; t < b->years; t++) {
            room[d] += (double)b->of[view][(p * b->years + t) * b->draws + d] / 100 * tf_present(deal, rate_of(deal, p), t);
        }
        loses += view == TF_VIEW_AFTER && room[d] < 0;
        gains += view == TF_VIEW_AFTER && room[d] > 0;
    }
    answer->p_loses = (double)loses / (double)b->draws;
    answer->p_gains = (double)gains / (double)b->draws;
    answer->sd[view] = spread(room, b->draws);
    answer->present[view] = tf_estimate_values(room, b->draws, 0);
    answer->tail[view] = tf_tail_mean(room, b->draws, 0.05);
}

/* The first year in which the sum of expected flows is back at 0 or above after having been below. */
static size_t payback_of(const tf_estimate *flow, size_t years)
{
    double sum = 0;
    bool below = false;

    for (size_t t = 0; t < years; t++) {
        sum += flow[t].value;
        if (below && sum >= 0) {
            return t + 1;
        }
        below = below || sum < 0;
    }
    return 0;
}

static trefoil_status answer_parties(trefoil_context *context, const balances *b, tf_answers *made)
{
    double *room = TF_NEW(double, b->draws);

    made->parties = TF_NEW(tf_party_answer, b->parties);
    if (room == NULL || made->parties == NULL) {
        tf_free(room);
        return no_memory(context);
    }
    for (size_t p = 0; p < b->parties; p++) {
        tf_party_answer *answer = &made->parties[p];

        answer->involved = is_involved(b, p);
        for (int v = 0; v < TF_VIEWS && answer->involved; v++) {
            answer->flow[v] = TF_NEW(tf_estimate, b->years);
            if (answer->flow[v] == NULL) {
                tf_free(room);
                return no_memory(context);
            }
            value_party(made->deal, b, p, (tf_view)v, answer, room);
        }
        answer->payback = answer->involved ? payback_of(answer->flow[TF_VIEW_AFTER], b->years) : 0;
    }
    tf_free(room);
    return TREFOIL_DONE;
}

/* ---- terms --------------------------------------------------------------------------------- */

double tf_share_of_years(const tf_settlement *s, size_t term, size_t pays)
{
    const tf_term *of = &s->deal->terms[term];

    return of->to > of->from ? (double)pays / (double)((of->to - of->from) * s->draws) : 0;
}

static double in_all_years(const tf_settlement *s, const int64_t *pence, size_t term, size_t draw)
{
    int64_t sum = 0;

    for (size_t t = 0; t < s->years; t++) {
        sum += pence[tf_paid_at(s, term, draw, t)];
    }
    return (double)sum / 100;
}

static void compare_due(const tf_settlement *s, size_t term, tf_term_answer *answer)
{
    size_t fires = 0, binds = 0, pays = 0, owes = 0;

    for (size_t d = 0; d < s->draws; d++) {
        bool ever = false, bound = false;

        for (size_t t = 0; t < s->years; t++) {
            const size_t at = tf_paid_at(s, term, d, t);
            const double over = (double)(s->paid[at] - s->due[at]) / 100 / (double)s->draws;

            ever = ever || s->paid[at] != 0;
            bound = bound || s->bound[at] != 0;
            pays += s->paid[at] != 0;
            owes += s->paid[at] != 0 && s->due[at] != 0;
            answer->false_pay += fmax(0, over);
            answer->false_refuse += fmax(0, -over);
        }
        fires += ever;
        binds += bound;
    }
    answer->p_fires = (double)fires / (double)s->draws;
    answer->p_binds = (double)binds / (double)s->draws;
    answer->p_year = tf_share_of_years(s, term, pays);
    answer->ppv = pays > 0 ? (double)owes / (double)pays : (double)NAN;
}

static trefoil_status answer_terms(trefoil_context *context, const tf_settlement *s, tf_answers *made)
{
    double *room = TF_NEW(double, s->draws);

    made->terms = TF_NEW(tf_term_answer, s->deal->n_terms);
    if (room == NULL || made->terms == NULL) {
        tf_free(room);
        return no_memory(context);
    }
    for (size_t k = 0; k < s->deal->n_terms; k++) {
        tf_term_answer *answer = &made->terms[k];

        for (size_t d = 0; d < s->draws; d++) {
            room[d] = in_all_years(s, s->paid, k, d);
        }
        answer->paid = tf_estimate_values(room, s->draws, 0);
        for (size_t d = 0; d < s->draws; d++) {
            room[d] = in_all_years(s, s->due, k, d);
        }
        answer->due = tf_estimate_values(room, s->draws, 0);
        compare_due(s, k, answer);
        answer->promise = answer->nothing = (tf_at_truth){NAN, NAN, NAN, NAN};
    }
    tf_free(room);
    return TREFOIL_DONE;
}

/* ---- budget lines -------------------------------------------------------------------------- */

static tf_budget *budget_of(tf_answers *made, const tf_account *account)
{
    for (size_t k = 0; k < made->n_budgets; k++) {
        if (made->budgets[k].party == account->party && strcmp(made->budgets[k].line, account->line) == 0) {
            return &made->budgets[k];
        }
    }
    return NULL;
}

static bool make_impact(tf_impact *impact, size_t years)
{
    *impact = (tf_impact){.cash = TF_NEW(double, years), .capacity = TF_NEW(double, years), .avoided = TF_NEW(double, years),
                          .lo = TF_NEW(double, years), .hi = TF_NEW(double, years)};
    return impact->cash && impact->capacity && impact->avoided && impact->lo && impact->hi;
}

static void free_impact(tf_impact *impact)
{
    double *const arrays[] = {impact->cash, impact->capacity, impact->avoided, impact->lo, impact->hi};

    for (size_t a = 0; a < sizeof arrays / sizeof *arrays; a++) {
        tf_free(arrays[a]);
    }
}

static trefoil_status add_budget(trefoil_context *context, tf_answers *made, const tf_account *account)
{
    const size_t years = made->deal->cash_years;
    tf_budget *budgets, *budget;

    if (account->party < 0 || budget_of(made, account) != NULL) {
        return TREFOIL_DONE;
    }
    budgets = tf_realloc(made->budgets, made->n_budgets + 1, sizeof *budgets);
    if (budgets == NULL) {
        return no_memory(context);
    }
    made->budgets = budgets;
    budget = &budgets[made->n_budgets++];
    *budget = (tf_budget){.party = account->party, .line = account->line};
    return make_impact(&budget->closed, years) && (made->open_years == 0 || make_impact(&budget->open, years)) ? TREFOIL_DONE
                                                                                                              : no_memory(context);
}

/* The lines that a ledger's money comes from or goes to. */
static trefoil_status find_budgets(trefoil_context *context, const tf_settlement *s, tf_answers *made)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t e = 0; e < s->ledger.count; e++) {
        const tf_route *route = &s->ledger.routes[s->ledger.entries[e].route];

        if (e == 0 || s->ledger.entries[e - 1].route != s->ledger.entries[e].route) {
            TRY(add_budget(context, made, &route->payer));
            TRY(add_budget(context, made, &route->payee));
        }
    }
out:
    return status;
}

/* What an entry takes from (sign -1) or gives to an account, as money, capacity and avoided growth. */
static void share_out(const tf_route *route, double amount, double *cash, double *capacity, double *avoided)
{
    const bool parted = route->class == TF_RESOURCE && route->basis == TF_BASIS_RUN;
    const double cashable = parted ? route->cashable : 1, growth = parted ? route->avoided : 0;

    *cash += cashable * amount;
    *avoided += growth * amount;
    *capacity += (1 - cashable - growth) * amount;
}

/* An entry of a ledger on one side of it: money[budget][year][draw], and the expected rest.  Of cohorts that follow one another each has the flows that
 * the first had so many years before. */
static void post_budget(const tf_settlement *s, const tf_entry *entry, int side, size_t cohorts, bool open, tf_answers *made, double *money)
{
    const tf_route *route = &s->ledger.routes[entry->route];
    const tf_account *account = side == 0 ? &route->payer : &route->payee;
    tf_budget *budget = account->party >= 0 ? budget_of(made, account) : NULL;
    const double amount = (side == 0 ? -1 : 1) * (double)entry->pence / 100;
    const size_t years = s->deal->cash_years;

    for (size_t t = entry->cash; budget != NULL && t < years && t < entry->cash + cohorts; t++) {
        tf_impact *to = open ? &budget->open : &budget->closed;
        double none = 0;

        share_out(route, amount / (double)s->draws, &none, &to->capacity[t], &to->avoided[t]);
        share_out(route, amount, &money[((size_t)(budget - made->budgets) * years + t) * s->draws + entry->draw], &none, &none);
    }
}

/* Cash of the health service in the years that are told, by draw. */
static void sum_impact(const tf_answers *made, const double *money, size_t draws, double *room)
{
    const tf_deal *deal = made->deal;

    for (size_t d = 0; d < draws; d++) {
        room[d] = 0;
        for (size_t k = 0; k < made->n_budgets; k++) {
            for (size_t t = 0; t < made->impact_years && deal->parties.items[made->budgets[k].party].kind == TF_HEALTH_SERVICE; t++) {
                room[d] += money[(k * deal->cash_years + t) * draws + d];
            }
        }
    }
}

static trefoil_status fill_budgets(trefoil_context *context, const tf_settlement *s, size_t cohorts, bool open, tf_answers *made)
{
    const size_t years = s->deal->cash_years;
    double *money = TF_NEW(double, made->n_budgets * years * s->draws), *room = TF_NEW(double, s->draws);
    trefoil_status status = TREFOIL_DONE;

    if (money == NULL || room == NULL) {
        status = no_memory(context);
        goto out;
    }
    for (size_t e = 0; e < s->ledger.count; e++) {
        post_budget(s, &s->ledger.entries[e], 0, cohorts, open, made, money);
        post_budget(s, &s->ledger.entries[e], 1, cohorts, open, made, money);
    }
    for (size_t k = 0; k < made->n_budgets; k++) {
        tf_impact *to = open ? &made->budgets[k].open : &made->budgets[k].closed;

        for (size_t t = 0; t < years; t++) {
            tf_estimate cash;

            memcpy(room, &money[(k * years + t) * s->draws], s->draws * sizeof *room);
            cash = tf_estimate_values(room, s->draws, 0);
            to->cash[t] = cash.value;
            to->lo[t] = cash.lo;
            to->hi[t] = cash.hi;
        }
    }
    sum_impact(made, money, s->draws, room);
    made->impact = tf_estimate_values(room, s->draws, 0);
    made->impact_closed = open ? made->impact_closed : made->impact;
out:
    tf_free(money);
    tf_free(room);
    return status;
}

/* `open`: the settlement with those who join; a cohort's own, which those who follow it repeat; or NULL. */
static trefoil_status answer_budgets(trefoil_context *context, const tf_settlement *s, const tf_settlement *open, tf_answers *made)
{
    trefoil_status status;

    TRY(find_budgets(context, s, made));
    if (open != NULL) {
        TRY(find_budgets(context, open, made));
    }
    TRY(fill_budgets(context, s, 1, false, made));
    if (open != NULL) {
        TRY(fill_budgets(context, open, open == s ? made->open_years : 1, true, made));
    }
out:
    return status;
}

/* Expected national cost to the health service in the first years, against the budget test: of an open population only those in which it is open. */
static void test_budget(const tf_deal *deal, tf_answers *made)
{
    made->test_years = made->impact_years < 3 ? made->impact_years : 3;
    for (size_t t = 0; t < made->test_years; t++) {
        double cash = 0;

        for (size_t k = 0; k < made->n_budgets; k++) {
            const tf_budget *budget = &made->budgets[k];

            cash += deal->parties.items[budget->party].kind == TF_HEALTH_SERVICE ? tf_impact_of(made, budget, t)->cash[t] : 0;
        }
        made->national[t] = -cash * deal->national; /* NAN when not stated */
        made->breaches = made->breaches || made->national[t] > deal->budget_test;
    }
}

/* ---- the three columns of the health service ----------------------------------------------- */

static trefoil_status answer_columns(trefoil_context *context, const tf_settlement *s, tf_answers *made)
{
    double *columns = TF_NEW(double, 3 * s->draws);

    if (columns == NULL) {
        return no_memory(context);
    }
    for (size_t e = 0; e < s->ledger.count; e++) {
        const tf_entry *entry = &s->ledger.entries[e];
        const tf_route *route = &s->ledger.routes[entry->route];
        const double amount = (double)entry->pence / 100 * tf_present(s->deal, s->deal->discount, entry->cash);
        const bool pays = route->payer.party >= 0 && s->deal->parties.items[route->payer.party].kind == TF_HEALTH_SERVICE,
                   gets = route->payee.party >= 0 && s->deal->parties.items[route->payee.party].kind == TF_HEALTH_SERVICE;

        share_out(route, (gets ? amount : 0) - (pays ? amount : 0), &columns[entry->draw], &columns[s->draws + entry->draw],
                  &columns[2 * s->draws + entry->draw]);
    }
    made->cash = tf_estimate_values(columns, s->draws, 0);
    made->capacity = tf_estimate_values(columns + s->draws, s->draws, 0);
    made->avoided = tf_estimate_values(columns + 2 * s->draws, s->draws, 0);
    tf_free(columns);
    return TREFOIL_DONE;
}

/* ---- activity ------------------------------------------------------------------------------ */

static void more_of_year(const tf_settlement *s, const tf_source *source, size_t measure, double *more)
{
    const tf_layout *layout = tf_source_layout(source);

    for (size_t d = 0; d < s->draws; d++) {
        for (size_t t = 0; t < s->years; t++) {
            more[t] += tf_settlement_more_year(s, source, d, tf_at_year(layout, (size_t)layout->groups[0].year_index, s->deal->from + t, measure)) /
                       (double)s->draws;
        }
    }
}

static trefoil_status answer_activity(trefoil_context *context, const tf_settlement *s, const tf_settlement *open, const tf_source *source,
                                      tf_answers *made)
{
    const tf_layout *layout = tf_source_layout(source);

    made->activities = TF_NEW(tf_activity, layout->n_measures);
    if (made->activities == NULL) {
        return no_memory(context);
    }
    for (size_t m = 0; m < layout->n_measures; m++) {
        tf_activity *activity = &made->activities[made->n_activities];

        if (strncmp(layout->measures[m].name, "use.", 4) != 0) {
            continue;
        }
        *activity = (tf_activity){.measure = m, .more = TF_NEW(double, s->years), .open = TF_NEW(double, s->years)};
        made->n_activities++;
        if (activity->more == NULL || activity->open == NULL) {
            return no_memory(context);
        }
        more_of_year(s, source, m, activity->more);
        if (open != NULL && open != s) {
            more_of_year(open, source, m, activity->open);
        }
        for (size_t t = 0; open == s && t < s->years; t++) { /* as many cohorts as have begun */
            activity->open[t] = activity->more[t] + (t > 0 ? activity->open[t - 1] : 0);
        }
    }
    return TREFOIL_DONE;
}

/* One draw says nothing about chances. */
static void forget_chances(tf_answers *made)
{
    for (size_t p = 0; p < made->deal->parties.count; p++) {
        made->parties[p].p_loses = made->parties[p].p_gains = NAN;
    }
    for (size_t k = 0; k < made->deal->n_terms; k++) {
        tf_term_answer *a = &made->terms[k];

        a->p_fires = a->p_year = a->p_binds = a->ppv = NAN;
        a->promise.p_fires = a->promise.p_year = a->nothing.p_fires = a->nothing.p_year = NAN;
        for (size_t c = 0; c < a->n_curve; c++) {
            a->curve[c].p_fires = a->curve[c].p_year = NAN;
        }
    }
    for (int q = 0; q <= TF_FIFTHS; q++) {
        made->p_gains[q] = made->p_nhb[q] = NAN;
    }
    made->p_welfare = NAN;
}

/* Years of the deal, from its first, in which the run's population is open. */
static size_t open_years_of(const tf_deal *deal, const tf_source *source)
{
    const size_t open = (size_t)tf_source_scenario(source)->open_years, years = open > deal->from ? open - deal->from : 0;

    return years < deal->cash_years ? years : deal->cash_years;
}

/* ---- all of it ----------------------------------------------------------------------------- */

trefoil_status tf_answers_create(trefoil_context *context, const tf_settlement *settlement, tf_source *source, tf_answers **answers)
{
    const tf_deal *deal = settlement->deal;
    tf_answers *made = TF_NEW(tf_answers, 1);
    const tf_settlement *open = NULL;
    tf_settlement *joined = NULL;
    balances b = {0};
    trefoil_status status = TREFOIL_DONE;

    *answers = NULL;
    if (made == NULL) {
        return no_memory(context);
    }
    made->deal = deal;
    made->draws = settlement->draws;
    made->open_years = open_years_of(deal, source);
    made->impact_years = deal->cash_years < MOST_YEARS ? deal->cash_years : MOST_YEARS;
    made->impact_years = made->open_years > 0 && made->open_years < made->impact_years ? made->open_years : made->impact_years;
    TRY(tf_ledger_check(context, &settlement->ledger, deal->parties.count, deal->cash_years, settlement->draws));
    TRY(make_balances(context, settlement, &b));
    TRY(answer_parties(context, &b, made));
    TRY(answer_terms(context, settlement, made));
    if (made->open_years > 0 && tf_source_joining(source) > 0) {
        TRY(tf_settle_open(context, deal, source, &joined));
        open = joined;
    } else if (made->open_years > 0) {
        open = settlement;
    }
    TRY(answer_budgets(context, settlement, open, made));
    test_budget(deal, made);
    TRY(answer_columns(context, settlement, made));
    TRY(answer_activity(context, settlement, open, source, made));
    TRY(tf_answers_health(context, settlement, source, made));
    TRY(tf_answers_delay(context, settlement, source, made));
    TRY(tf_answers_shares(context, settlement, source, made));
    TRY(tf_answers_triggers(context, settlement, source, made));
    TRY(tf_answers_roots(context, deal, source, made));
    TRY(tf_answers_zone(context, deal, source, made));
    if (made->draws < 2) {
        forget_chances(made);
    }
out:
    free_balances(&b);
    tf_settlement_destroy(joined);
    if (status == TREFOIL_DONE) {
        *answers = made;
    } else {
        tf_answers_destroy(made);
    }
    return status;
}

void tf_answers_destroy(tf_answers *answers)
{
    if (answers == NULL) {
        return;
    }
    for (size_t p = 0; answers->parties != NULL && p < answers->deal->parties.count; p++) {
        for (int v = 0; v < TF_VIEWS; v++) {
            tf_free(answers->parties[p].flow[v]);
        }
    }
    for (size_t k = 0; k < answers->n_budgets; k++) {
        free_impact(&answers->budgets[k].closed);
        free_impact(&answers->budgets[k].open);
    }
    for (size_t k = 0; k < answers->n_activities; k++) {
        tf_free(answers->activities[k].more);
        tf_free(answers->activities[k].open);
    }
    void *const blocks[] = {answers->parties, answers->terms,      answers->budgets, answers->roots,
                            answers->zone,    answers->activities, answers->shares};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
        tf_free(blocks[k]);
    }
    tf_free(answers);
}
