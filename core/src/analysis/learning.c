/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/learning.h"

#include "base/memory.h"
#include "random/stream.h"

#include <math.h>
#include <string.h>

enum { SIMULATIONS = 200, SIMULATED_DRAWS = 2000 };

/* The regressions of one threshold: of every strategy against the best. */
typedef struct learner {
    const tf_psa *psa;
    const tf_surface *surface, *through;
    double threshold, share;
    size_t best, n_others;
    size_t *others;     /* strategies */
    double *fitted;     /* [other][draw]; the mean included */
    double *residuals;  /* [other][draw] */
    double *mean;       /* [other] */
    tf_smooth *smooths; /* [other] */
    double *coefficients; /* of smooths: keep and weights */
    double *root;       /* Cholesky factor of the residuals' covariance, [other][other], lower */
    double *scratch;    /* n_draws */
} learner;

const char *tf_guard_words(tf_guard guard)
{
    switch (guard) {
    case TF_HOLDS:
        return "";
    case TF_CLIPPED:
        return "set to its upper bound, which it passed by less than its error";
    case TF_VIOLATED:
        break;
    }
    return "above its upper bound by more than its error";
}

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the value of information");
}

static bool furnish(learner *l)
{
    const size_t n = l->psa->n_draws, others = l->psa->n_strategies, through = l->through != NULL ? l->through->rank : 0;
    const size_t rank = l->surface->rank > through ? l->surface->rank : through;

    l->others = TF_NEW(size_t, others);
    l->fitted = TF_NEW(double, others * n);
    l->residuals = TF_NEW(double, others * n);
    l->mean = TF_NEW(double, others);
    l->smooths = TF_NEW(tf_smooth, others);
    l->coefficients = TF_NEW(double, 2 * others * rank);
    l->root = TF_NEW(double, others * others);
    l->scratch = TF_NEW(double, n);
    if (l->others == NULL || l->fitted == NULL || l->residuals == NULL || l->mean == NULL || l->smooths == NULL ||
        l->coefficients == NULL || l->root == NULL || l->scratch == NULL) {
        return false;
    }
    for (size_t d = 0; d < others; d++) {
        l->smooths[d].keep = l->coefficients + 2 * d * rank;
        l->smooths[d].weights = l->coefficients + (2 * d + 1) * rank;
    }
    return true;
}

static void empty(learner *l)
{
    tf_free(l->others);
    tf_free(l->fitted);
    tf_free(l->residuals);
    tf_free(l->mean);
    tf_free(l->smooths);
    tf_free(l->coefficients);
    tf_free(l->root);
    tf_free(l->scratch);
}

static void fit(learner *l)
{
    const size_t n = l->psa->n_draws;

    for (size_t s = 0; s < l->psa->n_strategies; s++) {
        size_t d = l->n_others;
        double *fitted = l->fitted + d * n, *residual = l->residuals + d * n;

        if (s == l->best) {
            continue;
        }
        for (size_t k = 0; k < n; k++) {
            residual[k] = tf_psa_benefit(l->psa, s, k, l->threshold) - tf_psa_benefit(l->psa, l->best, k, l->threshold);
        }
        l->mean[d] = tf_mean(residual, n);
        if (l->through != NULL) {
            tf_surface_fit(l->through, residual, fitted, &l->smooths[d]);
            memcpy(residual, fitted, n * sizeof *fitted);
        }
        tf_surface_fit(l->surface, residual, fitted, &l->smooths[d]);
        for (size_t k = 0; k < n; k++) {
            residual[k] -= fitted[k];
        }
        l->others[d] = s;
        l->n_others++;
    }
}

/* What is gained in draw k by choosing after learning: the highest fitted difference from the best, or 0. */
static double gain(const learner *l, size_t k)
{
    double highest = 0;

    for (size_t d = 0; d < l->n_others; d++) {
        highest = fmax(highest, l->mean[d] + l->share * (l->fitted[d * l->psa->n_draws + k] - l->mean[d]));
    }
    return highest;
}

/* Lower Cholesky factor of the covariance of the residuals.  Where one strategy's residuals are those of others the rest is 0. */
static void factor_residuals(learner *l)
{
    const size_t n = l->psa->n_draws, m = l->n_others;

    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = 0, *at = &l->root[i * m + j];

            for (size_t k = 0; k < n; k++) {
                sum += l->residuals[i * n + k] * l->residuals[j * n + k];
            }
            sum /= fmax(1, (double)n - fmax(l->smooths[i].freedom, l->smooths[j].freedom));
            for (size_t k = 0; k < j; k++) {
                sum -= l->root[i * m + k] * l->root[j * m + k];
            }
            if (i == j) {
                *at = sum > 0 ? sqrt(sum) : 0;
            } else {
                *at = l->root[j * m + j] > 0 ? sum / l->root[j * m + j] : 0;
            }
        }
    }
}

/* Deviations of the coefficients from their estimates in one simulation: [other][rank]. */
static void simulate_coefficients(const learner *l, uint32_t simulation, double *deviations)
{
    const uint32_t purpose = tf_purpose("analysis", "coefficients of a regression");
    const size_t m = l->n_others, rank = l->surface->rank;

    for (size_t j = 0; j < rank; j++) {
        for (size_t i = 0; i < m; i++) {
            deviations[i * rank + j] = 0;
        }
        for (size_t k = 0; k < m; k++) {
            const tf_coordinates at = {.purpose = purpose, .person = j, .draw = simulation};
            double z = tf_normal_quantile(tf_uniform(1, at, (uint32_t)k));

            for (size_t i = k; i < m; i++) {
                deviations[i * rank + j] += l->root[i * m + k] * z;
            }
        }
        for (size_t i = 0; i < m; i++) {
            deviations[i * rank + j] *= sqrt(l->smooths[i].keep[j]);
        }
    }
}

/* The basis of every `stride`-th draw, draw by draw: [draw][rank].  Owned by the caller. */
static double *some_rows(const learner *l, size_t stride)
{
    const size_t n = l->psa->n_draws, rank = l->surface->rank;
    double *rows = TF_NEW(double, (n / stride + 1) * rank);

    for (size_t k = 0; k < n && rows != NULL; k += stride) {
        for (size_t j = 0; j < rank; j++) {
            rows[k / stride * rank + j] = l->surface->basis[j * n + k];
        }
    }
    return rows;
}

/* The value with other coefficients, on every `stride`-th draw; `shifted` has room for the others. */
static double value_with(const learner *l, const double *deviations, const double *rows, size_t stride, double *shifted)
{
    const size_t n = l->psa->n_draws, rank = l->surface->rank;
    double sum = 0, highest_mean = 0;
    size_t used = 0;

    for (size_t d = 0; d < l->n_others; d++) {
        shifted[d] = 0;
    }
    for (size_t k = 0; k < n; k += stride, used++) {
        double highest = 0;

        for (size_t d = 0; d < l->n_others; d++) {
            double value = l->fitted[d * n + k];

            for (size_t j = 0; j < rank; j++) {
                value += deviations[d * rank + j] * rows[used * rank + j];
            }
            value = l->mean[d] + l->share * (value - l->mean[d]);
            shifted[d] += value;
            highest = fmax(highest, value);
        }
        sum += highest;
    }
    for (size_t d = 0; d < l->n_others; d++) {
        highest_mean = fmax(highest_mean, shifted[d]);
    }
    return (sum - highest_mean) / (double)used;
}

static trefoil_status regression_error(trefoil_context *context, learner *l, double *error)
{
    const size_t n = l->psa->n_draws, stride = (n + SIMULATED_DRAWS - 1) / SIMULATED_DRAWS;
    double *deviations = TF_NEW(double, l->n_others * l->surface->rank + 1), *shifted = TF_NEW(double, l->n_others + 1);
    double *rows = some_rows(l, stride), values[SIMULATIONS];
    trefoil_status status = TREFOIL_DONE;

    if (deviations == NULL || shifted == NULL || rows == NULL) {
        status = no_memory(context);
        goto out;
    }
    factor_residuals(l);
    for (uint32_t s = 0; s < SIMULATIONS; s++) {
        simulate_coefficients(l, s, deviations);
        values[s] = value_with(l, deviations, rows, stride, shifted);
    }
    *error = tf_mean_error(values, SIMULATIONS) * sqrt(SIMULATIONS);
out:
    tf_free(deviations);
    tf_free(shifted);
    tf_free(rows);
    return status;
}

trefoil_status tf_worth_of(trefoil_context *context, const tf_psa *psa, const tf_surface *surface, double threshold, double share,
                           const tf_surface *through, double through_error, tf_worth *worth)
{
    trefoil_status status;
    learner l = {.psa = psa, .surface = surface, .through = through, .threshold = threshold, .share = share, .best = tf_psa_best(psa, threshold)};
    double sampling;

    *worth = (tf_worth){0};
    if (!furnish(&l)) {
        status = no_memory(context);
        goto out;
    }
    fit(&l);
    for (size_t k = 0; k < psa->n_draws; k++) {
        l.scratch[k] = gain(&l, k);
    }
    for (size_t d = 0; d < l.n_others; d++) {
        worth->freedom = fmax(worth->freedom, l.smooths[d].freedom);
    }
    worth->raw = worth->value = tf_mean(l.scratch, psa->n_draws);
    sampling = tf_mean_error(l.scratch, psa->n_draws);
    TRY(regression_error(context, &l, &worth->se_regression));
    worth->se_regression = hypot(worth->se_regression, through_error);
    worth->se = sqrt(sampling * sampling + worth->se_regression * worth->se_regression);
    if (!isfinite(worth->value) || !isfinite(worth->se)) {
        status = tf_fail(context, TREFOIL_NUMBER_FAILED, "the regression behind a value of information gave no finite number");
    }
out:
    empty(&l);
    return status;
}

void tf_worth_bound(tf_worth *worth, double most, double most_se)
{
    double over = worth->value - most, allowed = 3 * sqrt(worth->se * worth->se + most_se * most_se);

    if (over <= 0) {
        return;
    }
    if (over <= allowed + 1e-9 * fabs(most)) {
        worth->value = most;
        worth->guard = worth->guard == TF_VIOLATED || over <= 1e-9 * fabs(most) ? worth->guard : TF_CLIPPED;
    } else {
        worth->guard = TF_VIOLATED;
    }
}

trefoil_status tf_surface_of_parameters(trefoil_context *context, const tf_psa *psa, const size_t *parameters, size_t n,
                                        tf_surface **surface)
{
    const double **columns = TF_NEW(const double *, n);
    trefoil_status status;

    *surface = NULL;
    if (columns == NULL) {
        return no_memory(context);
    }
    for (size_t k = 0; k < n; k++) {
        columns[k] = tf_psa_value(psa, parameters[k]);
    }
    status = tf_surface_create(context, columns, n, psa->n_draws, surface);
    tf_free(columns);
    return status;
}
