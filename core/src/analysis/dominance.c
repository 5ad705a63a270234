/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/dominance.h"

#include <math.h>

const char *tf_dominance_name(tf_dominance dominance)
{
    static const char *const names[] = {"dominates", "dominated", "same", "none", "not comparable"};

    return names[dominance];
}

static tf_dominance verdict(bool more, bool less)
{
    return more && less ? TF_NO_DOMINANCE : more ? TF_DOMINATES : less ? TF_IS_DOMINATED : TF_SAME;
}

tf_dominance tf_pareto(const tf_ranking *a, const tf_ranking *b)
{
    bool more = false, less = false;

    if (a->n != b->n) {
        return TF_NOT_COMPARABLE;
    }
    for (size_t k = 0; k < a->n; k++) {
        size_t at = 0;

        while (at < b->n && b->row[at] != a->row[k]) {
            at++;
        }
        if (at == b->n || a->people[k] < b->people[at] || a->people[k] > b->people[at]) {
            return TF_NOT_COMPARABLE;
        }
        more = more || a->health[k] > b->health[at];
        less = less || a->health[k] < b->health[at];
    }
    return verdict(more, less);
}

/* A curve walked from corner to corner; those of one rank are one straight piece. */
typedef struct walk {
    const tf_ranking *d;
    double unit;         /* of the ordinate */
    size_t next;         /* the first row beyond the piece */
    double from, height; /* where the piece begins */
    double to, top;      /* where it ends */
} walk;

static void advance(walk *w)
{
    size_t begin = w->next;

    w->from = w->to;
    w->height = w->top;
    for (; w->next < w->d->n && !(w->d->rank[w->next] > w->d->rank[begin]); w->next++) {
        w->to += w->d->share[w->next];
        w->top += w->d->share[w->next] * w->d->health[w->next] / w->unit;
    }
    w->to = w->next == w->d->n ? 1 : fmin(1, w->to);
}

static double ordinate(const walk *w, double p)
{
    return w->to > w->from ? w->height + (w->top - w->height) * (p - w->from) / (w->to - w->from) : w->top;
}

tf_dominance tf_curve_dominance(const tf_ranking *a, const tf_ranking *b, bool generalised)
{
    walk one = {.d = a, .unit = generalised ? 1 : a->mean}, other = {.d = b, .unit = generalised ? 1 : b->mean};
    const double slack = 1e-12 * (generalised ? fmax(fabs(a->mean), fabs(b->mean)) : 1);
    bool more = false, less = false;

    if (!generalised && !(a->mean > 0 && b->mean > 0)) {
        return TF_NOT_COMPARABLE;
    }
    advance(&one);
    advance(&other);
    for (;;) {
        double p = fmin(one.to, other.to), difference = ordinate(&one, p) - ordinate(&other, p);

        more = more || difference > slack;
        less = less || difference < -slack;
        if (one.next == a->n && other.next == b->n && !(one.to > p) && !(other.to > p)) {
            return verdict(more, less);
        }
        if (!(one.to > p) && one.next < a->n) {
            advance(&one);
        }
        if (!(other.to > p) && other.next < b->n) {
            advance(&other);
        }
    }
}
