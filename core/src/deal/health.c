/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Health and welfare of a deal.
 *
 *   net health benefit  = QALYs gained - (extra cost to the health service - what the deal pays it) / opportunity cost
 *   of a fifth          = QALYs it gains - its share of what that money would have given
 *   welfare             = QALYs gained - real resources used / opportunity cost: payments between parties cancel
 *
 * QALYs and costs of the run are over its whole horizon, discounted as there; payments are those of the deal.
 */
#include "deal/answers.h"

#include "analysis/equity.h"
#include "base/memory.h"
#include "random/stream.h"
#include "store/export.h"

#include <math.h>
#include <stdio.h>

ptrdiff_t tf_fifth(const tf_source *source, int fifth)
{
    char label[8];

    snprintf(label, sizeof label, "%d", fifth);
    return tf_find_group(tf_source_layout(source), "imd", label);
}

void tf_deal_present(const tf_settlement *s, tf_party_kind kind, double *present)
{
    const tf_party *parties = s->deal->parties.items;

    for (size_t d = 0; d < s->draws; d++) {
        present[d] = 0;
    }
    for (size_t e = 0; e < s->ledger.count; e++) {
        const tf_entry *entry = &s->ledger.entries[e];
        const tf_route *route = &s->ledger.routes[entry->route];
        const double amount = (double)entry->pence / 100 * tf_present(s->deal, s->deal->discount, entry->cash);

        if (!tf_route_of_deal(route)) {
            continue;
        }
        present[entry->draw] += (route->payee.party >= 0 && parties[route->payee.party].kind == kind ? amount : 0) -
                                (route->payer.party >= 0 && parties[route->payer.party].kind == kind ? amount : 0);
    }
}

/* A measure over the whole run, discounted, more than under the comparator. */
static double more_of(const tf_settlement *s, const tf_source *source, size_t draw, const char *name, size_t group)
{
    const tf_layout *layout = tf_source_layout(source);
    ptrdiff_t measure = tf_find_measure(layout, name);

    return measure >= 0 ? tf_settlement_more(s, source, draw, tf_at(layout, group, (size_t)measure, TF_DISCOUNTED)) : 0;
}

/* What the health service's money displaces, in QALYs: of the run (before), by the deal, or both. */
static double displaced(const tf_settlement *s, const tf_source *source, const double *received, size_t draw, tf_view view)
{
    const double run = view != TF_VIEW_DEAL ? more_of(s, source, draw, "cost", 0) : 0, deal = view != TF_VIEW_BEFORE ? received[draw] : 0;

    return (run - deal) / s->deal->opportunity_cost;
}

double tf_net_health(const tf_settlement *settlement, const tf_source *source, const double *received, size_t draw, tf_view view)
{
    return (view != TF_VIEW_DEAL ? more_of(settlement, source, draw, "qaly", 0) : 0) - displaced(settlement, source, received, draw, view);
}

/* Shares of the opportunity cost by fifth; false when the run is not split by fifths with people in each. */
static trefoil_status shares_of(trefoil_context *context, const tf_settlement *s, const tf_source *source, double shares[TF_FIFTHS],
                                bool *known)
{
    const tf_layout *layout = tf_source_layout(source);
    const ptrdiff_t persons = tf_find_measure(layout, "persons");
    double people[TF_FIFTHS], health[TF_FIFTHS], rank[TF_FIFTHS];
    tf_ranking *ranking = NULL;
    trefoil_status status = TREFOIL_DONE;

    *known = false;
    for (int q = 0; q < TF_FIFTHS; q++) {
        ptrdiff_t group = tf_fifth(source, q + 1);

        if (group < 0 || persons < 0) {
            return TREFOIL_DONE;
        }
        people[q] = tf_source_outcomes(source, 0)[layout->comparator].total[tf_at(layout, (size_t)group, (size_t)persons, TF_UNDISCOUNTED)];
        health[q] = 1;
        rank[q] = q + 1;
        if (!(people[q] > 0)) {
            return TREFOIL_DONE;
        }
    }
    TRY(tf_ranking_create(context, TF_FIFTHS, people, health, NULL, rank, &ranking));
    *known = tf_opportunity_shares(ranking, (tf_gradient)s->deal->gradient, shares);
out:
    tf_ranking_destroy(ranking);
    return status;
}

/* Real resources of the run: each cost category's share that is used up. */
static double resources_of(const tf_settlement *s, const tf_source *source, size_t draw)
{
    const tf_layout *layout = tf_source_layout(source);
    double sum = 0;

    for (size_t k = 0; k < s->deal->n_costs; k++) {
        sum += s->deal->costs[k].used * tf_settlement_more(s, source, draw, tf_at(layout, 0, s->deal->costs[k].measure, TF_DISCOUNTED));
    }
    return sum;
}

static void add_resource_terms(const tf_settlement *s, double *resources)
{
    for (size_t e = 0; e < s->ledger.count; e++) {
        const tf_entry *entry = &s->ledger.entries[e];
        const tf_route *route = &s->ledger.routes[entry->route];

        if (tf_route_of_deal(route) && route->class == TF_RESOURCE) {
            resources[entry->draw] += (double)entry->pence / 100 * tf_present(s->deal, s->deal->discount, entry->cash);
        }
    }
}

/* The share of draws in which it is above 0. */
static double share_above(const double *values, size_t draws)
{
    size_t n = 0;

    for (size_t d = 0; d < draws; d++) {
        n += values[d] > 0;
    }
    return (double)n / (double)draws;
}

static void gain_of(const tf_settlement *s, const tf_source *source, int q, double *room, tf_answers *made)
{
    const size_t group = q == 0 ? 0 : (size_t)tf_fifth(source, q);

    for (size_t d = 0; d < s->draws; d++) {
        room[d] = more_of(s, source, d, "qaly", group);
    }
    made->p_gains[q] = share_above(room, s->draws);
    made->qaly[q] = tf_estimate_values(room, s->draws, 0);
}

trefoil_status tf_answers_health(trefoil_context *context, const tf_settlement *s, tf_source *source, tf_answers *made)
{
    double shares[TF_FIFTHS] = {0}, *received = TF_NEW(double, s->draws), *room = TF_NEW(double, s->draws),
           *resources = TF_NEW(double, s->draws);
    trefoil_status status = TREFOIL_DONE;

    if (received == NULL || room == NULL || resources == NULL) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the answers of a deal");
        goto out;
    }
    TRY(shares_of(context, s, source, shares, &made->fifths));
    tf_deal_present(s, TF_HEALTH_SERVICE, received);
    for (int q = 0; q <= (made->fifths ? TF_FIFTHS : 0); q++) {
        gain_of(s, source, q, room, made);
        for (int v = 0; v < TF_VIEWS; v++) {
            for (size_t d = 0; d < s->draws; d++) {
                const double gained = v == TF_VIEW_DEAL ? 0 : more_of(s, source, d, "qaly", q == 0 ? 0 : (size_t)tf_fifth(source, q));

                room[d] = gained - (q == 0 ? 1 : shares[q - 1]) * displaced(s, source, received, d, (tf_view)v);
            }
            made->p_nhb[q] = share_above(room, s->draws); /* in the end that after the deal */
            made->nhb[v][q] = tf_estimate_values(room, s->draws, 0);
        }
    }
    for (size_t d = 0; d < s->draws; d++) {
        resources[d] = resources_of(s, source, d);
    }
    add_resource_terms(s, resources);
    for (size_t d = 0; d < s->draws; d++) {
        room[d] = more_of(s, source, d, "qaly", 0) - resources[d] / s->deal->opportunity_cost;
    }
    made->p_welfare = share_above(room, s->draws);
    made->welfare = tf_estimate_values(room, s->draws, 0);
    made->resources = tf_estimate_values(resources, s->draws, 0);
out:
    tf_free(received);
    tf_free(room);
    tf_free(resources);
    return status;
}

/* ---- time to agree ------------------------------------------------------------------------- */

/* The present value of yearly amounts over `years` years when they begin `delay` years late and end when they would have. */
static double late(const double *yearly, size_t years, double rate, double delay)
{
    double sum = 0;

    for (size_t t = 0; t < years; t++) {
        const double start = (double)t + delay, part = fmax(0, fmin(1, (double)years - start));

        sum += yearly[t] * part * pow(1 + rate, -floor(start));
    }
    return sum;
}

static double lost(const tf_settlement *s, const tf_source *source, size_t draw, const char *name, size_t group, double rate, double delay)
{
    const tf_layout *layout = tf_source_layout(source);
    const ptrdiff_t measure = tf_find_measure(layout, name);
    double yearly[TF_DEAL_YEARS];

    for (size_t t = 0; t < s->years; t++) {
        yearly[t] = measure < 0 ? 0
                                : tf_settlement_more_year(s, source, draw,
                                                          tf_at_year(layout, (size_t)layout->groups[group].year_index,
                                                                     s->deal->from + t, (size_t)measure));
    }
    return (late(yearly, s->years, rate, 0) - late(yearly, s->years, rate, delay)) * tf_present(s->deal, rate, 0);
}

trefoil_status tf_answers_delay(trefoil_context *context, const tf_settlement *s, tf_source *source, tf_answers *made)
{
    const tf_deal *deal = s->deal;
    const double effects = tf_source_scenario(source)->discount_effects;
    double *months = TF_NEW(double, s->draws), *qaly = TF_NEW(double, s->draws), *pounds = TF_NEW(double, s->draws), all = 0;

    if (months == NULL || qaly == NULL || pounds == NULL) {
        tf_free(months);
        tf_free(qaly);
        tf_free(pounds);
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the answers of a deal");
    }
    made->delayed = deal->n_stages > 0;
    for (size_t k = 0; k < deal->n_stages; k++) {
        const double *drawn = tf_source_drawn(source, tf_purpose("stage", deal->stages[k].name), &deal->stages[k].months.distribution);

        for (size_t d = 0; d < s->draws; d++) {
            months[d] += drawn != NULL ? fmax(0, drawn[d]) : 0;
        }
    }
    for (size_t d = 0; d < s->draws && made->delayed; d++) {
        qaly[d] = lost(s, source, d, "qaly", 0, effects, months[d] / 12);
        pounds[d] = -lost(s, source, d, "cost", 0, deal->discount, months[d] / 12);
        all += months[d];
        for (int q = 0; q < TF_FIFTHS; q++) {
            const ptrdiff_t group = tf_fifth(source, q + 1);
            const bool known = group >= 0 && tf_source_layout(source)->groups[group].year_index >= 0;

            made->delay.fifth_qaly[q] += known ? lost(s, source, d, "qaly", (size_t)group, effects, months[d] / 12) : (double)NAN;
            made->delay.fifth_pounds[q] -= known ? lost(s, source, d, "cost", (size_t)group, deal->discount, months[d] / 12) : (double)NAN;
        }
    }
    made->delayed = made->delayed && all > 0;
    if (made->delayed) {
        made->delay.months = tf_estimate_values(months, s->draws, 0);
        made->delay.qaly = tf_estimate_values(qaly, s->draws, 0);
        made->delay.pounds = tf_estimate_values(pounds, s->draws, 0);
        made->delay.qaly_month = made->delay.qaly.value * (double)s->draws / all;
        made->delay.pounds_month = made->delay.pounds.value * (double)s->draws / all;
        for (int q = 0; q < TF_FIFTHS; q++) {
            made->delay.fifth_qaly[q] /= all;
            made->delay.fifth_pounds[q] /= all;
        }
    }
    tf_free(months);
    tf_free(qaly);
    tf_free(pounds);
    return TREFOIL_DONE;
}
