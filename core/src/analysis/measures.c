/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/measures.h"

#include "analysis/dispersion.h"
#include "analysis/gap.h"
#include "analysis/gini.h"
#include "analysis/slope.h"
#include "analysis/theil.h"
#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>

enum { ABSOLUTE = 1, RELATIVE = 0 };

/* A list being filled; `failed` when memory ran out. */
typedef struct filling {
    tf_measures *list;
    bool failed;
} filling;

static void add_at(filling *to, const char *name, int absolute, double parameter, double increment, tf_index index)
{
    void *items = to->list->items;

    if (tf_reserve(&items, &to->list->capacity, to->list->count + 1, sizeof *to->list->items) != 0) {
        to->failed = true;
        return;
    }
    to->list->items = items;
    to->list->items[to->list->count++] =
        (tf_measured){.name = name, .parameter = parameter, .increment = increment, .absolute = absolute == ABSOLUTE, .index = index};
}

static void add(filling *to, const char *name, int absolute, tf_index index)
{
    add_at(to, name, absolute, NAN, NAN, index);
}

static tf_index mean_of(const tf_ranking *d)
{
    return tf_index_of(d->mean, tf_ranking_error(d, d->share));
}

static void add_gaps(filling *to, const tf_ranking *d, bool good)
{
    add(to, "mean", ABSOLUTE, mean_of(d));
    add(to, "total", ABSOLUTE, tf_index_of(d->mean * d->population, NAN));
    add(to, "absolute_gap", ABSOLUTE, tf_absolute_gap(d));
    add(to, "relative_gap", RELATIVE, tf_relative_gap(d));
    add(to, "range", ABSOLUTE, tf_range(d));
    add(to, "range_ratio", RELATIVE, tf_range_ratio(d));
    add(to, "excess_burden", ABSOLUTE, tf_excess_burden(d, good));
}

static void add_slopes(filling *to, const tf_ranking *d, const tf_measure_settings *s)
{
    const tf_slope linear = {.weighted = true}, unweighted = {.weighted = false}, logarithm = {.link = TF_LOG, .weighted = true};
    const tf_slope logit = {.link = TF_LOGIT, .weighted = true, .lo = s->lo, .hi = s->bounded ? s->hi : s->lo};

    add(to, "sii", ABSOLUTE, tf_sii(d, &linear));
    add(to, "sii_unweighted", ABSOLUTE, tf_sii(d, &unweighted));
    add(to, "sii_log", ABSOLUTE, tf_sii(d, &logarithm));
    add(to, "sii_logit", ABSOLUTE, tf_sii(d, &logit));
    add(to, "rii_mean", RELATIVE, tf_rii_mean(d, &linear));
    add(to, "rii_mean_unweighted", RELATIVE, tf_rii_mean(d, &unweighted));
    add(to, "rii_ratio", RELATIVE, tf_rii_ratio(d, &linear));
    add(to, "rii_ratio_log", RELATIVE, tf_rii_ratio(d, &logarithm));
    add(to, "rii_ratio_logit", RELATIVE, tf_rii_ratio(d, &logit));
}

/* With the errors of a survey's design, scaled as the index is, when there is one. */
static tf_index of_survey(tf_index index, double generalised, double error)
{
    if (!index.undefined && !isnan(error)) {
        index.error = generalised != 0 ? fabs(index.value / generalised) * error : (double)NAN;
    }
    return index;
}

static void add_concentration(filling *to, const tf_ranking *d, const tf_measure_settings *s)
{
    tf_index whole = tf_concentration_generalised(d);
    double error = s->survey && !whole.undefined ? tf_concentration_survey_error(d, s->survey) : (double)NAN;
    double lo = s->lo, hi = s->bounded ? s->hi : s->lo;

    add(to, "concentration_index", RELATIVE, of_survey(tf_concentration(d), whole.value, error));
    add(to, "concentration_generalised", ABSOLUTE, of_survey(whole, whole.value, error));
    add(to, "concentration_wagstaff", RELATIVE, of_survey(tf_concentration_wagstaff(d, lo, hi), whole.value, error));
    add(to, "concentration_erreygers", RELATIVE, of_survey(tf_concentration_erreygers(d, lo, hi), whole.value, error));
    for (size_t k = 0; k < s->extended.count; k++) {
        add_at(to, "concentration_extended", RELATIVE, s->extended.items[k], NAN, tf_concentration_extended(d, s->extended.items[k]));
    }
}

static void add_spread(filling *to, const tf_ranking *d, const tf_ranking *by_health, const tf_measure_settings *s)
{
    add(to, "gini", RELATIVE, tf_gini(by_health));
    for (size_t k = 0; k < s->extended.count; k++) {
        add_at(to, "gini_ede", ABSOLUTE, s->extended.items[k], NAN, tf_gini_ede(by_health, s->extended.items[k]));
    }
    add(to, "theil_t", RELATIVE, tf_theil_t(d));
    add(to, "theil_l", RELATIVE, tf_theil_l(d));
    add(to, "between_group_variance", ABSOLUTE, tf_between_group_variance(d));
    add(to, "between_group_deviation", ABSOLUTE, tf_between_group_deviation(d));
    add(to, "coefficient_of_variation", RELATIVE, tf_coefficient_of_variation(d));
    add(to, "index_of_disparity", RELATIVE, tf_index_of_disparity(d, false));
    add(to, "index_of_disparity_weighted", RELATIVE, tf_index_of_disparity(d, true));
    add(to, "attributable_risk", ABSOLUTE, tf_attributable_risk(d, s->good));
    add(to, "attributable_fraction", RELATIVE, tf_attributable_fraction(d, s->good));
}

static void add_welfare(filling *to, const tf_ranking *d, const tf_measure_settings *s, tf_welfare kind)
{
    static const char *const names[][3] = {{"atkinson", "atkinson_ede", "priority_weight_atkinson"},
                                           {"kolm", "kolm_ede", "priority_weight_kolm"}};
    const tf_numbers aversions = kind == TF_ATKINSON ? s->atkinson : s->kolm;
    /* A bad has no welfare of its own: its spread is not the spread of health. */
    static const char bad[] = "welfare is a function of a good; state the outcome as one";

    for (size_t k = 0; k < aversions.count; k++) {
        double a = aversions.items[k];

        add_at(to, names[kind][0], kind == TF_KOLM, a, NAN, s->good ? tf_aversion_index(d, kind, a) : tf_index_undefined(bad));
        add_at(to, names[kind][1], ABSOLUTE, a, NAN, s->good ? tf_ede(d, kind, a) : tf_index_undefined(bad));
        add_at(to, names[kind][2], RELATIVE, a, NAN, s->good ? tf_priority_weight(d, kind, a) : tf_index_undefined(bad));
        for (size_t i = 0; i < s->increments.count; i++) {
            double gain = s->increments.items[i];

            add_at(to, names[kind][2], RELATIVE, a, gain,
                   s->good ? tf_priority_weight_of(d, kind, a, gain) : tf_index_undefined(bad));
        }
    }
}

trefoil_status tf_measures_find(trefoil_context *context, const tf_ranking *d, const tf_measure_settings *settings,
                                tf_measures *measures)
{
    trefoil_status status = TREFOIL_DONE;
    tf_ranking *by_health = NULL;
    filling to = {.list = measures};

    TRY(tf_ranking_by_health(context, d, &by_health));
    add_gaps(&to, d, settings->good);
    add_slopes(&to, d, settings);
    add_concentration(&to, d, settings);
    add_spread(&to, d, by_health, settings);
    add_welfare(&to, d, settings, TF_ATKINSON);
    add_welfare(&to, d, settings, TF_KOLM);
    if (to.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the measures of a distribution");
    }
out:
    tf_ranking_destroy(by_health);
    return status;
}

/* Weighted gains of changes per person in the order of the ranking; `why` is NULL or tells why there are none. */
static void add_gains(filling *to, const tf_ranking *d, const double *change, const char *why, const tf_measure_settings *s, bool net)
{
    static const char *const all[2][2][2] = {
        {{"weighted_gain_atkinson", "equity_impact_atkinson"}, {"weighted_gain_kolm", "equity_impact_kolm"}},
        {{"net_weighted_atkinson", "net_equity_impact_atkinson"}, {"net_weighted_kolm", "net_equity_impact_kolm"}}};
    const char *const(*names)[2] = all[net];
    double gain = 0;

    for (size_t k = 0; !why && k < d->n; k++) {
        gain += d->people[k] * change[k];
    }
    for (int kind = TF_ATKINSON; kind <= TF_KOLM; kind++) {
        const tf_numbers aversions = kind == TF_ATKINSON ? s->atkinson : s->kolm;

        for (size_t k = 0; k < aversions.count; k++) {
            tf_index index = why ? tf_index_undefined(why) : tf_ede_change(d, change, (tf_welfare)kind, aversions.items[k]);

            index.value *= d->population;
            add_at(to, names[kind][0], ABSOLUTE, aversions.items[k], NAN, index);
            index.value -= gain;
            add_at(to, names[kind][1], ABSOLUTE, aversions.items[k], NAN, index);
        }
    }
}

static const char *difference_of(const tf_ranking *before, const tf_ranking *after, bool good)
{
    bool same = before->n == after->n;

    for (size_t k = 0; same && k < before->n; k++) {
        same = before->row[k] == after->row[k] && !(before->people[k] < after->people[k]) && !(before->people[k] > after->people[k]);
    }
    return !good ? "welfare is a function of a good; state the outcome as one" : same ? NULL : "the groups differ";
}

trefoil_status tf_measures_compare(trefoil_context *context, const tf_ranking *before, const tf_ranking *after,
                                   const tf_measure_settings *settings, tf_measures *measures)
{
    const char *why = difference_of(before, after, settings->good);
    double *change = TF_NEW(double, before->n), gain = 0;
    filling to = {.list = measures, .failed = change == NULL};

    for (size_t k = 0; change && !why && k < before->n; k++) {
        change[k] = after->health[k] - before->health[k];
        gain += before->people[k] * change[k];
    }
    if (change) {
        add(&to, "gain", ABSOLUTE, why ? tf_index_undefined(why) : tf_index_of(gain, NAN));
        add_gains(&to, before, change, why, settings, false);
    }
    tf_free(change);
    return to.failed ? tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory to compare distributions") : TREFOIL_DONE;
}

trefoil_status tf_measures_equity(trefoil_context *context, const tf_equity *equity, const tf_measure_settings *settings,
                                  tf_measures *measures)
{
    const tf_slope linear = {.weighted = true};
    const tf_ranking *before = equity->before;
    const double sign = before->health[before->n - 1] < before->health[0] ? 1 : -1;
    tf_ranking *change = NULL;
    filling to = {.list = measures};
    trefoil_status status = TREFOIL_DONE;
    tf_index slope;

    TRY(tf_equity_changes(context, equity, &change));
    slope = tf_sii(change, &linear);
    slope.value *= sign * before->population / (double)before->n;
    slope.value += 0.0; /* never -0 */
    slope.error = NAN;
    add(&to, "health_gain", ABSOLUTE, tf_index_of(equity->total_gain, NAN));
    add(&to, "opportunity_cost", ABSOLUTE, tf_index_of(equity->opportunity_cost, NAN));
    add(&to, "net_health_benefit", ABSOLUTE, tf_index_of(equity->total_net, NAN));
    add(&to, "slope_narrows", ABSOLUTE, slope);
    add_gains(&to, before, equity->change, settings->good ? NULL : "welfare is a function of a good; state the outcome as one", settings,
              true);
    if (to.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the measures of a programme");
    }
out:
    tf_ranking_destroy(change);
    return status;
}

void tf_measures_free(tf_measures *measures)
{
    tf_free(measures->items);
    *measures = (tf_measures){0};
}

void tf_measure_name(const tf_measured *measured, char name[TF_MEASURE_SIZE])
{
    char parameter[TF_NUMBER_SIZE], increment[TF_NUMBER_SIZE];

    if (isnan(measured->parameter)) {
        snprintf(name, TF_MEASURE_SIZE, "%s", measured->name);
        return;
    }
    tf_print_number(measured->parameter, parameter);
    if (isnan(measured->increment)) {
        snprintf(name, TF_MEASURE_SIZE, "%s(%s)", measured->name, parameter);
        return;
    }
    tf_print_number(measured->increment, increment);
    snprintf(name, TF_MEASURE_SIZE, "%s(%s %s)", measured->name, parameter, increment);
}
