/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A course: the moments a cohort passes through, and the formulas of a model evaluated at them, as far as each needs it.  Moment t is the
 * start of cycle t + 1; a formula that uses years_in_state is also evaluated for each time in a state, in cycles.  What depends on
 * neither is evaluated once.  A course is read-only; each thread has its own machine.
 */
#ifndef TF_MODEL_COURSE_H
#define TF_MODEL_COURSE_H

#include "model/changes.h"
#include "model/formula.h"
#include "model/machine.h"

typedef struct tf_course_spec {
    int sex, age, imd; /* age in whole years at the start */
    double cycle;      /* years */
    size_t n_moments, n_stays;
} tf_course_spec;

typedef struct tf_course tf_course;

trefoil_status tf_course_create(trefoil_context *context, const tf_formulas *formulas, tf_course_spec spec, tf_course **course)
    TF_MUST_USE;
void tf_course_destroy(tf_course *course);
bool tf_course_uses_stay(const tf_course *course, int formula);
/* Does its value differ between moments? */
bool tf_course_uses_moment(const tf_course *course, int formula);

/* The values of a formula: at moment t and stay k, values[t * by_moment + k * by_stay]. */
typedef struct tf_series {
    const double *values;
    size_t by_moment, by_stay;
} tf_series;

typedef struct tf_series_set {
    tf_series *series; /* [formula] */
    double **own;      /* [formula]: what `series` points to where it is not another set's */
    size_t count;
} tf_series_set;

static inline double tf_series_at(const tf_series_set *set, int formula, size_t moment, size_t stay)
{
    const tf_series *series = &set->series[formula];
    return series->values[moment * series->by_moment + stay * series->by_stay];
}

/* Room for all formulas.  With `changes`, formulas that they do not touch are taken from `base`, which must outlive the set. */
trefoil_status tf_series_create(trefoil_context *context, const tf_course *course, const tf_series_set *base, const tf_changes *changes,
                                tf_series_set *set) TF_MUST_USE;
void tf_series_free(tf_series_set *set);
/* Evaluate the set's own formulas from the values of all parameters.  All that are outside their limits are mistakes, with cycle. */
trefoil_status tf_course_evaluate(trefoil_context *context, const tf_course *course, tf_machine *machine, const double *parameters,
                                  uint32_t draw, tf_series_set *set) TF_MUST_USE;

#endif
