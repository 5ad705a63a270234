/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/concentration.h"

#include "base/memory.h"

#include <math.h>

static const char *obstacle(const tf_ranking *d)
{
    return !d->ranked ? "the groups have no social rank" : d->n < 2 ? "there is one group only" : NULL;
}

static double generalised(const tf_ranking *d)
{
    double sum = 0;

    for (size_t k = 0; k < d->n; k++) {
        sum += 2 * d->share[k] * (d->ridit[k] - 0.5) * (d->health[k] - d->mean);
    }
    return sum;
}

/* sum f (R - 1/2)^2 */
static double rank_variance(const tf_ranking *d)
{
    double sum = 0;

    for (size_t k = 0; k < d->n; k++) {
        sum += d->share[k] * (d->ridit[k] - 0.5) * (d->ridit[k] - 0.5);
    }
    return sum;
}

/* The residual of group k from the regression of health on the ridit. */
static double residual(const tf_ranking *d, double slope, size_t k)
{
    return d->health[k] - d->mean - slope * (d->ridit[k] - 0.5);
}

/* With mean and ranks as known. */
static double conditional_error(const tf_ranking *d)
{
    double variance = rank_variance(d), slope = generalised(d) / (2 * variance), squares = 0;

    if (d->error) {
        for (size_t k = 0; k < d->n; k++) {
            double w = 2 * d->share[k] * (d->ridit[k] - 0.5) * d->error[k];

            squares += w * w;
        }
        return sqrt(squares);
    }
    if (d->n < 3) {
        return NAN;
    }
    for (size_t k = 0; k < d->n; k++) {
        squares += d->share[k] * residual(d, slope, k) * residual(d, slope, k);
    }
    return 2 * sqrt(variance * squares / (double)(d->n - 2));
}

/* Kakwani, Wagstaff and van Doorslaer 1997, equation 14, for individuals. */
static double individual_error(const tf_ranking *d, double index)
{
    double below = 0, squares = 0;

    for (size_t begin = 0, end; begin < d->n; begin = end) {
        double within = 0;

        for (end = begin; end < d->n && !(d->rank[end] > d->rank[begin]); end++) {
            within += d->share[end] * d->health[end] / d->mean;
        }
        for (size_t k = begin; k < end; k++) {
            double a = d->health[k] / d->mean * (2 * d->ridit[k] - 1 - index) + 2 - 2 * below - within;

            squares += d->share[k] * a * a;
        }
        below += within;
    }
    return sqrt(fmax(0, squares - (1 + index) * (1 + index)) / (double)d->n);
}

tf_index tf_concentration_generalised(const tf_ranking *d)
{
    if (obstacle(d)) {
        return tf_index_undefined(obstacle(d));
    }
    return tf_index_of(generalised(d), conditional_error(d));
}

tf_index tf_concentration(const tf_ranking *d)
{
    double index;

    if (obstacle(d)) {
        return tf_index_undefined(obstacle(d));
    }
    if (!(d->mean > 0)) {
        return tf_index_undefined("the mean is 0 or below");
    }
    index = generalised(d) / d->mean;
    return tf_index_of(index, d->individual && !d->error ? individual_error(d, index) : conditional_error(d) / d->mean);
}

tf_index tf_concentration_extended(const tf_ranking *d, double nu)
{
    double sum = 0;

    if (obstacle(d)) {
        return tf_index_undefined(obstacle(d));
    }
    if (!(nu >= 1)) {
        return tf_index_undefined("nu is below 1");
    }
    if (!(d->mean > 0)) {
        return tf_index_undefined("the mean is 0 or below");
    }
    for (size_t k = 0; k < d->n; k++) {
        double before = fmin(1, 1 - d->ridit[k] + d->tied[k] / 2), after = fmax(0, 1 - d->ridit[k] - d->tied[k] / 2);

        sum += d->share[k] / d->tied[k] * (d->health[k] - d->mean) * (pow(before, nu) - pow(after, nu));
    }
    return tf_index_of(-sum / d->mean, NAN);
}

static const char *bounds_obstacle(const tf_ranking *d, double a, double b)
{
    if (!(b > a)) {
        return "the outcome has no bounds";
    }
    if (tf_ranking_min(d) < a || tf_ranking_max(d) > b) {
        return "a value is outside the bounds";
    }
    return NULL;
}

tf_index tf_concentration_wagstaff(const tf_ranking *d, double a, double b)
{
    tf_index index = tf_concentration_generalised(d);
    double scale = (b - a) / ((b - d->mean) * (d->mean - a));

    if (index.undefined) {
        return index;
    }
    if (bounds_obstacle(d, a, b)) {
        return tf_index_undefined(bounds_obstacle(d, a, b));
    }
    if (!(d->mean > a && d->mean < b)) {
        return tf_index_undefined("all are at one bound");
    }
    return tf_index_of(scale * index.value, scale * index.error);
}

tf_index tf_concentration_erreygers(const tf_ranking *d, double a, double b)
{
    tf_index index = tf_concentration_generalised(d);

    if (index.undefined) {
        return index;
    }
    if (bounds_obstacle(d, a, b)) {
        return tf_index_undefined(bounds_obstacle(d, a, b));
    }
    return tf_index_of(4 / (b - a) * index.value, 4 / (b - a) * index.error);
}

tf_index tf_concentration_step(const tf_ranking *d, size_t k)
{
    double p_before = 0, l_before = 0, p = 0, l = 0;

    if (obstacle(d)) {
        return tf_index_undefined(obstacle(d));
    }
    if (!(d->mean > 0) || k >= d->n) {
        return tf_index_undefined(k >= d->n ? "there is no such rank" : "the mean is 0 or below");
    }
    for (size_t j = 0; j <= k; j++) {
        p_before = p;
        l_before = l;
        p += d->share[j];
        l += d->share[j] * d->health[j] / d->mean;
    }
    return tf_index_of(p_before * l - p * l_before, NAN);
}

/* ---- surveys ------------------------------------------------------------------ */

/* What a cluster adds to the slope, and the stratum it lies in. */
typedef struct cluster {
    double score;
    size_t stratum;
    bool seen;
} cluster;

static double between_clusters(const cluster *clusters, size_t n, size_t n_strata)
{
    double variance = 0, all = 0, seen = 0;

    for (size_t c = 0; c < n; c++) {
        all += clusters[c].seen ? clusters[c].score : 0;
        seen += clusters[c].seen;
    }
    for (size_t h = 0; h < n_strata; h++) {
        double count = 0, sum = 0, squares = 0, centre;

        for (size_t c = 0; c < n; c++) {
            if (clusters[c].seen && clusters[c].stratum == h) {
                count++;
                sum += clusters[c].score;
            }
        }
        centre = count > 1 ? sum / count : all / seen;
        for (size_t c = 0; c < n; c++) {
            if (clusters[c].seen && clusters[c].stratum == h) {
                squares += (clusters[c].score - centre) * (clusters[c].score - centre);
            }
        }
        variance += count > 1 ? squares * count / (count - 1) : squares;
    }
    return seen > 1 ? variance : (double)NAN;
}

double tf_concentration_survey_error(const tf_ranking *d, const tf_survey *survey)
{
    double spread = rank_variance(d), slope = generalised(d) / (2 * spread), variance;
    size_t n = 0;
    cluster *clusters;

    for (size_t k = 0; k < d->n; k++) {
        size_t own = survey->cluster ? survey->cluster[k] : k;

        n = own >= n ? own + 1 : n;
    }
    clusters = TF_NEW(cluster, n);
    if (clusters == NULL) {
        return NAN;
    }
    for (size_t k = 0; k < d->n; k++) {
        size_t row = d->row[k];
        cluster *own = &clusters[survey->cluster ? survey->cluster[row] : row];

        own->seen = true;
        own->stratum = survey->stratum ? survey->stratum[row] : 0;
        own->score += d->share[k] * (d->ridit[k] - 0.5) * residual(d, slope, k) / spread;
    }
    variance = between_clusters(clusters, n, survey->stratum ? survey->n_strata : 1);
    tf_free(clusters);
    return 2 * spread * sqrt(variance);
}
