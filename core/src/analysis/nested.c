/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/nested.h"

#include "base/memory.h"

#include <math.h>

trefoil_status tf_nested_create(trefoil_context *context, size_t n_strategies, const double *thresholds, size_t n_thresholds, uint32_t outer,
                                uint32_t inner, tf_nested **nested)
{
    tf_nested *made = TF_NEW(tf_nested, 1);

    *nested = NULL;
    if (made != NULL) {
        *made = (tf_nested){.n_strategies = n_strategies, .n_thresholds = n_thresholds, .thresholds = thresholds, .outer = outer, .inner = inner,
                            .sums = TF_NEW(double, 2 * n_thresholds * n_strategies), .whole = TF_NEW(double, n_thresholds * outer),
                            .halves = TF_NEW(double, n_thresholds * outer), .means = TF_NEW(double, n_thresholds * n_strategies * outer)};
    }
    if (made == NULL || made->sums == NULL || made->whole == NULL || made->halves == NULL || made->means == NULL) {
        tf_nested_destroy(made);
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for %u outer draws", (unsigned)outer);
    }
    *nested = made;
    return TREFOIL_DONE;
}

void tf_nested_destroy(tf_nested *nested)
{
    if (nested == NULL) {
        return;
    }
    tf_free(nested->sums);
    tf_free(nested->whole);
    tf_free(nested->halves);
    tf_free(nested->means);
    tf_free(nested);
}

/* An outer draw is complete. */
static void close_outer(tf_nested *of, size_t k)
{
    const double n = of->inner;

    for (size_t t = 0; t < of->n_thresholds; t++) {
        double *first = &of->sums[t * of->n_strategies], *second = &of->sums[(of->n_thresholds + t) * of->n_strategies];
        double best[3] = {-INFINITY, -INFINITY, -INFINITY};

        for (size_t s = 0; s < of->n_strategies; s++) {
            double mean = (first[s] + second[s]) / n;

            best[0] = fmax(best[0], mean);
            best[1] = fmax(best[1], first[s] / (n / 2));
            best[2] = fmax(best[2], second[s] / (n / 2));
            of->means[(t * of->n_strategies + s) * of->outer + k] = mean;
            first[s] = second[s] = 0;
        }
        of->whole[t * of->outer + k] = best[0];
        of->halves[t * of->outer + k] = (best[1] + best[2]) / 2;
    }
}

void tf_nested_add(tf_nested *nested, const double *cost, const double *effect)
{
    const size_t half = nested->taken % nested->inner >= nested->inner / 2;

    for (size_t t = 0; t < nested->n_thresholds; t++) {
        for (size_t s = 0; s < nested->n_strategies; s++) {
            nested->sums[(half * nested->n_thresholds + t) * nested->n_strategies + s] += nested->thresholds[t] * effect[s] - cost[s];
        }
    }
    if (++nested->taken % nested->inner == 0) {
        close_outer(nested, nested->taken / nested->inner - 1);
    }
}

static double mean_of(const double *values, size_t n)
{
    double sum = 0;

    for (size_t k = 0; k < n; k++) {
        sum += values[k];
    }
    return sum / (double)n;
}

tf_nested_worth tf_nested_at(const tf_nested *nested, size_t threshold)
{
    const size_t n = nested->outer;
    const double *whole = &nested->whole[threshold * n], *halves = &nested->halves[threshold * n];
    const double *chosen = NULL; /* of the strategy that is best without learning */
    double best = -INFINITY, squares = 0;
    tf_nested_worth worth;

    for (size_t s = 0; s < nested->n_strategies; s++) {
        const double *means = &nested->means[(threshold * nested->n_strategies + s) * n];
        double mean = mean_of(means, n);

        chosen = mean > best ? means : chosen;
        best = fmax(best, mean);
    }
    worth.raw = mean_of(whole, n) - best;
    worth.evppi = 2 * mean_of(whole, n) - mean_of(halves, n) - best;
    for (size_t k = 0; k < n; k++) {
        double off = 2 * whole[k] - halves[k] - chosen[k] - worth.evppi;

        squares += off * off;
    }
    worth.se = n > 1 ? sqrt(squares / (double)(n - 1) / (double)n) : (double)NAN;
    return worth;
}
