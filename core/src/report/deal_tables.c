/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/deal_views.h"

#include "base/memory.h"
#include "deal/linked.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef char printed[TF_PRINTED_SIZE];

static void header(tf_sheet *sheet, const char *const *columns, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        tf_sheet_cell(sheet, "%s", columns[k]);
    }
}

/* A sum of money to three digits or so: "£1.2m", "£345,000", "£42". */
static void money_text(printed text, const char *currency, double value, bool plus)
{
    const bool millions = fabs(value) >= 995000; /* what would be printed as 1,000,000 */
    const double shown = millions ? value / 1e6 : value, size = fabs(shown);
    printed number;

    tf_print_digits(number, shown, millions ? size < 99.95 : tf_digits(size > 0 ? size / 40 : 0, 0), currency, plus);
    snprintf(text, TF_PRINTED_SIZE, "%.60s%s", number, millions ? "m" : "");
}

static void money(const tf_deals *deals, tf_sheet *sheet, double value)
{
    printed text;

    money_text(text, deals->currency, value, false);
    tf_sheet_cell(sheet, "%s", isnan(value) ? "-" : text);
}

/* QALYs and other amounts to three digits or so. */
static void amount(tf_sheet *sheet, double value)
{
    printed text;

    tf_print_digits(text, value, fabs(value) >= 100 ? 0 : fabs(value) >= 10 ? 1 : 2, "", false);
    tf_sheet_cell(sheet, "%s", isnan(value) ? "-" : text);
}

/* A probability, which is never said to be certain when it is not. */
static void chance(tf_sheet *sheet, double p)
{
    if (isnan(p)) {
        tf_sheet_cell(sheet, "-");
    } else if (p < 0.0005 || p > 0.9995) {
        tf_sheet_cell(sheet, "%s", p <= 0 ? "0%" : p >= 1 ? "100%" : p < 0.5 ? "<0.1%" : ">99.9%");
    } else {
        tf_sheet_cell(sheet, p < 0.1 || p > 0.99 ? "%.1f%%" : "%.0f%%", 100 * p);
    }
}

/* A number of the deal: "1,651,000", "0.25". */
static void number(tf_sheet *sheet, double value)
{
    printed text;

    if (fabs(value) >= 1000) {
        tf_print_digits(text, value, 0, "", false);
    } else {
        snprintf(text, sizeof text, "%.4g", value);
    }
    tf_sheet_cell(sheet, "%s", text);
}

static void interval(const tf_deals *deals, tf_sheet *sheet, const char *unit, tf_estimate e)
{
    const bool pounds = strcmp(unit, "GBP") == 0;

    if (isnan(e.lo)) {
        tf_sheet_cell(sheet, "-");
        return;
    }
    if (pounds) {
        printed lo, hi;

        money_text(lo, deals->currency, e.lo, false);
        money_text(hi, deals->currency, e.hi, false);
        tf_sheet_cell(sheet, "%s to %s", lo, hi);
    } else {
        printed lo, hi;
        const int digits = fmax(fabs(e.lo), fabs(e.hi)) >= 100 ? 0 : fmax(fabs(e.lo), fabs(e.hi)) >= 10 ? 1 : 2;

        tf_print_digits(lo, e.lo, digits, "", false);
        tf_print_digits(hi, e.hi, digits, "", false);
        tf_sheet_cell(sheet, "%s to %s", lo, hi);
    }
}

void tf_year_text(const tf_told *told, size_t year, char *text, size_t size)
{
    const double from = tf_source_scenario(told->source)->start + (double)(told->deal->from + year);

    if (fabs(from - floor(from) - 0.25) < 1e-9) { /* from 1 April: a financial year */
        snprintf(text, size, "%.0f/%02.0f", floor(from), fmod(floor(from) + 1, 100));
    } else {
        snprintf(text, size, "from %.6g", from);
    }
}

static void year_cells(const tf_told *told, size_t years, tf_sheet *sheet)
{
    char text[48];

    for (size_t t = 0; t < years; t++) {
        tf_year_text(told, t, text, sizeof text);
        tf_sheet_cell(sheet, "%s", text);
    }
}

/* ---- who gains ----------------------------------------------------------------------------- */

void tf_sheet_stakes(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    static const char *const columns[] = {"who", "what", "expected", "95% interval", "chance\nof gain", "verdict"};
    tf_stake *stakes = TF_NEW(tf_stake, tf_stakes_most(told->answers));
    const size_t n = stakes != NULL ? tf_stakes(told->answers, stakes) : 0;
    printed per_qaly;

    tf_print_digits(per_qaly, told->deal->opportunity_cost, 0, deals->currency, false);
    tf_sheet_begin(sheet, 6, "Who gains and who loses");
    header(sheet, columns, 6);
    sheet->failed = sheet->failed || stakes == NULL;
    for (size_t k = 0; k < n; k++) {
        const tf_stake *s = &stakes[k];

        if (!s->decides && s->value.value == 0 && !(s->value.lo < 0 || s->value.hi > 0)) {
            continue; /* nothing of the kind */
        }
        tf_sheet_cell(sheet, "%s", s->who);
        tf_sheet_cell(sheet, "%s", s->what);
        if (strcmp(s->unit, "GBP") == 0) {
            money(deals, sheet, s->value.value);
        } else {
            amount(sheet, s->value.value);
        }
        interval(deals, sheet, s->unit, s->value);
        if (s->decides) {
            chance(sheet, s->value.value != 0 ? s->p_gains : (double)NAN);
            tf_sheet_cell(sheet, "%s", tf_verdict(s));
        } else {
            tf_sheet_cell(sheet, " ");
            tf_sheet_cell(sheet, " ");
        }
    }
    tf_text_addf(&sheet->note,
                 "Net health benefit: QALYs gained less those the money would have given elsewhere, at %s per QALY. Society counts "
                 "QALYs and "
                 "real resources only: payments between parties cancel. Cash over the deal is discounted and of people there at the start; a budget "
                 "impact is not discounted%s.",
                 per_qaly, told->answers->open_years > 0 ? ", and counts newcomers, who join an open population later" : "");
    tf_free(stakes);
}

/* Who gains (sign 1) or loses (-1) on average; fifths are counted. */
static void add_who(const tf_stake *stakes, size_t n, int sign, tf_text *out)
{
    static const char *const numbers[] = {"", "one fifth", "two fifths", "three fifths", "four fifths", "every fifth of the population"};
    size_t fifths = 0;

    for (size_t k = 0; k < n; k++) {
        const bool counts = stakes[k].decides && stakes[k].value.value * sign > 0;

        fifths += counts && stakes[k].fifth;
        if (counts && !stakes[k].fifth) {
            tf_text_addf(out, "%s%s", out->length > 0 ? ", " : "", stakes[k].who);
        }
    }
    if (fifths > 0) {
        tf_text_addf(out, "%s%s", out->length > 0 ? ", " : "", numbers[fifths]);
    }
}

void tf_sheet_deals(const tf_deals *deals, tf_sheet *sheet)
{
    static const char *const columns[] = {"deal",
                                          "net health\nbenefit",
                                          "cash to the\nhealth service",
                                          "of it by\nthe deal",
                                          "partner's\npresent value",
                                          "health\nfor society",
                                          "who loses"};

    tf_sheet_begin(sheet, 7, "Deals side by side (expected; QALYs, and money at present value)");
    header(sheet, columns, 7);
    for (size_t k = 0; k < deals->n; k++) {
        const tf_told *told = &deals->deals[k];
        tf_stake *stakes = TF_NEW(tf_stake, tf_stakes_most(told->answers));
        const size_t n = stakes != NULL ? tf_stakes(told->answers, stakes) : 0;
        double partner = NAN, deal = 0;
        tf_text losers = {0};

        sheet->failed = sheet->failed || stakes == NULL;
        for (size_t p = 0; p < told->deal->parties.count; p++) {
            const tf_party_answer *a = &told->answers->parties[p];

            if (a->involved && told->deal->parties.items[p].kind == TF_PARTNER) {
                partner = (isnan(partner) ? 0 : partner) + a->present[TF_VIEW_AFTER].value;
            } else if (a->involved && told->deal->parties.items[p].kind == TF_HEALTH_SERVICE) {
                deal += a->present[TF_VIEW_DEAL].value;
            }
        }
        add_who(stakes, n, -1, &losers);
        tf_sheet_cell(sheet, "%s", told->deal->title);
        amount(sheet, told->answers->nhb[TF_VIEW_AFTER][0].value);
        money(deals, sheet, told->answers->cash.value);
        money(deals, sheet, deal);
        money(deals, sheet, partner);
        amount(sheet, told->answers->welfare.value);
        tf_sheet_cell(sheet, "%s", losers.chars != NULL ? losers.chars : "nobody");
        sheet->failed = sheet->failed || losers.failed;
        tf_text_free(&losers);
        tf_free(stakes);
    }
}

/* ---- money --------------------------------------------------------------------------------- */

void tf_sheet_parties(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    static const char *const columns[] = {"party",         "before\nthe deal",   "moved by\nthe deal", "after\nthe deal",
                                          "spread\nbefore", "spread\nafter",      "worst 5%\nbefore",   "worst 5%\nafter",
                                          "chance\nof a loss", "pays\nback in"};
    const tf_deal *deal = told->deal;

    tf_sheet_begin(sheet, 10, "Present value of each party's cash, received less paid");
    header(sheet, columns, 10);
    for (size_t p = 0; p < deal->parties.count; p++) {
        const tf_party_answer *a = &told->answers->parties[p];

        if (!a->involved) {
            continue;
        }
        tf_sheet_cell(sheet, "%s", deal->parties.items[p].title);
        for (int v = 0; v < TF_VIEWS; v++) {
            money(deals, sheet, a->present[v].value);
        }
        money(deals, sheet, a->sd[TF_VIEW_BEFORE]);
        money(deals, sheet, a->sd[TF_VIEW_AFTER]);
        money(deals, sheet, told->settlement->draws > 1 ? a->tail[TF_VIEW_BEFORE] : (double)NAN);
        money(deals, sheet, told->settlement->draws > 1 ? a->tail[TF_VIEW_AFTER] : (double)NAN);
        chance(sheet, told->settlement->draws > 1 ? a->p_loses : (double)NAN);
        if (a->payback > 0) {
            tf_sheet_cell(sheet, "year %zu", a->payback);
        } else {
            tf_sheet_cell(sheet, "-");
        }
    }
    tf_text_addf(&sheet->note,
                 "Before: what %s costs or saves against %s, without the deal. Cash only: capacity that is freed or used is "
                 "told by budget line. Spread: standard deviation over draws; worst 5%%: "
                 "the mean of the worst twentieth of draws (CVaR). A deal that takes risk from a party narrows its spread. "
                 "Pays back in: the year of "
                 "the deal in which receipts make up for what was paid until then ('-': nothing to make up, or never).",
                 tf_source_layout(told->source)->strategy_titles[deal->strategy],
                 tf_source_layout(told->source)->strategy_titles[tf_source_layout(told->source)->comparator]);
}

/* A party's years, the last column in all when there are more than fit. */
static void flow_cells(const tf_deals *deals, const tf_estimate *flow, size_t years, size_t shown, tf_sheet *sheet)
{
    double rest = 0;

    for (size_t t = 0; t < years; t++) {
        if (t < shown) {
            money(deals, sheet, flow[t].value);
        } else {
            rest += flow[t].value;
        }
    }
    if (shown < years) {
        money(deals, sheet, rest);
    }
}

void tf_sheet_flows(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    enum { MOST = 8 };
    static const char *const views[] = {"Before the deal", "Moved by the deal", "After the deal"};
    const tf_deal *deal = told->deal;
    const size_t years = deal->cash_years, shown = years <= MOST ? years : MOST - 1;

    tf_sheet_begin(sheet, shown + 1 + (shown < years), "Cash by party and year (expected, not discounted)");
    tf_sheet_cell(sheet, "party");
    year_cells(told, shown, sheet);
    if (shown < years) {
        tf_sheet_cell(sheet, "%zu later\nyears", years - shown);
    }
    for (int v = 0; v < TF_VIEWS; v++) {
        tf_sheet_heading(sheet, views[v]);
        for (size_t p = 0; p < deal->parties.count; p++) {
            const tf_party_answer *a = &told->answers->parties[p];
            bool any = false;

            for (size_t t = 0; a->involved && t < years; t++) {
                any = any || a->flow[v][t].value != 0;
            }
            if (any) {
                tf_sheet_cell(sheet, "  %s", deal->parties.items[p].title);
                flow_cells(deals, a->flow[v], years, shown, sheet);
            }
        }
    }
    tf_text_add(&sheet->note, "Of people there at the start. A provider that is paid by activity loses income when there is less of it.");
    if (shown < years) {
        tf_text_add(&sheet->note, " Year by year in deal.csv.");
    }
}

/* A name of a file as words: "social_care" is social care. */
static void spaced(const char *name, printed words)
{
    snprintf(words, TF_PRINTED_SIZE, "%.60s", name);
    for (char *at = words; *at != '\0'; at++) {
        *at = *at == '_' ? ' ' : *at;
    }
}

static void budget_rows(const tf_deals *deals, const tf_answers *answers, const tf_budget *budget, tf_sheet *sheet)
{
    static const char *const kinds[] = {"cash", "capacity", "growth avoided"};
    printed line;

    spaced(budget->line, line);
    for (int c = 0; c < 3; c++) {
        double values[TF_DEAL_YEARS];
        bool any = false;

        for (size_t t = 0; t < answers->impact_years; t++) {
            const tf_impact *impact = tf_impact_of(answers, budget, t);

            values[t] = (c == 0 ? impact->cash : c == 1 ? impact->capacity : impact->avoided)[t];
            any = any || fabs(values[t]) >= 0.005;
        }
        if (any) {
            tf_sheet_cell(sheet, "%s%s%s", answers->deal->parties.items[budget->party].title, line[0] != '\0' ? ": " : "", line);
            tf_sheet_cell(sheet, "%s", kinds[c]);
            for (size_t t = 0; t < answers->impact_years; t++) {
                money(deals, sheet, values[t]);
            }
        }
    }
}

/* Cash of all lines of the health service: of everybody, or only of those who were there at the start. */
static void total_row(const tf_deals *deals, const tf_answers *answers, const char *label, bool open, tf_sheet *sheet)
{
    tf_sheet_cell(sheet, "%s", label);
    tf_sheet_cell(sheet, "cash");
    for (size_t t = 0; t < answers->impact_years; t++) {
        double sum = 0;

        for (size_t k = 0; k < answers->n_budgets; k++) {
            const tf_budget *budget = &answers->budgets[k];
            const tf_impact *impact = open ? tf_impact_of(answers, budget, t) : &budget->closed;

            sum += answers->deal->parties.items[budget->party].kind == TF_HEALTH_SERVICE ? impact->cash[t] : 0;
        }
        money(deals, sheet, sum);
    }
}

/* Whom a budget impact counts. */
static void say_population(const tf_told *told, tf_text *out)
{
    const tf_scenario *scenario = tf_source_scenario(told->source);

    if (told->answers->open_years == 0 && scenario->open_years > 0) {
        tf_text_addf(out, "The population is closed: the people who are there at the start. It was open in the first %d years of the run, before the deal begins. ",
                     scenario->open_years);
    } else if (told->answers->open_years == 0) {
        tf_text_addf(out, "The population is closed: the people who are there at the start. %s are not in it%s. ",
                     scenario->cohort > 0    ? "Those who begin in later years"
                     : scenario->age_min > 0 ? "Those who reach the lowest age later"
                                             : "Those born later",
                     scenario->cohort > 0 || scenario->age_min > 0 ? "; 'open = 5 years' in the scenario's [population] adds them" : "");
    } else if (scenario->cohort > 0) {
        tf_text_addf(out,
                     "Open population: %lld people begin in the first year and as many in each later one, under a deal of their own that begins with "
                     "them; without newcomers: those of the first year. ",
                     (long long)scenario->cohort);
    } else {
        tf_text_addf(out,
                     "Open population: people who turn %d in the %zu years after the start join, each from the year in which they do, and "
                     "the deal is settled on all; without newcomers: on those there at the start. ",
                     scenario->age_min, (size_t)scenario->open_years - 1);
    }
}

void tf_sheet_budget(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    const tf_deal *deal = told->deal;
    const tf_answers *a = told->answers;

    tf_sheet_begin(sheet, a->impact_years + 2, "Budget impact, %s population (expected, not discounted; below 0: spent or used)",
                   a->open_years > 0 ? "open" : "closed");
    tf_sheet_cell(sheet, "budget line");
    tf_sheet_cell(sheet, "as");
    year_cells(told, a->impact_years, sheet);
    total_row(deals, a, "Health service, all lines", true, sheet);
    if (a->open_years > 0) {
        total_row(deals, a, "without newcomers", false, sheet);
    }
    tf_sheet_heading(sheet, "By line");
    for (size_t p = 0; p < deal->parties.count; p++) {
        for (size_t k = 0; k < a->n_budgets; k++) {
            if (a->budgets[k].party == (int)p) {
                budget_rows(deals, a, &a->budgets[k], sheet);
            }
        }
    }
    say_population(told, &sheet->note);
    tf_text_add(&sheet->note, "Cash is money that a budget holder can spend elsewhere. Capacity (a bed that is freed and filled "
                              "again) and growth avoided are worth something and pay no "
                              "bill: the three are never added up.");
}

void tf_sheet_activity(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    const tf_layout *layout = tf_source_layout(told->source);
    const tf_answers *a = told->answers;
    const size_t years = told->deal->years < a->impact_years ? told->deal->years : a->impact_years;
    printed name;

    (void)deals;
    tf_sheet_begin(sheet, years + 1, "Activity: more (below 0: fewer) than under %s, %s population", layout->strategy_titles[layout->comparator],
                   a->open_years > 0 ? "open" : "closed");
    tf_sheet_cell(sheet, "resource");
    year_cells(told, years, sheet);
    for (size_t k = 0; k < a->n_activities; k++) {
        bool any = false;

        for (size_t t = 0; t < years; t++) {
            any = any || a->activities[k].more[t] != 0 || a->activities[k].open[t] != 0;
        }
        if (!any) {
            continue;
        }
        spaced(layout->measures[a->activities[k].measure].name + strlen("use."), name);
        tf_sheet_cell(sheet, "%s", name);
        for (size_t t = 0; t < years; t++) {
            amount(sheet, (t < a->open_years ? a->activities[k].open : a->activities[k].more)[t]);
        }
    }
}

/* ---- terms --------------------------------------------------------------------------------- */

/* Columns that say nothing of any term are left out: bounds that none has, errors of measurement where nothing is measured. */
void tf_sheet_terms(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    const tf_deal *deal = told->deal;
    const bool measured = told->settlement->due != told->settlement->paid;
    bool bounded = false;

    for (size_t k = 0; k < deal->n_terms; k++) {
        bounded = bounded || deal->terms[k].cap.text != NULL || deal->terms[k].floor.text != NULL;
    }
    {
        const struct {
            const char *name;
            bool shown;
        } columns[] = {{"term", true}, {"kind", true}, {"paid over\nthe deal", true}, {"95% interval", true}, {"pays in\na year", true},
                       {"cap or\nfloor binds", bounded}, {"due on\nthe truth", measured},
                       {"wrongly\npaid", measured}, {"wrongly\nrefused", measured}};

        tf_sheet_begin(sheet, 5 + bounded + 3 * (size_t)measured, "Terms, in the order they are settled in");
        for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
            if (columns[k].shown) {
                tf_sheet_cell(sheet, "%s", columns[k].name);
            }
        }
    }
    for (size_t k = 0; k < deal->n_terms; k++) {
        const tf_term *term = &deal->terms[k];
        const tf_term_answer *a = &told->answers->terms[k];

        tf_sheet_cell(sheet, "%s", deal->routes[term->route].title);
        tf_sheet_cell(sheet, "%s", tf_term_kind_names[term->kind]);
        money(deals, sheet, a->paid.value);
        interval(deals, sheet, "GBP", a->paid);
        chance(sheet, a->p_year);
        if (bounded) {
            chance(sheet, term->cap.text != NULL || term->floor.text != NULL ? a->p_binds : (double)NAN);
        }
        if (measured) {
            money(deals, sheet, a->due.value);
            money(deals, sheet, a->false_pay);
            money(deals, sheet, a->false_refuse);
        }
    }
    tf_text_addf(&sheet->note, "Not discounted; of people there at the start.%s",
                 measured ? " Due on the truth: what the same terms would pay if everything were measured without error; wrongly paid and "
                            "refused are the mean "
                            "differences from it."
                          : " Nothing is measured with error.");
}

void tf_sheet_triggers(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    static const char *const columns[] = {"term",
                                          "promised",
                                          "pays in a year\nif it holds",
                                          "paid if it\nholds",
                                          "no effect",
                                          "in a year\nwithout effect",
                                          "paid without\neffect",
                                          "in a year\noverall",
                                          "right when\nit pays"};
    bool rebate = false, fee = false;

    tf_sheet_begin(sheet, 9, "Will the trigger fire?");
    header(sheet, columns, 9);
    for (size_t k = 0; k < told->deal->n_terms; k++) {
        const tf_term_answer *a = &told->answers->terms[k];

        if (isnan(a->promise.truth) && isnan(a->nothing.truth)) {
            continue;
        }
        tf_sheet_cell(sheet, "%s", told->deal->routes[told->deal->terms[k].route].title);
        if (isnan(a->promise.truth)) {
            tf_sheet_cell(sheet, "-");
        } else {
            number(sheet, a->promise.truth);
        }
        chance(sheet, a->promise.p_year);
        money(deals, sheet, a->promise.paid);
        if (isnan(a->nothing.truth)) {
            tf_sheet_cell(sheet, "-");
        } else {
            number(sheet, a->nothing.truth);
        }
        chance(sheet, a->nothing.p_year);
        money(deals, sheet, a->nothing.paid);
        chance(sheet, a->p_year);
        chance(sheet, a->ppv);
        {
            const tf_account *payer = &told->deal->routes[told->deal->terms[k].route].payer;
            const bool partner = payer->party >= 0 && told->deal->parties.items[payer->party].kind == TF_PARTNER;

            rebate = rebate || (partner && a->promise.p_year > 0.1);
            fee = fee || (!partner && a->nothing.paid > 0);
        }
    }
    tf_text_addf(&sheet->note, "%s%sThe last column: of the years in which the term pays, the share that owe a payment on the truth.",
                 rebate ? "A rebate that fires often although the promise holds is a coin flip, not a guarantee. " : "",
                 fee ? "What is paid without effect pays for nothing. " : "");
}

/* ---- what could be agreed ------------------------------------------------------------------ */

void tf_sheet_roots(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    static const char *const columns[] = {"number", "now", "breaks even at", "for"};
    bool nowhere = false, flat = false;
    const tf_root *linked = NULL;
    printed lo, hi;

    (void)deals;
    tf_sheet_begin(sheet, 4, "Break-even values, everything else as stated");
    header(sheet, columns, 4);
    for (size_t k = 0; k < told->answers->n_roots; k++) {
        const tf_root *root = &told->answers->roots[k];

        tf_sheet_cell(sheet, "%s", told->deal->levers[root->lever].name);
        number(sheet, told->deal->levers[root->lever].number.distribution.mean);
        if (root->found) {
            number(sheet, root->value);
        } else {
            tf_sheet_cell(sheet, root->flat ? "no matter" : "nowhere");
        }
        tf_sheet_cell(sheet, "%s", root->of);
        linked = root->linked ? root : linked;
        nowhere = nowhere || (!root->found && !root->flat);
        flat = flat || root->flat;
    }
    tf_text_add(&sheet->note, "The value of one number at which the health service's net health benefit is 0, or the party "
                              "neither gains nor loses, its own work counted in full.");
    tf_text_add(&sheet->note, nowhere ? " Nowhere: no value that was tried, large or small, brings that about (a cap may "
                                        "bind, or other costs may outweigh it)." : "");
    tf_text_add(&sheet->note, flat ? " No matter: it does not depend on the number, as when one part of the health service "
                                     "pays another." : "");
    if (linked != NULL) {
        snprintf(lo, sizeof lo, "%.4g", linked->lo);
        snprintf(hi, sizeof hi, "%.4g", linked->hi);
        tf_text_addf(&sheet->note, " Of '%s' values from %s to %s were tried, each with what people do in response as the deal's links have it.",
                     told->deal->levers[linked->lever].name, lo, hi);
    }
}

void tf_sheet_zone(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    const tf_deal *deal = told->deal;
    bool any = false;

    (void)deals;
    tf_sheet_begin(sheet, TF_ZONE + 1, "Zone of possible agreement: %s across, %s down ('yes': nobody who must agree loses)",
                   deal->zone.count == 2 ? deal->zone.items[0] : "", deal->zone.count == 2 ? deal->zone.items[1] : "");
    tf_sheet_cell(sheet, " ");
    for (size_t a = 0; a < TF_ZONE; a++) {
        number(sheet, told->answers->zone[a].value[0]);
    }
    for (size_t b = TF_ZONE; b-- > 0;) {
        number(sheet, told->answers->zone[b * TF_ZONE].value[1]);
        for (size_t a = 0; a < TF_ZONE; a++) {
            tf_sheet_cell(sheet, "%s", told->answers->zone[b * TF_ZONE + a].acceptable ? "yes" : ".");
        }
    }
    for (size_t k = 0; k < TF_ZONE * TF_ZONE; k++) {
        any = any || told->answers->zone[k].acceptable;
    }
    tf_text_addf(&sheet->note, "%s", any ? "" : "There is none: no combination leaves everybody unharmed. ");
    tf_text_add(&sheet->note, "The health service agrees to what gives more health than its money would elsewhere; the partner, or "
                              "whom the deal names, to what it does not lose by, its own work counted in full.");
    tf_text_add(&sheet->note, tf_zone_follows(deal));
}

const char *tf_zone_follows(const tf_deal *deal)
{
    bool follows = false;

    for (size_t side = 0; side < deal->zone.count && deal->linked != NULL; side++) {
        follows = follows || tf_link_follows(deal, (size_t)tf_deal_lever(deal, deal->zone.items[side]));
    }
    return follows ? " What people do in response follows the deal's links: a few combinations were simulated, and those between them lie on "
                     "straight lines."
                   : "";
}

void tf_sheet_delay(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    static const char *const columns[] = {"who", "QALYs lost\nper month", "QALYs lost\nuntil it starts", "money lost\nper month",
                                          "money lost\nuntil it starts"};
    static const char *const who[] = {"Everybody",   "Most deprived fifth", "Second fifth",
                                      "Third fifth", "Fourth fifth",        "Least deprived fifth"};
    const tf_delay *delay = &told->answers->delay;

    tf_sheet_begin(sheet, 5, "Time to agree: %.1f months expected (95%% interval %.1f to %.1f)", delay->months.value,
                   delay->months.lo, delay->months.hi);
    header(sheet, columns, 5);
    for (int q = 0; q <= TF_FIFTHS; q++) {
        const double qaly = q == 0 ? delay->qaly_month : delay->fifth_qaly[q - 1],
                     pounds = q == 0 ? delay->pounds_month : delay->fifth_pounds[q - 1];

        if (!isnan(qaly)) {
            tf_sheet_cell(sheet, "%s", who[q]);
            amount(sheet, qaly);
            amount(sheet, qaly * delay->months.value);
            money(deals, sheet, pounds);
            money(deals, sheet, pounds * delay->months.value);
        }
    }
    tf_text_addf(&sheet->note,
                 "What a later start loses over the %zu year%s of the deal, which ends when it would have, at present value. "
                 "Money: what the "
                 "strategy would have saved in care, before payments of the deal; below 0, what it would have cost and is "
                 "not spent yet.",
                 told->deal->years, told->deal->years == 1 ? "" : "s");
}

void tf_sheet_shares(const tf_deals *deals, const tf_told *told, tf_sheet *sheet)
{
    static const char *const columns[] = {"intervention", "QALYs\nalone",       "lost if\nleft out",     "Shapley\nshare",
                                          "cost\nalone",  "saved if\nleft out", "Shapley\nshare of cost"};

    tf_sheet_begin(sheet, 7, "Whose effect is it?");
    header(sheet, columns, 7);
    for (size_t k = 0; k < told->answers->n_shares; k++) {
        const tf_share *share = &told->answers->shares[k];

        tf_sheet_cell(sheet, "%s", share->intervention);
        amount(sheet, share->alone[0]);
        amount(sheet, share->last[0]);
        amount(sheet, share->shapley[0]);
        money(deals, sheet, share->alone[1]);
        money(deals, sheet, share->last[1]);
        money(deals, sheet, share->shapley[1]);
    }
    tf_text_add(&sheet->note, "Over the whole run, discounted. Shapley shares are mean contributions over all orders of adding "
                              "interventions: they sum to the effect of all, so that claims by "
                              "them never exceed it.");
}

/* ---- sentences ----------------------------------------------------------------------------- */

TF_PRINTF(2, 3)
static void say(tf_list *out, const char *format, ...)
{
    char words[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    (void)tf_list_add(out, words);
}

void tf_say_deal(const tf_deals *deals, const tf_told *told, tf_list *out)
{
    const tf_layout *layout = tf_source_layout(told->source);
    const tf_scenario *scenario = tf_source_scenario(told->source);
    char first[48], last[48], draws[64] = "the base case alone, all parameters at their means";

    if (tf_source_sample(told->source)->n_draws > 0) {
        snprintf(draws, sizeof draws, "%zu draw%s of what is uncertain", told->settlement->draws, told->settlement->draws == 1 ? "" : "s");
    }
    tf_year_text(told, 0, first, sizeof first);
    tf_year_text(told, told->deal->years - 1, last, sizeof last);
    say(out, "%s against %s: %zu year%s, %s to %s; %s. Money in real terms, in prices of %s: "
        "nothing is inflated.",
        layout->strategy_titles[told->deal->strategy], layout->strategy_titles[layout->comparator], told->deal->years,
        told->deal->years == 1 ? "" : "s", first, last, draws,
        scenario->price_year != NULL ? scenario->price_year : "the run");
    if (told->deal->uptake.text != NULL) {
        const double uptake = tf_deal_plain(told->deal, &told->deal->uptake, 1);

        if (uptake != 1) {
            say(out, "Uptake is %.3g%% of what was simulated: all outcomes and costs lie so far between %s and %s.", 100 * uptake,
                layout->strategy_titles[layout->comparator], layout->strategy_titles[told->deal->strategy]);
        }
    }
    if (told->deal->afterwards >= 0) {
        size_t exited = 0;

        for (size_t d = 0; d < told->settlement->draws; d++) {
            exited += told->settlement->exited[d];
        }
        say(out, "In %.3g%% of draws the deal is exited, and what is from then on is %s instead: in health, costs and all that is measured.",
            100 * (double)exited / (double)told->settlement->draws, layout->strategy_titles[told->deal->afterwards]);
    }
    if (told->deal->sharing.count > 0) {
        tf_text others = {0};

        for (size_t k = 0; k < told->deal->sharing.count; k++) {
            const char *slash = strrchr(told->deal->sharing.items[k], '/');

            tf_text_addf(&others, "%s%s", k > 0 ? ", " : "", slash != NULL ? slash + 1 : told->deal->sharing.items[k]);
        }
        say(out, "The deal shares what it claims with %s: each claims an even part of every intervention's Shapley share, and outcomes and costs "
                 "here are that part.",
            others.chars != NULL ? others.chars : "others");
        tf_text_free(&others);
    } else if (tf_deal_mixed(told->deal)) {
        say(out, "The deal claims the Shapley share of its own intervention, so that the claims of all deals sum to the "
                 "whole effect.");
    }
    if (deals->n > 1 && told->deal->overlap == TF_OVERLAP_ALTERNATIVE) {
        say(out, "Settled as if it alone were agreed: the deals here are alternatives.");
    }
}

void tf_say_winners(const tf_deals *deals, const tf_told *told, tf_list *out)
{
    tf_stake *stakes = TF_NEW(tf_stake, tf_stakes_most(told->answers));
    const size_t n = stakes != NULL ? tf_stakes(told->answers, stakes) : 0;
    tf_text gains = {0}, loses = {0};
    printed cash, nhb;
    char odds[40] = "";

    add_who(stakes, n, 1, &gains);
    add_who(stakes, n, -1, &loses);
    if (loses.length == 0) {
        say(out, "On average nobody loses. These gain: %s.", gains.chars != NULL ? gains.chars : "nobody");
    } else {
        say(out, "On average these gain: %s. These lose: %s.", gains.length > 0 ? gains.chars : "nobody", loses.chars);
    }
    money_text(cash, deals->currency, fabs(told->answers->cash.value), false);
    tf_print_digits(nhb, told->answers->nhb[TF_VIEW_AFTER][0].value,
                    fabs(told->answers->nhb[TF_VIEW_AFTER][0].value) >= 100 ? 0 : 1, "", false);
    if (told->answers->draws > 1) {
        snprintf(odds, sizeof odds, " (chance of a gain %.0f%%)", 100 * told->answers->p_nhb[0]);
    }
    say(out,
        "Over the deal the health service is %s by %s in cash; counting what that money would have done elsewhere, its "
        "population is "
        "%s by %s QALYs over the run's whole horizon%s.",
        told->answers->cash.value >= 0 ? "better off" : "out of pocket", cash,
        told->answers->nhb[TF_VIEW_AFTER][0].value >= 0 ? "better off" : "worse off", nhb[0] == '-' ? nhb + 1 : nhb, odds);
    tf_text_free(&gains);
    tf_text_free(&loses);
    tf_free(stakes);
}

static void say_budget_test(const tf_deals *deals, const tf_told *told, tf_list *out)
{
    const tf_answers *a = told->answers;
    printed most, test;
    static const char *const years[] = {"the first year, the only one of its three that is reckoned,",
                                        "the costlier of the first two years, all of its three that are reckoned,", "the costliest of the first three years"};
    double largest = -INFINITY;

    for (size_t t = 0; t < a->test_years; t++) {
        largest = fmax(largest, a->national[t]);
    }
    money_text(test, deals->currency, told->deal->budget_test, false);
    if (isnan(told->deal->national)) {
        say(out,
            "NICE's budget impact test (does a technology cost the NHS in England more than %s net in any of its first three years?) is not "
            "applied: the deal does not state how many times the run's population England is ('national').",
            test);
        return;
    }
    money_text(most, deals->currency, fabs(largest), false);
    if (largest > 0) {
        say(out,
            "NICE's budget impact test, for technologies that it evaluates: in %s this would cost "
            "the NHS in England "
            "%s net in cash (%s population, times %.4g), %s the threshold of %s (%s).%s",
            years[a->test_years - 1], most, a->open_years > 0 ? "open" : "closed", told->deal->national, a->breaches ? "ABOVE" : "below", test,
            told->deal->budget_test == TF_BUDGET_TEST ? "as NHS England consulted on in 2024; 20 million until then; "
                                                        "'budget_test' sets another"
                                                      : "the deal's 'budget_test'",
            a->breaches ? " Above it NHS England may negotiate with the company, or ask for time to introduce the technology in steps." : "");
    } else {
        say(out, "NICE's budget impact test: %s does it cost the health service money (%s population).",
            a->test_years == 3 ? "in none of the first three years" : a->test_years == 2 ? "in neither of the first two years" : "not in the first year",
            a->open_years > 0 ? "open" : "closed");
    }
}

void tf_say_risks(const tf_deals *deals, const tf_told *told, tf_list *out)
{
    const tf_deal *deal = told->deal;

    for (size_t k = 0; told->warnings != NULL && k < told->warnings->count; k++) {
        say(out, "%s.", told->warnings->items[k]);
    }
    for (size_t k = 0; k < deal->n_terms; k++) {
        const tf_term_answer *a = &told->answers->terms[k];
        const char *title = deal->routes[deal->terms[k].route].title;

        if (deal->terms[k].cap.text != NULL && told->settlement->draws > 1) {
            say(out, "%s: its cap binds, in one year or another, in %.3g%% of draws%s.", title, 100 * a->p_binds,
                a->p_binds == 0 ? ": it protects nobody" : "");
        }
        if (deal->terms[k].kind == TF_TERM_CAP && told->settlement->draws > 1) {
            say(out, "%s: the cap is reached, in one year or another, in %.3g%% of draws%s.", title, 100 * a->p_fires,
                a->p_fires == 0 ? ": it protects nobody" : "");
        }
        if (a->p_fires == 0 && deal->terms[k].kind != TF_TERM_CAP) {
            say(out, "%s: never pays in any draw.", title);
        }
        if (a->promise.p_year > 0.1 && deal->terms[k].kind == TF_TERM_OUTCOME &&
            deal->parties
                    .items[deal->routes[deal->terms[k].route].payer.party >= 0 ? deal->routes[deal->terms[k].route].payer.party : 0]
                    .kind == TF_PARTNER) {
            say(out, "%s: it fires in %.0f%% of years even where the promise holds.", title, 100 * a->promise.p_year);
        }
    }
    if (tf_source_layout(told->source)->n_years > deal->from + deal->years) {
        say(out,
            "The run goes on for %zu years after the deal. QALYs, and the costs behind net health benefit and society's health, "
            "are those of the whole run; the money of parties "
            "is that of the deal's years.",
            tf_source_layout(told->source)->n_years - deal->from - deal->years);
    }
    say_budget_test(deals, told, out);
}

/* ---- the terminal -------------------------------------------------------------------------- */

typedef void (*fill_sheet)(const tf_deals *deals, const tf_told *told, tf_sheet *sheet);
typedef void (*fill_list)(const tf_deals *deals, const tf_told *told, tf_list *out);

static void print_sheet(const tf_deals *deals, const tf_told *told, fill_sheet fill, tf_text *out)
{
    tf_sheet sheet = {0};

    fill(deals, told, &sheet);
    if (sheet.cells.count > sheet.n_columns) {
        tf_sheet_text(&sheet, out);
    }
    tf_sheet_free(&sheet);
}

static void print_list(const tf_deals *deals, const tf_told *told, fill_list fill, tf_text *out)
{
    tf_list sentences = {0};

    fill(deals, told, &sentences);
    for (size_t k = 0; k < sentences.count; k++) {
        tf_wrap(out, sentences.items[k], 0);
    }
    tf_text_add(out, "\n");
    tf_list_free(&sentences);
}

static void print_deal(const tf_deals *deals, const tf_told *told, tf_text *out)
{
    tf_wrap(out, told->deal->title, 0);
    print_list(deals, told, tf_say_deal, out);
    print_sheet(deals, told, tf_sheet_stakes, out);
    print_list(deals, told, tf_say_winners, out);
    print_sheet(deals, told, tf_sheet_parties, out);
    print_sheet(deals, told, tf_sheet_terms, out);
    print_sheet(deals, told, tf_sheet_triggers, out);
    print_sheet(deals, told, tf_sheet_flows, out);
    print_sheet(deals, told, tf_sheet_budget, out);
    print_sheet(deals, told, tf_sheet_activity, out);
    print_sheet(deals, told, tf_sheet_roots, out);
    if (told->answers->zone != NULL) {
        print_sheet(deals, told, tf_sheet_zone, out);
    }
    print_sheet(deals, told, tf_sheet_shares, out);
    if (told->answers->delayed) {
        print_sheet(deals, told, tf_sheet_delay, out);
    }
    print_list(deals, told, tf_say_risks, out);
    if (told->deal->limits[0] != '\0') {
        tf_text limits = {0};

        tf_text_addf(&limits, "What would change the answer: %s", told->deal->limits);
        tf_wrap(out, limits.chars != NULL ? limits.chars : "", 0);
        tf_text_add(out, "\n");
        tf_text_free(&limits);
    }
}

void tf_deals_print(const tf_deals *deals, tf_text *out)
{
    enum { IN_FULL = 3 };
    tf_sheet sheet = {0};

    for (size_t k = 0; k < deals->n && deals->n <= IN_FULL; k++) {
        print_deal(deals, &deals->deals[k], out);
    }
    if (deals->n > 1) {
        tf_sheet_deals(deals, &sheet);
        tf_sheet_text(&sheet, out);
        tf_sheet_free(&sheet);
    }
}
