/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/findings.h"

#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *tf_strategy_title(const tf_findings *findings, size_t strategy)
{
    const char *title = findings->layout->strategy_titles[strategy];

    return title[0] != '\0' ? title : findings->layout->strategies[strategy];
}

void tf_measure_title(const tf_findings *findings, size_t measure, char *title, size_t size)
{
    const char *name = findings->layout->measures[measure].name;
    const char *condition = strncmp(name, "event.", 6) == 0 ? name + 6 : NULL;
    const char *from = condition != NULL ? strchr(condition, '.') : NULL, *to = from != NULL ? strchr(from + 1, '.') : NULL;

    if (to == NULL) {
        snprintf(title, size, "%s", name);
        return;
    }
    snprintf(title, size, "%.*s: %.*s → %s", (int)(from - condition), condition, (int)(to - from - 1), from + 1, to + 1);
}

double tf_people_simulated(const tf_findings *findings)
{
    return findings->scenario->everyone || findings->scenario->persons < 1 ? findings->people : (double)findings->scenario->persons;
}

tf_estimate tf_finding(const tf_findings *findings, const tf_estimand *estimand)
{
    return tf_columns_estimate(findings->columns, estimand);
}

/* How much an event differs between strategies, per person; below 0 if it does not happen under the comparator (a programme's own
 * process rather than an outcome). */
static double spread(const tf_findings *findings, size_t measure)
{
    tf_estimand estimand = {.strategy = findings->layout->comparator, .measure = measure, .per_person = true};
    double largest = 0;

    if (!(tf_finding(findings, &estimand).value > 0)) {
        return -1;
    }
    estimand.difference = true;
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        estimand.strategy = s;
        largest = fmax(largest, fabs(tf_finding(findings, &estimand).value));
    }
    return largest;
}

/* The events the scenario names, in its order; false if it names none. */
static bool named_events(tf_findings *findings)
{
    const char *noted = tf_store_noted(findings->store, "events");
    const tf_layout *layout = findings->layout;

    for (const char *at = noted; at != NULL && *at != '\0' && findings->n_events < TF_MAIN_EVENTS;) {
        size_t length = strcspn(at, ",");

        for (size_t m = 0; m < layout->n_measures; m++) {
            const char *name = layout->measures[m].name;
            if (strncmp(name, "event.", 6) == 0 && strlen(name + 6) == length && strncmp(name + 6, at, length) == 0) {
                findings->events[findings->n_events++] = m;
            }
        }
        at += length + (at[length] == ',');
    }
    return findings->n_events > 0;
}

static trefoil_status choose_events(trefoil_context *context, tf_findings *findings)
{
    const tf_layout *layout = findings->layout;
    double *spreads = TF_NEW(double, layout->n_measures);

    if (spreads == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the report");
    }
    for (size_t m = 0; m < layout->n_measures; m++) {
        spreads[m] = strncmp(layout->measures[m].name, "event.", 6) == 0 ? spread(findings, m) : -1;
    }
    for (size_t m = 0; m < layout->n_measures; m++) {
        size_t larger = 0;

        for (size_t other = 0; other < layout->n_measures; other++) {
            larger += spreads[other] > spreads[m] || (spreads[other] == spreads[m] && other < m);
        }
        if (spreads[m] >= 0 && larger < TF_MAIN_EVENTS) {
            findings->events[findings->n_events++] = m;
        }
    }
    tf_free(spreads);
    return TREFOIL_DONE;
}

static void count_parameters(tf_findings *findings)
{
    for (size_t k = 0; k < findings->layout->n_parameters; k++) {
        findings->n_assumptions += strcmp(findings->parameters[k].grade, "assumption") == 0;
        findings->n_overridden += findings->parameters[k].overridden;
    }
}

trefoil_status tf_findings_weigh(trefoil_context *context, tf_findings *findings, const tf_equity_spec *spec)
{
    trefoil_status status;

    tf_staircase_destroy(findings->staircase);
    findings->staircase = NULL;
    tf_dcea_destroy(findings->dcea);
    TRY(tf_dcea_create(context, findings->layout, findings->scenario, findings->sample, spec, &findings->dcea));
    TRY(tf_staircase_create(context, findings->layout, findings->scenario, findings->sample, findings->dcea, &findings->staircase));
out:
    return status;
}

/* The acceptability curve of the plots, to a quarter beyond the last threshold. */
static trefoil_status follow_curve(trefoil_context *context, tf_findings *made)
{
    const tf_cea *cea = made->cea;

    made->curve_end = 50000;
    for (size_t t = 0; t < cea->n_thresholds; t++) {
        made->curve_end = fmax(made->curve_end, 1.25 * cea->thresholds[t]);
    }
    made->acceptability = TF_NEW(double, TF_CURVE * cea->n_options);
    if (made->acceptability == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the report");
    }
    for (size_t k = 0; k < TF_CURVE; k++) {
        tf_cea_best(cea, made->curve_end * (double)k / (TF_CURVE - 1), &made->acceptability[k * cea->n_options]);
    }
    return TREFOIL_DONE;
}

static trefoil_status analyse(trefoil_context *context, tf_findings *made)
{
    trefoil_status status;
    const tf_estimand people = {.measure = made->persons < 0 ? 0 : (size_t)made->persons};
    tf_sample base = {.base = made->sample->base, .zeros = made->sample->zeros};

    TRY(tf_cea_create(context, made->layout, made->sample, made->scenario->thresholds, made->scenario->n_thresholds, &made->cea));
    if (base.base != NULL && made->sample->n_draws > 0) {
        TRY(tf_cea_create(context, made->layout, &base, made->scenario->thresholds, made->scenario->n_thresholds, &made->base));
    }
    TRY(tf_inequality_create(context, made->layout, made->sample, &made->inequality));
    TRY(tf_findings_weigh(context, made, &made->scenario->equity));
    TRY(follow_curve(context, made));
    TRY(tf_columns_create(context, made->layout, made->sample, &made->columns));
    made->people = tf_finding(made, &people).value;
    if (!named_events(made)) {
        TRY(choose_events(context, made));
    }
    count_parameters(made);
out:
    return status;
}

trefoil_status tf_findings_create(trefoil_context *context, tf_store *store, tf_findings **findings)
{
    trefoil_status status;
    tf_findings *made = TF_NEW(tf_findings, 1);

    *findings = NULL;
    if (made == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the report");
    }
    made->store = store;
    made->layout = tf_store_layout(store);
    made->scenario = tf_store_scenario(store);
    made->parameters = tf_store_parameters(store);
    made->persons = tf_find_measure(made->layout, "persons");
    made->qaly = tf_find_measure(made->layout, "qaly");
    made->ly = tf_find_measure(made->layout, "ly");
    made->cost = tf_find_measure(made->layout, "cost");
    made->deaths = tf_find_measure(made->layout, "deaths");
    tf_print_currency(made->currency, made->scenario->currency);
    TRY(tf_store_sample(context, store, &made->sample));
    TRY(analyse(context, made));
    *findings = made;
    made = NULL;
out:
    tf_findings_destroy(made);
    return status;
}

void tf_findings_destroy(tf_findings *findings)
{
    if (findings == NULL) {
        return;
    }
    tf_cea_destroy(findings->cea);
    tf_cea_destroy(findings->base);
    tf_inequality_destroy(findings->inequality);
    tf_dcea_destroy(findings->dcea);
    tf_staircase_destroy(findings->staircase);
    tf_sample_destroy(findings->sample);
    tf_columns_destroy(findings->columns);
    tf_free(findings->acceptability);
    tf_free(findings);
}
