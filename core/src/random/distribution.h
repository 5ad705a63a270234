/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The uncertainty of one number.  A distribution is stated in one of four ways and kept in one:
 *
 *   0.62                               fixed
 *   0.62 ~ beta(se 0.05)               mean and standard error
 *   0.78 ~ lognormal(0.76 to 0.80)     mean (for lognormal: median as published for ratios) and 95% interval
 *   base 1 ~ beta(200, 3)              natural parameters, and a base case that is deliberately not their mean
 *   ~ beta(97, 73)                     natural parameters: beta(a, b), gamma(shape k, scale s), normal(m, sd),
 *                                      lognormal(log-mean, log-sd), uniform(a, b), triangular(min, mode, max)
 *
 * followed, optionally, by " @ source" naming a row of the evidence register (one word) or a free citation in quotes.
 *
 * `se` and `sd` mean the same.  LO to HI is always a 95% interval: of a normal, 2 x 1.96 sd wide; of a lognormal, the same on the
 * log scale around the logarithm of the number before "~"; a beta or gamma gets the sd that makes its interval as wide at that
 * mean; of a uniform or triangular, symmetric.  A number before natural parameters must be their mean within 0.5% (for a
 * lognormal, its mean or its median) and is then the base case.  For a lognormal with an interval the base case is the published
 * point estimate, the median.
 *
 * Families: fixed, normal, lognormal, beta, gamma, uniform, triangular.  Dirichlet rows and multivariate normals are
 * stated by tables (random/joint.h).
 */
#ifndef TF_RANDOM_DISTRIBUTION_H
#define TF_RANDOM_DISTRIBUTION_H

#include "base/status.h"

typedef enum tf_family {
    TF_FIXED,
    TF_NORMAL,
    TF_LOGNORMAL,
    TF_BETA,
    TF_GAMMA,
    TF_UNIFORM,
    TF_TRIANGULAR
} tf_family;

typedef struct tf_distribution {
    tf_family family;
    double a, b, c;  /* natural parameters, in the order of the list above; FIXED: a is the value */
    double min, max; /* draws are truncated to [min, max] (by inversion); -inf, inf when free     */
    double mean;     /* of the untruncated distribution (see above for lognormals); the base case  */
    double sd;       /* of the untruncated distribution; 0 if fixed                               */
} tf_distribution;

/* A number as a user writes it: its distribution and where it comes from. */
typedef struct tf_number {
    tf_distribution distribution;
    char source[192]; /* what follows " @ ", without it but with its quotes; "" if none was given */
} tf_number;

const char *tf_family_name(tf_family family);

tf_distribution tf_distribution_fixed(double value);

enum { TF_WHY_SIZE = 160 };

/* From mean and standard error; false when impossible (sd too large for a beta, a negative mean for a gamma ...), with a
 * sentence in `why` (at least TF_WHY_SIZE bytes).  An sd of 0 gives a fixed number; uniform and triangular are symmetric.  min and max as for the truncation; pass -INFINITY, INFINITY when free. */
bool tf_distribution_from_mean(tf_family family, double mean, double sd, double min, double max, tf_distribution *distribution,
                               char *why);

/* Parse a number with its uncertainty and source (grammar above), at most 1,023 bytes.  On failure: false, what was expected in
 * `why` (at least TF_WHY_SIZE bytes), and `number` is untouched. */
bool tf_number_parse(const char *text, tf_number *number, char *why);

/* Quantile at 0 < u < 1, truncated to [min, max] by inversion of the truncated distribution function: monotone in u.  GSL's
 * inverse distribution functions, and bisection where they do not converge; GSL's error handler must be off (main does that).
 * The mean is returned for FIXED; the nearest limit where [min, max] holds nothing of the distribution. */
double tf_distribution_quantile(const tf_distribution *distribution, double u);

/* Print in the grammar above, with the shortest digits that read back to the same bits; min and max are not part of it.  200
 * bytes are enough. */
void tf_distribution_print(const tf_distribution *distribution, char *text, size_t size);

#endif
