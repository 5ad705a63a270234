/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deals of one run that are to hold together must not be paid for the same effect. */
#include "deal/answers.h"

#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <string.h>

const char *const tf_overlap_names[] = {"refuse", "shapley", "alternative", NULL};

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the claims of deals");
}

/* Does the deal claim the share of the i-th intervention of `strategy`? */
static bool claims(const tf_deal *deal, size_t strategy, size_t i)
{
    return deal->strategy == strategy && deal->overlap != TF_OVERLAP_ALTERNATIVE && (deal->intervention < 0 || deal->intervention == (ptrdiff_t)i);
}

static size_t claimants(tf_deal *const *deals, size_t n, size_t strategy, size_t i, bool *all_share)
{
    size_t count = 0;

    *all_share = true;
    for (size_t k = 0; k < n; k++) {
        if (claims(deals[k], strategy, i)) {
            count++;
            *all_share = *all_share && deals[k]->overlap == TF_OVERLAP_SHAPLEY;
        }
    }
    return count;
}

static trefoil_status share(trefoil_context *context, tf_deal *const *deals, size_t n, tf_deal *deal, const tf_source *source)
{
    double *parts = deal->parts;
    bool shares = false;

    for (size_t i = 0; i < tf_deal_players(deal, source) && i < TF_MOST_CLAIMED; i++) {
        bool all_share;
        const size_t count = claimants(deals, n, deal->strategy, i, &all_share);

        parts[i] = !claims(deal, deal->strategy, i) ? 0 : all_share ? 1 / (double)count : 1;
        shares = shares || (parts[i] > 0 && parts[i] < 1);
        for (size_t k = 0; k < n && parts[i] > 0 && parts[i] < 1; k++) {
            if (deals[k] != deal && claims(deals[k], deal->strategy, i) && tf_list_find(&deal->sharing, deals[k]->path) < 0 &&
                tf_list_add(&deal->sharing, deals[k]->path) != 0) {
                return no_memory(context);
            }
        }
    }
    return shares ? tf_deal_split(context, deal, source, parts, deal->overlap_place) : TREFOIL_DONE;
}

trefoil_status tf_claims_share(trefoil_context *context, tf_deal *const *deals, const tf_source *const *sources, size_t n)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < n; k++) {
        if (deals[k]->overlap == TF_OVERLAP_SHAPLEY && tf_deal_players(deals[k], sources[k]) <= TF_MOST_CLAIMED) {
            TRY(share(context, deals, n, deals[k], sources[k]));
        }
    }
out:
    return status;
}

/* Mean QALYs over the run, discounted, that a deal claims. */
static double claimed(const tf_settlement *s, const tf_source *source)
{
    const tf_layout *layout = tf_source_layout(source);
    const ptrdiff_t measure = tf_find_measure(layout, "qaly");
    double sum = 0;

    for (size_t d = 0; measure >= 0 && d < s->draws; d++) {
        sum += tf_settlement_more(s, source, d, tf_at(layout, 0, (size_t)measure, TF_DISCOUNTED)) / (double)s->draws;
    }
    return sum;
}

static double whole_effect(const tf_source *source, size_t strategy)
{
    const tf_layout *layout = tf_source_layout(source);
    const ptrdiff_t measure = tf_find_measure(layout, "qaly");
    double sum = 0;

    for (size_t d = 0; measure >= 0 && d < tf_source_draws(source); d++) {
        const size_t at = tf_at(layout, 0, (size_t)measure, TF_DISCOUNTED);
        const tf_outcome *outcomes = tf_source_outcomes(source, d);

        sum += (outcomes[strategy].total[at] - outcomes[layout->comparator].total[at]) / (double)tf_source_draws(source);
    }
    return sum;
}

static trefoil_status too_much(trefoil_context *context, const tf_settlement *const *settlements, const tf_source *const *sources, size_t n,
                               size_t last, size_t i, double share)
{
    const tf_deal *deal = settlements[last]->deal;
    const tf_scenario *scenario = tf_source_scenario(sources[last]);
    const tf_strategy_spec *strategy = &scenario->strategies[deal->strategy];
    tf_text who = {0}, part = {0};
    trefoil_status status;

    if (strategy->n_interventions > 1) {
        tf_text_addf(&part, "'%s' in ", scenario->interventions[strategy->interventions[i]].name);
    }
    for (size_t k = 0; k < n; k++) {
        if (claims(settlements[k]->deal, deal->strategy, i)) {
            tf_text_addf(&who, "%s%s claims %.4g QALYs", who.length > 0 ? ", " : "", settlements[k]->deal->path, claimed(settlements[k], sources[k]));
        }
    }
    status = tf_mistake(context, deal->overlap_place,
                        "[deal] overlap: together deals claim %.0f%% of the effect of %s'%s': of its %.4g QALYs %s; give each an 'intervention' "
                        "of its own, write overlap = shapley in all of them to share it, or overlap = alternative where only one of them is to be agreed",
                        100 * share, part.chars != NULL ? part.chars : "", tf_source_layout(sources[last])->strategies[deal->strategy],
                        whole_effect(sources[last], deal->strategy), who.chars != NULL ? who.chars : "");
    tf_text_free(&who);
    tf_text_free(&part);
    return status;
}

/* The largest share of an intervention's effect that the first n deals claim together in any draw. */
static double most_claimed(const tf_settlement *const *settlements, size_t n, size_t strategy, size_t i)
{
    double most = 0;

    for (size_t d = 0; d < settlements[n - 1]->draws; d++) {
        double sum = 0;

        for (size_t k = 0; k < n; k++) {
            const tf_settlement *s = settlements[k];

            if (claims(s->deal, strategy, i)) {
                sum += (s->deal->sharing.count > 0 ? s->deal->parts[i] : 1) * s->uptake[d < s->draws ? d : 0];
            }
        }
        most = fmax(most, sum);
    }
    return most;
}

trefoil_status tf_claims_check(trefoil_context *context, const tf_settlement *const *settlements, const tf_source *const *sources, size_t n)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < n; k++) {
        const tf_deal *deal = settlements[k]->deal;

        for (size_t i = 0; i < tf_deal_players(deal, sources[k]); i++) {
            const double share = claims(deal, deal->strategy, i) ? most_claimed(settlements, k + 1, deal->strategy, i) : 0;
            const double before = k > 0 && share > 0 ? most_claimed(settlements, k, deal->strategy, i) : 0;

            if (share > 1 + 1e-9 && share > before) {
                status = too_much(context, settlements, sources, k + 1, k, i, share);
                break; /* of one deal one mistake */
            }
        }
    }
    return status;
}
