/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/equity.h"

#include "base/memory.h"

#include <math.h>

void tf_gradient_burdens(tf_gradient gradient, double each[TF_GRADED])
{
    static const double york[][TF_GRADED] = {
        [TF_FLAT] = {.20, .20, .20, .20, .20},
        [TF_MODERATE] = {.23, .21, .21, .18, .17},
        [TF_STEEP] = {.26, .22, .22, .16, .14},
    };

    for (int k = 0; k < TF_GRADED; k++) {
        each[k] = gradient == TF_FLAT ? 1 : TF_GRADED * york[gradient][k];
    }
}

bool tf_opportunity_shares(const tf_ranking *d, tf_gradient gradient, double *shares)
{
    double each[TF_GRADED], sum = 0;

    if (gradient != TF_FLAT && (d->n != TF_GRADED || !d->ranked)) {
        return false;
    }
    tf_gradient_burdens(gradient, each);
    for (size_t k = 0; k < d->n; k++) {
        shares[k] = d->share[k] * (gradient == TF_FLAT ? 1 : each[k]);
        sum += shares[k];
    }
    for (size_t k = 0; k < d->n; k++) {
        shares[k] /= sum;
    }
    return true;
}

static const char *obstacle(const tf_ranking *before, const double *gain, double net_cost, double k, const double *shares)
{
    double sum = 0;

    if (!(k > 0 && isfinite(k)) || !isfinite(net_cost)) {
        return "the threshold is not above 0, or the net cost is not finite";
    }
    for (size_t g = 0; g < before->n; g++) {
        if (!isfinite(gain[g]) || !(shares[g] >= 0)) {
            return "a gain is not finite, or a share is below 0";
        }
        sum += shares[g];
    }
    return fabs(sum - 1) <= 1e-9 ? NULL : "the shares of the opportunity cost do not sum to 1";
}

/* A distribution over the groups of `before`, of `values` in its order, rows numbered as there. */
static trefoil_status make_like(trefoil_context *context, const tf_ranking *before, const double *values, tf_ranking **made)
{
    double *people = TF_NEW(double, before->n), *health = TF_NEW(double, before->n), *rank = TF_NEW(double, before->n);
    trefoil_status status = TREFOIL_DONE;

    if (!people || !health || !rank) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for a distribution after the policy");
        goto out;
    }
    for (size_t g = 0; g < before->n; g++) {
        size_t row = before->row[g];

        people[row] = before->people[g];
        health[row] = values[g];
        rank[row] = before->rank[g];
    }
    TRY(tf_ranking_create(context, before->n, people, health, NULL, before->ranked ? rank : NULL, made));
out:
    tf_free(people);
    tf_free(health);
    tf_free(rank);
    return status;
}

static trefoil_status make_after(trefoil_context *context, tf_equity *made)
{
    const size_t n = made->before->n;
    double *health = TF_NEW(double, n);
    trefoil_status status;

    if (!health) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for a distribution after the policy");
    }
    for (size_t g = 0; g < n; g++) {
        health[g] = made->before->health[g] + made->change[g];
    }
    status = make_like(context, made->before, health, &made->after);
    tf_free(health);
    return status;
}

trefoil_status tf_equity_changes(trefoil_context *context, const tf_equity *equity, tf_ranking **changes)
{
    return make_like(context, equity->before, equity->change, changes);
}

trefoil_status tf_equity_create(trefoil_context *context, const tf_ranking *before, const double *gain, double net_cost, double k,
                                const double *shares, tf_equity **equity)
{
    const char *wrong = obstacle(before, gain, net_cost, k, shares);
    trefoil_status status = TREFOIL_DONE;
    tf_equity *made;

    *equity = NULL;
    if (wrong) {
        return tf_fail(context, TREFOIL_NUMBER_FAILED, "distributional cost-effectiveness: %s", wrong);
    }
    made = TF_NEW(tf_equity, 1);
    if (made) {
        made->before = before;
        made->gain = TF_NEW(double, before->n);
        made->lost = TF_NEW(double, before->n);
        made->net = TF_NEW(double, before->n);
        made->change = TF_NEW(double, before->n);
    }
    if (!made || !made->gain || !made->lost || !made->net || !made->change) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for distributional cost-effectiveness");
        goto out;
    }
    made->opportunity_cost = net_cost / k;
    for (size_t g = 0; g < before->n; g++) {
        made->gain[g] = gain[g];
        made->lost[g] = shares[g] * made->opportunity_cost;
        made->net[g] = gain[g] - made->lost[g];
        made->change[g] = made->net[g] / before->people[g];
        made->total_gain += gain[g];
        made->total_net += made->net[g];
    }
    TRY(make_after(context, made));
    *equity = made;
    made = NULL;
out:
    tf_equity_destroy(made);
    return status;
}

void tf_equity_destroy(tf_equity *equity)
{
    if (equity) {
        tf_free(equity->gain);
        tf_free(equity->lost);
        tf_free(equity->net);
        tf_free(equity->change);
        tf_ranking_destroy(equity->after);
        tf_free(equity);
    }
}

tf_index tf_equity_weighted(const tf_equity *equity, tf_welfare kind, double aversion)
{
    tf_index change = tf_ede_change(equity->before, equity->change, kind, aversion);

    change.value *= equity->before->population;
    return change;
}

tf_index tf_equity_impact(const tf_equity *equity, tf_welfare kind, double aversion)
{
    tf_index weighted = tf_equity_weighted(equity, kind, aversion);

    weighted.value -= equity->total_net;
    return weighted;
}
