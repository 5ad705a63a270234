/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run made up for deals: usual care and a programme, all people and their fifths, yearly totals as a test sets them; and deals from text. */
#ifndef TESTS_UNIT_DEALS_H
#define TESTS_UNIT_DEALS_H

#include "deal/settle.h"
#include "folder.h"

#include "base/memory.h"

#include <gsl/gsl_errno.h>
#include <math.h>

enum { D_PERSONS, D_QALY, D_COST, D_HOSPITAL, D_MEDICINES, D_DEATHS, D_STROKES, D_TAKING, D_BED_DAYS, D_MEASURES };
enum { D_GROUPS = 6, D_YEARS = 10, D_USUAL = 0, D_PROGRAMME = 1, D_STRATEGIES = 2 };

static tf_measure deals_measures[D_MEASURES] = {
    {(char[]){"persons"}, (char[]){"1"}},        {(char[]){"qaly"}, (char[]){"QALY"}},
    {(char[]){"cost"}, (char[]){"GBP"}},         {(char[]){"cost.hospital"}, (char[]){"GBP"}},
    {(char[]){"cost.medicines"}, (char[]){"GBP"}}, {(char[]){"deaths"}, (char[]){"1"}},
    {(char[]){"event.stroke.none.first"}, (char[]){"1"}}, {(char[]){"event.statin.lapsed.taking"}, (char[]){"1"}},
    {(char[]){"use.bed_day"}, (char[]){"d"}}};
static tf_group deals_groups[D_GROUPS] = {{(char[]){"all"}, (char[]){"all"}, 0}, {(char[]){"imd"}, (char[]){"1"}, 1},
                                          {(char[]){"imd"}, (char[]){"2"}, 2},   {(char[]){"imd"}, (char[]){"3"}, 3},
                                          {(char[]){"imd"}, (char[]){"4"}, 4},   {(char[]){"imd"}, (char[]){"5"}, 5}};
static char *deals_names[D_STRATEGIES] = {(char[]){"usual"}, (char[]){"programme"}};
static char *deals_titles[D_STRATEGIES] = {(char[]){"Usual care"}, (char[]){"Programme"}};
static double deals_thresholds[] = {20000};

typedef struct deals {
    trefoil_context *context;
    tf_layout layout;
    tf_scenario scenario;
    tf_sample sample;
    tf_source *source;
    size_t n;
} deals;

static inline double *deals_at(deals *of, size_t draw, size_t strategy, size_t group, size_t year, size_t measure)
{
    return &of->sample.outcomes[draw][strategy].by_year[tf_at_year(&of->layout, group, year, measure)];
}

/* `n` draws in which everything is 0; `distinct`: arrays of their own, else all draws share the first one's. */
static inline void deals_begin(deals *of, size_t n, bool distinct)
{
    const size_t by_year = D_GROUPS * D_YEARS * D_MEASURES, total = D_GROUPS * D_MEASURES * 2;

    gsl_set_error_handler_off();
    *of = (deals){.context = trefoil_context_create(NULL), .n = n};
    of->layout = (tf_layout){.measures = deals_measures, .n_measures = D_MEASURES, .groups = deals_groups, .n_groups = D_GROUPS,
                             .n_year_groups = D_GROUPS, .n_years = D_YEARS, .strategies = deals_names, .strategy_titles = deals_titles,
                             .n_strategies = D_STRATEGIES};
    of->scenario = (tf_scenario){.name = (char[]){"made_up"},
                                 .title = (char[]){"Made up"},
                                 .currency = (char[]){"GBP"},
                                 .price_year = (char[]){"2024/25"},
                                 .seed = 7,
                                 .discount_costs = 0.035,
                                 .discount_effects = 0.035,
                                 .thresholds = deals_thresholds,
                                 .n_thresholds = 1,
                                 .start = 2026.25};
    of->sample = (tf_sample){.n_draws = n, .draws = TF_NEW(uint32_t, n), .outcomes = TF_NEW(tf_outcome *, n)};
    for (size_t k = 0; k < n; k++) {
        of->sample.draws[k] = (uint32_t)k + 1;
        of->sample.outcomes[k] = TF_NEW(tf_outcome, D_STRATEGIES);
        for (size_t s = 0; s < D_STRATEGIES; s++) {
            bool own = k == 0 || distinct;

            of->sample.outcomes[k][s].by_year = own ? TF_NEW(double, by_year) : of->sample.outcomes[0][s].by_year;
            of->sample.outcomes[k][s].total = own ? TF_NEW(double, total) : of->sample.outcomes[0][s].total;
        }
    }
    if (tf_source_create(of->context, &of->layout, &of->scenario, &of->sample, &of->source) != TREFOIL_DONE) {
        abort();
    }
    folder_make();
}

/* A third as many again join in every year from the second, for `years` years.  Before anything is read of the source. */
static inline void deals_open(deals *of, int years)
{
    const size_t half = D_GROUPS * D_YEARS * D_MEASURES;

    of->scenario.open_years = years;
    of->layout.joining = D_GROUPS;
    of->layout.n_year_groups = 2 * D_GROUPS;
    for (size_t k = 0; k < of->n; k++) {
        for (size_t s = 0; s < D_STRATEGIES; s++) {
            double *by_year = tf_realloc(of->sample.outcomes[k][s].by_year, 2 * half, sizeof *by_year);

            for (size_t i = 0; i < half; i++) {
                const size_t year = i / D_MEASURES % D_YEARS;

                by_year[half + i] = year > 0 && year < (size_t)years ? by_year[i] / 3 : 0;
            }
            of->sample.outcomes[k][s].by_year = by_year;
        }
    }
}

static inline void deals_end(deals *of)
{
    tf_source_destroy(of->source);
    for (size_t k = of->n; k-- > 0;) {
        for (size_t s = 0; s < D_STRATEGIES; s++) {
            if (k == 0 || of->sample.outcomes[k][s].by_year != of->sample.outcomes[0][s].by_year) {
                tf_free(of->sample.outcomes[k][s].by_year);
                tf_free(of->sample.outcomes[k][s].total);
            }
        }
        if (k > 0) {
            tf_free(of->sample.outcomes[k]);
        }
    }
    tf_free(of->sample.outcomes[0]);
    tf_free(of->sample.outcomes);
    tf_free(of->sample.draws);
    trefoil_context_destroy(of->context);
    folder_forget("deal.ini");
    folder_remove();
}

#define DEAL(years) "[deal]\ntitle = A deal\nstrategy = programme\nyears = " #years "\n"

/* NULL after reasons, which are kept. */
static inline tf_deal *deals_read(deals *of, const char *text)
{
    tf_deal *deal = NULL;

    (void)!tf_deal_read(of->context, folder_write("deal.ini", text), of->source, &deal);
    return deal;
}

/* Read and settle; aborts with the reasons when that fails. */
static inline tf_settlement *deals_settle(deals *of, tf_deal *deal, const tf_change *changes, size_t n)
{
    tf_settlement *made = NULL;

    if (deal == NULL || tf_settle(of->context, deal, of->source, changes, n, true, &made) != TREFOIL_DONE) {
        print_reasons(of->context);
        abort();
    }
    return made;
}

/* A run begun, and the deal of a text settled on it ... */
static inline tf_settlement *deals_play(deals *of, size_t n, bool distinct, const char *text, tf_deal **deal)
{
    deals_begin(of, n, distinct);
    *deal = deals_read(of, text);
    return deals_settle(of, *deal, NULL, 0);
}

/* ... and put away. */
static inline void deals_stop(deals *of, tf_deal *deal, tf_settlement *settlement)
{
    tf_settlement_destroy(settlement);
    tf_deal_destroy(deal);
    deals_end(of);
}

/* Mean pounds a year of a term. */
static inline double deals_mean(const tf_settlement *s, size_t term)
{
    double sum = 0;

    for (size_t k = 0; k < s->draws * s->years; k++) {
        sum += (double)s->paid[term * s->draws * s->years + k] / 100;
    }
    return sum / (double)(s->draws * s->years);
}

/* Share of draws and years in which a term pays. */
static inline double deals_fires(const tf_settlement *s, size_t term)
{
    size_t n = 0;

    for (size_t k = 0; k < s->draws * s->years; k++) {
        n += s->paid[term * s->draws * s->years + k] != 0;
    }
    return (double)n / (double)(s->draws * s->years);
}

#endif
