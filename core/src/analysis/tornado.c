/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/tornado.h"

#include <math.h>
#include <string.h>

double tf_more_nmb(double threshold, const double *cost, const double *qaly, size_t strategy, size_t comparator)
{
    return threshold * (qaly[strategy] - qaly[comparator]) - (cost[strategy] - cost[comparator]);
}

double tf_bar_swing(const tf_bar *bar, double base, size_t strategy)
{
    double low = bar->nmb_low[strategy], high = bar->nmb_high[strategy];

    if (isnan(low) || isnan(high) || isnan(base)) {
        return NAN;
    }
    return fmax(fmax(low, high), base) - fmin(fmin(low, high), base);
}

static bool comes_before(const tf_sensitivity *of, size_t strategy, size_t a, size_t b)
{
    double swing_a = tf_bar_swing(&of->bars[a], of->base[strategy], strategy), swing_b = tf_bar_swing(&of->bars[b], of->base[strategy], strategy);

    if (isnan(swing_a) != isnan(swing_b)) {
        return isnan(swing_b);
    }
    if (swing_a > swing_b || swing_a < swing_b) {
        return swing_a > swing_b;
    }
    return strcmp(of->bars[a].name, of->bars[b].name) < 0;
}

void tf_tornado_order(const tf_sensitivity *of, size_t strategy, size_t *order)
{
    for (size_t k = 0; k < of->n_bars; k++) {
        size_t at = k;

        for (; at > 0 && comes_before(of, strategy, k, order[at - 1]); at--) {
            order[at] = order[at - 1];
        }
        order[at] = k;
    }
}

double tf_two_way_value(double low, double high, size_t k, size_t n)
{
    return k + 1 == n ? high : low + (high - low) * (double)k / (double)(n - 1);
}
