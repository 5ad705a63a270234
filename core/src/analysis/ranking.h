/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Health (or any outcome) spread over groups of people, or over individuals, in order of social rank: what every measure of inequality
 * takes.  Rank 1 is the most disadvantaged.  f = people / all people; the ridit R of a group is the middle of its place in the order,
 * 0 < R < 1, and sum f R = 1/2; groups of equal rank share one place.  Within-group spread is not seen by measures over groups.
 */
#ifndef TF_ANALYSIS_RANKING_H
#define TF_ANALYSIS_RANKING_H

#include "base/status.h"

#include <stddef.h>

/* A measure's value.  `error` is its standard error, NAN when nothing is known of it.  When the measure is not defined for a
 * distribution, `undefined` says why and both numbers are NAN. */
typedef struct tf_index {
    double value, error;
    const char *undefined;
} tf_index;

tf_index tf_index_of(double value, double error);
tf_index tf_index_undefined(const char *why);

typedef struct tf_ranking {
    size_t n;
    bool ranked;     /* a social rank was given */
    bool individual; /* no numbers of people were given: each row is one person */
    size_t *row;     /* the place among the given rows */
    double *people, *health;
    double *error;   /* standard errors of health, or NULL */
    double *rank;    /* ascending */
    double *share;   /* f, sums to 1 */
    double *ridit;   /* R */
    double *tied;    /* the share of all who have this rank */
    double population, mean;
} tf_ranking;

/* From `n` >= 1 rows.  `people` > 0 (NULL: one each), `error` >= 0 (NULL: not known), `rank` (NULL: none; the order stays).  Rows are put in
 * order of rank, those of equal rank in the order given.  Refused as TREFOIL_NUMBER_FAILED: n = 0, a number that is not finite, people
 * of 0 or fewer. */
trefoil_status tf_ranking_create(trefoil_context *context, size_t n, const double *people, const double *health,
                                      const double *error, const double *rank, tf_ranking **distribution) TF_MUST_USE;
void tf_ranking_destroy(tf_ranking *distribution);

/* The same people ordered by their health instead: for Lorenz curves and the Gini index. */
trefoil_status tf_ranking_by_health(trefoil_context *context, const tf_ranking *from,
                                         tf_ranking **distribution) TF_MUST_USE;

/* Mean and standard error of all who have the first (last) rank. */
tf_index tf_ranking_first(const tf_ranking *d);
tf_index tf_ranking_last(const tf_ranking *d);
double tf_ranking_min(const tf_ranking *d);
double tf_ranking_max(const tf_ranking *d);
/* sqrt of the sum of (weight x standard error)^2; NAN when standard errors are not known. */
double tf_ranking_error(const tf_ranking *d, const double *weights);

#endif
