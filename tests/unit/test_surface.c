/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/surface.h"

#include "base/memory.h"
#include "random/stream.h"

#include <criterion/criterion.h>
#include <math.h>

enum { N = 1500 };

static double normal(uint32_t what, size_t k)
{
    return tf_normal_quantile(tf_uniform(5, (tf_coordinates){.purpose = what, .person = k}, 0));
}

typedef struct fitted_surface {
    tf_surface *surface;
    tf_smooth smooth;
    double *values;
} fitted_surface;

static fitted_surface fit(const double *const *columns, size_t n_columns, const double *y)
{
    fitted_surface f = {0};

    cr_assert_eq(tf_surface_create(NULL, columns, n_columns, N, &f.surface), TREFOIL_DONE);
    f.values = TF_NEW(double, N);
    f.smooth.keep = TF_NEW(double, f.surface->rank);
    f.smooth.weights = TF_NEW(double, f.surface->rank);
    tf_surface_fit(f.surface, y, f.values, &f.smooth);
    return f;
}

static void forget(fitted_surface *f)
{
    tf_surface_destroy(f->surface);
    tf_free(f->values);
    tf_free(f->smooth.keep);
    tf_free(f->smooth.weights);
}

static double root_mean_square(const double *a, const double *b)
{
    double sum = 0;

    for (size_t k = 0; k < N; k++) {
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    }
    return sqrt(sum / N);
}

Test(surface, columns_are_orthonormal)
{
    static double x[N], z[N], y[N];
    const double *columns[] = {x, z};

    for (size_t k = 0; k < N; k++) {
        x[k] = 1e6 + 3 * normal(1, k);
        z[k] = exp(normal(2, k));
    }
    for (size_t d = 1; d <= 2; d++) {
        fitted_surface f = fit(columns, d, y);

        cr_expect_eq(f.surface->linear, d + 1);
        cr_expect_gt(f.surface->rank, 20);
        for (size_t i = 0; i < f.surface->rank; i++) {
            for (size_t j = 0; j <= i; j++) {
                double product = 0;

                for (size_t k = 0; k < N; k++) {
                    product += f.surface->basis[i * N + k] * f.surface->basis[j * N + k];
                }
                cr_expect_float_eq(product, i == j, 1e-5, "columns %zu and %zu: %g", i, j, product);
            }
        }
        cr_expect_lt(root_mean_square(f.values, y), 1e-12, "nothing is fitted to nothing");
        forget(&f);
    }
}

Test(surface, straight_lines_are_exact_and_curves_are_found)
{
    static double x[N], z[N], line[N], curve[N], noisy[N];
    const double *columns[] = {x, z};
    fitted_surface f;

    for (size_t k = 0; k < N; k++) {
        x[k] = normal(1, k);
        z[k] = normal(2, k);
        line[k] = 7 - 3 * x[k] + 11 * z[k];
        curve[k] = sin(2 * x[k]) + x[k] * z[k];
        noisy[k] = curve[k] + normal(3, k);
    }
    f = fit(columns, 2, line);
    cr_expect_lt(root_mean_square(f.values, line), 1e-8);
    forget(&f);
    f = fit(columns, 2, curve);
    cr_expect_lt(root_mean_square(f.values, curve), 0.03, "%g", root_mean_square(f.values, curve));
    forget(&f);
    /* With unit noise the function is found to a few per cent of the noise, and the noise is told. */
    f = fit(columns, 2, noisy);
    cr_expect_lt(root_mean_square(f.values, curve), 0.25, "%g", root_mean_square(f.values, curve));
    cr_expect_float_eq(f.smooth.residual, 1, 0.08, "%g", f.smooth.residual);
    cr_expect(f.smooth.freedom > 8 && f.smooth.freedom < 100, "%g", f.smooth.freedom);
    forget(&f);
    /* One column: the natural cubic spline; pure noise is smoothed to about a line. */
    for (size_t k = 0; k < N; k++) {
        curve[k] = exp(x[k]) + 1 / (1 + x[k] * x[k]);
        noisy[k] = normal(4, k);
    }
    f = fit(columns, 1, curve);
    cr_expect_lt(root_mean_square(f.values, curve), 0.01, "%g", root_mean_square(f.values, curve));
    forget(&f);
    f = fit(columns, 1, noisy);
    cr_expect_lt(f.smooth.freedom, 12, "%g", f.smooth.freedom);
    forget(&f);
}

Test(surface, columns_that_say_nothing)
{
    static double constant[N], x[N], twice[N], two[N], y[N];
    const double *columns[] = {constant, x, twice, two};
    fitted_surface f;

    for (size_t k = 0; k < N; k++) {
        constant[k] = 4.2;
        x[k] = normal(1, k);
        twice[k] = 2 * x[k] + 1;
        two[k] = (double)(k % 2);
        y[k] = two[k] + 3 * x[k];
    }
    f = fit(columns, 1, y);
    cr_expect_eq(f.surface->rank, 1, "a constant column leaves the mean alone");
    forget(&f);
    f = fit(columns + 1, 2, y);
    cr_expect_eq(f.surface->linear, 2, "a column and its double are one");
    forget(&f);
    f = fit(columns + 3, 1, y);
    cr_expect_eq(f.surface->rank, 2, "two values make a line");
    forget(&f);
    f = fit(columns, 4, y);
    cr_expect_lt(root_mean_square(f.values, y), 1e-8);
    forget(&f);
}
