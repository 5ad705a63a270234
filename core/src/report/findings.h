/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything a report tells, worked out once from a store. */
#ifndef TF_REPORT_FINDINGS_H
#define TF_REPORT_FINDINGS_H

#include "analysis/cea.h"
#include "analysis/columns.h"
#include "analysis/dcea.h"
#include "analysis/inequality.h"
#include "analysis/staircase.h"
#include "report/print.h"

enum { TF_MAIN_EVENTS = 8, TF_CURVE = 101 };

typedef struct tf_findings {
    const tf_store *store;
    const tf_layout *layout;
    const tf_scenario *scenario;
    const tf_stored_parameter *parameters;
    tf_sample *sample;
    tf_cea *cea;
    tf_cea *base; /* of the base case alone; NULL if there are no draws beside it */
    tf_inequality *inequality;
    tf_dcea *dcea;
    double *acceptability; /* [TF_CURVE][strategy]: p_best at equal steps of the threshold from 0 to `curve_end` */
    double curve_end;
    tf_staircase *staircase; /* NULL: the run had none */
    ptrdiff_t persons, qaly, ly, cost, deaths; /* measures, or -1 */
    double people;
    char currency[TF_PRINTED_SIZE];
    size_t events[TF_MAIN_EVENTS]; /* measures: the events the scenario names, else those of the comparator that differ most between strategies */
    size_t n_events;
    size_t n_assumptions, n_overridden;
    tf_columns *columns; /* of the sample */
} tf_findings;

/* TREFOIL_STORE_FAILED when no draw is finished. */
trefoil_status tf_findings_create(trefoil_context *context, tf_store *store, tf_findings **findings) TF_MUST_USE;
/* Work out distributional cost-effectiveness again, as `spec` has it, which must outlive the findings. */
trefoil_status tf_findings_weigh(trefoil_context *context, tf_findings *findings, const tf_equity_spec *spec) TF_MUST_USE;
void tf_findings_destroy(tf_findings *findings);

/* The title of a strategy, or its name. */
const char *tf_strategy_title(const tf_findings *findings, size_t strategy);
/* "event.chd.none.mi1" -> "chd: none → mi1"; other measures by their name. */
void tf_measure_title(const tf_findings *findings, size_t measure, char *title, size_t size);

/* Persons simulated in each draw. */
double tf_people_simulated(const tf_findings *findings);

tf_estimate tf_finding(const tf_findings *findings, const tf_estimand *estimand);

#endif
