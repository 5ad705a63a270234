/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlated numbers: Dirichlet rows and multivariate normals from a covariance table, drawn by GSL over addressed streams. */
#ifndef TF_RANDOM_JOINT_H
#define TF_RANDOM_JOINT_H

#include "base/table.h"

/* Dirichlet(alpha[0..n-1], all > 0) at uniforms u[0..n-1]: gamma quantiles normalised.  Writes n shares that sum to 1. */
void tf_dirichlet(const double *alpha, size_t n, const double *u, double *shares);

typedef struct tf_multinormal tf_multinormal;

/* A multivariate normal from a covariance table: columns `name`, `mean`, then one column per name, in the same order.  Mistakes
 * with file and line: names that differ, not symmetric (1e-9 relative), not positive definite. */
trefoil_status tf_multinormal_read(trefoil_context *context, const char *path, tf_place from, tf_multinormal **normal) TF_MUST_USE;
void tf_multinormal_destroy(tf_multinormal *normal);
size_t tf_multinormal_size(const tf_multinormal *normal);
const char *tf_multinormal_name(const tf_multinormal *normal, size_t i);
double tf_multinormal_mean(const tf_multinormal *normal, size_t i);
double tf_multinormal_sd(const tf_multinormal *normal, size_t i);
tf_place tf_multinormal_place(const tf_multinormal *normal, size_t i); /* of its line in the file */
const char *tf_multinormal_digest(const tf_multinormal *normal);       /* SHA-256 of the file's bytes */
/* values = mean + L z with L the Cholesky factor (gsl_linalg_cholesky_decomp1) and z the normal quantiles of u[0..n-1]. */
void tf_multinormal_draw(const tf_multinormal *normal, const double *u, double *values);

#endif
