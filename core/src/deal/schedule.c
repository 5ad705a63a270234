/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deal/schedule.h"

#include <math.h>

/* The piece in which x lies: how many knots it has reached. */
static size_t piece_of(const tf_schedule *s, double x)
{
    size_t k = 0;

    while (k < s->n && x >= s->knots[k]) {
        k++;
    }
    return k;
}

/* The integral of the rate between lo <= hi. */
static double area(const tf_schedule *s, double lo, double hi)
{
    double sum = 0;

    for (size_t k = 0; k <= s->n; k++) {
        double from = k == 0 ? lo : fmax(lo, s->knots[k - 1]), to = k == s->n ? hi : fmin(hi, s->knots[k]);

        sum += to > from ? s->rates[k] * (to - from) : 0;
    }
    return sum;
}

double tf_schedule_at(const tf_schedule *s, double x)
{
    size_t piece = piece_of(s, x);
    double value = s->all_unit ? s->rates[piece] * (x - s->origin) : x >= s->origin ? area(s, s->origin, x) : -area(s, x, s->origin);

    for (size_t k = 0; k < piece; k++) {
        value += s->steps[k];
    }
    return value;
}

double tf_schedule_jump(const tf_schedule *s, size_t k)
{
    return s->steps[k] + (s->all_unit ? (s->rates[k + 1] - s->rates[k]) * (s->knots[k] - s->origin) : 0);
}

bool tf_schedule_ascends(const tf_schedule *s)
{
    for (size_t k = 0; k < s->n; k++) {
        if (isnan(s->knots[k]) || (k > 0 && !(s->knots[k] > s->knots[k - 1]))) {
            return false;
        }
    }
    return true;
}
