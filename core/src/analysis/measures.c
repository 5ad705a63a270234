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
