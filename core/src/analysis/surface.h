/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Smooth regression on one or several columns: a polyharmonic spline (radial function r^3 with a linear part), which for one column is the
 * natural cubic spline, and for several is universal kriging with the generalised covariance r^3 (a Gaussian process whose mean is linear).
 * Columns are standardised.  All draws are used; the function is spanned by at most 30 (one column) or 150 knots chosen among the draws,
 * half of them as far apart as possible and half as dense as the draws are.  Smoothness is chosen by generalised cross-validation.
 *
 * Fitted values are linear in the response: A diag(keep) A'y with orthonormal columns A (Demmler and Reinsch 1975), of which the linear
 * part is kept whole and the others are shrunk by g / (g + lambda).
 */
#ifndef TF_ANALYSIS_SURFACE_H
#define TF_ANALYSIS_SURFACE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct tf_surface {
    size_t n, rank, linear; /* rows; columns of `basis`, of which the first `linear` are not shrunk */
    double *basis;          /* [rank][n], orthonormal */
    double *strength;       /* [rank - linear]: g, descending */
} tf_surface;

/* The regression of n rows on `n_columns` columns, columns[c][row].  Columns that do not vary, or repeat others, add nothing. */
trefoil_status tf_surface_create(trefoil_context *context, const double *const *columns, size_t n_columns, size_t n,
                                 tf_surface **surface) TF_MUST_USE;
void tf_surface_destroy(tf_surface *surface);

typedef struct tf_smooth {
    double *keep;    /* [rank], 0..1 */
    double *weights; /* [rank]: A'y */
    double freedom;  /* effective degrees of freedom: sum of keep */
    double residual; /* standard deviation of what is left */
} tf_smooth;

/* Fit `y`; `fitted` has room for n.  `smooth->keep` and `smooth->weights` have room for rank. */
void tf_surface_fit(const tf_surface *surface, const double *y, double *fitted, tf_smooth *smooth);

#endif
