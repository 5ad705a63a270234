/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Present values.  Annual: everything in year y (0, 1, ...) of the run is worth (1+r)^-y.  Continuous: at time t it is worth (1+r)^-t, so a
 * flow of 1 a year over [a, b] is worth ((1+r)^-a - (1+r)^-b) / log(1+r).  Exponential: at time t it is worth exp(-r t).  NICE PMG36: 3.5% a year for both costs and effects. */
#ifndef TF_ENGINE_DISCOUNT_H
#define TF_ENGINE_DISCOUNT_H

#include "random/maths.h"
#include "scenario/scenario.h"

typedef struct tf_discount {
    tf_discounting method;
    double force; /* log(1 + r), or r itself where it is exponential */
} tf_discount;

static inline tf_discount tf_discount_of(tf_discounting method, double rate)
{
    return (tf_discount){ method, method == TF_DISCOUNT_EXPONENTIAL ? rate : rate > 0.0 ? tf_log(1.0 + rate) : 0.0 };
}

/* Worth now of 1 at time t, years. */
static inline double tf_discount_at(tf_discount discount, double t)
{
    double time = discount.method == TF_DISCOUNT_ANNUAL ? (double)(int64_t)t : t;
    return discount.force == 0.0 ? 1.0 : tf_exp(-discount.force * time);
}

/* Worth now of 1 a year from a to b; for the annual method a and b lie in one year of the run. */
static inline double tf_discount_between(tf_discount discount, double a, double b)
{
    if (discount.force == 0.0)
        return b - a;
    if (discount.method == TF_DISCOUNT_ANNUAL)
        return (b - a) * tf_discount_at(discount, a);
    return (tf_exp(-discount.force * a) - tf_exp(-discount.force * b)) / discount.force;
}

#endif
