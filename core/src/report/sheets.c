/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/sheets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PENCE = 2, FINE = 5, LONGEST_SENTENCE = 1000 };

/* ---- cells ----------------------------------------------------------------------------------- */

static void cell_of(tf_sheet *sheet, const tf_estimate *estimate, int most, const char *before, bool plus)
{
    char text[TF_PRINTED_SIZE];

    tf_print_digits(text, estimate->value, tf_digits(estimate->mcse, most), before, plus);
    tf_sheet_cell(sheet, "%s", text);
}

/* "+£98 to +£150"; "–" where there is no interval. */
static void print_interval(const tf_estimate *estimate, int digits, const char *before, bool plus, char *text, size_t size)
{
    char lo[TF_PRINTED_SIZE], hi[TF_PRINTED_SIZE];

    if (isnan(estimate->lo)) {
        snprintf(text, size, "–");
        return;
    }
    tf_print_digits(lo, estimate->lo, digits, before, plus);
    tf_print_digits(hi, estimate->hi, digits, before, plus);
    snprintf(text, size, "%s to %s", lo, hi);
}

static tf_estimate times(tf_estimate estimate, double factor)
{
    return (tf_estimate){estimate.value * factor, estimate.mcse * fabs(factor), (factor < 0 ? estimate.hi : estimate.lo) * factor,
                         (factor < 0 ? estimate.lo : estimate.hi) * factor};
}

/* ---- outcomes -------------------------------------------------------------------------------- */

void tf_sheet_outcomes(const tf_findings *findings, tf_sheet *sheet)
{
    tf_sheet_begin(sheet, 5, "Per person");
    tf_sheet_cell(sheet, "Strategy");
    tf_sheet_cell(sheet, "Cost\n(discounted)");
    tf_sheet_cell(sheet, "QALYs\n(discounted)");
    tf_sheet_cell(sheet, "Life-years\n(discounted)");
    tf_sheet_cell(sheet, "Life-years\n(undiscounted)");
    for (size_t s = 0; s < findings->cea->n_options; s++) {
        const tf_option *option = &findings->cea->options[s];

        tf_sheet_cell(sheet, "%s", tf_strategy_title(findings, s));
        cell_of(sheet, &option->cost, PENCE, findings->currency, false);
        cell_of(sheet, &option->qaly, FINE, "", false);
        cell_of(sheet, &option->ly_discounted, FINE, "", false);
        cell_of(sheet, &option->ly, FINE, "", false);
    }
}

static void add_event_row(const tf_findings *findings, size_t measure, tf_sheet *sheet)
{
    char title[200];

    tf_measure_title(findings, measure, title, sizeof title);
    tf_sheet_cell(sheet, "%s", measure == (size_t)findings->deaths ? "Deaths" : title);
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        const tf_estimand estimand = {.strategy = s, .measure = measure, .per_person = true};
        tf_estimate estimate = times(tf_finding(findings, &estimand), 1000);

        cell_of(sheet, &estimate, 3, "", false);
    }
}

void tf_sheet_events(const tf_findings *findings, tf_sheet *sheet)
{
    tf_sheet_begin(sheet, 1 + findings->layout->n_strategies, "Events per 1,000 people");
    tf_sheet_cell(sheet, "Event");
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        tf_sheet_cell(sheet, "%s", tf_strategy_title(findings, s));
    }
    if (findings->deaths >= 0) {
        add_event_row(findings, (size_t)findings->deaths, sheet);
    }
    for (size_t k = 0; k < findings->n_events; k++) {
        add_event_row(findings, findings->events[k], sheet);
    }
}

/* ---- against the comparator ------------------------------------------------------------------ */

/* As many as money and health have, and more where a small effect is known that well. */
static int difference_digits(const tf_estimate *e, int most)
{
    const int digits = tf_digits(e->mcse, most), small = tf_effect_digits(e->value, e->mcse);

    return digits == most && small > most ? small : digits;
}

static void add_difference(tf_sheet *sheet, const char *what, const tf_estimate *estimate, int most, const char *before)
{
    const int digits = difference_digits(estimate, most);
    char text[3 * TF_PRINTED_SIZE];

    tf_sheet_cell(sheet, "  %s", what);
    tf_print_digits(text, estimate->value, digits, before, true);
    tf_sheet_cell(sheet, "%s", text);
    print_interval(estimate, digits, before, true, text, sizeof text);
    tf_sheet_cell(sheet, "%s", text);
    tf_print_digits(text, estimate->mcse, tf_digits(2 * estimate->mcse, most + 1) + 1, before, false);
    tf_sheet_cell(sheet, "%s", text);
}

void tf_sheet_differences(const tf_findings *findings, tf_sheet *sheet)
{
    tf_sheet_begin(sheet, 4, "Difference from %s, per person", tf_strategy_title(findings, findings->cea->comparator));
    tf_sheet_cell(sheet, "Strategy");
    tf_sheet_cell(sheet, "Difference");
    tf_sheet_cell(sheet, "95%% interval");
    tf_sheet_cell(sheet, "Monte Carlo error");
    for (size_t s = 0; s < findings->cea->n_options; s++) {
        const tf_option *option = &findings->cea->options[s];

        if (s == findings->cea->comparator) {
            continue;
        }
        tf_sheet_heading(sheet, tf_strategy_title(findings, s));
        add_difference(sheet, "Cost (discounted)", &option->more_cost, PENCE, findings->currency);
        add_difference(sheet, "QALYs (discounted)", &option->more_qaly, FINE, "");
        add_difference(sheet, "Life-years (undiscounted)", &option->more_ly, FINE, "");
    }
    if (findings->cea->n_draws < 2) {
        tf_text_add(&sheet->note, "No intervals: they need at least two draws of the uncertain parameters.");
    }
}

/* ---- fully incremental ----------------------------------------------------------------------- */

static const char *standing_words(tf_standing standing)
{
    switch (standing) {
    case TF_REFERENCE:
        return "least costly";
    case TF_FRONTIER:
        return "on the frontier";
    case TF_DOMINATED:
        return "dominated";
    case TF_EXTENDEDLY_DOMINATED:
        break;
    }
    return "extendedly dominated";
}

static void add_step(const tf_findings *findings, const tf_option *option, tf_sheet *sheet)
{
    char text[TF_PRINTED_SIZE];

    tf_sheet_cell(sheet, "%s", tf_strategy_title(findings, option->strategy));
    cell_of(sheet, &option->cost, PENCE, findings->currency, false);
    cell_of(sheet, &option->qaly, FINE, "", false);
    if (option->standing == TF_REFERENCE) {
        tf_sheet_cell(sheet, "–");
        tf_sheet_cell(sheet, "–");
    } else {
        tf_print_digits(text, option->step_cost, difference_digits(&option->more_cost, PENCE), findings->currency, true);
        tf_sheet_cell(sheet, "%s", text);
        tf_print_digits(text, option->step_qaly, difference_digits(&option->more_qaly, FINE), "", true);
        tf_sheet_cell(sheet, "%s", text);
    }
    if (option->standing == TF_FRONTIER) {
        tf_print_digits(text, option->icer, tf_digits(option->icer_mcse, 0), findings->currency, false);
        tf_sheet_cell(sheet, "%s", text);
    } else {
        tf_sheet_cell(sheet, "%s", standing_words(option->standing));
    }
}

void tf_sheet_frontier(const tf_findings *findings, tf_sheet *sheet)
{
    const tf_cea *cea = findings->cea;
    double last = -INFINITY;

    tf_sheet_begin(sheet, 6, "Fully incremental analysis, by cost: each strategy against the one before it on the frontier");
    tf_sheet_cell(sheet, "Strategy");
    tf_sheet_cell(sheet, "Cost");
    tf_sheet_cell(sheet, "QALYs");
    tf_sheet_cell(sheet, "Step in cost");
    tf_sheet_cell(sheet, "Step in QALYs");
    tf_sheet_cell(sheet, "Cost per QALY");
    for (size_t done = 0; done < cea->n_options;) {
        double next = INFINITY;

        for (size_t s = 0; s < cea->n_options; s++) {
            double cost = cea->options[s].cost.value;

            next = cost > last && cost < next ? cost : next;
        }
        if (!isfinite(next)) {
            break;
        }
        for (size_t s = 0; s < cea->n_options; s++) {
            if (cea->options[s].cost.value == next) {
                add_step(findings, &cea->options[s], sheet);
                done++;
            }
        }
        last = next;
    }
}

void tf_sheet_benefit(const tf_findings *findings, tf_sheet *sheet)
{
    const tf_cea *cea = findings->cea;
    char text[TF_PRINTED_SIZE];

    tf_sheet_begin(sheet, 1 + cea->n_thresholds,
                   "Net monetary benefit per person against %s%s, by threshold per QALY",
                   tf_strategy_title(findings, cea->comparator), cea->n_draws > 1 ? " (probability of being best)" : "");
    tf_sheet_cell(sheet, "Strategy");
    for (size_t t = 0; t < cea->n_thresholds; t++) {
        tf_print_digits(text, cea->thresholds[t], 0, findings->currency, false);
        tf_sheet_cell(sheet, "%s", text);
    }
    for (size_t s = 0; s < cea->n_options; s++) {
        const tf_option *option = &cea->options[s];

        tf_sheet_cell(sheet, "%s", tf_strategy_title(findings, s));
        for (size_t t = 0; t < cea->n_thresholds; t++) {
            tf_print_digits(text, option->more_nmb[t].value, tf_digits(option->more_nmb[t].mcse, s == cea->comparator ? 0 : PENCE),
                            findings->currency, true);
            if (isnan(option->p_best[t])) {
                tf_sheet_cell(sheet, "%s", text);
            } else {
                tf_sheet_cell(sheet, "%s (%.2f)", text, option->p_best[t]);
            }
        }
    }
}

/* ---- inequality ------------------------------------------------------------------------------ */

/* Events and deaths are told per 1,000 people. */
static double people_told(const tf_findings *findings, size_t measure)
{
    return measure == (size_t)findings->qaly || measure == (size_t)findings->ly ? 1 : 1000;
}

static void add_group_value(const tf_findings *findings, const tf_gap *gap, size_t group, tf_sheet *sheet)
{
    const tf_estimand estimand = {.strategy = gap->strategy, .group = group, .measure = gap->measure, .discounted = gap->discounted,
                                  .per_person = true};
    tf_estimate estimate = times(tf_finding(findings, &estimand), people_told(findings, gap->measure));

    cell_of(sheet, &estimate, FINE, "", false);
}

static void add_gap(tf_sheet *sheet, const tf_gap *gap, double factor)
{
    if (gap == NULL || gap->undefined != NULL) {
        tf_sheet_cell(sheet, "not defined");
    } else {
        tf_estimate estimate = times(gap->value, factor);

        cell_of(sheet, &estimate, FINE, "", false);
    }
}

static void begin_gaps(const tf_findings *findings, size_t measure, tf_sheet *sheet)
{
    char title[200];

    tf_measure_title(findings, measure, title, sizeof title);
    if (measure == (size_t)findings->qaly) {
        tf_sheet_begin(sheet, 5, "QALYs per person (discounted) by deprivation");
    } else if (measure == (size_t)findings->ly) {
        tf_sheet_begin(sheet, 5, "Life-years per person (undiscounted) by deprivation");
    } else {
        tf_sheet_begin(sheet, 5, "%s per 1,000 people by deprivation", measure == (size_t)findings->deaths ? "Deaths" : title);
    }
}

void tf_sheet_gaps(const tf_findings *findings, size_t measure, tf_sheet *sheet)
{
    begin_gaps(findings, measure, sheet);
    tf_sheet_cell(sheet, "Strategy");
    tf_sheet_cell(sheet, "Most\ndeprived fifth");
    tf_sheet_cell(sheet, "Least\ndeprived fifth");
    tf_sheet_cell(sheet, "Absolute gap\n(least - most)");
    tf_sheet_cell(sheet, "Relative gap\n(least / most)");
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        const tf_gap *absolute = tf_inequality_find(findings->inequality, s, measure, false);

        if (absolute == NULL) {
            continue;
        }
        tf_sheet_cell(sheet, "%s", tf_strategy_title(findings, s));
        add_group_value(findings, absolute, findings->inequality->most, sheet);
        add_group_value(findings, absolute, findings->inequality->least, sheet);
        add_gap(sheet, absolute, people_told(findings, measure));
        add_gap(sheet, tf_inequality_find(findings->inequality, s, measure, true), 1);
    }
}

/* ---- sentences ------------------------------------------------------------------------------- */

static void say(tf_list *out, const tf_text *text)
{
    /* A sentence that memory had no room for is missed by the caller's own allocation, which fails too. */
    if (!text->failed && text->length > 0) {
        (void)tf_list_add(out, text->chars);
    }
}

static void say_people(const tf_findings *findings, tf_list *out)
{
    const tf_scenario *scenario = findings->scenario;
    tf_text text = {0};
    char people[TF_PRINTED_SIZE];

    tf_print_digits(people, findings->people, 0, "", false);
    for (size_t k = 0; k < scenario->areas.count; k++) {
        tf_text_addf(&text, "%s%s", k > 0 ? ", " : "", scenario->areas.items[k]);
    }
    tf_text_addf(&text, "%s%s %s aged %d", text.length > 0 ? ": " : "", people, findings->people == 1 ? "person" : "people", scenario->age_min);
    if (scenario->age_max > scenario->age_min) {
        tf_text_addf(&text, " to %d", scenario->age_max);
    }
    if (isinf(scenario->horizon)) {
        tf_text_add(&text, ", followed for life");
    } else {
        tf_text_addf(&text, ", followed for %g years", scenario->horizon);
    }
    tf_text_addf(&text, " from %.0f.", floor(scenario->start));
    say(out, &text);
    tf_text_free(&text);
}

void tf_say_setting(const tf_findings *findings, tf_list *out)
{
    const tf_scenario *scenario = findings->scenario;
    tf_text text = {0};

    say_people(findings, out);
    if (scenario->perspective[0] != '\0') {
        tf_text_addf(&text, "Perspective: %s. ", scenario->perspective);
    }
    if (scenario->price_year[0] != '\0') {
        tf_text_addf(&text, "Prices of %s. ", scenario->price_year);
    }
    tf_text_addf(&text, "Costs discounted at %g%% and effects at %g%% a year.", 100 * scenario->discount_costs,
                 100 * scenario->discount_effects);
    say(out, &text);
    tf_text_free(&text);
    if (findings->sample->n_draws > 0) {
        tf_text_addf(&text, "Means over %zu draw%s of the uncertain parameters.", findings->sample->n_draws,
                     findings->sample->n_draws == 1 ? "" : "s");
        if (findings->sample->n_draws < scenario->draws && scenario->mcse > 0) {
            tf_text_addf(&text, " At most %u were allowed.", scenario->draws); /* [run] mcse decided */
        } else if (findings->sample->n_draws < scenario->draws) {
            tf_text_addf(&text, " The run was interrupted: %u were asked for.", scenario->draws);
        }
    } else {
        tf_text_add(&text, "The base case alone: uncertain parameters at their means.");
    }
    say(out, &text);
    tf_text_free(&text);
}

static void add_ratio(const tf_findings *findings, const tf_option *option, tf_text *text)
{
    char number[TF_PRINTED_SIZE];

    tf_print_digits(number, option->ratio, tf_digits(option->ratio_mcse, 0), findings->currency, false);
    if (option->quadrant == TF_MORE_FOR_MORE) {
        tf_text_addf(text, ", %s per QALY gained", number);
    } else if (option->quadrant == TF_LESS_FOR_LESS) {
        tf_text_addf(text, ", %s saved per QALY lost", number);
    }
}

static void add_population(const tf_findings *findings, const tf_option *option, tf_text *text)
{
    const double cost = option->more_cost.value * findings->people, qaly = option->more_qaly.value * findings->people;
    char costs[TF_PRINTED_SIZE], qalys[TF_PRINTED_SIZE], people[TF_PRINTED_SIZE];

    if (findings->people <= 1) {
        return; /* a cohort of shares: nobody in particular */
    }
    tf_print_digits(people, findings->people, 0, "", false);
    tf_print_large(costs, fabs(cost), option->more_cost.mcse * findings->people, findings->currency, false);
    tf_print_digits(qalys, fabs(qaly), tf_effect_digits(qaly, option->more_qaly.mcse * findings->people), "", false);
    tf_text_addf(text, " For all %s people: %s %s, %s QALYs %s.", people, costs, cost < 0 ? "saved" : "more", qalys,
                 qaly < 0 ? "lost" : "gained");
}

void tf_say_verdicts(const tf_findings *findings, tf_list *out)
{
    for (size_t s = 0; s < findings->cea->n_options; s++) {
        const tf_option *option = &findings->cea->options[s];
        tf_text text = {0};

        if (s == findings->cea->comparator) {
            continue;
        }
        tf_text_addf(&text, "%s: %s", tf_strategy_title(findings, s), tf_quadrant_words(option->quadrant));
        add_ratio(findings, option, &text);
        if (findings->base != NULL && option->quadrant != TF_NO_DIFFERENCE) {
            tf_text_add(&text, " (base case: ");
            if (findings->base->options[s].quadrant == option->quadrant && !isnan(option->ratio)) {
                char number[TF_PRINTED_SIZE];

                tf_print_digits(number, findings->base->options[s].ratio, tf_digits(option->ratio_mcse, 0), findings->currency, false);
                tf_text_addf(&text, "%s)", number);
            } else {
                tf_text_addf(&text, "%s)", tf_quadrant_words(findings->base->options[s].quadrant));
            }
        }
        tf_text_add(&text, ".");
        if (option->quadrant != TF_NO_DIFFERENCE) {
            add_population(findings, option, &text);
        }
        say(out, &text);
        tf_text_free(&text);
    }
}

/* "narrows it by 12 QALYs (4 to 21)": a change in a verb, of which a gap may also be "reversed". */
static void add_size(tf_text *text, const tf_estimate *size, const char *verb, const char *it, const char *unit)
{
    char number[TF_PRINTED_SIZE], interval[3 * TF_PRINTED_SIZE];
    const int digits = tf_effect_digits(size->value, size->mcse);

    tf_print_digits(number, size->value, digits, "", false);
    print_interval(size, digits, "", false, interval, sizeof interval);
    if (strpbrk(number, "123456789") == NULL) {
        tf_text_addf(text, "hardly changes%s: by %s%s", it, number, unit);
    } else {
        tf_text_addf(text, "%s%s by %s%s", verb, it, number, unit);
    }
    if (!isnan(size->lo)) {
        tf_text_addf(text, " (%s)", interval);
    }
    tf_say_error(text, size);
}

void tf_say_error(tf_text *text, const tf_estimate *e)
{
    char number[TF_PRINTED_SIZE];

    if (isnan(e->lo) && e->mcse > 0) {
        tf_print_digits(number, e->mcse, tf_effect_digits(e->mcse, NAN), "", false);
        tf_text_addf(text, " (Monte Carlo error %s)", number);
    }
}

void tf_say_narrowing(tf_text *text, tf_estimate narrowing, double scale, const char *it, const char *unit)
{
    const bool narrows = narrowing.value > 0;
    const tf_estimate size = times(narrowing, narrows ? scale : -scale);

    if (size.value == 0) {
        tf_text_addf(text, "does not change%s", it);
    } else {
        add_size(text, &size, narrows ? "narrows" : "widens", it, unit);
    }
}

/* "narrows by 0.012 (0.004 to 0.021), probability 0.98" */
static void add_change(const tf_gap *gap, const tf_gap *before, double even, double scale, const char *unit, tf_text *text)
{
    double old = before->value.value - even, now = gap->value.value - even;
    double towards = old < 0 ? 1 : -1; /* the sign of a change that narrows */

    if (old * now < 0) {
        const tf_estimate size = times(gap->change, towards * scale);

        add_size(text, &size, "is reversed,", "", unit);
    } else {
        tf_say_narrowing(text, times(gap->change, towards), scale, "", unit);
    }
    if (gap->change.value != 0 && !isnan(gap->p_narrower)) {
        tf_text_addf(text, ", probability of narrowing %.2f", gap->p_narrower);
    }
}

static void say_gap(const tf_findings *findings, size_t strategy, tf_list *out)
{
    const size_t qaly = (size_t)findings->qaly, comparator = findings->layout->comparator;
    const tf_gap *absolute = tf_inequality_find(findings->inequality, strategy, qaly, false);
    const tf_gap *relative = tf_inequality_find(findings->inequality, strategy, qaly, true);
    tf_text text = {0};

    tf_text_addf(&text, "%s: the absolute gap in QALYs between the least and the most deprived fifth ", tf_strategy_title(findings, strategy));
    if (absolute->undefined != NULL) {
        tf_text_addf(&text, "is not defined (%s)", absolute->undefined);
    } else {
        add_change(absolute, tf_inequality_find(findings->inequality, comparator, qaly, false), 0, TF_TOLD, TF_TOLD_PEOPLE("QALYs"), &text);
    }
    tf_text_add(&text, "; the relative gap ");
    if (relative->undefined != NULL) {
        tf_text_addf(&text, "is not defined (%s)", relative->undefined);
    } else {
        add_change(relative, tf_inequality_find(findings->inequality, comparator, qaly, true), 1, 100, TF_TOLD_POINTS, &text);
    }
    tf_text_add(&text, ".");
    say(out, &text);
    tf_text_free(&text);
}

void tf_say_gaps(const tf_findings *findings, tf_list *out)
{
    if (findings->inequality->unavailable != NULL) {
        tf_text text = {0};

        tf_text_addf(&text, "No gap between deprivation fifths is reported: %s.", findings->inequality->unavailable);
        say(out, &text);
        tf_text_free(&text);
        return;
    }
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        if (s != findings->layout->comparator) {
            say_gap(findings, s, out);
        }
    }
}

void tf_say_cautions(const tf_findings *findings, tf_list *out)
{
    const char *precision = tf_store_noted(findings->store, "mcse");
    tf_text text = {0};

    if (precision != NULL) {
        tf_text_add(&text, precision);
        say(out, &text);
        tf_text_free(&text);
    }

    tf_text_addf(&text, "%zu of %zu parameters %s (no published source)", findings->n_assumptions, findings->layout->n_parameters,
                 findings->n_assumptions == 1 ? "is an assumption" : "are assumptions");
    if (findings->n_overridden > 0) {
        tf_text_addf(&text, ", and the scenario replaced %zu", findings->n_overridden);
    }
    tf_text_add(&text, ": see parameters.csv and report.html.");
    say(out, &text);
    tf_text_free(&text);
    tf_text_addf(&text,
                 "Digits are printed as far as the Monte Carlo error allows (half of it); the CSV files and the store hold all of them. %s",
                 findings->sample->n_draws > 1
                     ? "Intervals are the 2.5 and 97.5 percentiles over draws; the error is of the mean over draws."
                     : "The error is first order: it tells the luck of the people simulated, not the uncertainty of the parameters.");
    say(out, &text);
    tf_text_free(&text);
}
