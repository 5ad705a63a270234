/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of deprivation fifths: what becomes of their expectancy, by how much inequality narrows, what dominates what. */
#include "analysis/dcea_inside.h"

#include "analysis/equity.h"
#include "analysis/gap.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { MOST_SWITCHES = 8 };

trefoil_status tf_dcea_rank(const tf_weighing *at, const double *health, tf_ranking **ranking)
{
    static const double ranks[TF_FIFTHS] = {1, 2, 3, 4, 5};

    return tf_ranking_create(at->context, TF_FIFTHS, at->made->residents, health, NULL, ranks, ranking);
}

/* A measure of changes that are alike for everybody is 0, whatever was rounded on the way. */
static double settled(double value, const double *change)
{
    double largest = 0;

    for (size_t g = 0; g < TF_FIFTHS; g++) {
        largest = fmax(largest, fabs(change[g]));
    }
    return fabs(value) > 1e-12 * largest ? value : 0.0;
}

trefoil_status tf_dcea_narrow(const tf_weighing *at, const double *change, double narrows[TF_LINEAR_END])
{
    trefoil_status status = TREFOIL_DONE;
    const double *qale = at->made->qale;
    const double sign = at->made->no_qale == NULL && qale[TF_FIFTHS - 1] < qale[0] ? -1 : 1;
    tf_ranking *changes = NULL;

    TRY(tf_dcea_rank(at, change, &changes));
    narrows[TF_SLOPE] = -sign * settled(tf_sii(changes, &tf_dcea_line).value, change) * changes->population / TF_FIFTHS + 0.0;
    narrows[TF_GAP] = -sign * settled(tf_gap_absolute(change[0], change[TF_FIFTHS - 1]), change) + 0.0;
out:
    tf_ranking_destroy(changes);
    return status;
}

/* ---- the fifths ---------------------------------------------------------------- */

enum { RATIO = TF_LINEAR_END, SII, FIRST_WEIGHTED, WELFARE = 2 * TF_AVERSIONS, SUMMARIES = FIRST_WEIGHTED + 2 * (WELFARE + 1) };

static tf_welfare kind_of(size_t k)
{
    return k < TF_AVERSIONS ? TF_ATKINSON : TF_KOLM;
}

/* The k-th aversion summed up: the curve of Atkinson's, of Kolm's, and the one of sentences. */
static double aversion_of(const tf_weighing *at, size_t k, tf_welfare *kind)
{
    *kind = k < WELFARE ? kind_of(k) : TF_ATKINSON;
    return k < WELFARE ? tf_dcea_aversion(*kind, k % TF_AVERSIONS) : at->spec->aversion;
}

/* Every summary of one draw; NAN where it is not defined. */
static trefoil_status sum_up(const tf_weighing *at, const tf_equity *equity, double *found)
{
    trefoil_status status = TREFOIL_DONE;
    const double *h = equity->before->health;
    const size_t last = TF_FIFTHS - 1;
    double before = h[last] / h[0], after = (h[last] + equity->change[last]) / (h[0] + equity->change[0]);
    tf_ranking *changes = NULL;

    TRY(tf_dcea_narrow(at, equity->change, found));
    TRY(tf_equity_changes(at->context, equity, &changes));
    found[RATIO] = before >= 1 ? before - after : after - before;
    found[SII] = (tf_sii(equity->before, &tf_dcea_line).value >= 0 ? -1 : 1) * settled(tf_sii(changes, &tf_dcea_line).value, equity->change) + 0.0;
    for (size_t k = 0; k <= WELFARE; k++) {
        tf_welfare kind;
        double aversion = aversion_of(at, k, &kind);
        tf_index weighted = tf_equity_weighted(equity, kind, aversion);

        found[FIRST_WEIGHTED + 2 * k] = weighted.undefined != NULL ? (double)NAN : weighted.value;
        found[FIRST_WEIGHTED + 2 * k + 1] = weighted.undefined != NULL ? (double)NAN : weighted.value - equity->total_net;
    }
out:
    tf_ranking_destroy(changes);
    return status;
}

/* One strategy at one k and gradient in one draw: what each fifth gains, what everybody costs, on whom that falls. */
typedef struct instance {
    const tf_ranking *before;
    double gain[TF_FIFTHS], spent, k, shares[TF_FIFTHS + 1];
} instance;

/* Its summaries; what becomes of the fifths' expectancy (`after`) and all net benefit unless NULL. */
static trefoil_status weigh(const tf_weighing *at, const instance *of, double *found, double *after, double *net)
{
    trefoil_status status;
    tf_equity *equity = NULL;

    TRY(tf_equity_create(at->context, of->before, of->gain, of->spent, of->k, of->shares, &equity));
    TRY(sum_up(at, equity, found));
    for (size_t g = 0; after != NULL && g < TF_FIFTHS; g++) {
        after[g] = of->before->health[g] + equity->change[g];
    }
    if (net != NULL) {
        *net = equity->total_net;
    }
out:
    tf_equity_destroy(equity);
    return status;
}

/* First-order variances of the summaries, which are functions of the fifths' net benefit: by their slopes, within a ten thousandth of the
 * expectancy of a fifth up and down (the delta method; exact for what is linear). */
static trefoil_status summary_variances(const tf_weighing *at, const tf_cut *imd, size_t strategy, const instance *of, double *variances)
{
    trefoil_status status = TREFOIL_DONE;
    double up[SUMMARIES], down[SUMMARIES], slopes[SUMMARIES][TF_FIFTHS];

    for (size_t g = 0; g < TF_FIFTHS; g++) {
        const double step = 1e-4 * of->before->health[g] * at->made->residents[g];
        instance moved = *of;

        moved.gain[g] = of->gain[g] + step;
        TRY(weigh(at, &moved, up, NULL, NULL));
        moved.gain[g] = of->gain[g] - step;
        TRY(weigh(at, &moved, down, NULL, NULL));
        for (size_t which = 0; which < SUMMARIES; which++) {
            slopes[which][g] = (up[which] - down[which]) / (2 * step);
        }
    }
    for (size_t which = 0; which < SUMMARIES; which++) {
        double by_cost = 0;

        for (size_t g = 0; g < TF_FIFTHS; g++) {
            by_cost -= slopes[which][g] * of->shares[g] / of->k;
        }
        variances[which] = tf_dcea_first_order(at, imd, strategy, slopes[which], by_cost);
    }
out:
    return status;
}

static trefoil_status add_summary(tf_weighing *at, tf_dcea_row row, size_t which, const double *found, double first_order)
{
    static const char *const names[FIRST_WEIGHTED] = {"slope_narrows", "qale_gap_narrows", "qale_ratio_narrows", "qale_sii_narrows"};
    static const char *const units[FIRST_WEIGHTED] = {"QALY", "a", "1", "a"};

    if (which < FIRST_WEIGHTED) {
        row.measure = names[which];
        row.unit = units[which];
    } else {
        const size_t k = (which - FIRST_WEIGHTED) / 2;
        const bool impact = (which - FIRST_WEIGHTED) % 2 != 0;
        tf_welfare kind;

        row.aversion = aversion_of(at, k, &kind);
        if (k == WELFARE && row.aversion <= TF_AVERSIONS - 1 && row.aversion == floor(row.aversion)) {
            return TREFOIL_DONE; /* it is on the curve */
        }
        row.measure = kind == TF_ATKINSON ? (impact ? "impact_atkinson" : "weighted_atkinson") : impact ? "impact_kolm" : "weighted_kolm";
        row.unit = "QALY";
    }
    for (size_t d = 0; d < at->n; d++) {
        at->values[d] = found[d * SUMMARIES + which];
        if (isnan(at->values[d])) {
            return TREFOIL_DONE; /* a draw is never left out */
        }
    }
    return tf_dcea_add(at, &row, first_order);
}

/* QALE of a fifth after: its gain spread over residents. */
static trefoil_status add_qale(tf_weighing *at, const tf_cut *imd, tf_dcea_row row, const double *shares, const double *after)
{
    trefoil_status status = TREFOIL_DONE;
    static const char *const labels[TF_FIFTHS] = {"1", "2", "3", "4", "5"};

    row.measure = "qale_after";
    row.unit = "a";
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        double by_gain[TF_FIFTHS] = {0};

        by_gain[g] = 1 / at->made->residents[g];
        row.group = labels[g];
        for (size_t d = 0; d < at->n; d++) {
            at->values[d] = after[d * TF_FIFTHS + g];
        }
        TRY(tf_dcea_add(at, &row, tf_dcea_first_order(at, imd, row.strategy, by_gain, -by_gain[g] * shares[g] / row.k)));
    }
out:
    return status;
}

/* One strategy, k and gradient: its summaries, and the QALE of each fifth after ([draw][fifth]). */
static trefoil_status add_fifths(tf_weighing *at, const tf_cut *imd, const tf_ranking *before, tf_dcea_row row, size_t gradient, double *after)
{
    trefoil_status status = TREFOIL_DONE;
    double *found = TF_NEW(double, at->n * SUMMARIES), variances[SUMMARIES], net;
    instance of = {.before = before, .k = row.k};

    if (found == NULL) {
        return tf_dcea_starved(at);
    }
    for (size_t d = at->n; d-- > 0;) {
        const size_t plane = (row.strategy * at->spec->gradients.count + gradient) * at->n + d;

        if (tf_dcea_shares(at->layout, at->spec, imd, &tf_sample_at(at->sample, d)[at->layout->comparator], row.gradient, of.shares) != NULL) {
            goto out;
        }
        memcpy(of.gain, &at->gain[(row.strategy * at->n + d) * TF_FIFTHS], sizeof of.gain);
        of.spent = at->spent[row.strategy * at->n + d];
        TRY(weigh(at, &of, &found[d * SUMMARIES], &after[d * TF_FIFTHS], &net));
        if (row.k == at->spec->k[0]) {
            at->made->net[plane] = net;
            at->made->slope[plane] = found[d * SUMMARIES + TF_SLOPE];
        }
    }
    if (at->n == 1) {
        TRY(summary_variances(at, imd, row.strategy, &of, variances));
    }
    for (size_t which = 0; which < SUMMARIES; which++) {
        if (which == TF_SLOPE || at->made->no_qale == NULL) {
            TRY(add_summary(at, row, which, found, at->n == 1 ? variances[which] : (double)NAN));
        }
    }
    if (at->made->no_qale == NULL) {
        TRY(add_qale(at, imd, row, of.shares, after));
    }
out:
    tf_free(found);
    return status;
}

/* ---- dominance ----------------------------------------------------------------- */

typedef struct curves {
    tf_ranking *social, *by_health;
} curves;

static void free_curves(curves *of)
{
    tf_ranking_destroy(of->social);
    tf_ranking_destroy(of->by_health);
    *of = (curves){0};
}

static trefoil_status make_curves(const tf_weighing *at, const double *health, curves *made)
{
    trefoil_status status;

    TRY(tf_dcea_rank(at, health, &made->social));
    TRY(tf_ranking_by_health(at->context, made->social, &made->by_health));
out:
    return status;
}

static const char *const criteria[] = {"pareto", "lorenz", "generalised_lorenz", "concentration", "generalised_concentration"};
enum { CRITERIA = sizeof criteria / sizeof *criteria };

static tf_dominance judge(size_t criterion, const curves *a, const curves *b)
{
    switch (criterion) {
    case 0: return tf_pareto(a->social, b->social);
    case 1: return tf_curve_dominance(a->by_health, b->by_health, false);
    case 2: return tf_curve_dominance(a->by_health, b->by_health, true);
    case 3: return tf_curve_dominance(a->social, b->social, false);
    default: return tf_curve_dominance(a->social, b->social, true);
    }
}

static void mean_of(const tf_weighing *at, const double *draws, double *mean)
{
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        mean[g] = 0;
        for (size_t d = 0; d < at->n; d++) {
            mean[g] += draws[d * TF_FIFTHS + g] - draws[g];
        }
        mean[g] = draws[g] + mean[g] / (double)at->n;
    }
}

static trefoil_status add_switches(tf_weighing *at, const tf_dcea_dominance *pair, const curves *a, const curves *b)
{
    tf_dcea *made = at->made;

    for (int kind = 0; kind < 2; kind++) {
        double found[MOST_SWITCHES];
        size_t n = tf_switch_points(a->social, b->social, (tf_welfare)kind, 0, tf_dcea_aversion((tf_welfare)kind, TF_AVERSIONS - 1), found,
                                    MOST_SWITCHES);

        n = n < MOST_SWITCHES ? n : (size_t)MOST_SWITCHES;
        for (size_t k = 0; k < n || k == 0; k++) {
            if (tf_reserve((void **)&made->switches, &made->room[TF_SWITCHES], made->n_switches + 1, sizeof *made->switches) != 0) {
                return tf_dcea_starved(at);
            }
            made->switches[made->n_switches++] =
                (tf_dcea_switch){.strategy = pair->strategy, .against = pair->against, .gradient = pair->gradient, .kind = (tf_welfare)kind,
                                 .aversion = n > 0 ? found[k] : (double)NAN};
        }
    }
    return TREFOIL_DONE;
}

/* Two distributions, by draw; first their means. */
static trefoil_status compare(tf_weighing *at, tf_dcea_dominance pair, const double *a, const double *b)
{
    trefoil_status status = TREFOIL_DONE;
    tf_dcea *made = at->made;
    double mean_a[TF_FIFTHS], mean_b[TF_FIFTHS], counts[CRITERIA][2] = {{0}};
    tf_dominance verdicts[CRITERIA];
    curves one = {0}, other = {0};

    mean_of(at, a, mean_a);
    mean_of(at, b, mean_b);
    TRY(make_curves(at, mean_a, &one));
    TRY(make_curves(at, mean_b, &other));
    for (size_t c = 0; c < CRITERIA; c++) {
        verdicts[c] = judge(c, &one, &other);
    }
    TRY(add_switches(at, &pair, &one, &other));
    for (size_t d = 0; d < at->n && at->sample->n_draws > 1; d++) {
        free_curves(&one);
        free_curves(&other);
        TRY(make_curves(at, &a[d * TF_FIFTHS], &one));
        TRY(make_curves(at, &b[d * TF_FIFTHS], &other));
        for (size_t c = 0; c < CRITERIA; c++) {
            tf_dominance verdict = judge(c, &one, &other);

            counts[c][0] += verdict == TF_DOMINATES;
            counts[c][1] += verdict == TF_IS_DOMINATED;
        }
    }
    for (size_t c = 0; c < CRITERIA; c++) {
        if (tf_reserve((void **)&made->dominances, &made->room[TF_DOMINANCES], made->n_dominances + 1, sizeof *made->dominances) != 0) {
            status = tf_dcea_starved(at);
            goto out;
        }
        pair.criterion = criteria[c];
        pair.verdict = verdicts[c];
        pair.p_dominates = at->sample->n_draws > 1 ? counts[c][0] / (double)at->n : (double)NAN;
        pair.p_dominated = at->sample->n_draws > 1 ? counts[c][1] / (double)at->n : (double)NAN;
        made->dominances[made->n_dominances++] = pair;
    }
out:
    free_curves(&one);
    free_curves(&other);
    return status;
}

/* Every strategy against the comparator and against those before it; `after` is [strategy][draw][fifth]. */
static trefoil_status compare_all(tf_weighing *at, const char *gradient, const double *after)
{
    trefoil_status status = TREFOIL_DONE;
    const size_t comparator = at->layout->comparator, size = at->n * TF_FIFTHS;

    for (size_t s = 0; s < at->layout->n_strategies; s++) {
        if (s == comparator || tf_dcea_is_equalised(at->layout->strategies[s])) {
            continue;
        }
        for (size_t other = 0; other < at->layout->n_strategies; other++) {
            if ((other < s || other == comparator) && !tf_dcea_is_equalised(at->layout->strategies[other])) {
                const tf_dcea_dominance pair = {.strategy = s, .against = other, .gradient = gradient};

                TRY(compare(at, pair, &after[s * size], &after[other * size]));
            }
        }
    }
out:
    return status;
}

/* ---- all of them ---------------------------------------------------------------- */

trefoil_status tf_dcea_fifths(tf_weighing *at, const tf_cut *imd)
{
    trefoil_status status = TREFOIL_DONE;
    const size_t strategies = at->layout->n_strategies, size = at->n * TF_FIFTHS;
    const double even[TF_FIFTHS] = {1, 1, 1, 1, 1};
    double *after = TF_NEW(double, strategies * size);
    tf_ranking *before = NULL;

    if (after == NULL) {
        return tf_dcea_starved(at);
    }
    TRY(tf_dcea_rank(at, at->made->no_qale != NULL ? even : at->made->qale, &before));
    for (size_t k = 0; k < at->spec->n_k; k++) {
        for (size_t w = 0; w < at->spec->gradients.count; w++) {
            for (size_t s = 0; s < strategies; s++) {
                const tf_dcea_row row = {.strategy = s, .group_by = "imd", .group = "all", .k = at->spec->k[k],
                                         .gradient = at->spec->gradients.items[w], .aversion = NAN};

                for (size_t x = 0; x < size; x++) {
                    after[s * size + x] = before->health[x % TF_FIFTHS];
                }
                if (s != at->layout->comparator) {
                    TRY(add_fifths(at, imd, before, row, w, &after[s * size]));
                }
            }
            if (k == 0 && at->made->no_qale == NULL) {
                TRY(compare_all(at, at->spec->gradients.items[w], after));
            }
        }
    }
    for (size_t s = 0; s < strategies; s++) {
        if (s != at->layout->comparator && !tf_dcea_is_equalised(at->layout->strategies[s])) {
            TRY(tf_dcea_views(at, imd, s));
        }
    }
out:
    tf_ranking_destroy(before);
    tf_free(after);
    return status;
}
