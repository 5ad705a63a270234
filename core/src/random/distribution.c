/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random/distribution.h"

#include "base/text.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const family_names[] = {"fixed", "normal", "lognormal", "beta", "gamma", "uniform", "triangular"};
enum { FAMILIES = sizeof family_names / sizeof family_names[0] };

/* The 97.5% quantile of the standard normal, by which a 95% interval is (hi - lo) / (2 x 1.96) standard deviations. */
static const double Z975 = 1.959963984540054;

TF_PRINTF(2, 3)
static bool refuse(char *why, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, TF_WHY_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

const char *tf_family_name(tf_family family)
{
    return family_names[family];
}

tf_distribution tf_distribution_fixed(double value)
{
    return (tf_distribution){.family = TF_FIXED, .a = value, .min = -INFINITY, .max = INFINITY, .mean = value};
}

/* ---- moments and natural parameters ------------------------------------------- */

static void moments(const tf_distribution *d, double *mean, double *sd)
{
    double a = d->a, b = d->b, c = d->c;

    *mean = a;
    *sd = 0;
    switch (d->family) {
    case TF_FIXED:
        break;
    case TF_NORMAL:
        *sd = b;
        break;
    case TF_LOGNORMAL:
        *mean = exp(a + 0.5 * b * b);
        *sd = *mean * sqrt(expm1(b * b));
        break;
    case TF_BETA:
        *mean = a / (a + b);
        *sd = sqrt(a / (a + b) * (b / (a + b)) / (a + b + 1));
        break;
    case TF_GAMMA:
        *mean = a * b;
        *sd = sqrt(a) * b;
        break;
    case TF_UNIFORM:
        *mean = a + 0.5 * (b - a);
        *sd = (b - a) / sqrt(12.0);
        break;
    case TF_TRIANGULAR:
        *mean = a + ((b - a) + (c - a)) / 3;
        *sd = sqrt(((b - a) * (b - a) + (c - a) * (c - b)) / 18);
        break;
    }
}

/* Natural parameters that are no distribution, and why. */
static bool check_natural(const tf_distribution *d, char *why)
{
    switch (d->family) {
    case TF_FIXED:
        return true;
    case TF_NORMAL:
        return d->b > 0 || refuse(why, "normal(mean, sd): the standard deviation must be above 0");
    case TF_LOGNORMAL:
        return d->b > 0 || refuse(why, "lognormal(log-mean, log-sd): the standard deviation must be above 0");
    case TF_BETA:
        return (d->a > 0 && d->b > 0) || refuse(why, "beta(a, b): both must be above 0");
    case TF_GAMMA:
        return (d->a > 0 && d->b > 0) || refuse(why, "gamma(shape, scale): both must be above 0");
    case TF_UNIFORM:
        return d->a < d->b || refuse(why, "uniform(min, max): min must be below max");
    case TF_TRIANGULAR:
        return (d->a <= d->b && d->b <= d->c && d->a < d->c) ||
               refuse(why, "triangular(min, mode, max): they must be in ascending order");
    }
    return refuse(why, "no such family");
}

static bool natural_from_moments(tf_distribution *d, double m, double sd, char *why)
{
    double ratio = sd / m, half;

    switch (d->family) {
    case TF_FIXED:
        d->a = m;
        return true;
    case TF_NORMAL:
        d->a = m;
        d->b = sd;
        return true;
    case TF_LOGNORMAL:
        if (m <= 0) {
            return refuse(why, "a lognormal's mean must be above 0, not %g", m);
        }
        d->b = sqrt(log1p(ratio * ratio));
        d->a = log(m) - 0.5 * d->b * d->b;
        return true;
    case TF_BETA:
        if (m <= 0 || m >= 1) {
            return refuse(why, "a beta's mean must be between 0 and 1, not %g", m);
        }
        if (sd >= sqrt(m * (1 - m))) {
            return refuse(why, "a beta of mean %g has a standard error below %.4g, not %g", m, sqrt(m * (1 - m)), sd);
        }
        half = m * (1 - m) / (sd * sd) - 1;
        d->a = m * half;
        d->b = (1 - m) * half;
        return true;
    case TF_GAMMA:
        if (m <= 0) {
            return refuse(why, "a gamma's mean must be above 0, not %g", m);
        }
        d->a = 1 / (ratio * ratio);
        d->b = sd * ratio;
        return true;
    case TF_UNIFORM:
        half = sd * sqrt(3.0);
        d->a = m - half;
        d->b = m + half;
        return true;
    case TF_TRIANGULAR:
        half = sd * sqrt(6.0);
        d->a = m - half;
        d->b = m;
        d->c = m + half;
        return true;
    }
    return refuse(why, "no such family");
}

bool tf_distribution_from_mean(tf_family family, double mean, double sd, double min, double max, tf_distribution *distribution,
                               char *why)
{
    tf_distribution d = {.family = family, .min = min, .max = max, .mean = mean, .sd = sd};

    if (!isfinite(mean) || !isfinite(sd) || sd < 0) {
        return refuse(why, "the mean and the standard error must be finite numbers, the latter not negative");
    }
    if (!(min <= max)) {
        return refuse(why, "the smallest allowed value %g is above the largest, %g", min, max);
    }
    if (mean < min || mean > max) {
        return refuse(why, "%g is outside the allowed range, %g to %g", mean, min, max);
    }
    if (family == TF_FIXED || sd <= 0) {
        d.family = TF_FIXED;
        d.sd = 0;
    }
    if (!natural_from_moments(&d, mean, sd, why)) {
        return false;
    }
    /* Extreme ratios of sd to mean leave no finite, positive parameters. */
    if (!isfinite(d.a) || !isfinite(d.b) || !isfinite(d.c) || !check_natural(&d, why)) {
        return refuse(why, "no %s has mean %g and standard error %g", family_names[family], mean, sd);
    }
    *distribution = d;
    return true;
}

/* ---- distribution functions and quantiles -------------------------------------- */

static double triangular_below(const tf_distribution *d, double x)
{
    double a = d->a, mode = d->b, c = d->c;

    if (x <= a || x >= c) {
        return x <= a ? 0 : 1;
    }
    return x <= mode ? (x - a) / (c - a) * ((x - a) / (mode - a)) : 1 - (c - x) / (c - a) * ((c - x) / (c - mode));
}

static double triangular_inverse(const tf_distribution *d, double u)
{
    double a = d->a, mode = d->b, c = d->c;

    return u <= (mode - a) / (c - a) ? a + sqrt(u * (c - a) * (mode - a)) : c - sqrt((1 - u) * (c - a) * (c - mode));
}

/* Beyond these parameters GSL's beta and gamma distribution functions are wrong in the third digit or worse, while the
 * expansion below is right to seven. */
static bool nearly_normal(const tf_distribution *d)
{
    return d->a > 1e5 && (d->family == TF_GAMMA || (d->family == TF_BETA && d->b > 1e5));
}

static void skewness_and_kurtosis(const tf_distribution *d, double *skewness, double *kurtosis)
{
    double a = d->a, b = d->b, n = a + b;

    if (d->family == TF_GAMMA) {
        *skewness = 2 / sqrt(a);
        *kurtosis = 6 / a;
    } else {
        *skewness = 2 * ((b - a) / (n + 2)) * sqrt((n + 1) / a / b);
        *kurtosis = 6 * ((a - b) * ((a - b) / (n + 2)) * ((n + 1) / a / b) - 1) / (n + 3);
    }
}

/* Cornish and Fisher (1938): the standardised quantile at the normal deviate z. */
static double expansion(const tf_distribution *d, double z)
{
    double skewness, kurtosis;

    skewness_and_kurtosis(d, &skewness, &kurtosis);
    return z + (z * z - 1) * skewness / 6 + (z * z * z - 3 * z) * kurtosis / 24 -
           (2 * z * z * z - 5 * z) * skewness * skewness / 36;
}

/* The normal deviate at which the quantile is x. */
static double deviate(const tf_distribution *d, double x)
{
    double mean, sd, y, z;

    moments(d, &mean, &sd);
    y = (x - mean) / sd;
    y = y < -40 ? -40 : y > 40 ? 40 : y;
    z = y;
    /* The corrections are small: a fixed point, in which each round gains more than a digit. */
    for (int k = 0; k < 20; k++) {
        z += y - expansion(d, z);
    }
    return z;
}

static double nearly_normal_quantile(const tf_distribution *d, double z)
{
    double mean, sd;

    moments(d, &mean, &sd);
    return mean + sd * expansion(d, z);
}

/* P(X <= x), or P(X > x) when `upper`. */
static double probability(const tf_distribution *d, double x, bool upper)
{
    double p = 0;

    if (isinf(x)) {
        return (x > 0) != upper ? 1 : 0;
    }
    if (nearly_normal(d)) {
        return upper ? gsl_cdf_ugaussian_Q(deviate(d, x)) : gsl_cdf_ugaussian_P(deviate(d, x));
    }
    switch (d->family) {
    case TF_FIXED:
        p = x >= d->a ? 1 : 0;
        break;
    case TF_NORMAL:
        return upper ? gsl_cdf_gaussian_Q(x - d->a, d->b) : gsl_cdf_gaussian_P(x - d->a, d->b);
    case TF_LOGNORMAL:
        if (x > 0) {
            return upper ? gsl_cdf_lognormal_Q(x, d->a, d->b) : gsl_cdf_lognormal_P(x, d->a, d->b);
        }
        break;
    case TF_BETA:
        return upper ? gsl_cdf_beta_Q(x, d->a, d->b) : gsl_cdf_beta_P(x, d->a, d->b);
    case TF_GAMMA:
        return upper ? gsl_cdf_gamma_Q(x, d->a, d->b) : gsl_cdf_gamma_P(x, d->a, d->b);
    case TF_UNIFORM:
        p = x <= d->a ? 0 : x >= d->b ? 1 : (x - d->a) / (d->b - d->a);
        break;
    case TF_TRIANGULAR:
        p = triangular_below(d, x);
        break;
    }
    return upper ? 1 - p : p;
}

/* GSL's inverses of beta and gamma do not always converge: bisection on the distribution function does. */
static double bisect(const tf_distribution *d, double p, bool upper)
{
    double low = 0, high = d->family == TF_BETA ? 1 : d->mean;

    while (d->family == TF_GAMMA && (probability(d, high, upper) < p) != upper && isfinite(high)) {
        high *= 2;
    }
    for (int k = 0; k < 1100 && low < high; k++) {
        double middle = low + 0.5 * (high - low);

        if (middle <= low || middle >= high) {
            break;
        }
        if ((probability(d, middle, upper) < p) != upper) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low + 0.5 * (high - low);
}

static double checked(const tf_distribution *d, double x, double p, bool upper)
{
    double back = isfinite(x) ? probability(d, x, upper) : (double)NAN;

    return fabs(back - p) <= 1e-9 * p ? x : bisect(d, p, upper);
}

/* x with P(X <= x) = p, or P(X > x) = p when `upper`. */
static double inverse(const tf_distribution *d, double p, bool upper)
{
    if (nearly_normal(d)) {
        return nearly_normal_quantile(d, upper ? gsl_cdf_ugaussian_Qinv(p) : gsl_cdf_ugaussian_Pinv(p));
    }
    switch (d->family) {
    case TF_FIXED:
        break;
    case TF_NORMAL:
        return d->a + (upper ? gsl_cdf_gaussian_Qinv(p, d->b) : gsl_cdf_gaussian_Pinv(p, d->b));
    case TF_LOGNORMAL:
        return upper ? gsl_cdf_lognormal_Qinv(p, d->a, d->b) : gsl_cdf_lognormal_Pinv(p, d->a, d->b);
    case TF_BETA:
        return checked(d, upper ? gsl_cdf_beta_Qinv(p, d->a, d->b) : gsl_cdf_beta_Pinv(p, d->a, d->b), p, upper);
    case TF_GAMMA:
        return checked(d, upper ? gsl_cdf_gamma_Qinv(p, d->a, d->b) : gsl_cdf_gamma_Pinv(p, d->a, d->b), p, upper);
    case TF_UNIFORM:
        return upper ? d->b - p * (d->b - d->a) : d->a + p * (d->b - d->a);
    case TF_TRIANGULAR:
        return triangular_inverse(d, upper ? 1 - p : p);
    }
    return d->mean;
}

static double clamp(double x, double min, double max)
{
    return x < min ? min : x > max ? max : x;
}

double tf_distribution_quantile(const tf_distribution *d, double u)
{
    double p_min, p_max, q_min, q_max, p, x;

    if (d->family == TF_FIXED) {
        return d->mean;
    }
    p_min = probability(d, d->min, false);
    p_max = probability(d, d->max, false);
    q_min = probability(d, d->min, true);
    q_max = probability(d, d->max, true);
    if (!(p_max > p_min) && !(q_min > q_max)) {
        return clamp(d->mean, d->min, d->max);
    }
    p = p_min + u * (p_max - p_min);
    /* Each half from its own tail, where the digits are. */
    x = p <= 0.5 ? inverse(d, p, false) : inverse(d, q_max + (1 - u) * (q_min - q_max), true);
    return clamp(x, d->min, d->max);
}

/* ---- from a mean and a 95% interval --------------------------------------------- */

typedef struct width_search {
    tf_family family;
    double mean, width;
} width_search;

/* By how much the 95% interval of (mean, sd) is wider than wanted. */
static double too_wide(double sd, void *self)
{
    const width_search *s = self;
    tf_distribution d;
    char why[TF_WHY_SIZE];

    if (!tf_distribution_from_mean(s->family, s->mean, sd, -INFINITY, INFINITY, &d, why)) {
        return NAN;
    }
    return tf_distribution_quantile(&d, 0.975) - tf_distribution_quantile(&d, 0.025) - s->width;
}

/* The root of too_wide between low and high, by Brent's method; NAN if memory is exhausted. */
static double solve(width_search *search, double low, double high)
{
    gsl_function function = {too_wide, search};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    double root = NAN;

    if (solver != NULL && gsl_root_fsolver_set(solver, &function, low, high) == GSL_SUCCESS) {
        for (int k = 0; k < 200; k++) {
            if (gsl_root_fsolver_iterate(solver) != GSL_SUCCESS) {
                break;
            }
            root = gsl_root_fsolver_root(solver);
            if (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver), 0, 1e-12) ==
                GSL_SUCCESS) {
                break;
            }
        }
    }
    if (solver != NULL) {
        gsl_root_fsolver_free(solver);
    }
    return root;
}

/* A beta or gamma whose 95% interval is as wide as lo to hi. */
static bool from_width(tf_family family, double mean, double lo, double hi, tf_distribution *d, char *why)
{
    width_search search = {family, mean, hi - lo};
    double limit = family == TF_BETA ? sqrt(mean * (1 - mean)) : 20 * mean;
    double low, high = (hi - lo) / (8 * Z975), sd;

    if (lo < 0 || (family == TF_BETA && hi > 1)) {
        return refuse(why, "the interval %g to %g leaves the range of a %s", lo, hi, family_names[family]);
    }
    if (!(mean > 0) || (family == TF_BETA && !(mean < 1))) {
        return refuse(why, "a %s's mean must be %s, not %g", family_names[family],
                      family == TF_BETA ? "between 0 and 1" : "above 0", mean);
    }
    do {
        low = high;
        high *= 1.1;
    } while (high < limit && too_wide(high, &search) < 0);
    sd = high < limit ? solve(&search, low, high) : (double)NAN;
    if (!isfinite(sd)) {
        return refuse(why, "no %s of mean %g has a 95%% interval as wide as %g to %g", family_names[family], mean, lo, hi);
    }
    return tf_distribution_from_mean(family, mean, sd, -INFINITY, INFINITY, d, why);
}

/* A symmetric family: the mean must be the middle of the interval, up to the rounding of published numbers. */
static bool from_middle(tf_family family, double mean, double lo, double hi, tf_distribution *d, char *why)
{
    /* The half width of the interval in standard deviations. */
    double reach = family == TF_UNIFORM ? 0.95 * sqrt(3.0) : (1 - sqrt(0.05)) * sqrt(6.0);

    if (fabs(mean - 0.5 * (lo + hi)) > 0.05 * (hi - lo)) {
        return refuse(why, "%g is not the middle of the 95%% interval %g to %g; a range is written %s", mean, lo, hi,
                      family == TF_UNIFORM ? "uniform(min, max)" : "triangular(min, mode, max)");
    }
    return tf_distribution_from_mean(family, mean, 0.5 * (hi - lo) / reach, -INFINITY, INFINITY, d, why);
}

static bool from_interval(tf_family family, double mean, double lo, double hi, tf_distribution *d, char *why)
{
    double own_mean;

    if (!(lo < hi)) {
        return refuse(why, "the interval %g to %g must ascend", lo, hi);
    }
    if (mean < lo || mean > hi) {
        return refuse(why, "%g lies outside its 95%% interval, %g to %g", mean, lo, hi);
    }
    switch (family) {
    case TF_NORMAL:
        return tf_distribution_from_mean(family, mean, (hi - lo) / (2 * Z975), -INFINITY, INFINITY, d, why);
    case TF_LOGNORMAL:
        if (!(lo > 0)) {
            return refuse(why, "a lognormal's 95%% interval must be above 0, not from %g", lo);
        }
        *d = (tf_distribution){.family = family, .a = log(mean), .b = (log(hi) - log(lo)) / (2 * Z975), .min = -INFINITY,
                               .max = INFINITY, .mean = mean};
        moments(d, &own_mean, &d->sd);
        if (!isfinite(own_mean) || !isfinite(d->sd)) {
            return refuse(why, "the interval %g to %g is too wide for a lognormal", lo, hi);
        }
        return check_natural(d, why);
    case TF_BETA:
    case TF_GAMMA:
        return from_width(family, mean, lo, hi, d, why);
    case TF_UNIFORM:
    case TF_TRIANGULAR:
        return from_middle(family, mean, lo, hi, d, why);
    case TF_FIXED:
        break;
    }
    return refuse(why, "a fixed number has no interval");
}

/* ---- reading -------------------------------------------------------------------- */

static bool read_value(char *text, double *value, char *why)
{
    size_t length;
    double percent;

    text = tf_trim(text);
    length = strlen(text);
    if (tf_parse_number(text, value)) {
        return true;
    }
    if (length > 1 && text[length - 1] == '%') {
        text[length - 1] = '\0';
        if (tf_parse_number(text, &percent)) {
            char share[TF_NUMBER_SIZE];

            tf_print_number(percent / 100, share);
            return refuse(why, "write a share of one, %s, instead of %s%%", share, text);
        }
        text[length - 1] = '%';
    }
    if (length == 0) {
        return refuse(why, "a number is missing");
    }
    if (strchr(text, ',') != NULL) {
        return refuse(why, "'%.60s' is not a number; write a decimal point, and no separators of thousands", text);
    }
    return refuse(why, "'%.80s' is not a number", text);
}

/* "se 0.05" or "sd 0.05": the text behind the word, or NULL. */
static char *behind_se(char *text)
{
    text = tf_trim(text);
    if ((strncmp(text, "se", 2) == 0 || strncmp(text, "sd", 2) == 0) && (text[2] == ' ' || text[2] == '\t' || text[2] == '\0')) {
        return text + 2;
    }
    return NULL;
}

static char *find_to(char *text)
{
    char *to = strstr(text, " to ");

    return to != NULL ? to : strstr(text, "\tto ");
}

static bool is_near_mean(const tf_distribution *d, double own_mean)
{
    return fabs(d->mean - own_mean) <= 0.005 * fabs(own_mean) ||
           (d->family == TF_LOGNORMAL && fabs(d->mean - exp(d->a)) <= 0.005 * exp(d->a));
}

static bool read_natural(tf_family family, bool stated, double mean, char *text, tf_distribution *d, char *why)
{
    double values[3] = {0, 0, 0}, own_mean, sd;
    int needed = family == TF_TRIANGULAR ? 3 : 2, found = 0;
    char *rest = text;

    while (rest != NULL) {
        char *piece = rest, *comma = strchr(rest, ',');

        rest = comma != NULL ? comma + 1 : NULL;
        if (comma != NULL) {
            *comma = '\0';
        }
        if (found == needed) {
            found++;
            break;
        }
        if (!read_value(piece, &values[found++], why)) {
            return false;
        }
    }
    if (found != needed) {
        return refuse(why, "%s takes (se X), (LO to HI) or %d parameters", family_names[family], needed);
    }
    *d = (tf_distribution){.family = family, .a = values[0], .b = values[1], .c = values[2], .min = -INFINITY, .max = INFINITY};
    if (!check_natural(d, why)) {
        return false;
    }
    moments(d, &own_mean, &sd);
    if (!isfinite(own_mean) || !isfinite(sd)) {
        return refuse(why, "the mean of this %s is too large to be held", family_names[family]);
    }
    d->mean = stated ? mean : own_mean;
    d->sd = sd;
    if (is_near_mean(d, own_mean)) {
        return true;
    }
    return refuse(why, "%g is not the mean of %s(%g, %g%s), which is %g; a 95%% interval is written LO to HI", mean,
                  family_names[family], d->a, d->b, family == TF_TRIANGULAR ? ", ..." : "", own_mean);
}

static bool read_family(const char *name, tf_family *family, char *why)
{
    const char *near;

    for (int k = 1; k < FAMILIES; k++) {
        if (strcmp(name, family_names[k]) == 0) {
            *family = (tf_family)k;
            return true;
        }
    }
    if (strcmp(name, "fixed") == 0) {
        return refuse(why, "a fixed number is written alone, without '~'");
    }
    near = tf_nearest(name, family_names + 1, FAMILIES - 1);
    if (near != NULL) {
        return refuse(why, "no family '%.40s'; did you mean '%s'?", name, near);
    }
    return refuse(why, "no family '%.40s'; expected normal, lognormal, beta, gamma, uniform or triangular", name);
}

/* What stands behind "~": family(arguments). */
static bool read_uncertainty(char *text, bool stated, double mean, tf_distribution *d, char *why)
{
    char *open, *close, *se, *to;
    tf_family family = TF_FIXED;
    double first, second;

    text = tf_trim(text);
    if (*text == '\0') {
        return refuse(why, "a family is missing after '~', such as beta(se 0.05)");
    }
    open = strchr(text, '(');
    close = strchr(text, ')');
    if (open != NULL) {
        *open = '\0';
    }
    if (!read_family(tf_trim(text), &family, why)) {
        return false;
    }
    if (open == NULL || close == NULL || close < open) {
        return refuse(why, "expected %s(...): %s", family_names[family], open == NULL ? "'(' is missing" : "')' is missing");
    }
    *close = '\0';
    if (*tf_trim(close + 1) != '\0') {
        return refuse(why, "unexpected '%.60s' after ')'", tf_trim(close + 1));
    }
    se = behind_se(open + 1);
    to = find_to(open + 1);
    if ((se != NULL || to != NULL) && !stated) {
        return refuse(why, "the mean is missing before '~'");
    }
    if (se != NULL) {
        if (!read_value(se, &first, why)) {
            return false;
        }
        if (!(first > 0)) {
            return refuse(why, "a standard error must be above 0; write a number that is certain alone");
        }
        return tf_distribution_from_mean(family, mean, first, -INFINITY, INFINITY, d, why);
    }
    if (to != NULL) {
        *to = '\0';
        return read_value(open + 1, &first, why) && read_value(to + 4, &second, why) &&
               from_interval(family, mean, first, second, d, why);
    }
    return read_natural(family, stated, mean, open + 1, d, why);
}

/* A row of the evidence register, or a citation in quotes. */
static bool read_source(char *text, char source[], size_t size, char *why)
{
    size_t length;

    text = tf_trim(text);
    length = strlen(text);
    if (length == 0) {
        return refuse(why, "a source is missing after '@'");
    }
    if (length >= size) {
        return refuse(why, "the source is longer than %zu bytes", size - 1);
    }
    if (*text == '"' || *text == '\'') {
        if (length < 3 || text[length - 1] != *text) {
            return refuse(why, "the quote of the source is %s", length == 2 && text[1] == *text ? "empty" : "not closed");
        }
    } else if (strpbrk(text, " \t") != NULL) {
        return refuse(why, "a source is the name of a row of the evidence register, or a citation in quotes");
    }
    memcpy(source, text, length + 1);
    return true;
}

bool tf_number_parse(const char *text, tf_number *number, char *why)
{
    char copy[1024], *at, *tilde;
    tf_number made = {0};
    bool stated, base;
    double mean = 0;

    if (text == NULL || strlen(text) >= sizeof copy) {
        return refuse(why, "expected a number in fewer than %zu bytes", sizeof copy);
    }
    strcpy(copy, text);
    at = strchr(copy, '@');
    if (at != NULL) {
        *at = '\0';
        if (!read_source(at + 1, made.source, sizeof made.source, why)) {
            return false;
        }
    }
    tilde = strchr(copy, '~');
    if (tilde != NULL) {
        *tilde = '\0';
    }
    base = tilde != NULL && strncmp(tf_trim(copy), "base ", 5) == 0;
    if (base) {
        memmove(copy, tf_trim(copy) + 5, strlen(tf_trim(copy) + 5) + 1);
    }
    stated = *tf_trim(copy) != '\0';
    if (!stated && tilde == NULL) {
        return refuse(why, "expected a number, such as 0.62 or 0.62 ~ beta(se 0.05)");
    }
    if (stated && !read_value(copy, &mean, why)) {
        return false;
    }
    made.distribution = tf_distribution_fixed(mean);
    if (tilde != NULL && !read_uncertainty(tilde + 1, stated && !base, mean, &made.distribution, why)) {
        return false;
    }
    if (base) {
        made.distribution.mean = mean;
    }
    *number = made;
    return true;
}

/* ---- printing ------------------------------------------------------------------- */

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

void tf_distribution_print(const tf_distribution *d, char *text, size_t size)
{
    char mean[TF_NUMBER_SIZE], sd[TF_NUMBER_SIZE], a[TF_NUMBER_SIZE], b[TF_NUMBER_SIZE], c[TF_NUMBER_SIZE], why[TF_WHY_SIZE];
    const char *name = family_names[d->family], *base = "";
    double own_mean, own_sd;
    tf_distribution again;

    tf_print_number(d->mean, mean);
    tf_print_number(d->sd, sd);
    tf_print_number(d->a, a);
    tf_print_number(d->b, b);
    tf_print_number(d->c, c);
    if (d->family == TF_FIXED) {
        snprintf(text, size, "%s", mean);
    } else if (tf_distribution_from_mean(d->family, d->mean, d->sd, -INFINITY, INFINITY, &again, why) &&
               same_bits(again.a, d->a) && same_bits(again.b, d->b) && same_bits(again.c, d->c)) {
        snprintf(text, size, "%s ~ %s(se %s)", mean, name, sd);
    } else {
        moments(d, &own_mean, &own_sd);
        base = is_near_mean(d, own_mean) ? "" : "base ";
        if (d->family == TF_TRIANGULAR) {
            snprintf(text, size, "%s%s ~ %s(%s, %s, %s)", base, mean, name, a, b, c);
        } else {
            snprintf(text, size, "%s%s ~ %s(%s, %s)", base, mean, name, a, b);
        }
    }
}
