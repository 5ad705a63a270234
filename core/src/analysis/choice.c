/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/choice.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

double tf_mean(const double *values, size_t n)
{
    double sum = 0, mean, rest = 0;

    for (size_t k = 0; k < n; k++) {
        sum += values[k];
    }
    mean = sum / (double)n;
    for (size_t k = 0; k < n; k++) {
        rest += values[k] - mean;
    }
    return mean + rest / (double)n;
}

double tf_mean_error(const double *values, size_t n)
{
    double mean = tf_mean(values, n), sum = 0;

    for (size_t k = 0; k < n; k++) {
        sum += (values[k] - mean) * (values[k] - mean);
    }
    return n < 2 ? (double)NAN : sqrt(sum / (double)(n - 1) / (double)n);
}

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory to compare strategies");
}

/* ---- the means ------------------------------------------------------------------------------- */

/* The estimate of values, or of their difference from `other`. */
static tf_estimate estimate(const double *values, const double *other, size_t n, double *scratch)
{
    tf_estimate made;
    double mean;

    for (size_t k = 0; k < n; k++) {
        scratch[k] = values[k] - (other != NULL ? other[k] : 0);
    }
    mean = tf_mean(scratch, n);
    made = tf_estimate_values(scratch, n, (double)NAN);
    made.value = mean;
    return made;
}

static void describe(const tf_psa *psa, size_t s, double *scratch, tf_place_held *place)
{
    const size_t n = psa->n_draws;

    place->cost = estimate(tf_psa_cost(psa, s), NULL, n, scratch);
    place->effect = estimate(tf_psa_effect(psa, s), NULL, n, scratch);
    place->more_cost = estimate(tf_psa_cost(psa, s), tf_psa_cost(psa, psa->comparator), n, scratch);
    place->more_effect = estimate(tf_psa_effect(psa, s), tf_psa_effect(psa, psa->comparator), n, scratch);
    place->ly = psa->ly != NULL ? tf_mean(psa->ly + s * n, n) : (double)NAN;
    place->quadrant = tf_quadrant_of(place->more_cost.value, place->more_effect.value);
    place->ratio = place->quadrant == TF_MORE_FOR_MORE || place->quadrant == TF_LESS_FOR_LESS
                       ? place->more_cost.value / place->more_effect.value
                       : (double)NAN;
}

/* Linearised: the error of the net benefit of the step at the ratio, over the step's effect. */
static double ratio_error(const tf_psa *psa, size_t s, size_t previous, double ratio, double step_effect, double *scratch)
{
    for (size_t k = 0; k < psa->n_draws; k++) {
        scratch[k] = tf_psa_benefit(psa, s, k, ratio) - tf_psa_benefit(psa, previous, k, ratio);
    }
    return tf_mean_error(scratch, psa->n_draws) / fabs(step_effect);
}

static void step(const tf_psa *psa, tf_place_held *places, size_t s, double *scratch)
{
    tf_place_held *place = &places[s];
    const tf_place_held *before = &places[place->previous];
    bool reference = place->standing == TF_REFERENCE;

    place->step_cost = reference ? (double)NAN : place->cost.value - before->cost.value;
    place->step_effect = reference ? (double)NAN : place->effect.value - before->effect.value;
    place->icer = place->standing == TF_FRONTIER ? place->step_cost / place->step_effect : (double)NAN;
    place->icer_mcse = isnan(place->icer) ? (double)NAN
                                          : ratio_error(psa, s, place->previous, place->icer, place->step_effect, scratch);
}

trefoil_status tf_psa_places(trefoil_context *context, const tf_psa *psa, tf_place_held *places)
{
    trefoil_status status;
    const size_t n = psa->n_strategies;
    double *cost = TF_NEW(double, n), *effect = TF_NEW(double, n), *scratch = TF_NEW(double, psa->n_draws);
    tf_standing *standing = TF_NEW(tf_standing, n);
    size_t *previous = TF_NEW(size_t, n);

    if (cost == NULL || effect == NULL || scratch == NULL || standing == NULL || previous == NULL) {
        status = no_memory(context);
        goto out;
    }
    for (size_t s = 0; s < n; s++) {
        describe(psa, s, scratch, &places[s]);
        cost[s] = places[s].cost.value;
        effect[s] = places[s].effect.value;
    }
    TRY(tf_frontier(context, cost, effect, n, psa->comparator, standing, previous));
    for (size_t s = 0; s < n; s++) {
        places[s].standing = standing[s];
        places[s].previous = previous[s];
    }
    for (size_t s = 0; s < n; s++) {
        step(psa, places, s, scratch);
    }
out:
    tf_free(cost);
    tf_free(effect);
    tf_free(scratch);
    tf_free(standing);
    tf_free(previous);
    return status;
}

/* ---- at a threshold -------------------------------------------------------------------------- */

size_t tf_psa_best(const tf_psa *psa, double threshold)
{
    size_t best = 0;
    double highest = -INFINITY;

    for (size_t s = 0; s < psa->n_strategies; s++) {
        double benefit = threshold * tf_mean(tf_psa_effect(psa, s), psa->n_draws) - tf_mean(tf_psa_cost(psa, s), psa->n_draws);

        if (benefit > highest) {
            highest = benefit;
            best = s;
        }
    }
    return best;
}

/* The highest net benefit of every draw; adds to p_best. */
static void find_highest(const tf_psa *psa, tf_choice *choice, double *highest)
{
    for (size_t k = 0; k < psa->n_draws; k++) {
        size_t alike = 0;

        highest[k] = -INFINITY;
        for (size_t s = 0; s < psa->n_strategies; s++) {
            double benefit = tf_psa_benefit(psa, s, k, choice->threshold);

            alike = benefit > highest[k] ? 1 : alike + (benefit == highest[k]);
            highest[k] = fmax(highest[k], benefit);
        }
        for (size_t s = 0; s < psa->n_strategies; s++) {
            if (tf_psa_benefit(psa, s, k, choice->threshold) == highest[k]) {
                choice->prospects[s].p_best += 1 / (double)alike;
            }
        }
    }
}

static void look(const tf_psa *psa, const tf_choice *choice, size_t s, const double *highest, double *benefit, double *scratch)
{
    const size_t n = psa->n_draws;
    tf_prospect *prospect = &choice->prospects[s];

    for (size_t k = 0; k < n; k++) {
        benefit[k] = tf_psa_benefit(psa, s, k, choice->threshold);
    }
    prospect->nmb = estimate(benefit, NULL, n, scratch);
    prospect->nhb = choice->threshold > 0 ? prospect->nmb.value / choice->threshold : (double)NAN;
    for (size_t k = 0; k < n; k++) {
        scratch[k] = highest[k] - benefit[k];
    }
    prospect->loss = n < 2 ? (double)NAN : tf_mean(scratch, n);
    prospect->loss_mcse = tf_mean_error(scratch, n);
    prospect->p_best = n < 2 ? (double)NAN : prospect->p_best / (double)n;
    for (size_t k = 0; k < n; k++) {
        benefit[k] -= tf_psa_benefit(psa, psa->comparator, k, choice->threshold);
    }
    prospect->more_nmb = estimate(benefit, NULL, n, scratch);
}

trefoil_status tf_choice_create(trefoil_context *context, const tf_psa *psa, double threshold, tf_choice **choice)
{
    tf_choice *made = TF_NEW(tf_choice, 1);
    double *room = TF_NEW(double, 3 * psa->n_draws), *highest = room;

    *choice = NULL;
    if (made != NULL) {
        made->prospects = TF_NEW(tf_prospect, psa->n_strategies);
    }
    if (made == NULL || room == NULL || made->prospects == NULL) {
        tf_free(room);
        tf_choice_destroy(made);
        return no_memory(context);
    }
    made->threshold = threshold;
    made->n_prospects = psa->n_strategies;
    find_highest(psa, made, highest);
    for (size_t s = 0; s < psa->n_strategies; s++) {
        look(psa, made, s, highest, room + psa->n_draws, room + 2 * psa->n_draws);
    }
    for (size_t s = 1; s < psa->n_strategies; s++) {
        made->best = made->prospects[s].nmb.value > made->prospects[made->best].nmb.value ? s : made->best;
    }
    made->ceaf = made->prospects[made->best].p_best;
    made->evpi = made->prospects[made->best].loss;
    made->evpi_mcse = made->prospects[made->best].loss_mcse;
    tf_free(room);
    *choice = made;
    return TREFOIL_DONE;
}

void tf_choice_destroy(tf_choice *choice)
{
    if (choice != NULL) {
        tf_free(choice->prospects);
        tf_free(choice);
    }
}
