/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one primitive behind tiers, caps, price-volume agreements, shared savings, risk corridors and milestones: an amount that is
 * piecewise linear in a quantity x.  Knots b_1 < ... < b_n part the line into n + 1 pieces with a rate each.
 *
 *   marginal   f(x) = integral of the rate from `origin` to x, plus the steps of all knots reached (b_k <= x)
 *   all-unit   f(x) = rate of the piece x lies in, times (x - origin), plus the steps: it jumps where the rate changes
 *
 * A knot belongs to the piece above it.
 */
#ifndef TF_DEAL_SCHEDULE_H
#define TF_DEAL_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>

enum { TF_KNOTS = 12 };

typedef struct tf_schedule {
    size_t n;
    bool all_unit;
    double origin;
    double knots[TF_KNOTS], rates[TF_KNOTS + 1], steps[TF_KNOTS];
} tf_schedule;

double tf_schedule_at(const tf_schedule *schedule, double x);
/* By how much f jumps at knot k. */
double tf_schedule_jump(const tf_schedule *schedule, size_t k);
/* Are the knots finite and ascending? */
bool tf_schedule_ascends(const tf_schedule *schedule);

#endif
