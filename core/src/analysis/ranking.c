/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/ranking.h"

#include "base/memory.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

tf_index tf_index_of(double value, double error)
{
    return isfinite(value) ? (tf_index){value, error, NULL} : tf_index_undefined("it is not a finite number");
}

tf_index tf_index_undefined(const char *why)
{
    return (tf_index){NAN, NAN, why};
}

void tf_ranking_destroy(tf_ranking *d)
{
    if (d != NULL) {
        tf_free(d->row);
        tf_free(d->people);
        tf_free(d->health);
        tf_free(d->error);
        tf_free(d->rank);
        tf_free(d->share);
        tf_free(d->ridit);
        tf_free(d->tied);
        tf_free(d);
    }
}

static tf_ranking *allocate(size_t n, bool errors)
{
    tf_ranking *d = TF_NEW(tf_ranking, 1);

    if (d == NULL) {
        return NULL;
    }
    d->n = n;
    d->row = TF_NEW(size_t, n);
    d->people = TF_NEW(double, n);
    d->health = TF_NEW(double, n);
    d->rank = TF_NEW(double, n);
    d->share = TF_NEW(double, n);
    d->ridit = TF_NEW(double, n);
    d->tied = TF_NEW(double, n);
    d->error = errors ? TF_NEW(double, n) : NULL;
    if (!d->row || !d->people || !d->health || !d->rank || !d->share || !d->ridit || !d->tied || (errors && !d->error)) {
        tf_ranking_destroy(d);
        return NULL;
    }
    return d;
}

static int by_row(const void *a, const void *b)
{
    const size_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

/* Positions in order of rank, those of equal rank as given. */
static void sort_rows(tf_ranking *d, const double *rank)
{
    if (rank == NULL) {
        for (size_t k = 0; k < d->n; k++) {
            d->row[k] = k;
        }
        return;
    }
    gsl_sort_index(d->row, rank, 1, d->n);
    for (size_t begin = 0, end; begin < d->n; begin = end) {
        for (end = begin + 1; end < d->n && !(rank[d->row[end]] > rank[d->row[begin]]);) {
            end++;
        }
        qsort(d->row + begin, end - begin, sizeof *d->row, by_row);
    }
}

static void find_ridits(tf_ranking *d)
{
    double below = 0;

    for (size_t begin = 0, end; begin < d->n; begin = end) {
        double tied = 0;

        for (end = begin; end < d->n && !(d->rank[end] > d->rank[begin]); end++) {
            tied += d->people[end];
        }
        for (size_t k = begin; k < end; k++) {
            d->tied[k] = tied / d->population;
            d->ridit[k] = (below + tied / 2) / d->population;
        }
        below += tied;
    }
}

trefoil_status tf_ranking_create(trefoil_context *context, size_t n, const double *people, const double *health,
                                      const double *error, const double *rank, tf_ranking **distribution)
{
    tf_ranking *d;

    *distribution = NULL;
    if (n == 0) {
        return tf_fail(context, TREFOIL_NUMBER_FAILED, "a distribution has no groups");
    }
    d = allocate(n, error != NULL);
    if (d == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for a distribution of %zu groups", n);
    }
    d->ranked = rank != NULL;
    d->individual = people == NULL;
    sort_rows(d, rank);
    for (size_t k = 0; k < n; k++) {
        size_t from = d->row[k];

        d->people[k] = people ? people[from] : 1;
        d->health[k] = health[from];
        d->rank[k] = rank ? rank[from] : (double)from;
        if (error) {
            d->error[k] = error[from];
        }
        if (!isfinite(d->health[k]) || !isfinite(d->rank[k]) || !isfinite(d->people[k]) || !(d->people[k] > 0) ||
            (error && !(error[from] >= 0 && isfinite(error[from])))) {
            tf_ranking_destroy(d);
            return tf_fail(context, TREFOIL_NUMBER_FAILED, "group %zu of a distribution has no people or no finite number", from + 1);
        }
        d->population += d->people[k];
    }
    for (size_t k = 0; k < n; k++) {
        d->share[k] = d->people[k] / d->population;
        d->mean += d->share[k] * (d->health[k] - d->health[0]);
    }
    d->mean += d->health[0]; /* exact when all are equal */
    find_ridits(d);
    *distribution = d;
    return TREFOIL_DONE;
}

trefoil_status tf_ranking_by_health(trefoil_context *context, const tf_ranking *from, tf_ranking **distribution)
{
    trefoil_status status =
        tf_ranking_create(context, from->n, from->people, from->health, from->error, from->health, distribution);

    if (status == TREFOIL_DONE) {
        (*distribution)->individual = from->individual;
    }
    return status;
}

/* The mean of groups begin .. end-1. */
static tf_index mean_of(const tf_ranking *d, size_t begin, size_t end)
{
    double people = 0, sum = 0, squares = 0;

    for (size_t k = begin; k < end; k++) {
        people += d->people[k];
        sum += d->people[k] * (d->health[k] - d->health[begin]);
        squares += d->error ? d->people[k] * d->people[k] * d->error[k] * d->error[k] : 0;
    }
    return tf_index_of(d->health[begin] + sum / people, d->error ? sqrt(squares) / people : (double)NAN);
}

tf_index tf_ranking_first(const tf_ranking *d)
{
    size_t end = 1;

    while (end < d->n && !(d->rank[end] > d->rank[0])) {
        end++;
    }
    return mean_of(d, 0, end);
}

tf_index tf_ranking_last(const tf_ranking *d)
{
    size_t begin = d->n - 1;

    while (begin > 0 && !(d->rank[begin - 1] < d->rank[d->n - 1])) {
        begin--;
    }
    return mean_of(d, begin, d->n);
}

double tf_ranking_min(const tf_ranking *d)
{
    double least = d->health[0];

    for (size_t k = 1; k < d->n; k++) {
        least = fmin(least, d->health[k]);
    }
    return least;
}

double tf_ranking_max(const tf_ranking *d)
{
    double most = d->health[0];

    for (size_t k = 1; k < d->n; k++) {
        most = fmax(most, d->health[k]);
    }
    return most;
}

double tf_ranking_error(const tf_ranking *d, const double *weights)
{
    double squares = 0;

    if (d->error == NULL) {
        return NAN;
    }
    for (size_t k = 0; k < d->n; k++) {
        squares += weights[k] * weights[k] * d->error[k] * d->error[k];
    }
    return sqrt(squares);
}
