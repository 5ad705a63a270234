/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers that settle the deal again with something changed: triggers at a stated truth, break-even values, the zone of possible agreement. */
#include "deal/answers.h"
#include "deal/linked.h"

#include "analysis/crossing.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the answers of a deal");
}

/* ---- triggers ------------------------------------------------------------------------------ */

/* How a term answers when its metric is truly so. */
static trefoil_status at_truth(trefoil_context *context, const tf_deal *deal, tf_source *source, size_t term, double truth,
                               tf_at_truth *out)
{
    const tf_change change = {TF_CHANGE_TRUTH, (size_t)deal->terms[term].metric, truth};
    tf_settlement *s = NULL;
    size_t ever = 0, years = 0;
    trefoil_status status = tf_settle(context, deal, source, &change, 1, false, &s);

    *out = (tf_at_truth){.truth = truth};
    for (size_t d = 0; status == TREFOIL_DONE && d < s->draws; d++) {
        bool fires = false;

        for (size_t t = 0; t < s->years; t++) {
            const bool pays = s->paid[tf_paid_at(s, term, d, t)] != 0;

            fires = fires || pays;
            years += pays;
            out->paid += (double)s->paid[tf_paid_at(s, term, d, t)] / 100 / (double)s->draws;
        }
        ever += fires;
    }
    if (status == TREFOIL_DONE) {
        out->p_fires = (double)ever / (double)s->draws;
        out->p_year = tf_share_of_years(s, term, years);
    }
    tf_settlement_destroy(s);
    return status;
}

trefoil_status tf_answers_triggers(trefoil_context *context, const tf_settlement *settlement, tf_source *source, tf_answers *answers)
{
    const tf_deal *deal = settlement->deal;
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < deal->n_terms; k++) {
        const tf_metric *metric = deal->terms[k].metric >= 0 ? &deal->metrics[deal->terms[k].metric] : NULL;
        tf_term_answer *answer = &answers->terms[k];
        double promise, nothing;

        if (metric == NULL || (metric->promise.text == NULL && metric->nothing.text == NULL)) {
            continue;
        }
        promise = tf_deal_plain(deal, &metric->promise, NAN);
        nothing = tf_deal_plain(deal, &metric->nothing, NAN);
        if (!isnan(promise)) {
            TRY(at_truth(context, deal, source, k, promise, &answer->promise));
        }
        if (!isnan(nothing)) {
            TRY(at_truth(context, deal, source, k, nothing, &answer->nothing));
        }
        if (isnan(promise)) {
            continue;
        }
        /* From no effect to half as much again as was promised, as far as a share can go. */
        for (answer->n_curve = 0; answer->n_curve < TF_TRUTHS; answer->n_curve++) {
            const double from = isnan(nothing) ? 0 : nothing,
                         truth = from + 1.5 * (promise - from) * (double)answer->n_curve / (TF_TRUTHS - 1);

            if ((metric->patients.text != NULL || tf_measurement_of_share(&metric->measurement)) && (truth > 1 || truth < 0)) {
                break;
            }
            TRY(at_truth(context, deal, source, k, truth, &answer->curve[answer->n_curve]));
        }
    }
out:
    return status;
}

/* ---- what a party has ---------------------------------------------------------------------- */

/* Expected present value of a party after the deal, and expected net health benefit. */
static trefoil_status worth(trefoil_context *context, const tf_deal *deal, tf_source *source, const tf_change *changes, size_t n,
                            double *present, double *net_health)
{
    tf_settlement *s = NULL;
    tf_source *followed = NULL;
    double *received = NULL;
    trefoil_status status = TREFOIL_DONE;

    TRY(tf_linked_at(context, deal, source, changes, n, &followed));
    source = followed != NULL ? followed : source;
    TRY(tf_settle(context, deal, source, changes, n, true, &s));
    received = TF_NEW(double, s->draws);
    if (received == NULL) {
        status = no_memory(context);
        goto out;
    }
    tf_deal_present(s, TF_HEALTH_SERVICE, received);
    *net_health = 0;
    for (size_t d = 0; d < s->draws; d++) {
        *net_health += tf_net_health(s, source, received, d, TF_VIEW_AFTER) / (double)s->draws;
    }
    for (size_t p = 0; p < deal->parties.count; p++) {
        const double rate = isnan(deal->parties.items[p].discount) ? deal->discount : deal->parties.items[p].discount;

        present[p] = 0;
        for (size_t e = 0; e < s->ledger.count; e++) {
            const tf_entry *entry = &s->ledger.entries[e];
            const tf_route *route = &s->ledger.routes[entry->route];
            const int sign = (route->payee.party == (int)p) - (route->payer.party == (int)p);

            present[p] += sign != 0 ? sign * (double)entry->pence / 100 * tf_present(deal, rate, entry->cash) / (double)s->draws : 0;
        }
    }
out:
    tf_free(received);
    tf_settlement_destroy(s);
    tf_source_destroy(followed);
    return status;
}

static bool is_named(const tf_deal *deal, size_t party)
{
    for (size_t k = 0; k < deal->n_routes; k++) {
        if (deal->routes[k].payer.party == (int)party || deal->routes[k].payee.party == (int)party) {
            return true;
        }
    }
    return false;
}

/* Must it not lose money?  Those the deal names; when it names none, every partner.  (The health service as a whole agrees to what gives more
 * health than its money would elsewhere.) */
static bool must_accept(const tf_deal *deal, size_t party)
{
    const tf_party *of = &deal->parties.items[party];

    if (!is_named(deal, party)) {
        return false;
    }
    return deal->accepts.count > 0 ? tf_list_find(&deal->accepts, of->name) >= 0 : of->kind == TF_PARTNER;
}

/* ---- break-even ---------------------------------------------------------------------------- */

typedef struct question {
    trefoil_context *context; /* of the search: what it tries may be impossible, and then is no mistake of the user's */
    const tf_deal *deal;
    tf_source *source;
    size_t lever;
    ptrdiff_t party; /* -1: net health benefit */
    double *present;
} question;

static trefoil_status at(void *self, double x, double *y, bool *refused)
{
    question *q = self;
    const tf_change change = {TF_CHANGE_LEVER, q->lever, x};
    double net_health = 0;
    trefoil_status status = worth(q->context, q->deal, q->source, &change, 1, q->present, &net_health);

    *refused = status == TREFOIL_USER_MISTAKE;
    status = *refused ? TREFOIL_DONE : status;
    *y = q->party >= 0 ? q->present[q->party] : net_health;
    return status;
}

static trefoil_status find_root(trefoil_context *context, question *q, tf_answers *answers)
{
    const double base = q->deal->levers[q->lever].number.distribution.mean, size = base != 0 ? fabs(base) : 1;
    tf_crossing_question asked = {.base = base,
                                        .lo = base >= 0 ? 0 : base - 255 * size,
                                        .hi = base > 0    ? 256 * size
                                              : base == 0 ? 256
                                                          : 0,
                                        .at = at,
                                        .self = q};
    tf_crossing crossing = {0};
    const bool linked = tf_linked_range(q->deal, q->lever, &asked.lo, &asked.hi);
    trefoil_status status = tf_crossing_find(context, &asked, &crossing);

    answers->roots[answers->n_roots++] = (tf_root){.lever = q->lever,
                                                   .of = q->party >= 0 ? q->deal->parties.items[q->party].title : "net health benefit",
                                                   .found = crossing.found, .flat = crossing.flat, .value = crossing.value,
                                                   .linked = linked, .lo = asked.lo, .hi = asked.hi};
    return status;
}

trefoil_status tf_answers_roots(trefoil_context *context, const tf_deal *deal, tf_source *source, tf_answers *answers)
{
    question q = {.context = trefoil_context_create(NULL), .deal = deal, .source = source, .present = TF_NEW(double, deal->parties.count)};
    trefoil_status status = TREFOIL_DONE;

    answers->roots = TF_NEW(tf_root, deal->solve.count * (deal->parties.count + 1));
    if (q.context == NULL || q.present == NULL || answers->roots == NULL) {
        status = no_memory(context);
        goto out;
    }
    for (size_t k = 0; k < deal->solve.count; k++) {
        q.lever = (size_t)tf_deal_lever(deal, deal->solve.items[k]);
        q.party = -1;
        TRY(find_root(context, &q, answers));
        for (size_t p = 0; p < deal->parties.count; p++) {
            if (must_accept(deal, p)) {
                q.party = (ptrdiff_t)p;
                TRY(find_root(context, &q, answers));
            }
        }
    }
out:
    trefoil_context_destroy(q.context);
    tf_free(q.present);
    return status;
}

/* ---- the zone of possible agreement -------------------------------------------------------- */

trefoil_status tf_answers_zone(trefoil_context *context, const tf_deal *deal, tf_source *source, tf_answers *answers)
{
    trefoil_context *trial = trefoil_context_create(NULL);
    double *present = TF_NEW(double, deal->parties.count);
    trefoil_status status = TREFOIL_DONE;

    if (deal->zone.count == 2) {
        answers->zone = TF_NEW(tf_bargain, TF_ZONE * TF_ZONE);
    }
    if (trial == NULL || present == NULL || (deal->zone.count == 2 && answers->zone == NULL)) {
        status = no_memory(context);
        goto out;
    }
    for (size_t k = 0; answers->zone != NULL && k < TF_ZONE * TF_ZONE; k++) {
        tf_bargain *cell = &answers->zone[k];
        tf_change changes[2];

        for (int side = 0; side < 2; side++) {
            const double step = (double)(side == 0 ? k % TF_ZONE : k / TF_ZONE) / (TF_ZONE - 1);

            cell->value[side] = deal->zone_from[side] + step * (deal->zone_to[side] - deal->zone_from[side]);
            changes[side] = (tf_change){TF_CHANGE_LEVER, (size_t)tf_deal_lever(deal, deal->zone.items[side]), cell->value[side]};
        }
        status = worth(trial, deal, source, changes, 2, present, &cell->net_health);
        if (status == TREFOIL_USER_MISTAKE) {
            cell->net_health = NAN; /* impossible terms are not agreed to */
            status = TREFOIL_DONE;
        }
        TRY(status);
        cell->acceptable = cell->net_health >= 0;
        for (size_t p = 0; p < deal->parties.count; p++) {
            cell->acceptable = cell->acceptable && (!must_accept(deal, p) || present[p] > -0.005 /* a penny */);
        }
    }
out:
    trefoil_context_destroy(trial);
    tf_free(present);
    return status;
}
