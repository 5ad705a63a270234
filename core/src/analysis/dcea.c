/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/dcea_inside.h"

#include "analysis/equity.h"
#include "analysis/gap.h"
#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const tf_slope tf_dcea_line = {.link = TF_LINEAR, .weighted = true};

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

/* ---- what the files share ------------------------------------------------------- */

size_t tf_dcea_strategies(const tf_layout *layout)
{
    return layout->n_strategies + layout->n_extra;
}

trefoil_status tf_dcea_starved(const tf_weighing *at)
{
    return tf_fail(at->context, TREFOIL_NO_MEMORY, "not enough memory for distributional cost-effectiveness");
}

double tf_dcea_above(const tf_weighing *at)
{
    double above = 0;

    for (size_t d = 0; d < at->n; d++) {
        above += at->values[d] > 0 ? 1 : at->values[d] == 0 ? 0.5 : 0;
    }
    return at->sample->n_draws > 1 ? above / (double)at->n : (double)NAN;
}

trefoil_status tf_dcea_add(tf_weighing *at, const tf_dcea_row *row, double first_order)
{
    tf_dcea *made = at->made;
    tf_dcea_row *added;

    if (tf_reserve((void **)&made->rows, &made->room[TF_ROWS], made->n_rows + 1, sizeof *made->rows) != 0) {
        return tf_dcea_starved(at);
    }
    added = &made->rows[made->n_rows++];
    *added = *row;
    added->p_above_0 = tf_dcea_above(at);
    added->value = tf_estimate_values(at->values, at->n, first_order);
    return TREFOIL_DONE;
}

double tf_dcea_total(const tf_weighing *at, const tf_cut_group *group, size_t d, size_t strategy, size_t measure)
{
    const tf_outcome *outcomes = tf_sample_at(at->sample, d);

    return tf_cut_total(at->layout, group, &outcomes[strategy], measure, TF_DISCOUNTED) -
           tf_cut_total(at->layout, group, &outcomes[at->layout->comparator], measure, TF_DISCOUNTED);
}

double tf_dcea_variance(const tf_weighing *at, const tf_cut_group *group, size_t strategy, size_t measure)
{
    return tf_cut_variance(at->layout, group, tf_sample_at(at->sample, 0)[strategy].difference_variance, measure, TF_DISCOUNTED);
}

double tf_dcea_covariance(const tf_weighing *at, const tf_cut_group *group, size_t strategy)
{
    const double *covariance = tf_sample_at(at->sample, 0)[strategy].covariance;
    double sum = 0;

    for (size_t k = 0; k < group->n_members; k++) {
        sum += covariance[tf_at_covariance(group->members[k], true)];
    }
    return sum;
}

/* People of different fifths are different people: the costs that go with a fifth's QALYs are its own. */
double tf_dcea_first_order(const tf_weighing *at, const tf_cut *imd, size_t strategy, const double by_gain[TF_FIFTHS], double by_cost)
{
    size_t zero;
    const tf_cut_group whole = tf_dcea_everybody(&zero);
    double of_gains = 0, together = 0;

    if (at->n > 1) {
        return NAN;
    }
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        of_gains += by_gain[g] * by_gain[g] * at->gain_variance[strategy * TF_FIFTHS + g];
        together += by_gain[g] * tf_dcea_covariance(at, &imd->groups[g], strategy);
    }
    return fmax(0, of_gains + by_cost * by_cost * tf_dcea_variance(at, &whole, strategy, at->cost) + 2 * by_cost * together);
}

tf_cut_group tf_dcea_everybody(size_t *zero)
{
    *zero = 0;
    return (tf_cut_group){.members = zero, .n_members = 1};
}

double tf_dcea_residents(const tf_cut *cut, size_t g)
{
    double sum = 0;

    for (size_t k = 0; k <= cut->n; k++) {
        for (int q = 0; q < TF_FIFTHS && (g > cut->n || k == g); q++) {
            sum += k < cut->n ? cut->groups[k].residents[q] : cut->outside[q];
        }
    }
    return sum;
}

/* ---- health by group ----------------------------------------------------------- */

static const char *label_of(const tf_cut *cut, size_t g)
{
    return g < cut->n ? cut->groups[g].label : g == cut->n ? "outside" : "all";
}

/* Gains and costs: what does not depend on k. */
static trefoil_status add_gains(tf_weighing *at, size_t strategy, const tf_cut *cut)
{
    trefoil_status status = TREFOIL_DONE;
    size_t zero;
    const tf_cut_group whole = tf_dcea_everybody(&zero);

    for (size_t g = 0; g <= cut->n + 1; g++) {
        const tf_cut_group *group = g < cut->n ? &cut->groups[g] : &whole;
        tf_dcea_row row = {.strategy = strategy, .group_by = cut->name, .group = label_of(cut, g), .k = NAN, .aversion = NAN};

        if (g == cut->n) {
            continue;
        }
        row.measure = "gain";
        row.unit = "QALY";
        for (size_t d = 0; d < at->n; d++) {
            at->values[d] = tf_dcea_total(at, group, d, strategy, at->qaly);
        }
        TRY(tf_dcea_add(at, &row, tf_dcea_variance(at, group, strategy, at->qaly)));
        row.measure = "cost";
        row.unit = at->layout->measures[at->cost].unit;
        for (size_t d = 0; d < at->n; d++) {
            at->values[d] = tf_dcea_total(at, group, d, strategy, at->cost);
        }
        TRY(tf_dcea_add(at, &row, tf_dcea_variance(at, group, strategy, at->cost)));
    }
out:
    return status;
}

/* First-order variance of `gain` x QALYs of the group less `lost` x costs of everybody.  People of other groups are other people, so that the
 * costs that go with the group's QALYs are its own. */
static double net_variance(const tf_weighing *at, size_t strategy, const tf_cut_group *group, double gain, double lost)
{
    size_t zero;
    const tf_cut_group whole = tf_dcea_everybody(&zero);

    return fmax(0, gain * gain * tf_dcea_variance(at, group, strategy, at->qaly) + lost * lost * tf_dcea_variance(at, &whole, strategy, at->cost) -
                       2 * gain * lost * tf_dcea_covariance(at, group, strategy));
}

/* What group g (cut->n: outside; then everybody) gains, bears and keeps at one k and gradient. */
static trefoil_status add_group(tf_weighing *at, const tf_cut *cut, size_t g, tf_dcea_row row)
{
    trefoil_status status = TREFOIL_DONE;
    size_t zero;
    const tf_cut_group whole = tf_dcea_everybody(&zero), *group = g < cut->n ? &cut->groups[g] : &whole;
    const double residents = tf_dcea_residents(cut, g);

    row.group = label_of(cut, g);
    for (int what = 0; what < 3; what++) {
        const bool net = what > 0, each = what == 2;
        const double gained = net && g != cut->n, times = each ? 1000 / residents : 1;
        double share = 1;

        if (each && !(residents > 0)) {
            continue;
        }
        row.measure = each ? "net_per_1000" : net ? "net" : "displaced";
        row.unit = "QALY";
        for (size_t d = at->n; d-- > 0;) {
            share = g <= cut->n ? at->shares[d * (cut->n + 1) + g] : 1;
            at->values[d] = share * at->spent[row.strategy * at->n + d] / row.k;
            if (net) {
                at->values[d] = (gained > 0 ? tf_dcea_total(at, group, d, row.strategy, at->qaly) : 0) - at->values[d];
            }
            at->values[d] *= times;
        }
        TRY(tf_dcea_add(at, &row, net_variance(at, row.strategy, group, gained * times, share * times / row.k)));
    }
out:
    return status;
}

/* The shares of a cut in every draw; false when the gradient cannot be had. */
static bool find_shares(tf_weighing *at, const tf_cut *cut, const char *gradient)
{
    for (size_t d = 0; d < at->n; d++) {
        if (tf_dcea_shares(at->layout, at->spec, cut, &tf_sample_at(at->sample, d)[at->layout->comparator], gradient,
                           &at->shares[d * (cut->n + 1)]) != NULL) {
            return false;
        }
    }
    return true;
}

static trefoil_status add_cut(tf_weighing *at, size_t strategy, const tf_cut *cut)
{
    trefoil_status status = TREFOIL_DONE;

    TRY(add_gains(at, strategy, cut));
    for (size_t w = 0; w < at->spec->gradients.count; w++) {
        for (size_t k = 0; k < at->spec->n_k && find_shares(at, cut, at->spec->gradients.items[w]); k++) {
            const tf_dcea_row row = {.strategy = strategy, .group_by = cut->name, .k = at->spec->k[k],
                                     .gradient = at->spec->gradients.items[w], .aversion = NAN};
            const bool outside = tf_dcea_residents(cut, cut->n) > 0;

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

/* ---- the whole ------------------------------------------------------------------- */

/* Take gains and costs of every strategy and draw. */
static void take_changes(tf_weighing *at, const tf_cut *imd)
{
    size_t zero;
    const tf_cut_group whole = tf_dcea_everybody(&zero);

    for (size_t s = 0; s < tf_dcea_strategies(at->layout); s++) {
        for (size_t d = 0; d < at->n; d++) {
            at->spent[s * at->n + d] = tf_dcea_total(at, &whole, d, s, at->cost);
            for (size_t g = 0; imd != NULL && g < TF_FIFTHS; g++) {
                at->gain[(s * at->n + d) * TF_FIFTHS + g] = tf_dcea_total(at, &imd->groups[g], d, s, at->qaly);
            }
        }
        for (size_t g = 0; imd != NULL && g < TF_FIFTHS; g++) {
            at->gain_variance[s * TF_FIFTHS + g] = tf_dcea_variance(at, &imd->groups[g], s, at->qaly);
        }
    }
}

/* QALE before and residents; false when a fifth has none. */
static bool take_baseline(tf_weighing *at, const tf_cut *imd)
{
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        at->made->residents[g] = tf_dcea_residents(imd, g);
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

static trefoil_status add_all(tf_weighing *at, const tf_scenario *scenario)
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
        TRY(tf_dcea_fifths(at, imd));
    }
    TRY(tf_dcea_shortfalls(at, scenario));
out:
    return status;
}

static bool give_room(tf_weighing *at)
{
    const size_t strategies = tf_dcea_strategies(at->layout);

    at->values = TF_NEW(double, at->n);
    at->gain = TF_NEW(double, strategies * at->n * TF_FIFTHS);
    at->gain_variance = TF_NEW(double, strategies * TF_FIFTHS);
    at->spent = TF_NEW(double, strategies * at->n);
    at->shares = TF_NEW(double, at->n * (at->layout->n_groups + 2));
    at->made->net = TF_NEW(double, strategies * at->spec->gradients.count * at->n);
    at->made->slope = TF_NEW(double, strategies * at->spec->gradients.count * at->n);
    return at->values && at->gain && at->gain_variance && at->spent && at->shares && at->made->net && at->made->slope;
}

static const char *obstacle(const tf_weighing *at)
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
    tf_weighing at = {.context = context, .layout = layout, .sample = sample, .spec = spec, .made = made, .n = tf_sample_size(sample)};

    *dcea = NULL;
    if (made == NULL) {
        return tf_dcea_starved(&at);
    }
    made->spec = spec;
    made->n_draws = at.n;
    made->unavailable = obstacle(&at);
    if (made->unavailable == NULL) {
        at.qaly = (size_t)tf_find_measure(layout, "qaly");
        at.cost = (size_t)tf_find_measure(layout, "cost");
        TRY(tf_cuts_create(context, layout, spec, tf_sample_at(sample, 0), true, &made->cuts));
        if (!give_room(&at)) {
            status = tf_dcea_starved(&at);
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
