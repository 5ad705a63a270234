/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/dcea.h"

#include "analysis/equity.h"
#include "analysis/gap.h"
#include "analysis/slope.h"
#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS, DOMINANCES, SWITCHES, VIEWS, SHORTFALLS, MOST_SWITCHES = 8 };

static const tf_slope line = {.link = TF_LINEAR, .weighted = true};

/* ---- shares ------------------------------------------------------------------ */

/* What a resident of each fifth bears, up to a factor; NULL, or why not. */
static const char *burdens(const tf_equity_spec *spec, const double *residents, const char *gradient, double *each)
{
    static const struct {
        const char *name;
        tf_gradient gradient;
    } york[] = {{"flat", TF_FLAT}, {"moderate", TF_MODERATE}, {"steep", TF_STEEP}};

    for (size_t k = 0; k < sizeof york / sizeof *york; k++) {
        if (strcmp(gradient, york[k].name) == 0) {
            tf_gradient_burdens(york[k].gradient, each);
            return NULL;
        }
    }
    for (int q = 0; q < TF_FIFTHS; q++) {
        if (spec->own[q] > 0 && !(residents[q] > 0)) {
            return "shares give a part to a fifth without residents";
        }
        each[q] = residents[q] > 0 ? spec->own[q] / residents[q] : 0;
    }
    return NULL;
}

static const char *divide(double *shares, size_t n)
{
    double sum = 0;

    for (size_t g = 0; g < n; g++) {
        sum += shares[g];
    }
    if (!(sum > 0)) {
        return "nobody bears anything of it";
    }
    for (size_t g = 0; g < n; g++) {
        shares[g] /= sum;
    }
    return NULL;
}

static const char *service_shares(const tf_layout *layout, const tf_cut *cut, const tf_outcome *comparator, const char *gradient,
                                  double *shares)
{
    ptrdiff_t measure = tf_find_measure(layout, gradient);

    if (measure < 0) {
        return "the run has no measure of this name";
    }
    for (size_t g = 0; g < cut->n; g++) {
        shares[g] = tf_cut_total(layout, &cut->groups[g], comparator, (size_t)measure, TF_UNDISCOUNTED);
        if (!(shares[g] >= 0)) {
            return "a group has less than nothing of the measure";
        }
    }
    shares[cut->n] = 0;
    return divide(shares, cut->n);
}

const char *tf_dcea_shares(const tf_layout *layout, const tf_equity_spec *spec, const tf_cut *cut, const tf_outcome *comparator,
                           const char *gradient, double *shares)
{
    static const char *const by_fifth[] = {"flat", "moderate", "steep", "own"};
    double each[TF_FIFTHS];
    const char *wrong = NULL;
    bool known = false;

    for (size_t k = 0; k < sizeof by_fifth / sizeof *by_fifth; k++) {
        known = known || strcmp(gradient, by_fifth[k]) == 0;
    }
    if (!known) {
        return service_shares(layout, cut, comparator, gradient, shares);
    }
    if (layout->background == NULL) {
        return "the residents of the run's areas are not known";
    }
    wrong = burdens(spec, layout->background[0].residents, gradient, each);
    if (wrong != NULL) {
        return wrong;
    }
    for (size_t g = 0; g <= cut->n; g++) {
        const double *residents = g < cut->n ? cut->groups[g].residents : cut->outside;

        shares[g] = 0;
        for (int q = 0; q < TF_FIFTHS; q++) {
            shares[g] += residents[q] * each[q];
        }
    }
    return divide(shares, cut->n + 1);
}

const char *tf_dcea_local(const tf_equity_spec *spec)
{
    for (size_t k = 0; k < spec->gradients.count; k++) {
        if (strcmp(spec->gradients.items[k], "flat") != 0) {
            return spec->gradients.items[k];
        }
    }
    return "flat";
}

bool tf_dcea_is_equalised(const char *strategy)
{
    return strstr(strategy, ":equal ") != NULL;
}

double tf_severity_weight(double absolute, double proportional)
{
    return absolute >= 18 || proportional >= 0.95 ? 1.7 : absolute >= 12 || proportional >= 0.85 ? 1.2 : 1;
}

double tf_dcea_aversion(tf_welfare kind, size_t k)
{
    return kind == TF_ATKINSON ? (double)k : 0.015 * (double)k;
}

/* ---- lists ------------------------------------------------------------------- */

typedef struct work {
    trefoil_context *context;
    const tf_layout *layout;
    const tf_sample *sample;
    const tf_equity_spec *spec;
    tf_dcea *made;
    size_t n; /* outcomes: draws, or the base case alone */
    size_t qaly, cost;
    double *values;                            /* [n], reordered by estimates */
    double *gain, *gain_variance;              /* [strategy][n][fifth], [strategy][fifth] */
    double *spent;                             /* net cost, [strategy][n] */
    double *shares;                            /* of one cut, [n][group + 1] */
} work;

/* Strategies with those of a staircase. */
static size_t n_all(const tf_layout *layout)
{
    return layout->n_strategies + layout->n_extra;
}

static trefoil_status starved(const work *at)
{
    return tf_fail(at->context, TREFOIL_NO_MEMORY, "not enough memory for distributional cost-effectiveness");
}

/* Share of the values above 0. */
static double above_0(const work *at)
{
    double above = 0;

    for (size_t d = 0; d < at->n; d++) {
        above += at->values[d] > 0 ? 1 : at->values[d] == 0 ? 0.5 : 0;
    }
    return at->sample->n_draws > 1 ? above / (double)at->n : (double)NAN;
}

static trefoil_status add_row(work *at, const tf_dcea_row *row, double first_order)
{
    tf_dcea *made = at->made;
    tf_dcea_row *added;

    if (tf_reserve((void **)&made->rows, &made->room[ROWS], made->n_rows + 1, sizeof *made->rows) != 0) {
        return starved(at);
    }
    added = &made->rows[made->n_rows++];
    *added = *row;
    added->p_above_0 = above_0(at);
    added->value = tf_estimate_values(at->values, at->n, first_order);
    return TREFOIL_DONE;
}

/* ---- health by group ----------------------------------------------------------- */

static double total_of(const work *at, const tf_cut_group *group, size_t d, size_t strategy, size_t measure)
{
    const tf_outcome *outcomes = tf_sample_at(at->sample, d);

    return tf_cut_total(at->layout, group, &outcomes[strategy], measure, TF_DISCOUNTED) -
           tf_cut_total(at->layout, group, &outcomes[at->layout->comparator], measure, TF_DISCOUNTED);
}

static double variance_of(const work *at, const tf_cut_group *group, size_t strategy, size_t measure)
{
    return tf_cut_variance(at->layout, group, tf_sample_at(at->sample, 0)[strategy].difference_variance, measure, TF_DISCOUNTED);
}

static const char *label_of(const tf_cut *cut, size_t g)
{
    return g < cut->n ? cut->groups[g].label : g == cut->n ? "outside" : "all";
}

/* Everybody, as a group. */
static tf_cut_group everybody(size_t *zero)
{
    *zero = 0;
    return (tf_cut_group){.members = zero, .n_members = 1};
}

static double residents_of(const tf_cut *cut, size_t g)
{
    double sum = 0;

    for (size_t k = 0; k <= cut->n; k++) {
        for (int q = 0; q < TF_FIFTHS && (g > cut->n || k == g); q++) {
            sum += k < cut->n ? cut->groups[k].residents[q] : cut->outside[q];
        }
    }
    return sum;
}

/* Gains and costs: what does not depend on k. */
static trefoil_status add_gains(work *at, size_t strategy, const tf_cut *cut)
{
    trefoil_status status = TREFOIL_DONE;
    size_t zero;
    const tf_cut_group whole = everybody(&zero);

    for (size_t g = 0; g <= cut->n + 1; g++) {
        const tf_cut_group *group = g < cut->n ? &cut->groups[g] : &whole;
        tf_dcea_row row = {.strategy = strategy, .group_by = cut->name, .group = label_of(cut, g), .k = NAN, .aversion = NAN};

        if (g == cut->n) {
            continue;
        }
        row.measure = "gain";
        row.unit = "QALY";
        for (size_t d = 0; d < at->n; d++) {
            at->values[d] = total_of(at, group, d, strategy, at->qaly);
        }
        TRY(add_row(at, &row, variance_of(at, group, strategy, at->qaly)));
        row.measure = "cost";
        row.unit = at->layout->measures[at->cost].unit;
        for (size_t d = 0; d < at->n; d++) {
            at->values[d] = total_of(at, group, d, strategy, at->cost);
        }
        TRY(add_row(at, &row, variance_of(at, group, strategy, at->cost)));
    }
out:
    return status;
}

/* What group g (cut->n: outside; then everybody) gains, bears and keeps at one k and gradient. */
static trefoil_status add_group(work *at, const tf_cut *cut, size_t g, tf_dcea_row row)
{
    trefoil_status status = TREFOIL_DONE;
    size_t zero;
    const tf_cut_group whole = everybody(&zero), *group = g < cut->n ? &cut->groups[g] : &whole;
    const double residents = residents_of(cut, g);
    double spent = sqrt(variance_of(at, &whole, row.strategy, at->cost)) / row.k, gained, share = 1;

    gained = g == cut->n ? 0 : sqrt(variance_of(at, group, row.strategy, at->qaly));
    row.group = label_of(cut, g);
    for (int what = 0; what < 3; what++) {
        const bool net = what > 0, each = what == 2;

        if (each && !(residents > 0)) {
            continue;
        }
        row.measure = each ? "net_per_1000" : net ? "net" : "displaced";
        row.unit = "QALY";
        for (size_t d = 0; d < at->n; d++) {
            share = g <= cut->n ? at->shares[d * (cut->n + 1) + g] : 1;
            at->values[d] = share * at->spent[row.strategy * at->n + d] / row.k;
            if (net) {
                at->values[d] = (g == cut->n ? 0 : total_of(at, group, d, row.strategy, at->qaly)) - at->values[d];
            }
            at->values[d] *= each ? 1000 / residents : 1;
        }
        /* The covariance of costs and QALYs is not looked at: an upper bound of the error of their difference. */
        TRY(add_row(at, &row, pow((share * spent + (net ? gained : 0)) * (each ? 1000 / residents : 1), 2)));
    }
out:
    return status;
}

/* The shares of a cut in every draw; false when the gradient cannot be had. */
static bool find_shares(work *at, const tf_cut *cut, const char *gradient)
{
    for (size_t d = 0; d < at->n; d++) {
        if (tf_dcea_shares(at->layout, at->spec, cut, &tf_sample_at(at->sample, d)[at->layout->comparator], gradient,
                           &at->shares[d * (cut->n + 1)]) != NULL) {
            return false;
        }
    }
    return true;
}

static trefoil_status add_cut(work *at, size_t strategy, const tf_cut *cut)
{
    trefoil_status status = TREFOIL_DONE;

    TRY(add_gains(at, strategy, cut));
    for (size_t w = 0; w < at->spec->gradients.count; w++) {
        for (size_t k = 0; k < at->spec->n_k && find_shares(at, cut, at->spec->gradients.items[w]); k++) {
            const tf_dcea_row row = {.strategy = strategy, .group_by = cut->name, .k = at->spec->k[k],
                                     .gradient = at->spec->gradients.items[w], .aversion = NAN};
            const bool outside = residents_of(cut, cut->n) > 0;

            for (size_t g = 0; g <= cut->n + 1; g++) {
                if (g != cut->n || outside) {
                    TRY(add_group(at, cut, g, row));
                }
            }
        }
    }
out:
    return status;
}

/* ---- the fifths ---------------------------------------------------------------- */

/* In one draw: the ranking before, and what a strategy makes of it. */
static trefoil_status weigh(const work *at, const tf_ranking *before, size_t strategy, double k, const double *shares, size_t d,
                            tf_equity **equity)
{
    return tf_equity_create(at->context, before, &at->gain[(strategy * at->n + d) * TF_FIFTHS], at->spent[strategy * at->n + d], k, shares,
                            equity);
}

/* Fifths whose health, or what they gain, is `health` per resident. */
static trefoil_status rank(const work *at, const double *health, tf_ranking **ranking)
{
    static const double ranks[TF_FIFTHS] = {1, 2, 3, 4, 5};

    return tf_ranking_create(at->context, TF_FIFTHS, at->made->residents, health, NULL, ranks, ranking);
}

enum { SLOPE, GAP, RATIO, SII, LINEAR_END = GAP + 1, FIRST_WEIGHTED = SII + 1, WELFARE = 2 * TF_AVERSIONS,
       SUMMARIES = FIRST_WEIGHTED + 2 * (WELFARE + 1) };

/* How much inequality becomes less when the residents of each fifth gain `change`: in QALYs by the slope, in years by the gap. */
static trefoil_status narrow(const work *at, const double *change, double narrows[LINEAR_END])
{
    trefoil_status status = TREFOIL_DONE;
    const double *qale = at->made->qale;
    const double sign = at->made->no_qale == NULL && qale[TF_FIFTHS - 1] < qale[0] ? -1 : 1;
    tf_ranking *changes = NULL;

    TRY(rank(at, change, &changes));
    narrows[SLOPE] = -tf_sii(changes, &line).value * changes->population / TF_FIFTHS + 0.0;
    narrows[GAP] = -sign * tf_gap_absolute(change[0], change[TF_FIFTHS - 1]) + 0.0;
out:
    tf_ranking_destroy(changes);
    return status;
}

static tf_welfare kind_of(size_t k)
{
    return k < TF_AVERSIONS ? TF_ATKINSON : TF_KOLM;
}

/* The k-th aversion summed up: the curve of Atkinson's, of Kolm's, and the one of sentences. */
static double aversion_of(const work *at, size_t k, tf_welfare *kind)
{
    *kind = k < WELFARE ? kind_of(k) : TF_ATKINSON;
    return k < WELFARE ? tf_dcea_aversion(*kind, k % TF_AVERSIONS) : at->spec->aversion;
}

/* Every summary of one draw; NAN where it is not defined. */
static trefoil_status sum_up(const work *at, const tf_equity *equity, double *found)
{
    trefoil_status status = TREFOIL_DONE;
    const double *h = equity->before->health;
    const size_t last = TF_FIFTHS - 1;
    double before = h[last] / h[0], after = (h[last] + equity->change[last]) / (h[0] + equity->change[0]);
    tf_ranking *changes = NULL;

    TRY(narrow(at, equity->change, found));
    TRY(tf_equity_changes(at->context, equity, &changes));
    found[RATIO] = before >= 1 ? before - after : after - before;
    found[SII] = (tf_sii(equity->before, &line).value >= 0 ? -1 : 1) * tf_sii(changes, &line).value + 0.0;
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

/* First-order variance of a measure that is linear in what each fifth gains: an upper bound, as above. */
static double linear_variance(const work *at, size_t strategy, double k, const double *shares, int which)
{
    double of_gains = 0, of_cost = 0, each[TF_FIFTHS], change[TF_FIFTHS], narrows[LINEAR_END];
    size_t zero;
    const tf_cut_group whole = everybody(&zero);

    for (size_t g = 0; g < TF_FIFTHS; g++) {
        for (size_t other = 0; other < TF_FIFTHS; other++) {
            change[other] = other == g ? 1 / at->made->residents[g] : 0;
        }
        each[g] = narrow(at, change, narrows) == TREFOIL_DONE ? narrows[which] : (double)NAN;
        of_gains += each[g] * each[g] * at->gain_variance[strategy * TF_FIFTHS + g];
        of_cost += each[g] * shares[g];
    }
    return pow(sqrt(of_gains) + fabs(of_cost) / k * sqrt(variance_of(at, &whole, strategy, at->cost)), 2);
}

static trefoil_status add_summary(work *at, tf_dcea_row row, size_t which, const double *shares, const double *found)
{
    static const char *const names[FIRST_WEIGHTED] = {"slope_narrows", "qale_gap_narrows", "qale_ratio_narrows", "qale_sii_narrows"};
    static const char *const units[FIRST_WEIGHTED] = {"QALY", "a", "1", "a"};
    double first_order = NAN;

    if (which < FIRST_WEIGHTED) {
        row.measure = names[which];
        row.unit = units[which];
        first_order = which < LINEAR_END && at->n == 1 ? linear_variance(at, row.strategy, row.k, shares, (int)which) : (double)NAN;
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
    return add_row(at, &row, first_order);
}

/* QALE of a fifth after: its gain spread over residents. */
static trefoil_status add_qale(work *at, tf_dcea_row row, const double *after)
{
    trefoil_status status = TREFOIL_DONE;
    static const char *const labels[TF_FIFTHS] = {"1", "2", "3", "4", "5"};

    row.measure = "qale_after";
    row.unit = "a";
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        row.group = labels[g];
        for (size_t d = 0; d < at->n; d++) {
            at->values[d] = after[d * TF_FIFTHS + g];
        }
        TRY(add_row(at, &row, NAN));
    }
out:
    return status;
}

/* One strategy, k and gradient: its summaries, and the QALE of each fifth after ([draw][fifth]). */
static trefoil_status add_fifths(work *at, const tf_cut *imd, const tf_ranking *before, tf_dcea_row row, size_t gradient, double *after)
{
    trefoil_status status = TREFOIL_DONE;
    double *found = TF_NEW(double, at->n * SUMMARIES), shares[TF_FIFTHS + 1];
    const bool first = row.k == at->spec->k[0];
    tf_equity *equity = NULL;

    if (found == NULL) {
        return starved(at);
    }
    for (size_t d = 0; d < at->n; d++) {
        if (tf_dcea_shares(at->layout, at->spec, imd, &tf_sample_at(at->sample, d)[at->layout->comparator], row.gradient, shares) != NULL) {
            goto out;
        }
        TRY(weigh(at, before, row.strategy, row.k, shares, d, &equity));
        TRY(sum_up(at, equity, &found[d * SUMMARIES]));
        for (size_t g = 0; g < TF_FIFTHS; g++) {
            after[d * TF_FIFTHS + g] = before->health[g] + equity->change[g];
        }
        if (first) {
            at->made->net[(row.strategy * at->spec->gradients.count + gradient) * at->n + d] = equity->total_net;
            at->made->slope[(row.strategy * at->spec->gradients.count + gradient) * at->n + d] = found[d * SUMMARIES + SLOPE];
        }
        tf_equity_destroy(equity);
        equity = NULL;
    }
    for (size_t which = 0; which < SUMMARIES; which++) {
        if (which == SLOPE || at->made->no_qale == NULL) {
            TRY(add_summary(at, row, which, shares, found));
        }
    }
    if (at->made->no_qale == NULL) {
        TRY(add_qale(at, row, after));
    }
out:
    tf_equity_destroy(equity);
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

static trefoil_status make_curves(const work *at, const double *health, curves *made)
{
    trefoil_status status;

    TRY(rank(at, health, &made->social));
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

static void mean_of(const work *at, const double *draws, double *mean)
{
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        mean[g] = 0;
        for (size_t d = 0; d < at->n; d++) {
            mean[g] += draws[d * TF_FIFTHS + g] - draws[g];
        }
        mean[g] = draws[g] + mean[g] / (double)at->n;
    }
}

static trefoil_status add_switches(work *at, const tf_dcea_dominance *pair, const curves *a, const curves *b)
{
    tf_dcea *made = at->made;

    for (int kind = 0; kind < 2; kind++) {
        double found[MOST_SWITCHES];
        size_t n = tf_switch_points(a->social, b->social, (tf_welfare)kind, 0, tf_dcea_aversion((tf_welfare)kind, TF_AVERSIONS - 1), found,
                                    MOST_SWITCHES);

        n = n < MOST_SWITCHES ? n : (size_t)MOST_SWITCHES;
        for (size_t k = 0; k < n || k == 0; k++) {
            if (tf_reserve((void **)&made->switches, &made->room[SWITCHES], made->n_switches + 1, sizeof *made->switches) != 0) {
                return starved(at);
            }
            made->switches[made->n_switches++] =
                (tf_dcea_switch){.strategy = pair->strategy, .against = pair->against, .gradient = pair->gradient, .kind = (tf_welfare)kind,
                                 .aversion = n > 0 ? found[k] : (double)NAN};
        }
    }
    return TREFOIL_DONE;
}

/* Two distributions, by draw; first their means. */
static trefoil_status compare(work *at, tf_dcea_dominance pair, const double *a, const double *b)
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
        if (tf_reserve((void **)&made->dominances, &made->room[DOMINANCES], made->n_dominances + 1, sizeof *made->dominances) != 0) {
            status = starved(at);
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
static trefoil_status compare_all(work *at, const char *gradient, const double *after)
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

/* ---- views --------------------------------------------------------------------- */

static trefoil_status add_view(work *at, tf_dcea_view view)
{
    tf_dcea *made = at->made;

    if (tf_reserve((void **)&made->views, &made->room[VIEWS], made->n_views + 1, sizeof *made->views) != 0) {
        return starved(at);
    }
    view.p_above_0 = above_0(at);
    view.value = tf_estimate_values(at->values, at->n, NAN);
    made->views[made->n_views++] = view;
    return TREFOIL_DONE;
}

/* What each fifth's residents have, per head, in draw d: `gain` times what `taker` gains plus `loss` times what `payer` displaces. */
static void heads(const work *at, size_t taker, double gain, size_t payer, double loss, const double *shares, size_t d, double *change)
{
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        change[g] = (gain * at->gain[(taker * at->n + d) * TF_FIFTHS + g] +
                     loss * shares[g] * at->spent[payer * at->n + d] / at->spec->k[0]) / at->made->residents[g];
    }
}

typedef struct part {
    const char *name;
    size_t taker;
    double gain, loss;
    ptrdiff_t less; /* a strategy whose gains are taken away, or -1 */
} part;

static trefoil_status add_part(work *at, const tf_cut *imd, tf_dcea_view view, const part *of, size_t payer)
{
    trefoil_status status = TREFOIL_DONE;
    static const char *const names[LINEAR_END] = {"slope_narrows", "qale_gap_narrows"};
    static const char *const units[LINEAR_END] = {"QALY", "a"};
    double shares[TF_FIFTHS + 1], change[TF_FIFTHS], away[TF_FIFTHS], narrows[LINEAR_END];

    view.view = of->name;
    view.group = "all";
    for (int which = 0; which < LINEAR_END; which++) {
        for (size_t d = 0; d < at->n; d++) {
            if (tf_dcea_shares(at->layout, at->spec, imd, &tf_sample_at(at->sample, d)[at->layout->comparator], view.gradient, shares)) {
                return TREFOIL_DONE;
            }
            heads(at, of->taker, of->gain, payer, of->loss, shares, d, change);
            if (of->less >= 0) {
                heads(at, (size_t)of->less, 1, payer, 0, shares, d, away);
                for (size_t g = 0; g < TF_FIFTHS; g++) {
                    change[g] -= away[g];
                }
            }
            TRY(narrow(at, change, narrows));
            at->values[d] = narrows[which];
        }
        view.measure = names[which];
        view.unit = units[which];
        TRY(add_view(at, view));
    }
out:
    return status;
}

/* Gain, displaced and net of each fifth and all under one view. */
static trefoil_status add_health(work *at, const tf_cut *imd, tf_dcea_view view, size_t taker)
{
    trefoil_status status = TREFOIL_DONE;
    static const char *const names[] = {"gain", "displaced", "net"};
    double shares[TF_FIFTHS + 1];

    view.unit = "QALY";
    for (size_t g = 0; g <= TF_FIFTHS; g++) {
        view.group = g < TF_FIFTHS ? imd->groups[g].label : "all";
        for (int what = 0; what < 3; what++) {
            for (size_t d = 0; d < at->n; d++) {
                double gain = 0, lost = at->spent[taker * at->n + d] / at->spec->k[0];

                if (tf_dcea_shares(at->layout, at->spec, imd, &tf_sample_at(at->sample, d)[at->layout->comparator], view.gradient,
                                   shares)) {
                    return TREFOIL_DONE;
                }
                lost *= g < TF_FIFTHS ? shares[g] : 1;
                for (size_t q = 0; q < TF_FIFTHS; q++) {
                    gain += g == TF_FIFTHS || q == g ? at->gain[(taker * at->n + d) * TF_FIFTHS + q] : 0;
                }
                at->values[d] = what == 0 ? gain : what == 1 ? lost : gain - lost;
            }
            view.measure = names[what];
            TRY(add_view(at, view));
        }
    }
out:
    return status;
}

/* The strategy that levels uptake, among those of a staircase too; -1: there is none. */
static ptrdiff_t equalised(const work *at, size_t strategy)
{
    char name[256];

    snprintf(name, sizeof name, "%s:equal uptake", at->layout->strategies[strategy]);
    for (size_t s = 0; s < n_all(at->layout); s++) {
        if (strcmp(at->layout->strategies[s], name) == 0) {
            return (ptrdiff_t)s;
        }
    }
    return -1;
}

static trefoil_status add_views(work *at, const tf_cut *imd, size_t s)
{
    trefoil_status status = TREFOIL_DONE;
    const ptrdiff_t equal = equalised(at, s);
    const size_t alike = equal >= 0 ? (size_t)equal : s;
    tf_dcea_view nice = {.strategy = s, .view = "nice", .gradient = "flat", .equal_uptake = equal >= 0};
    tf_dcea_view board = {.strategy = s, .view = "icb", .gradient = tf_dcea_local(at->spec)};
    const part whole = {"icb", s, 1, -1, -1}, appraised = {"nice", alike, 1, -1, -1}, need = {"need", alike, 1, 0, -1},
               uptake = {"uptake", s, 1, 0, equal}, lost = {"opportunity_cost", s, 0, -1, -1};

    TRY(add_health(at, imd, nice, alike));
    TRY(add_part(at, imd, nice, &appraised, alike));
    TRY(add_health(at, imd, board, s));
    TRY(add_part(at, imd, board, &whole, s));
    board.equal_uptake = equal >= 0;
    if (equal >= 0) {
        TRY(add_part(at, imd, board, &need, s));
        TRY(add_part(at, imd, board, &uptake, s));
    }
    TRY(add_part(at, imd, board, &lost, s));
out:
    return status;
}

/* ---- shortfall ------------------------------------------------------------------- */

/* Means over the members' people of what others of their age and sex may expect. */
static double norm_of(const work *at, const tf_cut_group *group)
{
    ptrdiff_t persons = tf_find_measure(at->layout, "persons");
    double sum = 0, people = 0;

    for (size_t k = 0; k < group->n_members && persons >= 0; k++) {
        double n = tf_sample_at(at->sample, 0)[at->layout->comparator].total[tf_at(at->layout, group->members[k], (size_t)persons, 0)];

        sum += n > 0 ? n * at->layout->background[group->members[k]].norm : 0;
        people += n;
    }
    return sum / people;
}

static tf_estimate away_from(double norm, tf_estimate e, double scale)
{
    return (tf_estimate){(norm - e.value) * scale, e.mcse * scale, (norm - e.hi) * scale, (norm - e.lo) * scale};
}

static trefoil_status add_shortfall(work *at, size_t strategy, const tf_cut *cut, const tf_cut_group *group)
{
    tf_dcea *made = at->made;
    const tf_estimand qaly = {.strategy = strategy, .measure = at->qaly, .discounted = TF_DISCOUNTED, .per_person = true};
    tf_shortfall s = {.strategy = strategy, .group_by = cut ? cut->name : "all", .group = cut ? group->label : "all",
                      .norm = norm_of(at, group), .p_higher = NAN, .p_highest = NAN};
    double higher = 0, highest = 0;

    s.remaining = tf_cut_estimate(at->layout, group, at->sample, &qaly, at->values);
    if (isnan(s.norm) || isnan(s.remaining.value)) {
        return TREFOIL_DONE;
    }
    for (size_t d = 0; d < at->n; d++) {
        double absolute = s.norm - at->values[d], weight = tf_severity_weight(absolute, absolute / s.norm);

        higher += weight > 1 && weight < 1.5;
        highest += weight > 1.5;
    }
    s.absolute = away_from(s.norm, s.remaining, 1);
    s.proportional = away_from(s.norm, s.remaining, 1 / s.norm);
    s.weight = tf_severity_weight(s.absolute.value, s.proportional.value);
    if (at->sample->n_draws > 1) {
        s.p_higher = higher / (double)at->n;
        s.p_highest = highest / (double)at->n;
    }
    if (tf_reserve((void **)&made->shortfalls, &made->room[SHORTFALLS], made->n_shortfalls + 1, sizeof *made->shortfalls) != 0) {
        return starved(at);
    }
    made->shortfalls[made->n_shortfalls++] = s;
    return TREFOIL_DONE;
}

static trefoil_status add_shortfalls(work *at, const tf_scenario *scenario)
{
    trefoil_status status = TREFOIL_DONE;
    size_t zero;
    const tf_cut_group whole = everybody(&zero);

    for (size_t s = 0; s < at->layout->n_strategies && at->layout->background != NULL && isinf(scenario->horizon); s++) {
        TRY(add_shortfall(at, s, NULL, &whole));
        for (size_t c = 0; c < at->made->cuts.count; c++) {
            const tf_cut *cut = &at->made->cuts.items[c];

            for (size_t g = 0; g < cut->n; g++) {
                TRY(add_shortfall(at, s, cut, &cut->groups[g]));
            }
        }
    }
out:
    return status;
}

/* ---- the whole ------------------------------------------------------------------- */

/* Take gains and costs of every strategy and draw. */
static void take_changes(work *at, const tf_cut *imd)
{
    size_t zero;
    const tf_cut_group whole = everybody(&zero);

    for (size_t s = 0; s < n_all(at->layout); s++) {
        for (size_t d = 0; d < at->n; d++) {
            at->spent[s * at->n + d] = total_of(at, &whole, d, s, at->cost);
            for (size_t g = 0; imd != NULL && g < TF_FIFTHS; g++) {
                at->gain[(s * at->n + d) * TF_FIFTHS + g] = total_of(at, &imd->groups[g], d, s, at->qaly);
            }
        }
        for (size_t g = 0; imd != NULL && g < TF_FIFTHS; g++) {
            at->gain_variance[s * TF_FIFTHS + g] = variance_of(at, &imd->groups[g], s, at->qaly);
        }
    }
}

/* QALE before and residents; false when a fifth has none. */
static bool take_baseline(work *at, const tf_cut *imd)
{
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        at->made->residents[g] = residents_of(imd, g);
        at->made->qale[g] = at->spec->has_qale ? at->spec->qale[g]
                            : at->layout->background != NULL ? at->layout->background[imd->groups[g].members[0]].quality : (double)NAN;
        if (!(at->made->residents[g] > 0)) {
            return false;
        }
        if (!(at->made->qale[g] > 0)) {
            at->made->no_qale = "quality-adjusted life expectancy of the fifths is not known; state qale under [equity]";
        }
    }
    return true;
}

static trefoil_status add_all_fifths(work *at, const tf_cut *imd)
{
    trefoil_status status = TREFOIL_DONE;
    const size_t strategies = at->layout->n_strategies, size = at->n * TF_FIFTHS;
    const double even[TF_FIFTHS] = {1, 1, 1, 1, 1};
    double *after = TF_NEW(double, strategies * size);
    tf_ranking *before = NULL;

    if (after == NULL) {
        return starved(at);
    }
    TRY(rank(at, at->made->no_qale != NULL ? even : at->made->qale, &before));
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
            TRY(add_views(at, imd, s));
        }
    }
out:
    tf_ranking_destroy(before);
    tf_free(after);
    return status;
}

static trefoil_status add_all(work *at, const tf_scenario *scenario)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_cut *imd = tf_cuts_find(&at->made->cuts, "imd");

    imd = imd != NULL && imd->n == TF_FIFTHS ? imd : NULL;
    take_changes(at, imd);
    for (size_t s = 0; s < at->layout->n_strategies; s++) {
        for (size_t c = 0; s != at->layout->comparator && c < at->made->cuts.count; c++) {
            TRY(add_cut(at, s, &at->made->cuts.items[c]));
        }
    }
    if (imd == NULL || !take_baseline(at, imd)) {
        at->made->no_qale = "the results are not split by all five fifths of imd";
    } else {
        TRY(add_all_fifths(at, imd));
    }
    TRY(add_shortfalls(at, scenario));
out:
    return status;
}

static bool give_room(work *at)
{
    const size_t strategies = n_all(at->layout);

    at->values = TF_NEW(double, at->n);
    at->gain = TF_NEW(double, strategies * at->n * TF_FIFTHS);
    at->gain_variance = TF_NEW(double, strategies * TF_FIFTHS);
    at->spent = TF_NEW(double, strategies * at->n);
    at->shares = TF_NEW(double, at->n * (at->layout->n_groups + 2));
    at->made->net = TF_NEW(double, strategies * at->spec->gradients.count * at->n);
    at->made->slope = TF_NEW(double, strategies * at->spec->gradients.count * at->n);
    return at->values && at->gain && at->gain_variance && at->spent && at->shares && at->made->net && at->made->slope;
}

static const char *obstacle(const work *at)
{
    if (at->n == 0) {
        return "no draw is finished";
    }
    if (tf_find_measure(at->layout, "qaly") < 0 || tf_find_measure(at->layout, "cost") < 0) {
        return "the run counts no QALYs or no costs";
    }
    return at->layout->background == NULL ? "the people are a cohort from nowhere in particular: nobody bears the cost" : NULL;
}

trefoil_status tf_dcea_create(trefoil_context *context, const tf_layout *layout, const tf_scenario *scenario, const tf_sample *sample,
                              const tf_equity_spec *spec, tf_dcea **dcea)
{
    trefoil_status status = TREFOIL_DONE;
    tf_dcea *made = TF_NEW(tf_dcea, 1);
    work at = {.context = context, .layout = layout, .sample = sample, .spec = spec, .made = made, .n = tf_sample_size(sample)};

    *dcea = NULL;
    if (made == NULL) {
        return starved(&at);
    }
    made->spec = spec;
    made->n_draws = at.n;
    made->unavailable = obstacle(&at);
    if (made->unavailable == NULL) {
        at.qaly = (size_t)tf_find_measure(layout, "qaly");
        at.cost = (size_t)tf_find_measure(layout, "cost");
        TRY(tf_cuts_create(context, layout, spec, tf_sample_at(sample, 0), true, &made->cuts));
        if (!give_room(&at)) {
            status = starved(&at);
            goto out;
        }
        TRY(add_all(&at, scenario));
    }
    *dcea = made;
    made = NULL;
out:
    tf_free(at.values);
    tf_free(at.gain);
    tf_free(at.gain_variance);
    tf_free(at.spent);
    tf_free(at.shares);
    tf_dcea_destroy(made);
    return status;
}

void tf_dcea_destroy(tf_dcea *dcea)
{
    if (dcea != NULL) {
        tf_cuts_free(&dcea->cuts);
        tf_free(dcea->rows);
        tf_free(dcea->dominances);
        tf_free(dcea->switches);
        tf_free(dcea->views);
        tf_free(dcea->shortfalls);
        tf_free(dcea->net);
        tf_free(dcea->slope);
        tf_free(dcea);
    }
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

const tf_dcea_row *tf_dcea_find(const tf_dcea *dcea, size_t strategy, const char *group_by, const char *group, double k,
                                const char *gradient, const char *measure, double aversion)
{
    for (size_t i = 0; i < dcea->n_rows; i++) {
        const tf_dcea_row *row = &dcea->rows[i];

        if (row->strategy == strategy && same(row->k, k) && same(row->aversion, aversion) && strcmp(row->measure, measure) == 0 &&
            strcmp(row->group, group) == 0 && strcmp(row->group_by, group_by) == 0 &&
            (gradient == NULL ? row->gradient == NULL : row->gradient != NULL && strcmp(row->gradient, gradient) == 0)) {
            return row;
        }
    }
    return NULL;
}

const tf_dcea_view *tf_dcea_find_view(const tf_dcea *dcea, size_t strategy, const char *view, const char *group, const char *measure)
{
    for (size_t i = 0; i < dcea->n_views; i++) {
        const tf_dcea_view *of = &dcea->views[i];

        if (of->strategy == strategy && strcmp(of->view, view) == 0 && strcmp(of->group, group) == 0 && strcmp(of->measure, measure) == 0) {
            return of;
        }
    }
    return NULL;
}
