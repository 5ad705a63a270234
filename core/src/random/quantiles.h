/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Quantiles of a distribution by the thousand: polynomials of the normal score instead of an inversion each time.  Within 1e-10 of
 * tf_distribution_quantile, relatively (tests/unit/test_distribution.c); where a polynomial cannot hold that, the inversion itself.
 */
#ifndef TF_RANDOM_QUANTILES_H
#define TF_RANDOM_QUANTILES_H

#include "random/distribution.h"

typedef struct tf_quantiles tf_quantiles;

/* NULL if memory is exhausted.  Only betas and gammas that are not truncated have polynomials; the others answer as ever. */
tf_quantiles *tf_quantiles_create(const tf_distribution *distribution) TF_MUST_USE;
void tf_quantiles_destroy(tf_quantiles *quantiles);
/* The quantile at 0 < u < 1. */
double tf_quantiles_at(const tf_quantiles *quantiles, double u);

#endif
