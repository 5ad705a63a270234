/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/surface.h"

#include "base/memory.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

enum { KNOTS_LINE = 30, KNOTS_SPACE = 150 };

/* What is needed to make a surface. */
typedef struct maker {
    size_t n, dimensions, knots;
    double *x;     /* [dimension][row], standardised; columns that do not vary are left out */
    double *linear; /* orthonormal columns of the linear part: [linear][n] */
    size_t n_linear;
    size_t *knot;  /* rows */
} maker;

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for a regression");
}

static double dot(const double *a, const double *b, size_t n)
{
    double sums[8] = {0}; /* so that the compiler may add eight at a time */
    size_t k = 0;

    for (; k + 8 <= n; k += 8) {
        for (size_t j = 0; j < 8; j++) {
            sums[j] += a[k + j] * b[k + j];
        }
    }
    for (; k < n; k++) {
        sums[0] += a[k] * b[k];
    }
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

static void add_times(double *a, double times, const double *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        a[k] += times * b[k];
    }
}

/* ---- columns --------------------------------------------------------------------------------- */

static void standardise(maker *m, const double *column)
{
    double *x = m->x + m->dimensions * m->n, mean = 0, sd;

    for (size_t k = 0; k < m->n; k++) {
        mean += column[k] / (double)m->n;
    }
    for (size_t k = 0; k < m->n; k++) {
        x[k] = column[k] - mean;
    }
    sd = sqrt(dot(x, x, m->n) / (double)m->n);
    if (sd <= 1e-12 * fabs(mean) || sd == 0) {
        return;
    }
    for (size_t k = 0; k < m->n; k++) {
        x[k] /= sd;
    }
    m->dimensions++;
}

/* Take from `column` what lies in the linear part, twice for accuracy. */
static void project_out(const maker *m, double *column)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t j = 0; j < m->n_linear; j++) {
            const double *q = m->linear + j * m->n;

            add_times(column, -dot(q, column, m->n), q, m->n);
        }
    }
}

static void orthonormalise(maker *m)
{
    for (size_t j = 0; j <= m->dimensions; j++) {
        double *q = m->linear + m->n_linear * m->n, size;

        for (size_t k = 0; k < m->n; k++) {
            q[k] = j == 0 ? 1 : m->x[(j - 1) * m->n + k];
        }
        project_out(m, q);
        size = sqrt(dot(q, q, m->n));
        if (size > 1e-7 * sqrt((double)m->n)) {
            for (size_t k = 0; k < m->n; k++) {
                q[k] /= size;
            }
            m->n_linear++;
        }
    }
}

/* ---- knots ----------------------------------------------------------------------------------- */

static double distance_squared(const maker *m, size_t a, size_t b)
{
    double sum = 0;

    for (size_t d = 0; d < m->dimensions; d++) {
        double apart = m->x[d * m->n + a] - m->x[d * m->n + b];

        sum += apart * apart;
    }
    return sum;
}

/* The first row from the part-th of `parts` on that is not at a knot; `otherwise` when all are. */
static size_t next_dense(const maker *m, const double *apart, size_t part, size_t parts, size_t otherwise)
{
    for (size_t k = 0; k < m->n; k++) {
        size_t row = (part * m->n / parts + k) % m->n;

        if (apart[row] > 1e-6) {
            return row;
        }
    }
    return otherwise;
}

/* Half of the knots each as far as possible from those before it, half as the draws come; fewer when there are fewer distinct rows. */
static bool choose_knots(maker *m)
{
    size_t most = m->dimensions == 1 ? KNOTS_LINE : KNOTS_SPACE;
    double *apart = TF_NEW(double, m->n);

    most = most < m->n / 4 ? most : m->n / 4;
    m->knots = 0;
    m->knot = TF_NEW(size_t, most + 1);
    if (m->knot == NULL || apart == NULL) {
        tf_free(apart);
        return false;
    }
    for (size_t k = 0; k < m->n; k++) {
        apart[k] = m->dimensions > 0 ? (double)INFINITY : 0;
    }
    for (size_t j = 0, row = 0; j < most && apart[row] > 1e-12; j++) {
        size_t far = 0;

        m->knot[m->knots++] = row;
        for (size_t k = 0; k < m->n; k++) {
            double now = distance_squared(m, k, row);

            apart[k] = now < apart[k] ? now : apart[k];
            far = apart[k] > apart[far] ? k : far;
        }
        row = j + 1 < most / 2 ? far : next_dense(m, apart, j + 1 - most / 2, most - most / 2, far);
    }
    tf_free(apart);
    return true;
}

/* ---- the bent part --------------------------------------------------------------------------- */

static double radial(double distance)
{
    return distance * sqrt(distance); /* r^3 of r^2 */
}

/* Combinations of knots that a linear function does not see: the last columns of Q in [1 x] = QR.  Owned by the caller. */
static gsl_matrix *contrasts(const maker *m)
{
    size_t p = m->dimensions + 1, k = m->knots;
    gsl_matrix *t = gsl_matrix_alloc(k, p), *q = gsl_matrix_alloc(k, k), *r = gsl_matrix_alloc(k, p), *z = gsl_matrix_alloc(k, k - p);
    gsl_vector *tau = gsl_vector_alloc(p);

    if (t != NULL && q != NULL && r != NULL && z != NULL && tau != NULL) {
        for (size_t i = 0; i < k; i++) {
            for (size_t j = 0; j < p; j++) {
                gsl_matrix_set(t, i, j, j == 0 ? 1 : m->x[(j - 1) * m->n + m->knot[i]]);
            }
        }
        gsl_linalg_QR_decomp(t, tau);
        gsl_linalg_QR_unpack(t, tau, q, r);
        for (size_t i = 0; i < k; i++) {
            for (size_t j = p; j < k; j++) {
                gsl_matrix_set(z, i, j - p, gsl_matrix_get(q, i, j));
            }
        }
    } else {
        gsl_matrix_free(z);
        z = NULL;
    }
    gsl_matrix_free(t);
    gsl_matrix_free(q);
    gsl_matrix_free(r);
    gsl_vector_free(tau);
    return z;
}

/* Eigenvalues, descending, and vectors of a symmetric matrix, which is overwritten. */
static bool decompose(gsl_matrix *symmetric, gsl_vector *values, gsl_matrix *vectors)
{
    gsl_eigen_symmv_workspace *room = gsl_eigen_symmv_alloc(symmetric->size1);
    bool done = room != NULL && gsl_eigen_symmv(symmetric, values, vectors, room) == 0;

    if (done) {
        gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_DESC);
    }
    gsl_eigen_symmv_free(room);
    return done;
}

/* How many of the descending values are worth keeping. */
static size_t significant(const gsl_vector *values, double share)
{
    size_t n = 0;

    while (n < values->size && gsl_vector_get(values, n) > share * gsl_vector_get(values, 0) && gsl_vector_get(values, n) > 0) {
        n++;
    }
    return n;
}

/* Combinations of the knots' radial functions whose roughness is the identity: [knots][bends]. */
static gsl_matrix *bends(const maker *m)
{
    gsl_matrix *z = contrasts(m), *phi = gsl_matrix_alloc(m->knots, m->knots), *half = NULL, *rough = NULL, *vectors = NULL, *out = NULL;
    gsl_vector *values = NULL;
    size_t q = m->knots - m->dimensions - 1;

    half = gsl_matrix_alloc(m->knots, q);
    rough = gsl_matrix_alloc(q, q);
    vectors = gsl_matrix_alloc(q, q);
    values = gsl_vector_alloc(q);
    if (z == NULL || phi == NULL || half == NULL || rough == NULL || vectors == NULL || values == NULL) {
        goto out;
    }
    for (size_t i = 0; i < m->knots; i++) {
        for (size_t j = 0; j < m->knots; j++) {
            gsl_matrix_set(phi, i, j, radial(distance_squared(m, m->knot[i], m->knot[j])));
        }
    }
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1, phi, z, 0, half);
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1, z, half, 0, rough);
    if (decompose(rough, values, vectors)) {
        size_t kept = significant(values, 1e-11);
        gsl_matrix_view some;

        if (kept == 0) {
            goto out;
        }
        for (size_t j = 0; j < kept; j++) {
            gsl_vector_view column = gsl_matrix_column(vectors, j);

            gsl_vector_scale(&column.vector, 1 / sqrt(gsl_vector_get(values, j)));
        }
        some = gsl_matrix_submatrix(vectors, 0, 0, q, kept);
        out = gsl_matrix_alloc(m->knots, kept);
        if (out != NULL) {
            gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1, z, &some.matrix, 0, out);
        }
    }
out:
    gsl_matrix_free(z);
    gsl_matrix_free(phi);
    gsl_matrix_free(half);
    gsl_matrix_free(rough);
    gsl_matrix_free(vectors);
    gsl_vector_free(values);
    return out;
}

/* The bent columns at every row, without what is linear: [bend][n]. */
static double *bent_columns(const maker *m, const gsl_matrix *mix)
{
    double *out = TF_NEW(double, mix->size2 * m->n), *phi = TF_NEW(double, m->n);

    for (size_t i = 0; out != NULL && phi != NULL && i < m->knots; i++) {
        for (size_t k = 0; k < m->n; k++) {
            phi[k] = radial(distance_squared(m, k, m->knot[i]));
        }
        for (size_t j = 0; j < mix->size2; j++) {
            add_times(out + j * m->n, gsl_matrix_get(mix, i, j), phi, m->n);
        }
    }
    for (size_t j = 0; out != NULL && j < mix->size2; j++) {
        project_out(m, out + j * m->n);
    }
    if (phi == NULL) {
        tf_free(out);
        out = NULL;
    }
    tf_free(phi);
    return out;
}

/* The bent part as orthonormal columns with their strengths, behind the linear ones. */
static bool add_bent(const maker *m, tf_surface *surface)
{
    gsl_matrix *mix = bends(m), *gram = NULL, *vectors = NULL;
    gsl_vector *values = NULL;
    double *columns = mix != NULL ? bent_columns(m, mix) : NULL;
    size_t q = mix != NULL ? mix->size2 : 0, kept = 0;
    bool done = false;

    if (columns == NULL || (gram = gsl_matrix_alloc(q, q)) == NULL || (vectors = gsl_matrix_alloc(q, q)) == NULL ||
        (values = gsl_vector_alloc(q)) == NULL) {
        goto out;
    }
    for (size_t i = 0; i < q; i++) {
        for (size_t j = 0; j <= i; j++) {
            double g = dot(columns + i * m->n, columns + j * m->n, m->n) / (double)m->n;

            gsl_matrix_set(gram, i, j, g);
            gsl_matrix_set(gram, j, i, g);
        }
    }
    if (!decompose(gram, values, vectors)) {
        goto out;
    }
    kept = significant(values, 1e-10);
    for (size_t j = 0; j < kept; j++) {
        double *to = surface->basis + surface->rank * m->n;

        surface->strength[j] = gsl_vector_get(values, j);
        for (size_t i = 0; i < q; i++) {
            add_times(to, gsl_matrix_get(vectors, i, j) / sqrt(surface->strength[j] * (double)m->n), columns + i * m->n, m->n);
        }
        surface->rank++;
    }
    done = true;
out:
    tf_free(columns);
    gsl_matrix_free(mix);
    gsl_matrix_free(gram);
    gsl_matrix_free(vectors);
    gsl_vector_free(values);
    return done;
}

/* ---- making ---------------------------------------------------------------------------------- */

static bool build(maker *m, const double *const *columns, size_t n_columns, tf_surface *surface)
{
    for (size_t c = 0; c < n_columns; c++) {
        standardise(m, columns[c]);
    }
    orthonormalise(m);
    if (!choose_knots(m)) {
        return false;
    }
    surface->n = m->n;
    surface->linear = surface->rank = m->n_linear;
    surface->basis = TF_NEW(double, (m->n_linear + m->knots) * m->n);
    surface->strength = TF_NEW(double, m->knots + 1);
    if (surface->basis == NULL || surface->strength == NULL) {
        return false;
    }
    memcpy(surface->basis, m->linear, m->n_linear * m->n * sizeof *m->linear);
    return m->knots < m->dimensions + 2 || add_bent(m, surface);
}

trefoil_status tf_surface_create(trefoil_context *context, const double *const *columns, size_t n_columns, size_t n, tf_surface **surface)
{
    maker m = {.n = n, .x = TF_NEW(double, n_columns * n), .linear = TF_NEW(double, (n_columns + 2) * n)};
    tf_surface *made = TF_NEW(tf_surface, 1);
    bool done = m.x != NULL && m.linear != NULL && made != NULL && build(&m, columns, n_columns, made);

    tf_free(m.x);
    tf_free(m.linear);
    tf_free(m.knot);
    if (!done) {
        tf_surface_destroy(made);
        made = NULL;
    }
    *surface = made;
    return done ? TREFOIL_DONE : no_memory(context);
}

void tf_surface_destroy(tf_surface *surface)
{
    if (surface != NULL) {
        tf_free(surface->basis);
        tf_free(surface->strength);
        tf_free(surface);
    }
}

/* ---- fitting --------------------------------------------------------------------------------- */

typedef struct penalty {
    const tf_surface *surface;
    const double *weights;
    double rest; /* squares of y outside the span of the basis */
} penalty;

/* n RSS / (n - freedom)^2, and what it is made of. */
static double cross_validation(const penalty *p, double lambda, double *freedom, double *squares)
{
    const tf_surface *s = p->surface;
    double left;

    *freedom = (double)s->linear;
    *squares = p->rest;
    for (size_t j = s->linear; j < s->rank; j++) {
        double g = s->strength[j - s->linear], keep = g / (g + lambda);

        *freedom += keep;
        *squares += (1 - keep) * (1 - keep) * p->weights[j] * p->weights[j];
    }
    left = (double)s->n - *freedom;
    return left > 0 ? (double)s->n * *squares / (left * left) : (double)INFINITY;
}

/* The smoothness with the least error: a grid over twenty decades, and a finer one around its best. */
static double best_lambda(const penalty *p)
{
    const tf_surface *s = p->surface;
    double top = s->rank > s->linear ? s->strength[0] : 1, best = log(top) + 14, least = INFINITY, middle = log(top) - 9, width = 23;
    double freedom, squares;

    for (int pass = 0; pass < 3; pass++) {
        for (int k = -40; k <= 40; k++) {
            double at = middle + width * k / 40, error = cross_validation(p, exp(at), &freedom, &squares);

            if (error < least) {
                least = error;
                best = at;
            }
        }
        middle = best;
        width /= 20;
    }
    return exp(best);
}

void tf_surface_fit(const tf_surface *surface, const double *y, double *fitted, tf_smooth *smooth)
{
    const size_t n = surface->n;
    penalty p = {.surface = surface, .weights = smooth->weights};
    double lambda, squares;

    memcpy(fitted, y, n * sizeof *y);
    for (size_t j = 0; j < surface->rank; j++) { /* what is left is taken down step by step, which loses fewer digits */
        const double *a = surface->basis + j * n;

        smooth->weights[j] = dot(a, fitted, n);
        add_times(fitted, -smooth->weights[j], a, n);
    }
    p.rest = dot(fitted, fitted, n);
    lambda = best_lambda(&p);
    (void)cross_validation(&p, lambda, &smooth->freedom, &squares);
    smooth->residual = sqrt(squares / fmax(1, (double)n - smooth->freedom));
    memset(fitted, 0, n * sizeof *fitted);
    for (size_t j = 0; j < surface->rank; j++) {
        double g = j < surface->linear ? 1 : surface->strength[j - surface->linear];

        smooth->keep[j] = j < surface->linear ? 1 : g / (g + lambda);
        add_times(fitted, smooth->keep[j] * smooth->weights[j], surface->basis + j * n, n);
    }
}
