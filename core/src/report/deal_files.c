/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/deal_views.h"

#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <stdio.h>

typedef void (*add_rows)(const tf_told *told, tf_csv *csv);

static double year_from(const tf_told *told, size_t year)
{
    return tf_source_scenario(told->source)->start + (double)(told->deal->from + year);
}

static void add_account(const tf_deal *deal, const tf_account *account, tf_csv *csv)
{
    char text[160] = "used up";

    if (account->party >= 0) {
        snprintf(text, sizeof text, "%s%s%s", deal->parties.items[account->party].name, account->line[0] != '\0' ? "." : "", account->line);
    }
    tf_csv_text(csv, text);
}

static void add_estimate(tf_estimate e, tf_csv *csv)
{
    tf_csv_number(csv, e.value);
    tf_csv_number(csv, e.lo);
    tf_csv_number(csv, e.hi);
}

static void add_parties(const tf_told *told, tf_csv *csv)
{
    const tf_deal *deal = told->deal;

    for (size_t p = 0; p < deal->parties.count; p++) {
        const tf_party_answer *answer = &told->answers->parties[p];

        for (int v = 0; v < TF_VIEWS && answer->involved; v++) {
            for (size_t t = 0; t <= deal->cash_years; t++) { /* the last row: all years, discounted */
                const bool all = t == deal->cash_years;

                tf_csv_text(csv, deal->name);
                tf_csv_text(csv, deal->parties.items[p].name);
                tf_csv_text(csv, tf_party_kind_names[deal->parties.items[p].kind]);
                tf_csv_text(csv, tf_view_names[v]);
                tf_csv_number(csv, all ? (double)NAN : (double)(t + 1));
                tf_csv_number(csv, all ? (double)NAN : year_from(told, t));
                tf_csv_integer(csv, all);
                add_estimate(all ? answer->present[v] : answer->flow[v][t], csv);
                tf_csv_number(csv, all ? answer->sd[v] : (double)NAN);
                tf_csv_number(csv, all ? answer->tail[v] : (double)NAN);
                tf_csv_number(csv, all && v == TF_VIEW_AFTER ? answer->p_loses : (double)NAN);
                tf_csv_number(csv, all && v == TF_VIEW_AFTER && answer->payback > 0 ? (double)answer->payback : (double)NAN);
                tf_csv_end(csv);
            }
        }
    }
}

static void add_terms(const tf_told *told, tf_csv *csv)
{
    const tf_deal *deal = told->deal;

    for (size_t k = 0; k < deal->n_terms; k++) {
        const tf_route *route = &deal->routes[deal->terms[k].route];
        const tf_term_answer *a = &told->answers->terms[k];

        tf_csv_text(csv, deal->name);
        tf_csv_text(csv, route->name);
        tf_csv_text(csv, tf_term_kind_names[deal->terms[k].kind]);
        add_account(deal, &route->payer, csv);
        add_account(deal, &route->payee, csv);
        tf_csv_text(csv, tf_class_names[route->class]);
        tf_csv_text(csv, tf_basis_names[route->basis]);
        add_estimate(a->paid, csv);
        tf_csv_number(csv, a->due.value);
        tf_csv_number(csv, a->false_pay);
        tf_csv_number(csv, a->false_refuse);
        tf_csv_number(csv, a->p_fires);
        tf_csv_number(csv, a->promise.p_fires);
        tf_csv_number(csv, a->nothing.p_fires);
        tf_csv_number(csv, a->p_year);
        tf_csv_number(csv, a->promise.p_year);
        tf_csv_number(csv, a->nothing.p_year);
        tf_csv_number(csv, a->promise.paid);
        tf_csv_number(csv, a->nothing.paid);
        tf_csv_number(csv, a->p_binds);
        tf_csv_number(csv, a->ppv);
        tf_csv_end(csv);
    }
}

/* ---- the ledger ---------------------------------------------------------------------------- */

static void add_flow(const tf_deal *deal, size_t k, tf_csv *csv)
{
    const tf_route *route = &deal->routes[k];

    tf_csv_text(csv, deal->name);
    tf_csv_text(csv, route->name);
    tf_csv_text(csv, tf_class_names[route->class]);
    tf_csv_text(csv, tf_basis_names[route->basis]);
    add_account(deal, &route->payer, csv);
    add_account(deal, &route->payee, csv);
}

/* Route by route and year of accrual: what the draws come to. */
static void add_ledger(const tf_told *told, tf_csv *csv)
{
    const tf_settlement *s = told->settlement;
    const tf_ledger *ledger = &s->ledger;
    double *room = TF_NEW(double, s->draws * s->years), *values = TF_NEW(double, s->draws);

    csv->text.failed = csv->text.failed || room == NULL || values == NULL;
    for (size_t e = 0; e < ledger->count && !csv->text.failed;) { /* entries stand by route */
        const size_t route = ledger->entries[e].route;

        for (size_t k = 0; k < s->draws * s->years; k++) {
            room[k] = 0;
        }
        for (; e < ledger->count && ledger->entries[e].route == route; e++) {
            room[ledger->entries[e].accrual * s->draws + ledger->entries[e].draw] = (double)ledger->entries[e].pence / 100;
        }
        for (size_t t = 0; t < s->years; t++) {
            double p = 0;

            for (size_t d = 0; d < s->draws; d++) {
                values[d] = room[t * s->draws + d];
                p += values[d] != 0 ? 1 / (double)s->draws : 0;
            }
            if (p > 0) {
                add_flow(told->deal, route, csv);
                tf_csv_number(csv, year_from(told, t));
                tf_csv_number(csv, year_from(told, t + told->deal->routes[route].delay));
                add_estimate(tf_estimate_values(values, s->draws, 0), csv);
                tf_csv_number(csv, p);
                tf_csv_end(csv);
            }
        }
    }
    tf_free(room);
    tf_free(values);
}

static void add_entries(const tf_told *told, tf_csv *csv)
{
    const tf_ledger *ledger = &told->settlement->ledger;
    const tf_sample *sample = tf_source_sample(told->source);

    for (size_t e = 0; e < ledger->count; e++) {
        const tf_entry *entry = &ledger->entries[e];

        add_flow(told->deal, entry->route, csv);
        tf_csv_integer(csv, sample->n_draws > 0 ? (int64_t)sample->draws[entry->draw] : 0);
        tf_csv_number(csv, year_from(told, entry->accrual));
        tf_csv_number(csv, year_from(told, entry->cash));
        tf_csv_integer(csv, entry->pence);
        tf_csv_end(csv);
    }
}

/* ---- who gains ----------------------------------------------------------------------------- */

static void add_stakes(const tf_told *told, tf_csv *csv)
{
    tf_stake *stakes = TF_NEW(tf_stake, tf_stakes_most(told->answers));
    const size_t n = stakes != NULL ? tf_stakes(told->answers, stakes) : 0;

    csv->text.failed = csv->text.failed || stakes == NULL;
    for (size_t k = 0; k < n; k++) {
        tf_csv_text(csv, told->deal->name);
        tf_csv_text(csv, stakes[k].who);
        tf_csv_text(csv, stakes[k].what);
        tf_csv_text(csv, stakes[k].unit);
        add_estimate(stakes[k].value, csv);
        tf_csv_number(csv, stakes[k].p_gains);
        tf_csv_text(csv, stakes[k].decides ? tf_verdict(&stakes[k]) : "");
        tf_csv_end(csv);
    }
    tf_free(stakes);
}

static void add_impact(const tf_impact *impact, size_t year, bool told, tf_csv *csv)
{
    const double *const columns[] = {impact->cash, impact->lo, impact->hi, impact->capacity, impact->avoided};

    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        tf_csv_number(csv, told ? columns[c][year] : (double)NAN);
    }
}

static void add_budget(const tf_told *told, tf_csv *csv)
{
    for (size_t k = 0; k < told->answers->n_budgets; k++) {
        const tf_budget *b = &told->answers->budgets[k];

        for (size_t t = 0; t < told->deal->cash_years; t++) {
            tf_csv_text(csv, told->deal->name);
            tf_csv_text(csv, told->deal->parties.items[b->party].name);
            tf_csv_text(csv, b->line);
            tf_csv_integer(csv, (int64_t)t + 1);
            tf_csv_number(csv, year_from(told, t));
            add_impact(&b->closed, t, true, csv);
            add_impact(&b->open, t, t < told->answers->open_years, csv);
            tf_csv_end(csv);
        }
    }
}

static void add_activity(const tf_told *told, tf_csv *csv)
{
    for (size_t k = 0; k < told->answers->n_activities; k++) {
        const tf_activity *a = &told->answers->activities[k];
        const tf_measure *measure = &tf_source_layout(told->source)->measures[a->measure];

        for (size_t t = 0; t < told->deal->years; t++) {
            tf_csv_text(csv, told->deal->name);
            tf_csv_text(csv, measure->name);
            tf_csv_text(csv, measure->unit);
            tf_csv_integer(csv, (int64_t)t + 1);
            tf_csv_number(csv, year_from(told, t));
            tf_csv_number(csv, a->more[t]);
            tf_csv_number(csv, t < told->answers->open_years ? a->open[t] : (double)NAN);
            tf_csv_end(csv);
        }
    }
}

/* ---- what needs to be asked for ------------------------------------------------------------ */

static void add_curve(const tf_told *told, tf_csv *csv)
{
    for (size_t k = 0; k < told->deal->n_terms; k++) {
        for (size_t c = 0; c < told->answers->terms[k].n_curve; c++) {
            const tf_at_truth *at = &told->answers->terms[k].curve[c];

            tf_csv_text(csv, told->deal->name);
            tf_csv_text(csv, told->deal->routes[told->deal->terms[k].route].name);
            tf_csv_number(csv, at->truth);
            tf_csv_number(csv, at->p_fires);
            tf_csv_number(csv, at->p_year);
            tf_csv_number(csv, at->paid);
            tf_csv_end(csv);
        }
    }
}

static void add_roots(const tf_told *told, tf_csv *csv)
{
    for (size_t k = 0; k < told->answers->n_roots; k++) {
        const tf_root *root = &told->answers->roots[k];

        tf_csv_text(csv, told->deal->name);
        tf_csv_text(csv, told->deal->levers[root->lever].name);
        tf_csv_text(csv, root->of);
        tf_csv_number(csv, told->deal->levers[root->lever].number.distribution.mean);
        tf_csv_number(csv, root->found ? root->value : (double)NAN);
        tf_csv_text(csv, root->found ? "" : root->flat ? "it does not depend on it" : "no change of sign where it was searched");
        tf_csv_end(csv);
    }
}

static void add_zone(const tf_told *told, tf_csv *csv)
{
    for (size_t k = 0; told->answers->zone != NULL && k < TF_ZONE * TF_ZONE; k++) {
        const tf_bargain *cell = &told->answers->zone[k];

        tf_csv_text(csv, told->deal->name);
        for (int side = 0; side < 2; side++) {
            tf_csv_text(csv, told->deal->zone.items[side]);
            tf_csv_number(csv, cell->value[side]);
        }
        tf_csv_number(csv, cell->net_health);
        tf_csv_integer(csv, cell->acceptable);
        tf_csv_end(csv);
    }
}

static void add_delay(const tf_told *told, tf_csv *csv)
{
    const tf_delay *delay = &told->answers->delay;

    if (!told->answers->delayed) {
        return;
    }
    for (int q = 0; q <= TF_FIFTHS; q++) {
        char group[8] = "all";

        snprintf(group, sizeof group, q == 0 ? "all" : "%d", q);
        tf_csv_text(csv, told->deal->name);
        tf_csv_text(csv, group);
        add_estimate(delay->months, csv);
        if (q == 0) {
            add_estimate(delay->qaly, csv);
        } else {
            tf_csv_number(csv, delay->fifth_qaly[q - 1] * delay->months.value);
            tf_csv_number(csv, (double)NAN);
            tf_csv_number(csv, (double)NAN);
        }
        tf_csv_number(csv, q == 0 ? delay->qaly_month : delay->fifth_qaly[q - 1]);
        tf_csv_number(csv, q == 0 ? delay->pounds.value : delay->fifth_pounds[q - 1] * delay->months.value);
        tf_csv_number(csv, q == 0 ? delay->pounds_month : delay->fifth_pounds[q - 1]);
        tf_csv_end(csv);
    }
}

static void add_shares(const tf_told *told, tf_csv *csv)
{
    static const char *const measures[] = {"qaly", "cost"};

    for (size_t k = 0; k < told->answers->n_shares; k++) {
        for (int m = 0; m < 2; m++) {
            tf_csv_text(csv, told->deal->name);
            tf_csv_text(csv, told->answers->shares[k].intervention);
            tf_csv_text(csv, measures[m]);
            tf_csv_number(csv, told->answers->shares[k].alone[m]);
            tf_csv_number(csv, told->answers->shares[k].last[m]);
            tf_csv_number(csv, told->answers->shares[k].shapley[m]);
            tf_csv_end(csv);
        }
    }
}

/* ---- all files ----------------------------------------------------------------------------- */

static const struct {
    const char *name, *header;
    add_rows add;
    bool always;
} files[] = {
    {"deal.csv", "deal,party,kind,view,year,from,discounted,mean,lo,hi,sd,worst_twentieth,p_loses,payback_year", add_parties, true},
    {"terms.csv",
     "deal,term,kind,payer,payee,class,basis,paid,lo,hi,due,false_pay,false_refuse,p_fires,p_fires_promise,p_fires_nothing,p_year,"
     "p_year_promise,"
     "p_year_nothing,paid_promise,"
     "paid_nothing,p_binds,ppv",
     add_terms, true},
    {"ledger.csv", "deal,route,class,basis,payer,payee,accrual,cash,mean,lo,hi,p_flows", add_ledger, true},
    {"triple-win.csv", "deal,who,what,unit,mean,lo,hi,p_gains,verdict", add_stakes, true},
    {"budget.csv",
     "deal,party,line,year,from,cash,cash_lo,cash_hi,capacity,avoided_growth,open_cash,open_cash_lo,open_cash_hi,"
     "open_capacity,open_avoided_growth", add_budget, true},
    {"activity.csv", "deal,measure,unit,year,from,more,open_more", add_activity, true},
    {"curve.csv", "deal,term,truth,p_fires,p_year,paid", add_curve, false},
    {"breakeven.csv", "deal,number,of,base,value,note", add_roots, false},
    {"zone.csv", "deal,number_a,value_a,number_b,value_b,net_health_benefit,acceptable", add_zone, false},
    {"delay.csv", "deal,imd,months,months_lo,months_hi,qaly,qaly_lo,qaly_hi,qaly_month,cost_saved,cost_saved_month", add_delay,
     false},
    {"attribution.csv", "deal,intervention,measure,alone,left_out,shapley", add_shares, false},
};

static trefoil_status write_rows(trefoil_context *context, const tf_deals *deals, const char *folder, const char *name,
                                 const char *header, add_rows add, bool always)
{
    tf_csv csv = {0};
    size_t empty;

    tf_csv_header(&csv, header);
    empty = csv.text.length;
    for (size_t k = 0; k < deals->n; k++) {
        add(&deals->deals[k], &csv);
    }
    if (!always && !csv.text.failed && csv.text.length == empty) {
        tf_text path = {0};

        tf_text_addf(&path, "%s/%s", folder, name);
        if (!path.failed) {
            remove(path.chars); /* what an earlier call may have left */
        }
        tf_text_free(&path);
        tf_text_free(&csv.text);
        return TREFOIL_DONE;
    }
    return tf_export_csv(context, folder, name, &csv);
}

trefoil_status tf_deals_write(trefoil_context *context, const tf_deals *deals, bool entries, const char *folder)
{
    trefoil_status status = tf_export_folder(context, folder);
    tf_text page = {0};

    for (size_t f = 0; f < sizeof files / sizeof *files && status == TREFOIL_DONE; f++) {
        status = write_rows(context, deals, folder, files[f].name, files[f].header, files[f].add, files[f].always);
    }
    if (status == TREFOIL_DONE && entries) {
        status = write_rows(context, deals, folder, "entries.csv", "deal,route,class,basis,payer,payee,draw,accrual,cash,pence",
                            add_entries, true);
    }
    if (status == TREFOIL_DONE) {
        tf_deals_page(deals, &page);
        status = tf_export_text(context, folder, "deals.html", &page);
    }
    tf_text_free(&page);
    return status;
}
