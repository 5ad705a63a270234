/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/slope.h"

#include <math.h>

/* A fitted line a + b R on the scale of the link, with the covariance of (a, b). */
typedef struct line {
    double a, b;
    double aa, ab, bb;
    const char *undefined;
} line;

static double weight_of(const tf_ranking *d, const tf_slope *slope, size_t k)
{
    return slope->weighted ? d->share[k] : 1 / (double)d->n;
}

static double linked(const tf_ranking *d, const tf_slope *slope, size_t k)
{
    return slope->link == TF_LOG ? log(d->health[k]) : d->health[k];
}

static const char *obstacle(const tf_ranking *d, const tf_slope *slope)
{
    if (!d->ranked) {
        return "the groups have no social rank";
    }
    if (!(d->rank[d->n - 1] > d->rank[0])) {
        return "all have the same rank";
    }
    if (slope->link == TF_LOG && !(tf_ranking_min(d) > 0)) {
        return "a value is 0 or below";
    }
    if (slope->link == TF_LOGIT && !(slope->hi > slope->lo)) {
        return "the outcome has no bounds";
    }
    if (slope->link == TF_LOGIT && (tf_ranking_min(d) < slope->lo || tf_ranking_max(d) > slope->hi)) {
        return "a value is outside the bounds";
    }
    return NULL;
}

/* Covariance of the coefficients: from the groups' standard errors if known, else from the residuals. */
static void find_errors(const tf_ranking *d, const tf_slope *slope, double centre, double spread, line *fit)
{
    double residual = 0, aa = 0, ab = 0, bb = 0;

    for (size_t k = 0; k < d->n; k++) {
        double w = weight_of(d, slope, k), x = d->ridit[k] - centre;
        double e = linked(d, slope, k) - fit->a - fit->b * d->ridit[k];
        double db = w * x / spread, da = w - centre * db;

        residual += w * e * e;
        if (d->error) {
            double error = slope->link == TF_LOG ? d->error[k] / d->health[k] : d->error[k];

            aa += da * da * error * error;
            ab += da * db * error * error;
            bb += db * db * error * error;
        }
    }
    if (d->error) {
        fit->aa = aa;
        fit->ab = ab;
        fit->bb = bb;
    } else {
        double scale = d->n > 2 ? residual / (double)(d->n - 2) : (double)NAN;

        fit->bb = scale / spread;
        fit->ab = -centre * fit->bb;
        fit->aa = scale + centre * centre * fit->bb;
    }
}

static line least_squares(const tf_ranking *d, const tf_slope *slope)
{
    line fit = {0};
    double centre = 0, level = 0, spread = 0, product = 0;
    const double first = linked(d, slope, 0);

    for (size_t k = 0; k < d->n; k++) {
        centre += weight_of(d, slope, k) * d->ridit[k];
        level += weight_of(d, slope, k) * (linked(d, slope, k) - first);
    }
    for (size_t k = 0; k < d->n; k++) {
        double x = d->ridit[k] - centre;

        spread += weight_of(d, slope, k) * x * x;
        product += weight_of(d, slope, k) * x * (linked(d, slope, k) - first - level);
    }
    fit.b = product / spread;
    fit.a = first + level - fit.b * centre;
    find_errors(d, slope, centre, spread, &fit);
    return fit;
}

/* One step of Newton's method for the logit; returns its size. */
static double step(const tf_ranking *d, const tf_slope *slope, line *fit)
{
    double g0 = 0, g1 = 0, h00 = 0, h01 = 0, h11 = 0, v00 = 0, v01 = 0, v11 = 0, determinant, da, db;
    const double width = slope->hi - slope->lo;

    for (size_t k = 0; k < d->n; k++) {
        double w = weight_of(d, slope, k), x = d->ridit[k], y = (d->health[k] - slope->lo) / width;
        double p = 1 / (1 + exp(-fit->a - fit->b * x)), e = d->error ? w * d->error[k] / width : (double)NAN;

        g0 += w * (y - p);
        g1 += w * (y - p) * x;
        h00 += w * p * (1 - p);
        h01 += w * p * (1 - p) * x;
        h11 += w * p * (1 - p) * x * x;
        v00 += e * e;
        v01 += e * e * x;
        v11 += e * e * x * x;
    }
    determinant = h00 * h11 - h01 * h01;
    da = (h11 * g0 - h01 * g1) / determinant;
    db = (h00 * g1 - h01 * g0) / determinant;
    fit->a += da;
    fit->b += db;
    fit->aa = (h11 * h11 * v00 - 2 * h11 * h01 * v01 + h01 * h01 * v11) / (determinant * determinant);
    fit->bb = (h01 * h01 * v00 - 2 * h01 * h00 * v01 + h00 * h00 * v11) / (determinant * determinant);
    fit->ab = (-h11 * h01 * v00 + (h11 * h00 + h01 * h01) * v01 - h01 * h00 * v11) / (determinant * determinant);
    return fabs(da) + fabs(db);
}

static line likelihood(const tf_ranking *d, const tf_slope *slope)
{
    enum { MOST = 100 };
    line fit = {0};

    for (int k = 0; k < MOST; k++) {
        double size = step(d, slope, &fit);

        if (size < 1e-13 * (1 + fabs(fit.a) + fabs(fit.b))) {
            return fit;
        }
        if (!isfinite(size)) {
            break;
        }
    }
    fit.undefined = "the logistic line does not converge: the ranks separate the outcomes completely";
    return fit;
}

static line fit_line(const tf_ranking *d, const tf_slope *slope)
{
    line fit = {.undefined = obstacle(d, slope)};

    if (fit.undefined) {
        return fit;
    }
    return slope->link == TF_LOGIT ? likelihood(d, slope) : least_squares(d, slope);
}

/* The line at R = 0 or 1 on the scale of health, and its slope there in the line's own scale. */
static double predict(const tf_slope *slope, const line *fit, double ridit, double *derivative)
{
    double at = fit->a + fit->b * ridit, p;

    switch (slope->link) {
    case TF_LOG:
        *derivative = exp(at);
        return exp(at);
    case TF_LOGIT:
        p = 1 / (1 + exp(-at));
        *derivative = (slope->hi - slope->lo) * p * (1 - p);
        return slope->lo + (slope->hi - slope->lo) * p;
    case TF_LINEAR:
        break;
    }
    *derivative = 1;
    return at;
}

static double error_of(const line *fit, double a, double b)
{
    return sqrt(fmax(0, a * a * fit->aa + 2 * a * b * fit->ab + b * b * fit->bb));
}

tf_index tf_sii(const tf_ranking *d, const tf_slope *slope)
{
    line fit = fit_line(d, slope);
    double top, bottom, d1, d0;

    if (fit.undefined) {
        return tf_index_undefined(fit.undefined);
    }
    if (slope->link == TF_LINEAR) {
        return tf_index_of(fit.b, sqrt(fit.bb));
    }
    top = predict(slope, &fit, 1, &d1);
    bottom = predict(slope, &fit, 0, &d0);
    return tf_index_of(top - bottom, isnan(fit.bb) ? (double)NAN : error_of(&fit, d1 - d0, d1));
}

tf_index tf_rii_mean(const tf_ranking *d, const tf_slope *slope)
{
    tf_index sii = tf_sii(d, slope);

    if (sii.undefined) {
        return sii;
    }
    if (!(d->mean > 0)) {
        return tf_index_undefined("the mean is 0 or below");
    }
    return tf_index_of(sii.value / d->mean, sii.error / d->mean);
}

tf_index tf_rii_ratio(const tf_ranking *d, const tf_slope *slope)
{
    line fit = fit_line(d, slope);
    double top, bottom, d1, d0, ratio;

    if (fit.undefined) {
        return tf_index_undefined(fit.undefined);
    }
    top = predict(slope, &fit, 1, &d1);
    bottom = predict(slope, &fit, 0, &d0);
    if (!(top > 0 && bottom > 0)) {
        return tf_index_undefined("an end of the line is 0 or below");
    }
    ratio = top / bottom;
    return tf_index_of(ratio, isnan(fit.bb) ? (double)NAN : ratio * error_of(&fit, d1 / top - d0 / bottom, d1 / top));
}
