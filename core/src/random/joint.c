/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random/joint.h"

#include "base/memory.h"
#include "random/distribution.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <string.h>

/* Logarithm of the gamma(shape, 1) quantile at u; for small shapes the quantile itself underflows, and there the
 * distribution function is x^shape / (shape Gamma(shape)). */
static double log_gamma_quantile(double shape, double u)
{
    double leading = (log(u) + gsl_sf_lngamma(shape + 1)) / shape;
    tf_distribution gamma = {.family = TF_GAMMA, .a = shape, .b = 1, .min = -INFINITY, .max = INFINITY, .mean = shape};

    return leading < -30 ? leading : log(tf_distribution_quantile(&gamma, u));
}

void tf_dirichlet(const double *alpha, size_t n, const double *u, double *shares)
{
    double largest = -INFINITY, sum = 0;

    for (size_t i = 0; i < n; i++) {
        shares[i] = log_gamma_quantile(alpha[i], u[i]);
        largest = shares[i] > largest ? shares[i] : largest;
    }
    for (size_t i = 0; i < n; i++) {
        shares[i] = exp(shares[i] - largest);
        sum += shares[i];
    }
    for (size_t i = 0; i < n; i++) {
        shares[i] /= sum;
    }
}

struct tf_multinormal {
    tf_table *table; /* holds the names */
    size_t name_column, n;
    double *mean, *sd;
    double *factor; /* n x n, by rows; the lower triangle is L with L L' the covariance */
};

void tf_multinormal_destroy(tf_multinormal *normal)
{
    if (normal == NULL) {
        return;
    }
    tf_table_destroy(normal->table);
    tf_free(normal->mean);
    tf_free(normal->sd);
    tf_free(normal->factor);
    tf_free(normal);
}

/* The header must be name, mean, and the rows' names in their order. */
static trefoil_status check_names(trefoil_context *context, tf_multinormal *normal, ptrdiff_t mean_column)
{
    const tf_table *table = normal->table;
    size_t n = tf_table_rows(table), columns = tf_table_columns(table);
    tf_place header = {tf_table_path(table), 0};
    trefoil_status status = TREFOIL_DONE;

    if (columns < 3 || normal->name_column != 0 || mean_column != 1) {
        return tf_mistake(context, header, "expected the columns name, mean and then one for each name");
    }
    if (columns != n + 2) {
        return tf_mistake(context, n > 0 ? tf_table_place(table, n - 1) : header, "%zu row%s, but %zu columns of covariances: a row is missing, or a column", n, n == 1 ? "" : "s",
                          columns - 2);
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = tf_table_text(table, i, 0), *column = tf_table_column_name(table, i + 2);

        if (strcmp(name, column) != 0) {
            status = tf_mistake(context, tf_table_place(table, i), "name '%s', but column %zu is '%s'; they must agree", name,
                                i + 3, column);
        }
    }
    normal->n = n;
    return status;
}

static trefoil_status read_numbers(trefoil_context *context, tf_multinormal *normal)
{
    const tf_table *table = normal->table;
    size_t n = normal->n;
    trefoil_status status = TREFOIL_DONE;

    for (size_t i = 0; i < n; i++) {
        if (tf_table_number(context, table, i, 1, -INFINITY, INFINITY, &normal->mean[i]) != TREFOIL_DONE) {
            status = TREFOIL_USER_MISTAKE;
        }
        for (size_t j = 0; j < n; j++) {
            if (tf_table_number(context, table, i, j + 2, -INFINITY, INFINITY, &normal->factor[i * n + j]) != TREFOIL_DONE) {
                status = TREFOIL_USER_MISTAKE;
            }
        }
    }
    return status;
}

static trefoil_status check_covariance(trefoil_context *context, tf_multinormal *normal)
{
    const tf_table *table = normal->table;
    size_t n = normal->n;
    trefoil_status status = TREFOIL_DONE;

    for (size_t i = 0; i < n; i++) {
        const double *row = normal->factor + i * n;

        if (!(row[i] > 0)) {
            status = tf_mistake(context, tf_table_place(table, i), "the variance of '%s' is %g; it must be above 0",
                                tf_table_text(table, i, 0), row[i]);
        }
        normal->sd[i] = sqrt(row[i]);
        for (size_t j = 0; j < i; j++) {
            double other = normal->factor[j * n + i];

            if (fabs(row[j] - other) > 1e-9 * fmax(fabs(row[j]), fabs(other))) {
                status = tf_mistake(context, tf_table_place(table, i),
                                    "not symmetric: the covariance of '%s' and '%s' is %g here and %g at line %d",
                                    tf_table_text(table, i, 0), tf_table_text(table, j, 0), row[j], other,
                                    tf_table_place(table, j).line);
            }
        }
    }
    return status;
}

/* The factor of the first `size` rows and columns, in `factor`: n x n numbers. */
static bool factored(const tf_multinormal *normal, size_t size, double *factor)
{
    gsl_matrix_view matrix = gsl_matrix_view_array_with_tda(factor, size, size, normal->n);

    memcpy(factor, normal->factor, normal->n * normal->n * sizeof *factor);
    return gsl_linalg_cholesky_decomp1(&matrix.matrix) == GSL_SUCCESS;
}

static trefoil_status decompose(trefoil_context *context, tf_multinormal *normal)
{
    double *factor = TF_NEW(double, normal->n *normal->n), *covariance = normal->factor;
    size_t most = 0;

    if (factor == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for covariances");
    }
    if (factored(normal, normal->n, factor)) {
        normal->factor = factor;
        tf_free(covariance);
        return TREFOIL_DONE;
    }
    while (most + 1 < normal->n && factored(normal, most + 1, factor)) {
        most++;
    }
    tf_free(factor);
    return tf_mistake(context, tf_table_place(normal->table, most),
                      "with '%s' the covariances are not positive definite: no numbers can vary together like this",
                      tf_multinormal_name(normal, most));
}

static trefoil_status reserve(trefoil_context *context, tf_multinormal *normal)
{
    size_t n = normal->n;

    normal->mean = TF_NEW(double, n);
    normal->sd = TF_NEW(double, n);
    normal->factor = TF_NEW(double, n * n);
    if (normal->mean == NULL || normal->sd == NULL || normal->factor == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory for %zu covariances", tf_table_path(normal->table),
                       n * n);
    }
    return TREFOIL_DONE;
}

trefoil_status tf_multinormal_read(trefoil_context *context, const char *path, tf_place from, tf_multinormal **normal)
{
    trefoil_status status;
    tf_multinormal *made = TF_NEW(tf_multinormal, 1);

    *normal = NULL;
    if (made == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to read the table", path);
    }
    TRY(tf_table_read(context, path, from, &made->table));
    made->name_column = (size_t)tf_table_find(made->table, "name");
    TRY(check_names(context, made, tf_table_find(made->table, "mean")));
    TRY(reserve(context, made));
    TRY(read_numbers(context, made));
    TRY(check_covariance(context, made));
    TRY(decompose(context, made));
    *normal = made;
    made = NULL;
out:
    tf_multinormal_destroy(made);
    return status;
}

size_t tf_multinormal_size(const tf_multinormal *normal)
{
    return normal->n;
}

const char *tf_multinormal_name(const tf_multinormal *normal, size_t i)
{
    return tf_table_text(normal->table, i, normal->name_column);
}

double tf_multinormal_mean(const tf_multinormal *normal, size_t i)
{
    return normal->mean[i];
}

double tf_multinormal_sd(const tf_multinormal *normal, size_t i)
{
    return normal->sd[i];
}

tf_place tf_multinormal_place(const tf_multinormal *normal, size_t i)
{
    return tf_table_place(normal->table, i);
}

const char *tf_multinormal_digest(const tf_multinormal *normal)
{
    return tf_table_digest(normal->table);
}

void tf_multinormal_draw(const tf_multinormal *normal, const double *u, double *values)
{
    size_t n = normal->n;

    for (size_t i = 0; i < n; i++) {
        values[i] = normal->mean[i];
    }
    for (size_t j = 0; j < n; j++) {
        double z = gsl_cdf_ugaussian_Pinv(u[j]);

        for (size_t i = j; i < n; i++) {
            values[i] += normal->factor[i * n + j] * z;
        }
    }
}
