/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The value of learning parameters exactly, by nested simulation: N values of what is learned, and for each of them M draws of all else.
 *
 *     EVPPI = E_phi[ max_s E(NB_s | phi) ] - max_s E(NB_s)
 *
 * The mean of a maximum over M draws is too high by about b / M.  The same draws in two halves have twice that, so 2 x whole - halves is free of it to
 * the first order (the antithetic difference of Giles and Goda 2019, Stat Comput 29:739).  No regression is fitted: it is slow, and a check on one.
 */
#ifndef TF_ANALYSIS_NESTED_H
#define TF_ANALYSIS_NESTED_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct tf_nested {
    size_t n_strategies, n_thresholds;
    const double *thresholds;   /* borrowed */
    uint32_t outer, inner;      /* N, M; M is even */
    uint32_t taken;             /* draws */
    double *sums;               /* [half][threshold][strategy]: of the outer draw at work */
    double *whole, *halves;     /* [threshold][outer]: highest mean of all its draws; mean of the halves' highest */
    double *means;              /* [threshold][strategy][outer] */
} tf_nested;

trefoil_status tf_nested_create(trefoil_context *context, size_t n_strategies, const double *thresholds, size_t n_thresholds, uint32_t outer,
                                uint32_t inner, tf_nested **nested) TF_MUST_USE;
void tf_nested_destroy(tf_nested *nested);

/* The next draw, in order: cost and effect of every strategy per person. */
void tf_nested_add(tf_nested *nested, const double *cost, const double *effect);

typedef struct tf_nested_worth {
    double evppi, se; /* corrected; over outer draws */
    double raw;       /* of the whole, too high by about raw - evppi */
} tf_nested_worth;
/* When all draws are added. */
tf_nested_worth tf_nested_at(const tf_nested *nested, size_t threshold);

#endif
