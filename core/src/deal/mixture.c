/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose effect is it?  Where a strategy has several interventions, a deal about one of them may claim its Shapley share: its mean contribution
 * over all orders in which they could be added.  Shares sum to the effect of all, so that no two deals claim the same.  The share is linear in
 * the outcomes of the subsets, and so is what the deal calls its strategy: a mixture of strategies of the run.
 */
#include "deal/answers.h"

#include "analysis/staircase.h"
#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <string.h>

enum { MOST_PLAYERS = TF_MOST_CLAIMED };

/* |S|! (n - |S| - 1)! / n!, for a coalition of `size` without the player. */
static double weight_of(size_t size, size_t n)
{
    double w = 1 / (double)n;

    for (size_t k = 0; k < size; k++) { /* over binomial(n - 1, size) */
        w *= (double)(k + 1) / (double)(n - 1 - k);
    }
    return w;
}

static size_t members(size_t set)
{
    size_t n = 0;

    for (; set > 0; set >>= 1) {
        n += set & 1;
    }
    return n;
}

bool tf_deal_mixed(const tf_deal *deal)
{
    return deal->weights[deal->strategy] != 1;
}

/* The strategy with exactly these interventions of `all`; -1: the run has none. */
static ptrdiff_t strategy_of(const tf_scenario *scenario, size_t comparator, const tf_strategy_spec *all, size_t set)
{
    if (set == 0) {
        return (ptrdiff_t)comparator;
    }
    for (size_t s = 0; s < scenario->n_strategies; s++) {
        const tf_strategy_spec *strategy = &scenario->strategies[s];
        size_t has = 0;
        bool others = strategy->n_changes > 0;

        for (size_t k = 0; k < strategy->n_interventions; k++) {
            size_t i = 0;

            while (i < all->n_interventions && all->interventions[i] != strategy->interventions[k]) {
                i++;
            }
            others = others || i == all->n_interventions;
            has |= (size_t)1 << (i < MOST_PLAYERS ? i : 0);
        }
        if (!others && has == set) {
            return (ptrdiff_t)s;
        }
    }
    return -1;
}

static trefoil_status missing(trefoil_context *context, tf_place place, const tf_scenario *scenario, const tf_strategy_spec *all,
                              size_t set)
{
    tf_text names = {0};
    trefoil_status status;

    for (size_t i = 0; i < all->n_interventions; i++) {
        if (set >> i & 1) {
            tf_text_addf(&names, "%s%s", names.length > 0 ? ", " : "", scenario->interventions[all->interventions[i]].name);
        }
    }
    status =
        tf_mistake(context, place,
                   "[deal] intervention: its share of the effect needs a strategy with interventions = %s, which the run has not",
                   names.chars != NULL ? names.chars : "");
    tf_text_free(&names);
    return status;
}

size_t tf_deal_players(const tf_deal *deal, const tf_source *source)
{
    const size_t n = tf_source_scenario(source)->strategies[deal->strategy].n_interventions;

    return n > 1 ? n : 1;
}

/* Add a part of an intervention's Shapley share to the weights. */
static trefoil_status add_share(trefoil_context *context, tf_deal *deal, const tf_source *source, size_t player, double part, tf_place place)
{
    const tf_scenario *scenario = tf_source_scenario(source);
    const size_t comparator = tf_source_layout(source)->comparator, n = tf_deal_players(deal, source), whole = ((size_t)1 << n) - 1;
    const tf_strategy_spec *all = &scenario->strategies[deal->strategy];
    trefoil_status status = TREFOIL_DONE;

    for (size_t set = 0; set <= whole; set++) {
        ptrdiff_t s = set == whole ? (ptrdiff_t)deal->strategy : strategy_of(scenario, comparator, all, set);
        const bool in = set >> player & 1;

        if (s < 0) {
            status = missing(context, place, scenario, all, set);
        } else {
            deal->weights[s] += part * (in ? weight_of(members(set) - 1, n) : -weight_of(members(set), n));
        }
    }
    return status;
}

trefoil_status tf_deal_split(trefoil_context *context, tf_deal *deal, const tf_source *source, const double *parts, tf_place place)
{
    trefoil_status status = TREFOIL_DONE;

    memset(deal->weights, 0, tf_source_layout(source)->n_strategies * sizeof *deal->weights);
    deal->weights[tf_source_layout(source)->comparator] = 1;
    for (size_t i = 0; i < tf_deal_players(deal, source) && status == TREFOIL_DONE; i++) {
        status = parts[i] > 0 ? add_share(context, deal, source, i, parts[i], place) : TREFOIL_DONE;
    }
    return status;
}

trefoil_status tf_deal_mix(trefoil_context *context, tf_deal *deal, const tf_source *source, const char *intervention, tf_place place)
{
    const size_t n = source != NULL ? tf_source_layout(source)->n_strategies : 1;
    const tf_strategy_spec *all;

    deal->intervention = -1;
    deal->weights = TF_NEW(double, n);
    if (deal->weights == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
    }
    deal->weights[deal->strategy] = 1;
    if (intervention == NULL || source == NULL) {
        return TREFOIL_DONE;
    }
    all = &tf_source_scenario(source)->strategies[deal->strategy];
    for (size_t i = 0; i < all->n_interventions && all->n_interventions <= MOST_PLAYERS; i++) {
        if (strcmp(tf_source_scenario(source)->interventions[all->interventions[i]].name, intervention) == 0) {
            double parts[MOST_PLAYERS] = {0};

            parts[i] = 1;
            deal->intervention = (ptrdiff_t)i;
            return tf_deal_split(context, deal, source, parts, place);
        }
    }
    return tf_mistake(context, place, "[deal] intervention: '%s' is not one of the interventions of its strategy (at most %d)",
                      intervention, (int)MOST_PLAYERS);
}

/* Mean discounted total of a measure over draws, more than under the comparator. */
static double mean_more(const tf_source *source, size_t strategy, const char *measure)
{
    const tf_layout *layout = tf_source_layout(source);
    const ptrdiff_t m = tf_find_measure(layout, measure);
    double sum = 0;

    for (size_t d = 0; m >= 0 && d < tf_source_draws(source); d++) {
        const size_t at = tf_at(layout, 0, (size_t)m, TF_DISCOUNTED);

        sum += tf_source_outcomes(source, d)[strategy].total[at] - tf_source_outcomes(source, d)[layout->comparator].total[at];
    }
    return sum / (double)tf_source_draws(source);
}

trefoil_status tf_answers_shares(trefoil_context *context, const tf_settlement *settlement, const tf_source *source, tf_answers *answers)
{
    static const char *const measures[] = {"qaly", "cost"};
    const tf_scenario *scenario = tf_source_scenario(source);
    const size_t strategy = settlement->deal->strategy;
    const tf_strategy_spec *all = scenario->n_strategies > strategy ? &scenario->strategies[strategy] : NULL;
    const size_t n = all != NULL ? all->n_interventions : 0, whole = ((size_t)1 << n) - 1;
    double values[2][1 << MOST_PLAYERS], given[2][MOST_PLAYERS]; /* given: what a player's absence costs, below 0 when it adds */

    if (n < 2 || n > MOST_PLAYERS) {
        return TREFOIL_DONE;
    }
    for (size_t set = 0; set <= whole; set++) {
        const ptrdiff_t s = strategy_of(scenario, tf_source_layout(source)->comparator, all, set);

        if (s < 0) {
            return TREFOIL_DONE;
        }
        for (int m = 0; m < 2; m++) {
            values[m][set] = mean_more(source, (size_t)s, measures[m]);
        }
    }
    tf_shapley(values[0], n, given[0]);
    tf_shapley(values[1], n, given[1]);
    answers->shares = TF_NEW(tf_share, n);
    if (answers->shares == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the answers of a deal");
    }
    for (answers->n_shares = 0; answers->n_shares < n; answers->n_shares++) {
        const size_t i = answers->n_shares, bit = (size_t)1 << i;
        tf_share *share = &answers->shares[i];

        share->intervention = scenario->interventions[all->interventions[i]].name;
        for (int m = 0; m < 2; m++) {
            share->alone[m] = values[m][bit];
            share->last[m] = values[m][whole] - values[m][whole ^ bit];
            share->shapley[m] = -given[m][i];
        }
    }
    return TREFOIL_DONE;
}
