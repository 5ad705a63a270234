/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/welfare.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

/* What the power mean of health is an exponential mean of: ln h (Atkinson) or h (Kolm), with this exponent. */
static double level(const tf_ranking *d, tf_welfare kind, size_t k)
{
    return kind == TF_ATKINSON ? log(d->health[k]) : d->health[k];
}

static double exponent(tf_welfare kind, double aversion)
{
    return kind == TF_ATKINSON ? 1 - aversion : -aversion;
}

static const char *obstacle(const tf_ranking *d, tf_welfare kind, double aversion)
{
    double least;

    if (kind == TF_KOLM || aversion == 0) {
        return NULL;
    }
    least = tf_ranking_min(d);
    if (least < 0) {
        return "a value is below 0";
    }
    return least > 0 || aversion < 1 ? NULL : "a value is 0";
}

/* 1/s ln sum f e^(s x); s = 0: sum f x. */
static double exponential_mean(const tf_ranking *d, tf_welfare kind, double s)
{
    double mean = 0, least = INFINITY, most = -INFINITY, sum = 0, peak;

    for (size_t k = 0; k < d->n; k++) {
        double x = level(d, kind, k);

        mean += d->share[k] * x;
        least = fmin(least, x);
        most = fmax(most, x);
    }
    if (!(most > least) || s == 0) {
        return most > least ? mean : most;
    }
    if (fabs(s) * (most - least) < 1) {
        for (size_t k = 0; k < d->n; k++) {
            sum += d->share[k] * expm1(s * (level(d, kind, k) - mean));
        }
        return mean + log1p(sum) / s;
    }
    peak = s > 0 ? most : least;
    for (size_t k = 0; k < d->n; k++) {
        sum += d->share[k] * exp(s * (level(d, kind, k) - peak));
    }
    return peak + log(sum) / s;
}

/* The derivative of the EDE by the health of group k. */
static double derivative(const tf_ranking *d, tf_welfare kind, double aversion, double ede, size_t k)
{
    return d->share[k] * (kind == TF_ATKINSON ? pow(ede / d->health[k], aversion) : exp(aversion * (ede - d->health[k])));
}

static double ede_of(const tf_ranking *d, tf_welfare kind, double aversion)
{
    double mean;

    if (aversion == 0 || !(tf_ranking_max(d) > tf_ranking_min(d))) { /* no rounding makes inequality of equal health */
        return d->mean;
    }
    mean = exponential_mean(d, kind, exponent(kind, aversion));
    return kind == TF_ATKINSON ? exp(mean) : mean;
}

tf_index tf_ede(const tf_ranking *d, tf_welfare kind, double aversion)
{
    double ede, squares = 0;

    if (obstacle(d, kind, aversion)) {
        return tf_index_undefined(obstacle(d, kind, aversion));
    }
    ede = ede_of(d, kind, aversion);
    for (size_t k = 0; d->error && k < d->n; k++) {
        double change = d->error[k] > 0 ? d->error[k] * derivative(d, kind, aversion, ede, k) : 0;

        squares += change * change;
    }
    return tf_index_of(ede, d->error && isfinite(squares) ? sqrt(squares) : (double)NAN);
}

tf_index tf_aversion_index(const tf_ranking *d, tf_welfare kind, double aversion)
{
    tf_index ede = tf_ede(d, kind, aversion);
    double squares = 0, ratio;

    if (ede.undefined) {
        return ede;
    }
    if (kind == TF_ATKINSON && !(d->mean > 0)) {
        return tf_index_undefined("the mean is 0 or below");
    }
    ratio = ede.value / d->mean;
    for (size_t k = 0; d->error && k < d->n; k++) {
        double slope = derivative(d, kind, aversion, ede.value, k);
        double change = kind == TF_ATKINSON ? (slope - ratio * d->share[k]) / d->mean : slope - d->share[k];

        squares += d->error[k] > 0 ? change * change * d->error[k] * d->error[k] : 0;
    }
    return tf_index_of(kind == TF_ATKINSON ? 1 - ratio : d->mean - ede.value,
                       d->error && isfinite(squares) ? sqrt(squares) : (double)NAN);
}

/* ---- weights ------------------------------------------------------------------ */

static const char *ends_obstacle(const tf_ranking *d, tf_welfare kind, double first, double last)
{
    if (!d->ranked) {
        return "the groups have no social rank";
    }
    if (!(d->rank[d->n - 1] > d->rank[0])) {
        return "all have the same rank";
    }
    return kind == TF_ATKINSON && !(first > 0 && last > 0) ? "a value is 0 or below" : NULL;
}

tf_index tf_priority_weight(const tf_ranking *d, tf_welfare kind, double aversion)
{
    double first = tf_ranking_first(d).value, last = tf_ranking_last(d).value;

    if (ends_obstacle(d, kind, first, last)) {
        return tf_index_undefined(ends_obstacle(d, kind, first, last));
    }
    return tf_index_of(kind == TF_ATKINSON ? pow(last / first, aversion) : exp(aversion * (last - first)), NAN);
}

tf_index tf_priority_weight_of(const tf_ranking *d, tf_welfare kind, double aversion, double increment)
{
    double first = tf_ranking_first(d).value, last = tf_ranking_last(d).value, s = exponent(kind, aversion);
    double people = d->tied[0] / d->tied[d->n - 1], from, to, rise, x;

    if (ends_obstacle(d, kind, first, last)) {
        return tf_index_undefined(ends_obstacle(d, kind, first, last));
    }
    if (increment == 0 || (kind == TF_ATKINSON && !(first + increment > 0))) {
        return tf_index_undefined("the increment is 0 or takes all health");
    }
    /* In levels relative to the last group: e^(s to) - e^(s from) for the first is `rise`, and the last must rise as much from e^0. */
    from = kind == TF_ATKINSON ? log(first / last) : first - last;
    to = kind == TF_ATKINSON ? log((first + increment) / last) : first + increment - last;
    rise = people * (s == 0 ? to - from : exp(s * to) - exp(s * from));
    if (s != 0 && !(rise > -1)) {
        return tf_index_undefined("no gain of the last rank is worth as much");
    }
    x = s == 0 ? rise : log1p(rise) / s;
    x = kind == TF_ATKINSON ? last * expm1(x) : x;
    return tf_index_of(x / increment / people, NAN);
}

/* ---- two distributions -------------------------------------------------------- */

/* 1/s ln of (sum f e^(s x')) / (sum f e^(s x)), x' the level after the change. */
static double change_of_mean(const tf_ranking *d, const double *change, tf_welfare kind, double s)
{
    double peak = -INFINITY, sum = 0, weights = 0, mean = 0;

    for (size_t k = 0; k < d->n; k++) {
        peak = fmax(peak, s * level(d, kind, k));
    }
    for (size_t k = 0; k < d->n; k++) {
        double weight = d->share[k] * exp(s * level(d, kind, k) - peak);
        double rise = kind == TF_ATKINSON ? log1p(change[k] / d->health[k]) : change[k];

        weights += weight;
        mean += d->share[k] * rise;
        sum += weight * expm1(s * rise);
    }
    return s == 0 ? mean : log1p(sum / weights) / s;
}

tf_index tf_ede_change(const tf_ranking *d, const double *change, tf_welfare kind, double aversion)
{
    double mean = 0, least = INFINITY, rise;

    for (size_t k = 0; k < d->n; k++) {
        mean += d->share[k] * change[k];
        least = fmin(least, d->health[k] + change[k]);
    }
    if (aversion == 0) {
        return tf_index_of(mean, NAN);
    }
    if (obstacle(d, kind, aversion)) {
        return tf_index_undefined(obstacle(d, kind, aversion));
    }
    if (kind == TF_ATKINSON && !(least > 0 && tf_ranking_min(d) > 0)) {
        return tf_index_undefined("a value is 0 or below, before or after");
    }
    rise = change_of_mean(d, change, kind, exponent(kind, aversion));
    return tf_index_of(kind == TF_ATKINSON ? ede_of(d, kind, aversion) * expm1(rise) : rise, NAN);
}

typedef struct rivals {
    const tf_ranking *a, *b;
    tf_welfare kind;
} rivals;

static double difference(double aversion, void *self)
{
    const rivals *pair = self;

    if (obstacle(pair->a, pair->kind, aversion) || obstacle(pair->b, pair->kind, aversion)) {
        return NAN;
    }
    return ede_of(pair->a, pair->kind, aversion) - ede_of(pair->b, pair->kind, aversion);
}

static double root_between(rivals *pair, double lo, double hi)
{
    gsl_function function = {.function = difference, .params = pair};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    double root = (lo + hi) / 2;

    if (solver == NULL) {
        return NAN;
    }
    gsl_root_fsolver_set(solver, &function, lo, hi);
    for (int k = 0; k < 200; k++) {
        if (gsl_root_fsolver_iterate(solver) != GSL_SUCCESS) {
            break;
        }
        root = gsl_root_fsolver_root(solver);
        if (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver), 1e-12, 1e-12) ==
            GSL_SUCCESS) {
            break;
        }
    }
    gsl_root_fsolver_free(solver);
    return root;
}

size_t tf_switch_points(const tf_ranking *a, const tf_ranking *b, tf_welfare kind, double lo, double hi, double *at,
                        size_t most)
{
    enum { STEPS = 400 };
    rivals pair = {a, b, kind};
    size_t found = 0;
    double before = difference(lo, &pair), from = lo;

    for (int k = 1; k <= STEPS; k++) {
        double to = lo + (hi - lo) * k / STEPS, now = difference(to, &pair);

        if (before * now < 0 || (now == 0 && before != 0 && isfinite(before))) {
            double root = now == 0 ? to : root_between(&pair, from, to);

            if (found < most) {
                at[found] = root;
            }
            found++;
        }
        before = now;
        from = to;
    }
    return found;
}
