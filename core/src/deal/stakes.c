/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The triple win: patients, health service, partner, and society; and who loses. */
#include "deal/answers.h"

#include <math.h>
#include <stdio.h>

typedef struct list {
    tf_stake *items;
    size_t n;
} list;

static void add(list *of, const char *who, const char *what, const char *unit, tf_estimate value, double p_gains, bool decides)
{
    tf_stake *stake = &of->items[of->n++];

    *stake = (tf_stake){.unit = unit, .value = value, .p_gains = p_gains, .decides = decides};
    snprintf(stake->who, sizeof stake->who, "%s", who);
    snprintf(stake->what, sizeof stake->what, "%s", what);
}

size_t tf_stakes_most(const tf_answers *answers)
{
    return answers->deal->parties.count + TF_FIFTHS + 8;
}

size_t tf_stakes(const tf_answers *answers, tf_stake *stakes)
{
    static const char *const fifths[TF_FIFTHS] = {"Most deprived fifth", "Second fifth", "Third fifth", "Fourth fifth",
                                                  "Least deprived fifth"};
    const tf_deal *deal = answers->deal;
    char impact[64];
    list of = {.items = stakes};

    add(&of, "Patients", "QALYs gained", "QALY", answers->qaly[0], answers->p_gains[0], true);
    add(&of, "Health service", "net health benefit", "QALY", answers->nhb[TF_VIEW_AFTER][0], answers->p_nhb[0], true);
    add(&of, "Health service", "cash over the deal", "GBP", answers->cash, (double)NAN, false);
    snprintf(impact, sizeof impact, "budget impact, %zu year%s", answers->impact_years, answers->impact_years == 1 ? "" : "s");
    add(&of, "Health service", impact, "GBP", answers->impact, (double)NAN, false);
    if (answers->open_years > 0) {
        add(&of, "Health service", "without newcomers", "GBP", answers->impact_closed, (double)NAN, false);
    }
    add(&of, "Health service", "capacity released", "GBP", answers->capacity, (double)NAN, false);
    add(&of, "Health service", "growth avoided", "GBP", answers->avoided, (double)NAN, false);
    for (size_t p = 0; p < deal->parties.count; p++) {
        if (answers->parties[p].involved && deal->parties.items[p].kind != TF_HEALTH_SERVICE) {
            add(&of, deal->parties.items[p].title, "cash over the deal", "GBP", answers->parties[p].present[TF_VIEW_AFTER],
                answers->parties[p].p_gains, true);
        }
    }
    add(&of, "Society", "health less resources", "QALY", answers->welfare, answers->p_welfare, true);
    for (int q = 1; q <= TF_FIFTHS && answers->fifths; q++) {
        add(&of, fifths[q - 1], "net health benefit", "QALY", answers->nhb[TF_VIEW_AFTER][q], answers->p_nhb[q], true);
        of.items[of.n - 1].fifth = true;
    }
    return of.n;
}

const char *tf_verdict(const tf_stake *stake)
{
    return stake->value.value > 0 ? "gains" : stake->value.value < 0 ? "loses" : "neither";
}
